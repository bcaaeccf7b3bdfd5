//! The drivers and the sandbox over TLS, under its own address and under WeChat Pay's name.

use std::net::{Ipv4Addr, SocketAddr};

use wechatpay_core::Settings;
use wechatpay_sandbox::{CredentialsFolder, Server};

use super::*;

with_every_driver!(
    the_variables_of_a_sandbox_with_tls_are_enough,
    a_client_with_the_platforms_host_is_served_under_it,
    a_client_that_does_not_trust_the_ca_sends_nothing,
);

/// A sandbox that serves HTTPS only, and the folder with its files.
struct Secure {
    local: LocalSandbox,
    server: Server,
    folder: tempfile::TempDir,
}

impl Secure {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let credentials = CredentialsFolder::new(folder.path()).ca_file(true);
        let local = LocalSandbox::new(&credentials.load_or_create("https://127.0.0.1", now()).unwrap(), None);
        let tls = credentials.tls(["127.0.0.1"], now()).unwrap();
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let server = Server::start_tls(address, &tls, local.sandbox.clone(), now).unwrap();
        // The port is known only now.
        credentials.load_or_create(&server.url(), now()).unwrap();
        Self { local, server, folder }
    }

    /// The settings in `wechatpay.env`, without those that are named.
    fn settings(&self, without: &[&str]) -> Settings {
        let text = std::fs::read_to_string(self.folder.path().join("wechatpay.env")).unwrap();
        let value = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            value.filter(|_| !without.contains(&name)).map(str::to_owned)
        };
        Settings::from_source(value, |path| std::fs::read(path)).unwrap()
    }

    /// A driver that calls the default host, and connects to the sandbox instead.
    fn driver_for_the_platform<D: Driver>(&self, without: &[&str]) -> D {
        let addresses: [SocketAddr; 1] = [self.server.local_addr()];
        let driver = D::from_settings(&self.settings(&[&["WECHATPAY_BASE_URL"], without].concat())).unwrap();
        driver.with_addresses("api.mch.weixin.qq.com", &addresses)
    }
}

/// Sends a coupon, and downloads the flow file in which it is.
fn send_and_download(local: &LocalSandbox, driver: &impl Driver, host: &str) {
    let stock_id = driver.send(&local.stock("n-1")).unwrap().into_value().stock_id;
    driver.send(&StartStock::new(stock_id.clone(), local.mchid())).unwrap();
    local.advance(HOUR + 1);
    let coupon_id = driver.send(&local.coupon("o", &stock_id, "c-1")).unwrap().into_value().coupon_id;
    local.control(&format!("coupons/{}/redeem", coupon_id.as_str()), "");
    local.advance(3 * 24 * HOUR);
    let flow = UseFlow::new(stock_id);
    assert!(driver.send(&flow).unwrap().url.as_str().starts_with(&format!("https://{host}/")));
    let rows: Result<Vec<FlowRow>, _> = FlowRows::from(download(driver, &flow).unwrap()).collect();
    assert_eq!(rows.unwrap()[0].coupon_id.as_ref(), Some(&coupon_id));
}

fn the_variables_of_a_sandbox_with_tls_are_enough<D: Driver>() {
    let secure = Secure::start();
    let driver = D::from_settings(&secure.settings(&[])).unwrap();
    send_and_download(&secure.local, &driver, &secure.server.local_addr().to_string());
}

fn a_client_with_the_platforms_host_is_served_under_it<D: Driver>() {
    let secure = Secure::start();
    let driver: D = secure.driver_for_the_platform(&[]);
    send_and_download(&secure.local, &driver, "api.mch.weixin.qq.com");
}

fn a_client_that_does_not_trust_the_ca_sends_nothing<D: Driver>() {
    let secure = Secure::start();
    let driver: D = secure.driver_for_the_platform(&["WECHATPAY_CA_FILE"]);
    let error = driver.send(&query()).unwrap_err();
    assert!(
        error.outcome() == Outcome::NotSent && format!("{error:?}").contains("UnknownIssuer"),
        "{error:?}"
    );
    assert_eq!(secure.local.state()["requests"], serde_json::json!({}));
}
