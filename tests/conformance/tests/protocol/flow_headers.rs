//! The header lines of flow files, and files that are none.

use crate::*;

/// Reads a file with one row, which must be readable.
#[track_caller]
fn row(header: &str, row: &str) -> FlowRow {
    let file = format!("{header}\r\n{row}\r\n总条数\r\n`1\r\n");
    let rows: Result<Vec<_>, _> = FlowRows::new(file.as_bytes(), None).collect();
    rows.unwrap_or_else(|error| panic!("{header}: {error}")).remove(0)
}

#[test]
fn known_columns_are_found_however_they_are_written() {
    let documented = "批次id,优惠id,优惠金额（元）,订单总金额（元）,支付单号,消耗时间";
    let values = "`1,`2,`1.00,`2.50,`42,`2020-11-27 16:23:05";
    let expected = row(documented, values);
    assert_eq!((expected.discount_amount, expected.order_amount), (Some(Fen::new(100)), Some(Fen::new(250))));
    for header in [
        "批次ID,优惠ID,优惠金额,订单总金额,支付单号,消耗时间",
        "批次Id,优惠Id,优惠金额(元),订单总金额(元),支付单号,消耗时间",
        "\u{feff}批次 id, 优惠 id ,优惠金额 （元）,订单总金额( 元 ),\u{3000}支付单号,消耗时间\t",
        "\u{feff}\"批次id\",\"优惠id\",\"优惠金额（元）\",\"订单总金额（元）\",\"支付单号\",\"消耗时间\"",
        "`批次id,`优惠id,`优惠金额（元）,`订单总金额（元）,`支付单号,`消耗时间",
        "批次ｉｄ,优惠ＩＤ,优惠金额（单位：元）,订单总金额【元】,【支付单号】,[消耗时间]",
        "批次_id,优惠-id,优惠金额（人民币）,订单总金额（RMB）,支付单号,消耗时间",
    ] {
        assert_eq!(row(header, values), expected, "{header}");
    }
}

#[test]
fn an_amount_in_another_unit_is_not_read_as_yuan() {
    for name in
        ["优惠金额（分）", "优惠金额(分)", "优惠金额（单位：分）", "优惠金额（美元）", "优惠金额（万元）"]
    {
        let row = row(&format!("优惠id,{name}"), "`2,`1.00");
        assert_eq!((row.discount_amount, row.other(name)), (None, Some("1.00")), "{name}");
    }
}

