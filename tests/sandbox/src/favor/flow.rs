//! Flow files of stocks, whole or by day: links to them, and what a link leads to.

use std::collections::VecDeque;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::uri::Authority;
use http::{HeaderValue, Response, StatusCode, request};
use serde_json::json;
use wechatpay_core::crypto::HashAlgorithm;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::types::{Timestamp, UnixSeconds};

use crate::favor::flow_file::{Flow, Row, write};
use crate::favor::stocks::{no_stock, same_creator};
use crate::protocol::answer::{Answer, Outcome, nonce};
use crate::protocol::input::Query;
use crate::state::{BEIJING, DAY, State, Stock, beijing_day};

const WHOLE_PATH: &str = "/v3/billdownload/file";
/// Of another host on the platform. Whether that wants a signature is not documented; here it is wanted everywhere.
const DAY_PATH: &str = "/mkt/storage/bill/download";
/// How long a link leads to its file, in seconds of the real time.
const LINK_LIFE: UnixSeconds = 30;

/// Who asks for a link.
pub(crate) struct Caller<'a> {
    pub(crate) mchid: &'a str,
    pub(crate) parts: &'a request::Parts,
    pub(crate) real_time: UnixSeconds,
}

/// The flow of the whole stock, from 10:00 on the day after its end.
pub(crate) fn whole(
    state: &mut State,
    flow: Flow,
    id: &str,
    caller: &Caller<'_>,
    now: UnixSeconds,
) -> Outcome {
    let stock = state.stock(id).ok_or_else(no_stock)?;
    same_creator(stock, caller.mchid)?;
    let ten_oclock = DAY + 10 * 60 * 60 - BEIJING;
    let ready =
        stock.end().is_some_and(|end| beijing_day(end).saturating_mul(DAY).saturating_add(ten_oclock) <= now);
    let rows = rows(state, stock, flow, |_| ready);
    if rows.is_empty() {
        return Err(Answer::not_found("账单文件不存在"));
    }
    let file = Bytes::from(write(&rows, flow, false));
    let hash = sha1(&file)?;
    let url = state.links.add(&format!("{WHOLE_PATH}?token="), file, caller)?;
    Ok(Answer::ok(json!({ "url": url, "hash_value": hash, "hash_type": "SHA1" })))
}

/// The flow of one day, from the next on.
pub(crate) fn by_day(
    state: &mut State,
    flow: Flow,
    id: &str,
    query: &Query,
    caller: &Caller<'_>,
    now: UnixSeconds,
) -> Outcome {
    let date = query.required("bill_date", "账单日期必填")?;
    let day =
        day(date).ok_or_else(|| Answer::param("query", "bill_date", date.into(), "输入时间格式错误"))?;
    let stock = state.stock(id).ok_or_else(no_stock)?;
    same_creator(stock, caller.mchid)?;
    let today = beijing_day(now);
    let valid = stock.days().is_some_and(|days| days.contains(&day));
    if day >= today || day.saturating_add(365) < today || !valid {
        // Only the number is documented. The code is that of other parameters beyond a limit: inferred.
        return Err(Answer::param("query", "bill_date", date.into(), "请求日期超限").internal(268_573_590));
    }
    let rows = rows(state, stock, flow, |time| beijing_day(time) == day);
    let (name, none) = match flow {
        Flow::Use => ("use", Answer::not_found("当天没有核销记录").internal(268_586_001)),
        Flow::Refund => ("refund", Answer::not_found("当天没有退款记录").internal(268_586_003)),
    };
    if rows.is_empty() {
        // Only the number is documented. The code is that of a whole stock's missing file: inferred.
        return Err(none);
    }
    let (file, count) = (Bytes::from(write(&rows, flow, true)), rows.len().to_string());
    let hash = sha1(&file)?;
    let url = state.links.add(&format!("{DAY_PATH}?bill_params="), file, caller)?;
    Ok(Answer::ok(json!({
        "url": url,
        format!("stock_{name}flow_hash"): hash,
        format!("stock_{name}flow_count"): count,
    })))
}

