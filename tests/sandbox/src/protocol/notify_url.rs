//! Validation of `notify_url`, and of loopback hosts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;

use crate::options::Options;
use crate::protocol::json::{Object, invalid_field, text};
use crate::protocol::reply::Reply;

/// Returns the `notify_url` of a body, which must be https without a query. The sandbox also accepts http on loopback
/// hosts and on those that it may deliver to, because its server can deliver only to them.
pub(crate) fn notify_url(body: &Object, options: &Options) -> Result<Option<String>, Reply> {
    if !body.contains_key("notify_url") {
        return Ok(None);
    }
    let text = text(body, "notify_url", 256, "回调url不能为空，最多256个字符")?;
    let invalid = |issue: &str| invalid_field("notify_url", text.into(), issue);
    let url: Uri = text.parse().map_err(|_| invalid("回调url格式错误"))?;
    let host = url.host().unwrap_or_default();
    match url.scheme_str() {
        Some("https") if !host.is_empty() => {}
        Some("http") if loopback_addresses(host).is_some() => {}
        Some("http") if options.deliver_to.iter().any(|allowed| allowed.allows(&url)) => {}
        _ => {
            let issue = "回调url须为https（沙箱另收本机的http，以及--deliver-to所列主机的http）";
            return Err(invalid(issue));
        }
    }
    if text.contains(['?', '#']) {
        return Err(invalid("回调url不能携带参数"));
    }
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let has_port = authority.rfind(':') > authority.rfind(']');
    if authority.contains('@') || (has_port && url.port_u16().is_none_or(|port| port == 0)) {
        return Err(invalid("回调url格式错误"));
    }
    Ok(Some(text.to_owned()))
}

/// Returns the addresses of a loopback host, without DNS. `None` for any other host.
pub(crate) fn loopback_addresses(host: &str) -> Option<Vec<IpAddr>> {
    if host.eq_ignore_ascii_case("localhost") {
        return Some(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let ip: IpAddr = literal.parse().ok()?;
    ip.is_loopback().then(|| vec![ip])
}
