//! Each code is provoked, alone, and its sentence names the mistake in both languages.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use http::HeaderValue;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::common::{Client, FAVOR, NOW, credentials};
use crate::forged::{
    BODY, Forged, KEY, NONCE, OTHER, codes, findings, hex, key, padded, pkcs1, raw, says, sha256, upload,
};

/// What the sentence of a code must say.
fn words(code: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match code {
        "A1" => (&["Authorization"], &["Authorization"]),
        "A2" => (&["认证类型"], &["scheme"]),
        "A3" => (&["双引号"], &["quotes"]),
        "A4" => (&["逗号"], &["comma"]),
        "A5" => (&["Authorization"], &["Authorization"]),
        "A6" => (&["两个Authorization"], &["two Authorization"]),
        "B1" => (&["时间戳", "秒"], &["timestamp", "seconds"]),
        "B2" => (&["时间戳", "数字"], &["timestamp", "digits"]),
        "B3" => (&["时间戳", "相差"], &["timestamp", "clock"]),
        "C1" => (&["序列号", "十进制"], &["serial number", "decimal"]),
        "C2" | "C3" | "C5" => (&["序列号"], &["serial number"]),
        "C4" => (&["序列号", "平台证书"], &["serial number", "platform certificate"]),
        "C6" => (&["mchid"], &["mchid"]),
        "C7" => (&["商户"], &["merchant"]),
        "D1" => (&["signature", "十六进制"], &["signature", "hex"]),
        "D2" => (&["signature", "换行"], &["signature", "newline"]),
        "D3" => (&["signature", "URL编码"], &["signature", "URL-encoded"]),
        "D4" => (&["base64url"], &["base64url"]),
        "D5" => (&["signature", "空格"], &["signature", "space"]),
        "D6" => (&["signature", "两次"], &["signature", "twice"]),
        "D7" => (&["MD5", "HMAC"], &["MD5", "HMAC"]),
        "D8" => (&["ECDSA", "SM2"], &["ECDSA", "SM2"]),
        "D9" => (&["signature"], &["signature"]),
        "E1" => (&["私钥"], &["private key"]),
        "E2" => (&["私钥"], &["private key"]),
        "E3" => (&["PSS"], &["PSS"]),
        "E4" => (&["摘要算法", "SHA-256"], &["hash algorithm", "SHA-256"]),
        "E5" => (&["DigestInfo"], &["DigestInfo"]),
        "E6" => (&["两次"], &["twice"]),
        "E7" => (&["私钥", "加密"], &["encrypting", "private key"]),
        "E8" => (&["字节序"], &["byte order"]),
        "F1" => (&["缺少换行符", "\\n"], &["newline", "\\n"]),
        "F2" => (&["CRLF"], &["CRLF"]),
        "F3" => (&["\\n", "换行符"], &["newline", "\\"]),
        "F4" => (&["多了", "换行符"], &["newline", "too many"]),
        "F5" => (&["顺序"], &["order"]),
        "F6" => (&["少了一行"], &["lacks a line"]),
        "F7" => (&["应答"], &["answer"]),
        "F8" => (&["请求方法"], &["method"]),
        "F9" => (&["时间戳"], &["timestamp"]),
        "F10" => (&["nonce"], &["nonce"]),
        "G1" | "G2" => (&["URL", "query"], &["URL", "query"]),
        "G3" => (&["完整的URL", "域名"], &["full URL", "host"]),
        "G4" => (&["斜杠"], &["slash"]),
        "G5" => (&["URL", "解码"], &["URL", "decoded"]),
        "G6" => (&["URL", "百分号编码"], &["URL", "percent-encoded"]),
        "G7" => (&["URL", "%20"], &["URL", "%20"]),
        "G8" => (&["query", "顺序"], &["query", "order"]),
        "G9" => (&["URL", "小写"], &["URL", "lower case"]),
        "G10" => (&["URL", "前缀"], &["URL", "prefix"]),
        "G11" => (&["占位符"], &["placeholder"]),
        "G12" => (&["URL", "规范化"], &["URL", "normalised"]),
        "H1" => (&["正文", "{}"], &["body", "{}"]),
        "H2" => (&["漏了正文", "body"], &["body", "left out"]),
        "H3" => (&["正文", "没有收到"], &["body", "arrived"]),
        "H4" => (&["正文", "序列化"], &["body", "serialise"]),
        "H5" => (&["正文", "空白"], &["body", "blanks"]),
        "H6" => (&["正文", "UTF-8"], &["body", "UTF-8"]),
        "H7" => (&["正文", "BOM"], &["body", "BOM"]),
        "H8" => (&["multipart", "meta"], &["multipart", "meta"]),
        "H9" => (&["正文", "JSON"], &["body", "JSON"]),
        "Z" => (&["正文", "compare"], &["body", "compare"]),
        other => panic!("unknown code {other}"),
    }
}

