//! The files of a state file: their names, their first line, and how they are created and replaced.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::StateFileError;
use super::record;

/// The format of the lines. Whoever changes what a line can say counts it up.
pub(super) const FORMAT: u64 = 1;
const KIND: &str = "state file";
/// How each file begins.
const BEGINNING: &[u8] = br#"{"wechatpay-sandbox":"state file","#;

/// The first line of each file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    #[serde(rename = "wechatpay-sandbox")]
    kind: String,
    format: u64,
    pub(super) generation: u64,
    mchid: String,
}

/// The files of a state file, locked against other processes. The lock ends with the process.
#[derive(Debug)]
pub(crate) struct Files {
    /// That of the snapshot.
    path: PathBuf,
    mchid: String,
    _lock: File,
}

impl Files {
    /// Locks the files.
    pub(super) fn lock(path: &Path, mchid: &str) -> Result<Self, StateFileError> {
        if !folder(path).is_dir() {
            let missing =
                io::Error::new(io::ErrorKind::NotFound, "its folder does not exist, and is not created");
            return Err(StateFileError::io(path)(missing));
        }
        let lock = with_suffix(path, ".lock");
        let file = private(OpenOptions::new().write(true).create(true).truncate(false), &lock);
        let file = file.map_err(StateFileError::io(&lock))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), mchid: mchid.to_owned(), _lock: file }),
            Err(TryLockError::WouldBlock) => Err(StateFileError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(StateFileError::io(&lock)(error)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn mchid(&self) -> &str {
        &self.mchid
    }

    /// The path of the journal that begins with the snapshot of this generation.
    pub(super) fn journal(&self, generation: u64) -> PathBuf {
        with_suffix(&self.path, &format!(".journal-{generation}"))
    }

    /// The journals that are there, whatever their generation.
    pub(super) fn journals(&self) -> io::Result<Vec<PathBuf>> {
        let prefix = with_suffix(&self.path, ".journal-");
        let prefix = prefix.file_name().unwrap_or_default().as_encoded_bytes();
        let entries = fs::read_dir(folder(&self.path))?.collect::<io::Result<Vec<_>>>()?;
        let journals = entries
            .into_iter()
            .map(|entry| entry.path())
            .filter(|path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(prefix)));
        Ok(journals.collect())
    }

    /// Creates a journal that has only its first line. It is on the disk when this returns.
    pub(super) fn create_journal(&self, generation: u64) -> io::Result<File> {
        let path = self.journal(generation);
        let file = private(OpenOptions::new().append(true).create_new(true), &path)?;
        let written = (&file).write_all(&self.header(generation)?).and_then(|()| file.sync_all());
        if let Err(error) = written {
            // It would look like a journal that was cut off.
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        sync_folder(&self.path)?;
        Ok(file)
    }

    /// Replaces the snapshot in one step, and returns its size. Then the journals before it are not needed any more.
    pub(super) fn replace_snapshot<T: Serialize>(
        &self,
        generation: u64,
        mut next: impl FnMut() -> io::Result<Option<T>>,
    ) -> io::Result<u64> {
        let temporary = with_suffix(&self.path, ".new");
        remove_unfinished(&temporary)?;
        let mut write = || {
            let file = private(OpenOptions::new().write(true).create_new(true), &temporary)?;
            let mut file = BufWriter::with_capacity(256 * 1024, file);
            file.write_all(&self.header(generation)?)?;
            let mut line = Vec::new();
            while let Some(value) = next()? {
                line.clear();
                record::write(&mut line, &value)?;
                file.write_all(&line)?;
            }
            // The end, without which the snapshot is not whole.
            line.clear();
            record::write(&mut line, &[0; 0])?;
            file.write_all(&line)?;
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            fs::rename(&temporary, &self.path)?;
            sync_folder(&self.path)?;
            file.metadata().map(|metadata| metadata.len())
        };
        let written = write();
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    pub(super) fn header(&self, generation: u64) -> io::Result<Vec<u8>> {
        let (kind, mchid) = (KIND.to_owned(), self.mchid.clone());
        let mut line = serde_json::to_vec(&Header { kind, format: FORMAT, generation, mchid })?;
        line.push(b'\n');
        Ok(line)
    }
}

impl Header {
    /// Reads the first line of a file.
    pub(super) fn read(path: &Path, line: &[u8]) -> Result<Self, StateFileError> {
        /// The members that every format has.
        #[derive(Deserialize)]
        struct Any {
            #[serde(rename = "wechatpay-sandbox")]
            kind: String,
            format: u64,
        }
        let foreign = || StateFileError::Foreign(path.to_owned());
        let any: Any = serde_json::from_slice(line).map_err(|_| foreign())?;
        match any {
            Any { kind, format } if kind != KIND || format == 0 => Err(foreign()),
            Any { format, .. } if format > FORMAT => {
                Err(StateFileError::Newer { path: path.to_owned(), format, known: FORMAT })
            }
            _ => serde_json::from_slice(line).map_err(|_| foreign()),
        }
    }

    /// Checks whose state it is.
    pub(super) fn require_mchid(&self, path: &Path, mchid: &str) -> Result<(), StateFileError> {
        match self.mchid == mchid {
            true => Ok(()),
            false => Err(StateFileError::OtherMerchant { path: path.to_owned(), mchid: self.mchid.clone() }),
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Removes a snapshot that a process could not finish, but nothing else that has its name.
fn remove_unfinished(path: &Path) -> io::Result<()> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut beginning = Vec::new();
    if metadata.is_file() {
        File::open(path)?.take(BEGINNING.len() as u64).read_to_end(&mut beginning)?;
    }
    if metadata.is_file() && BEGINNING.starts_with(&beginning) {
        return fs::remove_file(path);
    }
    let problem = format!("{} is in the way, and was not made by a sandbox", path.display());
    Err(io::Error::new(io::ErrorKind::AlreadyExists, problem))
}

/// Lets only its owner read a file.
pub(super) fn make_private(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let _ = file;
    Ok(())
}

/// Opens a file that only its owner can read: there are private keys in it.
fn private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Lets the names of new files survive a power failure.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder(path))?.sync_all() } else { Ok(()) }
}
