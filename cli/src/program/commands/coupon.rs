//! `coupon …`.

use serde_json::json;
use wechatpay_hyper::PROVIDER;
use wechatpay_hyper::core::cashcoupons::{
    Coupon as Held, CouponStatus, ListCouponsByFilter, QueryCoupon, RequiredCouponFields, SendCoupon, User,
};
use wechatpay_hyper::core::types::{OutRequestNo, Timestamp};

use crate::program::arguments::{Coupon, ListCoupons, SendOne, ShowCoupon};
use crate::program::commands::stock::{face, find};
use crate::program::confirm::confirm;
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::{Table, fields, members, received};
use crate::program::session::Session;
use crate::program::texts::text;

/// Runs a command on the coupons of one user.
///
/// # Errors
/// The [`Failure`] of the command.
pub(crate) async fn coupon(session: &Session, arguments: Coupon) -> Result<Exit, Failure> {
    let connection = Connection::open(session).await?;
    match arguments {
        Coupon::Send(arguments) => send(session, &connection, &arguments).await,
        Coupon::Show(arguments) => show(session, &connection, arguments).await,
        Coupon::List(arguments) => list(session, &connection, arguments).await,
    }
}

async fn send(session: &Session, connection: &Connection, arguments: &SendOne) -> Result<Exit, Failure> {
    let appid = connection.appid(arguments.appid.as_deref())?;
    let (stock_id, place) = (&arguments.stock, connection.place());
    let what = match find(connection, stock_id, arguments.creator.as_deref()).await.map(|stock| face(&stock))
    {
        Ok(Some(face)) => text!(
            "This will send 1 coupon of {face} yuan of stock {stock} {place}.",
            face = face,
            stock = stock_id,
            place = place
        ),
        Ok(None) => {
            text!("This will send 1 coupon of stock {stock} {place}.", stock = stock_id, place = place)
        }
        // Who may send the coupons of another merchant may not be allowed to see the stock.
        Err(_) => text!(
            "This will send 1 coupon of unknown value of stock {stock} {place}.",
            stock = stock_id,
            place = place
        ),
    };
    confirm(session, &what, &arguments.stock, arguments.confirm.as_deref())?;
    let number = number(session, arguments.out_request_no.as_deref())?;
    let operation = SendCoupon::new(RequiredCouponFields {
        openid: arguments.openid.as_str().into(),
        appid,
        stock_id: arguments.stock.as_str().into(),
        stock_creator_mchid: connection.creator(arguments.creator.as_deref()),
        out_request_no: number.clone(),
    });
    let sent = connection.client().send(&operation).await.map_err(|error| {
        Failure::from(error)
            .with("out_request_no", number.as_str())
            .with("stock_id", arguments.stock.as_str())
    })?;
    session.output.answered(&sent);
    let mut json = received(&sent);
    json.extend(members(json!({ "out_request_no": number, "stock_id": arguments.stock })));
    session.output.document(json, || {
        fields([
            ("coupon", Some(sent.coupon_id.as_str().to_owned())),
            ("stock", Some(arguments.stock.clone())),
            ("out_request_no", Some(number.as_str().to_owned())),
        ])
    })?;
    Ok(Exit::Done)
}

/// The number of the request. A random one is written to stderr before it is used: only with it can the request be
/// repeated without sending a second coupon.
fn number(session: &Session, given: Option<&str>) -> Result<OutRequestNo, Failure> {
    if let Some(number) = given {
        return Ok(number.into());
    }
    let number = OutRequestNo::random(&PROVIDER).map_err(|error| {
        Failure::failed(text!("no random number could be made; nothing was sent")).because(&error)
    })?;
    session.output.important(&match session.output.is_human() {
        true => format!("out_request_no: {number}"),
        false => json!({ "out_request_no": number }).to_string(),
    });
    Ok(number)
}

async fn show(session: &Session, connection: &Connection, arguments: ShowCoupon) -> Result<Exit, Failure> {
    let appid = connection.appid(arguments.appid.as_deref())?;
    let user = User { openid: arguments.openid.into(), appid };
    let query = QueryCoupon::new(user, arguments.coupon_id.into());
    let coupon = connection.client().send(&query).await.map_err(Failure::reading)?;
    session.output.answered(&coupon);
    session.output.document(received(&coupon), || lines(&coupon))?;
    Ok(Exit::Done)
}

async fn list(session: &Session, connection: &Connection, arguments: ListCoupons) -> Result<Exit, Failure> {
    let appid = connection.appid(arguments.appid.as_deref())?;
    let user = User { openid: arguments.openid.into(), appid };
    let mut operation =
        ListCouponsByFilter::by_creator(user, connection.creator(arguments.creator.as_deref()));
    operation.stock_id = arguments.stock.map(Into::into);
    operation.status = arguments.status.as_deref().map(CouponStatus::from);
    let mut listed = connection.client().list(operation);
    let mut table = Table::new(["COUPON", "STOCK", "STATUS", "YUAN", "SENT", "UNTIL"]);
    let mut entries = Vec::new();
    while let Some(coupon) = listed.next().await {
        let coupon = coupon.map_err(Failure::reading)?;
        table.row([
            coupon.coupon_id.as_str().to_owned(),
            coupon.stock_id.as_str().to_owned(),
            coupon.status.to_string(),
            amount(&coupon).unwrap_or_default(),
            text(coupon.create_time.as_ref()).unwrap_or_default(),
            text(coupon.available_end_time.as_ref()).unwrap_or_default(),
        ]);
        entries.push(members(&coupon));
    }
    session.output.list(members(json!({})), entries, || table.to_string())?;
    Ok(Exit::Done)
}

fn lines(coupon: &Held) -> String {
    let consumed = coupon.consume_information.as_ref();
    fields([
        ("coupon", Some(coupon.coupon_id.as_str().to_owned())),
        ("name", Some(coupon.coupon_name.clone())),
        ("status", Some(coupon.status.to_string())),
        ("stock", Some(coupon.stock_id.as_str().to_owned())),
        ("discount", amount(coupon).map(|amount| text!("{fen} yuan", fen = amount))),
        ("out_request_no", coupon.out_request_no.as_ref().map(|number| number.as_str().to_owned())),
        ("sent", text(coupon.create_time.as_ref())),
        ("from", text(coupon.available_begin_time.as_ref())),
        ("until", text(coupon.available_end_time.as_ref())),
        ("used", consumed.and_then(|consumed| text(consumed.consume_time.as_ref()))),
        ("transaction", consumed.and_then(|consumed| consumed.transaction_id.clone())),
    ])
}

fn amount(coupon: &Held) -> Option<String> {
    Some(coupon.normal_coupon_information.as_ref()?.coupon_amount?.to_string())
}

fn text(time: Option<&Timestamp>) -> Option<String> {
    time.map(|time| time.as_str().to_owned())
}
