//! Explains the errors of the self-test.

use wechatpay_ureq::core::Error;
use wechatpay_ureq::core::error::{ErrorCode, VerifyErrorKind};

pub(crate) const NO_CERTIFICATES: &str = "no platform certificates: this merchant uses the public key (微信支付公钥). Only a callback can test the APIv3 key";

/// Returns the cause of an error and its remedy.
pub(crate) fn of(error: &Error) -> String {
    let advice = match error {
        Error::Verify(verify) => of_signature(verify.kind()),
        Error::Api(api) if api.unverified().is_some_and(|reason| *reason != VerifyErrorKind::Unsigned) => {
            of_signature(api.unverified().unwrap_or(&VerifyErrorKind::Unsigned))
        }
        Error::Api(api) if api.code() == Some(&ErrorCode::SignError) || api.http_status() == 401 => {
            // The platform uses one code for all of these; only the message distinguishes them.
            let message = api.message().unwrap_or_default();
            if message.contains("APIv3密钥") {
                "the merchant has no APIV3 KEY yet. Set one in the console (APIv3 密钥)"
            } else if message.contains("timestamp") || message.contains("时间") {
                "the CLOCK of this machine is wrong. Set it, and keep it right with NTP"
            } else if message.contains("序列号") || message.contains("证书") {
                "the SERIAL NUMBER is not that of a valid certificate of this merchant (商户证书序列号). \
                 `openssl x509 -in apiclient_cert.pem -noout -serial` shows it"
            } else {
                "the KEY does not belong to the serial number: apiclient_key.pem of another download (商户 API 私钥)"
            }
        }
        Error::Api(api) if !api.is_verified() => {
            "the response is an unverified error: something between here and WeChat Pay may have sent it"
        }
        Error::Mismatch(_) => {
            "the response belongs to ANOTHER REQUEST: something between here and WeChat Pay replays or mixes up responses"
        }
        Error::Unresolved { last, .. } => return of(last),
        Error::Transport(_) => "WeChat Pay was not reached. Check the network, the proxy and the base URL",
        _ => "WeChat Pay rejected the request",
    };
    format!("{advice}\n  ({error:#})")
}

/// Returns why a response cannot be verified, and the remedy.
fn of_signature(kind: &VerifyErrorKind) -> &'static str {
    match kind {
        VerifyErrorKind::Clock { .. } => {
            "the CLOCK of this machine is wrong. Set it, and keep it right with NTP"
        }
        VerifyErrorKind::UnknownSerial { .. } => {
            "the PLATFORM KEY has another id. Compare WECHATPAY_PUBLIC_KEY_ID with the console (微信支付公钥 ID); a \
             hexadecimal serial is that of a platform certificate"
        }
        VerifyErrorKind::WrongSignature { .. } => {
            "the PLATFORM KEY is not the one with that id: pub_key.pem of another merchant, or of another day. \
             Download it again"
        }
        VerifyErrorKind::CertificateExpired { .. } => {
            "the PLATFORM KEY is a certificate that is not valid now. Use the public key, or download certificates"
        }
        VerifyErrorKind::Decrypt => {
            "the APIV3 KEY is not the one in the console (APIv3 密钥). It cannot be shown there; set a new one if it \
             is lost"
        }
        VerifyErrorKind::Unsigned | VerifyErrorKind::MissingHeader { .. } => {
            "the response is not signed: something between here and WeChat Pay sent it or removed headers"
        }
        _ => "the response could not be verified",
    }
}

#[cfg(test)]
mod tests {
    use wechatpay_sandbox::{Credentials, Sandbox};
    use wechatpay_ureq::PROVIDER;
    use wechatpay_ureq::core::crypto::{ApiV3Key, CryptoProvider};
    use wechatpay_ureq::core::http::{HeaderValue, Response};
    use wechatpay_ureq::core::{
        Client, DownloadCertificates, Merchant, Nonce, Operation, PlatformKeys, SecurityEcho, Stamp,
    };

    const NOW: u64 = 1_795_363_200;
    const P: &CryptoProvider = &PROVIDER;

    /// Two unrelated merchants, so that a client can be given a wrong key or ID that is valid in itself.
    struct Fixture {
        ours: Credentials,
        theirs: Credentials,
        sandbox: Sandbox,
    }

