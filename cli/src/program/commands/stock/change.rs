//! `stock start`, `pause`, `restart` and `stop`.

use serde::Serialize;
use wechatpay_hyper::core::Operation;
use wechatpay_hyper::core::cashcoupons::{PauseStock, RestartStock, StartStock, Stock, StockId, StopStock};
use wechatpay_hyper::core::types::Mchid;

use crate::program::arguments::Change;
use crate::program::commands::stock::show::find;
use crate::program::commands::stock::summary::worth;
use crate::program::confirm::confirm;
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::received;
use crate::program::session::Session;
use crate::program::texts::{marked, said, text};

pub(super) async fn start(
    session: &Session,
    connection: &Connection,
    arguments: &Change,
) -> Result<Exit, Failure> {
    let costs = |stock: &Stock| match stock.no_cash {
        Some(true) => text!("Nothing is debited now; each use is deducted from its order."),
        _ => text!("The whole budget is debited now."),
    };
    change(session, connection, arguments, marked!("start"), costs, StartStock::new).await
}

pub(super) async fn pause(
    session: &Session,
    connection: &Connection,
    arguments: &Change,
) -> Result<Exit, Failure> {
    let means = |_: &Stock| text!("No coupon of it can be sent until it is restarted.");
    change(session, connection, arguments, marked!("pause"), means, PauseStock::new).await
}

pub(super) async fn restart(
    session: &Session,
    connection: &Connection,
    arguments: &Change,
) -> Result<Exit, Failure> {
    let means = |_: &Stock| text!("Its coupons can be sent again.");
    change(session, connection, arguments, marked!("restart"), means, RestartStock::new).await
}

pub(super) async fn stop(
    session: &Session,
    connection: &Connection,
    arguments: &Change,
) -> Result<Exit, Failure> {
    let means = |_: &Stock| text!("It ends for good.");
    change(session, connection, arguments, marked!("stop"), means, StopStock::new).await
}

async fn change<O: Operation<Response: Send + Serialize>>(
    session: &Session,
    connection: &Connection,
    Change { stock, confirm: confirmed }: &Change,
    verb: &str,
    means: impl FnOnce(&Stock) -> String,
    operation: impl FnOnce(StockId, Mchid) -> O,
) -> Result<Exit, Failure> {
    let found = find(connection, &stock.stock_id, stock.creator.as_deref()).await?;
    let what = text!(
        "This will {verb} stock {stock} {place}: {name}, {worth}. {means}",
        verb = said(verb),
        stock = stock.stock_id,
        place = connection.place(),
        name = found.stock_name,
        worth = worth(&found),
        means = means(&found),
    );
    confirm(session, &what, &stock.stock_id, confirmed.as_deref())?;
    let creator = connection.creator(stock.creator.as_deref());
    let operation = operation(stock.stock_id.as_str().into(), creator);
    let answer = connection.client().send(&operation).await?;
    session.output.answered(&answer);
    let done = text!("{verb}: stock {stock}", verb = said(verb), stock = stock.stock_id);
    session.output.document(received(&answer), || done)?;
    Ok(Exit::Done)
}
