//! What answers and errors say about the response they came from. Each accessor returns the value of this response, so
//! all values differ from defaults and from each other.

use std::error::Error as _;
use std::time::Duration;

use wechatpay_conformance::bare::Get;
use wechatpay_core::error::{
    Advice, ApiError, FieldProblem, InvalidField, Phase, StopReason, TransportError, TransportErrorKind,
    VerifyError,
};
use wechatpay_core::{Exchange, RetryPolicy, Step, Verified};

use crate::*;

const REPEAT: Advice = Advice::Repeat { after: Duration::from_secs(1) };
const RATE_LIMIT: &str = r#"{"code":"FREQUENCY_LIMITED","message":"频率超限","detail":{"field":"/stock_id",
    "value":"7","issue":"too often","location":"body"}}"#;

fn signed(status: u16, body: &str) -> Response<Bytes> {
    let (_, platform, _) = pair(NOW);
    with_header(platform.signed_response(status, body, NOW), "request-id", "08ABCD-268461336")
}

fn without_signature(status: u16, body: &str) -> Response<Bytes> {
    with_header(unsigned(status, body), "request-id", "08ABCD-268461336")
}

fn read<O: Operation>(operation: &O, response: &Response<Bytes>) -> Error {
    pair(NOW).0.response(operation, response, NOW).map(drop).unwrap_err()
}

fn api(error: Error) -> ApiError {
    let Error::Api(error) = error else { panic!("{error:?}") };
    error
}

/// The error of an exchange whose first attempt is lost and whose second ends with this response.
fn unresolved(response: &Response<Bytes>) -> Error {
    let (client, ..) = pair(NOW);
    let client = client.with_retry(RetryPolicy::default().with_max_attempts(2));
    let mut exchange = client.exchange(&send_coupon()).unwrap();
    let sent = |exchange: &mut Exchange<SendCoupon>| {
        assert!(matches!(exchange.poll(Duration::ZERO, stamp()), Step::Send { .. }));
    };
    sent(&mut exchange);
    exchange.on_transport_error(TransportErrorKind::MaybeSent.into());
    assert!(matches!(exchange.poll(Duration::ZERO, stamp()), Step::Sleep(_)));
    sent(&mut exchange);
    exchange.on_response(response, NOW);
    let Step::Done(result) = exchange.poll(Duration::ZERO, stamp()) else { panic!() };
    result.unwrap_err()
}

