//! Downloads over real sockets, with every driver, from servers that send wrong files and links.

use crate::*;

with_every_driver!(
    a_file_is_requested_with_the_exact_link,
    a_file_with_another_hash_is_rejected,
    a_truncated_file_is_rejected,
    a_file_that_does_not_arrive_whole_is_requested_again_with_a_new_link,
    a_download_needs_one_turn_at_a_time,
    a_file_over_the_cap_is_not_read,
    a_declared_size_over_the_cap_is_refused_at_the_head,
    the_target_of_a_link_is_signed_as_it_is_sent,
    a_response_that_is_not_the_file_says_what_it_is,
    the_row_count_in_the_response_is_checked,
    nothing_is_sent_to_a_foreign_host,
    an_unsigned_link_is_reported_and_a_wrongly_signed_link_is_rejected,
    an_expired_link_is_a_platform_error,
    a_redirect_to_the_file_is_not_followed,
);

type DownloadResult = Result<CheckedFile<Cursor<Vec<u8>>>, Error>;

fn driver<D: Driver>(core: &Client, url: &str) -> D {
    D::new(at(core, url))
}

fn flow() -> UseFlow {
    UseFlow::new("9856000".into())
}

/// A signed link to the file of this server.
fn signed_link(url: &str) -> Vec<u8> {
    let (_, platform, _) = pair(now());
    wire(&platform.signed_response(200, &link(url, ABC_SHA1), now()))
}

/// Downloads, without retries, from a server that sends a signed link to itself, and then `file`.
fn download_from_server<D: Driver>(file: Vec<u8>) -> (DownloadResult, Scripted) {
    let (core, ..) = pair(now());
    let server = Scripted::start(|url| vec![signed_link(url), file]);
    (download(&D::new(single_attempt_at(&core, &server.url)), &flow()), server)
}

fn a_file_is_requested_with_the_exact_link<D: Driver>() {
    let (file, server) = download_from_server::<D>(unsigned_wire(200, ABC));
    let mut content = String::new();
    file.unwrap().read_to_string(&mut content).unwrap();
    assert_eq!(content, ABC);
    let requests = server.all();
    let [_, file] = requests.as_slice() else { panic!("{requests:?}") };
    assert!(file.head.starts_with("GET /v3/billdownload/file?token=x%2Fy HTTP/1.1\r\n"), "{}", file.head);
    let request = file.request();
    let authorization = request.headers()["authorization"].to_str().unwrap();
    assert!(authorization.starts_with("WECHATPAY2-SHA256-RSA2048 "), "{authorization}");
    assert_eq!(request.headers()["accept"], "*/*");
    assert!(!request.headers().contains_key("accept-encoding"));
}

fn a_file_with_another_hash_is_rejected<D: Driver>() {
    let (file, server) = download_from_server::<D>(unsigned_wire(200, "abd"));
    let error = file.unwrap_err();
    let Error::Download(DownloadError::Hash { expected, actual, len }) = &error else { panic!("{error:?}") };
    // `printf abd | sha1sum`.
    assert_eq!((expected.as_str(), *len), (ABC_SHA1, 3));
    assert_eq!(actual, "cb4cc28df0fdbe0ecf9d9662e294b118092a5735");
    assert_eq!(server.all().len(), 2);
}

