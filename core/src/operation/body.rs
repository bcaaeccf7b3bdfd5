use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use serde::Serialize;

use crate::error::BuildError;

/// A request's body.
#[derive(Clone)]
#[non_exhaustive]
pub enum Body {
    /// The request has no body.
    Empty,
    /// A JSON body. The same bytes are signed and sent.
    Json(Bytes),
    /// A multipart form, of which only one part is signed.
    Multipart {
        /// The content type with its boundary.
        content_type: HeaderValue,
        /// The bytes that are sent.
        body: Bytes,
        /// The bytes that are signed.
        signed: Bytes,
    },
}

impl Body {
    /// Serialises `value` as JSON.
    ///
    /// # Errors
    /// [`BuildError::Json`] when `value` cannot be serialised.
    pub fn json(value: &impl Serialize) -> Result<Self, BuildError> {
        serde_json::to_vec(value).map(|json| Self::Json(json.into())).map_err(BuildError::json)
    }

    /// Returns the bytes that are sent.
    pub fn bytes(&self) -> &Bytes {
        static EMPTY: Bytes = Bytes::new();
        match self {
            Self::Empty => &EMPTY,
            Self::Json(body) | Self::Multipart { body, .. } => body,
        }
    }

    /// Returns the bytes that are signed.
    pub fn signed(&self) -> &Bytes {
        match self {
            Self::Multipart { signed, .. } => signed,
            other => other.bytes(),
        }
    }
}

/// Shows the kind and the size of the body, but not its content.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Json(body) => write!(f, "Json({} bytes)", body.len()),
            Self::Multipart { body, signed, .. } => {
                write!(f, "Multipart({} bytes, {} signed)", body.len(), signed.len())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_shows_its_kind_and_sizes() {
        let multipart = Body::Multipart {
            content_type: HeaderValue::from_static("multipart/form-data"),
            body: Bytes::from_static(b"whole"),
            signed: Bytes::from_static(b"part"),
        };
        let (none, json): (&[u8], &[u8]) = (b"", b"[7]");
        for (body, sent, signed, shown) in [
            (Body::Empty, none, none, "Empty"),
            (Body::json(&[7]).unwrap(), json, json, "Json(3 bytes)"),
            (multipart, b"whole", b"part", "Multipart(5 bytes, 4 signed)"),
        ] {
            assert_eq!((&body.bytes()[..], &body.signed()[..]), (sent, signed));
            assert_eq!(format!("{body:?}"), shown);
        }
    }
}
