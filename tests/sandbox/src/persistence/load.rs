//! Reads a state file, or creates one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StateFileError;
use super::files::{Files, Header, make_private};
use super::record;
use super::signals::Signals;
use super::store::Store;
use super::writer::Writer;

/// A state file that was read or created.
pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) writer: Writer,
    /// Whether there was a state.
    pub(crate) restored: bool,
    /// What people should know, in sentences.
    pub(crate) notes: Vec<String>,
}

/// Whether a file has a state, or is at least not empty.
pub(crate) fn has_state(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0)
}

/// Opens the state file of a merchant. `apply` gets the records in their order, and returns a text for one that does not
/// fit. If there is no file, one is created with the records of `new`.
pub(crate) fn open<T: DeserializeOwned, N: Serialize>(
    path: &Path,
    mchid: &str,
    apply: &mut dyn FnMut(T) -> Result<(), String>,
    new: impl FnOnce() -> Vec<N>,
) -> Result<Opened, StateFileError> {
    let path = &resolved(path);
    let bytes = match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Err(StateFileError::Foreign(path.to_owned())),
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(StateFileError::io(path)(error)),
    };
    if bytes > 0 {
        // Before anything is created beside a file that is something else.
        Lines::open(path)?.header(mchid)?;
    }
    let files = Files::lock(path, mchid)?;
    if bytes > 0 { restore(files, bytes, apply) } else { create(files, new()) }
}

/// The path of a file that is replaced, instead of that of a symbolic link to it.
fn resolved(path: &Path) -> PathBuf {
    let mut resolved = path.to_owned();
    // A circle of links is an error of what follows.
    for _ in 0..40 {
        let Ok(target) = fs::read_link(&resolved) else { break };
        // A relative target is relative to the link.
        resolved = resolved.parent().unwrap_or(Path::new("")).join(target);
    }
    resolved
}

fn create<N: Serialize>(files: Files, records: Vec<N>) -> Result<Opened, StateFileError> {
    let io = |error| StateFileError::io(files.path())(error);
    for journal in files.journals().map_err(io)? {
        // A process may have ended before it could write the first snapshot.
        if journal != files.journal(1) || !is_unused(&files, 1) {
            return Err(StateFileError::Missing { path: journal, missing: files.path().to_owned() });
        }
        fs::remove_file(&journal).map_err(io)?;
    }
    // The journal first: a snapshot without one would hide that changes are lost.
    let journal = files.create_journal(1).map_err(io)?;
    let mut records = records.into_iter();
    let bytes = files.replace_snapshot(1, || Ok(records.next())).map_err(io)?;
    opened(files, 1, 1, bytes, journal, (false, Vec::new()))
}

fn restore<T: DeserializeOwned>(
    files: Files,
    bytes: u64,
    apply: &mut dyn FnMut(T) -> Result<(), String>,
) -> Result<Opened, StateFileError> {
    let mut notes = Vec::new();
    let generation = read_snapshot(files.path(), files.mchid(), apply)?;
    let mut last = generation;
    while let Some(next) = last.checked_add(1).filter(|next| files.journal(*next).exists()) {
        last = next;
    }
    for journal in generation..=last {
        let path = files.journal(journal);
        if !path.exists() {
            return Err(StateFileError::Missing { path: files.path().to_owned(), missing: path });
        }
        let mut lines = Lines::open(&path)?;
        if let Some(torn) = lines.journal(&files, journal, apply)? {
            // The next journal is created a moment before it is used.
            if !(journal..last).all(|before| is_unused(&files, before.saturating_add(1))) {
                return Err(StateFileError::broken(&path, lines.position, "its last record is incomplete"));
            }
            if torn > 0 {
                notes.push(format!(
                    "the last record of {} was incomplete, because the process ended while it was written; its {torn} \
                     bytes were removed, and no request was answered with it",
                    path.display()
                ));
            }
            cut(&files, journal, lines.position).map_err(StateFileError::io(&path))?;
        }
    }
    // Left over from a process that ended before it could remove them.
    for before in (1..generation).rev() {
        if fs::remove_file(files.journal(before)).is_err() {
            break;
        }
    }
    let path = files.journal(last);
    let journal = OpenOptions::new().append(true).open(&path).map_err(StateFileError::io(&path))?;
    // A copy that was brought back may be readable by others.
    make_private(&journal).map_err(StateFileError::io(&path))?;
    opened(files, generation, last, bytes, journal, (true, notes))
}

fn opened(
    files: Files,
    generation: u64,
    last: u64,
    bytes: u64,
    journal: File,
    (restored, notes): (bool, Vec<String>),
) -> Result<Opened, StateFileError> {
    let len = journal.metadata().map_err(StateFileError::io(&files.journal(last)))?.len();
    let signals = Arc::new(Signals::default());
    let writer = Writer::new(journal, len, Arc::clone(&signals));
    Ok(Opened { store: Store::new(files, generation, last, bytes, signals), writer, restored, notes })
}

