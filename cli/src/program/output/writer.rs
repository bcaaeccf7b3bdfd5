//! Documents for programs, and text for people.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde_json::{Map, Value};
use wechatpay_hyper::core::Answer;

use crate::program::arguments::Format;
use crate::program::failure::Failure;
use crate::program::texts::text;

/// Where results go, and in which form.
pub(crate) struct Output {
    format: Format,
    quiet: bool,
    verbose: u8,
    sandbox: AtomicBool,
}

impl Output {
    pub(crate) fn new(format: Format, quiet: bool, verbose: u8) -> Self {
        Self { format, quiet, verbose, sandbox: AtomicBool::new(false) }
    }

    /// Records that the results are those of an embedded sandbox. Every document says so.
    pub(crate) fn mark_sandbox(&self) {
        self.sandbox.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_sandbox(&self) -> bool {
        self.sandbox.load(Ordering::Relaxed)
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    pub(crate) fn is_human(&self) -> bool {
        self.format == Format::Human
    }

    /// Writes the one result of a command.
    ///
    /// # Errors
    /// A [`Failure`] if stdout cannot be written.
    pub(crate) fn document(
        &self,
        json: Map<String, Value>,
        human: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Human => write(&human()),
            Format::Json => write(&pretty(&self.marked(json))),
            Format::Ndjson => write(&self.marked(json).to_string()),
        }
    }

    /// Writes a list. As one document it is `data`, beside the members of `head`; as lines, each entry is a document.
    ///
    /// # Errors
    /// A [`Failure`] if stdout cannot be written.
    pub(crate) fn list(
        &self,
        mut head: Map<String, Value>,
        entries: Vec<Map<String, Value>>,
        human: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Human => write(&human()),
            Format::Json => {
                head.insert("data".to_owned(), entries.into_iter().map(Value::Object).collect());
                write(&pretty(&self.marked(head)))
            }
            Format::Ndjson if entries.is_empty() => Ok(()),
            Format::Ndjson => {
                let lines = entries.into_iter().map(|entry| self.marked(entry).to_string());
                write(&lines.collect::<Vec<_>>().join("\n"))
            }
        }
    }

    /// Writes text as it is, in every form: what is no result but a file of its own.
    ///
    /// # Errors
    /// A [`Failure`] if stdout cannot be written.
    pub(crate) fn plain(&self, text: &str) -> Result<(), Failure> {
        write(text)
    }

    /// Writes a line for people to stderr, unless they asked for quiet.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.important(text);
        }
    }

    /// Writes a line that people must not miss to stderr.
    pub(crate) fn important(&self, text: &str) {
        // If stderr is closed, nobody reads it.
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Writes the number of a request, for people who want to know more.
    pub(crate) fn answered<T>(&self, answer: &Answer<T>) {
        if let Some(request_id) = answer.request_id().filter(|_| self.verbose > 0) {
            self.important(&format!("Request-ID: {request_id}"));
        }
    }

    /// Writes a failure to stderr.
    pub(crate) fn failure(&self, failure: &Failure) {
        match self.format {
            Format::Human => self.important(&failure.text()),
            Format::Json => self.important(&pretty(&failure.json(self.is_sandbox()))),
            Format::Ndjson => self.important(&failure.json(self.is_sandbox()).to_string()),
        }
    }

    fn marked(&self, mut json: Map<String, Value>) -> Value {
        json.insert("sandbox".to_owned(), self.is_sandbox().into());
        Value::Object(json)
    }
}

/// The members of a value as a document. Anything that is no object becomes the member `value`.
pub(crate) fn members(value: impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => members,
        Ok(other) => [("value".to_owned(), other)].into_iter().collect(),
        Err(_) => Map::new(),
    }
}

fn pretty(json: &Value) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default()
}

fn write(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = if text.is_empty() { Ok(()) } else { writeln!(stdout, "{text}") };
    match written.and_then(|()| stdout.flush()) {
        // The reader has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => {
            Err(Failure::failed(text!("the result could not be written to stdout")).because(&error))
        }
        Ok(()) => Ok(()),
    }
}
