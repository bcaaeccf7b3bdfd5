use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};

use super::attempts::{self, Host, Kind};
use super::{Attempts, Requests};
use crate::certificates::DownloadCertificates;
use crate::client::Client;
use crate::error::{CertificatesError, Error, VerifyErrorKind};
use crate::platform::{Fetch, FetchPermit};
use crate::request::{Prepared, Stamp};
use crate::retry;
use crate::types::UnixSeconds;

/// The interval at which an exchange checks whether certificates that another exchange is fetching have arrived.
const RECHECK_INTERVAL: Duration = Duration::from_millis(50);

/// A response that is signed with an unknown certificate, and the fetch of the platform's certificates that it needs.
pub(super) struct KeyFetch {
    parked: Parked,
    /// Present while this exchange is the one that fetches.
    own: Option<OwnFetch>,
}

/// A response that waits for the key it is signed with.
pub(super) struct Parked {
    pub(super) response: Response<Bytes>,
    /// The time of its arrival. The signature is checked against it, so that the wait cannot make the response too old.
    pub(super) received: UnixSeconds,
    serial: String,
    /// The result while the key is not known.
    error: Error,
}

/// A fetch by this exchange: a read like any other, with retries.
struct OwnFetch {
    permit: FetchPermit,
    attempts: Attempts,
    requests: Requests,
    /// The result, until the next poll, which knows the time.
    result: Option<Result<(), Error>>,
}

/// The next step of a key fetch.
pub(super) enum Next {
    /// Verify and decode the parked response.
    Read(Parked),
    /// Send this request for the certificates, with this timeout.
    Send { fetch: Box<KeyFetch>, request: Request<Bytes>, timeout: Duration },
    /// Wait, then poll again.
    Sleep(Box<KeyFetch>, Duration),
    /// Stop: the response cannot be verified.
    End(Error),
}

impl KeyFetch {
    /// Parks `response`, whose verification failed with `error`. Returns the error if no certificate would help.
    pub(super) fn new(
        client: &Client,
        error: Error,
        response: &Response<Bytes>,
        received: UnixSeconds,
    ) -> Result<Box<Self>, Error> {
        match unknown_certificate(&error).filter(|_| client.can_fetch_certificates()) {
            Some(serial) => {
                let parked = Parked { response: response.clone(), received, serial, error };
                Ok(Box::new(Self { parked, own: None }))
            }
            None => Err(error),
        }
    }

    /// Returns the next step. The first request goes to `host`, which has just responded. `elapsed` counts from the
    /// start of the exchange, whose deadline includes the fetch.
    pub(super) fn next(
        mut self: Box<Self>,
        client: &Client,
        host: Host,
        elapsed: Duration,
        stamp: Stamp,
    ) -> Next {
        let now = stamp.unix_seconds;
        let known = client.platform().knows(&self.parked.serial);
        // If the right to fetch has expired and another exchange has it now, this one waits. What it has fetched counts.
        let counts = |own: &OwnFetch| own.permit.is_valid() || matches!(own.result, Some(Ok(())));
        let mut own = match self.own.take().filter(counts) {
            Some(OwnFetch { permit, result: Some(result), .. }) => {
                return self.end(permit, result, known, now);
            }
            _ if known => return Next::Read(self.parked),
            Some(own) => own,
            None => {
                let left = client.retry().total.saturating_sub(elapsed);
                if left.is_zero() {
                    return Next::End(self.parked.without_certificates(CertificatesError::no_time()));
                }
                match client.platform().request_fetch(client.merchant().mchid(), now) {
                    Fetch::Granted(permit) => match Requests::new(client, &DownloadCertificates) {
                        Ok(requests) => {
                            let (policy, backup) = (client.retry().clone(), requests.has_backup());
                            let attempts = Attempts::new(policy, Kind::Read, host, backup);
                            OwnFetch { permit, attempts, requests, result: None }
                        }
                        Err(error) => return self.end(permit, Err(error.into()), known, now),
                    },
                    Fetch::InProgress => return Next::Sleep(self, RECHECK_INTERVAL.min(left)),
                    Fetch::TooSoon { wait, cause } => {
                        let error = match cause {
                            Some(cause) => failed(cause, wait),
                            None => CertificatesError::recent(wait),
                        };
                        return Next::End(self.parked.without_certificates(error));
                    }
                }
            }
        };
        match own.attempts.next(elapsed) {
            attempts::Next::Send { timeout, .. } => match client.sign(own.prepared(), stamp) {
                Ok(request) => {
                    own.permit.extend(now, timeout);
                    own.attempts.sent(retry::jitter(&stamp));
                    self.own = Some(own);
                    Next::Send { fetch: self, request, timeout }
                }
                Err(error) => self.end(own.permit, Err(error.into()), known, now),
            },
            attempts::Next::Sleep(duration) => {
                own.permit.extend(now, duration);
                self.own = Some(own);
                Next::Sleep(self, duration)
            }
            attempts::Next::End(error) => self.end(own.permit, Err(error), known, now),
        }
    }

    /// Ends the fetch, and tells all exchanges that wait for it.
    fn end(
        self: Box<Self>,
        permit: FetchPermit,
        result: Result<(), Error>,
        known: bool,
        now: UnixSeconds,
    ) -> Next {
        let failure = result.err().map(Arc::new);
        let wait = permit.done(failure.clone(), now);
        match failure {
            Some(cause) if !known => Next::End(self.parked.without_certificates(failed(cause, wait))),
            _ => Next::Read(self.parked),
        }
    }

    /// Takes the result of the request for the certificates.
    pub(super) fn ended(&mut self, result: Result<(), Error>) {
        if let Some(own) = &mut self.own {
            own.result = own.attempts.ended(result);
        }
    }

    /// Returns where the request in flight was sent to.
    pub(super) fn uri(&self) -> Option<&Uri> {
        self.own.as_ref().filter(|own| own.attempts.is_in_flight()).map(|own| own.prepared().uri())
    }

    pub(super) fn is_in_flight(&self) -> bool {
        self.uri().is_some()
    }

    /// Returns the error of the parked response while its key is not known.
    #[cfg(feature = "tracing")]
    pub(super) fn error(&self) -> &Error {
        &self.parked.error
    }

    pub(super) fn into_error(self) -> Error {
        self.parked.error
    }
}

impl OwnFetch {
    /// Returns the request of the current attempt.
    fn prepared(&self) -> &Prepared {
        self.requests.at(self.attempts.host())
    }
}

impl Parked {
    /// Returns the final error.
    fn without_certificates(self, reason: CertificatesError) -> Error {
        match self.error {
            Error::Verify(error) => error.without_certificates(reason).into(),
            Error::Api(error) => error.without_certificates(reason).into(),
            other => other,
        }
    }
}

fn failed(cause: Arc<Error>, wait: Duration) -> CertificatesError {
    let advice = cause.advice();
    CertificatesError::failed(cause, advice, wait)
}

/// Returns the serial of an unknown certificate. Ids of public keys are excluded, because a fetch does not return
/// public keys.
fn unknown_certificate(error: &Error) -> Option<String> {
    let kind = match error {
        Error::Verify(error) => error.kind(),
        Error::Api(error) => error.unverified()?,
        _ => return None,
    };
    match kind {
        VerifyErrorKind::UnknownSerial { serial, .. } if serial.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Some(serial.clone())
        }
        // The platform may have replaced the unusable entry in its list.
        VerifyErrorKind::UnusableCertificate { serial, .. } => Some(serial.clone()),
        _ => None,
    }
}
