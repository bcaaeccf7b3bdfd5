use wechatpay_core::crypto::HashAlgorithm;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::error::CryptoError;
use wechatpay_core::types::Openid;

/// Returns the lane of a user, from 0 to 255: the first byte of the SHA-256 of the openid in UTF-8. All intents of one
/// user are in one lane.
///
/// ```
/// // printf 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' | sha256sum | cut -c 1-2
/// assert_eq!(wechatpay_cli::ledger::lane(&"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into())?, 0xAC);
/// # Ok::<(), wechatpay_core::error::CryptoError>(())
/// ```
///
/// # Errors
/// [`CryptoError`] when there is no SHA-256.
pub fn lane(openid: &Openid) -> Result<u8, CryptoError> {
    Ok(lane_of(&hash(openid.as_str())?))
}

/// Returns the SHA-256 of an openid, in hexadecimal.
pub(super) fn hash(openid: &str) -> Result<String, CryptoError> {
    PROVIDER.hash(HashAlgorithm::Sha256, openid.as_bytes())
}

/// Returns the lane of the user with this hash.
pub(super) fn lane_of(hash: &str) -> u8 {
    hash.get(..2).and_then(|first| u8::from_str_radix(first, 16).ok()).unwrap_or_default()
}
