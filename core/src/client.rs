//! A merchant, the platform's keys and a few settings: what a driver needs to know, and all it needs.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use crate::base_url::BaseUrl;
use crate::certificate;
use crate::crypto::{CryptoProvider, KeyError};
use crate::error::{ApiError, BuildError, Context, Error, VerifyError, VerifyErrorKind};
use crate::exchange::{Exchange, RetryPolicy, retry_after};
use crate::merchant::Merchant;
use crate::operation::{Operation, ResponseSignature};
use crate::platform::PlatformKeys;
use crate::resource::ResourceKey;
use crate::sign::{Prepared, Stamp, Unsigned};
use crate::types::{ApiV3Key, UnixSeconds};
use crate::verify::{self, Verified};

/// Builds signed requests and reads answers for one merchant. No IO, no clock, no randomness of its own.
///
/// Cheap to clone and free of global state: any number of merchants can live in one process.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    merchant: Merchant,
    platform: PlatformKeys,
    base_url: BaseUrl,
    backup: Option<BaseUrl>,
    retry: RetryPolicy,
    resource_key: Option<ResourceKey>,
}

impl Client {
    /// A client for the real service with the default [`RetryPolicy`].
    ///
    /// # Errors
    /// [`KeyError::MerchantKeyAsPlatformKey`] when the merchant's own key or serial is among the platform's. Keys
    /// added to `platform` later are checked as well.
    pub fn new(merchant: Merchant, platform: PlatformKeys) -> Result<Self, KeyError> {
        platform.guard_against(&merchant)?;
        let (base_url, retry) = (BaseUrl::default(), RetryPolicy::default());
        let (backup, resource_key) = (None, None);
        Ok(Self(Arc::new(Inner { merchant, platform, base_url, backup, retry, resource_key })))
    }

    /// Takes the APIv3 key (APIv3 密钥) and what decrypts with it; callbacks and platform certificates need them.
    #[must_use]
    pub fn with_api_v3_key(mut self, provider: &CryptoProvider, key: ApiV3Key) -> Self {
        Arc::make_mut(&mut self.0).resource_key = Some(ResourceKey { provider: *provider, key });
        self
    }

    /// Talks to another host: the backup, a gateway of your own, a sandbox.
    #[must_use]
    pub fn with_base_url(mut self, base_url: BaseUrl) -> Self {
        Arc::make_mut(&mut self.0).base_url = base_url;
        self
    }

    /// Turns to this host, such as [`BaseUrl::wechatpay_backup`], when the main one cannot be reached or is out of order,
    /// and back again. Only a request that may be repeated at all is sent there.
    #[must_use]
    pub fn with_backup(mut self, backup: BaseUrl) -> Self {
        Arc::make_mut(&mut self.0).backup = Some(backup);
        self
    }

