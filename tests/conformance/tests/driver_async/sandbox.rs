//! Against the sandbox.

use std::collections::HashSet;
use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream as _;
use http::Request;
use wechatpay_conformance::PROVIDERS;
use wechatpay_conformance::driver::{send, stock};
use wechatpay_core::error::ErrorCode;
use wechatpay_core::types::Fen;
use wechatpay_core::{Merchant, PlatformKeys};
use wechatpay_sandbox::{Credentials, Sandbox, Server};

use super::*;

struct World {
    client: Client,
    sandbox: Sandbox,
    mchid: String,
    appid: String,
    _server: Server,
}

/// With the public key, or with the certificate, as the merchant prefers.
fn world(certificate: bool) -> World {
    let credentials = Credentials::generate(now()).unwrap();
    let (mchid, appid) = (credentials.mchid().to_owned(), credentials.appid().to_owned());
    let sandbox = Sandbox::new(credentials.clone()).unwrap();
    let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), sandbox.clone(), now).unwrap();
    let provider = PROVIDERS[usize::from(certificate)];
    let merchant = Merchant::from_pem(
        provider,
        mchid.as_str().into(),
        credentials.serial_no(),
        credentials.private_key_pem(),
    );
    let keys = PlatformKeys::new();
    if certificate {
        keys.add_certificate(provider, credentials.platform_certificate_pem()).unwrap();
    } else {
        keys.add_public_key(provider, credentials.public_key_id(), credentials.public_key_pem()).unwrap();
    }
    let core = wechatpay_core::Client::new(merchant.unwrap(), keys).unwrap();
    let client = Client::new(core.with_base_url(BaseUrl::parse(&server.url()).unwrap()));
    World { client, sandbox, mchid, appid, _server: server }
}

impl World {
    fn control(&self, path: &str, body: String) {
        let request = Request::post(format!("/_sandbox{path}")).body(body.into()).unwrap();
        assert_eq!(self.sandbox.handle(request, now()).status(), 200);
    }

