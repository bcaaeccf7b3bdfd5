//! The sent coupons, and their indexes.

use std::collections::HashMap;

use crate::state::coupon::Coupon;

const FIRST_ID: usize = 20_000_001;

/// All coupons in the order of sending. The time of a lookup does not depend on their number.
#[derive(Default)]
pub(crate) struct Coupons {
    all: Vec<Coupon>,
    by_out_request_no: HashMap<String, usize>,
    by_openid: HashMap<String, Vec<usize>>,
}

impl Coupons {
    pub(crate) fn next_id(&self) -> String {
        FIRST_ID.saturating_add(self.all.len()).to_string()
    }

    pub(crate) fn push(&mut self, coupon: Coupon) {
        let position = self.all.len();
        self.by_out_request_no.insert(coupon.out_request_no.clone(), position);
        self.by_openid.entry(coupon.openid.clone()).or_default().push(position);
        self.all.push(coupon);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Coupon> {
        self.all.iter()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Coupon> {
        self.all.get(position(id)?).filter(|coupon| coupon.id == id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Coupon> {
        self.all.get_mut(position(id)?).filter(|coupon| coupon.id == id)
    }

    pub(crate) fn by_out_request_no(&self, out_request_no: &str) -> Option<&Coupon> {
        self.all.get(*self.by_out_request_no.get(out_request_no)?)
    }

    pub(crate) fn by_openid(&self, openid: &str) -> impl Iterator<Item = &Coupon> {
        let positions = self.by_openid.get(openid).map(Vec::as_slice).unwrap_or_default();
        positions.iter().filter_map(|position| self.all.get(*position))
    }
}

/// Returns the position of a coupon. Ids are consecutive numbers.
fn position(id: &str) -> Option<usize> {
    id.parse::<usize>().ok()?.checked_sub(FIRST_ID)
}
