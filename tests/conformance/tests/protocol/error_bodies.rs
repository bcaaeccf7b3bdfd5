//! Error responses: what is kept of their bodies, what the error's text says, and what it leaves out.

use std::time::Duration;

use wechatpay_core::error::{Advice, ApiError, SignedPart, StopReason};
use wechatpay_core::{Step, Verified};

use crate::*;

const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";

fn send_to(openid: &str) -> SendCoupon {
    SendCoupon::new(RequiredCouponFields {
        openid: openid.into(),
        appid: "wx".into(),
        stock_id: "1".into(),
        stock_creator_mchid: "1".into(),
        out_request_no: "n-1".into(),
    })
}

fn read(response: &Response<Bytes>) -> Error {
    pair(NOW).0.response(&send_to(OPENID), response, NOW).unwrap_err()
}

fn api(error: &Error) -> &ApiError {
    error.api().unwrap_or_else(|| panic!("{error:?}"))
}

/// Both forms of an error. None of them may identify the person.
fn shown(error: &Error) -> String {
    let (text, debug) = (format!("{error:#}"), format!("{error:?} {error:#?}"));
    for secret in [OPENID, &OPENID.to_lowercase(), "SECRET"] {
        assert!(!text.contains(secret) && !debug.contains(secret), "{text}\n{debug}");
    }
    text
}

