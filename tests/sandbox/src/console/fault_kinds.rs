//! The kinds of faults in words.

use crate::console::text::Text;

/// The kinds of faults. A test compares them with those that the control interface knows.
pub(crate) const KINDS: &[(&str, Text)] = &[
    ("delay", Text("delay：延迟应答", "delay: the response is delayed")),
    ("close_before", Text("close_before：执行前断开", "close_before: closed, not carried out")),
    (
        "close_after",
        Text("close_after：已执行，不应答就断开", "close_after: carried out, closed without a response"),
    ),
    ("never_answers", Text("never_answers：已执行，一直不应答", "never_answers: carried out, no response")),
    ("truncate", Text("truncate：正文只发一半", "truncate: half of the body")),
    (
        "wrong_length",
        Text("wrong_length：Content-Length多1", "wrong_length: Content-Length too large by one"),
    ),
    ("oversized", Text("oversized：正文极大", "oversized: a huge body")),
    ("drip", Text("drip：正文逐字节发送", "drip: the body byte by byte")),
    ("wrong_signature", Text("wrong_signature：应答签名错误", "wrong_signature: the signature is wrong")),
    ("unsigned", Text("unsigned：应答没有签名", "unsigned: no signature")),
    ("unknown_serial", Text("unknown_serial：未知的序列号", "unknown_serial: no key has the serial number")),
    (
        "signature_probe",
        Text("signature_probe：签名探测流量", "signature_probe: a probe, WECHATPAY/SIGNTEST/"),
    ),
    ("stale_timestamp", Text("stale_timestamp：签名过旧", "stale_timestamp: correct but old")),
    ("accepted", Text("accepted：202，无正文", "accepted: 202 without a body")),
    ("redirect", Text("redirect：302", "redirect: 302")),
    ("rate_limited", Text("rate_limited：429 频率超限", "rate_limited: 429, not carried out")),
    ("system_error", Text("system_error：500 系统错误", "system_error: 500 SYSTEM_ERROR")),
    ("forbidden", Text("forbidden：403 HTML，未签名", "forbidden: 403 in HTML, unsigned")),
    ("bad_gateway", Text("bad_gateway：502 HTML，未签名", "bad_gateway: 502 in HTML, unsigned")),
    ("unavailable", Text("unavailable：503", "unavailable: 503")),
    ("text_plain", Text("text_plain：Content-Type为text/plain", "text_plain: Content-Type is text/plain")),
    ("numbers_as_text", Text("numbers_as_text：数字变成文本", "numbers_as_text: all numbers are texts")),
];
