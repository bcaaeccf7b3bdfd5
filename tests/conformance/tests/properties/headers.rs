//! No value of a merchant, a key or an operation can inject anything into headers or forms.

use wechatpay_conformance::bare::Get;
use wechatpay_core::crypto::insecure::{AcceptAll, Checksum};

use crate::*;

/// A key that returns these bytes as every signature.
struct FixedSignature(Vec<u8>);

impl SigningKey for FixedSignature {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(self.0.clone())
    }
}

/// Texts that match `plain`, partly with characters that could break a header, and some arbitrary texts.
fn hostile(plain: &'static str) -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\r\n",
        "\r\nX-Evil: 1",
        "\n",
        "\r",
        "\0",
        "\"",
        "\\\"",
        "\",signature=\"",
        ",",
        "; ",
        " ",
        "\t",
        "=",
        "\u{7f}",
        "é",
        "代",
        "\u{85}",
        "\u{2028}",
        "０",
    ]);
    let with_piece =
        (plain, piece, plain).prop_map(|(before, piece, after)| format!("{before}{piece}{after}"));
    prop_oneof![4 => plain.prop_map(String::from), 3 => with_piece, 1 => any::<String>()]
}

fn signature() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(any::<u8>(), 1..600),
        any::<u8>().prop_map(|byte| vec![byte; 10_000]),
    ]
}

/// Checks that the request has exactly these headers, each once, without line breaks in values.
fn check_header_names(request: &Request<Bytes>, names: &[&str]) -> Result<(), TestCaseError> {
    let mut found: Vec<&str> = request.headers().iter().map(|(name, _)| name.as_str()).collect();
    found.sort_unstable();
    prop_assert_eq!(found, names);
    for (name, value) in request.headers() {
        prop_assert!(!value.as_bytes().iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "{name}");
    }
    Ok(())
}

