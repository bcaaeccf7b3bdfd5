//! Keys that change while an exchange is under way.

use crate::*;

const NOW: u64 = TIMESTAMP;

/// A merchant who knows the platform's first certificate, and a platform that has a second by now.
fn rotated() -> (Client, Sandbox) {
    let local = LocalSandbox::new(&credentials(NOW), Some(NOW));
    local.rotate();
    (local.client(local.certificate(PROVIDERS[1])), local.sandbox)
}

/// A query of a stock under way, and the sandbox that it goes to. What happens does so at `now`.
struct Query<'a> {
    exchange: Exchange<QueryStock>,
    sandbox: &'a Sandbox,
    now: u64,
}

impl<'a> Query<'a> {
    /// Nothing has been sent yet.
    fn new(client: &Client, sandbox: &'a Sandbox) -> Self {
        let mchid = client.merchant().mchid().clone();
        let exchange = client.exchange(&QueryStock::new("1".into(), mchid)).unwrap();
        Self { exchange, sandbox, now: NOW }
    }

    /// The query itself has its answer.
    #[track_caller]
    fn answered(client: &Client, sandbox: &'a Sandbox) -> Self {
        let mut query = Self::new(client, sandbox);
        query.answer(SendReason::Operation);
        query
    }

    /// The same, but the answer came with this serial number instead of its own.
    #[track_caller]
    fn answered_by(serial: &str, client: &Client, sandbox: &'a Sandbox) -> Self {
        let mut query = Self::new(client, sandbox);
        let response = sandbox.handle(query.request(SendReason::Operation), NOW);
        query.hear(&with_header(response, "wechatpay-serial", serial));
        query
    }

    /// The request that it wants to be sent.
    #[track_caller]
    fn request(&mut self, reason: SendReason) -> Request<Bytes> {
        match self.exchange.poll(Duration::ZERO, stamp_at(self.now)) {
            Step::Send { request, reason: actual, .. } => {
                assert_eq!(actual, reason);
                request
            }
            _ => panic!("nothing is to be sent"),
        }
    }

    fn hear(&mut self, response: &Response<Bytes>) {
        self.exchange.on_response(response, self.now);
    }

    /// Has it answered.
    #[track_caller]
    fn answer(&mut self, reason: SendReason) {
        let request = self.request(reason);
        self.hear(&self.sandbox.handle(request, self.now));
    }

    #[track_caller]
    fn sleeps(&mut self) {
        assert!(matches!(self.exchange.poll(Duration::ZERO, stamp_at(self.now)), Step::Sleep(_)));
    }

    #[track_caller]
    fn result(&mut self) -> Result<Answer<Stock>, Error> {
        match self.exchange.poll(Duration::ZERO, stamp_at(self.now)) {
            Step::Done(result) => result,
            _ => panic!("it is not over"),
        }
    }
}

#[track_caller]
fn unknown_serial(result: Result<Answer<impl std::fmt::Debug>, Error>) {
    let kind = verify_error_kind(result);
    assert!(matches!(kind, VerifyErrorKind::UnknownSerial { .. }), "{kind:?}");
}

/// The answer to the query is a signed 404: there is no such stock. To read it, it must be verified.
#[track_caller]
fn verified(result: Result<Answer<impl std::fmt::Debug>, Error>) {
    let error = result.unwrap_err();
    let api = error.api().unwrap_or_else(|| panic!("{error:?}"));
    assert!(api.is_verified() && api.http_status() == 404);
}

#[test]
fn an_unknown_serial_has_certificates_fetched_and_the_operation_is_not_sent_again() {
    let (client, sandbox) = rotated();
    let mut query = Query::answered(&client, &sandbox);
    let fetch = query.request(SendReason::FetchPlatformKeys);
    assert_eq!(fetch.uri().path(), "/v3/certificates");
    query.hear(&sandbox.handle(fetch, NOW));
    verified(query.result());
    assert_eq!(client.platform().serials().len(), 2);
    // From then on it is known.
    verified(Query::answered(&client, &sandbox).result());
}

#[test]
fn certificates_are_fetched_at_the_host_that_answers() {
    let (client, sandbox) = rotated();
    let client = client.with_backup(BaseUrl::wechatpay_backup());
    let mut query = Query::new(&client, &sandbox);
    query.request(SendReason::Operation);
    query.exchange.on_transport_error(TransportErrorKind::NotSent.into());
    query.sleeps();
    query.answer(SendReason::BackupHost { attempt: 2 });
    let fetch = query.request(SendReason::FetchPlatformKeys);
    assert_eq!(fetch.uri().host(), Some("api2.mch.weixin.qq.com"));
}

#[test]
fn the_parked_answer_counts_by_the_time_it_came() {
    let (client, sandbox) = rotated();
    let mut query = Query::answered(&client, &sandbox);
    query.request(SendReason::FetchPlatformKeys);
    // The certificates come ten minutes later, signed then.
    query.now = NOW + 600;
    let late = client.request(&wechatpay_core::DownloadCertificates, stamp_at(query.now)).unwrap();
    query.hear(&sandbox.handle(late, query.now));
    query.now = NOW;
    verified(query.result());
}

