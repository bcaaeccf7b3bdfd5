//! What survives a restart: everything that was answered.

use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;
use serde_json::{Value, json};

use super::Folder;
use super::common::{Call, Client, DAY, FAVOR, NOW, credentials, platform_favor, send_body, terms, with};

/// What is stored, without the times of the real clock.
fn stored(client: &Client) -> Value {
    let mut all = client.export();
    all["limits"] = client.control("GET", "/limits").ok();
    // Without a member it changes nothing.
    all["merchant"] = client.control_post("/merchant/certificate", json!({})).ok();
    let list = client.control("GET", "/notifications?limit=1000").ok()["data"].as_array().unwrap().clone();
    let read =
        |entry: &Value| client.control("GET", &format!("/notifications/{}", entry["id"].as_str().unwrap()));
    all["notifications"] = list.iter().map(|entry| read(entry).ok()).collect();
    all
}

/// Makes a change of every kind.
fn change_all(client: &Client) {
    let mchid = credentials().mchid();
    let all = client.create_and_start(&with(terms("create-1"), "/stock_use_rule/max_coupons_per_user", 3));
    let items = with(terms("create-2"), "/coupon_use_rule/available_items", json!(["item-1"]));
    let items = client.create_and_start(&items);
    client.create(&terms("create-3"));
    for action in ["pause", "restart", "pause"] {
        client.change_status(&items, action).ok();
    }
    client.change_status(&items, "restart").ok();
    let merchants = json!({ "stock_creator_mchid": mchid, "add_mchid_list": ["1900000001"] });
    client.post(&format!("/stocks/{all}/modify-merchants"), &merchants).ok();
    let goods = json!({ "stock_creator_mchid": mchid, "add_goods_id_list": ["item-2"] });
    client.post(&format!("/stocks/{items}/modify-goods-id"), &goods).ok();
    let budget =
        json!({ "stock_creator_mchid": mchid, "target_max_amount": 5000, "current_max_amount": 2500 });
    client.post(&format!("/stocks/{all}/max-amount-modify"), &budget).ok();
    let callback = json!({ "mchid": mchid, "notify_url": "https://merchant.example/", "switch": true });
    client.post("/callbacks", &callback).ok();
    client.post("/platform-favor", &platform_favor("favor-1")).ok();
    upload(client);
    let coupons: Vec<String> = (1..=5)
        .map(|number| client.send_ok(&format!("o{number}"), &all, &format!("send-{number}")))
        .collect();
    for coupon in &coupons[..3] {
        client.redeem(coupon).ok();
    }
    let goods = json!({ "goods_detail": [{ "goods_id": "item-1", "quantity": 1, "price": 1000 }] });
    client.control_post(&format!("/coupons/{}/redeem", coupons[3]), goods).ok();
    client.control("POST", &format!("/coupons/{}/refund", coupons[0])).ok();
    // One was delivered, one failed and waits, one is in flight, one is cancelled.
    let next = || client.sandbox.next_delivery(client.now).unwrap().attempt;
    let (first, second, _third) = (next(), next(), next());
    client.sandbox.delivered(first, Ok(StatusCode::OK));
    client.sandbox.delivered(second, Err("connection refused".to_owned()));
    let last = client.notifications()[3]["id"].as_str().unwrap().to_owned();
    client.control("POST", &format!("/notifications/{last}/cancel")).ok();
    client.control_post("/notifications", json!({ "signed_by": "mixed" })).ok();
    client.control_post("/certificates/rotate", json!({ "withdraw_former": true })).ok();
    client.control_post("/certificates/add", json!({})).ok();
    client.control_post("/certificates/mode", json!({ "mixed": true })).ok();
    client.control_post("/limits", json!({
        "preset": "documented", "coupon.send": { "per_second": 3 },
        "not_enough": { "every": 3, "internal_code": 270_079_534 }, "monthly_limit": { "fen": 100_000 },
    }))
    .ok();
    // The turns of the rule: the first of three.
    client.send_ok("o6", &all, "send-6");
    client.add_fault(json!({ "fault": "close_before", "skip": 1, "times": 4 }));
    client.add_fault(json!({ "fault": "close_after", "operation": "stock.query" }));
    client.add_fault(json!({ "fault": "unsigned", "operation": "stock.list" }));
    client.control("DELETE", "/faults/2").ok();
    for number in 0..3 {
        // The first one is let through and refused for other reasons, the others meet the fault.
        client.respond(&client.call_now("POST", &format!("{FAVOR}/users/o1/coupons"), format!("{number}")));
    }
    client.control_post("/merchant/certificate", json!({ "api_v3_key": false })).ok();
    client.advance(DAY);
}

