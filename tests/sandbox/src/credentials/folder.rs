//! The folder with the credentials files.

use std::fs;
#[cfg(unix)]
use std::fs::TryLockError;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use wechatpay_core::BaseUrl;
use wechatpay_core::types::UnixSeconds;

use crate::credentials::generated::Credentials;
use crate::error::SandboxError;

const PRIVATE_KEY: &str = "apiclient_key.pem";
const CERTIFICATE: &str = "apiclient_cert.pem";
const PUBLIC_KEY: &str = "pub_key.pem";
const PLATFORM_CERTIFICATE: &str = "platform_cert.pem";
const ENVIRONMENT: &str = "wechatpay.env";
/// The platform's private keys and all ids. A real merchant does not have this file.
const PLATFORM: &str = "sandbox_platform.json";
/// The certificate of the CA for TLS.
pub(super) const CA: &str = "ca.pem";

/// A folder with credentials files.
#[derive(Debug, Clone)]
pub struct CredentialsFolder {
    pub(super) path: PathBuf,
    public_key_only: bool,
    ca_file: bool,
}

/// Keeps other processes from using a folder. The operating system releases it at the latest when the process ends.
#[derive(Debug)]
pub struct FolderLock {
    #[cfg(unix)]
    _folder: fs::File,
}

impl CredentialsFolder {
    /// A folder, which is created if it does not exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), public_key_only: false, ca_file: false }
    }

    /// Leaves the platform's certificate out of `wechatpay.env`, as for a new merchant, who has none. The default is
    /// `false`.
    #[must_use]
    pub fn public_key_only(mut self, only: bool) -> Self {
        self.public_key_only = only;
        self
    }

    /// Adds the CA of [`tls`](Self::tls) to `wechatpay.env`, for clients that reach the sandbox over TLS. The default is
    /// `false`.
    #[must_use]
    pub fn ca_file(mut self, listed: bool) -> Self {
        self.ca_file = listed;
        self
    }

    /// Locks the folder against other processes that lock it, so that a second sandbox does not overwrite the files
    /// of the first one. Has no effect on systems other than Unix.
    ///
    /// # Errors
    /// [`SandboxError::FolderInUse`] if another process has locked it, and [`SandboxError::File`] if it cannot be
    /// created or opened.
    pub fn lock(&self) -> Result<FolderLock, SandboxError> {
        fs::create_dir_all(&self.path).map_err(|error| SandboxError::file(&self.path, error))?;
        #[cfg(unix)]
        {
            let folder = fs::File::open(&self.path).map_err(|error| SandboxError::file(&self.path, error))?;
            match folder.try_lock() {
                Ok(()) => Ok(FolderLock { _folder: folder }),
                Err(TryLockError::WouldBlock) => Err(SandboxError::FolderInUse(self.path.clone())),
                Err(TryLockError::Error(error)) => Err(SandboxError::file(&self.path, error)),
            }
        }
        #[cfg(not(unix))]
        Ok(FolderLock {})
    }

    /// Loads the credentials from the folder, or generates and stores new ones there. Also writes `wechatpay.env` for
    /// a sandbox at `base_url`. Only the owner can read the files.
    ///
    /// # Errors
    /// [`SandboxError`] if a file cannot be read or written, or is invalid.
    pub fn load_or_create(&self, base_url: &str, now: UnixSeconds) -> Result<Credentials, SandboxError> {
        let folder = self.path.as_path();
        let platform = folder.join(PLATFORM);
        let credentials = match fs::read(&platform) {
            Ok(json) => Credentials::load(folder, &json)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let credentials = Credentials::generate(now)?;
                credentials.store(folder)?;
                credentials
            }
            Err(error) => return Err(SandboxError::file(&platform, error)),
        };
        let absolute = fs::canonicalize(folder).map_err(|error| SandboxError::file(folder, error))?;
        let environment = credentials.environment(&absolute, base_url, self);
        write_private(&folder.join(ENVIRONMENT), &environment)?;
        Ok(credentials)
    }
}

impl Credentials {
    /// Loads the credentials from `folder`, or generates and stores new ones there, as
    /// [`CredentialsFolder::load_or_create`] does.
    ///
    /// # Errors
    /// [`SandboxError`] if a file cannot be read or written, or is invalid.
    pub fn load_or_create(folder: &Path, base_url: &str, now: UnixSeconds) -> Result<Self, SandboxError> {
        CredentialsFolder::new(folder).load_or_create(base_url, now)
    }

