//! `callback …`.

use wechatpay_hyper::core::cashcoupons::{QueryCallback, SetCallback};

use crate::program::arguments::Callback;
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::{fields, members};
use crate::program::session::Session;

/// Shows or sets the URL that is called when a coupon is used.
///
/// # Errors
/// The [`Failure`] of the call.
pub(crate) async fn callback(session: &Session, arguments: Callback) -> Result<Exit, Failure> {
    let connection = Connection::open(session).await?;
    let mchid = connection.mchid().clone();
    match arguments {
        Callback::Show => {
            let shown =
                connection.client().send(&QueryCallback::new(mchid)).await.map_err(Failure::reading)?;
            let shown = shown.into_value();
            session.output.document(members(&shown), || shown.notify_url.clone())?;
        }
        Callback::Set { url } => {
            let set = connection.client().send(&SetCallback::new(mchid, url)).await?.into_value();
            let time = set.update_time.as_ref().map(|time| time.as_str().to_owned());
            session.output.document(members(&set), || {
                let url = Some(set.notify_url.clone()).filter(|url| !url.is_empty());
                fields([("notify_url", url), ("update_time", time)])
            })?;
        }
    }
    Ok(Exit::Done)
}
