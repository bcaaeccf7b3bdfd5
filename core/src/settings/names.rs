//! The names of the variables.

use super::content::Name;

macro_rules! variable {
    ($name:literal) => {
        concat!("WECHATPAY_", $name)
    };
}

macro_rules! content {
    ($name:literal) => {
        Name { inline: variable!($name), file: concat!(variable!($name), "_FILE") }
    };
}

pub(super) const MCHID: &str = variable!("MCHID");
pub(super) const SERIAL_NO: &str = variable!("SERIAL_NO");
pub(super) const PRIVATE_KEY: Name = content!("PRIVATE_KEY");
pub(super) const CERT: Name = content!("CERT");
pub(super) const PUBLIC_KEY_ID: &str = variable!("PUBLIC_KEY_ID");
pub(super) const PUBLIC_KEY: Name = content!("PUBLIC_KEY");
pub(super) const PLATFORM_CERT: Name = content!("PLATFORM_CERT");
pub(super) const API_V3_KEY: &str = variable!("API_V3_KEY");
pub(super) const BASE_URL: &str = variable!("BASE_URL");
pub(super) const BACKUP_URL: &str = variable!("BACKUP_URL");
pub(super) const INSECURE_HTTP: &str = variable!("INSECURE_HTTP");
pub(super) const CA: Name = content!("CA");
pub(super) const PROXY: &str = variable!("PROXY");
pub(super) const APPID: &str = variable!("APPID");