#[test]
fn one_fetches_for_all_that_wait() {
    let (client, sandbox) = rotated();
    let mut queries = [(); 3].map(|()| Query::answered(&client, &sandbox));
    let fetch = queries[0].request(SendReason::FetchPlatformKeys);
    queries[1..].iter_mut().for_each(Query::sleeps);
    queries[0].hear(&sandbox.handle(fetch, NOW));
    for query in &mut queries {
        verified(query.result());
    }
}

#[test]
fn who_gives_up_fetching_leaves_it_to_the_next() {
    let (client, sandbox) = rotated();
    let [mut first, mut second] = [(); 2].map(|()| Query::answered(&client, &sandbox));
    first.request(SendReason::FetchPlatformKeys);
    // A cancelled future, say.
    drop(first);
    second.answer(SendReason::FetchPlatformKeys);
    verified(second.result());
}

#[test]
fn a_fetch_that_fails_leaves_the_outcome_open_and_is_not_repeated_at_once() {
    let (client, sandbox) = rotated();
    let fails: [fn(&mut Query<'_>); 3] = [
        |query| query.exchange.on_transport_error(TransportErrorKind::MaybeSent.into()),
        // An answer that is no list of certificates.
        |query| query.hear(&unsigned(200, "<html>")),
        // Polled again without any news: lost.
        |_| {},
    ];
    for (now, fail) in (NOW..).step_by(20).zip(fails) {
        let begin = || Query { now, ..Query::new(&client, &sandbox) };
        let mut query = begin();
        query.answer(SendReason::Operation);
        query.request(SendReason::FetchPlatformKeys);
        fail(&mut query);
        unknown_serial(query.result());
        // Too soon for another.
        let mut next = begin();
        next.answer(SendReason::Operation);
        unknown_serial(next.result());
    }
}

#[test]
fn why_a_fetch_was_of_no_use_is_said() {
    fn said(query: &mut Query<'_>) -> String {
        let error = query.result().unwrap_err();
        let said = error_chain(&error);
        unknown_serial(Err::<Answer<()>, _>(error));
        said
    }
    // The merchant's mistake, which nothing else would show.
    let (client, sandbox) = rotated();
    let client = client.with_api_v3_key(PROVIDERS[1], ApiV3Key::new("0".repeat(32)).unwrap());
    let mut query = Query::answered(&client, &sandbox);
    query.answer(SendReason::FetchPlatformKeys);
    let said_then = said(&mut query);
    assert!(said_then.contains("the APIv3 key is not the one in the console"), "{said_then}");

    let (client, sandbox) = rotated();
    let mut query = Query::answered(&client, &sandbox);
    query.request(SendReason::FetchPlatformKeys);
    query.exchange.on_transport_error(TransportErrorKind::NotSent.into());
    let said_then = said(&mut query);
    assert!(said_then.ends_with("the request was not sent"), "{said_then}");

    // It went well, but brought another certificate.
    let (client, sandbox) = rotated();
    let mut query = Query::answered_by("0A0B0C", &client, &sandbox);
    query.answer(SendReason::FetchPlatformKeys);
    let Err(Error::Verify(error)) = query.result() else { panic!() };
    let VerifyErrorKind::UnknownSerial { known, .. } = error.kind() else { panic!("{error:?}") };
    assert_eq!(*known, client.platform().serials());
    assert_eq!(known.len(), 2);
}

#[test]
fn forged_serials_do_not_have_certificates_fetched_again_and_again() {
    let (client, sandbox) = rotated();
    let mut first = Query::answered_by("0A0B0C", &client, &sandbox);
    first.answer(SendReason::FetchPlatformKeys);
    unknown_serial(first.result());
    for serial in ["0A0B0C", "0D", "FF"] {
        unknown_serial(Query::answered_by(serial, &client, &sandbox).result());
    }
    // And never for what cannot be a certificate.
    let (client, sandbox) = rotated();
    unknown_serial(Query::answered_by("PUB_KEY_ID_1", &client, &sandbox).result());
}

#[test]
fn without_the_means_or_the_time_nothing_is_fetched() {
    // No APIv3 key.
    let (client, _, _) = pair(NOW);
    let (rotated, sandbox) = rotated();
    unknown_serial(Query::answered_by("0A", &client, &sandbox).result());
    // No time left.
    let mut query = Query::answered_by("0A", &rotated, &sandbox);
    match query.exchange.poll(rotated.retry().total, stamp_at(NOW)) {
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
        let mut query = Query::new(&client, &sandbox);
        let request = query.request(SendReason::Operation);
        let serial = request.headers()["wechatpay-serial"].to_str().unwrap().to_owned();
        query.hear(&sandbox.handle(request, NOW));
        verified(query.result());
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
