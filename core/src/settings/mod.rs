//! Settings from the environment, a vault or a file: a [`Client`](crate::Client) from names and values.
//!
//! This crate reads no environment and no file. [`Settings::from_source`] asks a function for each name, and another
//! one for the content of each file. The drivers have `Client::from_env`, which reads the environment, and
//! `Client::from_settings` for every other source.
//!
//! | name | value | required |
//! |---|---|---|
//! | `WECHATPAY_MCHID` | merchant number (商户号) | yes, unless the certificate is given and contains it |
//! | `WECHATPAY_SERIAL_NO` | serial number of the merchant's certificate (商户 API 证书序列号) | yes, unless the certificate is given |
//! | `WECHATPAY_PRIVATE_KEY` | the merchant's private key, `apiclient_key.pem` (商户 API 私钥) | yes |
//! | `WECHATPAY_CERT` | the merchant's certificate, `apiclient_cert.pem` (商户 API 证书): merchant number and serial number are taken from it, or compared with it, and the private key must belong to it | no |
//! | `WECHATPAY_PUBLIC_KEY_ID` | ID of WeChat Pay's public key (微信支付公钥 ID) | together with the public key |
//! | `WECHATPAY_PUBLIC_KEY` | WeChat Pay's public key, `pub_key.pem` (微信支付公钥) | one of these three |
//! | `WECHATPAY_PLATFORM_CERT` | WeChat Pay's certificate (微信支付平台证书) | one of these three |
//! | `WECHATPAY_API_V3_KEY` | APIv3 key (APIv3 密钥), which decrypts callbacks and platform certificates | one of these three |
//! | `WECHATPAY_BASE_URL` | main host; WeChat Pay's if not set | no |
//! | `WECHATPAY_BACKUP_URL` | host for retries; none if not set. WeChat Pay's exactly if the main host is | no |
//! | `WECHATPAY_INSECURE_HTTP` | `1` or `true` accepts plain http beyond loopback, see [`BaseUrl::insecure_http`](crate::BaseUrl::insecure_http) | no |
//! | `WECHATPAY_CA` | certificates that replace the driver's root certificates for TLS | no |
//! | `WECHATPAY_PROXY` | proxy: `http://host:port` or `http://user:password@host:port`, where special characters are percent-encoded | no |
//! | `WECHATPAY_APPID` | appid of the users; for your program | no |
//!
//! Each of `PRIVATE_KEY`, `CERT`, `PUBLIC_KEY`, `PLATFORM_CERT` and `CA` holds the content itself. Alternatively the
//! same name with `_FILE` at its end holds the path of a file with the content. Setting both is an error. An empty value
//! counts as not set, and white space around a value is ignored.
//!
//! ```
//! # #[cfg(feature = "rustcrypto")] {
//! use std::collections::HashMap;
//!
//! use wechatpay_core::Settings;
//! use wechatpay_core::crypto::rustcrypto::PROVIDER;
//!
//! # let private_key_pem = include_str!("../../../tests/conformance/vectors/official_test_merchant_key_pkcs1.pem");
//! # let public_key_pem = include_str!("../../../tests/conformance/vectors/doc_example_platform_key.pem");
//! let vault = HashMap::from([
//!     ("WECHATPAY_MCHID", "1900007291"),
//!     ("WECHATPAY_SERIAL_NO", "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"),
//!     ("WECHATPAY_PRIVATE_KEY", private_key_pem),
//!     ("WECHATPAY_PUBLIC_KEY_ID", "PUB_KEY_ID_0000000000000024101100397200000006"),
//!     ("WECHATPAY_PUBLIC_KEY", public_key_pem),
//! ]);
//! let settings = Settings::from_source(|name| vault.get(name).copied(), |path| std::fs::read(path))?;
//! let client = settings.client(&PROVIDER)?;
//! assert_eq!(client.merchant().mchid().as_str(), "1900007291");
//! # }
//! # Ok::<(), wechatpay_core::SettingsError>(())
//! ```

mod content;
mod error;
mod keys;
mod loaded;
mod names;
mod proxy;
mod reader;

pub use error::{SettingProblem, SettingsError};
pub use loaded::Settings;
pub use proxy::Proxy;
