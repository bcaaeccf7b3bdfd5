//! `/`: a page for those who open the sandbox in a browser.

use std::fmt::Write as _;

use http::header::HOST;
use http::{HeaderValue, StatusCode};

use crate::calendar::rfc3339;
use crate::control::call::Call;
use crate::journal::Entry;
use crate::protocol::language::prefers_english;
use crate::protocol::reply::{Handled, Reply};

/// The number of refused requests on the page.
const REFUSED: usize = 10;
/// The number of requests among which they are looked for.
const SEARCHED: usize = 1000;

/// The paths that are used most.
const PATHS: [(&str, &str); 7] = [
    ("/_sandbox/requests", "the requests that arrived, newest first"),
    ("/_sandbox/state", "counts, clock and keys"),
    ("/_sandbox/stocks", "the stocks"),
    ("/_sandbox/coupons", "the sent coupons"),
    ("/_sandbox/faults", "the faults that wait"),
    ("/_sandbox/version", "the version"),
    ("/_sandbox/openapi.json", "all paths of the control interface"),
];

/// `GET /`
pub(crate) fn read(call: Call<'_>) -> Handled {
    let english = prefers_english(call.headers);
    let host = call.headers.get(HOST).map(HeaderValue::as_bytes).unwrap_or_default();
    let host = escaped(&String::from_utf8_lossy(host));
    let version = env!("CARGO_PKG_VERSION");
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>wechatpay-sandbox</title>\n</head>\n<body>\n\
         <h1>wechatpay-sandbox {version}</h1>\n\
         <p>This server simulates the cash-coupon API (代金券) of WeChat Pay. It is for tests: it moves no money, and it \
         is not operated by WeChat Pay.</p>\n"
    );
    if !host.is_empty() {
        let mchid = escaped(call.platform.credentials.mchid());
        // Writing to a string cannot fail.
        let _ = writeln!(
            html,
            "<p>It listens at <code>http://{host}</code>. Use this as the base URL instead of \
             <code>https://api.mch.weixin.qq.com</code>, with the credentials of merchant <code>{mchid}</code>, which \
             the sandbox wrote to <code>wechatpay.env</code> at its start.</p>"
        );
    }
    html.push_str("<h2>Paths</h2>\n<ul>\n");
    for (path, what) in PATHS {
        let _ = writeln!(html, "<li><a href=\"{path}\">{path}</a>: {what}</li>");
    }
    html.push_str("</ul>\n<h2>Requests refused last</h2>\n");
    let entries = call.platform.journal().before(u64::MAX, SEARCHED);
    let refused: Vec<&Entry> =
        entries.iter().map(AsRef::as_ref).filter(|entry| entry.diagnosis.is_some()).take(REFUSED).collect();
    if refused.is_empty() {
        html.push_str("<p>None.</p>\n");
    } else {
        html.push_str("<ul>\n");
        for entry in refused {
            let says = entry.diagnosis.as_ref().map(|diagnosis| diagnosis.text(english)).unwrap_or_default();
            let _ = writeln!(
                html,
                "<li><a href=\"/_sandbox/requests/{}\">{} {}</a>, {}: {}</li>",
                entry.id,
                escaped(entry.method.as_str()),
                escaped(&entry.listed_target),
                rfc3339(entry.at),
                escaped(&says),
            );
        }
        html.push_str("</ul>\n");
    }
    html.push_str("</body>\n</html>\n");
    Ok(Reply::page(html))
}

/// `GET /favicon.ico`
pub(crate) fn icon(_: Call<'_>) -> Handled {
    Err(Reply::empty(StatusCode::NOT_FOUND))
}

/// A text in HTML, also inside quotes.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}
