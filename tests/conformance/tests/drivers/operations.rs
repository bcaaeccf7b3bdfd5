//! Every operation over real sockets, with every driver, against the sandbox.

mod flows;

use serde_json::Value;
use wechatpay_core::notification::{Notification, Received as Event, ReplayGuard};

use crate::*;

with_every_driver!(
    a_stock_from_creation_to_stop,
    coupons_of_a_user_are_sent_listed_and_redeemed,
    merchants_and_goods_are_changed_and_listed,
    a_budget_changes_only_from_its_current_amount,
    an_image_is_uploaded,
    redeemed_coupons_are_reported_by_callback,
    certificates_are_fetched_at_first_use_and_after_a_rotation,
    a_merchant_without_certificates_gets_a_hint,
    an_echo_is_encrypted_in_both_directions,
    a_platform_favor_is_created_and_queried,
);

const DAY: u64 = 24 * HOUR;

/// A sandbox, a driver that trusts its public key, and the merchant number.
fn start<D: Driver>() -> (ServedSandbox, D, Mchid) {
    let (local, driver) = ServedSandbox::start_for();
    let mchid = local.mchid();
    (local, driver, mchid)
}

fn code<T>(result: Result<Answer<T>, Error>) -> Option<ErrorCode> {
    result.err().and_then(|error| error.api()?.code().cloned())
}

/// Sends this number of coupons, each to another user.
fn send_coupons(
    local: &ServedSandbox,
    driver: &impl Driver,
    stock_id: &StockId,
    count: usize,
) -> Vec<CouponId> {
    let send = |i: usize| {
        let send = local.coupon(&format!("oUser{i}"), stock_id, &format!("c-{i}"));
        driver.send(&send).unwrap().into_value().coupon_id
    };
    (0..count).map(send).collect()
}

fn redeem(local: &ServedSandbox, coupon_id: &CouponId, order: &str) -> Value {
    local.control(&format!("coupons/{}/redeem", coupon_id.as_str()), order)
}

fn refund(local: &ServedSandbox, coupon_id: &CouponId) -> Value {
    local.control(&format!("coupons/{}/refund", coupon_id.as_str()), "")
}

/// Verifying with the public key, and verifying with the certificate.
fn a_stock_from_creation_to_stop<D: Driver>() {
    for certificate in [false, true] {
        let local = ServedSandbox::start();
        let provider = PROVIDERS[usize::from(certificate)];
        let keys = if certificate { local.certificate(provider) } else { local.public_key(provider) };
        let driver = D::new(local.client_with(provider, keys));
        let mchid = || local.mchid();

        let created = driver.send(&local.stock("n-1")).unwrap();
        assert!(created.is_verified() && created.request_id().is_some());
        let mut other_stock = local.stock("n-1");
        other_stock.stock_use_rule = StockRule::new(6, Fen::new(600), 1);
        assert_eq!(code(driver.send(&other_stock)), Some(ErrorCode::InvalidRequest));
        let id = || created.stock_id.clone();
        driver.send(&StartStock::new(id(), mchid())).unwrap();
        // The time of the stock has not begun.
        let send = local.coupon("o/用户|+% 1", &id(), "c-1");
        let early = driver.send(&send).unwrap_err();
        assert_eq!(early.api().unwrap().code(), Some(&ErrorCode::RequestBlocked));
        assert_eq!(early.api().unwrap().internal_code(), Some("270079533"));
        assert_eq!(early.outcome(), Outcome::Rejected);
        let paused = driver.send(&PauseStock::new(id(), mchid())).unwrap();
        assert!(paused.pause_time.as_ref().unwrap().unix_seconds().is_some());
        driver.send(&RestartStock::new(id(), mchid())).unwrap();
        let other = driver.send(&local.stock("n-2")).unwrap();
        driver.send(&StopStock::new(other.stock_id.clone(), mchid())).unwrap();
        let found = driver.send(&QueryStock::new(id(), mchid())).unwrap();
        assert_eq!((&found.status, found.distributed_coupons), (&StockStatus::Running, Some(0)));
        let stopped = ListStocks::new(mchid()).status(StockStatus::Stopped);
        assert_eq!(driver.send(&stopped).unwrap().total_count, Some(1));
        let stopped = driver.list(stopped).unwrap();
        assert_eq!(stopped.iter().map(|stock| &stock.stock_id).collect::<Vec<_>>(), [&other.stock_id]);
        assert_eq!(driver.list(ListStocks::new(mchid()).page(0, 1)).unwrap().len(), 2);
        let held =
            ListCouponsByFilter::by_creator(User { openid: "o".into(), appid: local.appid() }, mchid());
        assert_eq!(driver.send(&held).unwrap().total_count, Some(0));
    }
}

