//! Platform certificates: the first download is trusted because it decrypts with the APIv3 key and verifies with its
//! own certificates.

use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize, SerialNumber, date_time_ymd};

use wechatpay_core::PlatformCertificate;

use crate::*;

/// A client with the merchant's key and the APIv3 key, but without any platform key.
pub(crate) fn client_without_platform_key(credentials: &Credentials, provider: usize) -> Client {
    client(PROVIDERS[provider], credentials, PlatformKeys::new())
}

fn download(client: &Client, sandbox: &Sandbox) -> Response<Bytes> {
    sandbox.handle(client.request(&DownloadCertificates, stamp()).unwrap(), NOW)
}

#[test]
fn the_first_download_needs_no_platform_key() {
    let credentials = credentials(NOW);
    let sandbox = Sandbox::new(credentials.clone()).unwrap();
    for provider in [0, 1] {
        let client = client_without_platform_key(&credentials, provider);
        let response = download(&client, &sandbox);
        let answer = client.response(&DownloadCertificates, &response, NOW).unwrap();
        assert!(answer.is_verified());
        let stored = serde_json::to_string(&(DownloadCertificates, &answer)).unwrap();
        let (operation, again): (DownloadCertificates, Answer<Vec<PlatformCertificate>>) =
            serde_json::from_str(&stored).unwrap();
        assert_eq!(
            (operation, &again.value, again.raw()),
            (DownloadCertificates, &answer.value, answer.raw())
        );
        assert!(!again.is_verified());
        let [certificate] = answer.value.as_slice() else { panic!("{answer:?}") };
        assert_eq!(certificate.serial_no, credentials.platform_certificate_serial());
        // The sandbox's serial numbers begin with a zero, which must be kept.
        assert!(certificate.serial_no.starts_with('0') && certificate.serial_no.len() == 40);
        assert_eq!(certificate.pem, credentials.platform_certificate_pem());
        assert!(certificate.effective_time.unix_seconds() < certificate.expire_time.unix_seconds());
        assert_eq!(client.platform().serials(), std::slice::from_ref(&certificate.serial_no));
        assert_eq!(client.platform().preferred_serial(NOW), Some(certificate.serial_no.clone()));
        // Clones share the downloaded certificate, and the next download is verified with it.
        let response = download(&client, &sandbox);
        client.clone().response(&DownloadCertificates, &response, NOW).unwrap();
    }
}

#[test]
fn invalid_certificate_responses_change_no_keys() {
    let credentials = credentials(NOW);
    let sandbox = Sandbox::new(credentials.clone()).unwrap();
    let client = client_without_platform_key(&credentials, 1);
    let good = download(&client, &sandbox);
    let read = |response: &Response<Bytes>| client.response(&DownloadCertificates, response, NOW);

    assert_eq!(verify_error_kind(read(&unsigned(200, good.body()))), VerifyErrorKind::Unsigned);
    // The HTML page of a proxy is reported as unsigned, not as an invalid certificate.
    assert_eq!(verify_error_kind(read(&unsigned(200, "<html>"))), VerifyErrorKind::Unsigned);

    let late = with_header(good.clone(), "wechatpay-timestamp", "1");
    assert_eq!(verify_error_kind(read(&late)), VerifyErrorKind::Clock { timestamp: 1, now: NOW });

    // Signed with a key that is neither known nor in the response.
    let foreign = with_header(good.clone(), "wechatpay-serial", "ABCDEF");
    assert!(matches!(verify_error_kind(read(&foreign)), VerifyErrorKind::UnknownSerial { .. }));

    // With an additional space in the JSON the encryption is valid, but the signature is not.
    let mut spaced = good.clone();
    *spaced.body_mut() = [good.body().as_ref(), b" "].concat().into();
    assert!(matches!(verify_error_kind(read(&spaced)), VerifyErrorKind::WrongSignature { .. }));

    let text = std::str::from_utf8(good.body()).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{text}");
        let mut response = good.clone();
        *response.body_mut() = text.replacen(from, to, 1).into();
        verify_error_kind(read(&response))
    };
    let other_data = changed("\"associated_data\":\"certificate\"", "\"associated_data\":\"coupon\"");
    assert!(matches!(other_data, VerifyErrorKind::Certificate { .. }));
    let ciphertext = changed("\"ciphertext\":\"", "\"ciphertext\":\"AAAA");
    assert_eq!(ciphertext, VerifyErrorKind::Decrypt);
    assert!(matches!(changed("AEAD_AES_256_GCM", "AES"), VerifyErrorKind::Resource { .. }));
    let serial = credentials.platform_certificate_serial();
    assert!(matches!(changed(serial, "0A"), VerifyErrorKind::Certificate { .. }));
    assert!(matches!(changed("\"data\"", "\"data\":7,\"x\""), VerifyErrorKind::Certificate { .. }));

    let api_v3_key = ApiV3Key::new([b'k'; 32]).unwrap();
    let wrong_key = client.clone().with_api_v3_key(PROVIDERS[1], api_v3_key);
    assert_eq!(
        verify_error_kind(wrong_key.response(&DownloadCertificates, &good, NOW)),
        VerifyErrorKind::Decrypt
    );

    assert_eq!(client.platform().serials(), Vec::<String>::new());
    read(&good).unwrap();
}

