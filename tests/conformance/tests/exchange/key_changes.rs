//! Platform keys that change during an exchange.

use crate::*;

const NOW: u64 = TIMESTAMP;

/// A client that trusts the platform's first certificate, and a sandbox that signs with a second one.
fn rotated() -> (Client, Sandbox) {
    let local = LocalSandbox::new(&credentials(NOW), Some(NOW));
    local.rotate();
    (local.client(local.certificate(PROVIDERS[1])), local.sandbox)
}

/// An exchange that queries a stock, and the sandbox that handles its requests at the time `now`.
struct Query<'a> {
    exchange: Exchange<QueryStock>,
    sandbox: &'a Sandbox,
    now: u64,
}

impl<'a> Query<'a> {
    /// An exchange that has not sent anything yet.
    fn new(client: &Client, sandbox: &'a Sandbox) -> Self {
        let mchid = client.merchant().mchid().clone();
        let exchange = client.exchange(&QueryStock::new("1".into(), mchid)).unwrap();
        Self { exchange, sandbox, now: NOW }
    }

    /// An exchange that has received the response to its query.
    #[track_caller]
    fn with_response(client: &Client, sandbox: &'a Sandbox) -> Self {
        let mut query = Self::new(client, sandbox);
        query.exchange_message(SendReason::Operation);
        query
    }

    /// An exchange that has received the response to its query, with this serial number in place of the real one.
    #[track_caller]
    fn with_response_from(serial: &str, client: &Client, sandbox: &'a Sandbox) -> Self {
        let mut query = Self::new(client, sandbox);
        let response = sandbox.handle(query.request(SendReason::Operation), NOW);
        query.receive(&with_header(response, "wechatpay-serial", serial));
        query
    }

    /// The next request.
    #[track_caller]
    fn request(&mut self, reason: SendReason) -> Request<Bytes> {
        match self.exchange.poll(Duration::ZERO, stamp_at(self.now)) {
            Step::Send { request, reason: actual, .. } => {
                assert_eq!(actual, reason);
                request
            }
            _ => panic!("the exchange does not send a request"),
        }
    }

    fn receive(&mut self, response: &Response<Bytes>) {
        self.exchange.on_response(response, self.now);
    }

    /// Sends the next request to the sandbox, and receives the response.
    #[track_caller]
    fn exchange_message(&mut self, reason: SendReason) {
        let request = self.request(reason);
        self.receive(&self.sandbox.handle(request, self.now));
    }

    #[track_caller]
    fn sleeps(&mut self) {
        assert!(matches!(self.exchange.poll(Duration::ZERO, stamp_at(self.now)), Step::Sleep(_)));
    }

    #[track_caller]
    fn result(&mut self) -> Result<Answer<Stock>, Error> {
        match self.exchange.poll(Duration::ZERO, stamp_at(self.now)) {
            Step::Done(result) => result,
            _ => panic!("the exchange has not ended"),
        }
    }
}

#[track_caller]
fn unknown_serial(result: Result<Answer<impl std::fmt::Debug>, Error>) {
    let kind = verify_error_kind(result);
    assert!(matches!(kind, VerifyErrorKind::UnknownSerial { .. }), "{kind:?}");
}

/// Expects the signed 404 for a stock that does not exist, which the client must have verified.
#[track_caller]
fn verified(result: Result<Answer<impl std::fmt::Debug>, Error>) {
    let error = result.unwrap_err();
    let api = error.api().unwrap_or_else(|| panic!("{error:?}"));
    assert!(api.is_verified() && api.http_status() == 404);
}

#[test]
fn an_unknown_serial_fetches_certificates_without_sending_the_operation_again() {
    let (client, sandbox) = rotated();
    let mut query = Query::with_response(&client, &sandbox);
    let fetch = query.request(SendReason::FetchPlatformKeys);
    assert_eq!(fetch.uri().path(), "/v3/certificates");
    query.receive(&sandbox.handle(fetch, NOW));
    verified(query.result());
    assert_eq!(client.platform().serials().len(), 2);
    // The next response is verified without a fetch.
    verified(Query::with_response(&client, &sandbox).result());
}

