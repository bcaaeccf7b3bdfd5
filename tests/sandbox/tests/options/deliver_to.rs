//! Callbacks to hosts beyond this machine.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use serde_json::json;
use wechatpay_sandbox::{DeliveryHost, Options, Server};

use crate::client;
use crate::common::{Client, NOW, Reply, credentials, terms};

fn set_callback(client: &Client, url: &str) -> Reply {
    client.post("/callbacks", &json!({ "mchid": credentials().mchid(), "notify_url": url }))
}

fn allowing(hosts: &[&str]) -> Options {
    hosts.iter().fold(Options::new(), |options, host| options.deliver_to(host.parse().unwrap()))
}

#[test]
fn only_the_listed_hosts_are_accepted() {
    let client = client(allowing(&["app", "Shop.internal:8080", "[fd00::1]:80"]));
    for url in ["http://app/x", "http://APP:9000/x", "http://shop.internal:8080/x", "http://[fd00::1]/x"] {
        set_callback(&client, url).ok();
    }
    for url in [
        "http://app.example.com/x",
        "http://other/x",
        "http://shop.internal/x",
        "http://shop.internal:8081/x",
        "http://[fd00::2]/x",
        "http://app@other/x",
        "ftp://app/x",
    ] {
        assert_eq!(set_callback(&client, url).assert_param_error()["field"], "/notify_url", "{url}");
    }
}

#[test]
fn the_host_must_be_a_host() {
    for bad in [
        "",
        "http://app",
        "app/x",
        "app:0",
        "app:x",
        "app:",
        "a@b",
        "169.254.169.254",
        "[fe80::1]",
        "0.0.0.0",
    ] {
        assert!(bad.parse::<DeliveryHost>().is_err(), "{bad}");
    }
}

/// The resolver of the operating system reads `127.1` as 127.0.0.1, but it is not an IP address for the sandbox.
#[test]
fn the_server_delivers_to_a_listed_host_by_its_name() {
    let merchant = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.1:{}/used", merchant.local_addr().unwrap().port());
    let client = client(allowing(&["127.1"]));
    set_callback(&client, &url).ok();
    let stock = client.create_and_start(&terms("create-1"));
    let coupon = client.send_ok("o1", &stock, "send-1");
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::start(address, client.sandbox.clone(), || NOW).unwrap();
    client.redeem(&coupon).ok();
    let (mut connection, _) = merchant.accept().unwrap();
    let mut head = [0; 64];
    connection.read_exact(&mut head).unwrap();
    assert!(head.starts_with(b"POST /used HTTP/1.1\r\nHost: 127.1:"), "{}", String::from_utf8_lossy(&head));
    connection.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    drop(server);
}
