//! The command line. Every option can also be given as a variable.

use std::path::PathBuf;
use std::time::Duration;

use crate::{DeliveryHost, Options};
use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand};
use wechatpay_core::types::UnixSeconds;

use crate::program::listen::Listen;

/// 9999-12-31T23:59:59Z, the last time that can be written as RFC 3339.
const LAST_TIME: u64 = 253_402_300_799;

/// A local server that simulates WeChat Pay's cash-coupon API, to try a client in any language offline.
#[derive(Parser)]
#[command(
    name = "wechatpay-sandbox",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "The control interface /_sandbox has no authentication: whoever can reach the address can drive the \
                  sandbox. It answers only requests whose Host is an IP address, localhost, a name without a dot, \
                  *.internal, the host of --advertise or one of --allow-host, and none that a web page of another \
                  origin sends.\n\n\
                  The credentials are kept in their folder. Without --state, everything else is forgotten when the \
                  program ends: stocks, coupons and their numbers, images, callbacks, new platform certificates, \
                  faults, limits and the clock. After that, an old out_request_no gives a new coupon. With --state, \
                  only the log of requests and the links to flow files are forgotten."
)]
pub struct Arguments {
    #[command(flatten)]
    pub serve: Serve,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Subcommand)]
pub enum Command {
    /// Tells whether a sandbox is ready; for scripts and health checks of containers.
    Ready(Ready),
}

#[derive(Args)]
pub struct Serve {
    /// Address to listen on: HOST:PORT, or :PORT for all interfaces; port 0 picks a free port.
    #[arg(long, value_name = "ADDRESS", env = "WECHATPAY_SANDBOX_LISTEN", default_value = "127.0.0.1:8700")]
    pub listen: Listen,
    /// Address to listen on for HTTPS too; clients must trust ca.pem of the folder with the credentials.
    #[arg(long, value_name = "ADDRESS", env = "WECHATPAY_SANDBOX_LISTEN_TLS")]
    pub listen_tls: Option<Listen>,
    /// Folder with the merchant's credentials; they are generated if it has none.
    #[arg(long, value_name = "FOLDER", env = "WECHATPAY_SANDBOX_CREDENTIALS", default_value = "credentials")]
    pub credentials: PathBuf,
    /// File in which everything is kept over restarts; it is created if it does not exist.
    #[arg(long, value_name = "FILE", env = "WECHATPAY_SANDBOX_STATE")]
    pub state: Option<PathBuf>,
    /// File with the state of a new sandbox, as GET /_sandbox/state/export gives it; a state file that exists takes
    /// precedence.
    #[arg(long, value_name = "FILE", env = "WECHATPAY_SANDBOX_SEED")]
    pub seed: Option<PathBuf>,
    /// URL under which clients reach the sandbox, for wechatpay.env and for links to files.
    #[arg(long, value_name = "URL", env = "WECHATPAY_SANDBOX_ADVERTISE", value_parser = origin)]
    pub advertise: Option<String>,
    /// Host name that may be used for /_sandbox; can be repeated.
    #[arg(long, value_name = "HOST", env = "WECHATPAY_SANDBOX_ALLOW_HOST", value_delimiter = ',', value_parser = host)]
    pub allow_host: Vec<String>,
    /// Host beyond this machine to which callbacks may be sent over plain HTTP; can be repeated.
    #[arg(long, value_name = "HOST[:PORT]", env = "WECHATPAY_SANDBOX_DELIVER_TO", value_delimiter = ',')]
    pub deliver_to: Vec<DeliveryHost>,
    /// Simulates a new merchant, who has WeChat Pay's public key only and no platform certificates.
    #[arg(long, env = "WECHATPAY_SANDBOX_PUBLIC_KEY_ONLY", value_parser = FalseyValueParser::new())]
    pub public_key_only: bool,
    /// Fault to begin with, as for POST /_sandbox/faults; can be repeated.
    #[arg(long, value_name = "JSON", env = "WECHATPAY_SANDBOX_FAULT")]
    pub fault: Vec<String>,
    /// Limits to begin with, as for POST /_sandbox/limits.
    #[arg(long, value_name = "JSON", env = "WECHATPAY_SANDBOX_LIMITS")]
    pub limits: Option<String>,
    /// JSON file with responses for operations that the sandbox does not know.
    #[arg(long, value_name = "FILE", env = "WECHATPAY_SANDBOX_RESPOND")]
    pub respond: Option<PathBuf>,
    /// Leaves out what the platform does not send: detail.sandbox of a 401.
    #[arg(long, env = "WECHATPAY_SANDBOX_PLAIN_ANSWERS", value_parser = FalseyValueParser::new())]
    pub plain_answers: bool,
    /// Number of requests that are kept for GET /_sandbox/requests.
    #[arg(long, value_name = "N", env = "WECHATPAY_SANDBOX_JOURNAL", default_value_t = Options::DEFAULT_JOURNAL)]
    pub journal: usize,
    /// File to which the URL is written when the sandbox is ready.
    #[arg(long, value_name = "FILE", env = "WECHATPAY_SANDBOX_URL_FILE")]
    pub url_file: Option<PathBuf>,
    /// Time at the start, which then advances; defaults to the real time.
    #[arg(long, value_name = "UNIX_SECONDS", env = "WECHATPAY_SANDBOX_TIME", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(..=LAST_TIME))]
    pub time: Option<UnixSeconds>,
    /// Prints a line for every request, not only for refused ones.
    #[arg(long, env = "WECHATPAY_SANDBOX_VERBOSE", value_parser = FalseyValueParser::new())]
    pub verbose: bool,
    /// Prints only the URL, warnings and errors.
    #[arg(long, env = "WECHATPAY_SANDBOX_QUIET", value_parser = FalseyValueParser::new(), conflicts_with = "verbose")]
    pub quiet: bool,
}

