//! Downloads by every driver over real sockets, from a server that does everything wrong.

use std::io::{Cursor, Read as _};

use wechatpay_conformance::drivers::{Driver, transport_kind};
use wechatpay_conformance::scripted::{Scripted, unsigned, wire};
use wechatpay_conformance::{Platform, now, pair, with_every_driver};
use wechatpay_core::cashcoupons::{FlowRows, UseFlow, UseFlowByDay};
use wechatpay_core::download::CheckedFile;
use wechatpay_core::error::{DownloadError, ErrorCode, TransportErrorKind, VerifyError, VerifyErrorKind};
use wechatpay_core::{BaseUrl, Client, Error, Outcome};

with_every_driver!(
    a_file_that_is_right_is_asked_for_as_the_answer_says,
    a_file_with_another_hash_is_withheld,
    a_file_that_is_cut_off_is_withheld,
    a_file_over_the_cap_is_not_read,
    the_number_in_the_answer_counts_the_rows,
    nothing_is_sent_to_a_foreign_host,
    an_unsigned_link_is_said_to_be_so_and_a_wrongly_signed_one_refused,
    an_expired_link_is_the_platforms_error,
    a_redirect_to_the_file_is_not_followed,
);

const FILE: &str = "abc";
/// `printf abc | sha1sum`.
const HASH: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

type Taken = Result<CheckedFile<Cursor<Vec<u8>>>, Error>;

fn link(url: &str) -> String {
    format!(r#"{{"url":"{url}/v3/billdownload/file?token=x%2Fy","hash_value":"{HASH}","hash_type":"SHA1"}}"#)
}

fn driver<D: Driver>(core: &Client, url: &str) -> D {
    D::new(core.clone().with_base_url(BaseUrl::parse(url).unwrap()))
}

fn flow() -> UseFlow {
    UseFlow::new("9856000".into())
}

/// Asks a server that gives a signed link to itself, and there `file`.
fn download<D: Driver>(file: Vec<u8>) -> (Taken, Scripted) {
    let (core, platform, _) = pair(now());
    let server = Scripted::start(|url| vec![wire(&platform.answer(200, &link(url), now())), file]);
    (take(&driver::<D>(&core, &server.url)), server)
}

fn take(driver: &impl Driver) -> Taken {
    driver.download(&flow(), Cursor::new(Vec::new()))
}

fn a_file_that_is_right_is_asked_for_as_the_answer_says<D: Driver>() {
    let (file, server) = download::<D>(unsigned(200, FILE));
    let mut content = String::new();
    file.unwrap().read_to_string(&mut content).unwrap();
    assert_eq!(content, FILE);
    let requests = server.all();
    let [_, file] = requests.as_slice() else { panic!("{requests:?}") };
    assert!(file.head.starts_with("GET /v3/billdownload/file?token=x%2Fy HTTP/1.1\r\n"), "{}", file.head);
    let request = file.request();
    let authorization = request.headers()["authorization"].to_str().unwrap();
    assert!(authorization.starts_with("WECHATPAY2-SHA256-RSA2048 "), "{authorization}");
    assert_eq!(request.headers()["accept"], "*/*");
    assert!(!request.headers().contains_key("accept-encoding"));
}

fn a_file_with_another_hash_is_withheld<D: Driver>() {
    let (file, server) = download::<D>(unsigned(200, "abd"));
    let error = file.unwrap_err();
    let Error::Download(DownloadError::Hash { expected, actual, len }) = &error else { panic!("{error:?}") };
    // `printf abd | sha1sum`.
    assert_eq!((expected.as_str(), *len), (HASH, 3));
    assert_eq!(actual, "cb4cc28df0fdbe0ecf9d9662e294b118092a5735");
    assert_eq!(server.all().len(), 2, "it is not repeated");
}

fn a_file_that_is_cut_off_is_withheld<D: Driver>() {
    // More was announced than came; and a chunk is missing.
    for head in ["content-length: 4\r\n\r\nabc", "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"] {
        let (file, _server) = download::<D>(format!("HTTP/1.1 200 OK\r\n{head}").into_bytes());
        assert_eq!(transport_kind(&file.unwrap_err()), TransportErrorKind::MaybeSent);
    }
    // Without a length only the hash tells.
    let (file, _server) = download::<D>(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nab".to_vec());
    assert!(matches!(file, Err(Error::Download(DownloadError::Hash { len: 2, .. }))), "{file:?}");
}

fn a_file_over_the_cap_is_not_read<D: Driver>() {
    let (core, platform, _) = pair(now());
    for (cap, fits) in [(2, false), (3, true)] {
        let server =
            Scripted::start(|url| vec![wire(&platform.answer(200, &link(url), now())), unsigned(200, FILE)]);
        let file = take(&driver::<D>(&core, &server.url).with_download_cap(cap));
        match file {
            Ok(file) => assert!(fits && file.len() == 3),
            Err(error) => {
                let too_large = TransportErrorKind::ResponseTooLarge { cap };
                assert_eq!((transport_kind(&error), fits), (too_large, false));
            }
        }
    }
}

fn the_number_in_the_answer_counts_the_rows<D: Driver>() {
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
            vec![wire(&platform.answer(200, &link.to_string(), now())), unsigned(200, ROWS)]
        });
        let operation = UseFlowByDay::new("1".into(), "2025-08-09".parse().unwrap());
        let file = driver::<D>(&core, &server.url).download(&operation, Cursor::new(Vec::new())).unwrap();
        match FlowRows::from(file).collect::<Result<Vec<_>, _>>() {
            Ok(rows) => assert!(whole && rows.len() == 1),
            Err(error) => {
                assert_eq!((error.to_string().as_str(), whole), ("there are 1 rows where 2 should be", false))
            }
        }
    }
}

