//! Code that the examples share: a merchant configured by `WECHATPAY_*`, or one of a sandbox in this process.
#![allow(dead_code, reason = "each example uses a part of it")]

use std::error::Error;
use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};
use std::{env, fs, thread};

use wechatpay_sandbox::{Credentials, Sandbox, Server};
use wechatpay_ureq::PROVIDER;
use wechatpay_ureq::core::crypto::ApiV3Key;
use wechatpay_ureq::core::types::{Mchid, UnixSeconds};
use wechatpay_ureq::core::zeroize::Zeroizing;
use wechatpay_ureq::core::{BaseUrl, Client, Merchant, PlatformKeys};

/// Returns the environment variable `WECHATPAY_<name>`. An empty variable counts as not set.
#[expect(clippy::disallowed_methods, reason = "the examples' one place for their environment")]
pub(crate) fn variable(name: &str) -> Result<String, String> {
    let name = format!("WECHATPAY_{name}");
    env::var(&name).ok().filter(|value| !value.is_empty()).ok_or(format!("{name} is not set"))
}

/// Reads the file named by `WECHATPAY_<name>`. The content may be a key, so it is wiped after use.
pub(crate) fn file(name: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    let path = variable(name)?;
    fs::read(&path).map(Zeroizing::new).map_err(|error| format!("{path}: {error}"))
}

#[expect(clippy::disallowed_methods, reason = "the examples' one clock")]
pub(crate) fn unix_seconds() -> UnixSeconds {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[expect(clippy::disallowed_methods, reason = "the platform's waiting times")]
pub(crate) fn sleep(duration: Duration) {
    thread::sleep(duration);
}

/// Returns the base URL from the environment, or that of WeChat Pay if none is set.
pub(crate) fn base_url() -> Result<BaseUrl, Box<dyn Error>> {
    Ok(match variable("BASE_URL") {
        Ok(url) => BaseUrl::parse(&url)?,
        Err(_) => BaseUrl::wechatpay(),
    })
}

/// Returns the merchant that the environment configures.
pub(crate) fn merchant() -> Result<Merchant, Box<dyn Error>> {
    let mchid: Mchid = variable("MCHID")?.into();
    Ok(Merchant::from_pem(&PROVIDER, mchid, variable("SERIAL_NO")?, file("PRIVATE_KEY_FILE")?)?)
}

/// Returns the platform's keys that the environment configures.
pub(crate) fn platform() -> Result<PlatformKeys, Box<dyn Error>> {
    let platform = PlatformKeys::new();
    if variable("PUBLIC_KEY_FILE").is_ok() {
        platform.add_public_key(&PROVIDER, variable("PUBLIC_KEY_ID")?, file("PUBLIC_KEY_FILE")?)?;
    }
    if variable("PLATFORM_CERT_FILE").is_ok() {
        platform.add_certificate(&PROVIDER, file("PLATFORM_CERT_FILE")?)?;
    }
    Ok(platform)
}

/// Returns a client of the merchant that the environment configures.
pub(crate) fn client_of_environment() -> Result<Client, Box<dyn Error>> {
    let client = Client::new(merchant()?, platform()?)?.with_base_url(base_url()?);
    Ok(match variable("API_V3_KEY") {
        Ok(key) => client.with_api_v3_key(&PROVIDER, ApiV3Key::new(Zeroizing::new(key))?),
        Err(_) => client,
    })
}

/// Starts a sandbox in this process. Also returns a client of its merchant and the merchant's credentials.
pub(crate) fn sandbox() -> Result<(Server, Client, Credentials), Box<dyn Error>> {
    let credentials = Credentials::generate(unix_seconds())?;
    let sandbox = Sandbox::new(credentials.clone())?;
    let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), sandbox, unix_seconds)?;
    let merchant = Merchant::from_pem(
        &PROVIDER,
        credentials.mchid().into(),
        credentials.serial_no(),
        credentials.private_key_pem(),
    )?;
    let platform = PlatformKeys::new();
    platform.add_public_key(&PROVIDER, credentials.public_key_id(), credentials.public_key_pem())?;
    let client = Client::new(merchant, platform)?
        .with_base_url(BaseUrl::parse(&server.url())?)
        .with_api_v3_key(&PROVIDER, ApiV3Key::new(credentials.api_v3_key())?);
    Ok((server, client, credentials))
}
