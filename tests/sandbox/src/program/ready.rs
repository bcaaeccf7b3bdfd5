//! `wechatpay-sandbox ready`.

use std::fs;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use wechatpay_core::crypto::load_certificates;

use crate::program::arguments::Ready;

/// Time between two questions.
const PAUSE: Duration = Duration::from_millis(100);
/// Time limit of one question.
const TIMEOUT: Duration = Duration::from_secs(5);

type Problem = Box<dyn std::error::Error + Send + Sync>;

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
    let answered = answer(&url, arguments).await;
    answered.map_err(|problem| format!("no sandbox is ready at {url}: {problem}"))
}

async fn answer(url: &str, arguments: &Ready) -> Result<(), Problem> {
    let uri: Uri = url.parse()?;
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let secure = uri.scheme() == Some(&Scheme::HTTPS);
    let connector = if secure { Some(connector(arguments)?) } else { None };
    let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(if secure { 443 } else { 80 }))).await?;
    match connector {
        None => question(&uri, stream).await,
        Some(connector) => {
            let name = ServerName::try_from(host.to_owned())?;
            let stream = connector.connect(name, stream).await.map_err(|error| {
                format!(
                    "{error}; the port must be that of --listen-tls, and --ca-file the ca.pem of this sandbox"
                )
            })?;
            question(&uri, stream).await
        }
    }
}

/// Makes the connector for TLS, which trusts the given CA only.
fn connector(arguments: &Ready) -> Result<TlsConnector, Problem> {
    let file = arguments.ca_file.as_ref().ok_or(
        "https needs the CA to trust: give ca.pem of the sandbox's folder with --ca-file, or as WECHATPAY_CA_FILE",
    )?;
    let failed = |error: &dyn std::error::Error| format!("file {} of --ca-file: {error}", file.display());
    let pem = fs::read(file).map_err(|error| failed(&error))?;
    let mut roots = RootCertStore::empty();
    for certificate in load_certificates(&pem).map_err(|error| failed(&error))? {
        roots.add(certificate.into()).map_err(|error| failed(&error))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config).into())
}

async fn question(
    uri: &Uri,
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) -> Result<(), Problem> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    let request = Request::get("/_sandbox/readyz").header("host", authority).body(Empty::<Bytes>::new())?;
    let mut response = pin!(sender.send_request(request));
    let response = tokio::select! {
        response = &mut response => response,
        // An answer may come with the end of the connection. Without one, this is an error.
        _ = connection => response.await,
    };
    let status = response?.status();
    match status {
        StatusCode::OK => Ok(()),
        // An answer to what is no request.
        StatusCode::BAD_REQUEST if uri.scheme() == Some(&Scheme::HTTP) => {
            Err("the port speaks HTTPS: begin the URL with https://".into())
        }
        other => Err(format!("GET /_sandbox/readyz was answered with {other}").into()),
    }
}
