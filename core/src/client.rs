//! A merchant, the platform's keys and a few settings: everything that a driver needs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use crate::answer::Answer;
use crate::certificates;
use crate::crypto::{ApiV3Key, CryptoProvider, KeyError, ResourceKey};
use crate::error::{BuildError, Error, VerifyErrorKind};
use crate::merchant::Merchant;
use crate::metrics::Metrics;
use crate::operation::{BaseUrl, CrateOnly, Operation, ResponseSignature};
use crate::platform::PlatformKeys;
use crate::request::{Prepared, Stamp, Unsigned};
use crate::response;
use crate::retry::RetryPolicy;
use crate::types::UnixSeconds;

/// Builds signed requests and reads responses for one merchant. It performs no IO, and reads no clock and no random
/// source.
///
/// Cheap to clone and free of global state, so one process can serve any number of merchants.
///
/// | setting | default | set with |
/// |---|---|---|
/// | host | `https://api.mch.weixin.qq.com` | [`with_base_url`](Self::with_base_url) |
/// | backup host | none | [`with_backup`](Self::with_backup) |
/// | attempts | 3 | [`with_retry`](Self::with_retry) |
/// | timeout per attempt | 10 s | [`with_retry`](Self::with_retry) |
/// | deadline of the whole call | 30 s | [`with_retry`](Self::with_retry) |
/// | back-off before a retry | 0.25 to 0.5 s, doubled for each retry, at most 5 s, or a longer `Retry-After` | [`with_retry`](Self::with_retry) |
/// | unsigned links to flow files | accepted | [`with_signed_links_only`](Self::with_signed_links_only) |
/// | time to fetch certificates for a callback | 3 s | [`with_callback_timeout`](Self::with_callback_timeout) |
/// | APIv3 key | none: no callbacks, and no platform certificates are fetched | [`with_api_v3_key`](Self::with_api_v3_key) |
///
/// The accepted difference between the clocks of merchant and platform is fixed:
/// [`MAX_CLOCK_DIFFERENCE`](crate::MAX_CLOCK_DIFFERENCE) seconds. Connections, connect timeouts and size limits belong
/// to the driver.
///
/// ```
/// # #[cfg(feature = "rustcrypto")] {
/// use std::time::Duration;
///
/// use wechatpay_core::cashcoupons::StartStock;
/// use wechatpay_core::crypto::ApiV3Key;
/// use wechatpay_core::crypto::rustcrypto::PROVIDER;
/// use wechatpay_core::{BaseUrl, Client, Merchant, Nonce, PlatformKeys, RetryPolicy, Stamp};
///
/// # let private_key_pem = include_str!("../../tests/conformance/vectors/official_test_merchant_key_pkcs1.pem");
/// # let public_key_pem = include_str!("../../tests/conformance/vectors/doc_example_platform_key.pem");
/// let serial_no = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB";
/// let mchid = "1900007291".into();
/// let merchant = Merchant::from_pem(&PROVIDER, mchid, serial_no, private_key_pem)?;
/// let platform = PlatformKeys::new();
/// let public_key_id = "PUB_KEY_ID_0000000000000024101100397200000006";
/// platform.add_public_key(&PROVIDER, public_key_id, public_key_pem)?;
/// let client = Client::new(merchant, platform)?
///     .with_backup(BaseUrl::wechatpay_backup())
///     .with_api_v3_key(&PROVIDER, ApiV3Key::new("an example of an APIv3 key: 32 B")?)
///     .with_retry(RetryPolicy::default().with_total(Duration::from_secs(20)));
///
/// let start = StartStock::new("9856888".into(), "1900007291".into());
/// let stamp = Stamp { unix_seconds: 1_554_208_460, nonce: Nonce::from_entropy([7; 16]) };
/// let request = client.request(&start, stamp)?;
/// assert_eq!(request.method(), "POST");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

/// The platform waits 5 seconds for the reply to a callback. This leaves time to store the event and to reply.
const CALLBACK_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Clone)]
struct Inner {
    merchant: Merchant,
    platform: PlatformKeys,
    base_url: BaseUrl,
    backup: Option<BaseUrl>,
    retry: RetryPolicy,
    signed_links_only: bool,
    callback_timeout: Duration,
    resource_key: Option<ResourceKey>,
    metrics: Option<Arc<dyn Metrics>>,
}

