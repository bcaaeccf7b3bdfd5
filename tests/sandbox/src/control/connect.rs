//! `/_sandbox/connect`: what a client must be configured with. It has no secret: private keys and the APIv3 key are in
//! files.

use serde_json::json;

use crate::control::call::Call;
use crate::protocol::reply::{Handled, Reply};

/// `GET /connect`
pub(crate) fn read(call: Call<'_>) -> Handled {
    let credentials = &call.platform.credentials;
    let url = call.base_url();
    Ok(Reply::ok(json!({
        "base_url": url,
        "environment": {
            "WECHATPAY_BASE_URL": url,
            "WECHATPAY_MCHID": credentials.mchid(),
            "WECHATPAY_SERIAL_NO": credentials.serial_no(),
            "WECHATPAY_PRIVATE_KEY_FILE": "apiclient_key.pem",
            "WECHATPAY_CERT_FILE": "apiclient_cert.pem",
            "WECHATPAY_PUBLIC_KEY_ID": credentials.public_key_id(),
            "WECHATPAY_PUBLIC_KEY_FILE": "pub_key.pem",
            "WECHATPAY_PLATFORM_CERT_FILE": "platform_cert.pem",
            "WECHATPAY_APPID": credentials.appid(),
        },
        "secrets_in": "wechatpay.env",
    })))
}
