//! Times are checked exactly as RFC 3339 §5.6 writes them, in every field of every operation: before a request is sent,
//! and by the sandbox.

use wechatpay_core::error::FieldProblem;
use wechatpay_core::testing::{EachOperation, each_operation};

use crate::golden::golden;
use crate::*;

/// What other clients were reported to send, and what is near it.
const WRONG: [&str; 23] = [
    "2026-12-24T00:00:00+0800",
    "2026-12-24T00:00+08:00",
    "2026-12-24T00:00:00+08",
    "2026-12-24T00:00:00+8:00",
    "2026-12-24T00:00:00",
    "2026-12-24 00:00:00",
    "2026-12-24 00:00:00+08:00",
    "2026-12-24t00:00:00+08:00",
    "2026-12-24T00:00:00z",
    "2026-12-24",
    "20261224T000000+0800",
    "2026-12-24T00:00:00+24:00",
    "2026-12-24T00:00:00+08:60",
    "2026-12-24T00:00:00.+08:00",
    "2026-12-24T00:00:00,1+08:00",
    "2026-02-29T00:00:00+08:00",
    "2026-13-24T00:00:00+08:00",
    "2026-12-24T24:00:00+08:00",
    "2026-12-24T00:00:60+08:00",
    "2026-12-24T00:00:00 +08:00",
    "2026-12-24T00:00:00+08:00 ",
    "1798041600",
    "明天",
];

const RIGHT: [&str; 6] = [
    "2026-12-24T00:00:00+08:00",
    "2026-12-24T00:00:00.120+08:00",
    "2026-12-24T00:00:00.1Z",
    "2026-12-23T16:00:00-00:00",
    "2026-12-24T00:00:00+23:59",
    "2016-12-31T23:59:60Z",
];

/// An operation that is sent without being checked.
#[derive(Clone)]
struct Unchecked<O>(O);

impl<O: Operation> serde::Serialize for Unchecked<O> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<O: Operation> Operation for Unchecked<O> {
    const NAME: &'static str = O::NAME;
    const METHOD: http::Method = O::METHOD;
    const PATH: &'static str = O::PATH;
    const IDEMPOTENT: bool = O::IDEMPOTENT;
    type Response = O::Response;
}

/// The places of all times in the JSON of an operation.
fn times(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| times(value, &format!("{place}/{name}"), found));
        }
        Value::String(text) if Timestamp::from(text.as_str()).unix_seconds().is_some() => {
            found.push(place.to_owned());
        }
        _ => {}
    }
}

struct EachTime {
    client: Client,
    sandbox: Sandbox,
    found: Vec<String>,
}

impl EachTime {
    /// The field that the client refuses, if it refuses one for its time.
    fn refused(&self, operation: &impl Operation) -> Option<String> {
        match self.client.unsigned(operation, stamp()) {
            Err(BuildError::Field(error)) if *error.problem() == FieldProblem::Timestamp => {
                Some(error.field().to_owned())
            }
            _ => None,
        }
    }
}

impl EachOperation for EachTime {
    fn operation<O: ArbitraryOperation>(&mut self) {
        let whole = serde_json::to_value(golden::<O>().0).unwrap();
        let mut places = Vec::new();
        times(&whole, "", &mut places);
        for place in places {
            let with = |time: &str| -> O {
                let mut changed = whole.clone();
                *changed.pointer_mut(&place).unwrap() = time.into();
                serde_json::from_value(changed).unwrap()
            };
            let name = place.trim_start_matches('/').replace('/', ".");
            for time in RIGHT {
                assert_eq!(self.refused(&with(time)), None, "{name} {time}");
            }
            for time in WRONG {
                assert_eq!(self.refused(&with(time)).as_ref(), Some(&name), "{name} {time}");
                let request = self.client.request(&Unchecked(with(time)), stamp()).unwrap();
                let response = self.sandbox.handle(request, NOW);
                let error: Value = serde_json::from_slice(response.body()).unwrap();
                let field =
                    error["detail"]["field"].as_str().unwrap().trim_start_matches('/').replace('/', ".");
                assert_eq!((&error["code"], field), (&json!("PARAM_ERROR"), name.clone()), "{time}: {error}");
                let issue = error["detail"]["issue"].as_str().unwrap();
                assert!(issue.contains("RFC 3339"), "{name} {time}: {issue}");
            }
            self.found.push(format!("{} {name}", O::NAME));
        }
    }
}

#[test]
fn every_time_of_every_operation_is_rfc_3339_for_the_client_and_the_sandbox() {
    let credentials = credentials(NOW);
    let sandbox = Sandbox::new(credentials.clone()).unwrap();
    let client = client(PROVIDERS[1], &credentials, PlatformKeys::new());
    let mut each = EachTime { client, sandbox, found: Vec::new() };
    each_operation(&mut each);
    assert_eq!(
        each.found,
        [
            "stock.create available_begin_time",
            "stock.create available_end_time",
            "stock.list create_end_time",
            "stock.list create_start_time",
            "platform_favor.create use_rule.available_time.available_begin_time",
            "platform_favor.create use_rule.available_time.available_end_time",
        ]
    );
}
