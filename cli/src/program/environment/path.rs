//! Paths in options and variables. By mistake, the content of a file may stand in their place, such as a key.

use std::ffi::OsStr;
use std::path::Path;

use crate::program::failure::Failure;
use crate::program::texts::text;

/// The longest path, in bytes, that is taken for one. Keys and certificates are longer.
const MAX: usize = 1024;

/// Checks that the value of an option or a variable can be a path.
///
/// # Errors
/// A [`Failure`] that names the option or the variable, and does not show the value.
pub(super) fn checked(name: &str, path: &Path) -> Result<(), Failure> {
    if is_content(path.as_os_str()) {
        return Err(Failure::configuration(text!(
            "{name} must be the path of a file, but the value looks like the content of one",
            name = name
        )));
    }
    // It may have a password.
    if path.to_string_lossy().contains("://") {
        return Err(Failure::configuration(text!(
            "{name} must be the path of a file; only a ledger can be a URL, which begins with postgres:// then",
            name = name
        )));
    }
    Ok(())
}

/// Whether a value looks like the content of a file, such as a key, and so must not be shown.
pub(crate) fn is_content(value: &OsStr) -> bool {
    let value = value.to_string_lossy();
    value.len() > MAX || value.contains("-----BEGIN") || value.chars().any(char::is_control)
}
