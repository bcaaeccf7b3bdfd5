use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{Refusal, Stop, Verdict};
use crate::error::StopReason;
use crate::types::UnixMillis;

/// How many answers in a row, without a success between them, stop a campaign.
const UNVERIFIABLE: u32 = 3;
const UNAUTHENTICATED: u32 = 3;
const UNREADABLE: u32 = 5;
const REFUSED: u32 = 20;
/// How many of the first rows of a campaign, if all of them fail, stop it.
const FAILED_FIRST: u32 = 5;
const INVALID_FIRST: u32 = 20;
/// Of how many of the last rows at most 5 % may have users that the platform refuses, without a warning.
const LAST: u32 = 200;
const MILLIS_PER_DAY: u64 = 24 * 60 * 60 * 1000;
/// Beijing is 8 hours ahead of UTC.
const BEIJING: u64 = 8 * 60 * 60 * 1000;

/// What a campaign has seen, as far as it decides whether to go on. It belongs to the campaign, not to one run of it, so
/// a store keeps it. The default is that of a campaign that has not begun.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    successes: u64,
    /// Rows with at least one answer, as far as the first rows count.
    first: u32,
    /// How many of them failed, and how many were invalid.
    first_failed: u32,
    first_invalid: u32,
    /// Answers in a row without a success between them.
    unverifiable: u32,
    unauthenticated: u32,
    unreadable: u32,
    refused: u32,
    pub(super) not_sent: u32,
    /// The last rows, one bit each: whether the platform refused the user.
    last_rows: u32,
    last_users: Vec<u64>,
    /// The day in Beijing, and the successes on it.
    day: u64,
    sent_on_day: u64,
}

impl Health {
    /// Returns how many coupons, or the like, the campaign has sent.
    pub fn successes(&self) -> u64 {
        self.successes
    }

    /// Forgets what stopped the campaign, because a person has put it right.
    #[must_use]
    pub fn resumed(self) -> Self {
        let Self { successes, day, sent_on_day, .. } = self;
        Self { successes, day, sent_on_day, ..Self::default() }
    }

    /// Returns this with what a sender has seen, between `before` and `now`. So a store can keep the health of a campaign
    /// with several senders: what is counted is added, and of what is in a row, the last sender counts.
    #[must_use]
    pub fn with_changes(&self, before: &Self, now: &Self) -> Self {
        let added =
            |mine: u32, of: fn(&Self) -> u32| of(self).saturating_add(mine.saturating_sub(of(before)));
        let sent = now.successes.saturating_sub(before.successes);
        let (day, sent_on_day) = match self.day.cmp(&now.day) {
            Ordering::Less => (now.day, now.sent_on_day),
            Ordering::Greater => (self.day, self.sent_on_day),
            Ordering::Equal if before.day == now.day => {
                let sent = now.sent_on_day.saturating_sub(before.sent_on_day);
                (self.day, self.sent_on_day.saturating_add(sent))
            }
            Ordering::Equal => (self.day, self.sent_on_day.saturating_add(now.sent_on_day)),
        };
        Self {
            successes: self.successes.saturating_add(sent),
            first: added(now.first, |it| it.first),
            first_failed: added(now.first_failed, |it| it.first_failed),
            first_invalid: added(now.first_invalid, |it| it.first_invalid),
            day,
            sent_on_day,
            ..now.clone()
        }
    }

    /// Returns how many of the last 200 rows have users that the platform refuses, and whether that is worth a warning:
    /// more than 5 %.
    pub fn refused_users(&self) -> (u32, bool) {
        let refused = self.last_users.iter().map(|bits| bits.count_ones()).sum();
        (refused, self.last_rows >= LAST && refused > LAST / 20)
    }

    /// Returns how many were sent on the day in Beijing.
    pub(super) fn sent_on(&self, now: UnixMillis) -> u64 {
        if self.day == day(now) { self.sent_on_day } else { 0 }
    }

    /// Takes the end of an attempt, the `first` of its intent or a later one. Returns why the campaign must stop.
    pub(super) fn note(&mut self, verdict: &Verdict, first: bool, now: UnixMillis) -> Option<Stop> {
        if matches!(verdict, Verdict::Lost | Verdict::Withdrawn) {
            return None;
        }
        if let Verdict::Sent(_) = verdict {
            self.succeeded(now);
        }
        self.not_sent = if *verdict == Verdict::NotSent { self.not_sent.saturating_add(1) } else { 0 };
        let first_rows = self.note_first(verdict, first);
        self.note_user(verdict);
        self.in_a_row(verdict).or(first_rows)
    }

    fn succeeded(&mut self, now: UnixMillis) {
        let sent_on_day = self.sent_on(now).saturating_add(1);
        let last = (self.last_rows, std::mem::take(&mut self.last_users));
        *self = Self {
            successes: self.successes.saturating_add(1),
            day: day(now),
            sent_on_day,
            first: self.first,
            first_failed: self.first_failed,
            first_invalid: self.first_invalid,
            last_rows: last.0,
            last_users: last.1,
            ..Self::default()
        };
    }

