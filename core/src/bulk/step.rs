use std::time::Duration;

use super::{Batch, BulkOperation, IntentId, Reservation, Stop};

/// What a driver does next for a [`Sender`](super::Sender).
#[derive(Debug)]
#[non_exhaustive]
pub enum Step<O: BulkOperation> {
    /// Ask the store for at most so many intents; then [`leased`](super::Sender::leased). With 0 it only looks for orders.
    Lease(usize),
    /// Give the batch to the store; then [`recorded`](super::Sender::recorded) or
    /// [`not_recorded`](super::Sender::not_recorded).
    Record(Batch),
    /// Give the reservation to the store; then [`reserved`](super::Sender::reserved), or
    /// [`not_reserved`](super::Sender::not_reserved). Only after [`share_pace`](super::Sender::share_pace).
    Reserve(Reservation),
    /// Send the operation once, without retries; then [`ended`](super::Sender::ended). Do not wait for it.
    Send {
        /// The intent.
        intent: IntentId,
        /// Its request.
        operation: O,
    },
    /// Send the query; then [`checked`](super::Sender::checked). Do not wait for it.
    Check(O::Check),
    /// Look for what the operation made; then [`searched`](super::Sender::searched). Do not wait for it.
    Search {
        /// The intent.
        intent: IntentId,
        /// The operation.
        operation: O,
    },
    /// Nothing to do until one of the steps above ends, or until this time has passed.
    Wait(Duration),
    /// The end.
    End(End),
}

/// Why a sender ended. Everything that it knows is in the store, and another sender can go on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// Nothing is left to do: each intent is final, or doubtful and a person must decide.
    Complete,
    /// As many intents were begun as the policy allows.
    Limit,
    /// The campaign was stopped.
    Stopped(Stop),
    /// A person has paused the campaign.
    Paused,
    /// The program was interrupted.
    Interrupted,
    /// The store failed. What had ended by then could not be recorded either, and counts as unknown.
    StoreFailed,
}

/// How a sender is getting on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Intents that this sender has seen become sent.
    pub sent: u64,
    /// Intents that this sender has seen become refused.
    pub refused: u64,
    /// Intents that this sender has seen become doubtful, and not found.
    pub doubtful: u64,
    /// Intents that wait for their next attempt.
    pub waiting: usize,
    /// Those of them that may have taken effect, and are looked for again when no attempt can take effect any more.
    pub to_find: usize,
    /// Requests in flight.
    pub in_flight: usize,
    /// Requests started.
    pub started: u64,
    /// Responses that said that there are too many requests.
    pub rate_limited: u64,
    /// The pace, in requests per second.
    pub rate: u32,
    /// How long all requests wait because the budget does not suffice.
    pub hold: Option<Duration>,
    /// How many of the last 200 rows have users that the platform refuses, if they are more than 5 %.
    pub refused_users: Option<u32>,
}
