//! Flow files of a whole stock or of one day: the links to them, and the download.

use http::uri::PathAndQuery;
use serde_json::json;
use wechatpay_core::crypto::HashAlgorithm;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::types::Timestamp;

use crate::calendar::{BEIJING, DAY, beijing_day};
use crate::context::Context;
use crate::favor::flow_file::{Flow, Row, write};
use crate::protocol::origin::for_client;
use crate::protocol::random::nonce;
use crate::protocol::reply::{Handled, Reply};
use crate::state::State;
use crate::state::coupon::Coupon;
use crate::state::links::{DAY_PATH, WHOLE_PATH};
use crate::state::stock::Stock;

/// The flow of the whole stock. It is available from 10:00 on the day after the stock's end.
pub(crate) fn whole(mut context: Context<'_>, flow: Flow) -> Handled {
    let stock = context.state.stock_of(context.credentials.mchid(), context.path.get("stock_id"))?;
    let ten_oclock = DAY + 10 * 60 * 60 - BEIJING;
    let ready = stock
        .end()
        .is_some_and(|end| beijing_day(end).saturating_mul(DAY).saturating_add(ten_oclock) <= context.now);
    let rows = if ready { rows(context.state, stock, flow, None) } else { Vec::new() };
    if rows.is_empty() {
        return Err(Reply::not_found("账单文件不存在"));
    }
    let file = write(&rows, flow, false);
    let (url, hash) = create_link(&mut context, &format!("{WHOLE_PATH}?token="), file)?;
    Ok(Reply::ok(json!({ "url": url, "hash_value": hash, "hash_type": "SHA1" })))
}

/// The flow of one day. It is available from the next day on.
pub(crate) fn by_day(mut context: Context<'_>, flow: Flow) -> Handled {
    let date = context.query.required("bill_date", "账单日期必填")?;
    let invalid = |issue: &str| Reply::param("query", "bill_date", date.into(), issue);
    let day = parse_day(date).ok_or_else(|| invalid("输入时间格式错误"))?;
    let stock = context.state.stock_of(context.credentials.mchid(), context.path.get("stock_id"))?;
    let today = beijing_day(context.now);
    let in_validity = stock.days().is_some_and(|days| days.contains(&day));
    if day >= today || day.saturating_add(365) < today || !in_validity {
        // Only the internal code is documented. Inferred: the error code, as for other parameters beyond a limit.
        return Err(invalid("请求日期超限").internal_code(268_573_590));
    }
    let rows = rows(context.state, stock, flow, Some(day));
    let (name, message, internal_code) = match flow {
        Flow::Use => ("use", "当天没有核销记录", 268_586_001),
        Flow::Refund => ("refund", "当天没有退款记录", 268_586_003),
    };
    if rows.is_empty() {
        // Only the internal codes are documented. Inferred: the error code, as for a missing file of a whole stock.
        return Err(Reply::not_found(message).internal_code(internal_code));
    }
    let (file, count) = (write(&rows, flow, true), rows.len().to_string());
    let (url, hash) = create_link(&mut context, &format!("{DAY_PATH}?bill_params="), file)?;
    Ok(Reply::ok(json!({
        "url": url,
        format!("stock_{name}flow_hash"): hash,
        format!("stock_{name}flow_count"): count,
    })))
}

/// Returns the file of a link.
pub(crate) fn download(context: Context<'_>) -> Handled {
    let target = context.parts.uri.path_and_query().map_or("", PathAndQuery::as_str);
    let file = context.state.links.file(target, context.real_time);
    file.map(Reply::csv).ok_or_else(|| Reply::invalid_request("下载链接无效或已过期"))
}

/// Returns the rows of one day or of all days, in the order of their times.
fn rows<'a>(state: &'a State, stock: &'a Stock, flow: Flow, day: Option<u64>) -> Vec<Row<'a>> {
    let row = |coupon: &'a Coupon| Some(Row { stock, coupon, redemption: coupon.used.as_ref()? });
    let mut rows: Vec<_> = match flow {
        Flow::Use => state.coupons.used(stock.id, day).filter_map(row).collect(),
        Flow::Refund => state.coupons.refunded(stock.id, day).filter_map(row).collect(),
    };
    rows.sort_by_key(|row| (row.time(flow), row.coupon.id));
    rows
}

/// Parses `yyyy-MM-dd` to a day number as in [`beijing_day`].
fn parse_day(date: &str) -> Option<u64> {
    let is_expected = |(position, byte): (usize, u8)| match position {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    if date.len() != 10 || !date.bytes().enumerate().all(is_expected) {
        return None;
    }
    let midnight = Timestamp::from(format!("{date}T00:00:00+08:00")).unix_seconds()?;
    u64::try_from(midnight).ok().map(beijing_day)
}

/// Creates a link to a file. Returns its URL and the hash of the file.
fn create_link(context: &mut Context<'_>, target: &str, file: String) -> Result<(String, String), Reply> {
    let failed = || Reply::system_error("系统错误");
    let hash = PROVIDER.hash(HashAlgorithm::Sha1, file.as_bytes()).map_err(|_| failed())?;
    let token = nonce();
    if token.is_empty() {
        return Err(failed());
    }
    let target = format!("{target}{token}");
    let base = for_client(context.parts, context.options.advertised.as_deref());
    let url = format!("{}{target}", base.as_deref().unwrap_or("https://api.mch.weixin.qq.com"));
    context.state.links.add(target, file.into(), context.real_time);
    Ok((url, hash))
}
