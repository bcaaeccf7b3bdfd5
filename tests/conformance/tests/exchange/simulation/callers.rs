//! The client and the exchanges of the simulated callers.

use std::sync::LazyLock;

use super::plan::Knows;
use crate::*;

pub(crate) static CREDENTIALS: LazyLock<Credentials> = LazyLock::new(|| credentials(TIMESTAMP));

pub(crate) const ATTEMPTS: u32 = 3;
pub(crate) const TOTAL: Duration = Duration::from_secs(8);

/// An exchange of any operation, as a trait object.
pub(crate) trait AnyExchange {
    fn poll(&mut self, elapsed: Duration, stamp: Stamp) -> AnyStep;
    fn receive(&mut self, result: Result<Response<Bytes>, TransportError>, now: UnixSeconds);
}

/// An exchange, and a function that takes the id of the created coupon or favor from the response.
struct WithId<O: Operation>(Exchange<O>, fn(&O::Response) -> &str);

/// A step of any exchange.
pub(crate) enum AnyStep {
    Send {
        request: Box<Request<Bytes>>,
        reason: SendReason,
        timeout: Duration,
    },
    Sleep(Duration),
    /// Contains the id of the created coupon or favor.
    Done(Result<String, Error>),
}

impl<O: Operation> AnyExchange for WithId<O> {
    fn poll(&mut self, elapsed: Duration, stamp: Stamp) -> AnyStep {
        match self.0.poll(elapsed, stamp) {
            Step::Send { request, reason, timeout, .. } => {
                AnyStep::Send { request: Box::new(request), reason, timeout }
            }
            Step::Sleep(duration) => AnyStep::Sleep(duration),
            Step::Done(result) => AnyStep::Done(result.map(|answer| self.1(&answer).to_owned())),
        }
    }

    fn receive(&mut self, result: Result<Response<Bytes>, TransportError>, now: UnixSeconds) {
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
) -> Box<dyn AnyExchange> {
    Box::new(WithId(client.exchange(operation).unwrap(), id))
}

pub(crate) fn client(sandbox: &LocalSandbox, knows: Knows) -> Client {
    let keys = match knows {
        Knows::PublicKey => sandbox.public_key(PROVIDERS[1]),
        Knows::Certificate => sandbox.certificate(PROVIDERS[1]),
        Knows::OldCertificate => sandbox.old_certificate(),
        Knows::Nothing => PlatformKeys::new(),
    };
    let policy = RetryPolicy::default()
        .with_max_attempts(ATTEMPTS)
        .with_attempt_timeout(Duration::from_secs(2))
        .with_total(TOTAL)
        .with_delays(Duration::from_millis(100), Duration::from_secs(1));
    sandbox.client(keys).with_retry(policy)
}

pub(crate) fn favor(number: u8) -> CreatePlatformFavor {
    let (begin, end) = ("2019-12-24T00:00:00+08:00", "2020-01-02T23:59:59+08:00");
    platform_favor(CREDENTIALS.mchid(), &format!("f-{number}"), max_coupons(number), begin, end)
}

/// The coupon limit of a favor. The tests identify a favor by it, because the sandbox does not show the favor's number.
pub(crate) fn max_coupons(number: u8) -> i64 {
    100 + i64::from(number)
}
