//! Limits and validation of fields that several operations share.

use crate::cashcoupons::StockId;
use crate::operation::field;
use crate::types::{Appid, FieldProblem, InvalidField, Mchid, Openid, OutRequestNo};

/// The documented maximum length of stock IDs, coupon IDs and merchant numbers, in characters.
pub(super) const MAX_ID: usize = 20;

/// Validates the ID of a stock and the merchant number of the stock's creator.
pub(super) fn stock(stock_id: &StockId, stock_creator_mchid: &Mchid) -> Result<(), InvalidField> {
    field::text("stock_id", stock_id, MAX_ID)?;
    field::text("stock_creator_mchid", stock_creator_mchid, MAX_ID)
}

/// Validates a user's openid and the appid to which the openid belongs.
pub(super) fn user(openid: &Openid, appid: &Appid) -> Result<(), InvalidField> {
    field::text("openid", openid, 128)?;
    field::text("appid", appid, 128)
}

/// Validates a merchant's request number: 1 to 128 characters, only letters, digits and `| _ * -`.
pub(super) fn out_request_no(value: &OutRequestNo) -> Result<(), InvalidField> {
    const FIELD: &str = "out_request_no";
    field::text(FIELD, value, 128)?;
    match value.as_str().chars().find(|c| !c.is_ascii_alphanumeric() && !"|_*-".contains(*c)) {
        Some(character) => {
            let allowed = "letters, digits and | _ * -";
            Err(InvalidField::new(FIELD, FieldProblem::Character { character, allowed }))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_and_characters_of_a_request_number_are_checked() {
        assert_eq!(
            out_request_no(&"a b".into()).unwrap_err().to_string(),
            "out_request_no contains the character ' '; allowed are letters, digits and | _ * -"
        );
        assert_eq!(out_request_no(&"aZ09|_*-".repeat(16).into()), Ok(()));
        assert!(out_request_no(&"a".repeat(129).into()).is_err());
        assert!(out_request_no(&"订单".into()).is_err());
    }
}