/// Asserts that a request is refused with exactly these codes, and that the sentences name the mistakes.
#[track_caller]
pub(crate) fn assert_codes(client: &Client, name: &str, forged: &Forged, expected: &[&str]) {
    let [chinese, english] = forged.in_both(client);
    for reply in [&chinese, &english] {
        reply.assert_unsigned().assert_error(401, "SIGN_ERROR");
        assert_eq!(codes(reply), expected, "{name}: {}", reply.json);
    }
    for code in expected {
        let (zh, en) = words(code);
        for word in zh {
            assert!(says(&chinese).contains(word), "{name}, {code}, {word}: {}", says(&chinese));
        }
        for word in en {
            let text = says(&english);
            assert!(text.to_lowercase().contains(&word.to_lowercase()), "{name}, {code}, {word}: {text}");
        }
    }
    for finding in findings(&english) {
        let text = finding["says"].as_str().unwrap();
        assert!(text.is_ascii() && text.ends_with(['.', ')']), "{name}: {text}");
    }
}

type Change = fn(&mut Forged);

#[track_caller]
fn assert_table(base: fn() -> Forged, table: &[(&str, &[&str], Change)]) {
    let client = Client::new();
    for (name, expected, change) in table {
        let mut forged = base();
        change(&mut forged);
        assert_codes(&client, name, &forged, expected);
    }
}

#[test]
fn a_right_request_is_not_refused() {
    let client = Client::new();
    for forged in [Forged::send(), Forged::list(), upload()] {
        let reply = forged.sent_to(&client);
        assert_ne!(reply.status, 401, "{}", reply.json);
        assert_eq!(reply.json["detail"].get("sandbox"), None);
    }
}

#[test]
fn mistakes_in_the_header() {
    assert_table(
        Forged::send,
        &[
            ("no header", &["A1"], |it| {
                _ = it.headers.insert("x-no-authorization", HeaderValue::from_static("1"))
            }),
            ("in another header", &["A1"], |it| {
                it.headers.insert("x-no-authorization", HeaderValue::from_static("1"));
                let value = HeaderValue::try_from(it.authorization()).unwrap();
                it.headers.insert("authentication", value);
            }),
            ("in the body", &["A1"], |it| {
                it.headers.insert("x-no-authorization", HeaderValue::from_static("1"));
                it.body = json!({ "Authorization": it.authorization() }).to_string().into();
            }),
            ("other scheme", &["A2"], |it| {
                it.header = |header| header.replace("WECHATPAY2-SHA256-RSA2048", "Bearer")
            }),
            ("lower case", &["A2"], |it| {
                it.header = |header| header.replace("WECHATPAY2-SHA256-RSA2048", "wechatpay2-sha256-rsa2048")
            }),
            ("no scheme", &["A2"], |it| {
                it.header = |header| header.replace("WECHATPAY2-SHA256-RSA2048 ", "")
            }),
            ("no space", &["A2"], |it| it.header = |header| header.replace("RSA2048 ", "RSA2048")),
            ("SM2", &["A2"], |it| it.header = |header| header.replace("SHA256-RSA2048", "SM2-WITH-SM3")),
            ("a variable", &["A2", "A5"], |it| it.header = |_| "{{authorization}}".to_owned()),
            ("no quotes", &["A3"], |it| it.header = |header| header.replace('"', "")),
            ("single quotes", &["A3"], |it| it.header = |header| header.replace('"', "'")),
            ("escaped quotes", &["A3"], |it| it.header = |header| header.replace('"', "\\\"")),
            ("semicolons", &["A4"], |it| it.header = |header| header.replace("\",", "\";")),
            ("blanks", &["A4"], |it| it.header = |header| header.replace("\",", "\" ")),
            ("a final comma", &["A4"], |it| it.header = |header| header + ","),
            ("colons", &["A4"], |it| {
                it.header = |header| header.replace("mchid=", "mchid:").replace("nonce_str=", "nonce_str:")
            }),
            ("misnamed", &["A5"], |it| it.header = |header| header.replace("mchid=", "mch_id=")),
            ("other case", &["A5"], |it| it.header = |header| header.replace("timestamp=", "timeStamp=")),
            ("missing", &["A5"], |it| {
                it.header = |header| header.replace(&format!("nonce_str=\"{NONCE}\","), "")
            }),
            ("twice", &["A5"], |it| it.header = |header| header + &format!(",nonce_str=\"{NONCE}\"")),
            ("unknown field", &["A5"], |it| it.header = |header| header + ",version=\"1\""),
            ("two credentials", &["A6", "A4", "A5", "A5", "A5", "A5", "A5"], |it| {
                it.header = |header| format!("{header}, {header}")
            }),
        ],
    );
}

