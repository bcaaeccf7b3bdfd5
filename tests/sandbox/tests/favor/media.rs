//! Image upload: the signed part, variants of the form, and errors.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Request};
use serde_json::{Value, json};
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::load_signing_key;

use crate::common::{Call, Client, FAVOR, Reply, Signer};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest";
const LIMIT: usize = 2 * 1024 * 1024;

fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn meta(filename: &str, content: &[u8]) -> String {
    json!({ "filename": filename, "sha256": sha256(content) }).to_string()
}

/// A form as documented. Its fields can be changed before it is sent.
struct Upload {
    content_type: String,
    body: Vec<u8>,
    /// The bytes that the signature covers.
    signed: Vec<u8>,
}

impl Upload {
    fn new(filename: &str, content: &[u8]) -> Self {
        Self::with_parts(&meta(filename, content), "; name=\"meta\";", &file_attributes(filename), content)
    }

    fn with_parts(meta: &str, meta_attributes: &str, file_attributes: &str, content: &[u8]) -> Self {
        let head = format!(
            "--boundary\r\nContent-Disposition: form-data{meta_attributes}\r\n\
             Content-Type: application/json\r\n\r\n{meta}\r\n\
             --boundary\r\nContent-Disposition: form-data{file_attributes}\r\n\
             Content-Type: image/jpg\r\n\r\n"
        );
        Self {
            content_type: "multipart/form-data;boundary=boundary".to_owned(),
            body: [head.as_bytes(), content, b"\r\n--boundary--\r\n"].concat(),
            signed: meta.as_bytes().to_vec(),
        }
    }

    fn replace(mut self, from: &str, to: &str) -> Self {
        let (from, to) = (from.as_bytes(), to.as_bytes());
        let at = self
            .body
            .windows(from.len())
            .position(|window| window == from)
            .expect("the form has no such text");
        self.body.splice(at..at + from.len(), to.iter().copied());
        self
    }

    fn request(&self) -> Request<Bytes> {
        let call = Call::new("POST", &format!("{FAVOR}/media/image-upload"), self.signed.clone());
        let mut request = call.request();
        *request.body_mut() = self.body.clone().into();
        request.headers_mut().insert("content-type", HeaderValue::from_str(&self.content_type).unwrap());
        request
    }

    fn send(&self, client: &Client) -> Reply {
        client.raw(self.request())
    }

    /// Asserts success, and returns the URL of the image.
    #[track_caller]
    fn upload_ok(&self, client: &Client) -> String {
        let reply = self.send(client);
        assert_eq!(reply.signer, Some(Signer::PublicKey), "{reply:?}");
        assert_eq!(reply.header("content-type"), "application/json; charset=utf-8");
        reply.ok()["media_url"].as_str().unwrap().to_owned()
    }
}

/// Uploads an image, and returns its URL.
pub(crate) fn upload(client: &Client) -> String {
    Upload::new("b.png", PNG).upload_ok(client)
}

fn file_attributes(filename: &str) -> String {
    format!("; name=\"file\"; filename=\"{filename}\";")
}

/// Asserts that the signature does not match. Returns the body in the message that the platform verified.
#[track_caller]
fn body_in_signed_message(reply: &Reply) -> String {
    let detail = &reply.assert_unsigned().assert_error(401, "SIGN_ERROR").json["detail"];
    let message = detail["sign_information"]["truncated_sign_message"].as_str().unwrap();
    message.splitn(5, '\n').nth(4).unwrap().to_owned()
}

#[test]
fn an_uploaded_image_gets_a_url_and_is_stored() {
    let client = Client::new();
    let jpg: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF";
    let bmp: &[u8] = b"BM\x46\x00\x00\x00";
    let mut uploads = Vec::new();
    for (filename, content) in
        [("a.jpg", jpg), ("b.png", PNG), ("c.bmp", bmp), ("D.PNG", PNG), ("代金券 logo.JPG", jpg)]
    {
        let url = Upload::new(filename, content).upload_ok(&client);
        assert!(url.starts_with("https://wxpaylogo.qpic.cn/wxpaylogo/") && url.ends_with("/0"), "{url}");
        assert!(url.len() <= 256);
        uploads.push(json!({ "media_url": url, "sha256": sha256(content), "size": content.len() }));
    }
    assert_eq!(client.export()["images"], json!(uploads));
}

