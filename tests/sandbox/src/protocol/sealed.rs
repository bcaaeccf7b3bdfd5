//! Encryption with the APIv3 key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wechatpay_core::crypto::ApiV3Key;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;

use crate::credentials::Credentials;
use crate::protocol::random::nonce;
use crate::protocol::reply::Reply;

/// Encrypts `plaintext` with the merchant's APIv3 key and a new nonce.
pub(crate) fn seal(
    credentials: &Credentials,
    associated_data: &str,
    plaintext: &[u8],
) -> Result<Value, Reply> {
    let failed = || Reply::system_error("系统错误");
    let key = ApiV3Key::new(credentials.api_v3_key()).map_err(|_| failed())?;
    let nonce: String = nonce().chars().take(12).collect();
    let nonce_bytes: [u8; 12] = nonce.as_bytes().try_into().map_err(|_| failed())?;
    let ciphertext = PROVIDER.aead.seal(key.as_bytes(), &nonce_bytes, associated_data.as_bytes(), plaintext);
    Ok(json!({
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": nonce,
        "associated_data": associated_data,
        "ciphertext": STANDARD.encode(ciphertext.map_err(|_| failed())?),
    }))
}
