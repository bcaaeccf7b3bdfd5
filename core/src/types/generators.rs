//! Generators for field values, for the features `arbitrary` and `proptest`.
//!
//! Without entropy, each generator returns the smallest and simplest value, so inputs shrink towards it.

use arbitrary::{Arbitrary, Result, Unstructured};

use super::lenient::Readable;
use super::{Appid, DownloadUrl, Fen, Mchid, Openid, OutRequestNo, Timestamp};

/// The last second of the year 9999 in Beijing.
pub(crate) const END_OF_TIME: u64 = 253_402_271_999;

/// Characters that the platform accepts and that careless encoders break.
const HOSTILE: &[char] = &[
    '/', '%', '+', ' ', '|', '?', '#', '&', '=', '.', '"', '\\', '\r', '\n', '\0', '{', '}', '<', '\'', ';',
    ':', '@', '~', '\u{7f}', 'é', '代', '\u{2028}', '\u{feff}', '\u{ffff}',
];

pub(crate) const PLAIN: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-";

/// A text that is invalid in at least one kind of field.
fn invalid_text(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=4)? {
        0 => String::new(),
        1 => ".".to_owned(),
        2 => "..".to_owned(),
        3 => "9".repeat(129),
        _ => String::arbitrary(u)?,
    })
}

/// A text for a field of at most 20 characters: mostly plain, often with hostile characters, rarely invalid.
pub(crate) fn text(u: &mut Unstructured<'_>) -> Result<String> {
    if one_in(u, 64)? {
        return invalid_text(u);
    }
    let hostile = one_in(u, 3)?;
    let len = u.int_in_range(1..=20)?;
    (0..len)
        .map(|_| match hostile && one_in(u, 2)? {
            true => u.choose(HOSTILE).copied(),
            false => u.choose(PLAIN).map(|byte| char::from(*byte)),
        })
        .collect()
}

/// Returns true about once in `times` calls, and never when the entropy is exhausted.
pub(crate) fn one_in(u: &mut Unstructured<'_>, times: u8) -> Result<bool> {
    Ok(u.int_in_range(1..=times)? == times)
}

