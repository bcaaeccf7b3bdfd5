//! Senders, stores, network and platform in simulated time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use wechatpay_core::error::TransportErrorKind;

use super::dice::Dice;
use super::network::{TIMEOUT, Way, answer};
use super::plan::Plan;
use super::platform::{Platform, Reply};
use super::watch::{Seen, Watch};
use crate::bench::START;
use crate::rig::{Rig, Signed, coupon, stock, transport};
use crate::store::Memory;
use crate::*;

/// What happens at its time. A worker's events are for one sender, by its generation.
enum Event {
    Arrives { of: Of, stamp: u64, deadline: Duration },
    Ends { of: Of, result: Option<Reply>, not_sent: bool },
    Recorded { of: Of, batch: Batch, kept: bool },
    Checked { of: Of },
    Searched { of: Of },
}

#[derive(Clone, Copy)]
struct Of {
    worker: usize,
    generation: u64,
    intent: IntentId,
}

struct Worker {
    sender: Option<Sender<SendCoupon>>,
    store: Memory,
    watch: Watch,
    generation: u64,
    /// When its sender began, or when the next one begins.
    began: Duration,
    wake: Duration,
    /// The ends of its senders, while everything works.
    completions: u32,
}

pub(crate) struct World {
    plan: Plan,
    rig: Rig,
    platform: Platform,
    workers: Vec<Worker>,
    events: BinaryHeap<Reverse<(Duration, u64)>>,
    happens: HashMap<u64, Event>,
    now: Duration,
    /// By how much the wall clock is wrong, in milliseconds, and until when.
    wrong: (i64, Duration),
    dice: Dice,
    numbers: u64,
    pub(crate) seen: Seen,
}

impl World {
    pub(crate) fn run(plan: Plan) -> Self {
        let users = plan.users;
        let list = || (1..=plan.intents).map(move |intent| coupon(intent, &format!("o{}", intent % users)));
        let workers = (0..plan.ledgers).map(|_| Worker {
            sender: None,
            store: Memory::new(&plan.policy, list()),
            watch: Watch::default(),
            generation: 0,
            began: Duration::ZERO,
            wake: Duration::ZERO,
            completions: 0,
        });
        let mut world = Self {
            rig: Rig::new(),
            platform: Platform::new(&plan),
            workers: workers.collect(),
            events: BinaryHeap::new(),
            happens: HashMap::new(),
            now: Duration::ZERO,
            wrong: (0, Duration::ZERO),
            dice: Dice(plan.seed),
            numbers: 0,
            seen: Seen::default(),
            plan,
        };
        world.run_to_the_end();
        world.is_whole();
        world
    }

    fn is_healed(&self) -> bool {
        self.now >= self.plan.healed
    }

    fn run_to_the_end(&mut self) {
        let mut rounds = 0_u64;
        while self.workers.iter().any(|worker| worker.completions < 2) || !self.events.is_empty() {
            rounds += 1;
            assert!(rounds < 5_000_000 && self.now < Duration::from_secs(20 * 24 * 3600), "it does not end");
            for worker in 0..self.workers.len() {
                if self.workers[worker].wake <= self.now {
                    self.work(worker);
                }
            }
            let waking = self.workers.iter().filter(|worker| worker.completions < 2).map(|it| it.wake).min();
            let next = self.events.peek().map(|Reverse((at, _))| *at);
            let Some(next) = waking.into_iter().chain(next).min() else { break };
            assert!(next > self.now || self.events.peek().is_some_and(|Reverse((at, _))| *at <= self.now));
            self.now = self.now.max(next);
            self.jump();
            while let Some(Reverse((at, number))) = self.events.peek().copied()
                && at <= self.now
            {
                self.events.pop();
                let event = self.happens.remove(&number).unwrap();
                self.happen(event);
            }
        }
    }

    /// The wall clock may jump, and be put right later.
    fn jump(&mut self) {
        if self.is_healed() || self.now >= self.wrong.1 {
            self.wrong.0 = 0;
        }
        if !self.is_healed() && self.dice.in_1000(self.plan.clock_jumps) {
            self.seen.note("clock jumped");
            let by = i64::try_from(self.dice.within(0, 1_200_000)).unwrap() - 600_000;
            self.wrong = (by, self.now + self.dice.millis(1, 60_000));
        }
    }

    fn wall(&self) -> u64 {
        let millis = START * 1000 + u64::try_from(self.now.as_millis()).unwrap();
        millis.checked_add_signed(self.wrong.0).unwrap()
    }

    fn clock(&self, worker: usize) -> Now {
        Now { elapsed: self.now - self.workers[worker].began, unix: self.wall() }
    }

