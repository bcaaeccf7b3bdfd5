//! Many operations of one kind, each for another user.

mod flights;
mod health;
mod history;
mod hold;
mod now;
mod operation;
mod pace;
mod policy;
mod record;
mod sender;
mod step;
mod store;
mod unanswered;
mod unreachable;
mod verdict;

pub use health::Health;
pub use history::{Decision, Fact, History, Standing};
pub use now::Now;
pub use operation::{BulkOperation, Refusal, Supply};
pub use policy::Policy;
pub use record::{Batch, Details, Intent, IntentId, Lease, Order, Record, Stop};
pub use sender::Sender;
pub use step::{End, Progress, Step};
pub use store::{AsyncStore, Store};
pub use verdict::Verdict;
