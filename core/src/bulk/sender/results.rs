//! What has ended.

use std::time::Duration;

use super::{Place, Sender};
use crate::answer::Answer;
use crate::bulk::history::after;
use crate::bulk::hold::{Check, Hold};
use crate::bulk::pace::LONGEST;
use crate::bulk::{
    Batch, BulkOperation, Details, Fact, IntentId, Lease, Now, Order, Recorded, Refusal, Standing, Starts,
    Supply, Verdict,
};
use crate::error::{Advice, Error, StopReason};
use crate::operation::Operation;
use crate::types::UnixMillis;

/// The wait after a store had no intents although there are more.
const NONE: Duration = Duration::from_secs(1);
/// How often a query for a doubtful intent may fail, and the wait after it.
const SEARCHES: u32 = 3;
const SEARCH_AGAIN: Duration = Duration::from_secs(30);

/// The result of a query that looked for what an operation made: its name, if it was found.
pub(super) type Found = Result<Option<String>, Error>;

impl<O: BulkOperation> Sender<O> {
    /// Takes what the store has handed out.
    pub fn leased(&mut self, now: Now, lease: Lease<O>) {
        self.looked = now.elapsed;
        // A store that was asked for none has not looked for any.
        if self.leasing.take().is_some_and(|most| most > 0) {
            self.more &= lease.more;
            if lease.intents.is_empty() {
                self.none_until = now.elapsed.saturating_add(NONE);
            }
        }
        self.ordered(lease.order);
        for intent in lease.intents {
            let Some(id) = self.hands.take(intent) else { continue };
            let open = self.hands.get(id).and_then(|hand| hand.history.open());
            if let Some(attempt) = open {
                self.add(id, Fact::Ended { attempt, at: now.unix, verdict: Verdict::Lost }, None);
                self.remember_unanswered(id, now);
            }
            self.place(id, now);
        }
    }

    /// The store failed to hand out intents.
    pub fn not_leased(&mut self) {
        self.leasing = None;
        self.store_failures = self.store_failures.saturating_add(1);
    }

    /// The store has kept the last batch.
    pub fn recorded(&mut self, now: Now, recorded: impl Into<Recorded>) {
        let Recorded { order, lost } = recorded.into();
        self.looked = now.elapsed;
        self.ordered(order);
        for id in self.recording.take().unwrap_or_default() {
            let place = self.hands.get(id).map(|hand| hand.place);
            let Some(Place::Recording(attempt, begun)) = place else { continue };
            self.hands.is_recorded();
            if lost.contains(&id) {
                self.free(id);
                self.hands.release(id);
            } else {
                self.hands.put(id, Place::Recorded(attempt, begun));
            }
        }
    }

    /// The store has reserved starts of the shared pace.
    pub fn reserved(&mut self, now: Now, starts: &Starts) {
        if let Some(permits) = &mut self.permits {
            permits.reserved(now.elapsed, starts);
        }
    }

    /// The store failed to reserve starts.
    pub fn not_reserved(&mut self) {
        if let Some(permits) = &mut self.permits {
            permits.not_reserved();
        }
        self.store_failures = self.store_failures.saturating_add(1);
    }

    /// The store has not kept this batch.
    pub fn not_recorded(&mut self, now: Now, batch: Batch) {
        self.store_failures = self.store_failures.saturating_add(1);
        let order = self.order;
        // None of them starts. That, too, is recorded in the last batch.
        self.recorded(now, order);
        let later = std::mem::replace(&mut self.batch, batch);
        self.batch.records.extend(later.records);
        self.batch.stop = self.batch.stop.take().or(later.stop);
    }

    /// Takes the result of a request.
    pub fn ended(&mut self, now: Now, intent: IntentId, result: &Result<Answer<O::Response>, Error>) {
        let Some(Place::InFlight(attempt, started)) = self.hands.get(intent).map(|hand| hand.place) else {
            return;
        };
        self.hands.has_landed();
        let verdict = self.judge(now, intent, result);
        self.adapt(now, &verdict, result.as_ref().err(), started);
        let first = self.hands.get(intent).is_some_and(|hand| hand.history.is_first());
        if let Some(stop) = self.health.note(&verdict, first, now.unix) {
            self.stop_for(stop);
        }
        if let Some(until) = self.unreachable.note(self.health.not_sent, started, now.elapsed) {
            self.pace.wait(until);
        }
        let details = result.as_ref().err().map(Details::of);
        self.add(intent, Fact::Ended { attempt, at: now.unix, verdict }, details);
        self.free(intent);
        self.place(intent, now);
    }

    /// Takes the result of the query of what all requests draw on.
    pub fn checked(&mut self, now: Now, result: &Result<Answer<<O::Check as Operation>::Response>, Error>) {
        let Some(hold) = self.hold.as_mut() else { return };
        if hold.check != Check::UnderWay {
            // It was asked for an earlier hold.
            return;
        }
        hold.check = Check::Done;
        let Ok(answer) = result else { return };
        match O::supply(answer) {
            Supply::There { per_day: Some(most) } if self.health.sent_on(now.unix) >= most => {
                hold.until_midnight(now)
            }
            Supply::There { .. } => {}
            Supply::Gone(StopReason::Budget) => {
                self.stop(StopReason::Budget, "nothing of the budget is left")
            }
            Supply::Gone(reason) => self.stop(reason, "it is not running any more"),
        }
    }

