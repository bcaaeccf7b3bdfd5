//! Explains the errors of the self-test.

use wechatpay_ureq::core::Error;
use wechatpay_ureq::core::error::{Advice, ApiError, ErrorCode, SignedPart, StopReason, VerifyErrorKind};

pub(crate) const NO_CERTIFICATES: &str = "no platform certificates: this merchant uses the public key (微信支付公钥). Only a callback can test the APIv3 key";

/// Returns the cause of an error and its remedy.
pub(crate) fn of(error: &Error) -> String {
    let advice = match error {
        Error::Verify(verify) => of_signature(verify.kind()),
        Error::Api(api) if api.unverified().is_some_and(|reason| *reason != VerifyErrorKind::Unsigned) => {
            of_signature(api.unverified().unwrap_or(&VerifyErrorKind::Unsigned))
        }
        Error::Api(api) if api.advice() == Advice::Stop(StopReason::Network) => {
            "something between here and WeChat Pay answered: a proxy, a gateway or a firewall"
        }
        Error::Api(api) if api.code() == Some(&ErrorCode::SignError) || api.http_status() == 401 => {
            if let Some(changed) = of_differences(api) {
                return format!("{changed}\n  ({error:#})");
            }
            // The platform uses one code for all of these; only the message distinguishes them.
            let message = api.message().unwrap_or_default();
            if message.contains("APIv3密钥") {
                "the merchant has no APIV3 KEY yet. Set one in the console (APIv3 密钥)"
            } else if message.contains("timestamp") || message.contains("时间") {
                "the CLOCK of this machine is wrong. Set it, and keep it right with NTP"
            } else if message.contains("序列号") || message.contains("证书") {
                "the merchant has no valid certificate with this number: the MERCHANT NUMBER (商户号) or the SERIAL NUMBER \
                 (商户证书序列号) is wrong. `openssl x509 -in apiclient_cert.pem -noout -subject -serial` shows both"
            } else {
                "the KEY does not belong to the serial number: apiclient_key.pem of another download (商户 API 私钥)"
            }
        }
        Error::Api(api) if !api.is_verified() && api.code().is_none() && api.message().is_none() => {
            "the response is an error without a signature and without a code: something between here and WeChat Pay may \
             have sent it"
        }
        Error::Api(api) if !api.is_verified() => "the request was refused, in a response without a signature",
        Error::Mismatch(_) => {
            "the response belongs to ANOTHER REQUEST: something between here and WeChat Pay replays or mixes up responses"
        }
        Error::Unresolved { last, .. } => return of(last),
        Error::Transport(_) => "WeChat Pay was not reached. Check the network, the proxy and the base URL",
        _ => "WeChat Pay rejected the request",
    };
    format!("{advice}\n  ({error:#})")
}

