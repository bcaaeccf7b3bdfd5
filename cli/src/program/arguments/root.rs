//! The commands.

use clap::{Parser, Subcommand};

use crate::program::arguments::api::Api;
use crate::program::arguments::books::{Flow, Reconcile};
use crate::program::arguments::callback::Callback;
use crate::program::arguments::coupon::Coupon;
use crate::program::arguments::listen::Listen;
use crate::program::arguments::others::{Certs, Completions, Explain, Image, Man, Report};
use crate::program::arguments::send::{Ledger, Send};
use crate::program::arguments::stock::Stock;
use crate::program::arguments::trigger::Trigger;
use crate::program::exit::Exit;

/// Cash coupons (代金券) of WeChat Pay from the command line.
#[derive(Parser)]
#[command(name = "wechatpay", version, subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = Exit::help())]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Checks the merchant's keys, clock and network, and changes nothing
    Doctor,
    /// Stocks (代金券批次): creates, shows and changes them
    #[command(subcommand)]
    Stock(Stock),
    /// Coupons (代金券) of single users
    #[command(subcommand)]
    Coupon(Coupon),
    /// Campaigns: each user of a list gets one coupon, whatever crashes
    #[command(subcommand)]
    Send(Send),
    /// Writes what became of a campaign as one HTML file, with charts
    Report(Report),
    /// Flow files: downloads them, and adds them to the ledger
    #[command(subcommand)]
    Flow(Flow),
    /// Compares what was sent, used, booked and refunded, and names what does not agree
    Reconcile(Reconcile),
    /// The ledger of the campaigns
    #[command(subcommand)]
    Ledger(Ledger),
    /// The URL that is called when a coupon is used
    #[command(subcommand)]
    Callback(Callback),
    /// Receives callbacks: verifies, keeps and forwards them
    Listen(Listen),
    /// Uses or refunds coupons in a sandbox, as users would
    #[command(subcommand)]
    Trigger(Trigger),
    /// Images for the page of a coupon
    #[command(subcommand)]
    Image(Image),
    /// Lists the platform's keys and certificates
    Certs(Certs),
    /// Sends any request of APIv3, signed, and verifies the response
    Api(Api),
    /// Explains an error code, an internal code or a Request-ID, offline
    Explain(Explain),
    /// Runs the sandbox: the program wechatpay-sandbox
    #[cfg(feature = "sandbox")]
    Sandbox(Box<wechatpay_sandbox::program::Arguments>),
    /// Writes completions for a shell
    Completions(Completions),
    /// Writes manual pages
    Man(Man),
}
