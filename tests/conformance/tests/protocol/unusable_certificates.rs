//! Platform certificates that are found under another form of their serial number, cannot be used, are distrusted, or
//! are not valid now.

use std::time::Duration;

use wechatpay_core::{Exchange, Step};

use crate::certificates::{certificate_with, client_without_platform_key, list, signed_by};
use crate::*;

/// The platform writes the serial number of a certificate without the sign byte of DER, and other software in lower case
/// or with other leading zeros.
#[test]
fn a_certificate_is_found_under_any_form_of_its_serial_number() {
    let serial = [0xF0, 0x8B, 0x15, 0xC2];
    let (pem, key) = certificate_with(&serial);
    for listed in ["F08B15C2", "f08b15c2", "00F08B15C2", "0F08B15C2"] {
        let (client, _, merchant) = pair(NOW);
        let client = client.with_api_v3_key(PROVIDERS[1], api_v3_key(&merchant));
        let body = list(&[(listed, &pem)], merchant.api_v3_key());
        // The first download, signed with the certificate that it contains.
        let response = signed_by(&*key, "F08B15C2", &body, NOW);
        let answer = client.response(&DownloadCertificates, &response, NOW).unwrap();
        assert_eq!(answer[0].serial_no, "F08B15C2");
        assert_eq!(client.platform().serials(), ["F08B15C2", PUBLIC_KEY_ID]);
        for named in ["F08B15C2", "f08b15c2", "00F08B15C2"] {
            let response = signed_by(&*key, named, COUPON_SENT, NOW);
            assert!(read_response::<SendCoupon>(&client, &response, NOW).unwrap().is_verified(), "{named}");
        }
    }
}

/// The list with a good certificate and this entry is read, and the entry is left out.
#[test]
fn one_unusable_certificate_does_not_hide_the_others() {
    let Some(openssl) = OpenSsl::find() else { return };
    let merchant = credentials(NOW);
    let (good, good_key) = certificate_with(&[0x0A, 0x01]);
    let (other, other_key) = certificate_with(&[0x0A, 0x02]);
    let sealed = |content: &[u8]| sealed(merchant.api_v3_key(), "certificate", content);
    let entry = |serial: &str, sealed: Value| json!({ "serial_no": serial, "encrypt_certificate": sealed });
    let made = |key: &str| {
        let key = openssl.output(key);
        openssl.write("key", key);
        entry("0A02", sealed(&openssl.output("req -x509 -new -key @key -subj /CN=1 -set_serial 0x0A02")))
    };
    let changed = |name: &str, value: Value| {
        let mut entry = entry("0A02", sealed(other.as_bytes()));
        entry["encrypt_certificate"][name] = value;
        entry
    };
    let cases = [
        (made("genrsa 1024"), "has 1024 bits"),
        (made("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"), "EC (1.2.840.10045.2.1)"),
        (made("genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048"), "RSA-PSS"),
        (changed("nonce", json!("short")), "nonce that is not 12 bytes long"),
        (changed("nonce", json!("another nonc")), "could not be decrypted"),
        (changed("ciphertext", json!("!")), "ciphertext that is not valid base64"),
        (changed("associated_data", json!("coupon")), "not encrypted as a certificate"),
        (changed("algorithm", json!("SM4")), "AEAD_AES_256_GCM"),
        (entry("0A02", sealed(good.as_bytes())), "serial number other than the one in the list"),
        (entry("0A02", sealed(b"{}")), "expected a certificate"),
        (entry("0A02", sealed(b"")), "an empty file"),
        (entry("0A02", sealed(merchant.public_key_pem().as_bytes())), "a public key"),
    ];
    for (bad, problem) in &cases {
        let client = client_without_platform_key(&merchant, 1);
        let good_entry = entry("0A01", sealed(good.as_bytes()));
        for data in [json!([bad, good_entry]), json!([good_entry, bad])] {
            let body = json!({ "data": data }).to_string();
            let response = signed_by(&*good_key, "0A01", &body, NOW);
            let answer = client.response(&DownloadCertificates, &response, NOW).unwrap();
            assert_eq!(answer.len(), 1, "{problem}");
            assert_eq!(client.platform().serials(), ["0A01"]);
        }
        // What the good one signs is read, what the other one signs is refused with the reason.
        let by_good = signed_by(&*good_key, "0A01", COUPON_SENT, NOW);
        read_response::<SendCoupon>(&client, &by_good, NOW).unwrap();
        let by_bad = signed_by(&*other_key, "0a02", COUPON_SENT, NOW);
        let kind = verify_error_kind(read_response::<SendCoupon>(&client, &by_bad, NOW));
        let text = kind.to_string();
        assert!(matches!(kind, VerifyErrorKind::UnusableCertificate { .. }), "{problem}: {kind:?}");
        assert!(
            text.contains(problem) && text.contains("0a02") && !text.contains("MII"),
            "{problem}: {text}"
        );
        // Until the platform lists one that can be used.
        let body = list(&[("0A02", &other)], merchant.api_v3_key());
        client.response(&DownloadCertificates, &signed_by(&*good_key, "0A01", &body, NOW), NOW).unwrap();
        read_response::<SendCoupon>(&client, &by_bad, NOW).unwrap();

        // Without any usable entry, the error is that of the first.
        let client = client_without_platform_key(&merchant, 1);
        let body = json!({ "data": [bad] }).to_string();
        let response = signed_by(&*good_key, "0A01", &body, NOW);
        let kind = verify_error_kind(client.response(&DownloadCertificates, &response, NOW));
        assert!(kind.to_string().contains(problem), "{problem}: {kind}");
    }
    // An entry without its fields.
    for bad in [json!({}), json!(7), json!({ "serial_no": "0A02" }), json!({ "serial_no": 7, "x": [] })] {
        let client = client_without_platform_key(&merchant, 1);
        let body = json!({ "data": [bad, entry("0A01", sealed(good.as_bytes()))] }).to_string();
        let answer = client.response(&DownloadCertificates, &signed_by(&*good_key, "0A01", &body, NOW), NOW);
        assert_eq!(answer.unwrap().len(), 1);
    }
}

