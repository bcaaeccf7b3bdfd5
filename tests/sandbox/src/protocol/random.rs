//! Random texts: nonces and ids.

use wechatpay_core::Nonce;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;

/// 32 characters; empty when there is no entropy.
pub(crate) fn nonce() -> String {
    Nonce::generate(PROVIDER.random).map(|nonce| nonce.as_str().to_owned()).unwrap_or_default()
}

/// 36 characters, as the documented ids of notifications have; `None` when there is no entropy.
pub(crate) fn uuid() -> Option<String> {
    let mut random = [0; 16];
    PROVIDER.random.fill(&mut random).ok()?;
    let mut id: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    for dash in [8, 13, 18, 23] {
        id.insert(dash, '-');
    }
    Some(id)
}
