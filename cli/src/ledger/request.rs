use wechatpay_core::Operation as _;
use wechatpay_core::cashcoupons::{CouponIntent, RequiredCouponFields, SendCoupon, StockId};
use wechatpay_core::crypto::HashAlgorithm;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::error::{BuildError, CryptoError};
use wechatpay_core::types::{Appid, Mchid, Openid, OutRequestNo};

/// How many hexadecimal digits of a SHA-256 a fingerprint has. 128 bits are enough to notice every accident.
const FINGERPRINT: usize = 32;

/// What all requests of a campaign have in common.
#[derive(Debug, Clone)]
pub(super) struct Requests {
    pub(super) mchid: Mchid,
    pub(super) campaign: String,
    pub(super) stock_id: StockId,
    pub(super) creator: Mchid,
    pub(super) appid: Appid,
}

impl Requests {
    pub(super) fn number(&self, key: &str, ordinal: u64) -> Result<OutRequestNo, CryptoError> {
        let intent = CouponIntent { mchid: &self.mchid, campaign: &self.campaign, key, ordinal };
        OutRequestNo::derived(&PROVIDER, intent)
    }

    pub(super) fn operation(&self, openid: Openid, out_request_no: OutRequestNo) -> SendCoupon {
        SendCoupon::new(RequiredCouponFields {
            openid,
            appid: self.appid.clone(),
            stock_id: self.stock_id.clone(),
            stock_creator_mchid: self.creator.clone(),
            out_request_no,
        })
    }
}

/// Returns the fingerprint of what is sent: the beginning of the SHA-256 over the target, a line break and the body.
pub(super) fn fingerprint(operation: &SendCoupon) -> Result<String, BuildError> {
    operation.validate()?;
    let parts = operation.parts()?;
    let mut sent = parts.target().as_bytes().to_vec();
    sent.push(b'\n');
    sent.extend_from_slice(parts.body().bytes());
    let mut hash = PROVIDER.hash(HashAlgorithm::Sha256, &sent).map_err(BuildError::Crypto)?;
    hash.truncate(FINGERPRINT);
    Ok(hash)
}
