//! The settings of a client that can be changed after it was created.

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use std::net::SocketAddr;
use std::time::Duration;

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use wechatpay_core::settings::{Proxy, SettingsError};

use crate::client::Client;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use crate::defaults::DEFAULT_CONCURRENCY;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use crate::recipe::roots;
use crate::turns::Turns;

/// These settings begin with new connections. Clones made before keep their own.
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
impl Client {
    /// Connects through this HTTP proxy, with CONNECT: it sees neither requests nor responses. Host names are looked up
    /// by the proxy. No proxy is taken from environment variables such as `HTTPS_PROXY`.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use wechatpay_ureq::Client;
    /// use wechatpay_ureq::core::settings::Proxy;
    ///
    /// let proxy = Proxy::parse("http://user:password@proxy.example.com:3128")?;
    /// # #[cfg(feature = "aws-lc-rs")]
    /// let client = Client::from_env()?.with_proxy(proxy);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.agent.change("with_proxy", |recipe| recipe.proxy = Some(proxy));
        self
    }

    /// Sets the time in which a connection is made: the lookup of the name, TCP, the tunnel through a proxy and TLS
    /// together. It is 5 seconds by default, and never longer than what is left of the attempt. The addresses of a host
    /// are tried in turn, each for an equal share of the time that is left.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.agent.change("with_connect_timeout", |recipe| recipe.connect_timeout = timeout);
        self
    }

    /// Trusts only servers whose certificates are issued by one of these CAs, instead of Mozilla's root certificates.
    /// `pem` has one or more certificates. Which files can be read is described in [`wechatpay_core::crypto`].
    ///
    /// # Errors
    /// [`SettingsError`] when `pem` has no certificate, or one that cannot be used as a root.
    pub fn with_root_certificates(mut self, pem: impl AsRef<[u8]>) -> Result<Self, SettingsError> {
        let roots = roots("root_certificates", pem.as_ref())?;
        self.agent.change("with_root_certificates", |recipe| recipe.trust(roots));
        Ok(self)
    }

    /// Connects to these addresses for `host` instead of looking it up. They are tried in turn. Port 0 stands for the port
    /// of the URL. Certificates are still checked against `host`. If `host` is the proxy's, the addresses are those of the
    /// proxy. Without any address, no connection to `host` is made.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use wechatpay_ureq::Client;
    ///
    /// # #[cfg(feature = "aws-lc-rs")]
    /// let client = Client::from_env()?.with_addresses("api.mch.weixin.qq.com", ["203.0.113.7:0".parse()?]);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_addresses(mut self, host: &str, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.agent.change("with_addresses", |recipe| recipe.names.give(host, addresses));
        self
    }
}

impl Client {
    /// Sets the maximum number of requests in flight, of all clones together, including downloads. The default is 128, and 0
    /// counts as 1. Further calls wait for their turn, in the order in which they came, before they sign their request. So the
    /// wait does not count toward the timeout of an attempt. It ends when half the time of an attempt is left of the call's
    /// total time ([`RetryPolicy`](wechatpay_core::RetryPolicy)): then nothing was sent, and the error has the phase
    /// [`Queue`](wechatpay_core::error::Phase::Queue). A request for the platform's certificates needs no turn, because other
    /// calls wait for it.
    ///
    /// Clones made before keep their own limit and connections. As many idle connections are kept, but at least 128, unless
    /// the client has an agent of its own.
    #[must_use]
    pub fn with_concurrency(mut self, requests: usize) -> Self {
        self.turns = Turns::new(requests);
        #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
        self.agent.adapt(|recipe| recipe.kept = requests.max(DEFAULT_CONCURRENCY));
        self
    }

    /// Sets the maximum size of a response body, in bytes. Larger responses are not read to the end, and not at all if
    /// they declare their size.
    #[must_use]
    pub fn with_response_cap(mut self, bytes: u64) -> Self {
        self.response_cap = bytes;
        self
    }

    /// Sets the maximum size of a downloaded file, in bytes, and the timeout of a download with its links and retries. Larger
    /// files are not downloaded to the end, and not at all if the response declares their size.
    #[must_use]
    pub fn with_download_limits(mut self, bytes: u64, timeout: Duration) -> Self {
        (self.download_cap, self.download_timeout) = (bytes, timeout);
        self
    }

    /// Replaces the core client, for example to set its retry policy:
    ///
    /// ```no_run
    /// # #[cfg(feature = "aws-lc-rs")] {
    /// use wechatpay_ureq::Client;
    /// use wechatpay_ureq::core::RetryPolicy;
    ///
    /// let client = Client::from_env()?.map_core(|core| core.with_retry(RetryPolicy::never()));
    /// # }
    /// # Ok::<(), wechatpay_ureq::core::SettingsError>(())
    /// ```
    #[must_use]
    pub fn map_core(mut self, change: impl FnOnce(wechatpay_core::Client) -> wechatpay_core::Client) -> Self {
        self.core = change(self.core);
        self
    }
}