/// Uploads the smallest image that the sandbox accepts.
fn upload(client: &Client) {
    let image = b"\x89PNG\r\n\x1a\n";
    // printf '\x89PNG\r\n\x1a\n' | openssl dgst -sha256
    let sha256 = "4c4b6a3be1314ab86138bef4314dde022e600960d8689a2c8f8631802d20dab6";
    let meta = json!({ "filename": "a.png", "sha256": sha256 }).to_string();
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"meta\";\r\nContent-Type: application/json\r\n\r\n{meta}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\";\r\nContent-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(image);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let call = Call::new("POST", &format!("{FAVOR}/media/image-upload"), meta);
    let mut request = call.request();
    *request.body_mut() = body.into();
    request.headers_mut().insert("content-type", "multipart/form-data; boundary=b".parse().unwrap());
    client.raw(request).ok();
}

#[test]
fn everything_is_there_after_a_restart() {
    let folder = Folder::new();
    let client = folder.open("s");
    assert!(!client.sandbox.is_restored());
    change_all(&client);
    let due = |list: &Value| {
        let all = list["notifications"].as_array().unwrap();
        all.iter().map(|entry| entry["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut before = stored(&client);
    assert_eq!(due(&before), ["delivered", "due", "in_flight", "cancelled"]);
    drop(client);
    for _ in 0..2 {
        let client = folder.open("s");
        assert!(client.sandbox.is_restored() && client.sandbox.notes().is_empty());
        let after = stored(&client);
        // What became of the attempt in flight is not known, so it is made again.
        assert_eq!(due(&after), ["delivered", "due", "due", "cancelled"]);
        before["notifications"][2] = after["notifications"][2].clone();
        assert_eq!(after, before);
        // The same again from a snapshot alone.
        client.control_post("/state/save", json!({})).ok();
    }
}

#[test]
fn a_snapshot_and_the_journal_after_it_are_one_state() {
    let folder = Folder::new();
    let client = folder.open("s");
    let stock = client.create_and_start(&terms("create-1"));
    let first = client.send_ok("o1", &stock, "send-1");
    client.control_post("/state/save", json!({})).ok();
    let second = client.send_ok("o2", &stock, "send-2");
    client.redeem(&first).ok();
    client.redeem(&second).ok();
    let before = stored(&client);
    drop(client);
    let client = folder.open("s");
    assert_eq!(stored(&client), before);
    // A repeated number gives the coupon that it gave before, and a new one the next coupon.
    assert_eq!(client.send_ok("o1", &stock, "send-1"), first);
    let third = client.send_ok("o3", &stock, "send-3");
    assert_eq!(third.parse::<u64>().unwrap(), second.parse::<u64>().unwrap() + 1);
}

#[test]
fn rotated_keys_sign_after_a_restart() {
    let folder = Folder::new();
    let client = folder.open("s");
    let rotated = client.control_post("/certificates/rotate", json!({})).ok();
    let list = || Call { platform_serial: None, ..Call::list_of_stocks() }.request();
    let serial = rotated["serial_no"].as_str().unwrap();
    assert_eq!(client.sandbox.handle(list(), NOW).headers()["wechatpay-serial"], serial);
    drop(client);
    assert_eq!(folder.open("s").sandbox.handle(list(), NOW).headers()["wechatpay-serial"], serial);
}

#[test]
fn rules_and_faults_go_on_counting_after_a_restart() {
    let folder = Folder::new();
    let client = folder.open("s");
    let stock = client.create_and_start(&terms("create-1"));
    client.control_post("/limits", json!({ "not_enough": { "every": 3 } })).ok();
    client.add_fault(json!({ "fault": "rate_limited", "operation": "stock.query", "skip": 1, "times": 2 }));
    let query = |client: &Client| {
        let target = format!("{FAVOR}/stocks/{stock}?{}", super::common::creator_query());
        match client.respond(&client.call_now("GET", &target, "")) {
            wechatpay_sandbox::Wire::Whole { response, .. } => response.status().as_u16(),
            other => panic!("{other:?}"),
        }
    };
    client.send_ok("o1", &stock, "send-1");
    assert_eq!(query(&client), 200);
    drop(client);
    let client = folder.open("s");
    client.send_ok("o2", &stock, "send-2");
    assert_eq!(query(&client), 429);
    drop(client);
    let client = folder.open("s");
    client.send("o3", &stock, "send-3").assert_error(403, "NOT_ENOUGH");
    assert_eq!([query(&client), query(&client)], [429, 200]);
}

#[test]
fn a_callback_that_is_due_is_sent_after_a_restart() {
    let folder = Folder::new();
    let client = folder.open("s");
    let stock = client.create_and_start(&terms("create-1"));
    let callback = json!({ "mchid": credentials().mchid(), "notify_url": "https://merchant.example/" });
    client.post("/callbacks", &callback).ok();
    let coupon = client.send_ok("o1", &stock, "send-1");
    client.redeem(&coupon).ok();
    // In flight when the process ends.
    let body = client.sandbox.next_delivery(NOW).unwrap().request.into_body();
    drop(client);
    let client = folder.open("s");
    let delivery = client.sandbox.next_delivery(NOW).unwrap();
    assert_eq!(delivery.request.into_body(), body);
    client.sandbox.delivered(delivery.attempt, Ok(StatusCode::OK));
    drop(client);
    assert!(folder.open("s").sandbox.next_delivery(NOW + DAY).is_none());
}

#[test]
fn a_reset_is_kept_and_the_keys_stay() {
    let folder = Folder::new();
    let client = folder.open("s");
    change_all(&client);
    let keys = client.state()["platform_keys"].clone();
    client.control_post("/reset", json!({})).ok();
    drop(client);
    let client = folder.open("s");
    let state = client.state();
    for list in ["stocks", "coupons", "notifications", "faults", "images", "platform_favors"] {
        assert_eq!(state[list], 0, "{list}");
    }
    assert_eq!((&state["platform_keys"], &state["notify_url"]), (&keys, &Value::Null));
    // The certificate of the merchant is valid again.
    let stock = client.create_and_start(&terms("create-1"));
    assert_eq!(client.send_ok("o1", &stock, "send-1"), "20000001");
}

/// Changes go on while the snapshot is replaced again and again, and the files are copied at any moment.
#[test]
fn a_snapshot_that_is_replaced_under_load_loses_nothing() {
    let folder = Folder::new();
    let client = &folder.open("s");
    let unlimited = with(terms("create-1"), "/stock_use_rule/max_coupons", 1_000_000);
    let unlimited = with(unlimited, "/stock_use_rule/max_amount", 500_000_000);
    let stock = &client.create_and_start(&unlimited);
    let ended = &AtomicBool::new(false);
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..2)
            .map(|thread| {
                scope.spawn(move || {
                    for number in 0..150 {
                        let (openid, number) =
                            (format!("o{thread}-{number}"), format!("send-{thread}-{number}"));
                        let coupon = client.send_ok(&openid, stock, &number);
                        if number.ends_with('3') {
                            client.redeem(&coupon).ok();
                        }
                        if number.ends_with("33") {
                            client.control("POST", &format!("/coupons/{coupon}/refund")).ok();
                        }
                    }
                })
            })
            .collect();
        let saver = scope.spawn(|| {
            let mut saved = 0;
            while !ended.load(Ordering::Relaxed) {
                client.control_post("/state/save", json!({})).ok();
                saved += 1;
            }
            saved
        });
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        ended.store(true, Ordering::Relaxed);
        assert!(saver.join().unwrap() > 1);
    });
    let before = stored(client);
    assert_eq!(before["coupons"].as_array().unwrap().len(), 300);
    folder.copy("s", "copy");
    let copy = folder.open("copy");
    for list in ["stocks", "coupons"] {
        assert_eq!(stored(&copy)[list], before[list], "{list}");
    }
    let body = send_body(stock, "send-0-7").to_string();
    let again = copy.call("POST", &format!("{FAVOR}/users/o0-7/coupons"), body).ok();
    let coupons = before["coupons"].as_array().unwrap();
    let sent = coupons.iter().find(|coupon| coupon["out_request_no"] == "send-0-7").unwrap();
    assert_eq!(again["coupon_id"], sent["coupon_id"]);
}

