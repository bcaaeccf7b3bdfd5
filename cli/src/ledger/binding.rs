use wechatpay_core::BaseUrl;
use wechatpay_core::types::Mchid;

use super::{LedgerError, Location};

/// To what a ledger belongs. Numbers of coupons are unique for one merchant at one host, so a ledger is made for these
/// and refuses all others.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Binding {
    /// The merchant that sends.
    pub mchid: Mchid,
    /// Scheme, host and port, such as `https://api.mch.weixin.qq.com`.
    pub host: String,
    /// Whether the host is a sandbox of this machine. It may have another port with each start, so only the merchant is
    /// compared then.
    pub sandbox: bool,
}

impl Binding {
    /// Binds to a merchant at WeChat Pay.
    pub fn new(mchid: Mchid, host: &BaseUrl) -> Self {
        Self { mchid, host: host.to_string(), sandbox: false }
    }

    /// Binds to a merchant of a sandbox.
    pub fn sandbox(mchid: Mchid, host: &BaseUrl) -> Self {
        Self { sandbox: true, ..Self::new(mchid, host) }
    }

    /// # Errors
    /// [`LedgerError::Bound`] if a ledger that was made for this is to be used for something else.
    pub(super) fn must_be(&self, given: &Self, location: &Location) -> Result<(), LedgerError> {
        match self.difference(given) {
            Some((what, made_for, given)) => {
                Err(LedgerError::Bound { location: location.clone(), what, made_for, given })
            }
            None => Ok(()),
        }
    }

    /// Names what differs, with the values of both.
    fn difference(&self, other: &Self) -> Option<(&'static str, String, String)> {
        let shown = |sandbox: bool| if sandbox { "sandbox" } else { "WeChat Pay" }.to_owned();
        if self.sandbox != other.sandbox {
            return Some(("platform", shown(self.sandbox), shown(other.sandbox)));
        }
        if self.mchid != other.mchid {
            return Some(("merchant number", self.mchid.to_string(), other.mchid.to_string()));
        }
        (!self.sandbox && self.host != other.host).then(|| ("host", self.host.clone(), other.host.clone()))
    }
}
