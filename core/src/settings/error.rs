use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::error::causes;

/// Settings that cannot be used. It lists every problem that was found, not only the first.
///
/// `{}` names each variable and its problem; `{:#}` adds all causes, in one line. No value is shown, except the path of
/// a file that cannot be read or used.
#[derive(Debug)]
pub struct SettingsError {
    problems: Vec<SettingProblem>,
}

/// What is wrong with one variable. `Display` is a sentence that begins with its name.
#[derive(Debug)]
pub struct SettingProblem {
    variable: Cow<'static, str>,
    problem: Cow<'static, str>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl SettingsError {
    /// Creates an error for one variable, such as one that a driver reads itself. `problem` is a predicate that follows
    /// the variable's name, such as `is not a valid URL`. It must not contain the value.
    pub fn new(variable: impl Into<Cow<'static, str>>, problem: impl Into<Cow<'static, str>>) -> Self {
        SettingProblem::new(variable, problem).into()
    }

    /// Returns the problems.
    pub fn problems(&self) -> &[SettingProblem] {
        &self.problems
    }

    /// Returns an error with these problems, if there are any.
    pub(super) fn of(problems: Vec<SettingProblem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }

    /// Returns an error with the problems of both.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.problems.extend(other.problems);
        self
    }

    pub(super) fn into_problems(self) -> Vec<SettingProblem> {
        self.problems
    }
}

impl SettingProblem {
    pub(super) fn new(variable: impl Into<Cow<'static, str>>, problem: impl Into<Cow<'static, str>>) -> Self {
        Self { variable: variable.into(), problem: problem.into(), source: None }
    }

    pub(super) fn because(self, source: impl Error + Send + Sync + 'static) -> Self {
        Self { source: Some(Box::new(source)), ..self }
    }

    /// Returns the variable's name, such as `WECHATPAY_MCHID`.
    pub fn variable(&self) -> &str {
        &self.variable
    }
}

impl From<SettingProblem> for SettingsError {
    fn from(problem: SettingProblem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.variable, self.problem)?;
        causes(self, f)
    }
}

impl Error for SettingProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_deref()?)
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings cannot be used")?;
        for (i, problem) in self.problems.iter().enumerate() {
            f.write_str(if i == 0 { ": " } else { "; " })?;
            // Passes the alternate form on.
            fmt::Display::fmt(problem, f)?;
        }
        Ok(())
    }
}

/// The source is the cause of the first problem that has one.
impl Error for SettingsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.problems.iter().find_map(|problem| problem.source())
    }
}
