//! A client from settings: what is required, what is compared, and that no value is shown.

use std::collections::BTreeMap;
use std::io;

use wechatpay_core::settings::{Settings, SettingsError};

use crate::*;

/// Values of variables by name without `WECHATPAY_`, and files by path.
#[derive(Clone, Default)]
struct Source {
    values: BTreeMap<&'static str, Vec<u8>>,
    files: BTreeMap<&'static str, Vec<u8>>,
}

impl Source {
    /// The settings of a merchant with a public key.
    fn of(credentials: &Credentials) -> Self {
        Self::default()
            .with("MCHID", credentials.mchid())
            .with("SERIAL_NO", credentials.serial_no())
            .with("PRIVATE_KEY", credentials.private_key_pem())
            .with("PUBLIC_KEY_ID", credentials.public_key_id())
            .with("PUBLIC_KEY", credentials.public_key_pem())
    }

    fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.values.insert(name, value.as_ref().to_vec());
        self
    }

    fn without(mut self, names: &str) -> Self {
        for name in names.split(' ') {
            assert!(self.values.remove(name).is_some(), "{name}");
        }
        self
    }

    fn file(mut self, path: &'static str, content: impl AsRef<[u8]>) -> Self {
        self.files.insert(path, content.as_ref().to_vec());
        self
    }

    fn settings(&self) -> Result<Settings, SettingsError> {
        Settings::from_source(
            |name| self.values.get(name.strip_prefix("WECHATPAY_").unwrap()).cloned(),
            |path| self.files.get(path).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound)),
        )
    }

    fn client(&self) -> Result<Client, SettingsError> {
        self.settings()?.client(PROVIDERS[0])
    }

    /// The names of the variables with problems, and the error.
    #[track_caller]
    fn problems(&self) -> (Vec<String>, String) {
        let error = self.client().map(drop).unwrap_err();
        let names = error.problems().iter().map(|p| p.variable().replace("WECHATPAY_", "")).collect();
        (names, format!("{error:#}"))
    }
}

fn one() -> Credentials {
    credentials(NOW)
}

fn other() -> Credentials {
    Credentials::generate(NOW).unwrap()
}

#[test]
fn a_client_has_the_keys_and_hosts_of_its_settings() {
    let own = one();
    let source = Source::of(&own)
        .with("API_V3_KEY", format!("{}\r\n", own.api_v3_key()))
        .with("BASE_URL", " http://127.0.0.1:8700 ")
        .with("BACKUP_URL", "https://gateway.example.com")
        .with("PROXY", "http://user:password@proxy:3128")
        .with("CA", "any PEM: the driver reads it")
        .with("APPID", own.appid())
        // Empty values count as not set.
        .with("PRIVATE_KEY_FILE", "")
        .with("PLATFORM_CERT", " \n");
    let settings = source.settings().unwrap();
    assert_eq!(settings.appid().unwrap().as_str(), own.appid());
    assert_eq!(settings.ca(), Some(("WECHATPAY_CA", &b"any PEM: the driver reads it"[..])));
    assert_eq!(settings.proxy().unwrap().credentials(), Some(("user", "password")));
    let client = settings.client(PROVIDERS[0]).unwrap();
    assert_eq!(client.merchant().mchid().as_str(), own.mchid());
    assert_eq!(client.platform().serials(), [own.public_key_id()]);
    assert_eq!(client.base_url().to_string(), "http://127.0.0.1:8700");
    assert_eq!(client.backup().unwrap().to_string(), "https://gateway.example.com");
    client.request(&DownloadCertificates, stamp()).unwrap();
    for shown in [format!("{settings:?}"), format!("{client:?}")] {
        assert!(!shown.contains("password") && !shown.contains(own.api_v3_key()), "{shown}");
    }
    // The same from files.
    let files = Source::of(&own)
        .without("PRIVATE_KEY PUBLIC_KEY")
        .with("PRIVATE_KEY_FILE", "/k.pem")
        .with("PUBLIC_KEY_FILE", "/p.pem\n")
        .file("/k.pem", own.private_key_pem())
        .file("/p.pem", own.public_key_pem());
    let client = files.client().unwrap();
    assert_eq!(client.base_url(), &BaseUrl::wechatpay());
    assert_eq!(client.backup(), None);
}

