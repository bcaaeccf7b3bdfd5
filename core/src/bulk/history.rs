use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Policy, Refusal, Verdict};
use crate::types::UnixMillis;

/// The waits after the attempts of an intent that may have taken effect, in seconds. The last one stays.
const DELAYS: [u64; 6] = [1, 3, 10, 30, 100, 300];
/// The wait after an attempt that is not counted. What concerns all requests makes all of them wait longer.
const SOON: Duration = Duration::from_secs(1);
/// The wait before the one repetition after [`Refusal::Limit`] beside another request for the same user.
const ALONE: Duration = Duration::from_secs(60);
/// How often a request is tried that the platform blocks.
const BLOCKED_TRIES: usize = 3;
/// The time after which no earlier attempt can take effect any more: the platform refuses stamps older than 300 s.
pub(super) const SETTLED: Duration = Duration::from_secs(360);
/// The longest time from the recording of an attempt to its request, which is signed then.
pub(super) const START: Duration = Duration::from_secs(30);

/// All that is known of one intent: facts that are only ever added. What follows from them does not depend on the order
/// in which they arrived, nor on their repetition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    attempts: BTreeMap<u32, Attempt>,
    /// The name of what the operation made, found by a query or by a person.
    found: Option<String>,
    /// The last query that did not find it.
    missed: Option<UnixMillis>,
    /// When a sender last saw that the time for repetitions is over.
    overdue: Option<UnixMillis>,
    decided: Option<(UnixMillis, Decision)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Attempt {
    /// 0 if only its end is known.
    began: UnixMillis,
    end: Option<(UnixMillis, Verdict)>,
}

/// A fact about one intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fact {
    /// An attempt begins. Its request is not sent before this is stored.
    Began {
        /// The number of the attempt, from 1.
        attempt: u32,
        /// When it was recorded. Its request is signed within 30 seconds after it, or not at all.
        at: UnixMillis,
    },
    /// An attempt has ended.
    Ended {
        /// The number of the attempt.
        attempt: u32,
        /// When it ended.
        at: UnixMillis,
        /// What its end says.
        verdict: Verdict,
    },
    /// A query found what the operation made, with its name.
    Found(String),
    /// A query did not find what the operation made. This proves nothing.
    NotFound {
        /// When it was asked.
        at: UnixMillis,
    },
    /// An attempt was due that would have been after the [window](Policy::window), so it was not made.
    Overdue {
        /// When it was due.
        at: UnixMillis,
    },
    /// A person decided.
    Decided {
        /// When it was decided. Not earlier than the end of the last attempt: what was tried after a decision counts by
        /// itself.
        at: UnixMillis,
        /// What was decided.
        decision: Decision,
    },
}

/// What a person decides about an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// It did not take effect, and is not to be tried again.
    NotSent,
    /// The identical request is to be repeated, also after the window.
    Repeat,
    /// It is not to be sent. Has an effect only as long as nothing was tried.
    Cancel,
}

/// Where an intent stands.
///
/// It can be stored. In JSON it is its name, such as `"planned"`, with what it contains, such as `{"sent":"9867041"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// Nothing was tried.
    Planned,
    /// An attempt is under way, or its process has ended.
    Sending,
    /// The identical request is to be repeated at this time.
    Retry(UnixMillis),
    /// It took effect, and made what has this name. Final.
    Sent(String),
    /// It was refused, and has no effect. Final.
    Refused,
    /// It may have taken effect, and must not be repeated blindly. A query or a person settles it.
    Doubtful,
    /// It is not to be sent. Final.
    Cancelled,
}

impl Standing {
    /// Whether nothing can change it any more, except that a success is heard of late.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Sent(_) | Self::Refused | Self::Cancelled)
    }

    /// Returns its name: `planned`, `sending`, `retry`, `sent`, `refused`, `doubtful` or `cancelled`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sending => "sending",
            Self::Retry(_) => "retry",
            Self::Sent(_) => "sent",
            Self::Refused => "refused",
            Self::Doubtful => "doubtful",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Fact {
    /// Moves its time by milliseconds, for a store whose clock is not that of the sender.
    #[must_use]
    pub fn moved_by(self, millis: i64) -> Self {
        let moved = |at: UnixMillis| at.saturating_add_signed(millis);
        match self {
            Self::Began { attempt, at } => Self::Began { attempt, at: moved(at) },
            Self::Ended { attempt, at, verdict } => Self::Ended { attempt, at: moved(at), verdict },
            Self::Found(name) => Self::Found(name),
            Self::NotFound { at } => Self::NotFound { at: moved(at) },
            Self::Overdue { at } => Self::Overdue { at: moved(at) },
            Self::Decided { at, decision } => Self::Decided { at: moved(at), decision },
        }
    }
}

