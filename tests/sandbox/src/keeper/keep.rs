//! Keeps the state of a platform in its state file: reads it at the start, brings it to the disk, replaces the snapshot.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::keeper::slices::Slices;
use crate::persistence::{self, Opened, StateFileError, Store};
use crate::platform::Platform;
use crate::state::change::{Change, Counts};

/// How long changes wait for others, before all of them are brought to the disk.
const GATHER: Duration = Duration::from_millis(50);
/// A smaller journal is never replaced.
const SMALLEST_JOURNAL: u64 = 4 * 1024 * 1024;

/// A state file that is open, and the thread that brings changes to the disk. It ends when this is dropped.
pub(crate) struct Keeper {
    platform: Arc<Platform>,
    thread: Option<JoinHandle<()>>,
    /// Whether the file had a state.
    pub(crate) restored: bool,
    /// What people should know about it.
    pub(crate) notes: Vec<String>,
}

impl Keeper {
    /// Reads the state from a file, or creates the file with the state that the platform has.
    pub(crate) fn start(platform: Arc<Platform>, path: &Path) -> Result<Self, StateFileError> {
        let mut apply = |changes: Vec<Change>| {
            let mut state = platform.state();
            changes
                .into_iter()
                .try_for_each(|change| platform.apply(&mut state, change))
                .map_err(|e| e.to_string())
        };
        let mut all = Slices::new(&platform);
        let new = || std::iter::from_fn(|| all.next(&platform)).collect::<Vec<_>>();
        let opened = persistence::open(path, platform.credentials.mchid(), &mut apply, new)?;
        let Opened { store, writer, restored, notes } = opened;
        platform.state().set_writer(writer);
        // A platform has one store, and this is the only place that sets it.
        let _ = platform.store.set(store);
        // Those that the file has, before any request.
        let (keeping, counts) = (Arc::clone(&platform), platform.state().counts());
        let thread = std::thread::Builder::new().name("wechatpay-sandbox state".to_owned());
        let thread = thread.spawn(move || keep(&keeping, counts));
        let thread = thread.map_err(|source| StateFileError::Io { path: path.to_owned(), source })?;
        Ok(Self { platform, thread: Some(thread), restored, notes })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if let Some(store) = self.platform.store.get() {
            store.signals().stop();
        }
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has already been printed.
            let _ = thread.join();
        }
    }
}

/// `counts` are those that are written.
fn keep(platform: &Arc<Platform>, mut counts: Counts) {
    let Some(store) = platform.store.get() else { return };
    let (mut saving, mut next_try) = (None::<JoinHandle<io::Result<u64>>>, 0);
    loop {
        let more = store.signals().wait(GATHER);
        record_counts(platform, &mut counts);
        let (file, len) = {
            let state = platform.state();
            (state.writer().map(|writer| writer.file()), state.writer().map_or(0, |writer| writer.len()))
        };
        if let Some(Err(error)) = file.map(|file| file.sync_data()) {
            store.signals().fail(format!("the disk reports an error: {error}"));
        }
        if let Some(ended) = saving.take_if(|saving| !more || saving.is_finished()) {
            // If it failed, for example because the disk is full, the journals go on.
            next_try = if matches!(ended.join(), Ok(Ok(_))) { 0 } else { len.saturating_mul(2) };
        }
        if !more {
            return;
        }
        if saving.is_none() && len > next_try.max(SMALLEST_JOURNAL).max(store.snapshot_bytes()) {
            // In another thread, because changes have to reach the disk in the meantime.
            let platform = Arc::clone(platform);
            let save = move || platform.store.get().map_or(Ok(0), |store| save(&platform, store));
            saving =
                std::thread::Builder::new().name("wechatpay-sandbox snapshot".to_owned()).spawn(save).ok();
        }
    }
}

/// Writes the counts, if they changed. Nothing was answered with them, so an error does not matter here.
fn record_counts(platform: &Platform, written: &mut Counts) {
    let mut state = platform.state();
    let counts = state.counts();
    if counts != *written && state.record(&[Change::Counts(counts.clone())]).is_ok() {
        *written = counts;
    }
}

