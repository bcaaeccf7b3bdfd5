//! Measurements, not tests: a million intents.
//!
//! ```text
//! cargo test --release -p wechatpay-cli --no-default-features --test ledger -- --ignored --nocapture a_million
//! ```

use std::io::{self, Read};
use std::time::Instant;

use wechatpay_cli::ledger::{Ledger as _, Selection};
use wechatpay_cli::list::ListReader;
use wechatpay_core::bulk::Store as _;

use super::common::{Kept, NOW, batch, began, plan, sent};

const INTENTS: u64 = 1_000_000;
const GROUP: usize = 100;

/// A list that is made while it is read.
struct Made {
    next: u64,
    line: Vec<u8>,
    at: usize,
}

impl Read for Made {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            self.line = match self.next {
                0 => b"openid,member\n".to_vec(),
                number if number > INTENTS => return Ok(0),
                // In no order, with texts of usual lengths.
                number => {
                    format!("oUpF8uM{:021},{number:010}\n", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).into()
                }
            };
            (self.next, self.at) = (self.next + 1, 0);
        }
        let len = buffer.len().min(self.line.len() - self.at);
        buffer[..len].copy_from_slice(&self.line[self.at..self.at + len]);
        self.at += len;
        Ok(len)
    }
}

#[test]
#[ignore = "a measurement; run it in release"]
fn a_million_intents() {
    let mut kept = Kept::new();
    let resident = resident_kib();
    for again in ["planned", "planned again"] {
        let start = Instant::now();
        let mut rows = ListReader::new(Made { next: 0, line: Vec::new(), at: 0 }, Some("member")).unwrap();
        let columns = rows.columns().clone();
        let planned = kept.ledger.plan(&plan("c"), &columns, &mut rows).unwrap();
        println!("{again} in {:.1} s: {planned:?}", start.elapsed().as_secs_f64());
    }
    println!("resident: {} MiB more", (resident_kib() - resident) / 1024);

    let start = Instant::now();
    let mut store = kept.store();
    let mut coupon = 0;
    loop {
        let lease = store.lease(GROUP).unwrap();
        store.record(&batch(lease.intents.iter().map(|intent| (intent.id, began(1, NOW))))).unwrap();
        let ends = lease.intents.iter().map(|intent| {
            coupon += 1;
            (intent.id, sent(1, &format!("9867{coupon:016}")))
        });
        store.record(&batch(ends)).unwrap();
        if !lease.more {
            break;
        }
    }
    drop(store);
    let rate = u128::from(INTENTS) * 1000 / start.elapsed().as_millis();
    println!("{rate} intents a second, each with two records, in groups of {GROUP}");
    println!("resident: {} MiB more", (resident_kib() - resident) / 1024);

    let start = Instant::now();
    let counts = kept.ledger.counts("c").unwrap();
    println!("counted in {:.3} s: {counts:?}", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let minutes = kept.ledger.minutes("c", 0).unwrap();
    println!("by minute in {:.3} s: {}", start.elapsed().as_secs_f64(), minutes.len());
    let start = Instant::now();
    let written = kept.ledger.export("c", &Selection::All, &mut io::sink()).unwrap();
    println!("exported {written} in {:.1} s", start.elapsed().as_secs_f64());
    use_coupons(&kept);
    let start = Instant::now();
    let before = resident_kib();
    let report = kept.ledger.report("c", NOW).unwrap();
    let used: u64 = report.used.iter().map(|minute| minute.coupons).sum();
    println!(
        "reported in {:.1} s: {used} used, in {} minutes",
        start.elapsed().as_secs_f64(),
        report.used.len()
    );
    println!("resident: {} MiB more", (resident_kib() - before) / 1024);
    let start = Instant::now();
    let checked = kept.ledger.check().unwrap();
    println!("checked in {:.1} s: {} findings", start.elapsed().as_secs_f64(), checked.findings.len());
    let start = Instant::now();
    let copy = kept.folder().join("copy.db");
    kept.ledger.sqlite().unwrap().backup(&copy).unwrap();
    println!("copied in {:.1} s", start.elapsed().as_secs_f64());
    println!("{} bytes per intent", std::fs::metadata(&copy).unwrap().len() / INTENTS);
    println!("resident: {} MiB more", (resident_kib() - resident) / 1024);
}

/// A third of the coupons is used, within three months, and booked.
fn use_coupons(kept: &Kept) {
    let third = "FROM intent WHERE coupon_id IS NOT NULL AND id % 3 = 0";
    let at = format!("{NOW} + id * 7919000 % 7776000000");
    kept.sql(&format!(
        "INSERT INTO use_seen(coupon_id, transaction_id, source, stock_id, at, fen, received_at) \
         SELECT coupon_id, 't' || id, 'callback', '9865000', {at}, 100, {at} {third}"
    ));
    kept.sql(&format!(
        "INSERT INTO flow_row(kind, stock_id, bill_date, sha1, line, coupon_id, transaction_id, fen, at, raw) \
         SELECT 'use', '9865000', '', 'a', id, coupon_id, 't' || id, 100, {at}, '[]' {third}"
    ));
}

/// The memory of this process, on Linux; 0 elsewhere.
fn resident_kib() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
