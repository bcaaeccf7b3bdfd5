//! Mistakes in method, timestamp and nonce (F8 to F10).

use crate::diagnosis::variation::{Mistake, Variation, Variations};

const METHOD_CASE: Mistake = Mistake(
    "F8",
    "签名串中的请求方法（HTTP方法）是小写；应为大写，如 GET、POST。",
    "The method in the signed message is in lower case; write it in upper case, such as GET or POST.",
);
const METHOD: Mistake = Mistake(
    "F8",
    "签名串中的请求方法（HTTP方法）与实际发送的不同。",
    "The method in the signed message is not the method of the request.",
);
const TIMESTAMP: Mistake = Mistake(
    "F9",
    "时间戳取了两次：签名串中的时间戳与Authorization的timestamp不同；应只取一次，两处使用同一个值。",
    "The timestamp was made twice: the one in the signed message is not the timestamp in Authorization; make it once and use it in both places.",
);
const TIMESTAMP_FORM: Mistake = Mistake(
    "F9",
    "签名串中的时间戳与Authorization的timestamp写法不同（如秒与毫秒）；两处应使用同一个值。",
    "The timestamp in the signed message has another form than the timestamp in Authorization, such as milliseconds; use the same value in both places.",
);
const NONCE: Mistake = Mistake(
    "F10",
    "签名串中的随机串（nonce）与Authorization的nonce_str不同（如大小写、连字符或生成了两次）；应只生成一次，两处使用同一个值。",
    "The nonce in the signed message is not the nonce_str in Authorization (its case or hyphens differ, or it was made twice); make it once and use it in both places.",
);

pub(crate) fn methods(method: &str) -> Vec<Variation> {
    let mut variations = Variations::of(method.as_bytes());
    variations.push(method.to_ascii_lowercase(), METHOD_CASE);
    let (first, rest) = method.split_at_checked(1).unwrap_or((method, ""));
    variations.push(format!("{first}{}", rest.to_ascii_lowercase()), METHOD_CASE);
    for other in ["POST", "GET", "PUT", "PATCH", "DELETE", "HEAD", "post", "get", ""] {
        variations.push(other, METHOD);
    }
    variations.list
}

/// The first 24 are the likely ones.
pub(crate) fn timestamps(timestamp: &str) -> Vec<Variation> {
    let mut variations = Variations::of(timestamp.as_bytes());
    variations.push(timestamp.trim(), TIMESTAMP_FORM);
    let Ok(number) = timestamp.trim().parse::<u64>() else { return variations.list };
    for seconds in 1..=6 {
        variations.push(number.saturating_sub(seconds).to_string(), TIMESTAMP);
        variations.push(number.saturating_add(seconds).to_string(), TIMESTAMP);
    }
    let milliseconds = number.saturating_mul(1000);
    for form in [
        milliseconds.to_string(),
        number.checked_div(1000).unwrap_or_default().to_string(),
        format!("{number}.0"),
        format!("\"{number}\""),
        format!("0{number}"),
        String::new(),
    ] {
        variations.push(form, TIMESTAMP_FORM);
    }
    for seconds in 7..=60 {
        variations.push(number.saturating_sub(seconds).to_string(), TIMESTAMP);
        variations.push(number.saturating_add(seconds).to_string(), TIMESTAMP);
    }
    for fraction in 1..1000 {
        variations.push(milliseconds.saturating_add(fraction).to_string(), TIMESTAMP_FORM);
    }
    variations.list
}

pub(crate) fn nonces(nonce: &str, timestamp: &str) -> Vec<Variation> {
    let mut variations = Variations::of(nonce.as_bytes());
    variations.push(nonce.to_ascii_lowercase(), NONCE);
    variations.push(nonce.to_ascii_uppercase(), NONCE);
    let plain = nonce.replace('-', "");
    variations.push(plain.clone(), NONCE);
    variations.push(plain.to_ascii_uppercase(), NONCE);
    if plain.len() == 32 && plain.is_ascii() {
        // A UUID with hyphens.
        let part = |from, to| plain.get(from..to).unwrap_or_default();
        let uuid = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
        variations.push(uuid.to_ascii_lowercase(), NONCE);
        variations.push(uuid, NONCE);
    }
    variations.push(nonce.trim(), NONCE);
    variations.push(timestamp, NONCE);
    variations.push(nonce.get(..32).unwrap_or(nonce), NONCE);
    variations.push(format!("\"{nonce}\""), NONCE);
    variations.push("", NONCE);
    variations.list
}
