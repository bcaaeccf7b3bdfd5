//! The core in a runtime other than tokio: smol, with its own HTTP connection.
//!
//! ```text
//! cargo run -p wechatpay-conformance --example smol
//! ```
//!
//! A driver implements [`AsyncIo`]: sockets, two clocks and entropy. The core does signatures, retries and errors. This
//! example sends a coupon to a sandbox in the same process, which closes the connection after the first request.

use std::error::Error as StdError;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use serde_json::Value;
use smol::Timer;
use smol::net::TcpStream;
use smol_hyper::rt::FuturesIo;
use wechatpay_conformance::now;
use wechatpay_conformance::sandbox::{HOUR, ServedSandbox};
use wechatpay_core::cashcoupons::{RequiredCouponFields, SendCoupon, StartStock};
use wechatpay_core::crypto::CryptoError;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::error::{TransportError, TransportErrorKind};
use wechatpay_core::types::UnixSeconds;
use wechatpay_core::{Answer, AsyncIo, Client, ConnectionChoice, Error, Operation, Stamp, drive_async};

type Connection = SendRequest<Full<Bytes>>;
type AnyError = Box<dyn StdError + Send + Sync>;

/// The maximum size of a response body, in bytes.
const RESPONSE_CAP: usize = 1024 * 1024;

/// A client with one connection, which is reused for the next request.
struct SmolClient {
    core: Client,
    connection: Option<Connection>,
}

impl SmolClient {
    async fn send<O: Operation>(&mut self, operation: &O) -> Result<Answer<O::Response>, Error> {
        let exchange = self.core.exchange(operation)?;
        let connection = &mut self.connection;
        drive_async(exchange, &mut Call { connection, started_at: instant() }).await
    }
}

/// The IO of one operation, with all its retries.
struct Call<'a> {
    connection: &'a mut Option<Connection>,
    started_at: Instant,
}

impl AsyncIo for Call<'_> {
    async fn send(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
        connection: ConnectionChoice,
    ) -> Result<Response<Bytes>, TransportError> {
        let late = async {
            Timer::after(timeout).await;
            Err(TransportErrorKind::MaybeSent.into())
        };
        smol::future::or(self.attempt(request, connection), late).await
    }

    async fn sleep(&mut self, duration: Duration) {
        Timer::after(duration).await;
    }

    fn unix_seconds(&mut self) -> UnixSeconds {
        now()
    }

    fn elapsed(&mut self) -> Duration {
        self.started_at.elapsed()
    }

    fn stamp(&mut self) -> Result<Stamp, CryptoError> {
        Stamp::new(now(), PROVIDER.random)
    }
}

impl Call<'_> {
    /// A driver must know which errors prove that nothing was sent. The core needs nothing else from it.
    async fn attempt(
        &mut self,
        request: Request<Bytes>,
        choice: ConnectionChoice,
    ) -> Result<Response<Bytes>, TransportError> {
        let not_sent = |error| TransportError::new(TransportErrorKind::NotSent, error);
        // The connection is taken out while in use, so that a broken or late one is not reused.
        let may_reuse = choice == ConnectionChoice::Any;
        let kept = self.connection.take().filter(|kept| may_reuse && kept.is_ready());
        let mut connection = match kept {
            Some(connection) => connection,
            None => connect(request.uri()).await.map_err(not_sent)?,
        };
        let request = on_the_wire(request).map_err(not_sent)?;
        let response = connection.send_request(request).await.map_err(maybe_sent)?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, RESPONSE_CAP).collect().await.map_err(body_error)?;
        if connection.ready().await.is_ok() {
            *self.connection = Some(connection);
        }
        Ok(Response::from_parts(parts, body.to_bytes()))
    }
}

async fn connect(uri: &Uri) -> Result<Connection, AnyError> {
    let host = uri.host().ok_or("the URL has no host")?;
    // For https, wrap this stream in a TLS stream.
    let socket = TcpStream::connect((host, uri.port_u16().unwrap_or(80))).await?;
    let (sender, connection) = http1::handshake(FuturesIo::new(socket)).await?;
    // This task reads and writes. The sender receives its errors.
    smol::spawn(async move { drop(connection.await) }).detach();
    println!("a new connection");
    Ok(sender)
}

/// Moves the host, which is not signed, into a header, and leaves the signed target, as HTTP/1.1 requires.
fn on_the_wire(mut request: Request<Bytes>) -> Result<Request<Full<Bytes>>, AnyError> {
    let uri = request.uri();
    let host = HeaderValue::from_str(uri.authority().ok_or("the URL has no host")?.as_str())?;
    let target = uri.path_and_query().map_or("/", PathAndQuery::as_str).parse()?;
    request.headers_mut().insert(HOST, host);
    *request.uri_mut() = target;
    Ok(request.map(Full::new))
}

fn maybe_sent(error: impl Into<AnyError>) -> TransportError {
    TransportError::new(TransportErrorKind::MaybeSent, error)
}

fn body_error(error: AnyError) -> TransportError {
    match error.is::<LengthLimitError>() {
        true => TransportErrorKind::ResponseTooLarge { cap: RESPONSE_CAP as u64 }.into(),
        false => maybe_sent(error),
    }
}

#[expect(clippy::disallowed_methods, reason = "the only monotonic clock of the example")]
fn instant() -> Instant {
    Instant::now()
}

fn main() -> Result<(), Box<dyn StdError>> {
    let local = ServedSandbox::start();
    let core = local.client();
    let mut client = SmolClient { core, connection: None };
    let (mchid, appid) = (local.credentials.mchid(), local.credentials.appid());

    smol::block_on(async {
        let stock_id = client.send(&local.stock("create-1")).await?.into_value().stock_id;
        client.send(&StartStock::new(stock_id.clone(), mchid.into())).await?;
        local.advance(HOUR);

        // The coupon is sent, but the response is lost: the core retries the same request.
        local.control("faults", r#"{"operation": "coupon.send", "fault": "close_after"}"#);
        let coupon = SendCoupon::new(RequiredCouponFields {
            openid: "oUser1".into(),
            appid: appid.into(),
            stock_id,
            stock_creator_mchid: mchid.into(),
            out_request_no: "send-1".into(),
        });
        let sent = client.send(&coupon).await?;
        println!("coupon {} was sent", sent.coupon_id);

        let state = local.state();
        let requests = state.pointer("/requests/coupon.send").and_then(Value::as_u64);
        let coupons = state.pointer("/coupons").and_then(Value::as_u64);
        match (requests, coupons) {
            (Some(2), Some(1)) => println!("2 requests, 1 coupon"),
            other => return Err(format!("expected 2 requests and 1 coupon, found {other:?}").into()),
        }
        Ok(())
    })
}
