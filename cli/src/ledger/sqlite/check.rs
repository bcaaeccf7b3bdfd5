use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::Connection;
use wechatpay_core::bulk::{Fact, History, Policy, Verdict};
use wechatpay_core::types::{Mchid, Openid};

use super::db::Failure;
use super::number::from_sql;
use super::{campaigns, facts, reads};
use crate::ledger::request::{Requests, fingerprint};
use crate::ledger::{Campaign, Checked, FindingKind, LedgerError, lane};

pub(super) fn check(connection: &Connection, mchid: &Mchid) -> Result<Checked, Failure> {
    let mut checked = Checked::default();
    let mut integrity = connection.prepare("PRAGMA integrity_check(100)")?;
    let mut rows = integrity.query([])?;
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        if text != "ok" {
            checked.add(FindingKind::Damaged, None, text);
        }
    }
    let mut orphans = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = orphans.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        checked.add(
            FindingKind::Orphan,
            None,
            format!("a row of {table} refers to a missing row of {parent}"),
        );
    }
    let attempts = connection.query_row("SELECT count(*) FROM attempt", [], |row| row.get(0))?;
    checked.attempts = from_sql(attempts);
    for campaign in campaigns::all(connection)? {
        of_campaign(connection, mchid, &campaign, &mut checked)?;
    }
    let twice = "SELECT min(id), max(id), coupon_id FROM intent WHERE coupon_id IS NOT NULL \
                 GROUP BY coupon_id HAVING count(*) > 1";
    let mut twice = connection.prepare(twice)?;
    let mut rows = twice.query([])?;
    while let Some(row) = rows.next()? {
        let (first, last, coupon): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let text = format!("the coupon {coupon} is that of intent {first} and of intent {last}");
        checked.add(FindingKind::OneCouponTwice, Some(from_sql(last)), text);
    }
    Ok(checked)
}

fn of_campaign(
    connection: &Connection,
    mchid: &Mchid,
    campaign: &Campaign,
    checked: &mut Checked,
) -> Result<(), Failure> {
    let requests = campaigns::requests(mchid, campaign);
    let id = campaigns::id(connection, &campaign.name)?;
    let intents = "SELECT id, key, ordinal, openid, lane, out_request_no, fingerprint, standing, retry_at, coupon_id, \
                   maybe FROM intent WHERE campaign = ? ORDER BY id";
    let mut intents = connection.prepare(intents)?;
    let mut rows = intents.query([id])?;
    let mut found: u64 = 0;
    while let Some(row) = rows.next()? {
        found = found.saturating_add(1);
        let intent: i64 = row.get(0)?;
        let mut add = |kind, text: &str| checked.add(kind, Some(from_sql(intent)), text);
        let kept = Kept {
            key: row.get(1)?,
            ordinal: from_sql(row.get(2)?),
            openid: row.get::<_, String>(3)?.into(),
            lane: row.get(4)?,
            number: row.get(5)?,
            fingerprint: row.get(6)?,
        };
        kept.check(&requests, &mut add)?;
        let name: String = row.get(7)?;
        let standing = facts::standing(&name, row.get(8)?, row.get(9)?);
        let mut history = History::default();
        let mut coupons = BTreeSet::new();
        let read = facts::each(connection, intent, |fact| {
            if let Fact::Ended { verdict: Verdict::Sent(coupon), .. } | Fact::Found(coupon) = &fact {
                coupons.insert(coupon.clone());
            }
            history.add(fact);
        });
        match read {
            Ok(()) => {}
            Err(Failure::Ledger(LedgerError::Unreadable { what, .. })) => {
                add(FindingKind::Unreadable, &format!("{what} cannot be read"));
                continue;
            }
            Err(other) => return Err(other),
        }
        if coupons.len() > 1 {
            let coupons: Vec<_> = coupons.into_iter().collect();
            add(FindingKind::TwoCoupons, &format!("its number has several coupons: {}", coupons.join(", ")));
        }
        // What depends on the policy of the sender may be as with any policy.
        let follows = policies().any(|policy| standing.as_ref() == Some(&history.standing(&policy)));
        if !follows || history.may_have_happened() != row.get::<_, bool>(10)? {
            let follows = history.standing(&Policy::default());
            let text = format!("it stands as {name}, but from its facts follows {}", follows.name());
            add(FindingKind::Standing, &text);
        }
    }
    checked.intents = checked.intents.saturating_add(found);
    let counted = reads::counts(connection, id)?.total();
    if counted != found {
        let text = format!(
            "the campaign {:?} has {found} intents, but the counts add up to {counted}",
            campaign.name
        );
        checked.add(FindingKind::Sum, None, text);
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
}

impl Kept {
    fn check(&self, requests: &Requests, add: &mut impl FnMut(FindingKind, &str)) -> Result<(), Failure> {
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
}