#[test]
fn two_headers() {
    let client = Client::new();
    let mut request = Forged::send().request();
    let value = request.headers()["authorization"].clone();
    request.headers_mut().append("authorization", value);
    let reply = client.raw(request);
    reply.assert_error(401, "SIGN_ERROR");
    assert_eq!(codes(&reply), ["A6"]);
}

#[test]
fn mistakes_in_the_clock() {
    fn at(it: &mut Forged, timestamp: String) {
        it.lines[2] = timestamp.clone().into();
        it.timestamp = timestamp;
    }
    assert_table(
        Forged::send,
        &[
            ("milliseconds", &["B1"], |it| at(it, format!("{NOW}123"))),
            ("nanoseconds", &["B1"], |it| at(it, format!("{NOW}000000000"))),
            ("late milliseconds", &["B1", "B3"], |it| at(it, format!("{}000", NOW - 400))),
            ("a date", &["B2"], |it| at(it, "2026-11-23T00:00:00+08:00".to_owned())),
            ("a fraction", &["B2"], |it| at(it, format!("{NOW}.5"))),
            ("negative", &["B2"], |it| at(it, format!("-{NOW}"))),
            ("behind", &["B3"], |it| at(it, (NOW - 301).to_string())),
            ("ahead", &["B3"], |it| at(it, (NOW + 301).to_string())),
            ("a time zone", &["B3"], |it| at(it, (NOW + 8 * 3600).to_string())),
            ("zero", &["B3"], |it| at(it, "0".to_owned())),
            ("huge", &["B2"], |it| at(it, "9".repeat(40))),
        ],
    );
    let client = Client::new();
    let mut forged = Forged::send();
    at(&mut forged, (NOW - 8 * 3600).to_string());
    let [zh, en] = forged.in_both(&client);
    assert!(says(&zh).contains("8小时") && says(&en).contains("8 hours"), "{}", says(&en));
}

#[test]
fn mistakes_in_serial_and_merchant() {
    assert_table(
        Forged::send,
        &[
            ("decimal", &["C1"], |it| it.serial_no = decimal(credentials().serial_no())),
            ("with 0x", &["C2"], |it| it.serial_no.insert_str(0, "0x")),
            ("with colons", &["C2"], |it| it.serial_no = with_colons(&it.serial_no)),
            ("with a blank", &["C2"], |it| it.serial_no.push(' ')),
            ("another certificate's", &["C2"], |it| it.serial_no = OTHER.serial_no().to_owned()),
            ("not hex", &["C2"], |it| it.serial_no = "serial".to_owned()),
            ("the platform's", &["C4"], |it| {
                it.serial_no = credentials().platform_certificate_serial().to_owned()
            }),
            ("the public key's", &["C4"], |it| it.serial_no = credentials().public_key_id().to_owned()),
            ("zero", &["C5"], |it| it.serial_no = "0".to_owned()),
            ("empty", &["C5"], |it| it.serial_no.clear()),
            ("other merchant", &["C6"], |it| it.mchid = "1999999999".to_owned()),
            ("the appid", &["C6"], |it| it.mchid = credentials().appid().to_owned()),
            ("other merchant and serial", &["C6", "C2", "E1"], |it| {
                it.mchid = OTHER.mchid().to_owned();
                it.serial_no = OTHER.serial_no().to_owned();
                it.sign = |message| {
                    key(OTHER.private_key_pem())
                        .sign(rsa::Pkcs1v15Sign::new::<Sha256>(), &sha256(message))
                        .unwrap()
                };
            }),
        ],
    );
}

#[test]
fn a_serial_that_lost_the_zeros_of_its_bytes() {
    let serial = credentials().serial_no();
    let bytes: Vec<&str> = (0..20).map(|at| &serial[2 * at..2 * at + 2]).collect();
    let without: String = bytes.iter().map(|byte| byte.strip_prefix('0').unwrap_or(byte)).collect();
    let mut forged = Forged::send();
    forged.serial_no = without;
    // The first byte always has a zero; without it alone, the number is the same.
    let only_first = bytes.iter().skip(1).all(|byte| !byte.starts_with('0'));
    let client = Client::new();
    if only_first {
        assert_ne!(forged.sent_to(&client).status, 401);
    } else {
        assert_codes(&client, "lost zeros", &forged, &["C3"]);
    }
}

