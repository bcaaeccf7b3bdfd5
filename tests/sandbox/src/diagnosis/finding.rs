//! The result of a diagnosis.

use serde_json::{Value, json};

use crate::protocol::json::present;

/// A sentence in both languages.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) zh: String,
    pub(crate) en: String,
}

/// One mistake.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    /// Names the mistake for programs, such as `C1`.
    pub(crate) code: &'static str,
    /// One sentence that names the mistake.
    pub(crate) says: Text,
    pub(crate) expected: Option<String>,
    pub(crate) got: Option<String>,
}

/// All mistakes that were found, in the order in which a request is checked. There is at least one.
#[derive(Debug, Clone)]
pub(crate) struct Diagnosis {
    pub(crate) findings: Vec<Finding>,
    /// The message that the client signed, if it was found and is not the one that was expected.
    pub(crate) signed: Option<Vec<u8>>,
}

impl Diagnosis {
    /// The findings as in `detail.sandbox.diagnosis`.
    pub(crate) fn json(&self, english: bool) -> Value {
        self.findings.iter().map(|finding| finding.json(english)).collect()
    }

    /// All sentences, one after the other.
    pub(crate) fn text(&self, english: bool) -> String {
        let says: Vec<&str> = self.findings.iter().map(|finding| finding.says.get(english)).collect();
        says.join(" ")
    }

    /// All codes and sentences in English, on one line.
    pub(crate) fn line(&self) -> String {
        let says: Vec<String> =
            self.findings.iter().map(|finding| format!("{} {}", finding.code, finding.says.en)).collect();
        says.join(" ")
    }
}

impl Finding {
    pub(crate) fn new(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, says: Text { zh: zh.into(), en: en.into() }, expected: None, got: None }
    }

    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    pub(crate) fn got(mut self, got: impl Into<String>) -> Self {
        self.got = Some(got.into());
        self
    }

    fn json(&self, english: bool) -> Value {
        present(json!({
            "code": self.code,
            "says": self.says.get(english),
            "expected": self.expected,
            "got": self.got,
        }))
    }
}

impl Text {
    pub(crate) fn get(&self, english: bool) -> &str {
        if english { &self.en } else { &self.zh }
    }
}
