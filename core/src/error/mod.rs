//! Errors by stage. [`Error::outcome`] returns the outcome of the operation.

mod api;
mod build;
mod call;
mod context;
mod decode;
mod download;
mod json;
mod mismatch;
mod one_line;
mod outcome;
mod transport;
mod verify;

pub use api::{ApiError, ErrorCode, ErrorDetail};
pub use build::BuildError;
pub use call::Error;
pub(crate) use context::Context;
pub use decode::DecodeError;
pub use download::DownloadError;
pub use json::JsonError;
pub use mismatch::MismatchError;
pub(crate) use one_line::OneLine;
pub use outcome::Outcome;
pub use transport::{TransportError, TransportErrorKind};
pub use verify::{VerifyError, VerifyErrorKind};

pub use crate::crypto::{CryptoError, KeyError};
pub use crate::types::{FieldProblem, InvalidField};
