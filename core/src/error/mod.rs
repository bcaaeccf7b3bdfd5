//! Errors by stage. [`Error::outcome`] returns what the operation may have done, and [`Error::advice`] what to do next.

mod advice;
mod api;
mod api_text;
mod body;
mod build;
mod call;
mod certificates;
mod chain;
mod code;
mod context;
mod decode;
mod detail;
mod download;
mod excerpt;
mod json;
mod mismatch;
mod one_line;
mod outcome;
mod received;
mod sign_information;
mod status;
mod transport;
mod verify;

pub use advice::{Advice, StopReason};
pub use api::ApiError;
pub use build::BuildError;
pub use call::Error;
pub use certificates::CertificatesError;
pub(crate) use chain::causes;
pub use code::ErrorCode;
pub(crate) use context::{Context, Encoding, bounded};
pub use decode::DecodeError;
pub use detail::ErrorDetail;
pub use download::DownloadError;
pub use json::JsonError;
pub use mismatch::MismatchError;
pub(crate) use one_line::OneLine;
pub use outcome::Outcome;
pub(crate) use received::Signed;
pub use received::SignedPart;
pub use sign_information::SignInformation;
pub use transport::{TransportError, TransportErrorKind};
pub use verify::{VerifyError, VerifyErrorKind};

pub use crate::crypto::{CryptoError, KeyError};
pub use crate::types::{FieldProblem, InvalidField};
