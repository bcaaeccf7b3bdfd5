//! Downloads of files in simulated time: each attempt has a link of its own.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use wechatpay_core::crypto::{CryptoError, HashAlgorithm};
use wechatpay_core::download::{AsyncFileIo, CheckedFile, FileIo, drive_file, drive_file_async};
use wechatpay_core::error::{DownloadError, Phase};
use wechatpay_core::{AsyncIo, ConnectionChoice, Io};

use crate::*;

const FILE: &[u8] = b"the rows of the file";
const SECOND: Duration = Duration::from_secs(1);

/// What happens to the next request for a file. A request for a link always succeeds.
#[derive(Clone, Copy)]
enum Then {
    Whole,
    /// The first bytes of the file, and then this many wrong ones.
    Damaged(usize),
    /// The first bytes of the file, and then the end of the connection.
    Cut,
    Status(u16),
    /// Nothing within the timeout.
    Silent,
}

/// The network and the clock.
struct Network {
    script: VecDeque<Then>,
    platform: Platform,
    elapsed: Duration,
    stamps: u8,
    links: usize,
    /// The tokens of the links that were used, with the timeouts of the requests.
    files: Vec<(String, Duration)>,
    /// How long each turn takes to come.
    turns: VecDeque<Duration>,
}

/// The IO of one call, which began at this time.
struct Call(Rc<RefCell<Network>>, Duration);

/// The pieces of a body, and how it ends.
struct Body(VecDeque<Bytes>, bool);

impl Io for Call {
    fn turn(&mut self, timeout: Duration) -> bool {
        let mut network = self.0.borrow_mut();
        let wait = network.turns.pop_front().unwrap_or_default();
        network.elapsed += wait.min(timeout);
        wait <= timeout
    }

    fn send(
        &mut self,
        _: Request<Bytes>,
        _: Duration,
        _: ConnectionChoice,
    ) -> Result<Response<Bytes>, TransportError> {
        let mut network = self.0.borrow_mut();
        network.links += 1;
        let hash = hex(FILE);
        let url = format!("https://api.mch.weixin.qq.com/v3/billdownload/file?token=link-{}", network.links);
        let body = format!(r#"{{"url":"{url}","hash_type":"SHA1","hash_value":"{hash}"}}"#);
        Ok(network.platform.signed_response(200, &body, TIMESTAMP))
    }

    fn sleep(&mut self, duration: Duration) {
        self.0.borrow_mut().elapsed += duration;
    }

    fn unix_seconds(&mut self) -> UnixSeconds {
        TIMESTAMP
    }

    fn elapsed(&mut self) -> Duration {
        self.0.borrow().elapsed - self.1
    }

    fn stamp(&mut self) -> Result<Stamp, CryptoError> {
        let mut network = self.0.borrow_mut();
        network.stamps += 1;
        Ok(Stamp { unix_seconds: TIMESTAMP, nonce: Nonce::from_entropy([network.stamps; 16]) })
    }
}

impl FileIo for Call {
    type Body = Body;

    fn open(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
        idle: Duration,
        _: ConnectionChoice,
    ) -> Result<Response<Body>, TransportError> {
        let mut network = self.0.borrow_mut();
        let token = request.uri().query().unwrap().to_owned();
        network.files.push((token, timeout));
        let (first, rest) = FILE.split_at(4);
        let (status, pieces, complete) = match network.script.pop_front().unwrap() {
            Then::Whole => (200, vec![first.to_vec(), rest.to_vec()], true),
            Then::Damaged(bytes) => (200, vec![first.to_vec(), vec![b'x'; bytes]], true),
            Then::Cut => (200, vec![first.to_vec()], false),
            Then::Status(status) => (status, vec![b"{}".to_vec()], true),
            Then::Silent => {
                network.elapsed += timeout.min(idle);
                return Err(TransportError::from(TransportErrorKind::MaybeSent).during(Phase::Head));
            }
        };
        let body = Body(pieces.into_iter().map(Bytes::from).collect(), complete);
        let response = network.platform.signed_response(status, "{}", TIMESTAMP);
        Ok(response.map(|_| body))
    }

    fn piece(&mut self, body: &mut Body) -> Result<Option<Bytes>, TransportError> {
        match body.0.pop_front() {
            None if !body.1 => Err(TransportError::from(TransportErrorKind::MaybeSent).during(Phase::Body)),
            piece => Ok(piece),
        }
    }

    fn whole(&mut self, mut body: Body) -> Result<Bytes, TransportError> {
        Ok(body.0.pop_front().unwrap())
    }
}

impl AsyncIo for Call {
    async fn turn(&mut self, timeout: Duration) -> bool {
        Io::turn(self, timeout)
    }

    async fn send(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
        connection: ConnectionChoice,
    ) -> Result<Response<Bytes>, TransportError> {
        Io::send(self, request, timeout, connection)
    }

    async fn sleep(&mut self, duration: Duration) {
        Io::sleep(self, duration);
    }

    fn unix_seconds(&mut self) -> UnixSeconds {
        TIMESTAMP
    }

    fn elapsed(&mut self) -> Duration {
        Io::elapsed(self)
    }

    fn stamp(&mut self) -> Result<Stamp, CryptoError> {
        Io::stamp(self)
    }
}

impl AsyncFileIo for Call {
    type Body = Body;

    async fn open(
        &mut self,
        request: Request<Bytes>,
        timeout: Duration,
        idle: Duration,
        connection: ConnectionChoice,
    ) -> Result<Response<Body>, TransportError> {
        FileIo::open(self, request, timeout, idle, connection)
    }

    async fn piece(&mut self, body: &mut Body) -> Result<Option<Bytes>, TransportError> {
        FileIo::piece(self, body)
    }

