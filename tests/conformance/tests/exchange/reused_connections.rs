//! Requests on kept connections that the server has closed.

use std::iter;

use wechatpay_core::ConnectionChoice::{self, Any, New};
use wechatpay_core::cashcoupons::StopStock;

use crate::*;

/// What a driver reports for a request on a kept connection that was closed before any byte of the response.
fn closed(kind: TransportErrorKind) -> TransportError {
    TransportError::new(kind, "connection reset").on_reused_connection()
}

/// Runs an operation whose first requests meet these errors. Returns its outcome (`None` is a success), on which
/// connections it was sent, and the pauses.
fn run<O: Operation>(
    operation: &O,
    retry: RetryPolicy,
    errors: Vec<TransportError>,
) -> (Option<Outcome>, Vec<ConnectionChoice>, Vec<Duration>) {
    let (client, platform, _) = pair(TIMESTAMP);
    let (client, mut errors) = (client.with_retry(retry), errors.into_iter());
    let mut io = Simulated::new(TIMESTAMP, |_, now, _| match errors.next() {
        Some(error) => (Err(error), Duration::ZERO),
        None => (Ok(platform.signed_response(200, COUPON_SENT, now)), Duration::ZERO),
    });
    let result = drive(client.exchange(operation).unwrap(), &mut io);
    let fresh: std::collections::BTreeSet<_> = io
        .sent
        .iter()
        .map(|request| request.headers()["authorization"].clone().as_bytes().to_vec())
        .collect();
    assert_eq!(fresh.len(), io.sent.len(), "each attempt has a stamp of its own");
    (result.err().map(|error| error.outcome()), io.connections, io.slept)
}

#[test]
fn an_idempotent_operation_is_sent_again_at_once_on_a_new_connection() {
    for kind in [TransportErrorKind::NotSent, TransportErrorKind::MaybeSent] {
        let result = run(&send_coupon(), RetryPolicy::default(), vec![closed(kind)]);
        assert_eq!(result, (None, vec![Any, New], vec![]));
    }
}

#[test]
fn other_operations_are_sent_again_only_if_nothing_was_sent() {
    let stop = StopStock::new("1".into(), "1".into());
    let outcome = |kind| {
        let (outcome, connections, slept) = run(&stop, RetryPolicy::default(), vec![closed(kind)]);
        (outcome, connections.len(), slept.len())
    };
    // The response to `StopStock` is missing here, so the second attempt is a decode error: what was sent counts.
    assert_eq!(outcome(TransportErrorKind::NotSent).1, 2);
    assert_eq!(outcome(TransportErrorKind::NotSent).2, 0);
    assert_eq!(outcome(TransportErrorKind::MaybeSent), (Some(Outcome::Unknown), 1, 0));
}

#[test]
fn each_of_these_attempts_counts() {
    let lost = || closed(TransportErrorKind::MaybeSent);
    let all = |attempts| {
        let policy = RetryPolicy::default().with_max_attempts(attempts);
        let (outcome, connections, slept) =
            run(&send_coupon(), policy, iter::repeat_with(lost).take(9).collect());
        (outcome, connections.len(), slept.len())
    };
    assert_eq!(all(1), (Some(Outcome::Unknown), 1, 0));
    assert_eq!(all(2), (Some(Outcome::Unknown), 2, 0));
    assert_eq!(all(3), (Some(Outcome::Unknown), 3, 0));
}

#[test]
fn a_policy_without_retries_has_none_here_either() {
    let result = run(&send_coupon(), RetryPolicy::never(), vec![closed(TransportErrorKind::MaybeSent)]);
    assert_eq!(result, (Some(Outcome::Unknown), vec![Any], vec![]));
}

#[test]
fn the_host_is_not_at_fault_so_the_backup_is_not_used() {
    let (client, platform, _) = pair(TIMESTAMP);
    let client = client.with_backup(BaseUrl::wechatpay_backup());
    let mut attempts = 0;
    let mut io = Simulated::new(TIMESTAMP, |_, now, _| {
        attempts += 1;
        match attempts {
            1 => (Err(closed(TransportErrorKind::MaybeSent)), Duration::ZERO),
            _ => (Ok(platform.signed_response(200, COUPON_SENT, now)), Duration::ZERO),
        }
    });
    drive(client.exchange(&send_coupon()).unwrap(), &mut io).unwrap();
    let hosts: Vec<_> = io.sent.iter().map(|request| request.uri().host().unwrap()).collect();
    assert_eq!(hosts, ["api.mch.weixin.qq.com"; 2]);
}

#[test]
fn the_error_says_that_the_connection_was_a_kept_one() {
    let error = closed(TransportErrorKind::MaybeSent);
    assert!(error.is_reused_connection());
    assert!(error.to_string().contains("on a connection that was kept open from an earlier request"));
}
