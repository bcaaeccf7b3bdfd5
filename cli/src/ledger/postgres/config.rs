//! What the URL of a database says.

use std::fs;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::tls::{Tls, Trust};
use crate::ledger::{Address, LedgerError};

/// The schema with the tables, unless the URL names another one.
const SCHEMA: &str = "wechatpay";
/// The parameters that the library knows.
const KNOWN: [&str; 17] = [
    "channel_binding",
    "load_balance_hosts",
    "user",
    "password",
    "dbname",
    "options",
    "application_name",
    "host",
    "hostaddr",
    "port",
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "target_session_attrs",
];
const CONNECT: Duration = Duration::from_secs(10);
/// How long the database may acknowledge nothing, and after what time without any traffic it is asked whether it is there.
const SILENT: Duration = Duration::from_secs(30);
const ASK: Duration = Duration::from_secs(10);

/// How to reach the database.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) tls: Tls,
    pub(super) schema: String,
}

impl Settings {
    /// Takes what PostgreSQL's own programs take, of the parameters `sslmode` and `sslrootcert`, and `schema`.
    ///
    /// # Errors
    /// [`LedgerError::Address`] if the URL cannot be used. The error shows no part of it.
    pub(super) fn of(address: &Address) -> Result<Self, LedgerError> {
        let unusable = |why: String| LedgerError::Address { address: address.clone(), why };
        let (url, query) = match address.with_secrets().split_once('?') {
            Some((url, query)) => (url, query),
            None => (address.with_secrets(), ""),
        };
        let (mut rest, mut mode, mut root, mut schema) = (Vec::new(), "prefer", None, SCHEMA.to_owned());
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = value,
                Some(("sslrootcert", value)) => root = Some(value),
                Some(("schema", value)) => value.clone_into(&mut schema),
                Some((name, _)) if !KNOWN.contains(&name) => {
                    return Err(unusable(format!("the parameter {name:?} is not known")));
                }
                _ => rest.push(parameter),
            }
        }
        let is_name = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
        if schema.is_empty() || schema.len() > 63 || !schema.chars().all(is_name) {
            return Err(unusable("schema must be 1 to 63 characters of a-z, 0-9 and _".to_owned()));
        }
        let (ssl, verified) = match mode {
            "disable" => (SslMode::Disable, false),
            "prefer" => (SslMode::Prefer, false),
            "require" => (SslMode::Require, false),
            "verify-ca" | "verify-full" => (SslMode::Require, true),
            _ => {
                return Err(unusable(
                    "sslmode must be disable, prefer, require, verify-ca or verify-full".to_owned(),
                ));
            }
        };
        let trust = match root.filter(|root| *root != "system") {
            Some(path) => {
                let path = percent_decode_str(path).decode_utf8_lossy();
                let pem =
                    fs::read(path.as_ref()).map_err(|error| unusable(format!("sslrootcert: {error}")))?;
                Trust::Roots(pem)
            }
            None if verified || root.is_some() => Trust::Public,
            None => Trust::Anybody,
        };
        let tls = Tls::new(trust).map_err(|why| unusable(format!("sslrootcert: {why}")))?;
        let url = if rest.is_empty() { url.to_owned() } else { format!("{url}?{}", rest.join("&")) };
        // The library's text may contain parts of the URL.
        let mut config: Config =
            url.parse().map_err(|_| unusable("it is not a URL of PostgreSQL".to_owned()))?;
        config.ssl_mode(ssl);
        if let Some(password) = address.password() {
            config.password(password);
        }
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host("localhost");
        }
        if config.get_application_name().is_none() {
            config.application_name("wechatpay");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENT);
        }
        if !rest.iter().any(|parameter| parameter.starts_with("keepalives")) {
            config.keepalives_idle(ASK).keepalives_interval(ASK).keepalives_retries(2);
        }
        Ok(Self { config, tls, schema })
    }
}
