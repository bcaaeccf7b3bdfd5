//! Which addresses a driver connects to, with every driver.

use std::net::SocketAddr;

use wechatpay_conformance::scripted::{Unresponsive, proxy};
use wechatpay_core::error::Phase;
use wechatpay_core::settings::Proxy;

use crate::tls::{ca, server};
use crate::*;

with_every_driver!(
    the_next_address_answers_if_the_first_drops_packets,
    the_next_address_answers_if_the_first_refuses,
    the_next_address_of_a_proxy_answers,
    hosts_with_given_addresses_and_literal_addresses_are_not_looked_up,
    given_addresses_are_for_one_host_only,
    without_an_address_nothing_is_sent,
    certificates_are_checked_against_the_name,
    behind_a_proxy_the_proxy_looks_the_name_up,
);

/// The domain `.test` is reserved for names that never exist.
const HOST: &str = "platform.test";

/// A driver that makes one attempt.
fn driver<D: Driver>(url: &str) -> D {
    let (core, ..) = pair(now());
    let core = core.with_base_url(BaseUrl::insecure_http(url).unwrap());
    D::new(core.with_retry(RetryPolicy::never().with_attempt_timeout(Duration::from_secs(60))))
}

/// A server with one response, and its address.
fn platform() -> (Scripted, SocketAddr) {
    let (_, platform, _) = pair(now());
    let server = Scripted::start(|_| vec![wire(&platform.coupon_sent(now()))]);
    let address = server.url.strip_prefix("http://").unwrap().parse().unwrap();
    (server, address)
}

/// An address at which no server listens.
fn closed() -> SocketAddr {
    listener().0.local_addr().unwrap()
}

fn sends(driver: &impl Driver) {
    assert_eq!(driver.send(&send_coupon()).unwrap().coupon_id.as_str(), "98674556");
}

/// The phase and the text of the error.
fn fails(driver: &impl Driver) -> (Option<Phase>, String) {
    let error = driver.send(&send_coupon()).unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    let Error::Transport(transport) = &error else { panic!("{error:?}") };
    (transport.phase(), format!("{error:#}"))
}

fn the_next_address_answers_if_the_first_drops_packets<D: Driver>() {
    let unresponsive = Unresponsive::start();
    for dropping in [1, 2] {
        let (server, address) = platform();
        let mut addresses = vec![unresponsive.address; dropping];
        addresses.push(address);
        // If the first one took the whole time, nothing would be left for the last.
        let driver = driver::<D>(&format!("http://{HOST}")).with_connect_timeout(Duration::from_secs(2));
        sends(&driver.with_addresses(HOST, &addresses));
        assert_eq!(server.all().len(), 1);
    }
    let driver = driver::<D>(&format!("http://{HOST}")).with_connect_timeout(Duration::from_millis(400));
    let (phase, _) =
        fails(&driver.with_addresses(HOST, &[unresponsive.address, closed(), unresponsive.address]));
    assert_eq!(phase, Some(Phase::Connect));
}

fn the_next_address_answers_if_the_first_refuses<D: Driver>() {
    let (server, address) = platform();
    sends(&driver::<D>(&format!("http://{HOST}")).with_addresses(HOST, &[closed(), closed(), address]));
    assert_eq!(server.all().len(), 1);
    let (phase, _) =
        fails(&driver::<D>(&format!("http://{HOST}")).with_addresses(HOST, &[closed(), closed()]));
    assert_eq!(phase, Some(Phase::Connect));
}

fn the_next_address_of_a_proxy_answers<D: Driver>() {
    let unresponsive = Unresponsive::start();
    for first in [closed(), unresponsive.address] {
        let (server, address) = platform();
        let (proxy, heads) = proxy(Some(address.to_string()));
        let driver = driver::<D>(&format!("http://{HOST}")).with_connect_timeout(Duration::from_secs(2));
        let driver = driver.with_proxy(Proxy::parse("http://proxy.test:3128").unwrap());
        sends(&driver.with_addresses("proxy.test", &[first, proxy.parse().unwrap()]));
        let head = heads.recv().unwrap();
        assert!(head.starts_with("CONNECT platform.test:80 HTTP/1.1\r\n"), "{head}");
        assert_eq!(server.all().len(), 1);
    }
}

