//! The ureq agent: its defaults, and agents of the caller's own.

use ureq::Agent;
use ureq::config::{Config, ConfigBuilder};
use ureq::typestate::AgentScope;
use wechatpay_core::error::{TransportError, TransportErrorKind};

use crate::connect::{self, Names};
use crate::defaults::config;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use crate::recipe::Recipe;

/// Returns a configuration with every default of this crate, to be changed and passed to [`agent`]: a connect timeout of
/// 5 seconds, up to 128 idle connections that are kept for at most 10 seconds, no proxy (`HTTPS_PROXY` is not read), no
/// redirects, no content encodings, TCP without Nagle's algorithm, and TLS by AWS-LC (or by ring, if this crate has only
/// the feature `ring`) with Mozilla's root certificates.
///
/// A [`TlsConfig`](ureq::tls::TlsConfig) of your own replaces that of this configuration, including its crypto provider.
/// See [`Client::with_agent`](crate::Client::with_agent) for an example.
pub fn agent_config() -> ConfigBuilder<AgentScope> {
    let config = config();
    #[cfg(feature = "aws-lc-rs")]
    let config = with_tls(config, rustls::crypto::aws_lc_rs::default_provider());
    #[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
    let config = with_tls(config, rustls::crypto::ring::default_provider());
    config
}

/// Creates an agent for [`Client::with_agent`](crate::Client::with_agent). Start its configuration with
/// [`agent_config`], which has the defaults of this crate.
///
/// The agent looks up names only when it makes a connection, in a thread that is given up at the connect timeout. It
/// tries the addresses of a host in turn, and gives each an equal share of the time that is left. It knows in which
/// [phase](wechatpay_core::error::Phase) a request failed, and whether anything of it was sent. Any other agent also
/// works, without all of this: it looks up names for every request, and some requests that were never sent are reported
/// as [`MaybeSent`](wechatpay_core::error::TransportErrorKind::MaybeSent).
///
/// Through a SOCKS proxy, or with TLS by another library than rustls, connections are made by ureq itself. Then an error
/// in the TLS handshake has the phase `connect`, and addresses get unequal shares.
///
/// The agent uses an interface that ureq may change in any minor version, so this crate requires exactly one minor
/// version of ureq. A program that needs a later ureq for another purpose also needs a later version of this crate.
pub fn agent(config: Config) -> Agent {
    connect::agent(config, Names::default(), None)
}

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
fn with_tls(
    config: ConfigBuilder<AgentScope>,
    crypto: rustls::crypto::CryptoProvider,
) -> ConfigBuilder<AgentScope> {
    let tls = ureq::tls::TlsConfig::builder().unversioned_rustls_crypto_provider(std::sync::Arc::new(crypto));
    config.tls_config(tls.build())
}

/// The agent of a client, and how it was made.
#[derive(Clone)]
pub(crate) struct ClientAgent {
    agent: Agent,
    made: Made,
}

#[derive(Clone)]
enum Made {
    /// By the caller. A setter about connections was called, which this client cannot apply.
    ByCaller { ignored: Option<&'static str> },
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    ByUs(Box<Recipe>),
}

impl ClientAgent {
    pub(crate) fn of_caller(agent: Agent) -> Self {
        Self { agent, made: Made::ByCaller { ignored: None } }
    }

    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    pub(crate) fn of_recipe(recipe: Recipe) -> Self {
        Self { agent: recipe.agent(), made: Made::ByUs(Box::new(recipe)) }
    }

    /// Makes another agent, with another pool, after `change`. With an agent of the caller's own, every request fails
    /// from now on, because ignoring the setter silently could send requests where they must not go.
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    pub(crate) fn change(&mut self, setter: &'static str, change: impl FnOnce(&mut Recipe)) {
        match &mut self.made {
            Made::ByCaller { ignored } => *ignored = ignored.or(Some(setter)),
            Made::ByUs(recipe) => {
                change(recipe);
                self.agent = recipe.agent();
            }
        }
    }

    /// The same for a setting that an agent of the caller's own has by itself.
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    pub(crate) fn adapt(&mut self, change: impl FnOnce(&mut Recipe)) {
        if let Made::ByUs(recipe) = &mut self.made {
            change(recipe);
            self.agent = recipe.agent();
        }
    }

    pub(crate) fn get(&self) -> Result<&Agent, TransportError> {
        match &self.made {
            Made::ByCaller { ignored: Some(setter) } => {
                let text = format!(
                    "{setter} does not apply to a client with an agent of its own: configure the agent instead, \
                     beginning with wechatpay_ureq::agent_config()"
                );
                Err(TransportError::new(TransportErrorKind::Setup, text))
            }
            _ => Ok(&self.agent),
        }
    }
}
