//! One sender, step by step: its store answers at once, and time passes when the test says so.

use super::rig::Rig;
use super::store::Memory;
use super::*;

/// 2026-11-28T10:00:00+08:00, in seconds.
pub(crate) const START: u64 = 1_795_831_200;

pub(crate) struct Bench {
    pub(crate) rig: Rig,
    pub(crate) store: Memory,
    pub(crate) sender: Sender<SendCoupon>,
    pub(crate) now: Now,
    /// The sizes of the leases that were asked for.
    pub(crate) leases: Vec<usize>,
}

impl Bench {
    pub(crate) fn new(mut store: Memory) -> Self {
        let sender = store.restart();
        let now = Now { elapsed: Duration::ZERO, unix: START * 1000 };
        Self { rig: Rig::new(), store, sender, now, leases: Vec::new() }
    }

    pub(crate) fn of(policy: Policy, intents: u64) -> Self {
        Self::new(Memory::of(&policy, intents))
    }

    /// Lets time pass on both clocks.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.now.elapsed += time;
        self.now.unix += u64::try_from(time.as_millis()).unwrap();
    }

    /// Another sender goes on after this time.
    pub(crate) fn restart_after(&mut self, time: Duration) {
        self.pass(time);
        self.now.elapsed = Duration::ZERO;
        self.sender = self.store.restart();
    }

    pub(crate) fn unix_seconds(&self) -> u64 {
        self.now.unix / 1000
    }

    /// The next step for the network, or a wait, or the end.
    pub(crate) fn step(&mut self) -> Step<SendCoupon> {
        for _ in 0..10_000 {
            match self.sender.poll(self.now) {
                Step::Lease(most) => {
                    self.leases.push(most);
                    let lease = self.store.lease(most);
                    self.sender.leased(self.now, lease);
                }
                Step::Record(batch) => {
                    self.store.keep(&batch);
                    self.sender.recorded(self.now, self.store.order);
                }
                step => return step,
            }
        }
        panic!("the sender is busy, and time does not pass");
    }

    /// The next step for the network, or the end. Waits as long as it takes, at most a day.
    pub(crate) fn next(&mut self) -> Step<SendCoupon> {
        let until = self.now.elapsed + Duration::from_secs(24 * 60 * 60);
        while self.now.elapsed < until {
            match self.step() {
                Step::Wait(time) => {
                    assert!(!time.is_zero());
                    self.pass(time);
                }
                step => return step,
            }
        }
        panic!("nothing happens for a day");
    }

    /// The intent that is sent next.
    pub(crate) fn sent(&mut self) -> IntentId {
        match self.next() {
            Step::Send { intent, .. } => intent,
            other => panic!("{other:?}"),
        }
    }

    /// The time after which this intent is sent next.
    pub(crate) fn sent_after(&mut self, expected: IntentId) -> Duration {
        let before = self.now.elapsed;
        assert_eq!(self.sent(), expected);
        self.now.elapsed - before
    }

    pub(crate) fn end(&mut self) -> End {
        match self.next() {
            Step::End(end) => end,
            other => panic!("{other:?}"),
        }
    }

    /// What a client makes of a signed response.
    pub(crate) fn signed(&self, intent: IntentId, status: u16, body: &str) -> Sent {
        self.read(intent, &self.rig.response(status, body, rig::Signed::Right, self.unix_seconds()))
    }

    pub(crate) fn read(&self, intent: IntentId, response: &Response<Bytes>) -> Sent {
        self.rig.read(&self.store.row(intent).operation, response, self.unix_seconds())
    }

    pub(crate) fn coupon(&self, intent: IntentId) -> Sent {
        self.signed(intent, 200, &format!(r#"{{"coupon_id":"c{intent}"}}"#))
    }

    /// The request of this intent ends so.
    pub(crate) fn ended(&mut self, intent: IntentId, result: &Sent) {
        self.sender.ended(self.now, intent, result);
    }

    /// The request of this intent ends with a coupon.
    pub(crate) fn succeeds(&mut self, intent: IntentId) {
        let coupon = self.coupon(intent);
        self.ended(intent, &coupon);
    }

    /// The request of this intent is refused with this code.
    pub(crate) fn refused(&mut self, intent: IntentId, status: u16, code: &str) {
        let result = self.signed(intent, status, &rig::body(code));
        self.ended(intent, &result);
    }

    /// No answer comes to the request of this intent.
    pub(crate) fn is_lost(&mut self, intent: IntentId) {
        let error = rig::transport(wechatpay_core::error::TransportErrorKind::MaybeSent);
        self.ended(intent, &Err(error));
    }
}
