//! Caller code that panics inside a call to the library, such as a key of an HSM or KMS, or a crypto provider. Only
//! that call is lost. Other calls keep working, and the reported outcome stays correct.

use crate::*;

with_every_driver!(a_panicking_signing_key_affects_only_its_own_call);

fn stamp(number: u8) -> Stamp {
    Stamp { unix_seconds: NOW, nonce: Nonce::from_entropy([number; 16]) }
}

/// A key that panics on its `nth` signature.
struct Panicking {
    key: Arc<dyn SigningKey>,
    nth: usize,
    calls: AtomicUsize,
}

impl SigningKey for Panicking {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        assert_ne!(number, self.nth, "simulated failure of the signing key");
        self.key.sign(message)
    }
}

fn panicking(mchid: &str, serial_no: &str, pem: &str, nth: usize) -> Merchant {
    let key = load_signing_key(PROVIDERS[1], pem).unwrap();
    let key = Panicking { key, nth, calls: AtomicUsize::new(0) };
    Merchant::with_key(mchid.into(), serial_no, Arc::new(key)).unwrap()
}

fn platform_keys(platform: &Platform) -> PlatformKeys {
    trusting_public_key(PROVIDERS[1], PUBLIC_KEY_ID, &platform.public_key_pem)
}

fn a_panicking_signing_key_affects_only_its_own_call<D: Driver>() {
    let (_, platform, credentials) = pair(now());
    let response = wire(&platform.coupon_sent(now()));
    let server = Scripted::start(|_| vec![response]);
    let merchant = panicking(MCHID, SERIAL_NO, credentials.private_key_pem(), 1);
    let core = Client::new(merchant, platform_keys(&platform)).unwrap();
    let driver = D::new(at(&core, &server.url));
    assert!(catch_unwind(AssertUnwindSafe(|| driver.send(&send_coupon()))).is_err());
    assert_eq!(driver.send(&send_coupon()).unwrap().coupon_id.as_str(), "98674556");
    assert_eq!(server.all().len(), 1);
}

#[test]
fn an_exchange_whose_key_panicked_is_unknown_if_a_request_was_sent() {
    let (_, platform, credentials) = pair(NOW);
    for (nth, outcome) in [(1, Outcome::NotSent), (2, Outcome::Unknown)] {
        let merchant = panicking(MCHID, SERIAL_NO, credentials.private_key_pem(), nth);
        let client = Client::new(merchant, platform_keys(&platform)).unwrap();
        let mut exchange = client.exchange(&send_coupon()).unwrap();
        let mut poll =
            |number| catch_unwind(AssertUnwindSafe(|| exchange.poll(Duration::ZERO, stamp(number))));
        // If an exchange is polled while a request is in flight, it treats the request as lost.
        let ends = (1..).map(&mut poll).find(|step| !matches!(step, Ok(Step::Send { .. } | Step::Sleep(_))));
        assert!(ends.unwrap().is_err());
        let Step::Done(Err(error)) = poll(9).unwrap() else { panic!() };
        assert_eq!(error.outcome(), outcome, "{error:?}");
    }
}

#[test]
fn a_finished_exchange_that_is_polled_again_is_unknown() {
    let (client, platform, _) = pair(NOW);
    let mut exchange = client.exchange(&send_coupon()).unwrap();
    assert!(matches!(exchange.poll(Duration::ZERO, stamp(1)), Step::Send { .. }));
    exchange.on_response(&platform.coupon_sent(NOW), NOW);
    assert!(matches!(exchange.poll(Duration::ZERO, stamp(2)), Step::Done(Ok(_))));
    let Step::Done(Err(error)) = exchange.poll(Duration::ZERO, stamp(3)) else { panic!() };
    assert_eq!(error.outcome(), Outcome::Unknown);
}

