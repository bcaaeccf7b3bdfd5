use std::io;

use wechatpay_core::bulk::{Policy, Store};
use wechatpay_core::cashcoupons::{FlowError, FlowRow, SendCoupon, StockId};
use wechatpay_core::types::UnixMillis;

use super::export::Export;
use super::sql::{Database, books, campaigns, check, forget, notifications, plan, reads, report, resolve};
use super::{
    Author, Binding, Campaign, Checked, Counts, Difference, Differences, Entry, FlowFile, Forgettable,
    Forgetting, Forgotten, ForwardEnd, Forwards, Heard, HeardCounts, Imported, IntentRow, LedgerError,
    Location, Minute, Plan, Planned, RefusalGroup, Report, Resolution, Resolved, Selection, Sent, Worker,
};
use crate::list::{Columns, ListError, Row};

/// A ledger: campaigns with all that is known of them. Facts are only ever added, and where an intent stands follows from
/// its facts.
///
/// Every method does all that it says, or nothing. All of them block.
pub trait Ledger: Database {
    /// What a sender works with.
    type Store: Store<SendCoupon, Error = LedgerError> + Send + 'static;
    /// The right to run the campaigns of the ledger. It ends when it is dropped, and with the process.
    type Lock;

    /// Returns to what the ledger belongs.
    fn binding(&self) -> &Binding {
        self.bound()
    }

    /// Returns where the ledger is.
    fn location(&self) -> &Location {
        self.place()
    }

    /// Adds the rows of a list to a campaign, which is created if it does not exist. The rows are read one by one.
    ///
    /// The number of each coupon follows from merchant, campaign, key and the how-many-th row of its key it is, so the
    /// same list in any order changes nothing, and a longer one adds the rows that are new.
    ///
    /// # Errors
    /// [`LedgerError::OtherCampaign`] if the campaign has another stock, app, creator or key column.
    /// [`LedgerError::OtherUser`] if a key has another openid than before. [`LedgerError::List`] if the list is wrong.
    fn plan(
        &mut self,
        plan: &Plan,
        columns: &Columns,
        rows: &mut dyn Iterator<Item = Result<Row, ListError>>,
    ) -> Result<Planned, LedgerError> {
        let mchid = self.bound().mchid.clone();
        self.write(|sql| plan::plan(sql, &mchid, plan, columns, rows))
    }

    /// Returns all campaigns, in the order in which they were planned.
    ///
    /// # Errors
    /// [`LedgerError`] when they cannot be read.
    fn campaigns(&mut self) -> Result<Vec<Campaign>, LedgerError> {
        self.read(campaigns::all)
    }

    /// Returns a campaign.
    ///
    /// # Errors
    /// [`LedgerError::NoCampaign`] if there is none with this name.
    fn campaign(&mut self, name: &str) -> Result<Campaign, LedgerError> {
        self.read(|sql| campaigns::named(sql, name).map(|(_, campaign)| campaign))
    }

    /// Takes the right to run the campaigns of this ledger. At most one process has it.
    ///
    /// # Errors
    /// [`LedgerError::InUse`] if another one has it.
    fn lock_run(&self) -> Result<Self::Lock, LedgerError>;

    /// Takes the right to run the campaigns of this ledger together with those who have taken it in this way, and waits
    /// until no other process has it alone. In a file of SQLite, at most one process has it in any way.
    ///
    /// # Errors
    /// [`LedgerError`] when one cannot wait for it.
    fn join_run(&self) -> Result<Self::Lock, LedgerError>;

    /// Opens a campaign for a sender. The policy must be that of the sender.
    ///
    /// # Errors
    /// [`LedgerError::NoCampaign`] if there is none with this name.
    fn store(&self, lock: &Self::Lock, campaign: &str, policy: &Policy) -> Result<Self::Store, LedgerError>;

    /// Counts the intents of a campaign by where they stand.
    ///
    /// # Errors
    /// [`LedgerError::NoCampaign`] if there is none with this name.
    fn counts(&mut self, campaign: &str) -> Result<Counts, LedgerError> {
        self.read(|sql| reads::counts(sql, campaigns::id(sql, campaign)?))
    }

    /// Returns the workers of a campaign that were heard of in the last half minute. In a file there are none: see
    /// [`lock_run`](Self::lock_run).
    ///
    /// # Errors
    /// [`LedgerError::NoCampaign`] if there is none with this name.
    fn workers(&mut self, campaign: &str) -> Result<Vec<Worker>, LedgerError> {
        self.read(|sql| campaigns::id(sql, campaign))?;
        Ok(Vec::new())
    }

    /// Counts the refused intents of a campaign by code, the most frequent ones first.
    ///
    /// # Errors
    /// [`LedgerError::NoCampaign`] if there is none with this name.
    fn refusals(&mut self, campaign: &str) -> Result<Vec<RefusalGroup>, LedgerError> {
        self.read(|sql| reads::refusals(sql, campaigns::id(sql, campaign)?))
    }

