use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use crate::certificates::DownloadCertificates;
use crate::client::Client;
use crate::error::{Error, VerifyErrorKind};
use crate::operation::BaseUrl;
use crate::platform::{Fetch, FetchPermit};
use crate::request::Stamp;
use crate::types::UnixSeconds;

/// The interval at which an exchange checks whether certificates that another exchange is fetching have arrived.
const RECHECK_INTERVAL: Duration = Duration::from_millis(50);

/// A response that is signed with an unknown certificate, and the fetch of the platform's certificates that it needs.
pub(super) struct KeyFetch {
    parked: Parked,
    /// Present while a request for the certificates is in flight.
    permit: Option<FetchPermit>,
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

/// The next step of a key fetch.
pub(super) enum Next {
    /// Verify and decode the parked response.
    Read(Parked),
    /// Send this request for the certificates, with this timeout.
    Send { fetch: Box<KeyFetch>, request: Request<Bytes>, timeout: Duration },
    /// Wait, then check again.
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
                Ok(Box::new(Self { parked, permit: None }))
            }
            None => Err(error),
        }
    }

    /// Returns the next step. The fetch goes to `host`, which has just responded, and is limited to `timeout`.
    pub(super) fn next(
        mut self: Box<Self>,
        client: &Client,
        host: &BaseUrl,
        timeout: Duration,
        stamp: Stamp,
    ) -> Next {
        let platform = client.platform();
        if platform.knows(&self.parked.serial) {
            return Next::Read(self.parked);
        }
        if !timeout.is_zero() {
            match platform.request_fetch(stamp.unix_seconds) {
                Fetch::Granted(permit) => {
                    let client = client.clone().with_base_url(host.clone());
                    if let Ok(request) = client.request(&DownloadCertificates, stamp) {
                        self.permit = Some(permit);
                        return Next::Send { fetch: self, request, timeout };
                    }
                }
                Fetch::InProgress => return Next::Sleep(self, RECHECK_INTERVAL.min(timeout)),
                Fetch::TooSoon => {}
            }
        }
        Next::End(self.parked.error)
    }

    /// Takes the result of the request for the certificates. Returns the parked response to decode, or the final error.
    pub(super) fn ended(
        self,
        client: &Client,
        fetched: Result<(), Error>,
        now: UnixSeconds,
    ) -> Result<Parked, Error> {
        let Self { parked, permit } = self;
        if let Some(permit) = permit {
            permit.done(fetched.is_ok(), now);
        }
        match (fetched, parked.error) {
            (Err(failure), Error::Verify(error)) if !client.platform().knows(&parked.serial) => {
                Err(error.with_failed_fetch(failure).into())
            }
            (_, error) => Ok(Parked { error, ..parked }),
        }
    }

    pub(super) fn is_in_flight(&self) -> bool {
        self.permit.is_some()
    }

    /// Returns the time at which the parked response arrived.
    pub(super) fn received(&self) -> UnixSeconds {
        self.parked.received
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

/// Returns the serial of an unknown certificate. Ids of public keys are excluded, because a fetch does not return
/// public keys.
fn unknown_certificate(error: &Error) -> Option<String> {
    let Error::Verify(error) = error else { return None };
    match error.kind() {
        VerifyErrorKind::UnknownSerial { serial, .. } if serial.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Some(serial.clone())
        }
        // The platform may have replaced the unusable entry in its list.
        VerifyErrorKind::UnusableCertificate { serial, .. } => Some(serial.clone()),
        _ => None,
    }
}
