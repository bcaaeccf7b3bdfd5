use std::io::{Seek, Write};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use super::{CheckedFile, Downloading, Failure, FileLink, Spool};
use crate::client::Client;
use crate::crypto::CryptoProvider;
use crate::error::{Context, Error, TransportError};
use crate::exchange::{AsyncIo, ConnectionChoice, Run, Step, drive_async};
use crate::operation::Operation;

/// The IO that an async driver provides for a download: [`FileIo`](super::FileIo) with futures.
pub trait AsyncFileIo: AsyncIo {
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
    ) -> impl Future<Output = Result<Response<Self::Body>, TransportError>>;

    /// Reads the next piece of the body of a file. `None` is its end.
    ///
    /// # Errors
    /// [`TransportError`] when the body is incomplete, or larger than the driver's limit for files.
    fn piece(&mut self, body: &mut Self::Body)
    -> impl Future<Output = Result<Option<Bytes>, TransportError>>;

    /// Reads the whole body of a response that is not a file.
    ///
    /// # Errors
    /// [`TransportError`] when the body is incomplete, or larger than the driver's limit for responses.
    fn whole(&mut self, body: Self::Body) -> impl Future<Output = Result<Bytes, TransportError>>;
}

/// This is [`drive_file`](super::drive_file) for async drivers. Dropping the future cancels the download.
///
/// Writes to `sink` are blocking, and happen between network reads.
///
/// # Errors
/// The same as [`drive_file`](super::drive_file).
pub async fn drive_file_async<O, W, I>(
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
    I: AsyncFileIo,
{
    let idle = client.retry().attempt_timeout;
    let mut file_io = io();
    let mut run = Run::new(Downloading::new(client, provider, operation, sink, timeout));
    loop {
        if let Some(exchange) = run.machine().next_link(file_io.elapsed()) {
            let link = drive_async(exchange, &mut io()).await;
            run.machine().on_link(link, file_io.elapsed());
        }
        if let Some(limit) = run.turn(file_io.elapsed(), file_io.unix_seconds())
            && !file_io.turn(limit).await
        {
            run.no_turn();
            continue;
        }
        match run.next(file_io.elapsed(), file_io.stamp()) {
            Step::Send { request, timeout, connection, .. } => {
                let answer = file_io.open(request, timeout, idle, connection).await;
                let context = answer.as_ref().ok().map(Context::of);
                let result = match answer {
                    Ok(answer) => receive(&mut file_io, answer, run.machine().spool()).await,
                    Err(error) => Err(Failure::Transport(error)),
                };
                run.machine().on_end(result, file_io.unix_seconds());
                run.attempted(context, file_io.elapsed());
            }
            Step::Sleep(duration) => file_io.sleep(duration).await,
            Step::Done(result) => return result,
        }
    }
}

/// Writes the body of a file to the spool. Returns the response instead if it contains no file.
async fn receive<I: AsyncFileIo, W: Write + Seek>(
    io: &mut I,
    answer: Response<I::Body>,
    spool: Option<&mut Spool<W>>,
) -> Result<Option<Response<Bytes>>, Failure> {
    let (parts, mut body) = answer.into_parts();
    let broken = |error: TransportError| Failure::Transport(error.with_headers(&parts.headers));
    let Some(spool) = spool.filter(|_| parts.status == StatusCode::OK) else {
        let body = io.whole(body).await.map_err(broken)?;
        return Ok(Some(Response::from_parts(parts, body)));
    };
    spool.set_headers(&parts.headers);
    while let Some(piece) = io.piece(&mut body).await.map_err(broken)? {
        spool.write_all(&piece).map_err(Failure::Sink)?;
    }
    Ok(None)
}
