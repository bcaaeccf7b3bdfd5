//! `POST …/media/image-upload`: images for coupons.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use wechatpay_core::crypto::HashAlgorithm;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;

use crate::context::Context;
use crate::protocol::json::{invalid_field, object, text};
use crate::protocol::multipart::{self, Part, SignedPart};
use crate::protocol::random::nonce;
use crate::protocol::reply::{Handled, Reply};
use crate::state::change::Change;

const NO_META: &str = "图片meta信息必填：请求体的boundary之间没有名为meta、不带filename的部分";
const MAX_SIZE: usize = 2 * 1024 * 1024;
/// Magic bytes of JPG, BMP and PNG files.
const MAGIC: [&[u8]; 3] = [b"\xff\xd8\xff", b"BM", b"\x89PNG\r\n\x1a\n"];

fn parse_form<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Vec<Part<'a>>, &'static str> {
    let content_type = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    multipart::read(&String::from_utf8_lossy(content_type), body)
}

/// Returns the first `meta` part without a `filename`. The platform ignores parts that have one.
fn meta_part<'a>(parts: &[Part<'a>]) -> Result<&'a [u8], &'static str> {
    let meta = parts.iter().find(|part| part.name == "meta" && part.filename.is_none());
    meta.map(|part| part.content).ok_or(NO_META)
}

/// Returns the part that the signature covers: the content of the meta part.
pub(crate) fn signed_part<'a>(headers: &HeaderMap, body: &'a [u8]) -> SignedPart<'a> {
    let meta = parse_form(headers, body).and_then(|parts| meta_part(&parts));
    meta.map_or_else(SignedPart::none, SignedPart::new)
}

pub(crate) fn upload(context: Context<'_>) -> Handled {
    let invalid = |field: &str, issue: &str| Reply::param("body", field, Value::Null, issue);
    let parts = parse_form(&context.parts.headers, context.body).map_err(|problem| invalid("", problem))?;
    let meta = object(meta_part(&parts).map_err(|problem| invalid("/meta", problem))?)?;
    let filename = text(&meta, "filename", 128, "文件名必填")?;
    let sha256 = text(&meta, "sha256", 64, "图片的sha256必填")?;
    let lower = filename.to_ascii_lowercase();
    if !["jpg", "bmp", "png"].iter().any(|ending| lower.ends_with(ending)) {
        return Err(invalid_field("filename", filename.into(), "文件名须以jpg、bmp、png结尾"));
    }
    let mut files = parts.iter().filter(|part| part.name == "file");
    let file = files.find_map(|part| Some((part.filename.as_deref()?, part.content)));
    let (name, content) = file.unwrap_or_default();
    if content.is_empty() {
        return Err(invalid("/file", "图片文件为空"));
    }
    if content.len() > MAX_SIZE {
        // The limit is documented. Inferred: the error.
        return Err(invalid("/file", "图片文件不得超过2M"));
    }
    // Inferred: a different name in the file part is rejected as well.
    let hash = PROVIDER.hash(HashAlgorithm::Sha256, content).map_err(|_| Reply::system_error("系统错误"))?;
    if !sha256.eq_ignore_ascii_case(&hash) || name != filename {
        return Err(Reply::forbidden("REQUEST_BLOCKED", "图片meta信息不一致"));
    }
    if !MAGIC.iter().any(|magic| content.starts_with(magic)) {
        return Err(Reply::forbidden("REQUEST_BLOCKED", "未知图片类型"));
    }
    let media_url = format!("https://wxpaylogo.qpic.cn/wxpaylogo/{}/0", nonce());
    let image = json!({ "media_url": media_url, "sha256": hash, "size": content.len() });
    let position = context.state.images.len();
    context.state.change(Change::Image { position, image })?;
    Ok(Reply::ok(json!({ "media_url": media_url })))
}
