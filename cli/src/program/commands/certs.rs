//! `certs`.

use std::fs;
use std::path::Path;

use serde_json::json;
use wechatpay_hyper::core::{BuildError, DownloadCertificates, Error, PlatformCertificate};

use crate::program::arguments::Certs;
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::{Table, members};
use crate::program::session::Session;
use crate::program::texts::text;

/// Lists the platform's keys: those of the settings, and the certificates that it gives.
///
/// # Errors
/// The [`Failure`] of the call, or of a file.
pub(crate) async fn certs(session: &Session, arguments: &Certs) -> Result<Exit, Failure> {
    let connection = Connection::open(session).await?;
    let certificates = download(session, &connection).await?;
    let listed = |serial: &str| certificates.iter().any(|certificate| certificate.serial_no == serial);
    let keys: Vec<String> = connection
        .client()
        .core()
        .platform()
        .serials()
        .into_iter()
        .filter(|serial| !listed(serial))
        .collect();

    let mut table = Table::new(["SERIAL", "KIND", "FROM", "UNTIL", "FILE"]);
    let mut entries = Vec::new();
    for serial in keys {
        let kind = if serial.starts_with("PUB_KEY_ID_") { "public_key" } else { "certificate" };
        entries.push(members(json!({ "serial_no": serial, "kind": kind })));
        table.row([serial, kind.to_owned()]);
    }
    for certificate in certificates {
        let file = arguments.out.as_deref().map(|folder| store(folder, &certificate)).transpose()?;
        let PlatformCertificate { serial_no, effective_time, expire_time, pem, .. } = certificate;
        let mut entry = members(json!({
            "serial_no": serial_no, "kind": "certificate", "effective_time": effective_time,
            "expire_time": expire_time, "pem": pem,
        }));
        entry.extend(file.clone().map(|file| ("file".to_owned(), file.into())));
        entries.push(entry);
        let (from, until) = (effective_time.as_str().to_owned(), expire_time.as_str().to_owned());
        table.row([serial_no, "certificate".to_owned(), from, until, file.unwrap_or_default()]);
    }
    session.output.list(members(json!({})), entries, || table.to_string())?;
    Ok(Exit::Done)
}

/// Downloads the certificates. A merchant with the public key only has none.
async fn download(session: &Session, connection: &Connection) -> Result<Vec<PlatformCertificate>, Failure> {
    match connection.client().send(&DownloadCertificates).await {
        Ok(certificates) => Ok(certificates.into_value()),
        Err(Error::Build(BuildError::NoApiV3Key)) => {
            session
                .output
                .note(&text!("WECHATPAY_API_V3_KEY is not set, so no certificates were downloaded"));
            Ok(Vec::new())
        }
        Err(error) if error.api().is_some_and(|api| api.hint().is_some()) => {
            session
                .output
                .note(&text!("this merchant has no certificates: it uses the public key (微信支付公钥)"));
            Ok(Vec::new())
        }
        Err(error) => Err(Failure::reading(error)),
    }
}

/// Writes a certificate to a folder and returns the path.
fn store(folder: &Path, certificate: &PlatformCertificate) -> Result<String, Failure> {
    // The serial number was checked to be hexadecimal.
    let path = folder.join(format!("wechatpay_{}.pem", certificate.serial_no));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, &certificate.pem));
    written.map_err(|error| Failure::failed(text!("file {path}", path = path.display())).because(&error))?;
    Ok(path.display().to_string())
}
