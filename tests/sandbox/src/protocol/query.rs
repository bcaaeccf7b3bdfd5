//! The query string of a request.

use percent_encoding::percent_decode_str;
use serde_json::Value;
use wechatpay_core::types::Timestamp;

use crate::protocol::problem::{Problem, Reader};
use crate::protocol::reply::Reply;

/// The longest time in a query, in characters.
const MAX_TIME: usize = 64;

/// The decoded query parameters. `+` is decoded to a space, as clients in other languages encode it.
#[derive(Default)]
pub(crate) struct QueryString {
    parameters: Vec<(String, String)>,
    reader: Reader,
}

impl QueryString {
    /// Parses the query of a request to the platform.
    pub(crate) fn parse(query: &str) -> Result<Self, Reply> {
        Self::parse_for(Reader::Merchant, query)
    }

    /// All parameters in their order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Parses the query of a request to the control interface, whose texts are English.
    pub(crate) fn parse_control(query: &str) -> Result<Self, Reply> {
        Self::parse_for(Reader::Operator, query)
    }

    /// Sets a parameter.
    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.parameters.retain(|(known, _)| known != name);
        self.parameters.push((name.to_owned(), value));
    }

    fn parse_for(reader: Reader, query: &str) -> Result<Self, Reply> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let not_utf8 = |name: &str| Problem::NotUtf8.reply(reader, "query", name, Value::Null);
            let name = decode(name).ok_or_else(|| not_utf8(""))?;
            let value = decode(value).ok_or_else(|| not_utf8(&name))?;
            // Inferred: which of the values counts is not documented, so the mistake is named.
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(Problem::Repeated.reply(reader, "query", &name, value.into()));
            }
            parameters.push((name, value));
        }
        Ok(Self { parameters, reader })
    }

    /// Returns the value of a parameter. An empty value counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.parameters.iter().find(|(candidate, _)| candidate == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str, issue: &str) -> Result<&str, Reply> {
        self.get(name).ok_or_else(|| Reply::param("query", name, Value::Null, issue))
    }

    /// Returns the required `stock_creator_mchid`.
    pub(crate) fn stock_creator(&self) -> Result<&str, Reply> {
        self.required("stock_creator_mchid", "商户号必填")
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, Reply> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let invalid = |problem: Problem| problem.reply(self.reader, "query", name, text.into());
        // `parse` would accept a leading `+`.
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid(Problem::NotInteger));
        }
        text.parse().map(Some).map_err(|_| invalid(Problem::OutOfRange))
    }

    /// Returns a time of RFC 3339 as seconds since 1970.
    pub(crate) fn time(&self, name: &str) -> Result<Option<i64>, Reply> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let read = |text: &str| Timestamp::from(text).unix_seconds();
        if let Some(time) = read(text).filter(|_| text.len() <= MAX_TIME) {
            return Ok(Some(time));
        }
        let issue = match read(&text.replace(' ', "+")) {
            Some(_) if text.contains(' ') => "输入时间格式错误：“+”在查询参数中表示空格，应写作“%2B”",
            _ => "输入时间格式错误，应为RFC 3339格式，例如2015-05-20T13:29:35+08:00",
        };
        Err(Reply::param("query", name, text.into(), issue))
    }
}

/// Decodes a name or a value. Returns `None` if it is not UTF-8.
fn decode(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().ok().map(|text| text.into_owned())
}