/// Returns what WeChat Pay received otherwise than it was signed, if it says so.
fn of_differences(api: &ApiError) -> Option<String> {
    let parts = api.differences().filter(|parts| !parts.is_empty())?;
    let names: Vec<_> = parts.iter().map(SignedPart::to_string).collect();
    let lines = parts.iter().map(|part| match part {
        SignedPart::Method => "the METHOD: a redirect may have been followed",
        SignedPart::Path => "the PATH: a gateway may add or remove a prefix, decode it or change its case",
        SignedPart::Query => "the QUERY: a gateway may add parameters, reorder or decode them",
        SignedPart::Time | SignedPart::Nonce => {
            "the AUTHORIZATION header, which another client may have made"
        }
        SignedPart::Body => "the BODY: a gateway may format or convert it",
        _ => "another part",
    });
    let lines: String = lines.map(|line| format!("\n  - {line}")).collect();
    Some(format!(
        "the request was CHANGED after it was signed: WeChat Pay received another {}{lines}",
        names.join(", another ")
    ))
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
    use std::time::Duration;

    use wechatpay_sandbox::{Credentials, Sandbox};
    use wechatpay_ureq::PROVIDER;
    use wechatpay_ureq::core::bytes::Bytes;
    use wechatpay_ureq::core::crypto::{ApiV3Key, CryptoProvider};
    use wechatpay_ureq::core::http::{HeaderValue, Request, Response, Uri};
    use wechatpay_ureq::core::{
        Client, DownloadCertificates, Merchant, Nonce, Operation, PlatformKeys, SecurityEcho, Stamp, Step,
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

        /// Creates a client in which only the merchant number is another one.
        fn of_merchant(&self, mchid: &str) -> Client {
            let (serial, key) = (self.ours.serial_no(), self.ours.private_key_pem());
            let merchant = Merchant::from_pem(P, mchid.into(), serial, key).unwrap();
            let keys = PlatformKeys::new();
            keys.add_public_key(P, self.ours.public_key_id(), self.ours.public_key_pem()).unwrap();
            Client::new(merchant, keys).unwrap()
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
        assert!(fixture.diagnosis(&serial, &echo, 0).contains("the SERIAL NUMBER"));
        // The platform's message is about the serial number then, too.
        let other = fixture.of_merchant(theirs.mchid());
        assert!(fixture.diagnosis(&other, &echo, 0).contains("the MERCHANT NUMBER"));
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

    /// Returns the diagnosis of an echo that something on the way changes.
    fn diagnosis_of_changed(change: impl FnOnce(&mut Request<Bytes>)) -> String {
        let fixture = Fixture::new();
        let ours = &fixture.ours;
        let good = (ours.public_key_id(), ours.public_key_pem());
        let client = fixture.client_with(ours.private_key_pem(), ours.serial_no(), good, ours.api_v3_key());
        let stamp = Stamp { unix_seconds: NOW, nonce: Nonce::from_entropy([7; 16]) };
        let mut exchange = client.exchange(&SecurityEcho::new("a personal text")).unwrap();
        let Step::Send { mut request, .. } = exchange.poll(Duration::ZERO, stamp) else { panic!() };
        change(&mut request);
        exchange.on_response(&fixture.sandbox.handle(request, NOW), NOW);
        let Step::Done(result) = exchange.poll(Duration::ZERO, stamp) else { panic!() };
        super::of(&result.unwrap_err())
    }

    #[test]
    fn a_request_that_was_changed_on_the_way_is_not_a_key_problem() {
        let changed = "the request was CHANGED after it was signed: WeChat Pay received another";
        for (change, parts, line) in [
            (
                (|request| {
                    *request.uri_mut() = Uri::from_static("https://host/v3/security/echo?from=gateway")
                }) as fn(&mut Request<Bytes>),
                "query",
                "- the QUERY",
            ),
            (|request| *request.body_mut() = Bytes::from_static(b"{}"), "body", "- the BODY"),
            (
                |request| {
                    let header = request.headers()["authorization"].to_str().unwrap();
                    let header =
                        header.replace(&NOW.to_string(), &(NOW + 1).to_string()).replace("0707", "0708");
                    request.headers_mut().insert("authorization", header.parse().unwrap());
                },
                "time, another nonce",
                "- the AUTHORIZATION",
            ),
        ] {
            let diagnosis = diagnosis_of_changed(change);
            assert!(diagnosis.starts_with(&format!("{changed} {parts}\n")), "{diagnosis}");
            assert!(diagnosis.contains(line) && !diagnosis.contains("personal"), "{diagnosis}");
        }
    }

    #[test]
    fn a_cause_is_named_only_where_the_response_shows_it() {
        let fixture = Fixture::new();
        let good = (fixture.ours.public_key_id(), fixture.ours.public_key_pem());
        let (key, serial) = (fixture.ours.private_key_pem(), fixture.ours.serial_no());
        let client = fixture.client_with(key, serial, good, fixture.ours.api_v3_key());
        let diagnosis = |status: u16, body: &'static str| {
            let response = Response::builder().status(status).body(body.into()).unwrap();
            super::of(&client.response(&SecurityEcho::new("hello"), &response, NOW).unwrap_err())
        };
        let refused =
            diagnosis(400, r#"{"code":"INVALID_REQUEST","message":"Http头缺少Accept或User-Agent"}"#);
        assert!(refused.starts_with("the request was refused") && !refused.contains("between"), "{refused}");
        for (status, body) in [(302, ""), (407, ""), (403, "<h1>Blocked</h1>"), (404, "no route")] {
            let network = diagnosis(status, body);
            assert!(network.starts_with("something between here and WeChat Pay answered"), "{network}");
        }
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
