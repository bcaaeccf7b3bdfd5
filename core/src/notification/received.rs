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

/// An event that callbacks can carry. Implement it for the events of other products.
pub trait Event: DeserializeOwned {
    /// The `event_type` of the event, such as `COUPON.USE`.
    const EVENT_TYPE: &'static str;
}

/// The event of a callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received<E> {
    /// The expected event.
    Known(E),
    /// Another event, whose content is in [`Notification::resource`]. Accept the callback, or the platform sends it
    /// again.
    Unknown,
}

/// A callback that was verified and decrypted.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notification<E> {
    /// 通知 ID: the id of the notification, which is the same for every delivery. Store it, so that repeated deliveries
    /// are processed only once.
    pub id: String,
    /// 通知创建时间: the time of the event.
    pub create_time: Option<Timestamp>,
    /// 通知类型: the type of the event, such as `COUPON.USE`.
    pub event_type: String,
    /// 回调摘要: a description of the event.
    pub summary: String,
    /// 原始回调类型: the type of the object, such as `coupon`.
    pub original_type: String,
    /// The decoded event.
    pub event: Received<E>,
    pub(super) resource: Bytes,
    pub(super) received_at: UnixSeconds,
    /// The time and nonce of the signature, which identify this delivery.
    pub(super) signed_at: UnixSeconds,
    pub(super) nonce: Box<str>,
}

impl<E> Notification<E> {
    /// Decodes the content as an event of another type, for URLs that receive several types. Returns `None` if the
    /// event has a different type.
    ///
    /// # Errors
    /// [`NotificationError`] when the type matches but the content does not have the documented structure.
    pub fn read_as<O: Event>(&self) -> Option<Result<O, NotificationError>> {
        (self.event_type == O::EVENT_TYPE).then(|| read(&self.id, &self.resource))
    }

    /// Returns the decrypted content as JSON, including fields that this version does not know.
    pub fn resource(&self) -> &Bytes {
        &self.resource
    }
}

/// Omits the resource, which may contain personal data.
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
    #[serde(default, deserialize_with = "lenient::text_or_empty")]
    summary: String,
    /// Required: without it, the callback is an [`Envelope`](NotificationErrorKind::Envelope) error.
    resource: EncryptedResource,
}

impl Client {
    /// Verifies, decrypts and decodes a callback. `now` is the local time, which the time of the signature is compared
    /// with.
    ///
    /// The body must contain the bytes as received. JSON that was parsed and serialised again no longer matches the
    /// signature.
    ///
    /// # Errors
    /// [`NotificationError`], whose [`reply`](NotificationError::reply) is the response to send.
    pub fn notification<E: Event>(
        &self,
        request: &Request<impl AsRef<[u8]>>,
        now: UnixSeconds,
    ) -> Result<Notification<E>, NotificationError> {
        self.read_notification(request.headers(), request.body().as_ref(), now)
    }

    /// Like [`notification`](Self::notification), for frameworks with other types: takes any list of header names and
    /// values, and the bytes of the body.
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
            // A name or value that is not valid in HTTP cannot be a signature header.
            let name = HeaderName::try_from(name.as_ref()).ok()?;
            Some((name, HeaderValue::from_bytes(value.as_ref()).ok()?))
        });
        // Only the five signature headers are copied, because a `HeaderMap` panics at tens of thousands of names.
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
