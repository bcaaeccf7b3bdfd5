use bytes::Bytes;
use http::Response;

use super::KeyFetch;
use super::attempts::Host;
use crate::client::Client;
use crate::error::{CertificatesError, Error, VerifyErrorKind};
use crate::types::UnixSeconds;

/// A response that waits for the certificate it is signed with.
pub(super) struct Parked {
    pub(super) response: Response<Bytes>,
    /// The time of its arrival. The signature is checked against it, so that the wait cannot make the response too old.
    pub(super) received: UnixSeconds,
    /// The result while the key is not known.
    pub(super) error: Error,
    pub(super) fetch: KeyFetch,
}

impl Parked {
    /// Parks `response`, which came from `host`, and whose verification failed with `error`. Returns the error if no
    /// certificate would help.
    pub(super) fn new(
        client: &Client,
        error: Error,
        response: &Response<Bytes>,
        received: UnixSeconds,
        host: Host,
    ) -> Result<Box<Self>, Error> {
        match problem(&error).and_then(|problem| KeyFetch::for_response(client, problem, host)) {
            Some(fetch) => Ok(Box::new(Self { response: response.clone(), received, error, fetch })),
            None => Err(error),
        }
    }

    /// Returns the final error.
    pub(super) fn without_certificates(self, reason: CertificatesError) -> Error {
        match self.error {
            Error::Verify(error) => error.without_certificates(reason).into(),
            Error::Api(error) => error.without_certificates(reason).into(),
            other => other,
        }
    }
}

/// Returns why a response could not be verified.
fn problem(error: &Error) -> Option<&VerifyErrorKind> {
    match error {
        Error::Verify(error) => Some(error.kind()),
        Error::Api(error) => error.unverified(),
        _ => None,
    }
}
