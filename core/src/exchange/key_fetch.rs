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

/// How long to wait for certificates that somebody else is fetching, before looking again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A response that is signed with an unknown certificate, and the fetch of the platform's certificates for it.
pub(super) struct KeyFetch {
    parked: Parked,
    /// There while a request for the certificates is under way.
    permit: Option<FetchPermit>,
}

/// A response that waits for its key.
pub(super) struct Parked {
    pub(super) response: Response<Bytes>,
    /// When it came: waiting must not make it too old.
    pub(super) received: UnixSeconds,
    serial: String,
    /// What it is as long as the key is not known.
    error: Error,
}

/// What a key fetch asks for.
pub(super) enum Next {
    /// Read the parked response.
    Read(Parked),
    /// Send this request for the certificates, and give up after `timeout`.
    Send { fetch: Box<KeyFetch>, request: Request<Bytes>, timeout: Duration },
    /// Wait, then ask again.
    Sleep(Box<KeyFetch>, Duration),
    /// Stop: the response cannot be verified.
    End(Error),
}

impl KeyFetch {
    /// Parks `response`, which gave `error`; gives the error back if no certificate would help.
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

    /// What is to be done next, within `timeout`, at the host that is known to answer.
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
            match platform.may_fetch(stamp.unix_seconds) {
                Fetch::Granted(permit) => {
                    let client = client.clone().with_base_url(host.clone());
                    if let Ok(request) = client.request(&DownloadCertificates, stamp) {
                        self.permit = Some(permit);
                        return Next::Send { fetch: self, request, timeout };
                    }
                }
                Fetch::UnderWay => return Next::Sleep(self, LOOK_AGAIN.min(timeout)),
                Fetch::TooSoon => {}
            }
        }
        Next::End(self.parked.error)
    }

    /// Takes how the request for the certificates ended: the parked response to be read, or the final error.
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

    pub(super) fn is_under_way(&self) -> bool {
        self.permit.is_some()
    }

    /// When the parked response came.
    pub(super) fn received(&self) -> UnixSeconds {
        self.parked.received
    }

    /// What the parked response is as long as the key is not known.
    #[cfg(feature = "tracing")]
    pub(super) fn error(&self) -> &Error {
        &self.parked.error
    }

    pub(super) fn into_error(self) -> Error {
        self.parked.error
    }
}

/// The serial of a certificate that is not known. The id of a public key is none, and fetching would be of no use.
fn unknown_certificate(error: &Error) -> Option<String> {
    let Error::Verify(error) = error else { return None };
    match error.kind() {
        VerifyErrorKind::UnknownSerial { serial, .. } if serial.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Some(serial.clone())
        }
        _ => None,
    }
}
