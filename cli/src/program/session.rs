//! What every command has.

use std::path::Path;
use std::sync::Arc;

use wechatpay_cli::ledger::Location;

use crate::program::arguments::Global;
use crate::program::environment::{Variables, location};
use crate::program::failure::Failure;
use crate::program::output::Output;
use crate::program::texts::{Language, language, speak};

/// What every command has: settings, and where results go.
pub(crate) struct Session {
    pub(crate) variables: Variables,
    pub(crate) output: Arc<Output>,
    pub(crate) ledger: Location,
    pub(crate) no_input: bool,
    /// The language of what is written for people.
    pub(crate) language: Language,
    /// The options that a later command needs in order to find the same settings and the same ledger.
    again: Vec<String>,
}

impl Session {
    /// # Errors
    /// A [`Failure`] if the env file cannot be read.
    pub(crate) fn new(global: &Global, output: Output) -> Result<Self, Failure> {
        let variables = Variables::new(global.env_file.as_deref(), global.base_url.clone())?;
        let ledger = location(global.ledger.as_deref(), &variables)?;
        let language = language(global.lang, |name| variables.text(name));
        if output.is_human() {
            speak(language);
        }
        let output = Arc::new(output);
        Ok(Self { variables, output, ledger, no_input: global.no_input, language, again: again(global) })
    }

    /// A command that can be typed next, for the same merchant and ledger.
    pub(crate) fn command(&self, words: &[&str]) -> String {
        let options = self.again.iter().map(String::as_str);
        let words = ["wechatpay"].into_iter().chain(options).chain(words.iter().copied());
        words.map(quoted).collect::<Vec<_>>().join(" ")
    }
}

fn again(global: &Global) -> Vec<String> {
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let options = [
        ("--env-file", global.env_file.as_deref().map(path)),
        ("--base-url", global.base_url.clone()),
        ("--ledger", global.ledger.as_ref().map(|it| Location::from(it.as_os_str()).to_string())),
    ];
    let given = options.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?]));
    given.flatten().collect()
}

/// A word as it is typed in a shell.
fn quoted(word: &str) -> String {
    match word.chars().all(|c| c.is_alphanumeric() || "-_./:".contains(c)) && !word.is_empty() {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}
