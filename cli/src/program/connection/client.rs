//! A client, and whose it is.

use std::net::IpAddr;

use wechatpay_hyper::Client;
use wechatpay_hyper::core::http::Uri;
use wechatpay_hyper::core::types::{Appid, Mchid};
use wechatpay_hyper::core::{BaseUrl, Settings};

#[cfg(feature = "sandbox")]
use crate::program::connection::embedded::Embedded;
use crate::program::failure::Failure;
use crate::program::session::Session;
use crate::program::texts::text;

/// A merchant's client, for the platform or for a sandbox.
pub(crate) struct Connection {
    client: Client,
    appid: Option<Appid>,
    /// The CA of the settings, in PEM.
    ca: Option<Vec<u8>>,
    /// A sandbox in this process, or in another one that uses the same ledger. Stops when dropped.
    #[cfg(feature = "sandbox")]
    embedded: Option<Embedded>,
}

impl Connection {
    /// Opens a connection with the merchant's settings. Where none is set, it opens the sandbox beside the ledger.
    ///
    /// # Errors
    /// A [`Failure`] if the settings or the sandbox cannot be used.
    pub(crate) async fn open(session: &Session) -> Result<Self, Failure> {
        Self::with(session, false).await
    }

    /// The same for a command that takes long: a sandbox is one of this process.
    ///
    /// # Errors
    /// A [`Failure`] if the settings or the sandbox cannot be used, or if another process has the sandbox.
    pub(crate) async fn open_own(session: &Session) -> Result<Self, Failure> {
        Self::with(session, true).await
    }

    #[cfg_attr(
        not(feature = "sandbox"),
        expect(unused_variables, clippy::unused_async, reason = "as with a sandbox")
    )]
    async fn with(session: &Session, own: bool) -> Result<Self, Failure> {
        #[cfg(feature = "sandbox")]
        if !session.variables.is_configured() {
            let Some(file) = session.ledger.file() else {
                return Err(Failure::configuration(text!("no WECHATPAY_* is set, and a ledger in PostgreSQL has no sandbox beside it"))
                    .advice(text!("set the merchant's variables or give --env-file; `wechatpay sandbox` writes those of a sandbox")));
            };
            let embedded = Embedded::open(file, &session.output, own).await?;
            session.output.mark_sandbox();
            if session.output.is_human() {
                session.output.important(&embedded.line());
            }
            let mut connection = Self::of(embedded.settings())?;
            connection.embedded = Some(embedded);
            return Ok(connection);
        }
        Self::of(&session.variables.settings()?)
    }

    /// Opens a connection with these settings.
    ///
    /// # Errors
    /// A [`Failure`] if a key or a certificate cannot be used.
    pub(crate) fn of(settings: &Settings) -> Result<Self, Failure> {
        Ok(Self {
            client: Client::from_settings(settings)?,
            appid: settings.appid().cloned(),
            ca: settings.ca().map(|(_, pem)| pem.to_vec()),
            #[cfg(feature = "sandbox")]
            embedded: None,
        })
    }

    /// The client, with the retries of the core.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn mchid(&self) -> &Mchid {
        self.client.core().merchant().mchid()
    }

    /// The merchant that an option names, or the calling one.
    pub(crate) fn creator(&self, option: Option<&str>) -> Mchid {
        option.map_or_else(|| self.mchid().clone(), Mchid::from)
    }

    /// The app that an option names, or that of the settings.
    ///
    /// # Errors
    /// A [`Failure`] if there is none.
    pub(crate) fn appid(&self, option: Option<&str>) -> Result<Appid, Failure> {
        let appid = option.map(Appid::from).or_else(|| self.appid.clone());
        appid.ok_or_else(|| {
            Failure::configuration(text!("WECHATPAY_APPID is not set; it is the appid of the users"))
                .with("variables", vec!["WECHATPAY_APPID"])
        })
    }

    pub(crate) fn base_url(&self) -> &BaseUrl {
        self.client.core().base_url()
    }

    /// Whether the sandbox beside the ledger is used.
    pub(crate) fn is_sandbox(&self) -> bool {
        #[cfg(feature = "sandbox")]
        return self.embedded.is_some();
        #[cfg(not(feature = "sandbox"))]
        return false;
    }

    /// Whether the host is one of WeChat Pay's.
    pub(crate) fn is_wechatpay(&self) -> bool {
        let host = self.host();
        ["weixin.qq.com", "wechatpay.cn"].iter().any(|domain| {
            host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
    }

    /// Whether the host is this machine, where nothing is real.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.host();
        let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    }

    fn host(&self) -> String {
        let url = self.base_url().to_string();
        url.parse::<Uri>().ok().and_then(|url| url.host().map(str::to_owned)).unwrap_or_default()
    }

    /// The CA that the settings name, in PEM.
    pub(crate) fn ca(&self) -> Option<&[u8]> {
        self.ca.as_deref()
    }

    /// Where requests go, for people who decide about money.
    pub(crate) fn place(&self) -> String {
        let url = self.base_url();
        if self.is_sandbox() {
            text!("in the SANDBOX")
        } else if [BaseUrl::wechatpay(), BaseUrl::wechatpay_backup()].contains(url) {
            text!("LIVE at {url}", url = url)
        } else {
            text!("at {url}", url = url)
        }
    }
}