#[test]
fn everything_that_is_missing_or_contradicts_is_listed_at_once() {
    let own = one();
    let (names, text) = Source::default().problems();
    assert_eq!(names, ["MCHID", "SERIAL_NO", "PRIVATE_KEY_FILE", "PUBLIC_KEY_FILE"]);
    assert!(text.contains("WECHATPAY_API_V3_KEY") && text.contains("WECHATPAY_PLATFORM_CERT_FILE"), "{text}");

    let whole = Source::of(&own);
    let pem = own.platform_certificate_pem();
    for (source, expected, words) in [
        (whole.clone().with("PRIVATE_KEY_FILE", "/k.pem"), "PRIVATE_KEY", "PRIVATE_KEY_FILE are both set"),
        (whole.clone().with("CA", "x").with("CA_FILE", "/ca.pem"), "CA", "CA_FILE are both set"),
        (whole.clone().without("PUBLIC_KEY"), "PUBLIC_KEY_FILE", "PUBLIC_KEY_ID is; set both"),
        (whole.clone().without("PUBLIC_KEY_ID"), "PUBLIC_KEY_ID", "PUBLIC_KEY is; set both"),
        (whole.clone().without("PUBLIC_KEY_ID PUBLIC_KEY"), "PUBLIC_KEY_FILE", "nothing else verifies"),
        (
            whole.clone().without("PUBLIC_KEY").with("PLATFORM_CERT", pem),
            "PUBLIC_KEY_FILE",
            "both or neither",
        ),
        (whole.clone().with("INSECURE_HTTP", "yes"), "INSECURE_HTTP", "must be 1 or true"),
        (
            whole.clone().with("INSECURE_HTTP", "0").with("BASE_URL", "http://10.0.0.1"),
            "BASE_URL",
            "plain http",
        ),
        (whole.clone().with("BASE_URL", "http://10.0.0.1"), "BASE_URL", "WECHATPAY_INSECURE_HTTP=1"),
        (whole.clone().with("BASE_URL", "localhost:8700"), "BASE_URL", "write http:// before"),
        (
            whole
                .clone()
                .with("BASE_URL", "http://127.0.0.1")
                .with("BACKUP_URL", "https://api2.mch.weixin.qq.com"),
            "BACKUP_URL",
            "BASE_URL do not belong together",
        ),
        (
            whole.clone().with("BACKUP_URL", "http://127.0.0.1"),
            "BACKUP_URL",
            "BASE_URL do not belong together",
        ),
        (
            whole.clone().with("INSECURE_HTTP", "1").with("BASE_URL", "http://api.wechatpay.cn"),
            "BASE_URL",
            "never accepted",
        ),
        (whole.clone().with("API_V3_KEY", "short"), "API_V3_KEY", "must have exactly 32"),
        (whole.clone().with("MCHID", "my shop"), "MCHID", "digits"),
        (whole.clone().with("MCHID", b"\xff"), "MCHID", "UTF-8"),
        (whole.clone().with("SERIAL_NO", "PUB_KEY_ID_1"), "SERIAL_NO", "certificate"),
        (whole.clone().with("PUBLIC_KEY_ID", "hello"), "PUBLIC_KEY_ID", "PUB_KEY_ID_"),
        (whole.clone().with("PUBLIC_KEY", own.private_key_pem()), "PUBLIC_KEY", "a private key"),
        (whole.clone().with("PLATFORM_CERT", own.certificate_pem()), "PLATFORM_CERT", "merchant's own"),
        (
            whole.clone().without("PRIVATE_KEY").with("PRIVATE_KEY", "./apiclient_key.pem"),
            "PRIVATE_KEY",
            "use WECHATPAY_PRIVATE_KEY_FILE",
        ),
        (
            whole.clone().without("PRIVATE_KEY").with("PRIVATE_KEY_FILE", "/not/there.pem"),
            "PRIVATE_KEY_FILE",
            "(/not/there.pem) cannot be read: entity not found",
        ),
        (
            whole.clone().without("PRIVATE_KEY").with("PRIVATE_KEY_FILE", "/k.pem").file("/k.pem", pem),
            "PRIVATE_KEY_FILE",
            "(/k.pem) is not a usable private key",
        ),
    ] {
        let (names, text) = source.problems();
        assert_eq!(names, [expected], "{text}");
        assert!(text.contains(words), "{text}");
        assert!(!text.contains('\n'), "{text}");
    }
    // Problems of keys are listed together as well.
    let (names, _) =
        whole.with("PRIVATE_KEY", "x").with("PUBLIC_KEY", "y").with("PLATFORM_CERT", "z").problems();
    assert_eq!(names, ["PRIVATE_KEY", "PUBLIC_KEY", "PLATFORM_CERT"]);
    // The APIv3 key alone is enough: it decrypts the platform's certificates.
    let source = Source::of(&own).without("PUBLIC_KEY_ID PUBLIC_KEY").with("API_V3_KEY", own.api_v3_key());
    source.client().unwrap();
}

