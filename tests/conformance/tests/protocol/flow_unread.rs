//! Rows of a flow file that cannot be read as a whole: nothing of them is lost, and nothing else with them.

use std::io::Read;

use proptest::prelude::*;
use proptest::sample::select;

use crate::*;

const HEADER: &str = "优惠id,优惠金额（元）,消耗时间,单品信息";
const GOOD: &str = "`1,`1.00,`2020-11-27 16:23:05,\"\"";

/// Reads a file with these rows, and a good row behind each.
fn read(rows: &[&[u8]]) -> Vec<Result<FlowRow, Box<UnreadRow>>> {
    let mut file = HEADER.as_bytes().to_vec();
    for row in rows {
        file.extend([b"\r\n", *row, b"\r\n", GOOD.as_bytes()].concat());
    }
    file.extend(format!("\r\n总条数\r\n`{}\r\n", 2 * rows.len()).bytes());
    let read: Vec<_> = FlowRows::new(file.as_slice(), None)
        .map(|row| match row {
            Err(FlowError::Row(unread)) => Err(unread),
            row => Ok(row.unwrap()),
        })
        .collect();
    assert!(read.iter().skip(1).step_by(2).all(Result::is_ok), "a row after a broken one was lost");
    read.into_iter().step_by(2).collect()
}

fn unread(row: &[u8]) -> UnreadRow {
    let unread = *read(&[row]).remove(0).expect_err("the row is readable");
    assert_eq!((unread.raw(), unread.number()), (row, 1));
    unread
}

#[test]
fn a_row_that_cannot_be_read_is_given_with_its_problem_and_all_its_values() {
    let row = "`1,`1.005,`2020/11/27 16:23:05,\"x\"";
    let found = unread(row.as_bytes());
    let problem = "row 1 of the flow file is invalid: 优惠金额 must be an amount in yuan with two decimals";
    assert_eq!((found.to_string().as_str(), found.text()), (problem, Some(row)));
    assert_eq!(found.values(), ["1", "1.005", "2020/11/27 16:23:05", "x"]);
    let readable = found.readable();
    assert_eq!((readable.coupon_id.as_ref(), readable.goods.as_deref()), (Some(&"1".into()), Some("x")));
    assert_eq!((readable.discount_amount, &readable.consume_time), (None, &None));
    assert_eq!(readable.other("优惠金额（元）"), Some("1.005"));
    assert_eq!(readable.other("消耗时间"), Some("2020/11/27 16:23:05"));

    // Not UTF-8: the values that are, are read.
    let found = unread(b"`1,`1.00,`2020-11-27 16:23:05,\"\xb5\"");
    assert_eq!((found.problem(), found.text()), (&RowProblem::NotUtf8, None));
    assert_eq!(
        (found.readable().discount_amount, found.readable().goods.as_ref()),
        (Some(Fen::new(100)), None)
    );
    assert_eq!(found.values()[3], "\u{fffd}");

    // With another number of values, no value certainly belongs to a column.
    for (row, values) in
        [("`1,`1.00", 2), ("`1,`1,000.00,`2020-11-27 16:23:05,\"\"", 5), ("`1,`1.00,`2,\"\",\"\"", 5)]
    {
        let found = unread(row.as_bytes());
        assert_eq!(found.problem(), &RowProblem::Width { values, columns: 4 });
        assert_eq!((found.values().len(), found.readable()), (values, &FlowRow::default()));
    }
}

