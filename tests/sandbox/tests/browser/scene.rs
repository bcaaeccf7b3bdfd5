//! A sandbox in which something has happened.

use serde_json::{Value, json};

use crate::common::{Call, Client, FAVOR, creator_query, credentials, send_body, terms, with};
use crate::elsewhere::Elsewhere;

/// The pages that there always are.
pub(crate) const PAGES: [&str; 10] = [
    "/",
    "/_sandbox/requests",
    "/_sandbox/stocks",
    "/_sandbox/coupons",
    "/_sandbox/notifications",
    "/_sandbox/faults",
    "/_sandbox/limits",
    "/_sandbox/clock",
    "/_sandbox/connect",
    "/_sandbox/state",
];

/// What a sandbox has to show.
pub(crate) struct Scene {
    pub(crate) stock: String,
    /// A coupon that can be redeemed.
    pub(crate) sent: String,
    /// A coupon that was redeemed.
    pub(crate) used: String,
    /// The callback for it.
    pub(crate) notification: String,
    /// A request that succeeded, a request that was refused for its signature, and one for its content.
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    pub(crate) invalid: u64,
    /// A request that was refused for a mistake that is none of the known ones, and the message that was signed.
    pub(crate) unexplained: (u64, String),
    /// Where the callbacks arrive.
    pub(crate) merchant: Elsewhere,
}

impl Scene {
    pub(crate) fn set(client: &Client) -> Self {
        let merchant = Elsewhere::start("{}");
        let url = format!("http://127.0.0.1:{}/callbacks", merchant.port);
        client.post("/callbacks", &json!({ "mchid": credentials().mchid(), "notify_url": url })).ok();
        let stock = client.create_and_start(&campaign("create-1", "双旦满减券", 200));
        client.create(&campaign("create-2", "新客立减", 50));
        let coupons: Vec<String> = (1..=12)
            .map(|user| {
                client.send_ok(&format!("oZbIs4kqLd8xTnWpV{user:03}"), &stock, &format!("send-{user}"))
            })
            .collect();
        let accepted = newest(client);
        for coupon in &coupons[..5] {
            client.redeem(coupon).ok();
        }
        merchant.arrivals(5);
        client.control("POST", &format!("/coupons/{}/refund", coupons[1])).ok();
        client.send("oZbIs4kqLd8xTnWpV001", "99999999", "send-99").assert_error(404, "RESOURCE_NOT_EXISTS");
        let invalid = newest(client);
        client.add_fault(json!({ "fault": "close_after", "times": 2, "skip": 1 }));
        client.control("POST", "/certificates/add").ok();
        let unexplained = wrong_body(client, &stock);
        let mut serial = Call::list_of_stocks();
        serial.serial_no = u128::from_str_radix(&serial.serial_no[..30], 16).unwrap().to_string();
        assert_eq!(client.raw(serial.request()).status, 401);
        let refused = without_query(client);
        let notification = client.notifications()[0]["id"].as_str().unwrap().to_owned();
        let (sent, used) = (coupons[11].clone(), coupons[0].clone());
        Self { stock, sent, used, notification, accepted, refused, invalid, unexplained, merchant }
    }

    /// The paths of all pages.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = PAGES.into_iter().map(str::to_owned).collect();
        for id in [self.accepted, self.refused, self.invalid, self.unexplained.0] {
            paths.push(format!("/_sandbox/requests/{id}"));
        }
        paths.push("/_sandbox/requests?refused=true&operation=stock.list".to_owned());
        paths.push(format!("/_sandbox/stocks/{}", self.stock));
        paths.push(format!("/_sandbox/coupons/{}", self.used));
        paths.push(format!("/_sandbox/coupons/{}", self.sent));
        paths.push(format!("/_sandbox/notifications/{}", self.notification));
        paths
    }
}

/// The id of the request that arrived last.
pub(crate) fn newest(client: &Client) -> u64 {
    client.control("GET", "/requests?limit=1").ok()["requests"][0]["id"].as_u64().unwrap()
}

/// Sends a request whose signature lacks the query. Returns its id.
pub(crate) fn without_query(client: &Client) -> u64 {
    let call = Call::new("GET", &format!("{FAVOR}/stocks"), "");
    let mut request = call.request();
    *request.uri_mut() = format!("{FAVOR}/stocks?{}&offset=0&limit=10", creator_query()).parse().unwrap();
    assert_eq!(client.raw(request).status, 401);
    newest(client)
}

/// Sends a request whose body is another than the signed one. Returns its id and the message that was signed.
pub(crate) fn wrong_body(client: &Client, stock: &str) -> (u64, String) {
    let signed = send_body(stock, "send-100").to_string();
    let call = Call::new("POST", &format!("{FAVOR}/users/oZbIs4kqLd8xTnWpV001/coupons"), signed.clone());
    let request = call.request().map(|_| signed.replace("send-100", "send-101").into());
    assert_eq!(client.raw(request).status, 401);
    (newest(client), String::from_utf8(call.message()).unwrap())
}

/// Terms of a stock with so many coupons.
fn campaign(number: &str, name: &str, coupons: u64) -> Value {
    let terms = with(terms(number), "/stock_name", name);
    let terms = with(terms, "/stock_use_rule/max_coupons", coupons);
    with(terms, "/stock_use_rule/max_amount", coupons * 500)
}
