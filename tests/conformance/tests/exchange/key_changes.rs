//! Keys that change and hosts that fail while an exchange is under way.

use crate::*;

const NOW: u64 = TIMESTAMP;

/// A merchant who knows the platform's first certificate, and a platform that has a second by now.
fn rotated() -> (Client, Sandbox) {
    let local = LocalSandbox::new(&credentials(NOW), Some(NOW));
    local.rotate();
    (local.client(local.certificate(PROVIDERS[1])), local.sandbox)
}

fn query(client: &Client) -> Exchange<QueryStock> {
    let mchid = client.merchant().mchid().clone();
    client.exchange(&QueryStock::new("1".into(), mchid)).unwrap()
}

/// The request that an exchange wants to be sent.
#[track_caller]
fn request<O: Operation>(exchange: &mut Exchange<O>, reason: SendReason) -> Request<Bytes> {
    request_at(NOW, exchange, reason)
}

#[track_caller]
fn request_at<O: Operation>(now: u64, exchange: &mut Exchange<O>, reason: SendReason) -> Request<Bytes> {
    match exchange.poll(Duration::ZERO, stamp_at(now)) {
        Step::Send { request, reason: actual, .. } => {
            assert_eq!(actual, reason);
            request
        }
        _ => panic!("nothing is to be sent"),
    }
}

/// Has it answered.
#[track_caller]
fn answer<O: Operation>(exchange: &mut Exchange<O>, sandbox: &Sandbox, reason: SendReason) {
    answer_at(NOW, exchange, sandbox, reason);
}

#[track_caller]
fn answer_at<O: Operation>(now: u64, exchange: &mut Exchange<O>, sandbox: &Sandbox, reason: SendReason) {
    let request = request_at(now, exchange, reason);
    exchange.on_response(&sandbox.handle(request, now), now);
}

/// An exchange whose answer came with this serial number instead of its own.
#[track_caller]
fn answered_by(serial: &str, client: &Client, sandbox: &Sandbox) -> Exchange<QueryStock> {
    let mut exchange = query(client);
    let response = sandbox.handle(request(&mut exchange, SendReason::Operation), NOW);
    exchange.on_response(&with_header(response, "wechatpay-serial", serial), NOW);
    exchange
}

#[track_caller]
fn result<O: Operation>(exchange: &mut Exchange<O>) -> Result<Answer<O::Response>, Error> {
    result_at(NOW, exchange)
}

#[track_caller]
fn result_at<O: Operation>(now: u64, exchange: &mut Exchange<O>) -> Result<Answer<O::Response>, Error> {
    match exchange.poll(Duration::ZERO, stamp_at(now)) {
        Step::Done(result) => result,
        _ => panic!("it is not over"),
    }
}

#[track_caller]
fn unknown_serial(result: Result<Answer<impl std::fmt::Debug>, Error>) {
    let kind = not_believed(result);
    assert!(matches!(kind, VerifyErrorKind::UnknownSerial { .. }), "{kind:?}");
}

/// The answer to the query is a signed 404: there is no such stock. To read it, it must be verified.
#[track_caller]
fn verified(result: Result<Answer<impl std::fmt::Debug>, Error>) {
    let error = result.unwrap_err();
    let api = error.api().unwrap_or_else(|| panic!("{error:?}"));
    assert!(api.is_verified() && api.status() == 404);
}

#[test]
fn an_unknown_serial_has_certificates_fetched_and_the_operation_is_not_sent_again() {
    let (client, sandbox) = rotated();
    let mut exchange = query(&client);
    answer(&mut exchange, &sandbox, SendReason::Operation);
    let fetch = request(&mut exchange, SendReason::FetchPlatformKeys);
    assert_eq!(fetch.uri().path(), "/v3/certificates");
    exchange.on_response(&sandbox.handle(fetch, NOW), NOW);
    verified(result(&mut exchange));
    assert_eq!(client.platform().serials().len(), 2);
    // From then on it is known.
    let mut next = query(&client);
    answer(&mut next, &sandbox, SendReason::Operation);
    verified(result(&mut next));
}

