//! Every valid response and callback decodes to the original value, and every forged or damaged one is rejected.

use serde::de::IgnoredAny;
use wechatpay_core::ResponseSignature;
use wechatpay_core::testing::{Defect, Platform, Refusal, Success, sendable};

use crate::*;

const ID: &str = "PUB_KEY_ID_0000000000000000000000000000000001";

/// A platform and a client that trusts it.
pub(crate) struct World {
    pub(crate) platform: Platform,
    pub(crate) client: Client,
    /// The number of cases. Fewer with real keys, because their signatures are slow.
    cases: u32,
}

fn client(keys: PlatformKeys, provider: &CryptoProvider) -> Client {
    let merchant = Merchant::with_key(MCHID.into(), SERIAL_NO, Arc::new(insecure::Checksum)).unwrap();
    Client::new(merchant, keys).unwrap().with_api_v3_key(provider, api_v3_key())
}

fn api_v3_key() -> ApiV3Key {
    ApiV3Key::new("0123456789abcdef0123456789abcdef").unwrap()
}

pub(crate) static WORLDS: LazyLock<[World; 2]> = LazyLock::new(|| {
    let (checksums, real) = (PlatformKeys::new(), PlatformKeys::new());
    checksums.add_key(ID, Arc::new(insecure::Checksum)).unwrap();
    let key = RealKey::generate();
    real.add_public_key(PROVIDERS[1], ID, &key.public_pem).unwrap();
    [
        World {
            platform: Platform::new(ID, Arc::new(insecure::Checksum))
                .with_api_v3_key(&insecure::PROVIDER, api_v3_key()),
            client: client(checksums, &insecure::PROVIDER),
            cases: 48,
        },
        World {
            platform: Platform::new(ID, key.private).with_api_v3_key(PROVIDERS[1], api_v3_key()),
            client: client(real, PROVIDERS[1]),
            cases: 8,
        },
    ]
});

struct ReadBack;

impl EachOperation for ReadBack {
    fn operation<O: ArbitraryOperation>(&mut self) {
        for World { platform, client, cases: count, .. } in &*WORLDS {
            proptest!(cases(*count), |(operation in sendable::<O>(), success: Success<O::Response>, status in successes(), defect: Defect, stamp: Stamp)| {
                let now = stamp.unix_seconds;
                let success = success.answering(&operation).unwrap();
                let response = platform.answer(status, success.body.clone(), stamp).unwrap();
                let answer = client.response(&operation, &response, now);
                let answer = answer.map_err(|error| TestCaseError::fail(format!("{}: {error:?}", O::NAME)))?;
                prop_assert!(answer.is_verified());
                prop_assert_eq!((&*answer, answer.raw()), (&success.value, &success.body), "{}", O::NAME);
                let stored = serde_json::to_string(&answer).unwrap();
                let again: Answer<O::Response> = serde_json::from_str(&stored).unwrap();
                prop_assert!(!again.is_verified());
                prop_assert_eq!((&*again, again.raw()), (&success.value, &success.body), "{}", O::NAME);
                prop_assert_eq!(again.http_status(), answer.http_status());

                let response = platform.broken(status, success.body, stamp, defect).unwrap();
                let may_be_unsigned = O::RESPONSE_SIGNATURE == ResponseSignature::WhenPresent;
                match client.response(&operation, &response, now) {
                    Err(Error::Verify(_)) if defect == Defect::Unsigned => prop_assert!(!may_be_unsigned, "{}", O::NAME),
                    Err(Error::Verify(_)) => {}
                    Ok(answer) if defect == Defect::Unsigned && may_be_unsigned => {
                        prop_assert!(!answer.is_verified());
                        prop_assert_eq!(&*answer, &success.value);
                    }
                    other => prop_assert!(false, "{}: {other:?}", O::NAME),
                }
            });
        }
    }
}

fn successes() -> impl Strategy<Value = u16> {
    // Without 202, which is not a success: the request must be retried.
    prop::sample::select(vec![200, 201, 203, 204, 299])
}

#[test]
fn valid_responses_decode_and_broken_ones_are_rejected() {
    each_operation(&mut ReadBack);
}

struct ErrorResponses;

impl EachOperation for ErrorResponses {
    fn operation<O: ArbitraryOperation>(&mut self) {
        for World { platform, client, cases: count, .. } in &*WORLDS {
            proptest!(cases(count / 3), |(refusal: Refusal, defect: Defect, stamp: Stamp)| {
                let response = platform.answer(refusal.status, refusal.body.clone(), stamp).unwrap();
                match read_response::<O>(client, &response, stamp.unix_seconds) {
                    Err(Error::Api(error)) => {
                        prop_assert!(error.is_verified());
                        prop_assert_eq!(error.http_status().as_u16(), refusal.status);
                        prop_assert_eq!(error.code(), Some(&refusal.code));
                        prop_assert_eq!(error.message(), Some(refusal.message.as_str()));
                        prop_assert_eq!(error.body(), &refusal.body);
                    }
                    other => prop_assert!(false, "{}: {other:?}", O::NAME),
                }
                let response = platform.broken(refusal.status, refusal.body, stamp, defect).unwrap();
                match read_response::<O>(client, &response, stamp.unix_seconds) {
                    // It says what it says, and why that is not verified.
                    Err(Error::Api(error)) => {
                        let unsigned = error.unverified() == Some(&wechatpay_core::error::VerifyErrorKind::Unsigned);
                        prop_assert_eq!(unsigned, defect == Defect::Unsigned);
                        prop_assert!(!error.is_verified());
                    }
                    other => prop_assert!(false, "{}: {other:?}", O::NAME),
                }
            });
        }
    }
}

