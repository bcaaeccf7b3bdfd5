//! Merchants from their certificate, which OpenSSL made.

use crate::*;

/// The merchant number in the certificate.
const CERTIFIED: &str = "1900009191";

/// Makes a key and a self-signed certificate for it.
fn certified(openssl: &OpenSsl, name: &str, subject: &str, more: &str) -> (Vec<u8>, Vec<u8>) {
    let key = openssl.output("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048");
    openssl.write(name, &key);
    let command = format!("req -x509 -new -key @{name} -days 3650 -utf8 -subj {subject}{more}");
    (openssl.output(&command), key)
}

/// The subject of an API certificate.
const SUBJECT: &str = "/CN=1900009191/O=微信支付商户系统/OU=测试商户/L=Shenzhen/C=CN";

fn load(mchid: Option<&str>, certificate: &[u8], key: &[u8]) -> Result<Merchant, KeyError> {
    let merchants = PROVIDERS
        .map(|provider| Merchant::from_certificate(provider, mchid.map(Mchid::from), certificate, key));
    let [first, others @ ..] = merchants;
    for other in others {
        assert_eq!(
            first.as_ref().map(Merchant::serial_no).ok(),
            other.as_ref().map(Merchant::serial_no).ok()
        );
        assert_eq!(first.as_ref().err(), other.as_ref().err());
    }
    first
}

#[test]
fn a_merchant_takes_its_serial_and_number_from_its_certificate() {
    let Some(openssl) = OpenSsl::find() else { return };
    let (certificate, key) = certified(&openssl, "key", SUBJECT, "");
    openssl.write("cert", &certificate);
    let printed = openssl.output("x509 -in @cert -noout -serial");
    let serial = std::str::from_utf8(&printed).unwrap().trim().strip_prefix("serial=").unwrap();
    for mchid in [None, Some(CERTIFIED), Some(" 1900009191\n")] {
        let merchant = load(mchid, &certificate, &key).unwrap();
        assert_eq!((merchant.mchid().as_str(), merchant.serial_no()), (CERTIFIED, serial));
    }
    // The same file for both, as `openssl pkcs12 -nodes` prints it.
    let both = [certificate.as_slice(), &key].concat();
    assert_eq!(load(None, &both, &both).unwrap().serial_no(), serial);
    // It signs, and its key is not accepted as the platform's.
    let merchant = load(None, &certificate, &key).unwrap();
    let client = Client::new(merchant, PlatformKeys::new()).unwrap();
    let message = client.unsigned(&QueryCallback::new(CERTIFIED.into()), stamp()).unwrap().message();
    let request = client.request(&QueryCallback::new(CERTIFIED.into()), stamp()).unwrap();
    let header = request.headers()["authorization"].to_str().unwrap();
    let (_, signature) = header.split_once("signature=\"").unwrap();
    let signature = STANDARD.decode(signature.trim_end_matches('"')).unwrap();
    load_verifying_key(PROVIDERS[0], &certificate).unwrap().verify(&message, &signature).unwrap();
    let added = client.platform().add_certificate(PROVIDERS[0], &certificate);
    assert!(matches!(added, Err(KeyError::MerchantKeyAsPlatformKey { .. })), "{added:?}");
}

/// Serial numbers are those of `openssl x509 -serial`: without the sign byte of DER, with two digits for each byte.
#[test]
fn serial_numbers_are_written_as_openssl_writes_them() {
    let Some(openssl) = OpenSsl::find() else { return };
    for serial in [
        "F08B15C24E1D8BD0F4F0A0B1C2D3E4F5A6B7C8D9",
        "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "0A1B2C3D4E5F60718293A4B5C6D7E8F901020304",
        "FF",
        "0A",
        "01",
    ] {
        let (certificate, key) = certified(&openssl, "key", SUBJECT, &format!(" -set_serial 0x{serial}"));
        openssl.write("cert", &certificate);
        let printed = openssl.output("x509 -in @cert -noout -serial");
        assert_eq!(String::from_utf8(printed).unwrap(), format!("serial={serial}\n"));
        assert_eq!(load(None, &certificate, &key).unwrap().serial_no(), serial);
        let keys = PlatformKeys::new();
        assert_eq!(keys.add_certificate(PROVIDERS[1], &certificate).unwrap(), serial);
        // Removed under any form of the number.
        assert!(keys.remove(&format!("00{}", serial.to_lowercase())));
    }
}

#[test]
fn what_does_not_fit_the_certificate_is_named() {
    let Some(openssl) = OpenSsl::find() else { return };
    let (certificate, key) = certified(&openssl, "key", SUBJECT, "");
    let (platform, other_key) = certified(&openssl, "other", "/CN=Tenpay.com/O=Tenpay.com/C=CN", "");
    let error = |mchid, certificate: &[u8], key: &[u8]| load(mchid, certificate, key).unwrap_err();

    for (certificate, key) in [(&certificate, &other_key), (&platform, &key)] {
        let error = error(None, certificate, key);
        assert_eq!(error, KeyError::KeyMismatch);
        let text = error.to_string();
        assert!(
            text.contains("does not belong to the certificate") && text.contains("one download"),
            "{text}"
        );
    }
    let other = error(Some("1900000001"), &certificate, &key);
    assert!(matches!(other, KeyError::Mchid { .. }), "{other:?}");
    assert_eq!(
        other.to_string(),
        "the merchant number is 1900000001, but the certificate is that of the merchant 1900009191"
    );
    // Without a number in the subject, it must be given.
    let none = error(None, &platform, &other_key);
    assert!(none.to_string().contains("merchant number (商户号) is missing"), "{none}");
    assert_eq!(load(Some(CERTIFIED), &platform, &other_key).unwrap().mchid().as_str(), CERTIFIED);
    let wrong = error(Some("wx1"), &certificate, &key);
    assert!(wrong.to_string().contains("appid"), "{wrong}");
    // The files are swapped.
    let swapped = error(None, &key, &certificate);
    assert!(
        swapped.to_string().contains("expected a certificate in PEM, but found a private key"),
        "{swapped}"
    );
}
