//! Finds the mistakes: examines all stages, although the platform's answer is that of the first one that fails.

use crate::diagnosis::authorization::{self, Fields};
use crate::diagnosis::bodies::bodies;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::{Diagnosis, Finding};
use crate::diagnosis::keys;
use crate::diagnosis::lines::{methods, nonces, timestamps};
use crate::diagnosis::message::{BODY, Lines, message};
use crate::diagnosis::proof::{Again, Hash, Proof, hex};
use crate::diagnosis::search::{Axes, Made, Outcome, Signed, search};
use crate::diagnosis::shapes::shapes;
use crate::diagnosis::targets::targets;
use crate::diagnosis::visible::Shown;
use crate::diagnosis::{clock, identity, signature, styles};
use crate::platform::Platform;
use crate::protocol::auth::Refused;

/// Finds the mistakes in a refused request. `go_on` is asked before each candidate; after `false` the diagnosis ends
/// with what is known.
pub(crate) fn diagnose(refused: &Refused, platform: &Platform, go_on: &mut dyn FnMut() -> bool) -> Diagnosis {
    let mut diagnosis = examine(&Case::of(refused), platform, go_on);
    let findings = &mut diagnosis.findings;
    if findings.is_empty() {
        findings.push(
            Finding::new(
                "A4",
                "Authorization的格式不符合规定，但未能确定是哪一处；请对照 expected 逐字检查。",
                "Authorization has not the required form; compare it with the expected one.",
            )
            .expected(format!(
                "{} mchid=\"…\",nonce_str=\"…\",signature=\"…\",timestamp=\"…\",serial_no=\"…\"",
                authorization::SCHEME
            )),
        );
    }
    diagnosis
}

/// Finds the mistakes in a request. There are none in a correct one.
pub(crate) fn examine(case: &Case<'_>, platform: &Platform, go_on: &mut dyn FnMut() -> bool) -> Diagnosis {
    let mut signed = None;
    let findings = find(case, platform, &mut signed, go_on);
    Diagnosis { findings, signed }
}

fn find(
    case: &Case<'_>,
    platform: &Platform,
    signed: &mut Option<Vec<u8>>,
    go_on: &mut dyn FnMut() -> bool,
) -> Vec<Finding> {
    let credentials = &platform.credentials;
    let shown = Shown::new(credentials);
    let (fields, mut findings) = authorization::read(case, &shown);
    let Some(fields) = fields else { return findings };
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    findings.extend(clock::check(&text(&fields.timestamp), case.now, &shown));
    findings.extend(identity::merchant(&text(&fields.mchid), credentials, &shown));
    if let Some(serial) = &fields.serial_no {
        let platform_serials = platform_serials(platform);
        findings.extend(identity::serial(serial, credentials, &platform_serials, &shown));
    }
    findings.extend(identity::standing(platform.standing()));
    let Some(text) = fields.signature.as_deref().filter(|text| !text.is_empty()) else { return findings };
    if !go_on() {
        findings.push(unfinished(None));
        return findings;
    }
    let (bytes, form) = signature::decode(text, platform.known_keys.len());
    let decoded_badly = form.is_some();
    findings.extend(form);
    let Some(bytes) = bytes else { return findings };
    let rotated = keys::rotated(&platform.keys());
    let right = message(&lines(case, &fields));
    let evidence = platform.known_keys.examine(&bytes, &rotated, &right);
    let Some(proof) = evidence.proof else {
        // A signature of another length is no signature of a known key, which was said.
        if !(decoded_badly && bytes.len() != platform.known_keys.len()) {
            findings.extend(evidence.findings);
        }
        return findings;
    };
    findings.extend(evidence.findings);
    let given = |field: &Option<String>| field.as_ref().is_some_and(|value| !value.is_empty());
    // Without them the message of the request is not known, which was said.
    if proof.is_usable() && given(&fields.timestamp) && given(&fields.nonce_str) {
        findings.extend(signed_message(case, &fields, &right, &proof, &shown, signed, go_on));
    }
    findings
}

