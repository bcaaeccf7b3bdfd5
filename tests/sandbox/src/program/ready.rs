//! `wechatpay-sandbox ready`.

use std::fs;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::program::arguments::Ready;

/// Time between two questions.
const PAUSE: Duration = Duration::from_millis(100);
/// Time limit of one question.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Succeeds if the sandbox is ready.
pub(crate) async fn ready(arguments: &Ready) -> Result<(), Box<dyn std::error::Error>> {
    let mut last = "no answer".to_owned();
    let waiting = async {
        loop {
            match ask(arguments).await {
                Ok(()) => return Ok(()),
                Err(problem) if !arguments.wait => return Err(problem.into()),
                Err(problem) => last = problem,
            }
            sleep(PAUSE).await;
        }
    };
    let limit = if arguments.wait { arguments.timeout } else { TIMEOUT };
    match timeout(limit, waiting).await {
        Ok(result) => result,
        Err(_) => Err(format!("not ready within {}: {last}", humantime::format_duration(limit)).into()),
    }
}

async fn ask(arguments: &Ready) -> Result<(), String> {
    let url = match &arguments.url_file {
        None => arguments.url.clone(),
        Some(file) => fs::read_to_string(file)
            .map_err(|error| format!("file {} could not be read: {error}", file.display()))?
            .trim()
            .to_owned(),
    };
    let failed = |error: &dyn std::error::Error| format!("no sandbox is ready at {url}: {error}");
    let uri: Uri = url.parse().map_err(|error: http::uri::InvalidUri| failed(&error))?;
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(80))).await;
    let stream = stream.map_err(|error| failed(&error))?;
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| failed(&error))?;
    let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    let request = Request::get("/_sandbox/readyz").header("host", authority).body(Empty::<Bytes>::new());
    let request = request.map_err(|error| failed(&error))?;
    let status = tokio::select! {
        response = sender.send_request(request) => response.map_err(|error| failed(&error))?.status(),
        // A connection that ends first ends the request too.
        _ = connection => return Err(format!("no sandbox is ready at {url}: the connection was closed")),
    };
    match status {
        StatusCode::OK => Ok(()),
        other => Err(format!("no sandbox is ready at {url}: GET /_sandbox/readyz was answered with {other}")),
    }
}
