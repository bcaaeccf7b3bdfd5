//! Checks that the tests named in `go_defects.md` exist, and contains the tests for defects that no other suite covers.

use wechatpay_conformance::bare::Get;
use wechatpay_conformance::drivers::Driver;
use wechatpay_conformance::sandbox::LocalSandbox;
use wechatpay_conformance::scripted::{ABC, ABC_SHA1, Scripted, link, unsigned_wire, wire};
use wechatpay_core::error::VerifyErrorKind;
use wechatpay_core::{Client, DownloadCertificates, Error, Operation};

use crate::threats_doc::tested_rows;
use crate::*;

#[test]
fn every_defect_has_tests() {
    let rows = tested_rows("tests/conformance/tests/audit/go_defects.md");
    assert_eq!(rows.len(), 28);
}

with_every_driver!(a_driver_that_downloads_files_still_rejects_unsigned_responses);

fn a_driver_that_downloads_files_still_rejects_unsigned_responses<D: Driver>() {
    let (core, platform, _) = pair(now());
    let stock = r#"{"stock_id":"1","stock_creator_mchid":"2","status":"running"}"#;
    let server = Scripted::start(|url| {
        let link = wire(&platform.signed_response(200, &link(url, ABC_SHA1), now()));
        vec![
            link,
            unsigned_wire(200, ABC),
            unsigned_wire(200, stock),
            wire(&platform.signed_response(200, stock, now())),
        ]
    });
    let driver = D::new(at(&core, &server.url));
    assert_eq!(
        driver.download(&UseFlow::new("1".into()), std::io::Cursor::new(Vec::new())).unwrap().len(),
        3
    );
    let query = QueryStock::new("1".into(), "2".into());
    assert_eq!(verify_error_kind(driver.send(&query)), VerifyErrorKind::Unsigned);
    assert!(driver.send(&query).unwrap().is_verified());
}

#[test]
fn every_operation_is_sent_to_the_host_of_the_client() {
    struct Host<'a>(Client, &'a str);
    impl Host<'_> {
        fn check<O: Operation>(&self, operation: &O) {
            let request = self.0.request(operation, stamp()).unwrap();
            let (scheme, authority) = self.1.split_once("://").unwrap();
            assert_eq!(request.uri().scheme_str(), Some(scheme), "{}", O::NAME);
            assert_eq!(request.uri().authority().unwrap().as_str(), authority, "{}", O::NAME);
        }
    }
    impl EachOperation for Host<'_> {
        fn operation<O: ArbitraryOperation>(&mut self) {
            self.check(&sample::<O>());
        }
    }
    for base_url in
        ["https://api2.mch.weixin.qq.com", "https://gateway.example.com:8443", "http://[::1]:8700"]
    {
        let (client, _, credentials) = pair(TIMESTAMP);
        let client = at(&client, base_url).with_api_v3_key(PROVIDERS[0], api_v3_key(&credentials));
        let mut host = Host(client, base_url);
        each_operation(&mut host);
        host.check(&DownloadCertificates);
    }
}

#[test]
fn certificates_are_downloaded_after_two_missed_rotations() {
    const YEAR: u64 = 365 * 86_400;
    let start = TIMESTAMP;
    let credentials = credentials(start);
    let keys = trusting_certificate(PROVIDERS[0], credentials.platform_certificate_pem());
    let client = client(PROVIDERS[0], &credentials, keys);
    let mut local = LocalSandbox::new(&credentials, Some(start));
    // Certificates are valid for five years. The second is issued after three years, the third after six, when the
    // first has expired.
    for at in [start + 3 * YEAR, start + 6 * YEAR] {
        local.time = Some(at);
        local.control("certificates/rotate", "");
    }
    let now = start + 6 * YEAR;
    let request = client.request(&DownloadCertificates, stamp_at(now)).unwrap();
    let response = local.sandbox.handle(request, now);
    let signed_by = response.headers()["wechatpay-serial"].to_str().unwrap().to_owned();
    assert!(!client.platform().serials().contains(&signed_by));
    let answer = client.response(&DownloadCertificates, &response, now).unwrap();
    let downloaded: BTreeSet<_> = answer.iter().map(|certificate| certificate.serial_no.clone()).collect();
    assert_eq!(downloaded.len(), 2);
    // The expired certificate was removed, and the new ones were added.
    assert_eq!(client.platform().serials().into_iter().collect::<BTreeSet<_>>(), downloaded);
    assert!(downloaded.contains(&signed_by));
    assert!(!downloaded.contains(credentials.platform_certificate_serial()));
}

#[test]
fn an_error_without_a_body_has_no_code() {
    let (client, _, credentials) = pair(TIMESTAMP);
    let sandbox = wechatpay_sandbox::Sandbox::new(credentials).unwrap();
    for (path, status, text) in [
        ("/v3/nothing", 404, "nothing was found at this path"),
        ("/v3/marketing/favor/coupon-stocks", 405, "this path does not accept the method"),
    ] {
        let response = sandbox.handle(client.request(&Get::new(path), stamp()).unwrap(), TIMESTAMP);
        let Err(Error::Api(error)) = client.response(&Get::new(path), &response, TIMESTAMP) else {
            panic!("{response:?}")
        };
        assert_eq!((error.http_status().as_u16(), error.body().len()), (status, 0));
        assert_eq!((error.code(), error.message(), error.raw_detail()), (None, None, None));
        let shown = error.to_string();
        assert!(shown.starts_with(&format!("{text} (HTTP {status}, ")), "{shown}");
    }
}
