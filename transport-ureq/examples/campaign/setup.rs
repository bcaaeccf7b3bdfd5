//! Where the campaign runs: a sandbox inside this process, or what the environment says.

use std::error::Error;
use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};
use std::{env, fs, thread};

use wechatpay_core::types::{Appid, Mchid, Openid, UnixSeconds};
use wechatpay_core::{BaseUrl, Merchant, PlatformKeys};
use wechatpay_sandbox::{Credentials, Sandbox, Server};
use wechatpay_ureq::{Client, PROVIDER};

pub(crate) struct Setup {
    pub(crate) client: Client,
    pub(crate) mchid: Mchid,
    pub(crate) appid: Appid,
    pub(crate) users: Vec<Openid>,
    /// Makes the request numbers of this run unique.
    pub(crate) run: UnixSeconds,
    pub(crate) now: UnixSeconds,
    /// From when the coupons are to be sent.
    pub(crate) begin: UnixSeconds,
    /// Stops when dropped.
    _sandbox: Option<Server>,
}

/// `None` when the user would rather not.
pub(crate) fn setup() -> Result<Option<Setup>, Box<dyn Error>> {
    let yes = match env::args().nth(1).as_deref() {
        None => false,
        Some("--yes") => true,
        Some(other) => return Err(format!("{other} is not an option; there is --yes").into()),
    };
    if variable("MCHID").is_err() {
        return sandbox().map(Some);
    }
    let setup = environment()?;
    if !yes && !confirmed(setup.client.core().base_url())? {
        println!("Nothing was sent.");
        return Ok(None);
    }
    Ok(Some(setup))
}

fn sandbox() -> Result<Setup, Box<dyn Error>> {
    let now = unix_seconds();
    let credentials = Credentials::generate(now)?;
    let sandbox = Sandbox::new(credentials.clone())?;
    let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), sandbox, unix_seconds)?;
    println!("No WECHATPAY_* in the environment: a sandbox listens on {}.\n", server.url());
    let merchant = Merchant::from_pem(
        &PROVIDER,
        credentials.mchid().into(),
        credentials.serial_no(),
        credentials.private_key_pem(),
    )?;
    let platform = PlatformKeys::new();
    platform.add_public_key(&PROVIDER, credentials.public_key_id(), credentials.public_key_pem())?;
    let users = ["oSandboxUser1", "oSandboxUser2", "oSandboxUser3"].map(Openid::from).to_vec();
    let base_url = BaseUrl::parse(&server.url())?;
    let mut setup = assemble(merchant, platform, base_url, credentials.appid().into(), users)?;
    setup._sandbox = Some(server);
    Ok(setup)
}

fn environment() -> Result<Setup, Box<dyn Error>> {
    let merchant = Merchant::from_pem(
        &PROVIDER,
        variable("MCHID")?.into(),
        variable("SERIAL_NO")?,
        file("PRIVATE_KEY_FILE")?,
    )?;
    let platform = PlatformKeys::new();
    if variable("PUBLIC_KEY_FILE").is_ok() {
        platform.add_public_key(&PROVIDER, variable("PUBLIC_KEY_ID")?, file("PUBLIC_KEY_FILE")?)?;
    }
    if variable("PLATFORM_CERT_FILE").is_ok() {
        platform.add_certificate(&PROVIDER, file("PLATFORM_CERT_FILE")?)?;
    }
    let base_url = match variable("BASE_URL") {
        Ok(url) => BaseUrl::parse(&url)?,
        Err(_) => BaseUrl::wechatpay(),
    };
    // Real people are needed for the real service; the sandbox takes any openid.
    let users = match variable("OPENIDS") {
        Ok(users) => users.split(',').map(Openid::from).collect(),
        Err(_) if base_url.to_string().starts_with("http://") => {
            ["oSandboxUser1", "oSandboxUser2", "oSandboxUser3"].map(Openid::from).to_vec()
        }
        Err(error) => return Err(format!("{error}: the users to send to, separated by commas").into()),
    };
    assemble(merchant, platform, base_url, variable("APPID")?.into(), users)
}

fn assemble(
    merchant: Merchant,
    platform: PlatformKeys,
    base_url: BaseUrl,
    appid: Appid,
    users: Vec<Openid>,
) -> Result<Setup, Box<dyn Error>> {
    let mchid = merchant.mchid().clone();
    let core = wechatpay_core::Client::new(merchant, platform)?.with_base_url(base_url);
    let now = unix_seconds();
    // The beginning must not be past when the platform reads it.
    let begin = now + 2;
    let client = Client::new(core);
    Ok(Setup { client, mchid, appid, users, run: now, now, begin, _sandbox: None })
}

impl Setup {
    pub(crate) fn wait_until_it_begins(&self) -> Result<(), Box<dyn Error>> {
        if self._sandbox.is_none() && self.client.core().base_url() == &BaseUrl::wechatpay() {
            // The real service needs a minute between creating and activating.
            sleep(Duration::from_secs(61));
        }
        while unix_seconds() <= self.begin {
            sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

fn confirmed(base_url: &BaseUrl) -> io::Result<bool> {
    print!("This creates a stock of 10 coupons of 1 yuan at {base_url} and sends some. Go on? [y/N] ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[expect(clippy::disallowed_methods, reason = "the example's one place for its environment")]
fn variable(name: &str) -> Result<String, String> {
    let name = format!("WECHATPAY_{name}");
    env::var(&name).ok().filter(|value| !value.is_empty()).ok_or(format!("{name} is not set"))
}

fn file(name: &str) -> Result<Vec<u8>, String> {
    let path = variable(name)?;
    fs::read(&path).map_err(|error| format!("{path}: {error}"))
}

#[expect(clippy::disallowed_methods, reason = "the example's one clock")]
fn unix_seconds() -> UnixSeconds {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[expect(clippy::disallowed_methods, reason = "the platform's waiting times")]
fn sleep(duration: Duration) {
    thread::sleep(duration);
}
