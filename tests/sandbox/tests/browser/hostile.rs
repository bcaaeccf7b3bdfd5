//! Texts of clients that try to be markup.

use http::HeaderValue;
use serde_json::json;

use crate::common::{Call, FAVOR, terms, with};
use crate::page::look;
use crate::scene::{Scene, newest};

const IMAGE: &str = "<img src=x onerror=window.run=1>";
const SCRIPT: &str = "<script>a()</script>";

#[test]
fn texts_of_clients_are_no_markup() {
    look(|page| {
        let client = &page.client;
        let stock = client.create_and_start(&with(terms("create-0"), "/stock_name", SCRIPT));
        let user: String = IMAGE.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let mut requests = vec![];
        let bodies = [
            IMAGE.to_owned(),
            json!({ IMAGE: SCRIPT, "stock_id": format!("</textarea>{IMAGE}") }).to_string(),
        ];
        for target in [format!("{FAVOR}/users/{user}/coupons"), format!("/v3/{user}?{user}=%22%3E{user}")] {
            for body in &bodies {
                let mut request = Call::new("POST", &target, body.clone()).request();
                let agent = HeaderValue::from_static("\"'><script>window.run = 1</script>");
                request.headers_mut().insert("user-agent", agent);
                client.raw(request);
                requests.push(newest(client));
            }
        }
        for field in ["mchid", "nonce", "serial_no"] {
            let mut call = Call::list_of_stocks();
            match field {
                "mchid" => call.mchid = IMAGE.to_owned(),
                "nonce" => call.nonce = IMAGE.to_owned(),
                _ => call.serial_no = IMAGE.to_owned(),
            }
            client.raw(call.request());
            requests.push(newest(client));
        }
        let scene = Scene::set(client);
        let queries =
            ["requests?text=", "requests?operation=", "coupons?openid=", "coupons?status=", "coupons/", "x/"];
        let mut paths = scene.paths();
        paths.push(format!("/_sandbox/stocks/{stock}"));
        paths.extend(requests.iter().map(|id| format!("/_sandbox/requests/{id}")));
        let quoted: String = format!("\"'>{IMAGE}").bytes().map(|byte| format!("%{byte:02X}")).collect();
        for path in &paths {
            page.open(path);
            assert_eq!(
                page.evaluate("return [window.run ?? null, document.querySelectorAll('img').length]"),
                json!([null, 0]),
                "{path}"
            );
        }
        assert!(page.text().contains("onerror"), "{}", page.text());
        // These may be refused, but what they say is no markup either.
        for query in queries {
            page.open(&format!("/_sandbox/{query}{quoted}"));
            assert_eq!(
                page.evaluate("return [window.run ?? null, document.querySelectorAll('img').length]"),
                json!([null, 0]),
                "{query}"
            );
        }
        let blocked = page.session.log("browser");
        let blocked: Vec<_> = blocked.iter().filter(|entry| entry["source"] == "security").collect();
        assert!(blocked.is_empty(), "{blocked:#?}");
        page.network();
    });
}
