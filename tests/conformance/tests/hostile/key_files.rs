//! The files that merchants have: each is read whatever its label and its text form, or is named. All files are made by
//! OpenSSL.

use wechatpay_core::error::KeyError;

use crate::openssl::OpenSsl;
use crate::*;

/// One key in all formats, and a certificate for it.
struct Files {
    pkcs8: String,
    pkcs1: String,
    spki: String,
    pkcs1_public: String,
    certificate: String,
    serial: String,
}

impl Files {
    fn new(openssl: &OpenSsl) -> Self {
        let pem = |command: &str| String::from_utf8(openssl.output(command)).unwrap();
        openssl.output("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out @key");
        openssl.output(
            "req -x509 -new -key @key -out @cert -days 3650 -utf8 -subj /CN=1900009191/O=微信支付商户系统/C=CN",
        );
        let serial = pem("x509 -in @cert -noout -serial");
        Self {
            pkcs8: pem("pkey -in @key"),
            pkcs1: pem("rsa -in @key -traditional"),
            spki: pem("pkey -in @key -pubout"),
            pkcs1_public: pem("rsa -in @key -RSAPublicKey_out"),
            certificate: pem("x509 -in @cert"),
            serial: serial.trim().strip_prefix("serial=").unwrap().to_owned(),
        }
    }