    /// Repeats requests by another policy.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        Arc::make_mut(&mut self.0).retry = retry;
        self
    }

    /// Who signs.
    pub fn merchant(&self) -> &Merchant {
        &self.0.merchant
    }

    /// Who answers.
    pub fn platform(&self) -> &PlatformKeys {
        &self.0.platform
    }

    /// Where requests go.
    pub fn base_url(&self) -> &BaseUrl {
        &self.0.base_url
    }

    /// Where requests go when the main host is out of order.
    pub fn backup(&self) -> Option<&BaseUrl> {
        self.0.backup.as_ref()
    }

    /// How requests are repeated.
    pub fn retry(&self) -> &RetryPolicy {
        &self.0.retry
    }

    /// Builds a request and signs it. The same arguments always give the same bytes.
    ///
    /// # Errors
    /// [`BuildError`] when a field can never be right, or the key cannot sign.
    pub fn request<O: Operation>(&self, operation: &O, stamp: Stamp) -> Result<Request<Bytes>, BuildError> {
        self.sign(&self.prepare(operation)?, stamp)
    }

    /// Builds a request without signing it, for keys that sign in their own time.
    ///
    /// # Errors
    /// [`BuildError`] when a field can never be right.
    pub fn unsigned<O: Operation>(&self, operation: &O, stamp: Stamp) -> Result<Unsigned, BuildError> {
        Ok(self.stamp(&self.prepare(operation)?, stamp))
    }

    /// Verifies and reads an answer. `now` is our time, for the signature's window.
    ///
    /// # Errors
    /// [`Error::Verify`] when the answer cannot be trusted, [`Error::Api`] when it is an error of the platform,
    /// [`Error::Decode`] when it is a success that cannot be read.
    pub fn response<O: Operation>(
        &self,
        response: &Response<Bytes>,
        now: UnixSeconds,
    ) -> Result<Answer<O::Response>, Error> {
        let context = Context::of(response);
        let refuse = |kind| VerifyError::new(kind, Some(context.clone()));
        // 202: accepted but not done, to be asked again with the same parameters.
        let success = response.status().is_success() && response.status() != StatusCode::ACCEPTED;
        let brought = match O::RESPONSE_SIGNATURE {
            ResponseSignature::ByItsCertificates if success && verify::is_signed(response.headers()) => {
                let resource_key = self.resource_key().map_err(refuse)?;
                Some(certificate::open(response.body(), resource_key, self.platform(), now).map_err(refuse)?)
            }
            _ => None,
        };
        let keys = brought.as_ref().map_or(self.platform(), |brought| &brought.keys);
        let signed =
            verify::signature(keys, response.headers(), response.body(), now).map_err(refuse)?.is_some();
        if !success {
            let error = self.api_error(response, signed, now);
            return Err(error.explained::<O>().into());
        }
        if !signed && O::RESPONSE_SIGNATURE != ResponseSignature::WhenPresent {
            return Err(refuse(VerifyErrorKind::Unsigned).into());
        }
        let certificates = brought.as_ref().map_or(&[][..], |brought| &brought.certificates);
        let value = O::decode(Verified { body: response.body(), context: &context, certificates })?;
        if let Some(brought) = &brought {
            self.0.platform.update_certificates(&brought.keys, &brought.serials, now);
        }
        Ok(Answer { value, raw: response.body().clone(), context, verified: signed })
    }

    /// Reads an answer of which only an error is expected.
    pub(crate) fn refusal(&self, response: &Response<Bytes>, now: UnixSeconds) -> Error {
        match verify::signature(&self.0.platform, response.headers(), response.body(), now) {
            Ok(signed) => self.api_error(response, signed.is_some(), now).into(),
            Err(kind) => VerifyError::new(kind, Some(Context::of(response))).into(),
        }
    }

    fn api_error(&self, response: &Response<Bytes>, signed: bool, now: UnixSeconds) -> ApiError {
        let retry_after = retry_after(response.headers(), now);
        ApiError::new(Context::of(response), signed, retry_after, response.body())
    }

    /// Starts an exchange: the operation from its first send to its answer, with retries.
    ///
    /// # Errors
    /// [`BuildError`] when a field can never be right.
    pub fn exchange<O: Operation>(&self, operation: &O) -> Result<Exchange<O>, BuildError> {
        let main = self.prepare(operation)?;
        let backup = self.0.backup.as_ref().map(|host| main.on_host(host)).transpose()?;
        Ok(Exchange::new(self.clone(), main, backup))
    }

    fn prepare<O: Operation>(&self, operation: &O) -> Result<Prepared, BuildError> {
        if O::RESPONSE_SIGNATURE == ResponseSignature::ByItsCertificates && self.0.resource_key.is_none() {
            return Err(BuildError::NoApiV3Key);
        }
        Prepared::new(operation, &self.0.base_url)
    }

    fn stamp(&self, prepared: &Prepared, stamp: Stamp) -> Unsigned {
        prepared.stamp(&self.0.merchant, &self.0.platform, stamp)
    }

    /// Whether platform certificates can be fetched at all.
    pub(crate) fn can_fetch_certificates(&self) -> bool {
        self.0.resource_key.is_some()
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
            .finish()
    }
}

/// A successful answer: the value, and what it was read from.
///
/// It dereferences to the value.
#[derive(Clone)]
#[non_exhaustive]
pub struct Answer<T> {
    /// What the answer says.
    pub value: T,
    raw: Bytes,
    context: Context,
    verified: bool,
}

impl<T> Answer<T> {
    /// Takes the value out.
    pub fn into_value(self) -> T {
        self.value
    }

    /// The body as received, with whatever fields this version does not know.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.context.status
    }

    /// The platform's `Request-ID`.
    pub fn request_id(&self) -> Option<&str> {
        self.context.request_id.as_deref()
    }

    /// Whether the platform signed the answer. Always so, except for operations whose
    /// [`RESPONSE_SIGNATURE`](Operation::RESPONSE_SIGNATURE) is [`WhenPresent`](ResponseSignature::WhenPresent).
    pub fn is_verified(&self) -> bool {
        self.verified
    }
}

impl<T> Deref for Answer<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Without the raw body, which may hold anything.
impl<T: fmt::Debug> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("value", &self.value)
            .field("status", &self.context.status)
            .field("request_id", &self.context.request_id)
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}
