//! A failure, and how it is shown.

use std::error::Error as StdError;

use serde_json::{Map, Value, json};

use crate::program::exit::Exit;
use crate::program::texts::text;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    exit: Exit,
    message: String,
    causes: Vec<String>,
    /// What a call may have done.
    outcome: Option<String>,
    advice: Option<String>,
    /// The body of a response, and whether it is verified.
    body: Option<(String, bool)>,
    /// Further members of the JSON.
    members: Map<String, Value>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        let (causes, members) = (Vec::new(), Map::new());
        let message = message.into();
        Self(Box::new(Inner { exit, message, causes, outcome: None, advice: None, body: None, members }))
    }

    /// How the program ends.
    pub(crate) fn exit(&self) -> Exit {
        self.0.exit
    }

    /// Wrong arguments or input.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Settings that cannot be used.
    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(Exit::Configuration, message)
    }

    /// Anything else.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// Adds the error that caused it, and the causes of that error.
    #[must_use]
    pub(crate) fn because(mut self, error: &(dyn StdError + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            self.0.causes.push(error.to_string());
            cause = error.source();
        }
        self
    }

    /// Changes how the program ends.
    #[must_use]
    pub(crate) fn ending(mut self, exit: Exit) -> Self {
        self.0.exit = exit;
        self
    }

    /// Says what to do.
    #[must_use]
    pub(crate) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// Says what a call may have done.
    #[must_use]
    pub(crate) fn outcome(mut self, outcome: impl Into<String>) -> Self {
        self.0.outcome = Some(outcome.into());
        self
    }

    /// Shows the body of a response.
    #[must_use]
    pub(crate) fn body(mut self, body: String, verified: bool) -> Self {
        self.0.body = Some((body, verified));
        self
    }

    /// Adds a member to the JSON.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// The lines for people.
    pub(crate) fn text(&self) -> String {
        let causes =
            self.0.causes.iter().map(|cause| format!("  {}", text!("caused by: {cause}", cause = cause)));
        let outcome = self.0.outcome.iter().map(|outcome| text!("outcome: {outcome}", outcome = outcome));
        let advice = self.0.advice.iter().map(|advice| text!("advice: {advice}", advice = advice));
        let body = self.0.body.iter().map(|(body, verified)| {
            let body = printable(body);
            match verified {
                true => text!("body: {body}", body = body),
                false => {
                    text!("UNVERIFIED body, which anybody on the way may have written: {body}", body = body)
                }
            }
        });
        let lines = [text!("error: {message}", message = self.0.message)]
            .into_iter()
            .chain(causes)
            .chain(outcome)
            .chain(advice);
        lines.chain(body).collect::<Vec<_>>().join("\n")
    }

    /// The document for programs.
    pub(crate) fn json(&self, sandbox: bool) -> Value {
        let mut error = self.0.members.clone();
        error.insert("exit".to_owned(), self.0.exit.number().into());
        error.insert("kind".to_owned(), self.0.exit.name().into());
        error.insert("message".to_owned(), self.0.message.clone().into());
        error.insert("causes".to_owned(), self.0.causes.clone().into());
        if let Some((body, verified)) = &self.0.body {
            let json = serde_json::from_str(body).unwrap_or_else(|_| Value::from(body.as_str()));
            error.insert("body".to_owned(), json);
            error.insert("verified".to_owned(), (*verified).into());
        }
        if let Some(advice) = &self.0.advice {
            error.insert("says".to_owned(), advice.clone().into());
        }
        json!({ "sandbox": sandbox, "error": error })
    }
}

/// What came from outside must not move the cursor of a terminal.
fn printable(text: &str) -> String {
    let plain = |character: char| if character.is_control() && character != '\n' { ' ' } else { character };
    text.chars().map(plain).collect()
}
