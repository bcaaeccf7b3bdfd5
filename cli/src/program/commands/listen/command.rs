//! `listen` from its start to its end.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;
use wechatpay_cli::ledger::{HeardCounts, LedgerError};
use wechatpay_hyper::PROVIDER;
use wechatpay_hyper::core::cashcoupons::SetCallback;
use wechatpay_hyper::core::{BuildError, DownloadCertificates, Nonce, Stamp};

use crate::program::arguments::Listen;
use crate::program::clock::unix_seconds;
use crate::program::commands::listen::answer::Listener;
use crate::program::commands::listen::books::Books;
use crate::program::commands::listen::complaints::Complaints;
use crate::program::commands::listen::forwarder::{Forwarder, Order};
use crate::program::commands::listen::lines::Lines;
use crate::program::commands::listen::ready::ReadyFile;
use crate::program::commands::listen::server::serve;
use crate::program::commands::send::{Interrupts, blocking, ledger_failure, open};
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::http::Http;
use crate::program::session::Session;
use crate::program::texts::text;

/// For forwarding what is due at the end.
const GRACE: Duration = Duration::from_secs(10);

/// Receives callbacks until it is interrupted, or until one was accepted.
///
/// # Errors
/// A [`Failure`] if it cannot begin, or if the ledger cannot be read at the end.
pub(crate) async fn listen(session: &Session, arguments: &Listen) -> Result<Exit, Failure> {
    let failed = |what: String, error: &std::io::Error| Failure::failed(what).because(error);
    let interrupts = Interrupts::listen()
        .map_err(|error| failed(text!("the program cannot listen for interrupts"), &error))?;
    let connection = Connection::open_own(session).await?;
    can_decrypt(&connection)?;
    let records = arguments.record || arguments.forward_to.is_some();
    if !records && !connection.is_sandbox() && !connection.is_loopback() {
        return Err(Failure::usage(text!(
            "nothing would keep the callbacks, and WeChat Pay does not send again what was accepted"
        ))
        .advice(text!("give --record, or --forward-to URL")));
    }
    let socket = TcpListener::bind(arguments.addr).await;
    let socket = socket
        .map_err(|error| failed(text!("cannot listen on {address}", address = arguments.addr), &error))?;
    let address = socket.local_addr().map_err(|error| failed(text!("the port is not known"), &error))?;
    let url = format!("http://{}{}", reachable(address), arguments.path);

    let output = &session.output;
    let kept = Arc::new(Notify::new());
    let complaints = Arc::new(Complaints::new(Arc::clone(output)));
    let lines = Lines::start(Arc::clone(output), Arc::clone(&complaints));
    let (lines, written) = lines.map_err(|error| failed(text!("no thread could be started"), &error))?;
    let started = match records {
        false => None,
        true => {
            let started = Books::start(open(session, &connection)?, lines.clone(), Arc::clone(&kept));
            Some(started.map_err(|error| failed(text!("no thread could be started"), &error))?)
        }
    };
    let (books, thread) = started.unzip();
    let (order, ordered) = watch::channel(Order::Go);
    let forwarding = match (&arguments.forward_to, &books) {
        (Some(receiver), Some(books)) => {
            let forwarder = Forwarder {
                http: Http::new(None)?,
                receiver: receiver.clone(),
                books: books.clone(),
                kept,
                complaints: Arc::clone(&complaints),
                output: Arc::clone(output),
            };
            Some(tokio::spawn(forwarder.run(ordered)))
        }
        _ => None,
    };
    let listener = Arc::new(Listener {
        client: connection.client().clone(),
        path: arguments.path.clone(),
        books,
        forwards: forwarding.is_some(),
        accepted: Notify::new(),
        complaints,
        lines,
    });

    if connection.is_sandbox() {
        let callback = SetCallback::new(connection.mchid().clone(), url.clone());
        connection.client().send(&callback).await?;
    }
    let ready = arguments.ready_file.as_deref().map(|path| ReadyFile::write(path, &url)).transpose()?;
    let receiver = arguments.forward_to.as_ref();
    output.note(&match (records, receiver) {
        (false, _) => text!("listening at {url}; callbacks are shown and NOT kept", url = url),
        (true, None) => {
            text!("listening at {url}; callbacks are kept in {ledger}", url = url, ledger = session.ledger)
        }
        (true, Some(receiver)) => text!(
            "listening at {url}; callbacks are kept in {ledger}, and forwarded to {receiver}",
            url = url,
            ledger = session.ledger,
            receiver = receiver
        ),
    });

    let accepted = Arc::clone(&listener);
    let until = async {
        tokio::select! {
            () = accepted.accepted.notified(), if arguments.once => true,
            () = interrupts.reach(1) => false,
        }
    };
    let (heard, until_heard) = watch::channel(false);
    serve(socket, listener, async {
        let _ = heard.send(until.await);
    })
    .await;
    drop(accepted);
    drop(ready);
    if let Some(mut forwarding) = forwarding {
        let _ = order.send(Order::Drain);
        let enough = async {
            tokio::select! {
                () = sleep(GRACE) => {}
                () = interrupts.reach(2) => {}
            }
        };
        tokio::select! {
            _ = &mut forwarding => {}
            () = enough => {
                let _ = order.send(Order::End);
                // An attempt takes some seconds at most.
                let _ = forwarding.await;
            }
        }
    }
    let counts = thread.map(ended).transpose()?;
    written.wait().await;
    if let Some(counts) = counts {
        output.note(&text!(
            "notifications in the ledger: {all}; still to be forwarded: {left}",
            all = counts.notifications,
            left = counts.to_forward
        ));
    }
    Ok(match (arguments.once, *until_heard.borrow()) {
        (true, false) => Exit::Interrupted,
        _ => Exit::Done,
    })
}

/// Waits for the thread of the ledger, which has nothing more to do.
fn ended(thread: JoinHandle<Result<HeardCounts, LedgerError>>) -> Result<HeardCounts, Failure> {
    let counts = blocking(|| thread.join());
    let counts = counts.map_err(|_| Failure::failed(text!("the thread of the ledger has failed")))?;
    counts.map_err(ledger_failure)
}

/// Checks that callbacks can be decrypted.
fn can_decrypt(connection: &Connection) -> Result<(), Failure> {
    let stamp = Stamp {
        unix_seconds: unix_seconds(),
        nonce: Nonce::generate(PROVIDER.random)
            .map_err(|error| Failure::failed(text!("no nonce could be made")).because(&error))?,
    };
    // It needs the same key, and is not sent.
    match connection.client().core().request(&DownloadCertificates, stamp) {
        Err(BuildError::NoApiV3Key) => Err(Failure::configuration(text!(
            "WECHATPAY_API_V3_KEY is not set; callbacks cannot be decrypted without it"
        ))
        .with("variables", vec!["WECHATPAY_API_V3_KEY"])),
        _ => Ok(()),
    }
}

/// An address at which this machine reaches the server.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip: IpAddr = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
