//! What is said about a refused request, and to whom.

use std::sync::{Arc, Mutex};

use wechatpay_sandbox::Options;

use crate::client;
use crate::common::Call;

fn wrong() -> Call {
    Call { mchid: "1".to_owned(), ..Call::list_of_stocks() }
}

#[test]
fn plain_answers_have_no_member_of_the_sandbox() {
    for plain in [false, true] {
        let reply = client(Options::new().plain_answers(plain)).raw(wrong().request());
        reply.assert_error(401, "SIGN_ERROR");
        assert_eq!(reply.json.pointer("/detail/sandbox/diagnosis/0/says").is_none(), plain, "{reply:?}");
    }
}

#[test]
fn the_observer_sees_every_answer_but_those_of_the_control_interface() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let client = client(Options::new().on_answer(move |answered| {
        let diagnosed = answered.diagnosis.as_ref().is_some_and(|says| !says.is_empty());
        let status = answered.status.map(|status| status.as_u16());
        sink.lock().unwrap().push((
            answered.method.to_string(),
            answered.target.to_owned(),
            status,
            diagnosed,
        ));
    }));
    let list = Call::list_of_stocks();
    client.raw(list.request()).ok();
    client.raw(wrong().request());
    client.state();
    client.raw(Call::new("GET", "/v3/nothing?a=1", "").request());
    client.add_fault(serde_json::json!({ "operation": "*", "fault": "close_after" }));
    client.respond(&list);
    let get = |target: &str, status, diagnosed| ("GET".to_owned(), target.to_owned(), status, diagnosed);
    let expected = [
        get(&list.target, Some(200), false),
        get(&list.target, Some(401), true),
        get("/v3/nothing?a=1", Some(404), false),
        get(&list.target, None, false),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}
