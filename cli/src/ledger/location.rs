use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use super::Address;

/// Where a ledger is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// In a file of SQLite.
    File(PathBuf),
    /// In a database of PostgreSQL.
    Postgres(Address),
}

impl Location {
    /// Returns the path, if it is a file.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

/// A URL that begins with `postgres://` or `postgresql://`, or the path of a file.
impl From<&OsStr> for Location {
    fn from(text: &OsStr) -> Self {
        match text.to_str().and_then(Address::parse) {
            Some(address) => Self::Postgres(address),
            None => Self::File(text.into()),
        }
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(address) => address.fmt(f),
        }
    }
}
