//! The query string of a request.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::protocol::reply::Reply;

/// The decoded query parameters. `+` is decoded to a space, as clients in other languages encode it.
#[derive(Default)]
pub(crate) struct QueryString(Vec<(String, String)>);

impl QueryString {
    pub(crate) fn parse(query: &str) -> Result<Self, Reply> {
        let decode = |text: &str| {
            let text = text.replace('+', " ");
            let text = percent_decode_str(&text).decode_utf8().map(|text| text.into_owned());
            text.map_err(|_| Reply::param("query", "", Value::Null, "参数不是UTF-8"))
        };
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        });
        pairs.collect::<Result<_, _>>().map(Self)
    }

    /// All parameters in their order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the first value of a parameter. An empty value counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(candidate, _)| candidate == name)?;
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
        let invalid = || Reply::param("query", name, text.into(), "不是整数");
        text.parse().map(Some).map_err(|_| invalid())
    }
}