#[test]
fn certificates_are_fetched_at_the_host_that_answers() {
    let (client, sandbox) = rotated();
    let client = client.with_backup(BaseUrl::wechatpay_backup());
    let mut exchange = query(&client);
    request(&mut exchange, SendReason::Operation);
    exchange.on_transport_error(TransportErrorKind::NotSent.into());
    assert!(matches!(exchange.poll(Duration::ZERO, stamp_at(NOW)), Step::Sleep(_)));
    answer(&mut exchange, &sandbox, SendReason::BackupHost { attempt: 2 });
    let fetch = request(&mut exchange, SendReason::FetchPlatformKeys);
    assert_eq!(fetch.uri().host(), Some("api2.mch.weixin.qq.com"));
}

#[test]
fn the_parked_answer_counts_by_the_time_it_came() {
    let (client, sandbox) = rotated();
    let mut exchange = query(&client);
    answer(&mut exchange, &sandbox, SendReason::Operation);
    let fetch = request(&mut exchange, SendReason::FetchPlatformKeys);
    // The certificates come ten minutes later, signed then.
    let late = NOW + 600;
    let mut response = sandbox.handle(fetch, NOW);
    assert_eq!(response.status(), 200);
    let again = client.request(&wechatpay_core::DownloadCertificates, stamp_at(late)).unwrap();
    response.clone_from(&sandbox.handle(again, late));
    exchange.on_response(&response, late);
    verified(result(&mut exchange));
}

#[test]
fn one_fetches_for_all_that_wait() {
    let (client, sandbox) = rotated();
    let (mut first, mut second, mut third) = (query(&client), query(&client), query(&client));
    answer(&mut first, &sandbox, SendReason::Operation);
    answer(&mut second, &sandbox, SendReason::Operation);
    answer(&mut third, &sandbox, SendReason::Operation);
    let fetch = request(&mut first, SendReason::FetchPlatformKeys);
    for waiting in [&mut second, &mut third] {
        assert!(matches!(waiting.poll(Duration::ZERO, stamp_at(NOW)), Step::Sleep(_)));
    }
    first.on_response(&sandbox.handle(fetch, NOW), NOW);
    for exchange in [&mut first, &mut second, &mut third] {
        verified(result(exchange));
    }
}

#[test]
fn who_gives_up_fetching_leaves_it_to_the_next() {
    let (client, sandbox) = rotated();
    let (mut first, mut second) = (query(&client), query(&client));
    answer(&mut first, &sandbox, SendReason::Operation);
    answer(&mut second, &sandbox, SendReason::Operation);
    request(&mut first, SendReason::FetchPlatformKeys);
    // A cancelled future, say.
    drop(first);
    answer(&mut second, &sandbox, SendReason::FetchPlatformKeys);
    verified(result(&mut second));
}

#[test]
fn a_fetch_that_fails_leaves_the_outcome_open_and_is_not_repeated_at_once() {
    let (client, sandbox) = rotated();
    type Fails = fn(&mut Exchange<QueryStock>, u64);
    let fails: [Fails; 3] = [
        |exchange, _| exchange.on_transport_error(TransportErrorKind::MaybeSent.into()),
        // An answer that is no list of certificates.
        |exchange, now| exchange.on_response(&Response::new(Bytes::from_static(b"<html>")), now),
        // Polled again without any news: lost.
        |_, _| {},
    ];
    for (i, fail) in fails.into_iter().enumerate() {
        let now = NOW + 20 * i as u64;
        let mut exchange = query(&client);
        answer_at(now, &mut exchange, &sandbox, SendReason::Operation);
        request_at(now, &mut exchange, SendReason::FetchPlatformKeys);
        fail(&mut exchange, now);
        unknown_serial(result_at(now, &mut exchange));
        // Too soon for another.
        let mut next = query(&client);
        answer_at(now, &mut next, &sandbox, SendReason::Operation);
        unknown_serial(result_at(now, &mut next));
    }
}

