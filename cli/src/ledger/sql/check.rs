use std::collections::BTreeSet;
use std::time::Duration;

use wechatpay_core::bulk::{Fact, History, Policy, Verdict};
use wechatpay_core::types::{Mchid, Openid};

use super::number::from_sql;
use super::{Failure, Row, Sql, books, campaigns, facts, reads};
use crate::ledger::lane::lane_of;
use crate::ledger::request::{Requests, fingerprint};
use crate::ledger::{Campaign, Checked, FindingKind, LedgerError, lane};

/// Which column of which table refers to which table.
const REFERENCES: [(&str, &str, &str); 3] =
    [("intent", "campaign", "campaign"), ("attempt", "intent", "intent"), ("settlement", "intent", "intent")];

pub(in crate::ledger) fn check(sql: &dyn Sql, mchid: &Mchid) -> Result<Checked, Failure> {
    let mut checked = Checked::default();
    sql.damage(&mut |text| checked.add(FindingKind::Damaged, None, text))?;
    for (table, column, parent) in REFERENCES {
        let orphans = format!(
            "SELECT {column} FROM {table} AS child WHERE NOT EXISTS(SELECT 1 FROM {parent} WHERE id = child.{column})"
        );
        sql.each(&orphans, &[], &mut |_| {
            let text = format!("a row of {table} refers to a missing row of {parent}");
            checked.add(FindingKind::Orphan, None, text);
            Ok(())
        })?;
    }
    let attempts = sql.first("SELECT count(*) FROM attempt", &[], |row| row.get(0))?;
    checked.attempts = attempts.unwrap_or_default();
    for campaign in campaigns::all(sql)? {
        of_campaign(sql, mchid, &campaign, &mut checked)?;
    }
    let twice = "SELECT min(id), max(id), coupon_id FROM intent WHERE coupon_id IS NOT NULL \
                 GROUP BY coupon_id HAVING count(*) > 1";
    sql.each(twice, &[], &mut |row| {
        let (first, last, coupon): (u64, u64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let text = format!("the coupon {coupon} is that of intent {first} and of intent {last}");
        checked.add(FindingKind::OneCouponTwice, Some(last), text);
        Ok(())
    })?;
    books::check(sql, &mut checked)?;
    Ok(checked)
}

fn of_campaign(
    sql: &dyn Sql,
    mchid: &Mchid,
    campaign: &Campaign,
    checked: &mut Checked,
) -> Result<(), Failure> {
    let requests = campaigns::requests(mchid, campaign);
    let id = campaigns::id(sql, &campaign.name)?;
    let intents = "SELECT id, key, ordinal, openid, lane, out_request_no, fingerprint, standing, retry_at, coupon_id, \
                   maybe, forgotten_at FROM intent WHERE campaign = ?1 ORDER BY id";
    let mut found: u64 = 0;
    sql.each(intents, &[id.into()], &mut |row| {
        found = found.saturating_add(1);
        of_intent(sql, &requests, row, checked)
    })?;
    checked.intents = checked.intents.saturating_add(found);
    let counted = reads::counts(sql, id)?.total();
    if counted != found {
        let text = format!(
            "the campaign {:?} has {found} intents, but the counts add up to {counted}",
            campaign.name
        );
        checked.add(FindingKind::Sum, None, text);
    }
    Ok(())
}

fn of_intent(sql: &dyn Sql, requests: &Requests, row: Row<'_>, checked: &mut Checked) -> Result<(), Failure> {
    let intent: i64 = row.get(0)?;
    let mut add = |kind, text: &str| checked.add(kind, Some(from_sql(intent)), text);
    let kept = Kept {
        key: row.get(1)?,
        ordinal: row.get(2)?,
        openid: row.get::<String>(3)?.into(),
        lane: row.get(4)?,
        number: row.get(5)?,
        fingerprint: row.get(6)?,
        forgotten: row.get::<Option<i64>>(11)?.is_some(),
    };
    kept.check(requests, &mut add)?;
    let name: String = row.get(7)?;
    let standing = facts::standing(&name, row.get(8)?, row.get(9)?);
    let mut history = History::default();
    let mut coupons = BTreeSet::new();
    let read = facts::each(sql, intent, |fact| {
        if let Fact::Ended { verdict: Verdict::Sent(coupon), .. } | Fact::Found(coupon) = &fact {
            coupons.insert(coupon.clone());
        }
        history.add(fact);
    });
    match read {
        Ok(()) => {}
        Err(Failure::Ledger(LedgerError::Unreadable { what, .. })) => {
            add(FindingKind::Unreadable, &format!("{what} cannot be read"));
            return Ok(());
        }
        Err(other) => return Err(other),
    }
    if coupons.len() > 1 {
        let coupons: Vec<_> = coupons.into_iter().collect();
        add(FindingKind::TwoCoupons, &format!("its number has several coupons: {}", coupons.join(", ")));
    }
    // What depends on the policy of the sender may be as with any policy.
    let follows = policies().any(|policy| standing.as_ref() == Some(&history.standing(&policy)));
    if !follows || history.may_have_happened() != row.get::<bool>(10)? {
        let follows = history.standing(&Policy::default());
        let text = format!("it stands as {name}, but from its facts follows {}", follows.name());
        add(FindingKind::Standing, &text);
    }
    Ok(())
}

/// The policies between which the standing of an intent can differ.
fn policies() -> impl Iterator<Item = Policy> {
    let windows = [Policy::default().window, Duration::ZERO, Duration::MAX];
    let policies = windows.into_iter().flat_map(|window| [false, true].map(|settle| (window, settle)));
    policies.map(|(window, settle)| Policy::default().with_window(window).with_settle_by_repeat(settle))
}

/// What an intent has of its request.
struct Kept {
    key: Option<String>,
    ordinal: u64,
    openid: Openid,
    lane: i64,
    number: String,
    fingerprint: String,
    /// Whether the openid is a hash, and the key if it was the openid.
    forgotten: bool,
}

impl Kept {
    fn check(&self, requests: &Requests, add: &mut impl FnMut(FindingKind, &str)) -> Result<(), Failure> {
        if self.forgotten {
            return self.check_forgotten(requests, add);
        }
        let derived = requests.number(self.key.as_deref().unwrap_or(self.openid.as_str()), self.ordinal)?;
        if derived != *self.number {
            add(FindingKind::Number, "its number does not follow from merchant, campaign, key and ordinal");
        }
        let operation = requests.operation(self.openid.clone(), derived);
        if !fingerprint(&operation).is_ok_and(|made| made == self.fingerprint) {
            add(FindingKind::Fingerprint, "its request is not the one that was planned");
        }
        if self.lane != i64::from(lane(&self.openid)?) {
            add(FindingKind::Lane, "its lane is not that of its user");
        }
        Ok(())
    }

    /// The request cannot be made again without the openid, and the number only if the key is another one.
    fn check_forgotten(
        &self,
        requests: &Requests,
        add: &mut impl FnMut(FindingKind, &str),
    ) -> Result<(), Failure> {
        let key = self.key.as_deref().filter(|key| *key != self.openid.as_str());
        if let Some(key) = key
            && requests.number(key, self.ordinal)? != *self.number
        {
            add(FindingKind::Number, "its number does not follow from merchant, campaign, key and ordinal");
        }
        if self.lane != i64::from(lane_of(self.openid.as_str())) {
            add(FindingKind::Lane, "its lane is not that of its user");
        }
        Ok(())
    }
}
