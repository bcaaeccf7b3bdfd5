//! The sender: from intents to their ends.

mod hand;
mod hands;
mod poll;
mod results;
mod state;

use hand::{Hand, Place};
use hands::Hands;
pub use state::Sender;