#[test]
fn why_a_fetch_was_of_no_use_is_said() {
    let fetching = |client: &Client, sandbox: &Sandbox| {
        let mut exchange = query(client);
        answer(&mut exchange, sandbox, SendReason::Operation);
        let fetch = request(&mut exchange, SendReason::FetchPlatformKeys);
        (exchange, sandbox.handle(fetch, NOW))
    };
    // The merchant's mistake, which nothing else would show.
    let (client, sandbox) = rotated();
    let client = client.with_api_v3_key(PROVIDERS[1], ApiV3Key::new("0".repeat(32)).unwrap());
    let (mut exchange, certificates) = fetching(&client, &sandbox);
    exchange.on_response(&certificates, NOW);
    let error = result(&mut exchange).unwrap_err();
    assert!(
        error_chain(&error).contains("the APIv3 key is not the one in the console"),
        "{}",
        error_chain(&error)
    );
    unknown_serial(Err::<Answer<()>, _>(error));

    let (client, sandbox) = rotated();
    let (mut exchange, _) = fetching(&client, &sandbox);
    exchange.on_transport_error(TransportErrorKind::NotSent.into());
    let error = result(&mut exchange).unwrap_err();
    assert!(error_chain(&error).ends_with("the request was not sent"), "{}", error_chain(&error));
    unknown_serial(Err::<Answer<()>, _>(error));

    // It went well, but brought another certificate.
    let (client, sandbox) = rotated();
    let mut exchange = answered_by("0A0B0C", &client, &sandbox);
    answer(&mut exchange, &sandbox, SendReason::FetchPlatformKeys);
    let Err(Error::Verify(error)) = result(&mut exchange) else { panic!() };
    let VerifyErrorKind::UnknownSerial { known, .. } = error.kind() else { panic!("{error:?}") };
    assert_eq!(*known, client.platform().serials());
    assert_eq!(known.len(), 2);
}

#[test]
fn forged_serials_do_not_have_certificates_fetched_again_and_again() {
    let (client, sandbox) = rotated();
    let forged = |serial| answered_by(serial, &client, &sandbox);
    let mut first = forged("0A0B0C");
    answer(&mut first, &sandbox, SendReason::FetchPlatformKeys);
    unknown_serial(result(&mut first));
    for serial in ["0A0B0C", "0D", "FF"] {
        unknown_serial(result(&mut forged(serial)));
    }
    // And never for what cannot be a certificate.
    let (client, sandbox) = rotated();
    unknown_serial(result(&mut answered_by("PUB_KEY_ID_1", &client, &sandbox)));
}

#[test]
fn without_the_means_or_the_time_nothing_is_fetched() {
    let (with_key, platform, _) = pair(NOW);
    let body = r#"{"stock_id":"1","stock_creator_mchid":"2","status":"running"}"#;
    let foreign = with_header(platform.answer(200, body, NOW), "wechatpay-serial", "0A");
    // No APIv3 key.
    let mut exchange = query(&with_key);
    request(&mut exchange, SendReason::Operation);
    exchange.on_response(&foreign, NOW);
    unknown_serial(result(&mut exchange));
    // No time left.
    let (client, _) = rotated();
    let total = client.retry().total;
    let mut exchange = query(&client);
    request(&mut exchange, SendReason::Operation);
    exchange.on_response(&foreign, NOW);
    match exchange.poll(total, stamp_at(NOW)) {
        Step::Done(result) => unknown_serial(result),
        _ => panic!(),
    }
}