    /// Takes the result of looking for what an intent made: its name, if it was found.
    pub fn searched(&mut self, now: Now, intent: IntentId, found: &Found) {
        if self.hands.get(intent).is_none_or(|hand| hand.place != Place::Searching) {
            return;
        }
        self.hands.is_searched();
        match found {
            Ok(Some(name)) => self.add(intent, Fact::Found(name.clone()), None),
            Ok(None) => {
                if let Some(hand) = self.hands.get_mut(intent) {
                    (hand.looks, hand.failed_searches) = (hand.looks.saturating_add(1), 0);
                }
                self.add(intent, Fact::NotFound { at: now.unix }, None);
            }
            Err(error) => {
                if error.is_rate_limited() {
                    self.limited(now, Some(error));
                }
                if let Some(hand) = self.hands.get_mut(intent) {
                    hand.failed_searches = hand.failed_searches.saturating_add(1);
                }
            }
        }
        self.place(intent, now);
    }

    /// The user of the intent is free for another request.
    pub(super) fn free(&mut self, intent: IntentId) {
        if let Some(user) = self.hands.get(intent).map(|hand| hand.user) {
            self.hands.free(user);
        }
    }

    /// Puts an intent where it goes on by what is known of it. It must be in no queue.
    pub(super) fn place(&mut self, intent: IntentId, now: Now) {
        let Some(hand) = self.hands.get_mut(intent) else { return };
        let standing = hand.history.standing(&self.policy);
        hand.doubtful = standing == Standing::Doubtful;
        let place = match standing {
            Standing::Planned => Some(Place::Due),
            Standing::Retry(at) => Some(waiting(at, now)),
            Standing::Doubtful => {
                let settled = hand.history.settled_at().unwrap_or_default();
                match hand.looks {
                    _ if !self.policy.search || hand.failed_searches >= SEARCHES => None,
                    _ if hand.failed_searches > 0 => {
                        Some(Place::Waiting(now.elapsed.saturating_add(SEARCH_AGAIN)))
                    }
                    0 => Some(Place::ToSearch),
                    // Until then an earlier attempt can still take effect.
                    1 if hand.history.missed() < Some(settled) => Some(waiting(settled, now)),
                    _ => None,
                }
            }
            // An attempt is under way elsewhere: nothing to do here.
            Standing::Sending => None,
            Standing::Sent(_) | Standing::Refused | Standing::Cancelled => None,
        };
        let Some(place) = place else {
            let count = match standing {
                Standing::Sent(_) => &mut self.progress.sent,
                Standing::Refused => &mut self.progress.refused,
                Standing::Doubtful => &mut self.progress.doubtful,
                _ => return self.hands.release(intent),
            };
            *count = count.saturating_add(1);
            return self.hands.release(intent);
        };
        self.hands.put(intent, place);
    }

    fn ordered(&mut self, order: Order) {
        if order == Order::Pause {
            self.order = order;
        }
    }

    /// What the result says, here where it is known what else was under way for the user.
    fn judge(&mut self, now: Now, intent: IntentId, result: &Result<Answer<O::Response>, Error>) -> Verdict {
        let verdict = Verdict::of::<O>(result);
        let user = self.hands.get(intent).map(|hand| hand.user).unwrap_or_default();
        if verdict == Verdict::Refused(Refusal::Limit) && self.unanswered.contains(user, now.elapsed) {
            return Verdict::Refused(Refusal::LimitBesideAnother);
        }
        if matches!(verdict, Verdict::Unknown { .. } | Verdict::Unverifiable(_)) {
            self.remember_unanswered(intent, now);
        }
        verdict
    }

    fn remember_unanswered(&mut self, intent: IntentId, now: Now) {
        if let Some(hand) = self.hands.get(intent) {
            self.unanswered.add(hand.user, now.elapsed);
        }
    }

    /// Pace, requests in flight and hold, by the end of a request.
    fn adapt(&mut self, now: Now, verdict: &Verdict, error: Option<&Error>, started: Duration) {
        match verdict {
            Verdict::Sent(_) => {
                self.pace.succeeded(now.elapsed);
                if let Some(permits) = &mut self.permits {
                    permits.succeeded();
                }
                self.hold.take_if(|hold| hold.is_probe(started));
            }
            Verdict::RateLimited => {
                self.progress.rate_limited = self.progress.rate_limited.saturating_add(1);
                self.limited(now, error);
            }
            Verdict::Unknown { .. } | Verdict::Unverifiable(_) => {
                self.flights.unanswered(now.elapsed);
                let wait = asked_wait(error);
                if wait > Duration::from_secs(1) {
                    self.pace.wait(now.elapsed.saturating_add(wait));
                }
            }
            Verdict::Refused(Refusal::NoBudget) => match &mut self.hold {
                Some(hold) => hold.refused(now, started),
                None => self.hold = Some(Hold::new(now)),
            },
            _ => {}
        }
        if matches!(verdict, Verdict::Sent(_) | Verdict::Refused(_)) {
            self.flights.answered(now.elapsed.saturating_sub(started), self.rate());
        }
    }

    /// The platform received too many requests.
    fn limited(&mut self, now: Now, error: Option<&Error>) {
        let wait = asked_wait(error);
        self.pace.limited(now.elapsed, wait);
        if let Some(permits) = &mut self.permits {
            permits.limited(wait);
        }
    }
}

/// How long the response asks to wait. Anybody on the way can write this into an unsigned one, so it has a limit.
fn asked_wait(error: Option<&Error>) -> Duration {
    match error.map(Error::advice) {
        Some(Advice::Repeat { after }) => after.min(LONGEST),
        _ => Duration::ZERO,
    }
}

/// Waits until a wall-clock time.
fn waiting(at: UnixMillis, now: Now) -> Place {
    let wait = Duration::from_millis(at.min(after(now.unix, LONGEST)).saturating_sub(now.unix));
    Place::Waiting(now.elapsed.saturating_add(wait))
}
