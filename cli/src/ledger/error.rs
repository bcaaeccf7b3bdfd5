use std::io;
use std::path::PathBuf;

use wechatpay_core::cashcoupons::FlowError;
use wechatpay_core::error::{BuildError, CryptoError};

use super::{Address, Location};
use crate::list::ListError;

/// Why a ledger did not do what it was asked to. Nothing of it was done then. No text contains an openid.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The ledger was made for another merchant or host.
    #[error(
        "the ledger {location} was made for the {what} {made_for}, not for {given}: use another ledger, or the former settings"
    )]
    Bound {
        /// The ledger.
        location: Location,
        /// What differs.
        what: &'static str,
        /// What the ledger was made for.
        made_for: String,
        /// What was given.
        given: String,
    },
    /// The file is no ledger.
    #[error("{0} is not a ledger: choose another path")]
    Foreign(Location),
    /// A newer version made the ledger.
    #[error(
        "the ledger {location} has the format {format}, and this version knows formats up to {known}: use a newer version"
    )]
    Newer {
        /// The ledger.
        location: Location,
        /// Its format.
        format: i64,
        /// The newest format that is known.
        known: i64,
    },
    /// The URL of a database cannot be used.
    #[error("the ledger {address}: {why}")]
    Address {
        /// The URL.
        address: Address,
        /// What is wrong with it. It shows no part of it.
        why: String,
    },
    /// The program was built without PostgreSQL.
    #[error("{0}: this program was built without PostgreSQL (feature `postgres`)")]
    WithoutPostgres(Location),
    /// A run is working with the ledger.
    #[error("another run is working with the ledger {0}")]
    InUse(Location),
    /// Another run has taken the campaign over, which works with the same ledger under another name, for example. This one
    /// begins nothing more.
    #[error(
        "another run has taken the campaign over, so this one has ended: use one name for the ledger, and leave the files beside it alone"
    )]
    TakenOver,
    /// The file or the database failed.
    #[error("{location}: {problem}")]
    Storage {
        /// The ledger, or another file.
        location: Location,
        /// What kind of failure it is.
        problem: StorageProblem,
        /// The failure itself.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something in the ledger cannot be read, although the file is whole.
    #[error("the ledger has something in intent {intent} that cannot be read: {what}; see `ledger check`")]
    Unreadable {
        /// The number of the intent.
        intent: u64,
        /// What cannot be read.
        what: &'static str,
    },
    /// Something of a campaign cannot be read, although the file is whole.
    #[error("the ledger has something in the campaign {campaign:?} that cannot be read: {what}")]
    UnreadableCampaign {
        /// The campaign.
        campaign: String,
        /// What cannot be read.
        what: &'static str,
    },
    /// A callback that is to be forwarded cannot be read, because somebody changed the ledger.
    #[error("the ledger has a callback to be forwarded that cannot be read")]
    UnreadableNotification,
    /// An intent is not the one that was planned, because somebody changed the file. It is not sent.
    #[error("intent {0} was changed after it was planned, so it is not sent; see `ledger check`")]
    Changed(u64),
    /// There is no such intent in the campaign.
    #[error("the campaign has no intent {0}")]
    NoIntent(u64),
    /// There is no such campaign.
    #[error("the ledger has no campaign {0:?}")]
    NoCampaign(String),
    /// The name of a campaign cannot be used.
    #[error("the name of the campaign {0}")]
    Name(&'static str),
    /// The campaign was planned with another value.
    #[error(
        "the campaign {campaign:?} was planned with {field} {planned}, not {given}: repeat it as it was planned. Under another name \
         it would be another campaign, in which the same users get another coupon"
    )]
    OtherCampaign {
        /// The campaign.
        campaign: String,
        /// What differs.
        field: &'static str,
        /// The value of the campaign.
        planned: String,
        /// The value that was given.
        given: String,
    },
    /// Rows have the key of an earlier row, and another openid.
    #[error("{count} rows have a key that was planned with another openid: {}", shown(rows, *count))]
    OtherUser {
        /// The first ten: the line, and the key unless it is the openid.
        rows: Vec<(u64, Option<String>)>,
        /// How many there are.
        count: u64,
    },
    /// The list cannot be used.
    #[error(transparent)]
    List(#[from] ListError),
    /// A row gives no request that can be sent.
    #[error("line {line}: {error}")]
    Row {
        /// The line.
        line: u64,
        /// What is wrong.
        #[source]
        error: BuildError,
    },
    /// A coupon id belongs to another intent, so it cannot be that of this one.
    #[error("the coupon {coupon_id} is that of intent {intent}")]
    CouponTaken {
        /// The coupon.
        coupon_id: String,
        /// The intent that has it.
        intent: u64,
    },
    /// A coupon id was given for several intents, or for none.
    #[error("a coupon id can be given for one intent, and {0} were chosen")]
    OneIntent(u64),
    /// A flow file cannot be used.
    #[error(transparent)]
    Flow(FlowError),
    /// A row of a flow file belongs to another stock.
    #[error(
        "row {row} of the flow file is of stock {stock_id}, not of {given}: it is the file of another stock"
    )]
    OtherStock {
        /// The number of the row.
        row: u64,
        /// The stock of the row.
        stock_id: String,
        /// The stock that was given.
        given: String,
    },
    /// The same file was imported as another one.
    #[error("this file was imported already, as the {kind} file of stock {stock_id}, {}", of_day(date))]
    OtherFlow {
        /// `use` or `refund`.
        kind: String,
        /// The stock.
        stock_id: String,
        /// The day. Empty: the whole stock.
        date: String,
    },
    /// WeChat Pay has no file of the whole stock, and says the same as if there was nothing. But there was something.
    #[error(
        "there is no {kind} file of the whole stock {stock_id} yet: the ledger knows of what must be in it"
    )]
    NotYet {
        /// `use` or `refund`.
        kind: String,
        /// The stock.
        stock_id: String,
    },
    /// A file of refunds was given as one of redemptions.
    #[error("the flow file has columns of refunds (退款): import it as a file of refunds")]
    IsRefunds,
    /// A row of a flow file cannot be written as JSON.
    #[error("row {0} of the flow file cannot be kept")]
    UnwritableRow(u64),
    /// What is to be kept of a stock does not describe it.
    #[error("what is to be kept does not describe the stock {0}")]
    NotTheStock(String),
    /// A description of a stock cannot be read, although the file is whole.
    #[error("the ledger has a description of the stock {0} that cannot be read; see `ledger check`")]
    UnreadableSnapshot(String),
    /// A difference cannot be read, although the file is whole.
    #[error("the ledger has a difference {0} that cannot be read; see `ledger check`")]
    UnreadableDifference(u64),
    /// There is no such difference to be closed.
    #[error("the campaign has no open difference {0}")]
    NoDifference(u64),
    /// A difference is closed with a note only.
    #[error("a difference is closed with a note that says why")]
    NoNote,
    /// Openids are needed as long as intents are not final.
    #[error("{0} of these rows are not final, so nothing was forgotten: run the campaign, or settle them")]
    NotFinal(u64),
    /// It was not said whose openids are to be forgotten.
    #[error("it must be said whose openids are forgotten: of a campaign, of a user, or before a time")]
    NobodyToForget,
    /// A file exists that is not overwritten.
    #[error("{} exists already, and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// What was read could not be written to where the caller wants it.
    #[error("the output cannot be written")]
    Output(#[source] io::Error),
    /// A hash cannot be made.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The thread that writes has ended.
    #[error("the thread that writes the ledger has ended")]
    WriterEnded,
}

