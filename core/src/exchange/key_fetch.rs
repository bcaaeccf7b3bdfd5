use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, Uri};

use super::attempts::{self, Host, Kind};
use super::driven::Retry;
use super::{Attempts, Requests, SendReason, Step};
use crate::certificates::DownloadCertificates;
use crate::client::Client;
use crate::error::{BuildError, CertificatesError, Error, TransportError, VerifyErrorKind};
use crate::platform::{Fetch, FetchFor, FetchPermit};
use crate::request::{Prepared, Stamp};
use crate::retry::{self, RetryPolicy};
use crate::types::UnixSeconds;

/// The interval at which a waiting message checks whether certificates that another one fetches have arrived.
const RECHECK_INTERVAL: Duration = Duration::from_millis(50);

/// The fetch of the platform's certificates for a message, a response or a callback, that is signed with an unknown one.
pub(crate) struct KeyFetch {
    reader: FetchFor,
    /// The serial of the unknown certificate.
    serial: String,
    policy: RetryPolicy,
    /// Where the first request is sent to.
    host: Host,
    /// Present while this message is the one that fetches for all.
    own: Option<OwnFetch>,
}

/// A fetch for this message: a read like any other, with retries.
struct OwnFetch {
    permit: FetchPermit,
    attempts: Attempts,
    requests: Requests,
    /// The result, until the next poll, which knows the time.
    result: Option<Result<(), Error>>,
}

type Fetching = Step<Result<(), CertificatesError>>;

impl KeyFetch {
    /// A fetch for a response that could not be verified. `None` if no certificate would help, or none can be fetched.
    /// The first request is sent to `host`, which has just responded.
    pub(super) fn for_response(client: &Client, problem: &VerifyErrorKind, host: Host) -> Option<Self> {
        Self::new(client, problem, FetchFor::Response, client.retry().clone(), host)
    }

    /// A fetch for a callback that could not be verified. `None` if no certificate would help, or none can be fetched.
    pub(crate) fn for_callback(client: &Client, problem: &VerifyErrorKind) -> Option<Self> {
        let policy = client.retry().clone();
        let total = policy.total.min(client.callback_timeout());
        // There must be time for a second attempt, because the first may be lost on a connection that is dead.
        let attempt = policy.attempt_timeout.min(total.checked_div(2).unwrap_or_default());
        let policy = policy.with_total(total).with_attempt_timeout(attempt);
        Self::new(client, problem, FetchFor::Callback, policy, Host::Main)
    }

    fn new(
        client: &Client,
        problem: &VerifyErrorKind,
        reader: FetchFor,
        policy: RetryPolicy,
        host: Host,
    ) -> Option<Self> {
        let serial = unknown_certificate(problem).filter(|_| client.can_fetch_certificates())?;
        Some(Self { reader, serial: serial.to_owned(), policy, host, own: None })
    }

    /// Returns the next step. When it is done, the message is to be read again, because the key is known now or the
    /// certificates were fetched; or it cannot be verified, for the reason in the error. `elapsed` counts from the start
    /// of the exchange, whose deadline includes the fetch, or from the arrival of the callback.
    pub(crate) fn next(&mut self, client: &Client, elapsed: Duration, stamp: Stamp) -> Fetching {
        let now = stamp.unix_seconds;
        let known = client.platform().knows(&self.serial);
        // If the right to fetch has expired and another message has it now, this one waits. What it has fetched counts.
        let counts = |own: &OwnFetch| own.permit.is_valid() || matches!(own.result, Some(Ok(())));
        let mut own = match self.own.take().filter(counts) {
            Some(OwnFetch { permit, result: Some(result), .. }) => return end(permit, result, known, now),
            Some(own) if known => {
                own.permit.give_back();
                return Step::Done(Ok(()));
            }
            None if known => return Step::Done(Ok(())),
            Some(own) => own,
            None => {
                let left = self.policy.total.saturating_sub(elapsed);
                if left.is_zero() {
                    return Step::Done(Err(CertificatesError::no_time()));
                }
                match client.platform().request_fetch(client.merchant().mchid(), self.reader, now) {
                    Fetch::Granted(permit) => match Requests::new(client, &DownloadCertificates) {
                        Ok(requests) => {
                            let (policy, backup) = (self.policy.clone(), requests.has_backup());
                            let attempts = Attempts::new(policy, Kind::Read, self.host, backup);
                            OwnFetch { permit, attempts, requests, result: None }
                        }
                        Err(error) => return end(permit, Err(error.into()), known, now),
                    },
                    Fetch::InProgress => return Step::Sleep(RECHECK_INTERVAL.min(left)),
                    // A fetch that ended after `known` was determined may have brought it.
                    Fetch::TooSoon { .. } if client.platform().knows(&self.serial) => {
                        return Step::Done(Ok(()));
                    }
                    Fetch::TooSoon { wait, cause } => {
                        return Step::Done(Err(match cause {
                            Some(cause) => failed(cause, wait),
                            None => CertificatesError::recent(wait),
                        }));
                    }
                }
            }
        };
        match own.attempts.next(elapsed) {
            attempts::Next::Send { timeout, connection, .. } => match client.sign(own.prepared(), stamp) {
                Ok(request) => {
                    own.permit.extend(now, timeout);
                    own.attempts.sent(retry::jitter(&stamp));
                    self.own = Some(own);
                    let reason = SendReason::FetchPlatformKeys;
                    Step::Send { request, reason, timeout, connection }
                }
                Err(error) => end(own.permit, Err(error.into()), known, now),
            },
            attempts::Next::Sleep(duration) => {
                own.permit.extend(now, duration);
                self.own = Some(own);
                Step::Sleep(duration)
            }
            attempts::Next::End(error) => end(own.permit, Err(error), known, now),
        }
    }