impl History {
    /// Moves all times by milliseconds, for a store whose clock is not that of the sender.
    #[must_use]
    pub fn moved_by(&self, millis: i64) -> Self {
        let moved = |at: UnixMillis| at.saturating_add_signed(millis);
        let mut history = self.clone();
        for attempt in history.attempts.values_mut() {
            // If only its end is known, it stays so.
            attempt.began = if attempt.began == 0 { 0 } else { moved(attempt.began) };
            attempt.end = attempt.end.take().map(|(at, verdict)| (moved(at), verdict));
        }
        history.missed = history.missed.map(moved);
        history.overdue = history.overdue.map(moved);
        history.decided = history.decided.map(|(at, decision)| (moved(at), decision));
        history
    }

    /// Adds a fact.
    pub fn add(&mut self, fact: Fact) {
        match fact {
            Fact::Began { attempt, at } => {
                let known = self.attempts.entry(attempt).or_insert(Attempt { began: 0, end: None });
                known.began = known.began.max(at);
            }
            Fact::Ended { attempt, at, verdict } => {
                let known = self.attempts.entry(attempt).or_insert(Attempt { began: 0, end: None });
                // Only the process that made the attempt knows its end. Others can only say that it was lost. And a
                // verified success is true, whatever else is said.
                let rank = |(at, verdict): &(UnixMillis, Verdict)| {
                    let sent = matches!(verdict, Verdict::Sent(_));
                    (!sent, *verdict == Verdict::Lost, *at, verdict.clone())
                };
                let end = (at, verdict);
                if known.end.as_ref().is_none_or(|old| rank(&end) < rank(old)) {
                    known.end = Some(end);
                }
            }
            Fact::Found(name) => {
                if self.found.as_ref().is_none_or(|known| name < *known) {
                    self.found = Some(name);
                }
            }
            Fact::NotFound { at } => self.missed = self.missed.max(Some(at)),
            Fact::Overdue { at } => self.overdue = self.overdue.max(Some(at)),
            Fact::Decided { at, decision } => self.decided = self.decided.max(Some((at, decision))),
        }
    }

    /// Returns the number of the next attempt.
    pub(super) fn next(&self) -> u32 {
        self.attempts.last_key_value().map_or(1, |(last, _)| last.saturating_add(1))
    }

    /// Returns the number of the last attempt, if it has no end.
    pub(super) fn open(&self) -> Option<u32> {
        self.attempts.last_key_value().filter(|(_, attempt)| attempt.end.is_none()).map(|(number, _)| *number)
    }

    /// Whether no attempt has ended yet, apart from those that were never started.
    pub(super) fn is_first(&self) -> bool {
        !self.attempts.values().any(|attempt| attempt.end.is_some() && !attempt.is_withdrawn())
    }

    /// Returns when the last of the attempts that have ended has ended.
    pub fn last_end(&self) -> Option<UnixMillis> {
        self.attempts.values().filter_map(|attempt| attempt.end.as_ref()).map(|(at, _)| *at).max()
    }

    /// Whether an attempt may have taken effect.
    pub fn may_have_happened(&self) -> bool {
        self.attempts.values().any(Attempt::may_have_happened)
    }

    /// Returns from when on no earlier attempt can take effect any more, if one may have.
    pub(super) fn settled_at(&self) -> Option<UnixMillis> {
        let begun = self.attempts.values().filter(|attempt| attempt.may_have_happened()).map(|it| it.began);
        begun.max().map(|began| after(after(began, START), SETTLED))
    }

    /// Whether a repetition at this time would be blind, and too late: an attempt may have taken effect, and the platform
    /// may no longer recognise the request. What a person ordered is not blind.
    pub(super) fn is_overdue(&self, now: UnixMillis, policy: &Policy) -> bool {
        !self.is_repetition_ordered() && self.last_repetition(policy).is_some_and(|last| now > last)
    }

    /// Whether a person ordered a repetition after the last attempt.
    fn is_repetition_ordered(&self) -> bool {
        let last = self.attempts.values().rfind(|attempt| !attempt.is_withdrawn());
        let ended = last.and_then(|attempt| attempt.end.as_ref()).map(|(at, _)| *at);
        matches!(self.decided, Some((decided, Decision::Repeat)) if ended.is_some_and(|at| decided >= at))
    }

    /// Returns until when the request may be repeated, if an attempt may have taken effect: within the window after the
    /// first one that may have, or after a person ordered a repetition.
    fn last_repetition(&self, policy: &Policy) -> Option<UnixMillis> {
        let first = self.attempts.values().find(|attempt| attempt.may_have_happened())?;
        let ordered = match self.decided {
            Some((at, Decision::Repeat)) => at,
            _ => 0,
        };
        Some(after(first.began.max(ordered), policy.window))
    }

    /// Returns when a query last did not find what the operation may have made.
    pub(super) fn missed(&self) -> Option<UnixMillis> {
        self.missed
    }

