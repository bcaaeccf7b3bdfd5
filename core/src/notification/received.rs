use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{NotificationError, NotificationErrorKind};
use crate::client::Client;
use crate::crypto::EncryptedResource;
use crate::error::{JsonError, VerifyErrorKind};
use crate::types::{Timestamp, UnixSeconds, lenient};
use crate::verify;

/// An event that callbacks can carry. Other products of the platform add theirs by implementing it.
pub trait Event: DeserializeOwned {
    /// The `event_type` it goes with, such as `COUPON.USE`.
    const EVENT_TYPE: &'static str;
}

/// What a callback carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received<E> {
    /// The event that was expected.
    Known(E),
    /// Another one; its content is in [`Notification::resource`]. Accept it, or it will be sent again.
    Unknown,
}

/// A callback that was verified and decrypted.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notification<E> {
    /// 通知 ID: the same however often it is sent. Remember it, to act on it once.
    pub id: String,
    /// 通知创建时间: when the event happened.
    pub create_time: Option<Timestamp>,
    /// 通知类型: kind of the event, such as `COUPON.USE`.
    pub event_type: String,
    /// 回调摘要: in words.
    pub summary: String,
    /// 原始回调类型: kind of the object, such as `coupon`.
    pub original_type: String,
    /// What happened.
    pub event: Received<E>,
    pub(super) resource: Bytes,
    pub(super) received_at: UnixSeconds,
    /// What makes this delivery unlike any other.
    pub(super) signed_at: UnixSeconds,
    pub(super) nonce: Box<str>,
}

impl<E> Notification<E> {
    /// Reads the content as an event of another kind, for addresses at which several come; `None` if it is none.
    ///
    /// # Errors
    /// [`NotificationError`] when it is one and not as documented.
    pub fn read_as<O: Event>(&self) -> Option<Result<O, NotificationError>> {
        (self.event_type == O::EVENT_TYPE).then(|| read(&self.id, &self.resource))
    }

    /// The decrypted content as JSON, with whatever fields this version does not know.
    pub fn resource(&self) -> &Bytes {
        &self.resource
    }
}

/// Without the resource, which may hold anything.
impl<E: fmt::Debug> fmt::Debug for Notification<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("id", &self.id)
            .field("create_time", &self.create_time)
            .field("event_type", &self.event_type)
            .field("summary", &self.summary)
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

fn read<E: Event>(id: &str, resource: &Bytes) -> Result<E, NotificationError> {
    lenient::from_json(resource).map_err(|error| {
        let source = JsonError::new(&error);
        NotificationErrorKind::Resource { id: id.to_owned(), resource: resource.clone(), source }.into()
    })
}

#[derive(Deserialize)]
struct Envelope {
    id: String,
    #[serde(default)]
    create_time: Option<Timestamp>,
    event_type: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    summary: String,
    /// Absent where it should not be; that is an error to be told, not to be died of.
    resource: EncryptedResource,
}

impl Client {
    /// Verifies, decrypts and reads a callback. `now` is our time, for the signature's window.
    ///
    /// The body must be the bytes as they came: parsed and written again, they no longer match the signature.
    ///
    /// # Errors
    /// [`NotificationError`], which has the answer to give: [`reply`](NotificationError::reply).
    pub fn notification<E: Event>(
        &self,
        request: &Request<impl AsRef<[u8]>>,
        now: UnixSeconds,
    ) -> Result<Notification<E>, NotificationError> {
        self.read_notification(request.headers(), request.body().as_ref(), now)
    }

    /// The same for frameworks with other types: any list of names and values, and the body's bytes.
    ///
    /// ```
    /// # use wechatpay_core::{Client, cashcoupons::CouponUsed, notification::*};
    /// # fn callback(client: &Client, now: u64) -> Result<Notification<CouponUsed>, NotificationError> {
    /// let headers = [("Wechatpay-Serial", "PUB_KEY_ID_…"), ("Wechatpay-Nonce", "…")];
    /// client.notification_from(headers, "{…}".as_bytes(), now)
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`notification`](Self::notification).
    pub fn notification_from<E: Event>(
        &self,
        headers: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
        body: &[u8],
        now: UnixSeconds,
    ) -> Result<Notification<E>, NotificationError> {
        let headers = headers.into_iter().filter_map(|(name, value)| {
            // Neither name nor value can be a signature header if HTTP does not know its like.
            let name = HeaderName::try_from(name.as_ref()).ok()?;
            Some((name, HeaderValue::from_bytes(value.as_ref()).ok()?))
        });
        // Of these five names alone: a map with tens of thousands of names panics.
        let mut map = HeaderMap::new();
        for (name, value) in headers.filter(|(name, _)| verify::is_signature_header(name)) {
            map.append(name, value);
        }
        self.read_notification(&map, body, now)
    }

    fn read_notification<E: Event>(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: UnixSeconds,
    ) -> Result<Notification<E>, NotificationError> {
        let signed = verify::signature(self.platform(), headers, body, now)?;
        let signed = signed.ok_or(VerifyErrorKind::Unsigned)?;
        let envelope: Envelope = lenient::from_json(body)
            .map_err(|error| NotificationErrorKind::Envelope(JsonError::new(&error)))?;
        let Envelope { id, create_time, event_type, summary, resource: encrypted } = envelope;
        let resource = Bytes::from(self.resource_key()?.open(&encrypted).map_err(VerifyErrorKind::from)?);
        let event = if event_type == E::EVENT_TYPE {
            Received::Known(read(&id, &resource)?)
        } else {
            Received::Unknown
        };
        Ok(Notification {
            id,
            create_time,
            event_type,
            summary,
            original_type: encrypted.original_type,
            event,
            resource,
            received_at: now,
            signed_at: signed.unix_seconds,
            nonce: signed.nonce.into(),
        })
    }
}
