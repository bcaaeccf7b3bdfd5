use std::fmt;
use std::mem;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};

use super::received::{callback_end, read, signature_headers};
use super::{Event, Notification, NotificationError, NotificationErrorKind};
use crate::certificates::DownloadCertificates;
use crate::client::Client;
use crate::error::{BuildError, TransportError};
use crate::exchange::{Driven, End, KeyFetch, Progress, Step};
use crate::operation::{CrateOnly, Operation as _};
use crate::request::Stamp;
use crate::types::UnixSeconds;
use crate::verify::is_signature_header;

/// A callback that is being read. If it is signed with an unknown platform certificate, the certificates are fetched once,
/// and the same headers and bytes are read again.
///
/// This is a state machine without IO, like [`Exchange`](crate::Exchange); [`drive`](crate::drive) and
/// [`drive_async`](crate::drive_async) run it. The drivers' `Client::receive` does so.
///
/// One message of a merchant at a time fetches certificates, and the others wait for it. After a fetch, callbacks cause no
/// other one for a minute, or for 10 seconds if it failed, whatever serial numbers they have. No callback waits longer than
/// [`Client::with_callback_timeout`](crate::Client::with_callback_timeout). Without an APIv3 key, and for a serial that
/// cannot be that of a certificate, nothing is fetched.
///
/// | row | state | event | condition | next |
/// |---|---|---|---|---|
/// | N1 | Read | poll | | done: the notification or the error |
/// | N2 | Waiting | poll | the certificate has become known, or the certificates were fetched | read again: N1 |
/// | N3 | Waiting | poll | no other message is fetching, or the fetch may be retried | send a request for the certificates: Waiting |
/// | N4 | Waiting | poll | another message is fetching, or the fetch is to be retried later | sleep: Waiting |
/// | N5 | Waiting | poll | the fetch has failed for good, the last one is too recent, or no time is left | done: an error with [`certificates`](NotificationError::certificates) |
/// | N6 | done | poll | | done: an error, because the result was returned |
/// | N7 | any | response or transport error | no request is in flight | ignored |
///
/// If it is dropped while it fetches, for example because the sender has closed the connection, the fetch counts as
/// failed. So a program that cancels its handlers should not cancel this. The driver on tokio takes care of it.
pub struct Receiving<E> {
    client: Client,
    state: State<E>,
}

enum State<E> {
    /// The result is available.
    Read(Result<Notification<E>, NotificationError>),
    /// The callback waits for the certificate it is signed with.
    Waiting(Box<Parked>),
    /// The result was returned.
    Over,
}

/// A callback that waits for the certificate it is signed with.
struct Parked {
    /// The signature headers.
    headers: HeaderMap,
    body: Bytes,
    /// The time of its arrival. The signature is checked against it, so that the wait cannot make the callback too old.
    received: UnixSeconds,
    /// The result while the certificate is not known.
    error: NotificationError,
    fetch: KeyFetch,
}

impl Client {
    /// Starts to read a callback: like [`notification`](Self::notification), but fetches the platform's certificates if it
    /// is signed with an unknown one. `now` is the local time.
    ///
    /// The callback is read at once. What it needs of the headers and the body is copied only if it has to wait.
    pub fn receive<E: Event>(&self, request: &Request<impl AsRef<[u8]>>, now: UnixSeconds) -> Receiving<E> {
        Receiving::new(self.clone(), request.headers(), request.body().as_ref(), now)
    }

    /// Like [`receive`](Self::receive), for frameworks with other types: takes any list of header names and values, and
    /// the bytes of the body.
    pub fn receive_from<E: Event>(
        &self,
        headers: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
        body: &[u8],
        now: UnixSeconds,
    ) -> Receiving<E> {
        Receiving::new(self.clone(), &signature_headers(headers), body, now)
    }
}

impl<E: Event> Receiving<E> {
    fn new(client: Client, headers: &HeaderMap, body: &[u8], now: UnixSeconds) -> Self {
        let state = match read(&client, headers, body, now) {
            Ok(notification) => State::Read(Ok(notification)),
            Err(error) => match fetch(&client, &error) {
                None => State::Read(Err(error)),
                Some(fetch) => {
                    let mut signature = HeaderMap::new();
                    for (name, value) in headers.iter().filter(|(name, _)| is_signature_header(name)) {
                        signature.append(name, value.clone());
                    }
                    let body = Bytes::copy_from_slice(body);
                    State::Waiting(Box::new(Parked { headers: signature, body, received: now, error, fetch }))
                }
            },
        };
        Self { client, state }
    }