fn nothing_is_sent_to_a_foreign_host<D: Driver>() {
    let (core, platform, _) = pair(now());
    let foreign = Scripted::start(|_| vec![unsigned(200, FILE)]);
    let server = Scripted::start(|_| vec![wire(&platform.answer(200, &link(&foreign.url), now()))]);
    match take(&driver::<D>(&core, &server.url)) {
        // The link itself was asked for, so this is no "not sent".
        Err(error @ Error::Download(DownloadError::Link(_))) => {
            assert_eq!(error.outcome(), Outcome::Done);
            assert!(std::error::Error::source(&error).unwrap().to_string().starts_with("url "), "{error:?}");
        }
        other => panic!("{other:?}"),
    }
    assert!(foreign.is_untouched());
}

fn an_unsigned_link_is_said_to_be_so_and_a_wrongly_signed_one_refused<D: Driver>() {
    let (core, platform, _) = pair(now());
    let signed = |platform: &Platform, url: &str| platform.answer(200, &link(url), now());
    let server = Scripted::start(|url| {
        let mut wrong = signed(&platform, url);
        *wrong.body_mut() = link("https://api.mch.weixin.qq.com").into();
        vec![unsigned(200, &link(url)), wire(&signed(&platform, url)), wire(&wrong)]
    });
    let driver = driver::<D>(&core, &server.url);
    assert!(!driver.send(&flow()).unwrap().is_verified());
    assert!(driver.send(&flow()).unwrap().is_verified());
    let wrong = take(&driver);
    let kind = |error: &VerifyError| matches!(error.kind(), VerifyErrorKind::WrongSignature { .. });
    assert!(matches!(&wrong, Err(Error::Verify(error)) if kind(error)), "{wrong:?}");
    assert_eq!(server.all().len(), 3, "the file was not asked for");
}

fn an_expired_link_is_the_platforms_error<D: Driver>() {
    let (file, server) =
        download::<D>(unsigned(400, r#"{"code":"INVALID_REQUEST","message":"token已过期"}"#));
    let error = file.unwrap_err();
    let api = error.api().unwrap();
    assert_eq!((api.code(), api.message()), (Some(&ErrorCode::InvalidRequest), Some("token已过期")));
    // Nobody signed it.
    assert!(!api.is_verified());
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(server.all().len(), 2, "it is not repeated");
}

fn a_redirect_to_the_file_is_not_followed<D: Driver>() {
    let elsewhere = Scripted::start(|_| vec![unsigned(200, FILE)]);
    let redirect =
        format!("HTTP/1.1 302 Found\r\nlocation: {}/file\r\ncontent-length: 0\r\n\r\n", elsewhere.url);
    let (file, _server) = download::<D>(redirect.into_bytes());
    assert_eq!(file.unwrap_err().api().unwrap().status(), 302);
    assert!(elsewhere.is_untouched());
}