    /// Counts the attempts of a campaign that began since then, by minute.
    ///
    /// # Errors
    /// [`LedgerError::NoCampaign`] if there is none with this name.
    fn minutes(&mut self, campaign: &str, since: UnixMillis) -> Result<Vec<Minute>, LedgerError> {
        self.read(|sql| reads::minutes(sql, campaigns::id(sql, campaign)?, since))
    }

    /// Returns all that a report shows of a campaign: counts and sums of one moment. `now` is for the age of differences.
    ///
    /// # Errors
    /// [`LedgerError::NoCampaign`] if there is none with this name.
    fn report(&mut self, campaign: &str, now: UnixMillis) -> Result<Report, LedgerError> {
        self.read(|sql| report::report(sql, campaign, now))
    }

    /// Hands intents of a campaign to `take`, one by one, in the order in which they were planned. Returns how many.
    ///
    /// # Errors
    /// [`LedgerError::NoCampaign`] if there is none with this name, and the errors of `take`.
    fn intents(
        &mut self,
        campaign: &str,
        selection: &Selection,
        take: &mut dyn FnMut(IntentRow) -> Result<(), LedgerError>,
    ) -> Result<u64, LedgerError> {
        let mchid = self.bound().mchid.clone();
        self.read(|sql| reads::intents(sql, &mchid, campaign, selection, take))
    }

    /// Writes intents of a campaign as CSV: the columns of the list in their order, then `standing`, `coupon_id`,
    /// `out_request_no`, `code`, `attempts` and `last_at`, the time of the last attempt. A name that the list has, too, gets
    /// `ledger_` before it. Returns how many were written.
    ///
    /// # Errors
    /// [`LedgerError::Output`] when it cannot be written.
    fn export(
        &mut self,
        campaign: &str,
        selection: &Selection,
        to: &mut dyn io::Write,
    ) -> Result<u64, LedgerError> {
        let mut export = Export::begin(&self.campaign(campaign)?, to)?;
        let written = self.intents(campaign, selection, &mut |row| export.row(&row))?;
        export.end()?;
        Ok(written)
    }

    /// Adds what a person says about intents. No run may be under way, because it would not hear of it.
    ///
    /// # Errors
    /// [`LedgerError::CouponTaken`] if the coupon is that of another intent. [`LedgerError::OneIntent`] if a coupon is
    /// given for several.
    fn resolve(
        &mut self,
        _lock: &Self::Lock,
        campaign: &str,
        selection: &Selection,
        resolution: &Resolution,
        author: &Author,
        policy: &Policy,
    ) -> Result<Resolved, LedgerError> {
        let mchid = self.bound().mchid.clone();
        self.write(|sql| {
            let ids = reads::ids(sql, &mchid, campaign, selection)?;
            resolve::resolve(sql, &ids, resolution, author, policy)
        })
    }

    /// Pauses a campaign. A run ends when it next looks.
    ///
    /// # Errors
    /// [`LedgerError::NoCampaign`] if there is none with this name.
    fn pause(&mut self, campaign: &str) -> Result<(), LedgerError> {
        self.write(|sql| campaigns::pause(sql, campaign))
    }

    /// Lets a campaign go on that was paused or has stopped. What stopped it is forgotten.
    ///
    /// # Errors
    /// [`LedgerError::NoCampaign`] if there is none with this name.
    fn resume(&mut self, campaign: &str) -> Result<(), LedgerError> {
        self.write(|sql| campaigns::resume(sql, campaign))
    }

    /// Notes that somebody gave a command. Neither text may contain a secret or an openid.
    ///
    /// # Errors
    /// [`LedgerError`] when it cannot be written.
    fn note(&mut self, who: &str, command: &str, arguments: &str) -> Result<(), LedgerError> {
        self.write(|sql| resolve::note(sql, who, command, arguments))
    }

    /// Returns the commands, the first ones first.
    ///
    /// # Errors
    /// [`LedgerError`] when they cannot be read.
    fn notes(&mut self) -> Result<Vec<Entry>, LedgerError> {
        self.read(resolve::notes)
    }

    /// Keeps notifications, each exactly once by its id, with the uses of coupons of which they tell. Returns for each
    /// whether it was new. When this returns, they are durable, and can be accepted.
    ///
    /// # Errors
    /// [`LedgerError`] when they cannot be written. None of them was kept then, so they must not be accepted.
    fn keep_notifications(&mut self, heard: &[Heard]) -> Result<Vec<bool>, LedgerError> {
        self.write(|sql| notifications::keep(sql, heard))
    }

    /// Notes what became of a callback that was forwarded, and hands out the next one that is due `now`, in the order in
    /// which they arrived. It is due again at `until` if nothing is noted by then: when its process has ended.
    ///
    /// # Errors
    /// [`LedgerError`] when it cannot be read or written.
    fn forward(
        &mut self,
        ended: Option<ForwardEnd>,
        now: UnixMillis,
        until: UnixMillis,
    ) -> Result<Forwards, LedgerError> {
        self.write(|sql| notifications::forward(sql, ended, now, until))
    }

    /// Counts the notifications.
    ///
    /// # Errors
    /// [`LedgerError`] when they cannot be read.
    fn heard(&mut self) -> Result<HeardCounts, LedgerError> {
        self.read(notifications::counts)
    }

