//! A model of the platform.

use std::collections::{BTreeMap, VecDeque};

use super::dice::Dice;
use super::plan::Plan;
use crate::bench::START;
use crate::rig::{Signed, body};
use crate::*;

/// What the platform answers, without its signature.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) signed: Signed,
    pub(crate) internal: &'static str,
    pub(crate) retry_after: Option<u64>,
}

/// How all requests fail for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Unauthorized,
    Unverifiable,
    ServerError,
    NotEnough,
    Page,
}

pub(crate) struct Platform {
    pub(crate) plan: Plan,
    /// By number: the id and its time.
    pub(crate) coupons: BTreeMap<String, Vec<(String, Duration)>>,
    by_user: BTreeMap<String, u64>,
    by_day: BTreeMap<u64, u64>,
    /// Until when a request for a user is processed.
    busy: BTreeMap<String, Duration>,
    arrivals: VecDeque<Duration>,
    pub(crate) total: u64,
    phase: Option<(Phase, Duration)>,
    dice: Dice,
}

impl Platform {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            plan: plan.clone(),
            coupons: BTreeMap::new(),
            by_user: BTreeMap::new(),
            by_day: BTreeMap::new(),
            busy: BTreeMap::new(),
            arrivals: VecDeque::new(),
            total: plan.total,
            phase: None,
            dice: Dice(plan.seed ^ 0xABCD),
        }
    }

    fn is_healed(&self, now: Duration) -> bool {
        now >= self.plan.healed
    }

    /// The day in Beijing.
    fn day(now: Duration) -> u64 {
        (START + now.as_secs() + 8 * 3600) / (24 * 3600)
    }

    pub(crate) fn sent(&self) -> u64 {
        self.by_user.values().sum()
    }

    /// The coupon of this number, if there is one.
    pub(crate) fn coupon(&self, number: &str) -> Option<&str> {
        self.coupons.get(number)?.last().map(|(id, _)| id.as_str())
    }

    /// Processes a request that arrives now and was signed at `stamp`, in seconds. Returns how long that takes, too.
    pub(crate) fn process(&mut self, send: &SendCoupon, stamp: u64, now: Duration) -> (Reply, Duration) {
        let takes = self.dice.millis(20, 120);
        let unsigned = |status, text: &str| Reply {
            status,
            body: text.to_owned(),
            signed: Signed::Not,
            internal: "0",
            retry_after: None,
        };
        if (START + now.as_secs()).abs_diff(stamp) > 300 {
            return (unsigned(401, &body("SIGN_ERROR")), takes);
        }
        let reply = match self.phase(now) {
            Some(Phase::Unauthorized) => unsigned(401, &body("SIGN_ERROR")),
            Some(Phase::Page) => unsigned(407, "<h1>Proxy</h1>"),
            Some(Phase::ServerError) => {
                if self.dice.in_1000(300) {
                    self.act(send, now, takes);
                }
                let mut reply = unsigned(self.dice.one(&[500, 502, 503]), &body("SYSTEM_ERROR"));
                reply.signed = self.dice.one(&[Signed::Not, Signed::Right]);
                reply.retry_after = self.dice.in_1000(100).then(|| self.dice.within(0, 5));
                reply
            }
            Some(Phase::Unverifiable) => {
                let mut reply = self.act(send, now, takes);
                reply.signed = self.dice.one(&[Signed::Wrong, Signed::UnknownKey]);
                reply
            }
            Some(Phase::NotEnough) => error(403, "NOT_ENOUGH", "0"),
            None => self.act(send, now, takes),
        };
        (reply, takes)
    }

    fn phase(&mut self, now: Duration) -> Option<Phase> {
        let all =
            [Phase::Unauthorized, Phase::Unverifiable, Phase::ServerError, Phase::NotEnough, Phase::Page];
        if self.phase.is_none() && self.dice.in_1000(self.plan.phases) {
            let until = now + self.dice.millis(500, 60_000);
            self.phase = Some((self.dice.one(&all), until));
        }
        self.phase.take_if(|(_, until)| now > *until);
        self.phase.filter(|_| !self.is_healed(now)).map(|(phase, _)| phase)
    }

    fn act(&mut self, send: &SendCoupon, now: Duration, takes: Duration) -> Reply {
        while self.arrivals.front().is_some_and(|at| *at + Duration::from_secs(1) <= now) {
            self.arrivals.pop_front();
        }
        self.arrivals.push_back(now);
        if self.plan.rate.is_some_and(|rate| self.arrivals.len() > rate) {
            let code = self.dice.one(&["FREQUENCY_LIMIT_EXCEED", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED"]);
            let retry_after = self.dice.in_1000(300).then(|| self.dice.within(0, 3));
            return Reply { retry_after, ..error(429, code, "268461336") };
        }
        let (number, user) = (send.out_request_no.as_str().to_owned(), send.openid.as_str().to_owned());
        // It forgets numbers some time after the window, even if clocks differ by ten minutes or so. Two ledgers of a list
        // can be any time apart, and only its memory helps them.
        let remembered = self.plan.policy.window + Duration::from_secs(3000);
        let known = self.coupons.get(&number).and_then(|coupons| coupons.last()).cloned();
        let known =
            known.filter(|(_, at)| self.plan.ledgers > 1 || now <= *at + remembered).map(|(id, _)| id);
        let sent = |id: &str| Reply { body: format!(r#"{{"coupon_id":"{id}"}}"#), ..error(200, "", "0") };
        if let Some(id) = known.as_ref().filter(|_| self.plan.number_first) {
            return sent(id);
        }
        let busy = self.busy.get(&user).is_some_and(|until| *until > now);
        self.busy.insert(user.clone(), now + takes);
        if busy && self.plan.false_limit {
            return error(403, "RULE_LIMIT", "0");
        }
        if let Some(refused) = self.refusal(&user, now) {
            return refused;
        }
        if let Some(id) = known {
            return sent(&id);
        }
        *self.by_user.entry(user).or_default() += 1;
        *self.by_day.entry(Self::day(now)).or_default() += 1;
        let id = format!("c{}", self.sent());
        self.coupons.entry(number).or_default().push((id.clone(), now));
        sent(&id)
    }

    fn refusal(&mut self, user: &str, now: Duration) -> Option<Reply> {
        // A bad user stays one.
        let mut of_user =
            Dice(user.bytes().fold(self.plan.seed, |sum, byte| sum.wrapping_mul(31) ^ u64::from(byte)));
        if of_user.in_1000(self.plan.bad_users) {
            return Some(match of_user.within(0, 5) {
                0 => error(403, "USER_ACCOUNT_ABNORMAL", "0"),
                1 => error(400, "INVALID_REQUEST", "270079501"),
                2 => error(400, "INVALID_REQUEST", "0"),
                3 => error(403, "REQUEST_BLOCKED", "270079532"),
                4 => Reply {
                    body: r#"{"code":"PARAM_ERROR","message":"m","detail":{"field":"openid"}}"#.to_owned(),
                    ..error(400, "", "0")
                },
                _ => error(403, "A_NEW_CODE", "0"),
            });
        }
        if self.by_user.get(user).is_some_and(|sent| *sent >= self.plan.per_user) {
            return Some(error(403, "RULE_LIMIT", "0"));
        }
        let today = self.by_day.get(&Self::day(now)).copied().unwrap_or_default();
        let flickers = !self.is_healed(now) && self.dice.in_1000(self.plan.not_enough);
        if flickers || self.sent() >= self.total || self.plan.per_day.is_some_and(|most| today >= most) {
            return Some(error(403, "NOT_ENOUGH", "0"));
        }
        let blocked = !self.is_healed(now) && self.dice.in_1000(self.plan.blocked);
        blocked.then(|| error(403, "REQUEST_BLOCKED", "0"))
    }
}

fn error(status: u16, code: &str, internal: &'static str) -> Reply {
    Reply { status, body: body(code), signed: Signed::Right, internal, retry_after: None }
}
