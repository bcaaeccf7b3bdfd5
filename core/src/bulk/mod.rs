//! Many operations of one kind, each for another user.

mod health;
mod history;
mod operation;
mod policy;
mod record;
mod store;
mod verdict;

pub use health::Health;
pub use history::{Decision, Fact, History, Standing};
pub use operation::{BulkOperation, Refusal, Supply};
pub use policy::Policy;
pub use record::{Batch, Details, Intent, IntentId, Lease, Order, Record, Stop};
pub use store::{AsyncStore, Store};
pub use verdict::Verdict;
