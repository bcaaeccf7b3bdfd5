//! Flow files: the hosts from which they may be downloaded, and the check that they are complete.

use std::io::{self, Cursor, Read as _, Seek as _, SeekFrom, Write as _};

use wechatpay_conformance::bare::Get;
use wechatpay_conformance::scripted::ABC_SHA1;

use crate::*;

/// An unsigned response with a link. Links to flow files may be unsigned.
fn link(url: &str, hash_type: &str, hash: &str) -> Answer<UseFlowResponse> {
    let body = json!({"url": url, "hash_type": hash_type, "hash_value": hash}).to_string();
    let client = official_client(PROVIDERS[0]);
    read_response::<UseFlow>(&client, &unsigned(200, body), NOW).unwrap()
}

const URL: &str =
    "https://api.mch.weixin.qq.com/v3/billdownload/file?token=6XIv5TUPto7pByrTQKhd6kwvyKLG2uY2&x=a%2Fb";

fn abc(url: &str) -> Answer<UseFlowResponse> {
    link(url, "SHA1", ABC_SHA1)
}

#[test]
fn a_download_is_signed_for_the_exact_url() {
    let client = official_client(PROVIDERS[0]);
    let download = client.download(PROVIDERS[0], &abc(URL)).unwrap();
    let request = download.request(stamp()).unwrap();
    assert_eq!(request.uri().to_string(), URL);
    assert_eq!(
        (request.method().as_str(), request.headers()["accept"].as_bytes()),
        ("GET", b"*/*".as_slice())
    );
    // The target in the signature is the one that is sent: the signature is that of an operation with this target.
    let path = abc("https://api.mch.weixin.qq.com/v3/billdownload/file");
    let request = client.download(PROVIDERS[1], &path).unwrap().request(stamp()).unwrap();
    let bare = client.request(&Get::new("/v3/billdownload/file"), stamp()).unwrap();
    assert_eq!(request.uri(), bare.uri());
    assert_eq!(request.headers()["authorization"], bare.headers()["authorization"]);
}

const HOSTS: [&str; 5] = [
    "api.mch.weixin.qq.com",
    "api2.mch.weixin.qq.com",
    "apihk.mch.weixin.qq.com",
    "api.wechatpay.cn",
    "api2.wechatpay.cn",
];

/// Asserts that no request for this link can be built.
#[track_caller]
fn assert_refused(client: &Client, url: &str) {
    match client.download(PROVIDERS[0], &abc(url)) {
        Err(DownloadError::Link(field)) => assert_eq!(field.field(), "url", "{url}"),
        other => panic!("{url}: {other:?}"),
    }
}

/// Asserts that the link is accepted, and returns the URI of the request.
#[track_caller]
fn accepted(client: &Client, url: &str) -> String {
    let download = client.download(PROVIDERS[0], &abc(url)).unwrap_or_else(|error| panic!("{url}: {error}"));
    download.request(stamp()).unwrap().uri().to_string()
}

#[test]
fn files_are_requested_from_the_documented_paths_of_the_platforms_hosts_only() {
    let client = official_client(PROVIDERS[0]);
    for host in HOSTS {
        let url = format!("https://{host}/v3/billdownload/file?token=a%2Fb");
        assert_eq!(accepted(&client, &url), url);
        for same in [
            format!("https://{host}:443/v3/billdownload/file?token=a%2Fb"),
            format!("https://{host}./v3/billdownload/file?token=a%2Fb"),
            format!("HTTPS://{}/v3/billdownload/file?token=a%2Fb", host.to_uppercase()),
        ] {
            assert_eq!(accepted(&client, &same), url, "{same}");
        }
        for other in [
            "/v3/billdownload/file/",
            "/v3/billdownload/File?token=1",
            "/v3/billdownload",
            "/v3/marketing/favor/stocks?offset=0&limit=10",
            "/v3/refund/domestic/refunds/123123123123",
            "/v3/billdownload/file/../../certificates",
            "/v3/billdownload/../billdownload/file",
            "/v3/billdownload/%2e%2e/certificates",
            "/v3/billdownload/fil%65",
            "//v3/billdownload/file",
            "/mkt/storage/bill/download?bill_params=1",
            "/v3/billdownload/file?token=1#fragment",
            "?token=1",
            "/",
        ] {
            assert_refused(&client, &format!("https://{host}{other}"));
        }
    }
    let bill = "https://download-service.wechatpay.cn/mkt/storage/bill/download?bill_params=1";
    assert_eq!(accepted(&client, bill), bill);
    assert_eq!(accepted(&client, &bill.replace(".cn/", ".CN:443/")), bill);
    for other in
        ["/v3/billdownload/file?token=1", "/mkt/storage/bill/../../../v3/certificates", "/mkt/storage/"]
    {
        assert_refused(&client, &format!("https://download-service.wechatpay.cn{other}"));
    }
}