#[test]
fn certificates_are_fetched_from_the_host_that_responded() {
    let (client, sandbox) = rotated();
    let client = client.with_backup(BaseUrl::wechatpay_backup());
    let mut query = Query::new(&client, &sandbox);
    query.request(SendReason::Operation);
    query.exchange.on_transport_error(TransportErrorKind::NotSent.into());
    query.sleeps();
    query.exchange_message(SendReason::BackupHost { attempt: 2 });
    let fetch = query.request(SendReason::FetchPlatformKeys);
    assert_eq!(fetch.uri().host(), Some("api2.mch.weixin.qq.com"));
}

#[test]
fn a_parked_response_is_verified_by_its_arrival_time() {
    let (client, sandbox) = rotated();
    let mut query = Query::with_response(&client, &sandbox);
    query.request(SendReason::FetchPlatformKeys);
    // The certificates arrive ten minutes later, signed at that time.
    query.now = NOW + 600;
    let late = client.request(&wechatpay_core::DownloadCertificates, stamp_at(query.now)).unwrap();
    query.receive(&sandbox.handle(late, query.now));
    query.now = NOW;
    verified(query.result());
}

#[test]
fn one_exchange_fetches_certificates_for_all_that_wait() {
    let (client, sandbox) = rotated();
    let mut queries = [(); 3].map(|()| Query::with_response(&client, &sandbox));
    let fetch = queries[0].request(SendReason::FetchPlatformKeys);
    queries[1..].iter_mut().for_each(Query::sleeps);
    queries[0].receive(&sandbox.handle(fetch, NOW));
    for query in &mut queries {
        verified(query.result());
    }
}

#[test]
fn a_dropped_fetch_is_taken_over_by_the_next_exchange() {
    let (client, sandbox) = rotated();
    let [mut first, mut second] = [(); 2].map(|()| Query::with_response(&client, &sandbox));
    first.request(SendReason::FetchPlatformKeys);
    // For example, a cancelled future.
    drop(first);
    second.exchange_message(SendReason::FetchPlatformKeys);
    verified(second.result());
}