/// Reads a snapshot, and returns its generation.
fn read_snapshot<T: DeserializeOwned>(
    path: &Path,
    mchid: &str,
    apply: &mut dyn FnMut(T) -> Result<(), String>,
) -> Result<u64, StateFileError> {
    let mut lines = Lines::open(path)?;
    let generation = lines.header(mchid)?.generation;
    loop {
        let begin = lines.position;
        match lines.next()? {
            Next::Line(line) if is_end(line) => return Ok(generation),
            Next::Line(line) => {
                read_record(line, apply).map_err(|problem| StateFileError::broken(path, begin, problem))?;
            }
            Next::Part(_) | Next::End => {
                return Err(StateFileError::broken(path, begin, "the end is missing"));
            }
        }
    }
}

/// Whether a line is the last one of a snapshot.
fn is_end(line: &[u8]) -> bool {
    line.ends_with(b" []") && record::read::<serde_json::Value>(line).is_some()
}

fn read_record<T: DeserializeOwned>(
    line: &[u8],
    apply: &mut dyn FnMut(T) -> Result<(), String>,
) -> Result<(), String> {
    let value = record::read(line).ok_or("its checksum is wrong")?;
    apply(value.map_err(|error| format!("it cannot be read: {error}"))?)
}

/// Whether a journal has no record.
fn is_unused(files: &Files, generation: u64) -> bool {
    let empty = files.header(generation).map_or(0, |header| header.len() as u64);
    fs::metadata(files.journal(generation)).is_ok_and(|metadata| metadata.len() <= empty)
}

/// Removes what follows the last whole record of a journal.
fn cut(files: &Files, generation: u64, position: u64) -> io::Result<()> {
    let file = OpenOptions::new().append(true).open(files.journal(generation))?;
    file.set_len(position)?;
    if position == 0 {
        (&file).write_all(&files.header(generation)?)?;
    }
    file.sync_all()
}

/// The lines of a file.
struct Lines<'a> {
    path: &'a Path,
    file: BufReader<File>,
    /// Where the next line begins.
    position: u64,
    line: Vec<u8>,
}

enum Next<'a> {
    Line(&'a [u8]),
    /// The file ends within a line of this many bytes.
    Part(usize),
    End,
}

impl<'a> Lines<'a> {
    fn open(path: &'a Path) -> Result<Self, StateFileError> {
        let file = File::open(path).map_err(StateFileError::io(path))?;
        Ok(Self { path, file: BufReader::with_capacity(256 * 1024, file), position: 0, line: Vec::new() })
    }

    fn next(&mut self) -> Result<Next<'_>, StateFileError> {
        self.line.clear();
        let read = self.file.read_until(b'\n', &mut self.line).map_err(StateFileError::io(self.path))?;
        Ok(match self.line.strip_suffix(b"\n") {
            Some(line) => {
                self.position = self.position.saturating_add(read as u64);
                Next::Line(line)
            }
            None if read == 0 => Next::End,
            None => Next::Part(read),
        })
    }

    fn header(&mut self, mchid: &str) -> Result<Header, StateFileError> {
        let path = self.path;
        let header = match self.next()? {
            Next::Line(line) => Header::read(path, line)?,
            Next::Part(_) | Next::End => return Err(StateFileError::Foreign(path.to_owned())),
        };
        header.require_mchid(path, mchid)?;
        Ok(header)
    }

    /// Reads a journal. Returns the number of bytes after its last whole record, if there are any.
    fn journal<T: DeserializeOwned>(
        &mut self,
        files: &Files,
        generation: u64,
        apply: &mut dyn FnMut(T) -> Result<(), String>,
    ) -> Result<Option<u64>, StateFileError> {
        let path = self.path;
        match self.next()? {
            Next::Line(line) => {
                let header = Header::read(path, line)?;
                header.require_mchid(path, files.mchid())?;
                if header.generation != generation {
                    return Err(StateFileError::broken(path, 0, "it is of another generation"));
                }
            }
            // The process ended while the file was created.
            Next::Part(bytes) => return Ok(Some(bytes as u64)),
            Next::End => return Ok(Some(0)),
        }
        loop {
            let begin = self.position;
            match self.next()? {
                Next::End => return Ok(None),
                Next::Part(bytes) => return Ok(Some(bytes as u64)),
                Next::Line(line) => {
                    let (len, problem) = (line.len(), read_record(line, apply).err());
                    let Some(problem) = problem else { continue };
                    // After a power failure the last line may have its length but not its content. JSON has no such byte.
                    if self.line.contains(&0) && matches!(self.next()?, Next::End) {
                        self.position = begin;
                        return Ok(Some(len.saturating_add(1) as u64));
                    }
                    return Err(StateFileError::broken(path, begin, problem));
                }
            }
        }
    }
}
