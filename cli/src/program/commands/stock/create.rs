//! `stock create`.

use std::path::Path;
use std::time::Duration;

use tokio::time::sleep;
use wechatpay_hyper::core::BaseUrl;
use wechatpay_hyper::core::cashcoupons::{CreateCouponStock, StartStock};

use crate::program::arguments::Create;
use crate::program::clock::unix_seconds;
use crate::program::commands::stock::file::read;
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::{fields, members, received};
use crate::program::session::Session;
use crate::program::texts::text;

/// The platform wants a minute between the creation and the activation of a stock.
const MINUTE: Duration = Duration::from_secs(61);

pub(super) async fn create(
    session: &Session,
    connection: &Connection,
    arguments: &Create,
) -> Result<Exit, Failure> {
    let path = arguments.file.as_deref().unwrap_or(Path::new("-"));
    let stock = read(path, connection.mchid())?;
    if !arguments.unchecked {
        check(&stock)?;
    }
    if arguments.start && !stock.no_cash {
        let rule = &stock.stock_use_rule;
        return Err(Failure::usage(text!(
            "the stock is prefunded (no_cash is false): to start it debits {amount} yuan; nothing was sent",
            amount = rule.max_amount
        ))
        .advice(text!("create it without --start, then confirm: wechatpay stock start ID --confirm ID")));
    }
    let created = connection.client().send(&stock).await?;
    session.output.answered(&created);
    let stock_id = created.stock_id.clone();
    let mut json = received(&created);
    let started =
        if arguments.start { start(session, connection, &created.stock_id).await } else { Ok(None) };
    json.extend(members(serde_json::json!({
        "out_request_no": stock.out_request_no,
        "started": matches!(&started, Ok(Some(_))),
    })));
    if let Ok(Some(at)) = &started {
        json.insert("start_time".to_owned(), at.clone().into());
    }
    session.output.document(json, || {
        let status = if matches!(&started, Ok(Some(_))) { "running" } else { "unactivated" };
        fields([("stock", Some(stock_id.as_str().to_owned())), ("status", Some(status.to_owned()))])
    })?;
    started.map(|_| Exit::Done)
}

/// Reports the documented rules that the stock breaks.
fn check(stock: &CreateCouponStock) -> Result<(), Failure> {
    let problems = stock.check(Some(unix_seconds()));
    if problems.is_empty() {
        return Ok(());
    }
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Err(Failure::usage(text!(
        "the stock breaks documented rules; nothing was sent:{problems}",
        problems = format!("\n  - {}", problems.join("\n  - "))
    ))
    .with("problems", problems)
    .advice(text!("correct the file, or give --unchecked to let the platform decide")))
}

/// Activates a stock that was just created, and returns since when it runs.
async fn start(
    session: &Session,
    connection: &Connection,
    stock_id: &wechatpay_hyper::core::cashcoupons::StockId,
) -> Result<Option<String>, Failure> {
    if connection.base_url() == &BaseUrl::wechatpay() {
        session.output.note(&text!(
            "stock {stock} is created; WeChat Pay lets it be started a minute later, so this waits",
            stock = stock_id
        ));
        sleep(MINUTE).await;
    }
    let operation = StartStock::new(stock_id.clone(), connection.mchid().clone());
    let started = connection.client().send(&operation).await?.into_value();
    Ok(Some(started.start_time.map(|time| time.as_str().to_owned()).unwrap_or_default()))
}