/// Checks the five fields of the `Authorization` header.
fn check_authorization(
    request: &Request<Bytes>,
    (mchid, serial_no): (&str, &str),
    stamp: Stamp,
    signature: &[u8],
) -> Result<(), TestCaseError> {
    let header = request.headers()["authorization"].as_bytes();
    let fields = reader::authorization(header).map_err(TestCaseError::fail)?;
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    prop_assert_eq!(
        fields,
        [
            ("mchid", mchid),
            ("nonce_str", stamp.nonce.as_str()),
            ("serial_no", serial_no),
            ("signature", &STANDARD.encode(signature)),
            ("timestamp", &stamp.unix_seconds.to_string()),
        ]
    );
    Ok(())
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn no_merchant_value_can_inject_into_the_authorization_header(
        mchid in hostile("[0-9]{1,20}"), serial in hostile("[0-9A-Fa-f]{1,64}"), signature in signature(), stamp: Stamp,
        any_time: Option<u64>,
    ) {
        let stamp = Stamp { unix_seconds: any_time.unwrap_or(stamp.unix_seconds), ..stamp };
        // The documentation says that a merchant number consists of digits, and a certificate's serial number is
        // hexadecimal, of at most 20 bytes (RFC 5280). White space and separators do not count.
        let plain = !mchid.is_empty() && mchid.bytes().all(|byte| byte.is_ascii_digit())
            && !serial.is_empty() && serial.bytes().all(|byte| byte.is_ascii_hexdigit());
        let merchant = Merchant::with_key(mchid.as_str().into(), &serial, Arc::new(FixedSignature(signature.clone())));
        let Ok(merchant) = merchant else {
            prop_assert!(!plain || serial.trim_start_matches('0').len() > 40, "{:?} {:?}", mchid, serial);
            return Ok(());
        };
        let (given, given_serial) = (mchid, serial);
        let (mchid, serial) = (merchant.mchid().as_str().to_owned(), merchant.serial_no().to_owned());
        prop_assert!(!mchid.is_empty() && mchid.bytes().all(|byte| byte.is_ascii_digit()));
        prop_assert!(given.contains(&mchid));
        prop_assert!((1..=20).any(|bytes| serial.len() == 2 * bytes));
        prop_assert!(serial.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F')));
        if plain {
            prop_assert_eq!(&mchid, &given);
            prop_assert_eq!(number(&serial), number(&given_serial));
        }
        let client = Client::new(merchant, PlatformKeys::new()).unwrap();
        let operation = QueryCallback::new("1900000001".into());
        let request = client.request(&operation, stamp).unwrap();
        check_header_names(&request, &["accept", "authorization", "user-agent"])?;
        check_authorization(&request, (&mchid, &serial), stamp, &signature)?;

        let attached = client.unsigned(&operation, stamp).unwrap().attach(&signature).unwrap();
        prop_assert_eq!(attached.headers(), request.headers());
    }

    #[test]
    fn no_key_id_can_inject_into_the_serial_header(serial in hostile("[!-~]{1,130}")) {
        let keys = PlatformKeys::new();
        let possible = (1..=128).contains(&serial.len()) && serial.bytes().all(|byte| byte.is_ascii_graphic());
        prop_assert_eq!(keys.add_key(&serial, Arc::new(AcceptAll)).is_ok(), possible);
        let request = client(keys).request(&QueryCallback::new("1900000001".into()), stamp()).unwrap();
        if possible {
            check_header_names(&request, &["accept", "authorization", "user-agent", "wechatpay-serial"])?;
            let sent = request.headers()["wechatpay-serial"].to_str().unwrap();
            match serial.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                true => prop_assert_eq!(number(sent), number(&serial)),
                false => prop_assert_eq!(sent, serial),
            }
        } else {
            check_header_names(&request, &["accept", "authorization", "user-agent"])?;
        }
    }

    #[test]
    fn no_public_key_id_can_inject_into_the_serial_header(id in hostile("(PUB_KEY_ID_)?[0-9]{0,40}")) {
        let keys = PlatformKeys::new();
        let added = keys.add_public_key(&PROVIDER, &id, RESPONSE_KEY);
        let request = client(keys).request(&QueryCallback::new("1900000001".into()), stamp()).unwrap();
        let plain = id.strip_prefix("PUB_KEY_ID_")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
        prop_assert!(added.is_ok() || !plain);
        match added {
            Ok(()) => {
                let sent = request.headers()["wechatpay-serial"].to_str().unwrap();
                prop_assert!(sent.starts_with("PUB_KEY_ID_") && (!plain || sent == id), "{sent}");
            }
            Err(_) => check_header_names(&request, &["accept", "authorization", "user-agent"])?,
        }
    }

    /// Operations defined outside the core may name any serial number.
    #[test]
    fn no_operation_can_inject_into_the_serial_header(serial in hostile("[!-~]{1,130}")) {
        let request = client(PlatformKeys::new()).request(&Get { serial: Some(serial.clone()), ..Get::new("/") }, stamp());
        // RFC 9110, 5.5.
        let possible = serial.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..));
        match request {
            Ok(request) => {
                prop_assert!(possible);
                check_header_names(&request, &["accept", "authorization", "user-agent", "wechatpay-serial"])?;
                prop_assert_eq!(request.headers()["wechatpay-serial"].as_bytes(), serial.as_bytes());
            }
            Err(error) => prop_assert!(!possible && matches!(error, BuildError::Http(_)), "{error:?}"),
        }
    }

    #[test]
    fn no_image_value_can_inject_into_the_form(
        image in any_arbitrary::<UploadMarketingImage>(), stem in hostile("[ !#-\\[\\]-~]{1,30}"),
        kind in hostile("[!-~]{1,40}"), content: Vec<u8>,
    ) {
        let mut image = image;
        let filename = format!("{stem}.png");
        (image.meta.filename, image.file.filename) = (filename.clone(), filename.clone());
        image.file.content_type = kind.clone();
        let head: &[u8] = if content.first().is_some_and(|byte| byte % 16 == 0) { b"" } else { b"\x89PNG\r\n\x1a\n" };
        let content = [head, &content, b"\r\n--file-", &image.meta.sha256.as_bytes()[..8]].concat();
        image.file.content = content.clone().into();
        let possible = filename.len() <= 128 && kind.bytes().all(|byte| byte.is_ascii_graphic()) && !kind.is_empty()
            && filename.bytes().all(|byte| matches!(byte, b' '..=b'~') && !b"\"\\".contains(&byte));
        match client(PlatformKeys::new()).request(&image, stamp()) {
            Ok(request) => {
                prop_assert!(possible, "{:?} {:?}", filename, kind);
                check_header_names(&request, &["accept", "authorization", "content-type", "user-agent"])?;
                let outer = request.headers()["content-type"].to_str().unwrap();
                let parts = reader::multipart(outer, request.body()).map_err(TestCaseError::fail)?;
                prop_assert_eq!(parts.len(), 2);
                prop_assert_eq!(
                    &parts[0].head,
                    &["Content-Disposition: form-data; name=\"meta\";", "Content-Type: application/json"]
                );
                let meta: serde_json::Value = serde_json::from_slice(parts[0].content).unwrap();
                prop_assert_eq!(meta, serde_json::json!({ "filename": filename, "sha256": image.meta.sha256 }));
                let disposition = format!("Content-Disposition: form-data; name=\"file\"; filename=\"{filename}\";");
                prop_assert_eq!(&parts[1].head, &[disposition, format!("Content-Type: {kind}")]);
                prop_assert_eq!(parts[1].content, content);
            }
            Err(BuildError::Field(field)) => {
                let named = ["filename", "file.filename", "file.content_type", "file"].contains(&field.field());
                prop_assert!(named && (!possible || head.is_empty()), "{field}");
            }
            Err(error) => prop_assert!(false, "{error:?}"),
        }
    }
}

/// The significant digits of a hexadecimal number.
fn number(digits: &str) -> String {
    digits.trim_start_matches('0').to_ascii_uppercase()
}

fn client(keys: PlatformKeys) -> Client {
    Client::new(Merchant::with_key(MCHID.into(), SERIAL_NO, Arc::new(Checksum)).unwrap(), keys).unwrap()
}
