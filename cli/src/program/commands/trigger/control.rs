//! The control interface of a sandbox.

use std::time::Duration;

use serde_json::{Value, json};
use wechatpay_hyper::core::bytes::Bytes;
use wechatpay_hyper::core::http::header::CONTENT_TYPE;
use wechatpay_hyper::core::http::{Method, Request, StatusCode};

use crate::program::connection::Connection;
use crate::program::failure::Failure;
use crate::program::http::Http;
use crate::program::texts::text;

/// For one request.
const LIMIT: Duration = Duration::from_secs(30);

/// A sandbox.
pub(super) struct Control {
    http: Http,
    base: String,
}

/// What a request did.
pub(super) enum Done {
    /// It was done. The coupon as it is now.
    Yes(Value),
    /// The coupon is such that it cannot be done.
    Cannot(String),
}

impl Control {
    /// Finds the sandbox. WeChat Pay's own hosts get no request; any other is asked whether it is a sandbox, and gets
    /// nothing else if it is not.
    ///
    /// # Errors
    /// A [`Failure`] if it is none, or does not answer.
    pub(super) async fn of(connection: &Connection) -> Result<Self, Failure> {
        let refused = |what: String| {
            Err(Failure::usage(what).advice(text!(
                "start one with `wechatpay sandbox`, or set no WECHATPAY_* to use the one beside the ledger"
            )))
        };
        let base = connection.base_url().to_string();
        if connection.is_wechatpay() {
            return refused(text!(
                "trigger is for a sandbox only, and {url} is WeChat Pay; nothing was done",
                url = base
            ));
        }
        let control = Self { http: Http::new(connection.ca())?, base };
        let (status, json) = control.request(Method::GET, "version", &Value::Null).await?;
        if status != StatusCode::OK || json.get("name") != Some(&"wechatpay-sandbox".into()) {
            return refused(text!(
                "trigger is for a sandbox only, and {url} is none; nothing was done",
                url = control.base
            ));
        }
        Ok(control)
    }

    /// Uses a coupon in a payment of this amount in fen.
    pub(super) async fn redeem(&self, coupon_id: &str, order_amount: Option<i64>) -> Result<Done, Failure> {
        let body = order_amount.map_or_else(|| json!({}), |amount| json!({ "order_amount": amount }));
        self.post(&format!("coupons/{coupon_id}/redeem"), &body).await
    }

    /// Refunds the payment in which a coupon was used.
    pub(super) async fn refund(&self, coupon_id: &str) -> Result<Done, Failure> {
        self.post(&format!("coupons/{coupon_id}/refund"), &json!({})).await
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Done, Failure> {
        let (status, json) = self.request(Method::POST, path, body).await?;
        let message = json.get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
        match status {
            StatusCode::OK => Ok(Done::Yes(json)),
            StatusCode::NOT_FOUND | StatusCode::CONFLICT => Ok(Done::Cannot(message)),
            other => Err(Failure::failed(text!(
                "the sandbox answered {status}: {message}",
                status = other.as_u16(),
                message = message
            ))),
        }
    }

    async fn request(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<(StatusCode, Value), Failure> {
        let url = format!("{}/_sandbox/{path}", self.base.trim_end_matches('/'));
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = Request::builder().method(method).uri(url).header(CONTENT_TYPE, "application/json");
        let request = request.body(body).map_err(|error| {
            Failure::failed(text!("the request to the sandbox cannot be made")).because(&error)
        })?;
        let response = self.http.send(request, LIMIT).await.map_err(|error| {
            Failure::failed(text!("there was no answer at {url}: {error}", url = self.base, error = error))
        })?;
        Ok((response.status(), serde_json::from_slice(response.body()).unwrap_or_default()))
    }
}