    fn load(folder: &Path, json: &[u8]) -> Result<Self, SandboxError> {
        let invalid = |error| SandboxError::file(&folder.join(PLATFORM), io::Error::other(error));
        let rest = serde_json::from_slice(json).map_err(invalid)?;
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(|error| SandboxError::file(&path, error))
        };
        Ok(Self {
            private_key_pem: read(PRIVATE_KEY)?,
            certificate_pem: read(CERTIFICATE)?,
            public_key_pem: read(PUBLIC_KEY)?,
            platform_certificate_pem: read(PLATFORM_CERTIFICATE)?,
            rest,
        })
    }

    fn store(&self, folder: &Path) -> Result<(), SandboxError> {
        fs::create_dir_all(folder).map_err(|error| SandboxError::file(folder, error))?;
        let key = folder.join(PRIVATE_KEY);
        if key.exists() {
            // It may be the key of a real merchant.
            let error = io::Error::new(
                io::ErrorKind::AlreadyExists,
                "the file was not created by the sandbox and is not overwritten",
            );
            return Err(SandboxError::file(&key, error));
        }
        for (name, content) in [
            (PRIVATE_KEY, &self.private_key_pem),
            (CERTIFICATE, &self.certificate_pem),
            (PUBLIC_KEY, &self.public_key_pem),
            (PLATFORM_CERTIFICATE, &self.platform_certificate_pem),
        ] {
            write_private(&folder.join(name), content)?;
        }
        // Written last: its presence marks the folder as complete.
        let json = serde_json::to_string_pretty(&self.rest).map_err(SandboxError::generate)?;
        write_private(&folder.join(PLATFORM), &json)
    }

    fn environment(&self, folder: &Path, base_url: &str, settings: &CredentialsFolder) -> String {
        let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
        // The clients of this project accept plain http for loopback addresses only, unless told otherwise.
        let insecure = BaseUrl::parse(base_url).is_err() && BaseUrl::insecure_http(base_url).is_ok();
        let lines = [
            ("BASE_URL", base_url.to_owned()),
            ("MCHID", self.mchid().to_owned()),
            ("SERIAL_NO", self.serial_no().to_owned()),
            ("PRIVATE_KEY_FILE", file(PRIVATE_KEY)),
            ("CERT_FILE", file(CERTIFICATE)),
            ("API_V3_KEY", self.api_v3_key().to_owned()),
            ("PUBLIC_KEY_ID", self.public_key_id().to_owned()),
            ("PUBLIC_KEY_FILE", file(PUBLIC_KEY)),
            ("PLATFORM_CERT_FILE", file(PLATFORM_CERTIFICATE)),
            ("APPID", self.appid().to_owned()),
        ];
        let insecure = insecure.then(|| ("INSECURE_HTTP", "1".to_owned()));
        let ca = settings.ca_file.then(|| ("CA_FILE", file(CA)));
        let without_certificate = settings.public_key_only;
        let lines =
            lines.into_iter().filter(|(name, _)| !(without_certificate && *name == "PLATFORM_CERT_FILE"));
        let lines = lines.chain(insecure).chain(ca);
        lines.map(|(name, value)| format!("WECHATPAY_{name}={}\n", shell_word(&value))).collect()
    }
}

/// Quotes `text` for a POSIX shell if it needs quotes.
fn shell_word(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-./:@%+,".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

pub(super) fn write_private(path: &Path, content: &str) -> Result<(), SandboxError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || -> io::Result<()> {
        let mut file = options.open(path)?;
        // An existing file keeps its mode unless it is set.
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        file.write_all(content.as_bytes())
    };
    write().map_err(|error| SandboxError::file(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_beyond_loopback_is_allowed_in_the_env_file() {
        let credentials = Credentials::generate(1_795_363_200).unwrap();
        for (url, insecure) in [
            ("http://127.0.0.1:8700", false),
            ("http://[::1]:8700", false),
            ("https://sandbox.example.com", false),
            ("http://192.168.1.1:8700", true),
            ("http://0.0.0.0:8700", true),
            ("http://sandbox:8700", true),
        ] {
            let lines = credentials.environment(Path::new("/folder"), url, &CredentialsFolder::new(""));
            assert_eq!(lines.contains("WECHATPAY_INSECURE_HTTP=1\n"), insecure, "{lines}");
            assert!(lines.contains("WECHATPAY_CERT_FILE=/folder/apiclient_cert.pem\n"), "{lines}");
        }
    }
}