/// Only a verified response says which certificates cannot be used.
#[test]
fn an_unverified_list_does_not_change_what_is_known_about_certificates() {
    let merchant = credentials(NOW);
    let client = client_without_platform_key(&merchant, 1);
    let (good, good_key) = certificate_with(&[0x0A, 0x01]);
    let (_, bad_key) = certificate_with(&[0x0A, 0x02]);
    let data = [("0A01", good.as_str()), ("0A02", "no certificate")];
    let body = list(&data, merchant.api_v3_key());
    // Signed by the certificate that cannot be used.
    let result = client.response(&DownloadCertificates, &signed_by(&*bad_key, "0A02", &body, NOW), NOW);
    let kind = verify_error_kind(result);
    assert!(matches!(kind, VerifyErrorKind::UnusableCertificate { .. }), "{kind:?}");
    let by_bad = signed_by(&*bad_key, "0A02", COUPON_SENT, NOW);
    let kind = || verify_error_kind(read_response::<SendCoupon>(&client, &by_bad, NOW));
    assert!(matches!(kind(), VerifyErrorKind::UnknownSerial { .. }), "{:?}", kind());
    let wrong = with_header(signed_by(&*bad_key, "0A02", &body, NOW), "wechatpay-serial", "0A01");
    let wrong = verify_error_kind(client.response(&DownloadCertificates, &wrong, NOW));
    assert!(matches!(wrong, VerifyErrorKind::WrongSignature { .. }), "{wrong:?}");
    assert!(matches!(kind(), VerifyErrorKind::UnknownSerial { .. }), "{:?}", kind());
    client.response(&DownloadCertificates, &signed_by(&*good_key, "0A01", &body, NOW), NOW).unwrap();
    assert!(matches!(kind(), VerifyErrorKind::UnusableCertificate { .. }), "{:?}", kind());
}

