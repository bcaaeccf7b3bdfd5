//! Faults that were asked for, and which request meets which.

use http::HeaderValue;
use serde_json::{Map, Value, json};

use crate::protocol::answer::{Answer, Outcome};
use crate::protocol::input;
use crate::route::OPERATIONS;

const ANY_OPERATION: &str = "*";

/// What goes wrong with one request.
#[derive(Clone)]
pub(crate) enum Fault {
    /// Something else comes instead of the answer, whether or not the request is acted on.
    Instead { what: Instead, acted: bool },
    /// The request is acted on, and something happens to the answer.
    Bent(Bend),
}

#[derive(Clone)]
pub(crate) enum Instead {
    Close,
    Silence,
    Accepted,
    Redirect { location: HeaderValue },
    RateLimited { retry_after: u64 },
    SystemError,
    Forbidden,
    BadGateway,
    Unavailable,
}

#[derive(Clone)]
pub(crate) enum Bend {
    Delay { milliseconds: u64 },
    Truncate,
    WrongLength,
    Oversized { bytes: u64 },
    Drip { milliseconds: u64 },
    WrongSignature,
    Unsigned,
    UnknownSerial,
    SignatureProbe,
    StaleTimestamp { seconds: u64 },
}

impl Fault {
    /// The fault of this name, which takes its parameters out of `parameters`.
    fn read(name: &str, parameters: &mut Parameters) -> Result<Self, Answer> {
        let instead = |what, acted| Ok(Self::Instead { what, acted });
        let bent = |bend| Ok(Self::Bent(bend));
        match name {
            "close_before" => instead(Instead::Close, false),
            "close_after" => instead(Instead::Close, true),
            "never_answers" => instead(Instead::Silence, parameters.acted(true)?),
            "accepted" => instead(Instead::Accepted, parameters.acted(false)?),
            "redirect" => instead(
                Instead::Redirect { location: parameters.header("location", "/_sandbox/redirected")? },
                parameters.acted(true)?,
            ),
            "rate_limited" => {
                instead(Instead::RateLimited { retry_after: parameters.number("retry_after", 1)? }, false)
            }
            "system_error" => instead(Instead::SystemError, parameters.acted(false)?),
            "forbidden" => instead(Instead::Forbidden, parameters.acted(false)?),
            "bad_gateway" => instead(Instead::BadGateway, parameters.acted(false)?),
            "unavailable" => instead(Instead::Unavailable, parameters.acted(false)?),
            "delay" => bent(Bend::Delay { milliseconds: parameters.number("milliseconds", 1000)? }),
            "truncate" => bent(Bend::Truncate),
            "wrong_length" => bent(Bend::WrongLength),
            "oversized" => bent(Bend::Oversized { bytes: parameters.number("bytes", 300 * 1024 * 1024)? }),
            "drip" => bent(Bend::Drip { milliseconds: parameters.number("milliseconds", 1000)? }),
            "wrong_signature" => bent(Bend::WrongSignature),
            "unsigned" => bent(Bend::Unsigned),
            "unknown_serial" => bent(Bend::UnknownSerial),
            "signature_probe" => bent(Bend::SignatureProbe),
            // Well beyond the 300 that clients allow, whichever way their clocks are off.
            "stale_timestamp" => bent(Bend::StaleTimestamp { seconds: parameters.number("seconds", 600)? }),
            _ => Err(wrong(
                "fault",
                name.into(),
                "one of delay, close_before, close_after, truncate, wrong_length, oversized, drip, \
                 never_answers, redirect, accepted, rate_limited, system_error, forbidden, bad_gateway, \
                 unavailable, wrong_signature, unsigned, unknown_serial, signature_probe, stale_timestamp",
            )),
        }
    }
}

/// Those that no request has met yet, in the order in which they were asked for.
#[derive(Default)]
pub(crate) struct Faults(Vec<Pending>);

