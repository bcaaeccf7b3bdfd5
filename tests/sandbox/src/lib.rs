//! A local stand-in for WeChat Pay's cash-coupon API, because there is no official one.
//!
//! It checks every request as the platform does (headers, clock, signature over the exact target and body), keeps
//! stocks and coupons with their life cycle, budgets and limits, gives the documented errors, and signs its answers.
//! Any client in any language can use it: run the binary, and it writes the files a merchant would have.
//!
//! ```text
//! cargo run -p wechatpay-sandbox -- --listen 127.0.0.1:8700 --credentials ./credentials
//! ```
//!
//! [`Sandbox::handle`] does no IO and takes the time as an argument, for simulations and fuzzing. So does
//! [`Sandbox::respond`], which adds the [faults](#faults) that were asked for; [`Server`] puts it behind HTTP.
//!
//! Below `/_sandbox`, unsigned and for tests:
//!
//! - `GET /_sandbox/state` shows everything, and counts the requests of each operation.
//! - `POST /_sandbox/clock` lets time pass: `{"advance_seconds": 86400}`.
//! - `POST /_sandbox/coupons/{coupon_id}/redeem` uses a coupon. The body may be empty, or a JSON object with any of
//!   `order_amount` (fen; at least, and by default, the coupon's threshold), `consume_mchid` (by default the
//!   creator) and `goods_detail` (a list as in `consume_information`).
//! - `POST /_sandbox/coupons/{coupon_id}/refund` gives back the payment it was used in.
//! - `POST /_sandbox/notifications` says which key signs them: `{"signed_by": "certificate"}`, or at first
//!   `"public_key"`.
//! - `POST /_sandbox/certificates/rotate` makes the platform a new certificate, which signs from then on.
//!   `GET /v3/certificates` lists both. It is forgotten when the sandbox ends: the credentials stay as they are.
//! - `POST /_sandbox/certificates/mode` with `{"public_key_only": true}` makes it a merchant without certificates.
//! - `POST /_sandbox/faults` asks for a [fault](#faults), `GET` shows those that no request has met yet, `DELETE`
//!   forgets them.
//!
//! Notifications go to the callback URL that was set, once a minute by the platform's time until one is answered with
//! 200 or 204, nine times at most. [`Server`] sends them, over plain HTTP to this machine;
//! [`Sandbox::next_delivery`] hands them to whoever else wants to.
//!
//! # Faults
//!
//! `{"operation": "coupon.send", "fault": "close_after", "times": 2, "skip": 1}` lets one request to send a coupon
//! pass, and closes the connection on the two after it. `operation` is the name of a
//! [`wechatpay_core::Operation`], `flow.download` for a flow file itself, or `"*"` for all; `times` is 1 and `skip` 0
//! unless given. Each request meets the first fault that waits for its operation, whoever sent it, and no other.
//!
//! | fault | what happens | parameters, by default |
//! |---|---|---|
//! | `delay` | the answer comes later | `milliseconds` 1000 |
//! | `close_before` | the connection is closed, nothing is acted on | |
//! | `close_after` | the connection is closed without an answer | |
//! | `never_answers` | nothing comes, the connection stays open | `acted` true |
//! | `truncate` | half of the body comes, then the connection is closed | |
//! | `wrong_length` | `Content-Length` says one byte more than comes, then the connection is closed | |
//! | `oversized` | so many spaces come instead of the body, in chunks | `bytes` 314572800 |
//! | `drip` | the body comes byte by byte | `milliseconds` before each, 1000 |
//! | `wrong_signature` | the signature is another's | |
//! | `unsigned` | there is no signature | |
//! | `unknown_serial` | nobody knows the key that the answer names | |
//! | `signature_probe` | the signature is a probe, `WECHATPAY/SIGNTEST/…` | |
//! | `stale_timestamp` | the signature is right but old | `seconds` ago, 600 |
//! | `accepted` | 202 without a body | `acted` false |
//! | `redirect` | 302 | `location` `/_sandbox/redirected`, where nothing is; `acted` true |
//! | `rate_limited` | 429 `FREQUENCY_LIMIT_EXCEED`, nothing is acted on | `retry_after` in seconds, 1 |
//! | `system_error` | 500 `SYSTEM_ERROR` | `acted` false |
//! | `forbidden` | 403 in HTML, unsigned: not the platform, but a firewall before it | `acted` false |
//! | `bad_gateway` | 502 in HTML, unsigned | `acted` false |
//! | `unavailable` | 503 `SERVICE_UNAVAILABLE` | `acted` false |
//!
//! `acted` says whether the request is acted on all the same; where nothing is said, it is. Faults of signatures
//! leave alone what is not signed, such as flow files.
//!
//! # Time
//!
//! Two clocks: signatures are made and checked by the real time, so that a client's own clock stays right, and
//! everything else happens by the platform's time, which can be advanced.
#![forbid(unsafe_code)]

