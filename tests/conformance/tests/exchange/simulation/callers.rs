//! What callers use: a client, and exchanges of any operation.

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use wechatpay_conformance::TIMESTAMP;
use wechatpay_conformance::stage::Stage;
use wechatpay_core::cashcoupons::platform_favor::*;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::error::TransportError;
use wechatpay_core::types::{Fen, UnixSeconds};
use wechatpay_core::{
    Client, Error, Exchange, Operation, PlatformKeys, RetryPolicy, SendReason, Stamp, Step,
};
use wechatpay_sandbox::Credentials;

use super::plan::Knows;

pub(crate) static CREDENTIALS: LazyLock<Credentials> =
    LazyLock::new(|| Credentials::generate(TIMESTAMP).unwrap());

pub(crate) const ATTEMPTS: u32 = 3;
pub(crate) const TOTAL: Duration = Duration::from_secs(8);

/// An exchange of any operation.
pub(crate) trait Exchanging {
    fn poll(&mut self, elapsed: Duration, stamp: Stamp) -> Turn;
    fn hear(&mut self, result: Result<Response<Bytes>, TransportError>, now: UnixSeconds);
}

/// With the id that its answer gives.
struct Of<O: Operation>(Exchange<O>, fn(&O::Response) -> &str);

/// A step of one.
pub(crate) enum Turn {
    Send {
        request: Box<Request<Bytes>>,
        reason: SendReason,
        timeout: Duration,
    },
    Sleep(Duration),
    /// With the id of what was made.
    Done(Result<String, Error>),
}

impl<O: Operation> Exchanging for Of<O> {
    fn poll(&mut self, elapsed: Duration, stamp: Stamp) -> Turn {
        match self.0.poll(elapsed, stamp) {
            Step::Send { request, reason, timeout, .. } => {
                Turn::Send { request: Box::new(request), reason, timeout }
            }
            Step::Sleep(duration) => Turn::Sleep(duration),
            Step::Done(result) => Turn::Done(result.map(|answer| self.1(&answer).to_owned())),
        }
    }

    fn hear(&mut self, result: Result<Response<Bytes>, TransportError>, now: UnixSeconds) {
        match result {
            Ok(response) => self.0.on_response(&response, now),
            Err(error) => self.0.on_transport_error(error),
        }
    }
}

pub(crate) fn exchange<O: Operation + 'static>(
    client: &Client,
    operation: &O,
    id: fn(&O::Response) -> &str,
) -> Box<dyn Exchanging> {
    Box::new(Of(client.exchange(operation).unwrap(), id))
}

pub(crate) fn client(stage: &Stage, knows: Knows) -> Client {
    let keys = match knows {
        Knows::PublicKey => stage.public_key(),
        Knows::Certificate => stage.certificate(),
        Knows::OldCertificate => stage.old_certificate(),
        Knows::Nothing => PlatformKeys::new(),
    };
    let policy = RetryPolicy::default()
        .with_max_attempts(ATTEMPTS)
        .with_attempt_timeout(Duration::from_secs(2))
        .with_total(TOTAL)
        .with_delays(Duration::from_millis(100), Duration::from_secs(1));
    stage.with_api_v3_key(stage.client(keys)).with_retry(policy)
}

pub(crate) fn favor(number: u8) -> CreatePlatformFavor {
    let time = PlatformFavorAvailableTime::new(
        "2019-12-24T00:00:00+08:00".into(),
        "2020-01-02T23:59:59+08:00".into(),
    );
    let coupons = max_coupons(number);
    let send_rule =
        PlatformFavorSendRule::new(coupons, Fen::new(50_000), 3, DeductBalanceMethod::BatchDeduct);
    let use_rule = PlatformFavorUseRule::new(time, Fen::new(500));
    let number = format!("f-{number}");
    CreatePlatformFavor::new(CREDENTIALS.mchid().into(), send_rule, use_rule, number.as_str().into())
}

/// The sandbox does not show a platform favor's number, so it is told by this.
pub(crate) fn max_coupons(number: u8) -> i64 {
    100 + i64::from(number)
}