/// What the fields and the request say that was signed.
pub(crate) fn lines<'a>(case: &'a Case<'_>, fields: &'a Fields) -> Lines<'a> {
    let text = |field: &'a Option<String>| field.as_deref().unwrap_or_default().as_bytes();
    [
        case.method.as_bytes(),
        case.target.as_bytes(),
        text(&fields.timestamp),
        text(&fields.nonce_str),
        &case.signed,
    ]
}

fn signed_message(
    case: &Case<'_>,
    fields: &Fields,
    right: &[u8],
    proof: &Proof,
    shown: &Shown<'_>,
    message: &mut Option<Vec<u8>>,
    go_on: &mut dyn FnMut() -> bool,
) -> Vec<Finding> {
    let lines = lines(case, fields);
    let (timestamp, nonce) =
        (fields.timestamp.as_deref().unwrap_or_default(), fields.nonce_str.as_deref().unwrap_or_default());
    if proof.proves(right) {
        return Vec::new();
    }
    // Then the message of the request is not known.
    if let Some(problem) = case.problem {
        return vec![Finding::new(
            "H8",
            format!("multipart正文（body）中找不到应签名的meta部分：{problem}。"),
            "The meta part, which is signed, cannot be found in the multipart body: check the boundary in Content-Type, the part named meta, and the final boundary.",
        )];
    }
    let targets_of = |target: &str| targets(&Case { target, signed: case.signed.as_ref().into(), ..*case });
    let axes = Axes {
        shapes: shapes(),
        methods: methods(case.method),
        targets: targets(case),
        timestamps: timestamps(timestamp),
        nonces: nonces(nonce, timestamp),
        bodies: Box::new(bodies(case)),
        targets_of: &targets_of,
    };
    match search(proof, lines, axes, go_on) {
        Outcome::Found(signed) => {
            let findings = found(&signed, &lines, right, shown);
            *message = Some(signed.message).filter(|signed| signed.as_slice() != right);
            findings
        }
        Outcome::Unfinished => vec![unfinished(proof.digest())],
        Outcome::Unknown => {
            let mut findings = Vec::new();
            if let Proof::Message(signed) = proof {
                *message = Some(signed.clone());
            }
            if case.body.is_empty() && matches!(case.method, "POST" | "PUT" | "PATCH") {
                findings.push(Finding::new(
                    "H3",
                    "没有收到正文（body），而签名的内容与空正文不符；请检查正文是否真的发送了（如HTTP库是否丢掉了它）。",
                    "No body arrived, and what was signed does not fit an empty body; check that the body is sent.",
                ));
            }
            findings.push(unknown(proof, right, shown));
            findings
        }
    }
}

fn found(signed: &Signed, lines: &Lines<'_>, right: &[u8], shown: &Shown<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(again) = signed.again {
        let (zh, en) = match again {
            Again::Bytes => ("摘要的字节", "the bytes of the digest were"),
            Again::LowerHex | Again::UpperHex => ("摘要的十六进制文本", "the hex digits of the digest were"),
            Again::Base64 => ("摘要的base64文本", "the base64 of the digest was"),
        };
        findings.push(Finding::new(
            "E6",
            format!("签名前做了两次SHA-256摘要：{zh}又被摘要了一次；应直接对签名串使用SHA256withRSA。"),
            format!(
                "The message was hashed twice: {en} hashed again; pass the message itself to SHA256withRSA."
            ),
        ));
    }
    for Made { mistake, line } in &signed.mistakes {
        let mut finding = Finding::new(mistake.0, mistake.1, mistake.2);
        // The message is the same if the body was signed without its final newline.
        if mistake.0 == "F1" && lines.get(BODY).is_some_and(|body| body.ends_with(b"\n")) {
            finding = Finding::new(
                mistake.0,
                format!("{}（收到的正文以换行符结尾，也可能是签名时去掉了正文末尾的换行符。）", mistake.1),
                format!("{} Or the final newline of the body was not signed.", mistake.2),
            );
        }
        if let Some((line, value)) = line {
            let sent = lines.get(*line).copied().unwrap_or_default();
            if mistake.0 == styles::MISTAKE.0
                && *line == BODY
                && let Some((zh, en)) = styles::difference(sent, value)
            {
                finding = Finding::new(
                    mistake.0,
                    format!("{}（{zh}）", mistake.1),
                    format!("{} Here {en}.", mistake.2),
                );
            }
            if let Some(difference) = shown.difference(sent, value) {
                finding = finding.expected(difference.expected).got(difference.got);
            }
        } else if let Some(difference) = shown.difference(right, &signed.message) {
            finding = finding.expected(difference.expected).got(difference.got);
        }
        findings.push(finding);
    }
    findings
}

