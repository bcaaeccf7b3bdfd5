//! Whether a text is what was signed, and where it first differs from the message of the request.

use serde_json::{Value, json};

use crate::diagnosis::authorization;
use crate::diagnosis::case::Case;
use crate::diagnosis::diagnose::lines;
use crate::diagnosis::keys;
use crate::diagnosis::message::message;
use crate::diagnosis::proof::Proof;
use crate::diagnosis::signature;
use crate::diagnosis::visible::Shown;
use crate::platform::Platform;
use crate::protocol::json::set;

/// What is said of the change in Chinese and English, and how it is undone.
type Pasted = (&'static str, &'static str, fn(&str) -> String);

/// Changes that an editor or a terminal makes when a text is pasted.
const PASTED: [Pasted; 7] = [
    ("", "", str::to_owned),
    ("补上末尾的换行符 \\n 后", "after a final newline (\\n) was added", |text| format!("{text}\n")),
    ("去掉末尾的换行符 \\n 后", "after the final newline (\\n) was removed", |text| {
        text.strip_suffix('\n').unwrap_or(text).to_owned()
    }),
    ("把CRLF换成换行符 \\n 后", "after CRLF was replaced by the newline \\n", |text| {
        text.replace("\r\n", "\n")
    }),
    (
        "把CRLF换成换行符 \\n 并补上末尾的 \\n 后",
        "after CRLF was replaced by the newline \\n and a final one was added",
        |text| text.replace("\r\n", "\n") + "\n",
    ),
    ("把换行符 \\n 换成CRLF后", "after the newline \\n was replaced by CRLF", |text| {
        text.replace("\r\n", "\n").replace('\n', "\r\n")
    }),
    (
        "把两个字符的 \\n 换成换行符后",
        "after the two characters \\ and n were replaced by a newline",
        |text| text.replace("\\n", "\n"),
    ),
];

/// The message that a request had to be signed with. `None` if its `Authorization` names no time and nonce.
pub(crate) fn expected_message(case: &Case<'_>, shown: &Shown<'_>) -> Option<Vec<u8>> {
    let fields = authorization::read(case, shown).0?;
    let is_stamped = fields.timestamp.is_some() && fields.nonce_str.is_some();
    is_stamped.then(|| message(&lines(case, &fields)))
}

/// The message of a request, and what its signature proves.
pub(crate) struct Comparison {
    pub(crate) message: Vec<u8>,
    pub(crate) proof: Option<Proof>,
}

impl Comparison {
    /// Returns `None` if the request has no readable `Authorization`.
    pub(crate) fn new(case: &Case<'_>, platform: &Platform) -> Option<Self> {
        let fields = authorization::read(case, &Shown::new(&platform.credentials)).0?;
        let (bytes, _) =
            signature::decode(fields.signature.as_deref().unwrap_or_default(), platform.known_keys.len());
        let rotated = keys::rotated(&platform.keys());
        let message = message(&lines(case, &fields));
        let proof = bytes.and_then(|bytes| platform.known_keys.examine(&bytes, &rotated, &message).proof);
        Some(Self { message, proof: proof.filter(Proof::is_usable) })
    }

    /// Compares a text that was pasted.
    pub(crate) fn with(&self, pasted: &[u8], shown: &Shown<'_>, english: bool) -> Value {
        let text = std::str::from_utf8(pasted).ok();
        let changed = |change: fn(&str) -> String| text.map(change).map(String::into_bytes);
        let proof = self.proof.as_ref();
        let proves = |bytes: &[u8]| {
            proof.is_some_and(|proof| proof.proves(bytes) || proof.proves_again(bytes).is_some())
        };
        let proven = if proves(pasted) {
            Some(("", "", pasted.to_vec()))
        } else {
            PASTED.iter().skip(1).find_map(|(zh, en, change)| {
                let bytes = changed(*change)?;
                proves(&bytes).then_some((*zh, *en, bytes))
            })
        };
        let (zh_how, en_how, signed) = match &proven {
            Some((zh, en, bytes)) => (*zh, *en, bytes.as_slice()),
            None => ("", "", pasted),
        };
        let difference = shown.difference(&self.message, signed);
        let (zh, en) = match (&proven, proof, &difference) {
            (Some(_), _, None) => (
                format!("{zh_how}贴出的文本就是签名的原文，与请求的签名串相同。"),
                format!("The text {} what was signed, and it is the message of the request.", is(en_how)),
            ),
            (Some(_), _, Some(at)) => (
                format!("摘要证明：{zh_how}贴出的文本就是签名的原文；它与请求的签名串在第{}个字节（从0起，第{}行）开始不同。", at.offset, at.line),
                format!("The digest proves that the text {} what was signed. It differs from the message of the request from byte {} (counted from 0) in line {}.", is(en_how), at.offset, at.line),
            ),
            (None, None, Some(at)) => (
                format!("无法打开签名，所以不能证明贴出的文本就是签名的原文；它与请求的签名串在第{}个字节（从0起，第{}行）开始不同。", at.offset, at.line),
                format!("The signature cannot be opened, so nothing is proven. The text differs from the message of the request from byte {} (counted from 0) in line {}.", at.offset, at.line),
            ),
            (None, None, None) => (
                "贴出的文本与请求的签名串相同；但无法打开签名，所以不能证明签名的就是它。".to_owned(),
                "The text is the message of the request; but the signature cannot be opened, so it is not proven that this was signed.".to_owned(),
            ),
            (None, Some(_), Some(at)) => (
                format!("摘要不符：贴出的文本不是签名的原文；它与请求的签名串在第{}个字节（从0起，第{}行）开始不同。", at.offset, at.line),
                format!("The digest differs: the text is not what was signed. It differs from the message of the request from byte {} (counted from 0) in line {}.", at.offset, at.line),
            ),
            (None, Some(_), None) => (
                "摘要不符：贴出的文本是请求的签名串，但客户端签名的是别的内容。".to_owned(),
                "The digest differs: the text is the message of the request, but something else was signed.".to_owned(),
            ),
        };
        let first = difference.map(
            |at| json!({ "offset": at.offset, "line": at.line, "expected": at.expected, "got": at.got }),
        );
        // Like those of the request in the log: there if it is known what was signed, and if both are texts.
        let both = proven.as_ref().map(|(_, _, signed)| (self.message.as_slice(), signed.as_slice()));
        let both = both.filter(|(one, other)| [one, other].iter().all(|it| std::str::from_utf8(it).is_ok()));
        let mut json = json!({
            "proven": proven.is_some(),
            "same": first.is_none(),
            "says": if english { en } else { zh },
            "first_difference": first,
            "digest": proof.and_then(Proof::digest).map(|(hash, digest)| json!({ "algorithm": hash, "hex": digest })),
        });
        if let Some((expected, signed)) = both {
            set(&mut json, "expected_message", shown.whole(expected));
            set(&mut json, "signed_message", shown.whole(signed));
        }
        json
    }
}

fn is(how: &str) -> String {
    if how.is_empty() { "is".to_owned() } else { format!("({how}) is") }
}
