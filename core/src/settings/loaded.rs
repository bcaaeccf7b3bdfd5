use std::fmt;
use std::io;

use zeroize::Zeroizing;

use super::content::Content;
use super::error::{SettingProblem, SettingsError};
use super::names::{
    API_V3_KEY, APPID, BACKUP_URL, BASE_URL, CA, CERT, INSECURE_HTTP, MCHID, PLATFORM_CERT, PRIVATE_KEY,
    PROXY, PUBLIC_KEY, PUBLIC_KEY_ID, SERIAL_NO,
};
use super::proxy::Proxy;
use super::reader::Reader;
use crate::crypto::ApiV3Key;
use crate::operation::BaseUrl;
use crate::types::{Appid, InvalidField, Mchid};

/// The settings of one merchant. The [module](crate::settings) lists their names.
pub struct Settings {
    pub(super) mchid: Option<Mchid>,
    pub(super) serial_no: Option<String>,
    pub(super) private_key: Option<Content>,
    pub(super) certificate: Option<Content>,
    pub(super) public_key: Option<(Zeroizing<String>, Content)>,
    pub(super) platform_certificate: Option<Content>,
    pub(super) api_v3_key: Option<ApiV3Key>,
    pub(super) base_url: BaseUrl,
    pub(super) backup: Option<BaseUrl>,
    pub(super) ca: Option<Content>,
    pub(super) proxy: Option<Proxy>,
    pub(super) appid: Option<Appid>,
}

impl Settings {
    /// Reads the settings. `get` returns the value of a variable, and `read_file` the content of a file. The files are
    /// those that the variables ending in `_FILE` name. Their content and all values are wiped from memory after use,
    /// unless the functions keep copies.
    ///
    /// # Errors
    /// [`SettingsError`] with every variable that is missing, that has a value which can never be right, or whose file
    /// cannot be read. Keys and certificates are read by [`client`](Self::client).
    pub fn from_source<V: Into<Vec<u8>>, F: Into<Vec<u8>>>(
        mut get: impl FnMut(&str) -> Option<V>,
        mut read_file: impl FnMut(&str) -> io::Result<F>,
    ) -> Result<Self, SettingsError> {
        let mut get = |name: &str| get(name).map(Into::into);
        let mut read_file = |path: &str| read_file(path).map(Into::into);
        Self::read(Reader::new(&mut get, &mut read_file))
    }

    fn read(mut reader: Reader<'_>) -> Result<Self, SettingsError> {
        let mchid = reader.text(MCHID);
        if mchid.as_ref().is_some_and(|mchid| !mchid.bytes().all(|byte| byte.is_ascii_digit())) {
            reader.problem(SettingProblem::new(
                MCHID,
                "must be the merchant number (商户号), which consists of digits",
            ));
        }
        let (base_url, backup) = hosts(&mut reader);
        let settings = Self {
            mchid: mchid.as_deref().map(|mchid| mchid.as_str().into()),
            serial_no: reader.text(SERIAL_NO).as_deref().cloned(),
            private_key: reader.content(PRIVATE_KEY),
            certificate: reader.content(CERT),
            public_key: public_key(&mut reader),
            platform_certificate: reader.content(PLATFORM_CERT),
            api_v3_key: reader.text(API_V3_KEY).and_then(|key| {
                let problem =
                    |error| SettingProblem::new(API_V3_KEY, "is not a usable APIv3 key").because(error);
                ApiV3Key::new(key.as_bytes()).map_err(|error| reader.problem(problem(error))).ok()
            }),
            base_url,
            backup,
            ca: reader.content(CA),
            proxy: reader.text(PROXY).and_then(|url| {
                Proxy::parse(&url).map_err(|error| reader.problem(field(PROXY, &error))).ok()
            }),
            appid: reader.text(APPID).as_deref().map(|appid| appid.as_str().into()),
        };
        settings.report_missing(&mut reader);
        SettingsError::of(reader.problems)?;
        Ok(settings)
    }