struct Pending {
    operation: String,
    fault: Fault,
    /// How many requests pass first.
    skip: u64,
    /// How many meet it then; at least one.
    times: u64,
    /// As it was asked for.
    body: Map<String, Value>,
}

impl Faults {
    /// `POST /_sandbox/faults`: one more.
    pub(crate) fn add(&mut self, body: &[u8]) -> Outcome {
        let body = input::object(body)?;
        let mut parameters = Parameters(body.clone());
        let operation = parameters.text("operation")?;
        if operation != ANY_OPERATION && !OPERATIONS.contains(&operation.as_str()) {
            let known = format!("\"*\" or one of {}", OPERATIONS.join(", "));
            return Err(wrong("operation", operation.into(), &known));
        }
        let name = parameters.text("fault")?;
        let fault = Fault::read(&name, &mut parameters)?;
        let skip = parameters.number("skip", 0)?;
        let times = parameters.number("times", 1)?;
        if times == 0 {
            return Err(wrong("times", 0.into(), "a number from 1"));
        }
        if let Some((unknown, value)) = parameters.0.into_iter().next() {
            return Err(wrong(&unknown, value, &format!("not a parameter of {name}")));
        }
        self.0.push(Pending { operation, fault, skip, times, body });
        Ok(Answer::ok(json!({ "faults": self.json() })))
    }

    /// `DELETE /_sandbox/faults`.
    pub(crate) fn clear(&mut self) -> Answer {
        self.0.clear();
        Answer::ok(json!({ "faults": [] }))
    }

    /// What the next request for this operation meets.
    pub(crate) fn next(&mut self, operation: &str) -> Option<Fault> {
        let concerned =
            |pending: &Pending| pending.operation == ANY_OPERATION || pending.operation == operation;
        let position = self.0.iter().position(concerned)?;
        let pending = self.0.get_mut(position)?;
        if let Some(left) = pending.skip.checked_sub(1) {
            pending.skip = left;
            return None;
        }
        match pending.times.saturating_sub(1) {
            0 => Some(self.0.remove(position).fault),
            left => {
                pending.times = left;
                Some(pending.fault.clone())
            }
        }
    }

    /// As they were asked for, with what is left of `skip` and `times`.
    pub(crate) fn json(&self) -> Vec<Value> {
        let pending = self.0.iter().map(|pending| {
            let mut json = pending.body.clone();
            json.insert("skip".to_owned(), pending.skip.into());
            json.insert("times".to_owned(), pending.times.into());
            Value::Object(json)
        });
        pending.collect()
    }
}

/// Fields that nobody has read yet.
struct Parameters(Map<String, Value>);

impl Parameters {
    fn text(&mut self, name: &str) -> Result<String, Answer> {
        match self.0.remove(name) {
            Some(Value::String(text)) => Ok(text),
            other => Err(wrong(name, other.unwrap_or_default(), "a text")),
        }
    }

    fn number(&mut self, name: &str, default: u64) -> Result<u64, Answer> {
        let Some(value) = self.0.remove(name) else { return Ok(default) };
        value.as_u64().ok_or_else(|| wrong(name, value, "a number from 0"))
    }

    fn acted(&mut self, default: bool) -> Result<bool, Answer> {
        let Some(value) = self.0.remove("acted") else { return Ok(default) };
        value.as_bool().ok_or_else(|| wrong("acted", value, "true or false"))
    }

    fn header(&mut self, name: &str, default: &'static str) -> Result<HeaderValue, Answer> {
        let Some(value) = self.0.remove(name) else { return Ok(HeaderValue::from_static(default)) };
        let header = value.as_str().and_then(|text| HeaderValue::from_str(text).ok());
        header.ok_or_else(|| wrong(name, value, "the value of a header"))
    }
}

fn wrong(field: &str, value: Value, expected: &str) -> Answer {
    Answer::param("body", &format!("/{field}"), value, expected)
}