#[test]
fn the_signed_part_is_that_of_the_official_example() {
    const KEY: &str = include_str!("../../../conformance/vectors/official_test_merchant_key_pkcs1.pem");
    let vectors: Value =
        serde_json::from_str(include_str!("../../../conformance/vectors/vectors.json")).unwrap();
    let vector = &vectors["requests"][0];
    assert_eq!(vector["name"], "favor_image_upload");
    let mut client = Client::new();
    client.now = vector["timestamp"].as_str().unwrap().parse().unwrap();
    let meta = vector["body"].as_str().unwrap();
    let upload = Upload::with_parts(meta, "; name=\"meta\"", &file_attributes("wechatpay_logo.png"), PNG);
    // The example uses another merchant's key. The error shows the message that should have been signed.
    let mut call = Call::new("POST", vector["url"].as_str().unwrap(), "");
    call.timestamp = client.now.to_string();
    call.nonce = vector["nonce_str"].as_str().unwrap().to_owned();
    let mut request = upload.request();
    request.headers_mut().insert("authorization", HeaderValue::from_str(&call.authorization()).unwrap());
    let reply = client.raw(request);
    assert_eq!(body_in_signed_message(&reply), format!("{}\n", &meta[..8]));
    let seen = &reply.json["detail"]["sign_information"];
    let shown = seen["truncated_sign_message"].as_str().unwrap();
    let message = format!("{}{meta}\n", shown.strip_suffix(&format!("{}\n", &meta[..8])).unwrap());
    assert_eq!(seen["sign_message_length"], message.len());
    let signature = load_signing_key(&PROVIDER, KEY).unwrap().sign(message.as_bytes()).unwrap();
    assert_eq!(STANDARD.encode(signature), vector["signature"]);
}

#[test]
fn a_signature_of_other_bytes_than_the_meta_part_is_rejected() {
    let client = Client::new();
    let meta = format!("{}\n", meta("a.png", PNG));
    let mut upload = Upload::new("a.png", PNG);
    for signed in [Vec::new(), upload.body.clone(), PNG.to_vec(), meta.trim_end().replace(':', ": ").into()] {
        upload.signed = signed;
        let reply = upload.send(&client);
        assert_eq!(body_in_signed_message(&reply), format!("{}\n", &meta[..8]));
        let code = &reply.json["detail"]["sandbox"]["diagnosis"][0]["code"];
        assert!(["H2", "H8", "H4"].map(Value::from).contains(code), "{reply:?}");
    }
    assert_eq!(client.export()["images"], json!([]));
}

#[test]
fn a_meta_part_with_a_filename_is_ignored() {
    let client = Client::new();
    for attributes in ["; name=\"meta\"; filename=\"meta.json\"", "; filename=\"\"; name=\"meta\";"] {
        let upload = Upload::with_parts(&meta("a.png", PNG), attributes, &file_attributes("a.png"), PNG);
        let reply = upload.send(&client);
        assert_eq!(body_in_signed_message(&reply), "\n", "{attributes}");
        let message = reply.json["message"].as_str().unwrap();
        assert!(message.contains("boundary") && message.contains("meta"), "{message}");
    }
    // With a signature of an empty body, the request is authenticated but has no meta part.
    let mut upload =
        Upload::with_parts("{}", "; name=\"meta\"; filename=\"meta\"", &file_attributes("a.png"), PNG);
    upload.signed.clear();
    upload.send(&client).assert_param_error();
}

