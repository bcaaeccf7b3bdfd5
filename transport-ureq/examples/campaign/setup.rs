//! Selects the service for the campaign: a sandbox in this process, or the one that the environment configures.

use std::env;
use std::error::Error;
use std::io::{self, Write as _};
use std::time::Duration;

use wechatpay_sandbox::Server;
use wechatpay_ureq::core::BaseUrl;
use wechatpay_ureq::core::types::{Appid, Mchid, Openid, UnixSeconds};
use wechatpay_ureq::{Client, settings_from_env};

use crate::common;

pub(crate) const DAY: u64 = 24 * 60 * 60;
const SANDBOX_USERS: [&str; 3] = ["oSandboxUser1", "oSandboxUser2", "oSandboxUser3"];

pub(crate) struct Setup {
    pub(crate) client: Client,
    pub(crate) mchid: Mchid,
    pub(crate) appid: Appid,
    pub(crate) users: Vec<Openid>,
    /// Makes the request numbers of this run unique.
    pub(crate) run: UnixSeconds,
    pub(crate) now: UnixSeconds,
    /// Time from which the coupons can be sent.
    pub(crate) begin: UnixSeconds,
    /// The sandbox, which stops when dropped.
    _sandbox: Option<Server>,
}

/// Returns `None` if the user does not confirm.
pub(crate) fn setup() -> Result<Option<Setup>, Box<dyn Error>> {
    let yes = match env::args().nth(1).as_deref() {
        None => false,
        Some("--yes") => true,
        Some(other) => return Err(format!("{other} is not an option; the only option is --yes").into()),
    };
    if !common::is_configured() {
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
    let (server, settings, credentials) = common::sandbox()?;
    println!("No WECHATPAY_* is set: using a sandbox at {}.\n", server.url());
    let users = SANDBOX_USERS.map(Openid::from).to_vec();
    let setup = assemble(Client::from_settings(&settings)?, credentials.appid().into(), users);
    Ok(Setup { _sandbox: Some(server), ..setup })
}

fn environment() -> Result<Setup, Box<dyn Error>> {
    let settings = settings_from_env()?;
    let client = Client::from_settings(&settings)?;
    // The real service requires openids of real users; the sandbox accepts any openid.
    let users = match common::openids() {
        Some(users) => users.split(',').map(str::trim).map(Openid::from).collect(),
        None if is_sandbox(&client) => SANDBOX_USERS.map(Openid::from).to_vec(),
        None => {
            return Err(
                "WECHATPAY_OPENIDS is not set; it lists the users to send to, separated by commas".into()
            );
        }
    };
    let appid = settings.appid().ok_or("WECHATPAY_APPID is not set; it is the appid of the users")?;
    Ok(assemble(client, appid.clone(), users))
}

fn assemble(client: Client, appid: Appid, users: Vec<Openid>) -> Setup {
    let mchid = client.core().merchant().mchid().clone();
    let now = common::unix_seconds();
    // The beginning must not be in the past when the platform receives the request.
    let begin = now.saturating_add(2);
    Setup { client, mchid, appid, users, run: now, now, begin, _sandbox: None }
}

/// Whether the service is a sandbox: WeChat Pay is never reached over plain http.
fn is_sandbox(client: &Client) -> bool {
    client.core().base_url().to_string().starts_with("http://")
}

impl Setup {
    /// Whether the service is a sandbox, which supports every step.
    pub(crate) fn is_sandbox(&self) -> bool {
        is_sandbox(&self.client)
    }

    /// Sends a control request, which only a sandbox supports: `POST /_sandbox/…`.
    pub(crate) fn control(&self, path: &str, body: &str) -> Result<(), Box<dyn Error>> {
        let url = format!("{}/_sandbox/{path}", self.client.core().base_url());
        ureq::post(&url).send(body)?;
        Ok(())
    }

    pub(crate) fn wait_until_it_begins(&self) -> Result<(), Box<dyn Error>> {
        if self._sandbox.is_none() && self.client.core().base_url() == &BaseUrl::wechatpay() {
            // The real service requires one minute between creating and activating a stock.
            common::sleep(Duration::from_secs(61));
        }
        while common::unix_seconds() <= self.begin {
            common::sleep(Duration::from_millis(100));
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
