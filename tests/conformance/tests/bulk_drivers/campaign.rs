//! A sandbox with a stock, its users, and what arrived there.

use crate::*;

pub(crate) struct Campaign {
    pub(crate) served: ServedSandbox,
    pub(crate) stock: StockId,
}

impl Campaign {
    /// A stock that can be sent to any number of users, `per_user` coupons each.
    pub(crate) fn start(per_user: i64) -> Self {
        Self::of(ServedSandbox::start(), per_user)
    }

    pub(crate) fn of(served: ServedSandbox, per_user: i64) -> Self {
        let mut create = served.stock("campaign");
        create.stock_use_rule = StockRule::new(1_000_000, Fen::new(100_000_000), per_user);
        let stock = served.execute(&create).stock_id;
        served.execute(&StartStock::new(stock.clone(), served.mchid()));
        served.advance(HOUR + 1);
        Self { served, stock }
    }

    pub(crate) fn driver<D: Driver>(&self) -> D {
        D::new(self.served.client())
    }

    /// A row for each of so many users.
    pub(crate) fn users(&self, users: usize) -> Vec<SendCoupon> {
        (0..users).map(|user| self.coupon(user, 0)).collect()
    }

    /// A coupon of a user.
    pub(crate) fn coupon(&self, user: usize, ordinal: usize) -> SendCoupon {
        self.served.coupon(&format!("user-{user}"), &self.stock, &format!("send-{user}-{ordinal}"))
    }

    /// The ids of the coupons by the number of their request.
    pub(crate) fn coupons(&self) -> BTreeMap<String, Vec<String>> {
        let mut coupons = BTreeMap::<_, Vec<_>>::new();
        for coupon in self.served.export()["coupons"].as_array().unwrap() {
            let text = |name: &str| coupon[name].as_str().unwrap().to_owned();
            coupons.entry(text("out_request_no")).or_default().push(text("coupon_id"));
        }
        coupons
    }

    /// How many requests for coupons have arrived from each user.
    pub(crate) fn arrived(&self) -> BTreeMap<String, usize> {
        let (mut arrived, mut after) = (BTreeMap::new(), 0);
        loop {
            let path = format!("requests?operation=coupon.send&limit=1000&after={after}");
            let page = self.served.get(&path);
            let requests = page["requests"].as_array().unwrap();
            let Some(newest) = requests.iter().map(|request| request["id"].as_u64().unwrap()).max() else {
                return arrived;
            };
            for request in requests {
                let user = request["target"].as_str().unwrap().split('/').nth(5).unwrap().to_owned();
                *arrived.entry(user).or_default() += 1;
            }
            after = newest;
        }
    }

    /// Each row has its own coupon, and each request that arrived its recorded attempt.
    pub(crate) fn check(&self, store: &Memory) {
        self.check_coupons(store);
        self.check_attempts(store);
    }

    /// Each row has its own coupon, and knows it. There is no other coupon.
    pub(crate) fn check_coupons(&self, store: &Memory) {
        let of = |row: &Row| {
            let Standing::Sent(id) = row.standing(&store.policy) else { panic!("{:?}", row.facts) };
            (row.operation.out_request_no.as_str().to_owned(), vec![id])
        };
        assert_eq!(self.coupons(), store.rows.iter().map(of).collect());
    }

    /// As many requests have arrived from each user as attempts are recorded as sent.
    pub(crate) fn check_attempts(&self, store: &Memory) {
        let mut recorded = self.recorded(store);
        recorded.retain(|_, sent| *sent > 0);
        assert_eq!(self.arrived(), recorded);
    }

    /// How many attempts of each user are recorded that may have been sent.
    pub(crate) fn recorded(&self, store: &Memory) -> BTreeMap<String, usize> {
        let mut recorded = BTreeMap::new();
        for row in &store.rows {
            *recorded.entry(row.operation.openid.as_str().to_owned()).or_default() += row.sent();
        }
        recorded
    }
}

/// A policy with which tests end soon: up to 1000 requests a second.
pub(crate) fn policy() -> Policy {
    Policy::default().with_rate(1000)
}
