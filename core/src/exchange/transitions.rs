//! Tests every row of the table in the module's documentation, by driving exchanges step by step.
#![cfg(feature = "rustcrypto")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};

use super::{ConnectionChoice, Driven as _, Exchange, SendReason, Step};
use crate::cashcoupons::{QueryStock, StartStock, StopStock};
use crate::client::Client;
use crate::crypto::rustcrypto::PROVIDER;
use crate::crypto::{ApiV3Key, CryptoError, SigningKey, VerifyingKey};
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::merchant::Merchant;
use crate::operation::Operation;
use crate::platform::{Fetch, FetchFor, FetchPermit, PlatformKeys};
use crate::request::{Nonce, Stamp};
use crate::retry::RetryPolicy;

const NOW: u64 = 1_554_208_460;
/// The id of the platform's public key, which the client knows.
const KNOWN: &str = "PUB_KEY_ID_1";
/// The serial of a certificate that the client does not know yet.
const UNKNOWN: &str = "AB12";

/// A key that signs unless it is broken, and that verifies its own signatures.
struct Key {
    broken: bool,
}

impl SigningKey for Key {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if self.broken { Err(CryptoError::new("sign")) } else { Ok(b"signed".to_vec()) }
    }
}

impl VerifyingKey for Key {
    fn verify(&self, _: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        if signature == b"signed" { Ok(()) } else { Err(CryptoError::new("verify")) }
    }
}

