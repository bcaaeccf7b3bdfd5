//! What is seen of a simulation, and what must hold of each request.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use crate::rig::Rig;
use crate::store::Memory;
use crate::*;

/// How often something was seen.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    counts: BTreeMap<&'static str, u64>,
}

impl Seen {
    pub(crate) fn note(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (what, count) in &other.counts {
            *self.counts.entry(what).or_default() += count;
        }
    }

    pub(crate) fn verdict(&mut self, verdict: &Verdict) {
        self.note(match verdict {
            Verdict::Sent(_) => "sent",
            Verdict::Unreadable => "unreadable",
            Verdict::Unknown { .. } => "unknown",
            Verdict::Unverifiable(_) => "unverifiable",
            Verdict::RateLimited => "rate limited",
            Verdict::Lost => "lost",
            Verdict::Withdrawn => "withdrawn",
            Verdict::NotSent => "not sent",
            Verdict::Unauthenticated => "unauthenticated",
            Verdict::Refused(Refusal::NoBudget) => "no budget",
            Verdict::Refused(Refusal::Blocked) => "blocked",
            Verdict::Refused(Refusal::Limit) => "limit",
            Verdict::Refused(Refusal::LimitBesideAnother) => "limit beside another",
            Verdict::Refused(Refusal::Request { .. }) => "request",
            Verdict::Refused(Refusal::User) => "user",
            Verdict::Refused(Refusal::Other { .. }) => "other",
            _ => "another verdict",
        });
    }

    /// Everything that a plan can contain has happened.
    pub(crate) fn is_everything(&self) {
        for what in [
            "sent",
            "unreadable",
            "unknown",
            "unverifiable",
            "rate limited",
            "lost",
            "withdrawn",
            "not sent",
            "unauthenticated",
            "no budget",
            "blocked",
            "limit",
            "limit beside another",
            "request",
            "user",
            "other",
            "stopped",
            "paused",
            "interrupted",
            "store failed",
            "crashed",
            "clock jumped",
            "found",
            "not found",
            "doubtful at the end",
            "overdue",
            "checked",
            "limit reached",
            "late arrival",
        ] {
            assert!(self.counts.get(what).is_some_and(|count| *count > 2), "{what} was not seen: {self:?}");
        }
    }
}

/// Watches the requests of one ledger.
#[derive(Default)]
pub(crate) struct Watch {
    /// The requests of each intent.
    requests: HashMap<IntentId, (String, Bytes)>,
    /// Attempts that had a request.
    attempts: HashSet<(IntentId, u32)>,
    /// Of the sender that runs: the users of the requests in flight, the last starts, and until when all wait.
    pub(crate) in_flight: HashMap<IntentId, String>,
    starts: VecDeque<Duration>,
    pub(crate) not_before: Duration,
    /// A stop, a pause or an interrupt was seen.
    pub(crate) is_ending: bool,
}

impl Watch {
    /// Another sender begins.
    pub(crate) fn restart(&mut self) {
        self.in_flight.clear();
        self.starts.clear();
        (self.not_before, self.is_ending) = (Duration::ZERO, false);
    }

    /// A request starts.
    pub(crate) fn started(
        &mut self,
        rig: &Rig,
        store: &Memory,
        intent: IntentId,
        operation: &SendCoupon,
        now: Now,
    ) {
        assert!(!self.is_ending, "it starts after the end was seen");
        let row = store.row(intent);
        assert_eq!(operation, &row.operation);
        let ended = |number| {
            row.facts.iter().any(|fact| matches!(fact, Fact::Ended { attempt, .. } if *attempt == number))
        };
        let began = row.facts.iter().filter_map(|fact| match fact {
            Fact::Began { attempt, at } => Some((*attempt, *at)),
            _ => None,
        });
        let began: Vec<(u32, UnixMillis)> = began.collect();
        let last = began.iter().map(|(attempt, _)| *attempt).max().expect("its attempt is not recorded");
        assert!(!ended(last), "its attempt is not recorded: the last one has ended");
        assert!(self.attempts.insert((intent, last)), "two requests for one attempt");
        let request = rig.request(operation);
        assert_eq!(*self.requests.entry(intent).or_insert_with(|| request.clone()), request);
        let user = operation.openid.as_str().to_owned();
        assert!(!self.in_flight.values().any(|other| *other == user), "two requests for one user");
        self.in_flight.insert(intent, user);
        assert!(now.elapsed >= self.not_before, "it starts although all wait");
        let second = Duration::from_secs(1);
        while self.starts.front().is_some_and(|at| *at + second <= now.elapsed) {
            self.starts.pop_front();
        }
        self.starts.push_back(now.elapsed);
        let rate = usize::try_from(store.policy.rate).unwrap();
        assert!(self.starts.len() <= rate, "{} requests in a second", self.starts.len());
        self.is_in_window(store, intent, &began, now);
    }

    /// No attempt that may have taken effect is older than the window.
    fn is_in_window(&self, store: &Memory, intent: IntentId, began: &[(u32, UnixMillis)], now: Now) {
        let row = store.row(intent);
        let harmless = |number| {
            row.facts.iter().any(|fact| match fact {
                Fact::Ended { attempt, verdict, .. } => *attempt == number && !verdict.may_have_happened(),
                _ => false,
            })
        };
        let last = began.iter().map(|(attempt, _)| *attempt).max();
        let first = began.iter().find(|(attempt, _)| Some(*attempt) != last && !harmless(*attempt));
        if let Some((_, at)) = first {
            // Half a minute may pass between the record and the request, and the clock may jump in it.
            let window = store.policy.window + Duration::from_secs(30 + 1200);
            assert!(
                now.unix <= at + u64::try_from(window.as_millis()).unwrap(),
                "it is repeated after the window"
            );
        }
    }
}

use wechatpay_core::types::UnixMillis;
