//! `Debug` and `Display` never show secrets or personal data.

mod campaigns;
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
    Answer, DownloadCertificates, Error, Merchant, Operation, Paged, Pages, PlatformKeys, SecurityEcho,
    Settings, Step,
};
use wechatpay_sandbox::Sandbox;

use shown::{Shown, printed};

const OPENID: &str = "oSECRETperson";
const DOWNLOAD_TOKEN: &str = "ja7qSECRETtoken";

/// Part of decrypted or downloaded content.
const CONTENT: &str = "SECRETcontent";

#[test]
fn secrets_and_personal_data_are_never_shown() {
    let (client, platform, credentials) = pair(TIMESTAMP);
    let send = SendCoupon::new(RequiredCouponFields {
        openid: OPENID.into(),
        appid: "wx".into(),
        stock_id: "1".into(),
        stock_creator_mchid: credentials.mchid().into(),
        out_request_no: "n".into(),
    });
    let request = client.request(&send, stamp()).unwrap();
    let authorization = request.headers()["authorization"].to_str().unwrap().to_owned();
    let (_, signature) = authorization.split_once("signature=\"").unwrap();
    let key_line = credentials.private_key_pem().lines().nth(3).unwrap().to_owned();
    let mut shown = Shown::without([
        OPENID,
        DOWNLOAD_TOKEN,
        credentials.api_v3_key(),
        signature.trim_end_matches('"'),
        &key_line,
        &key_line[..20],
    ]);
    // The secrets are really there, so the checks below can fail.
    assert!(send.openid.as_str().contains(OPENID) && credentials.private_key_pem().contains(&key_line));

    shown.debug(&client);
    shown.debug(&wechatpay_ureq::Client::new(client.clone()));
    shown.debug(client.merchant());
    shown.debug(client.platform());
    shown.debug(&credentials);
    shown.debug(&Sandbox::new(credentials.clone()).unwrap());
    shown.debug(&api_v3_key(&credentials));
    shown.debug(&send);
    shown.debug(&ListCouponsByFilter::by_creator(
        User { openid: OPENID.into(), appid: "wx".into() },
        "1".into(),
    ));
    shown.debug(&QueryCoupon::new(User { openid: OPENID.into(), appid: "wx".into() }, "1".into()));
    shown.debug(&client.unsigned(&send, stamp()).unwrap());
    shown.debug(&send.parts().unwrap());
    shown.debug(send.parts().unwrap().body());
    shown.debug(&request.headers());
    let mut exchange = client.exchange(&send).unwrap();
    shown.debug(&exchange);
    shown.debug(&exchange.poll(std::time::Duration::ZERO, stamp()));

    // A response and errors that contain values of the request.
    let echo = format!(
        r#"{{"code":"PARAM_ERROR","message":"m","detail":{{"field":"openid","value":"{OPENID}","issue":"i"}}}}"#
    );
    let now = TIMESTAMP;
    for (status, body) in [(400, echo.as_str()), (200, echo.as_str()), (500, OPENID), (200, OPENID)] {
        let response = platform.signed_response(status, body, now);
        shown.error(&read_response::<SendCoupon>(&client, &response, now).unwrap_err());
        shown.error(&read_response::<SendCoupon>(&client, &response, now + 1000).unwrap_err());
    }
    // A page of something on the way that repeats the URL, and what the platform received.
    let page = format!(
        "<html><body>/v3/marketing/favor/users/{OPENID}/coupons is blocked for {OPENID}</body></html>"
    );
    let message =
        format!("POST\n/v3/marketing/favor/users/{OPENID}/coupons\n1\nn\n{{\"openid\":\"{OPENID}\"}}");
    let seen = serde_json::json!({
        "code": "SIGN_ERROR",
        "detail": {"value": OPENID, "sign_information": {
            "method": "POST", "url": format!("/v3/marketing/favor/users/{OPENID}/coupons"),
            "truncated_sign_message": message, "sign_message_length": 107,
        }},
    });
    for body in [page, OPENID.to_owned(), format!(r#"{{"openid":"{OPENID}"}}"#), seen.to_string()] {
        let error = client.response(&send, &unsigned(401, &body), now).unwrap_err();
        shown.error(&error);
        if let Some(detail) = error.api().unwrap().detail() {
            shown.debug(&detail);
            shown.debug(&detail.sign_information.unwrap());
        }
    }
    // The response to another request.
    let coupon = format!(
        r#"{{"coupon_id":"{OPENID}","stock_creator_mchid":"1","stock_id":"2","status":"USED","x":"{OPENID}"}}"#
    );
    let query = QueryCoupon::new(User { openid: OPENID.into(), appid: "wx".into() }, "1".into());
    let error = client.response(&query, &platform.signed_response(200, &coupon, now), now).unwrap_err();
    assert!(matches!(error, Error::Mismatch(_)), "{error:?}");
    shown.error(&error);
    // A value of the wrong type, which JSON errors often quote.
    let coupon = format!(r#"{{"stock_creator_mchid":"1","stock_id":"2","no_cash":"{OPENID}"}}"#);
    let response = platform.signed_response(200, &coupon, now);
    shown.error(&read_response::<QueryCoupon>(&client, &response, now).unwrap_err());
    let response = platform.signed_response(200, &format!(r#"{{"coupon_id":"1","openid":"{OPENID}"}}"#), now);
    shown.debug(&read_response::<SendCoupon>(&client, &response, now).unwrap());
    let flow =
        format!(r#"{{"url":"https://x/?token={DOWNLOAD_TOKEN}","hash_value":"8a","hash_type":"SHA1"}}"#);
    let flow = read_response::<UseFlow>(&client, &platform.signed_response(200, &flow, now), now).unwrap();
    assert!(flow.url.as_str().contains(DOWNLOAD_TOKEN));
    shown.debug(&flow);
    for wrong in ["..".to_owned(), format!("{OPENID}{}", "x".repeat(128)), format!("{OPENID}🎁")] {
        let send = SendCoupon::new(RequiredCouponFields {
            openid: wrong.into(),
            appid: "wx".into(),
            stock_id: "1".into(),
            stock_creator_mchid: "1".into(),
            out_request_no: "n".into(),
        });
        shown.error(&client.request(&send, stamp()).unwrap_err().into());
    }

    // Keys of the wrong kind, and damaged keys.
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

    // Settings, and a key in the wrong variable.
    let settings = |key_variable: &str| {
        let values = [
            ("WECHATPAY_MCHID", credentials.mchid().to_owned()),
            ("WECHATPAY_SERIAL_NO", credentials.serial_no().to_owned()),
            (key_variable, key.to_owned()),
            ("WECHATPAY_API_V3_KEY", credentials.api_v3_key().to_owned()),
            ("WECHATPAY_PROXY", format!("http://user:{OPENID}@proxy:3128")),
        ];
        let get =
            |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        Settings::from_source(get, |path| std::fs::read(path))
    };
    let right = settings("WECHATPAY_PRIVATE_KEY").unwrap();
    assert!(right.proxy().unwrap().credentials().unwrap().1 == OPENID);
    shown.debug(&right);
    shown.debug(right.proxy().unwrap());
    let error = settings("WECHATPAY_PRIVATE_KEY_FILE").unwrap_err();
    shown.both(&error);
    shown.both(&error.problems()[0]);

    let short = &credentials.api_v3_key()[..31];
    shown.secrets.push(short.to_owned());
    shown.both(&ApiV3Key::new(short).unwrap_err());
    shown.debug(&credentials);
    assert!(shown.count > 50, "{}", shown.count);
}

#[test]
fn downloaded_and_decrypted_content_is_never_shown() {
    let (client, platform, credentials) = pair(TIMESTAMP);
    let client = client.with_api_v3_key(PROVIDERS[0], api_v3_key(&credentials));
    let mut shown = Shown::without([CONTENT, DOWNLOAD_TOKEN, OPENID, credentials.api_v3_key()]);
    shown.debug(&client);

    // A link, the download, the file and its rows, valid and invalid.
    let url = format!("https://api.mch.weixin.qq.com/v3/billdownload/file?token={DOWNLOAD_TOKEN}");
    // The hash below is that of this file: `printf '批次id,优惠id,设备号\n1,SECRETcontent\n' | sha1sum`.
    let file = format!("批次id,优惠id,设备号\n1,{CONTENT}\n");
    let link = |hash: &str| {
        let body = format!(r#"{{"url":"{url}","hash_value":"{hash}","hash_type":"SHA1"}}"#);
        let answer =
            read_response::<UseFlow>(&client, &platform.signed_response(200, &body, TIMESTAMP), TIMESTAMP);
        answer.unwrap()
    };
    let right = link("f9d7f9c8d19f50c58073f645370acbf5fbba4900");
    assert!(right.url.as_str().contains(DOWNLOAD_TOKEN));
    shown.debug(&right.url);
    let spool = |link: &Answer<UseFlowResponse>, shown: &mut Shown| {
        let download = client.download(PROVIDERS[0], link).unwrap();
        shown.debug(&download);
        let body = format!(r#"{{"code":"INVALID_REQUEST","detail":{{"value":"{DOWNLOAD_TOKEN}"}}}}"#);
        shown.error(&download.refused(&platform.signed_response(400, &body, TIMESTAMP), TIMESTAMP));
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
    let unread = rows.next().unwrap().unwrap_err();
    shown.both(&unread);
    let FlowError::Row(unread) = unread else { panic!("{unread:?}") };
    assert!(unread.text().unwrap().contains(CONTENT));
    shown.both(&*unread);
    shown.both(unread.problem());
    for wrong in ["x:1", "0x", "1", "\"", "\u{0}"] {
        let file = format!("批次id,优惠id,优惠金额,消耗时间\n1,2,{CONTENT}{wrong},\n");
        shown.both(&FlowRows::new(file.as_bytes(), None).next().unwrap().unwrap_err());
    }
    let FlowError::Format(format) = FlowRows::new(&b"{"[..], None).next().unwrap().unwrap_err() else {
        panic!()
    };
    shown.both(&format);
    let elsewhere =
        format!(r#"{{"url":"https://example.com/?{DOWNLOAD_TOKEN}","hash_value":"","hash_type":""}}"#);
    let elsewhere =
        read_response::<UseFlow>(&client, &platform.signed_response(200, &elsewhere, TIMESTAMP), TIMESTAMP);
    shown.error(&client.download(PROVIDERS[0], &elsewhere.unwrap()).unwrap_err().into());

    // Lists and images.
    let list =
        ListCouponsByFilter::by_creator(User { openid: OPENID.into(), appid: "wx".into() }, "1".into());
    shown.debug(&ListCouponsByFilter::OFFSET);
    let (mut pages, empty) = (Pages::new(list), format!(r#"{{"total_count":7,"x":"{OPENID}"}}"#));
    let empty = serde_json::from_str(&format!(r#"{{"limit":20,"offset":0,{}"#, &empty[1..])).unwrap();
    shown.debug(&ListCouponsByFilter::totals(&empty));
    pages.on_page(empty);
    shown.debug(&pages);
    shown.error(&pages.finish().unwrap_err().into());
    let image = [b"\x89PNG\r\n\x1a\n", CONTENT.as_bytes()].concat();
    let image = UploadMarketingImage::new(PROVIDERS[0], "a.png", image).unwrap();
    assert!(
        image.parts().unwrap().body().bytes().windows(CONTENT.len()).any(|bytes| bytes == CONTENT.as_bytes())
    );
    shown.debug(&image);
    shown.debug(&image.file);
    shown.debug(image.parts().unwrap().body());

    // A valid callback, and callbacks that are rejected at each stage.
    let coupon = format!(
        r#"{{"stock_creator_mchid":"1","stock_id":"2","coupon_id":"3","status":"USED","x":"{CONTENT}"}}"#
    );
    let guard = ReplayGuard::new(1);
    let (mut accepted, mut rejected) = (0, 0);
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
            let mut unknown = platform.callback(&body, TIMESTAMP);
            unknown.headers_mut().insert("wechatpay-serial", "AB12".parse().unwrap());
            let waiting = client.receive::<CouponUsed>(&unknown, now);
            assert_eq!(waiting.is_waiting(), now == TIMESTAMP);
            shown.debug(&waiting);
            let request = platform.callback(&body, TIMESTAMP);
            shown.debug(&client.receive::<CouponUsed>(&request, now));
            match client.notification::<CouponUsed>(&request, now) {
                Ok(notification) => {
                    assert!(String::from_utf8_lossy(notification.resource()).contains(CONTENT));
                    shown.debug(&notification);
                    assert_eq!(guard.is_new(&notification), accepted == 0);
                    shown.debug(&guard);
                    accepted += 1;
                }
                Err(error) => {
                    shown.both(&error);
                    shown.debug(error.kind());
                    shown.causes(&error);
                    shown.text(&String::from_utf8_lossy(error.reply().body()));
                    rejected += 1;
                }
            }
        }
    }
    assert_eq!((accepted, rejected), (2, 13));
}

fn callback(event_type: &str, content: &str, api_v3_key: &str) -> String {
    let resource = sealed(api_v3_key, "coupon", content);
    serde_json::json!({"id": "1", "event_type": event_type, "resource": resource}).to_string()
}

#[test]
fn certificates_and_encrypted_fields_are_never_shown() {
    let credentials = credentials(TIMESTAMP);
    let sandbox = Sandbox::new(credentials.clone()).unwrap();
    let provider = PROVIDERS[1];
    let client = client(provider, &credentials, PlatformKeys::new());
    let pem_line = credentials.platform_certificate_pem().lines().nth(3).unwrap();
    let mut shown = Shown::without([pem_line, "-----BEGIN", CONTENT, credentials.api_v3_key()]);
    let response = sandbox.handle(client.request(&DownloadCertificates, stamp()).unwrap(), TIMESTAMP);
    let answer = client.response(&DownloadCertificates, &response, TIMESTAMP).unwrap();
    assert!(answer[0].pem.contains(pem_line));
    shown.debug(&answer);
    shown.debug(&answer[0]);
    shown.debug(client.platform());
    let other = client.clone().with_api_v3_key(provider, ApiV3Key::new([b'k'; 32]).unwrap());
    shown.error(&other.response(&DownloadCertificates, &response, TIMESTAMP).unwrap_err());
    // The same, fetched for a response of an operation.
    let mut exchange = other
        .exchange(&SendCoupon::new(RequiredCouponFields {
            openid: CONTENT.into(),
            appid: "wx".into(),
            stock_id: "1".into(),
            stock_creator_mchid: "1".into(),
            out_request_no: "n".into(),
        }))
        .unwrap();
    let unknown = with_header(response.clone(), "wechatpay-serial", "0A0B");
    for response in [unknown, response] {
        shown.debug(&exchange.poll(std::time::Duration::ZERO, stamp()));
        exchange.on_response(&response, TIMESTAMP);
    }
    let Step::Done(result) = exchange.poll(std::time::Duration::ZERO, stamp()) else { panic!() };
    let error = result.unwrap_err();
    let Error::Verify(verify) = &error else { panic!("{error:?}") };
    shown.both(verify.certificates().unwrap());
    shown.error(&error);

    let sealed = client.platform().seal(CONTENT, TIMESTAMP).unwrap();
    shown.debug(&sealed);
    shown.debug(&SecurityEcho::new("hello").encrypted(sealed));
    shown.both(&client.platform().seal(CONTENT.repeat(20), TIMESTAMP).unwrap_err());
    shown.both(&client.merchant().open(CONTENT).unwrap_err());
    shown.both(&client.merchant().open(STANDARD.encode([7; 256])).unwrap_err());
}

/// Types that no test above prints, and the reason why they are not secret.
const NOT_SECRET: &[(&str, &str)] = &[
    ("Mchid Appid StockId CouponId OutRequestNo", "ids for searching logs; none identifies a person"),
    ("Timestamp BillDate Nonce BaseUrl", "times, nonces and URLs are not secret"),
    ("CryptoProvider", "shows its name only"),
    (
        "AvailableRegion AvailableSingleitemCollection BudgetChange CardLimitation CouponRule CreateCouponStock CreatePlatformFavor \
         ImageMeta ModifyAvailableSingleitems PatternInfo PlatformFavorDisplayPattern PlatformFavorStockEntity \
         RequiredStockFields Stock StockUseRule UploadMarketingImageResponse",
        "settings that all users of the merchant may see",
    ),
    ("Callback SetCallback SetCallbackResponse", "a URL that the merchant publishes itself"),
    ("SecurityEchoResponse", "the text that the caller sent, and ciphertext"),
    ("Recorded Reservation SharedPace Starts", "numbers of intents, times and counts"),
    ("Platform Refusal Success", "test data, which must be readable when a test fails"),
];

#[test]
fn every_public_type_is_printed_by_a_test_or_listed_as_not_secret() {
    secrets_and_personal_data_are_never_shown();
    downloaded_and_decrypted_content_is_never_shown();
    certificates_and_encrypted_fields_are_never_shown();
    models::response_values_show_no_personal_data();
    models::drivers_show_nothing_of_their_requests();
    models::reports_show_nothing_of_requests_and_responses();
    let types = types::all();
    let names: BTreeSet<_> = types.keys().cloned().collect();
    let printed = printed();
    // Every printed type must have been found in the sources.
    let ours = printed.iter().filter(|name| types::is_ours(name));
    let overlooked: Vec<_> = ours.filter(|name| !names.contains(*name)).collect();
    assert!(overlooked.is_empty() && names.len() > 100, "not found: {overlooked:?}, found {}", names.len());
    let listed: BTreeSet<_> = NOT_SECRET
        .iter()
        .flat_map(|(names, _)| names.split(' '))
        .map(|name| format!("wechatpay_core::{name}"))
        .collect();
    let unknown: Vec<_> =
        listed.iter().filter(|name| !names.contains(*name) || printed.contains(*name)).collect();
    assert!(unknown.is_empty(), "listed in NOT_SECRET, but printed by a test or not existing: {unknown:?}");
    let unchecked = types::unchecked(&types, &printed.union(&listed).cloned().collect());
    assert!(unchecked.is_empty(), "neither printed by a test nor listed in NOT_SECRET: {unchecked:#?}");
}
