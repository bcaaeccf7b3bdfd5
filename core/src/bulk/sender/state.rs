use std::mem;
use std::time::Duration;

use super::Hands;
use crate::bulk::flights::Flights;
use crate::bulk::hold::Hold;
use crate::bulk::pace::Pace;
use crate::bulk::permits::Permits;
use crate::bulk::unanswered::Unanswered;
use crate::bulk::unreachable::Unreachable;
use crate::bulk::{
    Batch, BulkOperation, Details, Fact, Health, IntentId, Now, Order, Policy, Progress, Record, Stop,
};
use crate::error::StopReason;

/// Sends many operations, each for another user, so that each takes effect once. See the [module](crate::bulk).
pub struct Sender<O: BulkOperation> {
    pub(super) policy: Policy,
    pub(super) health: Health,
    pub(super) pace: Pace,
    /// The starts of a pace that it shares.
    pub(super) permits: Option<Permits>,
    pub(super) flights: Flights,
    pub(super) hold: Option<Hold>,
    pub(super) hands: Hands<O>,
    /// What is to be recorded next.
    pub(super) batch: Batch,
    /// The intents whose attempts begin with the batch that is being recorded.
    pub(super) recording: Option<Vec<IntentId>>,
    /// How many intents the store is being asked for.
    pub(super) leasing: Option<usize>,
    /// Whether the store has more intents.
    pub(super) more: bool,
    /// Until when the store is not asked for intents, because it had none although there are more.
    pub(super) none_until: Duration,
    /// When the store was last asked for orders.
    pub(super) looked: Duration,
    pub(super) order: Order,
    pub(super) interrupted: bool,
    pub(super) stop: Option<Stop>,
    /// How often the store failed. After the first time, what is in flight is awaited, and recorded in a last batch.
    pub(super) store_failures: u32,
    /// How many intents were begun.
    pub(super) begun: u64,
    /// Users for whom a request may still be under way at the platform.
    pub(super) unanswered: Unanswered,
    pub(super) unreachable: Unreachable,
    pub(super) progress: Progress,
}

impl<O: BulkOperation> Sender<O> {
    /// Creates a sender for a campaign. `health` is what its store has of it.
    pub fn new(policy: Policy, health: Health) -> Self {
        let pace = Pace::new(policy.rate, Duration::ZERO);
        let flights = Flights::new(policy.max_in_flight);
        Self {
            policy,
            health,
            pace,
            permits: None,
            flights,
            hold: None,
            hands: Hands::new(),
            batch: Batch::default(),
            recording: None,
            leasing: None,
            more: true,
            none_until: Duration::ZERO,
            looked: Duration::ZERO,
            order: Order::Go,
            interrupted: false,
            stop: None,
            store_failures: 0,
            begun: 0,
            unanswered: Unanswered::default(),
            unreachable: Unreachable::default(),
            progress: Progress::default(),
        }
    }

    /// Its store keeps the pace, for several senders: it asks before it starts requests.
    pub fn share_pace(&mut self) {
        self.permits = Some(Permits::default());
    }

    /// Begins nothing more, and ends when what is in flight has ended.
    pub fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// Stops the campaign: begins nothing more, and ends when what is in flight has ended.
    pub fn stop(&mut self, reason: StopReason, why: impl Into<String>) {
        self.stop_for(Stop { reason, why: why.into() });
    }

    /// Returns how the sender is getting on.
    pub fn progress(&self, now: Now) -> Progress {
        let (refused_users, warning) = self.health.refused_users();
        Progress {
            waiting: self.hands.waiting(),
            to_find: self.hands.to_find(),
            in_flight: self.hands.in_flight(),
            rate: self.rate(),
            hold: self.hold.as_ref().map(|hold| hold.probe().saturating_sub(now.elapsed)),
            refused_users: warning.then_some(refused_users),
            ..self.progress.clone()
        }
    }

    /// Returns the pace, in requests per second.
    pub(super) fn rate(&self) -> u32 {
        self.permits.as_ref().map_or_else(|| self.pace.rate(), Permits::rate)
    }

    /// Starts a request now, or returns when to try again.
    pub(super) fn may_start(&mut self, now: Duration) -> Result<(), Duration> {
        match &mut self.permits {
            None => self.pace.start(now),
            Some(_) if self.pace.next() > now => Err(self.pace.next()),
            Some(permits) => permits.start(now),
        }
    }

    /// Whether nothing more may begin.
    pub(super) fn is_ending(&self) -> bool {
        self.stop.is_some() || self.order == Order::Pause || self.interrupted || self.store_failures > 0
    }

    /// Whether as many intents were begun as the policy allows.
    pub(super) fn is_at_limit(&self) -> bool {
        self.policy.limit.is_some_and(|limit| self.begun >= limit)
    }

    pub(super) fn stop_for(&mut self, stop: Stop) {
        if self.stop.is_none() {
            self.batch.stop = Some(stop.clone());
            self.stop = Some(stop);
        }
    }

    /// Adds a fact of an intent, to be recorded.
    pub(super) fn add(&mut self, intent: IntentId, fact: Fact, details: Option<Details>) {
        let Some(hand) = self.hands.get_mut(intent) else { return };
        hand.history.add(fact.clone());
        let standing = hand.history.standing(&self.policy);
        let may_have_happened = hand.history.may_have_happened();
        self.batch.records.push(Record { intent, fact, standing, may_have_happened, details });
    }

    /// Takes what is to be recorded.
    pub(super) fn take_batch(&mut self) -> Option<Batch> {
        let nothing = self.batch.records.is_empty() && self.batch.stop.is_none();
        if nothing || self.recording.is_some() {
            return None;
        }
        let mut batch = mem::take(&mut self.batch);
        batch.health = Some(self.health.clone());
        let began = batch.records.iter().filter_map(|record| match record.fact {
            Fact::Began { .. } => Some(record.intent),
            _ => None,
        });
        self.recording = Some(began.collect());
        Some(batch)
    }
}