fn coupons_of_a_user_are_sent_listed_and_redeemed<D: Driver>() {
    let (local, driver, mchid) = start::<D>();
    let stock_id = local.begun_stock(&driver);
    let user = "o/用户|+% 1";
    let send = |number: &str| {
        driver.send(&local.coupon(user, &stock_id, number)).map(|sent| sent.into_value().coupon_id)
    };
    let sent: Vec<CouponId> = (0..5).map(|i| send(&format!("c-{i}")).unwrap()).collect();
    assert_eq!(send("c-0").unwrap(), sent[0], "the same out_request_no must return the same coupon");
    assert_eq!(send("c-5").unwrap_err().api().unwrap().code(), Some(&ErrorCode::RuleLimit));

    // Three pages of two.
    let held =
        ListCouponsByFilter::by_creator(User { openid: user.into(), appid: local.appid() }, mchid.clone());
    let ids = |coupons: &[Coupon]| coupons.iter().map(|coupon| coupon.coupon_id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&driver.list(held.clone().page(1, 2)).unwrap()), sent[2..]);
    let held = driver.list(held.page(0, 2)).unwrap();
    assert_eq!(ids(&held), sent);
    let query = |openid: &str| {
        QueryCoupon::new(User { openid: openid.into(), appid: local.appid() }, sent[1].clone())
    };
    let coupon = driver.send(&query(user)).unwrap();
    assert_eq!((&coupon.value, &coupon.status), (&held[1], &CouponStatus::Sended));
    // The ids of users are case-sensitive.
    assert_eq!(code(driver.send(&query("O/用户|+% 1"))), Some(ErrorCode::ResourceNotExists));
    redeem(&local, &sent[1], "");
    let used = driver.send(&query(user)).unwrap();
    assert_eq!(used.status, CouponStatus::Used);
    assert_eq!(used.consume_information.as_ref().unwrap().consume_mchid, Some(mchid));
}

fn merchants_and_goods_are_changed_and_listed<D: Driver>() {
    let (local, driver, mchid) = start::<D>();
    let stock_id = local.started_stock(&driver);
    // Three pages of the largest size: 50 merchants, 100 goods.
    let more: Vec<Mchid> = (0..100).map(|i| format!("20000{i:03}").into()).collect();
    let add = ModifyAvailableMerchants::new(stock_id.clone(), mchid.clone()).add_mchid_list(more.clone());
    let changed = driver.send(&add).unwrap();
    assert!(changed.effect_time.as_ref().unwrap().unix_seconds().is_some());
    let list = ListAvailableMerchants::new(stock_id.clone(), mchid.clone()).page(0, 50);
    let merchants = driver.list(list.clone()).unwrap();
    assert_eq!(merchants[0], mchid);
    assert_eq!(merchants[1..], more);
    let last = driver.send(&list.clone().page(2, 50)).unwrap();
    assert_eq!((last.total_count, last.offset, last.data.len()), (Some(101), Some(2), 1));
    let delete = ModifyAvailableMerchants::new(stock_id.clone(), mchid.clone());
    driver.send(&delete.delete_mchid_list(more)).unwrap();
    assert_eq!(driver.list(list).unwrap(), std::slice::from_ref(&mchid));

    let goods: Vec<String> = (0..201).map(|i| format!("goods/{i} 号")).collect();
    let change = || ModifyAvailableSingleitems::new(stock_id.clone(), mchid.clone());
    driver.send(&change().add_goods_id_list(goods.clone())).unwrap();
    let list = ListAvailableSingleitems::new(stock_id.clone(), mchid.clone()).page(0, 100);
    assert_eq!(driver.list(list.clone()).unwrap(), goods);
    assert_eq!(driver.send(&list.clone().page(2, 100)).unwrap().data, goods[200..]);
    driver.send(&change().delete_goods_id_list(&goods[1..])).unwrap();
    assert_eq!(driver.list(list).unwrap(), goods[..1]);
    // The last one cannot be deleted.
    let none = change().delete_goods_id_list(&goods[..1]);
    assert_eq!(code(driver.send(&none)), Some(ErrorCode::InvalidRequest));
}

