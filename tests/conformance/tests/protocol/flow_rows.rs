//! The rows of a flow file, and their errors.

use std::io::{self, Cursor, Read};

use proptest::prelude::*;

use crate::*;

/// The documented layout: values with backticks, the last three columns in quotes, CRLF, and a trailer.
const HEADER: &str = "批次id,优惠id,优惠类型,优惠金额（元）,订单总金额（元）,交易类型,支付单号,消耗时间,消耗商户号,设备号,银行流水号,单品信息\r\n";
const ROW: &str = "`15000005,`18100032,`全场代金券,`1.00,`2.50,`支付,`4200000832202011279998765432,`2020-11-27 16:23:05,`1900000109,\"1000\",\"\",\"{\"\"goods_id\"\":\"\"a,b\"\"}\"\r\n";

fn ids(row: &FlowRow) -> (&str, &str) {
    (row.stock_id.as_ref().unwrap().as_str(), row.coupon_id.as_ref().unwrap().as_str())
}

fn rows(file: &str) -> Result<Vec<FlowRow>, FlowError> {
    FlowRows::new(file.as_bytes(), None).collect()
}

#[test]
fn the_documented_example_decodes() {
    let file = format!("{HEADER}{ROW}{ROW}总条数\r\n`2\r\n");
    let rows = rows(&file).unwrap();
    assert_eq!(rows.len(), 2);
    let row = &rows[0];
    assert_eq!(ids(row), ("15000005", "18100032"));
    assert_eq!(row.discount_type.as_deref(), Some("全场代金券"));
    assert_eq!((row.discount_amount, row.order_amount), (Some(Fen::new(100)), Some(Fen::new(250))));
    assert_eq!(row.trade_type.as_deref(), Some("支付"));
    assert_eq!(row.transaction_id.as_deref(), Some("4200000832202011279998765432"));
    let time = row.consume_time.as_ref().unwrap();
    // `TZ=Asia/Shanghai date -d '2020-11-27 16:23:05' +%s`
    assert_eq!((time.as_str(), time.unix_seconds()), ("2020-11-27T16:23:05+08:00", Some(1_606_465_385)));
    assert_eq!(row.consume_mchid.as_ref().unwrap().as_str(), "1900000109");
    assert_eq!((row.device.as_deref(), row.bank_serial_no.as_deref()), (Some("1000"), None));
    assert_eq!(row.goods.as_deref(), Some("{\"goods_id\":\"a,b\"}"));
    assert!(row.other.is_empty());
}

#[test]
fn columns_are_found_by_name_and_unknown_columns_are_kept() {
    let file = "\u{feff}退款单号,优惠id,合单优惠总金额(元),是否合单订单,批次id,新列（元）\r\n\
                `50000,`18100032,`0.05,`是,`15000005,`9.99\r\n\r\n总条数\n`1";
    let row = rows(file).unwrap().remove(0);
    assert_eq!(ids(&row), ("15000005", "18100032"));
    assert_eq!(row.combined_discount_amount, Some(Fen::new(5)));
    assert_eq!(row.combined.as_deref(), Some("是"));
    assert_eq!(
        (row.other("退款单号"), row.other("新列（元）"), row.other("别的")),
        (Some("50000"), Some("9.99"), None)
    );
    assert_eq!(row.discount_amount, None);
}

/// The first column with a name is used. Others with the same name are kept as unknown columns.
#[test]
fn a_duplicate_column_is_kept_as_an_unknown_column() {
    let file = "优惠id,优惠金额（元）,优惠金额,优惠id\n1,1.00,2.00,2\n总条数\n1\n";
    let row = &rows(file).unwrap()[0];
    assert_eq!(row.coupon_id, Some("1".into()));
    assert_eq!(row.discount_amount, Some(Fen::new(100)));
    assert_eq!((row.other("优惠金额"), row.other("优惠id")), (Some("2.00"), Some("2")));
    // As many columns as fit into a row. The time must be linear: quadratic time would take too long.
    let times = 80_000;
    let names = ["x", "优惠id"].map(|name| format!("{name},").repeat(times)).concat();
    let file = format!("{names}批次id\n{}7\n总条数\n1\n", "1,".repeat(2 * times));
    let row = &rows(&file).unwrap()[0];
    assert_eq!((ids(row), row.other.len()), (("7", "1"), 2 * times - 1));
}

