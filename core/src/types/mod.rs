//! The values that operations are made of.

mod bill_date;
mod fen;
mod id;
pub(crate) mod lenient;
mod open_enum;
mod secret;
mod timestamp;

pub use bill_date::BillDate;
pub use fen::Fen;
pub use id::{Appid, CouponId, DownloadUrl, Mchid, Openid, OutRequestNo, StockId};
pub use secret::ApiV3Key;
pub use timestamp::{Timestamp, UnixSeconds};

#[doc(hidden)]
pub use open_enum::OtherText;
pub(crate) use open_enum::open_enum;