/// What kind of failure of a file or a database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StorageProblem {
    /// There is no space.
    #[error("the disk is full: make space, then run the same command again")]
    Full,
    /// It cannot be written.
    #[error("the file or its folder is read-only: the ledger and its folder must be writable")]
    ReadOnly,
    /// Another program has locked it.
    #[error("another program has locked it: end that program, then run the same command again")]
    Busy,
    /// It cannot be opened, or a file beside it cannot be made.
    #[error(
        "the file, or one of those beside it with -wal and -shm at the end, cannot be opened: its folder must exist and be writable"
    )]
    CannotOpen,
    /// It is damaged.
    #[error("the file is damaged: restore it from a backup; until then nothing can be sent safely")]
    Damaged,
    /// Reading or writing failed.
    #[error(
        "reading or writing failed: look at the disk, its quota and its limits, then run the same command again"
    )]
    Io,
    /// The database cannot be reached, or has closed the connection.
    #[error(
        "the database cannot be reached: look at its address and whether it runs, then run the same command again"
    )]
    Unreachable,
    /// The certificate of the database is not accepted.
    #[error("the certificate of the database is not accepted: look at sslmode and sslrootcert")]
    Certificate,
    /// The database refuses the user.
    #[error("the database refuses this user: look at its name, password and rights")]
    Denied,
    /// Anything else.
    #[error("the database failed")]
    Other,
}

fn of_day(date: &str) -> String {
    if date.is_empty() { "whole".to_owned() } else { format!("of {date}") }
}

fn shown(rows: &[(u64, Option<String>)], count: u64) -> String {
    let row = |(line, key): &(u64, Option<String>)| match key {
        Some(key) => format!("line {line} (key {key:?})"),
        None => format!("line {line}"),
    };
    let mut text = rows.iter().map(row).collect::<Vec<_>>().join(", ");
    if u64::try_from(rows.len()).is_ok_and(|rows| rows < count) {
        text.push_str(", …");
    }
    text
}