#[test]
fn the_key_may_change_either_way_while_running() {
    let credentials = credentials(NOW);
    let sandbox = Sandbox::new(credentials.clone()).unwrap();
    let provider = PROVIDERS[1];
    let keys = trusting_certificate(provider, credentials.platform_certificate_pem());
    let client = client(provider, &credentials, keys);
    let ask = || {
        let mut exchange = query(&client);
        let request = request(&mut exchange, SendReason::Operation);
        let serial = request.headers()["wechatpay-serial"].to_str().unwrap().to_owned();
        exchange.on_response(&sandbox.handle(request, NOW), NOW);
        verified(result(&mut exchange));
        serial
    };
    assert_eq!(ask(), credentials.platform_certificate_serial());
    client
        .platform()
        .add_public_key(provider, credentials.public_key_id(), credentials.public_key_pem())
        .unwrap();
    assert_eq!(ask(), credentials.public_key_id());
    assert!(client.platform().prefer(credentials.platform_certificate_serial()));
    assert_eq!(ask(), credentials.platform_certificate_serial());
    assert!(client.platform().remove(credentials.platform_certificate_serial()));
    assert_eq!(ask(), credentials.public_key_id());
}

/// Hosts that were asked, and how it ended.
fn hosts<O: Operation>(client: &Client, operation: &O, fails: &[Fail]) -> (Vec<String>, Outcome) {
    let mut exchange = client.exchange(operation).unwrap();
    let (mut asked, mut fails) = (Vec::new(), fails.iter());
    let mut first = None;
    loop {
        match exchange.poll(Duration::ZERO, stamp_at(NOW)) {
            Step::Send { request, reason, .. } => {
                let host = request.uri().host().unwrap().to_owned();
                let backup = matches!(reason, SendReason::BackupHost { .. });
                assert_eq!(backup, host == "api2.mch.weixin.qq.com", "{reason:?}");
                asked.push(host);
                let target = request.uri().path_and_query().cloned();
                let sent = (target, request.into_body());
                assert_eq!(*first.get_or_insert(sent.clone()), sent);
                match fails.next() {
                    Some(Fail::Transport(kind)) => exchange.on_transport_error((*kind).into()),
                    Some(Fail::Status(status)) => exchange.on_response(&unsigned(*status, "{}"), NOW),
                    None => return (asked, Outcome::Done),
                }
            }
            Step::Sleep(_) => {}
            Step::Done(result) => return (asked, result.map(drop).unwrap_err().outcome()),
        }
    }
}

enum Fail {
    Transport(TransportErrorKind),
    Status(u16),
}

#[test]
fn the_backup_host_is_asked_when_the_main_one_fails_and_only_for_what_may_be_repeated() {
    use Fail::{Status, Transport};
    use TransportErrorKind::{MaybeSent, NotSent};
    let (client, _, _) = pair(NOW);
    let retry = RetryPolicy::default().with_max_attempts(4);
    let client = client.with_retry(retry).with_backup(BaseUrl::wechatpay_backup());
    let (main, backup) = ("api.mch.weixin.qq.com", "api2.mch.weixin.qq.com");
    let send = SendCoupon::new("o".into(), "1".into(), "n".into(), "wx".into(), "2".into());
    let stop = StopStock::new("1".into(), "2".into());
    assert_eq!(hosts(&client, &send, &[Transport(NotSent)]).0, [main, backup]);
    assert_eq!(hosts(&client, &send, &[Transport(MaybeSent), Status(502)]).0, [main, backup, main]);
    assert_eq!(
        hosts(&client, &send, &[Status(503), Transport(NotSent), Transport(NotSent)]).0,
        [main, backup, main, backup]
    );
    // The host is not to blame.
    assert_eq!(hosts(&client, &send, &[Status(500), Status(429)]).0, [main, main, main]);
    // Not idempotent: only what surely was not sent goes elsewhere.
    assert_eq!(hosts(&client, &stop, &[Transport(NotSent)]).0, [main, backup]);
    assert_eq!(hosts(&client, &stop, &[Transport(MaybeSent)]), (vec![main.to_owned()], Outcome::Unknown));
    assert_eq!(
        hosts(&client, &stop, &[Transport(NotSent), Transport(MaybeSent)]),
        (vec![main.to_owned(), backup.to_owned()], Outcome::Unknown)
    );
    // Without a backup everything stays where it is.
    let (plain, _, _) = pair(NOW);
    assert_eq!(hosts(&plain, &send, &[Transport(NotSent), Status(502)]).0, [main, main, main]);
}
