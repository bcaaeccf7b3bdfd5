use std::io::{self, Seek, Write};
use std::mem;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, Uri};

use super::link::{path_of, refused};
use super::{CheckedFile, Download, FileLink, Spool};
use crate::answer::Answer;
use crate::client::Client;
use crate::crypto::CryptoProvider;
use crate::error::{BuildError, DownloadError, Error, TransportError, TransportErrorKind};
use crate::exchange::{Attempts, Driven, End, Exchange, Host, Kind, Next, Progress, SendReason, Step};
use crate::operation::{CrateOnly, Operation};
use crate::request::Stamp;
use crate::retry;
use crate::types::UnixSeconds;

/// How old a link may become before the file is requested. A link is valid for 30 seconds.
const LINK_AGE: Duration = Duration::from_secs(20);

/// A file that is being downloaded, with retries. Each attempt needs a link of its own, because a link expires.
pub(super) struct Downloading<O, W> {
    client: Client,
    provider: CryptoProvider,
    operation: O,
    attempts: Attempts,
    /// The time of the whole download. Only the parts of a file are limited by the timeout of an attempt.
    timeout: Duration,
    /// Where the file of the last attempt was.
    uri: Option<Uri>,
    state: State<W>,
}

enum State<W> {
    /// A link is needed.
    Unlinked(W),
    /// The link was received at this time.
    Linked(Box<Download>, W, Duration),
    /// The file is being received.
    Receiving(Spool<W>),
    /// The result is available.
    Ended(Result<CheckedFile<W>, Error>),
    /// The result was returned.
    Over,
}

/// Why a file did not arrive.
pub(super) enum Failure {
    Transport(TransportError),
    /// The sink failed.
    Sink(io::Error),
}

impl<O, W> Downloading<O, W>
where
    O: Operation<Response: FileLink>,
    W: Write + Seek,
{
    pub(super) fn new(
        client: &Client,
        provider: &CryptoProvider,
        operation: O,
        sink: W,
        timeout: Duration,
    ) -> Self {
        let policy = client.retry().clone().with_total(timeout);
        Self {
            client: client.clone(),
            provider: *provider,
            operation,
            attempts: Attempts::new(policy, Kind::Read, Host::Main, false),
            timeout,
            uri: None,
            state: State::Unlinked(sink),
        }
    }

    /// Returns the exchange that asks for the next link, if one is needed now.
    pub(super) fn next_link(&mut self, elapsed: Duration) -> Option<Exchange<O>> {
        let left = self.attempts.turn(elapsed)?;
        if !matches!(self.state, State::Unlinked(_)) {
            return None;
        }
        let policy = self.client.retry().clone();
        let total = policy.total.min(left);
        match self.client.clone().with_retry(policy.with_total(total)).exchange(&self.operation) {
            Ok(exchange) => Some(exchange),
            Err(error) => {
                self.end(Err(error.into()));
                None
            }
        }
    }

    /// Takes the response to the request for the link.
    pub(super) fn on_link(&mut self, result: Result<Answer<O::Response>, Error>, elapsed: Duration) {
        let link = result.and_then(|answer| Ok(self.client.download(&self.provider, &answer)?));
        match (mem::replace(&mut self.state, State::Over), link) {
            (State::Unlinked(sink), Ok(download)) => {
                self.uri = Some(download.uri().clone());
                self.state = State::Linked(Box::new(download), sink, elapsed);
            }
            (_, Ok(_)) => {}
            (_, Err(error)) => self.end(Err(error)),
        }
    }

    /// Returns where to write what is received.
    pub(super) fn spool(&mut self) -> Option<&mut Spool<W>> {
        if let State::Receiving(spool) = &mut self.state { Some(spool) } else { None }
    }

    /// Takes how an attempt ended: with the whole file, with a response that contains no file, or with a failure.
    pub(super) fn on_end(&mut self, result: Result<Option<Response<Bytes>>, Failure>, now: UnixSeconds) {
        match result {
            Ok(None) => self.on_file(Ok(())),
            Ok(Some(response)) => self.on_refused(&response, now),
            Err(failure) => self.on_file(Err(failure)),
        }
    }

    /// Takes the whole file, or why it did not arrive.
    fn on_file(&mut self, result: Result<(), Failure>) {
        let State::Receiving(spool) = mem::replace(&mut self.state, State::Over) else { return };
        match result {
            Ok(()) => match spool.check() {
                Ok(file) => self.end(Ok(file)),
                Err((error, sink)) => self.failed(error.into(), sink),
            },
            Err(Failure::Transport(error)) => {
                let error = self.uri.iter().fold(error, TransportError::tried);
                self.again(error.into(), spool);
            }
            Err(Failure::Sink(error)) => self.failed(DownloadError::from(error).into(), None),
        }
    }

    /// Takes a response that contains no file.
    fn on_refused(&mut self, response: &Response<Bytes>, now: UnixSeconds) {
        let State::Receiving(spool) = mem::replace(&mut self.state, State::Over) else { return };
        self.again(refused(&self.client, response, now), spool);
    }

    fn again(&mut self, error: Error, spool: Spool<W>) {
        match spool.give_up() {
            Ok(sink) => self.failed(error, Some(sink)),
            Err(error) => self.failed(DownloadError::from(error).into(), None),
        }
    }

    /// Ends an attempt. Without the sink there is no other.
    fn failed(&mut self, error: Error, sink: Option<W>) {
        let Some(sink) = sink else { return self.end(Err(error)) };
        match self.attempts.failed(error) {
            None => self.state = State::Unlinked(sink),
            Some(error) => self.end(Err(error)),
        }
    }

    fn end(&mut self, result: Result<CheckedFile<W>, Error>) {
        self.state = State::Ended(result);
    }
}

