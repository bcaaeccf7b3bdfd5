//! Shared by the targets: a client with insecure keys, and a signature check that is independent of the core.

use std::error::Error;
use std::sync::Arc;

use arbitrary::Arbitrary;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use wechatpay_core::crypto::insecure::{AcceptAll, PROVIDER};
use wechatpay_core::crypto::{ApiV3Key, CryptoError, VerifyingKey};
use wechatpay_core::testing::{ArbitraryOperation, EachOperation, each_operation};
use wechatpay_core::{Client, Merchant, PlatformKeys};

/// The time of all calls. `Header::right` contains the same time.
pub const NOW: u64 = 1_700_000_000;
/// The id of the platform key that the client trusts.
pub const SERIAL: &str = "PUB_KEY_ID_0000000000000000000000000000000001";
/// A certificate whose private key was deleted.
pub const CERTIFICATE: &str = include_str!("../certificate.pem");
/// The serial number of [`CERTIFICATE`].
pub const CERTIFICATE_SERIAL: &str = "0A1B2C3D4E5F60718293A4B5C6D7E8F901020304";

/// A merchant's client that trusts this platform key.
pub fn client(platform: impl VerifyingKey + 'static) -> Client {
    let merchant = Merchant::with_key("1900000001".into(), "0F", Arc::new(AcceptAll)).unwrap();
    let keys = PlatformKeys::new();
    keys.add_key(SERIAL, Arc::new(platform)).unwrap();
    keys.prefer(SERIAL);
    Client::new(merchant, keys).unwrap().with_api_v3_key(&PROVIDER, ApiV3Key::new([7; 32]).unwrap())
}

/// Prints an error and its causes, to find panics in their `Display` and `Debug`.
pub fn show(error: &dyn Error) {
    let mut next = Some(error);
    while let Some(error) = next {
        std::hint::black_box(format!("{error} {error:?}"));
        next = error.source();
    }
}

/// A task that runs with an operation of any type.
pub trait Task {
    fn run<O: ArbitraryOperation>(&mut self);
}

/// Runs a task with the operation of this number, modulo the number of operations.
pub fn with_operation(number: u8, task: &mut impl Task) {
    struct Count(u8);
    impl EachOperation for Count {
        fn operation<O: ArbitraryOperation>(&mut self) {
            self.0 += 1;
        }
    }
    struct Nth<'a, T>(u8, &'a mut T);
    impl<T: Task> EachOperation for Nth<'_, T> {
        fn operation<O: ArbitraryOperation>(&mut self) {
            if self.0 == 0 {
                self.1.run::<O>();
            }
            self.0 = self.0.wrapping_sub(1);
        }
    }
    let mut count = Count(0);
    each_operation(&mut count);
    each_operation(&mut Nth(number % count.0, task));
}

/// A key that accepts only the signature `yes`, and only for this message.
pub struct Only(pub Vec<u8>);

impl VerifyingKey for Only {
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        (message == self.0 && signature == b"yes").then_some(()).ok_or(CryptoError::new("verify"))
    }
}

/// The headers of a signature.
#[derive(Debug, Arbitrary)]
pub enum Signature<'a> {
    /// A right signature, with a clock error in seconds.
    Right { skew: i16 },
    /// No signature.
    None,
    /// Any headers.
    Any(Vec<(Header, &'a [u8])>),
    /// A right signature without one header, and with additional headers.
    Changed { without: Option<Header>, more: Vec<(Header, Value<'a>)> },
}

/// The value of an additional header.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Value<'a> {
    Right,
    Other(&'a [u8]),
}

#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Header {
    Timestamp,
    Nonce,
    Serial,
    Signature,
    Type,
    RequestId,
    RetryAfter,
}

const FOUR: [&str; 4] = ["wechatpay-timestamp", "wechatpay-nonce", "wechatpay-serial", "wechatpay-signature"];
const TYPE: &str = "wechatpay-signature-type";

impl Header {
    /// The value of this header in a right signature.
    fn right(self) -> &'static str {
        match self {
            Self::Timestamp => "1700000000",
            Self::Nonce => "n-1",
            Self::Serial => SERIAL,
            Self::Signature => "eWVz",
            Self::Type => "WECHATPAY2-SHA256-RSA2048",
            Self::RequestId => "08-1",
            Self::RetryAfter => "1",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Timestamp => FOUR[0],
            Self::Nonce => FOUR[1],
            Self::Serial => FOUR[2],
            Self::Signature => FOUR[3],
            Self::Type => TYPE,
            Self::RequestId => "request-id",
            Self::RetryAfter => "retry-after",
        }
    }
}

impl Signature<'_> {
    /// The headers of a response or a callback.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut append = |header: Header, value: &[u8]| {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                headers.append(HeaderName::from_static(header.name()), value);
            }
        };
        let right = [Header::Timestamp, Header::Nonce, Header::Serial, Header::Signature];
        match self {
            Self::None => {}
            Self::Right { skew } => {
                let time = NOW.saturating_add_signed((*skew).into()).to_string();
                append(Header::Timestamp, time.as_bytes());
                right[1..].iter().for_each(|header| append(*header, header.right().as_bytes()));
            }
            Self::Any(list) => list.iter().for_each(|(header, value)| append(*header, value)),
            Self::Changed { without, more } => {
                let those =
                    right.iter().filter(|header| without.is_none_or(|one| one.name() != header.name()));
                those.for_each(|header| append(*header, header.right().as_bytes()));
                for (header, value) in more {
                    match value {
                        Value::Right => append(*header, header.right().as_bytes()),
                        Value::Other(value) => append(*header, value),
                    }
                }
            }
        }
        headers
    }
}

/// The signed message for these headers and this body. The first of duplicate headers counts.
pub fn message(headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    let value = |name| headers.get(name).map_or(&b""[..], HeaderValue::as_bytes);
    [value(FOUR[0]), b"\n", value(FOUR[1]), b"\n", body, b"\n"].concat()
}

/// Whether any header of a signature is present.
pub fn has_signature(headers: &HeaderMap) -> bool {
    FOUR.iter().any(|name| headers.contains_key(*name))
}

/// Whether the signature is valid. This check does not use the core.
pub fn is_well_signed(headers: &HeaderMap) -> bool {
    let one = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let value = values.next()?.as_bytes();
        (values.next().is_none() && !value.is_empty() && value.iter().all(u8::is_ascii_graphic))
            .then(|| std::str::from_utf8(value).unwrap())
    };
    let (Some(time), Some(nonce), Some(serial), Some(signature)) =
        (one(FOUR[0]), one(FOUR[1]), one(FOUR[2]), one(FOUR[3]))
    else {
        return false;
    };
    let scheme = !headers.contains_key(TYPE) || one(TYPE) == Some("WECHATPAY2-SHA256-RSA2048");
    let time = time.bytes().all(|b| b.is_ascii_digit()).then(|| time.parse::<u64>().ok()).flatten();
    scheme
        && time.is_some_and(|time| time.abs_diff(NOW) <= 300)
        && nonce.len() <= 128
        && serial == SERIAL
        && STANDARD.decode(signature).is_ok_and(|signature| signature == b"yes")
}
