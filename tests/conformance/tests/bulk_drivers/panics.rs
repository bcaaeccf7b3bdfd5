//! Code of the caller that panics while other requests are in flight.

use wechatpay_core::Merchant;
use wechatpay_core::crypto::{CryptoError, SigningKey, load_signing_key};

use crate::campaign::policy;
use crate::*;

with_every_driver!(
    a_panicking_key_panics_in_the_caller_and_the_next_run_finishes,
    a_panicking_observer_panics_in_the_caller_and_the_next_run_finishes,
);

/// A key that panics on its 30th signature.
struct Panicking {
    key: Arc<dyn SigningKey>,
    calls: AtomicUsize,
}

impl SigningKey for Panicking {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        assert_ne!(self.calls.fetch_add(1, Ordering::SeqCst), 30, "simulated failure of the signing key");
        self.key.sign(message)
    }
}

fn a_panicking_key_panics_in_the_caller_and_the_next_run_finishes<D: Driver>() {
    let campaign = Campaign::start(1);
    let credentials = &campaign.served.credentials;
    let key = load_signing_key(PROVIDERS[1], credentials.private_key_pem()).unwrap();
    let key = Arc::new(Panicking { key, calls: AtomicUsize::new(0) });
    let merchant = Merchant::with_key(credentials.mchid().into(), credentials.serial_no(), key).unwrap();
    let core = Client::new(merchant, campaign.served.public_key(PROVIDERS[1])).unwrap();
    let driver = D::new(at(&core, &campaign.served.url()));
    let mut store = Memory::new(campaign.users(100), policy());
    let run = catch_unwind(AssertUnwindSafe(|| store.run(&driver, Trouble::None)));
    let panic = run.unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("simulated failure of the signing key"), "{text}");
    // The same client goes on.
    store.complete(&driver);
    campaign.check_coupons(&store);
}

fn a_panicking_observer_panics_in_the_caller_and_the_next_run_finishes<D: Driver>() {
    let campaign = Campaign::start(1);
    let driver = campaign.driver::<D>();
    let mut store = Memory::new(campaign.users(100), policy());
    let sender = Sender::new(store.policy.clone(), Health::default());
    let watch = |progress: &Progress| assert!(progress.started == 0, "simulated failure of the observer");
    let run = catch_unwind(AssertUnwindSafe(|| driver.send_all(sender, &mut store, || false, watch)));
    let panic = run.unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"simulated failure of the observer"));
    store.complete(&driver);
    campaign.check_coupons(&store);
}