/// A lookup of these names would fail.
fn hosts_with_given_addresses_and_literal_addresses_are_not_looked_up<D: Driver>() {
    for given in ["nowhere.invalid", "NoWhere.INVALID"] {
        let (_server, address) = platform();
        sends(&driver::<D>("http://NOWHERE.invalid").with_addresses(given, &[address]));
    }
    // Port 0 stands for the port of the URL.
    let (_server, address) = platform();
    let url = format!("http://nowhere.invalid:{}", address.port());
    sends(&driver::<D>(&url).with_addresses("nowhere.invalid", &["127.0.0.1:0".parse().unwrap()]));
    // Literal addresses need no lookup, but may be given others.
    let (server, _) = platform();
    sends(&driver::<D>(&server.url));
    let (_server, address) = platform();
    sends(&driver::<D>("http://192.0.2.1").with_addresses("192.0.2.1", &[address]));
    let (_server, address) = platform();
    sends(&driver::<D>("http://[2001:db8::1]").with_addresses("[2001:db8::1]", &[address]));
    let (_server, address) = platform();
    sends(&driver::<D>("http://[2001:db8::1]").with_addresses("2001:db8::1", &[address]));
}

fn given_addresses_are_for_one_host_only<D: Driver>() {
    let (_server, address) = platform();
    let driver = driver::<D>("http://other.invalid").with_addresses("nowhere.invalid", &[address]);
    let (phase, text) = fails(&driver);
    assert_eq!(phase, Some(Phase::Resolve), "{text}");
    // Each host has its own, and the last ones given to a host replace the earlier.
    let driver = driver.with_addresses("other.invalid", &[closed()]);
    sends(&driver.with_addresses("other.invalid", &[address]));
}

fn without_an_address_nothing_is_sent<D: Driver>() {
    let (server, _) = platform();
    let (phase, text) = fails(&driver::<D>(&server.url).with_addresses("127.0.0.1", &[]));
    assert_eq!(phase, Some(Phase::Resolve), "{text}");
    assert!(server.received_nothing());
}

fn certificates_are_checked_against_the_name<D: Driver>() {
    let (core, platform, _) = pair(now());
    let ours = ca("ours");
    for (host, problem) in [("localhost", None), ("other.test", Some("NotValidForName"))] {
        let (port, requests) = server(&ours, 2999, wire(&platform.coupon_sent(now())));
        let core = single_attempt_at(&core, &format!("https://{host}"));
        let address = format!("127.0.0.1:{port}").parse().unwrap();
        let driver = D::trusting(core, ours.der()).with_addresses(host, &[address]);
        match problem {
            None => sends(&driver),
            Some(problem) => {
                let (phase, text) = fails(&driver);
                assert_eq!(phase, Some(Phase::Tls), "{text}");
                assert!(text.contains(problem) || text.contains("not valid for name"), "{text}");
            }
        }
        assert_eq!(requests.iter().count(), usize::from(problem.is_none()));
    }
}

fn behind_a_proxy_the_proxy_looks_the_name_up<D: Driver>() {
    let (server, address) = platform();
    let (proxy, heads) = proxy(Some(address.to_string()));
    let driver = driver::<D>("http://nowhere.invalid");
    let driver = driver.with_proxy(Proxy::parse(&format!("http://{proxy}")).unwrap());
    // Only connections that the driver makes itself use given addresses.
    sends(&driver.with_addresses("nowhere.invalid", &[closed()]));
    assert!(heads.recv().unwrap().starts_with("CONNECT nowhere.invalid:80 HTTP/1.1\r\n"));
    assert_eq!(server.all().len(), 1);
}
