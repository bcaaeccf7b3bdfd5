//! The answer to one request.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use tokio::sync::Notify;
use tokio::time::timeout;
use wechatpay_cli::ledger::{Heard, LedgerError};
use wechatpay_hyper::Client;
use wechatpay_hyper::core::bytes::Bytes;
use wechatpay_hyper::core::cashcoupons::CouponUsed;
use wechatpay_hyper::core::http::header::{ALLOW, CONNECTION};
use wechatpay_hyper::core::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use wechatpay_hyper::core::notification::{Notification, accepted, refused};

use crate::program::clock::unix_millis;
use crate::program::commands::listen::books::Books;
use crate::program::commands::listen::complaints::Complaints;
use crate::program::commands::listen::lines::Lines;
use crate::program::commands::listen::shown::Shown;
use crate::program::texts::{ledger_error, marked, said, text};

/// The largest body. Callbacks have about 2 KB.
const MOST: usize = 256 * 1024;
/// For the sender to send the body.
const BODY: Duration = Duration::from_secs(5);
/// To verify and keep a callback. WeChat Pay waits for five seconds.
const LIMIT: Duration = Duration::from_millis(4500);

/// What the answers need.
pub(super) struct Listener {
    pub(super) client: Client,
    pub(super) path: String,
    /// `None`: callbacks are only shown.
    pub(super) books: Option<Books>,
    /// Whether callbacks are to be forwarded.
    pub(super) forwards: bool,
    /// Told of each callback that was accepted.
    pub(super) accepted: Notify,
    pub(super) complaints: Arc<Complaints>,
    pub(super) lines: Lines,
}

impl Listener {
    pub(super) async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let mut response = match self.read(request).await {
            Ok(request) => self.take(&request).await,
            Err((status, why)) => {
                let whole = format!("{} ({})", said(why), status.as_u16());
                self.complaints.note(&text!("rejected: {why}", why = whole));
                refusal(status, why)
            }
        };
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        }
        if response.status().is_success() {
            self.accepted.notify_one();
        } else {
            // What is left of the request would be taken for the next one; and who sends requests without end, and reads no
            // answer, must not keep a connection.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response.map(Full::new))
    }

    /// Reads a request. The error says why it is no callback.
    async fn read(&self, request: Request<Incoming>) -> Result<Request<Bytes>, (StatusCode, &'static str)> {
        if request.uri().path() != self.path {
            return Err((StatusCode::NOT_FOUND, marked!("there is nothing at this path")));
        }
        if request.method() != Method::POST {
            return Err((StatusCode::METHOD_NOT_ALLOWED, marked!("callbacks are POST")));
        }
        let (parts, body) = request.into_parts();
        match timeout(BODY, Limited::new(body, MOST).collect()).await {
            Ok(Ok(body)) => Ok(Request::from_parts(parts, body.to_bytes())),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                Err((StatusCode::PAYLOAD_TOO_LARGE, marked!("the body is too large")))
            }
            Ok(Err(_)) => Err((StatusCode::BAD_REQUEST, marked!("the body is not whole"))),
            Err(_) => Err((StatusCode::REQUEST_TIMEOUT, marked!("the body did not arrive in time"))),
        }
    }

    /// Verifies a callback and keeps it.
    async fn take(&self, request: &Request<Bytes>) -> Response<Bytes> {
        match timeout(LIMIT, self.keep(request)).await {
            Ok(response) => response,
            Err(_) => {
                let late = text!("a callback could not be kept in time; WeChat Pay sends it again");
                self.complaints.important(&late);
                refusal(StatusCode::SERVICE_UNAVAILABLE, "the callback could not be stored in time")
            }
        }
    }

    async fn keep(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let received_at = unix_millis();
        let notification: Notification<CouponUsed> = match self.client.receive(request).await {
            Ok(notification) => notification,
            Err(error) => {
                let why = format!("{error:#}");
                self.complaints.note(&match error.is_probe() {
                    true => text!("rejected (a signature probe of WeChat Pay): {why}", why = why),
                    false => text!("rejected: {why}", why = why),
                });
                return error.reply();
            }
        };
        let shown = Shown::new(&notification, received_at);
        let Some(books) = &self.books else {
            self.lines.write(shown, None);
            return accepted();
        };
        let mut heard = Heard::new(&notification, received_at);
        if self.forwards {
            heard = heard.to_forward(forwarded(request.headers()), request.body());
        }
        match books.keep(heard, shown).await {
            Ok(()) => accepted(),
            Err(error) => {
                self.complaints.important(&text!(
                    "a callback was not kept, so WeChat Pay sends it again: {error}",
                    error = whole(&error)
                ));
                refusal(StatusCode::SERVICE_UNAVAILABLE, "the callback could not be stored")
            }
        }
    }
}

/// An error with its causes.
fn whole(error: &LedgerError) -> String {
    let mut text = ledger_error(error);
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// The headers that a receiver needs to verify the callback.
fn forwarded(headers: &HeaderMap) -> Vec<(String, String)> {
    let is_needed =
        |name: &str| name.starts_with("wechatpay-") || ["content-type", "request-id"].contains(&name);
    let needed = headers.iter().filter(|(name, _)| is_needed(name.as_str()));
    needed
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}

fn refusal(status: StatusCode, message: &str) -> Response<Bytes> {
    let mut response = refused(message);
    *response.status_mut() = status;
    response
}