    fn in_a_row(&mut self, verdict: &Verdict) -> Option<Stop> {
        let counted = |count: &mut u32, limit: u32| {
            *count = count.saturating_add(1);
            *count >= limit
        };
        let (reason, why) = match verdict {
            Verdict::Stop(reason) => (*reason, "the platform refuses every request like this one".to_owned()),
            Verdict::Unverifiable(reason) if counted(&mut self.unverifiable, UNVERIFIABLE) => (
                *reason,
                format!(
                    "{UNVERIFIABLE} responses in a row prove nothing: they could not be verified, or are not WeChat Pay's"
                ),
            ),
            Verdict::Unauthenticated if counted(&mut self.unauthenticated, UNAUTHENTICATED) => (
                StopReason::Setup,
                format!("{UNAUTHENTICATED} requests in a row were not authenticated (401)"),
            ),
            Verdict::Unreadable if counted(&mut self.unreadable, UNREADABLE) => {
                (StopReason::Setup, format!("{UNREADABLE} successes in a row could not be read"))
            }
            Verdict::Refused(Refusal::Other { .. } | Refusal::Blocked)
                if counted(&mut self.refused, REFUSED) =>
            {
                (StopReason::Stock, format!("{REFUSED} requests in a row were refused, without a success"))
            }
            _ => return None,
        };
        Some(Stop { reason, why })
    }

    /// The first rows of a campaign show mistakes that all rows have.
    fn note_first(&mut self, verdict: &Verdict, first: bool) -> Option<Stop> {
        if !first || self.first >= INVALID_FIRST {
            return None;
        }
        self.first = self.first.saturating_add(1);
        let add = |count: &mut u32, condition: bool| *count = count.saturating_add(condition.into());
        add(&mut self.first_failed, matches!(verdict, Verdict::Unknown { failed: true }));
        let invalid = matches!(verdict, Verdict::Invalid | Verdict::Refused(Refusal::Request { .. }));
        add(&mut self.first_invalid, invalid);
        if self.first == FAILED_FIRST && self.first_failed == FAILED_FIRST {
            let why = format!("the platform failed (5xx) for each of the first {FAILED_FIRST} rows");
            return Some(Stop { reason: StopReason::Network, why });
        }
        let why = format!(
            "each of the first {INVALID_FIRST} rows was refused as invalid: the openids may be those of another app"
        );
        (self.first_invalid == INVALID_FIRST).then_some(Stop { reason: StopReason::Setup, why })
    }

    fn note_user(&mut self, verdict: &Verdict) {
        let refused = match verdict {
            Verdict::Sent(_) => false,
            Verdict::Refused(refusal) => *refusal == Refusal::User,
            _ => return,
        };
        self.last_users.resize(4, 0);
        let at = self.last_rows.checked_rem(LAST).unwrap_or_default();
        let bit = 1_u64.checked_shl(at % 64).unwrap_or_default();
        let word = usize::try_from(at / 64).ok().and_then(|word| self.last_users.get_mut(word));
        if let Some(word) = word {
            *word = if refused { *word | bit } else { *word & !bit };
        }
        // Stays between 200 and 399 once there are 200 rows.
        self.last_rows = match self.last_rows.saturating_add(1) {
            rows if rows >= 2 * LAST => LAST,
            rows => rows,
        };
    }
}

fn day(now: UnixMillis) -> u64 {
    now.saturating_add(BEIJING) / MILLIS_PER_DAY
}

/// Returns the time of the next midnight in Beijing.
pub(super) fn next_midnight(now: UnixMillis) -> UnixMillis {
    day(now).saturating_add(1).saturating_mul(MILLIS_PER_DAY).saturating_sub(BEIJING)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 60 * 60 * 1000;

    fn after(mut health: Health, verdicts: &[Verdict], now: UnixMillis) -> Health {
        for verdict in verdicts {
            health.note(verdict, true, now);
        }
        health
    }

    #[test]
    fn what_two_senders_have_seen_adds_up() {
        let sent = || Verdict::Sent("1".to_owned());
        let (begin, failed) = (Health::default(), Verdict::Unknown { failed: true });
        let one = after(begin.clone(), &[sent(), failed.clone(), sent()], DAY);
        let other = after(begin.clone(), &[failed, sent(), Verdict::Unauthenticated], DAY);
        let both = begin.with_changes(&begin, &one).with_changes(&begin, &other);
        assert_eq!((both.successes, both.first, both.first_failed), (3, 6, 2));
        assert_eq!((both.sent_on(DAY), both.unauthenticated), (3, 1));
        // What was added once is not added again.
        assert_eq!(both.with_changes(&other, &other), both);
        // A day later, one of them sends again.
        let later = after(one.clone(), &[sent()], 2 * DAY);
        let all = both.with_changes(&one, &later);
        assert_eq!((all.successes, all.sent_on(DAY), all.sent_on(2 * DAY)), (4, 0, 1));
    }
}