    fn later(&mut self, after: Duration, event: Event) {
        self.numbers += 1;
        self.events.push(Reverse((self.now + after, self.numbers)));
        self.happens.insert(self.numbers, event);
    }

    fn of(&self, worker: usize, intent: IntentId) -> Of {
        Of { worker, generation: self.workers[worker].generation, intent }
    }

    /// A sender does what there is to do.
    fn work(&mut self, at: usize) {
        if self.workers[at].completions >= 2 {
            return;
        }
        if self.workers[at].sender.is_none() {
            let worker = &mut self.workers[at];
            worker.sender = Some(worker.store.restart());
            worker.watch.restart();
            worker.generation += 1;
            worker.began = self.now;
        }
        for _ in 0..5_000 {
            let now = self.clock(at);
            let Some(sender) = self.workers[at].sender.as_mut() else { return };
            let step = sender.poll(now);
            if !self.is_healed() && self.dice.in_1000(self.plan.crash) && !matches!(step, Step::Wait(_)) {
                return self.crash(at, step);
            }
            match step {
                Step::Wait(time) => {
                    assert!(!time.is_zero(), "a wait of no time");
                    self.order(at);
                    // Events come before.
                    self.workers[at].wake = self.now + time;
                    return;
                }
                Step::End(end) => return self.end(at, &end),
                step => self.step(at, step),
            }
        }
        panic!("the sender is busy, and time does not pass");
    }

    fn step(&mut self, at: usize, step: Step<SendCoupon>) {
        let now = self.clock(at);
        let fails = !self.is_healed() && self.dice.in_1000(self.plan.store_fails);
        match step {
            Step::Lease(most) => {
                let worker = &mut self.workers[at];
                let sender = worker.sender.as_mut().unwrap();
                if fails {
                    return sender.not_leased();
                }
                let lease = worker.store.lease(most);
                worker.watch.is_ending |= lease.order == Order::Pause;
                sender.leased(now, lease);
            }
            Step::Record(batch) => {
                let slow = !self.is_healed() && self.dice.in_1000(self.plan.store_slow);
                let takes = if slow { self.dice.millis(1, 50_000) } else { self.dice.millis(0, 20) };
                self.workers[at].watch.is_ending |= batch.stop.is_some();
                let of = self.of(at, 0);
                self.later(takes, Event::Recorded { of, batch, kept: !fails });
            }
            Step::Send { intent, operation } => self.send(at, intent, &operation),
            Step::Check(check) => {
                assert_eq!(check.stock_id.as_str(), rig::STOCK);
                let after = self.dice.millis(5, 500);
                self.later(after, Event::Checked { of: self.of(at, 0) });
            }
            Step::Search { intent, operation } => {
                assert_eq!(operation, self.workers[at].store.row(intent).operation);
                let after = self.dice.millis(5, 5_000);
                self.later(after, Event::Searched { of: self.of(at, intent) });
            }
            other => panic!("{other:?}"),
        }
    }

    fn send(&mut self, at: usize, intent: IntentId, operation: &SendCoupon) {
        let now = self.clock(at);
        let worker = &mut self.workers[at];
        worker.watch.started(&self.rig, &worker.store, intent, operation, now);
        let (of, healed) = (self.of(at, intent), self.is_healed());
        match Way::of(&self.plan, healed, &mut self.dice) {
            Way::NotSent => {
                let after = self.dice.millis(1, 3_000);
                self.later(after, Event::Ends { of, result: None, not_sent: true });
            }
            Way::Lost => self.later(TIMEOUT, Event::Ends { of, result: None, not_sent: false }),
            Way::Arrives(after) => {
                let (stamp, deadline) = (self.wall() / 1000, self.now + TIMEOUT);
                if after > TIMEOUT {
                    self.seen.note("late arrival");
                    self.later(TIMEOUT, Event::Ends { of, result: None, not_sent: false });
                }
                self.later(after, Event::Arrives { of, stamp, deadline });
            }
        }
    }

