//! Waiting for a turn, when a driver limits the number of requests in flight.

use wechatpay_core::error::Phase;

use crate::*;

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

/// The driver of a network that answers every request with a success, after this many requests that are lost.
fn network(lost: usize) -> Simulated<impl FnMut(Request<Bytes>, UnixSeconds, Duration) -> Reply> {
    let ((_, platform, _), mut lost) = (pair(TIMESTAMP), lost);
    Simulated::new(TIMESTAMP, move |_, now, timeout| {
        if lost > 0 {
            lost -= 1;
            return (Err(TransportErrorKind::MaybeSent.into()), timeout);
        }
        (Ok(platform.signed_response(200, COUPON_SENT, now)), Duration::ZERO)
    })
}

fn phase(error: &Error) -> Option<Phase> {
    match error {
        Error::Transport(error) => error.phase(),
        _ => None,
    }
}

#[test]
fn a_request_is_stamped_after_its_turn_has_come_and_then_has_its_whole_timeout() {
    let client = pair(TIMESTAMP).0;
    let mut timeouts = Vec::new();
    let platform = pair(TIMESTAMP).1;
    let mut io = Simulated::new(TIMESTAMP, |request: Request<Bytes>, now, timeout| {
        timeouts.push(timeout);
        let authorization = request.headers()["authorization"].to_str().unwrap();
        assert!(authorization.contains(&format!("timestamp=\"{now}\"")), "{authorization}");
        (Ok(platform.signed_response(200, COUPON_SENT, now)), Duration::ZERO)
    });
    io.turns = [15 * SECOND].into();
    drive(client.exchange(&send_coupon()).unwrap(), &mut io).unwrap();
    assert_eq!(io.elapsed, 15 * SECOND);
    assert_eq!(timeouts, [10 * SECOND]);
}

#[test]
fn an_operation_whose_turn_does_not_come_before_the_deadline_was_not_sent_and_says_so() {
    let client = pair(TIMESTAMP).0.with_retry(RetryPolicy::never().with_total(5 * SECOND));
    let mut io = network(0);
    io.turns = [Duration::MAX].into();
    let error = drive(client.exchange(&send_coupon()).unwrap(), &mut io).unwrap_err();
    assert_eq!((error.outcome(), phase(&error)), (Outcome::NotSent, Some(Phase::Queue)));
    let text = format!("{error:#}");
    assert!(text.contains("while it waited for other requests to end"), "{text}");
    assert_eq!((io.sent.len(), io.elapsed), (0, 2500 * MILLISECOND), "half of an attempt is left");
}

#[test]
fn an_operation_whose_second_turn_does_not_come_keeps_the_error_of_the_first_attempt() {
    let client = pair(TIMESTAMP).0;
    let mut io = network(1);
    io.turns = [Duration::ZERO, Duration::MAX].into();
    let error = drive(client.exchange(&send_coupon()).unwrap(), &mut io).unwrap_err();
    assert_eq!((error.outcome(), phase(&error)), (Outcome::Unknown, None));
    assert_eq!((io.sent.len(), io.elapsed), (1, 25 * SECOND));
}

#[test]
fn no_turn_is_taken_to_wait_or_to_return_a_result() {
    let client = pair(TIMESTAMP).0;
    let mut exchange = client.exchange(&send_coupon()).unwrap();
    let turn = |exchange: &mut Exchange<SendCoupon>, elapsed| exchange.turn(elapsed, TIMESTAMP);
    assert_eq!(turn(&mut exchange, 12 * SECOND), Some(13 * SECOND));
    assert_eq!(turn(&mut exchange, 27 * SECOND), Some(Duration::ZERO), "only a turn that is free at once");
    assert_eq!(turn(&mut exchange, 30 * SECOND), None, "no time is left");
    exchange.poll(Duration::ZERO, stamp());
    assert_eq!(turn(&mut exchange, SECOND), None, "a request is in flight");
    exchange.on_transport_error(TransportErrorKind::MaybeSent.into());
    assert_eq!(turn(&mut exchange, SECOND), None, "the next step is to wait");
    assert!(matches!(exchange.poll(SECOND, stamp()), Step::Sleep(_)));
    assert_eq!(turn(&mut exchange, 2 * SECOND), Some(23 * SECOND));
    exchange.poll(2 * SECOND, stamp());
    exchange.on_response(&pair(TIMESTAMP).1.signed_response(200, COUPON_SENT, TIMESTAMP), TIMESTAMP);
    assert_eq!(turn(&mut exchange, 3 * SECOND), None, "the result is known");
}

#[test]
fn a_request_that_need_not_wait_is_sent_even_if_little_time_is_left() {
    let client = pair(TIMESTAMP).0.with_retry(RetryPolicy::default().with_total(11 * SECOND));
    // The first attempt is lost after 10 s, and the second begins with less than 1 s left.
    let mut io = network(1);
    drive(client.exchange(&send_coupon()).unwrap(), &mut io).unwrap();
    assert_eq!(io.sent.len(), 2);
}
