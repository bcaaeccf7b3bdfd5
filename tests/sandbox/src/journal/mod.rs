//! The log of the requests that arrived, for `GET /_sandbox/requests`.

mod entry;
mod ring;
mod url;

pub(crate) use entry::Entry;
pub(crate) use ring::Journal;
pub(crate) use url::request_url;