/// Replaces the snapshot with the present state, and returns its size.
pub(crate) fn save(platform: &Platform, store: &Store) -> io::Result<u64> {
    store.replace_snapshot(|writer| {
        let mut state = platform.state();
        let before = state.set_writer(writer);
        let mut all = Slices::new_of(&state);
        // Nothing that is in the new journal may survive a power failure without what precedes it.
        let synced = before.map_or(Ok(()), |before| before.file().sync_data());
        drop(state);
        synced?;
        Ok(move || match all.next(platform) {
            None if all.outdated => Err(io::Error::other("the state was reset in the meantime")),
            changes => Ok(changes),
        })
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "it measures time")]

    use std::time::Instant;

    use serde_json::json;

    use super::*;
    use crate::credentials::Credentials;
    use crate::options::Options;
    use crate::sandbox::Sandbox;
    use crate::state::coupon::Coupon;
    use crate::state::stock::Stock;

    const NOW: u64 = 1_795_363_200;
    const COUPONS: u32 = 1_000_000;

    /// Sends coupons without requests, and returns the nanoseconds of each.
    fn send(sandbox: &Sandbox, coupons: u32) -> u128 {
        let platform = sandbox.platform();
        let mchid = platform.credentials.mchid();
        let stock = json!({
            "id": "10000001", "created": NOW, "merchants": { "entries": [] }, "items": { "entries": [] },
            "max_amount": 1, "status": "running", "terms": {
                "stock_name": "s", "belong_merchant": mchid, "out_request_no": "1", "no_cash": true,
                "available_begin_time": "2026-11-23T00:00:00+08:00", "available_end_time": "2026-11-30T00:00:00+08:00",
                "stock_use_rule": {
                    "max_coupons": 1, "max_amount": 1, "max_coupons_per_user": 1, "natural_person_limit": false,
                    "prevent_api_abuse": false,
                },
                "coupon_use_rule": { "available_merchants": [mchid] }, "stock_type": "NORMAL",
            },
        });
        let stock: Box<Stock> = serde_json::from_value(stock).unwrap();
        let stock_id = stock.id;
        platform.state().change(Change::Stock(stock)).unwrap();
        let start = Instant::now();
        for number in 0..coupons {
            let mut state = platform.state();
            let coupon = Coupon {
                id: state.coupons.next_id(),
                openid: format!("o{number:027}").into(),
                stock_id,
                out_request_no: format!("campaign-2026-{number:010}").into(),
                sent: NOW,
                used: None,
            };
            state.change(Change::Coupon(coupon)).unwrap();
        }
        start.elapsed().as_nanos().div_euclid(coupons.into())
    }

    /// A coupon of a stock that comes while the snapshot is written must not be in it without its stock.
    #[test]
    fn a_snapshot_has_nothing_without_what_it_refers_to() {
        let sandbox = Sandbox::new(Credentials::generate(NOW).unwrap()).unwrap();
        let platform = sandbox.platform();
        send(&sandbox, 300);
        let mut parts = Slices::new(&platform);
        let mut read = vec![parts.next(&platform).unwrap(), parts.next(&platform).unwrap()];
        assert!(matches!(read[1].as_slice(), [Change::Stock(_)]), "the stocks are read");
        let mut state = platform.state();
        let mut stock = state.stocks.at(0).unwrap().clone();
        (stock.id, stock.sent) = (state.stocks.next_id(), Default::default());
        let mut coupon = state.coupons.at(0).unwrap().clone();
        (coupon.id, coupon.stock_id) = (state.coupons.next_id(), stock.id);
        (coupon.openid, coupon.out_request_no) = ("o".into(), "n".into());
        state.change_all(vec![Change::Stock(Box::new(stock)), Change::Coupon(coupon)]).unwrap();
        drop(state);
        read.extend(std::iter::from_fn(|| parts.next(&platform)));
        let restored = Sandbox::new(Credentials::generate(NOW).unwrap()).unwrap().platform();
        for change in read.into_iter().flatten() {
            restored.apply(&mut restored.state(), change).unwrap();
        }
        let state = restored.state();
        assert_eq!((state.stocks.len(), state.coupons.len()), (1, 300));
    }

    #[test]
    fn a_journal_that_has_outgrown_the_snapshot_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state");
        let options = || Options::new().state_file(&file);
        let credentials = Credentials::generate(NOW).unwrap();
        let sandbox = Sandbox::with_options(credentials.clone(), options()).unwrap();
        let platform = sandbox.platform();
        let store = platform.store.get().unwrap();
        let first = store.snapshot_bytes();
        // Each takes more than 150 bytes.
        send(&sandbox, 30_000);
        while store.snapshot_bytes() == first {
            std::thread::yield_now();
        }
        drop(platform);
        drop(sandbox);
        let journal = |number: u32| folder.path().join(format!("state.journal-{number}"));
        assert!(!journal(1).exists() && journal(2).exists());
        let sandbox = Sandbox::with_options(credentials, options()).unwrap();
        assert_eq!(sandbox.platform().state().coupons.len(), 30_000);
    }

    /// What a state file costs.
    ///
    /// ```text
    /// cargo test --release -p wechatpay-sandbox --lib -- --ignored --nocapture a_million_changes
    /// ```
    #[test]
    #[ignore = "a measurement; run it in release"]
    fn a_million_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state");
        let credentials = Credentials::generate(NOW).unwrap();
        let without = send(&Sandbox::new(credentials.clone()).unwrap(), COUPONS);
        let kept = || Sandbox::with_options(credentials.clone(), Options::new().state_file(&file)).unwrap();
        let sandbox = kept();
        let with = send(&sandbox, COUPONS);
        let start = Instant::now();
        drop(sandbox);
        println!("a coupon: {without} ns without a state file, {with} ns with it; end {:?}", start.elapsed());
        let start = Instant::now();
        let sandbox = kept();
        println!("start with {} coupons: {:?}", sandbox.platform().state().coupons.len(), start.elapsed());
        let start = Instant::now();
        let bytes = save(&sandbox.platform(), sandbox.platform().store.get().unwrap()).unwrap();
        println!("save: {:?}, {bytes} bytes", start.elapsed());
    }
}
