//! Compares what the platform received, as the detail of a `SIGN_ERROR` says, with what was signed.

use std::fmt;

use http::Method;

use super::sign_information::{Seen, decoded, split};
use super::{OneLine, SignInformation};
use crate::types::UnixSeconds;

/// A part of the message (签名串) that a request's signature is computed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SignedPart {
    /// The method.
    Method,
    /// The path.
    Path,
    /// The query.
    Query,
    /// The time in the `Authorization` header.
    Time,
    /// The nonce in the `Authorization` header.
    Nonce,
    /// The body. Of an upload, it is the signed part of the form.
    Body,
}

impl fmt::Display for SignedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "method",
            Self::Path => "path",
            Self::Query => "query",
            Self::Time => "time",
            Self::Nonce => "nonce",
            Self::Body => "body",
        })
    }
}

/// A request as it was signed.
#[derive(Clone)]
pub(crate) struct Signed<'a> {
    pub(crate) method: Method,
    /// The path with its parameters in braces.
    pub(crate) template: &'a str,
    /// The path and query.
    pub(crate) target: &'a str,
    pub(crate) body: &'a [u8],
    /// The time and the nonce, if they are known.
    pub(crate) stamp: Option<(UnixSeconds, &'a str)>,
}

impl Signed<'_> {
    /// Returns the values of the path parameters, as they are and encoded. They may identify a person.
    pub(crate) fn parameters(&self) -> Vec<String> {
        let (path, _) = split(self.target);
        let segments = self.template.split('/').zip(path.split('/'));
        let parameters = segments.filter(|(template, _)| template.starts_with('{'));
        let both = parameters.flat_map(|(_, value)| [value.to_owned(), decoded(value)]);
        both.filter(|value| !value.is_empty()).collect()
    }

    /// Returns those values in the path that identify a person, as they were sent and decoded.
    pub(crate) fn persons(&self) -> Vec<String> {
        let (path, _) = split(self.target);
        let mut before = "";
        let segments = self.template.split('/').zip(path.split('/')).filter(|(template, _)| {
            let user = std::mem::replace(&mut before, template) == "users";
            template.starts_with('{') && (user || template.contains("openid"))
        });
        segments.flat_map(|(_, value)| [value.to_owned(), decoded(value)]).collect()
    }
}

/// What the platform received, compared with what was signed.
pub(super) struct Received {
    /// The method and the target, without what may identify a person.
    shown: Option<String>,
    /// The parts that differ, if the platform shows anything to compare.
    pub(super) differences: Option<Vec<SignedPart>>,
}

impl Received {
    pub(super) fn new(seen: &SignInformation, signed: Option<&Signed<'_>>) -> Self {
        Self {
            shown: seen.shown(&signed.map(Signed::parameters).unwrap_or_default()),
            differences: signed.and_then(|signed| differences(seen, signed)),
        }
    }

    /// Whether there is something to show.
    pub(super) fn is_shown(&self) -> bool {
        self.shown.is_some() || self.differences.as_ref().is_some_and(|parts| !parts.is_empty())
    }
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "received as {}", OneLine(self.shown.as_deref().unwrap_or("another request")))?;
        let Some(parts) = &self.differences else { return Ok(()) };
        if parts.is_empty() {
            return f.write_str(", as it was signed");
        }
        f.write_str(", which differs from what was signed in its ")?;
        for (position, part) in parts.iter().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(f, "{separator}{part}")?;
        }
        Ok(())
    }
}

/// Returns the parts that differ. Only what the platform shows is compared. `None` if it shows nothing.
fn differences(seen: &SignInformation, signed: &Signed<'_>) -> Option<Vec<SignedPart>> {
    let Seen { method, url, time, nonce, body } = Seen::new(seen);
    if method.is_empty() && url.is_empty() && body.is_none() && seen.sign_message_length.is_none() {
        return None;
    }
    let mut parts = Vec::new();
    let mut compare = |part, differs: bool| {
        if differs {
            parts.push(part);
        }
    };
    let (path, query) = split(signed.target);
    let signed_time = signed.stamp.map(|(time, _)| time.to_string());
    let signed_nonce = signed.stamp.map(|(_, nonce)| nonce);
    let other =
        |seen: Option<&str>, signed: Option<&str>| seen.is_some() && signed.is_some() && seen != signed;
    compare(SignedPart::Method, method.iter().any(|method| *method != signed.method.as_str()));
    compare(SignedPart::Path, url.iter().any(|url| split(url).0 != path));
    compare(SignedPart::Query, url.iter().any(|url| split(url).1 != query));
    compare(SignedPart::Time, other(time, signed_time.as_deref()));
    compare(SignedPart::Nonce, other(nonce, signed_nonce));
    let body_differs = body.is_some_and(|body| !begins_with(signed.body, shown_of_body(seen, body)));
    if body_differs || (parts.is_empty() && other_length(seen, signed, time, nonce)) {
        parts.push(SignedPart::Body);
    }
    Some(parts)
}

/// The platform shows the first 8 bytes of the body, and then the newline that ends the message. Returns the text without
/// this newline if it is only the beginning of the body.
fn shown_of_body<'a>(seen: &SignInformation, body: &'a str) -> &'a str {
    const SHOWN: usize = 8;
    let shown = seen.truncated_sign_message.as_deref().unwrap_or_default().len();
    let Some(beginning) = body.strip_suffix('\n') else { return body };
    let cut_off = match seen.sign_message_length {
        Some(length) => u64::try_from(shown).is_ok_and(|shown| shown < length),
        None => beginning.len() >= SHOWN,
    };
    if cut_off { beginning } else { body }
}

