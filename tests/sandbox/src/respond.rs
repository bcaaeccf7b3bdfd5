//! Responses for operations that the sandbox does not know.

use std::sync::Arc;

use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;

/// The responses, in the order in which they were added.
#[derive(Debug, Clone, Default)]
pub(crate) struct Responses(Vec<Arc<Canned>>);

/// The response for one operation.
#[derive(Debug)]
pub(crate) struct Canned {
    pub(crate) operation: Option<String>,
    method: Method,
    /// The segments of the path; `None` for a parameter.
    path: Vec<Option<String>>,
    pub(crate) status: StatusCode,
    pub(crate) body: Option<Value>,
}

/// Responses for unknown operations that could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RespondError {
    /// It is not the JSON that [`Options::respond`](crate::Options::respond) describes.
    #[error("it is not a JSON list of objects with method, path, status and body: {0}")]
    Json(#[from] serde_json::Error),
    /// An entry has an invalid value.
    #[error("entry {entry}: {problem}")]
    Entry {
        /// The position in the list, from 0.
        entry: usize,
        /// What is wrong with it.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    operation: Option<String>,
    method: String,
    path: String,
    status: Option<u16>,
    body: Option<Value>,
}

impl Responses {
    pub(crate) fn add(&mut self, json: &[u8]) -> Result<(), RespondError> {
        let written: Vec<Written> = serde_json::from_slice(json)?;
        for (entry, written) in written.into_iter().enumerate() {
            let canned = written.read().map_err(|problem| RespondError::Entry { entry, problem })?;
            self.0.push(Arc::new(canned));
        }
        Ok(())
    }

    /// Returns the response for a request. `segments` are those of its path, decoded.
    pub(crate) fn find(&self, method: &Method, segments: &[String]) -> Option<Arc<Canned>> {
        self.0.iter().find(|canned| canned.method == *method && canned.matches(segments)).cloned()
    }

    /// The names that were given to the operations.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|canned| canned.operation.as_deref())
    }
}

impl Canned {
    fn matches(&self, segments: &[String]) -> bool {
        let same =
            |(part, segment): (&Option<String>, &String)| part.as_ref().is_none_or(|part| part == segment);
        self.path.len() == segments.len() && self.path.iter().zip(segments).all(same)
    }
}

impl Written {
    fn read(self) -> Result<Canned, String> {
        let path = self.path.strip_prefix('/').ok_or("path must begin with /")?;
        if self.path.contains(['?', '#']) {
            return Err("path must have no query".to_owned());
        }
        let is_parameter = |part: &&str| part.starts_with('{') && part.ends_with('}');
        let part = |part: &str| Some(part).filter(|part| !is_parameter(part)).map(str::to_owned);
        let status = self.status.unwrap_or(200);
        Ok(Canned {
            operation: self.operation,
            method: self.method.parse().map_err(|_| format!("method {:?} is not a method", self.method))?,
            path: path.split('/').map(part).collect(),
            status: StatusCode::from_u16(status)
                .ok()
                .filter(|status| (200..=599).contains(&status.as_u16()))
                .ok_or_else(|| format!("status {status} must be from 200 to 599"))?,
            body: self.body,
        })
    }
}