#[test]
fn no_part_of_an_error_body_hides_another() {
    // Reported bodies, and each part with another type. The parts: code, message, field, issue, location.
    type Row<'a> = (&'a str, [Option<&'a str>; 5]);
    let table: [Row<'_>; 10] = [
        (r#"{"code":268697610,"message":"risk"}"#, [Some("268697610"), Some("risk"), None, None, None]),
        (
            r#"{"code":"PARAM_ERROR","detail":{"location":"uri_template","value":""},"message":"必填"}"#,
            [Some("PARAM_ERROR"), Some("必填"), None, None, Some("uri_template")],
        ),
        (r#"{"code":"A","message":{"m":[]}}"#, [Some("A"), None, None, None, None]),
        (r#"{"code":["A"],"message":"m"}"#, [None, Some("m"), None, None, None]),
        (
            r#"{"code":"A","message":7.10,"detail":{"field":1,"issue":18446744073709551616,"location":{}}}"#,
            [Some("A"), Some("7.10"), Some("1"), Some("18446744073709551616"), None],
        ),
        (
            r#"{"code":"A","detail":{"field":"/openid","value":{"SECRET":1e999},"issue":"i"}}"#,
            [Some("A"), None, Some("/openid"), Some("i"), None],
        ),
        (
            r#"{"code":"A","detail":[{"field":"/a","issue":"i","value":"SECRET"},{"field":"/b"}]}"#,
            [Some("A"), None, Some("/a"), Some("i"), None],
        ),
        (r#"{"code":"A","detail":"字段错误"}"#, [Some("A"), None, None, Some("字段错误"), None]),
        (
            r#"{"code":"A","detail":"{\"field\":\"/a\",\"value\":\"SECRET\"}"}"#,
            [Some("A"), None, Some("/a"), None, None],
        ),
        (
            r#"{"code":"SIGN_ERROR","detail":{"detail":{"issue":"sign not match"},"field":"signature"}}"#,
            [Some("SIGN_ERROR"), None, Some("signature"), Some("sign not match"), None],
        ),
    ];
    let (_, platform, _) = pair(NOW);
    for (body, expected) in table {
        for response in [unsigned(400, body), platform.signed_response(400, body, NOW)] {
            let error = read(&response);
            let (text, api) = (shown(&error), api(&error));
            let detail = api.detail().unwrap_or_default();
            let parts = [
                api.code().map(|code| code.as_str().to_owned()),
                api.message().map(str::to_owned),
                detail.field,
                detail.issue,
                detail.location,
            ];
            assert_eq!(parts, expected.map(|part| part.map(str::to_owned)), "{body}");
            // Each of them is shown, and all is kept as received.
            assert!(expected.into_iter().flatten().all(|part| text.contains(part)), "{text}");
            let json: Value = serde_json::from_str(&body.replace("1e999", "1e99")).unwrap();
            let raw = api.raw_detail().map(|raw| raw.replace("1e999", "1e99"));
            let raw = raw.map(|raw| serde_json::from_str::<Value>(&raw).unwrap());
            assert_eq!(raw.as_ref(), json.get("detail"), "{body}");
            assert_eq!(api.body(), body);
        }
    }
}

#[test]
fn a_response_without_a_code_says_what_it_is() {
    let page = |text: &str| {
        format!(
            "<html><head><title>{text}</title><script>f('{OPENID}')</script></head><body>\n<p>No access to \
             <a href=\"/v3/marketing/favor/users/{OPENID}/coupons\">/users/{OPENID}/coupons</a> for {OPENID}.</p></html>"
        )
    };
    let network = Advice::Stop(StopReason::Network);
    let soon = Advice::Repeat { after: Duration::from_secs(1) };
    for (status, headers, body, text, advice) in [
        (
            302,
            vec![("location", "https://portal.example.com/login?url=SECRET")],
            String::new(),
            "the response is a redirect to https://portal.example.com, which is not followed (HTTP 302",
            network,
        ),
        (
            407,
            vec![("proxy-authenticate", "Basic realm=\"SECRET\"")],
            page("Proxy Authentication Required"),
            "a proxy asks for credentials, with the body \"Proxy Authentication Required No access to … for ….\" (HTTP 407",
            network,
        ),
        (
            413,
            vec![],
            "Request Entity Too Large".to_owned(),
            "the body of the request is larger than the server accepts, with the body \"Request Entity Too Large\" (HTTP 413",
            network,
        ),
        (
            403,
            vec![],
            page("Blocked by rule 12"),
            "access was denied, with the body \"Blocked by rule 12 No",
            network,
        ),
        (
            403,
            vec![],
            format!(r#"{{"error":"forbidden","user":"{OPENID}","path":"/users/{OPENID}"}}"#),
            "access was denied, with the body \"{'error':'forbidden','user':'…','path':'…'}\" (HTTP 403",
            network,
        ),
        (403, vec![], String::new(), "access was denied (HTTP 403, unverified", soon),
        (404, vec![], String::new(), "nothing was found at this path (HTTP 404, unverified", soon),
        (502, vec![], page("502 Bad Gateway"), "a gateway received no valid response from the server", soon),
        (
            502,
            vec![],
            "\u{0}\u{1}\u{2}".to_owned(),
            "behind it, with a body that is no readable text (HTTP 502",
            soon,
        ),
        (
            503,
            vec![("content-encoding", "gzip")],
            "\u{1f}\u{8}\u{0}".to_owned(),
            "is unavailable, with a body that is no readable text (HTTP 503, content encoding gzip, which was not",
            soon,
        ),
        (418, vec![], String::new(), "the response has the unexpected status I'm a teapot (HTTP 418", soon),
    ] {
        let response = headers
            .into_iter()
            .fold(unsigned(status, &body), |response, (name, value)| with_header(response, name, value));
        let error = read(&response);
        let line = shown(&error);
        assert!(line.starts_with("the response is an unverified error: ") && line.contains(text), "{line}");
        assert!(!line.contains("WeChat Pay") && line.len() < 500, "{line}");
        // A proxy is named only where the response names one.
        assert_eq!(line.to_lowercase().contains("proxy"), status == 407, "{line}");
        assert_eq!((error.advice(), error.outcome()), (advice, Outcome::Unknown), "{line}");
        assert_eq!(api(&error).body(), body.as_bytes());
    }
    // A code says more than a status, and it is not quoted.
    let refusal =
        read(&unsigned(400, r#"{"code":"INVALID_REQUEST","message":"Http头缺少Accept或User-Agent"}"#));
    assert_eq!(
        shown(&refusal),
        "the response is an unverified error: INVALID_REQUEST: Http头缺少Accept或User-Agent (HTTP 400, unverified \
         because the message has no signature)"
    );
    let proxy = read(&unsigned(407, r#"{"code":407,"message":"no"}"#));
    assert!(shown(&proxy).contains("a proxy asks for credentials: 407: no (HTTP 407"), "{proxy:#}");
}

/// A login page of the network comes as a success.
#[test]
fn an_unsigned_page_with_a_success_status_is_quoted() {
    let page =
        format!("<html><title>Log in</title><a href='/?to=/users/{OPENID}'>{OPENID}</a> to go on</html>");
    let error = read(&unsigned(200, &page));
    assert_eq!(
        shown(&error),
        "the response could not be verified: the message has no signature (HTTP 200): \"Log in … to go on\""
    );
    let link = pair(NOW).0.response(&UseFlow::new("1".into()), &unsigned(200, &page), NOW).unwrap_err();
    assert!(
        matches!(link, Error::Decode(_)) && shown(&link).contains(": \"Log in … to go on\": "),
        "{link:#}"
    );
    // JSON is not quoted: it may be a response of the platform, whose values may identify a person.
    for body in [format!(r#"{{"openid":"alice","x":"{OPENID}"}}"#), "\"alice\"".to_owned(), String::new()] {
        let error = read(&unsigned(200, &body));
        assert!(shown(&error).ends_with("the message has no signature (HTTP 200)"), "{error:#}");
    }
}

/// Sends a coupon through something that changes the request, and returns the error of the sandbox's response.
fn changed_on_the_way(change: impl FnOnce(&mut Request<Bytes>)) -> Error {
    let credentials = credentials(NOW);
    let sandbox = Sandbox::new(credentials.clone()).unwrap();
    let client = client(PROVIDERS[0], &credentials, PlatformKeys::new());
    let mut exchange = client.exchange(&send_to(OPENID)).unwrap();
    let Step::Send { mut request, .. } = exchange.poll(Duration::ZERO, stamp()) else { panic!() };
    change(&mut request);
    exchange.on_response(&sandbox.handle(request, NOW), NOW);
    let Step::Done(result) = exchange.poll(Duration::ZERO, stamp()) else { panic!() };
    result.unwrap_err()
}

fn set_target(request: &mut Request<Bytes>, change: impl FnOnce(&str) -> String) {
    let target = change(request.uri().path_and_query().unwrap().as_str());
    *request.uri_mut() = format!("https://api.mch.weixin.qq.com{target}").parse().unwrap();
}

fn set_authorization(request: &mut Request<Bytes>, from: &str, to: &str) {
    let header = request.headers()["authorization"].to_str().unwrap();
    assert!(header.contains(from), "{header}");
    let header = header.replace(from, to).parse().unwrap();
    request.headers_mut().insert("authorization", header);
}

#[test]
fn a_request_that_was_changed_on_the_way_is_named_by_what_differs() {
    use SignedPart::{Body, Method, Nonce, Path, Query, Time};
    type Change = fn(&mut Request<Bytes>);
    let table: [(Change, &[SignedPart]); 8] = [
        (|request| set_target(request, |target| target.replace(OPENID, &OPENID.to_lowercase())), &[Path]),
        (|request| set_target(request, |target| format!("{target}?from=gateway")), &[Query]),
        (|request| *request.method_mut() = http::Method::GET, &[Method]),
        (|request| *request.body_mut() = Bytes::new(), &[Body]),
        (|request| *request.body_mut() = [request.body(), &b"\n"[..]].concat().into(), &[Body]),
        (|request| set_authorization(request, &NOW.to_string(), &(NOW + 1).to_string()), &[Time]),
        (|request| set_authorization(request, NONCE, &NONCE.replace('5', "6")), &[Nonce]),
        // The signature itself: everything else is as it was signed.
        (|request| set_authorization(request, "signature=\"", "signature=\"AAAA"), &[]),
    ];
    for (change, expected) in table {
        let error = changed_on_the_way(change);
        let (line, api) = (shown(&error), api(&error));
        assert_eq!((api.code(), api.http_status().as_u16()), (Some(&ErrorCode::SignError), 401), "{line}");
        assert_eq!(api.differences(), Some(expected), "{line}");
        let seen = api.detail().unwrap().sign_information.unwrap();
        assert!(seen.method.is_some() && seen.sign_message_length.is_some());
        assert!(seen.url.unwrap().to_lowercase().contains(&OPENID.to_lowercase()));
        let named = match expected {
            [part] => format!("which differs from what was signed in its {part}"),
            _ => "as it was signed".to_owned(),
        };
        assert!(line.contains(&named), "{line}");
        assert!(line.contains("[signature: sign not match; received as "), "{line}");
        assert!(line.contains(" /v3/marketing/favor/users/…/coupons"), "{line}");
    }
}

#[test]
fn without_its_stamp_a_request_is_compared_in_everything_else() {
    let seen = json!({"method": "GET", "url": "/gateway/v3/x", "truncated_sign_message": "GET\n/gateway/v3/x\n1\nn\n\n"});
    let body = json!({"code": "SIGN_ERROR", "detail": {"sign_information": seen}}).to_string();
    let error = read(&unsigned(401, &body));
    assert_eq!(
        api(&error).differences(),
        Some(&[SignedPart::Method, SignedPart::Path, SignedPart::Body][..])
    );
    assert!(shown(&error).contains("[received as GET /gateway/v3/x, which differs"), "{error:#}");
    let nothing = read(&unsigned(401, r#"{"code":"SIGN_ERROR","detail":{"sign_information":{}}}"#));
    assert_eq!(api(&nothing).differences(), None);
    assert!(!shown(&nothing).contains("received"), "{nothing:#}");
}

/// An operation that refuses a response that JSON alone does not.
#[derive(Clone, serde::Serialize)]
struct Counted;

impl Operation for Counted {
    const NAME: &'static str = "counted";
    const METHOD: http::Method = http::Method::GET;
    const PATH: &'static str = "/v3/counted";
    const IDEMPOTENT: bool = true;
    const RESPONSE_SIGNATURE: ResponseSignature = ResponseSignature::WhenPresent;
    type Response = u32;

    fn decode(response: Verified<'_>) -> Result<u32, wechatpay_core::error::DecodeError> {
        match response.json()? {
            count @ 1.. => Ok(count),
            0 => Err(response.error("the count is 0\n")),
        }
    }
}

#[test]
fn an_operation_can_refuse_a_response_with_its_reason() {
    let (client, platform, _) = pair(NOW);
    assert_eq!(*client.response(&Counted, &platform.signed_response(200, "7", NOW), NOW).unwrap(), 7);
    for (response, verified, outcome) in [
        (platform.signed_response(200, "0", NOW), true, Outcome::Done),
        (unsigned(200, "0"), false, Outcome::Unknown),
    ] {
        let error = client.response(&Counted, &response, NOW).unwrap_err();
        let Error::Decode(decode) = &error else { panic!("{error:?}") };
        assert_eq!(
            (decode.is_verified(), error.outcome(), decode.body().as_ref()),
            (verified, outcome, &b"0"[..])
        );
        assert!(format!("{error:#}").ends_with(": the count is 0\\n"), "{error:#}");
    }
}

#[test]
fn no_text_of_an_error_names_the_person_of_the_request() {
    let (_, platform, _) = pair(NOW);
    let lower = OPENID.to_lowercase();
    for (body, text) in [
        (format!(r#"{{"code":"X","message":"openid {OPENID} 不存在"}}"#), "X: openid … 不存在 ("),
        (
            format!(r#"{{"code":404,"message":"no route for /v3/marketing/favor/users/{lower}/coupons"}}"#),
            "404: no route for /v3/marketing/favor/users/…/coupons (",
        ),
        (
            format!(r#"{{"code":"X","detail":{{"field":"/users/{OPENID}","issue":"用户{OPENID}"}}}}"#),
            "X [/users/…: 用户…] (",
        ),
        (format!(r#"{{"code":"X","detail":["{OPENID}"]}}"#), "X […] ("),
        (format!(r#"{{"code":"X","detail":{{"location":"{OPENID}"}}}}"#), "X […] ("),
        (format!(r#"{{"code":"{OPENID}"}}"#), "… ("),
        // Nothing else is left out.
        (
            r#"{"code":"X","message":"批次9856888 wxd678efh567hg6787"}"#.to_owned(),
            "X: 批次9856888 wxd678efh567hg6787 (",
        ),
    ] {
        for response in [unsigned(404, &body), platform.signed_response(404, &body, NOW)] {
            let error = read(&response);
            let shown = shown(&error);
            assert!(shown.contains(text), "{shown}");
            // The accessors return the parts as received.
            assert!(api(&error).body() == &body);
        }
    }
}

#[test]
fn empty_parts_of_an_error_body_are_absent() {
    let body = r#"{"code":"","message":"","detail":{"field":"","issue":"","location":""}}"#;
    for empty in [body.to_owned(), body.replace("\"\"", "null")] {
        let error = read(&unsigned(403, &empty));
        assert_eq!((api(&error).code(), api(&error).message()), (None, None), "{empty}");
        let text = shown(&error);
        assert!(text.contains("access was denied (HTTP 403"), "{text}");
    }
}