fn with_colons(serial: &str) -> String {
    (0..20).map(|at| &serial[2 * at..2 * at + 2]).collect::<Vec<_>>().join(":")
}

/// Converts hex digits to decimal ones by long multiplication.
fn decimal(hex: &str) -> String {
    let mut digits = vec![0_u32];
    for c in hex.chars() {
        let mut carry = c.to_digit(16).unwrap();
        for digit in &mut digits {
            let value = *digit * 16 + carry;
            (*digit, carry) = (value % 10, value / 10);
        }
        while carry > 0 {
            digits.push(carry % 10);
            carry /= 10;
        }
    }
    digits.iter().rev().map(u32::to_string).collect()
}

#[test]
fn mistakes_in_the_form_of_the_signature() {
    assert_table(
        Forged::send,
        &[
            ("hex", &["D1"], |it| it.encode = hex),
            ("upper hex", &["D1"], |it| it.encode = |bytes| hex(bytes).to_uppercase()),
            ("lines of 76", &["D2"], |it| it.encode = |bytes| lines(bytes, " ")),
            ("literal line ends", &["D2"], |it| it.encode = |bytes| lines(bytes, "\\n")),
            ("a blank at the end", &["D2"], |it| it.encode = |bytes| STANDARD.encode(bytes) + " "),
            ("URL-encoded", &["D3"], |it| {
                it.encode =
                    |bytes| STANDARD.encode(bytes).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
            }),
            ("base64url", &["D4"], |it| it.encode = |bytes| URL_SAFE.encode(bytes)),
            ("base64url without padding", &["D4"], |it| {
                it.encode = |bytes| URL_SAFE.encode(bytes).trim_end_matches('=').to_owned()
            }),
            ("plus became space", &["D5"], |it| it.encode = |bytes| STANDARD.encode(bytes).replace('+', " ")),
            ("base64 of base64", &["D6"], |it| it.encode = |bytes| STANDARD.encode(STANDARD.encode(bytes))),
            ("base64 of hex", &["D6"], |it| it.encode = |bytes| STANDARD.encode(hex(bytes))),
            ("MD5", &["D7"], |it| it.encode = |_| "5D41402ABC4B2A76B9719D911017C592".to_owned()),
            ("HMAC", &["D7"], |it| it.encode = |bytes| hex(&sha256(bytes)).to_uppercase()),
            ("the digest alone", &["D7"], |it| it.encode = |bytes| STANDARD.encode(sha256(bytes))),
            ("ECDSA", &["D8"], |it| {
                it.encode = |bytes| {
                    let (r, s) = (&bytes[..32], &bytes[32..64]);
                    let number = |bytes: &[u8]| [&[0x02, 0x20, 0x11], &bytes[1..]].concat();
                    STANDARD.encode([&[0x30, 0x44][..], &number(r), &number(s)].concat())
                }
            }),
            ("SM2", &["D8"], |it| it.encode = |bytes| STANDARD.encode(&bytes[..64])),
            ("cut off", &["D9"], |it| it.encode = |bytes| STANDARD.encode(&bytes[..200])),
            ("too long", &["D9"], |it| it.encode = |bytes| STANDARD.encode([bytes, b"x"].concat())),
            ("lost padding", &["D9"], |it| {
                it.encode = |bytes| STANDARD.encode(bytes).trim_end_matches('=').to_owned()
            }),
            ("no base64", &["D9"], |it| it.encode = |_| "签名!".to_owned().replace("签名", "?")),
        ],
    );
}

fn lines(bytes: &[u8], end: &str) -> String {
    let text = STANDARD.encode(bytes);
    text.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned() + end).collect()
}

const PUBLISHED: &str = include_str!("../../../conformance/vectors/official_test_merchant_key_pkcs1.pem");

