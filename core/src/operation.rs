//! What an operation is: a request, how it is sent, and how its answer is read.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use bytes::Bytes;
use http::{HeaderValue, Method};
use serde::Serialize;

use crate::error::{ApiError, BuildError, DecodeError};
use crate::field::{FieldProblem, InvalidField};
use crate::verify::Verified;

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
///     const IDEMPOTENT: bool = true;
///     type Response = Order;
///
///     fn path(&self) -> Path {
///         Path::new("/v3/pay/transactions/out-trade-no/{out_trade_no}").with("out_trade_no", &self.out_trade_no)
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

/// A path built from a template, in which every parameter is percent-encoded as one segment.
///
/// What is signed must be what is sent, so an encoded path must come through every URL parser unchanged: all but
/// the unreserved characters of RFC 3986 are encoded, and a parameter that is empty, `.` or `..` is refused.
///
/// `Debug` shows the template; parameters may identify people.
pub struct Path {
    template: &'static str,
    rest: &'static str,
    encoded: String,
    error: Option<BuildError>,
}

impl Path {
    /// Starts from a template such as `/v3/marketing/favor/stocks/{stock_id}/start`.
    pub fn new(template: &'static str) -> Self {
        Self { template, rest: template, encoded: String::with_capacity(template.len() + 32), error: None }
    }

    /// Fills in the template's next parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let value = value.as_ref();
        let next = self.rest.split_once('{').and_then(|(literal, rest)| {
            let (parameter, rest) = rest.split_once('}')?;
            (parameter == name).then_some((literal, rest))
        });
        let problem = match value {
            "" => Some(FieldProblem::Empty),
            "." | ".." => Some(FieldProblem::DotSegment),
            _ => None,
        };
        match (next, problem) {
            (Some((literal, rest)), None) => {
                self.encoded.push_str(literal);
                percent_encode(value, &mut self.encoded);
                self.rest = rest;
            }
            (Some(_), Some(problem)) => self.fail(InvalidField::new(name, problem).into()),
            (None, _) => self.fail(BuildError::PathTemplate { template: self.template }),
        }
        self
    }

    /// The template: the same for every request of an operation, and free of ids.
    pub fn template(&self) -> &'static str {
        self.template
    }

    fn fail(&mut self, error: BuildError) {
        self.error.get_or_insert(error);
    }

    /// The encoded path.
    pub(crate) fn finish(mut self) -> Result<String, BuildError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.rest.contains(['{', '}', '?', '#']) || !self.template.starts_with('/') {
            return Err(BuildError::PathTemplate { template: self.template });
        }
        self.encoded.push_str(self.rest);
        Ok(self.encoded)
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Path").field(&self.template).finish()
    }
}

/// Query parameters, in the order they are added.
///
/// `Debug` shows only how long it is; values may identify people.
#[derive(Clone, Default)]
pub struct Query(String);

impl Query {
    /// Adds a parameter; a value of `None` adds nothing.
    pub fn push(&mut self, name: &str, value: &(impl QueryValue + ?Sized)) {
        if let Some(value) = value.query_value() {
            if !self.0.is_empty() {
                self.0.push('&');
            }
            percent_encode(name, &mut self.0);
            self.0.push('=');
            percent_encode(&value, &mut self.0);
        }
    }

    /// The encoded query without the question mark.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({} bytes)", self.0.len())
    }
}

/// What can be the value of a query parameter.
pub trait QueryValue {
    /// The value before encoding; `None` leaves the parameter out.
    fn query_value(&self) -> Option<Cow<'_, str>>;
}

impl QueryValue for str {
    fn query_value(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl<T: QueryValue> QueryValue for Option<T> {
    fn query_value(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(T::query_value)
    }
}

impl QueryValue for String {
    fn query_value(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

macro_rules! query_value {
    ($($number:ty),+) => {
        $(impl QueryValue for $number {
            fn query_value(&self) -> Option<Cow<'_, str>> {
                Some(Cow::Owned(self.to_string()))
            }
        })+
    };
}

query_value!(i64, u32, u64, bool);

/// Percent-encodes all but the unreserved characters of RFC 3986 §2.3, with upper-case digits.
fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_single_segments() {
        // Expected values: python3 -c 'import urllib.parse,sys; print(urllib.parse.quote(sys.argv[1], safe=""))'
        for (value, encoded) in [
            ("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
            ("a/b", "a%2Fb"),
            ("50%", "50%25"),
            ("1+1", "1%2B1"),
            ("a b", "a%20b"),
            ("x|y", "x%7Cy"),
            ("代金券", "%E4%BB%A3%E9%87%91%E5%88%B8"),
            ("...", "..."),
            ("../x", "..%2Fx"),
            ("a?b#c", "a%3Fb%23c"),
        ] {
            let path = Path::new("/v3/{a}/b").with("a", value).finish().unwrap();
            assert_eq!(path, format!("/v3/{encoded}/b"));
        }
    }

    #[test]
    fn segments_that_vanish_are_refused() {
        for value in ["", ".", ".."] {
            let error = Path::new("/v3/{id}").with("id", value).finish().unwrap_err();
            assert!(error.to_string().starts_with("id is "), "{error}");
        }
    }

    #[test]
    fn a_template_must_be_filled_exactly() {
        for path in [
            Path::new("/v3/{a}"),
            Path::new("/v3/{a}").with("b", "1"),
            Path::new("/v3/{a}").with("a", "1").with("a", "1"),
            Path::new("/v3/{a").with("a", "1"),
            Path::new("v3"),
            Path::new("/v3?x=1"),
        ] {
            assert!(matches!(path.finish(), Err(BuildError::PathTemplate { .. })));
        }
    }

    #[test]
    fn queries_keep_order_and_leave_out_none() {
        let mut query = Query::default();
        query.push("offset", &0_u32);
        query.push("create_start_time", "2015-05-20T13:29:35.120+08:00");
        query.push("status", &None::<String>);
        query.push("名", "a&b=c");
        assert_eq!(
            query.as_str(),
            "offset=0&create_start_time=2015-05-20T13%3A29%3A35.120%2B08%3A00&%E5%90%8D=a%26b%3Dc"
        );
    }
}
