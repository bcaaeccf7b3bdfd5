//! A store in memory that keeps the rules of a store, and fails when it is told to.

use std::collections::{HashMap, HashSet};

use super::*;

/// What a store has of one intent.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) operation: SendCoupon,
    pub(crate) facts: Vec<Fact>,
    pub(crate) history: History,
    /// Whether it was final after the last batch.
    is_final: bool,
}

pub(crate) struct Memory {
    /// An intent's number is its place, from 1.
    pub(crate) rows: Vec<Row>,
    pub(crate) health: Health,
    pub(crate) stop: Option<Stop>,
    pub(crate) order: Order,
    pub(crate) policy: Policy,
    /// The intents that the sender of this run has got.
    handed: HashSet<IntentId>,
}

impl Memory {
    pub(crate) fn new(policy: &Policy, operations: impl IntoIterator<Item = SendCoupon>) -> Self {
        let row =
            |operation| Row { operation, facts: Vec::new(), history: History::default(), is_final: false };
        Self {
            rows: operations.into_iter().map(row).collect(),
            health: Health::default(),
            stop: None,
            order: Order::Go,
            policy: policy.clone(),
            handed: HashSet::new(),
        }
    }

    /// As many intents of as many users.
    pub(crate) fn of(policy: &Policy, intents: u64) -> Self {
        Self::new(policy, (1..=intents).map(|intent| rig::coupon(intent, &format!("o{intent}"))))
    }

    pub(crate) fn row(&self, intent: IntentId) -> &Row {
        &self.rows[usize::try_from(intent).unwrap() - 1]
    }

    pub(crate) fn standing(&self, intent: IntentId) -> Standing {
        self.row(intent).history.standing(&self.policy)
    }

    /// A new sender begins.
    pub(crate) fn restart(&mut self) -> Sender<SendCoupon> {
        self.handed.clear();
        Sender::new(self.policy.clone(), self.health.clone())
    }

    /// A person has put right what stopped the campaign.
    pub(crate) fn resume(&mut self) {
        (self.stop, self.order) = (None, Order::Go);
        self.health = self.health.clone().resumed();
    }

    pub(crate) fn lease(&mut self, most: usize) -> Lease<SendCoupon> {
        let ids = 1..=u64::try_from(self.rows.len()).unwrap();
        let mut open = ids.filter(|id| !self.handed.contains(id) && !self.row(*id).is_final);
        if self.stop.is_some() {
            return Lease { intents: Vec::new(), more: true, order: Order::Pause };
        }
        let ids: Vec<u64> = open.by_ref().take(most).collect();
        let more = open.next().is_some();
        let intents = ids.iter().map(|id| {
            let row = self.row(*id);
            Intent { id: *id, operation: row.operation.clone(), history: row.history.clone() }
        });
        let lease = Lease { intents: intents.collect(), more, order: self.order };
        self.handed.extend(ids);
        lease
    }

    /// Keeps a batch.
    pub(crate) fn keep(&mut self, batch: &Batch) {
        for record in &batch.records {
            let row = &mut self.rows[usize::try_from(record.intent).unwrap() - 1];
            row.facts.push(record.fact.clone());
            row.history.add(record.fact.clone());
            row.is_final = record.standing.is_final();
        }
        // The last record of an intent says where it stands. A batch may be given once more, with what came after it.
        let last: HashMap<IntentId, &Record> =
            batch.records.iter().map(|record| (record.intent, record)).collect();
        for (intent, record) in last {
            assert_eq!(record.standing, self.standing(intent), "of intent {intent}");
            assert_eq!(record.may_have_happened, self.row(intent).history.may_have_happened());
        }
        if let Some(health) = &batch.health {
            self.health = health.clone();
        }
        if let Some(stop) = &batch.stop {
            self.stop.get_or_insert_with(|| stop.clone());
        }
    }
}
