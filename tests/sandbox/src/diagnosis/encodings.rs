//! The percent-encodings of common libraries.

use percent_encoding::percent_encode_byte;

/// Which characters are left as they are, besides letters and digits.
pub(crate) struct Encoding {
    plain: &'static str,
    /// A space becomes `+`.
    plus: bool,
    lower_hex: bool,
    /// Only what is not ASCII is encoded.
    ascii: bool,
}

pub(crate) const ENCODINGS: [Encoding; 9] = [
    // RFC 3986, PHP's `rawurlencode`, Python's `quote(safe="")`.
    Encoding { plain: "-_.~", plus: false, lower_hex: false, ascii: false },
    // JavaScript's `encodeURIComponent`.
    Encoding { plain: "-_.~!'()*", plus: false, lower_hex: false, ascii: false },
    // Go's `QueryEscape`, Python's `urlencode`.
    Encoding { plain: "-_.~", plus: true, lower_hex: false, ascii: false },
    // Java's `URLEncoder`.
    Encoding { plain: "-_.*", plus: true, lower_hex: false, ascii: false },
    // PHP's `urlencode`.
    Encoding { plain: "-_.", plus: true, lower_hex: false, ascii: false },
    // .NET's `HttpUtility.UrlEncode`.
    Encoding { plain: "-_.!()*", plus: true, lower_hex: true, ascii: false },
    // JavaScript's `encodeURI`.
    Encoding { plain: "-_.~!'()*;,/?:@&=+$#", plus: false, lower_hex: false, ascii: false },
    // Go's `PathEscape`.
    Encoding { plain: "-_.~$&+=:@", plus: false, lower_hex: false, ascii: false },
    Encoding { plain: "", plus: false, lower_hex: false, ascii: true },
];

impl Encoding {
    pub(crate) fn encode(&self, text: &[u8]) -> String {
        let mut encoded = String::new();
        for byte in text {
            let c = char::from(*byte);
            let plain = c.is_ascii_alphanumeric() || self.plain.contains(c) || self.ascii;
            if *byte < 0x80 && plain {
                encoded.push(c);
            } else if c == ' ' && self.plus {
                encoded.push('+');
            } else if self.lower_hex {
                encoded.push_str(&percent_encode_byte(*byte).to_ascii_lowercase());
            } else {
                encoded.push_str(percent_encode_byte(*byte));
            }
        }
        encoded
    }
}
