//! The examples as programs: with settings in which a key is in the wrong place, and with a sandbox of their own.
#![cfg(test)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use wechatpay_sandbox::Credentials;

const NOW: u64 = 1_795_363_200;

/// The program of an example, which cargo builds together with this test.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap().join("examples");
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(program.is_file(), "{} is not built", program.display());
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"WECHATPAY_") {
            command.env_remove(name);
        }
    }
    command
}

/// The settings of a merchant, in files.
fn settings(folder: &Path) -> (Credentials, Vec<(String, String)>) {
    // Nobody listens there: nothing must be sent.
    let credentials = Credentials::load_or_create(folder, "http://127.0.0.1:1", NOW).unwrap();
    let env = std::fs::read_to_string(folder.join("wechatpay.env")).unwrap();
    let lines = env.lines().filter_map(|line| line.split_once('='));
    let unquoted = |text: &str| text.trim_matches('\'').to_owned();
    let values = lines.map(|(name, value)| (name.to_owned(), unquoted(value))).collect();
    (credentials, values)
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn run(name: &str, settings: &[(String, String)], variable: &str, value: &str) -> Output {
    let mut command = example(name);
    if name == "campaign" {
        command.arg("--yes");
    }
    command.envs(settings.iter().map(|(name, value)| (name, value)));
    command.env(format!("WECHATPAY_{variable}"), value).output().unwrap()
}

#[test]
fn no_variable_that_holds_a_key_is_printed() {
    let (_, settings) = settings(&folder("examples-keys"));
    let key = Credentials::generate(NOW).unwrap().private_key_pem().to_owned();
    let one_line = key.replace('\n', r"\n");
    for name in ["doctor", "campaign"] {
        for variable in [
            "PRIVATE_KEY_FILE",
            "PUBLIC_KEY_FILE",
            "PLATFORM_CERT_FILE",
            "CERT_FILE",
            "CA_FILE",
            "API_V3_KEY",
            "PROXY",
            "MCHID",
            "SERIAL_NO",
            "PUBLIC_KEY_ID",
            "BASE_URL",
            "INSECURE_HTTP",
        ] {
            for secret in [&key, &one_line] {
                let output = run(name, &settings, variable, secret);
                let text = [output.stdout, output.stderr].concat();
                let text = String::from_utf8(text).unwrap();
                assert_eq!(output.status.code(), Some(1), "{name}: {variable}: {text}");
                assert!(text.contains(&format!("WECHATPAY_{variable} ")), "{name}: {text}");
                let leaked = secret
                    .as_bytes()
                    .windows(16)
                    .any(|piece| text.as_bytes().windows(16).any(|shown| shown == piece));
                assert!(!leaked, "{name}: {variable}: {text}");
            }
        }
    }
}

#[test]
fn a_failed_call_is_printed_in_one_line_with_the_reason_and_its_outcome() {
    let (_, settings) = settings(&folder("examples-outcome"));
    let server = tiny_http::Server::http("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.server_addr());
    // Ends with this process.
    std::thread::spawn(move || {
        for request in server.incoming_requests() {
            let refused = tiny_http::Response::from_string(r#"{"code":"NO_AUTH","message":"no permission"}"#);
            request.respond(refused.with_status_code(403)).unwrap();
        }
    });
    let output = run("campaign", &settings, "BASE_URL", &url);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let [error, outcome] = lines.as_slice() else { panic!("{text}") };
    let expected = "error: the response is an unverified error: NO_AUTH: no permission (HTTP 403, unverified because the \
                    message has no signature)";
    assert_eq!(*error, expected);
    assert!(outcome.starts_with("outcome: unknown: "), "{text}");
}

#[test]
fn the_doctor_names_a_wrong_merchant_number_and_serial_number() {
    let (credentials, settings) = settings(&folder("examples-doctor"));
    for (variable, value, words) in [
        ("MCHID", "1900000001", credentials.mchid()),
        (
            "SERIAL_NO",
            "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB",
            "is not the serial number of the certificate",
        ),
        ("MCHID", "1900000001", "WECHATPAY_MCHID is not usable"),
    ] {
        let output = run("doctor", &settings, variable, value);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains('✗') && text.contains(words), "{text}");
    }
}

#[test]
fn the_server_on_tiny_http_receives_a_callback_that_is_signed_with_a_new_certificate() {
    let output = example("tiny_http").output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("callback: coupon ") && text.contains(" was redeemed"), "{text}");
    // The certificate that it knew, and the one that it has fetched.
    let keys = text.lines().find_map(|line| line.strip_prefix("keys: ")).unwrap();
    assert_eq!(keys.split(", ").count(), 2, "{text}");
}