impl<O, W> Driven for Downloading<O, W>
where
    O: Operation<Response: FileLink>,
    W: Write + Seek,
{
    type Output = Result<CheckedFile<W>, Error>;

    /// A turn that comes when the link has expired is of no use.
    fn turn(&mut self, elapsed: Duration, _: UnixSeconds) -> Option<Duration> {
        let State::Linked(_, _, since) = &self.state else { return None };
        let link_left = LINK_AGE.saturating_sub(elapsed.saturating_sub(*since));
        Some(self.attempts.turn(elapsed)?.min(link_left))
    }

    /// There may be time for another link.
    fn on_no_turn(&mut self) {
        self.state = match mem::replace(&mut self.state, State::Over) {
            State::Linked(_, sink, _) => State::Unlinked(sink),
            state => state,
        };
    }

    fn poll(&mut self, elapsed: Duration, stamp: Stamp) -> Step<Self::Output> {
        if matches!(self.state, State::Receiving(_)) {
            self.on_transport_error(TransportErrorKind::MaybeSent.into());
        }
        let linked = match mem::replace(&mut self.state, State::Over) {
            State::Linked(download, sink, _) => Ok((download, sink)),
            State::Unlinked(sink) => Err(sink),
            State::Ended(result) => return Step::Done(result),
            State::Receiving(_) | State::Over => return Step::Done(Err(ended())),
        };
        match (self.attempts.next(elapsed), linked) {
            (Next::Send { connection, .. }, Ok((download, sink))) => {
                let timeout = self.timeout.saturating_sub(elapsed);
                let request = match download.request(stamp) {
                    Ok(request) => request,
                    Err(error) => return Step::Done(Err(error.into())),
                };
                match download.spool(sink) {
                    Ok(spool) => self.state = State::Receiving(spool),
                    Err(error) => return Step::Done(Err(DownloadError::from(error).into())),
                }
                self.attempts.sent(retry::jitter(&stamp));
                let reason = match self.attempts.made() {
                    1 => SendReason::Operation,
                    attempt => SendReason::Retry { attempt },
                };
                Step::Send { request, reason, timeout, connection }
            }
            (Next::Sleep(duration), linked) => {
                // The link would be older after the wait.
                self.state = State::Unlinked(linked.map_or_else(|sink| sink, |(_, sink)| sink));
                Step::Sleep(duration)
            }
            // The link is asked for before this.
            (Next::Send { .. }, Err(_)) => Step::Done(Err(ended())),
            (Next::End(error), _) => Step::Done(Err(error)),
        }
    }

    fn on_response(&mut self, response: &Response<Bytes>, now: UnixSeconds) {
        self.on_refused(response, now);
    }

    fn on_transport_error(&mut self, error: TransportError) {
        self.on_file(Err(Failure::Transport(error)));
    }

    fn stop(&mut self, reason: BuildError, _: CrateOnly) -> Self::Output {
        match mem::replace(&mut self.state, State::Over) {
            State::Ended(result) => result,
            State::Unlinked(_) | State::Linked(..) | State::Receiving(_) | State::Over => {
                Err(self.attempts.stop().unwrap_or(reason.into()))
            }
        }
    }

    fn progress(&self, _: CrateOnly) -> Progress<'_> {
        let error = match &self.state {
            State::Ended(result) => result.as_ref().err(),
            _ => self.attempts.error(),
        };
        Progress {
            operation: "file.download",
            path: path_of(self.uri.as_ref()),
            attempts: self.attempts.made(),
            uri: self.uri.as_ref(),
            error,
            retry: self.attempts.retry(),
        }
    }

    fn client(&self, _: CrateOnly) -> &Client {
        &self.client
    }

    fn end(output: &Self::Output, _: CrateOnly) -> End<'_> {
        End::Operation(output.as_ref().err())
    }
}

fn ended() -> Error {
    TransportError::new(TransportErrorKind::NotSent, "the download was polled after it had ended").into()
}
