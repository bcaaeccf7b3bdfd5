//! Lanes: parts of the users, each of which one worker has at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wechatpay_core::bulk::Standing;

use crate::ledger::Worker;
use crate::ledger::sql::{Failure, Sql, Value};

/// For how long a worker has a lane, in milliseconds, and after what part of it it asks for more time.
const LEASE: i64 = 30_000;

/// The lanes of a worker, and the intents that it has in hand of each.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    held: BTreeMap<i64, Held>,
    /// The lanes of the intents in the hands of the sender.
    hands: HashMap<i64, i64>,
    /// Those of them whose attempts are under way.
    sending: BTreeSet<i64>,
    /// Lanes whose doubtful intents the sender has had.
    passed: BTreeSet<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    epoch: i64,
    /// The last intent that was handed out of it.
    last: i64,
    /// Whether all were handed out.
    ended: bool,
    /// How many are in the hands of the sender.
    hands: usize,
}

/// The next intents of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) lane: i64,
    /// The last intent that was handed out of it.
    pub(super) last: i64,
    /// Whether doubtful ones are wanted, too.
    pub(super) doubtful: bool,
}

impl Lanes {
    /// Returns the lane from which to hand out next.
    pub(super) fn next(&self) -> Option<Next> {
        let (lane, held) = self.held.iter().find(|(_, held)| !held.ended)?;
        Some(Next { lane: *lane, last: held.last, doubtful: !self.passed.contains(lane) })
    }

    /// The intents of a lane were handed out, in their order; the last ones if they are fewer than were wanted.
    pub(super) fn hand_out(&mut self, lane: i64, intents: impl Iterator<Item = i64>, ended: bool) {
        let Some(held) = self.held.get_mut(&lane) else { return };
        for intent in intents {
            held.last = intent;
            if self.hands.insert(intent, lane).is_none() {
                held.hands = held.hands.saturating_add(1);
            }
        }
        held.ended |= ended;
        if ended {
            self.passed.insert(lane);
        }
    }

    /// The sender has nothing more to do with an intent.
    pub(super) fn let_go(&mut self, intent: i64) {
        self.sending.remove(&intent);
        let lane = self.hands.remove(&intent);
        if let Some(held) = lane.and_then(|lane| self.held.get_mut(&lane)) {
            held.hands = held.hands.saturating_sub(1);
        }
    }

    /// An intent stands so now. The sender keeps what is not final, and does not send what is doubtful.
    pub(super) fn stands(&mut self, intent: i64, standing: &Standing) {
        match standing {
            Standing::Sending => drop(self.sending.insert(intent)),
            _ => drop(self.sending.remove(&intent)),
        }
        if standing.is_final() || *standing == Standing::Doubtful {
            self.let_go(intent);
        }
    }

    /// Lanes in which no request can be under way.
    pub(super) fn quiet(&self) -> Vec<i64> {
        let busy: BTreeSet<&i64> = self.sending.iter().filter_map(|intent| self.hands.get(intent)).collect();
        self.held.keys().filter(|lane| !busy.contains(lane)).copied().collect()
    }

    /// Takes a lane that nobody has and in which there is something to do.
    pub(super) fn take(
        &mut self,
        sql: &dyn Sql,
        worker: i64,
        campaign: i64,
    ) -> Result<Option<Taken>, Failure> {
        let now = sql.now();
        let take = |condition: &str| {
            // Lanes that others are just taking are left out.
            let take = format!(
                "UPDATE lane SET holder = ?1, epoch = epoch + 1, until = {now} + {LEASE} WHERE no = (\
                 SELECT no FROM lane AS free WHERE (holder IS NULL OR until < {now}) AND EXISTS(SELECT 1 FROM intent \
                 WHERE campaign = ?2 AND lane = free.no AND {condition}) \
                 ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING no, epoch"
            );
            sql.first(&take, &[worker.into(), campaign.into()], |row| {
                Ok(Taken { lane: row.get(0)?, epoch: row.get(1)? })
            })
        };
        if let Some(taken) = take("standing IN ('planned', 'sending', 'retry')")? {
            return Ok(Some(taken));
        }
        if self.passed.len() >= 256 {
            return Ok(None);
        }
        let passed: Vec<String> = self.passed.iter().map(i64::to_string).collect();
        let not_passed = match passed.is_empty() {
            true => String::new(),
            false => format!(" AND free.no NOT IN ({})", passed.join(", ")),
        };
        take(&format!("standing = 'doubtful'{not_passed}"))
    }

