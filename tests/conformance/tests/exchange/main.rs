//! The exchange: what is repeated, when and where, which keys are fetched, and what is said of it in the end.

mod both_loops;
mod fault_table;
mod key_changes;
mod retries;
mod simulation;
mod tracing_events;
