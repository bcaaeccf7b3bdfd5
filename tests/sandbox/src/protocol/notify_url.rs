//! Where notifications may go: what a request may give as `notify_url`, and what this machine is called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;

use crate::protocol::json::{Object, text, wrong_field};
use crate::protocol::reply::Reply;

/// `notify_url` of a body: https without a query. The sandbox also takes http on this machine, because that is where
/// it can deliver to.
pub(crate) fn notify_url(body: &Object) -> Result<Option<String>, Reply> {
    if !body.contains_key("notify_url") {
        return Ok(None);
    }
    let text = text(body, "notify_url", 256, "回调url不能为空，最多256个字符")?;
    let wrong = |issue: &str| wrong_field("notify_url", text.into(), issue);
    let url: Uri = text.parse().map_err(|_| wrong("回调url格式错误"))?;
    let host = url.host().unwrap_or_default();
    match url.scheme_str() {
        Some("https") if !host.is_empty() => {}
        Some("http") if loopback(host).is_some() => {}
        _ => return Err(wrong("回调url须为https（沙箱另收本机的http）")),
    }
    if text.contains(['?', '#']) || url.authority().is_some_and(|authority| authority.as_str().contains('@'))
    {
        return Err(wrong("回调url不能携带参数"));
    }
    Ok(Some(text.to_owned()))
}

/// The addresses of a host that is this machine, without asking anyone.
pub(crate) fn loopback(host: &str) -> Option<Vec<IpAddr>> {
    if host.eq_ignore_ascii_case("localhost") {
        return Some(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let ip: IpAddr = literal.parse().ok()?;
    ip.is_loopback().then(|| vec![ip])
}
