use std::collections::BTreeSet;

use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Parts;
use crate::crypto::ResourceKey;
use crate::error::{ApiError, BuildError, DecodeError, VerifyErrorKind};
use crate::platform::PlatformKeys;
use crate::types::{InvalidField, UnixSeconds};
use crate::verify::Verified;

/// An operation of the platform. The value is the request.
///
/// The fields become the request by their serialised names: those in the braces of [`PATH`](Self::PATH) go into the
/// path, the others into the query of a `GET` and into the JSON body of a `POST`. See [`Parts::of`]. The operations of
/// this crate can also be deserialised, so that a request can be stored and repeated as it was; what is stored holds the
/// ids of users.
///
/// The trait is open: any APIv3 endpoint can be added outside this crate.
///
/// ```
/// use http::Method;
/// use serde::{Deserialize, Serialize};
/// use wechatpay_core::Operation;
///
/// /// 查询订单: a payment by the merchant's order number.
/// #[derive(Clone, Serialize)]
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
/// }
/// ```
pub trait Operation: Clone + Send + Serialize {
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
    /// Whether a response must be signed.
    const RESPONSE_SIGNATURE: ResponseSignature = ResponseSignature::Required;
    /// What a successful response says.
    type Response: DeserializeOwned;

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

    /// The path, query and body of the request. The default takes them from the fields, by [`Parts::of`].
    ///
    /// # Errors
    /// [`BuildError`] when the request cannot be written.
    fn parts(&self) -> Result<Parts, BuildError> {
        Parts::of(&Self::METHOD, Self::PATH, self)
    }

    /// Reads a successful response. The default reads its body as JSON.
    ///
    /// # Errors
    /// [`DecodeError`] when the response is not what the platform documents.
    fn decode(response: Verified<'_>) -> Result<Self::Response, DecodeError> {
        response.json()
    }

    /// The serial of the platform key that the response is to be signed with, and that sensitive fields of the request
    /// are encrypted for; `None` leaves it to [`PlatformKeys::preferred_serial`](crate::PlatformKeys::preferred_serial).
    fn platform_serial(&self) -> Option<&str> {
        None
    }

    /// What an error of the platform usually means for this operation, where its own message does not say; shown
    /// with the error.
    fn hint(_error: &ApiError) -> Option<&'static str> {
        None
    }

    /// How keys are read out of the response that they sign. Sealed: outside this crate it cannot be overridden.
    #[doc(hidden)]
    fn keys_in_response(_: CrateOnly) -> Option<KeysInResponse<Self::Response>> {
        None
    }
}

/// Whether a successful response must carry the platform's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseSignature {
    /// It must; an unsigned response is treated as forged.
    Required,
    /// It need not, but a signature that is there must be right. The [`Answer`](crate::Answer) says whether it was.
    WhenPresent,
}

/// An argument that nobody outside this crate can name, so that nobody there can override or call the method that takes it.
pub struct CrateOnly;

/// Reads keys out of a response that is not verified yet. See [`Operation::keys_in_response`].
pub struct KeysInResponse<T>(pub(crate) OpenKeys<T>);

/// Takes the body, the APIv3 key under which the keys are encrypted, the keys that are known, and our time.
pub(crate) type OpenKeys<T> =
    fn(&[u8], &ResourceKey, &PlatformKeys, UnixSeconds) -> Result<OpenedKeys<T>, VerifyErrorKind>;

/// What a response with keys holds, believed so far only because the APIv3 key decrypts it.
pub(crate) struct OpenedKeys<T> {
    /// What the response says.
    pub(crate) value: T,
    /// The keys that were known, and those of the response.
    pub(crate) keys: PlatformKeys,
    /// The serials of those of the response.
    pub(crate) serials: BTreeSet<String>,
}