    fn happen(&mut self, event: Event) {
        let of = match &event {
            Event::Arrives { of, stamp, deadline } => return self.arrive(*of, *stamp, *deadline),
            Event::Ends { of, .. }
            | Event::Recorded { of, .. }
            | Event::Checked { of }
            | Event::Searched { of } => *of,
        };
        let now = self.clock(of.worker);
        let healed = self.is_healed();
        let worker = &mut self.workers[of.worker];
        if worker.generation != of.generation {
            return;
        }
        // It looks for what to do at once.
        worker.wake = worker.wake.min(self.now);
        let Some(sender) = worker.sender.as_mut() else { return };
        match event {
            Event::Arrives { .. } => {}
            Event::Ends { result, not_sent, .. } => {
                let kind = if not_sent { TransportErrorKind::NotSent } else { TransportErrorKind::MaybeSent };
                let operation = &worker.store.row(of.intent).operation;
                let seconds = (START * 1000 + u64::try_from(self.now.as_millis()).unwrap()) / 1000;
                let result = match &result {
                    None => Err(transport(kind)),
                    Some(reply) => {
                        let mut response =
                            self.rig.response(reply.status, &reply.body, reply.signed, seconds);
                        let request_id = format!("08A1-{}", reply.internal).parse().unwrap();
                        response.headers_mut().insert("request-id", request_id);
                        if let Some(seconds) = reply.retry_after {
                            response.headers_mut().insert("retry-after", seconds.into());
                        }
                        self.rig.read(operation, &response, now.unix / 1000)
                    }
                };
                let verdict = Verdict::of::<SendCoupon>(&result);
                if verdict == Verdict::RateLimited {
                    let asked = reply_wait(&result);
                    worker.watch.not_before = worker.watch.not_before.max(now.elapsed + asked);
                }
                worker.watch.in_flight.remove(&of.intent);
                sender.ended(now, of.intent, &result);
                // A result that comes twice means nothing.
                sender.ended(now, of.intent, &Err(transport(TransportErrorKind::NotSent)));
            }
            Event::Recorded { batch, kept, .. } => {
                let batch_of: Vec<_> = batch.records.iter().map(|record| record.intent).collect();
                for record in &batch.records {
                    match &record.fact {
                        Fact::Ended { verdict, .. } => self.seen.verdict(verdict),
                        Fact::Overdue { .. } => self.seen.note("overdue"),
                        _ => {}
                    }
                }
                // A store can keep a batch, and fail all the same.
                if kept || self.dice.in_1000(500) {
                    worker.store.keep(&batch);
                }
                let order = worker.store.order;
                match kept {
                    true => {
                        worker.watch.is_ending |= order == Order::Pause;
                        sender.recorded(now, order);
                    }
                    false => {
                        worker.watch.is_ending = true;
                        sender.not_recorded(now, batch);
                    }
                }
                batch_of.iter().for_each(|intent| self.is_true(of.worker, *intent));
            }
            Event::Checked { .. } => {
                self.seen.note("checked");
                let (sent, total) = (self.platform.sent(), self.platform.total);
                let body = stock("running", sent, total, self.plan.per_day);
                let seconds = now.unix / 1000;
                let signed = match !healed && self.dice.in_1000(self.plan.altered) {
                    true => Signed::Wrong,
                    false => Signed::Right,
                };
                let response = self.rig.response(200, &body, signed, seconds);
                let query = worker.store.row(1).operation.check();
                sender.checked(now, &self.rig.read(&query, &response, seconds));
            }
            Event::Searched { .. } => {
                let number = worker.store.row(of.intent).operation.out_request_no.as_str();
                let found = match !healed && self.dice.in_1000(self.plan.search_fails) {
                    true => Err(transport(TransportErrorKind::MaybeSent)),
                    false => Ok(self.platform.coupon(number).map(str::to_owned)),
                };
                match &found {
                    Ok(Some(_)) => self.seen.note("found"),
                    Ok(None) => self.seen.note("not found"),
                    Err(_) => {}
                }
                sender.searched(now, of.intent, &found);
            }
        }
    }

    /// A request arrives at the platform, whether or not anybody still waits for the answer.
    fn arrive(&mut self, of: Of, stamp: u64, deadline: Duration) {
        let operation = self.workers[of.worker].store.row(of.intent).operation.clone();
        let (reply, takes) = self.platform.process(&operation, stamp, self.now);
        let made = self.platform.coupons.get(operation.out_request_no.as_str()).map_or(0, Vec::len);
        assert!(made <= 1, "two coupons for {}", operation.out_request_no.as_str());
        (0..self.workers.len()).for_each(|worker| self.is_true(worker, of.intent));
        let healed = self.is_healed();
        let reply = answer(reply, &self.plan, healed, &mut self.dice);
        let answered = self.now + takes + self.dice.millis(1, 50);
        if self.now > deadline {
            // Its end was reported at the deadline.
            return;
        }
        let (at, result) = match reply {
            Some(reply) if answered <= deadline => (answered, Some(reply)),
            _ => (deadline, None),
        };
        let after = at - self.now;
        self.later(after, Event::Ends { of, result, not_sent: false });
    }