impl Client {
    /// Creates a client for the production service with the default [`RetryPolicy`].
    ///
    /// # Errors
    /// [`KeyError::MerchantKeyAsPlatformKey`] when the merchant's own key or serial is among the platform's. Keys that
    /// are added to `platform` later are checked as well.
    pub fn new(merchant: Merchant, platform: PlatformKeys) -> Result<Self, KeyError> {
        platform.guard_against(merchant.serial_no(), merchant.modulus())?;
        let (base_url, retry) = (BaseUrl::default(), RetryPolicy::default());
        let (backup, resource_key, metrics) = (None, None, None);
        let signed_links_only = false;
        Ok(Self(Arc::new(Inner {
            merchant,
            platform,
            base_url,
            backup,
            retry,
            signed_links_only,
            callback_timeout: CALLBACK_TIMEOUT,
            resource_key,
            metrics,
        })))
    }

    /// Sets the APIv3 key (APIv3 密钥) and the provider that decrypts with it. Callbacks and platform certificates
    /// require it.
    #[must_use]
    pub fn with_api_v3_key(mut self, provider: &CryptoProvider, key: ApiV3Key) -> Self {
        Arc::make_mut(&mut self.0).resource_key = Some(ResourceKey { provider: *provider, key });
        self
    }

    /// Sets the host that requests are sent to, such as the backup host, your own gateway, or a sandbox.
    ///
    /// The main host and the backup host must either both be WeChat Pay's or both not be: otherwise a retry would send a
    /// test's request to WeChat Pay, or a real one elsewhere. If only one of them is, every request is a
    /// [`BuildError::Hosts`].
    #[must_use]
    pub fn with_base_url(mut self, base_url: BaseUrl) -> Self {
        Arc::make_mut(&mut self.0).base_url = base_url;
        self
    }

    /// Sets a host, such as [`BaseUrl::wechatpay_backup`], to switch to when the main host cannot be reached or is out
    /// of order. When the backup host fails too, the next retry switches back. Only requests that may be retried are sent
    /// there. Must be WeChat Pay's exactly if the main host is, see [`with_base_url`](Self::with_base_url).
    #[must_use]
    pub fn with_backup(mut self, backup: BaseUrl) -> Self {
        Arc::make_mut(&mut self.0).backup = Some(backup);
        self
    }

