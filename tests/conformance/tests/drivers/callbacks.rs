//! A service that only receives callbacks, after the platform has changed its certificate.

use std::sync::Barrier;

use wechatpay_core::http::Request;
use wechatpay_core::notification::{Notification, NotificationError, NotificationErrorKind};

use crate::*;

/// A platform that signs its callbacks with a certificate, and a callback that it has sent.
struct Sent {
    served: ServedSandbox,
    request: Request<Vec<u8>>,
}

impl Sent {
    fn new() -> Self {
        let served = ServedSandbox::start();
        let stock_id = served.running_stock();
        let (shop, url) = serve_one_connection(|mut stream| {
            let received = read_request(&stream);
            stream.write_all(b"HTTP/1.1 204 X\r\n\r\n").unwrap();
            received
        });
        served.execute(&SetCallback::new(served.mchid(), format!("{url}/callback")));
        let coupon_id = served.execute(&served.coupon("o", &stock_id, "n-1")).coupon_id;
        served.control("notifications", r#"{"signed_by":"certificate"}"#);
        served.control(&format!("coupons/{}/redeem", coupon_id.as_str()), "");
        Self { served, request: shop.join().unwrap().request() }
    }

    /// The merchant's client, which trusts a certificate with which the platform does not sign any more.
    fn core(&self) -> Client {
        self.served.client_with(PROVIDERS[1], self.served.old_certificate())
    }

    /// The same without retries.
    fn core_with_one_attempt(&self) -> Client {
        self.core().with_retry(RetryPolicy::never())
    }

    /// The number of requests for certificates so far.
    fn fetches(&self) -> u64 {
        self.served.state()["requests"]["certificates.download"].as_u64().unwrap_or_default()
    }

    /// The same callback under a serial that no certificate has.
    fn with_serial(&self, serial: &str) -> Request<Vec<u8>> {
        let mut request = self.request.clone();
        request.headers_mut().insert("wechatpay-serial", serial.parse().unwrap());
        request
    }

    fn receive(&self, driver: &impl Driver) -> Result<Notification<CouponUsed>, NotificationError> {
        driver.receive(&self.request)
    }
}

/// A serial number that no certificate has.
const INVENTED: &str = "5EA1ED000000000000000000000000000000BEEF";

/// Calls `receive` in 50 threads at once.
fn fifty<T: Send>(receive: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let together = Barrier::new(50);
    let receive = |call| {
        together.wait();
        receive(call)
    };
    thread::scope(|scope| {
        let calls: Vec<_> = (0..50).map(|call| scope.spawn(move || receive(call))).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    })
}

fn is_unknown(error: &NotificationError) -> bool {
    matches!(error.kind(), NotificationErrorKind::Verify(VerifyErrorKind::UnknownSerial { .. }))
}

with_every_driver!(
    after_a_change_of_the_certificate_one_fetch_serves_all_later_callbacks,
    fifty_callbacks_with_a_new_certificate_need_one_fetch,
    fifty_callbacks_with_an_invented_serial_cause_one_fetch_and_delay_no_response,
    a_fetch_that_fails_is_told_and_the_callback_is_sent_again,
    a_fetch_that_fails_at_first_is_repeated,
    a_platform_that_never_answers_ends_the_wait,
    nothing_is_fetched_when_it_cannot_help,
    a_merchant_without_certificates_asks_for_them_at_most_once_a_minute,
);

fn after_a_change_of_the_certificate_one_fetch_serves_all_later_callbacks<D: Driver>() {
    let sent = Sent::new();
    let core = sent.core();
    // Reading without fetching says which method fetches.
    let error = core.notification::<CouponUsed>(&sent.request, now()).unwrap_err();
    assert!(is_unknown(&error) && error.certificates().is_none());
    assert!(error.to_string().contains("Client::receive fetches it"), "{error}");

    let driver = D::new(core.clone());
    let notification = sent.receive(&driver).unwrap();
    assert!(notification.is_verified());
    let again = driver.receive_from::<CouponUsed>(sent.request.headers(), sent.request.body()).unwrap();
    assert_eq!(again.id, notification.id);
    assert_eq!(sent.fetches(), 1);
    // Now it can be read without a driver.
    core.notification::<CouponUsed>(&sent.request, now()).unwrap();
}

fn fifty_callbacks_with_a_new_certificate_need_one_fetch<D: Driver>() {
    let sent = Sent::new();
    let driver = D::new(sent.core());
    for result in fifty(|_| sent.receive(&driver)) {
        result.unwrap_or_else(|error| panic!("{error:#}"));
    }
    assert_eq!(sent.fetches(), 1);
}

fn fifty_callbacks_with_an_invented_serial_cause_one_fetch_and_delay_no_response<D: Driver>() {
    let sent = Sent::new();
    // It trusts the certificate with which the platform still signs.
    let core = sent.served.client_with(PROVIDERS[1], sent.served.certificate(PROVIDERS[1]));
    let driver = D::new(core);
    let errors = fifty(|call| {
        let request = sent.with_serial(&format!("{call:02X}{INVENTED}"));
        driver.receive::<CouponUsed>(&request).unwrap_err()
    });
    let mut fetched = 0;
    for error in errors {
        assert!(is_unknown(&error));
        match error.certificates() {
            // The one that has fetched knows that the platform does not list it.
            None => {
                fetched += 1;
                assert_eq!(error.reply().status(), 401);
                assert!(error.to_string().ends_with("was just fetched and does not contain it"), "{error}");
            }
            Some(certificates) => {
                assert_eq!(error.reply().status(), 503);
                assert!(certificates.cause().is_none(), "{error:#}");
                assert!(format!("{error:#}").contains("the next fetch is possible in "), "{error:#}");
            }
        }
    }
    assert_eq!((sent.fetches(), fetched), (1, 1));
    sent.receive(&driver).unwrap();

    // If the platform changes its certificate now, the next response still gets it, and so does the next callback.
    sent.served.rotate();
    driver.send(&DownloadCertificates).unwrap();
    assert_eq!(sent.fetches(), 2);
    sent.served.rotate();
    let error = driver.send(&QueryStock::new("1".into(), sent.served.mchid())).unwrap_err();
    assert!(error.api().is_some_and(|api| api.is_verified()), "{error:#}");
    assert_eq!(sent.fetches(), 3);
}

fn a_fetch_that_fails_is_told_and_the_callback_is_sent_again<D: Driver>() {
    let refuses_connections = {
        let (listener, url) = listener();
        drop(listener);
        url
    };
    for (fault, url, cause) in [
        ("unavailable", None, "SERVICE_UNAVAILABLE"),
        ("close_before", None, "no complete response was received"),
        ("unsigned", None, "the message has no signature"),
        ("", Some(refuses_connections), "was not sent"),
    ] {
        let sent = Sent::new();
        let core = match url {
            Some(url) => at(&sent.core_with_one_attempt(), &url),
            None => {
                sent.served.fault("certificates.download", fault);
                sent.core_with_one_attempt()
            }
        };
        let driver = D::new(core);
        // The second comes during the pause, and learns the same.
        for _ in 0..2 {
            let error = sent.receive(&driver).unwrap_err();
            assert!(is_unknown(&error), "{error:?}");
            let text = format!("{error:#}");
            assert!(error.to_string().ends_with("; the platform sends the callback again"), "{text}");
            assert!(text.contains("could not be fetched; the next fetch is possible in "), "{text}");
            assert!(text.contains(cause), "{text}");
            assert!(error.certificates().unwrap().cause().is_some());
            // The platform repeats a callback after any status but 200 and 204.
            let reply = error.reply();
            assert_eq!(reply.status(), 503);
            assert!(!String::from_utf8_lossy(reply.body()).contains(cause));
        }
        assert_eq!(sent.fetches(), if fault.is_empty() { 0 } else { 1 }, "{fault}");
    }
}

fn a_fetch_that_fails_at_first_is_repeated<D: Driver>() {
    let sent = Sent::new();
    sent.served.fault("certificates.download", "unavailable");
    sent.receive(&D::new(sent.core())).unwrap();
    assert_eq!(sent.fetches(), 2);
}

fn a_platform_that_never_answers_ends_the_wait<D: Driver>() {
    let sent = Sent::new();
    sent.served.fault("certificates.download", "never_answers");
    let driver = D::new(sent.core().with_callback_timeout(Duration::from_millis(300)));
    for error in fifty(|_| sent.receive(&driver).unwrap_err()) {
        assert_eq!(error.reply().status(), 503, "{error:#}");
    }
    // There is no time for a second attempt.
    assert_eq!(sent.fetches(), 1);
    // A response still fetches at once, and then the callback can be read.
    let error = driver.send(&QueryStock::new("1".into(), sent.served.mchid())).unwrap_err();
    assert!(error.api().is_some_and(|api| api.is_verified()), "{error:#}");
    sent.receive(&driver).unwrap();
    assert_eq!(sent.fetches(), 2);
}

fn nothing_is_fetched_when_it_cannot_help<D: Driver>() {
    let sent = Sent::new();
    let driver = D::new(sent.core());
    // The id of a public key, and what is no number.
    for serial in ["PUB_KEY_ID_0000000000000000000000000000000002", "not-a-serial"] {
        let error = driver.receive::<CouponUsed>(&sent.with_serial(serial)).unwrap_err();
        assert_eq!((is_unknown(&error), error.reply().status().as_u16()), (true, 401));
    }
    // A signature that is wrong whatever the key, and one that is too old.
    let mut stale = sent.with_serial(INVENTED);
    stale.headers_mut().insert("wechatpay-timestamp", (now() - 400).to_string().parse().unwrap());
    let mut malformed = sent.with_serial(INVENTED);
    malformed.headers_mut().insert("wechatpay-signature", "!".parse().unwrap());
    for request in [stale, malformed] {
        assert!(driver.receive::<CouponUsed>(&request).is_err());
    }
    // A key that is distrusted, and a client that could not decrypt certificates.
    let core = sent.core();
    core.platform().distrust(sent.request.headers()["wechatpay-serial"].to_str().unwrap());
    assert!(sent.receive(&D::new(core)).is_err());
    let without_key = sent.served.client_without_api_v3_key(sent.served.old_certificate());
    let error = sent.receive(&D::new(at(&without_key, &sent.served.url()))).unwrap_err();
    assert!(error.to_string().ends_with("a client with the APIv3 key (Client::with_api_v3_key)"), "{error}");
    assert_eq!((sent.fetches(), error.reply().status().as_u16()), (0, 401));
}

/// The platform answers that the merchant uses the public key only.
fn a_merchant_without_certificates_asks_for_them_at_most_once_a_minute<D: Driver>() {
    let sent = Sent::new();
    sent.served.control("certificates/mode", r#"{"public_key_only": true}"#);
    let driver = D::new(sent.served.client().with_retry(RetryPolicy::never()));
    for _ in 0..2 {
        let error = driver.receive::<CouponUsed>(&sent.with_serial(INVENTED)).unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains("because it uses WeChat Pay's public key"), "{text}");
        assert!(error.certificates().unwrap().wait() > Duration::from_secs(10), "{text}");
    }
    assert_eq!(sent.fetches(), 1);
}

/// Web servers drop a handler's future when the sender closes the connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_closes_the_connection_does_not_cancel_the_fetch() {
    let sent = tokio::task::spawn_blocking(Sent::new).await.unwrap();
    let (asked, mut fetches) = tokio::sync::mpsc::unbounded_channel();
    let (answer, may_answer) = mpsc::channel();
    let sandbox = sent.served.sandbox.clone();
    let may_answer = Arc::new(Mutex::new(may_answer));
    let url = serve_connections(move |mut stream, _| {
        let received = read_request(&stream);
        asked.send(()).unwrap();
        may_answer.lock().unwrap().recv().unwrap();
        let response = sandbox.handle(received.request().map(Bytes::from), now());
        stream.write_all(&wire(&response)).unwrap();
    });
    let client = wechatpay_hyper::Client::new(at(&sent.core(), &url));
    let receive = || client.receive::<CouponUsed>(&sent.request);
    let fetching = tokio::spawn(receive());
    fetches.recv().await.unwrap();
    // It waits for the other one's fetch, and may be cancelled as well.
    let waiting = tokio::spawn(receive());
    waiting.abort();
    fetching.abort();
    assert!(fetching.await.unwrap_err().is_cancelled());
    answer.send(()).unwrap();
    // The next one gets what the first has fetched.
    receive().await.unwrap();
    assert!(fetches.try_recv().is_err());
}