mod body;
mod credentials;
mod delivery;
mod error;
mod faults;
mod favor;
mod folder;
mod protocol;
mod route;
mod server;
mod state;
mod wire;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::ALLOW;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, request};
use serde_json::json;
use tokio::sync::Notify;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::{VerifyingKey, load_verifying_key};
use wechatpay_core::types::UnixSeconds;

pub use credentials::Credentials;
pub use error::SandboxError;
pub use favor::notifications::{Attempt, Delivery};
pub use server::{Server, serve};
pub use wire::Wire;

use favor::flow::Caller;
use favor::{available, callbacks, coupons, flow, media, modify, payment, platform_favor, stocks};
use protocol::answer::{Answer, Outcome};
use protocol::input::{self, Query};
use protocol::platform_keys::{PlatformKey, PlatformKeys};
use protocol::{auth, certificates, echo};
use route::Route;
use state::State;

/// The platform, as far as coupons go. Clones share their state.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

struct Inner {
    credentials: Credentials,
    merchant_key: Arc<dyn VerifyingKey>,
    platform_keys: Mutex<PlatformKeys>,
    state: Mutex<State>,
    /// Told after every request: there may be something to deliver.
    changed: Notify,
}

impl Sandbox {
    /// A sandbox without any stock.
    ///
    /// # Errors
    /// [`SandboxError::Key`] when a key in the credentials cannot be used.
    pub fn new(credentials: Credentials) -> Result<Self, SandboxError> {
        Ok(Self(Arc::new(Inner {
            merchant_key: load_verifying_key(&PROVIDER, &credentials.certificate_pem)?,
            platform_keys: Mutex::new(PlatformKeys::new(&credentials)?),
            credentials,
            state: Mutex::default(),
            changed: Notify::new(),
        })))
    }

    /// What a merchant needs to call it.
    pub fn credentials(&self) -> &Credentials {
        &self.0.credentials
    }

    /// Answers a request, whatever it is. `now` is the platform's time.
    ///
    /// No request meets a fault here, and none is taken off the list: that is [`respond`](Self::respond)'s.
    pub fn handle(&self, request: Request<Bytes>, now: UnixSeconds) -> Response<Bytes> {
        self.received(&request);
        self.act(request, now)
    }

