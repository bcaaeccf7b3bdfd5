use std::collections::BTreeSet;

use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Parts;
use crate::crypto::ResourceKey;
use crate::error::{Advice, ApiError, BuildError, DecodeError, VerifyErrorKind};
use crate::platform::PlatformKeys;
use crate::types::{InvalidField, UnixSeconds};
use crate::verify::Verified;

/// An operation of the platform. Its value is the request.
///
/// The fields become parts of the request under their serialised names. Fields in the braces of [`PATH`](Self::PATH) go
/// into the path; the others go into the query of a `GET`, or into the JSON body of a `POST`. See [`Parts::of`].
///
/// The operations of this crate can also be deserialised, so that a request can be stored and retried unchanged. A
/// stored request contains the ids of users.
///
/// The trait is open: any APIv3 endpoint can be added outside this crate.
///
/// ```
/// use http::Method;
/// use serde::{Deserialize, Serialize};
/// use wechatpay_core::Operation;
///
/// /// 查询订单: queries a payment by the merchant's order number.
/// #[derive(Clone, Serialize)]
/// struct QueryOrder {
///     out_trade_no: String,
///     mchid: String,
/// }
///
/// #[derive(Deserialize)]
/// struct Order {
///     out_trade_no: String,
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
///     fn answers(&self, order: &Order) -> Result<(), &'static str> {
///         if order.out_trade_no == self.out_trade_no { Ok(()) } else { Err("out_trade_no") }
///     }
/// }
/// ```
pub trait Operation: Clone + Send + Serialize {
    /// A short, stable name for spans and metrics, such as `stock.start`.
    const NAME: &'static str;
    /// The HTTP method.
    const METHOD: Method;
    /// The path with its parameters in braces, such as `/v3/marketing/favor/stocks/{stock_id}/start`.
    const PATH: &'static str;
    /// Whether the identical request may be sent again without additional effect.
    ///
    /// An operation that is not idempotent is never sent again once it may have arrived.
    const IDEMPOTENT: bool;
    /// Whether a successful response must be signed.
    const RESPONSE_SIGNATURE: ResponseSignature = ResponseSignature::Required;
    /// The content of a successful response.
    type Response: DeserializeOwned;

    /// Checks the fields for values that can never be valid, before the request is built.
    ///
    /// Do not check rules that the platform may change at any time: such a check would reject requests that the
    /// platform accepts.
    ///
    /// # Errors
    /// The first [`InvalidField`].
    fn validate(&self) -> Result<(), InvalidField> {
        Ok(())
    }

    /// Returns the path, query and body of the request. The default takes them from the fields, using [`Parts::of`].
    ///
    /// # Errors
    /// [`BuildError`] when the request cannot be encoded.
    fn parts(&self) -> Result<Parts, BuildError> {
        Parts::of(&Self::METHOD, Self::PATH, self)
    }

    /// Decodes a successful response. The default parses its body as JSON.
    ///
    /// # Errors
    /// [`DecodeError`] when the response does not have the documented structure.
    fn decode(response: Verified<'_>) -> Result<Self::Response, DecodeError> {
        response.json()
    }

    /// Checks that a decoded response belongs to this request: what it repeats of the request must be the same. The
    /// default accepts every response.
    ///
    /// The platform's signature covers the response and nothing of the request. The response to another request is
    /// therefore signed validly too, whether it was recorded and replayed, or mixed up by a proxy or gateway.
    ///
    /// Compare what the platform always repeats unchanged, such as ids. A field that the response does not have
    /// contradicts nothing. Where a URL is repeated, accept other spellings of it.
    ///
    /// # Errors
    /// The name of the first field of the response that differs, such as `stock_id`. The call then ends with
    /// [`Error::Mismatch`](crate::Error::Mismatch) and is not retried, because whether this request was carried out is
    /// unknown.
    fn answers(&self, _response: &Self::Response) -> Result<(), &'static str> {
        Ok(())
    }

    /// Returns the serial of the platform key that the sensitive fields of the request are encrypted for, and that the
    /// platform should sign the response with. With `None`, the client uses
    /// [`PlatformKeys::preferred_serial`](crate::PlatformKeys::preferred_serial).
    fn platform_serial(&self) -> Option<&str> {
        None
    }

    /// Returns what an error of the platform usually means for this operation, where the platform's own message does
    /// not explain it. The hint is shown with the error.
    fn hint(_error: &ApiError) -> Option<&'static str> {
        None
    }

    /// Returns what to do after an error of the platform, if this operation needs other [`Advice`] than the error's code
    /// gives by itself, see [`ErrorCode`](crate::error::ErrorCode). `None` leaves it at that.
    fn advice(_error: &ApiError) -> Option<Advice> {
        None
    }

    /// Returns how to read keys from a response that these keys sign. Sealed: it cannot be overridden outside this
    /// crate.
    #[doc(hidden)]
    fn keys_in_response(_: CrateOnly) -> Option<KeysInResponse<Self::Response>> {
        None
    }
}

/// Whether a successful response must carry the platform's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseSignature {
    /// A signature is required; an unsigned response is treated as forged.
    Required,
    /// A signature is optional, but must be valid if present. [`Answer::is_verified`](crate::Answer::is_verified)
    /// returns whether there was one.
    WhenPresent,
}

/// An argument type that code outside this crate cannot name, so it can neither override nor call a method that
/// takes it.
pub struct CrateOnly;

/// Reads keys from a response that is not verified yet. See [`Operation::keys_in_response`].
pub struct KeysInResponse<T>(pub(crate) OpenKeys<T>);

/// A function that takes the body, the APIv3 key that decrypts the keys, the known keys, and the local time.
pub(crate) type OpenKeys<T> =
    fn(&[u8], &ResourceKey, &PlatformKeys, UnixSeconds) -> Result<OpenedKeys<T>, VerifyErrorKind>;

/// The content of a response with keys. So far it is trusted only because the APIv3 key decrypts it.
pub(crate) struct OpenedKeys<T> {
    /// The decoded response.
    pub(crate) value: T,
    /// The known keys and the keys of the response.
    pub(crate) keys: PlatformKeys,
    /// The serials of the keys of the response.
    pub(crate) serials: BTreeSet<String>,
}