/// The platform has a new certificate, and the key panics when it signs the request that fetches it.
#[test]
fn a_fetch_that_panicked_is_taken_over_by_the_next_exchange() {
    let credentials = credentials(NOW);
    let local = LocalSandbox::new(&credentials, Some(NOW));
    local.rotate();
    let pem = credentials.private_key_pem();
    let merchant = panicking(credentials.mchid(), credentials.serial_no(), pem, 2);
    let client = Client::new(merchant, local.certificate(PROVIDERS[1])).unwrap();
    let client = client.with_api_v3_key(PROVIDERS[1], api_v3_key(&credentials));

    let parked = || {
        let mut exchange = client.exchange(&send_coupon()).unwrap();
        let Step::Send { request, .. } = exchange.poll(Duration::ZERO, stamp(1)) else { panic!() };
        exchange.on_response(&local.sandbox.handle(request, NOW), NOW);
        exchange
    };
    let mut first = parked();
    assert!(catch_unwind(AssertUnwindSafe(|| first.poll(Duration::ZERO, stamp(2)))).is_err());
    // The first exchange still exists, but does not block the fetch.
    let mut second = parked();
    match second.poll(Duration::ZERO, stamp(3)) {
        Step::Send { reason: SendReason::FetchPlatformKeys, .. } => {}
        other => panic!("{other:?}"),
    }
    // The request of the first exchange was sent, so its outcome is unknown.
    let Step::Done(Err(error)) = first.poll(Duration::ZERO, stamp(4)) else { panic!() };
    assert_eq!(error.outcome(), Outcome::Unknown);
}

/// Loads keys that panic when they verify, or when they are dropped.
struct Loader {
    dropped: bool,
}

struct Broken {
    dropped: bool,
}

impl KeyLoader for Loader {
    fn signing_key(&self, key: &[u8]) -> Result<Arc<dyn SigningKey>, CryptoError> {
        PROVIDERS[1].keys.signing_key(key)
    }

    fn verifying_key(&self, _: &[u8]) -> Result<Arc<dyn VerifyingKey>, CryptoError> {
        Ok(Arc::new(Broken { dropped: self.dropped }))
    }
}

impl VerifyingKey for Broken {
    fn verify(&self, _: &[u8], _: &[u8]) -> Result<(), CryptoError> {
        panic!("simulated failure of the verifying key")
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        assert!(!self.dropped || thread::panicking(), "simulated failure when the key is dropped");
    }
}

#[test]
fn a_panicking_provider_does_not_block_other_calls() {
    let good = PROVIDERS[1];
    for (loader, dropped) in [(&Loader { dropped: false }, false), (&Loader { dropped: true }, true)] {
        let broken = CryptoProvider::new("broken", loader, good.aead, good.random);
        let (client, platform, _) = pair(NOW);
        let keys = client.platform();
        keys.add_public_key(&broken, "PUB_KEY_ID_2", RESPONSE_KEY).unwrap();
        let mut answer = platform.coupon_sent(NOW);
        let read = |answer| read_response::<SendCoupon>(&client, answer, NOW).unwrap();
        let calls = AssertUnwindSafe(|| {
            match dropped {
                // The key is dropped while the keys are locked for writing. No other caller code runs then.
                true => drop(keys.remove("PUB_KEY_ID_2")),
                false => {
                    let answer = with_header(answer.clone(), "wechatpay-serial", "PUB_KEY_ID_2");
                    let _ = read_response::<SendCoupon>(&client, &answer, NOW);
                }
            }
        });
        assert!(catch_unwind(calls).is_err());
        // Reading, adding, removing and signing still work, also on other threads.
        assert_eq!(read(&answer).coupon_id.as_str(), "98674556");
        keys.add_public_key(good, "PUB_KEY_ID_3", RESPONSE_KEY).unwrap();
        assert!(keys.prefer("PUB_KEY_ID_3") && keys.remove("PUB_KEY_ID_3"));
        assert!(keys.prefer(PUBLIC_KEY_ID));
        assert_eq!(
            client.request(&send_coupon(), stamp(1)).unwrap().headers()["wechatpay-serial"],
            PUBLIC_KEY_ID
        );
        thread::scope(|scope| scope.spawn(|| read(&answer)).join().unwrap());
        *answer.body_mut() = COUPON_SENT.replace('9', "8").into();
        assert!(read_response::<SendCoupon>(&client, &answer, NOW).is_err());
    }
}
