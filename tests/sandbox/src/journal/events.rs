//! Events for those who listen to `GET /_sandbox/events`.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// The number of events that wait for one listener. A slower listener is disconnected.
const WAITING: usize = 256;

/// Sends events to all listeners. Nobody waits for a listener.
#[derive(Default)]
pub(crate) struct Events(Mutex<Hub>);

#[derive(Default)]
struct Hub {
    last_id: u64,
    listeners: Vec<Listener>,
}

struct Listener {
    english: bool,
    sender: Sender<Bytes>,
}

impl Events {
    pub(crate) const MAX_LISTENERS: usize = 64;

    /// Adds a listener, unless there are too many.
    pub(crate) fn listen(&self, english: bool) -> Option<Receiver<Bytes>> {
        let listeners = &mut self.0.lock().unwrap_or_else(PoisonError::into_inner).listeners;
        listeners.retain(|listener| !listener.sender.is_closed());
        if listeners.len() >= Self::MAX_LISTENERS {
            return None;
        }
        let (sender, receiver) = channel(WAITING);
        listeners.push(Listener { english, sender });
        Some(receiver)
    }

    /// Sends an event. `data` returns its content, in English or in Chinese.
    pub(crate) fn publish(&self, kind: &str, data: impl Fn(bool) -> Value) {
        let hub = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hub.last_id = hub.last_id.saturating_add(1);
        let id = hub.last_id;
        let format = |english| Bytes::from(format!("id: {id}\nevent: {kind}\ndata: {}\n\n", data(english)));
        let mut formatted: [Option<Bytes>; 2] = [None, None];
        let [chinese, english] = &mut formatted;
        hub.listeners.retain(|listener| {
            let event = if listener.english { &mut *english } else { &mut *chinese };
            let event = event.get_or_insert_with(|| format(listener.english)).clone();
            listener.sender.try_send(event).is_ok()
        });
    }

    /// Disconnects all listeners.
    pub(crate) fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).listeners.clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::sync::mpsc::error::TryRecvError;

    use super::*;

    #[test]
    fn each_listener_gets_each_event_in_its_language() {
        let events = Events::default();
        events.publish("change", |_| json!(0));
        let (mut chinese, mut english) = (events.listen(false).unwrap(), events.listen(true).unwrap());
        events.publish("request", |english| json!({ "english": english }));
        for (receiver, is_english) in [(&mut chinese, false), (&mut english, true)] {
            let expected = format!("id: 2\nevent: request\ndata: {{\"english\":{is_english}}}\n\n");
            assert_eq!(receiver.try_recv().unwrap(), expected);
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        }
        events.close();
        assert_eq!(chinese.try_recv(), Err(TryRecvError::Disconnected));
    }

    #[test]
    fn a_slow_listener_is_disconnected_and_the_others_are_not() {
        let events = Events::default();
        let (mut slow, mut fast) = (events.listen(true).unwrap(), events.listen(true).unwrap());
        for _ in 0..=WAITING {
            events.publish("change", |_| json!({}));
            assert!(fast.try_recv().is_ok());
        }
        assert_eq!((0..WAITING).filter(|_| slow.try_recv().is_ok()).count(), WAITING);
        assert_eq!(slow.try_recv(), Err(TryRecvError::Disconnected));
        assert_eq!(fast.try_recv(), Err(TryRecvError::Empty));
    }

    #[test]
    fn listeners_are_bounded_and_those_that_went_make_room() {
        let events = Events::default();
        let mut all: Vec<_> = (0..Events::MAX_LISTENERS).map(|_| events.listen(true).unwrap()).collect();
        assert!(events.listen(true).is_none());
        all.pop();
        assert!(events.listen(true).is_some());
    }
}