    /// Sets the retry policy.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        Arc::make_mut(&mut self.0).retry = retry;
        self
    }

    /// Rejects every successful response without a signature, including those that WeChat Pay may send unsigned: the
    /// links to flow files. By default they are accepted, because the platform's documentation says that they have no
    /// signature. [`Answer::is_verified`] returns whether a response was signed.
    ///
    /// An unsigned response is then a [`VerifyErrorKind::Unsigned`].
    #[must_use]
    pub fn with_signed_links_only(mut self) -> Self {
        Arc::make_mut(&mut self.0).signed_links_only = true;
        self
    }

    /// Sets how long [`receive`](Self::receive) may take to fetch the platform's certificates for a callback. The platform
    /// waits 5 seconds for the reply, and this program needs a part of them to store the event. The deadline of the
    /// [`RetryPolicy`] holds as well, and one attempt takes at most half of the time.
    #[must_use]
    pub fn with_callback_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.0).callback_timeout = timeout;
        self
    }

    /// Reports every attempt, operation and callback to `metrics`. Without it, nothing is reported.
    #[must_use]
    pub fn with_metrics(mut self, metrics: impl Metrics + 'static) -> Self {
        Arc::make_mut(&mut self.0).metrics = Some(Arc::new(metrics));
        self
    }

    /// Returns the merchant and its signing key.
    pub fn merchant(&self) -> &Merchant {
        &self.0.merchant
    }

    /// Returns the platform's keys.
    pub fn platform(&self) -> &PlatformKeys {
        &self.0.platform
    }

    /// Returns the host that requests are sent to.
    pub fn base_url(&self) -> &BaseUrl {
        &self.0.base_url
    }

    /// Returns the host that retries switch to when the main host is out of order.
    pub fn backup(&self) -> Option<&BaseUrl> {
        self.0.backup.as_ref()
    }

    /// Returns the retry policy.
    pub fn retry(&self) -> &RetryPolicy {
        &self.0.retry
    }

    /// Returns how long certificates may be fetched for a callback.
    pub fn callback_timeout(&self) -> Duration {
        self.0.callback_timeout
    }

    /// Builds a request and signs it. The same arguments always produce the same bytes.
    ///
    /// # Errors
    /// [`BuildError`] when a field has an invalid value, the hosts do not belong together, or the key cannot sign.
    pub fn request<O: Operation>(&self, operation: &O, stamp: Stamp) -> Result<Request<Bytes>, BuildError> {
        self.sign(&self.prepare(operation)?, stamp)
    }

    /// Builds a request without signing it, for keys that sign elsewhere or asynchronously.
    ///
    /// # Errors
    /// [`BuildError`] when a field has an invalid value, or the hosts do not belong together.
    pub fn unsigned<O: Operation>(&self, operation: &O, stamp: Stamp) -> Result<Unsigned, BuildError> {
        Ok(self.stamp(&self.prepare(operation)?, stamp))
    }

    /// Verifies and decodes the response to an operation. `now` is the local time, which the time of the signature is
    /// compared with.
    ///
    /// # Errors
    /// [`Error::Verify`] when the response cannot be verified, [`Error::Api`] when it is an error response of the
    /// platform, [`Error::Decode`] when it is a success that cannot be decoded, [`Error::Mismatch`] when it is a success
    /// that belongs to another request, as far as [`Operation::answers`] can tell.
    pub fn response<O: Operation>(
        &self,
        operation: &O,
        response: &Response<Bytes>,
        now: UnixSeconds,
    ) -> Result<Answer<O::Response>, Error> {
        self.response_to(operation, None, response, now)
    }

    /// Like [`response`](Self::response), for a request with this stamp.
    pub(crate) fn response_to<O: Operation>(
        &self,
        operation: &O,
        stamp: Option<Stamp>,
        response: &Response<Bytes>,
        now: UnixSeconds,
    ) -> Result<Answer<O::Response>, Error> {
        match O::keys_in_response(CrateOnly) {
            None => {
                let signature = match self.0.signed_links_only {
                    true => ResponseSignature::Required,
                    false => O::RESPONSE_SIGNATURE,
                };
                response::read(operation, stamp, response, &self.0.platform, signature, now)
            }
            Some(keys) => {
                let platform = &self.0.platform;
                certificates::read(&keys, operation, stamp, response, platform, self.resource_key(), now)
            }
        }
    }

    /// Refuses a main host and a backup host of which only one is WeChat Pay's.
    pub(crate) fn check_hosts(&self) -> Result<(), BuildError> {
        match &self.0.backup {
            Some(backup) if backup.is_platform() != self.0.base_url.is_platform() => {
                Err(BuildError::Hosts { main: self.0.base_url.to_string(), backup: backup.to_string() })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn prepare<O: Operation>(&self, operation: &O) -> Result<Prepared, BuildError> {
        self.check_hosts()?;
        if O::keys_in_response(CrateOnly).is_some() && self.0.resource_key.is_none() {
            return Err(BuildError::NoApiV3Key);
        }
        Prepared::new(operation, &self.0.base_url)
    }

    fn stamp(&self, prepared: &Prepared, stamp: Stamp) -> Unsigned {
        prepared.stamp(&self.0.merchant, &self.0.platform, stamp)
    }

    /// Whether the client can decrypt platform certificates, and so can fetch them.
    pub(crate) fn can_fetch_certificates(&self) -> bool {
        self.0.resource_key.is_some()
    }

    pub(crate) fn metrics(&self) -> Option<&dyn Metrics> {
        self.0.metrics.as_deref()
    }

    pub(crate) fn resource_key(&self) -> Result<&ResourceKey, VerifyErrorKind> {
        self.0.resource_key.as_ref().ok_or(VerifyErrorKind::NoApiV3Key)
    }

    pub(crate) fn sign(&self, prepared: &Prepared, stamp: Stamp) -> Result<Request<Bytes>, BuildError> {
        let unsigned = self.stamp(prepared, stamp);
        let signature = self.0.merchant.key().sign(&unsigned.message()).map_err(BuildError::Sign)?;
        unsigned.attach(&signature)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("merchant", &self.0.merchant)
            .field("platform", &self.0.platform)
            .field("base_url", &self.0.base_url)
            .field("backup", &self.0.backup)
            .field("retry", &self.0.retry)
            .field("signed_links_only", &self.0.signed_links_only)
            .field("callback_timeout", &self.0.callback_timeout)
            .finish()
    }
}