pub(crate) fn optional<T>(
    u: &mut Unstructured<'_>,
    value: fn(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Option<T>> {
    u.arbitrary::<bool>()?.then(|| value(u)).transpose()
}

pub(crate) fn optional_text(u: &mut Unstructured<'_>) -> Result<Option<String>> {
    optional(u, text)
}

pub(crate) fn texts(u: &mut Unstructured<'_>) -> Result<Vec<String>> {
    let len = u.int_in_range(0..=4)?;
    (0..len).map(|_| text(u)).collect()
}

/// A count, mostly 1 or more.
pub(crate) fn count(u: &mut Unstructured<'_>) -> Result<i64> {
    if one_in(u, 64)? { u.arbitrary() } else { u.int_in_range(1..=10_000_000) }
}

/// A required value of a response.
pub(crate) fn present<'a, T: Arbitrary<'a> + Readable>(u: &mut Unstructured<'a>) -> Result<T> {
    let value = T::arbitrary(u)?;
    // From these bytes, no type of text generates an empty one.
    if value.is_absent() { T::arbitrary(&mut Unstructured::new(b"aaaaaaaa")) } else { Ok(value) }
}

/// A value that a response may lack.
pub(crate) fn maybe<'a, T: Arbitrary<'a> + Readable>(u: &mut Unstructured<'a>) -> Result<Option<T>> {
    Ok(u.arbitrary::<Option<T>>()?.filter(|value| !value.is_absent()))
}

/// The entries of a list in a response.
pub(crate) fn entries<'a, T: Arbitrary<'a> + Readable>(u: &mut Unstructured<'a>) -> Result<Vec<T>> {
    let mut entries: Vec<T> = u.arbitrary()?;
    entries.retain(|value| !value.is_absent());
    Ok(entries)
}

#[cfg(feature = "unpublished")]
pub(crate) fn optional_count(u: &mut Unstructured<'_>) -> Result<Option<i64>> {
    optional(u, count)
}

/// A page size or page number, mostly from 1 to `MAX`.
pub(crate) fn up_to<const MAX: u32>(u: &mut Unstructured<'_>) -> Result<u32> {
    if one_in(u, 64)? { u.arbitrary() } else { u.int_in_range(1..=MAX) }
}

/// A callback URL.
pub(crate) fn notify_url(u: &mut Unstructured<'_>) -> Result<String> {
    if one_in(u, 64)? {
        return invalid_text(u);
    }
    let host = u.choose(&["example.com", "127.0.0.1:8080", "[::1]"])?;
    let segments: Vec<String> = texts(u)?;
    let plain =
        segments.iter().map(|text| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>());
    Ok(format!("https://{host}/{}", plain.collect::<Vec<_>>().join("/")))
}

/// A value of an open enumeration, mostly a known one.
pub(crate) fn known_or_other<T: Clone + for<'a> From<&'a str>>(
    u: &mut Unstructured<'_>,
    known: &[T],
) -> Result<T> {
    if one_in(u, 16)? { Ok(T::from(&text(u)?)) } else { u.choose(known).cloned() }
}

/// Implements `Arbitrary` for types by the given generators, and `proptest` strategies on top.
macro_rules! impl_arbitrary {
    ($($type:ty = $generate:expr;)+) => {
        $(impl<'a> arbitrary::Arbitrary<'a> for $type {
            fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
                let generate: fn(&mut arbitrary::Unstructured<'a>) -> arbitrary::Result<$type> = $generate;
                generate(u)
            }
        })+

        #[cfg(feature = "proptest")]
        $crate::types::generators::impl_strategies!($($type),+);
    };
}

/// Implements `proptest` strategies for types that implement `Arbitrary`.
#[cfg(feature = "proptest")]
macro_rules! impl_strategies {
    ($($type:ty),+ $(,)?) => {
        $(impl proptest::arbitrary::Arbitrary for $type {
            type Parameters = ();
            type Strategy = proptest::strategy::BoxedStrategy<Self>;

            fn arbitrary_with((): ()) -> Self::Strategy {
                $crate::types::generators::any_arbitrary()
            }
        })+
    };
}

pub(crate) use impl_arbitrary;
#[cfg(feature = "proptest")]
pub(crate) use impl_strategies;

/// Returns a strategy for any type that implements [`Arbitrary`]. It shrinks towards the simplest value.
///
/// Use it for your own types that contain types of this crate. The types of this crate already implement `proptest`'s
/// `Arbitrary`, as in `any::<SendCoupon>()`.
#[cfg(feature = "proptest")]
pub fn any_arbitrary<T: for<'a> Arbitrary<'a> + std::fmt::Debug + 'static>()
-> proptest::strategy::BoxedStrategy<T> {
    use proptest::strategy::Strategy as _;
    // Enough bytes for the largest operation with texts of the usual length. Fields beyond that get their simplest
    // value.
    const ENTROPY: usize = 2048;
    proptest::collection::vec(proptest::num::u8::ANY, 0..=ENTROPY)
        .prop_filter_map("not enough bytes", |bytes| T::arbitrary(&mut Unstructured::new(&bytes)).ok())
        .boxed()
}

impl_arbitrary! {
    Mchid = |u| text(u).map(Self::new);
    Appid = |u| text(u).map(Self::new);
    Openid = |u| text(u).map(Self::new);
    OutRequestNo = request_no;
    DownloadUrl = url;
    Fen = fen;
    Timestamp = timestamp;
}

fn request_no(u: &mut Unstructured<'_>) -> Result<OutRequestNo> {
    if one_in(u, 64)? {
        return text(u).map(OutRequestNo::new);
    }
    let len = u.int_in_range(1..=128)?;
    let character = |_| Ok(char::from(*u.choose(b"0123456789|_*-abcdefghijklmnopqrstuvwxyzABCXYZ")?));
    (0..len).map(character).collect::<Result<String>>().map(OutRequestNo::new)
}

fn url(u: &mut Unstructured<'_>) -> Result<DownloadUrl> {
    let files = [
        "https://api.mch.weixin.qq.com/v3/billdownload/file?token",
        "https://download-service.wechatpay.cn/mkt/storage/bill/download?bill_params",
        "http://example.com/v3/billdownload/file?token",
    ];
    let (file, token) = (*u.choose(&files)?, text(u)?);
    Ok(DownloadUrl::new(format!("{file}={token}")))
}

fn fen(u: &mut Unstructured<'_>) -> Result<Fen> {
    let fen = if one_in(u, 64)? { u.arbitrary()? } else { u.int_in_range(0..=10_000_000_000)? };
    Ok(Fen::new(fen))
}

fn timestamp(u: &mut Unstructured<'_>) -> Result<Timestamp> {
    if one_in(u, 64)? {
        return text(u).map(Timestamp::new);
    }
    let whole = Timestamp::from_unix(u.int_in_range(0..=END_OF_TIME)?);
    let whole = whole.ok_or(arbitrary::Error::IncorrectFormat)?;
    Ok(match u.int_in_range(0..=3)? {
        0 => Timestamp::new(whole.as_str().replace("+08:00", ".120+08:00")),
        1 => Timestamp::new(whole.as_str().replace("+08:00", "Z")),
        _ => whole,
    })
}
