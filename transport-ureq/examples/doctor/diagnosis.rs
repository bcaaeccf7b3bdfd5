//! Explains the errors of the self-test.

use wechatpay_ureq::core::Error;
use wechatpay_ureq::core::error::{ErrorCode, VerifyErrorKind};

pub(crate) const NO_CERTIFICATES: &str = "no platform certificates: this merchant uses the public key (微信支付公钥). Only a callback can test the APIv3 key";

/// Returns the cause of an error and its remedy.
pub(crate) fn of(error: &Error) -> String {
    let advice = match error {
        Error::Verify(verify) => match verify.kind() {
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
                "the APIV3 KEY is not the one in the console (APIv3 密钥). It cannot be shown there; set it anew if it \
                 is lost"
            }
            VerifyErrorKind::Unsigned | VerifyErrorKind::MissingHeader { .. } => {
                "the answer was not signed: something between here and WeChat Pay answered or removed headers"
            }
            _ => "the answer cannot be trusted",
        },
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
        Error::Unresolved { last, .. } => return of(last),
        Error::Transport(_) => "WeChat Pay was not reached. Look at the network, a proxy, and the address",
        _ => "the platform refused",
    };
    format!("{advice}\n  ({})", crate::chain(error))
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
    struct Ward {
        ours: Credentials,
        theirs: Credentials,
        sandbox: Sandbox,
    }

    impl Ward {
        fn new() -> Self {
            let ours = Credentials::generate(NOW).unwrap();
            let sandbox = Sandbox::new(ours.clone()).unwrap();
            Self { ours, theirs: Credentials::generate(NOW).unwrap(), sandbox }
        }

        /// Creates a client with this key, serial number, platform key and APIv3 key.
        fn patient(&self, key: &str, serial: &str, platform: (&str, &str), api_v3_key: &str) -> Client {
            let merchant = Merchant::from_pem(P, self.ours.mchid().into(), serial, key).unwrap();
            let keys = PlatformKeys::new();
            keys.add_public_key(P, platform.0, platform.1).unwrap();
            Client::new(merchant, keys).unwrap().with_api_v3_key(P, ApiV3Key::new(api_v3_key).unwrap())
        }

        /// Returns the diagnosis for a client whose clock is `ahead` seconds fast.
        fn says<O: Operation>(&self, client: &Client, operation: &O, ahead: u64) -> String {
            let now = NOW.saturating_add(ahead);
            let stamp = Stamp { unix_seconds: now, nonce: Nonce::from_entropy([7; 16]) };
            let request = client.request(operation, stamp).unwrap();
            let answer: Response<_> = self.sandbox.handle(request, NOW);
            client
                .response(operation, &answer, now)
                .map(|_| "well".to_owned())
                .unwrap_or_else(|error| super::of(&error))
        }
    }

    #[test]
    fn each_fault_is_called_by_its_name() {
        let ward = Ward::new();
        let (ours, theirs) = (&ward.ours, &ward.theirs);
        let good = (ours.public_key_id(), ours.public_key_pem());
        let echo = SecurityEcho::new("hello");
        let well = ward.patient(ours.private_key_pem(), ours.serial_no(), good, ours.api_v3_key());
        assert_eq!(ward.says(&well, &echo, 0), "well");
        assert_eq!(ward.says(&well, &DownloadCertificates, 0), "well");

        let key = ward.patient(theirs.private_key_pem(), ours.serial_no(), good, ours.api_v3_key());
        assert!(ward.says(&key, &echo, 0).starts_with("the KEY"));
        let serial = ward.patient(ours.private_key_pem(), theirs.serial_no(), good, ours.api_v3_key());
        assert!(ward.says(&serial, &echo, 0).starts_with("the SERIAL NUMBER"));
        assert!(ward.says(&well, &echo, 301).starts_with("the CLOCK"));
        let platform = (ours.public_key_id(), theirs.public_key_pem());
        let platform = ward.patient(ours.private_key_pem(), ours.serial_no(), platform, ours.api_v3_key());
        assert!(ward.says(&platform, &echo, 0).starts_with("the PLATFORM KEY is not the one"));
        let id = (theirs.public_key_id(), ours.public_key_pem());
        let id = ward.patient(ours.private_key_pem(), ours.serial_no(), id, ours.api_v3_key());
        assert!(ward.says(&id, &echo, 0).starts_with("the PLATFORM KEY has another id"));
        let api_v3_key = ward.patient(ours.private_key_pem(), ours.serial_no(), good, theirs.api_v3_key());
        assert!(ward.says(&api_v3_key, &DownloadCertificates, 0).starts_with("the APIV3 KEY"));
    }

    #[test]
    fn an_answer_that_lost_its_headers_is_not_blamed_on_a_key() {
        let ward = Ward::new();
        let good = (ward.ours.public_key_id(), ward.ours.public_key_pem());
        let (key, serial) = (ward.ours.private_key_pem(), ward.ours.serial_no());
        let client = ward.patient(key, serial, good, ward.ours.api_v3_key());
        let mut answer = Response::new(r#"{"echo_message":"hello"}"#.into());
        answer.headers_mut().insert("server", HeaderValue::from_static("proxy"));
        let error = client.response(&SecurityEcho::new("hello"), &answer, NOW).unwrap_err();
        assert!(super::of(&error).starts_with("the answer was not signed"));
    }
}