#[test]
fn the_merchants_own_certificate_is_rejected_as_a_platform_certificate() {
    // Anyone with the APIv3 key could send it. The merchant's key could then sign for the platform.
    let (client, platform, credentials) = pair(NOW);
    let client = client.with_api_v3_key(PROVIDERS[1], api_v3_key(&credentials));
    let body = list(&[(credentials.serial_no(), credentials.certificate_pem())], credentials.api_v3_key());
    let result = client.response(&DownloadCertificates, &platform.signed_response(200, &body, NOW), NOW);
    assert!(matches!(verify_error_kind(result), VerifyErrorKind::Certificate { .. }));
}

/// The body of a response with these certificates, encrypted.
pub(crate) fn list(certificates: &[(&str, &str)], api_v3_key: &str) -> String {
    let data = certificates.iter().map(|(serial, pem)| {
        json!({
            "serial_no": serial,
            // As in the documentation: a name with a trailing space, and a time that is a number.
            "effective_time ": 1, "expire_time": "2018-06-08T10:34:56+08:00",
            "encrypt_certificate": sealed(api_v3_key, "certificate", pem),
        })
    });
    json!({ "data": data.collect::<Vec<_>>() }).to_string()
}

#[test]
fn old_and_new_certificates_are_kept_until_the_old_one_expires() {
    let (client, platform, merchant) = pair(NOW);
    let client = client.with_api_v3_key(PROVIDERS[1], api_v3_key(&merchant));
    let (old, new) =
        (Credentials::generate(NOW - 4 * 365 * 86_400).unwrap(), Credentials::generate(NOW).unwrap());
    let entry = |of: &Credentials| {
        (of.platform_certificate_serial().to_owned(), of.platform_certificate_pem().to_owned())
    };
    let ((old_serial, old_pem), (new_serial, new_pem)) = (entry(&old), entry(&new));
    // Without leading zeros and in lower case, as some software prints it.
    let printed = old_serial.trim_start_matches('0').to_lowercase();
    let body = list(&[(&printed, &old_pem), (&new_serial, &new_pem)], merchant.api_v3_key());
    let at = |now: u64| {
        client.response(&DownloadCertificates, &platform.signed_response(200, &body, now), now).unwrap()
    };
    assert_eq!(at(NOW)[0].serial_no, old_serial);
    // The public key is also kept, and stays preferred. The old certificate is known by its own form of the number.
    let known = |serial: &str| client.platform().serials().iter().any(|known| known == serial);
    assert!(known(&old_serial) && known(&new_serial));
    assert_eq!(client.platform().serials().len(), 3);
    assert!(client.platform().preferred_serial(NOW).unwrap().starts_with("PUB_KEY_ID_"));
    at(NOW + 2 * 365 * 86_400);
    assert!(!known(&old_serial) && known(&new_serial) && client.platform().serials().len() == 2);
}