    /// A person or the system may interrupt, pause or go on.
    fn order(&mut self, at: usize) {
        let happens = !self.is_healed() && self.dice.in_1000(self.plan.orders);
        let worker = &mut self.workers[at];
        if !happens {
            return;
        }
        match self.dice.within(0, 1) {
            0 => worker.store.order = Order::Pause,
            _ => {
                worker.watch.is_ending = true;
                worker.sender.as_mut().unwrap().interrupt();
            }
        }
    }

    /// The process of the sender ends in the middle of a step.
    fn crash(&mut self, at: usize, step: Step<SendCoupon>) {
        self.seen.note("crashed");
        let before = self.dice.in_1000(500);
        match step {
            Step::Record(batch) if before => self.workers[at].store.keep(&batch),
            Step::Send { intent, operation } if before => self.send(at, intent, &operation),
            _ => {}
        }
        self.begin_again(at);
    }

    fn begin_again(&mut self, at: usize) {
        let healed = self.is_healed();
        let long = !healed && self.dice.in_1000(self.plan.long_pauses);
        let pause = if long { self.dice.millis(1_000, 5_000_000) } else { self.dice.millis(1_000, 20_000) };
        let worker = &mut self.workers[at];
        worker.sender = None;
        worker.generation += 1;
        worker.wake = self.now + pause;
    }

    fn end(&mut self, at: usize, end: &End) {
        let healed = self.is_healed();
        let worker = &mut self.workers[at];
        assert!(worker.watch.in_flight.is_empty(), "it ends, and requests are in flight");
        match end {
            End::Complete => {
                let open = worker.store.lease(1000).intents;
                assert!(open.is_empty(), "it is complete, and intents are left");
            }
            End::Limit => {
                self.seen.note("limit reached");
                // The next run has no limit.
                worker.store.policy.limit = None;
            }
            End::Stopped(_) => {
                self.seen.note("stopped");
                assert!(worker.store.stop.is_some(), "the stop is not recorded");
                // A person puts it right.
                worker.store.resume();
                self.platform.total = 100_000;
            }
            End::Paused => {
                self.seen.note("paused");
                worker.store.resume();
            }
            End::Interrupted => self.seen.note("interrupted"),
            End::StoreFailed => {
                self.seen.note("store failed");
                worker.store.order = Order::Go;
            }
            other => panic!("{other:?}"),
        }
        let complete = *end == End::Complete && healed;
        // Once more after ten minutes, when nothing that is under way can take effect any more.
        self.begin_again(at);
        let now = self.now;
        let worker = &mut self.workers[at];
        if complete {
            worker.completions += 1;
            worker.wake = now + Duration::from_secs(700);
        }
    }

    /// What the ledger says is true.
    fn is_true(&self, at: usize, intent: IntentId) {
        let store = &self.workers[at].store;
        let made = self.platform.coupon(store.row(intent).operation.out_request_no.as_str());
        match store.standing(intent) {
            Standing::Sent(id) => assert_eq!(made, Some(id.as_str()), "intent {intent}"),
            // Another ledger may have sent it. Then a limit is the reason for the refusal, or was it by mistake.
            Standing::Refused if self.plan.ledgers == 1 => assert_eq!(made, None, "intent {intent}"),
            _ => {}
        }
    }

    /// What must hold at the end.
    fn is_whole(&mut self) {
        let known = |id: &String| self.platform.coupons.values().flatten().any(|(made, _)| made == id);
        for worker in &self.workers {
            let mut sum = 0;
            for (row, intent) in worker.store.rows.iter().zip(1..) {
                let made = self.platform.coupon(row.operation.out_request_no.as_str());
                let standing = worker.store.standing(intent);
                match &standing {
                    Standing::Sent(id) => assert!(known(id) && made == Some(id)),
                    Standing::Refused => assert!(made.is_none() || self.plan.ledgers > 1, "intent {intent}"),
                    Standing::Doubtful => {
                        self.seen.note("doubtful at the end");
                        // Another ledger may have sent it after this one looked for the last time.
                        let findable = made.is_some() && self.plan.ledgers == 1;
                        assert!(!self.plan.policy.search || !findable, "{intent} can be found");
                    }
                    other => panic!("intent {intent} is {other:?}: {:?}", row.facts),
                }
                sum += 1;
                // The order and the repetition of facts change nothing.
                let mut history = History::default();
                row.facts.iter().rev().chain(&row.facts).for_each(|fact| history.add(fact.clone()));
                assert_eq!(history.standing(&worker.store.policy), standing);
            }
            assert_eq!(sum, self.plan.intents);
        }
    }
}

/// How long a response that limits the rate makes all wait.
fn reply_wait(result: &Sent) -> Duration {
    let asked = result.as_ref().err().and_then(|error| error.api()).and_then(|api| api.retry_after());
    asked.unwrap_or_default().max(Duration::from_secs(1))
}
