//! `api`.

use serde_json::json;

use crate::merchant::{Merchant, STOCK};
use crate::program::Program;

#[test]
fn a_get_writes_the_body_as_received() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let mchid = merchant.credentials.mchid();
    let line = format!("api GET /v3/marketing/favor/stocks/{STOCK} -q stock_creator_mchid={mchid}");
    let body = program.run(&line).succeeded();
    assert_eq!((&body.json()["stock_id"], body.stderr.as_str()), (&json!(STOCK), ""));
    let with_status = program.run(&format!("{line} -i")).succeeded();
    assert!(with_status.stdout.starts_with("200 OK\nRequest-ID: "), "{with_status:?}");
    assert!(with_status.stdout.ends_with(&format!("\n\n{}", body.stdout)), "{with_status:?}");
    let json = program.json(&line);
    assert_eq!((&json["http_status"], &json["verified"]), (&json!(200), &json!(true)));
    assert_eq!(json["body"], body.json());
    // A query in the path is sent as it is.
    let path = format!("/v3/marketing/favor/stocks/{STOCK}?stock_creator_mchid={mchid}");
    assert_eq!(program.json(&format!("api get {path}"))["body"], body.json());
}

#[test]
fn a_parameter_is_encoded() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let mut command = program.command("api GET /v3/example --dry-run --output json");
    command.args(["-q", "a b=1+2&3/代", "--query", "empty="]);
    let ran = program.end(command.output().unwrap()).succeeded();
    let url = format!("{}/v3/example?a%20b=1%2B2%263%2F%E4%BB%A3&empty=", merchant.url);
    assert_eq!(ran.json()["url"], json!(url));
}

#[test]
fn every_method_can_have_a_body() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let changed = program.json("api PATCH /v3/example -d {\"max_amount_by_day\":100}");
    assert_eq!(changed["body"], json!({ "changed": true }));
    let mchid = merchant.credentials.mchid();
    let url = |name: &str| format!("https://pay.example.com/{name}");
    let set = |name: &str| format!(r#"{{"mchid":"{mchid}","notify_url":"{}"}}"#, url(name));
    program.json(&format!("api POST /v3/marketing/favor/callbacks -d {}", set("given")));
    assert_eq!(merchant.state("state")["notify_url"], json!(url("given")));
    program.write("body.json", set("file"));
    program.json("api POST /v3/marketing/favor/callbacks -d @body.json");
    assert_eq!(merchant.state("state")["notify_url"], json!(url("file")));
    // A response without a body.
    assert_eq!(program.run("api GET /v3/text").succeeded().stdout, "");
}

#[test]
fn a_response_that_is_not_proven_is_an_error_that_shows_it() {
    for (fault, problem) in [("unsigned", "no signature"), ("wrong_signature", "signature")] {
        let merchant = Merchant::new();
        let program = merchant.program();
        merchant.fault("callback.set", fault);
        let body = format!(
            r#"{{"mchid":"{}","notify_url":"https://pay.example.com/n"}}"#,
            merchant.credentials.mchid()
        );
        let line = format!("api POST /v3/marketing/favor/callbacks -d {body}");
        let human = program.run(&line).failed(4);
        assert_eq!(human.stdout, "");
        assert!(
            human.stderr.contains("UNVERIFIED body, which anybody on the way may have written: {"),
            "{human:?}"
        );
        let ran = program.run(&format!("{line} --output json")).failed(4);
        let error = ran.error();
        assert_eq!((&error["verified"], &error["outcome"]), (&json!(false), &json!("unknown")));
        assert_eq!(error["body"]["notify_url"], json!("https://pay.example.com/n"));
        assert!(error["causes"].to_string().contains(problem), "{error}");
    }
}

#[test]
fn an_error_of_the_platform_shows_its_body() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let mchid = merchant.credentials.mchid();
    let ran = program
        .run(&format!("api GET /v3/marketing/favor/stocks/99 -q stock_creator_mchid={mchid} --output json"))
        .failed(1);
    let error = ran.error();
    assert_eq!((&error["verified"], &error["code"]), (&json!(true), &json!("RESOURCE_NOT_EXISTS")));
    assert_eq!(error["body"]["code"], json!("RESOURCE_NOT_EXISTS"));
}

#[test]
fn all_pages_make_one_list() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let mchid = merchant.credentials.mchid();
    // Two more stocks.
    for _ in 0..2 {
        let skeleton = program.run("stock create --skeleton").succeeded();
        program.write("stock.json", skeleton.stdout);
        program.run("stock create -f stock.json").succeeded();
    }
    let line =
        format!("api GET /v3/marketing/favor/stocks -q limit=2 -q stock_creator_mchid={mchid} --paginate");
    let ids = |list: &serde_json::Value| -> Vec<_> {
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|stock| stock["stock_id"].as_str().unwrap().to_owned())
            .collect()
    };
    let human = program.run(&line).succeeded().json();
    assert_eq!(ids(&human).len(), 3, "{human}");
    assert_eq!(human["total_count"], json!(3));
    assert_eq!(ids(&program.json(&line)), ids(&human));
    assert_eq!(program.run(&format!("{line} --output ndjson")).succeeded().lines().len(), 3);
    assert_eq!(merchant.requests("stock.list"), 6);
    program.run("api POST /v3/certificates --paginate").failed(2);
}

