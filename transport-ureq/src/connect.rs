//! Distinguishes errors before a connection is established, which prove that nothing was sent, from later errors.

use std::fmt;

use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, DefaultConnector, NextTimeout};
use ureq::{Agent, Error};
use wechatpay_core::http::Uri;

/// Creates an agent for [`Client::with_agent`](crate::Client::with_agent) that records whether an error occurred before
/// a connection was established. With any other agent, some requests that were never sent are reported as
/// [`MaybeSent`](wechatpay_core::error::TransportErrorKind::MaybeSent).
///
/// The agent uses an interface that ureq may change in any minor version, so this crate requires exactly one minor
/// version of ureq. A program that needs a later ureq for another purpose also needs a later version of this crate.
pub fn agent(config: Config) -> Agent {
    Agent::with_parts(config, Connecting(DefaultConnector::new()), Connecting(DefaultResolver::default()))
}

#[derive(Debug)]
struct Connecting<T>(T);

impl Connector for Connecting<DefaultConnector> {
    type Out = <DefaultConnector as Connector>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        self.0.connect(details, chained).map_err(NotConnected::wrap)
    }
}

impl Resolver for Connecting<DefaultResolver> {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        self.0.resolve(uri, config, timeout).map_err(NotConnected::wrap)
    }
}

/// An error that occurred before a connection was established.
#[derive(Debug)]
pub(crate) struct NotConnected(Error);

impl NotConnected {
    fn wrap(error: Error) -> Error {
        Error::Other(Box::new(Self(error)))
    }

    /// Returns the original error, and whether a connection may have been established.
    pub(crate) fn unwrap(error: Error) -> (Error, bool) {
        match error {
            Error::Other(other) => match other.downcast::<Self>() {
                Ok(not_connected) => (Self::unwrap(not_connected.0).0, false),
                Err(other) => (Error::Other(other), true),
            },
            error => (error, true),
        }
    }
}

impl fmt::Display for NotConnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for NotConnected {}