#[test]
fn json_in_a_value_is_read_or_kept() {
    let goods = |value: &str| {
        let row = format!("`1,`1.00,`2020-11-27 16:23:05,{value}");
        read(&[row.as_bytes()]).remove(0)
    };
    let json = r#"{"goods_id":"a","price":1}"#;
    let quoted = format!("\"{}\"", json.replace('"', "\"\""));
    for value in [quoted.clone(), format!("`{quoted}"), quoted.replacen('"', "\"`", 1)] {
        assert_eq!(goods(&value).unwrap().goods.as_deref(), Some(json), "{value}");
    }
    assert_eq!(goods(r#"{"a":1}"#).unwrap().goods.as_deref(), Some(r#"{"a":1}"#));
    assert_eq!(goods(r#"`"a"b"#).unwrap().goods.as_deref(), Some(r#""a"b"#));
    // Without quotes, its commas separate values.
    let unquoted = goods("{'a':1,'b':2}").unwrap_err();
    assert_eq!(unquoted.problem(), &RowProblem::Width { values: 5, columns: 4 });
    assert!(unquoted.text().unwrap().ends_with("{'a':1,'b':2}"));
    // With quotes that are not doubled, the columns before it are read.
    for value in
        [format!("\"{json}\""), "\"".to_owned(), "\"{".to_owned(), "\"\"\"".to_owned(), "\"a\" ".to_owned()]
    {
        let badly_quoted = goods(&value).unwrap_err();
        assert_eq!(badly_quoted.problem(), &RowProblem::Quotes, "{value}");
        let readable = badly_quoted.readable();
        assert_eq!((readable.discount_amount, readable.goods.as_ref()), (Some(Fen::new(100)), None));
        assert!(badly_quoted.text().unwrap().ends_with(&value));
    }
}

#[test]
fn times_are_read_if_their_zone_is_certain() {
    let time = |value: &str| {
        let row = format!("`1,`1.00,`{value},\"\"");
        read(&[row.as_bytes()]).remove(0).map(|row| row.consume_time.unwrap())
    };
    for (value, unix) in [
        // `date -d … +%s`
        ("2020-11-27 16:23:05", 1_606_465_385),
        (" 2020-11-27 16:23:05 ", 1_606_465_385),
        ("2020-11-27T16:23:05+08:00", 1_606_465_385),
        ("2020-11-27T08:23:05Z", 1_606_465_385),
        ("2020-11-27T08:23:05.120Z", 1_606_465_385),
    ] {
        assert_eq!(time(value).unwrap().unix_seconds(), Some(unix), "{value}");
    }
    for value in [
        "2020/11/27 16:23:05",
        "2020-11-27T16:23:05",
        "2020-11-27 16:23",
        "2020-11-27",
        "20201127162305",
        "1606465385",
        "27.11.2020 16:23:05",
        "2020-11-27 4:23:05 PM",
        "2020-02-30 00:00:00",
        "2020-11-27 16:23:05 UTC",
        "昨天",
    ] {
        let unread = time(value).unwrap_err();
        assert_eq!(unread.readable().other("消耗时间"), Some(value));
        assert_eq!(unread.readable().discount_amount, Some(Fen::new(100)));
    }
}

#[test]
fn commas_at_the_end_of_a_line_add_no_value() {
    let read = |file: &str| FlowRows::new(file.as_bytes(), None).collect::<Result<Vec<_>, _>>();
    let expected = read("优惠id,优惠金额\n1,1.00\n总条数\n1\n").unwrap();
    for file in [
        "优惠id,优惠金额,\n1,1.00,\n总条数,\n1,\n",
        "优惠id,优惠金额\n1,1.00,,,\n总条数\n1\n",
        "优惠id,优惠金额,,\n1,1.00\n总条数,,\n1,,\n",
        "优惠id,优惠金额\r1,1.00\r总条数\r1",
        "优惠id,优惠金额\n1,1.00\n`总 条 数：\n`1\n",
        " \n优惠id,优惠金额\n\n1,1.00\n \t\n总条数\n1\n\n",
    ] {
        assert_eq!(read(file).unwrap(), expected, "{file:?}");
    }
    // A quoted value is a value, also if it is empty. So is one that only a comma separates from the next.
    for row in ["1,1.00,\"\"", "1,1.00,,x", "1"] {
        let error = read(&format!("优惠id,优惠金额\n{row}\n总条数\n1\n")).unwrap_err();
        assert!(
            matches!(&error, FlowError::Row(unread) if unread.raw() == row.as_bytes()),
            "{row}: {error:?}"
        );
    }
}

#[test]
fn a_quote_that_is_not_closed_takes_no_other_row_with_it() {
    // To the end of the file, and beyond the longest row.
    for good_rows in [1, 10, 50_000] {
        let broken = "`0,`1.00,`2020-11-27 16:23:05,\"";
        let rest = format!("\n{GOOD}").repeat(good_rows);
        let file = format!("{HEADER}\n{broken}{rest}\n总条数\n{}\n", good_rows + 1);
        let mut rows = FlowRows::new(file.as_bytes(), None);
        let first = rows.next().unwrap().unwrap_err();
        assert!(matches!(&first, FlowError::Row(unread) if unread.text() == Some(broken)), "{first:?}");
        assert_eq!(rows.map(Result::unwrap).count(), good_rows);
    }
    // A value may contain line ends, if the row then has all its columns.
    let file = format!("{HEADER}\n`1,`1.00,,\"a\r\nb\n\"\n总条数\n1\n");
    let row = FlowRows::new(file.as_bytes(), None).next().unwrap().unwrap();
    assert_eq!(row.goods.as_deref(), Some("a\r\nb\n"));
}

/// Names of columns: documented ones, and any others.
fn names() -> impl Strategy<Value = Vec<String>> {
    let known = select(vec![
        "批次id",
        "优惠ID",
        "优惠类型",
        "优惠金额（元）",
        "订单总金额(元)",
        "交易类型",
        "支付 单号",
        "消耗时间",
        "消耗商户号",
        "设备号",
        "银行流水号",
        "单品信息",
        "是否合单订单",
        "合单优惠总金额",
        "优惠金额（分）",
    ]);
    prop::collection::vec(prop_oneof![known.prop_map(str::to_owned), "[a-z退款金额（）元分]{1,6}"], 1..8)
}

/// A value, and how it is written in a row.
fn value(name: &str) -> BoxedStrategy<(String, String)> {
    let text = if name.contains("金额") && !name.contains('分') {
        "[0-9]{1,9}\\.[0-9]{2}".boxed()
    } else if name.contains("时间") {
        "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]) (0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
            .boxed()
    } else {
        // A value that begins with a backtick loses it, and white space does not belong to an id.
        "([0-9a-z券][0-9a-z券,\"\n` ]{0,12}[0-9a-z券\"])?".boxed()
    };
    (text, 0..4_u8)
        .prop_map(|(text, style)| {
            let quoted = format!("\"{}\"", text.replace('"', "\"\""));
            let plain = !text.contains([',', '"', '\n']);
            let written = match style {
                0 if plain => format!("`{text}"),
                1 if plain && !text.is_empty() => text.clone(),
                2 => format!("\"`{}", &quoted[1..]),
                _ => quoted,
            };
            (text, written)
        })
        .boxed()
}

/// A row of these columns: its values, or a broken line.
#[derive(Debug, Clone)]
enum Line {
    Row(Vec<(String, String)>),
    Broken(Vec<u8>),
}

fn line(names: &[String]) -> impl Strategy<Value = Line> + use<> {
    let row = names.iter().map(|name| value(name)).collect::<Vec<_>>();
    let width = names.len();
    let broken = prop_oneof![
        // Too wide, not UTF-8, and with wrong quotes.
        "[a-z]{1,3}".prop_map(move |text| vec![text; width + 1].join(",").into_bytes()),
        Just(b"`\xff".repeat(3)),
        "[a-z]{1,5}".prop_map(|text| format!("\"{text}").into_bytes()),
        "[a-z]{1,5}".prop_map(|text| format!("\"{text}\"{text},`1").into_bytes()),
    ];
    prop_oneof![8 => row.prop_map(Line::Row), 1 => broken.prop_map(Line::Broken)]
}

fn files() -> impl Strategy<Value = (Vec<String>, Vec<Line>)> {
    names().prop_flat_map(|names| {
        let lines = prop::collection::vec(line(&names), 0..6);
        (Just(names), lines)
    })
}

/// How a value may be found in a row: as text, as an amount in fen, or as a time.
fn forms(value: &str) -> [String; 3] {
    [
        value.to_owned(),
        value.replace('.', "").trim_start_matches('0').to_owned(),
        format!("{}+08:00", value.replace(' ', "T")),
    ]
}

/// All values in a row. They are taken from its JSON, so that no field is forgotten.
fn leaves(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(leaves).collect(),
        Value::Object(fields) => fields.values().flat_map(leaves).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Number(number) if number.as_i64() == Some(0) => vec![String::new()],
        other => vec![other.to_string()],
    }
}

/// A reader that returns a few bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = self.1.min(buffer.len());
        self.0.read(&mut buffer[..most])
    }
}

proptest! {
    #[test]
    fn every_value_of_every_row_is_found_again((names, lines) in files(), step in 1..40_usize) {
        let mut file = names.join(",").into_bytes();
        for line in &lines {
            file.extend(b"\r\n");
            match line {
                Line::Row(values) => {
                    let written: Vec<_> = values.iter().map(|(_, written)| written.as_str()).collect();
                    file.extend(written.join(",").bytes());
                }
                Line::Broken(line) => file.extend(line),
            }
        }
        file.extend(format!("\r\n总条数\r\n`{}\r\n", lines.len()).bytes());
        let read: Vec<_> = FlowRows::new(file.as_slice(), None).collect();
        prop_assert_eq!(format!("{:?}", FlowRows::new(Slow(&file, step), None).collect::<Vec<_>>()), format!("{read:?}"));
        prop_assert_eq!(read.len(), lines.len());
        for (line, row) in lines.iter().zip(read) {
            match (line, row) {
                (Line::Row(values), Ok(row)) => {
                    let stored = serde_json::to_value(&row).unwrap();
                    let leaves = leaves(&stored);
                    for (value, _) in values.iter().filter(|(value, _)| !value.is_empty()) {
                        prop_assert!(forms(value).iter().any(|form| leaves.contains(form)), "{value:?} is not in {leaves:?}");
                    }
                    // What is absent stays absent, and the row can be read back.
                    prop_assert!(!stored.to_string().contains("null"));
                    prop_assert_eq!(serde_json::from_str::<FlowRow>(&stored.to_string()).unwrap(), row);
                }
                (Line::Broken(line), Err(FlowError::Row(unread))) => {
                    prop_assert_eq!(unread.raw(), line.as_slice());
                    let stored = serde_json::to_string(&unread).unwrap();
                    prop_assert_eq!(serde_json::from_str::<UnreadRow>(&stored).unwrap(), *unread);
                }
                (line, row) => prop_assert!(false, "{line:?} is read as {row:?}"),
            }
        }
    }
}

#[test]
fn an_unread_row_is_stored_with_its_bytes() {
    for row in [&b"`1,`\xff"[..], b"`1,`1", b"\"", "`1,`1.005,`,".as_bytes()] {
        let found = unread(row);
        let stored = serde_json::to_value(&found).unwrap();
        assert_eq!(stored["raw"].is_string(), found.text().is_some(), "{stored}");
        assert_eq!(serde_json::from_value::<UnreadRow>(stored).unwrap(), found);
    }
    let wrong = r#"{"number":1,"problem":{"kind":"not_utf8"},"readable":{}}"#;
    assert!(serde_json::from_str::<UnreadRow>(wrong).is_err());
}
