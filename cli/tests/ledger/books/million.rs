//! A flow file of a million rows. Run by `.ci/long`.

use std::io::Read;

use wechatpay_cli::ledger::{FlowFile, FlowKind, Ledger as _};
use wechatpay_core::cashcoupons::FlowRows;

use super::made_up::{LATER, STOCK};
use crate::common::Kept;

const ROWS: u64 = 1_000_000;

/// The file, made while it is read.
struct Made {
    next: u64,
    buffer: Vec<u8>,
}

impl Read for Made {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.buffer.len() < into.len() && self.next <= ROWS + 1 {
            let line = match self.next {
                0 => "批次id,优惠id,优惠金额（元）,支付单号,消耗时间\r\n".to_owned(),
                row if row <= ROWS => {
                    format!("`{STOCK},`{row},`1.00,`4200{row:024},`2026-11-23 10:00:00\r\n")
                }
                _ => format!("总条数\r\n`{ROWS}\r\n"),
            };
            self.buffer.extend(line.into_bytes());
            self.next += 1;
        }
        let len = into.len().min(self.buffer.len());
        into[..len].copy_from_slice(&self.buffer[..len]);
        self.buffer.drain(..len);
        Ok(len)
    }
}

/// What this process has ever had in memory, in KiB.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "takes a minute"]
fn a_million_rows_take_little_memory() {
    let mut kept = Kept::with_users(3);
    let before = peak();
    let file = FlowFile::new(FlowKind::Use, STOCK.into(), None, "a".repeat(40), LATER);
    let mut rows = FlowRows::new(Made { next: 0, buffer: Vec::new() }, None);
    let imported = kept.ledger.import_flow(&file, &mut rows).unwrap();
    assert_eq!((imported.rows, imported.total.get()), (ROWS, 100_000_000));
    let differences = kept.ledger.reconcile("c", LATER).unwrap();
    assert_eq!(differences.open, ROWS, "none of these coupons was sent");
    let grown = peak() - before;
    println!("{grown} KiB");
    assert!(grown < 150 * 1024, "{grown} KiB");
}