#[test]
fn all_valid_variants_of_a_form_are_accepted() {
    let client = Client::new();
    let new = || Upload::new("a.png", PNG);
    let with_content_type = |content_type: &str| Upload { content_type: content_type.to_owned(), ..new() };
    let with_boundary = |boundary: &str, quoted: &str| {
        let mut upload = new();
        for (from, to) in [("--boundary", "--@"), ("--@", &format!("--{boundary}"))] {
            for _ in 0..3 {
                upload = upload.replace(from, to);
            }
        }
        upload.content_type = format!("multipart/form-data; boundary={quoted}");
        upload
    };
    let meta = meta("a.png", PNG);
    let with_attributes = |meta_attributes: &str, file_attributes: &str| {
        Upload::with_parts(&meta, meta_attributes, file_attributes, PNG)
    };
    for (name, upload) in [
        ("as documented", new()),
        ("quoted boundary", with_content_type("multipart/form-data; boundary=\"boundary\"")),
        (
            "other case, other parameters",
            with_content_type("Multipart/Form-Data; charset=utf-8 ; BOUNDARY=boundary ;"),
        ),
        ("odd boundary", with_boundary("a:b (c)?='/,+_.", "\"a:b (c)?='/,+_.\"")),
        ("dashes", with_boundary("--------------------------1", "--------------------------1")),
        ("Go's semicolons", with_attributes("; name=\"meta\";", "; name=\"file\"; filename=\"a.png\"")),
        ("no semicolons", with_attributes("; name=\"meta\"", "; name=\"file\"; filename=\"a.png\"")),
        ("tokens", with_attributes("; name=meta", ";name=file;filename=a.png")),
        ("spaces", with_attributes(" ;  name = \"meta\" ; ", " ; filename=\"a.png\" ;name=\"file\" ; ")),
        ("other case", with_attributes("; NAME=\"meta\"", "; Name=\"file\"; FileName=\"a.png\"")),
        (
            "filename*",
            with_attributes(
                "; name=\"meta\"; filename*=x",
                "; name=\"file\"; filename=\"a.png\"; filename*=x",
            ),
        ),
        ("header's case", new().replace("Content-Disposition: form-data", "content-disposition:Form-Data")),
        ("more headers", new().replace("Content-Type: image/jpg", "Content-Length: 1\r\nX: y")),
        ("preamble", new().replace("--boundary", "This is a form.\r\n--boundary2\r\n--boundary")),
        ("padding", new().replace("--boundary\r\n", "--boundary \t \r\n")),
        ("epilogue", new().replace("--boundary--\r\n", "--boundary-- that was it \r\n--boundary\r\n")),
        ("no last line end", new().replace("--boundary--\r\n", "--boundary--")),
        (
            "another part",
            new().replace(
                "--boundary\r\n",
                "--boundary\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n--boundary\r\n\r\n\
                 \r\n--boundary\r\n",
            ),
        ),
    ] {
        let reply = upload.send(&client);
        assert_eq!(reply.status, 200, "{name}: {reply:?}");
    }
}

#[test]
fn quotes_and_backslashes_in_a_filename_may_be_escaped() {
    let client = Client::new();
    for (filename, written) in [
        (r#"a"b.png"#, r#"a\"b.png"#),
        (r"a\b.png", r"a\\b.png"),
        // Old browsers send unescaped paths.
        (r"C:\x\a.png", r"C:\x\a.png"),
        ("a;b=c.png", "a;b=c.png"),
    ] {
        let meta = meta(filename, PNG);
        Upload::with_parts(&meta, "; name=\"meta\"", &file_attributes(written), PNG).upload_ok(&client);
    }
}

#[test]
fn the_file_content_is_not_changed() {
    let client = Client::new();
    for content in [
        &b"BM"[..],
        b"BM\r\n",
        b"BM\r\n\r\n",
        b"BM\r\n--boundar",
        b"BM\r\n--boundary2",
        b"BM\r\n--boundary-\r\n",
        b"BM\r\n--boundary \tx\r\n",
        b"BM\n--boundary--\n",
        b"BM--boundary--",
        b"BM\r\r\r\n\r",
        b"BM\0\xff\xfe\x80",
    ] {
        Upload::new("a.bmp", content).upload_ok(&client);
        let image = client.export()["images"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&image["sha256"], &image["size"]), (&json!(sha256(content)), &json!(content.len())));
    }
}

