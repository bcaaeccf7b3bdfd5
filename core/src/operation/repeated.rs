//! Compares what a response repeats of its request, for [`Operation::answers`](super::Operation::answers).
//!
//! A field that a response does not have contradicts nothing. The errors are the names of the fields that differ.

/// Compares a field with what was requested. Ids are compared as text.
pub(crate) fn same<'a, T: PartialEq + 'a>(
    field: &'static str,
    requested: &T,
    answered: impl Into<Option<&'a T>>,
) -> Result<(), &'static str> {
    match answered.into() {
        Some(answered) if answered != requested => Err(field),
        _ => Ok(()),
    }
}

/// Compares a URL with the one that was requested. Another spelling of the same URL is accepted: the letter case of
/// scheme and host, the default port, and `/` for an empty path.
///
/// A URL without a scheme is compared without it: the platform's documents have such responses. An empty one is absent.
pub(crate) fn same_url(field: &'static str, requested: &str, answered: &str) -> Result<(), &'static str> {
    if answered.is_empty() {
        return Ok(());
    }
    let (asked, got) = (scheme_and_rest(requested), scheme_and_rest(answered));
    let scheme = asked.0.unwrap_or_default();
    let same_scheme = got.0.is_none_or(|got| got.eq_ignore_ascii_case(scheme));
    if same_scheme && normal(scheme, asked.1) == normal(scheme, got.1) {
        return Ok(());
    }
    Err(field)
}

fn scheme_and_rest(url: &str) -> (Option<&str>, &str) {
    url.split_once("://").map_or((None, url), |(scheme, rest)| (Some(scheme), rest))
}

/// Returns host and port, and the path with all that follows, in one spelling.
fn normal<'a>(scheme: &str, rest: &'a str) -> (String, &'a str) {
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = host.to_ascii_lowercase();
    let default_port = if scheme.eq_ignore_ascii_case("http") { ":80" } else { ":443" };
    let host = host.strip_suffix(default_port).map(str::to_owned).unwrap_or(host);
    (host, if path.is_empty() { "/" } else { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_field_that_is_present_and_differs_is_reported() {
        assert_eq!(same("stock_id", &"1", &"1"), Ok(()));
        assert_eq!(same("stock_id", &"1", &"2"), Err("stock_id"));
        // Ids are texts: another spelling is another id.
        assert_eq!(same("stock_id", &"1", &"01"), Err("stock_id"));
        assert_eq!(same("stock_id", &"1", None), Ok(()));
    }

    #[test]
    fn a_url_may_be_spelled_in_another_way() {
        let same = |requested, answered| same_url("notify_url", requested, answered).is_ok();
        for (one, other) in [
            ("https://pay.example.com/a", "https://pay.example.com/a"),
            ("https://pay.example.com/a", "HTTPS://Pay.Example.COM/a"),
            ("https://pay.example.com/a", "https://pay.example.com:443/a"),
            ("https://pay.example.com", "https://pay.example.com/"),
            ("https://pay.example.com:443", "https://PAY.example.com"),
            ("http://127.0.0.1:80/a", "http://127.0.0.1/a"),
            ("https://[::1]:443/a", "https://[::1]/a"),
        ] {
            assert!(same(one, other) && same(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("https://pay.example.com/a", "https://pay.example.com/A"),
            ("https://pay.example.com/a", "https://pay.example.com/a/"),
            ("https://pay.example.com/a", "https://pay.example.com/"),
            ("https://pay.example.com/a", "https://pay.example.com:80/a"),
            ("https://pay.example.com/a", "https://pay.example.com:8443/a"),
            ("http://127.0.0.1/a", "http://127.0.0.1:443/a"),
            ("http://127.0.0.1/a", "https://127.0.0.1/a"),
            ("https://pay.example.com", "https://pay.example.com.evil.example"),
            ("https://pay.example.com/a", "https://pay.example.com?a"),
        ] {
            assert!(!same(one, other) && !same(other, one), "{one} {other}");
        }
        // A response without a scheme.
        assert!(same("https://pay.example.com/a", "pay.example.com/a"));
        assert!(!same("https://pay.example.com/a", "api.example.com/a"));
        // A response that does not repeat it.
        assert!(same("https://pay.example.com/a", ""));
    }
}
