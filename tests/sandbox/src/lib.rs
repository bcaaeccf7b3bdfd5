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
//! Below `/_sandbox`, unsigned and for tests:
//!
//! - `POST /_sandbox/coupons/{coupon_id}/redeem` uses a coupon. The body may be empty, or a JSON object with any of
//!   `order_amount` (fen; at least, and by default, the coupon's threshold), `consume_mchid` (by default the
//!   creator) and `goods_detail` (a list as in `consume_information`).
//! - `POST /_sandbox/coupons/{coupon_id}/refund` gives back the payment it was used in.
//! - `POST /_sandbox/clock` lets time pass: `{"advance_seconds": 86400}`.
//! - `GET /_sandbox/state` shows everything.
//!
//! Two clocks: signatures are made and checked by the real time, so that a client's own clock stays right, and
//! everything else happens by the platform's time, which can be advanced.
#![forbid(unsafe_code)]

mod answer;
mod auth;
mod available;
mod certificates;
mod coupons;
mod credentials;
mod flow;
mod flow_file;
mod folder;
mod input;
mod ledger;
mod modify;
mod payment;
mod server;
mod state;
mod stocks;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::ALLOW;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Response, StatusCode, request};
use serde_json::json;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::{SigningKey, VerifyingKey, load_signing_key, load_verifying_key};
use wechatpay_core::error::KeyError;
use wechatpay_core::types::UnixSeconds;

pub use credentials::Credentials;
pub use server::{Server, serve};

use answer::{Answer, Outcome};
use flow::Caller;
use flow_file::Flow;
use input::Query;
use state::State;

/// The platform, as far as coupons go. Clones share their state.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

struct Inner {
    credentials: Credentials,
    merchant_key: Arc<dyn VerifyingKey>,
    public_key: Arc<dyn SigningKey>,
    certificate_key: Arc<dyn SigningKey>,
    state: Mutex<State>,
}

impl Sandbox {
    /// A sandbox without any stock.
    ///
    /// # Errors
    /// [`SandboxError::Key`] when a key in the credentials cannot be used.
    pub fn new(credentials: Credentials) -> Result<Self, SandboxError> {
        Ok(Self(Arc::new(Inner {
            merchant_key: load_verifying_key(&PROVIDER, &credentials.certificate_pem)?,
            public_key: load_signing_key(&PROVIDER, &credentials.public_key_private_pem)?,
            certificate_key: load_signing_key(&PROVIDER, &credentials.platform_certificate_private_pem)?,
            credentials,
            state: Mutex::default(),
        })))
    }

    /// What a merchant needs to call it.
    pub fn credentials(&self) -> &Credentials {
        &self.0.credentials
    }

    /// Answers a request, whatever it is. `now` is the platform's time.
    pub fn handle(&self, request: Request<Bytes>, now: UnixSeconds) -> Response<Bytes> {
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
        let passed = auth::authenticate(&parts, &body, now, &inner.credentials, inner.merchant_key.as_ref());
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
        let wanted = parts.headers.get("wechatpay-serial").map(HeaderValue::as_bytes);
        if wanted == Some(inner.credentials.public_key_id.as_bytes()) {
            answer.sign(inner.public_key.as_ref(), &inner.credentials.public_key_id, now)
        } else {
            let serial = &inner.credentials.platform_certificate_serial;
            answer.sign(inner.certificate_key.as_ref(), serial, now)
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(&self, route: &Route<'_>, parts: &request::Parts, body: &[u8], now: UnixSeconds) -> Outcome {
        let query = &Query::parse(parts.uri.query().unwrap_or_default())?;
        let Credentials { mchid, appid, .. } = &self.0.credentials;
        let caller = Caller { mchid, parts, real_time: now };
        let state = &mut *self.state();
        let now = state.platform_time(now);
        match *route {
            Route::Certificates => certificates::list(&self.0.credentials, now),
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
        }
    }

    fn control(&self, method: &Method, path: &[&str], body: &[u8], now: UnixSeconds) -> Outcome {
        let state = &mut *self.state();
        let real_time = now;
        let now = state.platform_time(now);
        match (method, path) {
            (&Method::GET, ["state"]) => Ok(Answer::ok(state.json(now))),
            (&Method::POST, ["coupons", id, "redeem"]) => payment::redeem(state, id, body, now),
            (&Method::POST, ["coupons", id, "refund"]) => payment::refund(state, id, now),
            (&Method::POST, ["clock"]) => state.advance(body, real_time),
            _ => Err(Answer::not_found(
                "GET /_sandbox/state, POST /_sandbox/clock or POST /_sandbox/coupons/{coupon_id}/redeem or …/refund",
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
    ListMerchants { id: &'a str },
    ListItems { id: &'a str },
    ModifyMerchants { id: &'a str },
    ModifyItems { id: &'a str },
    ModifyBudget { id: &'a str },
    Flow { id: &'a str, flow: Flow },
    FlowByDay { id: &'a str, flow: Flow },
    DownloadFlow,
    SendCoupon { openid: &'a str },
    ListCoupons { openid: &'a str },
    QueryCoupon { openid: &'a str, id: &'a str },
}

impl<'a> Route<'a> {
    /// Fails with the methods there are, if the path is known.
    fn find(method: &Method, segments: &[&'a str]) -> Result<Self, Option<&'static str>> {
        let only = |allowed: &'static str, route: Self| {
            if method.as_str() == allowed { Ok(route) } else { Err(Some(allowed)) }
        };
        if let ["v3", "billdownload", "file"] | ["mkt", "storage", "bill", "download"] = segments {
            return only("GET", Self::DownloadFlow);
        }
        let ["v3", rest @ ..] = segments else { return Err(None) };
        if let ["certificates"] = rest {
            return only("GET", Self::Certificates);
        }
        let ["marketing", "favor", rest @ ..] = rest else { return Err(None) };
        match *rest {
            ["coupon-stocks"] => only("POST", Self::CreateStock),
            ["stocks"] => only("GET", Self::ListStocks),
            ["stocks", id] => only("GET", Self::QueryStock { id }),
            ["stocks", id, action @ ("start" | "pause" | "restart" | "stop")] => {
                only("POST", Self::ChangeStock { id, action })
            }
            ["stocks", id, "merchants"] => only("GET", Self::ListMerchants { id }),
            ["stocks", id, "items"] => only("GET", Self::ListItems { id }),
            ["stocks", id, "modify-merchants"] => only("POST", Self::ModifyMerchants { id }),
            ["stocks", id, "modify-goods-id"] => only("POST", Self::ModifyItems { id }),
            ["stocks", id, "max-amount-modify"] => only("POST", Self::ModifyBudget { id }),
            ["stocks", id, "use-flow"] => only("GET", Self::Flow { id, flow: Flow::Use }),
            ["stocks", id, "refund-flow"] => only("GET", Self::Flow { id, flow: Flow::Refund }),
            ["stocks", id, "use-flow-by-day"] => only("GET", Self::FlowByDay { id, flow: Flow::Use }),
            ["stocks", id, "refund-flow-by-day"] => only("GET", Self::FlowByDay { id, flow: Flow::Refund }),
            ["users", openid, "coupons"] if method == Method::POST => Ok(Self::SendCoupon { openid }),
            ["users", openid, "coupons"] if method == Method::GET => Ok(Self::ListCoupons { openid }),
            ["users", _, "coupons"] => Err(Some("GET, POST")),
            ["users", openid, "coupons", id] => only("GET", Self::QueryCoupon { openid, id }),
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