/// `openssl req -x509 -newkey rsa:1024 -nodes -keyout /dev/null -subj /CN=1900000001 -days 3650`
const SMALL: &str = "-----BEGIN CERTIFICATE-----
MIICBjCCAW+gAwIBAgIUaFrqbT9Xk7sYhNrdRYOeA9aR+OYwDQYJKoZIhvcNAQEL
BQAwFTETMBEGA1UEAwwKMTkwMDAwMDAwMTAeFw0yNjExMjgxMzMzNDlaFw0zNjEx
MjUxMzMzNDlaMBUxEzARBgNVBAMMCjE5MDAwMDAwMDEwgZ8wDQYJKoZIhvcNAQEB
BQADgY0AMIGJAoGBAM4Ejng4+hqGv9cVh5XVe4a95jxCkyLefnBU6fbh4sEnXDHs
F4KPdHvlRt8xRUuAwMcCFXYFQ3hvbKhNVXzkRGrLwKTHhIQ1NMcGnnRNCbWoAKoC
7etxHNESttXouzDM/D0EVpYCJnVoBWwBoHtsNOtmBUVRgAJRak64bOsSo0KvAgMB
AAGjUzBRMB0GA1UdDgQWBBSH6JZbFQRHBduZtqOqn2Vf5jkNszAfBgNVHSMEGDAW
gBSH6JZbFQRHBduZtqOqn2Vf5jkNszAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3
DQEBCwUAA4GBAD/hsTiBkEjFcF8wJ5jWYx82tJArPAl0KD6Re47R/glR/4mX4LiW
E7ZgS9kL4+XThMAx3BcTpvGz5Q3Q59Mr+ZHlc/wuRlD7hsO4JnIthfCLvW4e6v6m
MFuZBqfUwBdz/6djfMwoA4y6Azt5SYXzp1qvZp3R3vf6GSyvK7P1HV6S
-----END CERTIFICATE-----
";

