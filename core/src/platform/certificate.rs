use std::fmt;

use serde::{Deserialize, Serialize};

use crate::types::Timestamp;

/// A platform certificate that was decrypted and checked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlatformCertificate {
    /// 证书序列号: the serial number in upper-case hexadecimal with two digits for each byte, as OpenSSL prints it.
    pub serial_no: String,
    /// 证书启用时间: the start of the validity, according to the certificate itself.
    pub effective_time: Timestamp,
    /// 证书弃用时间: the end of the validity, according to the certificate itself.
    pub expire_time: Timestamp,
    /// The certificate in PEM. Store it and pass it to
    /// [`PlatformKeys::add_certificate`](crate::PlatformKeys::add_certificate) at the next start.
    pub pem: String,
}

impl fmt::Debug for PlatformCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformCertificate")
            .field("serial_no", &self.serial_no)
            .field("effective_time", &self.effective_time)
            .field("expire_time", &self.expire_time)
            .finish_non_exhaustive()
    }
}
