//! `report`: one HTML file.

use std::fs;

use rusqlite::Connection;

use crate::html::{Element, parse};
use crate::merchant::STOCK;
use crate::program::Program;

const USERS: u64 = 7;
/// A name that would do harm if it were not escaped.
const NAME: &str = "</script><b>双旦节&\"";

/// A campaign of an embedded sandbox, of which two coupons are not sent yet.
fn campaign() -> Program {
    let program = Program::new();
    let rows = (0..USERS).map(|user| format!("oSecretUser{user},member-{user}\n"));
    program.write("users.csv", format!("openid,member\n{}", rows.collect::<String>()));
    let plan = format!("send plan users.csv --campaign {NAME} --key-column member --stock {STOCK}");
    program.run(&plan).succeeded();
    program.run(&format!("send run {NAME} --confirm {STOCK} --limit 5")).succeeded();
    program
}

fn sql(program: &Program, statement: &str) {
    let changed =
        Connection::open(program.path("wechatpay-ledger.db")).unwrap().execute(statement, []).unwrap();
    assert!(changed > 0, "{statement}");
}

/// The first two sent coupons are used, and the first of them is booked.
fn use_coupons(program: &Program) {
    let sent = "FROM intent AS i JOIN attempt AS a ON a.intent = i.id WHERE i.standing = 'sent'";
    sql(
        program,
        &format!(
            "INSERT INTO use_seen(coupon_id, transaction_id, source, stock_id, at, fen, received_at) \
             SELECT i.coupon_id, 't' || i.id, 'callback', '{STOCK}', a.ended_at + 7200000, 100, a.ended_at {sent} \
             ORDER BY i.id LIMIT 2"
        ),
    );
    sql(
        program,
        &format!(
            "INSERT INTO use_seen(coupon_id, transaction_id, source, stock_id, at, fen, received_at) \
             SELECT i.coupon_id, 't' || i.id, 'flow', '{STOCK}', a.ended_at + 7200000, 95, a.ended_at {sent} \
             ORDER BY i.id LIMIT 1"
        ),
    );
    sql(
        program,
        "INSERT INTO difference(campaign, class, key, text, first_seen, last_seen) \
         VALUES (1, 'U1', 'oSecretUser1', 'oSecretUser1', 1, 1)",
    );
}

fn report(program: &Program, options: &str) -> String {
    let ran = program.run(&format!("report {NAME} --html report.html {options}")).succeeded();
    assert!(ran.stderr.starts_with("SANDBOX"), "{ran:?}");
    fs::read_to_string(program.path("report.html")).unwrap()
}

/// The cells of the table of a section, row by row.
fn table(page: &Element, section: &str) -> Vec<Vec<String>> {
    let head = format!("{section}-head");
    let section = page.all("section").into_iter().find(|it| it.attribute("aria-labelledby") == Some(&head));
    let table = section.unwrap().all("table").into_iter().next().unwrap();
    let cells = |row: &Element| row.children().map(|cell| cell.text().trim().to_owned()).collect();
    table.all("tr").into_iter().map(cells).collect()
}

#[test]
fn the_numbers_are_those_of_the_ledger() {
    let program = campaign();
    use_coupons(&program);
    let page = parse(&report(&program, ""));
    let status = program.json(&format!("send status {NAME}"));
    let funnel = table(&page, "funnel");
    let row = |name: &str| funnel.iter().find(|row| row[0] == name).unwrap()[1..].to_vec();
    assert_eq!(row("Planned"), [status["coupons"].to_string(), "¥7.00".to_owned(), "100.0 %".to_owned()]);
    assert_eq!(row("Sent"), [status["sent"].to_string(), "¥5.00".to_owned(), "71.4 %".to_owned()]);
    assert_eq!(row("Used"), ["2", "¥2.00", "28.5 %"]);
    assert_eq!(row("Booked"), ["1", "¥1.00", "14.2 %"]);
    assert_eq!(row("Not tried"), [status["planned"].to_string(), "¥2.00".to_owned(), "28.5 %".to_owned()]);
    let money = table(&page, "money");
    assert_eq!(money.last().unwrap()[1..], ["¥5.00", "¥2.00", "¥0.95"]);
    let requests: u64 = table(&page, "pace")[1..].iter().map(|row| row[1].parse::<u64>().unwrap()).sum();
    assert_eq!(requests, 5);
    let delays = table(&page, "use");
    assert_eq!(delays.iter().find(|row| row[0] == "1 to 6 hours").unwrap()[1], "2");
    let differences = table(&page, "differences");
    assert_eq!(differences[1][5..], ["1", "1"], "{differences:?}");
}

