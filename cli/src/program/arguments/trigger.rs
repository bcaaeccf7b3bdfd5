//! `trigger …`.

use clap::{Args, Subcommand};
use wechatpay_hyper::core::types::Fen;

use crate::program::arguments::stock::yuan;

#[derive(Subcommand)]
pub(crate) enum Trigger {
    /// Uses coupons in payments, of which the sandbox calls the callback URL
    #[command(name = "coupon.use")]
    Use(UseCoupons),
    /// Refunds the payments in which coupons were used. There is no callback for it
    #[command(name = "coupon.refund")]
    Refund(Chosen),
}

#[derive(Args)]
pub(crate) struct UseCoupons {
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    /// Amount of each payment, in yuan with two decimals [default: the least for which the coupon can be used]
    #[arg(long, value_name = "YUAN", value_parser = yuan)]
    pub(crate) amount: Option<Fen>,
}

/// Which coupons are meant.
#[derive(Args)]
pub(crate) struct Chosen {
    /// IDs of coupons. - reads them from stdin, one a line
    #[arg(value_name = "COUPON_ID", required_unless_present = "campaign", conflicts_with = "campaign")]
    pub(crate) coupons: Vec<String>,
    /// Takes coupons that this campaign has sent, in the order of its list. Those for which it cannot be done are skipped
    #[arg(long, value_name = "CAMPAIGN")]
    pub(crate) campaign: Option<String>,
    /// How many coupons of the campaign [default: all]
    #[arg(long, value_name = "N", conflicts_with = "coupons")]
    pub(crate) count: Option<u64>,
}
