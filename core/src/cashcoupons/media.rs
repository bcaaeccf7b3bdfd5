use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Method};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::crypto::{CryptoError, CryptoProvider, HashAlgorithm};
use crate::error::BuildError;
use crate::operation::{Body, Operation, Parts, field};
use crate::types::{FieldProblem, InvalidField, response};

/// 图片上传（营销专用）: uploads an image for the details page of a coupon.
///
/// `POST /v3/marketing/favor/media/image-upload` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012557233)
///
/// - Accepts JPG, BMP and PNG files of at most 2 MiB. The returned URL is permanent. Use it in
///   [`PatternInfo`](crate::cashcoupons::PatternInfo) as logo or image.
/// - Only the file's metadata is signed. It contains the SHA-256 of the file.
/// - Treated as idempotent (assumption): a retry only stores another image. Rate limit: 100 requests per
///   minute. The response is signed.
/// - The response repeats nothing of the request, so a signed response to *another* request cannot be told from the
///   right one.
/// - Errors: [`ParamError`](crate::error::ErrorCode::ParamError) when the file is empty;
///   [`RequestBlocked`](crate::error::ErrorCode::RequestBlocked) when the file has another format or does not match
///   its metadata.
///
/// ```
/// # #[cfg(feature = "rustcrypto")] {
/// use wechatpay_core::cashcoupons::UploadMarketingImage;
/// # use wechatpay_core::crypto::rustcrypto::PROVIDER;
///
/// # let png = &b"\x89PNG\r\n\x1a\n"[..];
/// let operation = UploadMarketingImage::new(&PROVIDER, "logo.png", png)?;
/// # }
/// # Ok::<(), wechatpay_core::error::CryptoError>(())
/// ```
#[doc(alias = "MediaImageRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UploadMarketingImage {
    /// 媒体图片: the image file.
    pub file: FormFile,
    /// 媒体文件元信息: metadata of the file. Only this part is signed.
    pub meta: ImageMeta,
}

/// A file in a multipart form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FormFile {
    /// 文件名: name of the file, the same as in the metadata.
    pub filename: String,
    /// 文件类型: content type of the file.
    pub content_type: String,
    /// 文件内容: content of the file, at most 2 MiB.
    #[serde(with = "base64_text")]
    pub content: Bytes,
}

/// Metadata of an image (媒体文件元信息).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct ImageMeta {
    /// 文件名称: name of the file, 1 to 128 ASCII characters, ending in `.jpg`, `.bmp` or `.png`.
    pub filename: String,
    /// 文件摘要: SHA-256 of the file's content in hexadecimal.
    pub sha256: String,
}

impl UploadMarketingImage {
    /// The maximum size of a file, in bytes.
    pub const MAX_SIZE: usize = 2 * 1024 * 1024;

    /// Uploads `content` as a file named `filename`. `provider` computes its hash.
    ///
    /// # Errors
    /// [`CryptoError`] when the provider has no SHA-256.
    pub fn new(
        provider: &CryptoProvider,
        filename: impl Into<String>,
        content: impl Into<Bytes>,
    ) -> Result<Self, CryptoError> {
        let (filename, content) = (filename.into(), content.into());
        let sha256 = provider.hash(HashAlgorithm::Sha256, &content)?;
        let content_type = format!("image/{}", Kind::of_name(&filename).map_or("jpg", Kind::name));
        Ok(Self {
            meta: ImageMeta { filename: filename.clone(), sha256 },
            file: FormFile { filename, content_type, content },
        })
    }

    /// Returns the multipart boundary. It contains the file's SHA-256; no file contains its own hash, so the boundary
    /// does not occur in the file.
    fn boundary(&self) -> String {
        format!("file-{}", self.meta.sha256)
    }
}

/// Shows the length of the content instead of the content.
impl std::fmt::Debug for FormFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FormFile")
            .field("filename", &self.filename)
            .field("content_type", &self.content_type)
            .field("len", &self.content.len())
            .finish()
    }
}

response! {
    /// Response to [`UploadMarketingImage`].
    #[doc(alias = "MediaImageResponse")]
    pub struct UploadMarketingImageResponse {
        /// 媒体文件 URL 地址: URL of the image, at most 256 characters.
        required pub media_url: String,
    }
}

