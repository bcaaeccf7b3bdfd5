//! The merchant's side of callbacks: a server that receives the requests of WeChat Pay.
//!
//! A real merchant uses a web framework for this. It must keep the headers and the body exactly as received.

use std::error::Error;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use wechatpay_ureq::Client;
use wechatpay_ureq::core::cashcoupons::CouponUsed;
use wechatpay_ureq::core::notification::{Notification, NotificationError, accepted};

type Taken = Result<Notification<CouponUsed>, NotificationError>;

pub(crate) struct Callbacks {
    pub(crate) url: String,
    taken: mpsc::Receiver<Taken>,
}

impl Callbacks {
    /// Listens on a free port of the loopback address until the program ends.
    pub(crate) fn listen(client: Client) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://{}/callback", listener.local_addr()?);
        let (sender, taken) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A request that cannot be read gets no response and does not affect other requests.
                if let Ok(notification) = take(&client, &stream) {
                    let _ = sender.send(notification);
                }
            }
        });
        Ok(Self { url, taken })
    }

    /// Waits up to 30 seconds for the next callback.
    pub(crate) fn next(&self) -> Result<Notification<CouponUsed>, Box<dyn Error>> {
        let taken = self.taken.recv_timeout(Duration::from_secs(30)).map_err(|_| "no callback came")?;
        Ok(taken?)
    }
}

/// Reads one request, sends the response, and returns the notification.
fn take(client: &Client, stream: &TcpStream) -> io::Result<Taken> {
    const MAX: u64 = 64 * 1024;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(stream.take(MAX));
    let (mut headers, mut len) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            match line.trim_end() {
                "" => break,
                _ => continue,
            }
        };
        if name.eq_ignore_ascii_case("content-length") {
            len = value.parse().unwrap_or(0);
        }
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut body = Vec::new();
    reader.take(len).read_to_end(&mut body)?;

    let taken = client.receive_from(headers, &body);
    let reply = match &taken {
        Ok(_) => accepted(),
        Err(error) => error.reply(),
    };
    let (status, body) = (reply.status(), reply.body());
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len())?;
    stream.write_all(body)?;
    Ok(taken)
}
