//! Against servers that do what the sandbox would not.

use std::io::{Read as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use tokio::sync::mpsc as events;
use wechatpay_conformance::driver::{read_request, scripted};

use super::*;

#[tokio::test]
async fn failures_are_repeated_with_the_identical_body() {
    let (core, platform, _) = pair(now());
    let unavailable =
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>".to_vec();
    // A closed connection, an error page, a success.
    let (url, requests) = scripted(vec![Vec::new(), unavailable, ok(&platform)]);
    let sent = client(&core, &url).send(&any_send()).await.unwrap();
    assert_eq!(sent.coupon_id.as_str(), "98674556");
    let requests: Vec<String> = requests.iter().collect();
    let [first, second, third] = requests.as_slice() else { panic!("{requests:?}") };
    let body = |request: &str| request.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!((body(first), body(second)), (body(second), body(third)));
    let target = "POST /v3/marketing/favor/users/o%2F%E7%94%A8%E6%88%B7%7C%2B%25%201/coupons HTTP/1.1\r\n";
    assert!(requests.iter().all(|request| request.starts_with(target)), "{first}");
    assert!(requests.iter().all(|request| !request.to_lowercase().contains("accept-encoding")), "{first}");
    assert_ne!(first, second);
}

#[tokio::test]
async fn an_answer_over_the_cap_is_not_read() {
    let (core, platform, _) = pair(now());
    let body = format!(r#"{{"coupon_id":"1","padding":"{}"}}"#, "x".repeat(2 * 1024 * 1024));
    let large = on_the_wire(&platform.answer(200, &body, now()));
    let (url, _requests) = scripted(vec![large.clone()]);
    let error = client(&core, &url).send(&any_send()).await.unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::ResponseTooLarge { cap: 1024 * 1024 });
    assert_eq!(error.outcome(), Outcome::Unknown);
    let (url, _requests) = scripted(vec![large]);
    let client = client(&core, &url).with_response_cap(3 * 1024 * 1024);
    assert_eq!(client.send(&any_send()).await.unwrap().coupon_id.as_str(), "1");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (core, _, _) = pair(now());
    let redirect =
        b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (url, requests) = scripted(vec![redirect.to_vec()]);
    let error = client(&core, &url).send(&QueryStock::new("1".into(), "1".into())).await.unwrap_err();
    assert_eq!(error.api().unwrap().status(), 302);
    let requests: Vec<String> = requests.iter().collect();
    assert_eq!(requests.len(), 1);
    // No body, and nothing said of one.
    assert!(!requests[0].to_lowercase().contains("content-length"), "{requests:?}");
}

#[tokio::test]
async fn nobody_there_is_not_sent() {
    let (core, _, _) = pair(now());
    let (listener, url) = listener();
    drop(listener);
    let error = client(&core, &url).send(&any_send()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    // Reserved for names that never exist.
    let error = client(&core, "https://platform.invalid").send(&any_send()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_is_unknown_and_not_repeated_unless_idempotent() {
    let (core, _, _) = pair(now());
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    for broken in [Vec::new(), b"HTTP/1.1 2".to_vec(), b"\0garbage\r\n\r\n".to_vec(), cut] {
        let (url, requests) = scripted(vec![broken]);
        let error = client(&core, &url).send(&StopStock::new("1".into(), "1".into())).await.unwrap_err();
        assert_eq!(kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert_eq!(requests.iter().count(), 1);
    }
}

/// The keep-alive race: the server closes the connection just as the next request comes.
#[tokio::test]
async fn a_connection_that_breaks_when_it_is_used_again_is_unknown() {
    let (core, platform, _) = pair(now());
    let (listener, url) = listener();
    let kept_alive = String::from_utf8(ok(&platform)).unwrap().replace("connection: close\r\n", "");
    thread::spawn(move || {
        let (mut first, _) = listener.accept().unwrap();
        read_request(&first);
        first.write_all(kept_alive.as_bytes()).unwrap();
        thread::spawn(move || read_request(&first));
        // Should the next one come on another connection instead, that breaks as well.
        if let Ok((second, _)) = listener.accept() {
            read_request(&second);
        }
    });
    let client = client(&core, &url);
    client.send(&any_send()).await.unwrap();
    // Lets the connection go back to the pool.
    tokio::task::yield_now().await;
    let error = client.send(&StopStock::new("1".into(), "1".into())).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
}

/// Accepts, reads, sends this, and then does nothing until the client is gone.
fn silent(beginning: &'static [u8]) -> String {
    let (listener, url) = listener();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(beginning);
                let _ = stream.read_to_end(&mut Vec::new());
            });
        }
    });
    url
}

