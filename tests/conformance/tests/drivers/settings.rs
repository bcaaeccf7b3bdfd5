//! Drivers that are created from settings: from the environment, through a proxy, and with a CA of one's own.

use std::collections::BTreeMap;
use std::process::Command;

use wechatpay_conformance::scripted::{proxy, read_head};
use wechatpay_core::{Settings, SettingsError};
use wechatpay_sandbox::{Credentials, Server};

use crate::tls::{Ca, ca, server};
use crate::*;

with_every_driver!(
    requests_go_through_the_proxy_with_its_credentials,
    plain_http_goes_through_the_proxy_too,
    nothing_is_sent_through_a_proxy_that_does_not_connect,
    the_given_root_certificates_replace_the_defaults,
    a_bad_proxy_or_root_certificate_is_named_and_not_shown,
);

/// The settings of a client of [`pair`] at this base URL.
struct Given(BTreeMap<&'static str, String>);

impl Given {
    fn at(url: &str) -> Self {
        let (_, platform, credentials) = pair(now());
        let values = [
            ("MCHID", credentials.mchid()),
            ("SERIAL_NO", credentials.serial_no()),
            ("PRIVATE_KEY", credentials.private_key_pem()),
            ("PUBLIC_KEY_ID", PUBLIC_KEY_ID),
            ("PUBLIC_KEY", &platform.public_key_pem),
            ("BASE_URL", url),
        ];
        Self(values.map(|(name, value)| (name, value.to_owned())).into())
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.insert(name, value.into());
        self
    }

    fn driver<D: Driver>(&self) -> Result<D, SettingsError> {
        let get = |name: &str| self.0.get(name.strip_prefix("WECHATPAY_").unwrap()).cloned();
        D::from_settings(&Settings::from_source(get, |path| std::fs::read(path))?)
    }
}

/// The signed response to [`send_coupon`].
fn coupon_sent() -> Vec<u8> {
    let (_, platform, _) = pair(now());
    wire(&platform.coupon_sent(now()))
}

fn requests_go_through_the_proxy_with_its_credentials<D: Driver>() {
    let ours = ca("ours");
    let (port, requests) = server(&ours, 2999, coupon_sent());
    let (address, heads) = proxy(Some(format!("127.0.0.1:{port}")));
    let given = Given::at(&format!("https://localhost:{port}"))
        .with("PROXY", format!("http://us%40er:p%3Ass@{address}/"))
        .with("CA", ours.pem());
    let sent = given.driver::<D>().unwrap().send(&send_coupon()).unwrap();
    assert_eq!(sent.coupon_id.as_str(), "98674556");
    let head = heads.try_recv().unwrap();
    assert!(head.starts_with(&format!("CONNECT localhost:{port} HTTP/1.1\r\n")), "{head}");
    // `printf 'us@er:p:ss' | base64`.
    assert!(head.contains("\r\nProxy-Authorization: Basic dXNAZXI6cDpzcw==\r\n"), "{head}");
    assert!(!head.contains("WECHATPAY2"), "{head}");
    // The credentials are for the proxy only.
    let request = requests.recv().unwrap();
    assert!(!request.head.to_lowercase().contains("proxy-"), "{}", request.head);
}

fn plain_http_goes_through_the_proxy_too<D: Driver>() {
    for (url, connect) in
        [("http://sandbox.test", "sandbox.test:80"), ("http://10.1.1.1:8700", "10.1.1.1:8700")]
    {
        let server = Scripted::start(|_| vec![coupon_sent()]);
        let (address, heads) = proxy(Some(server.url.replace("http://", "")));
        let given = Given::at(url).with("PROXY", format!("http://{address}"));
        let error = given.driver::<D>().err().unwrap();
        assert!(error.to_string().contains("WECHATPAY_BASE_URL must begin with https://"), "{error}");
        let given = given.with("INSECURE_HTTP", "1");
        given.driver::<D>().unwrap().send(&send_coupon()).unwrap();
        let head = heads.try_recv().unwrap();
        assert!(head.starts_with(&format!("CONNECT {connect} HTTP/1.1\r\n")), "{head}");
        assert!(!head.contains("Proxy-Authorization"), "{head}");
        let request = server.next();
        assert!(request.head.starts_with("POST /v3/marketing/favor/users/"), "{}", request.head);
    }
}

fn nothing_is_sent_through_a_proxy_that_does_not_connect<D: Driver>() {
    for answer in [
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 502 Bad Gateway\r\n\r\n",
        "no HTTP\r\n\r\n",
        "",
    ] {
        let url = serve_connections(move |mut stream, _| {
            let head = read_head(&mut stream);
            assert!(head.starts_with("CONNECT "), "{head}");
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let given = Given::at("https://api.mch.weixin.qq.com").with("PROXY", url);
        let error = given.driver::<D>().unwrap().send(&send_coupon()).unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent, "{answer}: {error:?}");
        assert_eq!(transport_kind(&error), TransportErrorKind::NotSent, "{answer}: {error:?}");
    }
    // Nobody listens there any more.
    let (closed, url) = listener();
    drop(closed);
    let given = Given::at("https://api.mch.weixin.qq.com").with("PROXY", url);
    let error = given.driver::<D>().unwrap().send(&send_coupon()).unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
}

fn the_given_root_certificates_replace_the_defaults<D: Driver>() {
    let (ours, theirs) = (ca("ours"), ca("theirs"));
    let both = format!("{}{}", theirs.pem(), ours.pem());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem").to_str().unwrap().to_owned();
    std::fs::write(&file, &both).unwrap();
    let send = |ca: &Ca, name, value: &str| {
        let (port, requests) = server(ca, 2999, coupon_sent());
        let given = Given::at(&format!("https://localhost:{port}")).with(name, value);
        let result = given.driver::<D>().unwrap().send(&send_coupon());
        (result, requests.iter().count())
    };
    let marked = format!("\u{feff}{}", ours.pem());
    // As an environment variable has it, and as Windows and web pages give it.
    let escaped = ours.pem().replace('\n', "\\n");
    let binary = folder.path().join("ca.cer").to_str().unwrap().to_owned();
    std::fs::write(&binary, ours.der()).unwrap();
    for (name, value) in [
        ("CA", ours.pem()),
        ("CA", both),
        ("CA", marked),
        ("CA", escaped),
        ("CA_FILE", file),
        ("CA_FILE", binary),
    ] {
        let (result, requests) = send(&ours, name, &value);
        assert_eq!((result.unwrap().coupon_id.as_str(), requests), ("98674556", 1));
    }
    let (result, requests) = send(&theirs, "CA", &ours.pem());
    let error = result.unwrap_err();
    assert!(format!("{error:?}").contains("UnknownIssuer"), "{error:?}");
    assert_eq!((error.outcome(), requests), (Outcome::NotSent, 0));
}

fn a_bad_proxy_or_root_certificate_is_named_and_not_shown<D: Driver>() {
    let key = pair(now()).2.private_key_pem().to_owned();
    let no_certificate = "-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n";
    for (name, value) in [
        ("CA", key.as_str()),
        ("CA", "c2VjcmV0"),
        ("CA", no_certificate),
        ("CA", "-----BEGIN CERTIFICATE-----\nc2VjcmV0"),
        ("CA_FILE", key.as_str()),
        ("CA_FILE", "/not/there.pem"),
        ("PROXY", "user:c2VjcmV0@proxy:3128"),
        ("PROXY", "socks5://user:c2VjcmV0@proxy"),
        ("PROXY", "http://user:c2VjcmV0@proxy:none"),
        ("PROXY", "http://user:c2VjcmV0@pro xy"),
        ("PROXY", key.as_str()),
    ] {
        let error = Given::at("https://localhost").with(name, value).driver::<D>().err();
        let error = error.unwrap_or_else(|| panic!("{name}: {value}"));
        let names: Vec<_> = error.problems().iter().map(|problem| problem.variable()).collect();
        assert_eq!(names, [format!("WECHATPAY_{name}")]);
        for text in [error.to_string(), format!("{error:#}"), format!("{error:?}")] {
            assert!(!text.contains("c2VjcmV0") && !text.contains(&key[100..116]), "{text}");
            // What is there instead of a certificate is named.
            assert_eq!(text.contains("a private key"), (name, value) == ("CA", key.as_str()), "{text}");
        }
    }
}

#[test]
#[cfg(unix)]
fn a_client_from_the_environment_file_of_the_sandbox_sends() {
    let folder = tempfile::tempdir().unwrap();
    // The sandbox listens before it writes the file, which contains its URL.
    let first = Credentials::load_or_create(folder.path(), "http://127.0.0.1:1", now()).unwrap();
    let sandbox = wechatpay_sandbox::Sandbox::new(first).unwrap();
    let server = Server::start((std::net::Ipv4Addr::LOCALHOST, 0).into(), sandbox, now).unwrap();
    Credentials::load_or_create(folder.path(), &server.url(), now()).unwrap();

    let mut shell = Command::new("sh");
    shell.args(["-c", r#"set -a; . "$1/wechatpay.env"; exec "$2" --exact --ignored "$3""#, "sh"]);
    shell.arg(folder.path()).arg(std::env::current_exe().unwrap());
    shell.arg("settings::child_sends_with_every_driver");
    let output = shell.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{output:?}");
}

#[test]
#[ignore = "run by a_client_from_the_environment_file_of_the_sandbox_sends"]
fn child_sends_with_every_driver() {
    fn sends<D: Driver>() {
        let echo = D::from_env().unwrap().send(&SecurityEcho::new("hello")).unwrap();
        assert_eq!(echo.echo_message, "hello");
    }
    if std::env::vars_os().any(|(name, _)| name == "WECHATPAY_MCHID") {
        sends::<wechatpay_ureq::Client>();
        sends::<Hyper>();
    }
}

#[test]
fn the_core_of_a_driver_can_be_replaced() {
    let core = official_client(PROVIDERS[1]);
    let never = |core: Client| core.with_retry(RetryPolicy::never());
    let ureq = wechatpay_ureq::Client::new(core.clone()).map_core(never);
    let hyper = wechatpay_hyper::Client::new(core).map_core(never);
    assert_eq!([ureq.core().retry(), hyper.core().retry()], [&RetryPolicy::never(); 2]);
}
