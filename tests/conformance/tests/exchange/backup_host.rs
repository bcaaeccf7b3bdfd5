//! When requests are sent to the backup host.

use crate::*;

/// The hosts to which requests were sent, and the outcome.
fn hosts<O: Operation>(client: &Client, operation: &O, fails: &[Fail]) -> (Vec<String>, Outcome) {
    let mut exchange = client.exchange(operation).unwrap();
    let (mut hosts, mut fails) = (Vec::new(), fails.iter());
    let mut first = None;
    loop {
        match exchange.poll(Duration::ZERO, stamp_at(TIMESTAMP)) {
            Step::Send { request, reason, .. } => {
                let host = request.uri().host().unwrap().to_owned();
                let backup = matches!(reason, SendReason::BackupHost { .. });
                assert_eq!(backup, host == "api2.mch.weixin.qq.com", "{reason:?}");
                hosts.push(host);
                let target = request.uri().path_and_query().cloned();
                let sent = (target, request.into_body());
                assert_eq!(*first.get_or_insert(sent.clone()), sent);
                match fails.next() {
                    Some(Fail::Transport(kind)) => exchange.on_transport_error((*kind).into()),
                    Some(Fail::Status(status)) => exchange.on_response(&unsigned(*status, "{}"), TIMESTAMP),
                    None => return (hosts, Outcome::Done),
                }
            }
            Step::Sleep(_) => {}
            Step::Done(result) => return (hosts, result.map(drop).unwrap_err().outcome()),
        }
    }
}

enum Fail {
    Transport(TransportErrorKind),
    Status(u16),
}

#[test]
fn the_backup_host_is_used_if_the_main_host_fails_and_a_retry_is_safe() {
    use Fail::{Status, Transport};
    use TransportErrorKind::{MaybeSent, NotSent};
    let (client, _, _) = pair(TIMESTAMP);
    let retry = RetryPolicy::default().with_max_attempts(4);
    let client = client.with_retry(retry).with_backup(BaseUrl::wechatpay_backup());
    let (main, backup) = ("api.mch.weixin.qq.com", "api2.mch.weixin.qq.com");
    let send = SendCoupon::new("o".into(), "1".into(), "n".into(), "wx".into(), "2".into());
    let stop = StopStock::new("1".into(), "2".into());
    assert_eq!(hosts(&client, &send, &[Transport(NotSent)]).0, [main, backup]);
    assert_eq!(hosts(&client, &send, &[Transport(MaybeSent), Status(502)]).0, [main, backup, main]);
    assert_eq!(
        hosts(&client, &send, &[Status(503), Transport(NotSent), Transport(NotSent)]).0,
        [main, backup, main, backup]
    );
    // These errors do not depend on the host.
    assert_eq!(hosts(&client, &send, &[Status(500), Status(429)]).0, [main, main, main]);
    // Not idempotent: retried only if the request was certainly not sent.
    assert_eq!(hosts(&client, &stop, &[Transport(NotSent)]).0, [main, backup]);
    assert_eq!(hosts(&client, &stop, &[Transport(MaybeSent)]), (vec![main.to_owned()], Outcome::Unknown));
    assert_eq!(
        hosts(&client, &stop, &[Transport(NotSent), Transport(MaybeSent)]),
        (vec![main.to_owned(), backup.to_owned()], Outcome::Unknown)
    );
    // Without a backup host all requests are sent to the main host.
    let (plain, _, _) = pair(TIMESTAMP);
    assert_eq!(hosts(&plain, &send, &[Transport(NotSent), Status(502)]).0, [main, main, main]);
}
