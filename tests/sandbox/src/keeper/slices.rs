//! The state as changes, part by part.

use crate::platform::Platform;
use crate::state::State;
use crate::state::change::Change;

/// The number of changes that are read while the lock is held.
const SLICE: usize = 128;

/// Reads a state part by part, while others change it: what was there at the beginning, as it is when it is read. What
/// comes later is left out, because it may refer to something later that was not read.
pub(super) struct Slices {
    until: Until,
    epoch: u64,
    /// Whether the state was reset since the beginning.
    pub(super) outdated: bool,
    next: Next,
}

/// The lengths of the lists at the beginning.
struct Until {
    stocks: usize,
    platform_favors: usize,
    images: usize,
    coupons: usize,
    /// The number of the last notification.
    notifications: u64,
}

/// Where the next part begins.
enum Next {
    Small,
    Stocks(usize),
    PlatformFavors(usize),
    Images(usize),
    Coupons(usize),
    Notifications(u64),
    End,
}

impl Slices {
    pub(super) fn new(platform: &Platform) -> Self {
        Self::new_of(&platform.state())
    }

    pub(super) fn new_of(state: &State) -> Self {
        let until = Until {
            stocks: state.stocks.len(),
            platform_favors: state.platform_favors.len(),
            images: state.images.len(),
            coupons: state.coupons.len(),
            notifications: state.notifications.last_number(),
        };
        Self { until, epoch: state.epoch(), outdated: false, next: Next::Small }
    }

    /// The changes that make the next part. `None` at the end.
    pub(super) fn next(&mut self, platform: &Platform) -> Option<Vec<Change>> {
        loop {
            let mut state = platform.state();
            if state.epoch() != self.epoch {
                self.outdated = true;
                return None;
            }
            let changes = match self.next {
                Next::Small => {
                    self.next = Next::Stocks(0);
                    small(platform, &mut state)
                }
                Next::Stocks(from) => {
                    let stock = |at| state.stocks.at(at).map(|stock| Change::Stock(Box::new(stock.clone())));
                    let (changes, next) = slice(from, self.until.stocks, stock);
                    self.next = next.map_or(Next::PlatformFavors(0), Next::Stocks);
                    changes
                }
                Next::PlatformFavors(from) => {
                    let favor = |at| state.platform_favors.at(at).cloned().map(Change::PlatformFavor);
                    let (changes, next) = slice(from, self.until.platform_favors, favor);
                    self.next = next.map_or(Next::Images(0), Next::PlatformFavors);
                    changes
                }
                Next::Images(from) => {
                    let image = |position: usize| {
                        let image = state.images.get(position)?.clone();
                        Some(Change::Image { position, image })
                    };
                    let (changes, next) = slice(from, self.until.images, image);
                    self.next = next.map_or(Next::Coupons(0), Next::Images);
                    changes
                }
                Next::Coupons(from) => {
                    let coupon = |at| state.coupons.at(at).cloned().map(Change::Coupon);
                    let (changes, next) = slice(from, self.until.coupons, coupon);
                    self.next = next.map_or(Next::Notifications(0), Next::Coupons);
                    changes
                }
                Next::Notifications(from) => {
                    let (changes, next) =
                        state.notifications.changes_in(from..=self.until.notifications, SLICE);
                    self.next = next.map_or(Next::End, Next::Notifications);
                    changes
                }
                Next::End => return None,
            };
            if !changes.is_empty() {
                return Some(changes);
            }
        }
    }
}

/// The entries of a list from a position on, and where the next part begins unless this is the last one.
fn slice(from: usize, end: usize, change: impl Fn(usize) -> Option<Change>) -> (Vec<Change>, Option<usize>) {
    let until = from.saturating_add(SLICE).min(end);
    let changes = (from..until).filter_map(change).collect();
    (changes, Some(until).filter(|until| *until < end))
}

/// What is not a long list.
fn small(platform: &Platform, state: &mut State) -> Vec<Change> {
    let mut changes = vec![
        Change::Clock(state.advanced()),
        Change::SignedBy(state.notifications.signed_by),
        Change::Limits(state.limits.stored().clone()),
        Change::Turns(state.limits.turns()),
        Change::Standing(platform.standing()),
    ];
    changes.extend(state.callback.clone().map(Change::Callback));
    changes.extend(state.faults.stored().into_iter().map(Change::Fault));
    changes.push(Change::Counts(state.counts()));
    let keys = platform.keys();
    changes.extend(keys.stored(&platform.credentials).into_iter().map(Change::Certificate));
    changes.push(Change::KeyModes(keys.modes()));
    changes
}
