//! `send …` and `ledger …`.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use wechatpay_hyper::core::cashcoupons::BillDate;

use crate::program::arguments::books::date;

#[derive(Subcommand)]
pub(crate) enum Send {
    /// Takes a list of users into a campaign, and says what it will cost. Sends nothing
    Plan(PlanList),
    /// Gives each user of a campaign one coupon. Run it again after whatever happened
    Run(RunCampaign),
    /// Says what happened
    Status(Status),
    /// Pauses a campaign. A run that is under way ends when its answers are there
    Pause(Named),
    /// Lets a campaign go on that was paused or has stopped
    Resume(Named),
    /// Settles doubtful coupons: by queries, or by what a person knows
    Resolve(Resolve),
    /// Writes the list again, with what became of each row
    Export(Export),
}

#[derive(Args)]
pub(crate) struct PlanList {
    /// CSV in UTF-8. Its first line names the columns, one of which is openid
    #[arg(value_name = "LIST.csv")]
    pub(crate) list: PathBuf,
    /// Name of the campaign. Another name gives the same users another coupon
    #[arg(long, value_name = "NAME")]
    pub(crate) campaign: String,
    /// ID of the stock (批次号)
    #[arg(long, value_name = "STOCK_ID")]
    pub(crate) stock: String,
    /// Column with the key of each row, such as the number of a member [default: openid]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) key_column: Option<String>,
    /// App of the users [env: WECHATPAY_APPID]
    #[arg(long, value_name = "APPID")]
    pub(crate) appid: Option<String>,
    /// Merchant that created the stock [default: the calling merchant]
    #[arg(long, value_name = "MCHID")]
    pub(crate) creator: Option<String>,
}

#[derive(Args)]
pub(crate) struct Named {
    /// Name of the campaign
    #[arg(value_name = "CAMPAIGN")]
    pub(crate) campaign: String,
}

#[derive(Args)]
pub(crate) struct RunCampaign {
    /// Name of the campaign
    #[arg(value_name = "CAMPAIGN")]
    pub(crate) campaign: String,
    /// ID of the stock. Without it, it is asked for
    #[arg(long, value_name = "STOCK_ID")]
    pub(crate) confirm: Option<String>,
    /// The most requests in any second. WeChat Pay allows 500
    #[arg(long, value_name = "N", default_value = "400")]
    pub(crate) rate: NonZeroU32,
    /// The most requests in flight
    #[arg(long, value_name = "N", default_value = "100")]
    pub(crate) in_flight: NonZeroUsize,
    /// The most coupons that are begun in this run [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Coupons that must have been sent before more than one is under way
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) canary: u64,
    /// For how many hours a request that may have taken effect is repeated
    #[arg(long, value_name = "HOURS", default_value = "24", value_parser = clap::value_parser!(u64).range(1..=720))]
    pub(crate) window: u64,
    /// If another run is under way, waits until it has ended, and goes on then
    #[arg(long)]
    pub(crate) join: bool,
}

#[derive(Args)]
pub(crate) struct Status {
    /// Name of the campaign [default: all campaigns of the ledger]
    #[arg(value_name = "CAMPAIGN")]
    pub(crate) campaign: Option<String>,
    /// Shows it again every second, until no run is under way
    #[arg(long, requires = "campaign")]
    pub(crate) watch: bool,
}

#[derive(Args)]
pub(crate) struct Resolve {
    /// Name of the campaign
    #[arg(value_name = "CAMPAIGN")]
    pub(crate) campaign: String,
    /// Looks for each doubtful coupon with queries
    #[arg(long, conflicts_with = "decision")]
    pub(crate) query: bool,
    /// What a person knows or decides
    #[arg(long = "as", value_enum, value_name = "DECISION", requires = "note")]
    pub(crate) decision: Option<Decided>,
    /// The coupon, with --as sent
    #[arg(long, value_name = "COUPON_ID", required_if_eq("decision", "sent"))]
    pub(crate) coupon: Option<String>,
    /// Only the rows with this key
    #[arg(long, value_name = "KEY", conflicts_with = "number")]
    pub(crate) key: Option<String>,
    /// Only the row with this out_request_no
    #[arg(long, value_name = "NUMBER")]
    pub(crate) number: Option<String>,
    /// Why it is so. It is kept in the ledger; do not write an openid into it
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
}

/// What a person knows or decides about coupons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Decided {
    /// The user has the coupon
    Sent,
    /// The user does not have it, and shall not get it
    NotSent,
    /// The identical request is to be sent again
    Repeat,
    /// It is not to be sent. Only for rows that were never tried
    Cancel,
}

#[derive(Args)]
pub(crate) struct Export {
    /// Name of the campaign
    #[arg(value_name = "CAMPAIGN")]
    pub(crate) campaign: String,
    /// Only rows that stand so
    #[arg(long, value_enum, value_name = "STATE")]
    pub(crate) state: Option<State>,
    /// File to write to; it must not exist [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    /// Nothing was tried
    Planned,
    /// An attempt is under way
    Sending,
    /// It is to be tried again
    Retry,
    /// The user has the coupon
    Sent,
    /// The user does not have it
    Refused,
    /// The user may have it
    Doubtful,
    /// It is not to be sent
    Cancelled,
    /// All that are not final
    Open,
}

#[derive(Subcommand)]
pub(crate) enum Ledger {
    /// Looks for damage and contradictions
    Check,
    /// Copies the ledger, also while a run is under way
    Backup(Backup),
    /// Forgets openids, for good. Their rows still count, and get no second coupon
    Forget(Forget),
}

#[derive(Args)]
#[command(group(ArgGroup::new("whose").required(true).multiple(true).args(["campaign", "openid", "before"])))]
pub(crate) struct Forget {
    /// Only the rows of this campaign
    #[arg(long, value_name = "NAME")]
    pub(crate) campaign: Option<String>,
    /// Only the rows of this user
    #[arg(long, value_name = "OPENID")]
    pub(crate) openid: Option<String>,
    /// Only rows of which nothing was heard since 00:00 of this day in Beijing, such as 2026-11-23
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) before: Option<BillDate>,
    /// How many rows are forgotten, as this command says without it
    #[arg(long, value_name = "ROWS")]
    pub(crate) confirm: Option<String>,
}

#[derive(Args)]
pub(crate) struct Backup {
    /// File to write to; it must not exist
    #[arg(value_name = "FILE")]
    pub(crate) to: PathBuf,
}