    /// Imports a flow file, row by row. The same file again adds nothing. A row that cannot be read is kept as it is. In
    /// whatever order files are imported, the ledger then has the same uses and refunds.
    ///
    /// A file that has another number of rows than it states is imported, and [`reconcile`](Self::reconcile) says so.
    ///
    /// # Errors
    /// [`LedgerError::Flow`] if it is no flow file, or is truncated. [`LedgerError::OtherStock`] if it is of another stock,
    /// [`LedgerError::OtherFlow`] if it was imported as another file. [`LedgerError::NotYet`] if there is nothing of the whole
    /// stock, but the ledger knows of something. [`LedgerError::IsRefunds`] if refunds were given as
    /// redemptions.
    fn import_flow(
        &mut self,
        file: &FlowFile,
        rows: &mut dyn Iterator<Item = Result<FlowRow, FlowError>>,
    ) -> Result<Imported, LedgerError> {
        self.write(|sql| books::import(sql, file, rows))
    }

    /// Counts the coupons of a stock that all campaigns have sent. Call it before the stock is asked for, for
    /// [`keep_stock`](Self::keep_stock).
    ///
    /// # Errors
    /// [`LedgerError`] when they cannot be read.
    fn sent_of_stock(&mut self, stock_id: &StockId) -> Result<Sent, LedgerError> {
        self.read(|sql| books::sent(sql, stock_id))
    }

    /// Keeps what WeChat Pay says of a stock: its answer, as received. `before` was counted before it was asked for, so
    /// that it can be compared while coupons are sent.
    ///
    /// # Errors
    /// [`LedgerError::NotTheStock`] if the answer is about another stock.
    fn keep_stock(
        &mut self,
        stock_id: &StockId,
        answer: &str,
        before: Sent,
        at: UnixMillis,
    ) -> Result<(), LedgerError> {
        self.write(|sql| books::keep_snapshot(sql, stock_id, answer, before, at))
    }

    /// Compares the books of a campaign: what was sent, used, booked and refunded, as far as the ledger has heard of it.
    /// [`Class`](super::Class) says what is a difference. Doing it twice adds nothing. No intent changes.
    ///
    /// Two coupons for one number ([`Class::R3`](super::Class::R3)) stop the campaign, until a person has closed this
    /// difference and resumed the campaign.
    ///
    /// # Errors
    /// [`LedgerError::NoCampaign`] if there is none with this name.
    fn reconcile(&mut self, campaign: &str, now: UnixMillis) -> Result<Differences, LedgerError> {
        self.write(|sql| books::reconcile(sql, campaign, now))
    }

    /// Hands the differences of a campaign to `take`, also those that are closed or gone, as they were when its books were
    /// last compared. In the order in which they were found first.
    ///
    /// # Errors
    /// [`LedgerError::NoCampaign`] if there is none with this name, and the errors of `take`.
    fn differences(
        &mut self,
        campaign: &str,
        take: &mut dyn FnMut(Difference) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        self.read(|sql| books::list(sql, campaign, take))
    }

    /// Closes an open difference: the author accepts what it says. It is open again if that changes.
    ///
    /// # Errors
    /// [`LedgerError::NoDifference`] if the campaign has no such open difference, [`LedgerError::NoNote`] without a note.
    fn close_difference(&mut self, campaign: &str, id: u64, author: &Author) -> Result<(), LedgerError> {
        self.write(|sql| books::close(sql, campaign, id, author))
    }

    /// Counts the rows whose openid would be forgotten.
    ///
    /// # Errors
    /// [`LedgerError::NobodyToForget`] without a condition.
    fn forgettable(&mut self, meant: &Forgetting) -> Result<Forgettable, LedgerError> {
        self.read(|sql| forget::count(sql, meant))
    }

    /// Forgets openids: of the rows that are meant, the openid, the key if it is the openid, and all other cells; then
    /// removes what the storage still has of them. Their numbers, lanes and hashes stay, so the same list still sends
    /// nobody a second coupon. No run may be under way.
    ///
    /// # Errors
    /// [`LedgerError::NotFinal`] if one of the rows is not final, [`LedgerError::NobodyToForget`] without a condition.
    /// Nothing is forgotten then. After any other error, do it again.
    fn forget(
        &mut self,
        _lock: &Self::Lock,
        meant: &Forgetting,
        now: UnixMillis,
    ) -> Result<Forgotten, LedgerError> {
        let rows = self.write(|sql| forget::forget(sql, meant, now))?.rows;
        // Also if there was nothing: an earlier attempt may have ended before this.
        Ok(Forgotten { rows, scrubbed: self.scrub()? })
    }

    /// Looks for damage and contradictions in the whole ledger. What is found is no error.
    ///
    /// # Errors
    /// [`LedgerError`] when it cannot be read.
    fn check(&mut self) -> Result<Checked, LedgerError> {
        let mchid = self.bound().mchid.clone();
        self.read(|sql| check::check(sql, &mchid))
    }
}
