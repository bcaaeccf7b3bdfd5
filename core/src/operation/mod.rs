//! What an operation is: a request, how it is sent, and how its answer is read.

mod target;

use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Method};
use serde::Serialize;

use crate::error::{ApiError, BuildError, DecodeError};
use crate::field::InvalidField;
use crate::verify::Verified;

pub use target::{Path, Query, QueryValue};

/// An operation of the platform. The value is the request.
///
/// The trait is open: any APIv3 endpoint can be added outside this crate.
///
/// ```
/// use http::Method;
/// use serde::Deserialize;
/// use wechatpay_core::error::DecodeError;
/// use wechatpay_core::{Operation, Path, Query, Verified};
///
/// /// 查询订单: a payment by the merchant's order number.
/// struct QueryOrder {
///     out_trade_no: String,
///     mchid: String,
/// }
///
/// #[derive(Deserialize)]
/// struct Order {
///     trade_state: String,
/// }
///
/// impl Operation for QueryOrder {
///     const NAME: &'static str = "order.query";
///     const METHOD: Method = Method::GET;
///     const PATH: &'static str = "/v3/pay/transactions/out-trade-no/{out_trade_no}";
///     const IDEMPOTENT: bool = true;
///     type Response = Order;
///
///     fn path(&self) -> Path {
///         Path::new(Self::PATH).with("out_trade_no", &self.out_trade_no)
///     }
///
///     fn query(&self, query: &mut Query) {
///         query.push("mchid", &self.mchid);
///     }
///
///     fn decode(answer: Verified<'_>) -> Result<Order, DecodeError> {
///         answer.json()
///     }
/// }
/// ```
pub trait Operation {
    /// A short stable name for spans and metrics, such as `stock.start`.
    const NAME: &'static str;
    /// The HTTP method.
    const METHOD: Method;
    /// The path with its parameters in braces, such as `/v3/marketing/favor/stocks/{stock_id}/start`.
    const PATH: &'static str;
    /// Whether the identical request may be repeated without doing harm.
    ///
    /// An operation that is not idempotent is never sent again once it may have arrived.
    const IDEMPOTENT: bool;
    /// Whether an answer must be signed.
    const RESPONSE_SIGNATURE: ResponseSignature = ResponseSignature::Required;
    /// What a successful answer says.
    type Response;

    /// Refuses what can never be right, before anything is built.
    ///
    /// Rules that the platform may change at any time do not belong here: they would keep a request from being
    /// sent that the platform takes.
    ///
    /// # Errors
    /// The first [`InvalidField`].
    fn validate(&self) -> Result<(), InvalidField> {
        Ok(())
    }

    /// The path, with its parameters.
    fn path(&self) -> Path;

    /// Adds the query parameters.
    fn query(&self, _query: &mut Query) {}

    /// The body.
    ///
    /// # Errors
    /// [`BuildError`] when the request cannot be written.
    fn body(&self) -> Result<Body, BuildError> {
        Ok(Body::Empty)
    }

    /// Reads a successful answer.
    ///
    /// # Errors
    /// [`DecodeError`] when the answer is not what the platform documents.
    fn decode(answer: Verified<'_>) -> Result<Self::Response, DecodeError>;

    /// The serial of the platform key that the answer is to be signed with, and that sensitive fields of the request
    /// are encrypted for; `None` leaves it to [`PlatformKeys::preferred_serial`](crate::PlatformKeys::preferred_serial).
    fn platform_serial(&self) -> Option<&str> {
        None
    }

    /// What an error of the platform usually means for this operation, where its own message does not say; shown
    /// with the error.
    fn hint(_error: &ApiError) -> Option<&'static str> {
        None
    }
}

/// Whether a successful answer must carry the platform's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseSignature {
    /// It must; an unsigned answer is treated as forged.
    Required,
    /// It need not, but a signature that is there must be right. The [`Answer`](crate::Answer) says whether it was.
    WhenPresent,
    /// It must, by a key that is known or by one of the platform certificates that the answer itself brings,
    /// encrypted under the APIv3 key. For [`DownloadCertificates`](crate::DownloadCertificates).
    ByItsCertificates,
}

/// A request's body.
#[derive(Clone)]
#[non_exhaustive]
pub enum Body {
    /// None.
    Empty,
    /// JSON; these bytes are signed and sent.
    Json(Bytes),
    /// A multipart form, of which only one part is signed.
    Multipart {
        /// The content type with its boundary.
        content_type: HeaderValue,
        /// What is sent.
        body: Bytes,
        /// What is signed.
        signed: Bytes,
    },
}

impl Body {
    /// Writes `value` as JSON.
    ///
    /// # Errors
    /// [`BuildError::Json`] when it cannot be written.
    pub fn json(value: &impl Serialize) -> Result<Self, BuildError> {
        serde_json::to_vec(value).map(|json| Self::Json(json.into())).map_err(BuildError::json)
    }

    /// The bytes that are sent.
    pub fn bytes(&self) -> &Bytes {
        static EMPTY: Bytes = Bytes::new();
        match self {
            Self::Empty => &EMPTY,
            Self::Json(body) | Self::Multipart { body, .. } => body,
        }
    }

    /// The bytes that are signed.
    pub fn signed(&self) -> &Bytes {
        match self {
            Self::Multipart { signed, .. } => signed,
            other => other.bytes(),
        }
    }
}

/// Shows the kind and size, not the content.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Json(body) => write!(f, "Json({} bytes)", body.len()),
            Self::Multipart { body, signed, .. } => {
                write!(f, "Multipart({} bytes, {} signed)", body.len(), signed.len())
            }
        }
    }
}
