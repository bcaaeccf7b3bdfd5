//! CSV files, and what is said of those that cannot be used.

use wechatpay_cli::list::{ListError, ListReader};

fn rows(file: &[u8], key: Option<&str>) -> Result<Vec<(u64, Vec<String>)>, ListError> {
    ListReader::new(file, key)?.map(|row| row.map(|row| (row.line, row.cells))).collect()
}

fn error(file: &[u8]) -> String {
    rows(file, None).unwrap_err().to_string()
}

#[test]
fn a_list_is_read_with_and_without_a_byte_order_mark_quotes_and_carriage_returns() {
    let plain = "openid,city\no1,深圳\no2,\"a,\"\"b\"\"\"\n";
    let expected =
        [(2, vec!["o1".to_owned(), "深圳".to_owned()]), (3, vec!["o2".to_owned(), "a,\"b\"".to_owned()])];
    for file in [plain.to_owned(), format!("\u{feff}{plain}"), plain.replace('\n', "\r\n")] {
        assert_eq!(rows(file.as_bytes(), None).unwrap(), expected, "{file:?}");
    }
    assert_eq!(rows(plain.trim_end().as_bytes(), None).unwrap(), expected);
}

#[test]
fn a_line_break_in_a_cell_does_not_disturb_the_numbers_of_lines() {
    let file = "city,openid\n\"a\nb\",o1\n\nc,o2\nd,\n";
    let mut list = ListReader::new(file.as_bytes(), None).unwrap();
    assert_eq!(list.next().unwrap().unwrap().line, 2);
    assert_eq!(list.next().unwrap().unwrap().line, 5);
    assert_eq!(list.next().unwrap().unwrap_err().to_string(), "line 6, column openid: is empty");
    assert!(list.next().is_none(), "nothing is read after an error");
}

#[test]
fn errors_name_line_and_column() {
    for (file, expected) in [
        ("", "the list has no rows"),
        ("member\n1\n", "line 1, column openid: there is no column with this name in the first line"),
        ("openid,a,a\n", "line 1, column a: the first line has this name twice"),
        ("openid,,a\n", "line 1: column 2 has no name in the first line"),
        ("openid,a\no1,1\no2\n", "line 3: the row has 1 cells, but the first line names 2 columns"),
        ("openid\no1,1\n", "line 2: the row has 2 cells, but the first line names 1 columns"),
        ("openid\n\"\"\n", "line 2, column openid: is empty"),
        (
            "openid;city\no1;x\n",
            "line 1: the columns are separated by semicolons, and must be separated by commas",
        ),
        ("openid\tcity\n", "line 1: the columns are separated by tabs, and must be separated by commas"),
        (
            "openid\no1 \n",
            "line 2, column openid: contains a space, at its beginning or end or where none can be",
        ),
        ("openid\n\"o\n1\"\n", "line 2, column openid: contains a line break or another control character"),
        (
            "openid\no1\u{200b}\n",
            "line 2, column openid: contains a character that nobody sees, such as a space without width",
        ),
        ("openid\no😀\n", "line 2, column openid: contains an emoji or the like"),
        (
            "a,openid\n1,o1\n\"2,o2\n3,o3\n",
            "line 3: a cell of this row begins with a quote that is never closed",
        ),
        (
            "openid,a\no1,1\no2,\"2\no3,3\n",
            "line 3: a cell of this row begins with a quote that is never closed",
        ),
    ] {
        assert_eq!(error(file.as_bytes()), expected, "{file:?}");
    }
    let long = format!("openid\n{}\n{}\n", "o".repeat(128), "o".repeat(129));
    assert_eq!(error(long.as_bytes()), "line 3, column openid: has 129 characters; at most 128 are allowed");
}

#[test]
fn another_encoding_is_named_with_a_way_out() {
    // 深圳 in GBK.
    for (file, line) in
        [(&b"openid,\xc9\xee\xdb\xda\n"[..], 1), (&b"openid,city\no1,x\no2,\xc9\xee\xdb\xda\n"[..], 3)]
    {
        let error = error(file);
        assert!(error.starts_with(&format!("line {line}: is not UTF-8")), "{error}");
        assert!(error.contains("CSV UTF-8") && error.contains("GBK"), "{error}");
    }
    // UTF-16, as Excel's "Unicode text".
    assert!(error(b"\xff\xfeo\0p\0e\0n\0").contains("is not UTF-8"));
}

#[test]
fn the_key_can_have_a_column_of_its_own() {
    let file = b"member,openid,city\n7,o1,x\n";
    let list = ListReader::new(&file[..], Some("member")).unwrap();
    assert_eq!(list.columns().key_column(), Some("member"));
    assert_eq!(list.columns().others().collect::<Vec<_>>(), ["city"]);
    let by_openid = ListReader::new(&file[..], Some("openid")).unwrap();
    assert_eq!(by_openid.columns().key_column(), None);
    assert_eq!(by_openid.columns().others().collect::<Vec<_>>(), ["member", "city"]);
    let missing = ListReader::new(&file[..], Some("order")).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "line 1, column order: there is no column with this name in the first line"
    );
    let empty = rows(b"member,openid\n,o1\n", Some("member")).unwrap_err();
    assert_eq!(empty.to_string(), "line 2, column member: is empty");
}

#[test]
fn a_list_that_cannot_be_read_says_so_and_shows_no_cell() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("unplugged"))
        }
    }
    let error = ListReader::new(Broken, None).unwrap_err();
    assert_eq!(error.to_string(), "the list cannot be read");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "unplugged");
    let mut list = ListReader::new(&b"openid\noUpF8u\n"[..], None).unwrap();
    let row = list.next().unwrap().unwrap();
    assert!(!format!("{row:?} {list:?}").contains("oUpF8u"));
}