#[test]
fn an_error_says_what_its_response_says() {
    let link =
        signed(200, r#"{"url":"https://api.mch.weixin.qq.com/f","hash_value":"0","hash_type":"SHA1"}"#);
    let (client, ..) = pair(NOW);
    let link = read_response::<UseFlow>(&client, &link, NOW).unwrap();
    let query = QueryCoupon::new(User { openid: "o".into(), appid: "wx".into() }, "1".into());
    let other = r#"{"coupon_id":"2","stock_id":"2","stock_creator_mchid":"3","status":"SENDED"}"#;
    let id = Some("08ABCD-268461336");
    let limited = Some(ErrorCode::FrequencyLimited);
    // The error; code, status, request id; whether the platform received too many requests; outcome and advice.
    type Row<'a> = (Error, (Option<ErrorCode>, Option<u16>, Option<&'a str>), bool, Outcome, Advice);
    let setup = Advice::Stop(StopReason::Setup);
    let table: [Row<'_>; 13] = [
        (
            read(&send_coupon(), &signed(429, RATE_LIMIT)),
            (limited.clone(), Some(429), id),
            true,
            Outcome::Unknown,
            REPEAT,
        ),
        (
            read(&send_coupon(), &without_signature(403, RATE_LIMIT)),
            (limited.clone(), Some(403), id),
            true,
            Outcome::Unknown,
            REPEAT,
        ),
        (
            read(&send_coupon(), &signed(403, r#"{"code":"RULE_LIMIT"}"#)),
            (Some(ErrorCode::RuleLimit), Some(403), id),
            false,
            Outcome::Rejected,
            Advice::Change,
        ),
        (
            unresolved(&signed(404, r#"{"code":"RULE_LIMIT"}"#)),
            (Some(ErrorCode::RuleLimit), Some(404), id),
            false,
            Outcome::Unknown,
            REPEAT,
        ),
        (unresolved(&signed(429, "{}")), (None, Some(429), id), true, Outcome::Unknown, REPEAT),
        (
            read(&send_coupon(), &without_signature(206, "{}")),
            (None, Some(206), id),
            false,
            Outcome::Unknown,
            setup,
        ),
        (read(&query, &signed(203, other)), (None, Some(203), id), false, Outcome::Unknown, setup),
        (read(&send_coupon(), &signed(201, "[]")), (None, Some(201), id), false, Outcome::Done, REPEAT),
        (
            TransportError::from(TransportErrorKind::NotSent).into(),
            (None, None, None),
            false,
            Outcome::NotSent,
            REPEAT,
        ),
        (
            TransportError::from(TransportErrorKind::Setup).into(),
            (None, None, None),
            false,
            Outcome::NotSent,
            setup,
        ),
        (
            TransportError::from(TransportErrorKind::ResponseTooLarge { cap: 7 }).into(),
            (None, None, None),
            false,
            Outcome::Unknown,
            setup,
        ),
        (
            client.request(&SetCallback::new("1".into(), "x"), stamp()).unwrap_err().into(),
            (None, None, None),
            false,
            Outcome::NotSent,
            Advice::Change,
        ),
        (
            client
                .download(PROVIDERS[0], &link)
                .map(|download| drop(download.spool(std::io::Cursor::new(vec![])).unwrap().finish()))
                .map_or_else(Error::from, |()| {
                    DownloadError::Io(std::io::ErrorKind::StorageFull.into()).into()
                }),
            (None, None, None),
            false,
            Outcome::Done,
            setup,
        ),
    ];
    for (error, (code, status, request_id), limited, outcome, advice) in &table {
        assert_eq!(error.code(), code.as_ref(), "{error:?}");
        assert_eq!(error.http_status().map(|status| status.as_u16()), *status, "{error:?}");
        assert_eq!(error.request_id(), *request_id, "{error:?}");
        assert_eq!(error.is_rate_limited(), *limited, "{error:?}");
        assert_eq!((error.outcome(), error.advice()), (*outcome, *advice), "{error:?}");
        let api = matches!(error, Error::Api(_) | Error::Unresolved { .. });
        assert_eq!(error.api().is_some(), api, "{error:?}");
    }
}

#[test]
fn an_error_of_the_platform_has_all_its_parts() {
    let response = with_header(signed(429, RATE_LIMIT), "retry-after", "7");
    let error = api(read(&send_coupon(), &response));
    assert_eq!((error.http_status().as_u16(), error.code()), (429, Some(&ErrorCode::FrequencyLimited)));
    assert_eq!(error.message(), Some("频率超限"));
    let detail = error.detail().unwrap();
    assert_eq!((detail.field.as_deref(), detail.issue.as_deref()), (Some("/stock_id"), Some("too often")));
    assert_eq!((detail.location.as_deref(), detail.value), (Some("body"), Some("7".into())));
    let raw: Value = serde_json::from_str(error.raw_detail().unwrap()).unwrap();
    assert_eq!(raw, serde_json::from_str::<Value>(RATE_LIMIT).unwrap()["detail"]);
    assert_eq!((error.request_id(), error.internal_code()), (Some("08ABCD-268461336"), Some("268461336")));
    assert_eq!((error.is_verified(), error.unverified()), (true, None));
    assert_eq!((error.is_rate_limited(), error.retry_after()), (true, Some(Duration::from_secs(7))));
    assert_eq!(error.advice(), Advice::Repeat { after: Duration::from_secs(7) });
    assert_eq!((error.body(), error.hint()), (response.body(), None));
    assert_eq!(error.outcome(), Outcome::Unknown);

    // The same without a signature, and with the hint of an operation.
    let none = r#"{"code":"INVALID_REQUEST"}"#;
    let error = api(read(&UseFlow::new("1".into()), &without_signature(400, none)));
    assert_eq!((error.is_verified(), error.unverified()), (false, Some(&VerifyErrorKind::Unsigned)));
    assert!(!error.is_rate_limited() && error.retry_after().is_none());
    assert_eq!((error.message(), error.raw_detail(), error.detail().is_none()), (None, None, true));
    for (request_id, internal) in [("1-2-3", Some("3")), ("1-", None), ("1", None), ("1-2x", None)] {
        let response = with_header(signed(400, "{}"), "request-id", request_id);
        let error = api(read(&send_coupon(), &response));
        assert_eq!((error.request_id(), error.internal_code()), (Some(request_id), internal));
    }
    let long = "1".repeat(1000);
    let error = api(read(&send_coupon(), &with_header(signed(400, "{}"), "request-id", &long)));
    assert_eq!(error.request_id(), Some(&long[..128]));
}

#[test]
fn an_error_that_is_not_of_the_platform_has_all_its_parts() {
    let large = "x".repeat(16 * 1024 + 1);
    let unverified = read(&send_coupon(), &without_signature(206, &large));
    let Error::Verify(verify) = &unverified else { panic!("{unverified:?}") };
    assert_eq!(verify.kind(), &VerifyErrorKind::Unsigned);
    assert_eq!(
        (verify.http_status().unwrap().as_u16(), verify.request_id()),
        (206, Some("08ABCD-268461336"))
    );
    assert_eq!(verify.body(), &large.as_bytes()[..16 * 1024]);
    assert!(verify.certificates().is_none() && VerifyError::source(verify).is_none());

    for (response, verified, outcome) in [
        (signed(201, "{\n\"url\""), true, Outcome::Done),
        (without_signature(203, "{\n\"url\""), false, Outcome::Unknown),
    ] {
        let error = read(&UseFlow::new("1".into()), &response);
        let Error::Decode(decode) = &error else { panic!("{error:?}") };
        assert_eq!((decode.is_verified(), decode.outcome()), (verified, outcome));
        assert_eq!(
            (decode.http_status(), decode.request_id()),
            (response.status(), Some("08ABCD-268461336"))
        );
        assert_eq!(decode.body(), response.body());
        let source = decode.source().unwrap();
        let json = source.downcast_ref::<wechatpay_core::error::JsonError>().unwrap();
        // Counted from 1: where the text ends.
        assert_eq!((json.line(), json.column()), (2, 5), "{json}");
    }

    let other = signed(203, r#"{"start_time":"2015-05-20T13:29:35+08:00","stock_id":"2"}"#);
    let error = read(&StartStock::new("1".into(), "3".into()), &other);
    let Error::Mismatch(mismatch) = &error else { panic!("{error:?}") };
    assert_eq!((mismatch.field(), mismatch.http_status().as_u16()), ("stock_id", 203));
    assert_eq!((mismatch.request_id(), mismatch.body()), (Some("08ABCD-268461336"), other.body()));

    let error = InvalidField::new("stock_id", FieldProblem::Empty);
    assert_eq!((error.field(), error.problem()), ("stock_id", &FieldProblem::Empty));
}

#[test]
fn a_transport_error_says_how_far_it_got_and_where_to() {
    let uri = |uri: &'static str| http::Uri::from_static(uri);
    for (tried, text) in [
        ("https://api.mch.weixin.qq.com/v3/secret?x", " (https://api.mch.weixin.qq.com:443)"),
        ("http://127.0.0.1/v3", " (http://127.0.0.1:80)"),
        ("http://127.0.0.1:8700/v3", " (http://127.0.0.1:8700)"),
    ] {
        let error = TransportError::new(TransportErrorKind::MaybeSent, "reset").tried(&uri(tried));
        assert_eq!((error.kind(), error.outcome()), (TransportErrorKind::MaybeSent, Outcome::Unknown));
        assert_eq!(error.to_string(), format!("{}{text}", TransportErrorKind::MaybeSent));
        assert_eq!(error.source().unwrap().to_string(), "reset");
        // The first address stays.
        assert!(error.tried(&uri("http://127.0.0.1:1/")).to_string().ends_with(text));
    }
    for (kind, outcome) in [
        (TransportErrorKind::NotSent, Outcome::NotSent),
        (TransportErrorKind::Setup, Outcome::NotSent),
        (TransportErrorKind::ResponseTooLarge { cap: 7 }, Outcome::Unknown),
    ] {
        let error = TransportError::from(kind);
        assert_eq!((error.kind(), error.outcome(), error.to_string()), (kind, outcome, kind.to_string()));
        assert!(error.source().is_none());
    }
}

#[test]
fn a_transport_error_says_in_which_phase_it_failed() {
    for (phase, name, text) in [
        (Phase::Queue, "queue", "while it waited for other requests to end"),
        (Phase::Resolve, "resolve", "at the lookup of the host name"),
        (Phase::Connect, "connect", "while connecting"),
        (Phase::Tls, "tls", "in the TLS handshake"),
        (Phase::Write, "write", "while the request was written"),
        (Phase::Head, "head", "before the response began"),
        (Phase::Body, "body", "while the body of the response was read"),
    ] {
        let error = TransportError::from(TransportErrorKind::NotSent).during(phase);
        assert_eq!((error.phase(), phase.as_str()), (Some(phase), name));
        assert_eq!(error.to_string(), format!("the request was not sent; it failed {text}"));
        let error = Error::from(error);
        assert_eq!(error.phase(), Some(phase));
        assert_eq!(Error::Unresolved { attempts: 2, last: Box::new(error) }.phase(), Some(phase));
    }
    assert_eq!(Error::from(TransportError::from(TransportErrorKind::NotSent)).phase(), None);
}

/// An operation whose response value is what [`Verified`] says.
#[derive(Clone, serde::Serialize)]
struct Seen;

impl Operation for Seen {
    const NAME: &'static str = "seen";
    const METHOD: http::Method = http::Method::GET;
    const PATH: &'static str = "/v3/seen";
    const IDEMPOTENT: bool = true;
    type Response = (u16, Vec<u8>, Value);

    fn decode(response: Verified<'_>) -> Result<Self::Response, wechatpay_core::error::DecodeError> {
        Ok((response.http_status().as_u16(), response.body().to_vec(), response.json()?))
    }
}

#[test]
fn a_success_has_the_values_of_its_response() {
    let (client, ..) = pair(NOW);
    for status in [200, 201, 204] {
        let response = signed(status, "[7]");
        let answer = client.response(&Seen, &response, NOW).unwrap();
        assert_eq!(answer.value, (status, b"[7]".to_vec(), json!([7])));
        // Fields and methods of the value are reached through the answer.
        assert_eq!(answer.0, status);
        assert_eq!((answer.raw(), answer.http_status()), (response.body(), response.status()));
        assert_eq!((answer.request_id(), answer.is_verified()), (Some("08ABCD-268461336"), true));
        assert_eq!(answer.into_value().2, json!([7]));
    }
    // 202 is not a success.
    assert_eq!(api(read(&Get::new("/v3/seen"), &signed(202, "[7]"))).http_status().as_u16(), 202);
    let mut bare = signed(200, "[7]");
    bare.headers_mut().remove("request-id");
    assert_eq!(client.response(&Seen, &bare, NOW).unwrap().request_id(), None);
}