#[test]
fn the_merchants_signature_is_sent_to_platform_hosts_only() {
    let client = official_client(PROVIDERS[0]);
    for url in [
        "http://api.mch.weixin.qq.com/v3/billdownload/file?token=1",
        "https://api.mch.weixin.qq.com.example.com/v3/billdownload/file",
        "https://api.mch.weixin.qq.com@example.com/v3/billdownload/file",
        "https://user@api.mch.weixin.qq.com/v3/billdownload/file",
        "https://user:password@api.mch.weixin.qq.com/v3/billdownload/file",
        "https://api.mch.weixin.qq.com:8443/v3/billdownload/file",
        "https://api.mch.weixin.qq.com:99999/v3/billdownload/file",
        "https://example.com/v3/billdownload/file?https://api.mch.weixin.qq.com",
        "https://xapi.mch.weixin.qq.com/v3/billdownload/file",
        "http://127.0.0.1:8700/v3/billdownload/file",
        "download://example.csv",
        "/v3/billdownload/file",
        "//api.mch.weixin.qq.com/v3/billdownload/file",
        "https://api.mch.weixin.qq.com/v3/billdownload/file?代金券",
    ] {
        assert_refused(&client, url);
    }
}

#[test]
fn a_client_of_another_server_accepts_links_to_its_own_hosts() {
    let client = official_client(PROVIDERS[0]);
    let file = "/v3/billdownload/file?token=1";
    // A client of the sandbox trusts the host of the sandbox with exactly this port.
    let local = client.with_base_url(BaseUrl::parse("http://127.0.0.1:8700").unwrap());
    let local = local.with_backup(BaseUrl::insecure_http("http://sandbox:8700").unwrap());
    for host in ["http://127.0.0.1:8700", "http://sandbox:8700"] {
        accepted(&local, &format!("{host}{file}"));
        // The sandbox stands for the host of bills, too.
        accepted(&local, &format!("{host}/mkt/storage/bill/download?bill_params=1"));
        assert_refused(&local, &format!("{host}/v3/certificates"));
        assert_refused(&local, &format!("{host}?token=1"));
    }
    for host in ["http://127.0.0.1:8701", "https://127.0.0.1:8700", "http://sandbox", "http://u@sandbox:8700"]
    {
        assert_refused(&local, &format!("{host}{file}"));
    }
}

#[test]
fn a_client_can_insist_on_signed_links() {
    let lenient = official_client(PROVIDERS[0]);
    let (platform_client, platform, _) = pair(NOW);
    let body = json!({"url": URL, "hash_type": "SHA1", "hash_value": ABC_SHA1}).to_string();
    assert!(!read_response::<UseFlow>(&lenient, &unsigned(200, body.clone()), NOW).unwrap().is_verified());
    let strict = platform_client.with_signed_links_only();
    // Nothing that is not signed is decoded, whatever it is.
    for body in [body.as_str(), "<html>"] {
        let error = read_response::<UseFlow>(&strict, &unsigned(200, body), NOW);
        assert_eq!(verify_error_kind(error), VerifyErrorKind::Unsigned);
    }
    let signed = platform.signed_response(200, &body, NOW);
    assert!(read_response::<UseFlow>(&strict, &signed, NOW).unwrap().is_verified());
    // Errors are read as before.
    let error = read_response::<UseFlow>(&strict, &unsigned(404, "{}"), NOW).unwrap_err();
    assert_eq!(error.api().unwrap().http_status(), 404);
}

