use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{NotificationError, NotificationErrorKind};
use crate::client::Client;
use crate::crypto::EncryptedResource;
use crate::error::{JsonError, VerifyErrorKind};
use crate::exchange::{CallbackEnd, report_callback};
use crate::types::{Timestamp, UnixSeconds, lenient, stored_bytes};
use crate::verify;

/// An event that callbacks can carry. Implement it for the events of other products.
pub trait Event: DeserializeOwned {
    /// The `event_type` of the event, such as `COUPON.USE`.
    const EVENT_TYPE: &'static str;
}

/// The event of a callback. As JSON, it is `{"known": …}` with the JSON of the event, or `"unknown"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Received<E> {
    /// The expected event.
    Known(E),
    /// Another event, whose content is in [`Notification::resource`]. Accept the callback, or the platform sends it
    /// again.
    Unknown,
}

/// A callback that was verified and decrypted, or that was read back from where it was stored.
///
/// It can be stored as JSON and read back whole, with its content and with what [`ReplayGuard`](super::ReplayGuard)
/// compares. Whoever can write to the storage can change it there, so one that was read back is not
/// [verified](Self::is_verified).
///
/// Tests need no signature to make one: they read it from JSON. Only `id`, `event_type` and `event` are required. (A
/// [`ReplayGuard`](super::ReplayGuard) tells deliveries apart by `signed_at` and `nonce`.)
///
/// ```
/// use wechatpay_core::cashcoupons::CouponUsed;
/// use wechatpay_core::notification::Notification;
///
/// let json = r#"{
///     "id": "EV-2018022511223320873",
///     "event_type": "COUPON.USE",
///     "event": {"known": {
///         "stock_creator_mchid": "1900007291", "stock_id": "9856888", "coupon_id": "98674556", "status": "USED"
///     }}
/// }"#;
/// let notification: Notification<CouponUsed> = serde_json::from_str(json)?;
/// assert!(!notification.is_verified());
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// Two are equal if they have the same content and come from the same delivery. Whether they are verified is not
/// compared, so one that was stored equals what is read back.
#[derive(Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notification<E> {
    /// 通知 ID: the id of the notification, which is the same for every delivery. Store it, so that repeated deliveries
    /// are processed only once.
    pub id: String,
    /// 通知创建时间: the time of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_time: Option<Timestamp>,
    /// 通知类型: the type of the event, such as `COUPON.USE`.
    pub event_type: String,
    /// 回调摘要: a description of the event.
    #[serde(default)]
    pub summary: String,
    /// 原始回调类型: the type of the object, such as `coupon`.
    #[serde(default)]
    pub original_type: String,
    /// The decoded event.
    pub event: Received<E>,
    #[serde(default, with = "stored_bytes")]
    pub(super) resource: Bytes,
    #[serde(default)]
    pub(super) received_at: UnixSeconds,
    /// The time and nonce of the signature, which identify this delivery.
    #[serde(default)]
    pub(super) signed_at: UnixSeconds,
    #[serde(default)]
    pub(super) nonce: Box<str>,
    /// Never stored: only what this process has verified is verified.
    #[serde(skip)]
    pub(super) verified: bool,
}

impl<E> Notification<E> {
    /// Whether this process has verified the signature of the callback. `false` for one that was read back from JSON, such
    /// as a stored one or one made by a test.
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// Decodes the content as an event of another type, for URLs that receive several types. Returns `None` if the
    /// event has a different type.
    ///
    /// # Errors
    /// [`NotificationError`] when the type matches but the content does not have the documented structure.
    pub fn read_as<O: Event>(&self) -> Option<Result<O, NotificationError>> {
        (self.event_type == O::EVENT_TYPE)
            .then(|| decode(&self.id, &self.resource).map_err(|kind| NotificationError::of(kind, &[], true)))
    }

    /// Returns the decrypted content as JSON, including fields that this version does not know.
    pub fn resource(&self) -> &Bytes {
        &self.resource
    }
}

impl<E: PartialEq> PartialEq for Notification<E> {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            id,
            create_time,
            event_type,
            summary,
            original_type,
            event,
            resource,
            received_at,
            signed_at,
            nonce,
            verified: _,
        } = self;
        (id, create_time, event_type, summary)
            == (&other.id, &other.create_time, &other.event_type, &other.summary)
            && (original_type, event, resource) == (&other.original_type, &other.event, &other.resource)
            && (received_at, signed_at, nonce) == (&other.received_at, &other.signed_at, &other.nonce)
    }
}