#[test]
fn mistakes_in_key_and_algorithm() {
    use rsa::pkcs1::DecodeRsaPrivateKey as _;
    fn with_key(pem: &str, message: &[u8]) -> Vec<u8> {
        key(pem).sign(rsa::Pkcs1v15Sign::new::<Sha256>(), &sha256(message)).unwrap()
    }
    assert_table(
        Forged::send,
        &[
            ("another run's key", &["E1"], |it| {
                it.sign = |message| with_key(OTHER.private_key_pem(), message)
            }),
            ("noise", &["E1"], |it| it.sign = |_| vec![7; 256]),
            ("larger than the modulus", &["E1"], |it| it.sign = |_| vec![255; 256]),
            ("the published key", &["E2"], |it| {
                it.sign = |message| {
                    let key = rsa::PrivateKey::from_pkcs1_pem(PUBLISHED).unwrap();
                    key.sign(rsa::Pkcs1v15Sign::new::<Sha256>(), &sha256(message)).unwrap()
                };
            }),
            ("PSS", &["E3"], |it| it.sign = |message| KEY.pss_sign::<Sha256>(message).unwrap()),
            ("PSS with SHA-1", &["E3", "E4"], |it| {
                it.sign = |message| KEY.pss_sign::<Sha1>(message).unwrap()
            }),
            ("SHA-1", &["E4"], |it| it.sign = pkcs1::<Sha1>),
            ("SHA-384", &["E4"], |it| it.sign = pkcs1::<Sha384>),
            ("SHA-512", &["E4"], |it| it.sign = pkcs1::<Sha512>),
            ("MD5", &["E4"], |it| {
                it.sign = |message| {
                    let info = b"\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10";
                    raw(&padded(&[&info[..], &sha256(message)[..16]].concat()))
                };
            }),
            ("no DigestInfo", &["E5"], |it| {
                it.sign = |message| KEY.sign(rsa::Pkcs1v15Sign::new_unprefixed(), &sha256(message)).unwrap()
            }),
            ("DigestInfo without NULL", &["E5"], |it| {
                it.sign = |message| {
                    let info = b"\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20";
                    raw(&padded(&[&info[..], &sha256(message)].concat()))
                };
            }),
            ("a hash of a hash", &["E6"], |it| it.sign = |message| pkcs1::<Sha256>(&sha256(message))),
            ("a hash of hex", &["E6"], |it| {
                it.sign = |message| pkcs1::<Sha256>(hex(&sha256(message)).as_bytes())
            }),
            ("a hash of base64", &["E6"], |it| {
                it.sign = |message| pkcs1::<Sha256>(STANDARD.encode(sha256(message)).as_bytes())
            }),
            ("hex, encrypted", &["E7"], |it| {
                it.sign = |message| raw(&padded(hex(&sha256(message)).as_bytes()))
            }),
            ("encrypted without padding", &["E7"], |it| {
                it.sign = |message| raw(&[&[0; 224][..], &sha256(message)].concat());
            }),
            ("reversed", &["E8"], |it| {
                it.sign = |message| pkcs1::<Sha256>(message).into_iter().rev().collect()
            }),
        ],
    );
    // A message that is short enough can be encrypted itself.
    assert_table(
        || Forged::new("GET", &format!("{FAVOR}/callbacks?mchid=1"), ""),
        &[("the message, encrypted", &["E7"], |it| it.sign = |message| raw(&padded(message)))],
    );
}

#[test]
fn mistakes_in_the_lines() {
    fn join(lines: &[Vec<u8>], separator: &str, end: &str) -> Vec<u8> {
        [lines.join(separator.as_bytes()), end.into()].concat()
    }
    let table: &[(&str, &[&str], Change)] = &[
        ("no final newline", &["F1"], |it| it.shape = |lines| join(lines, "\n", "")),
        ("CRLF", &["F2"], |it| it.shape = |lines| join(lines, "\r\n", "\r\n")),
        ("CRLF at the end", &["F2"], |it| it.shape = |lines| join(lines, "\n", "\r\n")),
        ("CR", &["F2"], |it| it.shape = |lines| join(lines, "\r", "\r")),
        ("two characters", &["F3"], |it| it.shape = |lines| join(lines, "\\n", "\\n")),
        ("joined by nothing", &["F3"], |it| it.shape = |lines| join(lines, "", "")),
        ("one newline more", &["F4"], |it| it.shape = |lines| join(lines, "\n", "\n\n")),
        ("two newlines between", &["F4"], |it| it.shape = |lines| join(lines, "\n\n", "\n")),
        ("nonce before timestamp", &["F5"], |it| it.lines.swap(2, 3)),
        ("URL before method", &["F5"], |it| it.lines.swap(0, 1)),
        ("no nonce", &["F6"], |it| it.shape = |lines| join(&[&lines[..3], &lines[4..]].concat(), "\n", "\n")),
        ("no method", &["F6"], |it| it.shape = |lines| join(&lines[1..], "\n", "\n")),
        ("as for an answer", &["F7"], |it| it.shape = |lines| join(&lines[2..], "\n", "\n")),
        ("lower case", &["F8"], |it| it.lines[0].make_ascii_lowercase()),
        ("mixed case", &["F8"], |it| it.lines[0][1..].make_ascii_lowercase()),
        ("PUT", &["F8"], |it| it.lines[0] = b"PUT".to_vec()),
        ("a second earlier", &["F9"], |it| it.lines[2] = (NOW - 1).to_string().into()),
        ("ten seconds later", &["F9"], |it| it.lines[2] = (NOW + 10).to_string().into()),
        ("milliseconds", &["F9"], |it| it.lines[2] = format!("{NOW}337").into()),
        ("nonce in lower case", &["F10"], |it| it.lines[3].make_ascii_lowercase()),
        ("no nonce", &["F10"], |it| it.lines[3].clear()),
    ];
    assert_table(Forged::send, table);
    assert_table(Forged::list, &table[..4]);
}