    fn all(&self) -> [(&'static str, &str); 5] {
        [
            ("PRIVATE KEY", &self.pkcs8),
            ("RSA PRIVATE KEY", &self.pkcs1),
            ("PUBLIC KEY", &self.spki),
            ("RSA PUBLIC KEY", &self.pkcs1_public),
            ("CERTIFICATE", &self.certificate),
        ]
    }
}

const PROVIDER: &CryptoProvider = PROVIDERS[1];

/// Loads a file with every function, and returns the errors by the function's name. What is accepted must be the key of
/// `files`, and those functions that read the same kind of file must agree.
fn errors(files: &Files, file: &[u8], what: &str) -> [(&'static str, Option<KeyError>); 6] {
    let signature = load_signing_key(PROVIDER, &files.pkcs8).unwrap().sign(b"message").unwrap();
    let signing =
        load_signing_key(PROVIDER, file).map(|key| assert_eq!(key.sign(b"message").unwrap(), signature));
    let merchant = Merchant::from_pem(PROVIDER, MCHID.into(), SERIAL_NO, file).map(drop);
    let certified = Merchant::from_certificate(PROVIDER, None, &files.certificate, file).map(drop);
    let verifying = load_verifying_key(PROVIDER, file).map(|key| key.verify(b"message", &signature).unwrap());
    let keys = PlatformKeys::new();
    let public = keys.add_public_key(PROVIDER, PUBLIC_KEY_ID, file);
    let certificate = keys.add_certificate(PROVIDER, file).map(|serial| assert_eq!(serial, files.serial));
    assert_eq!((signing.is_ok(), merchant.is_ok()), (merchant.is_ok(), certified.is_ok()), "{what}");
    assert_eq!(verifying.is_ok(), public.is_ok() || certificate.is_ok(), "{what}");
    let all = [
        ("load_signing_key", signing.err()),
        ("Merchant::from_pem", merchant.err()),
        ("Merchant::from_certificate", certified.err()),
        ("load_verifying_key", verifying.err()),
        ("add_public_key", public.err()),
        ("add_certificate", certificate.err()),
    ];
    let text = String::from_utf8_lossy(file);
    for error in all.iter().filter_map(|(_, error)| error.as_ref()) {
        let shown = format!("{error} {error:?}");
        assert!(shown.len() < 800, "{what}: {shown}");
        let lines = text.split(['\n', '\r', ' ']).filter(|line| line.len() > 30);
        lines.for_each(|line| assert!(!shown.contains(line), "{what}: {shown}"));
    }
    all
}

/// Fails unless exactly those functions that read this kind of file accept it.
fn assert_read(files: &Files, file: &[u8], kind: &str, what: &str) {
    let expected: &[_] = match kind {
        "PRIVATE KEY" | "RSA PRIVATE KEY" => {
            &["load_signing_key", "Merchant::from_pem", "Merchant::from_certificate"]
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => &["load_verifying_key", "add_public_key"],
        _ => &["load_verifying_key", "add_certificate"],
    };
    for (function, error) in errors(files, file, what) {
        assert_eq!(error.is_none(), expected.contains(&function), "{kind}, {what}, {function}: {error:?}");
    }
}

/// A PEM file as it is after various accidents.
fn variants(pem: &str) -> Vec<(String, Vec<u8>)> {
    let body: String = pem.lines().filter(|line| !line.starts_with("--")).collect();
    let der = STANDARD.decode(&body).unwrap();
    let utf16 = |unit: fn(u16) -> [u8; 2], bom: &str| -> Vec<u8> {
        format!("{bom}{pem}").encode_utf16().flat_map(unit).collect()
    };
    // "商户私钥" in GBK.
    let gbk = b"\xc9\xcc\xbb\xa7\xcb\xbd\xd4\xbf\n";
    let in_middle = |text: &str| pem.replacen("MII", &format!("M{text}II"), 1);
    let mut variants: Vec<(&str, Vec<u8>)> = vec![
        ("as it is", pem.into()),
        ("CRLF", pem.replace('\n', "\r\n").into()),
        ("CR", pem.replace('\n', "\r").into()),
        ("a byte order mark", format!("\u{feff}{pem}").into()),
        ("indented", pem.lines().map(|line| format!("    {line}\n")).collect::<String>().into()),
        ("indented with tabs", pem.lines().map(|line| format!("\t{line} \n")).collect::<String>().into()),
        ("blank lines", pem.replace('\n', "\n\n").into()),
        ("on one line", pem.replace('\n', "").into()),
        ("on one line with spaces", pem.replace('\n', " ").into()),
        ("GBK before", [gbk, pem.as_bytes()].concat()),
        ("GBK on the same line", [&gbk[..8], pem.as_bytes()].concat()),
        ("UTF-8 before and after", format!("商户私钥：\n{pem}\n— 完 —\n").into()),
        ("literal \\n", pem.replace('\n', "\\n").into()),
        ("literal \\r\\n", pem.replace('\n', "\\r\\n").into()),
        ("literal \\\\n", pem.replace('\n', "\\\\n").into()),
        ("JSON", json!(pem).to_string().into()),
        ("JSON of PHP", pem.replace('\n', "\\n").replace('/', "\\/").into()),
        ("JSON of .NET", pem.replace('\n', "\\n").replace('+', "\\u002B").into()),
        ("in an object", json!({ "key": pem }).to_string().into()),
        ("a list of lines", json!(pem.lines().collect::<Vec<_>>()).to_string().into()),
        ("double quotes", format!("\"{pem}\"").into()),
        ("single quotes", format!("'{}'", pem.trim()).into()),
        ("an assignment", format!("PRIVATE_KEY=\"{}\"\n", pem.replace('\n', "\\n")).into()),
        ("a no-break space inside", in_middle("\u{a0}").into()),
        ("a zero-width space inside", in_middle("\u{200b}").into()),
        ("a byte order mark inside", in_middle("\u{feff}").into()),
        ("an ideographic space inside", in_middle("\u{3000}").into()),
        ("no-break spaces in the label", pem.replace(' ', "\u{a0}").into()),
        ("dashes of an editor", pem.replace("-----", "\u{2014}\u{2014}-").into()),
        ("without padding", pem.replace('=', "").into()),
        ("base64 of the file", STANDARD.encode(pem).into()),
        ("wrapped base64 of the file", wrapped(&STANDARD.encode(pem)).into()),
        ("base64 of base64 of the file", STANDARD.encode(STANDARD.encode(pem)).into()),
        ("base64 without PEM lines", wrapped(&body).into()),
        ("base64 on one line", body.clone().into()),
        ("base64 with a byte order mark and quotes", format!("\u{feff}\"{body}\"\r\n").into()),
        ("base64 for URLs", body.replace('+', "-").replace('/', "_").replace('=', "").into()),
        ("DER", der),
        ("UTF-16LE", utf16(u16::to_le_bytes, "\u{feff}")),
        ("UTF-16BE", utf16(u16::to_be_bytes, "\u{feff}")),
        ("UTF-16LE without a mark", utf16(u16::to_le_bytes, "")),
        ("UTF-16BE without a mark", utf16(u16::to_be_bytes, "")),
        (
            "attributes before",
            format!("Bag Attributes\n    localKeyID: 01 02\nKey Attributes: <No Attributes>\n{pem}").into(),
        ),
        ("a prose line with BEGIN", format!("BEGIN of the key - BEGIN here -\n{pem}").into()),
    ];
    // As some programs write a header into the block.
    let (first, rest) = pem.split_once('\n').unwrap();
    variants.push(("a header", format!("{first}\nComment: my key\n\n{rest}").into()));
    let labels = [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "PUBLIC KEY",
        "RSA PUBLIC KEY",
        "CERTIFICATE",
        "EC PRIVATE KEY",
        "",
        "X",
    ];
    let own = first.trim_matches('-').strip_prefix("BEGIN ").unwrap();
    let named =
        labels.map(|label| (format!("with the label {label:?}"), pem.replace(own, label).into_bytes()));
    variants.into_iter().map(|(what, file)| (what.to_owned(), file)).chain(named).collect()
}

/// The content of a PEM file.
fn der(pem: &str) -> Vec<u8> {
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with("--")).collect::<String>()).unwrap()
}

#[test]
fn all_root_certificates_are_read_whatever_their_keys_or_none() {
    let Some(openssl) = OpenSsl::find() else { return };
    let files = Files::new(&openssl);
    openssl.output("ecparam -name prime256v1 -genkey -noout -out @ec");
    let ec = String::from_utf8(openssl.output("req -x509 -new -key @ec -subj /CN=ca")).unwrap();
    let rsa = &files.certificate;
    // A key between them is passed over, as a list of CAs may have other text and blocks.
    let bundle = [rsa, "a comment\n", &files.pkcs8, &ec].concat();
    assert_eq!(load_certificates(&bundle).unwrap(), [der(rsa), der(&ec)]);
    let file = openssl.output("x509 -in @cert -outform DER");
    assert_eq!(load_certificates(&file).unwrap(), [der(rsa)]);
    // One that cannot be read is not left out.
    let (first, _) = ec.split_at(ec.len() / 2);
    for (broken, problem) in [
        ([rsa.as_str(), first].concat(), "without its END line"),
        ([rsa.as_str(), &ec.replacen("MII", "", 1)].concat(), "certificate is malformed"),
        (rsa.replace("MII", "%%%"), "not valid base64"),
        (files.pkcs8.clone(), "found a private key"),
        (files.spki.clone(), "found a public key"),
        ("/etc/ssl/ca.pem".to_owned(), "what looks like a path"),
        (String::new(), "an empty file"),
    ] {
        let error = load_certificates(&broken).unwrap_err().to_string();
        assert!(error.contains(problem), "{problem}: {error}");
    }
}

fn wrapped(base64: &str) -> String {
    base64.as_bytes().chunks(76).map(|line| format!("{}\r\n", std::str::from_utf8(line).unwrap())).collect()
}

#[test]
fn every_form_of_a_key_or_certificate_is_read_by_all_functions() {
    let Some(openssl) = OpenSsl::find() else { return };
    let files = Files::new(&openssl);
    for (kind, pem) in files.all() {
        for (what, file) in variants(pem) {
            assert_read(&files, &file, kind, &what);
            // Root certificates for TLS are read in the same way.
            let certificates = load_certificates(&file);
            match kind {
                "CERTIFICATE" => assert_eq!(certificates.unwrap(), [der(pem)], "{what}"),
                _ => assert!(certificates.is_err(), "{kind}, {what}"),
            }
        }
    }
    // What `openssl pkcs12` prints: attributes, certificate and key.
    openssl.output("pkcs12 -export -inkey @key -in @cert -passout pass:1900009191 -out @p12");
    let printed = openssl.output("pkcs12 -in @p12 -nodes -passin pass:1900009191");
    for (function, error) in errors(&files, &printed, "pkcs12 -nodes") {
        assert_eq!(error.is_some(), function == "add_public_key", "{function}: {error:?}");
    }
    // The wanted block need not be the first.
    let all = files.all().map(|(_, pem)| pem).concat();
    let reversed: Vec<_> = files.all().into_iter().rev().map(|(_, pem)| pem).collect();
    for bundle in [all, reversed.concat()] {
        assert!(errors(&files, bundle.as_bytes(), "a bundle").iter().all(|(_, error)| error.is_none()));
    }
}

/// What each function should say of a file that it cannot use. An empty text stands for a file that it reads.
struct Named<'a> {
    file: &'a [u8],
    what: &'static str,
    private: &'static str,
    public: &'static str,
    certificate: &'static str,
}

