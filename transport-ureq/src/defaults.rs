//! The defaults of connections.

use std::time::Duration;

use ureq::Agent;
use ureq::config::{AutoHeaderValue, ConfigBuilder};
use ureq::typestate::AgentScope;

/// The default time in which a connection is made. See `Client::with_connect_timeout`.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The default maximum number of requests in flight. See [`Client::with_concurrency`](crate::Client::with_concurrency).
pub const DEFAULT_CONCURRENCY: usize = 128;

/// The defaults, without TLS.
pub(crate) fn config() -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .timeout_connect(Some(DEFAULT_CONNECT_TIMEOUT))
        // By default ureq keeps three idle connections and closes those of further threads.
        .max_idle_connections(DEFAULT_CONCURRENCY)
        .max_idle_connections_per_host(DEFAULT_CONCURRENCY)
        // Shorter than most servers' idle timeout, so that a request rarely meets a connection that is being closed.
        .max_idle_age(Duration::from_secs(10))
        // The program decides where requests go, not its environment variables: without this, ureq reads `HTTPS_PROXY`.
        .proxy(None)
        .no_delay(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .accept_encoding(AutoHeaderValue::None)
}
