//! `stock budget`.

use wechatpay_hyper::core::cashcoupons::{BudgetChange, ModifyStockBudget};

use crate::program::arguments::Budget;
use crate::program::commands::stock::show::find;
use crate::program::confirm::confirm;
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::{fields, members};
use crate::program::session::Session;
use crate::program::texts::text;

pub(super) async fn budget(
    session: &Session,
    connection: &Connection,
    arguments: &Budget,
) -> Result<Exit, Failure> {
    let Budget { stock, to, from, confirm: confirmed } = arguments;
    let current = match from {
        Some(from) => *from,
        None => {
            let found = find(connection, &stock.stock_id, stock.creator.as_deref()).await?;
            found.stock_use_rule.as_ref().and_then(|rule| rule.max_amount).ok_or_else(|| {
                Failure::failed(text!("the platform does not say what the budget is"))
                    .advice(text!("give it with --from, in yuan"))
            })?
        }
    };
    let what = text!(
        "This will change the budget of stock {stock} {place} from {current} yuan to {to} yuan. If the stock is \
         prefunded, the difference is debited.",
        stock = stock.stock_id,
        place = connection.place(),
        current = current,
        to = to,
    );
    confirm(session, &what, &stock.stock_id, confirmed.as_deref())?;
    let creator = connection.creator(stock.creator.as_deref());
    let change = BudgetChange { current, target: *to };
    let operation = ModifyStockBudget::new(stock.stock_id.as_str().into(), creator, change);
    let changed = connection.client().send(&operation).await?.into_value();
    session.output.document(members(&changed), || {
        let budget = changed.max_amount.map(|amount| text!("{fen} yuan", fen = amount));
        fields([("stock", Some(changed.stock_id.as_str().to_owned())), ("budget", budget)])
    })?;
    Ok(Exit::Done)
}
