//! Limits and moods of the platform, which are off unless they are asked for: rates, and refusals that come and go. They
//! are counted or seeded, never random.

mod documented;
mod in_force;
mod moods;
mod rates;
mod turns;
pub(crate) mod under_way;

pub(crate) use in_force::{Limits, StoredTurns};
pub(crate) use moods::Sending;
