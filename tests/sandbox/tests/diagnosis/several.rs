//! Several mistakes in one request: each is told, and the answer is the platform's for the first one.

use sha1::Sha1;
use sha2::Sha256;

use crate::codes::assert_codes;
use crate::common::{Client, NOW};
use crate::forged::{Forged, KEY, OTHER, key, pkcs1, sha256};

#[test]
fn mistakes_of_different_stages_are_all_told() {
    let client = Client::new();
    let at = |it: &mut Forged, timestamp: u64| {
        it.timestamp = timestamp.to_string();
        it.lines[2] = it.timestamp.clone().into();
    };
    type Row<'a> = (&'a str, &'a [&'a str], &'a dyn Fn(&mut Forged));
    let table: [Row<'_>; 12] = [
        ("clock and key", &["B3", "E1"], &|it| {
            at(it, NOW - 3000);
            it.sign = |message| {
                key(OTHER.private_key_pem())
                    .sign(rsa::Pkcs1v15Sign::new::<Sha256>(), &sha256(message))
                    .unwrap()
            };
        }),
        ("quotes, clock and body", &["A3", "B3", "H2"], &|it| {
            it.header = |header| header.replace('"', "");
            at(it, NOW + 3000);
            it.lines[4].clear();
        }),
        ("scheme, serial and hash", &["A2", "C6", "E4"], &|it| {
            it.header = |header| header.replace("SHA256-RSA2048", "SM2-WITH-SM3");
            it.mchid = "1999999999".to_owned();
            it.sign = pkcs1::<Sha1>;
        }),
        ("hex and newline", &["D1", "F1"], &|it| {
            it.encode = crate::forged::hex;
            it.shape = |lines| lines.join(&b'\n');
        }),
        ("PSS and method", &["E3", "F8"], &|it| {
            it.sign = |message| KEY.pss_sign::<Sha256>(message).unwrap();
            it.lines[0].make_ascii_lowercase();
        }),
        ("method and body", &["F8", "H2"], &|it| {
            it.lines[0].make_ascii_lowercase();
            it.lines[4].clear();
        }),
        ("newline and URL", &["F1", "G3"], &|it| {
            it.shape = |lines| lines.join(&b'\n');
            it.lines[1].splice(0..0, *b"https://api.mch.weixin.qq.com");
        }),
        ("URL and body", &["G3", "H4"], &|it| {
            it.lines[1].splice(0..0, *b"https://api.mch.weixin.qq.com");
            it.lines[4] = crate::forged::BODY.replace("\":", "\": ").replace(",\"", ", \"").into();
        }),
        ("URL and case", &["G3", "G9"], &|it| {
            it.lines[1].make_ascii_lowercase();
            it.lines[1].splice(0..0, *b"https://api.mch.weixin.qq.com");
        }),
        ("newline and body", &["F1", "H4"], &|it| {
            it.shape = |lines| lines.join(&b'\n');
            it.lines[4] = crate::forged::BODY.replace("\":", "\": ").replace(",\"", ", \"").into();
        }),
        ("milliseconds in the header only", &["B1", "F9"], &|it| it.timestamp = format!("{NOW}123")),
        ("hash of a hash, lower case", &["E6", "F8"], &|it| {
            it.sign = |message| pkcs1::<Sha256>(&sha256(message));
            it.lines[0].make_ascii_lowercase();
        }),
    ];
    for (name, expected, change) in table {
        let mut forged = Forged::send();
        change(&mut forged);
        assert_codes(&client, name, &forged, expected);
    }
}