    /// Begins with a lane that was taken.
    pub(super) fn begin(&mut self, taken: Taken) {
        let held = self.held.entry(taken.lane).or_insert(Held { epoch: 0, last: 0, ended: false, hands: 0 });
        *held = Held { epoch: taken.epoch, last: 0, ended: false, hands: held.hands };
    }

    /// Lanes with which the sender has nothing to do any more.
    pub(super) fn done(&self) -> Vec<i64> {
        let done = self.held.iter().filter(|(_, held)| held.ended && held.hands == 0);
        done.map(|(lane, _)| *lane).collect()
    }

    /// Gives lanes back that are `done`, and keeps the others. Returns those that are kept, with their epochs.
    pub(super) fn renew(sql: &dyn Sql, worker: i64, done: &[i64]) -> Result<BTreeMap<i64, i64>, Failure> {
        give_back(sql, worker, done)?;
        let now = sql.now();
        let renew = format!("UPDATE lane SET until = {now} + {LEASE} WHERE holder = ?1 RETURNING no, epoch");
        let kept = sql.list(&renew, &[worker.into()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        sql.execute(&format!("UPDATE worker SET seen_at = {now} WHERE id = ?1"), &[worker.into()])?;
        Ok(kept.into_iter().collect())
    }

    /// Keeps only the lanes that are still there.
    pub(super) fn keep(&mut self, kept: &BTreeMap<i64, i64>) {
        self.held.retain(|lane, held| kept.get(lane) == Some(&held.epoch));
    }

    /// Returns those of the intents whose lanes are not those of the worker any more. The others are until the transaction
    /// ends.
    pub(super) fn lost(&self, sql: &dyn Sql, worker: i64, intents: &[i64]) -> Result<Vec<i64>, Failure> {
        let lanes: BTreeSet<i64> =
            intents.iter().filter_map(|intent| self.hands.get(intent)).copied().collect();
        let keys: Vec<Vec<Value<'_>>> =
            lanes.iter().map(|lane| vec![(*lane).into(), worker.into()]).collect();
        let current = "SELECT no, epoch FROM lane WHERE no = ?1 AND holder = ?2 FOR SHARE";
        let mut epochs = BTreeMap::new();
        sql.each_of(current, &keys, &mut |_, row| {
            epochs.insert(row.get::<i64>(0)?, row.get::<i64>(1)?);
            Ok(())
        })?;
        let is_mine = |intent: &i64| {
            let lane = self.hands.get(intent)?;
            Some(self.held.get(lane)?.epoch == *epochs.get(lane)?)
        };
        Ok(intents.iter().filter(|intent| is_mine(intent) != Some(true)).copied().collect())
    }
}

/// Gives lanes back, if they still are those of the worker.
pub(super) fn give_back(sql: &dyn Sql, worker: i64, lanes: &[i64]) -> Result<(), Failure> {
    let back: Vec<Vec<Value<'_>>> = lanes.iter().map(|lane| vec![worker.into(), (*lane).into()]).collect();
    sql.execute_all("UPDATE lane SET holder = NULL, until = 0 WHERE holder = ?1 AND no = ?2", &back)?;
    Ok(())
}

/// The workers of a campaign that said something within the time of a lease.
pub(super) fn workers(sql: &dyn Sql, campaign: i64) -> Result<Vec<Worker>, Failure> {
    let now = sql.now();
    let workers = format!(
        "SELECT id, name, began_at, seen_at, (SELECT count(*) FROM lane WHERE holder = worker.id AND until > {now}) \
         FROM worker WHERE campaign = ?1 AND ended_at IS NULL AND seen_at > {now} - {LEASE} ORDER BY id"
    );
    sql.list(&workers, &[campaign.into()], |row| {
        Ok(Worker {
            id: row.get(0)?,
            name: row.get(1)?,
            began_at: row.get(2)?,
            seen_at: row.get(3)?,
            lanes: row.get(4)?,
        })
    })
}

/// A lane that a worker has taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub(super) lane: i64,
    epoch: i64,
}
