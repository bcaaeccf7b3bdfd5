//! Target and body from the arguments.

use std::fs;
use std::io::{self, Read as _};

use serde::de::IgnoredAny;
use wechatpay_hyper::core::bytes::Bytes;

use crate::program::arguments::Api;
use crate::program::failure::Failure;
use crate::program::texts::text;

/// The parts of a request.
#[derive(Clone)]
pub(super) struct Input {
    path: String,
    query: Vec<(String, String)>,
    pub(super) body: Option<Bytes>,
}

impl Input {
    /// # Errors
    /// A [`Failure`] if the arguments make no request.
    pub(super) fn new(arguments: &Api) -> Result<Self, Failure> {
        let query = arguments.query.iter().map(|pair| {
            let pair = pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            pair.ok_or_else(|| Failure::usage(text!("-q must be NAME=VALUE")))
        });
        let body = arguments.data.as_deref().map(body).transpose()?;
        if body.is_some() && arguments.method.eq_ignore_ascii_case("GET") {
            return Err(Failure::usage(text!("a GET has no body: use -q for parameters")));
        }
        Ok(Self { path: arguments.path.clone(), query: query.collect::<Result<_, _>>()?, body })
    }

    /// The value of a parameter, from `-q` or the query in the path, where it is as it is sent.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let given = self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut pairs = given.chain(self.sent().filter_map(|pair| pair.split_once('=')));
        pairs.find(|(given, _)| *given == name).map(|(_, value)| value)
    }

    /// The target.
    pub(super) fn target(&self) -> String {
        with_query(&self.path, self.query.iter().map(pair))
    }

    /// The target of a page of a list.
    pub(super) fn page(&self, number: u32) -> String {
        const OFFSET: &str = "offset";
        let (path, _) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let sent = self.sent().filter(|pair| pair.split('=').next() != Some(OFFSET)).map(str::to_owned);
        let given = self.query.iter().filter(|(name, _)| name != OFFSET).map(pair);
        with_query(path, sent.chain(given).chain([format!("{OFFSET}={number}")]))
    }

    /// The pairs of the query in the path.
    fn sent(&self) -> impl Iterator<Item = &str> {
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        query.split('&').filter(|pair| !pair.is_empty())
    }
}

fn pair((name, value): &(String, String)) -> String {
    format!("{}={}", encoded(name), encoded(value))
}

fn with_query(path: &str, pairs: impl Iterator<Item = String>) -> String {
    let mut target = path.to_owned();
    for pair in pairs {
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(&pair);
    }
    target
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
fn encoded(text: &str) -> String {
    let octet = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(octet).collect()
}

fn body(given: &str) -> Result<Bytes, Failure> {
    let bytes = match given.strip_prefix('@') {
        None => given.as_bytes().to_vec(),
        Some("-") => {
            let mut bytes = Vec::new();
            let read = io::stdin().read_to_end(&mut bytes);
            read.map_err(|error| Failure::usage(text!("stdin cannot be read")).because(&error))?;
            bytes
        }
        Some(path) => fs::read(path).map_err(|error| {
            Failure::usage(text!("file {path} cannot be read", path = path)).because(&error)
        })?,
    };
    serde_json::from_slice::<IgnoredAny>(&bytes)
        .map_err(|error| Failure::usage(text!("the body is not JSON: {error}", error = error)))?;
    Ok(bytes.into())
}