#[test]
fn the_order_of_the_parts_does_not_matter() {
    let client = Client::new();
    let meta = meta("a.bmp", b"BM");
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bmp\"\r\n\r\nBM\r\n\
         --b\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\n{meta}\r\n--b--"
    );
    let content_type = "multipart/form-data; boundary=b".to_owned();
    Upload { content_type, body: body.into_bytes(), signed: meta.into_bytes() }.upload_ok(&client);
}

#[test]
fn an_invalid_meta_part_is_rejected() {
    let client = Client::new();
    let good = sha256(PNG);
    for (meta, status, field) in [
        ("".to_owned(), 400, json!("")),
        ("[]".to_owned(), 400, json!("")),
        (json!({ "sha256": good }).to_string(), 400, json!("/filename")),
        (json!({ "filename": "", "sha256": good }).to_string(), 400, json!("/filename")),
        (json!({ "filename": 1, "sha256": good }).to_string(), 400, json!("/filename")),
        (json!({ "filename": "a.gif", "sha256": good }).to_string(), 400, json!("/filename")),
        (json!({ "filename": "a.jpeg", "sha256": good }).to_string(), 400, json!("/filename")),
        (json!({ "filename": "a.png" }).to_string(), 400, json!("/sha256")),
        (json!({ "filename": "a.png", "sha256": null }).to_string(), 400, json!("/sha256")),
        (json!({ "filename": "a.png", "sha256": sha256(b"") }).to_string(), 403, Value::Null),
        (json!({ "filename": "b.png", "sha256": good }).to_string(), 403, Value::Null),
        (json!({ "filename": "a.png", "sha256": good[1..] }).to_string(), 403, Value::Null),
    ] {
        let reply =
            Upload::with_parts(&meta, "; name=\"meta\"", &file_attributes("a.png"), PNG).send(&client);
        let code = if status == 400 { "PARAM_ERROR" } else { "REQUEST_BLOCKED" };
        assert_eq!(reply.assert_error(status, code).json["detail"]["field"], field, "{meta}");
        assert_eq!(reply.signer, Some(Signer::PublicKey));
    }
    for (length, accepted) in [(128, true), (129, false)] {
        let name = format!("{}.png", "券".repeat(length - 4));
        let reply = Upload::new(&name, PNG).send(&client);
        assert_eq!(reply.status, if accepted { 200 } else { 400 }, "{reply:?}");
    }
    let upper = json!({ "filename": "a.png", "sha256": good.to_uppercase() }).to_string();
    Upload::with_parts(&upper, "; name=\"meta\"", &file_attributes("a.png"), PNG).upload_ok(&client);
}

#[test]
fn an_invalid_file_is_rejected() {
    let client = Client::new();
    let issue = |reply: &Reply| reply.json["message"].as_str().unwrap().to_owned();
    let reply = Upload::new("a.png", b"").send(&client);
    assert_eq!(issue(reply.assert_error(400, "PARAM_ERROR")), "图片文件为空");
    // A part without a filename is not a file.
    for attributes in
        ["; name=\"file\"", "; name=\"image\"; filename=\"a.png\"", "; name=\"file\"; filename*=a.png"]
    {
        let reply = Upload::with_parts(&meta("a.png", PNG), "; name=\"meta\"", attributes, PNG).send(&client);
        assert_eq!(issue(reply.assert_error(400, "PARAM_ERROR")), "图片文件为空", "{attributes}");
    }
    for content in [&b"GIF89a"[..], b"B", b"\xff\xd8", b"\x89PNG", b"%PDF-1.7", b" BM"] {
        let reply = Upload::new("a.png", content).send(&client);
        assert_eq!(issue(reply.assert_error(403, "REQUEST_BLOCKED")), "未知图片类型");
    }
    let reply = Upload::with_parts(&meta("a.png", PNG), "; name=\"meta\"", &file_attributes("a.png"), b"BM")
        .send(&client);
    assert_eq!(issue(reply.assert_error(403, "REQUEST_BLOCKED")), "图片meta信息不一致");

    let mut large = PNG.to_vec();
    large.resize(LIMIT, 0);
    Upload::new("a.png", &large).upload_ok(&client);
    large.push(0);
    Upload::new("a.png", &large).send(&client).assert_param_error();
    assert_eq!(client.count("images"), 1);
}