/// In the order in which they happened.
fn rows<'a>(
    state: &'a State,
    stock: &'a Stock,
    flow: Flow,
    wanted: impl Fn(UnixSeconds) -> bool,
) -> Vec<Row<'a>> {
    let coupons = state.coupons.iter().filter(|coupon| coupon.stock_id == stock.id);
    let rows = coupons.filter_map(|coupon| Some(Row { stock, coupon, redemption: coupon.used.as_ref()? }));
    let mut rows: Vec<_> = rows.filter(|row| row.time(flow).is_some_and(&wanted)).collect();
    rows.sort_by_key(|row| row.time(flow));
    rows
}

/// The number of the day that `yyyy-MM-dd` names, if there is such a day.
fn day(date: &str) -> Option<u64> {
    let shape = |(position, byte): (usize, u8)| match position {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    if date.len() != 10 || !date.bytes().enumerate().all(shape) {
        return None;
    }
    let midnight = Timestamp::from(format!("{date}T00:00:00+08:00")).unix_seconds()?;
    u64::try_from(midnight).ok().map(beijing_day)
}

fn sha1(file: &[u8]) -> Result<String, Answer> {
    PROVIDER.hash(HashAlgorithm::Sha1, file).map_err(|_| Answer::system_error("系统错误"))
}

/// The links that were given out, oldest first.
#[derive(Default)]
pub(crate) struct Links(VecDeque<Link>);

struct Link {
    /// Path and query.
    target: String,
    made: UnixSeconds,
    file: Bytes,
}

impl Links {
    /// The oldest give way when there are more links, or more bytes behind them.
    const MAX_LINKS: usize = 1000;
    const MAX_BYTES: usize = 256 * 1024 * 1024;

    fn add(&mut self, target: &str, file: Bytes, caller: &Caller<'_>) -> Result<String, Answer> {
        let token = nonce();
        if token.is_empty() {
            return Err(Answer::error(StatusCode::INTERNAL_SERVER_ERROR, "SYSTEM_ERROR", "系统错误"));
        }
        let link = Link { target: format!("{target}{token}"), made: caller.real_time, file };
        let url = format!("{}{}", origin(caller.parts), link.target);
        self.0.retain(|link| link.lives(caller.real_time));
        self.0.push_back(link);
        let too_many = |links: &VecDeque<Link>| {
            let bytes: usize = links.iter().map(|link| link.file.len()).sum();
            links.len() > Self::MAX_LINKS || (bytes > Self::MAX_BYTES && links.len() > 1)
        };
        while too_many(&self.0) {
            self.0.pop_front();
        }
        Ok(url)
    }

    /// The file behind `target`. Nothing of the answer is signed.
    pub(crate) fn download(&self, target: &str, real_time: UnixSeconds) -> Response<Bytes> {
        let link = self.0.iter().find(|link| link.target == target && link.lives(real_time));
        let Some(link) = link else {
            return Answer::invalid_request("下载链接无效或已过期").into_response();
        };
        let mut response = Answer::empty(StatusCode::OK).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
        *response.body_mut() = link.file.clone();
        response
    }
}

impl Link {
    fn lives(&self, real_time: UnixSeconds) -> bool {
        (self.made..self.made.saturating_add(LINK_LIFE)).contains(&real_time)
    }
}

/// Where this request was sent to, so that the link leads there too.
fn origin(parts: &request::Parts) -> String {
    if let (Some(scheme), Some(authority)) = (parts.uri.scheme_str(), parts.uri.authority()) {
        return format!("{scheme}://{authority}");
    }
    let host = parts.headers.get(HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    match host {
        Some(host) => format!("http://{host}"),
        None => "https://api.mch.weixin.qq.com".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_bounded_and_the_newest_stay() {
        let (parts, ()) = http::Request::new(()).into_parts();
        let mut links = Links::default();
        let add = |links: &mut Links, len: usize, real_time: UnixSeconds| {
            let caller = Caller { mchid: "1", parts: &parts, real_time };
            links.add("/file?token=", Bytes::from(vec![0; len]), &caller).unwrap()
        };
        for _ in 0..=Links::MAX_LINKS {
            add(&mut links, 1, 0);
        }
        assert_eq!(links.0.len(), Links::MAX_LINKS);
        // Too large beside any other, but the one that was just asked for is there.
        let url = add(&mut links, Links::MAX_BYTES + 1, 0);
        assert_eq!(links.0.len(), 1);
        assert!(url.ends_with(&links.0[0].target));
        add(&mut links, 1, LINK_LIFE);
        assert_eq!(links.0.len(), 1, "those that have ended are gone");
    }
}
