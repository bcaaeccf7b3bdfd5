//! Sending notifications over HTTP, to this machine and no other.

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

use crate::protocol::notify_url::loopback;
use crate::sandbox::Sandbox;

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// More of an answer than this is not read: its status says it all.
const MAX_ANSWER: usize = 64 * 1024;
/// How many attempts there are at a time.
const AT_A_TIME: usize = 16;

/// Sends whatever is due, when it is due, for as long as it is polled.
pub(crate) async fn deliver(sandbox: Sandbox, clock: Arc<impl Fn() -> UnixSeconds>) -> Infallible {
    let mut under_way = JoinSet::new();
    loop {
        while under_way.len() < AT_A_TIME
            && let Some(delivery) = sandbox.next_delivery(clock())
        {
            under_way.spawn(async move { (delivery.attempt, send(delivery.request).await) });
        }
        // With all hands full, only an end of one matters.
        let wait = sandbox.next_delivery_in(clock()).filter(|_| under_way.len() < AT_A_TIME);
        tokio::select! {
            () = sandbox.changed() => {}
            Some(ended) = under_way.join_next() => {
                // One that panicked is taken as failed when it has had its time.
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
        Err(_) => Err("no answer within 5 s".to_owned()),
    }
}

async fn exchange(request: Request<Bytes>) -> Result<StatusCode, String> {
    let (mut parts, body) = request.into_parts();
    if parts.uri.scheme_str() != Some("http") {
        return Err("the sandbox speaks no TLS: it delivers to http on loopback only".to_owned());
    }
    let addresses = parts.uri.host().and_then(loopback).ok_or("the host is not loopback")?;
    let port = parts.uri.port_u16().unwrap_or(80);
    let addresses: Vec<SocketAddr> = addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
    let failed = |what: &str, error: &dyn std::error::Error| format!("{what}: {error}");
    let stream = TcpStream::connect(addresses.as_slice())
        .await
        .map_err(|error| failed("the connection failed", &error))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failed("the connection failed", &error))?;
    let target = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    parts.uri = target.parse::<Uri>().map_err(|error| failed("the path cannot be sent", &error))?;
    let answer = async {
        let response = sender.send_request(Request::from_parts(parts, Full::new(body))).await;
        let response = response.map_err(|error| failed("no answer", &error))?;
        let status = response.status();
        // Read so that the receiver sees an orderly end; what it says does not matter.
        let _ = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
        Ok(status)
    };
    // The connection has to be polled for the answer to come, and ends before it when it fails.
    let connection = async {
        let _ = connection.await;
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        status = answer => status,
        never = connection => match never {},
    }
}