#[test]
fn a_header_without_any_known_column_keeps_all_columns() {
    let row =
        row("退款单号,退款时间,\"退款金额,元\",,备注", "`50000,`2020-11-28 09:00:00,`0.50,x,\"a,\"\"b\"\"\"");
    let other = [
        ("退款单号", "50000"),
        ("退款时间", "2020-11-28 09:00:00"),
        ("退款金额,元", "0.50"),
        ("", "x"),
        ("备注", "a,\"b\""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut expected = FlowRow::default();
    expected.other = other.to_vec();
    assert_eq!(row, expected);
}

fn first_error(file: &[u8]) -> FlowError {
    let mut rows = FlowRows::new(file, Some(1));
    let error = rows.next().unwrap().unwrap_err();
    assert!(!error.is_of_row() && rows.next().is_none(), "{error:?}");
    error
}

/// `printf '批次id,优惠id,优惠金额（元）\r\n' | iconv -t gbk`.
const GBK: &[u8] =
    b"\xc5\xfa\xb4\xce\x69\x64\x2c\xd3\xc5\xbb\xdd\x69\x64\x2c\xd3\xc5\xbb\xdd\xbd\xf0\xb6\xee\xa3\xa8\xd4\xaa\xa3\xa9\r\n";
/// `printf '退款单号,🎫\n' | iconv -t gb18030`.
const GB_18030: &[u8] = b"\xcd\xcb\xbf\xee\xb5\xa5\xba\xc5,\x94\x39\xc0\x39\n";
/// `printf '批次id,优惠id\r\n' | iconv -t utf-16le`.
const UTF_16LE: &[u8] = b"\x79\x62\x21\x6b\x69\0\x64\0\x2c\0\x18\x4f\xe0\x60\x69\0\x64\0\x0d\0\x0a\0";
/// `printf '批次id,优惠id\r\n' | gzip -n`.
const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x7b\xd6\xb9\xf3\xd9\x9a\x85\x99\x29\x3a\x4f\xf6\xcc\x78\xd6\xbc\x20\x33\x85\x97\x0b\0\x28\x0f\x1b\xf2\x13\0\0\0";
/// The first bytes of an archive made with Python's `zipfile`.
const ZIP: &[u8] =
    b"PK\x03\x04\x14\0\0\0\0\0\xad\x69\x7b\x5d7;\xe3p\x09\0\0\0\x09\0\0\0\x05\0\0\0x.csv\xe6\x89\xb9";

#[test]
fn a_file_that_is_no_flow_file_is_named() {
    let utf_16be: Vec<u8> = UTF_16LE.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
    let error = r#"{"code":"INVALID_REQUEST","message":"token已过期"}"#;
    for (file, format, text) in [
        (GZIP, FileFormat::Gzip, "the file is compressed with gzip; decompress it first"),
        (ZIP, FileFormat::Zip, "the file is a zip archive; extract the flow file first"),
        (GBK, FileFormat::Gbk, "the file is not UTF-8; it looks like GBK; convert it to UTF-8 first"),
        (GB_18030, FileFormat::Gbk, "the file is not UTF-8; it looks like GBK; convert it to UTF-8 first"),
        (UTF_16LE, FileFormat::Utf16, "the file is not UTF-8 but UTF-16; convert it to UTF-8 first"),
        (&utf_16be, FileFormat::Utf16, "the file is not UTF-8 but UTF-16; convert it to UTF-8 first"),
        (
            &[b"\xff\xfe", UTF_16LE].concat(),
            FileFormat::Utf16,
            "the file is not UTF-8 but UTF-16; convert it to UTF-8 first",
        ),
        (b"<!DOCTYPE html>\n<html>", FileFormat::Html, "the file is an HTML page, not a flow file"),
        (b"\r\n <HTML><body>,", FileFormat::Html, "the file is an HTML page, not a flow file"),
        (b"<?xml version=\"1.0\"?><Error/>", FileFormat::Xml, "the file is XML, not a flow file"),
        (b"<xml><return_code>FAIL</return_code></xml>", FileFormat::Xml, "the file is XML, not a flow file"),
        (error.as_bytes(), FileFormat::Json, "the file is JSON, not a flow file"),
        (b"\xef\xbb\xbf{\n", FileFormat::Json, "the file is JSON, not a flow file"),
        (b"[{\"a\":1}]", FileFormat::Json, "the file is JSON, not a flow file"),
    ] {
        match first_error(file) {
            FlowError::Format(found) => assert_eq!((found, found.to_string().as_str()), (format, text)),
            other => panic!("{text}: {other:?}"),
        }
    }
}

/// Bytes that are not UTF-8 must not be passed over: the next line would be taken for the header.
#[test]
fn a_header_line_that_is_not_utf8_is_an_error() {
    let row = "`1,`2\n".as_bytes();
    for header in [&b"\xff\xff\n"[..], "批次id,优惠".as_bytes().split_last().unwrap().1, b"a,\xe4\n"] {
        let error = first_error(&[header, b"\n", row].concat());
        assert!(matches!(error, FlowError::HeaderNotUtf8), "{header:?}: {error:?}");
        assert_eq!(error.to_string(), "the header line of the flow file is not UTF-8");
    }
}

/// The first row must not be taken for names and so be lost.
#[test]
fn a_file_without_header_line_is_an_error() {
    let file = "`15000005,`18100032,`全场代金券,`1.00\n总条数\n`1\n";
    assert!(matches!(first_error(file.as_bytes()), FlowError::NoHeader));
}