#[test]
fn what_cannot_be_used_is_named() {
    let Some(openssl) = OpenSsl::find() else { return };
    let files = Files::new(&openssl);
    let same = |file, what, text| Named { file, what, private: text, public: text, certificate: text };

    let encrypted = openssl.output("pkcs8 -topk8 -in @key -passout pass:secret");
    let encrypted_der = openssl.output("pkcs8 -topk8 -in @key -passout pass:secret -outform DER");
    let traditional = openssl.output("rsa -in @key -aes128 -traditional -passout pass:secret");
    let pkcs12 = openssl.output("pkcs12 -export -inkey @key -in @cert -passout pass:1900009191");
    let pkcs12_base64 = STANDARD.encode(&pkcs12);
    openssl.output("ecparam -name prime256v1 -genkey -out @ec");
    let ec = std::fs::read(openssl.path("ec")).unwrap();
    let ec_pkcs8 = openssl.output("pkey -in @ec");
    let ec_public = openssl.output("pkey -in @ec -pubout");
    let ec_certificate = openssl.output("req -x509 -new -key @ec -subj /CN=1");
    openssl.output("genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out @pss");
    let pss = openssl.output("pkey -in @pss");
    let pss_public = openssl.output("pkey -in @pss -pubout");
    let pss_certificate = openssl.output("req -x509 -new -key @pss -subj /CN=1");
    let ed25519 = openssl.output("genpkey -algorithm ED25519");
    let request = openssl.output("req -new -key @key -subj /CN=1900009191");
    let small = openssl.output("genrsa 1024");
    openssl.write("small", &small);
    let small_public = openssl.output("rsa -in @small -pubout");
    let small_certificate = openssl.output("req -x509 -new -key @small -subj /CN=1");
    let pkcs7 = openssl.output("crl2pkcs7 -nocrl -certfile @cert");
    let spki_as_private = files.spki.replace("PUBLIC", "PRIVATE");
    let encrypted_bundle = [files.certificate.as_bytes(), &encrypted].concat();
    let path = b"/etc/wechatpay/apiclient_key.pem\n";

    const PSS: &str = "RSA-PSS (1.2.840.113549.1.1.10)";
    const PRIVATE: &str =
        "a private key; apiclient_key.pem is the merchant's private key and must be kept secret";
    const PUBLIC: &str = "a public key; the merchant's private key is apiclient_key.pem";
    const PUBLIC_AS_CERTIFICATE: &str = "PlatformKeys::add_public_key";
    const CERTIFICATE: &str = "apiclient_key.pem is its private key";
    const CERTIFICATE_AS_PUBLIC: &str = "a certificate; add a platform certificate with PlatformKeys::add_certificate; apiclient_cert.pem is the \
         merchant's own certificate and is not needed here";
    let named = [
        same(&encrypted, "PKCS#8, encrypted", "decrypt it first"),
        same(&encrypted_der, "PKCS#8 DER, encrypted", "decrypt it first"),
        same(&traditional, "Proc-Type", "decrypt it first"),
        same(&pkcs12, "PKCS#12", "whose password is the merchant number"),
        same(pkcs12_base64.as_bytes(), "PKCS#12 in base64", "openssl pkcs12"),
        same(&ec, "EC, SEC1", "WeChat Pay uses RSA"),
        Named { private: "EC (1.2.840.10045.2.1)", ..same(&ec_pkcs8, "EC, PKCS#8", PRIVATE) },
        Named {
            public: "EC (1.2.840.10045.2.1)",
            private: PUBLIC,
            ..same(&ec_public, "EC, SPKI", PUBLIC_AS_CERTIFICATE)
        },
        Named {
            private: CERTIFICATE,
            public: CERTIFICATE_AS_PUBLIC,
            ..same(&ec_certificate, "EC, certificate", "EC (1.2.840.10045.2.1)")
        },
        Named { private: PSS, ..same(&pss, "RSA-PSS, PKCS#8", PRIVATE) },
        Named { public: PSS, private: PUBLIC, ..same(&pss_public, "RSA-PSS, SPKI", PUBLIC_AS_CERTIFICATE) },
        Named {
            private: CERTIFICATE,
            public: CERTIFICATE_AS_PUBLIC,
            ..same(&pss_certificate, "RSA-PSS, certificate", PSS)
        },
        Named { private: "key algorithm another one", ..same(&ed25519, "Ed25519", PRIVATE) },
        same(&request, "a request", "a certificate request"),
        Named { private: "has 1024 bits", ..same(&small, "1024 bits", PRIVATE) },
        Named {
            public: "has 1024 bits",
            private: PUBLIC,
            ..same(&small_public, "1024 bits", PUBLIC_AS_CERTIFICATE)
        },
        Named {
            certificate: "has 1024 bits",
            private: CERTIFICATE,
            ..same(&small_certificate, "1024", CERTIFICATE_AS_PUBLIC)
        },
        same(&pkcs7, "PKCS#7", "openssl pkcs7 -print_certs"),
        Named { private: PUBLIC, public: "", ..same(files.spki.as_bytes(), "SPKI", PUBLIC_AS_CERTIFICATE) },
        Named {
            private: PUBLIC,
            public: "",
            ..same(spki_as_private.as_bytes(), "SPKI", PUBLIC_AS_CERTIFICATE)
        },
        Named { private: "", ..same(files.pkcs8.as_bytes(), "PKCS#8", PRIVATE) },
        Named {
            private: CERTIFICATE,
            certificate: "",
            ..same(files.certificate.as_bytes(), "cert", CERTIFICATE_AS_PUBLIC)
        },
        Named {
            private: "decrypt it first",
            certificate: "",
            ..same(&encrypted_bundle, "bundle", "decrypt it first")
        },
        same(path, "a path", "pass the content of the file"),
        same(b"C:\\cert\\apiclient_key.pem", "a path", "pass the content of the file"),
        same(b"", "nothing", "an empty file"),
        same(b"\xff\xfe", "nothing in UTF-16", "an empty file"),
        same(b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01", "JKS", "a Java keystore"),
        same(b"<html><body>404</body></html>", "HTML", "text without a \"-----BEGIN\" line"),
    ];
    for Named { file, what, private, public, certificate } in named {
        for (function, error) in errors(&files, file, what) {
            let expected = match function {
                "add_public_key" => public,
                "add_certificate" => certificate,
                // It may describe either.
                "load_verifying_key" => continue,
                _ => private,
            };
            match error {
                None => assert_eq!(expected, "", "{what}, {function}: accepted"),
                Some(error) => {
                    let error = error.to_string();
                    assert!(!expected.is_empty() && error.contains(expected), "{what}, {function}: {error}");
                }
            }
        }
    }
}

#[test]
fn truncated_files_are_never_read() {
    let Some(openssl) = OpenSsl::find() else { return };
    let files = Files::new(&openssl);
    for (kind, pem) in files.all() {
        let body: String = pem.lines().filter(|line| !line.starts_with("--")).collect();
        let der = STANDARD.decode(&body).unwrap();
        // Until the word END is incomplete. After it, nothing is missing that matters.
        let end = pem.find("END").unwrap();
        for (file, up_to) in
            [(pem.as_bytes(), end), (&der[..], der.len() - 1), (body.as_bytes(), body.len() - 4)]
        {
            for len in (0..up_to.min(64)).chain((64..up_to).step_by(53)).chain([up_to]) {
                let what = format!("{kind}, {len} bytes");
                for (function, error) in errors(&files, &file[..len], &what) {
                    let error = error.unwrap_or_else(|| panic!("{what} {function}: accepted")).to_string();
                    if len > 100 {
                        assert!(error.contains("truncated"), "{what} {function}: {error}");
                    }
                }
            }
        }
        // Lines are missing inside.
        let mut lines: Vec<&str> = pem.lines().collect();
        lines.remove(2);
        for (function, error) in errors(&files, lines.join("\n").as_bytes(), kind) {
            assert!(error.is_some(), "{kind} {function}");
        }
    }
}
