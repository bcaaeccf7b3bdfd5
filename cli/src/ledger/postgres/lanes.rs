//! Lanes: parts of the users, each of which one worker has at a time.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use wechatpay_core::bulk::Standing;

use crate::ledger::Worker;
use crate::ledger::sql::{Failure, Sql, Value};

/// For how long a worker has a lane, in milliseconds, and after what part of it it asks for more time.
const LEASE: i64 = 30_000;

/// How many lanes are taken at a time at most.
pub(super) const MOST: usize = 64;

/// The lanes of a worker, and the intents that it has in hand of each.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    held: BTreeMap<i64, Held>,
    /// The intents in the hands of the sender, and of which lane they were handed out, and in which epoch.
    hands: HashMap<i64, Taken>,
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

/// The next intents of lanes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Next {
    /// Ascending. More than one only if nothing was handed out of them yet.
    pub(super) lanes: Vec<i64>,
    /// The last intent that was handed out of the lane.
    pub(super) last: i64,
    /// Whether doubtful ones are wanted, too.
    pub(super) doubtful: bool,
}

impl Lanes {
    /// Returns the lanes from which to hand out next.
    pub(super) fn next(&self) -> Option<Next> {
        let doubtful = |lane| !self.passed.contains(lane);
        let mut open = self.held.iter().filter(|(_, held)| !held.ended);
        let (first, held) = open.next()?;
        let next = Next { lanes: vec![*first], last: held.last, doubtful: doubtful(first) };
        if next.last > 0 {
            return Some(next);
        }
        let new = open.filter(|(lane, held)| held.last == 0 && doubtful(lane) == next.doubtful);
        let lanes = next.lanes.iter().copied().chain(new.map(|(lane, _)| *lane)).take(MOST).collect();
        Some(Next { lanes, ..next })
    }

    /// Intents of these lanes were handed out, in the order of the lanes; the last ones if they are fewer than were wanted.
    /// Returns those that the sender does not have yet, because it has them from a time before the lane was another
    /// worker's, and knows nothing of what that one did. It hears that they are lost when it begins with them.
    pub(super) fn hand_out(&mut self, lanes: &[i64], intents: &[(i64, i64)], ended: bool) -> BTreeSet<i64> {
        let mut new = BTreeSet::new();
        for (lane, intent) in intents {
            let Some(held) = self.held.get_mut(lane) else { continue };
            held.last = *intent;
            if let Entry::Vacant(hand) = self.hands.entry(*intent) {
                hand.insert(Taken { lane: *lane, epoch: held.epoch });
                held.hands = held.hands.saturating_add(1);
                new.insert(*intent);
            }
        }
        // Nothing is known of the last lane of which there are some, and of those after it.
        let last = if ended { None } else { intents.last().map(|(lane, _)| *lane) };
        for lane in lanes.iter().take_while(|lane| Some(**lane) != last) {
            if let Some(held) = self.held.get_mut(lane) {
                held.ended = true;
            }
            self.passed.insert(*lane);
        }
        new
    }

    /// The sender has nothing more to do with an intent.
    pub(super) fn let_go(&mut self, intent: i64) {
        self.sending.remove(&intent);
        let Some(hand) = self.hands.remove(&intent) else { return };
        if let Some(held) = self.held.get_mut(&hand.lane).filter(|held| held.epoch == hand.epoch) {
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
        let busy = self.busy();
        self.held.keys().filter(|lane| !busy.contains(lane)).copied().collect()
    }

    fn busy(&self) -> BTreeSet<i64> {
        self.sending.iter().filter_map(|intent| self.hands.get(intent)).map(|hand| hand.lane).collect()
    }

    /// Takes lanes that nobody has and in which there is something to do, at most `most`.
    pub(super) fn take(
        &self,
        sql: &dyn Sql,
        worker: i64,
        campaign: i64,
        most: usize,
    ) -> Result<Vec<Taken>, Failure> {
        let now = sql.now();
        let most = i64::try_from(most).unwrap_or(1);
        let take = |condition: &str| {
            // Lanes that others are just taking are left out. The array is made once.
            let take = format!(
                "UPDATE lane SET holder = ?1, epoch = epoch + 1, until = {now} + {LEASE} WHERE no = ANY(ARRAY(\
                 SELECT no FROM lane AS free WHERE (holder IS NULL OR until < {now}) AND EXISTS(SELECT 1 FROM intent \
                 WHERE campaign = ?2 AND lane = free.no AND {condition}) \
                 ORDER BY random() LIMIT ?3 FOR UPDATE SKIP LOCKED)) RETURNING no, epoch"
            );
            sql.list(&take, &[worker.into(), campaign.into(), most.into()], |row| {
                Ok(Taken { lane: row.get(0)?, epoch: row.get(1)? })
            })
        };
        let taken = take("standing IN ('planned', 'sending', 'retry')")?;
        if !taken.is_empty() || self.passed.len() >= 256 {
            return Ok(taken);
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
        self.held.insert(taken.lane, Held { epoch: taken.epoch, last: 0, ended: false, hands: 0 });
    }

    /// Lanes with which the sender has nothing to do any more.
    pub(super) fn done(&self) -> Vec<i64> {
        let busy = self.busy();
        let done =
            self.held.iter().filter(|(lane, held)| held.ended && held.hands == 0 && !busy.contains(lane));
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

    /// Keeps only the lanes that are still there. Begins with those that were taken without its knowledge: the connection
    /// was lost before the answer came.
    pub(super) fn keep(&mut self, kept: &BTreeMap<i64, i64>) {
        self.held.retain(|lane, held| kept.get(lane) == Some(&held.epoch));
        for (lane, epoch) in kept {
            if !self.held.contains_key(lane) {
                self.begin(Taken { lane: *lane, epoch: *epoch });
            }
        }
    }

    /// Returns those of the intents whose lanes are not those of the worker any more. The others are until the transaction
    /// ends.
    pub(super) fn lost(&self, sql: &dyn Sql, worker: i64, intents: &[i64]) -> Result<Vec<i64>, Failure> {
        let lanes: BTreeSet<i64> =
            intents.iter().filter_map(|intent| self.hands.get(intent)).map(|hand| hand.lane).collect();
        let keys: Vec<Vec<Value<'_>>> =
            lanes.iter().map(|lane| vec![(*lane).into(), worker.into()]).collect();
        let current = "SELECT no, epoch FROM lane WHERE no = ?1 AND holder = ?2 FOR SHARE";
        let mut epochs = BTreeMap::new();
        sql.each_of(current, &keys, &mut |_, row| {
            epochs.insert(row.get::<i64>(0)?, row.get::<i64>(1)?);
            Ok(())
        })?;
        let is_mine = |intent: &i64| {
            let hand = self.hands.get(intent)?;
            Some(hand.epoch == *epochs.get(&hand.lane)?)
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