    async fn whole(&mut self, body: Body) -> Result<Bytes, TransportError> {
        FileIo::whole(self, body)
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut hasher = PROVIDERS[0].hashes.start(HashAlgorithm::Sha1).unwrap();
    hasher.update(bytes);
    hasher.finish().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn network(script: &[Then], turns: &[Duration]) -> Rc<RefCell<Network>> {
    Rc::new(RefCell::new(Network {
        script: script.iter().copied().collect(),
        platform: pair(TIMESTAMP).1,
        elapsed: Duration::ZERO,
        stamps: 0,
        links: 0,
        files: Vec::new(),
        turns: turns.iter().copied().collect(),
    }))
}

/// Downloads into this sink with both loops, which must do the same.
fn download<W: Read + Write + Seek>(
    client: &Client,
    network: impl Fn() -> Rc<RefCell<Network>>,
    sink: impl Fn() -> W,
) -> (Result<CheckedFile<W>, Error>, Rc<RefCell<Network>>) {
    let flow = UseFlow::new("9856000".into());
    let (blocking, asynchronous) = (network(), network());
    let io = |network: &Rc<RefCell<Network>>| Call(Rc::clone(network), network.borrow().elapsed);
    let timeout = 60 * SECOND;
    let result = drive_file(client, PROVIDERS[0], flow.clone(), sink(), timeout, || io(&blocking));
    let future = drive_file_async(client, PROVIDERS[0], flow.clone(), sink(), timeout, || io(&asynchronous));
    let Poll::Ready(other) = pin!(future).poll(&mut Context::from_waker(Waker::noop())) else { panic!() };
    let text = |result: &Result<CheckedFile<W>, Error>| match result {
        Ok(file) => file.len().to_string(),
        Err(error) => format!("{error:#}"),
    };
    assert_eq!(text(&result), text(&other));
    assert_eq!(blocking.borrow().files, asynchronous.borrow().files);
    assert_eq!(blocking.borrow().elapsed, asynchronous.borrow().elapsed);
    (result, blocking)
}

/// The file, and the tokens of the links that were used.
type Run = (Result<CheckedFile<Cursor<Vec<u8>>>, Error>, Vec<String>);

fn run(client: &Client, script: &[Then]) -> Run {
    let (result, network) = download(client, || network(script, &[]), || Cursor::new(Vec::new()));
    let network = network.borrow();
    assert_eq!(network.links, network.files.len());
    assert!(network.elapsed <= 60 * SECOND);
    (result, network.files.iter().map(|(token, _)| token.clone()).collect())
}

#[test]
fn a_file_that_did_not_arrive_whole_is_requested_again_with_a_new_link() {
    let client = pair(TIMESTAMP).0;
    for failure in [Then::Cut, Then::Damaged(3), Then::Damaged(99), Then::Status(503), Then::Silent] {
        let (file, tokens) = run(&client, &[failure, failure, Then::Whole]);
        let mut read = Vec::new();
        file.unwrap().read_to_end(&mut read).unwrap();
        assert_eq!(read, FILE, "nothing of an earlier attempt is read");
        assert_eq!(tokens, ["token=link-1", "token=link-2", "token=link-3"]);
    }
}

#[test]
fn the_policy_limits_the_attempts_and_the_last_error_is_returned() {
    let client = pair(TIMESTAMP).0;
    let (result, tokens) = run(&client, &[Then::Cut, Then::Cut, Then::Damaged(3)]);
    assert!(matches!(result.unwrap_err(), Error::Download(DownloadError::Hash { .. })));
    assert_eq!(tokens.len(), 3);
    let (result, tokens) = run(&client.clone().with_retry(RetryPolicy::never()), &[Then::Cut]);
    assert_eq!(result.unwrap_err().phase(), Some(Phase::Body));
    assert_eq!(tokens.len(), 1);
}

#[test]
fn a_refusal_is_final() {
    let (result, tokens) = run(&pair(TIMESTAMP).0, &[Then::Status(404)]);
    assert_eq!(result.unwrap_err().http_status().unwrap(), 404);
    assert_eq!(tokens.len(), 1);
}

#[test]
fn a_silent_server_costs_the_time_of_one_attempt_and_not_of_the_download() {
    let client = pair(TIMESTAMP).0;
    let (result, network) =
        download(&client, || network(&[Then::Silent, Then::Whole], &[]), || Cursor::new(Vec::new()));
    result.unwrap();
    let network = network.borrow();
    assert!(network.elapsed < 11 * SECOND, "{:?}", network.elapsed);
    let timeouts: Vec<_> = network.files.iter().map(|(_, timeout)| *timeout).collect();
    assert_eq!(timeouts[0], 60 * SECOND);
    assert_eq!(timeouts[1], 60 * SECOND - network.elapsed);
}

#[test]
fn a_link_that_has_expired_while_the_request_waited_for_its_turn_is_replaced() {
    let client = pair(TIMESTAMP).0;
    // Turns of: the link, the file, another link, the file.
    let turns = [Duration::ZERO, 25 * SECOND];
    let (result, network) = download(&client, || network(&[Then::Whole], &turns), || Cursor::new(Vec::new()));
    result.unwrap();
    let network = network.borrow();
    assert_eq!(network.files, [("token=link-2".to_owned(), 40 * SECOND)]);
}

/// A sink that fails to write.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is full"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Full {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

impl Seek for Full {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(0)
    }
}

#[test]
fn a_sink_that_fails_ends_the_download() {
    let (result, network) = download(&pair(TIMESTAMP).0, || network(&[Then::Whole], &[]), || Full);
    assert!(matches!(result.unwrap_err(), Error::Download(DownloadError::Io(_))));
    assert_eq!(network.borrow().files.len(), 1);
}
