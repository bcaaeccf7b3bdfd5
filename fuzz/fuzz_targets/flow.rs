//! Any flow file: reading ends, the rows are the same if the file is read at once or in small pieces, there is no row
//! after a final error, and rows are the same after they were stored as JSON.
#![no_main]

use std::io::{self, Read};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wechatpay_core::cashcoupons::{FlowError, FlowRow, FlowRows};
use wechatpay_fuzz::show;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    expected: Option<i8>,
    step: u8,
    header: Header,
    file: &'a [u8],
}

#[derive(Debug, Arbitrary)]
enum Header {
    None,
    Documented,
}

const DOCUMENTED: &[u8] =
    "批次id,优惠id,优惠类型,优惠金额（元）,订单总金额（元）,交易类型,支付单号,消耗时间,\
    消耗商户号,设备号,银行流水号,单品信息\n"
        .as_bytes();

/// A reader that returns a few bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.1.min(buffer.len());
        self.0.read(&mut buffer[..most])
    }
}

/// Asserts that a row is the same after it was stored as JSON.
fn stored<T: Serialize + DeserializeOwned + PartialEq>(row: &T) {
    let json = serde_json::to_string(row).unwrap();
    assert!(serde_json::from_str::<T>(&json).unwrap() == *row, "{json}");
}

fn read_all(file: impl Read, expected: Option<i64>, lines: usize) -> Vec<Result<FlowRow, String>> {
    let mut rows = FlowRows::new(file, expected);
    let mut all = Vec::new();
    while let Some(row) = rows.next() {
        let is_final = row.as_ref().is_err_and(|error| !error.is_of_row());
        if let Err(error) = &row {
            show(error);
        }
        match &row {
            Ok(row) => stored(row),
            Err(FlowError::Row(unread)) => {
                assert_eq!(unread.number(), all.len() as u64 + 1);
                std::hint::black_box((unread.values(), unread.text()));
                stored(&**unread);
            }
            Err(_) => {}
        }
        all.push(row.map_err(|error: FlowError| format!("{error:?}")));
        assert!(all.len() <= lines + 1, "more rows than lines");
        assert!(!is_final || rows.next().is_none());
    }
    assert!(rows.next().is_none());
    all
}

fuzz_target!(|input: Input<'_>| {
    let header = match input.header {
        Header::None => &b""[..],
        Header::Documented => DOCUMENTED,
    };
    let file = [header, input.file].concat();
    let lines = file.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    let expected = input.expected.map(i64::from);
    let at_once = read_all(&file[..], expected, lines);
    let in_pieces = read_all(Slow(&file, usize::from(input.step) + 1), expected, lines);
    assert_eq!(at_once, in_pieces);
    std::hint::black_box(format!("{at_once:?}"));
});
