//! `stock list`, `stock merchants` and `stock items`.

use serde_json::json;
use wechatpay_hyper::core::Paged;
use wechatpay_hyper::core::cashcoupons::{
    ListAvailableMerchants, ListAvailableSingleitems, ListStocks, StockStatus,
};

use crate::program::arguments::{StockOf, Stocks};
use crate::program::commands::stock::summary::text;
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::{Table, members};
use crate::program::session::Session;

pub(super) async fn list(
    session: &Session,
    connection: &Connection,
    arguments: Stocks,
) -> Result<Exit, Failure> {
    let mut operation = ListStocks::new(connection.creator(arguments.creator.as_deref()));
    operation.status = arguments.status.as_deref().map(StockStatus::from);
    let stocks = all(connection, operation).await?;
    let mut table = Table::new(["STOCK", "NAME", "STATUS", "SENT", "COUPONS", "UNTIL"]);
    for stock in &stocks {
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        table.row([
            stock.stock_id.as_str().to_owned(),
            stock.stock_name.clone(),
            stock.status.to_string(),
            number(stock.distributed_coupons),
            number(stock.stock_use_rule.as_ref().and_then(|rule| rule.max_coupons)),
            text(stock.available_end_time.as_ref()).unwrap_or_default(),
        ]);
    }
    let entries = stocks.iter().map(members).collect();
    session.output.list(members(json!({})), entries, || table.to_string())?;
    Ok(Exit::Done)
}

pub(super) async fn merchants(
    session: &Session,
    connection: &Connection,
    stock: &StockOf,
) -> Result<Exit, Failure> {
    let creator = connection.creator(stock.creator.as_deref());
    let operation = ListAvailableMerchants::new(stock.stock_id.as_str().into(), creator);
    let merchants = all(connection, operation).await?;
    let merchants = merchants.iter().map(|mchid| mchid.as_str().to_owned()).collect();
    column(session, &stock.stock_id, "mchid", merchants)
}

pub(super) async fn items(
    session: &Session,
    connection: &Connection,
    stock: &StockOf,
) -> Result<Exit, Failure> {
    let creator = connection.creator(stock.creator.as_deref());
    let operation = ListAvailableSingleitems::new(stock.stock_id.as_str().into(), creator);
    let items = all(connection, operation).await?;
    column(session, &stock.stock_id, "goods_id", items)
}

/// Writes one value for each entry.
fn column(session: &Session, stock_id: &str, name: &str, values: Vec<String>) -> Result<Exit, Failure> {
    let entries = values.iter().map(|value| members(json!({ name: value }))).collect();
    session.output.list(members(json!({ "stock_id": stock_id })), entries, || values.join("\n"))?;
    Ok(Exit::Done)
}

async fn all<O>(connection: &Connection, operation: O) -> Result<Vec<O::Item>, Failure>
where
    O: Paged<Response: Send> + 'static,
{
    let mut list = connection.client().list(operation);
    let mut entries = Vec::new();
    while let Some(entry) = list.next().await {
        entries.push(entry.map_err(Failure::reading)?);
    }
    Ok(entries)
}
