use wechatpay_core::types::{Mchid, UnixMillis};

use super::number::{from_sql, to_sql};
use super::{Failure, Sql, Value, campaigns, rows};
use crate::ledger::{Counts, IntentRow, LedgerError, Minute, RefusalGroup, Selection};

const MINUTE: i64 = 60_000;

pub(in crate::ledger) fn counts(sql: &dyn Sql, campaign: i64) -> Result<Counts, Failure> {
    let mut counts = Counts::default();
    let count = "SELECT standing, count(*) FROM intent WHERE campaign = ?1 GROUP BY standing";
    sql.each(count, &[campaign.into()], &mut |row| {
        if let Some(count) = counts.named(&row.get::<String>(0)?) {
            *count = row.get(1)?;
        }
        Ok(())
    })?;
    Ok(counts)
}

pub(in crate::ledger) fn refusals(sql: &dyn Sql, campaign: i64) -> Result<Vec<RefusalGroup>, Failure> {
    let groups = "SELECT a.code, a.internal_code, max(a.text), count(*) FROM intent AS i \
                  LEFT JOIN attempt AS a ON a.intent = i.id AND a.n = (SELECT max(n) FROM attempt WHERE intent = i.id) \
                  WHERE i.campaign = ?1 AND i.standing = 'refused' GROUP BY a.code, a.internal_code";
    let mut groups = sql.list(groups, &[campaign.into()], |row| {
        Ok(RefusalGroup {
            code: row.get(0)?,
            internal_code: row.get(1)?,
            text: row.get(2)?,
            intents: row.get(3)?,
        })
    })?;
    // Here, because databases sort texts in different ways.
    groups.sort_by(|a, b| {
        let codes = |group: &RefusalGroup| (group.code.clone(), group.internal_code.clone());
        b.intents.cmp(&a.intents).then_with(|| codes(a).cmp(&codes(b)))
    });
    Ok(groups)
}

pub(in crate::ledger) fn minutes(
    sql: &dyn Sql,
    campaign: i64,
    since: UnixMillis,
) -> Result<Vec<Minute>, Failure> {
    let minutes = "SELECT began_at / ?3, count(*), count(*) FILTER (WHERE verdict LIKE '{\"sent\":%'), \
                   count(*) FILTER (WHERE verdict = '\"rate_limited\"') \
                   FROM attempt JOIN intent ON intent.id = attempt.intent \
                   WHERE intent.campaign = ?1 AND began_at >= ?2 GROUP BY 1 ORDER BY 1";
    sql.list(minutes, &[campaign.into(), since.into(), MINUTE.into()], |row| {
        Ok(Minute {
            at: from_sql(row.get::<i64>(0)?.saturating_mul(MINUTE)),
            attempts: row.get(1)?,
            sent: row.get(2)?,
            rate_limited: row.get(3)?,
        })
    })
}

pub(in crate::ledger) fn intents(
    sql: &dyn Sql,
    mchid: &Mchid,
    campaign: &str,
    selection: &Selection,
    take: &mut dyn FnMut(IntentRow) -> Result<(), LedgerError>,
) -> Result<u64, Failure> {
    let chosen = Chosen::new(sql, mchid, campaign, selection)?;
    let statement = format!("{} WHERE {} ORDER BY i.id", rows::SELECT, chosen.condition);
    let mut taken: u64 = 0;
    sql.each(&statement, &chosen.values(), &mut |row| {
        take(rows::read(row)?)?;
        taken = taken.saturating_add(1);
        Ok(())
    })?;
    Ok(taken)
}

pub(in crate::ledger) fn ids(
    sql: &dyn Sql,
    mchid: &Mchid,
    campaign: &str,
    selection: &Selection,
) -> Result<Vec<i64>, Failure> {
    let chosen = Chosen::new(sql, mchid, campaign, selection)?;
    let statement = format!("SELECT i.id FROM intent AS i WHERE {} ORDER BY i.id", chosen.condition);
    sql.list(&statement, &chosen.values(), |row| row.get(0))
}

/// The condition on an intent, `i`, and its values.
struct Chosen {
    condition: String,
    campaign: i64,
    number: Option<i64>,
    texts: Vec<String>,
}

impl Chosen {
    fn new(sql: &dyn Sql, mchid: &Mchid, name: &str, selection: &Selection) -> Result<Self, Failure> {
        let (id, campaign) = campaigns::named(sql, name)?;
        let of_campaign = |condition: &str, texts: Vec<String>| Self {
            condition: format!("i.campaign = ?1{condition}"),
            campaign: id,
            number: None,
            texts,
        };
        Ok(match selection {
            Selection::All => of_campaign("", Vec::new()),
            Selection::Open => {
                of_campaign(" AND i.standing IN ('planned', 'sending', 'retry', 'doubtful')", Vec::new())
            }
            Selection::Standing(name) => of_campaign(" AND i.standing = ?2", vec![name.clone()]),
            Selection::Number(number) => of_campaign(" AND i.out_request_no = ?2", vec![number.to_string()]),
            Selection::Id(id) => {
                Self { number: Some(to_sql(*id)), ..of_campaign(" AND i.id = ?2", Vec::new()) }
            }
            Selection::Key(key) => {
                // There is no index of the keys, but one of the numbers.
                let requests = campaigns::requests(mchid, &campaign);
                let exists = "SELECT 1 FROM intent WHERE out_request_no = ?1";
                let (mut numbers, mut ordinal) = (Vec::new(), 1_u64);
                loop {
                    let number = requests.number(key, ordinal)?.to_string();
                    if sql.first(exists, &[(&number).into()], |_| Ok(()))?.is_none() {
                        break;
                    }
                    numbers.push(number);
                    ordinal = ordinal.saturating_add(1);
                }
                let places: Vec<String> = (2..).map(|at| format!("?{at}")).take(numbers.len()).collect();
                match places.is_empty() {
                    true => of_campaign(" AND 1 = 0", numbers),
                    false => {
                        let places = places.join(", ");
                        of_campaign(&format!(" AND i.out_request_no IN ({places})"), numbers)
                    }
                }
            }
        })
    }

    fn values(&self) -> Vec<Value<'_>> {
        let texts = self.texts.iter().map(Value::from);
        [self.campaign.into()].into_iter().chain(self.number.map(Value::from)).chain(texts).collect()
    }
}
