//! `--once`, `--ready-file`, and what is refused before anything is received.

use std::fs;
use std::net::TcpListener;

use crate::listening::Listening;
use crate::merchant::Merchant;
use crate::platform::Platform;
use crate::receiver::Receiver;

#[test]
fn once_ends_after_one_callback_that_was_accepted() {
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, 1));
    let receiver = Receiver::new();
    let options = format!("--once --ready-file ready --forward-to {}", receiver.url);
    let listening = Listening::start(&program, &options);
    assert_eq!(fs::read_to_string(program.path("ready")).unwrap(), format!("{}\n", listening.url));
    let made = platform.used(1);
    let mut forged = made.request.clone();
    *forged.body_mut() = "{}".into();
    assert_eq!(listening.post(&forged), 401);
    assert_eq!(listening.post(&made.request), 204);
    assert_eq!(receiver.next().answer(200), made.id);
    let ran = listening.end(&program).succeeded();
    assert_eq!(ran.lines().len(), 1);
    assert!(ran.stderr.ends_with("notifications in the ledger: 1; still to be forwarded: 0\n"), "{ran:?}");
    assert!(!program.path("ready").exists());
    // Nor is a part of it left.
    let left: Vec<_> = fs::read_dir(program.path(".")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("ready")), "{left:?}");
}

#[test]
fn once_without_a_callback_is_no_success() {
    let merchant = Merchant::new();
    let program = merchant.program();
    Listening::start(&program, "--once --record").interrupt(&program).failed(130);
    Listening::start(&program, "--record").interrupt(&program).succeeded();
}

#[test]
fn the_url_has_the_path_that_was_given() {
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, 1));
    let listening = Listening::start(&program, "--record --path /a/b");
    assert!(listening.url.ends_with("/a/b"), "{}", listening.url);
    assert_eq!(listening.post(&platform.used(1).request), 204);
    listening.interrupt(&program).succeeded();
}

#[test]
fn what_cannot_work_is_refused_at_the_start() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for (code, options, text) in [
        (2, "--addr localhost", "--addr"),
        (2, "--path callback", "must be a path that begins with /"),
        (2, "--path /a?b=c", "must be a path that begins with /"),
        (2, "--forward-to localhost:4242", "must be a URL that begins with http://"),
        (2, "--forward-to ftp://localhost", "must be a URL that begins with http://"),
        (2, "--forward-to http://user:pass@localhost", "without a user name"),
        // Callbacks that are accepted are not sent again.
        (2, "--base-url https://pay.example.com", "give --record"),
        (1, &format!("--record --addr {address}"), "cannot listen on"),
        (1, "--record --ready-file missing/ready", "--ready-file"),
    ] {
        let addr = if options.contains("--addr") { "" } else { "--addr 127.0.0.1:0" };
        let ran = program.run(&format!("listen {addr} {options}")).failed(code);
        assert!(ran.stderr.contains(text), "{options}: {ran:?}");
        assert!(ran.stdout.is_empty() && !ran.stderr.contains("listening"), "{ran:?}");
    }
}

#[test]
fn without_the_key_of_callbacks_it_does_not_begin() {
    let merchant = Merchant::new();
    let program = merchant.program().set("WECHATPAY_API_V3_KEY", "");
    let ran = program.run("listen --record --addr 127.0.0.1:0 --output json").failed(8);
    assert_eq!(ran.error()["variables"][0], "WECHATPAY_API_V3_KEY");
}

#[test]
fn the_ledger_of_another_merchant_is_refused() {
    let (merchant, other) = (Merchant::new(), Merchant::other());
    let program = merchant.program();
    Listening::start(&program, "--record").interrupt(&program).succeeded();
    let ledger = program.path("wechatpay-ledger.db");
    let line = format!("listen --record --addr 127.0.0.1:0 --ledger {}", ledger.display());
    other.program().run(&line).failed(8);
}
