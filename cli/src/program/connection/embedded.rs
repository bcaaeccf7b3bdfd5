//! The sandbox beside a ledger, for those who have no merchant yet.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use wechatpay_hyper::core::Settings;
use wechatpay_hyper::core::types::{Timestamp, UnixSeconds};
use wechatpay_sandbox::{Options, Sandbox, Server};

use crate::program::clock::unix_seconds;
use crate::program::connection::files::{Folder, unusable};
use crate::program::failure::Failure;
use crate::program::output::Output;
use crate::program::texts::text;

/// The stock with which a new sandbox begins: a sandbox counts its ids from here.
const STOCK: &str = "10000001";
const DAY: UnixSeconds = 24 * 60 * 60;
/// How long another process may take to start its sandbox.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(50);

/// A sandbox whose credentials and state lie beside a ledger. It runs in the first process that uses the ledger; others
/// use it over loopback.
pub(crate) struct Embedded {
    settings: Settings,
    url: String,
    folder: Folder,
    owned: Option<Owned>,
}

/// The sandbox in this process. Fields are dropped in this order: when the lock is released, everything is on the disk.
struct Owned {
    _server: Server,
    _lock: File,
}

impl Embedded {
    /// Starts the sandbox of a ledger, or finds the one that runs. With `own`, only the former: the sandbox of another
    /// process ends with it, which a command that takes long would not survive.
    ///
    /// # Errors
    /// A [`Failure`] if the ledger is that of a real merchant, or if the sandbox cannot be started or reached.
    pub(crate) async fn open(ledger: &Path, output: &Output, own: bool) -> Result<Self, Failure> {
        let folder = Folder::of(ledger)?;
        let attempt = async {
            loop {
                if let Some(lock) = folder.lock()? {
                    let server = start(&folder, output)?;
                    let url = server.url();
                    return Ok::<_, Failure>((Some(Owned { _server: server, _lock: lock }), url));
                }
                if !own
                    && let Some(url) = folder.url()
                    && is_reachable(&url).await
                {
                    return Ok((None, url));
                }
                sleep(PAUSE).await;
            }
        };
        let (owned, url) = match timeout(PATIENCE, attempt).await {
            Ok(found) => found?,
            Err(_) => {
                let path = folder.path.display();
                let found = match folder.url() {
                    Some(url) if own => text!(
                        "another process holds the sandbox in {path}, and runs it at {url}",
                        path = path,
                        url = url
                    ),
                    Some(url) => text!(
                        "another process holds the sandbox in {path}, and does not answer at {url}",
                        path = path,
                        url = url
                    ),
                    None => {
                        text!("another process holds the sandbox in {path}, and gives no URL", path = path)
                    }
                };
                return Err(
                    Failure::failed(found).advice(text!("wait until the other command has ended, or end it"))
                );
            }
        };
        let credentials = folder.credentials(&url)?;
        let settings = credentials.settings(&url)?;
        if owned.is_some() {
            // Others read it from now on.
            folder.write_url(&url)?;
        }
        Ok(Self { settings, url, folder, owned })
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The line for people.
    pub(crate) fn line(&self) -> String {
        text!(
            "SANDBOX: no WECHATPAY_* is set, so nothing here is real; {url} in {folder}, stock {stock} is there to be tried",
            url = self.url,
            folder = self.folder.path.display(),
            stock = STOCK
        )
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if self.owned.is_some() {
            // A URL that is left behind is tried by others, and replaced by the next sandbox.
            let _ = self.folder.remove_url();
        }
    }
}

/// Starts the sandbox in this process. The caller has the lock.
fn start(folder: &Folder, output: &Output) -> Result<Server, Failure> {
    folder.remove_url()?;
    let now = unix_seconds();
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let credentials = folder.credentials(&format!("http://{anywhere}"))?;
    let options = Options::new().state_file(folder.state()).seed(seed(now), now);
    let sandbox = Sandbox::with_options(credentials, options).map_err(|error| unusable(&error))?;
    for note in sandbox.notes() {
        output.note(note);
    }
    Server::start(anywhere, sandbox, unix_seconds).map_err(|error| unusable(&error))
}

/// A running stock of a million coupons of 1 yuan.
fn seed(now: UnixSeconds) -> String {
    let time = |at| Timestamp::from_unix(at).map(|time| time.as_str().to_owned()).unwrap_or_default();
    let begin = now.saturating_sub(60);
    json!({
        "stocks": [{
            "stock_id": STOCK,
            "status": "running",
            "terms": {
                "stock_name": "沙箱示例",
                "no_cash": true,
                "stock_type": "NORMAL",
                "out_request_no": "sandbox-example",
                "available_begin_time": time(begin),
                "available_end_time": time(begin.saturating_add(90 * DAY).saturating_sub(1)),
                "stock_use_rule": {
                    "max_coupons": 1_000_000,
                    "max_amount": 100_000_000,
                    "max_coupons_per_user": 10,
                    "natural_person_limit": false,
                    "prevent_api_abuse": false
                },
                "coupon_use_rule": {
                    "fixed_normal_coupon": { "coupon_amount": 100, "transaction_minimum": 200 }
                }
            }
        }]
    })
    .to_string()
}

async fn is_reachable(url: &str) -> bool {
    let Some(address) = url.strip_prefix("http://").and_then(|address| address.parse::<SocketAddr>().ok())
    else {
        return false;
    };
    matches!(timeout(Duration::from_secs(1), TcpStream::connect(address)).await, Ok(Ok(_)))
}
