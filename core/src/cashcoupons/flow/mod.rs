//! Parses flow files, which list redemptions (核销明细) or refunds (退款明细).
//!
//! Columns are found by name, so additional columns are accepted, and unknown columns are kept. A public sample
//! exists only for the whole-stock redemption file. The columns of refund files are not published.
//!
//! ```
//! use wechatpay_core::cashcoupons::FlowRows;
//!
//! let file = "批次id,优惠id,优惠金额（元）,消耗时间\r\n\
//!             `15000005,`18100032,`1.00,`2020-11-27 16:23:05\r\n\
//!             总条数\r\n\
//!             `1\r\n";
//! for row in FlowRows::new(file.as_bytes(), None) {
//!     let row = row?;
//!     assert_eq!(row.coupon_id.unwrap().as_str(), "18100032");
//!     assert_eq!(row.discount_amount.unwrap().get(), 100);
//!     assert_eq!(row.consume_time.unwrap().as_str(), "2020-11-27T16:23:05+08:00");
//! }
//! # Ok::<(), wechatpay_core::cashcoupons::FlowError>(())
//! ```

mod error;
mod row;
mod rows;

pub use error::FlowError;
pub use row::FlowRow;
pub use rows::FlowRows;
