//! A server of another origin, with one page. It also takes the callbacks of a merchant.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// Ends when this is dropped.
pub(crate) struct Elsewhere {
    pub(crate) port: u16,
    requests: Receiver<()>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Elsewhere {
    pub(crate) fn start(html: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, requests) = mpsc::channel();
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                // Browsers open connections in advance, and may never use them.
                let sender = sender.clone();
                std::thread::spawn(move || answer(stream.unwrap(), html, &sender));
            }
        });
        Self { port, requests, stop, thread: Some(thread) }
    }

    /// Waits until so many more requests have arrived.
    #[track_caller]
    pub(crate) fn arrivals(&self, count: usize) {
        for _ in 0..count {
            // This timeout only ends failing tests.
            self.requests.recv_timeout(Duration::from_secs(20)).expect("no request arrives");
        }
    }
}

/// Answers a request, whatever it is.
fn answer(stream: TcpStream, html: &str, arrived: &Sender<()>) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        if stream.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
    }
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\nContent-Length:";
    // Nobody may wait for it.
    let _ = arrived.send(());
    // The browser may have closed it.
    let _ = write!(stream.get_mut(), "{head} {}\r\n\r\n{html}", html.len());
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread.
        let woken = TcpStream::connect(("127.0.0.1", self.port)).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            // A panic of the thread has already been printed.
            let _ = thread.join();
        }
    }
}