impl Operation for UploadMarketingImage {
    const NAME: &'static str = "media.upload";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/marketing/favor/media/image-upload";
    const IDEMPOTENT: bool = true;
    type Response = UploadMarketingImageResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        let rule = |field, rule: &'static str| InvalidField::new(field, FieldProblem::Rule(rule.into()));
        field::text("filename", &self.meta.filename, 128)?;
        // The name is written between quotes in a header, and the platform supports no escapes there.
        let plain = |c: char| c == ' ' || (c.is_ascii_graphic() && !"\"\\".contains(c));
        if let Some(character) = self.meta.filename.chars().find(|c| !plain(*c)) {
            let allowed = "ASCII characters except quotes, backslashes and control characters";
            return Err(InvalidField::new("filename", FieldProblem::Character { character, allowed }));
        }
        if Kind::of_name(&self.meta.filename).is_none() {
            return Err(rule("filename", "must end in .jpg, .bmp or .png"));
        }
        if self.file.filename != self.meta.filename {
            return Err(rule("file.filename", "must be the same as the filename in meta"));
        }
        if !self.file.content_type.bytes().all(|b| b.is_ascii_graphic()) || self.file.content_type.is_empty()
        {
            return Err(rule("file.content_type", "must be a content type such as image/png"));
        }
        if self.meta.sha256.len() != 64 || !self.meta.sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(rule("sha256", "must be a SHA-256 hash of 64 hexadecimal digits"));
        }
        match self.file.content.len() {
            0 => return Err(InvalidField::new("file", FieldProblem::Empty)),
            len if len > Self::MAX_SIZE => {
                let problem = format!("has {len} bytes; the limit is {}", Self::MAX_SIZE);
                return Err(InvalidField::new("file", FieldProblem::Rule(problem.into())));
            }
            _ => {}
        }
        if Kind::of_content(&self.file.content).is_none() {
            return Err(rule("file", "must be a JPG, BMP or PNG image"));
        }
        let boundary = self.boundary();
        if self.file.content.windows(boundary.len()).any(|bytes| bytes == boundary.as_bytes()) {
            return Err(rule("sha256", "is not the hash of the file, because the file contains this value"));
        }
        Ok(())
    }

    fn parts(&self) -> Result<Parts, BuildError> {
        let meta = serde_json::to_vec(&self.meta).map_err(BuildError::json)?;
        let FormFile { filename, content_type, content } = &self.file;
        let boundary = self.boundary();
        let body = [
            // A `filename` parameter in this header would make the platform ignore the part.
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"meta\";\r\n\
                 Content-Type: application/json\r\n\r\n"
            )
            .as_bytes(),
            &meta,
            format!(
                "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{filename}\";\r\n\
                 Content-Type: {content_type}\r\n\r\n"
            )
            .as_bytes(),
            content,
            format!("\r\n--{boundary}--\r\n").as_bytes(),
        ]
        .concat();
        let content_type = HeaderValue::try_from(format!("multipart/form-data;boundary={boundary}"));
        Ok(Parts::of(&Self::METHOD, Self::PATH, &())?.with_body(Body::Multipart {
            content_type: content_type.map_err(http::Error::from)?,
            body: body.into(),
            signed: meta.into(),
        }))
    }
}

/// The image formats that the platform accepts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Jpg,
    Bmp,
    Png,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Jpg => "jpg",
            Self::Bmp => "bmp",
            Self::Png => "png",
        }
    }

    fn of_name(filename: &str) -> Option<Self> {
        let (_, suffix) = filename.rsplit_once('.')?;
        [Self::Jpg, Self::Bmp, Self::Png].into_iter().find(|kind| suffix.eq_ignore_ascii_case(kind.name()))
    }

    fn of_content(content: &[u8]) -> Option<Self> {
        match content {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpg),
            [b'B', b'M', ..] => Some(Self::Bmp),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            _ => None,
        }
    }
}

/// Encodes bytes as base64 in JSON.
mod base64_text {
    use super::*;

    pub(super) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Bytes::from).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "arbitrary")]
crate::types::generators::impl_arbitrary! {
    FormFile = |u| u.arbitrary().map(|image: UploadMarketingImage| image.file);
}

/// Generates a file that starts like an image. Its `sha256` is random and does not match its content.
#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for UploadMarketingImage {
    fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        use crate::types::generators::{one_in, text};
        let kinds: [(&str, &[u8]); 3] =
            [("png", b"\x89PNG\r\n\x1a\n"), ("jpg", &[0xff, 0xd8, 0xff]), ("bmp", b"BM")];
        let (kind, magic) = u.choose(&kinds)?;
        let stem = if one_in(u, 16)? { text(u)? } else { "logo".to_owned() };
        let filename = format!("{stem}.{kind}");
        let sha256 = u.arbitrary::<[u8; 32]>()?.map(|byte| format!("{byte:02x}")).concat();
        let content = [magic, u.arbitrary::<&[u8]>()?].concat().into();
        Ok(Self {
            meta: ImageMeta { filename: filename.clone(), sha256 },
            file: FormFile { filename, content_type: format!("image/{kind}"), content },
        })
    }
}