    /// Returns where the intent stands.
    pub fn standing(&self, policy: &Policy) -> Standing {
        let sent = self.attempts.values().find_map(|attempt| match &attempt.end {
            Some((_, Verdict::Sent(name))) => Some(name),
            _ => None,
        });
        if let Some(name) = sent.or(self.found.as_ref()) {
            return Standing::Sent(name.clone());
        }
        let tried: Vec<&Attempt> = self.attempts.values().filter(|attempt| !attempt.is_withdrawn()).collect();
        let Some(last) = tried.last() else {
            return match self.decided {
                Some((_, Decision::Cancel)) => Standing::Cancelled,
                _ => Standing::Planned,
            };
        };
        let Some((at, verdict)) = &last.end else { return Standing::Sending };
        let retry = |wait| self.retry(after(*at, wait), policy);
        match self.decided {
            // What was tried after the decision counts by itself.
            Some((decided, Decision::NotSent)) if decided >= *at => return Standing::Refused,
            Some((decided, Decision::Repeat)) if decided >= *at => return Standing::Retry(decided),
            _ => {}
        }
        let standing = match verdict {
            Verdict::Sent(_) | Verdict::Withdrawn => Standing::Sending,
            Verdict::Unreadable | Verdict::Unknown { .. } | Verdict::Unverifiable(_) | Verdict::Lost => {
                let counted = tried.iter().filter(|attempt| attempt.is_counted()).count();
                let delay = DELAYS.get(counted.saturating_sub(1)).or(DELAYS.last()).copied();
                retry(Duration::from_secs(delay.unwrap_or_default()))
            }
            Verdict::RateLimited | Verdict::NotSent | Verdict::Unauthenticated | Verdict::Stop(_) => {
                retry(SOON)
            }
            Verdict::Invalid => self.refused(false, last, policy),
            Verdict::Refused(refusal) => match refusal {
                Refusal::Stop(_) | Refusal::NoBudget => retry(SOON),
                Refusal::Blocked if self.count(verdict) < BLOCKED_TRIES => retry(SOON),
                Refusal::LimitBesideAnother if self.count(verdict) == 1 => retry(ALONE),
                Refusal::Request { settles } | Refusal::Other { settles } => {
                    self.refused(*settles, last, policy)
                }
                Refusal::User => self.refused(true, last, policy),
                Refusal::Blocked | Refusal::Limit | Refusal::LimitBesideAnother => {
                    self.refused(false, last, policy)
                }
            },
        };
        let overdue = self.may_have_happened() && self.overdue.is_some_and(|overdue| overdue >= *at);
        if overdue && matches!(standing, Standing::Retry(_)) { Standing::Doubtful } else { standing }
    }

    /// The intent after a final rejection, which says nothing of earlier attempts, unless it `settles` them.
    fn refused(&self, settles: bool, last: &Attempt, policy: &Policy) -> Standing {
        let Some(settled) = self.settled_at() else { return Standing::Refused };
        match settles && policy.settle_by_repeat {
            true if last.began >= settled => Standing::Refused,
            true => self.retry(settled, policy),
            false => Standing::Doubtful,
        }
    }

    fn retry(&self, at: UnixMillis, policy: &Policy) -> Standing {
        match self.last_repetition(policy) {
            Some(last) if at > last => Standing::Doubtful,
            _ => Standing::Retry(at),
        }
    }

    fn count(&self, verdict: &Verdict) -> usize {
        let verdicts = self.attempts.values().filter_map(|attempt| attempt.end.as_ref());
        verdicts.filter(|(_, known)| known == verdict).count()
    }
}

impl Attempt {
    fn may_have_happened(&self) -> bool {
        self.end.as_ref().is_none_or(|(_, verdict)| verdict.may_have_happened())
    }

    fn is_withdrawn(&self) -> bool {
        self.end.as_ref().is_some_and(|(_, verdict)| *verdict == Verdict::Withdrawn)
    }

    /// Whether the attempt makes the next wait longer.
    fn is_counted(&self) -> bool {
        let Some((_, verdict)) = &self.end else { return true };
        verdict.may_have_happened() && *verdict != Verdict::RateLimited
    }
}

pub(super) fn after(at: UnixMillis, wait: Duration) -> UnixMillis {
    at.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_and_histories_move_in_the_same_way() {
        let facts = |at: UnixMillis| {
            [
                Fact::Began { attempt: 1, at },
                Fact::Ended { attempt: 1, at, verdict: Verdict::Lost },
                Fact::Began { attempt: 2, at },
                Fact::NotFound { at },
                Fact::Overdue { at },
                Fact::Decided { at, decision: Decision::Repeat },
                Fact::Found("1".to_owned()),
            ]
        };
        let history = |facts: &[Fact]| {
            let mut history = History::default();
            facts.iter().cloned().for_each(|fact| history.add(fact));
            history
        };
        for (from, by, to) in [(1000, 290, 1290), (1000, -290, 710), (1000, -2000, 0)] {
            assert_eq!(facts(from).map(|fact| fact.moved_by(by)), facts(to));
            assert_eq!(history(&facts(from)).moved_by(by), history(&facts(to)));
        }
        // Of an attempt whose beginning is not known, only the end moves.
        let end = |at| history(&[Fact::Ended { attempt: 1, at, verdict: Verdict::NotSent }]);
        assert_eq!(end(1000).moved_by(290), end(1290));
    }
}
