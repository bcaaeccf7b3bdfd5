//! Where the ledger is.

use std::ffi::OsStr;
use std::path::Path;

use wechatpay_cli::ledger::Location;

use super::Variables;
use super::path::checked;
use crate::program::failure::Failure;
#[cfg(feature = "postgres")]
use crate::program::texts::{ledger_error, text};

const LEDGER: &str = "wechatpay-ledger.db";
const VARIABLE: &str = "WECHATPAY_LEDGER";

/// Returns where the ledger is: as an option says, or `WECHATPAY_LEDGER`, or in a file of this folder. The password of a
/// database comes from where PostgreSQL's own programs take it, unless the URL has it.
///
/// # Errors
/// A [`Failure`] if the password file cannot be used.
pub(crate) fn location(option: Option<&Path>, variables: &Variables) -> Result<Location, Failure> {
    let given = option.map(Path::to_owned).or_else(|| variables.path(VARIABLE));
    let location = Location::from(given.as_deref().map_or(OsStr::new(LEDGER), Path::as_os_str));
    if let Location::File(path) = &location {
        checked(if option.is_some() { "--ledger" } else { VARIABLE }, path)?;
    }
    #[cfg(feature = "postgres")]
    if let Location::Postgres(address) = &location
        && !address.has_password()
        && let Some(password) = password(address, variables)?
    {
        return Ok(Location::Postgres(address.clone().with_password(password)));
    }
    Ok(location)
}

/// The password: `PGPASSWORD`, or that of the file `PGPASSFILE` or `~/.pgpass`.
#[cfg(feature = "postgres")]
fn password(
    address: &wechatpay_cli::ledger::Address,
    variables: &Variables,
) -> Result<Option<String>, Failure> {
    if let Some(password) = variables.text("PGPASSWORD") {
        return Ok(Some(password));
    }
    let home = || Some(variables.path("HOME")?.join(".pgpass"));
    let Some(path) = variables.path("PGPASSFILE").or_else(home).filter(|path| path.is_file()) else {
        return Ok(None);
    };
    let unusable = |error: &std::io::Error| {
        let what = text!("the password file {path} cannot be read", path = path.display());
        Failure::configuration(what).because(error)
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let mode = std::fs::metadata(&path).map_err(|error| unusable(&error))?.mode();
        if mode & 0o077 != 0 {
            let what = text!("the password file {path} can be read by others", path = path.display());
            return Err(Failure::configuration(what).advice(format!("chmod 600 {}", path.display())));
        }
    }
    let text = std::fs::read_to_string(&path).map_err(|error| unusable(&error))?;
    wechatpay_cli::ledger::password_of(address, &text)
        .map_err(|error| Failure::configuration(ledger_error(&error)))
}
