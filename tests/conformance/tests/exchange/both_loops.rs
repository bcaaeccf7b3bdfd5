//! The two loops of the core: one behaviour, on a runtime or on none.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use wechatpay_conformance::{Platform, TIMESTAMP, pair};
use wechatpay_core::cashcoupons::{SendCoupon, SendCouponResponse};
use wechatpay_core::crypto::CryptoError;
use wechatpay_core::error::{BuildError, TransportError, TransportErrorKind};
use wechatpay_core::{
    Answer, AsyncIo, Client, Error, Io, Nonce, Operation, Outcome, Stamp, drive, drive_async,
};

/// `Err` is a request that may have been sent, `Ok` a status.
type Then = Result<u16, TransportErrorKind>;

struct World<'a> {
    platform: &'a Platform,
    script: Vec<Then>,
    /// How many stamps there is entropy for.
    stamps: u8,
    elapsed: Duration,
    sent: Vec<(String, Bytes)>,
}

impl World<'_> {
    fn answer(&mut self, request: &Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let authorization = request.headers()["authorization"].to_str().unwrap();
        self.sent.push((authorization.to_owned(), request.body().clone()));
        match self.script.remove(0) {
            Ok(status) => Ok(self.platform.answer(status, r#"{"coupon_id":"1"}"#, TIMESTAMP)),
            Err(kind) => Err(kind.into()),
        }
    }

    fn new_stamp(&mut self) -> Result<Stamp, CryptoError> {
        self.stamps = self.stamps.checked_sub(1).ok_or_else(|| CryptoError::new("no entropy"))?;
        Ok(Stamp { unix_seconds: TIMESTAMP, nonce: Nonce::from_entropy([self.stamps; 16]) })
    }
}

impl Io for World<'_> {
    fn send(&mut self, request: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        self.answer(&request)
    }

    fn sleep(&mut self, duration: Duration) {
        self.elapsed += duration;
    }

    fn unix_seconds(&mut self) -> u64 {
        TIMESTAMP
    }

    fn elapsed(&mut self) -> Duration {
        self.elapsed
    }

    fn stamp(&mut self) -> Result<Stamp, CryptoError> {
        self.new_stamp()
    }
}

impl AsyncIo for World<'_> {
    async fn send(
        &mut self,
        request: Request<Bytes>,
        _: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.answer(&request)
    }

    async fn sleep(&mut self, duration: Duration) {
        self.elapsed += duration;
    }

    fn unix_seconds(&mut self) -> u64 {
        TIMESTAMP
    }

    fn elapsed(&mut self) -> Duration {
        self.elapsed
    }

    fn stamp(&mut self) -> Result<Stamp, CryptoError> {
        self.new_stamp()
    }
}

/// The result of a future that waits for nothing, as those of this IO do.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("it waits for something"),
    }
}

/// Through both loops, which must not differ.
fn run(script: &[Then], stamps: u8) -> Result<Answer<SendCouponResponse>, Error> {
    let (client, platform, _) = pair(TIMESTAMP);
    let operation = SendCoupon::new("o".into(), "1".into(), "n-1".into(), "wx".into(), "1".into());
    let world = || World {
        platform: &platform,
        script: script.to_vec(),
        stamps,
        elapsed: Duration::ZERO,
        sent: Vec::new(),
    };
    let mut blocking = world();
    let expected = drive(client.exchange(&operation).unwrap(), &mut blocking);
    let mut io = world();
    let result = ready(drive_async(client.exchange(&operation).unwrap(), &mut io));
    assert_eq!(format!("{result:?}"), format!("{expected:?}"));
    assert_eq!((io.sent, io.elapsed), (blocking.sent, blocking.elapsed));
    result
}

#[test]
fn both_loops_do_the_same() {
    let lost = Err(TransportErrorKind::MaybeSent);
    assert_eq!(run(&[Ok(200)], 9).unwrap().coupon_id.as_str(), "1");
    assert!(run(&[lost, Ok(500), Ok(200)], 9).is_ok());
    assert_eq!(run(&[Ok(403)], 9).unwrap_err().outcome(), Outcome::Rejected);
    assert_eq!(run(&[lost, Ok(403)], 9).unwrap_err().outcome(), Outcome::Unknown);
    assert_eq!(run(&[lost; 3], 9).unwrap_err().outcome(), Outcome::Unknown);
}

#[test]
fn without_entropy_nothing_is_sent_and_no_result_is_lost() {
    let error = run(&[], 0).unwrap_err();
    assert!(matches!(error, Error::Build(BuildError::Crypto(_))), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotSent);
    // It ran out after the request.
    assert!(run(&[Ok(200)], 1).is_ok());
    assert_eq!(run(&[Ok(403)], 1).unwrap_err().outcome(), Outcome::Rejected);
    for may_have_arrived in [Err(TransportErrorKind::MaybeSent), Ok(500)] {
        assert_eq!(run(&[may_have_arrived], 1).unwrap_err().outcome(), Outcome::Unknown);
        // It ran out after the wait.
        assert_eq!(run(&[may_have_arrived], 2).unwrap_err().outcome(), Outcome::Unknown);
    }
}

/// An IO whose futures are `Send` makes a future that is, whatever the operation.
#[expect(dead_code, reason = "compiles or does not")]
fn is_send<O: Operation<Response: Send>>(client: &Client, operation: &O, mut io: World<'_>) {
    fn check(_: impl Send) {}
    check(drive_async(client.exchange(operation).unwrap(), &mut io));
}
