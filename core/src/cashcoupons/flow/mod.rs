//! Parses flow files, which list redemptions (核销明细) or refunds (退款明细).
//!
//! Columns are found by name, however it is written: without regard to case, white space, width and unit. Additional
//! columns are accepted, and unknown columns are kept. A public sample exists only for the whole-stock redemption file.
//! The columns of refund files are not published, so a header line may have no known column at all.
//!
//! A row that cannot be read is an error with the row in it, and the others are read. A file that is no flow file is
//! refused with what it is, such as an HTML page or a file in GBK.
//!
//! ```
//! use wechatpay_core::cashcoupons::{FlowError, FlowRows};
//!
//! let file = "批次id,优惠id,优惠金额（元）,消耗时间\r\n\
//!             `15000005,`18100032,`1.00,`2020-11-27 16:23:05\r\n\
//!             `15000005,`18100033,`1.00,`昨天\r\n\
//!             总条数\r\n\
//!             `2\r\n";
//! let (mut rows, mut unread) = (Vec::new(), Vec::new());
//! for row in FlowRows::new(file.as_bytes(), None) {
//!     match row {
//!         Ok(row) => rows.push(row),
//!         // Keep it, and have somebody look at it.
//!         Err(FlowError::Row(row)) => unread.push(row),
//!         // The file is incomplete, or no flow file.
//!         Err(error) => return Err(error),
//!     }
//! }
//! assert_eq!(rows[0].coupon_id.as_ref().unwrap().as_str(), "18100032");
//! assert_eq!(rows[0].discount_amount.unwrap().get(), 100);
//! assert_eq!(rows[0].consume_time.as_ref().unwrap().as_str(), "2020-11-27T16:23:05+08:00");
//! assert_eq!((unread[0].number(), unread[0].text()), (2, Some("`15000005,`18100033,`1.00,`昨天")));
//! # Ok::<(), FlowError>(())
//! ```

mod columns;
mod error;
mod format;
mod lines;
mod names;
mod row;
mod rows;
mod unread;
mod values;

pub use error::FlowError;
pub use format::FileFormat;
pub use row::FlowRow;
pub use rows::FlowRows;
pub use unread::{RowProblem, UnreadRow};
