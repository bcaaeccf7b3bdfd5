//! `image upload`.

use std::fs;

use wechatpay_hyper::PROVIDER;
use wechatpay_hyper::core::cashcoupons::UploadMarketingImage;

use crate::program::arguments::Upload;
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::received;
use crate::program::session::Session;
use crate::program::texts::text;

/// Uploads an image.
///
/// # Errors
/// The [`Failure`] of the call, or of the file.
pub(crate) async fn upload(session: &Session, arguments: &Upload) -> Result<Exit, Failure> {
    let named = |problem: &str| {
        Failure::usage(text!("file {path}: {problem}", path = arguments.file.display(), problem = problem))
    };
    let size =
        fs::metadata(&arguments.file).map_err(|error| named(&text!("cannot be read")).because(&error))?.len();
    if size > u64::try_from(UploadMarketingImage::MAX_SIZE).unwrap_or(u64::MAX) {
        return Err(named(&text!("has {size} bytes; an image may have 2 MiB at most", size = size)));
    }
    let content =
        fs::read(&arguments.file).map_err(|error| named(&text!("cannot be read")).because(&error))?;
    let name = arguments.file.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| named(&text!("has a name that is not UTF-8")))?;
    let operation = UploadMarketingImage::new(&PROVIDER, name, content)
        .map_err(|error| named(&text!("cannot be hashed")).because(&error))?;
    let connection = Connection::open(session).await?;
    let uploaded = connection.client().send(&operation).await?;
    session.output.answered(&uploaded);
    session.output.document(received(&uploaded), || uploaded.media_url.clone())?;
    Ok(Exit::Done)
}
