//! How to choose an `out_request_no`.

use std::fmt;

use crate::crypto::{CryptoError, CryptoProvider, HashAlgorithm, hex_lower};
use crate::types::{Mchid, OutRequestNo};

/// One coupon that a campaign intends to send. It has one `out_request_no`, see [`OutRequestNo::derived`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CouponIntent<'a> {
    /// The merchant that sends the coupon.
    pub mchid: &'a Mchid,
    /// The name of the campaign, unique for the merchant. Another name gives other numbers.
    pub campaign: &'a str,
    /// The key of the row in the campaign's list, such as the number of an order or of a member. It stays the same when
    /// the list is sorted in another way or exported again, so it must not be the number of the line.
    pub key: &'a str,
    /// The how-many-th coupon this is for the key, counted from 1. More than 1 only if a key occurs several times.
    pub ordinal: u64,
}

/// Omits the key, which may identify a person.
impl fmt::Debug for CouponIntent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CouponIntent")
            .field("mchid", &self.mchid)
            .field("campaign", &self.campaign)
            .field("ordinal", &self.ordinal)
            .finish_non_exhaustive()
    }
}

impl OutRequestNo {
    /// Makes a random number of 32 hexadecimal digits (128 bits). Store it before the request is sent: after a crash, only
    /// the identical request with the same number sends no second coupon.
    ///
    /// # Errors
    /// [`CryptoError`] when there is no entropy.
    pub fn random(provider: &CryptoProvider) -> Result<Self, CryptoError> {
        let mut bytes = [0; 16];
        provider.random.fill(&mut bytes)?;
        Ok(Self::new(hex_lower(&bytes)))
    }

    /// Derives the number of a coupon from what the coupon is for: the same coupon always has the same number, on every
    /// machine and in every language, even if nothing was stored. So no list can send a coupon twice, whatever crashes,
    /// and in whatever order it is sent.
    ///
    /// The number is the first 40 hexadecimal digits (160 bits) of a SHA-256 in lower case. Hashed are five netstrings,
    /// that is, each text in UTF-8 with its length in bytes and a colon before it and a comma after it: `out_request_no`,
    /// the merchant number, the campaign, the key, and the ordinal in decimal digits.
    ///
    /// ```
    /// # #[cfg(feature = "rustcrypto")] {
    /// use wechatpay_core::cashcoupons::CouponIntent;
    /// use wechatpay_core::crypto::rustcrypto::PROVIDER;
    /// use wechatpay_core::types::{Mchid, OutRequestNo};
    ///
    /// let mchid = Mchid::from("1900007291");
    /// // printf '14:out_request_no,10:1900007291,9:双旦节,6:order7,1:1,' | sha256sum | cut -c 1-40
    /// let vectors = [
    ///     ("双旦节", "order7", 1, "55788c8754fb372a8aad1880f255a543c944cc0a"),
    ///     ("双旦节", "order7", 2, "503e488c93c0ae6bbe2045e4a4facb84713abfc3"),
    ///     ("双旦节", "", 1, "93e830e894d6b63ed581f475c9054c18f0ffa076"),
    ///     ("spring|2027", "a,6:order7", 10, "30fc1993303ad509612b056cbbd4c994b1534c80"),
    /// ];
    /// for (campaign, key, ordinal, number) in vectors {
    ///     let intent = CouponIntent { mchid: &mchid, campaign, key, ordinal };
    ///     assert_eq!(OutRequestNo::derived(&PROVIDER, intent)?, number);
    /// }
    /// # }
    /// # Ok::<(), wechatpay_core::error::CryptoError>(())
    /// ```
    ///
    /// Whoever knows merchant, campaign and key can derive the number, too. It contains none of them.
    ///
    /// # Errors
    /// [`CryptoError`] when the provider has no SHA-256.
    pub fn derived(provider: &CryptoProvider, intent: CouponIntent<'_>) -> Result<Self, CryptoError> {
        let CouponIntent { mchid, campaign, key, ordinal } = intent;
        let fields = ["out_request_no", mchid.as_str(), campaign, key, &ordinal.to_string()];
        let hashed: String = fields.iter().map(|field| format!("{}:{field},", field.len())).collect();
        let mut number = provider.hash(HashAlgorithm::Sha256, hashed.as_bytes())?;
        number.truncate(40);
        Ok(Self::new(number))
    }
}

#[cfg(all(test, feature = "rustcrypto"))]
mod tests {
    use super::*;
    use crate::crypto::{SecureRandom, rustcrypto};

    struct Counting;

    impl SecureRandom for Counting {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), CryptoError> {
            (0..).zip(bytes).for_each(|(number, byte)| *byte = number);
            Ok(())
        }
    }

    struct Empty;

    impl SecureRandom for Empty {
        fn fill(&self, _: &mut [u8]) -> Result<(), CryptoError> {
            Err(CryptoError::new("random"))
        }
    }

    #[test]
    fn a_random_number_is_all_the_entropy() {
        let mut provider = rustcrypto::PROVIDER;
        provider.random = &Counting;
        assert_eq!(OutRequestNo::random(&provider).unwrap(), "000102030405060708090a0b0c0d0e0f");
        provider.random = &Empty;
        assert!(OutRequestNo::random(&provider).is_err());
    }

    #[test]
    fn every_part_of_an_intent_changes_its_number() {
        let (mchid, other) = (Mchid::from("1"), Mchid::from("12"));
        let intent = CouponIntent { mchid: &mchid, campaign: "2", key: "3", ordinal: 1 };
        let numbers = [
            intent,
            CouponIntent { mchid: &other, ..intent },
            CouponIntent { campaign: "23", ..intent },
            CouponIntent { campaign: "", ..intent },
            CouponIntent { key: "", ..intent },
            // The fields do not run into each other.
            CouponIntent { campaign: "2,1:3", key: "", ..intent },
            CouponIntent { campaign: "", key: "2,1:3", ..intent },
            CouponIntent { ordinal: 11, ..intent },
        ]
        .map(|intent| OutRequestNo::derived(&rustcrypto::PROVIDER, intent).unwrap());
        let different: std::collections::BTreeSet<_> = numbers.iter().collect();
        assert_eq!(different.len(), numbers.len());
        for number in &numbers {
            assert_eq!(crate::cashcoupons::limits::out_request_no(number), Ok(()));
            assert_eq!(number.as_str().len(), 40);
        }
    }
}
