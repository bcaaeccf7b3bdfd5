//! `stock show`.

use wechatpay_hyper::core::Answer;
use wechatpay_hyper::core::cashcoupons::{QueryStock, Stock};
use wechatpay_hyper::core::types::Fen;

use crate::program::arguments::StockOf;
use crate::program::commands::stock::summary::text;
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::{fields, received};
use crate::program::session::Session;
use crate::program::texts::text;

pub(super) async fn show(
    session: &Session,
    connection: &Connection,
    arguments: &StockOf,
) -> Result<Exit, Failure> {
    let stock = find(connection, &arguments.stock_id, arguments.creator.as_deref()).await?;
    session.output.answered(&stock);
    session.output.document(received(&stock), || lines(&stock))?;
    Ok(Exit::Done)
}

/// Asks the platform for a stock.
///
/// # Errors
/// The [`Failure`] of the call.
pub(crate) async fn find(
    connection: &Connection,
    stock_id: &str,
    creator: Option<&str>,
) -> Result<Answer<Stock>, Failure> {
    let query = QueryStock::new(stock_id.into(), connection.creator(creator));
    connection.client().send(&query).await.map_err(Failure::reading)
}

fn lines(stock: &Stock) -> String {
    let rule = stock.stock_use_rule.as_ref();
    let terms = rule.and_then(|rule| rule.fixed_normal_coupon.as_ref());
    let yuan = |amount: Option<Fen>| amount.map(|amount| text!("{fen} yuan", fen = amount));
    let number = |number: Option<i64>| number.map(|number| number.to_string());
    let kind = |no_cash| {
        if no_cash { text!("deducted from the order (免充值)") } else { text!("prefunded (预充值)") }
    };
    fields([
        ("stock", Some(stock.stock_id.as_str().to_owned())),
        ("name", Some(stock.stock_name.clone())),
        ("status", Some(stock.status.to_string())),
        ("coupons", number(rule.and_then(|rule| rule.max_coupons))),
        ("sent", number(stock.distributed_coupons)),
        ("for each user", number(rule.and_then(|rule| rule.max_coupons_per_user))),
        ("discount", yuan(terms.and_then(|terms| terms.coupon_amount))),
        ("from orders of", yuan(terms.and_then(|terms| terms.transaction_minimum))),
        ("budget", yuan(rule.and_then(|rule| rule.max_amount))),
        ("budget a day", yuan(rule.and_then(|rule| rule.max_amount_by_day))),
        ("money", stock.no_cash.map(kind)),
        ("from", text(stock.available_begin_time.as_ref())),
        ("until", text(stock.available_end_time.as_ref())),
        ("created", text(stock.create_time.as_ref())),
        ("started", text(stock.start_time.as_ref())),
        ("stopped", text(stock.stop_time.as_ref())),
    ])
}
