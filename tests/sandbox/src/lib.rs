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
//! [`Sandbox::handle`] does no IO and takes the time as an argument, for simulations and fuzzing; [`Server`] puts it
//! behind HTTP.
//!
//! Outside `/v3`, unsigned and for tests: `POST /_sandbox/coupons/{coupon_id}/redeem` uses a coupon,
//! `POST /_sandbox/clock` lets time pass, `GET /_sandbox/state` shows everything. And:
//!
//! - `POST /_sandbox/notifications` says which key signs them: `{"signed_by": "certificate"}`, or at first
//!   `"public_key"`.
//! - `POST /_sandbox/certificates/rotate` makes the platform a new certificate, which signs from then on.
//!   `GET /v3/certificates` lists both. It is forgotten when the sandbox ends: the credentials stay as they are.
//! - `POST /_sandbox/certificates/mode` with `{"public_key_only": true}` makes it a merchant without certificates.
//!
//! Notifications go to the callback URL that was set, once a minute by the platform's time until one is answered with
//! 200 or 204, nine times at most. [`Server`] sends them, over plain HTTP to this machine;
//! [`Sandbox::next_delivery`] hands them to whoever else wants to.
//!
//! Two clocks: signatures are made and checked by the real time, so that a client's own clock stays right, and
//! everything else happens by the platform's time, which can be advanced.
#![forbid(unsafe_code)]

mod answer;
mod auth;
mod callbacks;
mod certificates;
mod coupons;
mod credentials;
mod delivery;
mod echo;
mod folder;
mod input;
mod media;
mod multipart;
mod notifications;
mod platform_favor;
mod platform_keys;
mod sealed;
mod server;
mod state;
mod stocks;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::ALLOW;
use http::{HeaderValue, Method, Request, Response, StatusCode, request};
use serde_json::json;
use tokio::sync::Notify;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::{VerifyingKey, load_verifying_key};
use wechatpay_core::error::KeyError;
use wechatpay_core::types::UnixSeconds;

pub use credentials::Credentials;
pub use notifications::{Attempt, Delivery};
pub use server::{Server, serve};

use answer::{Answer, Outcome};
use input::Query;
use platform_keys::PlatformKeys;
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
    pub fn handle(&self, request: Request<Bytes>, now: UnixSeconds) -> Response<Bytes> {
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
        let answer = match segments.contains(&"") {
            // A client that filled in nothing.
            true => Err(Answer::error(StatusCode::BAD_REQUEST, "PARAM_ERROR", "路径参数必填")
                .detail(json!({ "location": "uri_template", "value": "" }))),
            false => self.call(&route, &parts, &body, now),
        };
        let answer = answer.unwrap_or_else(|refusal| refusal);
        let wanted = parts.headers.get("wechatpay-serial").map(HeaderValue::as_bytes);
        let key = self.platform_keys().answering(wanted);
        answer.sign(&key, now)
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
        let state = &mut *self.state();
        let real_time = now;
        let now = state.platform_time(now);
        match *route {
            Route::Certificates => certificates::list(&self.platform_keys(), credentials, real_time),
            Route::CreateStock => stocks::create(state, body, mchid, now),
            Route::ListStocks => stocks::list(state, query),
            Route::QueryStock { id } => stocks::query(state, id, query),
            Route::ChangeStock { id, action } => stocks::change(state, id, action, body, now),
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
                let answer = coupons::redeem(state, id, now)?;
                let coupon = answer.json.as_ref().unwrap_or_default();
                callbacks::coupon_used(state, &self.0.credentials, coupon, now)?;
                Ok(answer)
            }
            (&Method::POST, ["clock"]) => state.advance(body, real_time),
            (&Method::POST, ["notifications"]) => state.notifications.signed_by(body),
            (&Method::POST, ["certificates", "mode"]) => certificates::mode(&mut self.platform_keys(), body),
            _ => Err(Answer::not_found(
                "GET /_sandbox/state, POST /_sandbox/clock, /_sandbox/coupons/{coupon_id}/redeem, \
                 /_sandbox/notifications, /_sandbox/certificates/rotate or /_sandbox/certificates/mode",
            )),
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("credentials", &self.0.credentials).finish_non_exhaustive()
    }
}

/// What a request asks for.
enum Route<'a> {
    Certificates,
    CreateStock,
    ListStocks,
    QueryStock { id: &'a str },
    ChangeStock { id: &'a str, action: &'a str },
    SendCoupon { openid: &'a str },
    ListCoupons { openid: &'a str },
    QueryCoupon { openid: &'a str, id: &'a str },
    UploadImage,
    SetCallback,
    QueryCallback,
    CreatePlatformFavor,
    QueryPlatformFavor { id: &'a str },
    Echo,
}

impl<'a> Route<'a> {
    /// Fails with the methods there are, if the path is known.
    fn find(method: &Method, segments: &[&'a str]) -> Result<Self, Option<&'static str>> {
        let only = |allowed: &'static str, route: Self| {
            if method.as_str() == allowed { Ok(route) } else { Err(Some(allowed)) }
        };
        let ["v3", rest @ ..] = segments else { return Err(None) };
        if let ["certificates"] = rest {
            return only("GET", Self::Certificates);
        }
        if let ["security", "echo"] = rest {
            return only("POST", Self::Echo);
        }
        let ["marketing", "favor", rest @ ..] = rest else { return Err(None) };
        match *rest {
            ["coupon-stocks"] => only("POST", Self::CreateStock),
            ["stocks"] => only("GET", Self::ListStocks),
            ["stocks", id] => only("GET", Self::QueryStock { id }),
            ["stocks", id, action @ ("start" | "pause" | "restart" | "stop")] => {
                only("POST", Self::ChangeStock { id, action })
            }
            ["users", openid, "coupons"] if method == Method::POST => Ok(Self::SendCoupon { openid }),
            ["users", openid, "coupons"] if method == Method::GET => Ok(Self::ListCoupons { openid }),
            ["users", _, "coupons"] => Err(Some("GET, POST")),
            ["users", openid, "coupons", id] => only("GET", Self::QueryCoupon { openid, id }),
            ["media", "image-upload"] => only("POST", Self::UploadImage),
            ["callbacks"] if method == Method::POST => Ok(Self::SetCallback),
            ["callbacks"] if method == Method::GET => Ok(Self::QueryCallback),
            ["callbacks"] => Err(Some("GET, POST")),
            ["platform-favor"] => only("POST", Self::CreatePlatformFavor),
            ["platform-favor", id] => only("GET", Self::QueryPlatformFavor { id }),
            _ => Err(None),
        }
    }
}

/// The sandbox could not be set up.
#[derive(Debug)]
#[non_exhaustive]
pub enum SandboxError {
    /// Keys or certificates could not be made.
    Generate(Box<dyn std::error::Error + Send + Sync>),
    /// A key cannot be used.
    Key(KeyError),
    /// A file of the credentials cannot be read or written.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl SandboxError {
    fn generate(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Generate(Box::new(error))
    }

    fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }
}

impl From<KeyError> for SandboxError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Generate(_) => f.write_str("credentials could not be made"),
            Self::Key(_) => f.write_str("a key of the credentials cannot be used"),
            Self::File { path, .. } => write!(f, "{} cannot be used", path.display()),
        }
    }
}

impl std::error::Error for SandboxError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Generate(source) => Some(source.as_ref()),
            Self::Key(source) => Some(source),
            Self::File { source, .. } => Some(source),
        }
    }
}
