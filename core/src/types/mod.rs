//! The value types that operations are made of, and the error for an invalid field.

mod fen;
#[cfg(feature = "arbitrary")]
pub(crate) mod generators;
mod id;
mod invalid_field;
pub(crate) mod lenient;
mod long_integers;
mod objects_only;
mod open_enum;
mod peeked;
mod response;
mod rfc3339;
pub(crate) mod stored_bytes;
mod text_value;
mod timestamp;

pub use fen::Fen;
pub(crate) use id::id;
pub use id::{Appid, DownloadUrl, Mchid, Openid, OutRequestNo};
pub use invalid_field::{FieldProblem, InvalidField};
pub use timestamp::{MAX_CLOCK_DIFFERENCE, Timestamp, UnixMillis, UnixSeconds};

#[doc(hidden)]
pub use open_enum::OtherText;
pub(crate) use open_enum::open_enum;
pub(crate) use {response::response, text_value::text_value};
