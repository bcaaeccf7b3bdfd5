//! A sender and its store, and what must hold at each of its steps.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use wechatpay_core::Client;
use wechatpay_core::bulk::{
    Batch, BulkOperation, End, Fact, Health, History, Intent, IntentId, Lease, Now, Order, Policy, Sender,
    Standing, Step, Verdict,
};
use wechatpay_core::cashcoupons::{RequiredCouponFields, SendCoupon};
use wechatpay_core::crypto::insecure::AcceptAll;
use wechatpay_fuzz::{NOW, client};

const INTENTS: u64 = 8;
const USERS: u64 = 5;

pub(crate) fn coupon(intent: IntentId) -> SendCoupon {
    SendCoupon::new(RequiredCouponFields {
        openid: format!("o{}", intent % USERS).as_str().into(),
        appid: "wx".into(),
        stock_id: "1".into(),
        stock_creator_mchid: "1900000001".into(),
        out_request_no: format!("n{intent}").as_str().into(),
    })
}

pub(crate) struct Run {
    pub(crate) client: Client,
    pub(crate) policy: Policy,
    pub(crate) sender: Sender<SendCoupon>,
    pub(crate) now: Now,
    pub(crate) wait: Duration,
    /// What the store has.
    pub(crate) facts: BTreeMap<IntentId, Vec<Fact>>,
    pub(crate) health: Health,
    pub(crate) order: Order,
    pub(crate) handed: BTreeSet<IntentId>,
    /// What the store was asked and has not answered yet, and how it answers.
    pub(crate) leasing: Option<usize>,
    pub(crate) recording: Option<Batch>,
    pub(crate) slow: bool,
    pub(crate) fails: Option<bool>,
    /// Recorded attempts without a request, and when they were to be recorded.
    pub(crate) open: BTreeMap<IntentId, Duration>,
    pub(crate) in_flight: Vec<IntentId>,
    pub(crate) searching: Vec<IntentId>,
    pub(crate) starts: Vec<Duration>,
    /// The intents that this sender began, as far as nothing was tried before.
    pub(crate) begun: BTreeSet<IntentId>,
    pub(crate) successes: u64,
    /// Whether the sender has seen that it must end.
    pub(crate) ending: bool,
    /// For which intents there is a coupon, and for which there may be one.
    pub(crate) made: BTreeSet<IntentId>,
    pub(crate) maybe: BTreeSet<IntentId>,
}

impl Run {
    pub(crate) fn new(policy: Policy) -> Self {
        Self {
            client: client(AcceptAll),
            sender: Sender::new(policy.clone(), Health::default()),
            policy,
            now: Now { elapsed: Duration::ZERO, unix: NOW * 1000 },
            wait: Duration::ZERO,
            facts: BTreeMap::new(),
            health: Health::default(),
            order: Order::Go,
            handed: BTreeSet::new(),
            leasing: None,
            recording: None,
            slow: false,
            fails: None,
            open: BTreeMap::new(),
            in_flight: Vec::new(),
            searching: Vec::new(),
            starts: Vec::new(),
            begun: BTreeSet::new(),
            successes: 0,
            ending: false,
            made: BTreeSet::new(),
            maybe: BTreeSet::new(),
        }
    }

    fn standing(&self, intent: IntentId) -> Standing {
        let mut history = History::default();
        self.facts.get(&intent).into_iter().flatten().for_each(|fact| history.add(fact.clone()));
        history.standing(&self.policy)
    }

    fn keep(&mut self, batch: &Batch) {
        for record in &batch.records {
            let (intent, facts) = (record.intent, self.facts.entry(record.intent).or_default());
            if let Fact::Began { at, .. } = record.fact
                && !facts.contains(&record.fact)
            {
                let ended = |fact: &Fact| matches!(fact, Fact::Ended { verdict, .. } if *verdict != Verdict::Withdrawn);
                if !facts.iter().any(ended) {
                    self.begun.insert(intent);
                }
                assert_not_blind(facts, at, &self.policy);
                self.open.insert(intent, self.now.elapsed);
            }
            if let Fact::Ended { .. } = record.fact {
                self.open.remove(&intent);
            }
            facts.push(record.fact.clone());
        }
        assert!(self.policy.limit.is_none_or(|limit| self.begun.len() as u64 <= limit));
        let last: BTreeMap<_, _> = batch.records.iter().map(|record| (record.intent, record)).collect();
        for (intent, record) in last {
            assert_eq!(self.standing(intent), record.standing);
            match &record.standing {
                Standing::Sent(id) => assert!(self.made.contains(&intent) && *id == format!("c{intent}")),
                Standing::Refused => {
                    assert!(self.policy.settle_by_repeat || !self.maybe.contains(&intent));
                }
                _ => {}
            }
        }
        self.health = batch.health.clone().unwrap();
    }

