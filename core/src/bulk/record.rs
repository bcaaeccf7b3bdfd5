use serde::{Deserialize, Serialize};

use super::{Fact, Health, History, Policy, Standing, Stop};
use crate::error::Error;

/// The number of an intent in its store. The store chooses it.
pub type IntentId = u64;

/// An intent that a store hands to a sender, together with what is known of it.
#[derive(Debug, Clone)]
pub struct Intent<O> {
    /// Its number.
    pub id: IntentId,
    /// The request, the same for every attempt.
    pub operation: O,
    /// All facts that the store has of it.
    pub history: History,
}

/// What a store hands to a sender.
#[derive(Debug, Clone)]
pub struct Lease<O> {
    /// Intents that are not final, each of which is handed out once to a sender.
    pub intents: Vec<Intent<O>>,
    /// Whether there are more.
    pub more: bool,
    /// What a person has ordered.
    pub order: Order,
}

/// What a person has ordered from outside, as the store knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Nothing: go on.
    Go,
    /// Begin nothing more, and end.
    Pause,
}

/// What a store says when it has kept a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// What a person has ordered.
    pub order: Order,
    /// Intents that are no longer in the hands of this sender, because another one has taken them over. The attempts of
    /// these that begin with the batch were not kept, and do not start; everything else was kept.
    pub lost: Vec<IntentId>,
}

impl From<Order> for Recorded {
    fn from(order: Order) -> Self {
        Self { order, lost: Vec::new() }
    }
}

impl Recorded {
    /// Names the intents that are no longer in the hands of the sender.
    #[must_use]
    pub fn with_lost(mut self, lost: Vec<IntentId>) -> Self {
        self.lost = lost;
        self
    }
}

/// What a store keeps before anything that depends on it happens: all of it or nothing.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Batch {
    /// Facts about intents, in the order in which they became known.
    pub records: Vec<Record>,
    /// The state of the campaign's breakers, if it has changed.
    pub health: Option<Health>,
    /// Why the campaign stops. Until a person clears it, the store hands out no intent of the campaign.
    pub stop: Option<Stop>,
}

/// One fact about one intent, and what follows from it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Record {
    /// The intent.
    pub intent: IntentId,
    /// The fact.
    pub fact: Fact,
    /// Where the intent stands, with all the facts that this sender knows.
    pub standing: Standing,
    /// Whether an attempt may have taken effect, with all the facts that this sender knows.
    pub may_have_happened: bool,
    /// Details of an attempt that ended, for people.
    pub details: Option<Details>,
}

impl Record {
    /// Creates the record of a fact, and of what follows from it and from all the facts before it, which `history` has.
    pub fn new(intent: IntentId, fact: Fact, history: &History, policy: &Policy) -> Self {
        let (standing, may_have_happened) = (history.standing(policy), history.may_have_happened());
        Self { intent, fact, standing, may_have_happened, details: None }
    }
}

/// Details of an attempt that ended without success, for people. It names no user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Details {
    /// The HTTP status.
    pub http_status: Option<u16>,
    /// The code of the platform's error response.
    pub code: Option<String>,
    /// The number at the end of the `Request-ID`.
    pub internal_code: Option<String>,
    /// The platform's `Request-ID`.
    pub request_id: Option<String>,
    /// The text of the error with its causes, at most 500 characters.
    pub text: String,
}

impl Details {
    /// Takes the details from an error.
    pub fn of(error: &Error) -> Self {
        Self {
            http_status: error.http_status().map(|status| status.as_u16()),
            code: error.code().map(|code| code.as_str().to_owned()),
            internal_code: error.api().and_then(|api| api.internal_code()).map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
            text: format!("{error:#}").chars().take(500).collect(),
        }
    }
}
