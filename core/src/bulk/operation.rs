use serde::{Deserialize, Serialize};

use crate::error::{ApiError, StopReason};
use crate::operation::Operation;
use crate::pages::Paged;

/// An operation that is sent to many users, each of whom is to get its effect once.
///
/// It tells a [`Sender`](super::Sender) what only the operation knows: for whom it is, what its result is called, what a
/// rejection means for the others, and how to find out whether it took effect.
pub trait BulkOperation: Operation {
    /// Queries what all requests of a campaign draw on, such as a stock of coupons.
    type Check: Operation;
    /// Lists what the operation may have made for its user.
    type List: Paged;
    /// Queries one entry of the list in detail.
    type Detail: Operation;

    /// Returns for whom the operation is. Two operations for the same user are never sent at the same time: the platform
    /// refuses one of them by mistake.
    fn user(&self) -> &str;

    /// Returns the name of what the operation made, such as the id of a coupon.
    fn made(response: &Self::Response) -> String;

    /// Returns what a signed rejection means. Called only if [`ApiError::outcome`] is
    /// [`Rejected`](crate::Outcome::Rejected).
    fn refusal(error: &ApiError) -> Refusal;

    /// Returns the query of what the operation draws on.
    fn check(&self) -> Self::Check;

    /// Returns what the response to that query says about further requests.
    fn supply(response: &<Self::Check as Operation>::Response) -> Supply;

    /// Returns the list that has what the operation made, if it took effect.
    fn list(&self) -> Self::List;

    /// Returns the query of an entry of the list, unless the entry alone says that this operation did not make it.
    fn detail(&self, item: &<Self::List as Paged>::Item) -> Option<Self::Detail>;

    /// Returns the name of what this operation made, if this is it.
    fn found(&self, detail: &<Self::Detail as Operation>::Response) -> Option<String>;
}

/// What a signed rejection of one request means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// Every request would be refused, so all stop. This one is repeated when the reason is removed.
    Stop(StopReason),
    /// The budget does not suffice at the moment. The platform says so even if it suffices again a few seconds later, so
    /// all wait, and this request is repeated.
    NoBudget,
    /// The platform blocks the request, and does not say whether this passes. It is tried three times.
    Blocked,
    /// The user already has as many as one user may have.
    Limit,
    /// The same, while another request for the user may have been under way: then the platform says so by mistake. It is
    /// tried once more. The sender finds this out, not the operation.
    LimitBesideAnother,
    /// This request is invalid: its user is not one of this app, for example.
    Request {
        /// Whether the platform would have returned the earlier result instead, if an earlier attempt had taken effect.
        settles: bool,
    },
    /// The platform refuses this user.
    User,
    /// Any other rejection.
    Other {
        /// Whether the platform would have returned the earlier result instead, if an earlier attempt had taken effect.
        settles: bool,
    },
}

/// What further requests can draw on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Supply {
    /// Nothing speaks against further requests. With the number that can be made in one day, if there is such a limit.
    There {
        /// How many can be made in one day in Beijing.
        per_day: Option<u64>,
    },
    /// Nothing is left, and nothing will come by itself.
    Gone(StopReason),
}