    fn advance(&self, seconds: u64) {
        self.control("/clock", format!(r#"{{"advance_seconds": {seconds}}}"#));
    }
}

#[tokio::test]
async fn every_operation_against_the_sandbox() {
    for certificate in [false, true] {
        let world = world(certificate);
        let (client, mchid, appid) = (&world.client, world.mchid.as_str(), world.appid.as_str());
        let created = client.send(&stock(mchid, "n-1")).await.unwrap();
        assert!(created.is_verified() && created.request_id().is_some());
        let mut other_stock = stock(mchid, "n-1");
        other_stock.stock_use_rule = StockRule::new(6, Fen::new(600), 1);
        let refused = client.send(&other_stock).await.unwrap_err();
        assert_eq!(refused.api().unwrap().code(), Some(&ErrorCode::InvalidRequest));
        let id = created.stock_id.as_str();
        client.send(&StartStock::new(id.into(), mchid.into())).await.unwrap();
        // It has not begun yet.
        let early = client.send(&send(mchid, appid, id, "c-1")).await.unwrap_err();
        assert_eq!(early.api().unwrap().code(), Some(&ErrorCode::RequestBlocked));
        assert_eq!(early.api().unwrap().internal_code(), Some("270079533"));
        assert_eq!(early.outcome(), Outcome::Rejected);
        let paused = client.send(&PauseStock::new(id.into(), mchid.into())).await.unwrap();
        assert!(paused.pause_time.unix_seconds().is_some());
        client.send(&RestartStock::new(id.into(), mchid.into())).await.unwrap();
        let other = client.send(&stock(mchid, "n-2")).await.unwrap();
        client.send(&StopStock::new(other.stock_id.clone(), mchid.into())).await.unwrap();
        let found = client.send(&QueryStock::new(id.into(), mchid.into())).await.unwrap();
        assert_eq!((&found.status, found.distributed_coupons), (&StockStatus::Running, Some(0)));
        let page = client.send(&ListStocks::new(mchid.into()).status(StockStatus::Stopped)).await.unwrap();
        assert_eq!((page.total_count, page.data[0].stock_id.clone()), (1, other.stock_id.clone()));
        let held = ListCouponsByFilter::by_creator("o".into(), appid.into(), mchid.into());
        assert_eq!(client.send(&held).await.unwrap().total_count, 0);
        let query = QueryCoupon::new("o".into(), "1".into(), appid.into());
        let missing = client.send(&query).await.unwrap_err();
        assert_eq!(missing.api().unwrap().code(), Some(&ErrorCode::ResourceNotExists));
    }
}

#[tokio::test]
async fn a_list_goes_on_across_its_pages() {
    let world = world(false);
    let mut expected = Vec::new();
    for number in ["n-1", "n-2", "n-3", "n-4", "n-5"] {
        expected.push(world.client.send(&stock(&world.mchid, number)).await.unwrap().stock_id.clone());
    }
    let first = ListStocks::new(world.mchid.as_str().into()).page(0, 2);
    let mut found = Vec::new();
    let mut stocks = world.client.list(first.clone());
    while let Some(stock) = stocks.next().await {
        found.push(stock.unwrap().stock_id);
    }
    assert!(stocks.next().await.is_none());
    found.sort_unstable();
    assert_eq!(found, expected);
    // The same as a `Stream`.
    let mut stocks = world.client.list(first.page(1, 2));
    let mut found = 0;
    while let Some(stock) = poll_fn(|cx| Pin::new(&mut stocks).poll_next(cx)).await {
        stock.unwrap();
        found += 1;
    }
    assert_eq!(found, 3);
}

#[tokio::test]
async fn a_flow_file_is_downloaded_and_checked() {
    let world = world(false);
    let (client, mchid, appid) = (&world.client, world.mchid.as_str(), world.appid.as_str());
    let created = client.send(&stock(mchid, "n-1")).await.unwrap();
    let id = created.stock_id.as_str();
    client.send(&StartStock::new(id.into(), mchid.into())).await.unwrap();
    world.advance(3601);
    let coupon = client.send(&send(mchid, appid, id, "c-1")).await.unwrap();
    world.control(&format!("/coupons/{}/redeem", coupon.coupon_id), String::new());

    let operation = UseFlow::new(id.into());
    let early = client.download(&operation, Cursor::new(Vec::new())).await.unwrap_err();
    assert_eq!(early.api().unwrap().code(), Some(&ErrorCode::ResourceNotExists));
    world.advance(3 * 24 * 60 * 60);
    // What stood before it stays.
    let mut sink = Cursor::new(b"kept".to_vec());
    sink.set_position(4);
    let file = client.download(&operation, sink).await.unwrap();
    let rows: Vec<_> = FlowRows::from(file).map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].coupon_id.as_ref(), rows[0].discount_amount),
        (Some(&coupon.coupon_id), Some(Fen::new(100)))
    );

    let small = client.clone().with_download_limits(10, Duration::from_secs(10));
    let error = small.download(&operation, Cursor::new(Vec::new())).await.unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::ResponseTooLarge { cap: 10 });
}

#[tokio::test]
async fn of_many_sends_at_once_none_is_lost_and_none_doubled() {
    const USERS: u32 = 250;
    let world = world(false);
    let (client, mchid, appid) = (&world.client, world.mchid.as_str(), world.appid.as_str());
    let mut large = stock(mchid, "n-1");
    large.stock_use_rule = StockRule::new(USERS.into(), Fen::new(100 * i64::from(USERS)), 1);
    let created = client.send(&large).await.unwrap();
    let id = &created.stock_id;
    client.send(&StartStock::new(id.clone(), mchid.into())).await.unwrap();
    world.advance(3601);
    // Each twice, as if a caller had lost patience.
    let sends: Vec<_> = (0..2 * USERS)
        .map(|i| format!("user-{}", i % USERS))
        .map(|user| {
            let number = user.as_str().into();
            SendCoupon::new(user.as_str().into(), id.clone(), number, appid.into(), mchid.into())
        })
        .map(|operation| tokio::spawn(client.send(&operation)))
        .collect();
    let mut coupons = Vec::new();
    for sent in sends {
        coupons.push(sent.await.unwrap().unwrap().coupon_id.as_str().to_owned());
    }
    let (first, second) = coupons.split_at(USERS as usize);
    assert_eq!(first, second);
    assert_eq!(first.iter().collect::<HashSet<_>>().len(), USERS as usize);
    let found = client.send(&QueryStock::new(id.clone(), mchid.into())).await.unwrap();
    assert_eq!(found.distributed_coupons, Some(USERS.into()));
}
