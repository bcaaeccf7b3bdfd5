//! Code that the examples share: a merchant configured by `WECHATPAY_*`, or one of a sandbox in this process.
#![allow(dead_code, reason = "each example uses a part of it")]

use std::error::Error;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};
use std::{env, thread};

use wechatpay_sandbox::{Credentials, Sandbox, Server};
use wechatpay_ureq::core::types::UnixSeconds;
use wechatpay_ureq::core::{self, Settings, SettingsError};

/// Whether the environment has a key, a certificate or a number of a merchant. Otherwise the examples use a sandbox.
pub(crate) fn is_configured() -> bool {
    const CREDENTIALS: [&str; 7] =
        ["MCHID", "SERIAL_NO", "PRIVATE_KEY", "CERT", "PUBLIC_KEY", "PLATFORM_CERT", "API_V3_KEY"];
    let variables = env::vars_os().filter(|(_, value)| !value.is_empty());
    let names = variables.filter_map(|(name, _)| name.into_string().ok());
    names
        .filter_map(|name| name.strip_prefix("WECHATPAY_").map(str::to_owned))
        .any(|name| CREDENTIALS.iter().any(|credential| name.starts_with(credential)))
}

/// Returns the openids of the users to send to, which only the examples read.
#[expect(clippy::disallowed_methods, reason = "the examples' one place for their environment")]
pub(crate) fn openids() -> Option<String> {
    env::var("WECHATPAY_OPENIDS").ok().filter(|value| !value.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "the examples' one clock")]
pub(crate) fn unix_seconds() -> UnixSeconds {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[expect(clippy::disallowed_methods, reason = "the platform's waiting times")]
pub(crate) fn sleep(duration: Duration) {
    thread::sleep(duration);
}

/// Starts a sandbox in this process. Also returns the settings of its merchant, and the merchant's credentials.
pub(crate) fn sandbox() -> Result<(Server, Settings, Credentials), Box<dyn Error>> {
    let credentials = Credentials::generate(unix_seconds())?;
    let sandbox = Sandbox::new(credentials.clone())?;
    let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), sandbox, unix_seconds)?;
    let settings = credentials.settings(&server.url())?;
    Ok((server, settings, credentials))
}

/// Ends an example: prints an error with its causes, and what a failed call may have done.
pub(crate) fn ended(result: Result<(), Box<dyn Error>>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    eprintln!("error: {}", described(error.as_ref()));
    if let Some(error) = error.downcast_ref::<core::Error>() {
        eprintln!("outcome: {}", error.outcome());
    }
    ExitCode::FAILURE
}

/// Formats an error with its causes, in one line. For an error of the client, `{:#}` does this.
pub(crate) fn described(error: &(dyn Error + 'static)) -> String {
    if error.is::<core::Error>() || error.is::<SettingsError>() {
        return format!("{error:#}");
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
