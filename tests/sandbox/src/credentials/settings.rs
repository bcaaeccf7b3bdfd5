//! The credentials as settings of a client.

use wechatpay_core::{Settings, SettingsError};

use crate::credentials::generated::Credentials;

impl Credentials {
    /// Returns the settings of the merchant's client for a sandbox at `base_url`, without files: the values of
    /// `wechatpay.env`, for a client in the same process.
    ///
    /// # Errors
    /// [`SettingsError`] if `base_url` is not valid.
    pub fn settings(&self, base_url: &str) -> Result<Settings, SettingsError> {
        let value = |name: &str| {
            let value = match name.strip_prefix("WECHATPAY_")? {
                "BASE_URL" => base_url,
                "INSECURE_HTTP" => "1",
                "MCHID" => self.mchid(),
                "SERIAL_NO" => self.serial_no(),
                "PRIVATE_KEY" => self.private_key_pem(),
                "CERT" => self.certificate_pem(),
                "API_V3_KEY" => self.api_v3_key(),
                "PUBLIC_KEY_ID" => self.public_key_id(),
                "PUBLIC_KEY" => self.public_key_pem(),
                "APPID" => self.appid(),
                _ => return None,
            };
            Some(value)
        };
        Settings::from_source(value, |_| Ok(""))
    }
}
