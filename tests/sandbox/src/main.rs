//! `wechatpay-sandbox`: the sandbox as a program.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use tokio::net::TcpListener;
use wechatpay_core::types::UnixSeconds;
use wechatpay_sandbox::{Credentials, Sandbox, serve};

const USAGE: &str = "\
A local stand-in for WeChat Pay's cash-coupon API.

Usage: wechatpay-sandbox [--listen ADDRESS] [--credentials FOLDER] [--time UNIX_SECONDS]

  --listen ADDRESS      where to listen; port 0 picks a free one [127.0.0.1:8700]
  --credentials FOLDER  where a merchant's files are, or are written [./credentials]
  --time UNIX_SECONDS   what time it is when it starts [now]
  --help, --version

It checks signatures, not people: listen on loopback.";

struct Arguments {
    listen: SocketAddr,
    credentials: PathBuf,
    time: Option<UnixSeconds>,
}

fn main() -> ExitCode {
    let arguments = match parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => return ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("wechatpay-sandbox: {problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(arguments) {
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

fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let mut arguments = Arguments {
        listen: SocketAddr::from(([127, 0, 0, 1], 8700)),
        credentials: PathBuf::from("credentials"),
        time: None,
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--help" | "-h" => {
                println!("{USAGE}");
                return Ok(None);
            }
            "--version" | "-V" => {
                println!("wechatpay-sandbox {}", env!("CARGO_PKG_VERSION"));
                return Ok(None);
            }
            "--listen" => {
                let address = value()?;
                arguments.listen = address
                    .parse()
                    .map_err(|_| format!("--listen {address} is not an IP address and port"))?;
            }
            "--credentials" => arguments.credentials = value()?.into(),
            "--time" => {
                let time = value()?;
                arguments.time =
                    Some(time.parse().map_err(|_| format!("--time {time} is not a number of seconds"))?);
            }
            _ => return Err(format!("{word} is not an option")),
        }
    }
    Ok(Some(arguments))
}

#[tokio::main]
async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let clock = clock(arguments.time);
    let listener = TcpListener::bind(arguments.listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let credentials = Credentials::load_or_create(&arguments.credentials, &url, clock())?;
    let sandbox = Sandbox::new(credentials)?;
    let told_to_stop = told_to_stop()?;

    println!("listening on {url}");
    io::stdout().flush()?;
    eprintln!(
        "credentials in {0}; for a shell: set -a; . {0}/wechatpay.env",
        arguments.credentials.display()
    );

    serve(listener, sandbox, clock, told_to_stop).await;
    Ok(())
}

/// Ready when somebody ends the program.
#[cfg(unix)]
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
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
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // If it cannot be heard, the program runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// The real time, or one that starts at `start` and goes on as fast.
#[expect(clippy::disallowed_methods, reason = "the program's one clock")]
fn clock(start: Option<UnixSeconds>) -> impl Fn() -> UnixSeconds + Send + Sync {
    let began = Instant::now();
    move || match start {
        Some(start) => start.saturating_add(began.elapsed().as_secs()),
        None => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs(),
    }
}