#[test]
fn the_certificate_gives_merchant_number_and_serial_number_or_is_compared_with_them() {
    let (own, foreign) = (one(), other());
    let source = Source::of(&own).with("CERT", own.certificate_pem());
    let bare = source.clone().without("MCHID SERIAL_NO").client().unwrap();
    let whole = source.client().unwrap();
    for client in [&bare, &whole] {
        assert_eq!(client.merchant().mchid().as_str(), own.mchid());
        // The serial number that OpenSSL prints; the sandbox's begins with a zero.
        let shown = client.merchant().serial_no();
        assert_eq!(shown.trim_start_matches('0'), own.serial_no().trim_start_matches('0'));
    }
    for (source, expected, words) in [
        (source.clone().with("MCHID", foreign.mchid()), "MCHID", own.mchid()),
        (source.clone().with("SERIAL_NO", foreign.serial_no()), "SERIAL_NO", "certificate in WECHATPAY_CERT"),
        (source.clone().with("PRIVATE_KEY", foreign.private_key_pem()), "PRIVATE_KEY", "does not belong"),
        (source.clone().with("CERT", own.public_key_pem()), "CERT", "expected a certificate"),
        (source.clone().with("PRIVATE_KEY", own.public_key_pem()), "PRIVATE_KEY", "expected a private key"),
        // The certificate of a key that is too small, which the private key could be as well.
        (source.clone().with("CERT", SMALL), "CERT", "has 1024 bits"),
    ] {
        let (names, text) = source.problems();
        assert_eq!(names, [expected], "{text}");
        assert!(text.contains(words), "{text}");
    }
}

/// Whether `text` contains 16 characters of `secret` in a row.
fn leaks(text: &str, secret: &str) -> bool {
    let secret: Vec<char> = secret.chars().collect();
    secret.windows(16).any(|piece| text.contains(&piece.iter().collect::<String>()))
}

#[test]
fn no_variable_shows_its_value_whatever_it_holds() {
    const NAMES: [&str; 19] = [
        "MCHID",
        "SERIAL_NO",
        "PRIVATE_KEY",
        "PRIVATE_KEY_FILE",
        "CERT",
        "CERT_FILE",
        "PUBLIC_KEY_ID",
        "PUBLIC_KEY",
        "PUBLIC_KEY_FILE",
        "PLATFORM_CERT",
        "PLATFORM_CERT_FILE",
        "API_V3_KEY",
        "BASE_URL",
        "BACKUP_URL",
        "INSECURE_HTTP",
        "CA",
        "CA_FILE",
        "PROXY",
        "APPID",
    ];
    let (own, foreign) = (one(), other());
    let pem = foreign.private_key_pem();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let secrets = [
        pem.to_owned(),
        pem.replace('\n', "\r\n"),
        pem.replace('\n', r"\n"),
        pem.replace('\n', " "),
        STANDARD.encode(pem),
        body.clone(),
        body[..64].to_owned(),
        // Parts of base64 with a slash, which a path has as well.
        body[64..128].replace(['A', 'Q'], "/"),
        pem.lines().nth(3).unwrap().to_owned(),
        foreign.certificate_pem().to_owned(),
        foreign.public_key_pem().to_owned(),
        foreign.api_v3_key().to_owned(),
        format!("http://user:{}@proxy:none", &body[..24]),
        "0123456789abcdef0123456789abcdef".to_owned(),
    ];
    for name in NAMES {
        for secret in &secrets {
            let base = name.strip_suffix("_FILE").unwrap_or(name);
            let mut source = Source::of(&own);
            source.values.remove(base);
            let source = source.with(name, secret);
            let shown = match source.settings() {
                Err(error) => format!("{error} {error:#} {error:?}"),
                Ok(settings) => match settings.client(PROVIDERS[0]) {
                    Err(error) => format!("{settings:?} {error} {error:#} {error:?}"),
                    // A public key, a certificate or an identifier may be right in this variable.
                    Ok(client) => format!("{settings:?} {}", client.base_url()),
                },
            };
            // A hexadecimal number can be a serial number, which is no secret.
            assert!(!leaks(&shown, secret), "{name} = {secret}: {shown}");
            if name.ends_with("_FILE") && secret.contains("BEGIN") {
                let hint = format!(
                    "must be the path of a file, but the value looks like the content of a key; use WECHATPAY_{base} "
                );
                assert!(shown.contains(&hint), "{shown}");
            }
        }
    }
}