#[test]
fn an_invalid_form_has_no_meta_part() {
    let client = Client::new();
    let new = || Upload::new("a.png", PNG);
    let with_content_type = |content_type: &str| Upload { content_type: content_type.to_owned(), ..new() };
    for upload in [
        with_content_type("application/json"),
        with_content_type("multipart/form-data"),
        with_content_type("multipart/form-data; boundary="),
        with_content_type("multipart/form-data; boundary=other"),
        with_content_type("multipart/form-data; boundary=bound"),
        with_content_type(&format!("multipart/form-data; boundary={}", "b".repeat(71))),
        with_content_type("multipart/mixed; boundary=boundary"),
        new().replace("--boundary--\r\n", "--boundary"),
        new().replace("--boundary--\r\n", ""),
        new().replace("Content-Type: image/jpg", "no header"),
        new().replace("Content-Type: image/jpg", &format!("X: {}", "x".repeat(10_000))),
    ] {
        let reply = upload.send(&client);
        assert_eq!(body_in_signed_message(&reply), "\n", "{}", upload.content_type);
        // The text explains why the signature cannot be right.
        let message = reply.json["message"].as_str().unwrap();
        assert!(message.contains("boundary") && message.contains("meta"), "{message}");
    }
    for content_type in ["application/json", "multipart/form-data", "multipart/form-data; boundary=other"] {
        let mut upload = with_content_type(content_type);
        upload.signed.clear();
        let reply = upload.send(&client);
        assert!(reply.assert_param_error()["issue"].as_str().unwrap().contains("boundary"), "{reply:?}");
    }
}

#[test]
fn any_bytes_get_a_response() {
    let client = Client::new();
    let whole = Upload::new("a.png", PNG);
    let request = whole.request();
    let meta = whole.body.windows(whole.signed.len()).position(|window| window == whole.signed).unwrap();
    let meta = meta..meta + whole.signed.len();
    let assert_response = |body: Vec<u8>, content_type: &str| {
        let mut request = request.clone();
        // Signed again, so that a changed meta part is read and not refused.
        if body.len() == whole.body.len() && body[meta.clone()] != whole.signed {
            let signed = body[meta.clone()].to_vec();
            request = Upload { signed, content_type: String::new(), body: Vec::new() }.request();
        }
        *request.body_mut() = body.into();
        request
            .headers_mut()
            .insert("content-type", HeaderValue::from_bytes(content_type.as_bytes()).unwrap());
        assert!([200, 400, 401, 403].contains(&client.raw(request).status));
    };
    for length in 0..whole.body.len() {
        assert_response(whole.body[..length].to_vec(), &whole.content_type);
        assert_response(whole.body[length..].to_vec(), &whole.content_type);
        for byte in *b"\r\n-;\"=\\:\0\xff" {
            let mut body = whole.body.clone();
            body[length] = byte;
            assert_response(body, &whole.content_type);
        }
    }
    for content_type in [
        "",
        ";",
        "=",
        ";;==",
        "multipart/form-data;boundary=\"",
        "multipart/form-data;boundary=\"\\",
        "\u{ff};\"\"",
    ] {
        assert_response(whole.body.clone(), content_type);
    }
    // Bodies of the maximum size that would take quadratic time in a parser that backtracks.
    for piece in [
        "\r",
        "\r\n",
        "\r\n\r\n",
        "\r\n--boundary",
        "\r\n--boundary ",
        "\r\n--boundary\r\n",
        "--boundary\r\n",
        "a:b\r\n",
    ] {
        let head = "--boundary\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\n{}";
        let body = [head, &piece.repeat(4 * 1024 * 1024 / piece.len())].concat();
        assert_response(body.clone().into_bytes(), &whole.content_type);
        assert_response(body.into_bytes()[head.len()..].to_vec(), &whole.content_type);
    }
}
