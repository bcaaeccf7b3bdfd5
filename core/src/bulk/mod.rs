//! Many operations of one kind, each for another user, so that each takes effect once, whatever crashes.
//!
//! A campaign is a list of *intents*: "this user gets this coupon", each with a request number of its own
//! ([`OutRequestNo::derived`](crate::types::OutRequestNo::derived)). A [`Sender`] takes intents from a [`Store`], sends
//! their requests at a pace that the platform allows, repeats what may not have arrived, and stops when something is
//! wrong with all of them. It has no socket, no database and no clock: a driver's loop does its [`Step`]s and tells it
//! what came of them. It works for every [`BulkOperation`]; [`SendCoupon`](crate::cashcoupons::SendCoupon) is one.
//!
//! # An intent
//!
//! Facts about an intent are only ever added: an attempt began, an attempt ended, a query found something, a person
//! decided. The [`Standing`] follows from them, in whatever order they arrive and however often ([`History`]).
//!
//! ```text
//!  Planned ──began──▶ Sending ──ended──▶ Sent(id)                      final
//!     │                 ▲   │
//!     │                 │   ├──────────▶ Refused                       final: nothing may have happened
//!     │               Retry ◀┤
//!     │             (at a time)
//!     │                     └──────────▶ Doubtful ──query or person──▶ Sent, Refused or Retry
//!     └──person──▶ Cancelled                                           final
//! ```
//!
//! - An attempt is recorded before its request starts. If the process ends before the end is recorded, the attempt counts
//!   as one that may have taken effect: [`Verdict::Lost`].
//! - A success beats every other fact. It may be heard of late.
//! - Once an attempt may have taken effect, a refusal of a later one proves nothing: its reason may be the coupon itself.
//!
//! # What the result of a request does
//!
//! "In a row" means: without a success in between, in the whole campaign ([`Health`]), not only in this run of it. "Not
//! counted" repetitions come a second later; the others 1, 3, 10, 30, 100 and then 300 seconds later, within the
//! [`window`](Policy::window).
//!
//! | row | result | the intent | everything else |
//! |---|---|---|---|
//! | 1 | a verified success | sent | the pace rises each second, a hold ends |
//! | 2 | a verified success that cannot be read | repeated, for its id | five in a row: stop |
//! | 3 | not sent | repeated, not counted | five in a row: all wait, 1 s to 60 s |
//! | 4 | it cannot be built | refused | as row 12 |
//! | 5 | unknown: a timeout, a closed connection, 202, 408, 5xx, an unsigned rejection, a signature probe | repeated, then doubtful | fewer requests in flight; the first five rows all 5xx: stop |
//! | 6 | not verifiable, or not the platform's: a wrong or missing signature, an unknown key, an unsigned 400, a response to another request, one that is too large, a proxy, a redirect | as row 5 | three in a row: stop |
//! | 7 | 429, by any name | repeated, not counted; it may have taken effect | the pace halves, at most once a second; all wait as long as the response asks, from 1 s to 10 minutes |
//! | 8 | an unsigned 401, which the platform sends before it does anything | repeated, not counted | three in a row: stop |
//! | 9 | every request would be refused: a permission, the merchant, the setup, by code or by internal number | repeated, not counted | stop |
//! | 10 | `PARAM_ERROR` of the openid | refused | as row 12 |
//! | 11 | `PARAM_ERROR` of anything else, which is the same for all | repeated, not counted | stop |
//! | 12 | `INVALID_REQUEST` | refused | each of the first twenty rows: stop |
//! | 13 | `RESOURCE_NOT_EXISTS` | repeated, not counted | stop |
//! | 14 | `NOT_ENOUGH` | repeated, not counted | all wait: the stock is queried, and single requests are sent as probes after 5 s, 30 s and then every 2 minutes. Nothing left, or not running: stop. The day's budget used up: not before midnight in Beijing |
//! | 15 | `REQUEST_BLOCKED` without a number that says more | three tries, then refused | twenty in a row: stop |
//! | 16 | `RULE_LIMIT` | refused; once more after a minute if another request to the user may have been under way | |
//! | 17 | `USER_ACCOUNT_ABNORMAL` | refused | a warning above 5 % of the last 200 rows |
//! | 18 | any other signed rejection | refused | twenty in a row: stop |
//! | 19 | a refusal after an attempt that may have taken effect | doubtful | |
//!
//! With [`settle_by_repeat`](Policy::settle_by_repeat), rows 10, 12 (by its number, that of the openid), 17 and 18 (a known
//! code) settle row 19: the identical request is repeated once nothing earlier can take effect any more, and its refusal
//! counts. That holds only if this machine's clock is right to a minute, and if the platform looks at the number of a
//! request before its limits, which is not documented.
//!
//! Besides, in any case:
//!
//! - No two requests for one user are in flight. The platform refuses one of two by mistake.
//! - In no second more requests start than the [`rate`](Policy::rate) allows. The pace is that of one sender, unless its
//!   store [shares](Store::shares_pace) one: two senders of one merchant with stores of their own need half of it each, and
//!   a run that starts within a second after another ended may exceed it by a tenth.
//! - A request is signed within 30 s after its attempt was recorded, or not at all ([`Verdict::Withdrawn`]).
//! - After the window, nothing is repeated without a person's order ([`Fact::Overdue`]).
//!
//! # The loop of a driver
//!
//! ```
//! use wechatpay_core::bulk::{BulkOperation, End, IntentId, Now, Sender, Step, Store};
//! # use std::time::Duration;
//! # use wechatpay_core::{Answer, Error, Operation};
//! # enum Done<O: BulkOperation> {
//! #     Sent(IntentId, Result<Answer<O::Response>, Error>),
//! #     Checked(Result<Answer<<O::Check as Operation>::Response>, Error>),
//! #     Searched(IntentId, Result<Option<String>, Error>),
//! # }
//! # trait Requests<O: BulkOperation> {
//! #     fn now(&self) -> Now;
//! #     fn send(&mut self, intent: IntentId, operation: O);
//! #     fn check(&mut self, query: O::Check);
//! #     fn search(&mut self, intent: IntentId, operation: O);
//! #     fn next(&mut self, timeout: Duration) -> Option<Done<O>>;
//! # }
//!
//! /// `requests` sends without waiting and without retries, with `RetryPolicy::never()`. `next` waits for the first result.
//! fn run<O: BulkOperation>(
//!     mut sender: Sender<O>,
//!     store: &mut impl Store<O>,
//!     requests: &mut impl Requests<O>,
//! ) -> End {
//!     if store.shares_pace() {
//!         sender.share_pace();
//!     }
//!     loop {
//!         match sender.poll(requests.now()) {
//!             Step::Lease(most) => match store.lease(most) {
//!                 Ok(lease) => sender.leased(requests.now(), lease),
//!                 Err(_) => sender.not_leased(),
//!             },
//!             // Nothing is sent before this has returned.
//!             Step::Record(batch) => match store.record(&batch) {
//!                 Ok(recorded) => sender.recorded(requests.now(), recorded),
//!                 Err(_) => sender.not_recorded(requests.now(), batch),
//!             },
//!             Step::Reserve(reservation) => match store.reserve(&reservation) {
//!                 Ok(starts) => sender.reserved(requests.now(), &starts),
//!                 Err(_) => sender.not_reserved(),
//!             },
//!             Step::Send { intent, operation } => requests.send(intent, operation),
//!             Step::Check(query) => requests.check(query),
//!             Step::Search { intent, operation } => requests.search(intent, operation),
//!             Step::Wait(timeout) => match requests.next(timeout) {
//!                 Some(Done::Sent(intent, result)) => sender.ended(requests.now(), intent, &result),
//!                 Some(Done::Checked(result)) => sender.checked(requests.now(), &result),
//!                 Some(Done::Searched(intent, found)) => sender.searched(requests.now(), intent, &found),
//!                 None => {}
//!             },
//!             Step::End(end) => return end,
//!             _ => {}
//!         }
//!     }
//! }
//! ```
//!
//! A request must start when the step says so: if it waits, the pace is not kept, and its stamp is later than the sender
//! knows. So the driver's own limit of requests in flight must be above [`max_in_flight`](Policy::max_in_flight), and
//! each request needs a timeout. The same result reported twice has no effect.
//!
//! # The rules of a store
//!
//! - A batch is durable before `record` returns, all of it or nothing. If `record` fails, the batch may be kept all the
//!   same: it is given to the store once more, together with what happened since, so facts that are there already are
//!   added again.
//! - Facts are added, never changed, and none is left out. [`Health`] and [`Stop`] replace what was there. Of several
//!   records of an intent in one batch, the last one says where it stands.
//! - An intent is in the hands of one sender at a time, and is handed out once to each, with all its facts. Doubtful ones
//!   are handed out as well: each sender looks for them once.
//! - A store of several senders may take intents back: [`Recorded::lost`] names them when they are to begin. It keeps one
//!   pace for all of them: see [`Store::reserve`] and [`SharedPace`].
//! - `more` says whether a later lease of this sender can have intents. With none at the moment, the sender asks again a
//!   second later.
//! - While the campaign is stopped, a lease has no intents, and its [`Order`] is `Pause`. To go on, a person removes the
//!   stop, and the store keeps [`Health::resumed`].
//! - A person's decision is added only while the intent is in no sender's hands, and not dated before the end of the last
//!   attempt.
//!
//! A sender has at most 20 000 intents in hand, most of them waiting for their next attempt. Each takes about 1.2 KB with
//! up to eleven attempts, so 24 MB, and about 90 bytes more for each further attempt: 26 KB after 24 hours without an
//! answer. If that many wait at a time, no further ones are begun until some of them are final or doubtful.
//!
//! # Doubtful intents
//!
//! The sender looks for what a doubtful intent may have made, at once and again when nothing earlier can take effect any
//! more ([`Step::Search`], at most three failures). If it is found, the intent is sent. If not, that proves nothing: lists
//! leave out some kinds, and what has expired. Then a person decides: [`Decision::NotSent`] gives it up,
//! [`Decision::Repeat`] repeats the identical request, within another window. A new number could give the user a second
//! coupon.
//!
//! As long as the platform recognises a repeated number, two ledgers of one list cannot give a user two coupons, because the
//! numbers are the same. But what one sends, the other
//! may see as refused: by `RULE_LIMIT`, truly or by mistake.

mod flights;
mod health;
mod history;
mod hold;
mod lookup;
mod now;
mod operation;
mod pace;
mod permits;
mod policy;
mod record;
mod sender;
mod shared_pace;
mod step;
mod stop;
mod store;
mod unanswered;
mod unreachable;
mod verdict;

pub use health::Health;
pub use history::{Decision, Fact, History, Standing};
pub use lookup::Lookup;
pub use now::Now;
pub use operation::{BulkOperation, Refusal, Supply};
pub use policy::Policy;
pub use record::{Batch, Details, Intent, IntentId, Lease, Order, Record, Recorded};
pub use sender::Sender;
pub use shared_pace::{Reservation, SharedPace, Starts};
pub use step::{End, Progress, Step};
pub use stop::Stop;
pub use store::{AsyncStore, Store};
pub use verdict::Verdict;
