//! `wechatpay-sandbox`: the sandbox as a program.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use clap::Parser;
use tokio::net::TcpListener;
use wechatpay_core::types::UnixSeconds;
use wechatpay_sandbox::{Credentials, Sandbox, serve};

/// A local server that simulates WeChat Pay's cash-coupon API.
#[derive(Parser)]
#[command(
    name = "wechatpay-sandbox",
    version,
    after_help = "The control interface /_sandbox has no authentication: listen on a loopback address only."
)]
struct Arguments {
    /// Address to listen on; port 0 picks a free port.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8700")]
    listen: SocketAddr,
    /// Folder with the merchant's credentials; they are generated if it has none.
    #[arg(long, value_name = "FOLDER", default_value = "credentials")]
    credentials: PathBuf,
    /// Time at the start, which then advances; defaults to the real time.
    #[arg(long, value_name = "UNIX_SECONDS", allow_negative_numbers = true)]
    time: Option<UnixSeconds>,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut error: Option<&dyn std::error::Error> = Some(error.as_ref());
            while let Some(cause) = error {
                eprintln!("wechatpay-sandbox: {cause}");
                error = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let clock = clock(arguments.time);
    let listener = TcpListener::bind(arguments.listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let credentials = Credentials::load_or_create(&arguments.credentials, &url, clock())?;
    let sandbox = Sandbox::new(credentials)?;
    let shutdown = shutdown_signal()?;

    println!("listening on {url}");
    io::stdout().flush()?;
    eprintln!(
        "credentials are in {0}; to load them in a shell: set -a; . {0}/wechatpay.env",
        arguments.credentials.display()
    );

    serve(listener, sandbox, clock, shutdown).await;
    Ok(())
}

/// Completes at SIGINT or SIGTERM, or Ctrl-C on other systems.
#[cfg(unix)]
fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler for Ctrl-C, the program runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// Returns a clock of the real time, or one that starts at `start` and advances at the same rate.
#[expect(clippy::disallowed_methods, reason = "the only clock of the program")]
fn clock(start: Option<UnixSeconds>) -> impl Fn() -> UnixSeconds + Send + Sync {
    let began = Instant::now();
    move || match start {
        Some(start) => start.saturating_add(began.elapsed().as_secs()),
        None => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs(),
    }
}
