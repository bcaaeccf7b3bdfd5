//! What happens to a sender.

use std::time::Duration;

use arbitrary::Arbitrary;
use bytes::Bytes;
use http::Response;
use wechatpay_core::bulk::{BulkOperation, IntentId, Order, Sender, Verdict};
use wechatpay_core::cashcoupons::SendCoupon;
use wechatpay_core::error::{TransportError, TransportErrorKind};
use wechatpay_core::{Error, Operation};
use wechatpay_fuzz::SERIAL;

use crate::run::{Run, coupon};

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

#[derive(Debug, Clone, Arbitrary)]
pub(crate) enum Event {
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
pub(crate) enum Ends {
    Coupon,
    Answer { status: u16, code: u8, internal: Option<u32>, signed: bool, retry_after: Option<u32> },
    NotSent,
    MaybeSent,
    TooLarge,
}

#[derive(Debug, Clone, Arbitrary)]
pub(crate) struct Stock {
    pub(crate) running: bool,
    pub(crate) sent: u8,
    pub(crate) per_day: Option<u8>,
}

impl Run {
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

    pub(crate) fn happens(&mut self, event: &Event) {
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
    pub(crate) fn heal(&mut self) {
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

fn signed(status: u16, body: String, seconds: u64) -> Response<Bytes> {
    let response = Response::builder()
        .status(status)
        .header("Wechatpay-Timestamp", seconds)
        .header("Wechatpay-Nonce", "n")
        .header("Wechatpay-Serial", SERIAL)
        .header("Wechatpay-Signature", "AAAA");
    response.body(body.into()).unwrap()
}

fn transport(kind: TransportErrorKind) -> Error {
    TransportError::from(kind).into()
}
