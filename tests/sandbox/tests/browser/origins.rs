//! Pages of other origins, in a browser that reaches the sandbox.

use serde_json::{Value, json};

use crate::common::Client;
use crate::elsewhere::Elsewhere;
use crate::page::{Page, with_page};

const ATTACKS: &str = include_str!("attacks.js");

/// Whether a page at this host, and another port than the sandbox, can do or learn anything.
fn attack(page: &Page<'_>, host: &str) {
    let elsewhere = Elsewhere::start("<!DOCTYPE html><title>elsewhere</title><body>a page of another origin");
    let stock = page.client.create_and_start(&crate::common::terms("create-1"));
    let coupon = page.client.send_ok("o1", &stock, "send-1");
    let before = page.client.export();

    page.session.navigate(&format!("http://{host}:{}/", elsewhere.port));
    let learned = page.session.execute(ATTACKS, json!([page.url(""), coupon]));
    let expected = json!({
        // Not even an opaque answer, because the sandbox shares with its own origin only.
        "simple": "TypeError", "reset": "TypeError", "redeem": "TypeError", "text": "TypeError", "opaque": "TypeError",
        "cors": "TypeError", "preflight": "TypeError", "erase": "TypeError", "data": "TypeError", "page": "TypeError",
        "plain": "undefined", "encoded": "undefined", "parts": "undefined",
        "image": "error", "script": "error", "style": "error",
        "frame": "SecurityError", "events": "error 2",
    });
    assert_eq!(learned, expected, "{host}");
    assert_eq!(page.client.export(), before, "{host}");

    // The browser did send it, and the sandbox refused it. What it must ask first (`OPTIONS`) it did not send.
    let network = page.network();
    let sent: Vec<_> = network.iter().filter(|exchange| exchange.url.starts_with(&page.url("/"))).collect();
    let refused = |method: &str, kind: &str| {
        let sent = sent.iter().filter(|sent| sent.method == method && sent.kind == kind);
        sent.filter(|sent| sent.status == Some(403)).count()
    };
    for (method, kind, count) in [
        ("POST", "Fetch", 5),
        ("GET", "Fetch", 3),
        ("OPTIONS", "Other", 2),
        ("POST", "Document", 3),
        ("GET", "Document", 1),
        ("GET", "Image", 1),
        ("GET", "Script", 1),
        ("GET", "Stylesheet", 1),
        ("GET", "EventSource", 1),
    ] {
        assert_eq!(refused(method, kind), count, "{host}: {method} {kind} in {sent:#?}");
    }
    let served: Vec<_> = sent.iter().filter(|sent| sent.status.is_some_and(|status| status != 403)).collect();
    assert!(served.is_empty(), "{host}: {served:#?}");
}

#[test]
fn a_page_of_another_port_changes_and_learns_nothing() {
    with_page(|page| attack(page, "127.0.0.1"));
}

#[test]
fn a_page_of_another_site_changes_and_learns_nothing() {
    with_page(|page| attack(page, "elsewhere.example"));
}

#[test]
fn a_link_of_another_site_opens_the_console() {
    with_page(|page| {
        let elsewhere = Elsewhere::start("<!DOCTYPE html><title>elsewhere</title><a>to the sandbox</a>");
        page.session.navigate(&format!("http://elsewhere.example:{}/", elsewhere.port));
        page.session.execute("document.querySelector('a').href = args[0]", json!([page.url("/")]));
        page.leave(|| page.session.find("a").click());
        assert_eq!(page.path(), "/");
        assert!(page.session.find("footer").text().contains("wechatpay-sandbox"));
    });
}

#[test]
fn a_name_that_points_to_the_sandbox_is_refused_with_the_remedy() {
    with_page(|page| {
        let before = page.client.export();
        let rebound = format!("http://rebind.example:{}", page.port());
        page.session.navigate(&format!("{rebound}/"));
        assert!(page.text().contains("--allow-host rebind.example."), "{}", page.text());
        // The page is of the same origin as what it asks for, so the browser itself stops nothing.
        let script = r#"
            const ask = async (...request) => { const answer = await fetch(...request);
                return [answer.status, (await answer.json()).message.includes("--allow-host rebind.example.")]; };
            return [await ask("/_sandbox/state"), await ask("/_sandbox/requests"),
                await ask("/_sandbox/clock", { method: "POST", body: '{"advance_seconds": 86400}' })];
        "#;
        assert_eq!(page.evaluate(script), json!([[403, true], [403, true], [403, true]]));
        for path in ["/_sandbox/state", "/_sandbox/requests"] {
            page.session.navigate(&format!("{rebound}{path}"));
            assert!(page.text().contains("--allow-host rebind.example."), "{}", page.text());
        }
        assert!(page.network().iter().all(|exchange| exchange.status == Some(403)));
        assert_eq!(page.client.export(), before);
    });
}

/// The tests above would also pass if nothing worked.
#[test]
fn the_page_of_the_sandbox_itself_is_served() {
    with_page(|page| {
        page.open("/");
        let script = r#"
            const answer = await fetch("/_sandbox/clock", { method: "POST", body: '{"advance_seconds": 86400}' });
            return answer.status;
        "#;
        assert_eq!(page.evaluate(script), 200);
        assert_eq!(advanced(&page.client), 86400);
    });
}

fn advanced(client: &Client) -> Value {
    client.state()["clock"]["advanced_seconds"].clone()
}
