//! The CA for TLS in the folder.

use std::path::Path;
use std::{fs, io};

use wechatpay_core::types::UnixSeconds;

use crate::credentials::folder::{CA, CredentialsFolder, write_private};
use crate::error::SandboxError;
use crate::tls::{Authority, Names, Tls, Unusable};

const CA_KEY: &str = "sandbox_ca_key.pem";

impl CredentialsFolder {
    /// Makes a server certificate for these hosts, which are names or IP addresses, by the CA in the folder, `ca.pem` and
    /// `sandbox_ca_key.pem`. A CA is made and stored if there is none, and instead of one that does not permit these
    /// hosts or expires too early: then [`Tls::replaces_ca`] is true, and clients must load the new `ca.pem`.
    ///
    /// # Errors
    /// [`SandboxError`] if a file cannot be read or written, or is invalid, or if the folder has a `ca.pem` that the
    /// sandbox did not create.
    pub fn tls(
        &self,
        hosts: impl IntoIterator<Item = impl AsRef<str>>,
        now: UnixSeconds,
    ) -> Result<Tls, SandboxError> {
        let hosts: Vec<String> = hosts.into_iter().map(|host| host.as_ref().to_owned()).collect();
        let names = Names::with(&hosts);
        let (key_file, file) = (self.path.join(CA_KEY), self.path.join(CA));
        let stored = match (read(&key_file)?, read(&file)?) {
            (Some(key), Some(certificate)) => {
                Some(Authority::load(&key, certificate).map_err(|unusable| {
                    let (path, error) = match unusable {
                        Unusable::Key(error) => (&key_file, error),
                        Unusable::Certificate(error) => (&file, error),
                    };
                    let remedy = format!("{error}; to get a new CA, delete {CA_KEY} and {CA}");
                    SandboxError::file(path, io::Error::other(remedy))
                })?)
            }
            (None, Some(_)) => {
                let error = "the file was not created by the sandbox and is not overwritten";
                return Err(SandboxError::file(&file, io::Error::new(io::ErrorKind::AlreadyExists, error)));
            }
            // A key alone was written by a start that ended before the other file was.
            (_, None) => None,
        };
        if let Some(authority) = &stored {
            let issued = authority.issue(&names, now)?;
            if authority.vouches_for(&issued, now)? {
                return Tls::new(authority, issued, false);
            }
        }
        // With the former names too, so that starts with other options do not replace the CA again and again.
        let former = stored.iter().flat_map(Authority::hosts);
        let authority = Authority::generate(&Names::with(hosts.iter().chain(former)), now)?;
        write_private(&key_file, &authority.key_pem())?;
        write_private(&file, authority.pem())?;
        Tls::new(&authority, authority.issue(&names, now)?, stored.is_some())
    }
}

fn read(path: &Path) -> Result<Option<String>, SandboxError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SandboxError::file(path, error)),
    }
}