#[test]
fn mistakes_in_the_target() {
    fn target(it: &mut Forged, change: impl Fn(&str) -> String) {
        it.lines[1] = change(&it.target).into();
    }
    fn replace(it: &mut Forged, from: &str, to: &str) {
        assert!(it.target.contains(from), "{}", it.target);
        target(it, |target| target.replace(from, to));
    }
    assert_table(
        Forged::list,
        &[
            ("no query", &["G1"], |it| target(it, |it| it.split('?').next().unwrap().to_owned())),
            ("a part of the query", &["G1"], |it| replace(it, "&x=a%20b", "")),
            ("an empty query", &["G2"], |it| target(it, |it| format!("{}?", it.split('?').next().unwrap()))),
            ("https", &["G3"], |it| target(it, |it| format!("https://api.mch.weixin.qq.com{it}"))),
            ("the sandbox's URL", &["G3"], |it| target(it, |it| format!("http://127.0.0.1:8700{it}"))),
            ("the host", &["G3"], |it| target(it, |it| format!("api.mch.weixin.qq.com{it}"))),
            ("no slash", &["G4"], |it| target(it, |it| it[1..].to_owned())),
            ("decoded", &["G5"], |it| {
                target(it, |it| it.replace("%3A", ":").replace("%2B", "+").replace("%20", " "))
            }),
            ("colons not encoded", &["G5"], |it| target(it, |it| it.replace("%3A", ":"))),
            ("encoded again", &["G6"], |it| target(it, |it| it.replace('%', "%25"))),
            ("space as plus", &["G7"], |it| replace(it, "a%20b", "a+b")),
            ("plus not encoded", &["G7"], |it| replace(it, "%2B", "+")),
            ("sorted", &["G8"], |it| {
                target(it, |it| {
                    let (path, query) = it.split_once('?').unwrap();
                    let mut all: Vec<&str> = query.split('&').collect();
                    all.sort_unstable();
                    format!("{path}?{}", all.join("&"))
                })
            }),
            ("two swapped", &["G8"], |it| replace(it, "offset=0&limit=10", "limit=10&offset=0")),
            ("a prefix", &["G10"], |it| target(it, |it| format!("/api{it}"))),
            ("no /v3", &["G10"], |it| replace(it, "/v3/", "/")),
            ("a prefix in a header", &["G10"], |it| {
                it.headers.insert("x-forwarded-prefix", HeaderValue::from_static("/my-gateway"));
                target(it, |it| format!("/my-gateway{it}"));
            }),
            ("a slash more", &["G12"], |it| replace(it, "/stocks?", "/stocks/?")),
            ("lower hex digits", &["G12"], |it| {
                target(it, |it| it.replace("%3A", "%3a").replace("%2B", "%2b"))
            }),
        ],
    );
    assert_table(
        Forged::send,
        &[
            ("lower case", &["G9"], |it| target(it, str::to_lowercase)),
            ("the openid in lower case", &["G9"], |it| {
                replace(it, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "oupf8umuajo_m2pxb1q9znjwes6o")
            }),
            ("a placeholder", &["G11"], |it| replace(it, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "{openid}")),
            ("a question mark", &["G2"], |it| target(it, |it| format!("{it}?"))),
        ],
    );
}

