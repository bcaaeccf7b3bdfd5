//! The texts of [`ApiError`].

use std::fmt;

use super::excerpt::without;
use super::{ApiError, ErrorCode, ErrorDetail, OneLine, status};

impl ApiError {
    /// Leaves out the persons of the request: a gateway's message may name the path, and the platform's the user.
    fn impersonal(&self, text: &str) -> String {
        self.0.persons.iter().fold(text.to_owned(), |text, person| without(&text, person))
    }

    fn shown(&self, text: &str) -> String {
        OneLine(&self.impersonal(text)).to_string()
    }

    /// Writes what the status means, and what the body is.
    fn write_meaning(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&status::meaning(self.http_status(), self.0.redirect.as_deref()))?;
        match &self.0.excerpt {
            _ if !self.0.parsed.is_empty() => Ok(()),
            Some(nothing) if nothing.is_empty() => Ok(()),
            Some(excerpt) => write!(f, ", with the body \"{excerpt}\""),
            None => f.write_str(", with a body that is no readable text"),
        }
    }

    /// Writes what the detail says, in brackets.
    fn write_detail(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ErrorDetail { field, issue, location, .. } = self.detail().unwrap_or_default();
        // Without a field, where the parameter is says something too.
        let place = field.or(location.filter(|_| issue.is_none()));
        let received = self.0.received.as_ref().map(ToString::to_string);
        let problem = [place, issue].into_iter().flatten().map(|text| self.shown(&text));
        let problem = problem.collect::<Vec<_>>().join(": ");
        let parts = [Some(problem).filter(|problem| !problem.is_empty()), received];
        let parts = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
        if parts.is_empty() { Ok(()) } else { write!(f, " [{parts}]") }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code() {
            Some(code) if status::decides(self.http_status()) => {
                self.write_meaning(f)?;
                write!(f, ": {}", self.shown(code.as_str()))?;
            }
            Some(code) => write!(f, "{}", self.shown(code.as_str()))?,
            None => self.write_meaning(f)?,
        }
        if let Some(message) = self.message() {
            write!(f, ": {}", self.shown(message))?;
        }
        self.write_detail(f)?;
        write!(f, " ({}", self.0.context)?;
        match self.unverified() {
            None => f.write_str(")")?,
            Some(reason) => write!(f, ", unverified because {reason})")?,
        }
        match self.hint() {
            Some(hint) => write!(f, ": {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let impersonal = |text: Option<String>| text.map(|text| self.impersonal(&text));
        let detail = self.detail().map(|detail| ErrorDetail {
            field: impersonal(detail.field),
            issue: impersonal(detail.issue),
            location: impersonal(detail.location),
            ..detail
        });
        f.debug_struct("ApiError")
            .field("context", &self.0.context)
            .field("unverified", &self.unverified())
            .field("retry_after", &self.0.retry_after)
            .field("code", &self.code().map(|code| ErrorCode::from(self.impersonal(code.as_str()))))
            .field("message", &impersonal(self.message().map(str::to_owned)))
            .field("detail", &detail)
            .field("differences", &self.differences())
            .field("redirect", &self.0.redirect)
            .field("excerpt", &self.0.excerpt)
            .field("body_len", &self.0.body.len())
            .finish()
    }
}
