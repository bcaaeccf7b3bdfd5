use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::{Hand, Place};
use crate::bulk::{BulkOperation, Intent, IntentId};

/// The intents in the hands of the sender, and where each is on its way.
pub(super) struct Hands<O> {
    all: HashMap<IntentId, Hand<O>>,
    /// What waits, by time.
    waiting: BTreeSet<(Duration, IntentId)>,
    due: VecDeque<IntentId>,
    /// What is due, but another attempt for its user is under way.
    behind: HashMap<u64, VecDeque<IntentId>>,
    /// The users for whom an attempt is recorded or in flight.
    busy: HashSet<u64>,
    recorded: VecDeque<IntentId>,
    to_search: VecDeque<IntentId>,
    recording: usize,
    in_flight: usize,
    searching: usize,
}

impl<O: BulkOperation> Hands<O> {
    pub(super) fn new() -> Self {
        Self {
            all: HashMap::new(),
            waiting: BTreeSet::new(),
            due: VecDeque::new(),
            behind: HashMap::new(),
            busy: HashSet::new(),
            recorded: VecDeque::new(),
            to_search: VecDeque::new(),
            recording: 0,
            in_flight: 0,
            searching: 0,
        }
    }

    pub(super) fn get(&self, id: IntentId) -> Option<&Hand<O>> {
        self.all.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: IntentId) -> Option<&mut Hand<O>> {
        self.all.get_mut(&id)
    }

    /// Returns one of the operations.
    pub(super) fn any(&self) -> Option<&O> {
        self.all.values().next().map(|hand| &hand.operation)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Returns how many are due now, as far as their users are free.
    pub(super) fn due(&self) -> usize {
        self.due.len()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Returns how many of those that wait are doubtful.
    pub(super) fn to_find(&self) -> usize {
        let waiting = self.waiting.iter().filter_map(|(_, id)| self.all.get(id));
        waiting.filter(|hand| hand.doubtful).count()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    pub(super) fn searching(&self) -> usize {
        self.searching
    }

    /// Returns how many attempts are being recorded, recorded or in flight.
    pub(super) fn under_way(&self) -> usize {
        self.recording.saturating_add(self.recorded.len()).saturating_add(self.in_flight)
    }

    /// Returns how many attempts are recorded, or being recorded, and not started.
    pub(super) fn ahead(&self) -> usize {
        self.recording.saturating_add(self.recorded.len())
    }

    /// Takes an intent. What is already there stays as it is.
    pub(super) fn take(&mut self, intent: Intent<O>) -> Option<IntentId> {
        let id = intent.id;
        if self.all.contains_key(&id) {
            return None;
        }
        let user = hash(intent.operation.user());
        self.all.insert(id, Hand::new(intent, user));
        Some(id)
    }

    /// Lets an intent go. It must be in no queue: a result has just come, or it was just taken.
    pub(super) fn release(&mut self, id: IntentId) {
        self.all.remove(&id);
    }

    /// Puts an intent where it goes on. It must be in no queue.
    pub(super) fn put(&mut self, id: IntentId, place: Place) {
        let Some(hand) = self.all.get_mut(&id) else { return };
        hand.place = place;
        match place {
            Place::Waiting(until) => drop(self.waiting.insert((until, id))),
            Place::Due => self.due.push_back(id),
            Place::Recording(..) => {
                self.recording = self.recording.saturating_add(1);
                self.busy.insert(hand.user);
            }
            Place::Recorded(..) => self.recorded.push_back(id),
            Place::InFlight(..) => self.in_flight = self.in_flight.saturating_add(1),
            Place::ToSearch => self.to_search.push_back(id),
            Place::Searching => self.searching = self.searching.saturating_add(1),
        }
    }

    /// Makes everything due whose time has come, and returns when the next one is.
    pub(super) fn wake(&mut self, now: Duration) -> Option<Duration> {
        while let Some((until, id)) = self.waiting.first().copied() {
            if until > now {
                return Some(until);
            }
            self.waiting.pop_first();
            let doubtful = self.all.get(&id).is_some_and(|hand| hand.doubtful);
            self.put(id, if doubtful { Place::ToSearch } else { Place::Due });
        }
        None
    }

    /// Takes the next intent that is due and whose user is free.
    pub(super) fn next_due(&mut self) -> Option<IntentId> {
        while let Some(id) = self.due.pop_front() {
            let Some(hand) = self.all.get(&id) else { continue };
            if !self.busy.contains(&hand.user) {
                return Some(id);
            }
            self.behind.entry(hand.user).or_default().push_back(id);
        }
        None
    }

    /// Takes the next recorded attempt.
    pub(super) fn next_recorded(&mut self) -> Option<IntentId> {
        self.recorded.pop_front()
    }

    /// Returns the next recorded attempt.
    pub(super) fn first_recorded(&self) -> Option<IntentId> {
        self.recorded.front().copied()
    }

    pub(super) fn next_search(&mut self) -> Option<IntentId> {
        self.to_search.pop_front()
    }

    pub(super) fn to_search(&self) -> usize {
        self.to_search.len()
    }

    /// The attempt is recorded.
    pub(super) fn is_recorded(&mut self) {
        self.recording = self.recording.saturating_sub(1);
    }

    pub(super) fn is_searched(&mut self) {
        self.searching = self.searching.saturating_sub(1);
    }

    /// The request has ended.
    pub(super) fn has_landed(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// The user is free again, so the next intent for the user is due.
    pub(super) fn free(&mut self, user: u64) {
        self.busy.remove(&user);
        let Some(behind) = self.behind.get_mut(&user) else { return };
        self.due.extend(behind.pop_front());
        if behind.is_empty() {
            self.behind.remove(&user);
        }
    }
}

fn hash(user: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    user.hash(&mut hasher);
    hasher.finish()
}
