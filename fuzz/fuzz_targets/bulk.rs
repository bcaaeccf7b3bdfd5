//! Any events in any order: a sender of a campaign starts nothing whose attempt is not durable, nothing after it has seen the
//! end, never two requests for one user, and never more than its pace allows. What it says of an intent follows from what it
//! was told. When everything is well again, it ends.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use arbitrary::Arbitrary;
use bytes::Bytes;
use http::Response;
use libfuzzer_sys::fuzz_target;
use wechatpay_core::bulk::{
    Batch, BulkOperation, End, Fact, Health, History, Intent, IntentId, Lease, Now, Order, Policy, Sender,
    Standing, Step, Verdict,
};
use wechatpay_core::cashcoupons::{RequiredCouponFields, SendCoupon};
use wechatpay_core::crypto::insecure::AcceptAll;
use wechatpay_core::error::{TransportError, TransportErrorKind};
use wechatpay_core::{Client, Error, Operation};
use wechatpay_fuzz::{NOW, SERIAL, client};

const INTENTS: u64 = 8;
const USERS: u64 = 5;
const CODES: [&str; 10] = [
    "PARAM_ERROR",
    "INVALID_REQUEST",
    "NOT_ENOUGH",
    "REQUEST_BLOCKED",
    "RULE_LIMIT",
    "USER_ACCOUNT_ABNORMAL",
    "FREQUENCY_LIMITED",
    "NO_AUTH",
    "RESOURCE_NOT_EXISTS",
    "ANOTHER",
];

#[derive(Debug, Arbitrary)]
struct Input {
    rate: u16,
    max_in_flight: u8,
    window: u32,
    canary: u8,
    limit: Option<u8>,
    search: bool,
    settle_by_repeat: bool,
    events: Vec<Event>,
}

#[derive(Debug, Clone, Arbitrary)]
enum Event {
    /// As long as the sender asked for.
    Wait,
    Pass {
        millis: u16,
        times: u8,
    },
    /// Of the wall clock.
    Jump {
        millis: i32,
    },
    Ends {
        request: u8,
        result: Ends,
    },
    Searched {
        search: u8,
        found: Option<bool>,
    },
    Checked(Option<Stock>),
    /// The store answers what it was asked, and from now on at once or only with this event.
    Store {
        slow: bool,
    },
    /// The store fails the next time, and has kept the batch all the same, or has not.
    Fails {
        kept: bool,
    },
    Interrupt,
    Pause,
    /// The process ends, and another one goes on. What stopped the campaign is put right.
    Restart,
}

#[derive(Debug, Clone, Arbitrary)]
enum Ends {
    Coupon,
    Answer { status: u16, code: u8, internal: Option<u32>, signed: bool, retry_after: Option<u32> },
    NotSent,
    MaybeSent,
    TooLarge,
}

#[derive(Debug, Clone, Arbitrary)]
struct Stock {
    running: bool,
    sent: u8,
    per_day: Option<u8>,
}

fn coupon(intent: IntentId) -> SendCoupon {
    SendCoupon::new(RequiredCouponFields {
        openid: format!("o{}", intent % USERS).as_str().into(),
        appid: "wx".into(),
        stock_id: "1".into(),
        stock_creator_mchid: "1900000001".into(),
        out_request_no: format!("n{intent}").as_str().into(),
    })
}

fn transport(kind: TransportErrorKind) -> Error {
    TransportError::from(kind).into()
}

struct Run {
    client: Client,
    policy: Policy,
    sender: Sender<SendCoupon>,
    now: Now,
    wait: Duration,
    /// What the store has.
    facts: BTreeMap<IntentId, Vec<Fact>>,
    health: Health,
    order: Order,
    handed: BTreeSet<IntentId>,
    /// What the store was asked and has not answered yet, and how it answers.
    leasing: Option<usize>,
    recording: Option<Batch>,
    slow: bool,
    fails: Option<bool>,
    /// Recorded attempts without a request, and when they were to be recorded.
    open: BTreeMap<IntentId, Duration>,
    in_flight: Vec<IntentId>,
    searching: Vec<IntentId>,
    starts: Vec<Duration>,
    /// The intents that this sender began, as far as nothing was tried before.
    begun: BTreeSet<IntentId>,
    successes: u64,
    /// Whether the sender has seen that it must end.
    ending: bool,
    /// For which intents there is a coupon, and for which there may be one.
    made: BTreeSet<IntentId>,
    maybe: BTreeSet<IntentId>,
}

