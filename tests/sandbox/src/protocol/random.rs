//! Random nonces and ids.

use wechatpay_core::Nonce;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;

/// Returns 32 random characters, or an empty string without entropy.
pub(crate) fn nonce() -> String {
    Nonce::generate(PROVIDER.random).map(|nonce| nonce.as_str().to_owned()).unwrap_or_default()
}

/// Returns 36 characters, like the documented notification ids, or `None` without entropy.
pub(crate) fn uuid() -> Option<String> {
    let mut random = [0; 16];
    PROVIDER.random.fill(&mut random).ok()?;
    let mut id: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    for dash in [8, 13, 18, 23] {
        id.insert(dash, '-');
    }
    Some(id)
}