impl<E: Eq> Eq for Notification<E> {}

/// Omits the resource, which may contain personal data.
impl<E: fmt::Debug> fmt::Debug for Notification<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("id", &self.id)
            .field("create_time", &self.create_time)
            .field("event_type", &self.event_type)
            .field("summary", &self.summary)
            .field("event", &self.event)
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

fn decode<E: Event>(id: &str, resource: &Bytes) -> Result<E, NotificationErrorKind> {
    lenient::from_json(resource).map_err(|error| {
        let source = JsonError::new(&error);
        NotificationErrorKind::Resource { id: id.to_owned(), resource: resource.clone(), source }
    })
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(deserialize_with = "lenient::required")]
    id: String,
    #[serde(default, deserialize_with = "lenient::optional")]
    create_time: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::required")]
    event_type: String,
    #[serde(default, deserialize_with = "lenient::text_or_empty")]
    summary: String,
    /// Required: without it, the callback is an [`Envelope`](NotificationErrorKind::Envelope) error.
    resource: EncryptedResource,
}

impl Client {
    /// Verifies, decrypts and decodes a callback with the keys that are known. `now` is the local time, which the time of
    /// the signature is compared with. If the platform's certificates may have to be fetched for it, use
    /// [`receive`](Self::receive).
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
        read_and_report(self, request.headers(), request.body().as_ref(), now)
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
        read_and_report(self, &signature_headers(headers), body, now)
    }
}

fn read_and_report<E: Event>(
    client: &Client,
    headers: &HeaderMap,
    body: &[u8],
    now: UnixSeconds,
) -> Result<Notification<E>, NotificationError> {
    let result = read(client, headers, body, now);
    report_callback(client, &callback_end(&result), None);
    result
}

/// Returns what is reported of a callback.
pub(super) fn callback_end<E>(result: &Result<Notification<E>, NotificationError>) -> CallbackEnd<'_> {
    match result {
        Ok(notification) => Ok(&notification.event_type),
        Err(error) => Err((error.reply().status(), error)),
    }
}

/// Returns the signature headers in a list of any headers. The others are not copied, because a `HeaderMap` panics at
/// tens of thousands of names.
pub(super) fn signature_headers(
    headers: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
) -> HeaderMap {
    let headers = headers.into_iter().filter_map(|(name, value)| {
        // A name or value that is not valid in HTTP cannot be a signature header.
        let name = HeaderName::try_from(name.as_ref()).ok()?;
        Some((name, HeaderValue::from_bytes(value.as_ref()).ok()?))
    });
    let mut map = HeaderMap::new();
    for (name, value) in headers.filter(|(name, _)| verify::is_signature_header(name)) {
        map.append(name, value);
    }
    map
}

/// Reads a callback with the keys that are known.
pub(super) fn read<E: Event>(
    client: &Client,
    headers: &HeaderMap,
    body: &[u8],
    now: UnixSeconds,
) -> Result<Notification<E>, NotificationError> {
    verified(client, headers, body, now)
        .map_err(|kind| NotificationError::of(kind, body, client.can_fetch_certificates()))
}

fn verified<E: Event>(
    client: &Client,
    headers: &HeaderMap,
    body: &[u8],
    now: UnixSeconds,
) -> Result<Notification<E>, NotificationErrorKind> {
    let signed = verify::signature(client.platform(), headers, body, now)?;
    let signed = signed.ok_or(VerifyErrorKind::Unsigned)?;
    let envelope: Envelope =
        lenient::from_json(body).map_err(|error| NotificationErrorKind::Envelope(JsonError::new(&error)))?;
    let Envelope { id, create_time, event_type, summary, resource: encrypted } = envelope;
    let resource = Bytes::from(client.resource_key()?.open(&encrypted).map_err(VerifyErrorKind::from)?);
    let event = match event_type == E::EVENT_TYPE {
        true => Received::Known(decode(&id, &resource)?),
        false => Received::Unknown,
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
        verified: true,
    })
}