#[test]
fn the_page_has_nothing_of_users_and_nothing_from_elsewhere() {
    let program = campaign();
    use_coupons(&program);
    let html = report(&program, "");
    for secret in ["oSecretUser", "member-", "BEGIN", "apiv3"] {
        assert!(!html.contains(secret), "{secret}");
    }
    let page = parse(&html);
    let mut seen = 0;
    page.visit(&mut |element| {
        seen += 1;
        let forbidden = ["script", "link", "img", "iframe", "object", "embed", "a", "base", "form"];
        assert!(!forbidden.contains(&element.name.as_str()), "{}", element.name);
        for (name, value) in &element.attributes {
            assert!(
                !name.starts_with("on") && !["src", "href", "xlink:href", "style"].contains(&name.as_str())
            );
            assert!(!value.contains("://"), "{name}={value}");
        }
    });
    assert!(seen > 100, "{seen} elements were looked at");
    let style = page.all("style")[0].text();
    assert!(!style.contains("://") && !style.contains("@import"));
    assert!(style.match_indices("url(").all(|(at, _)| style[at..].starts_with("url(#")));
    // The name is a text, and no part of the page.
    assert!(page.all("b").is_empty());
    assert_eq!(page.all("h1")[0].text(), NAME);
}

#[test]
fn a_sandbox_says_so() {
    let html = report(&campaign(), "");
    let page = parse(&html);
    assert!(page.all("title")[0].text().starts_with("SANDBOX · "));
    assert!(page.all("main")[0].text().trim_start().starts_with("SANDBOX"));
}

#[test]
fn every_chart_has_a_title_a_description_and_its_values() {
    let program = campaign();
    use_coupons(&program);
    let page = parse(&report(&program, ""));
    let charts: Vec<&Element> =
        page.all("svg").into_iter().filter(|svg| svg.attribute("role") == Some("img")).collect();
    // Each for a wide and for a narrow page; nothing was refused.
    assert_eq!(charts.len(), 2 * 5);
    let mut ids = std::collections::BTreeSet::new();
    page.visit(&mut |element| {
        if let Some(id) = element.attribute("id") {
            assert!(ids.insert(id.to_owned()), "{id} is there twice");
        }
    });
    for chart in charts {
        let named: Vec<&str> = chart.attribute("aria-labelledby").unwrap().split(' ').collect();
        assert!(named.iter().all(|id| ids.contains(*id)), "{named:?}");
        assert!(!chart.all("title")[0].text().is_empty() && !chart.all("desc")[0].text().is_empty());
    }
    assert_eq!(page.all("table").len(), 5);
}

#[test]
fn a_campaign_that_has_not_begun_has_a_page() {
    let program = Program::new();
    program.write("users.csv", "openid\noAlice\n");
    program.run(&format!("send plan users.csv --campaign c --stock {STOCK}")).succeeded();
    program.run("report c --html r.html").succeeded();
    let page = parse(&fs::read_to_string(program.path("r.html")).unwrap());
    let text = page.text();
    for says in [
        "not begun",
        "Nothing was sent yet.",
        "No callback was received and no flow file was imported yet",
        "No use of a coupon is known yet.",
        "No coupon was refused.",
        "No difference is recorded.",
    ] {
        assert!(text.contains(says), "{says}: {text}");
    }
}

#[test]
fn the_page_is_in_the_language_that_is_asked_for() {
    let program = campaign();
    let chinese = parse(&report(&program, "--lang zh"));
    assert!(chinese.all("title")[0].text().starts_with("SANDBOX（沙箱）"));
    assert_eq!(chinese.all("html")[0].attribute("lang"), Some("zh-CN"));
    assert!(chinese.all("h2").iter().any(|head| head.text() == "从计划到入账"), "{}", chinese.text());
    // A program that reads the result does not change the page.
    let line = format!("report {NAME} --html report.html --lang zh");
    let json = program.json(&line);
    assert_eq!(json["campaign"], NAME);
    let again = parse(&fs::read_to_string(program.path("report.html")).unwrap());
    assert_eq!(again.all("html")[0].attribute("lang"), Some("zh-CN"));
    assert_eq!(parse(&report(&program, "--lang en")).all("html")[0].attribute("lang"), Some("en"));
}

#[test]
fn a_page_that_cannot_be_written_leaves_the_former_one() {
    let program = campaign();
    let before = report(&program, "");
    let failed = program.run(&format!("report {NAME} --html no/such/folder/r.html")).failed(2);
    assert!(failed.stderr.contains("no/such/folder/r.html cannot be written"), "{failed:?}");
    program.run("report other --html report.html").failed(2);
    assert_eq!(fs::read_to_string(program.path("report.html")).unwrap(), before);
    let left: Vec<_> =
        fs::read_dir(program.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".new")), "{left:?}");
}