fn a_budget_changes_only_from_its_current_amount<D: Driver>() {
    let (local, driver, mchid) = start::<D>();
    let stock_id = local.started_stock(&driver);
    let change = |current, target| {
        let (current, target) = (Fen::new(current), Fen::new(target));
        driver.send(&ModifyStockBudget::new(
            stock_id.clone(),
            mchid.clone(),
            BudgetChange { current, target },
        ))
    };
    assert_eq!(change(1000, 2000).unwrap().max_amount, Some(Fen::new(2000)));
    // A change from the outdated amount of 1000 is rejected.
    assert_eq!(code(change(1000, 3000)), Some(ErrorCode::InvalidRequest));
    let stock = driver.send(&QueryStock::new(stock_id.clone(), mchid.clone())).unwrap();
    assert_eq!(stock.stock_use_rule.as_ref().unwrap().max_amount, Some(Fen::new(2000)));
}

fn an_image_is_uploaded<D: Driver>() {
    let (local, driver, _) = start::<D>();
    // All byte values, including line ends and text that looks like a boundary.
    let mut image = b"\x89PNG\r\n\x1a\n\r\n--file-\r\n".to_vec();
    image.extend((0..=255).cycle().take(100_000));
    for provider in PROVIDERS {
        let upload = UploadMarketingImage::new(provider, "logo 1.png", image.clone()).unwrap();
        let media_url = driver.send(&upload).unwrap().into_value().media_url;
        let state = local.export();
        let kept = state["images"].as_array().unwrap().last().unwrap();
        assert_eq!(kept["media_url"], media_url.as_str());
        assert_eq!((&kept["sha256"], &kept["size"]), (&upload.meta.sha256.into(), &image.len().into()));
    }
}