    /// Whether the callback waits for certificates. If not, the next [`poll`](Self::poll) returns the result.
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting(_))
    }

    /// Returns the next step. `elapsed` is the time since the callback arrived, from a monotonic clock. `stamp` holds the
    /// current time and a fresh nonce; it is used if the step sends a request.
    ///
    /// Polling while a request is in flight treats that request as lost.
    pub fn poll(
        &mut self,
        elapsed: Duration,
        stamp: Stamp,
    ) -> Step<Result<Notification<E>, NotificationError>> {
        let mut parked = match mem::replace(&mut self.state, State::Over) {
            State::Waiting(parked) => parked,
            State::Read(result) => return Step::Done(result),
            State::Over => return Step::Done(Err(ended())),
        };
        match parked.fetch.next(&self.client, elapsed, stamp) {
            Step::Done(Ok(())) => {
                let result = read(&self.client, &parked.headers, &parked.body, parked.received);
                Step::Done(result.map_err(NotificationError::after_fetch))
            }
            Step::Send { request, reason, timeout, connection } => {
                self.state = State::Waiting(parked);
                Step::Send { request, reason, timeout, connection }
            }
            Step::Sleep(duration) => {
                self.state = State::Waiting(parked);
                Step::Sleep(duration)
            }
            Step::Done(Err(reason)) => Step::Done(Err(parked.error.without_certificates(reason))),
        }
    }

    /// Takes the response to the request in flight. `now` is the local time.
    pub fn on_response(&mut self, response: &Response<Bytes>, now: UnixSeconds) {
        if let State::Waiting(parked) = &mut self.state {
            parked.fetch.on_response(&self.client, response, now);
        }
    }

    /// Records that the request in flight ended without a response.
    pub fn on_transport_error(&mut self, error: TransportError) {
        if let State::Waiting(parked) = &mut self.state {
            parked.fetch.on_transport_error(error);
        }
    }
}

impl<E: Event> Driven for Receiving<E> {
    type Output = Result<Notification<E>, NotificationError>;

    /// A request for certificates needs none. See [`Exchange`](crate::exchange::Exchange).
    fn turn(&mut self, _: Duration, _: UnixSeconds) -> Option<Duration> {
        None
    }

    fn on_no_turn(&mut self) {}

    fn poll(&mut self, elapsed: Duration, stamp: Stamp) -> Step<Self::Output> {
        Self::poll(self, elapsed, stamp)
    }

    fn on_response(&mut self, response: &Response<Bytes>, now: UnixSeconds) {
        Self::on_response(self, response, now);
    }

    fn on_transport_error(&mut self, error: TransportError) {
        Self::on_transport_error(self, error);
    }

    fn stop(&mut self, reason: BuildError, _: CrateOnly) -> Self::Output {
        match mem::replace(&mut self.state, State::Over) {
            State::Read(result) => result,
            State::Waiting(parked) => {
                let reason = parked.fetch.stopped(reason);
                Err(parked.error.without_certificates(reason))
            }
            State::Over => Err(ended()),
        }
    }

    fn progress(&self, _: CrateOnly) -> Progress<'_> {
        let fetch = if let State::Waiting(parked) = &self.state { Some(&parked.fetch) } else { None };
        Progress {
            operation: "notification.receive",
            path: DownloadCertificates::PATH,
            attempts: fetch.map_or(0, KeyFetch::made),
            uri: fetch.and_then(KeyFetch::last_uri),
            error: fetch.and_then(KeyFetch::error),
            retry: fetch.and_then(KeyFetch::retry),
        }
    }

    fn client(&self, _: CrateOnly) -> &Client {
        &self.client
    }

    fn end(output: &Self::Output, _: CrateOnly) -> End<'_> {
        End::Callback(callback_end(output))
    }
}

/// A fetch of the certificate that a callback needs.
fn fetch(client: &Client, error: &NotificationError) -> Option<KeyFetch> {
    match error.kind() {
        NotificationErrorKind::Verify(problem) => KeyFetch::for_callback(client, problem),
        _ => None,
    }
}

fn ended() -> NotificationError {
    NotificationError::of(NotificationErrorKind::Ended, &[], false)
}

/// Omits the callback, which may contain personal data.
impl<E> fmt::Debug for Receiving<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Read(_) => "Read",
            State::Waiting(_) => "Waiting",
            State::Over => "Over",
        };
        f.debug_struct("Receiving").field("state", &format_args!("{state}")).finish_non_exhaustive()
    }
}
