use std::fmt;

use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;

use super::OneLine;
use super::body::{members, text};

/// The request as the platform received it, from which it computed the message (签名串) that the signature must match.
///
/// [`ApiError::differences`](super::ApiError::differences) compares it with what was signed. `Debug` shows neither the
/// message nor what may identify a person in the URL: the path of some operations contains an openid.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignInformation {
    /// The method.
    pub method: Option<String>,
    /// The path and query. May contain an openid.
    pub url: Option<String>,
    /// The beginning of the message. May contain an openid, and the body of the request.
    pub truncated_sign_message: Option<String>,
    /// The length of the whole message.
    pub sign_message_length: Option<u64>,
}

impl SignInformation {
    pub(super) fn read(json: &RawValue) -> Option<Self> {
        let names = ["method", "url", "truncated_sign_message", "sign_message_length"];
        let [method, url, message, length] = members(json.get(), names)?.map(|member| member.and_then(text));
        let sign_message_length = length.and_then(|length| length.parse().ok());
        Some(Self { method, url, truncated_sign_message: message, sign_message_length })
    }

    /// Returns the method and the target without what may identify a person: the query, whatever follows `/users/`, the
    /// values `parameters`, and each segment that is no plain word or number.
    pub(super) fn shown(&self, parameters: &[String]) -> Option<String> {
        const MAX_SEGMENTS: usize = 16;
        let Seen { method, url, .. } = Seen::new(self);
        let (path, query) = split(url.first()?);
        let method = method
            .first()
            .filter(|method| method.len() <= 16 && method.bytes().all(|b| b.is_ascii_alphabetic()));
        let mut shown = method.map(|method| format!("{method} ")).unwrap_or_default();
        let mut person = false;
        for (position, segment) in path.split('/').take(MAX_SEGMENTS).enumerate() {
            if position > 0 {
                shown.push('/');
            }
            let own = parameters.iter().any(|own| decoded(segment).eq_ignore_ascii_case(own));
            let plain = is_plain(segment) && !own;
            shown.push_str(if plain && (!person || segment.is_empty()) { segment } else { "…" });
            // An empty segment does not hide the one behind it.
            person = segment.eq_ignore_ascii_case("users") || (person && segment.is_empty());
        }
        if path.split('/').nth(MAX_SEGMENTS).is_some() {
            shown.push_str("/…");
        }
        if query.is_some() {
            shown.push_str("?…");
        }
        Some(shown)
    }
}

impl fmt::Debug for SignInformation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInformation")
            .field("received", &self.shown(&[]).map(|target| OneLine(&target).to_string()))
            .field("message_shown", &self.truncated_sign_message.as_ref().map(String::len))
            .field("sign_message_length", &self.sign_message_length)
            .finish_non_exhaustive()
    }
}

/// The parts of a message that are shown completely; of the body, its beginning.
pub(super) struct Seen<'a> {
    pub(super) method: Vec<&'a str>,
    pub(super) url: Vec<&'a str>,
    pub(super) time: Option<&'a str>,
    pub(super) nonce: Option<&'a str>,
    pub(super) body: Option<&'a str>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(seen: &'a SignInformation) -> Self {
        let mut lines = seen.truncated_sign_message.as_deref().unwrap_or_default();
        // A line is complete only if its end is there.
        let mut line = || {
            let (line, rest) = lines.split_once('\n')?;
            lines = rest;
            Some(line)
        };
        let (method, url, time, nonce) = (line(), line(), line(), line());
        let body = nonce.map(|_| lines);
        let both = |field: &'a Option<String>, line| field.as_deref().into_iter().chain(line).collect();
        Self { method: both(&seen.method, method), url: both(&seen.url, url), time, nonce, body }
    }
}

/// Splits a target into path and query, without scheme and host, which are not signed.
pub(super) fn split(target: &str) -> (&str, Option<&str>) {
    let target = match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => {
            rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
        }
        _ => target,
    };
    match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    }
}

/// Whether a segment is a word of lower case letters and hyphens, a version such as `v3`, or a number.
fn is_plain(segment: &str) -> bool {
    let word = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    segment.len() <= 32 && (word(segment) || number(segment) || segment.strip_prefix('v').is_some_and(number))
}

pub(super) fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shown_target_identifies_nobody() {
        let show = |url: &str, parameters: &[String]| {
            let seen = SignInformation {
                method: Some("GET".to_owned()),
                url: Some(url.to_owned()),
                ..SignInformation::default()
            };
            seen.shown(parameters).unwrap()
        };
        for (url, shown) in [
            ("/v3/certificates", "GET /v3/certificates"),
            (
                "/pay/v3/marketing/favor/stocks/9856888/start",
                "GET /pay/v3/marketing/favor/stocks/9856888/start",
            ),
            (
                "/v3/marketing/favor/users/oSECRET/coupons?appid=wx1",
                "GET /v3/marketing/favor/users/…/coupons?…",
            ),
            ("/v3/marketing/favor/USERS//alice//coupons/123", "GET /v3/marketing/favor/…//…//coupons/123"),
            ("/v3/marketing/favor/users%2Falice/coupons", "GET /v3/marketing/favor/…/coupons"),
            ("https://api.mch.weixin.qq.com/v3/users/alice", "GET /v3/users/…"),
            ("/v3/u/oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "GET /v3/u/…"),
            ("/a\nb", "GET /…"),
            ("", "GET "),
            (&"/a".repeat(20), "GET /a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/…"),
        ] {
            assert_eq!(show(url, &[]), shown, "{url}");
        }
        // Wherever the own parameter ends up, however it is written.
        for url in ["/v3/u/osecret/x", "/osecret", "/v3/%6fsecret", "/OSECRET"] {
            assert!(!show(url, &["oSECRET".to_owned()]).to_lowercase().contains("secret"), "{url}");
        }
    }
}
