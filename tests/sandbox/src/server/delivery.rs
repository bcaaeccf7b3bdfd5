//! Sends notifications over HTTP, to loopback addresses only.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use wechatpay_core::types::UnixSeconds;

use crate::protocol::notify_url::loopback_addresses;
use crate::sandbox::Sandbox;

/// Time limit for the receiver's response.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Limit of the response body that is read. Only the status matters.
const MAX_RESPONSE: usize = 64 * 1024;
/// Limit of attempts in flight.
const MAX_IN_FLIGHT: usize = 16;

/// Sends notifications when they are due, as long as it is polled.
pub(crate) async fn deliver(sandbox: Sandbox, clock: Arc<impl Fn() -> UnixSeconds>) -> Infallible {
    let mut in_flight = JoinSet::new();
    loop {
        while in_flight.len() < MAX_IN_FLIGHT
            && let Some(delivery) = sandbox.next_delivery(clock())
        {
            in_flight.spawn(async move { (delivery.attempt, send(delivery.request).await) });
        }
        // At the limit, only the end of an attempt allows another one, so no timer is needed.
        let wait = sandbox.next_delivery_in(clock()).filter(|_| in_flight.len() < MAX_IN_FLIGHT);
        tokio::select! {
            () = sandbox.changed() => {}
            Some(ended) = in_flight.join_next() => {
                // An attempt that panicked is not reported; it fails by its timeout.
                if let Ok((attempt, result)) = ended {
                    sandbox.delivered(attempt, result);
                }
            }
            () = tokio::time::sleep(Duration::from_secs(wait.unwrap_or_default())), if wait.is_some() => {}
        }
    }
}

async fn send(request: Request<Bytes>) -> Result<StatusCode, String> {
    match tokio::time::timeout(TIMEOUT, exchange(request)).await {
        Ok(result) => result,
        Err(_) => Err("no response within 5 s".to_owned()),
    }
}

async fn exchange(request: Request<Bytes>) -> Result<StatusCode, String> {
    let (mut parts, body) = request.into_parts();
    if parts.uri.scheme_str() != Some("http") {
        return Err(
            "the sandbox does not support TLS: it delivers to http on loopback addresses only".to_owned()
        );
    }
    let addresses =
        parts.uri.host().and_then(loopback_addresses).ok_or("the host is not a loopback address")?;
    let port = parts.uri.port_u16().unwrap_or(80);
    let addresses: Vec<SocketAddr> = addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
    let failed = |what: &str, error: &dyn std::error::Error| format!("{what}: {error}");
    let stream = TcpStream::connect(addresses.as_slice())
        .await
        .map_err(|error| failed("connection failed", &error))?;
    let (mut sender, connection) = http1::Builder::new()
        .title_case_headers(true)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failed("connection failed", &error))?;
    let target = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    parts.uri = target.parse::<Uri>().map_err(|error| failed("invalid path", &error))?;
    let status = async {
        let response = sender.send_request(Request::from_parts(parts, Full::new(body))).await;
        let response = response.map_err(|error| failed("no response", &error))?;
        let status = response.status();
        // The body is read so that the connection ends in order. Its content does not matter.
        let _ = Limited::new(response.into_body(), MAX_RESPONSE).collect().await;
        Ok(status)
    };
    // The connection must be polled to receive the response. If it fails, `send_request` reports the error.
    let connection = async {
        let _ = connection.await;
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        status = status => status,
        never = connection => match never {},
    }
}