/// The last resort.
fn unknown(proof: &Proof, right: &[u8], shown: &Shown<'_>) -> Finding {
    let zh = "签名的内容（URL、时间戳、随机串或正文body）与收到的请求不同，不属于任何已知的错误；";
    let en = "What was signed (URL, timestamp, nonce or body) is something else than what arrived, and none of the known mistakes explains it; ";
    let paste_zh = "请把签名的原文贴到 POST /_sandbox/requests/{id}/compare，以找出第一处不同。";
    let paste_en =
        "paste what you signed to POST /_sandbox/requests/{id}/compare to see the first difference.";
    match (proof, proof.digest()) {
        (Proof::Message(signed), _) => {
            let finding = Finding::new(
                "Z",
                format!("{zh}签名中的内容见 got。{paste_zh}"),
                format!("{en}the signature has in it what got shows. {}", capital(paste_en)),
            );
            match shown.difference(right, signed) {
                Some(difference) => finding.expected(difference.expected).got(difference.got),
                None => finding,
            }
        }
        (_, Some((name, digest))) => {
            let hash = Hash::KNOWN.into_iter().find(|hash| hash.name() == name);
            let expected =
                hash.and_then(|hash| hash.of(right)).map(|digest| hex(&digest)).unwrap_or_default();
            Finding::new(
                "Z",
                format!("{zh}客户端签名的{name}摘要是 {digest}。{paste_zh}"),
                format!("{en}its {name} digest is {digest}. {}", capital(paste_en)),
            )
            .expected(expected)
            .got(digest)
        }
        _ => Finding::new("Z", format!("{zh}{paste_zh}"), format!("{en}{paste_en}")),
    }
}

