//! Sends notifications over HTTP, to loopback addresses and to hosts that were allowed.

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

use crate::protocol::delivery_host::may_be_delivered_to;
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
            let sandbox = sandbox.clone();
            in_flight.spawn(async move { (delivery.attempt, send(&sandbox, delivery.request).await) });
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

async fn send(sandbox: &Sandbox, request: Request<Bytes>) -> Result<StatusCode, String> {
    match tokio::time::timeout(TIMEOUT, exchange(sandbox, request)).await {
        Ok(result) => result,
        Err(_) => Err("no response within 5 s".to_owned()),
    }
}

/// Returns the addresses of the host, if callbacks may be sent there.
async fn addresses(sandbox: &Sandbox, url: &Uri) -> Result<Vec<SocketAddr>, String> {
    let (host, port) = (url.host().unwrap_or_default(), url.port_u16().unwrap_or(80));
    if let Some(loopback) = loopback_addresses(host) {
        return Ok(loopback.into_iter().map(|ip| SocketAddr::new(ip, port)).collect());
    }
    if !sandbox.may_deliver_to(url) {
        return Err(format!(
            "{host} is not on this machine; the sandbox delivers there if it is started with --deliver-to {host}"
        ));
    }
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((name, port)).await;
    let found = found.map_err(|error| format!("{host} was not found: {error}"))?;
    let allowed: Vec<SocketAddr> = found.filter(|address| may_be_delivered_to(address.ip())).collect();
    if allowed.is_empty() {
        Err(format!("{host} has no address that may be delivered to"))
    } else {
        Ok(allowed)
    }
}

async fn exchange(sandbox: &Sandbox, request: Request<Bytes>) -> Result<StatusCode, String> {
    let (mut parts, body) = request.into_parts();
    if parts.uri.scheme_str() != Some("http") {
        return Err("the sandbox does not support TLS: it delivers to http only".to_owned());
    }
    let addresses = addresses(sandbox, &parts.uri).await?;
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
