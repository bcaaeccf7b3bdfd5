//! Where the official Go SDK and the documentation differ from the service, or other SDKs were found wrong: none of it
//! is wrong here: `go_defects.md` names the tests for each. This file has those that no other suite has.

use wechatpay_conformance::bare::Get;
use wechatpay_conformance::drivers::Driver;
use wechatpay_conformance::sandbox::LocalSandbox;
use wechatpay_conformance::scripted::{ABC, ABC_SHA1, Scripted, link, unsigned_wire, wire};
use wechatpay_core::error::VerifyErrorKind;
use wechatpay_core::{Client, DownloadCertificates, Error, Operation};

use crate::threats_doc::tested_rows;
use crate::*;

#[test]
fn every_defect_has_its_tests() {
    let rows = tested_rows("tests/conformance/tests/audit/go_defects.md");
    assert_eq!(rows.len(), 28);
}

with_every_driver!(what_downloads_a_file_still_refuses_unsigned_answers);

fn what_downloads_a_file_still_refuses_unsigned_answers<D: Driver>() {
    let (core, platform, _) = pair(now());
    let stock = r#"{"stock_id":"1","stock_creator_mchid":"2","status":"running"}"#;
    let server = Scripted::start(|url| {
        let link = wire(&platform.answer(200, &link(url, ABC_SHA1), now()));
        vec![
            link,
            unsigned_wire(200, ABC),
            unsigned_wire(200, stock),
            wire(&platform.answer(200, stock, now())),
        ]
    });
    let driver = D::new(at(&core, &server.url));
    assert_eq!(
        driver.download(&UseFlow::new("1".into()), std::io::Cursor::new(Vec::new())).unwrap().len(),
        3
    );
    let query = QueryStock::new("1".into(), "2".into());
    assert_eq!(not_believed(driver.send(&query)), VerifyErrorKind::Unsigned);
    assert!(driver.send(&query).unwrap().is_verified());
}

#[test]
fn every_operation_goes_to_the_host_of_the_client() {
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
fn a_client_that_slept_through_two_rotations_wakes_up() {
    const YEAR: u64 = 365 * 86_400;
    let born = TIMESTAMP;
    let credentials = credentials(born);
    let keys = trusting_certificate(PROVIDERS[0], credentials.platform_certificate_pem());
    let client = client(PROVIDERS[0], &credentials, keys);
    let mut local = LocalSandbox::new(&credentials, Some(born));
    // Certificates live five years; the second comes after three, the third after six, when the first is dead.
    for at in [born + 3 * YEAR, born + 6 * YEAR] {
        local.time = Some(at);
        local.rotate();
    }
    let now = born + 6 * YEAR;
    let request = client.request(&DownloadCertificates, stamp_at(now)).unwrap();
    let response = local.sandbox.handle(request, now);
    let signed_by = response.headers()["wechatpay-serial"].to_str().unwrap().to_owned();
    assert!(!client.platform().serials().contains(&signed_by));
    let answer = client.response(&DownloadCertificates, &response, now).unwrap();
    let brought: BTreeSet<_> = answer.iter().map(|certificate| certificate.serial_no.clone()).collect();
    assert_eq!(brought.len(), 2);
    // The dead one is gone, and the new ones are there.
    assert_eq!(client.platform().serials().into_iter().collect::<BTreeSet<_>>(), brought);
    assert!(brought.contains(&signed_by));
    assert!(!brought.contains(credentials.platform_certificate_serial()));
}

#[test]
fn an_error_without_a_body_has_no_code() {
    let (client, _, credentials) = pair(TIMESTAMP);
    let sandbox = wechatpay_sandbox::Sandbox::new(credentials).unwrap();
    for (path, status) in [("/v3/nothing", 404), ("/v3/marketing/favor/coupon-stocks", 405)] {
        let response = sandbox.handle(client.request(&Get::new(path), stamp()).unwrap(), TIMESTAMP);
        let Err(Error::Api(error)) = client.response(&Get::new(path), &response, TIMESTAMP) else {
            panic!("{response:?}")
        };
        assert_eq!((error.http_status().as_u16(), error.body().len()), (status, 0));
        assert_eq!((error.code(), error.message(), error.raw_detail()), (None, None, None));
        let shown = error.to_string();
        assert!(
            shown.starts_with(&format!("the error response has no error code (HTTP {status}, ")),
            "{shown}"
        );
    }
}
