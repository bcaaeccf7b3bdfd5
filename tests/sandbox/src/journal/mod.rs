//! The log of the requests that arrived, for `GET /_sandbox/requests`.

mod entry;
mod ring;

pub(crate) use entry::Entry;
pub(crate) use ring::Journal;