#[test]
fn only_its_owner_can_read_the_files() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = Folder::new();
        let client = folder.open("s");
        client.control_post("/state/save", json!({})).ok();
        for (name, _) in folder.files() {
            let mode = std::fs::metadata(folder.path(&name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}

#[test]
fn without_a_state_file_nothing_is_saved() {
    Client::new().control_post("/state/save", json!({})).assert_error(409, "INVALID_REQUEST");
}

#[test]
fn the_same_certificate_signs_after_a_restart_whatever_was_forgotten() {
    let folder = Folder::new();
    let client = folder.open("s");
    let signing = client.control_post("/certificates/rotate", json!({})).ok()["serial_no"].clone();
    // More than are kept.
    for _ in 0..101 {
        client.control_post("/certificates/add", json!({})).ok();
    }
    client.control_post("/state/save", json!({})).ok();
    drop(client);
    let keys = folder.open("s").state()["platform_keys"]["certificates"].take();
    let signs: Vec<&Value> = keys.as_array().unwrap().iter().filter(|key| key["signs"] == true).collect();
    assert_eq!(signs.len(), 1);
    assert_eq!(signs[0]["serial_no"], signing);
}

/// The file has the order in which the changes were made.
#[test]
fn the_merchants_certificate_is_that_of_the_last_request() {
    let folder = Folder::new();
    for round in 0..20 {
        let name = &format!("s{round}");
        let client = &folder.open(name);
        std::thread::scope(|scope| {
            for state in ["expired", "revoked", "replaced", "none"] {
                scope.spawn(move || {
                    client.control_post("/merchant/certificate", json!({ "state": state })).ok()
                });
            }
            scope.spawn(move || {
                client.control_post("/merchant/certificate", json!({ "api_v3_key": false })).ok()
            });
        });
        let before = client.control_post("/merchant/certificate", json!({})).ok();
        assert_eq!(before["api_v3_key"], false);
        folder.copy(name, "copy");
        assert_eq!(folder.open("copy").control_post("/merchant/certificate", json!({})).ok(), before);
        for (file, _) in folder.files().iter().filter(|(file, _)| file.starts_with("copy")) {
            std::fs::remove_file(folder.path(file)).unwrap();
        }
    }
}
