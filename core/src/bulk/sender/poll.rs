//! What to do next.

use std::time::Duration;

use super::{Place, Sender};
use crate::bulk::history::START;
use crate::bulk::hold::Check;
use crate::bulk::permits::Permits;
use crate::bulk::{BulkOperation, End, Fact, Now, Order, Step, Verdict};

/// How many intents are asked for at a time.
const PAGE: usize = 500;
/// How many intents are in hand at most. Most of them wait for their next attempt.
const HANDS: usize = 20_000;
/// The most attempts that are recorded ahead of their start.
const AHEAD: usize = 256;
/// How many queries for doubtful intents are in flight at most.
const SEARCHES: usize = 4;
/// How often the store is asked for orders, and the longest wait.
const LOOK: Duration = Duration::from_secs(1);
/// No attempt is recorded when the pace lets none start within this time.
const SOON: Duration = Duration::from_secs(10);

impl<O: BulkOperation> Sender<O> {
    /// Returns what to do next. Call it again after each step, except after [`Step::Wait`] and [`Step::End`].
    pub fn poll(&mut self, now: Now) -> Step<O> {
        let mut wake = now.elapsed.saturating_add(LOOK);
        if let Some(next) = self.hands.wake(now.elapsed) {
            wake = wake.min(next);
        }
        self.withdraw(now);
        if self.is_ending() {
            return self.poll_ending();
        }
        self.begin(now);
        if let Some(batch) = self.take_batch() {
            return Step::Record(batch);
        }
        let step = self
            .start(now, &mut wake)
            .or_else(|| self.search(now, &mut wake))
            .or_else(|| self.check(now, &mut wake))
            .or_else(|| self.reserve(now));
        if let Some(step) = step.or_else(|| self.lease(now)) {
            return step;
        }
        let asking = self.permits.as_ref().is_some_and(Permits::is_asking);
        let idle = !self.more && self.leasing.is_none() && self.recording.is_none() && !asking;
        if idle && self.hands.is_empty() {
            let end = if self.is_at_limit() { End::Limit } else { End::Complete };
            return Step::End(end);
        }
        if let Some(hold) = &self.hold
            && hold.probe() > now.elapsed
        {
            wake = wake.min(hold.probe());
        }
        Step::Wait(wake.saturating_sub(now.elapsed))
    }

    /// Waits for what is under way, records it, and ends. Queries are not awaited: they send nothing, and the next sender
    /// makes them again.
    fn poll_ending(&mut self) -> Step<O> {
        let quiet = self.hands.in_flight() == 0 && self.recording.is_none() && self.leasing.is_none();
        let quiet = quiet && !self.permits.as_ref().is_some_and(Permits::is_asking);
        // After the store has failed, one last batch is tried.
        if (self.store_failures == 0 || quiet && self.store_failures == 1)
            && let Some(batch) = self.take_batch()
        {
            return Step::Record(batch);
        }
        if !quiet {
            return Step::Wait(LOOK);
        }
        Step::End(match (&self.stop, self.order) {
            _ if self.store_failures > 0 => End::StoreFailed,
            (Some(stop), _) => End::Stopped(stop.clone()),
            (None, Order::Pause) => End::Paused,
            (None, Order::Go) => End::Interrupted,
        })
    }

    /// How many attempts may be under way.
    fn room(&self, now: Now) -> usize {
        match &self.hold {
            Some(hold) if now.elapsed < hold.probe() => 0,
            Some(_) => 1,
            None if self.health.successes() < self.policy.canary => 1,
            None => self.flights.limit(),
        }
    }

    /// Begins attempts: they are recorded, and start later.
    fn begin(&mut self, now: Now) {
        let again = self.permits.as_ref().map(Permits::again).unwrap_or_default();
        if self.pace.next().max(again) > now.elapsed.saturating_add(SOON) {
            return;
        }
        let room = self.room(now);
        // As many as start within 50 ms, so that starts do not wait for the store.
        let ahead =
            if room <= 1 { 0 } else { usize::try_from(self.rate() / 20).unwrap_or(AHEAD).clamp(1, AHEAD) };
        while self.hands.under_way() < room.saturating_add(ahead) && self.hands.ahead() <= ahead {
            let Some(id) = self.hands.next_due() else { return };
            let Some(hand) = self.hands.get(id) else { continue };
            let (attempt, first) = (hand.history.next(), hand.history.is_first() && !hand.begun);
            if hand.history.is_overdue(now.unix, &self.policy) {
                self.add(id, Fact::Overdue { at: now.unix }, None);
                self.free(id);
                self.place(id, now);
                continue;
            }
            if first && self.is_at_limit() {
                self.free(id);
                self.hands.release(id);
                continue;
            }
            if first && let Some(hand) = self.hands.get_mut(id) {
                hand.begun = true;
                self.begun = self.begun.saturating_add(1);
            }
            self.add(id, Fact::Began { attempt, at: now.unix }, None);
            self.hands.put(id, Place::Recording(attempt, now.elapsed));
        }
    }