#[derive(Debug, Clone, Copy)]
enum Event {
    /// Poll the exchange, and expect this step.
    Poll(&'static str),
    /// Receive a response with this status, signed with the key of this serial.
    Response(u16, &'static str),
    /// Receive a success with a deliberately wrong signature.
    Probe,
    /// Receive a transport error instead of a response.
    Transport(TransportErrorKind),
    /// Receive a transport error because a kept connection was closed.
    Closed(TransportErrorKind),
    /// The turn of the next request does not come.
    NoTurn,
    /// Receive the list of certificates.
    Certificates,
    /// The unknown key is added by another party.
    KeyArrives,
    /// Another exchange starts to fetch the certificates.
    OtherFetches,
    /// A minute later by the wall clock, another exchange takes the right to fetch over.
    OtherTakesOver,
    /// Another exchange has just fetched the certificates.
    OtherHasFetched,
    /// This many seconds pass.
    Elapse(u64),
}

use Event::{Certificates, Elapse, KeyArrives, NoTurn, OtherFetches, OtherHasFetched, Poll, Transport};

const LOST: Event = Transport(TransportErrorKind::MaybeSent);
const CLOSED: Event = Event::Closed(TransportErrorKind::MaybeSent);
const OK: Event = Event::Response(200, KNOWN);
const BUSY: Event = Event::Response(503, KNOWN);
const REFUSED: Event = Event::Response(400, KNOWN);
const PROBE: Event = Event::Probe;
const PARKED: Event = Event::Response(200, UNKNOWN);

struct Bench<O: Operation> {
    exchange: Exchange<O>,
    platform: PlatformKeys,
    elapsed: Duration,
    /// The right to fetch, while another exchange has it.
    permit: Option<FetchPermit>,
}

impl<O: Operation> Bench<O> {
    fn new(operation: &O, broken: bool, retry: RetryPolicy) -> Self {
        let merchant = Merchant::with_key("1900000001".into(), "0A", Arc::new(Key { broken })).unwrap();
        let platform = PlatformKeys::new();
        platform.add_key(KNOWN, Arc::new(Key { broken: false })).unwrap();
        let client = Client::new(merchant, platform.clone()).unwrap();
        let client = client.with_api_v3_key(&PROVIDER, ApiV3Key::new([7; 32]).unwrap()).with_retry(retry);
        let exchange = client.exchange(operation).unwrap();
        Self { exchange, platform, elapsed: Duration::ZERO, permit: None }
    }

    fn apply(&mut self, event: Event, row: &str) {
        match event {
            Poll(expected) => {
                let stamp = Stamp { unix_seconds: NOW, nonce: Nonce::from_entropy([7; 16]) };
                let step = match self.exchange.poll(self.elapsed, stamp) {
                    Step::Send { reason, connection, .. } => {
                        let what = if reason == SendReason::FetchPlatformKeys { "fetch" } else { "send" };
                        let on = if connection == ConnectionChoice::New { " on a new connection" } else { "" };
                        format!("{what}{on}")
                    }
                    Step::Sleep(_) => "sleep".to_owned(),
                    Step::Done(Ok(_)) => "success".to_owned(),
                    Step::Done(Err(error)) => describe(&error),
                };
                assert_eq!(step, expected, "row {row}");
            }
            Event::Response(status, serial) => self.respond(
                status,
                serial,
                r#"{"stock_id":"1","stock_creator_mchid":"1","status":"running","start_time":"2026-11-27T00:00:00+08:00"}"#,
            ),
            Certificates => self.respond(200, KNOWN, r#"{"data":[]}"#),
            Event::Probe => self.deliver(200, KNOWN, "WECHATPAY/SIGNTEST/AAAA", "{}"),
            Event::Closed(kind) => {
                self.exchange.on_transport_error(TransportError::from(kind).on_reused_connection());
            }
            NoTurn => self.exchange.on_no_turn(),
            Transport(kind) => self.exchange.on_transport_error(kind.into()),
            KeyArrives => self.platform.add_key(UNKNOWN, Arc::new(Key { broken: false })).unwrap(),
            OtherFetches => {
                let Fetch::Granted(permit) = self.platform.request_fetch(&"1900000001".into(), FetchFor::Response, NOW) else { panic!("row {row}") };
                self.permit = Some(permit);
            }
            Event::OtherTakesOver => {
                let fetch = self.platform.request_fetch(&"1900000001".into(), FetchFor::Response, NOW + 60);
                let Fetch::Granted(permit) = fetch else { panic!("row {row}") };
                self.permit = Some(permit);
            }
            OtherHasFetched => {
                let Fetch::Granted(permit) = self.platform.request_fetch(&"1900000001".into(), FetchFor::Response, NOW) else { panic!("row {row}") };
                permit.done(None, NOW);
            }
            Elapse(seconds) => self.elapsed = self.elapsed.saturating_add(Duration::from_secs(seconds)),
        }
    }

    fn respond(&mut self, status: u16, serial: &str, body: &'static str) {
        // The base64 of "signed".
        self.deliver(status, serial, "c2lnbmVk", body);
    }

    fn deliver(&mut self, status: u16, serial: &str, signature: &str, body: &'static str) {
        let response = Response::builder()
            .status(StatusCode::from_u16(status).unwrap())
            .header("Wechatpay-Timestamp", NOW.to_string())
            .header("Wechatpay-Nonce", "n")
            .header("Wechatpay-Serial", serial)
            .header("Wechatpay-Signature", signature);
        self.exchange.on_response(&response.body(Bytes::from_static(body.as_bytes())).unwrap(), NOW);
    }
}

/// Describes an error by its outcome, its stage, and whether a failed fetch of certificates is its source.
fn describe(error: &Error) -> String {
    let stage = match error {
        Error::Build(_) => "build",
        Error::Transport(_) => "transport",
        Error::Verify(error) if error.certificates().is_some_and(|error| error.cause().is_some()) => {
            "verify, fetch failed"
        }
        Error::Verify(_) => "verify",
        Error::Api(_) => "api",
        Error::Unresolved { .. } => "unresolved",
        Error::Mismatch(_) => "mismatch",
        Error::Decode(_) | Error::Download(_) | Error::List(_) => "decode",
    };
    format!("{:?}: {stage}", error.outcome())
}

/// Rows of the table, each with events that lead through it. `StartStock` may be retried.
const IDEMPOTENT: &[(&str, &[Event])] = &[
    ("A1", &[Poll("send")]),
    ("A3", &[Poll("send"), OK, Poll("success")]),
    ("A3", &[Poll("send"), REFUSED, Poll("Rejected: api")]),
    ("A4", &[Poll("send"), BUSY, Poll("sleep")]),
    ("A5", &[Poll("send"), PARKED, Poll("fetch")]),
    ("A6", &[Poll("send"), LOST, Poll("sleep")]),
    ("A8", &[Poll("send"), Poll("sleep"), Poll("send")]),
    ("A9", &[Poll("send"), BUSY, Poll("sleep"), BUSY, Poll("send")]),
    ("A10", &[Poll("send"), BUSY, Elapse(30), Poll("Unknown: api")]),
    ("A11", &[Poll("send"), BUSY, Poll("sleep"), Elapse(1), Poll("send"), OK, Poll("success")]),
    // The last attempt is rejected, but the first may have taken effect.
    ("A11", &[Poll("send"), LOST, Poll("sleep"), Poll("send"), REFUSED, Poll("Unknown: unresolved")]),
    ("A12", &[Poll("send"), LOST, Poll("sleep"), Elapse(30), Poll("Unknown: transport")]),
    ("A12", &[Poll("send"), BUSY, Poll("sleep"), Elapse(30), Poll("Unknown: api")]),
    ("A12", &[Poll("send"), BUSY, Poll("sleep"), NoTurn, Poll("Unknown: api")]),
    ("A13", &[NoTurn, Poll("NotSent: transport")]),
    ("A14", &[Poll("send"), CLOSED, Poll("send on a new connection"), OK, Poll("success")]),
    ("A14", &[Poll("send"), CLOSED, Poll("send on a new connection"), REFUSED, Poll("Unknown: unresolved")]),
    ("K1", &[Poll("send"), PARKED, KeyArrives, Poll("success")]),
    ("K1", &[Poll("send"), Event::Response(503, UNKNOWN), KeyArrives, Poll("sleep"), Poll("send")]),
    ("K2", &[Poll("send"), PARKED, Poll("fetch")]),
    ("K3", &[Poll("send"), PARKED, OtherFetches, Poll("sleep"), Poll("sleep"), KeyArrives, Poll("success")]),
    ("K4", &[Poll("send"), PARKED, OtherHasFetched, Poll("Unknown: verify")]),
    ("K4", &[Poll("send"), PARKED, Elapse(30), Poll("Unknown: verify")]),
    ("K4", &[Poll("send"), Event::Response(503, UNKNOWN), OtherHasFetched, Poll("sleep"), Poll("send")]),
    ("K4", &[Poll("send"), Event::Response(400, UNKNOWN), OtherHasFetched, Poll("Unknown: api")]),
    ("K5", &[Poll("send"), PARKED, Poll("fetch"), KeyArrives, Certificates, Poll("success")]),
    ("K5", &[Poll("send"), PARKED, Poll("fetch"), Certificates, Poll("Unknown: verify")]),
    (
        "K6",
        &[
            Poll("send"),
            PARKED,
            Poll("fetch"),
            BUSY,
            Poll("sleep"),
            Poll("fetch"),
            Poll("sleep"),
            Poll("fetch"),
        ],
    ),
    ("K6", &[Poll("send"), PARKED, Poll("fetch"), LOST, Poll("sleep"), KeyArrives, Poll("success")]),
    (
        "K6",
        &[
            Poll("send"),
            PARKED,
            Poll("fetch"),
            PROBE,
            Poll("sleep"),
            Poll("fetch"),
            Certificates,
            Poll("Unknown: verify"),
        ],
    ),
    ("K6", &[Poll("send"), PARKED, Poll("fetch"), CLOSED, Poll("fetch on a new connection"), Certificates]),
    ("K7", &[Poll("send"), PARKED, Poll("fetch"), REFUSED, Poll("Unknown: verify, fetch failed")]),
    ("K7", &[Poll("send"), PARKED, Poll("fetch"), LOST, Elapse(30), Poll("Unknown: verify, fetch failed")]),
    ("K7", &[Poll("send"), PARKED, Poll("fetch"), KeyArrives, REFUSED, Poll("success")]),
    ("K8", &[Poll("send"), PARKED, Poll("fetch"), Poll("sleep"), Poll("fetch"), KeyArrives, Poll("success")]),
    ("K8", &[Poll("send"), PARKED, Poll("fetch"), Elapse(30), Poll("Unknown: verify, fetch failed")]),
    (
        "K9",
        &[
            Poll("send"),
            PARKED,
            Poll("fetch"),
            Event::OtherTakesOver,
            LOST,
            Poll("sleep"),
            Poll("sleep"),
            Poll("sleep"),
            KeyArrives,
            Poll("success"),
        ],
    ),
    ("E1", &[Poll("send"), OK, LOST, OK, Poll("success")]),
    ("E2", &[Poll("send"), OK, Poll("success"), Poll("Unknown: transport")]),
    ("E3", &[OK, LOST, Poll("send")]),
    ("E3", &[Poll("send"), BUSY, LOST, OK, Poll("sleep"), OK, LOST, Poll("send")]),
    ("E3", &[Poll("send"), PARKED, OK, LOST, Poll("fetch")]),
    (
        "E3",
        &[
            Poll("send"),
            PARKED,
            Poll("fetch"),
            BUSY,
            Certificates,
            LOST,
            Poll("sleep"),
            Certificates,
            LOST,
            Poll("fetch"),
        ],
    ),
];

/// The same for `QueryStock`, which has no effect: a rejection is a rejection, whatever came before.
const READ: &[(&str, &[Event])] = &[
    ("A11", &[Poll("send"), LOST, Poll("sleep"), Poll("send"), REFUSED, Poll("Rejected: api")]),
    ("A12", &[Poll("send"), BUSY, Poll("sleep"), Elapse(30), Poll("Unknown: api")]),
];

/// The same for `StopStock`, which must not be retried once it may have arrived.
const NOT_IDEMPOTENT: &[(&str, &[Event])] = &[
    ("A6", &[Poll("send"), Transport(TransportErrorKind::NotSent), Poll("sleep"), Poll("send")]),
    ("A7", &[Poll("send"), LOST, Poll("Unknown: transport")]),
    ("A8", &[Poll("send"), Poll("Unknown: transport")]),
];

/// The same for a client with a single attempt, and for a client whose signing key is broken.
const ONE_ATTEMPT: &[(&str, &[Event])] = &[
    ("A10", &[Poll("send"), BUSY, Poll("Unknown: api")]),
    ("A13", &[Elapse(30), Poll("NotSent: transport")]),
    ("K7", &[Poll("send"), PARKED, Poll("fetch"), LOST, Poll("Unknown: verify, fetch failed")]),
];
const BROKEN_KEY: &[(&str, &[Event])] =
    &[("A2", &[Poll("NotSent: build")]), ("E2", &[Poll("NotSent: build"), Poll("NotSent: transport")])];

#[test]
fn every_row_of_the_state_table_is_implemented() {
    let query = QueryStock::new("1".into(), "1".into());
    let start = StartStock::new("1".into(), "1".into());
    let stop = StopStock::new("1".into(), "1".into());
    for (row, events) in IDEMPOTENT {
        let mut bench = Bench::new(&start, false, RetryPolicy::default());
        events.iter().for_each(|event| bench.apply(*event, row));
    }
    for (row, events) in READ {
        let mut bench = Bench::new(&query, false, RetryPolicy::default());
        events.iter().for_each(|event| bench.apply(*event, row));
    }
    for (row, events) in NOT_IDEMPOTENT {
        let mut bench = Bench::new(&stop, false, RetryPolicy::default());
        events.iter().for_each(|event| bench.apply(*event, row));
    }
    for (rows, broken, policy) in
        [(ONE_ATTEMPT, false, RetryPolicy::never()), (BROKEN_KEY, true, RetryPolicy::default())]
    {
        for (row, events) in rows {
            let mut bench = Bench::new(&query, broken, policy.clone());
            events.iter().for_each(|event| bench.apply(*event, row));
        }
    }
}

#[test]
fn every_row_of_the_state_table_is_tested() {
    let documented: BTreeSet<&str> = include_str!("mod.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! | ")?.split(" | ").next())
        .filter(|id| id.chars().any(|c| c.is_ascii_digit()))
        .collect();
    let tables = [IDEMPOTENT, READ, NOT_IDEMPOTENT, ONE_ATTEMPT, BROKEN_KEY];
    let tested: BTreeSet<&str> = tables.into_iter().flatten().map(|(row, _)| *row).collect();
    assert_eq!(documented, tested);
}

#[test]
fn an_exchange_that_waits_for_another_looks_again_soon_and_within_its_deadline() {
    let start = StartStock::new("1".into(), "1".into());
    let mut bench = Bench::new(&start, false, RetryPolicy::default());
    for event in [Poll("send"), PARKED, OtherFetches] {
        bench.apply(event, "K3");
    }
    let ms = Duration::from_millis;
    // The deadline is after 30 s.
    for (elapsed, wait) in [(0, 50), (29_949, 50), (29_980, 20)] {
        let stamp = Stamp { unix_seconds: NOW, nonce: Nonce::from_entropy([7; 16]) };
        match bench.exchange.poll(ms(elapsed), stamp) {
            Step::Sleep(duration) => assert_eq!(duration, ms(wait)),
            step => panic!("{step:?}"),
        }
    }
}

#[test]
fn an_exchange_and_its_steps_show_the_progress_and_nothing_of_the_request() {
    let start = StartStock::new("1234567890".into(), "1".into());
    let mut bench = Bench::new(&start, false, RetryPolicy::default());
    let step = |bench: &mut Bench<StartStock>| {
        let stamp = Stamp { unix_seconds: NOW, nonce: Nonce::from_entropy([7; 16]) };
        format!("{:?}", bench.exchange.poll(Duration::ZERO, stamp))
    };
    let exchange = |attempts, unresolved| {
        format!(
            "Exchange {{ operation: \"stock.start\", path: \"/v3/marketing/favor/stocks/{{stock_id}}/start\", \
             attempts: {attempts}, unresolved: {unresolved}, .. }}"
        )
    };
    assert_eq!(format!("{:?}", bench.exchange), exchange(0, false));
    assert_eq!(step(&mut bench), "Send { reason: Operation, timeout: 10s, .. }");
    bench.apply(LOST, "A6");
    let sleep = step(&mut bench);
    assert!(sleep.starts_with("Sleep(") && sleep.ends_with("ms)"), "{sleep}");
    assert_eq!(step(&mut bench), "Send { reason: Retry { attempt: 2 }, timeout: 10s, .. }");
    assert_eq!(format!("{:?}", bench.exchange), exchange(2, true));
    bench.apply(REFUSED, "A3");
    let done = step(&mut bench);
    assert!(done.starts_with("Done(Err(Unresolved { attempts: 2, last: Api(ApiError {"), "{done}");
}
