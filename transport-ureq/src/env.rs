//! Reads the environment and the files that it names: the driver's one place that does.

use std::ffi::OsString;

use wechatpay_core::{Settings, SettingsError};

/// Reads the settings of a merchant from the environment variables `WECHATPAY_*` and the files that they name.
/// [`settings`](wechatpay_core::settings) lists them. [`Client::from_env`](crate::Client::from_env) uses them directly.
///
/// # Errors
/// [`SettingsError`] with every variable that is missing or cannot be used.
pub fn settings_from_env() -> Result<Settings, SettingsError> {
    Settings::from_source(variable, |path| std::fs::read(path))
}

#[expect(clippy::disallowed_methods, reason = "the driver's one place for the environment")]
fn variable(name: &str) -> Option<Vec<u8>> {
    std::env::var_os(name).map(OsString::into_encoded_bytes)
}
