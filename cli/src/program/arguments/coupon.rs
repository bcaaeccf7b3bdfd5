//! `coupon …`.

use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub(crate) enum Coupon {
    /// Sends one coupon to one user
    Send(SendOne),
    /// Shows a coupon of a user
    Show(ShowCoupon),
    /// Lists the coupons of a user
    List(ListCoupons),
}

#[derive(Args)]
pub(crate) struct SendOne {
    /// User to send to
    #[arg(long, value_name = "OPENID")]
    pub(crate) openid: String,
    /// ID of the stock (批次号)
    #[arg(long, value_name = "STOCK_ID")]
    pub(crate) stock: String,
    /// ID of the stock again. Without it, it is asked for
    #[arg(long, value_name = "STOCK_ID")]
    pub(crate) confirm: Option<String>,
    /// Number that makes the request unique [default: a random one, which is written to stderr before it is used]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) out_request_no: Option<String>,
    /// App of the user [env: WECHATPAY_APPID]
    #[arg(long, value_name = "APPID")]
    pub(crate) appid: Option<String>,
    /// Merchant that created the stock [default: the calling merchant]
    #[arg(long, value_name = "MCHID")]
    pub(crate) creator: Option<String>,
}

#[derive(Args)]
pub(crate) struct ShowCoupon {
    /// ID of the coupon
    #[arg(value_name = "COUPON_ID")]
    pub(crate) coupon_id: String,
    /// User who has the coupon
    #[arg(long, value_name = "OPENID")]
    pub(crate) openid: String,
    /// App of the user [env: WECHATPAY_APPID]
    #[arg(long, value_name = "APPID")]
    pub(crate) appid: Option<String>,
}

#[derive(Args)]
pub(crate) struct ListCoupons {
    /// User who has the coupons
    #[arg(long, value_name = "OPENID")]
    pub(crate) openid: String,
    /// App of the user [env: WECHATPAY_APPID]
    #[arg(long, value_name = "APPID")]
    pub(crate) appid: Option<String>,
    /// Only coupons of this stock
    #[arg(long, value_name = "STOCK_ID")]
    pub(crate) stock: Option<String>,
    /// Only coupons with this status: SENDED, USED or EXPIRED
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<String>,
    /// Merchant that created the stocks [default: the calling merchant]
    #[arg(long, value_name = "MCHID")]
    pub(crate) creator: Option<String>,
}