/// The examination was ended early.
fn unfinished(digest: Option<(&'static str, String)>) -> Finding {
    let (zh, en) = match &digest {
        Some((name, digest)) => (
            format!("客户端签名的{name}摘要是 {digest}。"),
            format!(" The {name} digest of what was signed is {digest}."),
        ),
        None => (String::new(), String::new()),
    };
    let finding = Finding::new(
        "Z",
        format!(
            "诊断未做完（时间或队列已满），签名的内容或正文（body）可能与收到的请求不同。{zh}请重试，或用 POST /_sandbox/diagnose 单独诊断，或把签名的原文贴到 POST /_sandbox/requests/{{id}}/compare。"
        ),
        format!(
            "The request was not examined to the end (time or queue were used up); what was signed, or the body, may be something else than what arrived.{en} Try again, use POST /_sandbox/diagnose, or paste what you signed to POST /_sandbox/requests/{{id}}/compare."
        ),
    );
    match digest {
        Some((_, digest)) => finding.got(digest),
        None => finding,
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn platform_serials(platform: &Platform) -> Vec<String> {
    let keys = platform.keys();
    let serial = |json: serde_json::Value| json.get("serial_no")?.as_str().map(str::to_owned);
    let mut serials: Vec<String> =
        keys.valid_certificates(0).filter_map(|certificate| serial(certificate.json())).collect();
    serials.push(platform.credentials.public_key_id().to_owned());
    serials
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, Method};
    use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
    use wechatpay_core::crypto::load_signing_key;

    use super::*;
    use crate::credentials::Credentials;
    use crate::options::Options;

    const NOW: u64 = 1_795_363_200;

    /// Examines a request whose signed message cannot be found, and returns the codes and the number of candidates.
    fn candidates(method: Method, target: &str, body: Bytes, limit: u32) -> (Vec<&'static str>, u32) {
        signed(b"something else", method, target, body, limit)
    }

    const NONCE: &str = "0123456789abcdef0123456789ABCDEF";

    /// Examines a request for which `message` was signed.
    fn signed(
        message: &[u8],
        method: Method,
        target: &str,
        body: Bytes,
        mut limit: u32,
    ) -> (Vec<&'static str>, u32) {
        use base64::Engine as _;
        let platform = Platform::new(Credentials::generate(NOW).unwrap(), Options::new()).unwrap();
        let credentials = &platform.credentials;
        let key = load_signing_key(&PROVIDER, credentials.private_key_pem()).unwrap();
        let signature = base64::engine::general_purpose::STANDARD.encode(key.sign(message).unwrap());
        let mut headers = HeaderMap::new();
        let (mchid, serial) = (credentials.mchid(), credentials.serial_no());
        let value = format!(
            "{} mchid=\"{mchid}\",nonce_str=\"{NONCE}\",signature=\"{signature}\",timestamp=\"{NOW}\",serial_no=\"{serial}\"",
            authorization::SCHEME
        );
        headers.insert("authorization", HeaderValue::try_from(value).unwrap());
        let case = Case::new(&method, target, &headers, &body, NOW);
        let mut count = 0_u32;
        let mut go_on = || {
            count = count.saturating_add(1);
            limit = limit.saturating_sub(1);
            limit > 0
        };
        let findings = examine(&case, &platform, &mut go_on).findings;
        (findings.iter().map(|finding| finding.code).collect(), count)
    }

    #[test]
    fn a_search_is_bounded_and_ends_when_it_is_told_to() {
        let many: String = (0..8).map(|n| format!("\"k{n}\": [{n}.0, null, \"a/b<满>\"],")).collect();
        let body = Bytes::from(format!("{{{}\"end\": true}}", many));
        let target = "/v3/marketing/favor/users/oAbC%2Fd/coupons?b=1%20+&a=%3A%2B&c=&d=x&e=y";
        let (codes, count) = candidates(Method::POST, target, body.clone(), u32::MAX);
        assert_eq!(codes, ["Z"]);
        // One more: before the search begins.
        assert!((100_000..=200_001).contains(&count), "{count}");
        let (codes, count) = candidates(Method::POST, target, body.clone(), 500);
        assert_eq!((codes, count), (vec!["Z"], 500));
        let (codes, count) = candidates(Method::POST, target, body, 1);
        assert_eq!((codes, count), (vec!["Z"], 1));
        // A large body is hashed less often.
        let (codes, count) = candidates(Method::POST, target, vec![b'{'; 4 * 1024 * 1024].into(), u32::MAX);
        assert_eq!(codes, ["Z"]);
        assert!(count < 100, "{count}");
    }

    #[test]
    fn a_simple_mistake_with_a_large_body_is_found_at_once() {
        let target = "/v3/marketing/favor/users/oAbC/coupons?a=1&b=2";
        let items: Vec<String> = (0..10_000).map(|n| format!("{{\"k\":{n},\"v\":\"值{n}\"}}")).collect();
        let body = format!("{{\"items\":[{}]}}", items.join(","));
        let spaces = body.replace(',', ", ").replace(':', ": ");
        let head = format!("POST\n{target}\n{NOW}\n{NONCE}\n");
        for (message, code) in [
            (format!("{head}{body}"), "F1"),
            (format!("{head}\n"), "H2"),
            (format!("{head}{{}}\n"), "H2"),
            (format!("{head}{spaces}\n"), "H4"),
        ] {
            let body = Bytes::from(body.clone());
            let (codes, count) = signed(message.as_bytes(), Method::POST, target, body, u32::MAX);
            assert_eq!(codes, [code]);
            assert!(count < 350, "{code} {count}");
        }
    }
}
