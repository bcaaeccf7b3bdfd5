//! `flow …` and `reconcile`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use wechatpay_cli::ledger::Class;
use wechatpay_hyper::core::cashcoupons::BillDate;

use crate::program::texts::text;

#[derive(Subcommand)]
pub(crate) enum Flow {
    /// The file of redemptions (核销明细)
    Use(FlowOf),
    /// The file of refunds (退款明细)
    Refund(FlowOf),
}

#[derive(Args)]
pub(crate) struct FlowOf {
    /// ID of the stock (批次号)
    #[arg(value_name = "STOCK_ID")]
    pub(crate) stock_id: String,
    /// The file of this day in Beijing, such as 2026-11-23 [default: of the whole stock, after its end]
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) date: Option<BillDate>,
    /// File to write to; it must not exist
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Adds it to the ledger
    #[arg(long)]
    pub(crate) import: bool,
    /// Takes this file, and asks WeChat Pay nothing
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    pub(crate) from: Option<PathBuf>,
}

pub(super) fn date(text: &str) -> Result<BillDate, String> {
    text.parse().map_err(|_| text!("is not a calendar date in the format yyyy-MM-dd"))
}

#[derive(Args)]
pub(crate) struct Reconcile {
    /// Name of the campaign
    #[arg(value_name = "CAMPAIGN")]
    pub(crate) campaign: String,
    /// Compares what the ledger has, and asks WeChat Pay nothing
    #[arg(long)]
    pub(crate) offline: bool,
    /// Which open differences end with 6: such as R1,U3, or all, or none [default: all but information]
    #[arg(long, value_name = "CLASSES", value_delimiter = ',')]
    pub(crate) fail_on: Option<Vec<FailOn>>,
    /// Shows those that are closed or gone, too
    #[arg(long)]
    pub(crate) all: bool,
    /// Closes an open difference: what it says is accepted. Can be repeated
    #[arg(long, value_name = "ID", requires = "note", conflicts_with_all = ["offline", "fail_on", "all"])]
    pub(crate) close: Vec<u64>,
    /// Why it is closed. It is kept in the ledger; do not write an openid into it
    #[arg(long, value_name = "TEXT", requires = "close")]
    pub(crate) note: Option<String>,
}

/// Which differences count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailOn {
    All,
    None,
    Class(Class),
}

impl std::str::FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            "none" => Ok(Self::None),
            name => name.parse().map(Self::Class).map_err(|_| {
                let names = Class::ALL.map(Class::name);
                text!("must be all, none, or some of {names}", names = names.join(", "))
            }),
        }
    }
}