#[test]
fn mistakes_in_the_body() {
    fn signed(it: &mut Forged, body: impl Into<Vec<u8>>) {
        it.lines[4] = body.into();
    }
    fn sent(it: &mut Forged, body: impl Into<Vec<u8>>) {
        it.body = body.into();
    }
    assert_table(
        Forged::list,
        &[
            ("an object", &["H1"], |it| signed(it, "{}")),
            ("null", &["H1"], |it| signed(it, "null")),
            ("a list", &["H1"], |it| signed(it, "[]")),
            ("the query as JSON", &["H1"], |it| {
                let body = format!(
                    r#"{{"offset":0,"limit":10,"stock_creator_mchid":{},"create_start_time":"2026-11-23T00:00:00+08:00","x":"a b"}}"#,
                    credentials().mchid(),
                );
                signed(it, body);
            }),
        ],
    );
    assert_table(
        Forged::send,
        &[
            ("left out", &["H2"], |it| signed(it, "")),
            ("not sent, an empty object", &["H3"], |it| {
                sent(it, "");
                signed(it, "{}");
            }),
            ("not sent", &["H3", "Z"], |it| sent(it, "")),
            ("Python's blanks", &["H4"], |it| signed(it, BODY.replace("\":", "\": ").replace(",\"", ", \""))),
            ("Python's escapes", &["H4"], |it| signed(it, BODY.replace("满减", "\\u6ee1\\u51cf"))),
            ("PHP's escapes", &["H4"], |it| {
                signed(it, BODY.replace("满减", "\\u6ee1\\u51cf").replace('/', "\\/"))
            }),
            ("Go's escapes", &["H4"], |it| signed(it, BODY.replace('<', "\\u003c").replace('>', "\\u003e"))),
            ("Go's escapes and newline", &["H4"], |it| {
                signed(it, BODY.replace('<', "\\u003c").replace('>', "\\u003e") + "\n")
            }),
            ("indented", &["H4"], |it| signed(it, indented())),
            ("sorted keys", &["H4"], |it| signed(it, sorted())),
            ("numbers as texts", &["H4"], |it| {
                signed(it, BODY.replace("1.50", "\"1.50\"").replace(":3,", ":\"3\","))
            }),
            ("shorter numbers", &["H4"], |it| signed(it, BODY.replace("1.50", "1.5"))),
            ("nulls left out", &["H4"], |it| {
                let with_null = BODY.replace("\"ok\":true", "\"ok\":true,\"no\":null");
                sent(it, with_null);
                signed(it, BODY);
            }),
            ("empty members left out", &["H4"], |it| signed(it, BODY.replace("\"list\":[],", ""))),
            ("newlines more", &["H5"], |it| sent(it, format!("{BODY}\n\n"))),
            ("a newline that is the final one", &["F1"], |it| sent(it, format!("{BODY}\n"))),
            ("line ends", &["H5"], |it| {
                sent(it, "{\r\n\"a\": 1\r\n}");
                signed(it, "{\n\"a\": 1\n}");
            }),
            ("GBK was signed", &["H6"], |it| signed(it, gbk())),
            ("GBK was sent", &["H6"], |it| sent(it, gbk())),
            ("mojibake", &["H6"], |it| signed(it, BODY.bytes().map(char::from).collect::<String>())),
            ("question marks", &["H6"], |it| signed(it, BODY.replace("满减", "??"))),
            ("UTF-16", &["H6"], |it| {
                signed(it, BODY.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>())
            }),
            ("BOM was sent", &["H7"], |it| sent(it, format!("\u{feff}{BODY}"))),
            ("BOM was signed", &["H7"], |it| signed(it, format!("\u{feff}{BODY}"))),
            ("a form", &["H9"], |it| {
                sent(it, r#"{"a":"1","b":"2"}"#);
                signed(it, "a=1&b=2");
            }),
            ("a form was sent", &["H9"], |it| {
                sent(it, "a=1&b=x+y");
                signed(it, r#"{"a":"1","b":"x y"}"#);
            }),
            ("a string of JSON", &["H9"], |it| signed(it, json!(BODY).to_string())),
            ("a string of JSON was sent", &["H9"], |it| sent(it, json!(BODY).to_string())),
            ("Python's text", &["H9"], |it| {
                sent(it, r#"{"a": "1", "b": true}"#);
                signed(it, "{'a': '1', 'b': True}");
            }),
            ("something else", &["Z"], |it| signed(it, BODY.replace("send-1", "send-2"))),
        ],
    );
    assert_table(
        upload,
        &[
            ("the whole form", &["H8"], |it| signed(it, it.body.clone())),
            ("no boundary", &["H8"], |it| {
                it.headers.insert("content-type", HeaderValue::from_static("multipart/form-data"));
            }),
            ("the file", &["H8"], |it| signed(it, b"\x89PNG\r\n\x1a\n rest")),
            ("meta left out", &["H2"], |it| signed(it, "")),
            ("meta with blanks", &["H4"], |it| {
                let meta = String::from_utf8(it.lines[4].clone()).unwrap();
                signed(it, meta.replace("\":", "\": ").replace(",\"", ", \""));
            }),
        ],
    );
}

fn gbk() -> Vec<u8> {
    let (before, after) = BODY.split_once("满减").unwrap();
    [before.as_bytes(), b"\xc2\xfa\xbc\xf5", after.as_bytes()].concat()
}

fn indented() -> String {
    "{\n  \"stock_id\": \"9856000\",\n  \"out_request_no\": \"send-1\",\n  \"appid\": \"wx233544546545989\",\n  \
     \"note\": \"a/b 满减 <1> \\\"q\\\"\",\n  \"list\": [],\n  \"price\": 1.50,\n  \"count\": 3,\n  \"ok\": true\n}"
        .to_owned()
}

fn sorted() -> String {
    r#"{"appid":"wx233544546545989","count":3,"list":[],"note":"a/b 满减 <1> \"q\"","ok":true,"out_request_no":"send-1","price":1.50,"stock_id":"9856000"}"#.to_owned()
}

#[test]
fn the_last_resort_gives_the_digest_that_was_signed() {
    let client = Client::new();
    let mut forged = Forged::send();
    forged.lines[4] = b"something else".to_vec();
    let digest = hex(&sha256(&(forged.shape)(&forged.lines)));
    let [zh, en] = forged.in_both(&client);
    for reply in [&zh, &en] {
        let finding = &findings(reply)[0];
        assert_eq!(finding["got"], digest.as_str());
        assert!(finding["says"].as_str().unwrap().contains(&digest));
        assert_eq!(finding["expected"], hex(&sha256(&crate::forged::shape(&Forged::send().lines))).as_str());
    }
}

#[test]
fn a_difference_is_shown_where_it_begins() {
    let client = Client::new();
    let mut forged = Forged::send();
    forged.lines[4] = BODY.replace("\":", "\": ").into();
    let finding = findings(&forged.sent_to(&client)).remove(0);
    assert_eq!(finding["code"], "H4");
    assert!(finding["expected"].as_str().unwrap().starts_with("{\"stock_id\":\"9856000\""), "{finding}");
    assert!(finding["got"].as_str().unwrap().starts_with("{\"stock_id\": \"9856000\""), "{finding}");
    let mut forged = Forged::send();
    forged.shape = |lines| lines.join(&b'\n');
    let finding = findings(&forged.sent_to(&client)).remove(0);
    assert!(
        finding["expected"].as_str().unwrap().ends_with("}↵")
            && finding["got"].as_str().unwrap().ends_with('}'),
        "{finding}"
    );
}

#[test]
fn the_answer_says_where_the_log_shows_the_request() {
    let client = Client::new();
    let mut forged = Forged::send();
    forged.lines[4].clear();
    let see = |reply: &crate::common::Reply| reply.json["detail"]["sandbox"]["see"].clone();
    assert_eq!(see(&forged.sent_to(&client)), "http://127.0.0.1:8700/_sandbox/requests/1");
    assert_eq!(see(&forged.sent_to(&client)), "http://127.0.0.1:8700/_sandbox/requests/2");
    forged.headers.remove("host");
    assert_eq!(see(&forged.sent_to(&client)), "/_sandbox/requests/3");
    forged.headers.insert("host", HeaderValue::from_static("a<script>"));
    assert_eq!(see(&forged.sent_to(&client)), "/_sandbox/requests/4");
}

#[test]
fn the_other_members_of_the_body_stay_the_platforms() {
    let client = Client::new();
    let mut forged = Forged::send();
    forged.lines[4].clear();
    let mut json = forged.sent_to(&client).json;
    json["detail"].as_object_mut().unwrap().remove("sandbox");
    let head = format!("POST\n{}\n{NOW}\n{NONCE}\n", forged.target);
    let expected: Value = json!({
        "code": "SIGN_ERROR",
        "message": "签名错误，请检查后再试",
        "detail": {
            "detail": { "issue": "sign not match" },
            "field": "signature",
            "location": "authorization",
            "sign_information": {
                "method": "POST",
                "url": forged.target,
                // As seen on the platform: {"notify and a newline.
                "truncated_sign_message": format!("{head}{{\"stock_\n"),
                "sign_message_length": head.len() + BODY.len() + 1,
            },
        },
    });
    assert_eq!(json, expected);
}