fn a_truncated_file_is_rejected<D: Driver>() {
    // Shorter than the content length, and without the last chunk.
    for head in ["content-length: 4\r\n\r\nabc", "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"] {
        let (file, _server) = download_from_server::<D>(format!("HTTP/1.1 200 OK\r\n{head}").into_bytes());
        assert_eq!(transport_kind(&file.unwrap_err()), TransportErrorKind::MaybeSent);
    }
    // Without a length, only the hash shows that the file is incomplete.
    let (file, _server) =
        download_from_server::<D>(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nab".to_vec());
    assert!(matches!(file, Err(Error::Download(DownloadError::Hash { len: 2, .. }))), "{file:?}");
}

fn a_file_that_does_not_arrive_whole_is_requested_again_with_a_new_link<D: Driver>() {
    let (core, ..) = pair(now());
    let core = core.with_retry(RetryPolicy::default().with_delays(Duration::ZERO, Duration::ZERO));
    for failure in [
        b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nabc".to_vec(),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nabcabcabc\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabd".to_vec(),
        b"".to_vec(),
        unsigned_wire(503, ""),
    ] {
        let server =
            Scripted::start(|url| vec![signed_link(url), failure, signed_link(url), unsigned_wire(200, ABC)]);
        let mut content = String::new();
        let file = download(&driver::<D>(&core, &server.url), &flow());
        file.unwrap().read_to_string(&mut content).unwrap();
        assert_eq!(content, ABC);
        let requests = server.all();
        let paths: Vec<_> =
            requests.iter().map(|request| request.request().uri().path().to_owned()).collect();
        assert_eq!(paths[0], paths[2]);
        assert_eq!([&paths[1], &paths[3]], ["/v3/billdownload/file"; 2]);
        let authorization = |n: usize| requests[n].request().headers()["authorization"].clone();
        assert_ne!(authorization(1), authorization(3));
    }
}

/// The link is asked for again at once when the connection that it came on turns out to be closed. The turn of the request
/// for the file has ended by then.
fn a_download_needs_one_turn_at_a_time<D: Driver>() {
    let (core, platform, _) = pair(now());
    let url = serve_connections(move |mut stream, number| {
        loop {
            let request = read_request(&stream);
            let is_file = request.head.starts_with("GET /v3/billdownload/file");
            if request.head.is_empty() || is_file && number == 0 {
                return;
            }
            let response = match is_file {
                true => unsigned_wire(200, ABC),
                false => {
                    let url = format!("http://{}", stream.local_addr().unwrap());
                    wire(&platform.signed_response(200, &link(&url, ABC_SHA1), now()))
                }
            };
            let response = String::from_utf8(response).unwrap().replace("connection: close\r\n", "");
            stream.write_all(response.as_bytes()).unwrap();
        }
    });
    // Waiting for a turn that does not come would fail after this time.
    let retry = RetryPolicy::default().with_total(Duration::from_secs(5));
    let driver = D::new(at(&core, &url).with_retry(retry)).with_concurrency(1);
    let mut content = String::new();
    download(&driver, &flow()).unwrap().read_to_string(&mut content).unwrap();
    assert_eq!(content, ABC);
}

fn a_file_over_the_cap_is_not_read<D: Driver>() {
    let (core, ..) = pair(now());
    for (cap, fits) in [(2, false), (3, true)] {
        let server = Scripted::start(|url| vec![signed_link(url), unsigned_wire(200, ABC)]);
        let file = download(&driver::<D>(&core, &server.url).with_download_cap(cap), &flow());
        match file {
            Ok(file) => assert!(fits && file.len() == 3),
            Err(error) => {
                let too_large = TransportErrorKind::ResponseTooLarge { cap };
                assert_eq!((transport_kind(&error), fits), (too_large, false));
            }
        }
    }
}

/// The body never comes: if it were read, the connection would be found closed.
fn a_declared_size_over_the_cap_is_refused_at_the_head<D: Driver>() {
    let head = |len: u64| format!("HTTP/1.1 200 OK\r\ncontent-length: {len}\r\n\r\n").into_bytes();
    let (file, _server) = download_from_server::<D>(head(2 << 30));
    let error = file.unwrap_err();
    assert_eq!(transport_kind(&error), TransportErrorKind::ResponseTooLarge { cap: 1 << 30 });
    let text = format!("{error:#}");
    assert!(
        text.contains("127.0.0.1:") && text.ends_with("it declares 2147483648 bytes (Content-Length)"),
        "{text}"
    );

    let (core, ..) = pair(now());
    let server = Scripted::start(|_| vec![head(1_048_577), head(1_048_576)]);
    let driver = D::new(single_attempt_at(&core, &server.url));
    let error = driver.send(&query()).unwrap_err();
    assert_eq!(transport_kind(&error), TransportErrorKind::ResponseTooLarge { cap: 1_048_576 });
    // As large as allowed: the body is waited for.
    assert_eq!(transport_kind(&driver.send(&query()).unwrap_err()), TransportErrorKind::MaybeSent);
}

fn the_target_of_a_link_is_signed_as_it_is_sent<D: Driver>() {
    let (core, platform, credentials) = pair(now());
    let sandbox = wechatpay_sandbox::Sandbox::new(credentials).unwrap();
    let targets = [
        "/v3/billdownload/file",
        "/v3/billdownload/file?",
        "/v3/billdownload/file?token=a%2fb%2F%7c+~'()*!",
        "/v3/billdownload/file?token=x?y=/../z&&=&token=2",
        "/mkt/storage/bill/download?bill_params=%E4%BB%A3%20a",
    ];
    let refused =
        ["?x=1", "/?x=1", "", "//v3/billdownload/file", "/v3/billdownload/file/?token=1", "#f?token=1"];
    let link = |url: &str, target: &str| {
        let link =
            serde_json::json!({"url": format!("{url}{target}"), "hash_value": ABC_SHA1, "hash_type": "SHA1"});
        wire(&platform.signed_response(200, &link.to_string(), now()))
    };
    let server = Scripted::start(|url| {
        let allowed = targets.iter().flat_map(|target| [link(url, target), unsigned_wire(200, ABC)]);
        allowed.chain(refused.iter().map(|target| link(url, target))).collect()
    });
    let driver = driver::<D>(&core, &server.url);
    for _ in targets {
        download(&driver, &flow()).unwrap();
    }
    for target in refused {
        let error = download(&driver, &flow()).unwrap_err();
        assert!(matches!(error, Error::Download(DownloadError::Link(_))), "{target}: {error:?}");
    }
    let files: Vec<_> = server.all().into_iter().skip(1).step_by(2).take(targets.len()).collect();
    for (file, target) in files.iter().zip(targets) {
        assert!(file.head.starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{}", file.head);
        // The sandbox verifies the signature of the request as it arrived.
        let response = sandbox.handle(file.request().map(Bytes::from), now());
        assert_ne!(response.status(), 401, "{target}: {response:?}");
    }
}

fn a_response_that_is_not_the_file_says_what_it_is<D: Driver>() {
    let head = |status: &str| format!("HTTP/1.1 {status}\r\n");
    for (response, text) in [
        (
            head("206 Partial Content") + "content-range: bytes 0-2/9\r\ncontent-length: 3\r\n\r\nabc",
            "the response is only a part of the content, although the whole was requested",
        ),
        (head("204 No Content") + "\r\n", "the response has no content"),
        (
            head("302 Found")
                + "location: https://cdn.example.com/file?token=SECRET\r\ncontent-length: 0\r\n\r\n",
            "the response is a redirect to https://cdn.example.com, which is not followed",
        ),
        (
            head("403 Forbidden") + "content-length: 25\r\n\r\n<h1>Blocked by rule</h1>\r\n",
            "access was denied, with the body \"Blocked by rule\"",
        ),
    ] {
        let (file, _server) = download_from_server::<D>(response.into_bytes());
        let error = format!("{:#}", file.unwrap_err());
        assert!(error.contains(text) && !error.contains("SECRET"), "{error}");
        assert!(error.starts_with("the response is an unverified error: "), "{error}");
    }
}

fn the_row_count_in_the_response_is_checked<D: Driver>() {
    const ROWS: &str = "批次id,优惠id\n1,2\n总条数\n1\n";
    let (core, platform, _) = pair(now());
    for (count, whole) in [(1, true), (2, false)] {
        let server = Scripted::start(|url| {
            let link = serde_json::json!({
                "url": format!("{url}/mkt/storage/bill/download?bill_params=1"),
                // `printf '批次id,优惠id\n1,2\n总条数\n1\n' | sha1sum`.
                "stock_useflow_hash": "25c388e487488bb6315f496162bf45a859f549cd",
                "stock_useflow_count": count,
            });
            vec![wire(&platform.signed_response(200, &link.to_string(), now())), unsigned_wire(200, ROWS)]
        });
        let operation = UseFlowByDay::new("1".into(), "2025-08-09".parse().unwrap());
        let file = download(&driver::<D>(&core, &server.url), &operation).unwrap();
        match FlowRows::from(file).collect::<Result<Vec<_>, _>>() {
            Ok(rows) => assert!(whole && rows.len() == 1),
            Err(error) => {
                assert_eq!(
                    (error.to_string().as_str(), whole),
                    ("the flow file has 1 rows, but 2 are expected", false)
                )
            }
        }
    }
}

fn nothing_is_sent_to_a_foreign_host<D: Driver>() {
    let (core, ..) = pair(now());
    let foreign = Scripted::start(|_| vec![unsigned_wire(200, ABC)]);
    let server = Scripted::start(|_| vec![signed_link(&foreign.url)]);
    match download(&driver::<D>(&core, &server.url), &flow()) {
        // The request for the link has succeeded, so the outcome is not `NotSent`.
        Err(error @ Error::Download(DownloadError::Link(_))) => {
            assert_eq!(error.outcome(), Outcome::Done);
            assert!(std::error::Error::source(&error).unwrap().to_string().starts_with("url "), "{error:?}");
        }
        other => panic!("{other:?}"),
    }
    assert!(foreign.received_nothing());
}

fn an_unsigned_link_is_reported_and_a_wrongly_signed_link_is_rejected<D: Driver>() {
    let (core, platform, _) = pair(now());
    let server = Scripted::start(|url| {
        let mut wrong = platform.signed_response(200, &link(url, ABC_SHA1), now());
        *wrong.body_mut() = link("https://api.mch.weixin.qq.com", ABC_SHA1).into();
        vec![unsigned_wire(200, &link(url, ABC_SHA1)), signed_link(url), wire(&wrong)]
    });
    let driver = driver::<D>(&core, &server.url);
    assert!(!driver.send(&flow()).unwrap().is_verified());
    assert!(driver.send(&flow()).unwrap().is_verified());
    let wrong = verify_error_kind(download(&driver, &flow()));
    assert!(matches!(wrong, VerifyErrorKind::WrongSignature { .. }), "{wrong:?}");
    assert_eq!(server.all().len(), 3, "the file was requested");
}

fn an_expired_link_is_a_platform_error<D: Driver>() {
    let (file, server) = download_from_server::<D>(unsigned_wire(
        400,
        r#"{"code":"INVALID_REQUEST","message":"token已过期"}"#,
    ));
    let error = file.unwrap_err();
    let api = error.api().unwrap();
    assert_eq!((api.code(), api.message()), (Some(&ErrorCode::InvalidRequest), Some("token已过期")));
    // The error is not signed.
    assert!(!api.is_verified());
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(server.all().len(), 2, "the download was retried");
}

fn a_redirect_to_the_file_is_not_followed<D: Driver>() {
    let elsewhere = Scripted::start(|_| vec![unsigned_wire(200, ABC)]);
    let redirect =
        format!("HTTP/1.1 302 Found\r\nlocation: {}/file\r\ncontent-length: 0\r\n\r\n", elsewhere.url);
    let (file, _server) = download_from_server::<D>(redirect.into_bytes());
    assert_eq!(file.unwrap_err().api().unwrap().http_status(), 302);
    assert!(elsewhere.received_nothing());
}
