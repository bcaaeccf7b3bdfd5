//! Clients with an agent of their own.
#![cfg(test)]
#![cfg(feature = "aws-lc-rs")]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, SystemTime};

use ureq::{Agent, Proxy};
use wechatpay_sandbox::{Credentials, Sandbox, Server};
use wechatpay_ureq::core::error::{Phase, TransportError, TransportErrorKind};
use wechatpay_ureq::core::types::UnixSeconds;
use wechatpay_ureq::core::{BaseUrl, Error, RetryPolicy, SecurityEcho};
use wechatpay_ureq::{Client, PROVIDER, agent, agent_config, core};

#[expect(clippy::disallowed_methods, reason = "the clock of the tests")]
fn now() -> UnixSeconds {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

fn sandbox() -> (Server, core::Client) {
    let credentials = Credentials::generate(now()).unwrap();
    let sandbox = Sandbox::new(credentials.clone()).unwrap();
    let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), sandbox, now).unwrap();
    let client = credentials.settings(&server.url()).unwrap().client(&PROVIDER).unwrap();
    (server, client.with_retry(RetryPolicy::never()))
}

fn at(core: &core::Client, url: &str) -> core::Client {
    core.clone().with_base_url(BaseUrl::parse(url).unwrap())
}

fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

fn fails(client: &Client) -> TransportError {
    match client.send(&SecurityEcho::new("hello")) {
        Err(Error::Transport(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn agents_of_every_kind_send() {
    let (_server, core) = sandbox();
    let others = Agent::config_builder().proxy(None).build();
    for agent in [agent(agent_config().build()), agent(others.clone()), others.into()] {
        let client = Client::with_agent(core.clone(), agent, &PROVIDER);
        for _ in ["a new connection", "a kept one"] {
            client.send(&SecurityEcho::new("hello")).unwrap();
        }
        client.warm_up().unwrap();
    }
}

#[test]
fn setters_about_connections_are_not_ignored_silently() {
    let (_server, core) = sandbox();
    let (listener, url) = listener();
    listener.set_nonblocking(true).unwrap();
    let own = || Client::with_agent(at(&core, &url), agent(agent_config().build()), &PROVIDER);
    let ca = Credentials::generate(now()).unwrap().platform_certificate_pem().to_owned();
    let clients = [
        ("with_proxy", own().with_proxy(core::settings::Proxy::parse("http://proxy").unwrap())),
        ("with_connect_timeout", own().with_connect_timeout(Duration::from_secs(1))),
        ("with_root_certificates", own().with_root_certificates(ca).unwrap()),
        ("with_addresses", own().with_addresses("127.0.0.1", [])),
    ];
    for (setter, client) in clients {
        // Limits that do not concern connections do not matter.
        let error = fails(&client.with_response_cap(1024).with_concurrency(2));
        assert_eq!(error.kind(), TransportErrorKind::Setup);
        let text = format!("{:#}", Error::from(error));
        assert!(text.contains(setter) && text.contains("agent_config()"), "{text}");
    }
    assert!(listener.accept().is_err(), "a connection was made");
}

#[test]
fn the_starting_point_has_the_defaults() {
    let config = agent_config().build();
    assert_eq!(config.timeouts().connect, Some(wechatpay_ureq::DEFAULT_CONNECT_TIMEOUT));
    assert_eq!((config.max_idle_connections(), config.max_idle_connections_per_host()), (128, 128));
    assert_eq!(config.max_idle_age(), Duration::from_secs(10));
    assert_eq!((config.max_redirects(), config.http_status_as_error()), (0, false));
    assert!(config.no_delay() && config.proxy().is_none());
    assert!(config.tls_config().unversioned_rustls_crypto_provider().is_some());
}

/// A proxy that passes everything on, or that never finishes its answer.
fn proxy(finishes: bool) -> String {
    let (listener, url) = listener();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            thread::spawn(move || {
                let (mut head, mut byte) = (Vec::new(), [0]);
                while !head.ends_with(b"\r\n\r\n") {
                    client.read_exact(&mut byte).unwrap();
                    head.extend(byte);
                }
                let head = String::from_utf8(head).unwrap();
                while !finishes && client.write_all(b"H").is_ok() {
                    thread::park_timeout(Duration::from_millis(10));
                }
                let server = TcpStream::connect(head.split(' ').nth(1).unwrap()).unwrap();
                let _ = client.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
                let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || std::io::copy(&mut from, &mut to));
                let _ = std::io::copy(&mut &server, &mut client);
            });
        }
    });
    url
}

#[test]
fn the_proxy_of_an_agent_is_used_and_bounded_by_the_connect_timeout() {
    let (_server, core) = sandbox();
    let client = |proxy: &str| {
        let config = agent_config().proxy(Some(Proxy::new(proxy).unwrap()));
        let config = config.timeout_connect(Some(Duration::from_millis(300)));
        Client::with_agent(core.clone(), agent(config.build()), &PROVIDER)
    };
    client(&proxy(true)).send(&SecurityEcho::new("hello")).unwrap();
    let (closed, url) = listener();
    drop(closed);
    for proxy in [url, proxy(false)] {
        let proxy = proxy.replace("http://", "http://mallory:hunter2@");
        let error = fails(&client(&proxy));
        assert_eq!((error.kind(), error.phase()), (TransportErrorKind::NotSent, Some(Phase::Connect)));
        let text = format!("{error:?}");
        assert!(!text.contains("mallory") && !text.contains("hunter2"), "{text}");
    }
    let error = fails(&client("http://proxy.invalid:3128"));
    assert_eq!((error.kind(), error.phase()), (TransportErrorKind::NotSent, Some(Phase::Resolve)));
}

/// ureq's own connector does not tell as much, but what it tells is kept.
#[test]
fn other_agents_report_what_ureq_tells() {
    let (_server, core) = sandbox();
    let (closed, refused) = listener();
    drop(closed);
    let (_silent, silent) = listener();
    let other = |url: &str| {
        let config = Agent::config_builder().proxy(None).timeout_connect(Some(Duration::from_secs(60)));
        let core = at(&core, url);
        let core = core.with_retry(RetryPolicy::never().with_attempt_timeout(Duration::from_millis(300)));
        Client::with_agent(core, config.build().into(), &PROVIDER)
    };
    let error = fails(&other(&refused));
    assert_eq!((error.kind(), error.phase()), (TransportErrorKind::NotSent, Some(Phase::Connect)));
    let error = fails(&other(&silent));
    assert_eq!((error.kind(), error.phase()), (TransportErrorKind::MaybeSent, None));
    let text = format!("{:#}", Error::from(error));
    assert!(text.contains("it took longer than the attempt's timeout of 300ms"), "{text}");
}
