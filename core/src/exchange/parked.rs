use bytes::Bytes;
use http::Response;

use crate::client::{Answer, Client};
use crate::error::{Error, VerifyErrorKind};
use crate::operation::{Operation, ResponseSignature};
use crate::types::UnixSeconds;

/// An answer that was signed with a key nobody knows yet.
pub(super) struct Parked {
    pub(super) response: Response<Bytes>,
    /// When it came.
    pub(super) received: UnixSeconds,
    pub(super) serial: String,
    /// What it is as long as the key is not known.
    pub(super) error: Error,
    pub(super) nonce: [u8; 8],
}

impl Parked {
    /// Parks an answer, or gives the result back if it is another one, or nothing can be done about it.
    pub(super) fn new<O: Operation>(
        client: &Client,
        result: Result<Answer<O::Response>, Error>,
        response: &Response<Bytes>,
        received: UnixSeconds,
        nonce: [u8; 8],
    ) -> Result<Box<Self>, Result<Answer<O::Response>, Error>> {
        let itself = O::RESPONSE_SIGNATURE == ResponseSignature::ByItsCertificates;
        match result {
            Err(error) if !itself && client.can_fetch_certificates() => match unknown_certificate(&error) {
                Some(serial) => {
                    Ok(Box::new(Self { response: response.clone(), received, serial, error, nonce }))
                }
                None => Err(Err(error)),
            },
            result => Err(result),
        }
    }

    /// What it stays when the certificates could not be fetched.
    pub(super) fn after_failed_fetch(self, failure: Error) -> Error {
        match self.error {
            Error::Verify(error) => error.with_failed_fetch(failure).into(),
            error => error,
        }
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