#[test]
fn errors_name_the_row_and_the_problem() {
    const CUT_OFF: &str = "the flow file ends after 1 rows without a row count; it is truncated";
    let line = |row: &str| format!("{HEADER}{ROW}{row}总条数\r\n`2\r\n");
    for (file, message) in [
        (String::new(), "the flow file is empty"),
        ("总条数\r\n`1\r\n".to_owned(), "the flow file has 0 rows, but 1 are expected"),
        (HEADER.to_owned(), "the flow file ends after 0 rows without a row count; it is truncated"),
        (format!("{HEADER}{ROW}"), CUT_OFF),
        (format!("{HEADER}{ROW}总条数\r\n"), CUT_OFF),
        (format!("{HEADER}{ROW}总条数\r\n`x\r\n"), CUT_OFF),
        (format!("{HEADER}{ROW}总条数\r\n`2\r\n"), "the flow file has 1 rows, but 2 are expected"),
        (format!("{HEADER}{ROW}总条数\r\n`-1\r\n"), "the flow file has 1 rows, but -1 are expected"),
        (format!("{HEADER}{ROW}总条数\r\n`1\r\n{ROW}"), "the flow file continues after its row count"),
        (line("`1,`2\r\n"), "row 2 of the flow file has 2 values, but the header line has 12 columns"),
        (
            line(&ROW.replace("`1.00", "`1.005")),
            "row 2 of the flow file is invalid: 优惠金额 must be an amount in yuan with two decimals",
        ),
        (
            line(&ROW.replace("`2.50", "`2,50")),
            "row 2 of the flow file has 13 values, but the header line has 12 columns",
        ),
        (
            line(&ROW.replace("2020-11-27 16", "2020-13-27 16")),
            "row 2 of the flow file is invalid: 消耗时间 must be a time such as 2020-11-27 16:23:05",
        ),
        (
            line(&ROW.replace("`1.00", "`100")),
            "row 2 of the flow file is invalid: 优惠金额 must be an amount in yuan with two decimals",
        ),
    ] {
        assert_eq!(rows(&file).unwrap_err().to_string(), message);
    }
    // A file without rows may have no header line either.
    assert!(rows("总条数\r\n`0\r\n").unwrap().is_empty() && rows("总条数,\n0,").unwrap().is_empty());
    let not_utf8 = [HEADER.as_bytes(), b"`\xff\r\n"].concat();
    let error = FlowRows::new(not_utf8.as_slice(), None).next().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "row 1 of the flow file is not UTF-8");
}

#[test]
fn an_invalid_row_does_not_prevent_reading_the_others() {
    let broken = ROW.replace("`1.00", "`?");
    let file = [HEADER, ROW, &broken, "`1,`2\r\n", "`\u{0}"].concat();
    let file = [file.as_bytes(), b"\xff\r\n", ROW.as_bytes(), "总条数\r\n`5\r\n".as_bytes()].concat();
    let mut rows = FlowRows::new(file.as_slice(), Some(5));
    let read: Vec<_> = rows.by_ref().map(|row| row.map(drop)).collect();
    let problems: Vec<_> = read.iter().filter_map(|row| row.as_ref().err()).collect();
    assert_eq!((read.len(), problems.len()), (5, 3));
    assert!(problems.iter().all(|error| error.is_of_row()));
    assert_eq!(problems[2].to_string(), "row 4 of the flow file is not UTF-8");
    assert!(rows.next().is_none());
    // An error of the whole file ends the iteration.
    let mut rows = FlowRows::new(HEADER.as_bytes(), None);
    assert!(!rows.next().unwrap().unwrap_err().is_of_row() && rows.next().is_none());
}

