use std::fmt;

use zeroize::Zeroizing;

/// A variable whose value may be given directly, or as the path of a file.
#[derive(Clone, Copy)]
pub(super) struct Name {
    pub(super) inline: &'static str,
    pub(super) file: &'static str,
}

/// The content of a key, a certificate or a list of certificates, and where it came from.
pub(super) struct Content {
    /// The variable that was set.
    pub(super) variable: &'static str,
    /// The path that was in the variable, if it may be shown.
    path: Option<String>,
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

impl Content {
    pub(super) fn inline(name: Name, bytes: Zeroizing<Vec<u8>>) -> Self {
        Self { variable: name.inline, path: None, bytes }
    }

    pub(super) fn of_file(name: Name, path: &str, bytes: Zeroizing<Vec<u8>>) -> Self {
        Self { variable: name.file, path: shown_path(path).map(str::to_owned), bytes }
    }

    /// Returns a predicate for content that is not a usable `what`.
    pub(super) fn unusable(&self, name: Name, what: &str) -> String {
        match &self.path {
            Some(path) => format!("({path}) is not a usable {what}"),
            None if self.variable == name.file => format!("names a file that is not a usable {what}"),
            None if std::str::from_utf8(&self.bytes).is_ok_and(|text| shown_path(text.trim()).is_some()) => {
                format!(
                    "is not a usable {what}: the content is expected, but the value looks like a path; use {} \
                     for the path",
                    name.file
                )
            }
            None => format!("is not a usable {what}"),
        }
    }
}

/// Omits the content.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.variable)
    }
}

/// Returns the value if it is a path that may be shown. Anything that might be a secret is not.
pub(super) fn shown_path(value: &str) -> Option<&str> {
    let path = value.contains(['/', '\\', '.']) && !value.contains("://") && !value.contains('@');
    (path && !is_content(value)).then_some(value)
}

/// Whether a value that should be a path looks like the content of a file, such as a key.
pub(super) fn is_content(value: &str) -> bool {
    /// The longest path, in bytes, that is taken for one.
    const MAX: usize = 255;
    value.len() > MAX
        || value.contains("BEGIN")
        || value.chars().any(char::is_control)
        || value.split(['/', '\\', '.', '-', '_', ' ', ':', ',']).any(is_dense)
}

/// Whether a part of a path looks like random text: a line of base64, or a key.
fn is_dense(part: &str) -> bool {
    const MIN: usize = 16;
    let has = |kind: fn(&u8) -> bool| part.bytes().any(|byte| kind(&byte));
    let kinds = [u8::is_ascii_uppercase, u8::is_ascii_lowercase, u8::is_ascii_digit];
    part.len() >= MIN && part.is_ascii() && kinds.into_iter().filter(|kind| has(*kind)).count() >= 2
        || part.contains(['+', '=']) && part.len() >= MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_and_secrets_are_not() {
        for path in [
            "/etc/wechatpay/apiclient_key.pem",
            "apiclient_key.pem",
            "./keys/key",
            r"C:\Users\pay\apiclient_key.pem",
            "/tmp/.tmpAb12Cd/credentials/pub_key.pem",
            "/srv/two words/密钥.pem",
            "/run/secrets/wechatpay_private_key",
        ] {
            assert_eq!(shown_path(path), Some(path));
        }
        for secret in [
            "",
            "key",
            " ",
            "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n",
            r"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n",
            // Lines of base64, and of base64 of PEM.
            "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC7VJTUt9Us8cKj",
            "MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3supV8q/hQ1ZXzqNbGd7vLs1XH7wJkpGpJ",
            "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t/LS0tLS1CRUdJTiBQUklWQVRF.",
            "http://user:password@proxy.example.com:3128",
            "an.example/of\na.path",
            "0123456789abcdef0123456789abcdef.pem",
        ] {
            assert_eq!(shown_path(secret), None, "{secret:?}");
        }
        assert_eq!(shown_path(&format!("/{}", "a/".repeat(128))), None);
    }
}
