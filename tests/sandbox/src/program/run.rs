//! Runs the sandbox.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};
use std::{fs, process};

use crate::{Answered, CredentialsFolder, Listener, Options, Sandbox, serve};
use bytes::Bytes;
use http::Request;
use wechatpay_core::types::UnixSeconds;

use crate::program::arguments::Serve;
use crate::program::secure::tls;

/// Serves until the program is told to stop.
pub(crate) async fn run(arguments: Serve) -> Result<(), Box<dyn Error>> {
    let clock = clock(arguments.time);
    let (mut options, seed) = (options(&arguments)?, seed(&arguments)?);
    let listening = arguments.listen.open("--listen")?;
    let secure = arguments.listen_tls.as_ref().map(|listen| listen.open("--listen-tls")).transpose()?;
    let public = listening.public || secure.as_ref().is_some_and(|secure| secure.public);
    let folder = CredentialsFolder::new(&arguments.credentials)
        .public_key_only(arguments.public_key_only)
        .ca_file(secure.is_some());
    // Held until the program ends.
    let _lock = folder.lock()?;
    if let Some(file) = &arguments.url_file {
        // The URL of an earlier run would make others believe that this one is ready. Not before the lock: a program that
        // does not start leaves the file of the one that runs.
        remove(file)?;
    }
    let url = format!("http://{}", listening.reachable);
    let advertised = arguments.advertise.as_deref().unwrap_or(&url);
    let credentials = folder.load_or_create(advertised, clock())?;
    let mut listeners: Vec<Listener> = listening.sockets.into_iter().map(Listener::from).collect();
    let mut secure_url = None;
    if let Some(secure) = secure {
        let tls = tls(&arguments, &secure, &folder, clock())?;
        options = options.ca_certificate(tls.ca_pem());
        secure_url = Some(format!("https://{}", secure.reachable));
        listeners.extend(secure.sockets.into_iter().map(|socket| Listener::tls(socket, &tls)));
    }
    // Tried before the state file is created, which has what they set.
    begin(&Sandbox::with_options(credentials.clone(), options.clone())?, &arguments, &clock)?;
    if let Some(json) = seed {
        options = options.seed(json, clock());
    }
    if let Some(file) = &arguments.state {
        options = options.state_file(file);
    }
    let sandbox = Sandbox::with_options(credentials, options)?;
    if !sandbox.is_restored() {
        begin(&sandbox, &arguments, &clock)?;
    } else if arguments.seed.is_some() || !arguments.fault.is_empty() || arguments.limits.is_some() {
        eprintln!("warning: --seed, --fault and --limits were not applied, because the state was restored");
    }
    if arguments.public_key_only {
        control(&sandbox, "certificates/mode", r#"{"public_key_only": true}"#, "--public-key-only", clock())?;
    } else if has_public_key_only(&sandbox, clock()) {
        // The restored state has what an earlier option or a request had set.
        folder.public_key_only(true).load_or_create(advertised, clock())?;
    }
    let shutdown = shutdown_signal()?;
    for note in sandbox.notes() {
        eprintln!("{note}");
    }

    // Clients can connect from now on: the sockets are open.
    if let Some(file) = &arguments.url_file {
        write_url(file, advertised)?;
    }
    println!("listening on {url}");
    if let Some(url) = secure_url {
        println!("listening on {url}");
    }
    io::stdout().flush()?;
    if public {
        eprintln!(
            "warning: everybody who can reach this machine can drive the sandbox, which has no authentication; \
             to prevent this, give 127.0.0.1:PORT to --listen and --listen-tls"
        );
    }
    if !arguments.quiet {
        eprintln!(
            "credentials are in {0}; to load them in a shell: set -a; . {0}/wechatpay.env",
            arguments.credentials.display()
        );
    }
    serve(listeners, sandbox, clock, shutdown).await;
    if let Some(file) = &arguments.url_file
        // Another sandbox may have written its own since.
        && fs::read_to_string(file).is_ok_and(|written| written.trim_end() == advertised)
    {
        remove(file)?;
    }
    Ok(())
}

/// The content of `--seed`.
fn seed(arguments: &Serve) -> Result<Option<Vec<u8>>, Box<dyn Error>> {
    let Some(file) = &arguments.seed else { return Ok(None) };
    let json = fs::read(file).map_err(|error| format!("file {} of --seed: {error}", file.display()))?;
    Ok(Some(json))
}

fn options(arguments: &Serve) -> Result<Options, Box<dyn Error>> {
    let mut options = Options::new().journal(arguments.journal).plain_answers(arguments.plain_answers);
    for host in &arguments.allow_host {
        options = options.allow_host(host);
    }
    for host in &arguments.deliver_to {
        options = options.deliver_to(host.clone());
    }
    if let Some(url) = &arguments.advertise {
        options = options.advertise(url);
    }
    if let Some(file) = &arguments.respond {
        let json =
            fs::read(file).map_err(|error| format!("file {} of --respond: {error}", file.display()))?;
        let added = options.respond(&json);
        options = added.map_err(|error| format!("file {} of --respond: {error}", file.display()))?;
    }
    Ok(match (arguments.quiet, arguments.verbose) {
        (true, _) => options,
        (false, verbose) => options.on_answer(move |answered| report(answered, verbose)),
    })
}

/// Prints a line on stderr.
fn report(answered: &Answered<'_>, verbose: bool) {
    let line = match (&answered.diagnosis, answered.status) {
        (Some(diagnosis), _) => format!("401 {} {}: {diagnosis}", answered.method, answered.target),
        (None, _) if !verbose => return,
        (None, Some(status)) => format!("{} {} {}", status.as_u16(), answered.method, answered.target),
        (None, None) => format!("no answer: {} {}", answered.method, answered.target),
    };
    // A line that cannot be printed is not worth ending for.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Sets what the options let a new sandbox begin with.
fn begin(
    sandbox: &Sandbox,
    arguments: &Serve,
    clock: impl Fn() -> UnixSeconds,
) -> Result<(), Box<dyn Error>> {
    for fault in &arguments.fault {
        control(sandbox, "faults", fault, "--fault", clock())?;
    }
    if let Some(limits) = &arguments.limits {
        control(sandbox, "limits", limits, "--limits", clock())?;
    }
    Ok(())
}

/// Whether the merchant has no platform certificates.
fn has_public_key_only(sandbox: &Sandbox, now: UnixSeconds) -> bool {
    let request = Request::get("/_sandbox/state").body(Bytes::new());
    let json = request.map(|request| sandbox.handle(request, now).into_body()).unwrap_or_default();
    let state: serde_json::Value = serde_json::from_slice(&json).unwrap_or_default();
    state.pointer("/platform_keys/public_key_only").and_then(serde_json::Value::as_bool).unwrap_or(false)
}

/// Makes a control request that an option stands for.
fn control(
    sandbox: &Sandbox,
    path: &str,
    body: &str,
    option: &str,
    now: UnixSeconds,
) -> Result<(), Box<dyn Error>> {
    let request = Request::post(format!("/_sandbox/{path}")).body(Bytes::copy_from_slice(body.as_bytes()))?;
    let response = sandbox.handle(request, now);
    if response.status().is_success() {
        return Ok(());
    }
    let error: serde_json::Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let message = error.get("message").and_then(serde_json::Value::as_str).unwrap_or("not accepted");
    let field =
        error.pointer("/detail/field").and_then(serde_json::Value::as_str).filter(|field| !field.is_empty());
    let place = field.map(|field| format!(" (at {field})")).unwrap_or_default();
    Err(format!("{option}: {message}{place}").into())
}

/// Writes the file in one step, so that nobody reads half of it.
fn write_url(file: &Path, url: &str) -> Result<(), Box<dyn Error>> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", process::id()));
    let temporary = file.with_file_name(name);
    let written = fs::write(&temporary, format!("{url}\n")).and_then(|()| fs::rename(&temporary, file));
    written.map_err(|error| format!("file {} of --url-file: {error}", file.display()).into())
}

fn remove(file: &Path) -> Result<(), Box<dyn Error>> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(format!("file {} of --url-file: {error}", file.display()).into())
        }
        _ => Ok(()),
    }
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