#[test]
fn an_unsupported_or_malformed_hash_is_rejected_before_sending() {
    let client = official_client(PROVIDERS[0]);
    let field = |hash_type: &str, hash: &str| match client.download(PROVIDERS[0], &link(URL, hash_type, hash))
    {
        Err(DownloadError::Link(field)) => field.field().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(field("MD5", ABC_SHA1), "hash_type");
    for hash in ["", "a9993e", &ABC_SHA1.replace('a', "g"), &format!("{ABC_SHA1}0")] {
        assert_eq!(field("SHA1", hash), "hash_value");
    }
    client.download(PROVIDERS[0], &link(URL, "sha1", &ABC_SHA1.to_uppercase())).unwrap();
}

#[test]
fn only_a_complete_file_with_the_right_hash_is_returned() {
    for provider in PROVIDERS {
        let client = official_client(provider);
        let spool = |pieces: &[&[u8]]| {
            // The sink has content before the file, and old content after it.
            let mut sink = Cursor::new(b"head-and-a-long-old-tail".to_vec());
            sink.seek(SeekFrom::Start(5)).unwrap();
            let mut spool = client.download(provider, &abc(URL)).unwrap().spool(sink).unwrap();
            pieces.iter().for_each(|piece| spool.write_all(piece).unwrap());
            spool.finish()
        };
        let mut file = spool(&[b"a", b"", b"bc"]).unwrap();
        assert_eq!((file.len(), file.is_empty(), file.rows()), (3, false, None));
        assert!(!file.is_verified(), "the response is not signed");
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        assert_eq!(content, "abc");
        assert_eq!(file.into_inner().into_inner(), b"head-abc-a-long-old-tail");
        for wrong in [&b""[..], b"ab", b"abd", b"abcd"] {
            match spool(&[wrong]) {
                Err(error @ DownloadError::Hash { .. }) => {
                    assert!(error.to_string().contains(ABC_SHA1), "{error}");
                    assert_eq!(wechatpay_core::Error::from(error).outcome(), Outcome::Done);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// A sink that accepts one byte at a time, up to a limit.
struct Full(usize, Cursor<Vec<u8>>);

impl io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0 -= 1;
        self.1.write(&bytes[..1])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl io::Seek for Full {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.1.seek(position)
    }
}

#[test]
fn a_sink_may_write_partially_or_be_full() {
    let client = official_client(PROVIDERS[0]);
    let write = |room: usize| {
        let sink = Full(room, Cursor::default());
        let mut spool = client.download(PROVIDERS[0], &abc(URL)).unwrap().spool(sink).unwrap();
        spool.write_all(b"abc").map(|()| spool.finish().unwrap().len())
    };
    assert_eq!(write(3).unwrap(), 3);
    assert_eq!(write(2).unwrap_err().kind(), io::ErrorKind::StorageFull);
}

#[test]
fn an_expired_link_is_a_platform_error() {
    let (client, _, _) = pair(TIMESTAMP);
    let download = client.download(PROVIDERS[0], &abc(URL)).unwrap();
    let body = r#"{"code":"INVALID_REQUEST","message":"token已过期"}"#;
    let error = download.refused(&unsigned(400, body), NOW);
    assert_eq!(error.api().unwrap().code(), Some(&ErrorCode::InvalidRequest));
    assert!(!error.api().unwrap().is_verified());
}

/// A file opened for appending reports a position at its beginning, but writes at its end.
#[test]
fn a_sink_that_appends_is_an_error() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"old").unwrap();
    let appending = std::fs::OpenOptions::new().read(true).append(true).open(file.path()).unwrap();
    let client = official_client(PROVIDERS[0]);
    let mut spool = client.download(PROVIDERS[0], &abc(URL)).unwrap().spool(appending).unwrap();
    spool.write_all(b"abc").unwrap();
    assert!(matches!(spool.finish(), Err(DownloadError::Io(_))));
}

/// A sink at the largest possible position.
struct AtMaximumPosition;

impl io::Write for AtMaximumPosition {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl io::Seek for AtMaximumPosition {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

#[test]
fn a_sink_whose_position_would_overflow_is_an_error() {
    let client = official_client(PROVIDERS[0]);
    let mut spool = client.download(PROVIDERS[0], &abc(URL)).unwrap().spool(AtMaximumPosition).unwrap();
    spool.write_all(b"abc").unwrap();
    assert!(matches!(spool.finish(), Err(DownloadError::Io(_))));
}
