//! Any response with platform certificates: keys change only with a response that verifies, and only the certificates
//! in it are added.
#![no_main]

use std::sync::Arc;

use arbitrary::Arbitrary;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Response};
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use wechatpay_core::crypto::insecure::AcceptAll;
use wechatpay_core::{DownloadCertificates, Error};
use wechatpay_fuzz::{
    CERTIFICATE, CERTIFICATE_SERIAL, NOW, Only, SERIAL, Signature, client, is_well_signed, message, show,
};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    signature: Signature<'a>,
    /// Whether the signature names the certificate that may be in the response.
    by_certificate: bool,
    body: Body<'a>,
}

#[derive(Debug, Arbitrary)]
enum Body<'a> {
    Raw(&'a [u8]),
    List(Vec<Entry<'a>>),
}

/// A certificate in the response. The insecure provider does not encrypt.
#[derive(Debug, Arbitrary)]
struct Entry<'a> {
    serial: Option<&'a str>,
    associated_data: Option<&'a str>,
    /// The certificate, a changed certificate, or any other content.
    content: Content<'a>,
}

#[derive(Debug, Arbitrary)]
enum Content<'a> {
    Whole,
    /// One byte of the DER encoding is changed, so that the result is still PEM.
    Changed {
        at: u16,
        to: u8,
    },
    Other(&'a [u8]),
}

impl Entry<'_> {
    fn json(&self) -> serde_json::Value {
        let content = match self.content {
            Content::Whole => CERTIFICATE.as_bytes().to_vec(),
            Content::Changed { at, to } => {
                let base64: String = CERTIFICATE.lines().filter(|line| !line.starts_with("--")).collect();
                let mut der = STANDARD.decode(base64).unwrap();
                let at = usize::from(at) % der.len();
                der[at] = to;
                let base64 = STANDARD.encode(der);
                format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n").into_bytes()
            }
            Content::Other(content) => content.to_vec(),
        };
        json!({
            "serial_no": self.serial.unwrap_or(CERTIFICATE_SERIAL),
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": "0123456789ab",
                "associated_data": self.associated_data.unwrap_or("certificate"),
                "ciphertext": STANDARD.encode([&content[..], &[0; 16]].concat()),
            },
        })
    }
}

fuzz_target!(|input: Input<'_>| {
    let body = match &input.body {
        Body::Raw(body) => body.to_vec(),
        Body::List(list) => {
            json!({ "data": list.iter().map(Entry::json).collect::<Vec<_>>() }).to_string().into_bytes()
        }
    };
    let mut response = Response::new(Bytes::from(body));
    *response.headers_mut() = input.signature.headers();
    let well_signed = is_well_signed(response.headers());
    let by_known_key = well_signed && !input.by_certificate;
    if input.by_certificate {
        response.headers_mut().insert("wechatpay-serial", HeaderValue::from_static(CERTIFICATE_SERIAL));
    }
    let client = client(Only(message(response.headers(), response.body())));
    let before = client.platform().serials();
    match client.response(&DownloadCertificates, &response, NOW) {
        Ok(answer) => {
            assert!(answer.is_verified());
            let after = client.platform().serials();
            // Every key is known under one form of its serial number.
            let downloaded: Vec<_> =
                answer.iter().map(|certificate| certificate.serial_no.as_str()).collect();
            for serial in &after {
                assert!(before.contains(serial) || downloaded.contains(&serial.as_str()), "{serial}");
            }
            assert!(
                after.contains(&SERIAL.to_owned()),
                "the public key was removed, although public keys do not expire"
            );
            if !by_known_key {
                assert!(input.by_certificate && after.contains(&CERTIFICATE_SERIAL.to_owned()));
            }
            std::hint::black_box(format!("{answer:?} {client:?}"));
            // The downloaded certificates can be stored and loaded again.
            for certificate in answer.iter() {
                let keys = wechatpay_core::PlatformKeys::new();
                let provider = wechatpay_core::crypto::insecure::PROVIDER;
                assert_eq!(keys.add_certificate(&provider, &certificate.pem).unwrap(), certificate.serial_no);
                keys.add_key("other", Arc::new(AcceptAll)).unwrap();
            }
        }
        Err(error) => {
            show(&error);
            assert!(matches!(error, Error::Verify(_)), "{error:?}");
            assert_eq!(client.platform().serials(), before);
        }
    }
});