/// A response that this key signs, under this serial.
pub(crate) fn signed_by(key: &dyn SigningKey, serial: &str, body: &str, now: u64) -> Response<Bytes> {
    let (_, platform, _) = pair(NOW);
    let message = format!("{now}\n{NONCE}\n{body}\n");
    let signature = STANDARD.encode(key.sign(message.as_bytes()).unwrap());
    let response = with_header(platform.signed_response(200, body, now), "wechatpay-serial", serial);
    with_header(response, "wechatpay-signature", &signature)
}

/// A platform certificate with this serial number, and its key.
pub(crate) fn certificate_with(serial: &[u8]) -> (String, Arc<dyn SigningKey>) {
    let mut params = CertificateParams::default();
    (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2024, 1, 1));
    params.serial_number = Some(SerialNumber::from_slice(serial));
    let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let key = load_signing_key(PROVIDERS[1], pair.serialize_pem()).unwrap();
    (params.self_signed(&pair).unwrap().pem(), key)
}

/// Signatures are rejected if their certificate is not yet valid or has expired.
#[test]
fn a_certificate_is_valid_from_its_first_to_its_last_second() {
    // `date -u -d 2020-01-01 +%s`, `date -u -d 2021-01-01 +%s`.
    const FIRST: u64 = 1_577_836_800;
    const LAST: u64 = 1_609_459_200;
    let mut params = CertificateParams::default();
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    params.serial_number = Some(SerialNumber::from(vec![0x0A, 0x0B]));
    let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let pem = params.self_signed(&pair).unwrap().pem();
    let key = load_signing_key(PROVIDERS[1], pair.serialize_pem()).unwrap();
    let (client, platform, _) = wechatpay_conformance::pair(NOW);
    let serial = client.platform().add_certificate(PROVIDERS[1], pem).unwrap();
    assert_eq!(serial, "0A0B");
    let at = |now: u64| {
        let message = format!("{now}\n{NONCE}\n{COUPON_SENT}\n");
        let signature = STANDARD.encode(key.sign(message.as_bytes()).unwrap());
        let response = with_header(platform.coupon_sent(now), "wechatpay-serial", &serial);
        let response = with_header(response, "wechatpay-signature", &signature);
        read_response::<SendCoupon>(&client, &response, now)
    };
    for now in [FIRST, FIRST + 1, LAST - 1, LAST] {
        assert_eq!(at(now).unwrap().coupon_id.as_str(), "98674556", "{now}");
    }
    for now in [0, FIRST - 1, LAST + 1, u64::MAX] {
        let expired = VerifyErrorKind::CertificateExpired { serial: serial.clone() };
        assert_eq!(verify_error_kind(at(now)), expired, "{now}");
    }
}

#[test]
fn a_merchant_without_certificates_gets_a_hint() {
    let (client, platform, credentials) = pair(NOW);
    let without_key = client.request(&DownloadCertificates, stamp()).unwrap_err();
    assert!(matches!(without_key, BuildError::NoApiV3Key), "{without_key:?}");
    let client = client.with_api_v3_key(PROVIDERS[1], api_v3_key(&credentials));
    // Another 404 has no hint.
    let elsewhere =
        client.response(&DownloadCertificates, &platform.signed_response(404, "", NOW), NOW).unwrap_err();
    assert_eq!(elsewhere.api().unwrap().hint(), None);
    let body = r#"{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。"}"#;
    let error =
        client.response(&DownloadCertificates, &platform.signed_response(404, body, NOW), NOW).unwrap_err();
    let api = error.api().unwrap();
    assert_eq!(api.code(), Some(&ErrorCode::ResourceNotExists));
    assert!(api.hint().unwrap().contains("public key") && api.to_string().ends_with(api.hint().unwrap()));
    // Without the public key, the error names the key that has signed.
    let client_without_key = client_without_platform_key(&credentials, 0);
    let response = platform.signed_response(404, body, NOW);
    let result = client_without_key.response(&DownloadCertificates, &response, NOW);
    assert!(verify_error_kind(result).to_string().contains("add it with PlatformKeys::add_public_key"));
    for empty in ["{}", r#"{"data":null}"#, r#"{"data":[]}"#] {
        let answer =
            client.response(&DownloadCertificates, &platform.signed_response(200, empty, NOW), NOW).unwrap();
        assert!(answer.is_empty());
    }
}
