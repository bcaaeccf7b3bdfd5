//! The settings of a client.

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use std::net::SocketAddr;
use std::time::Duration;

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use wechatpay_core::SettingsError;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use wechatpay_core::settings::Proxy;

use crate::client::Client;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use crate::tls;

impl Client {
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

    /// Sets the maximum number of requests in flight, of all clones together, including downloads. The default is 128, and 0
    /// counts as 1. Further calls wait for their turn, in the order in which they came, before they sign their request. So the
    /// wait does not count toward the timeout of an attempt. It ends when half the time of an attempt is left of the call's
    /// total time ([`RetryPolicy`](wechatpay_core::RetryPolicy)): then nothing was sent, and the error has the phase
    /// [`Queue`](wechatpay_core::error::Phase::Queue). A request for the platform's certificates needs no turn, because other
    /// calls wait for it.
    ///
    /// A turn ends when the response was read, or with an error, a timeout or a dropped future. Clones made before keep their
    /// own limit.
    #[must_use]
    pub fn with_concurrency(mut self, requests: usize) -> Self {
        self.transport.set_concurrency(requests);
        self
    }

    /// Connects through this proxy, also for plain http. The proxy looks the host up.
    ///
    /// ```no_run
    /// # #[cfg(feature = "aws-lc-rs")] {
    /// use wechatpay_hyper::Client;
    /// use wechatpay_hyper::core::settings::Proxy;
    ///
    /// let proxy = Proxy::parse("http://user:password@proxy.example.com:3128")?;
    /// let client = Client::from_env()?.with_proxy(proxy);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    #[must_use]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        const MISUSED: &str = "Client::with_proxy has no effect on a client with a connector of its own; connect through \
                               the proxy in that connector, for example with hyper-util's Tunnel";
        self.transport.change(|route| route.proxy = Some(proxy), MISUSED);
        self
    }

    /// Sets the time in which a connection must be made, including the lookup of the host's name, TCP, the proxy's tunnel
    /// and TLS. The default is 5 s. It is never longer than what is left of the attempt.
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        const MISUSED: &str = "Client::with_connect_timeout has no effect on a client with a connector of its own; limit \
                               the time in that connector, for example with Connector::with_connect_timeout";
        self.transport.change(|route| route.tcp = route.tcp.clone().with_connect_timeout(timeout), MISUSED);
        self
    }

    /// Trusts the CAs with these certificates, instead of Mozilla's root certificates. `pem` may contain several. Which files
    /// can be read is described in [`wechatpay_core::crypto`].
    ///
    /// # Errors
    /// [`SettingsError`] when there is no certificate, or one that cannot be used.
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    pub fn with_root_certificates(self, pem: impl AsRef<[u8]>) -> Result<Self, SettingsError> {
        self.trusting("root_certificates", pem.as_ref())
    }

    /// `name` is what errors call the text.
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    pub(crate) fn trusting(mut self, name: &'static str, pem: &[u8]) -> Result<Self, SettingsError> {
        const MISUSED: &str = "Client::with_root_certificates has no effect on a client with a connector of its own; \
                               configure TLS in that connector";
        let roots = tls::roots(pem).map_err(|problem| SettingsError::new(name, problem))?;
        self.transport.change(|route| route.trust(roots), MISUSED);
        Ok(self)
    }

    /// Connects to these addresses for this host, in this order, instead of looking it up: for addresses that are pinned,
    /// and for tests. Port 0 stands for the port of the URL. TLS still expects the certificate of the host.
    ///
    /// The host may be that of a proxy. A host behind a proxy is looked up by the proxy, so its addresses are not used.
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    #[must_use]
    pub fn with_addresses(mut self, host: &str, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        const MISUSED: &str = "Client::with_addresses has no effect on a client with a connector of its own; look the \
                               host up in that connector, for example with Connector::with_addresses";
        self.transport.change(|route| route.tcp = route.tcp.clone().with_addresses(host, addresses), MISUSED);
        self
    }

    /// Replaces the core client, for example to set its retry policy:
    ///
    /// ```no_run
    /// # #[cfg(feature = "aws-lc-rs")] {
    /// use wechatpay_hyper::Client;
    /// use wechatpay_hyper::core::RetryPolicy;
    ///
    /// let client = Client::from_env()?.map_core(|core| core.with_retry(RetryPolicy::never()));
    /// # }
    /// # Ok::<(), wechatpay_hyper::core::SettingsError>(())
    /// ```
    #[must_use]
    pub fn map_core(mut self, change: impl FnOnce(wechatpay_core::Client) -> wechatpay_core::Client) -> Self {
        self.core = change(self.core);
        self
    }
}
