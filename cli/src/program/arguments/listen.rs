//! `listen`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use wechatpay_hyper::core::http::Uri;
use wechatpay_hyper::core::http::uri::PathAndQuery;

use crate::program::texts::text;

#[derive(Args)]
pub(crate) struct Listen {
    /// Address and port to listen on, such as 127.0.0.1:8701. Port 0 is any free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8701")]
    pub(crate) addr: SocketAddr,
    /// The path of the callback URL
    #[arg(long, value_name = "PATH", default_value = "/wechatpay/callback", value_parser = path)]
    pub(crate) path: String,
    /// Keeps callbacks in the ledger before they are accepted
    #[arg(long)]
    pub(crate) record: bool,
    /// Forwards callbacks as they were received to this URL. Includes --record
    #[arg(long, value_name = "URL", value_parser = receiver)]
    pub(crate) forward_to: Option<Uri>,
    /// Ends when a callback was accepted
    #[arg(long)]
    pub(crate) once: bool,
    /// File to which the URL is written when callbacks can arrive. It is removed at the end
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,
}

fn path(text: &str) -> Result<String, String> {
    let is_path = |path: PathAndQuery| path.path() == text && path.query().is_none() && text.starts_with('/');
    match text.parse().is_ok_and(is_path) {
        true => Ok(text.to_owned()),
        false => Err(text!("must be a path that begins with /, without a query")),
    }
}

fn receiver(text: &str) -> Result<Uri, String> {
    let url: Option<Uri> = text.parse().ok().filter(|_| !text.contains('#'));
    let url = url.filter(|url| matches!(url.scheme_str(), Some("http" | "https")));
    let url = url.filter(|url| url.host().is_some_and(|host| !host.is_empty()));
    url.filter(|url| url.authority().is_some_and(|authority| !authority.as_str().contains('@')))
        .ok_or_else(|| text!("must be a URL that begins with http:// or https://, without a user name"))
}