#[test]
fn the_row_count_in_the_response_is_checked() {
    let file = format!("{HEADER}{ROW}{ROW}");
    let read =
        |file: &str, expected| FlowRows::new(file.as_bytes(), Some(expected)).collect::<Result<Vec<_>, _>>();
    assert_eq!(read(&file, 2).unwrap().len(), 2);
    assert_eq!(read(&file, 3).unwrap_err().to_string(), "the flow file has 2 rows, but 3 are expected");
    let with_trailer = format!("{file}总条数\r\n`2\r\n");
    assert_eq!(read(&with_trailer, 2).unwrap().len(), 2);
    assert_eq!(
        read(&with_trailer, 1).unwrap_err().to_string(),
        "the flow file has 2 rows, but 1 are expected"
    );
}

/// A file with one endless row.
struct Endless(u64);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(b'x');
        self.0 += buffer.len() as u64;
        Ok(buffer.len())
    }
}

#[test]
fn an_endless_row_is_an_error_in_bounded_memory() {
    let mut endless = Endless(0);
    let error = FlowRows::new(&mut endless, None).next().unwrap().unwrap_err();
    assert!(matches!(error, FlowError::Read(_)), "{error:?}");
    assert!(endless.0 <= FlowRow::MAX_LEN, "{}", endless.0);
    // The same in quotes, where a line break does not end the row.
    let quoted = Cursor::new(format!("{HEADER}\"")).chain(Endless(0));
    assert!(FlowRows::new(quoted, None).next().unwrap().is_err());
}

#[test]
fn rows_are_read_in_a_streaming_way() {
    // The file is never completely in memory.
    const ROWS: u32 = 100_000;
    let trailer = format!("总条数\r\n`{ROWS}\r\n");
    let file = HEADER.as_bytes().chain(Repeat { left: ROWS, position: 0 }).chain(trailer.as_bytes());
    let sum: i64 = FlowRows::new(file, None).map(|row| row.unwrap().discount_amount.unwrap().get()).sum();
    assert_eq!(sum, 100 * i64::from(ROWS));
}

/// A reader that repeats the same row.
struct Repeat {
    left: u32,
    position: usize,
}

impl Read for Repeat {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Ok(0);
        }
        let len = (&ROW.as_bytes()[self.position..]).read(buffer)?;
        self.position += len;
        if self.position == ROW.len() {
            (self.position, self.left) = (0, self.left - 1);
        }
        Ok(len)
    }
}

proptest! {
    #[test]
    fn any_file_is_read_without_panic(file in prop::collection::vec(any::<u8>(), 0..400), count in any::<Option<i64>>()) {
        // No panic, no endless loop, and no more rows than the file can contain.
        let rows: Vec<_> = FlowRows::new(file.as_slice(), count).collect();
        prop_assert!(rows.len() <= file.len() + 1);
    }

    #[test]
    fn quoted_columns_decode_to_the_original_text(text in "[^`].{0,40}", cut in any::<prop::sample::Index>()) {
        let quoted = format!("\"{}\"", text.replace('"', "\"\""));
        let row = ROW.replace("\"1000\"", &quoted);
        let file = format!("{HEADER}{row}总条数\r\n`1\r\n");
        let rows = rows(&file).unwrap();
        prop_assert_eq!(rows[0].device.as_deref(), Some(text.as_str()));
        // A file that is truncated anywhere is an error.
        let mut cut = cut.index(file.len());
        while !file.is_char_boundary(cut) {
            cut -= 1;
        }
        let whole = file.trim_end().len();
        if cut < whole {
            prop_assert!(FlowRows::new(&file.as_bytes()[..cut], None).any(|row| row.is_err()));
        }
    }
}