    fn lease(&mut self, most: usize) -> Lease<SendCoupon> {
        let mut ids: Vec<IntentId> =
            (0..INTENTS).filter(|id| !self.handed.contains(id) && !self.standing(*id).is_final()).collect();
        let more = ids.len() > most.min(3);
        ids.truncate(most.min(3));
        self.handed.extend(&ids);
        let intents = ids.into_iter().map(|id| {
            let mut history = History::default();
            self.facts.get(&id).into_iter().flatten().for_each(|fact| history.add(fact.clone()));
            Intent { id, operation: coupon(id), history }
        });
        Lease { intents: intents.collect(), more, order: self.order }
    }

    /// The store answers.
    pub(crate) fn store(&mut self) {
        if let Some(most) = self.leasing.take() {
            if self.fails.take().is_some() {
                self.sender.not_leased();
                self.ending = true;
            } else {
                let lease = self.lease(most);
                self.sender.leased(self.now, lease);
                self.ending |= self.order == Order::Pause;
            }
        }
        if let Some(batch) = self.recording.take() {
            let fails = self.fails.take();
            if fails != Some(false) {
                self.keep(&batch);
            }
            if fails.is_some() {
                self.sender.not_recorded(self.now, batch);
                self.ending = true;
            } else {
                self.sender.recorded(self.now, self.order);
                self.ending |= self.order == Order::Pause;
            }
        }
    }

    /// Something starts that the platform will see.
    fn starts(&mut self) {
        assert!(!self.ending, "it starts after the end was seen");
        self.starts.push(self.now.elapsed);
        let before = self.starts.len().checked_sub(1 + self.policy.rate as usize);
        assert!(
            before.is_none_or(|at| self.starts[at] + Duration::from_secs(1) <= self.now.elapsed),
            "too fast"
        );
    }

    fn sends(&mut self, intent: IntentId, operation: &SendCoupon) {
        self.starts();
        assert_eq!(*operation, coupon(intent));
        assert_eq!(self.standing(intent), Standing::Sending);
        let recorded = self.open.remove(&intent).expect("its attempt is not durable");
        assert!(self.now.elapsed - recorded <= Duration::from_secs(30), "its stamp is too late");
        assert!(self.in_flight.iter().all(|other| other % USERS != intent % USERS), "two for one user");
        assert!(self.in_flight.len() < self.policy.max_in_flight);
        assert!(self.successes >= self.policy.canary || self.in_flight.is_empty(), "a canary is not alone");
        self.in_flight.push(intent);
    }

    /// Does what the sender asks for, until it waits. Returns its end.
    pub(crate) fn poll(&mut self) -> Option<End> {
        for _ in 0..1000 {
            match self.sender.poll(self.now) {
                Step::Lease(most) => assert!(self.leasing.replace(most).is_none()),
                Step::Record(batch) => {
                    self.ending |= batch.stop.is_some();
                    assert!(self.recording.replace(batch).is_none());
                }
                Step::Send { intent, operation } => self.sends(intent, &operation),
                Step::Search { intent, operation } => {
                    self.starts();
                    // It only reads, so it need not wait until what made the intent doubtful is recorded.
                    assert!(operation == coupon(intent) && !self.standing(intent).is_final());
                    self.searching.push(intent);
                }
                Step::Check(query) => {
                    self.starts();
                    assert_eq!(query, coupon(0).check());
                }
                Step::Wait(time) => {
                    assert!(!time.is_zero());
                    self.wait = time;
                    return None;
                }
                Step::End(end) => {
                    assert!(self.in_flight.is_empty());
                    // An end that is asked for does not wait for queries.
                    assert!(self.searching.is_empty() || !matches!(end, End::Complete | End::Limit));
                    self.searching.clear();
                    assert!(self.recording.is_none() && self.leasing.is_none());
                    let done = |intent| {
                        let standing = self.standing(intent);
                        standing.is_final() || standing == Standing::Doubtful
                    };
                    assert!(end != End::Complete || (0..INTENTS).all(done));
                    return Some(end);
                }
                _ => unreachable!(),
            }
            if !self.slow {
                self.store();
            }
        }
        panic!("it is busy, and time does not pass");
    }
}

/// Nothing is begun at this time if it may have happened before, and the window after that is over.
fn assert_not_blind(facts: &[Fact], now: u64, policy: &Policy) {
    let began = |wanted: u32| {
        facts.iter().find_map(|fact| match fact {
            Fact::Began { attempt, at } if *attempt == wanted => Some(*at),
            _ => None,
        })
    };
    let maybe = facts.iter().filter_map(|fact| match fact {
        Fact::Ended { attempt, verdict, .. } if verdict.may_have_happened() => began(*attempt),
        _ => None,
    });
    for first in maybe.take(1) {
        assert!(
            now <= first.saturating_add(policy.window.as_millis() as u64),
            "a repetition after the window"
        );
    }
}
