use std::io::{Seek, Write};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use super::{CheckedFile, Downloading, Failure, FileLink, Spool};
use crate::client::Client;
use crate::crypto::CryptoProvider;
use crate::error::{Context, Error, TransportError};
use crate::exchange::{ConnectionChoice, Io, Run, Step, drive};
use crate::operation::Operation;

/// The IO that a blocking driver provides for a download.
pub trait FileIo: Io {
    /// The body of a response, as far as it has not been read. Dropping it closes the connection.
    type Body;

    /// Sends the request unchanged on such a connection, and reads the status and the headers of the response. Must not
    /// follow redirects.
    ///
    /// `timeout` is for the whole response with its body. No part of it may take longer than `idle` to arrive.
    ///
    /// # Errors
    /// [`TransportError`], which says how far the request got.
    fn open(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
        idle: Duration,
        connection: ConnectionChoice,
    ) -> Result<Response<Self::Body>, TransportError>;

    /// Reads the next piece of the body of a file. `None` is its end.
    ///
    /// # Errors
    /// [`TransportError`] when the body is incomplete, or larger than the driver's limit for files.
    fn piece(&mut self, body: &mut Self::Body) -> Result<Option<Bytes>, TransportError>;

    /// Reads the whole body of a response that is not a file.
    ///
    /// # Errors
    /// [`TransportError`] when the body is incomplete, or larger than the driver's limit for responses.
    fn whole(&mut self, body: Self::Body) -> Result<Bytes, TransportError>;
}

/// Asks for a link with `operation`, downloads the file into `sink`, and checks its hash. A blocking driver only has to
/// provide the IO.
///
/// All of it may take `timeout`. If the file does not arrive whole, it is requested again by the client's
/// [`RetryPolicy`](crate::RetryPolicy), with a new link, because a link is valid for 30 seconds only. What was written to
/// `sink` is then overwritten. A part of the response must arrive within the policy's `attempt_timeout`.
///
/// `io` creates the IO for each request for a link, and for the file.
///
/// # Errors
/// [`Error::Download`] when the file does not match the response, or when its URL is not one of the platform's; otherwise
/// the errors of [`drive`].
pub fn drive_file<O, W, I>(
    client: &Client,
    provider: &CryptoProvider,
    operation: O,
    sink: W,
    timeout: Duration,
    mut io: impl FnMut() -> I,
) -> Result<CheckedFile<W>, Error>
where
    O: Operation<Response: FileLink>,
    W: Write + Seek,
    I: FileIo,
{
    let idle = client.retry().attempt_timeout;
    let mut file_io = io();
    let mut run = Run::new(Downloading::new(client, provider, operation, sink, timeout));
    loop {
        if let Some(exchange) = run.machine().next_link(file_io.elapsed()) {
            let link = drive(exchange, &mut io());
            run.machine().on_link(link, file_io.elapsed());
        }
        if let Some(limit) = run.turn(file_io.elapsed(), file_io.unix_seconds())
            && !file_io.turn(limit)
        {
            run.no_turn();
            continue;
        }
        match run.next(file_io.elapsed(), file_io.stamp()) {
            Step::Send { request, timeout, connection, .. } => {
                let answer = file_io.open(request, timeout, idle, connection);
                let context = answer.as_ref().ok().map(Context::of);
                let result = match answer {
                    Ok(answer) => receive(&mut file_io, answer, run.machine().spool()),
                    Err(error) => Err(Failure::Transport(error)),
                };
                run.machine().on_end(result, file_io.unix_seconds());
                run.attempted(context, file_io.elapsed());
            }
            Step::Sleep(duration) => file_io.sleep(duration),
            Step::Done(result) => return result,
        }
    }
}

/// Writes the body of a file to the spool. Returns the response instead if it contains no file.
fn receive<I: FileIo, W: Write + Seek>(
    io: &mut I,
    answer: Response<I::Body>,
    spool: Option<&mut Spool<W>>,
) -> Result<Option<Response<Bytes>>, Failure> {
    let (parts, mut body) = answer.into_parts();
    let broken = |error: TransportError| Failure::Transport(error.with_headers(&parts.headers));
    let Some(spool) = spool.filter(|_| parts.status == StatusCode::OK) else {
        let body = io.whole(body).map_err(broken)?;
        return Ok(Some(Response::from_parts(parts, body)));
    };
    spool.set_headers(&parts.headers);
    while let Some(piece) = io.piece(&mut body).map_err(broken)? {
        spool.write_all(&piece).map_err(Failure::Sink)?;
    }
    Ok(None)
}
