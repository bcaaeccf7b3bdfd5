//! Where the official Go SDK and the documentation differ from the service, or other SDKs were found wrong: none of it
//! is wrong here. A test of this file for each that no other test covers; the others are listed.

use http::Method;
use wechatpay_conformance::drivers::Driver;
use wechatpay_conformance::sandbox::LocalSandbox;
use wechatpay_conformance::scripted::{ABC, ABC_SHA1, Scripted, link, unsigned_wire, wire};
use wechatpay_core::error::{BuildError, DecodeError, VerifyErrorKind};
use wechatpay_core::{Client, DownloadCertificates, Error, Operation, Parts, Verified};

use crate::*;

/// The defect, and the tests that would fail if it were here.
const DEFECTS: &[(&str, &[&str])] = &[
    (
        "a coupon has no coupon_id, out_request_no, consume_information and other fields",
        &["a_coupon_keeps_what_other_sdks_drop", "the_coupons_of_a_user"],
    ),
    (
        "a stock has no business_type, available_region_list, available_industry_list",
        &["a_stock_keeps_what_other_sdks_drop"],
    ),
    ("coupons cannot be listed by business_type", &["every_operation_gives_its_golden_message"]),
    (
        "operations are missing of which the types are there",
        &[
            "every_type_of_the_go_package_is_here",
            "every_operation_gives_its_golden_message",
            "a_platform_favor",
            "merchants_and_goods_page_by_page",
        ],
    ),
    (
        "flow files: no download, no check of the hash, no files of a day",
        &["the_flows_of_a_stock", "the_flows_of_a_day", "a_file_with_another_hash_is_withheld"],
    ),
    (
        "a download needs a client that verifies nothing",
        &["what_downloads_a_file_still_refuses_unsigned_answers"],
    ),
    (
        "images are uploaded to the main host only; the host is written into every operation",
        &["every_operation_goes_to_the_host_of_the_client", "an_image_is_uploaded"],
    ),
    (
        "certificates are not downloaded for an unknown serial",
        &["certificates_from_nothing_and_after_a_rotation"],
    ),
    (
        "after two rotations without a download none ever succeeds again",
        &["a_client_that_slept_through_two_rotations_wakes_up"],
    ),
    (
        "a download of certificates that failed is not told",
        &["a_merchant_without_certificates_is_told_so", "nothing_that_is_wrong_is_installed"],
    ),
    (
        "a callback without resource, or with a nonce of another length, ends the process",
        &["everything_wrong_is_refused_with_the_right_answer"],
    ),
    (
        "a callback handler with a bad key is made all the same",
        &["has_exactly_32_bytes", "without_the_right_key_nothing_is_decrypted"],
    ),
    ("a probe is not told apart", &["everything_wrong_is_refused_with_the_right_answer"]),
    ("COUPON.USE has no type", &["a_used_coupon_is_read_whole", "uses_are_told_by_callback"]),
    ("a missing Wechatpay-Timestamp is called expired", &["each_refusal_has_its_own_error"]),
    ("Wechatpay-Serial is overwritten", &["an_echo_names_the_key_it_is_encrypted_for"]),
    (
        "the detail of an error has no type, the number behind its Request-ID is hidden",
        &["reads_every_documented_shape", "the_life_of_a_stock"],
    ),
    ("an empty 404 or 405 is an error with an empty code", &["an_error_without_a_body_has_no_code"]),
    ("private keys are read in PKCS#8 only", &["official_vectors_come_out_byte_for_byte"]),
    ("an answer to pausing or restarting may call its time start_time", &["every_documented_shape_reads"]),
    (
        "an answer to modify-goods-id may call its time pause_time",
        &["every_operation_gives_its_golden_message", "merchants_and_goods_page_by_page"],
    ),
    (
        "stoped, EXCHAHGE and other misspelt or new values",
        &["every_value_of_the_go_package_is_known", "open_enumerations_give_back_any_text"],
    ),
    ("a callback page that shows TRANSACTION.SUCCESS", &["an_event_of_another_kind_is_unknown_and_not_lost"]),
    (
        "fields of other names or types",
        &["every_field_of_the_go_package_is_here", "every_operation_gives_its_golden_message"],
    ),
    ("a path parameter is sent empty", &["segments_that_vanish_are_refused", "stocks_and_coupons"]),
    ("an openid loses its upper case", &["an_answer_comes_back_to_the_same_user", "the_coupons_of_a_user"]),
    ("an image answered as text/plain is refused", &["an_images_address_is_read_whatever_its_content_type"]),
    ("a file name breaks the form it stands in", &["an_image_that_can_never_be_right_is_not_sent"]),
];

#[test]
fn every_defect_has_its_tests() {
    let source = ["tests/conformance/tests", "core/src"].map(text_of).concat();
    for (defect, tests) in DEFECTS {
        for test in *tests {
            let there = ["(", "<D: Driver>("].iter().any(|end| source.contains(&format!("fn {test}{end}")));
            assert!(there, "{test}: {defect}");
        }
    }
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
        fn operation<O: MadeUp>(&mut self) {
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

/// Asks for whatever there is at a path.
#[derive(Clone, serde::Serialize)]
struct Get(&'static str);

impl Operation for Get {
    const NAME: &'static str = "get";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/";
    const IDEMPOTENT: bool = true;
    type Response = ();

    fn parts(&self) -> Result<Parts, BuildError> {
        Parts::of(&Self::METHOD, self.0, &())
    }

    fn decode(_: Verified<'_>) -> Result<(), DecodeError> {
        Ok(())
    }
}

#[test]
fn an_error_without_a_body_has_no_code() {
    let (client, _, credentials) = pair(TIMESTAMP);
    let sandbox = wechatpay_sandbox::Sandbox::new(credentials).unwrap();
    for (path, status) in [("/v3/nothing", 404), ("/v3/marketing/favor/coupon-stocks", 405)] {
        let response = sandbox.handle(client.request(&Get(path), stamp()).unwrap(), TIMESTAMP);
        let Err(Error::Api(error)) = client.response(&Get(path), &response, TIMESTAMP) else {
            panic!("{response:?}")
        };
        assert_eq!((error.status().as_u16(), error.body().len()), (status, 0));
        assert_eq!((error.code(), error.message(), error.raw_detail()), (None, None, None));
        let shown = error.to_string();
        assert!(shown.starts_with(&format!("an error without a code (HTTP {status}, ")), "{shown}");
    }
}