#[test]
fn valid_error_responses_decode_and_broken_ones_are_rejected() {
    each_operation(&mut ErrorResponses);
}

struct AnyBytes;

impl EachOperation for AnyBytes {
    fn operation<O: ArbitraryOperation>(&mut self) {
        let World { platform, client, .. } = &WORLDS[0];
        let damaged = (
            sendable::<O>(),
            any_arbitrary::<Success<O::Response>>(),
            any::<prop::sample::Index>(),
            any::<u8>(),
        );
        let damaged = damaged.prop_map(|(operation, success, at, byte)| {
            let mut body = success.answering(&operation).unwrap().body.to_vec();
            match body.is_empty() {
                true => body.push(byte),
                false if byte % 4 == 0 => body.truncate(at.index(body.len())),
                false => {
                    let at = at.index(body.len());
                    body[at] = byte;
                }
            }
            (operation, body)
        });
        let bytes = prop_oneof![any::<Vec<u8>>(), "[{}\\[\\]\":,0-9a-z]{0,40}".prop_map(String::into_bytes)];
        let request_and_body = prop_oneof![2 => (sendable::<O>(), bytes), 1 => damaged];
        let status = prop_oneof![successes(), 200..=599_u16, 100..=999_u16];
        proptest!(cases(96), |((operation, body) in request_and_body, status in status, stamp: Stamp)| {
            let response = platform.answer(status, body.clone(), stamp).unwrap();
            match client.response(&operation, &response, stamp.unix_seconds) {
                Ok(answer) => {
                    let success = (200..300).contains(&status) && status != StatusCode::ACCEPTED.as_u16();
                    prop_assert!(success, "{}: {status}", O::NAME);
                    check_decoded(&operation, &body, &answer.value)?;
                }
                Err(Error::Mismatch(error)) => prop_assert_eq!(error.body(), &body),
                Err(Error::Decode(error)) => prop_assert_eq!(error.body(), &body),
                Err(Error::Api(error)) => prop_assert_eq!(error.http_status().as_u16(), status),
                Err(error) => prop_assert!(false, "{}: {error:?}", O::NAME),
            }
        });
    }
}

/// Checks that the bytes are JSON by RFC 8259 (unread strings may contain half a surrogate pair), and that the decoded
/// value survives being encoded and decoded again.
fn check_decoded<O: ArbitraryOperation>(
    operation: &O,
    body: &[u8],
    value: &O::Response,
) -> Result<(), TestCaseError> {
    let text = std::str::from_utf8(body).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let json: Result<IgnoredAny, _> = serde_json::from_str(text);
    prop_assert!(json.is_ok(), "{}: {text}", O::NAME);
    let World { platform, client, .. } = &WORLDS[0];
    let stamp = wechatpay_conformance::stamp();
    let response = platform.answer(200, serde_json::to_vec(value).unwrap(), stamp).unwrap();
    let again = client.response(operation, &response, stamp.unix_seconds);
    prop_assert_eq!(&again.unwrap().value, value, "{}", O::NAME);
    Ok(())
}

#[test]
fn any_signed_body_is_decoded_faithfully_or_rejected() {
    each_operation(&mut AnyBytes);
}

#[test]
fn unsigned_responses_with_any_headers_are_rejected() {
    const NAMES: [&str; 6] = [
        "wechatpay-timestamp",
        "wechatpay-nonce",
        "wechatpay-serial",
        "wechatpay-signature",
        "request-id",
        "retry-after",
    ];
    for World { client, .. } in &*WORLDS {
        proptest!(cases(64), |(status in 200..=599_u16, headers: Vec<(u8, String)>, body: Vec<u8>, stamp: Stamp)| {
            let mut response = Response::new(Bytes::from(body));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            for (name, value) in headers {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    let name = NAMES[usize::from(name) % NAMES.len()];
                    response.headers_mut().append(name, value);
                }
            }
            prop_assert!(read_response::<SendCoupon>(client, &response, stamp.unix_seconds).is_err());
        });
    }
}

#[test]
fn valid_callbacks_decode_and_broken_ones_are_rejected() {
    for World { platform, client, cases: count } in &*WORLDS {
        proptest!(cases(4 * count), |(used: CouponUsed, id in "[0-9A-Za-z-]{1,36}", stamp: Stamp, defect: Defect)| {
            let now = stamp.unix_seconds;
            let request = platform.broken_callback(&id, &used, stamp, defect).unwrap();
            let error = client.notification::<CouponUsed>(&request, now).unwrap_err();
            prop_assert_eq!(error.reply().status(), StatusCode::UNAUTHORIZED, "{:?}", defect);

            let request = platform.callback(&id, &used, stamp).unwrap();
            let notification = client.notification::<CouponUsed>(&request, now).unwrap();
            prop_assert_eq!(notification.id, id);
            let created = notification.create_time.and_then(|time| time.unix_seconds());
            prop_assert_eq!(created.map(i64::unsigned_abs), Some(now));
            prop_assert_eq!(notification.event, Received::Known(used));
        });
    }
}