impl Run {
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
    fn store(&mut self) {
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
    fn poll(&mut self) -> Option<End> {
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
                    assert_eq!((operation, self.standing(intent)), (coupon(intent), Standing::Doubtful));
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
                    assert!(self.in_flight.is_empty() && self.searching.is_empty());
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

    fn response<O: Operation>(
        &self,
        operation: &O,
        status: u16,
        body: String,
    ) -> Result<wechatpay_core::Answer<O::Response>, Error> {
        let seconds = self.now.unix / 1000;
        self.client.response(operation, &signed(status, body, seconds), seconds)
    }

    fn pass(&mut self, time: Duration) {
        self.now.elapsed += time;
        self.now.unix = self.now.unix.saturating_add(time.as_millis() as u64);
    }

    fn ends(&mut self, intent: IntentId, ends: &Ends) {
        let seconds = self.now.unix / 1000;
        let (result, maybe) = match ends {
            Ends::Coupon => {
                self.made.insert(intent);
                (self.response(&coupon(intent), 200, format!(r#"{{"coupon_id":"c{intent}"}}"#)), true)
            }
            Ends::Answer { status, code, internal, signed: is_signed, retry_after } => {
                let status = (*status).clamp(200, 599);
                let body = format!(r#"{{"code":"{}"}}"#, CODES[usize::from(*code) % CODES.len()]);
                let mut response = signed(status, body, seconds);
                if !is_signed {
                    response.headers_mut().remove("wechatpay-signature");
                    response.headers_mut().remove("wechatpay-serial");
                    response.headers_mut().remove("wechatpay-nonce");
                    response.headers_mut().remove("wechatpay-timestamp");
                }
                if let Some(internal) = internal {
                    let id = format!("08-{internal}").parse().unwrap();
                    response.headers_mut().insert("request-id", id);
                }
                if let Some(after) = retry_after {
                    response.headers_mut().insert("retry-after", (*after).into());
                }
                let rejected = *is_signed && (400..500).contains(&status) && ![408, 429].contains(&status);
                let rejected = rejected || !is_signed && status == 401;
                (self.client.response(&coupon(intent), &response, seconds), !rejected)
            }
            Ends::NotSent => (Err(transport(TransportErrorKind::NotSent)), false),
            Ends::MaybeSent => (Err(transport(TransportErrorKind::MaybeSent)), true),
            Ends::TooLarge => (Err(transport(TransportErrorKind::ResponseTooLarge { cap: 1 })), true),
        };
        if maybe {
            self.maybe.insert(intent);
        }
        self.successes += u64::from(result.is_ok());
        self.ending |= matches!(Verdict::of::<SendCoupon>(&result), Verdict::Stop(_));
        self.sender.ended(self.now, intent, &result);
        // A second result has no effect.
        self.sender.ended(self.now, intent, &Err(transport(TransportErrorKind::NotSent)));
    }

    fn checked(&mut self, stock: &Stock) {
        let status = if stock.running { "running" } else { "stoped" };
        let per_day = stock.per_day.map(|most| format!(r#","max_amount_by_day":{}"#, u32::from(most) * 100));
        let body = format!(
            r#"{{"stock_id":"1","stock_creator_mchid":"1900000001","status":"{status}","distributed_coupons":{},
            "stock_use_rule":{{"max_coupons":200,"fixed_normal_coupon":{{"coupon_amount":100,"transaction_minimum":200}}{}}}}}"#,
            stock.sent,
            per_day.unwrap_or_default(),
        );
        let result = self.response(&coupon(0).check(), 200, body);
        self.sender.checked(self.now, &result);
    }

    fn searched(&mut self, intent: IntentId, found: Option<bool>) {
        if found == Some(true) {
            self.made.insert(intent);
        }
        let found = found.ok_or_else(|| transport(TransportErrorKind::MaybeSent));
        let found = found.map(|found| found.then(|| format!("c{intent}")));
        self.sender.searched(self.now, intent, &found);
    }

    fn restart(&mut self) {
        self.maybe.extend(self.in_flight.drain(..));
        self.searching.clear();
        self.handed.clear();
        self.begun.clear();
        self.starts.clear();
        (self.leasing, self.recording, self.fails) = (None, None, None);
        (self.order, self.ending) = (Order::Go, false);
        self.health = self.health.clone().resumed();
        self.successes = self.health.successes();
        self.sender = Sender::new(self.policy.clone(), self.health.clone());
        self.now.elapsed = Duration::ZERO;
    }

    fn happens(&mut self, event: &Event) {
        let nth = |list: &[IntentId], at: u8| usize::from(at).checked_rem(list.len());
        match event {
            Event::Wait => self.pass(self.wait),
            Event::Pass { millis, times } => {
                self.pass(Duration::from_millis((*millis).into()) * (*times).into())
            }
            Event::Jump { millis } => self.now.unix = self.now.unix.saturating_add_signed((*millis).into()),
            Event::Ends { request, result } => {
                if let Some(at) = nth(&self.in_flight, *request) {
                    let intent = self.in_flight.swap_remove(at);
                    self.ends(intent, result);
                }
            }
            Event::Searched { search, found } => {
                if let Some(at) = nth(&self.searching, *search) {
                    let intent = self.searching.swap_remove(at);
                    self.searched(intent, *found);
                }
            }
            Event::Checked(Some(stock)) => self.checked(stock),
            Event::Checked(None) => {
                self.sender.checked(self.now, &Err(transport(TransportErrorKind::MaybeSent)));
            }
            Event::Store { slow } => {
                self.store();
                self.slow = *slow;
            }
            Event::Fails { kept } => self.fails = Some(*kept),
            Event::Interrupt => {
                self.sender.interrupt();
                self.ending = true;
            }
            Event::Pause => self.order = Order::Pause,
            Event::Restart => self.restart(),
        }
    }

    /// From now on the store works, and every request gets its coupon.
    fn heal(&mut self) {
        self.happens(&Event::Store { slow: false });
        self.fails = None;
        for round in 0..5000 {
            if self.poll().is_some() {
                return;
            }
            for intent in std::mem::take(&mut self.in_flight) {
                self.ends(intent, &Ends::Coupon);
            }
            for intent in std::mem::take(&mut self.searching) {
                self.searched(intent, Some(false));
            }
            self.checked(&Stock { running: true, sent: 0, per_day: None });
            self.pass(if round < 500 { self.wait } else { Duration::from_secs(600) });
        }
        panic!("it does not end");
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

fn signed(status: u16, body: String, seconds: u64) -> Response<Bytes> {
    let response = Response::builder()
        .status(status)
        .header("Wechatpay-Timestamp", seconds)
        .header("Wechatpay-Nonce", "n")
        .header("Wechatpay-Serial", SERIAL)
        .header("Wechatpay-Signature", "AAAA");
    response.body(body.into()).unwrap()
}

fuzz_target!(|input: Input| {
    let mut policy = Policy::default()
        .with_rate(input.rate.into())
        .with_max_in_flight(input.max_in_flight.into())
        .with_window(Duration::from_secs(input.window.into()))
        .with_canary(input.canary.into())
        .with_search(input.search)
        .with_settle_by_repeat(input.settle_by_repeat);
    policy.limit = input.limit.map(u64::from);
    let mut run = Run {
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
    };
    for event in &input.events {
        run.poll();
        run.happens(event);
    }
    run.heal();
    std::hint::black_box(format!("{:?}", run.sender.progress(run.now)));
});
