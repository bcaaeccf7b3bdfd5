//! The log of the requests that arrived, for `GET /_sandbox/requests`, and the events for those who listen.

mod entry;
mod events;
mod ring;
mod url;

pub(crate) use entry::Entry;
pub(crate) use events::Events;
pub(crate) use ring::Journal;
pub(crate) use url::{base_url, request_url};