#[test]
fn a_fetch_that_fails_is_retried_and_the_operation_is_sent_once() {
    let fails: [fn(&mut Query<'_>); 4] = [
        |query| query.exchange.on_transport_error(TransportErrorKind::MaybeSent.into()),
        |query| query.exchange.on_transport_error(TransportErrorKind::NotSent.into()),
        |query| query.receive(&unsigned(503, "")),
        // Polled again without a response: the fetch counts as lost.
        |_| {},
    ];
    for fail in fails {
        let (client, sandbox) = rotated();
        let mut query = Query::with_response(&client, &sandbox);
        query.request(SendReason::FetchPlatformKeys);
        fail(&mut query);
        query.sleeps();
        query.exchange_message(SendReason::FetchPlatformKeys);
        verified(query.result());
        // For the next turn of the loop.
        assert!(client.platform().remove(&sandbox_serial(&client)));
        query.now += 60;
    }
}

/// The serial of the certificate that was fetched.
fn sandbox_serial(client: &Client) -> String {
    let known = credentials(NOW).platform_certificate_serial().to_owned();
    client.platform().serials().into_iter().find(|serial| *serial != known).unwrap()
}

#[test]
fn a_fetch_that_failed_for_good_is_not_repeated_at_once_and_all_are_told_why() {
    let (client, sandbox) = rotated();
    let client = client.with_retry(RetryPolicy::never());
    type Fail = fn(&mut Query<'_>);
    let fails: [(Fail, &str); 3] = [
        (
            |query| query.exchange.on_transport_error(TransportErrorKind::MaybeSent.into()),
            "may have been sent, but no complete response was received (https://api.mch.weixin.qq.com:443)",
        ),
        (|query| query.receive(&unsigned(200, "<html>")), "the message has no signature (HTTP 200)"),
        (|_| {}, "the request may have been sent, but no complete response was received"),
    ];
    for (now, (fail, cause)) in (NOW..).step_by(20).zip(fails) {
        let start = || Query { now, ..Query::new(&client, &sandbox) };
        let [mut first, mut waits] = [start(), start()];
        first.exchange_message(SendReason::Operation);
        waits.exchange_message(SendReason::Operation);
        first.request(SendReason::FetchPlatformKeys);
        waits.sleeps();
        fail(&mut first);
        // Another call, which comes during the pause.
        let mut next = start();
        for (query, wait) in [(&mut first, 10), (&mut waits, 10), (&mut next, 7)] {
            if wait == 7 {
                query.exchange_message(SendReason::Operation);
                query.now += 3;
            }
            let error = query.result().unwrap_err();
            let text = format!("{error:#}");
            assert!(
                text.contains(&format!("could not be fetched; the next fetch is possible in {wait} s: ")),
                "{text}"
            );
            assert!(text.ends_with(cause), "{text}");
            let certificates = error.api().unwrap().certificates().unwrap();
            assert_eq!(certificates.wait(), Duration::from_secs(wait));
            // If the list of certificates is not signed, fetching again would fail again.
            let stop = error.advice() == Advice::Stop(StopReason::Setup);
            assert_eq!(stop, cause.contains("signature"), "{text}");
            // What was received is not lost: the 404 of the stock.
            assert_eq!(
                (error.http_status().unwrap().as_u16(), error.code()),
                (404, Some(&ErrorCode::ResourceNotExists))
            );
            unknown_serial(Err::<Answer<()>, _>(error));
        }
    }
}

/// The holder of the right to fetch may never be heard of again, without having been dropped.
#[test]
fn the_right_to_fetch_expires_with_its_timeout() {
    let (client, sandbox) = rotated();
    let [mut lost, mut waits] = [(); 2].map(|()| Query::with_response(&client, &sandbox));
    lost.request(SendReason::FetchPlatformKeys);
    let timeout = client.retry().attempt_timeout.as_secs();
    waits.now = NOW + timeout;
    waits.sleeps();
    waits.now = NOW + timeout + 2;
    waits.exchange_message(SendReason::FetchPlatformKeys);
    waits.now = NOW;
    verified(waits.result());
    // The lost one needs no fetch any more.
    verified(lost.result());
}

/// The clock was set forward while the holder of the right waited for its next attempt, and another exchange took over.
#[test]
fn an_exchange_that_lost_the_right_to_fetch_waits_for_the_other() {
    let (client, sandbox) = rotated();
    let [mut first, mut second] = [(); 2].map(|()| Query::with_response(&client, &sandbox));
    first.request(SendReason::FetchPlatformKeys);
    first.exchange.on_transport_error(TransportErrorKind::NotSent.into());
    first.sleeps();
    second.now = NOW + 60;
    let fetch = second.request(SendReason::FetchPlatformKeys);
    first.now = NOW + 60;
    first.sleeps();
    second.receive(&sandbox.handle(fetch, NOW + 60));
    verified(second.result());
    verified(first.result());
}

/// A client of another merchant may share the store of keys.
#[test]
fn merchants_that_share_keys_fetch_independently() {
    let (client, sandbox) = rotated();
    let signing_key = crypto::load_signing_key(PROVIDERS[1], credentials(NOW).private_key_pem()).unwrap();
    let other = Merchant::with_key("1900000999".into(), "0B", signing_key).unwrap();
    let other = Client::new(other, client.platform().clone())
        .unwrap()
        .with_api_v3_key(PROVIDERS[1], ApiV3Key::new(credentials(NOW).api_v3_key()).unwrap());
    let mut query = Query::with_response(&client, &sandbox);
    query.request(SendReason::FetchPlatformKeys);
    // The other merchant's exchange receives a response under the same unknown serial.
    let mut exchange = other.exchange(&QueryStock::new("1".into(), "1".into())).unwrap();
    assert!(matches!(exchange.poll(Duration::ZERO, stamp_at(NOW)), Step::Send { .. }));
    let mut response = Query::new(&client, &sandbox);
    let response = sandbox.handle(response.request(SendReason::Operation), NOW);
    exchange.on_response(&response, NOW);
    match exchange.poll(Duration::ZERO, stamp_at(NOW)) {
        Step::Send { reason: SendReason::FetchPlatformKeys, .. } => {}
        step => panic!("{step:?}"),
    }
}

#[test]
fn the_error_contains_the_reason_why_a_fetch_failed() {
    // A wrong APIv3 key, which no other error would show.
    let (client, sandbox) = rotated();
    let client = client.with_api_v3_key(PROVIDERS[1], ApiV3Key::new("0".repeat(32)).unwrap());
    let mut query = Query::with_response(&client, &sandbox);
    query.exchange_message(SendReason::FetchPlatformKeys);
    let error = query.result().unwrap_err();
    let text = format!("{error:#}");
    assert!(text.contains("the APIv3 key is not the one in the console"), "{text}");
    // It fails for every request until the key is corrected.
    assert_eq!(error.advice(), Advice::Stop(StopReason::Setup));
    unknown_serial(Err::<Answer<()>, _>(error));

    // The fetch succeeded, but returned other certificates.
    let (client, sandbox) = rotated();
    let mut query = Query::with_response_from("0A0B0C", &client, &sandbox);
    query.exchange_message(SendReason::FetchPlatformKeys);
    let VerifyErrorKind::UnknownSerial { known, .. } = verify_error_kind(query.result()) else { panic!() };
    assert_eq!(known, client.platform().serials());
    assert_eq!(known.len(), 2);
}

#[test]
fn forged_serials_do_not_cause_repeated_fetches() {
    let (client, sandbox) = rotated();
    let mut first = Query::with_response_from("0A0B0C", &client, &sandbox);
    first.exchange_message(SendReason::FetchPlatformKeys);
    unknown_serial(first.result());
    for serial in ["0A0B0C", "0D", "FF"] {
        unknown_serial(Query::with_response_from(serial, &client, &sandbox).result());
    }
    // A public key id never causes a fetch, because it cannot be the serial number of a certificate.
    let (client, sandbox) = rotated();
    unknown_serial(Query::with_response_from("PUB_KEY_ID_1", &client, &sandbox).result());
}

#[test]
fn certificates_are_not_fetched_without_an_api_v3_key_or_without_time() {
    // No APIv3 key.
    let (client, _, _) = pair(NOW);
    let (rotated, sandbox) = rotated();
    unknown_serial(Query::with_response_from("0A", &client, &sandbox).result());
    // No time left.
    let mut query = Query::with_response_from("0A", &rotated, &sandbox);
    match query.exchange.poll(rotated.retry().total, stamp_at(NOW)) {
        Step::Done(result) => unknown_serial(result),
        _ => panic!(),
    }
}

#[test]
fn the_platform_key_can_change_at_run_time() {
    let credentials = credentials(NOW);
    let sandbox = Sandbox::new(credentials.clone()).unwrap();
    let provider = PROVIDERS[1];
    let keys = trusting_certificate(provider, credentials.platform_certificate_pem());
    let client = client(provider, &credentials, keys);
    let serial_of_next_request = || {
        let mut query = Query::new(&client, &sandbox);
        let request = query.request(SendReason::Operation);
        let serial = request.headers()["wechatpay-serial"].to_str().unwrap().to_owned();
        query.receive(&sandbox.handle(request, NOW));
        verified(query.result());
        serial
    };
    assert_eq!(serial_of_next_request(), credentials.platform_certificate_serial());
    client
        .platform()
        .add_public_key(provider, credentials.public_key_id(), credentials.public_key_pem())
        .unwrap();
    assert_eq!(serial_of_next_request(), credentials.public_key_id());
    assert!(client.platform().prefer(credentials.platform_certificate_serial()));
    assert_eq!(serial_of_next_request(), credentials.platform_certificate_serial());
    assert!(client.platform().remove(credentials.platform_certificate_serial()));
    assert_eq!(serial_of_next_request(), credentials.public_key_id());
}