#[derive(Args)]
pub struct Ready {
    /// Base URL of the sandbox; the default is that of the address that the sandbox listens on by default.
    #[arg(long, value_name = "URL", env = "WECHATPAY_BASE_URL", default_value = "http://127.0.0.1:8700", value_parser = origin)]
    pub url: String,
    /// File with the URL, written by a sandbox with the option of the same name.
    #[arg(long, value_name = "FILE", env = "WECHATPAY_SANDBOX_URL_FILE")]
    pub url_file: Option<PathBuf>,
    /// File with the CA certificates in PEM that are trusted if the URL begins with https://, such as ca.pem.
    #[arg(long, value_name = "FILE", env = "WECHATPAY_CA_FILE")]
    pub ca_file: Option<PathBuf>,
    /// Waits until the sandbox is ready.
    #[arg(long)]
    pub wait: bool,
    /// How long to wait, such as 500ms, 30s or 2m.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = humantime::parse_duration)]
    pub timeout: Duration,
}

/// Parses the name of a host, without a port.
fn host(text: &str) -> Result<String, String> {
    let is_label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.bytes().all(plain)
    };
    let name = text.trim();
    if !name.is_empty() && name.split('.').all(is_label) {
        return Ok(name.to_owned());
    }
    Err("must be the name of a host, such as pay.example.com, without http://, port and *".to_owned())
}

/// Parses a URL of scheme and host, and returns it without a slash at the end.
fn origin(text: &str) -> Result<String, String> {
    let url: http::Uri = text.parse().map_err(|error| format!("{error}"))?;
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    let bare = url.path() == "/" && url.query().is_none();
    match url.authority() {
        Some(authority) if is_http && bare && !authority.as_str().contains('@') => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err("must be http://HOST:PORT or https://HOST:PORT, without a path".to_owned()),
    }
}

/// Lets an empty variable count as not set: a compose file passes variables on as empty ones.
#[expect(clippy::disallowed_methods, reason = "the options are read from the same variables")]
pub fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty =
        |arg: &clap::Arg| arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
    command
        .mut_args(|arg| if is_empty(&arg) { arg.env(None::<&'static str>) } else { arg })
        .mut_subcommands(without_empty_variables)
}
