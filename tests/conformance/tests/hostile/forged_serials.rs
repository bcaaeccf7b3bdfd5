//! Many callbacks and responses with forged serial numbers. Responses cause at most one fetch of certificates per
//! minute, and so do callbacks, if at all. Neither prevents a fetch that is needed.

use crate::*;

const MINUTES: u64 = 10;

/// An exchange that has received its response, with this serial number if there is one.
fn exchange_with_response(
    client: &Client,
    local: &LocalSandbox,
    serial: Option<&str>,
    now: u64,
) -> Exchange<QueryStock> {
    let query = QueryStock::new("1".into(), client.merchant().mchid().clone());
    let mut exchange = client.exchange(&query).unwrap();
    let Step::Send { request, .. } = exchange.poll(Duration::ZERO, stamp_at(now)) else { panic!() };
    let response = local.sandbox.handle(request, now);
    let response = match serial {
        Some(serial) => with_header(response, "wechatpay-serial", serial),
        None => response,
    };
    exchange.on_response(&response, now);
    exchange
}

type CallbackResult = Result<Notification<CouponUsed>, NotificationError>;

#[test]
fn forged_callbacks_that_are_only_read_do_not_fetch_or_block_certificates() {
    let local = LocalSandbox::new(&credentials(now()), None);
    let server = Scripted::start(|_| vec![unsigned_wire(404, "")]);
    let core = local.client(local.certificate(PROVIDERS[1]));
    let core = at(&core, &server.url);
    let serials = core.platform().serials();
    let (blocking, asynchronous) =
        (wechatpay_ureq::Client::new(core.clone()), wechatpay_hyper::Client::new(core.clone()));
    let (_, platform, _) = pair(now());
    let assert_rejected = |result: CallbackResult| {
        let error = result.unwrap_err();
        let NotificationErrorKind::Verify(VerifyErrorKind::UnknownSerial { .. }) = error.kind() else {
            panic!("{error:?}")
        };
        assert_eq!(error.reply().status(), 401);
    };
    for number in 0..500 {
        let mut request: Request<Vec<u8>> = platform.callback("{}", now());
        request.headers_mut().insert("wechatpay-serial", format!("{number:040X}").parse().unwrap());
        assert_rejected(blocking.notification(&request));
        assert_rejected(asynchronous.notification(&request));
    }
    assert!(server.received_nothing());
    assert_eq!(core.platform().serials(), serials);
    // A fetch of certificates that is needed still happens at once.
    let mut exchange = exchange_with_response(&core, &local, Some("0A0B"), now());
    match exchange.poll(Duration::ZERO, stamp_at(now())) {
        Step::Send { reason: SendReason::FetchPlatformKeys, .. } => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn forged_callbacks_fetch_certificates_at_most_once_a_minute_and_do_not_delay_responses() {
    let local = LocalSandbox::new(&credentials(TIMESTAMP), Some(TIMESTAMP));
    let client = local.client(local.certificate(PROVIDERS[1]));
    let (_, platform, _) = pair(TIMESTAMP);
    let mut fetched = Vec::new();
    for second in 0..60 * MINUTES {
        let now = TIMESTAMP + second;
        let mut request: Request<Vec<u8>> = platform.callback("{}", now);
        request.headers_mut().insert("wechatpay-serial", format!("{second:040X}").parse().unwrap());
        let mut receiving = client.receive::<CouponUsed>(&request, now);
        let mut step = receiving.poll(Duration::ZERO, stamp_at(now));
        if let Step::Send { request, .. } = step {
            fetched.push(second);
            receiving.on_response(&local.sandbox.handle(request, now), now);
            step = receiving.poll(Duration::ZERO, stamp_at(now));
        }
        let Step::Done(Err(error)) = step else { panic!("{step:?}") };
        // Only the one that has fetched knows that the platform does not list the serial.
        let status = if fetched.ends_with(&[second]) { 401 } else { 503 };
        assert_eq!(error.reply().status(), status, "{error:#}");
        if second == 30 {
            // The platform changes its certificate, and the next response is signed with it.
            local.rotate();
            let mut exchange = exchange_with_response(&client, &local, None, now);
            let Step::Send { request, .. } = exchange.poll(Duration::ZERO, stamp_at(now)) else { panic!() };
            exchange.on_response(&local.sandbox.handle(request, now), now);
            let Step::Done(Err(error)) = exchange.poll(Duration::ZERO, stamp_at(now)) else { panic!() };
            assert!(error.api().is_some_and(|api| api.is_verified()), "{error:?}");
        }
    }
    // The fetch for the response counts for callbacks too.
    let each_minute: Vec<u64> = [0].into_iter().chain((0..MINUTES - 1).map(|n| 90 + 60 * n)).collect();
    assert_eq!(fetched, each_minute);
}

#[test]
fn forged_responses_fetch_certificates_at_most_once_a_minute() {
    let local = LocalSandbox::new(&credentials(TIMESTAMP), Some(TIMESTAMP));
    let client = local.client(local.certificate(PROVIDERS[1]));
    let mut fetched = Vec::new();
    for second in 0..60 * MINUTES {
        let now = TIMESTAMP + second;
        if second == 30 {
            // The platform really changes its certificate.
            local.rotate();
        }
        let serial = format!("{second:040X}");
        let mut exchange = exchange_with_response(&client, &local, Some(&serial), now);
        let mut step = exchange.poll(Duration::ZERO, stamp_at(now));
        if let Step::Send { request, .. } = step {
            fetched.push(second);
            exchange.on_response(&local.sandbox.handle(request, now), now);
            step = exchange.poll(Duration::ZERO, stamp_at(now));
        }
        let Step::Done(result) = step else { panic!("{step:?}") };
        let kind = verify_error_kind(result);
        assert!(matches!(kind, VerifyErrorKind::UnknownSerial { .. }), "{kind:?}");
    }
    let each_minute: Vec<u64> = (0..MINUTES).map(|minute| 60 * minute).collect();
    assert_eq!(fetched, each_minute);
    // The first fetch after the change has added the new certificate.
    assert_eq!(client.platform().serials().len(), 2);
    let mut exchange = exchange_with_response(&client, &local, None, TIMESTAMP + 60 * MINUTES);
    let Step::Done(Err(error)) = exchange.poll(Duration::ZERO, stamp_at(TIMESTAMP)) else { panic!() };
    assert!(error.api().is_some_and(|api| api.is_verified()), "{error:?}");
}