    fn report_missing(&self, reader: &mut Reader<'_>) {
        let mut missing = |name: &'static str, what: &'static str| {
            // A value that cannot be used is reported already.
            if !reader.problems.iter().any(|problem| problem.variable() == name) {
                reader.problems.push(SettingProblem::new(name, what));
            }
        };
        if self.certificate.is_none() {
            if self.mchid.is_none() {
                missing(MCHID, "is not set; it is the merchant number (商户号)");
            }
            if self.serial_no.is_none() {
                missing(
                    SERIAL_NO,
                    "is not set; it is the serial number of the merchant's certificate (商户 API 证书序列号), and is \
                     not needed with WECHATPAY_CERT_FILE (apiclient_cert.pem)",
                );
            }
        }
        if self.private_key.is_none() {
            missing(
                PRIVATE_KEY.file,
                "is not set; it is the path of the merchant's private key, apiclient_key.pem (商户 API 私钥)",
            );
        }
        let verifies = self.public_key.is_some()
            || self.platform_certificate.is_some()
            || self.api_v3_key.is_some()
            || reader.problems.iter().any(|problem| {
                [API_V3_KEY, PUBLIC_KEY_ID, PUBLIC_KEY.inline, PUBLIC_KEY.file].contains(&problem.variable())
            });
        if !verifies {
            reader.problems.push(SettingProblem::new(
                PUBLIC_KEY.file,
                "is not set, and nothing else verifies responses: set it and WECHATPAY_PUBLIC_KEY_ID (微信支付公钥), \
                 or WECHATPAY_PLATFORM_CERT_FILE (微信支付平台证书), or WECHATPAY_API_V3_KEY, with which platform \
                 certificates are downloaded",
            ));
        }
    }

    /// Returns the merchant number, if it is set.
    pub fn mchid(&self) -> Option<&Mchid> {
        self.mchid.as_ref()
    }

    /// Returns the appid, if it is set.
    pub fn appid(&self) -> Option<&Appid> {
        self.appid.as_ref()
    }

    /// Returns the main host.
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// Whether the merchant's certificate is given.
    pub fn has_certificate(&self) -> bool {
        self.certificate.is_some()
    }

    /// Returns the root certificates for TLS in PEM, and the variable that holds them, for errors about them. Drivers
    /// trust these certificates instead of their own.
    pub fn ca(&self) -> Option<(&'static str, &[u8])> {
        self.ca.as_ref().map(|ca| (ca.variable, ca.bytes.as_slice()))
    }

    /// Returns the proxy.
    pub fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }
}

/// Reads the main host and the backup host.
fn hosts(reader: &mut Reader<'_>) -> (BaseUrl, Option<BaseUrl>) {
    let insecure = match reader.text(INSECURE_HTTP).as_deref().map(String::as_str) {
        None | Some("0" | "false") => false,
        Some("1" | "true") => true,
        Some(_) => {
            reader.problem(SettingProblem::new(
                INSECURE_HTTP,
                "must be 1 or true; 0, false or no value forbids it",
            ));
            // The URLs are not reported as well.
            true
        }
    };
    let parse = if insecure { BaseUrl::insecure_http } else { BaseUrl::parse };
    let mut url = |variable| {
        let url = reader.text(variable)?;
        parse(&url).map_err(|error| reader.problem(field(variable, &error))).ok()
    };
    let (base_url, backup) = (url(BASE_URL), url(BACKUP_URL));
    let base_url_failed = reader.problems.iter().any(|problem| problem.variable() == BASE_URL);
    let base_url = base_url.unwrap_or_default();
    if let Some(backup) = &backup
        && backup.is_platform() != base_url.is_platform()
        && !base_url_failed
    {
        let problem = format!(
            "and {BASE_URL} do not belong together: one of {backup} and {base_url} is WeChat Pay's host and the other \
             is not"
        );
        reader.problem(SettingProblem::new(BACKUP_URL, problem));
    }
    (base_url, backup)
}

/// Reads WeChat Pay's public key, which needs its ID.
fn public_key(reader: &mut Reader<'_>) -> Option<(Zeroizing<String>, Content)> {
    match (reader.text(PUBLIC_KEY_ID), reader.content(PUBLIC_KEY)) {
        (Some(id), Some(key)) => Some((id, key)),
        (None, None) => None,
        (None, Some(key)) => {
            let problem = format!("is not set, but {} is; set both or neither", key.variable);
            reader.problem(SettingProblem::new(PUBLIC_KEY_ID, problem));
            None
        }
        (Some(_), None) => {
            let problem = format!("is not set, but {PUBLIC_KEY_ID} is; set both or neither");
            reader.problem(SettingProblem::new(PUBLIC_KEY.file, problem));
            None
        }
    }
}

fn field(variable: &'static str, error: &InvalidField) -> SettingProblem {
    SettingProblem::new(variable, error.problem().to_string())
}

/// Shows identifiers and hosts, and which of the other settings are given.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("mchid", &self.mchid)
            .field("private_key", &self.private_key)
            .field("certificate", &self.certificate)
            .field("public_key", &self.public_key.as_ref().map(|(_, key)| key))
            .field("platform_certificate", &self.platform_certificate)
            .field("api_v3_key", &self.api_v3_key)
            .field("base_url", &self.base_url)
            .field("backup", &self.backup)
            .field("ca", &self.ca)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}
