//! Tests every row of the table in the documentation of [`Receiving`](super::Receiving), step by step.
#![cfg(feature = "rustcrypto")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use super::{NotificationError, NotificationErrorKind, Receiving};
use crate::cashcoupons::CouponUsed;
use crate::client::Client;
use crate::crypto::rustcrypto::PROVIDER;
use crate::crypto::{ApiV3Key, CryptoError, SigningKey, VerifyingKey};
use crate::error::{BuildError, TransportErrorKind, VerifyErrorKind};
use crate::exchange::{Driven as _, SendReason, Step};
use crate::merchant::Merchant;
use crate::operation::CrateOnly;
use crate::platform::{Fetch, FetchFor, FetchPermit, PlatformKeys};
use crate::request::{Nonce, Stamp};

const NOW: u64 = 1_554_208_460;
const KNOWN: &str = "PUB_KEY_ID_1";
const UNKNOWN: &str = "AB12";

/// Signs anything, and verifies its own signatures.
struct Key;

impl SigningKey for Key {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(b"signed".to_vec())
    }
}

impl VerifyingKey for Key {
    fn verify(&self, _: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        if signature == b"signed" { Ok(()) } else { Err(CryptoError::new("verify")) }
    }
}

#[derive(Debug, Clone, Copy)]
enum Event {
    /// A callback arrives, signed with the key of this serial.
    Callback(&'static str),
    /// Poll, and expect this step.
    Poll(&'static str),
    /// Receive a list of certificates without any, or an error, as the response to the fetch.
    Response(u16),
    /// Receive a transport error instead.
    Lost,
    /// The unknown key is added by another party.
    KeyArrives,
    /// Another message starts to fetch the certificates.
    OtherFetches(FetchFor),
    /// It has fetched them.
    OtherHasFetched,
    /// This many milliseconds pass.
    Elapse(u64),
}

use Event::{Callback, Elapse, KeyArrives, Lost, OtherFetches, OtherHasFetched, Poll, Response as Answer};

/// Rows of the table, each with events that lead through it. "verified" is the error of a body without content.
const ROWS: &[(&str, &[Event])] = &[
    ("N1", &[Callback(KNOWN), Poll("verified")]),
    ("N1", &[Callback("PUB_KEY_ID_2"), Poll("401 unknown")]),
    ("N2", &[Callback(UNKNOWN), KeyArrives, Poll("verified")]),
    ("N2", &[Callback(UNKNOWN), Poll("fetch"), KeyArrives, Answer(200), Poll("verified")]),
    ("N2", &[Callback(UNKNOWN), Poll("fetch"), KeyArrives, Answer(404), Poll("verified")]),
    ("N2", &[Callback(UNKNOWN), Poll("fetch"), Lost, Poll("sleep"), KeyArrives, Poll("verified")]),
    ("N2", &[Callback(UNKNOWN), Poll("fetch"), Answer(200), Poll("401 unknown")]),
    ("N3", &[Callback(UNKNOWN), Poll("fetch"), Poll("sleep"), Poll("fetch")]),
    ("N3", &[Callback(UNKNOWN), Poll("fetch"), Answer(503), Poll("sleep"), Poll("fetch")]),
    (
        "N4",
        &[
            Callback(UNKNOWN),
            OtherFetches(FetchFor::Callback),
            Poll("sleep"),
            Poll("sleep"),
            KeyArrives,
            Poll("verified"),
        ],
    ),
    ("N4", &[Callback(UNKNOWN), OtherFetches(FetchFor::Response), Poll("sleep")]),
    ("N5", &[Callback(UNKNOWN), Poll("fetch"), Answer(404), Poll("503 failed")]),
    ("N5", &[Callback(UNKNOWN), Poll("fetch"), Lost, Elapse(2900), Poll("503 failed")]),
    ("N5", &[Callback(UNKNOWN), OtherFetches(FetchFor::Callback), OtherHasFetched, Poll("503 recent")]),
    ("N5", &[Callback(UNKNOWN), OtherFetches(FetchFor::Response), OtherHasFetched, Poll("503 recent")]),
    (
        "N5",
        &[
            Callback(UNKNOWN),
            OtherFetches(FetchFor::Response),
            Poll("sleep"),
            Elapse(3000),
            Poll("503 no time"),
        ],
    ),
    ("N6", &[Callback(KNOWN), Poll("verified"), Poll("500 ended")]),
    ("N6", &[Callback(UNKNOWN), Poll("fetch"), Answer(404), Poll("503 failed"), Poll("500 ended")]),
    ("N7", &[Callback(KNOWN), Answer(200), Lost, Poll("verified"), Answer(200), Lost]),
    (
        "N7",
        &[
            Callback(UNKNOWN),
            Answer(404),
            Lost,
            Poll("fetch"),
            Answer(503),
            Answer(200),
            Poll("sleep"),
            Answer(200),
            Lost,
            Poll("fetch"),
        ],
    ),
];

struct Bench {
    client: Client,
    receiving: Option<Receiving<CouponUsed>>,
    elapsed: Duration,
    permit: Option<FetchPermit>,
}

impl Bench {
    fn new() -> Self {
        let merchant = Merchant::with_key("1900000001".into(), "0A", Arc::new(Key)).unwrap();
        let platform = PlatformKeys::new();
        platform.add_key(KNOWN, Arc::new(Key)).unwrap();
        let client = Client::new(merchant, platform).unwrap();
        let client = client.with_api_v3_key(&PROVIDER, ApiV3Key::new([7; 32]).unwrap());
        Self { client, receiving: None, elapsed: Duration::ZERO, permit: None }
    }

    fn receiving(&mut self) -> &mut Receiving<CouponUsed> {
        self.receiving.as_mut().unwrap()
    }

    fn poll(&mut self) -> Step<Result<super::Notification<CouponUsed>, NotificationError>> {
        let elapsed = self.elapsed;
        self.receiving().poll(elapsed, stamp())
    }

    fn apply(&mut self, event: Event, row: &str) {
        let mchid = "1900000001".into();
        match event {
            Callback(serial) => self.receiving = Some(self.client.receive(&callback(serial), NOW)),
            Poll(expected) => {
                let step = match self.poll() {
                    Step::Send { reason: SendReason::FetchPlatformKeys, .. } => "fetch".to_owned(),
                    Step::Send { .. } => panic!("row {row}"),
                    Step::Sleep(_) => "sleep".to_owned(),
                    Step::Done(result) => describe(&result.unwrap_err()),
                };
                assert_eq!(step, expected, "row {row}");
            }
            Answer(status) => self.receiving().on_response(&signed(status), NOW),
            Lost => self.receiving().on_transport_error(TransportErrorKind::MaybeSent.into()),
            KeyArrives => self.client.platform().add_key(UNKNOWN, Arc::new(Key)).unwrap(),
            OtherFetches(reader) => {
                let fetch = self.client.platform().request_fetch(&mchid, reader, NOW);
                let Fetch::Granted(permit) = fetch else { panic!("row {row}") };
                self.permit = Some(permit);
            }
            OtherHasFetched => drop(self.permit.take().unwrap().done(None, NOW)),
            Elapse(ms) => self.elapsed = self.elapsed.saturating_add(Duration::from_millis(ms)),
        }
    }
}

fn stamp() -> Stamp {
    Stamp { unix_seconds: NOW, nonce: Nonce::from_entropy([7; 16]) }
}

fn callback(serial: &str) -> Request<&'static str> {
    let request = Request::builder().header("Wechatpay-Timestamp", NOW.to_string());
    let request = request.header("Wechatpay-Nonce", "n").header("Wechatpay-Serial", serial);
    // The base64 of "signed".
    request.header("Wechatpay-Signature", "c2lnbmVk").body("{}").unwrap()
}

fn signed(status: u16) -> Response<Bytes> {
    let (parts, _) = callback(KNOWN).into_parts();
    let mut response = Response::new(Bytes::from_static(b"{\"data\":[]}"));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    *response.headers_mut() = parts.headers;
    response
}

/// Describes an error by the status of its reply, and by why certificates are not there.
fn describe(error: &NotificationError) -> String {
    let reason = match (error.kind(), error.certificates()) {
        (NotificationErrorKind::Envelope(_), None) => return "verified".to_owned(),
        (NotificationErrorKind::Ended, None) => "ended",
        (NotificationErrorKind::Verify(VerifyErrorKind::UnknownSerial { .. }), None) => "unknown",
        (_, Some(certificates)) if certificates.cause().is_some() => "failed",
        (_, Some(certificates)) if certificates.wait().is_zero() => "no time",
        (_, Some(_)) => "recent",
        (_, None) => panic!("{error:?}"),
    };
    format!("{} {reason}", error.reply().status().as_u16())
}

#[test]
fn every_row_of_the_table_is_implemented_and_tested() {
    for (row, events) in ROWS {
        let mut bench = Bench::new();
        events.iter().for_each(|event| bench.apply(*event, row));
    }
    let documented: BTreeSet<&str> = include_str!("receiving.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("/// | ")?.split(" | ").next())
        .filter(|id| id.chars().any(|c| c.is_ascii_digit()))
        .collect();
    assert_eq!(documented, ROWS.iter().map(|(row, _)| *row).collect());
}

#[test]
fn a_callback_waits_for_certificates_within_its_own_deadline() {
    let ms = Duration::from_millis;
    let at = |bench: &mut Bench, elapsed| {
        bench.elapsed = ms(elapsed);
        bench.poll()
    };
    // One attempt takes at most half of the time.
    for (timeout, first, second) in
        [(None, 1500, 100), (Some(4000), 2000, 1100), (Some(60_000), 10_000, 10_000)]
    {
        let mut bench = Bench::new();
        if let Some(timeout) = timeout {
            bench.client = bench.client.clone().with_callback_timeout(ms(timeout));
        }
        bench.apply(Callback(UNKNOWN), "N3");
        assert!(matches!(at(&mut bench, 0), Step::Send { timeout, .. } if timeout == ms(first)));
        assert!(matches!(at(&mut bench, 1000), Step::Sleep(_)));
        assert!(matches!(at(&mut bench, 2900), Step::Send { timeout, .. } if timeout == ms(second)));
    }
    let mut bench = Bench::new();
    bench.apply(Callback(UNKNOWN), "N4");
    bench.apply(OtherFetches(FetchFor::Response), "N4");
    for (elapsed, wait) in [(0, 50), (2949, 50), (2980, 20)] {
        assert!(matches!(at(&mut bench, elapsed), Step::Sleep(left) if left == ms(wait)));
    }
    assert!(matches!(at(&mut bench, 3000), Step::Done(Err(_))));
}

#[test]
fn a_callback_that_is_dropped_while_it_fetches_leaves_a_pause_for_callbacks_only() {
    let mut bench = Bench::new();
    for event in [Callback(UNKNOWN), Poll("fetch"), Callback("AB13"), Poll("503 failed")] {
        bench.apply(event, "N5");
    }
    bench.apply(OtherFetches(FetchFor::Response), "N5");
}

#[test]
fn without_the_means_to_fetch_or_entropy_nothing_is_sent_and_the_reason_is_told() {
    let mut bench = Bench::new();
    let merchant = bench.client.merchant().clone();
    let without_key = Client::new(merchant, PlatformKeys::new()).unwrap();
    let receiving = without_key.receive::<CouponUsed>(&callback(UNKNOWN), NOW);
    assert!(!receiving.is_waiting());
    bench.receiving = Some(receiving);
    let Step::Done(Err(error)) = bench.poll() else { panic!() };
    assert!(error.to_string().ends_with("(Client::with_api_v3_key)"), "{error}");

    let stopped = |serial| {
        let mut receiving = bench.client.receive::<CouponUsed>(&callback(serial), NOW);
        receiving.stop(BuildError::Crypto(CryptoError::new("random")), CrateOnly).unwrap_err()
    };
    assert_eq!(describe(&stopped(KNOWN)), "verified");
    let error = stopped(UNKNOWN);
    assert_eq!(describe(&error), "503 failed");
    assert!(format!("{error:#}").contains("random"), "{error:#}");
}

#[test]
fn a_callback_shows_whether_it_waits_and_nothing_of_its_content() {
    let mut bench = Bench::new();
    bench.apply(Callback(UNKNOWN), "N2");
    assert_eq!(format!("{:?}", bench.receiving()), "Receiving { state: Waiting, .. }");
    bench.apply(KeyArrives, "N2");
    bench.apply(Poll("verified"), "N2");
    assert_eq!(format!("{:?}", bench.receiving()), "Receiving { state: Over, .. }");
    bench.apply(Callback(KNOWN), "N1");
    assert_eq!(format!("{:?}", bench.receiving()), "Receiving { state: Read, .. }");
}