    /// Starts the next recorded attempt.
    fn start(&mut self, now: Now, wake: &mut Duration) -> Option<Step<O>> {
        let id = self.hands.first_recorded()?;
        if self.hands.in_flight() >= self.room(now) {
            return None;
        }
        if let Err(at) = self.may_start(now.elapsed) {
            *wake = (*wake).min(at);
            return None;
        }
        self.hands.next_recorded();
        let hand = self.hands.get(id)?;
        let (operation, Place::Recorded(attempt, _)) = (hand.operation.clone(), hand.place) else {
            return None;
        };
        self.hands.put(id, Place::InFlight(attempt, now.elapsed));
        self.progress.started = self.progress.started.saturating_add(1);
        Some(Step::Send { intent: id, operation })
    }

    /// Looks for what the next doubtful intent may have made.
    fn search(&mut self, now: Now, wake: &mut Duration) -> Option<Step<O>> {
        if self.hands.to_search() == 0 || self.hands.searching() >= SEARCHES {
            return None;
        }
        if let Err(at) = self.may_start(now.elapsed) {
            *wake = (*wake).min(at);
            return None;
        }
        let intent = self.hands.next_search()?;
        let operation = self.hands.get(intent)?.operation.clone();
        self.hands.put(intent, Place::Searching);
        Some(Step::Search { intent, operation })
    }

    /// Queries what all requests draw on.
    fn check(&mut self, now: Now, wake: &mut Duration) -> Option<Step<O>> {
        self.hold.as_ref().filter(|hold| hold.check == Check::Due)?;
        let check = self.hands.any()?.check();
        if let Err(at) = self.may_start(now.elapsed) {
            *wake = (*wake).min(at);
            return None;
        }
        if let Some(hold) = &mut self.hold {
            hold.check = Check::UnderWay;
        }
        Some(Step::Check(check))
    }

    /// Asks for as many starts of a shared pace as are wanted soon.
    fn reserve(&mut self, now: Now) -> Option<Step<O>> {
        let attempts = self.hands.ahead().min(self.room(now).saturating_sub(self.hands.in_flight()));
        let searches = self.hands.to_search().min(SEARCHES.saturating_sub(self.hands.searching()));
        let check = self.hold.as_ref().is_some_and(|hold| hold.check == Check::Due);
        let wanted = attempts.saturating_add(searches).saturating_add(check.into());
        self.permits.as_mut()?.ask(now.elapsed, wanted, self.policy.rate).map(Step::Reserve)
    }

    fn lease(&mut self, now: Now) -> Option<Step<O>> {
        if self.leasing.is_some() {
            return None;
        }
        self.more &= !self.is_at_limit();
        let hungry = self.more && self.hands.due() < PAGE / 2 && self.hands.len() < HANDS;
        let hungry = hungry && now.elapsed >= self.none_until;
        if !hungry && now.elapsed < self.looked.saturating_add(LOOK) {
            return None;
        }
        let most = if hungry { PAGE } else { 0 };
        self.leasing = Some(most);
        Some(Step::Lease(most))
    }

    /// Gives up recorded attempts that must not start: because nothing may start, or because they have waited too long.
    fn withdraw(&mut self, now: Now) {
        let none = self.is_ending() || self.hold.as_ref().is_some_and(|hold| now.elapsed < hold.probe());
        while let Some(id) = self.hands.first_recorded() {
            let Some(Place::Recorded(attempt, since)) = self.hands.get(id).map(|hand| hand.place) else {
                return;
            };
            if !none && now.elapsed <= since.saturating_add(START) {
                return;
            }
            self.hands.next_recorded();
            self.add(id, Fact::Ended { attempt, at: now.unix, verdict: Verdict::Withdrawn }, None);
            self.free(id);
            self.place(id, now);
        }
    }
}