    /// Takes the response to the request in flight, and adds the certificates to the client's keys. Ignores it if no
    /// request is in flight.
    pub(crate) fn on_response(&mut self, client: &Client, response: &Response<Bytes>, now: UnixSeconds) {
        if self.uri().is_some() {
            self.ended(client.response(&DownloadCertificates, response, now).map(drop));
        }
    }

    /// Records that the request in flight ended without a response. Ignores it if no request is in flight.
    pub(crate) fn on_transport_error(&mut self, error: TransportError) {
        if let Some(uri) = self.uri() {
            let error = error.tried(uri);
            self.ended(Err(error.into()));
        }
    }

    /// Returns why no request can be sent any more.
    pub(crate) fn stopped(&self, reason: BuildError) -> CertificatesError {
        failed(Arc::new(reason.into()), Duration::ZERO)
    }

    /// Returns the number of requests for the certificates that this message has sent.
    pub(crate) fn made(&self) -> u32 {
        self.own.as_ref().map_or(0, |own| own.attempts.made())
    }

    /// Returns when the request for the certificates is to be sent again, if it is.
    pub(crate) fn retry(&self) -> Option<Retry> {
        self.own.as_ref()?.attempts.retry()
    }

    /// Returns where the last request for the certificates was sent to.
    pub(crate) fn last_uri(&self) -> Option<&Uri> {
        Some(self.own.as_ref()?.prepared().uri())
    }

    /// Returns the error of the last request for the certificates, if it failed.
    pub(crate) fn error(&self) -> Option<&Error> {
        let own = self.own.as_ref()?;
        own.result.as_ref().and_then(|result| result.as_ref().err()).or_else(|| own.attempts.error())
    }

    fn ended(&mut self, result: Result<(), Error>) {
        if let Some(own) = &mut self.own {
            own.result = own.attempts.ended(result);
        }
    }

    /// Returns where the request in flight was sent to.
    fn uri(&self) -> Option<&Uri> {
        self.own.as_ref().filter(|own| own.attempts.is_in_flight()).map(|own| own.prepared().uri())
    }
}

impl OwnFetch {
    /// Returns the request of the current attempt.
    fn prepared(&self) -> &Prepared {
        self.requests.at(self.attempts.host())
    }
}

/// Ends the fetch, and tells all messages that wait for it.
fn end(permit: FetchPermit, result: Result<(), Error>, known: bool, now: UnixSeconds) -> Fetching {
    let failure = result.err().map(Arc::new);
    let wait = permit.done(failure.clone(), now);
    match failure {
        Some(cause) if !known => Step::Done(Err(failed(cause, wait))),
        _ => Step::Done(Ok(())),
    }
}

fn failed(cause: Arc<Error>, wait: Duration) -> CertificatesError {
    let advice = cause.advice();
    CertificatesError::failed(cause, advice, wait)
}

/// Returns the serial of an unknown certificate. Ids of public keys are excluded, because a fetch does not return
/// public keys.
pub(crate) fn unknown_certificate(problem: &VerifyErrorKind) -> Option<&str> {
    match problem {
        VerifyErrorKind::UnknownSerial { serial, .. } if serial.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Some(serial)
        }
        // The platform may have replaced the unusable entry in its list.
        VerifyErrorKind::UnusableCertificate { serial, .. } => Some(serial),
        _ => None,
    }
}