    /// Counts a request, and says which operation it is for.
    fn received(&self, request: &Request<Bytes>) -> Option<&'static str> {
        let operation = route::operation(request)?;
        let mut state = self.state();
        let count = state.requests.entry(operation).or_default();
        *count = count.saturating_add(1);
        Some(operation)
    }

    fn act(&self, request: Request<Bytes>, now: UnixSeconds) -> Response<Bytes> {
        let response = self.answer(request, now);
        self.0.changed.notify_one();
        response
    }

    fn answer(&self, request: Request<Bytes>, now: UnixSeconds) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        let Some(segments) = input::segments(parts.uri.path()) else {
            return Answer::empty(StatusCode::NOT_FOUND).into_response();
        };
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        if let ["_sandbox", control @ ..] = segments.as_slice() {
            let answer = self.control(&parts.method, control, &body, now);
            return answer.unwrap_or_else(|refusal| refusal).into_response();
        }
        // What does not exist is refused before anything else, empty and unsigned.
        let route = match Route::find(&parts.method, &segments) {
            Ok(route) => route,
            Err(None) => return Answer::empty(StatusCode::NOT_FOUND).into_response(),
            Err(Some(allowed)) => {
                let mut response = Answer::empty(StatusCode::METHOD_NOT_ALLOWED).into_response();
                response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
                return response;
            }
        };
        let inner = &*self.0;
        let signed = match route {
            Route::UploadImage => media::signed_body(&parts.headers, &body),
            _ => &body,
        };
        let passed = auth::authenticate(&parts, signed, now, &inner.credentials, inner.merchant_key.as_ref());
        if let Err(refusal) = passed {
            return refusal.into_response();
        }
        if let Route::DownloadFlow = route {
            let target = parts.uri.path_and_query().map_or("", PathAndQuery::as_str);
            return self.state().links.download(target, now);
        }
        let answer = match segments.contains(&"") {
            // A client that filled in nothing.
            true => Err(Answer::error(StatusCode::BAD_REQUEST, "PARAM_ERROR", "路径参数必填")
                .detail(json!({ "location": "uri_template", "value": "" }))),
            false => self.call(&route, &parts, &body, now),
        };
        let answer = answer.unwrap_or_else(|refusal| refusal);
        answer.sign(&self.answering(&parts.headers), now)
    }

    /// The key that signs the answer to a request with these headers.
    fn answering(&self, headers: &HeaderMap) -> Arc<PlatformKey> {
        let wanted = headers.get("wechatpay-serial").map(HeaderValue::as_bytes);
        self.platform_keys().answering(wanted)
    }

    fn platform_keys(&self) -> MutexGuard<'_, PlatformKeys> {
        self.0.platform_keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(&self, route: &Route<'_>, parts: &request::Parts, body: &[u8], now: UnixSeconds) -> Outcome {
        let query = &Query::parse(parts.uri.query().unwrap_or_default())?;
        let credentials = &self.0.credentials;
        let Credentials { mchid, appid, .. } = credentials;
        let caller = Caller { mchid, parts, real_time: now };
        let state = &mut *self.state();
        let real_time = now;
        let now = state.platform_time(now);
        match *route {
            Route::Certificates => certificates::list(&self.platform_keys(), credentials, real_time),
            Route::CreateStock => stocks::create(state, body, mchid, now),
            Route::ListStocks => stocks::list(state, query),
            Route::QueryStock { id } => stocks::query(state, id, query),
            Route::ChangeStock { id, action } => stocks::change(state, id, action, body, now),
            Route::ListMerchants { id } => available::merchants(state, id, query),
            Route::ListItems { id } => available::items(state, id, query),
            Route::ModifyMerchants { id } => modify::merchants(state, id, body, now),
            Route::ModifyItems { id } => modify::items(state, id, body, now),
            Route::ModifyBudget { id } => modify::budget(state, id, body, now),
            Route::Flow { id, flow } => flow::whole(state, flow, id, &caller, now),
            Route::FlowByDay { id, flow } => flow::by_day(state, flow, id, query, &caller, now),
            // `handle` answers it, because nothing of it is signed.
            Route::DownloadFlow => Err(Answer::empty(StatusCode::NOT_FOUND)),
            Route::SendCoupon { openid } => coupons::send(state, openid, body, appid, now),
            Route::ListCoupons { openid } => coupons::list(state, openid, query, now),
            Route::QueryCoupon { openid, id } => coupons::query(state, openid, id, query, now),
            Route::UploadImage => media::upload(&mut state.images, &parts.headers, body),
            Route::SetCallback => callbacks::set(state, body, mchid, now),
            Route::QueryCallback => callbacks::query(state, query, mchid),
            Route::CreatePlatformFavor => {
                platform_favor::create(&mut state.platform_favors, body, mchid, now)
            }
            Route::QueryPlatformFavor { id } => platform_favor::query(&state.platform_favors, id, query),
            Route::Echo => {
                let serial = parts.headers.get("wechatpay-serial").and_then(|value| value.to_str().ok());
                let key = serial.and_then(|serial| self.platform_keys().named(serial));
                echo::echo(&mut state.notifications, body, key.as_deref(), credentials, now)
            }
        }
    }

    fn control(&self, method: &Method, path: &[&str], body: &[u8], now: UnixSeconds) -> Outcome {
        if let (&Method::POST, ["certificates", "rotate"]) = (method, path) {
            return certificates::rotate(&self.0.platform_keys, now);
        }
        let state = &mut *self.state();
        let real_time = now;
        let now = state.platform_time(now);
        match (method, path) {
            (&Method::GET, ["state"]) => {
                let mut json = state.json(now);
                state::set(&mut json, "platform_keys", Some(self.platform_keys().json()));
                Ok(Answer::ok(json))
            }
            (&Method::POST, ["coupons", id, "redeem"]) => {
                let answer = payment::redeem(state, id, body, now)?;
                let coupon = answer.json.as_ref().unwrap_or_default();
                callbacks::coupon_used(state, &self.0.credentials, coupon, now)?;
                Ok(answer)
            }
            (&Method::POST, ["coupons", id, "refund"]) => payment::refund(state, id, now),
            (&Method::POST, ["clock"]) => state.advance(body, real_time),
            (&Method::POST, ["notifications"]) => state.notifications.signed_by(body),
            (&Method::GET, ["faults"]) => Ok(Answer::ok(json!({ "faults": state.faults.json() }))),
            (&Method::POST, ["faults"]) => state.faults.add(body),
            (&Method::DELETE, ["faults"]) => Ok(state.faults.clear()),
            (&Method::POST, ["certificates", "mode"]) => certificates::mode(&mut self.platform_keys(), body),
            _ => Err(Answer::not_found(
                "GET /_sandbox/state, POST /_sandbox/clock, /_sandbox/coupons/{coupon_id}/redeem or …/refund, \
                 /_sandbox/notifications, /_sandbox/certificates/rotate or /_sandbox/certificates/mode, \
                 GET, POST or DELETE /_sandbox/faults",
            )),
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("credentials", &self.0.credentials).finish_non_exhaustive()
    }
}
