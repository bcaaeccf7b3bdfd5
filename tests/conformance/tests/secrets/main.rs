//! Nothing that can be printed shows a secret or a person.

mod models;
mod shown;
mod types;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::io::{Cursor, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wechatpay_conformance::*;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::crypto::{ApiV3Key, load_signing_key};
use wechatpay_core::error::*;
use wechatpay_core::notification::ReplayGuard;
use wechatpay_core::types::Openid;
use wechatpay_core::{
    Answer, DownloadCertificates, Error, Merchant, Operation, Pages, PlatformKeys, SecurityEcho,
};
use wechatpay_sandbox::Sandbox;

use shown::{Shown, printed};

const OPENID: &str = "oSECRETperson";
const DOWNLOAD_TOKEN: &str = "ja7qSECRETtoken";

/// In something decrypted or downloaded.
const CONTENT: &str = "SECRETcontent";

#[test]
fn secrets_and_people_are_never_shown() {
    let (client, platform, credentials) = pair(TIMESTAMP);
    let send =
        SendCoupon::new(OPENID.into(), "1".into(), "n".into(), "wx".into(), credentials.mchid().into());
    let request = client.request(&send, stamp()).unwrap();
    let authorization = request.headers()["authorization"].to_str().unwrap().to_owned();
    let (_, signature) = authorization.split_once("signature=\"").unwrap();
    let key_line = credentials.private_key_pem().lines().nth(3).unwrap().to_owned();
    let mut shown = Shown::nothing_of([
        OPENID,
        DOWNLOAD_TOKEN,
        credentials.api_v3_key(),
        signature.trim_end_matches('"'),
        &key_line,
        &key_line[..20],
    ]);
    // The test can fail: these do contain what it looks for.
    assert!(send.openid.as_str().contains(OPENID) && credentials.private_key_pem().contains(&key_line));

    shown.debug(&client);
    shown.debug(&wechatpay_ureq::Client::new(client.clone()));
    shown.debug(client.merchant());
    shown.debug(client.platform());
    shown.debug(&credentials);
    shown.debug(&Sandbox::new(credentials.clone()).unwrap());
    shown.debug(&api_v3_key(&credentials));
    shown.debug(&send);
    shown.debug(&ListCouponsByFilter::by_creator(OPENID.into(), "wx".into(), "1".into()));
    shown.debug(&QueryCoupon::new(OPENID.into(), "1".into(), "wx".into()));
    shown.debug(&client.unsigned(&send, stamp()).unwrap());
    shown.debug(&send.parts().unwrap());
    shown.debug(send.parts().unwrap().body());
    shown.debug(&request.headers());
    let mut exchange = client.exchange(&send).unwrap();
    shown.debug(&exchange);
    shown.debug(&exchange.poll(std::time::Duration::ZERO, stamp()));

    // An answer and errors that repeat what was sent.
    let echo = format!(
        r#"{{"code":"PARAM_ERROR","message":"m","detail":{{"field":"openid","value":"{OPENID}","issue":"i"}}}}"#
    );
    let now = TIMESTAMP;
    for (status, body) in [(400, echo.as_str()), (200, echo.as_str()), (500, OPENID), (200, OPENID)] {
        let response = platform.answer(status, body, now);
        shown.error(&read_answer::<SendCoupon>(&client, &response, now).unwrap_err());
        shown.error(&read_answer::<SendCoupon>(&client, &response, now + 1000).unwrap_err());
    }
    // A value of the wrong type, which JSON errors like to quote.
    let coupon = format!(r#"{{"stock_creator_mchid":"1","stock_id":"2","no_cash":"{OPENID}"}}"#);
    let response = platform.answer(200, &coupon, now);
    shown.error(&read_answer::<QueryCoupon>(&client, &response, now).unwrap_err());
    let answer = platform.answer(200, &format!(r#"{{"coupon_id":"1","openid":"{OPENID}"}}"#), now);
    shown.debug(&read_answer::<SendCoupon>(&client, &answer, now).unwrap());
    let flow =
        format!(r#"{{"url":"https://x/?token={DOWNLOAD_TOKEN}","hash_value":"8a","hash_type":"SHA1"}}"#);
    let flow = read_answer::<UseFlow>(&client, &platform.answer(200, &flow, now), now).unwrap();
    assert!(flow.url.as_str().contains(DOWNLOAD_TOKEN));
    shown.debug(&flow);
    for wrong in ["..".to_owned(), format!("{OPENID}{}", "x".repeat(128)), format!("{OPENID}🎁")] {
        let send = SendCoupon::new(wrong.into(), "1".into(), "n".into(), "wx".into(), "1".into());
        shown.error(&client.request(&send, stamp()).unwrap_err().into());
    }

    // Key files in the wrong place.
    let key = credentials.private_key_pem();
    for provider in PROVIDERS {
        shown.both(&PlatformKeys::new().add_public_key(provider, "PUB_KEY_ID_1", key).unwrap_err());
        shown.both(&PlatformKeys::new().add_certificate(provider, key).unwrap_err());
        let cut = &key[..key.len() / 2];
        shown.both(&load_signing_key(provider, cut).map(drop).unwrap_err());
        shown.both(&Merchant::from_pem(provider, "1\"".into(), "0A", key).unwrap_err());
        let broken = key.replacen('M', "!", 1);
        shown.both(&load_signing_key(provider, broken).map(drop).unwrap_err());
    }
    let short = &credentials.api_v3_key()[..31];
    shown.secrets.push(short.to_owned());
    shown.both(&ApiV3Key::new(short).unwrap_err());
    shown.debug(&credentials);
    assert!(shown.count > 50, "{}", shown.count);
}

#[test]
fn what_is_downloaded_or_decrypted_is_never_shown() {
    let (client, platform, credentials) = pair(TIMESTAMP);
    let client = client.with_api_v3_key(PROVIDERS[0], api_v3_key(&credentials));
    let mut shown = Shown::nothing_of([CONTENT, DOWNLOAD_TOKEN, OPENID, credentials.api_v3_key()]);
    shown.debug(&client);

    // A link, the download, the file and its rows, whole and broken.
    let url = format!("https://api.mch.weixin.qq.com/file?token={DOWNLOAD_TOKEN}");
    // The hash below is that of this file: `printf '批次id,优惠id,设备号\n1,SECRETcontent\n' | sha1sum`.
    let file = format!("批次id,优惠id,设备号\n1,{CONTENT}\n");
    let link = |hash: &str| {
        let body = format!(r#"{{"url":"{url}","hash_value":"{hash}","hash_type":"SHA1"}}"#);
        let answer = read_answer::<UseFlow>(&client, &platform.answer(200, &body, TIMESTAMP), TIMESTAMP);
        answer.unwrap()
    };
    let right = link("f9d7f9c8d19f50c58073f645370acbf5fbba4900");
    assert!(right.url.as_str().contains(DOWNLOAD_TOKEN));
    shown.debug(&right.url);
    let spool = |link: &Answer<UseFlowResponse>, shown: &mut Shown| {
        let download = client.download(PROVIDERS[0], link).unwrap();
        shown.debug(&download);
        let body = format!(r#"{{"code":"INVALID_REQUEST","detail":{{"value":"{DOWNLOAD_TOKEN}"}}}}"#);
        shown.error(&download.refused(&platform.answer(400, &body, TIMESTAMP), TIMESTAMP));
        let mut spool = download.spool(Cursor::new(Vec::new())).unwrap();
        spool.write_all(file.as_bytes()).unwrap();
        shown.debug(&spool);
        spool.finish()
    };
    let another_hash = spool(&link(&"0".repeat(40)), &mut shown).unwrap_err();
    shown.error(&another_hash.into());
    let checked = spool(&right, &mut shown).unwrap();
    shown.debug(&checked);
    let mut rows = FlowRows::from(checked);
    shown.debug(&rows);
    shown.both(&rows.next().unwrap().unwrap_err());
    for wrong in ["x:1", "0x", "1", "\"", "\u{0}"] {
        let file = format!("批次id,优惠id,优惠金额,消耗时间\n1,2,{CONTENT}{wrong},\n");
        shown.both(&FlowRows::new(file.as_bytes(), None).next().unwrap().unwrap_err());
    }
    let elsewhere =
        format!(r#"{{"url":"https://example.com/?{DOWNLOAD_TOKEN}","hash_value":"","hash_type":""}}"#);
    let elsewhere = read_answer::<UseFlow>(&client, &platform.answer(200, &elsewhere, TIMESTAMP), TIMESTAMP);
    shown.error(&client.download(PROVIDERS[0], &elsewhere.unwrap()).unwrap_err().into());

    // Lists and images.
    let list = ListCouponsByFilter::by_creator(OPENID.into(), "wx".into(), "1".into());
    shown.debug(&Pages::new(list));
    let image = [b"\x89PNG\r\n\x1a\n", CONTENT.as_bytes()].concat();
    let image = UploadMarketingImage::new(PROVIDERS[0], "a.png", image).unwrap();
    assert!(
        image.parts().unwrap().body().bytes().windows(CONTENT.len()).any(|bytes| bytes == CONTENT.as_bytes())
    );
    shown.debug(&image);
    shown.debug(&image.file);
    shown.debug(image.parts().unwrap().body());

    // A callback, and those that are refused at each stage.
    let coupon = format!(
        r#"{{"stock_creator_mchid":"1","stock_id":"2","coupon_id":"3","status":"USED","x":"{CONTENT}"}}"#
    );
    let guard = ReplayGuard::new(1);
    let (mut taken, mut refused) = (0, 0);
    for (event_type, content) in [
        ("COUPON.USE", coupon.as_str()),
        ("OTHER", &coupon),
        ("COUPON.USE", &format!(r#"{{"coupon_id":"1","no_cash":"{CONTENT}"}}"#)),
        ("COUPON.USE", CONTENT),
        ("COUPON.USE", &format!("{{\"coupon_id\":{CONTENT:?}}}")),
    ] {
        let body = callback(event_type, content, credentials.api_v3_key());
        for (body, now) in
            [(body.clone(), TIMESTAMP), (body, TIMESTAMP + 301), (content.to_owned(), TIMESTAMP)]
        {
            let request = platform.callback(&body, TIMESTAMP);
            match client.notification::<CouponUsed>(&request, now) {
                Ok(notification) => {
                    assert!(String::from_utf8_lossy(notification.resource()).contains(CONTENT));
                    shown.debug(&notification);
                    assert_eq!(guard.is_new(&notification), taken == 0);
                    shown.debug(&guard);
                    taken += 1;
                }
                Err(error) => {
                    shown.both(&error);
                    shown.debug(error.kind());
                    shown.causes(&error);
                    shown.text(&String::from_utf8_lossy(error.reply().body()));
                    refused += 1;
                }
            }
        }
    }
    assert_eq!((taken, refused), (2, 13));
}

fn callback(event_type: &str, content: &str, api_v3_key: &str) -> String {
    let resource = sealed(api_v3_key, "coupon", content);
    serde_json::json!({"id": "1", "event_type": event_type, "resource": resource}).to_string()
}

#[test]
fn certificates_and_what_is_sealed_are_never_shown() {
    let credentials = credentials(TIMESTAMP);
    let sandbox = Sandbox::new(credentials.clone()).unwrap();
    let provider = PROVIDERS[1];
    let client = client(provider, &credentials, PlatformKeys::new());
    let pem_line = credentials.platform_certificate_pem().lines().nth(3).unwrap();
    let mut shown = Shown::nothing_of([pem_line, "-----BEGIN", CONTENT, credentials.api_v3_key()]);
    let response = sandbox.handle(client.request(&DownloadCertificates, stamp()).unwrap(), TIMESTAMP);
    let answer = client.response(&DownloadCertificates, &response, TIMESTAMP).unwrap();
    assert!(answer[0].pem.contains(pem_line));
    shown.debug(&answer);
    shown.debug(&answer[0]);
    shown.debug(client.platform());
    let other = client.clone().with_api_v3_key(provider, ApiV3Key::new([b'k'; 32]).unwrap());
    shown.error(&other.response(&DownloadCertificates, &response, TIMESTAMP).unwrap_err());

    let sealed = client.platform().seal(CONTENT).unwrap();
    shown.debug(&sealed);
    shown.debug(&SecurityEcho::new("hello").encrypted(sealed));
    shown.both(&client.platform().seal(CONTENT.repeat(20)).unwrap_err());
    shown.both(&client.merchant().open(CONTENT).unwrap_err());
    shown.both(&client.merchant().open(STANDARD.encode([7; 256])).unwrap_err());
}

/// Types that are printed nowhere above, and why that is so.
const TOLD: &[(&str, &str)] = &[
    ("Mchid Appid StockId CouponId OutRequestNo", "numbers by which logs are searched; none is a person's"),
    ("Timestamp BillDate Nonce BaseUrl", "when, once and where to: no secret"),
    ("CryptoProvider", "its name"),
    (
        "AvailableRegion AvailableSingleitemCollection CardLimitation CouponRule CreateCouponStock CreatePlatformFavor \
         ImageMeta ModifyAvailableSingleitems PatternInfo PlatformFavorDisplayPattern PlatformFavorStockEntity \
         RequiredStockFields Stock StockUseRule UploadMarketingImageResponse",
        "what a merchant sets up for all its users, who may see it",
    ),
    ("Callback SetCallback SetCallbackResponse", "an address that the merchant gives out itself"),
    ("SecurityEchoResponse", "what the caller had said back, and ciphertext"),
    (
        "Platform Refusal Success",
        "the serial of a test's platform; answers that are made up, so that a failure can be read",
    ),
];

#[test]
fn every_type_is_printed_or_told_of() {
    secrets_and_people_are_never_shown();
    what_is_downloaded_or_decrypted_is_never_shown();
    certificates_and_what_is_sealed_are_never_shown();
    models::values_of_answers_show_nobody();
    models::drivers_show_nothing_of_what_they_send();
    let types = types::all();
    let names: BTreeSet<_> = types.keys().cloned().collect();
    let printed = printed();
    // None of those that are known to be there was overlooked in the sources.
    let ours = printed.iter().filter(|name| types::is_ours(name));
    let overlooked: Vec<_> = ours.filter(|name| !names.contains(*name)).collect();
    assert!(overlooked.is_empty() && names.len() > 100, "{overlooked:?} {}", names.len());
    let told: BTreeSet<_> = TOLD
        .iter()
        .flat_map(|(names, _)| names.split(' '))
        .map(|name| format!("wechatpay_core::{name}"))
        .collect();
    let unknown: Vec<_> =
        told.iter().filter(|name| !names.contains(*name) || printed.contains(*name)).collect();
    assert!(unknown.is_empty(), "there is no need to tell of {unknown:?}");
    let unexplained = types::unexplained(&types, &printed.union(&told).cloned().collect());
    assert!(unexplained.is_empty(), "{unexplained:#?}");
}
