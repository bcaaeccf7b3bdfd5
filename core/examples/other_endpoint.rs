//! Calls another APIv3 endpoint, 商户订单号查询订单, by implementing `Operation` for a type outside this crate.
//!
//! ```text
//! cargo run -p wechatpay-core --example other_endpoint
//! ```

use serde::{Deserialize, Serialize};
use wechatpay_core::crypto::rustcrypto::PROVIDER;
use wechatpay_core::error::InvalidField;
use wechatpay_core::http::Method;
use wechatpay_core::types::{Fen, Mchid};
use wechatpay_core::{Client, Merchant, Nonce, Operation, PlatformKeys, Stamp, field};

/// 商户订单号查询订单: queries an order by the merchant's order number. The path contains `out_trade_no`, the query
/// contains `mchid`.
#[derive(Clone, Serialize)]
struct QueryOrder {
    out_trade_no: String,
    mchid: Mchid,
}

#[derive(Deserialize)]
struct Order {
    out_trade_no: String,
    trade_state: String,
    amount: Option<Amount>,
}

#[derive(Deserialize)]
struct Amount {
    total: Fen,
}

impl Operation for QueryOrder {
    const NAME: &'static str = "order.query";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/pay/transactions/out-trade-no/{out_trade_no}";
    const IDEMPOTENT: bool = true;
    type Response = Order;

    fn validate(&self) -> Result<(), InvalidField> {
        field::text("out_trade_no", &self.out_trade_no, 32)
    }

    // The signature does not bind a response to its request, so what the response repeats is compared.
    fn answers(&self, order: &Order) -> Result<(), &'static str> {
        if order.out_trade_no == self.out_trade_no { Ok(()) } else { Err("out_trade_no") }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The key and serial number of the officially published test merchant. Nothing is sent.
    let key = include_str!("../../tests/conformance/vectors/official_test_merchant_key_pkcs1.pem");
    let serial_no = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB";
    let merchant = Merchant::from_pem(&PROVIDER, "1900007291".into(), serial_no, key)?;
    let client = Client::new(merchant, PlatformKeys::new())?;

    let order =
        QueryOrder { out_trade_no: "1217752501201407033233368018".into(), mchid: "1900007291".into() };
    let stamp = Stamp { unix_seconds: 1_554_208_460, nonce: Nonce::from_entropy([7; 16]) };
    let request = client.request(&order, stamp)?;
    println!("{} {}", request.method(), request.uri());

    // Send the request with any HTTP client and pass the response to the core, or let a driver do both: `send(&order)`.
    let answer =
        wechatpay_core::http::Response::new(r#"{"trade_state":"SUCCESS","amount":{"total":100}}"#.into());
    match client.response(&order, &answer, stamp.unix_seconds) {
        Ok(order) => println!("{} {:?}", order.trade_state, order.amount.as_ref().map(|amount| amount.total)),
        Err(error) => println!("{error:#}; outcome: {}", error.outcome()),
    }
    Ok(())
}
