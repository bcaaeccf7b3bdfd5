//! `stock …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use wechatpay_hyper::core::types::Fen;

use crate::program::texts::text;

#[derive(Subcommand)]
pub(crate) enum Stock {
    /// Creates a stock from a file, or writes an example of that file
    Create(Create),
    /// Shows a stock
    Show(StockOf),
    /// Lists the stocks of the merchant
    List(Stocks),
    /// Activates a stock: its coupons can be sent, and the budget of a prefunded stock is debited
    Start(Change),
    /// Pauses a stock: its coupons can be used, but not sent
    Pause(Change),
    /// Lets a paused stock go on
    Restart(Change),
    /// Ends a stock that was never activated
    Stop(Change),
    /// Lists the merchants at which the coupons can be used
    Merchants(StockOf),
    /// Lists the goods for which the coupons can be used
    Items(StockOf),
    /// Changes the budget of a stock
    Budget(Budget),
}

#[derive(Args)]
pub(crate) struct Create {
    /// File with the stock in JSON; - is stdin
    #[arg(short, long, value_name = "FILE", required_unless_present = "skeleton")]
    pub(crate) file: Option<PathBuf>,
    /// Writes an example of the file to stdout and sends nothing
    #[arg(long, conflicts_with_all = ["file", "start"])]
    pub(crate) skeleton: bool,
    /// Activates the stock too. Not for a prefunded stock, whose budget would be debited
    #[arg(long)]
    pub(crate) start: bool,
    /// Sends the stock even if it breaks a documented rule
    #[arg(long, conflicts_with = "skeleton")]
    pub(crate) unchecked: bool,
}

#[derive(Args)]
pub(crate) struct StockOf {
    /// ID of the stock (批次号)
    #[arg(value_name = "STOCK_ID")]
    pub(crate) stock_id: String,
    /// Merchant that created the stock [default: the calling merchant]
    #[arg(long, value_name = "MCHID")]
    pub(crate) creator: Option<String>,
}

#[derive(Args)]
pub(crate) struct Stocks {
    /// Merchant that created the stocks [default: the calling merchant]
    #[arg(long, value_name = "MCHID")]
    pub(crate) creator: Option<String>,
    /// Only stocks with this status: unactivated, audit, running, stoped or paused
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<String>,
}

#[derive(Args)]
pub(crate) struct Change {
    #[command(flatten)]
    pub(crate) stock: StockOf,
    /// ID of the stock again. Without it, it is asked for
    #[arg(long, value_name = "STOCK_ID")]
    pub(crate) confirm: Option<String>,
}

#[derive(Args)]
pub(crate) struct Budget {
    #[command(flatten)]
    pub(crate) stock: StockOf,
    /// The new budget in yuan with two decimals, such as 800.00
    #[arg(long, value_name = "YUAN", value_parser = yuan)]
    pub(crate) to: Fen,
    /// The budget now, in yuan with two decimals. Without it, it is asked for at the platform
    #[arg(long, value_name = "YUAN", value_parser = yuan)]
    pub(crate) from: Option<Fen>,
    /// ID of the stock again. Without it, it is asked for
    #[arg(long, value_name = "STOCK_ID")]
    pub(crate) confirm: Option<String>,
}

/// An amount without decimals could be meant in fen.
pub(super) fn yuan(text: &str) -> Result<Fen, String> {
    let amount: Fen = text.parse().map_err(|_| text!("must be yuan with two decimals, such as 800.00"))?;
    if amount < Fen::new(0) { Err(text!("must not be negative")) } else { Ok(amount) }
}