#[test]
fn a_list_is_read_in_every_form_and_never_silently_short() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let mchid = merchant.credentials.mchid();
    // Without entries, the platform leaves out the data.
    let items = format!(
        "api GET /v3/marketing/favor/stocks/{STOCK}/items -q offset=0 -q limit=10 -q stock_creator_mchid={mchid} --paginate"
    );
    let empty = program.json(&items);
    assert_eq!((&empty["total_count"], &empty["data"]), (&json!(0), &json!([])));
    // Numbers as texts, as in a documented sample: the end is known without asking for a page behind it.
    merchant.fault("stock.items", "numbers_as_text");
    assert_eq!(program.json(&items)["data"], json!([]));
    let before = merchant.requests("stock.merchants");
    merchant.fault("stock.merchants", "numbers_as_text");
    let merchants = program.json(&items.replace("/items", "/merchants"));
    assert_eq!((&merchants["total_count"], &merchants["data"]), (&json!("1"), &json!([{ "value": mchid }])));
    assert_eq!(merchant.requests("stock.merchants"), before + 1);
    // The query may be in the path, with the first page.
    let in_path =
        format!("api GET /v3/marketing/favor/stocks?offset=0&limit=1&stock_creator_mchid={mchid} --paginate");
    assert_eq!(program.json(&in_path)["data"][0]["stock_id"], json!(STOCK));
    // Where the platform ignores the page, there is one.
    program.run(&format!("coupon send --openid o --stock {STOCK} --confirm {STOCK}")).succeeded();
    program.run(&format!("coupon send --openid o --stock {STOCK} --confirm {STOCK}")).succeeded();
    for usable in [
        format!("/v3/marketing/favor/users/o/coupons -q appid=wx -q limit=1 -q available_mchid={mchid}"),
        format!("/v3/marketing/favor/users/o/coupons?appid=wx&limit=1&available_mchid={mchid}"),
    ] {
        let before = merchant.requests("coupon.list");
        let usable = program.json(&format!("api GET {usable} --paginate"));
        assert_eq!(usable["data"].as_array().map(Vec::len), Some(2), "{usable}");
        assert_eq!(merchant.requests("coupon.list"), before + 1);
    }
    assert_eq!(program.json("api GET /v3/half --paginate")["data"].as_array().map(Vec::len), Some(4));
    let half = program.run("api GET /v3/half -q available_mchid=1 --paginate").failed(1);
    assert!(half.stderr.contains("2 entries were received, but the last response counts 4"), "{half:?}");
    // Nobody states the size of a page or the number of entries.
    assert_eq!(program.json("api GET /v3/all --paginate")["data"], json!([{ "value": 1 }, { "value": 2 }]));

    let short = program.run("api GET /v3/list --paginate").failed(1);
    assert!(short.stderr.contains("1 entries were received, but the last response counts 5"), "{short:?}");
    let stock =
        format!("api GET /v3/marketing/favor/stocks/{STOCK} -q stock_creator_mchid={mchid} --paginate");
    let no_list = program.run(&stock).failed(1);
    assert!(no_list.stderr.contains("the response is no list: it has no data"), "{no_list:?}");
}

#[test]
fn a_dry_run_sends_nothing_and_shows_no_signature() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let line = "api POST /v3/security/echo -d {\"echo_message\":\"hello\"} --dry-run";
    let human = program.run(line).succeeded();
    assert!(human.stdout.starts_with(&format!("POST {}/v3/security/echo\n", merchant.url)), "{human:?}");
    assert!(human.stdout.contains("authorization: (left out)"), "{human:?}");
    assert!(!human.stdout.contains("WECHATPAY2-SHA256-RSA2048"), "{human:?}");
    let json = program.json(line);
    assert_eq!((&json["dry_run"], &json["body"]["echo_message"]), (&json!(true), &json!("hello")));
    assert_eq!(json["headers"]["authorization"], json!(null));
    assert_eq!(merchant.requests("security.echo"), 0);
}

#[test]
fn what_is_no_request_is_refused_before_anything_starts() {
    let program = Program::new();
    program.write("body.json", "{");
    for (line, problem) in [
        ("api FETCH /v3/certificates", "METHOD must be GET, POST, PUT, PATCH or DELETE"),
        ("api GET v3/certificates", "target must begin with one /"),
        ("api GET https://api.mch.weixin.qq.com/v3/certificates", "target must begin with one /"),
        ("api GET /v3/../certificates", "target"),
        ("api GET /v3/certificates -q limit", "-q must be NAME=VALUE"),
        ("api GET /v3/certificates -d {}", "a GET has no body"),
        ("api POST /v3/security/echo -d @body.json", "the body is not JSON"),
        ("api POST /v3/security/echo -d @nowhere.json", "file nowhere.json cannot be read"),
    ] {
        let ran = program.run(line).failed(2);
        assert!(ran.stderr.contains(problem), "{line}: {ran:?}");
    }
    assert!(!program.path("wechatpay-ledger.db.sandbox").exists());
}