#[tokio::test]
async fn a_server_that_falls_silent_ends_the_attempt() {
    let (core, _, _) = pair(now());
    for beginning in [&b""[..], b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"] {
        let error = impatient(&core, &silent(beginning)).send(&any_send()).await.unwrap_err();
        assert_eq!(kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
    }
    // Without TLS there was no connection, and nothing was sent.
    let url = silent(b"").replace("http://", "https://");
    let error = impatient(&core, &url).send(&any_send()).await.unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::NotSent, "{error:?}");
}

#[tokio::test]
async fn a_future_that_is_dropped_takes_its_connection_along_and_nothing_else() {
    let (core, platform, _) = pair(now());
    let (listener, url) = listener();
    let answer = ok(&platform);
    let (event, mut events) = events::unbounded_channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&stream);
        event.send("asked").unwrap();
        // Nothing more comes but the end.
        assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);
        event.send("closed").unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&stream);
        stream.write_all(&answer).unwrap();
    });
    let client = client(&core, &url);
    // Never polled: never sent.
    drop(client.send(&any_send()));
    let sending = tokio::spawn(client.send(&any_send()));
    assert_eq!(events.recv().await, Some("asked"));
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    assert_eq!(events.recv().await, Some("closed"));
    assert!(client.send(&any_send()).await.is_ok());
}

/// Answers each request only when told, and counts how many there are at once.
#[tokio::test]
async fn no_more_requests_are_under_way_than_allowed() {
    let (core, platform, _) = pair(now());
    let (listener, url) = listener();
    let answer = ok(&platform);
    let (arrived, mut arrivals) = events::unbounded_channel();
    let (release, released) = mpsc::channel();
    let (released, most) = (Arc::new(Mutex::new(released)), Arc::new(AtomicUsize::new(0)));
    let (under_way, seen) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&most));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer, arrived) = (stream.unwrap(), answer.clone(), arrived.clone());
            let (released, under_way, seen) =
                (Arc::clone(&released), Arc::clone(&under_way), Arc::clone(&seen));
            thread::spawn(move || {
                if read_request(&stream).is_empty() {
                    // A connection that was not needed in the end.
                    return;
                }
                seen.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                arrived.send(()).unwrap();
                released.lock().unwrap().recv().unwrap();
                under_way.fetch_sub(1, Ordering::SeqCst);
                stream.write_all(&answer).unwrap();
            });
        }
    });
    let client = client(&core, &url).with_concurrency(2);
    let sends: Vec<_> = (0..6).map(|_| tokio::spawn(client.clone().send(&any_send()))).collect();
    for _ in 0..2 {
        arrivals.recv().await.unwrap();
    }
    for _ in &sends {
        release.send(()).unwrap();
    }
    for sent in sends {
        sent.await.unwrap().unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_list_ends_after_an_error() {
    let (core, _, _) = pair(now());
    let (url, requests) =
        scripted(vec![b"HTTP/1.1 403 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into()]);
    let mut stocks = client(&core, &url).list(ListStocks::new("1".into()));
    assert_eq!(stocks.next().await.unwrap().unwrap_err().api().unwrap().status(), 403);
    assert!(stocks.next().await.is_none());
    assert_eq!(requests.iter().count(), 1);
}

#[tokio::test]
async fn no_error_shows_who_it_was_about() {
    let (core, _, _) = pair(now());
    let (listener, nobody) = listener();
    drop(listener);
    let (closing, _requests) = scripted(vec![Vec::new(); 3]);
    let secret = QueryCoupon::new("oSecretPerson".into(), "1".into(), "wx".into());
    for url in [nobody.as_str(), closing.as_str(), "https://platform.invalid"] {
        let error = client(&core, url).send(&secret).await.unwrap_err();
        let mut shown = format!("{error:?}");
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = cause {
            shown += &error.to_string();
            cause = error.source();
        }
        assert!(!shown.contains("oSecretPerson"), "{shown}");
    }
}