/// Whether the signed body begins with this text. Where the text was cut off, a mark or half a character may follow.
fn begins_with(signed: &[u8], shown: &str) -> bool {
    let signed = format!("{}\n", String::from_utf8_lossy(signed));
    let before = |mark: &str| shown.split_once(mark).is_some_and(|(before, _)| signed.starts_with(before));
    signed.starts_with(shown) || ["...", "…", "\u{fffd}"].into_iter().any(before)
}

/// Whether the message has another length than the signed one, whether it is counted in bytes or in characters.
fn other_length(
    seen: &SignInformation,
    signed: &Signed<'_>,
    time: Option<&str>,
    nonce: Option<&str>,
) -> bool {
    let Some(length) = seen.sign_message_length else { return false };
    let length_of = |body: usize| {
        let (time, nonce) = (time.map_or(10, str::len), nonce.map_or(32, str::len));
        // Each of the five lines ends with a newline.
        [signed.method.as_str().len(), signed.target.len(), time, nonce, body, 5].into_iter().sum::<usize>()
    };
    let lengths = [signed.body.len(), String::from_utf8_lossy(signed.body).chars().count()].map(length_of);
    !lengths.iter().any(|own| u64::try_from(*own) == Ok(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &str = "593BEC0C930BF1AFEB40B4A08C8FB242";
    const TARGET: &str = "/v3/marketing/favor/users/oSECRET/coupons?appid=wx1";
    const SIGNED: Signed<'static> = Signed {
        method: Method::POST,
        template: "/v3/marketing/favor/users/{openid}/coupons",
        target: TARGET,
        body: "{\"a\":\"代金券\"}".as_bytes(),
        stamp: Some((1_554_208_460, NONCE)),
    };

    fn message(method: &str, url: &str, time: &str, nonce: &str, body: &str) -> String {
        [method, url, time, nonce, body, ""].join("\n")
    }

    /// What the platform says about a message, cut off after this number of characters.
    fn seen(message: &str, shown: usize) -> SignInformation {
        let mut lines = message.lines();
        let mut line = || lines.next().map(str::to_owned);
        SignInformation {
            method: line(),
            url: line(),
            truncated_sign_message: Some(message.chars().take(shown).collect()),
            sign_message_length: Some(message.len() as u64),
        }
    }

    fn parts(seen: &SignInformation) -> Vec<SignedPart> {
        differences(seen, &SIGNED).unwrap()
    }

    #[test]
    fn every_line_that_differs_is_named() {
        use SignedPart::{Body, Method, Nonce, Path, Query, Time};
        let body = "{\"a\":\"代金券\"}";
        let other = NONCE.replace('5', "6");
        let path = "/v3/marketing/favor/users/osecret/coupons?appid=wx1";
        let time = "1554208460";
        for (received, expected) in [
            (message("POST", TARGET, time, NONCE, body), &[][..]),
            (message("GET", TARGET, time, NONCE, body), &[Method]),
            (message("POST", path, time, NONCE, body), &[Path]),
            (message("POST", &format!("/pay{TARGET}"), time, NONCE, body), &[Path]),
            (message("POST", &format!("{TARGET}&x=1"), time, NONCE, body), &[Query]),
            (message("POST", TARGET.split('?').next().unwrap(), time, NONCE, body), &[Query]),
            (message("POST", TARGET, "1554208461", NONCE, body), &[Time]),
            (message("POST", TARGET, time, &other, body), &[Nonce]),
            (message("POST", TARGET, time, NONCE, ""), &[Body]),
            (message("POST", TARGET, time, NONCE, "{\"b\":\"代金券\"}"), &[Body]),
            (message("GET", path, "1", &other, ""), &[Method, Path, Time, Nonce, Body]),
        ] {
            assert_eq!(parts(&seen(&received, usize::MAX)), expected, "{received}");
        }
    }

    #[test]
    fn only_what_is_shown_is_compared() {
        let whole = message("POST", TARGET, "1554208460", NONCE, "{\"a\":\"代金券\"}");
        for shown in 0..whole.chars().count() {
            let mut seen = seen(&whole, shown);
            assert_eq!(parts(&seen), [], "{shown}");
            // The length may be counted in characters, and the end may be marked.
            seen.sign_message_length = Some(whole.chars().count() as u64);
            seen.truncated_sign_message.as_mut().unwrap().push_str("...");
            assert_eq!(parts(&seen), [], "{shown}");
            seen.sign_message_length = Some(7);
            assert_eq!(parts(&seen), [SignedPart::Body], "{shown}");
        }
        assert_eq!(differences(&SignInformation::default(), &SIGNED), None);
        // As the platform cuts it off: 8 bytes of the body, which here end in half a character, and a newline.
        let head = "POST\n/v3/marketing/favor/users/oSECRET/coupons?appid=wx1\n1554208460\n";
        for (begins, differs) in [("{\"a\":\"\u{fffd}", false), ("{\"b\":\"\u{fffd}", true), ("", false)] {
            let mut seen = seen(&whole, 0);
            seen.truncated_sign_message = Some(format!("{head}{NONCE}\n{begins}\n"));
            assert_eq!(parts(&seen).contains(&SignedPart::Body), differs, "{begins}");
        }
        // A body of less than 8 bytes is shown whole.
        let mut none = seen(&whole, 0);
        none.truncated_sign_message = Some(format!("{head}{NONCE}\n\n"));
        none.sign_message_length = None;
        assert_eq!(parts(&none), [SignedPart::Body]);
        let unknown = Signed { stamp: None, ..SIGNED };
        let later = message("POST", TARGET, "1", "n", "{\"a\":\"代金券\"}");
        assert_eq!(differences(&seen(&later, usize::MAX), &unknown), Some(vec![]));
    }
}
