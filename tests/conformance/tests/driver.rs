//! The blocking driver over real sockets: against the sandbox, and against a server that answers by script.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test"
)]

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use wechatpay_conformance::driver::{now, on_the_wire, scripted, send, stock};
use wechatpay_conformance::{PROVIDERS, Platform, pair};
use wechatpay_core::cashcoupons::*;
use wechatpay_core::error::{ErrorCode, TransportErrorKind};
use wechatpay_core::types::Fen;
use wechatpay_core::{BaseUrl, Error, Merchant, Outcome, PlatformKeys, RetryPolicy};
use wechatpay_sandbox::{Credentials, Sandbox, Server};
use wechatpay_ureq::Client;

/// With the public key, and with the certificate, as the merchant prefers.
#[test]
fn every_operation_against_the_sandbox() {
    for certificate in [false, true] {
        let credentials = Credentials::generate(now()).unwrap();
        let (mchid, appid) = (credentials.mchid(), credentials.appid());
        let sandbox = Sandbox::new(credentials.clone()).unwrap();
        let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), sandbox, now).unwrap();
        let provider = PROVIDERS[usize::from(certificate)];
        let merchant = Merchant::from_pem(
            provider,
            mchid.into(),
            credentials.serial_no(),
            credentials.private_key_pem(),
        );
        let keys = PlatformKeys::new();
        if certificate {
            keys.add_certificate(provider, credentials.platform_certificate_pem()).unwrap();
        } else {
            let pem = credentials.public_key_pem();
            keys.add_public_key(provider, credentials.public_key_id(), pem).unwrap();
        }
        let core = wechatpay_core::Client::new(merchant.unwrap(), keys).unwrap();
        let client = Client::new(core.with_base_url(BaseUrl::parse(&server.url()).unwrap()));

        let created = client.send(&stock(mchid, "n-1")).unwrap();
        assert!(created.is_verified() && created.request_id().is_some());
        let same_number = StockRule::new(6, Fen::new(600), 1);
        let mut other_stock = stock(mchid, "n-1");
        other_stock.stock_use_rule = same_number;
        let refused = client.send(&other_stock).unwrap_err();
        assert_eq!(refused.api().unwrap().code(), Some(&ErrorCode::InvalidRequest));
        let id = created.stock_id.as_str();
        client.send(&StartStock::new(id.into(), mchid.into())).unwrap();
        // It has not begun yet.
        let early = client.send(&send(mchid, appid, id, "c-1")).unwrap_err();
        assert_eq!(early.api().unwrap().code(), Some(&ErrorCode::RequestBlocked));
        assert_eq!(early.api().unwrap().internal_code(), Some("270079533"));
        assert_eq!(early.outcome(), Outcome::Rejected);
        let paused = client.send(&PauseStock::new(id.into(), mchid.into())).unwrap();
        assert!(paused.pause_time.unix_seconds().is_some());
        client.send(&RestartStock::new(id.into(), mchid.into())).unwrap();
        let other = client.send(&stock(mchid, "n-2")).unwrap();
        client.send(&StopStock::new(other.stock_id.clone(), mchid.into())).unwrap();
        let found = client.send(&QueryStock::new(id.into(), mchid.into())).unwrap();
        assert_eq!((&found.status, found.distributed_coupons), (&StockStatus::Running, Some(0)));
        let page = client.send(&ListStocks::new(mchid.into()).status(StockStatus::Stopped)).unwrap();
        assert_eq!((page.total_count, page.data[0].stock_id.clone()), (1, other.stock_id.clone()));
        let held = ListCouponsByFilter::by_creator("o".into(), appid.into(), mchid.into());
        assert_eq!(client.send(&held).unwrap().total_count, 0);
        let query = QueryCoupon::new("o".into(), "1".into(), appid.into());
        let missing = client.send(&query).unwrap_err();
        assert_eq!(missing.api().unwrap().code(), Some(&ErrorCode::ResourceNotExists));
    }
}

fn client(core: &wechatpay_core::Client, url: &str) -> Client {
    let quick = RetryPolicy::default().with_delays(Duration::from_millis(1), Duration::from_millis(2));
    Client::new(core.clone().with_base_url(BaseUrl::parse(url).unwrap()).with_retry(quick))
}

fn ok(platform: &Platform) -> Vec<u8> {
    on_the_wire(&platform.answer(200, r#"{"coupon_id":"98674556"}"#, now()))
}

#[test]
fn failures_are_repeated_with_the_identical_body() {
    let (core, platform, _) = pair(now());
    let unavailable =
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>".to_vec();
    // A closed connection, an error page, a success.
    let (url, requests) = scripted(vec![Vec::new(), unavailable, ok(&platform)]);
    let sent = client(&core, &url).send(&send("1", "wx", "1", "n-1")).unwrap();
    assert_eq!(sent.coupon_id.as_str(), "98674556");
    let requests: Vec<String> = requests.iter().collect();
    let [first, second, third] = requests.as_slice() else { panic!("{requests:?}") };
    let body = |request: &str| request.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!((body(first), body(second)), (body(second), body(third)));
    let target = "POST /v3/marketing/favor/users/o%2F%E7%94%A8%E6%88%B7%7C%2B%25%201/coupons HTTP/1.1\r\n";
    assert!(requests.iter().all(|request| request.starts_with(target)), "{first}");
    assert!(requests.iter().all(|request| !request.to_lowercase().contains("accept-encoding")), "{first}");
    assert_ne!(first, second);
}

#[test]
fn an_answer_over_the_cap_is_not_read() {
    let (core, platform, _) = pair(now());
    let body = format!(r#"{{"coupon_id":"1","padding":"{}"}}"#, "x".repeat(2 * 1024 * 1024));
    let large = on_the_wire(&platform.answer(200, &body, now()));
    let (url, _requests) = scripted(vec![large.clone()]);
    let error = client(&core, &url).send(&send("1", "wx", "1", "n-1")).unwrap_err();
    let Error::Transport(transport) = &error else { panic!("{error:?}") };
    assert_eq!(transport.kind(), TransportErrorKind::ResponseTooLarge { cap: 1024 * 1024 });
    assert_eq!(error.outcome(), Outcome::Unknown);
    let (url, _requests) = scripted(vec![large]);
    let client = client(&core, &url).with_response_cap(3 * 1024 * 1024);
    assert_eq!(client.send(&send("1", "wx", "1", "n-1")).unwrap().coupon_id.as_str(), "1");
}

#[test]
fn a_redirect_is_not_followed() {
    let (core, _, _) = pair(now());
    let redirect =
        b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (url, requests) = scripted(vec![redirect.to_vec()]);
    let query = QueryStock::new("1".into(), "1".into());
    let error = client(&core, &url).send(&query).unwrap_err();
    assert_eq!(error.api().unwrap().status(), 302);
    assert_eq!(requests.iter().count(), 1);
}

#[test]
fn nobody_there_is_not_sent() {
    let (core, _, _) = pair(now());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&core, &url).send(&send("1", "wx", "1", "n-1")).unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
}

#[test]
fn a_connection_that_breaks_is_unknown_and_not_repeated_unless_idempotent() {
    let (core, _, _) = pair(now());
    let (url, requests) = scripted(vec![Vec::new()]);
    let error = client(&core, &url).send(&StopStock::new("1".into(), "1".into())).unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(requests.iter().count(), 1);
}