#[test]
fn a_distrusted_key_is_refused_for_good() {
    let merchant = credentials(NOW);
    let (leaked, leaked_key) = certificate_with(&[0x0A, 0x01]);
    let (good, good_key) = certificate_with(&[0x0A, 0x02]);
    let (client, _, _) = pair(NOW);
    let client = client.with_api_v3_key(PROVIDERS[1], api_v3_key(&merchant));
    let keys = client.platform().clone();
    let body = list(&[("0A01", &leaked), ("0A02", &good)], merchant.api_v3_key());
    let by = |key: &Arc<dyn SigningKey>, serial: &str| {
        client.response(&DownloadCertificates, &signed_by(&**key, serial, &body, NOW), NOW)
    };
    assert_eq!(by(&leaked_key, "0A01").unwrap().len(), 2);
    assert!(keys.prefer("0A01"));

    // Removed only, it comes back. Distrusted, it does not.
    assert!(keys.remove("0a01"));
    by(&good_key, "0A02").unwrap();
    assert!(keys.distrust(" 0a:01\n") && !keys.distrust("0A01"));
    let certificates = by(&good_key, "0A02").unwrap();
    assert_eq!(certificates.iter().map(|it| it.serial_no.as_str()).collect::<Vec<_>>(), ["0A02"]);
    assert_eq!(client.platform().serials(), ["0A02", PUBLIC_KEY_ID]);
    let distrusted = KeyError::Distrusted { serial: "0A01".to_owned() };
    assert_eq!(client.platform().add_certificate(PROVIDERS[1], &leaked), Err(distrusted));
    // Neither a list nor anything else that it signs is read.
    let refused = VerifyErrorKind::Distrusted { serial: "0A01".to_owned() };
    assert_eq!(verify_error_kind(by(&leaked_key, "0A01")), refused);
    let response = signed_by(&*leaked_key, "0A01", COUPON_SENT, NOW);
    assert_eq!(verify_error_kind(read_response::<SendCoupon>(&client, &response, NOW)), refused);
    assert!(refused.to_string().contains("0A01") && refused.to_string().contains("distrust"));
    assert_eq!(keys.preferred_serial(NOW).as_deref(), Some("0A02"));

    // Ids of public keys too.
    assert!(keys.distrust(PUBLIC_KEY_ID));
    let added = keys.add_public_key(PROVIDERS[1], PUBLIC_KEY_ID, RESPONSE_KEY);
    assert_eq!(added, Err(KeyError::Distrusted { serial: PUBLIC_KEY_ID.to_owned() }));
    // A list with nothing but distrusted certificates is empty.
    let body = list(&[("0A01", &leaked)], merchant.api_v3_key());
    let response = signed_by(&*good_key, "0A02", &body, NOW);
    assert!(client.response(&DownloadCertificates, &response, NOW).unwrap().is_empty());
}

/// No request names a certificate that is not valid at its time, and nothing is encrypted with one.
#[test]
fn only_a_valid_certificate_is_named_and_encrypted_with() {
    // `date -u -d 2019-01-01 +%s`, `date -u -d 2024-01-01 +%s`.
    let (first, last) = (1_546_300_800, 1_704_067_200);
    let (pem, _) = certificate_with(&[0x0A, 0x01]);
    let client = client_without_platform_key(&credentials(NOW), 1);
    let keys = client.platform();
    let serial = keys.add_certificate(PROVIDERS[1], pem).unwrap();
    assert!(keys.prefer(&serial));
    for (now, valid) in [(first - 1, false), (first, true), (last, true), (last + 1, false)] {
        let named = valid.then_some(serial.as_str());
        assert_eq!(keys.preferred_serial(now).as_deref(), named, "{now}");
        let request = client.request(&SecurityEcho::new("x"), stamp_at(now)).unwrap();
        let header = request.headers().get("wechatpay-serial").map(|value| value.to_str().unwrap());
        assert_eq!(header, named, "{now}");
        match keys.seal("x", now) {
            Ok(sealed) => assert_eq!(Some(sealed.serial()), named),
            Err(error) => assert!(!valid && error == KeyError::NoPlatformKey, "{error:?}"),
        }
    }
}

/// A response that waits for its certificate ends with the reason why the certificate cannot be used.
#[test]
fn a_parked_response_learns_why_its_certificate_cannot_be_used() {
    let merchant = credentials(NOW);
    let client = client_without_platform_key(&merchant, 1);
    let (good, good_key) = certificate_with(&[0x0A, 0x01]);
    let (_, bad_key) = certificate_with(&[0x0A, 0x02]);
    let data = [("0A01", good.as_str()), ("0A02", "no certificate")];
    let list = signed_by(&*good_key, "0A01", &list(&data, merchant.api_v3_key()), NOW);
    let mut exchange = client.exchange(&send_coupon()).unwrap();
    let next = |exchange: &mut Exchange<SendCoupon>| match exchange.poll(Duration::ZERO, stamp()) {
        Step::Send { request, .. } => request.uri().path().to_owned(),
        _ => panic!("no request"),
    };
    assert!(next(&mut exchange).ends_with("/coupons"));
    exchange.on_response(&signed_by(&*bad_key, "0A02", COUPON_SENT, NOW), NOW);
    assert_eq!(next(&mut exchange), "/v3/certificates");
    exchange.on_response(&list, NOW);
    let Step::Done(result) = exchange.poll(Duration::ZERO, stamp()) else { panic!("not done") };
    let kind = verify_error_kind(result);
    assert!(matches!(kind, VerifyErrorKind::UnusableCertificate { .. }), "{kind:?}");
    assert_eq!(client.platform().serials(), ["0A01"]);
}
