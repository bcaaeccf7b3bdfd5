//! What there is that can go wrong, and how a test asks for it.

use http::HeaderValue;
use serde_json::Value;

use crate::protocol::json::{Object, wrong_field};
use crate::protocol::reply::Reply;

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
    pub(crate) fn read(name: &str, parameters: &mut Parameters) -> Result<Self, Reply> {
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
            _ => Err(wrong_field(
                "fault",
                name.into(),
                "one of delay, close_before, close_after, truncate, wrong_length, oversized, drip, \
                 never_answers, redirect, accepted, rate_limited, system_error, forbidden, bad_gateway, \
                 unavailable, wrong_signature, unsigned, unknown_serial, signature_probe, stale_timestamp",
            )),
        }
    }
}

/// Fields that nobody has read yet.
pub(crate) struct Parameters(pub(crate) Object);

impl Parameters {
    pub(crate) fn text(&mut self, name: &str) -> Result<String, Reply> {
        match self.0.remove(name) {
            Some(Value::String(text)) => Ok(text),
            other => Err(wrong_field(name, other.unwrap_or_default(), "a text")),
        }
    }

    pub(crate) fn number(&mut self, name: &str, default: u64) -> Result<u64, Reply> {
        let Some(value) = self.0.remove(name) else { return Ok(default) };
        value.as_u64().ok_or_else(|| wrong_field(name, value, "a number from 0"))
    }

    fn acted(&mut self, default: bool) -> Result<bool, Reply> {
        let Some(value) = self.0.remove("acted") else { return Ok(default) };
        value.as_bool().ok_or_else(|| wrong_field("acted", value, "true or false"))
    }

    fn header(&mut self, name: &str, default: &'static str) -> Result<HeaderValue, Reply> {
        let Some(value) = self.0.remove(name) else { return Ok(HeaderValue::from_static(default)) };
        let header = value.as_str().and_then(|text| HeaderValue::from_str(text).ok());
        header.ok_or_else(|| wrong_field(name, value, "the value of a header"))
    }
}