fn redeemed_coupons_are_reported_by_callback<D: Driver>() {
    let (local, driver, mchid) = start::<D>();
    let core = local.client_with(PROVIDERS[0], local.public_key(PROVIDERS[0]));
    core.platform().add_certificate(PROVIDERS[0], local.credentials.platform_certificate_pem()).unwrap();
    let stock_id = local.begun_stock(&driver);
    let coupons = send_coupons(&local, &driver, &stock_id, 2);

    assert_eq!(code(driver.send(&QueryCallback::new(mchid.clone()))), Some(ErrorCode::ResourceNotExists));
    let listener =
        Scripted::start(|_| vec![unsigned_wire(500, ""), unsigned_wire(204, ""), unsigned_wire(200, "")]);
    let url = format!("{}/coupons/used", listener.url);
    let set = driver.send(&SetCallback::new(mchid.clone(), &url)).unwrap();
    assert_eq!(set.notify_url, url);
    assert_eq!(driver.send(&QueryCallback::new(mchid.clone())).unwrap().notify_url, url);

    let read = |serial: &str| -> (CouponId, Notification<CouponUsed>) {
        let request = listener.next().request();
        assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/coupons/used"));
        assert_eq!(request.headers()["wechatpay-serial"], serial);
        let notification = core.notification::<CouponUsed>(&request, now()).unwrap();
        let Event::Known(event) = &notification.event else { panic!("{notification:?}") };
        assert_eq!((&event.stock_id, event.status.as_ref()), (&stock_id, Some(&CouponStatus::Used)));
        let consumed = event.consume_information.as_ref().unwrap();
        assert!(consumed.transaction_id.is_some() && consumed.consume_time.is_some());
        (event.coupon_id.clone(), notification)
    };
    redeem(&local, &coupons[0], "");
    let guard = ReplayGuard::new(10);
    let (coupon_id, first) = read(local.credentials.public_key_id());
    assert_eq!(coupon_id, coupons[0]);
    assert!(guard.is_new(&first));
    // The response was 500, so the callback is retried a minute later, with the same id and a new signature.
    local.advance(60);
    let (_, again) = read(local.credentials.public_key_id());
    assert_eq!((&again.id, &again.event), (&first.id, &first.event));
    assert!(guard.is_new(&again));

    local.control("notifications", r#"{"signed_by":"certificate"}"#);
    redeem(&local, &coupons[1], "");
    let (coupon_id, second) = read(local.credentials.platform_certificate_serial());
    assert_eq!(coupon_id, coupons[1]);
    assert_ne!(second.id, first.id);
}

fn certificates_are_fetched_at_first_use_and_after_a_rotation<D: Driver>() {
    for provider in PROVIDERS {
        let local = ServedSandbox::start();
        let core = local.client_with(provider, PlatformKeys::new());
        let driver = D::new(core.clone());
        let mchid = local.mchid();
        // The first response causes a fetch.
        driver.send(&ListStocks::new(mchid.clone())).unwrap();
        assert_eq!(core.platform().serials(), [local.credentials.platform_certificate_serial()]);
        assert_eq!(driver.send(&DownloadCertificates).unwrap().len(), 1);

        // Within a minute they are fetched again only on request.
        let rotated = local.rotate();
        let kind = verify_error_kind(driver.send(&ListStocks::new(mchid.clone())));
        assert!(
            matches!(&kind, VerifyErrorKind::UnknownSerial { serial, .. } if *serial == rotated),
            "{kind:?}"
        );
        assert_eq!(driver.send(&DownloadCertificates).unwrap().len(), 1);
        driver.send(&ListStocks::new(mchid.clone())).unwrap();
        assert!(core.platform().serials().contains(&rotated));
    }
}

fn a_merchant_without_certificates_gets_a_hint<D: Driver>() {
    let (local, driver, mchid) = start::<D>();
    local.control("certificates/mode", r#"{"public_key_only":true}"#);
    let error = driver.send(&DownloadCertificates).unwrap_err();
    // The response is signed with the public key, so it is verified.
    assert_eq!(error.outcome(), Outcome::Rejected);
    let api = error.api().unwrap();
    assert_eq!((api.http_status().as_u16(), api.code()), (404, Some(&ErrorCode::ResourceNotExists)));
    assert!(api.hint().unwrap().contains("PUB_KEY_ID_"), "{api}");
    driver.send(&ListStocks::new(mchid)).unwrap();
}

fn an_echo_is_encrypted_in_both_directions<D: Driver>() {
    let local = ServedSandbox::start();
    for provider in WITH_OAEP {
        for keys in [local.public_key(provider), local.certificate(provider)] {
            let core = local.client_with(provider, keys);
            let echo = SecurityEcho::new("你好").encrypted(core.platform().seal("秘密", now()).unwrap());
            let answer = D::new(core.clone()).send(&echo).unwrap();
            assert_eq!(answer.echo_message, "你好");
            let ciphertext = answer.encrypted_echo_message.as_ref().unwrap();
            assert_eq!(core.merchant().open(ciphertext).unwrap(), "秘密".as_bytes());
        }
    }
}

fn a_platform_favor_is_created_and_queried<D: Driver>() {
    let (_local, driver, mchid) = start::<D>();
    let (begin, end) = ("2026-12-24T00:00:00+08:00", "2027-01-02T23:59:59+08:00");
    let create = platform_favor(mchid.as_str(), "n-1", 100, begin, end);
    let created = driver.send(&create).unwrap().into_value();
    assert_eq!(created.stock_status, PlatformFavorStockStatus::Unactivated);
    assert_eq!(
        serde_json::to_value(&created.send_rule).unwrap(),
        serde_json::to_value(&create.send_rule).unwrap()
    );
    let query = QueryPlatformFavor::new(created.stock_id.clone(), mchid.clone());
    assert_eq!(driver.send(&query).unwrap().into_value(), created);
    let none = QueryPlatformFavor::new("1".into(), mchid);
    assert_eq!(code(driver.send(&none)), Some(ErrorCode::ResourceNotExists));
}
