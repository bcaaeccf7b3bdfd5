//! `/_sandbox/events`: server-sent events.

use bytes::Bytes;
use http::StatusCode;

use crate::control::call::Call;
use crate::journal::Events;
use crate::protocol::language::prefers_english;
use crate::protocol::reply::{Handled, Reply};
use crate::streaming::{Source, Streaming};

/// `GET /events`
pub(crate) fn listen(call: Call<'_>) -> Handled {
    let too_many = || {
        let limit = Events::MAX_LISTENERS;
        let message = format!("{limit} listeners are connected, which is the limit; close one of them.");
        Reply::error(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_LISTENERS", &message)
    };
    let events = call.platform.events.listen(prefers_english(call.headers)).ok_or_else(too_many)?;
    // Milliseconds until a browser connects again.
    let first = Bytes::from_static(b"retry: 2000\n\n");
    Ok(Reply::stream("text/event-stream", Streaming(Source::Events(first, events))))
}
