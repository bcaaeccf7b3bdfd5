//! Where settings come from.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use wechatpay_hyper::core::{Settings, SettingsError};

use crate::program::environment::env_file::{Pairs, parse};
use crate::program::environment::path::checked;
use crate::program::failure::Failure;
use crate::program::texts::text;

/// The variables that belong to one merchant. If none of them is set, there is no merchant.
const CREDENTIALS: [&str; 7] =
    ["MCHID", "SERIAL_NO", "PRIVATE_KEY", "CERT", "PUBLIC_KEY", "PLATFORM_CERT", "API_V3_KEY"];
const BASE_URL: &str = "WECHATPAY_BASE_URL";

/// The variables of the environment and of an env file. Those of the environment take precedence, and options take
/// precedence over both.
pub(crate) struct Variables {
    file: Pairs,
    folder: PathBuf,
    base_url: Option<String>,
}

impl Variables {
    /// Reads the env file, if there is one. `base_url` is the value of the option.
    ///
    /// # Errors
    /// A [`Failure`] if the file cannot be read.
    pub(crate) fn new(env_file: Option<&Path>, base_url: Option<String>) -> Result<Self, Failure> {
        let Some(path) = env_file else {
            return Ok(Self { file: Pairs::new(), folder: PathBuf::new(), base_url });
        };
        checked("--env-file", path)?;
        let named = |problem: &str| {
            Failure::configuration(text!(
                "env file {path}: {problem}",
                path = path.display(),
                problem = problem
            ))
        };
        let text =
            fs::read_to_string(path).map_err(|error| named(&text!("cannot be read")).because(&error))?;
        let text = wechatpay_hyper::core::zeroize::Zeroizing::new(text);
        let file = parse(&text).map_err(|problem| named(&problem))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { file, folder, base_url })
    }

    /// Whether there is a key, a certificate or a number of a merchant, or a URL of a platform.
    pub(crate) fn is_configured(&self) -> bool {
        let in_environment = env::vars_os().filter(|(_, value)| !value.is_empty());
        let in_environment = in_environment.filter_map(|(name, _)| name.into_string().ok());
        let in_file = self.file.iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name.clone());
        let configures = |name: String| {
            let name = name.strip_prefix("WECHATPAY_").unwrap_or_default();
            name == "BASE_URL" || CREDENTIALS.iter().any(|credential| name.starts_with(credential))
        };
        self.base_url.is_some() || in_environment.chain(in_file).any(configures)
    }

    /// A variable that is text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name)
            .and_then(|value| String::from_utf8(value).ok())
            .filter(|value| !value.trim().is_empty())
    }

    /// A variable that is a path.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        match variable(name) {
            Some(value) => Some(value.into()),
            None => Some(PathBuf::from(self.text(name)?)),
        }
    }

    /// The settings of the merchant.
    ///
    /// # Errors
    /// [`SettingsError`] with every variable that is missing or cannot be used.
    pub(crate) fn settings(&self) -> Result<Settings, SettingsError> {
        Settings::from_source(|name| self.get(name), |path| fs::read(path))
    }

    fn get(&self, name: &str) -> Option<Vec<u8>> {
        if name == BASE_URL
            && let Some(url) = &self.base_url
        {
            return Some(url.clone().into_bytes());
        }
        if let Some(value) = variable(name) {
            return Some(value.into_encoded_bytes());
        }
        // A key in the environment takes precedence over the path of one in the file, and the other way round.
        let twin = name.strip_suffix("_FILE").map_or_else(|| format!("{name}_FILE"), str::to_owned);
        if variable(&twin).is_some() {
            return None;
        }
        let value = self.file.get(name)?;
        let path = name.ends_with("_FILE").then(|| self.beside(value)).flatten();
        Some(path.unwrap_or_else(|| value.as_bytes().to_vec()))
    }

    /// The path of a file that is not in the current folder, but in the folder of the env file.
    fn beside(&self, path: &str) -> Option<Vec<u8>> {
        let beside = self.folder.join(path);
        let missing =
            |path: &Path| fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        let found = missing(Path::new(path)) && !missing(&beside);
        found.then(|| beside.into_os_string().into_encoded_bytes())
    }
}

/// A variable of the environment that is text, before there is an env file.
pub(crate) fn from_environment(name: &str) -> Option<String> {
    variable(name)?.into_string().ok()
}

/// A variable of the environment. An empty one counts as not set.
#[expect(clippy::disallowed_methods, reason = "the only place of the program for its environment")]
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
