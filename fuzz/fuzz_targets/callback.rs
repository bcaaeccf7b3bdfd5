//! Any callback: it is accepted only if it is signed, it is decoded the same from any framework, and every error has a
//! response.
#![no_main]

use arbitrary::Arbitrary;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use libfuzzer_sys::fuzz_target;
use wechatpay_core::cashcoupons::CouponUsed;
use wechatpay_core::notification::{Received, ReplayGuard};
use wechatpay_fuzz::{NOW, Only, Signature, client, is_well_signed, message, show};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    signature: Signature<'a>,
    body: Body<'a>,
}

#[derive(Debug, Arbitrary)]
enum Body<'a> {
    /// A documented callback with any content. The insecure provider does not encrypt.
    Event {
        known: bool,
        nonce: Option<&'a str>,
        content: &'a [u8],
    },
    Raw(&'a [u8]),
}

fuzz_target!(|input: Input<'_>| {
    let body = match input.body {
        Body::Raw(body) => body.to_vec(),
        Body::Event { known, nonce, content } => serde_json::to_vec(&serde_json::json!({
            "id": "EV-1",
            "event_type": if known { "COUPON.USE" } else { "OTHER" },
            "resource": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": nonce.unwrap_or("0123456789ab"),
                "ciphertext": STANDARD.encode([content, &[0; 16]].concat()),
            },
        }))
        .unwrap(),
    };
    let headers = input.signature.headers();
    let client = client(Only(message(&headers, &body)));
    let list: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes())).collect();
    let other = client.notification_from::<CouponUsed>(list, &body, NOW);
    let mut request = Request::new(&body);
    *request.headers_mut() = headers;
    match client.notification::<CouponUsed>(&request, NOW) {
        Ok(notification) => {
            assert!(is_well_signed(request.headers()), "accepted without a signature");
            assert_eq!(other.unwrap(), notification);
            let known = matches!(notification.event, Received::Known(_));
            assert_eq!(known, notification.event_type == "COUPON.USE");
            assert_eq!(notification.read_as::<CouponUsed>().is_some(), known);
            std::hint::black_box(format!("{notification:?}"));
            let guard = ReplayGuard::new(2);
            assert!(guard.is_new(&notification) && !guard.is_new(&notification));
        }
        Err(error) => {
            show(&error);
            assert_eq!(format!("{error:?}"), format!("{:?}", other.unwrap_err()));
            assert!(!error.reply().status().is_success());
        }
    }
});