    impl Fixture {
        fn new() -> Self {
            let ours = Credentials::generate(NOW).unwrap();
            let sandbox = Sandbox::new(ours.clone()).unwrap();
            Self { ours, theirs: Credentials::generate(NOW).unwrap(), sandbox }
        }

        /// Creates a client with this key, serial number, platform key and APIv3 key.
        fn client_with(&self, key: &str, serial: &str, platform: (&str, &str), api_v3_key: &str) -> Client {
            let merchant = Merchant::from_pem(P, self.ours.mchid().into(), serial, key).unwrap();
            let keys = PlatformKeys::new();
            keys.add_public_key(P, platform.0, platform.1).unwrap();
            Client::new(merchant, keys).unwrap().with_api_v3_key(P, ApiV3Key::new(api_v3_key).unwrap())
        }

        /// Returns the diagnosis for a client whose clock is `ahead` seconds fast.
        fn diagnosis<O: Operation>(&self, client: &Client, operation: &O, ahead: u64) -> String {
            let now = NOW.saturating_add(ahead);
            let stamp = Stamp { unix_seconds: now, nonce: Nonce::from_entropy([7; 16]) };
            let request = client.request(operation, stamp).unwrap();
            let response: Response<_> = self.sandbox.handle(request, NOW);
            client
                .response(operation, &response, now)
                .map(|_| "no problem".to_owned())
                .unwrap_or_else(|error| super::of(&error))
        }
    }

    #[test]
    fn the_diagnosis_names_the_wrong_setting() {
        let fixture = Fixture::new();
        let (ours, theirs) = (&fixture.ours, &fixture.theirs);
        let good = (ours.public_key_id(), ours.public_key_pem());
        let echo = SecurityEcho::new("hello");
        let well = fixture.client_with(ours.private_key_pem(), ours.serial_no(), good, ours.api_v3_key());
        assert_eq!(fixture.diagnosis(&well, &echo, 0), "no problem");
        assert_eq!(fixture.diagnosis(&well, &DownloadCertificates, 0), "no problem");

        let key = fixture.client_with(theirs.private_key_pem(), ours.serial_no(), good, ours.api_v3_key());
        assert!(fixture.diagnosis(&key, &echo, 0).starts_with("the KEY"));
        let serial = fixture.client_with(ours.private_key_pem(), theirs.serial_no(), good, ours.api_v3_key());
        assert!(fixture.diagnosis(&serial, &echo, 0).starts_with("the SERIAL NUMBER"));
        assert!(fixture.diagnosis(&well, &echo, 301).starts_with("the CLOCK"));
        let platform = (ours.public_key_id(), theirs.public_key_pem());
        let platform =
            fixture.client_with(ours.private_key_pem(), ours.serial_no(), platform, ours.api_v3_key());
        assert!(fixture.diagnosis(&platform, &echo, 0).starts_with("the PLATFORM KEY is not the one"));
        let id = (theirs.public_key_id(), ours.public_key_pem());
        let id = fixture.client_with(ours.private_key_pem(), ours.serial_no(), id, ours.api_v3_key());
        assert!(fixture.diagnosis(&id, &echo, 0).starts_with("the PLATFORM KEY has another id"));
        let api_v3_key =
            fixture.client_with(ours.private_key_pem(), ours.serial_no(), good, theirs.api_v3_key());
        assert!(fixture.diagnosis(&api_v3_key, &DownloadCertificates, 0).starts_with("the APIV3 KEY"));
    }

    #[test]
    fn a_response_without_signature_headers_is_not_a_key_problem() {
        let fixture = Fixture::new();
        let good = (fixture.ours.public_key_id(), fixture.ours.public_key_pem());
        let (key, serial) = (fixture.ours.private_key_pem(), fixture.ours.serial_no());
        let client = fixture.client_with(key, serial, good, fixture.ours.api_v3_key());
        let mut response = Response::new(r#"{"echo_message":"hello"}"#.into());
        response.headers_mut().insert("server", HeaderValue::from_static("proxy"));
        let error = client.response(&SecurityEcho::new("hello"), &response, NOW).unwrap_err();
        assert!(super::of(&error).starts_with("the response is not signed"));
    }
}
