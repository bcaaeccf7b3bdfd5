use std::fmt;

use super::BulkOperation;
use crate::answer::Answer;
use crate::error::{Error, Outcome};
use crate::operation::Operation;

/// The search for what an operation made, entry by entry. A driver sends the queries: for each entry of its
/// [`list`](BulkOperation::list) the [`detail`](BulkOperation::detail), if there is one.
pub struct Lookup<'a, O> {
    operation: &'a O,
    /// The first query that was rejected.
    rejected: Option<Error>,
}

impl<'a, O: BulkOperation> Lookup<'a, O> {
    /// Begins a search.
    pub fn new(operation: &'a O) -> Self {
        Self { operation, rejected: None }
    }

    /// Takes the result of the query of an entry. Returns the name of what the operation made, if this is it.
    ///
    /// # Errors
    /// The error of the query, which ends the search. A rejection does not: the other entries can still be looked at.
    pub fn on_detail(
        &mut self,
        result: Result<Answer<<O::Detail as Operation>::Response>, Error>,
    ) -> Result<Option<String>, Error> {
        match result {
            Ok(detail) => Ok(self.operation.found(&detail)),
            Err(error) if error.outcome() == Outcome::Rejected => {
                self.rejected.get_or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Ends the search after the last entry: it was not found.
    ///
    /// # Errors
    /// The first rejection, because that entry may have been it.
    pub fn end(self) -> Result<Option<String>, Error> {
        self.rejected.map_or(Ok(None), Err)
    }
}

/// Omits the operation, which has the id of a user.
impl<O> fmt::Debug for Lookup<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup").field("rejected", &self.rejected).finish_non_exhaustive()
    }
}
