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
    let send = SendCoupon::new(RequiredCouponFields {
        openid: "o".into(),
        appid: "wx".into(),
        stock_id: "1".into(),
        stock_creator_mchid: "2".into(),
        out_request_no: "n".into(),
    });
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

#[test]
fn the_platforms_hosts_are_not_mixed_with_others() {
    let platform = [
        "https://api.mch.weixin.qq.com",
        "https://API2.wechatpay.cn:443",
        "https://apihk.mch.weixin.qq.com.",
    ];
    let others = [
        "http://127.0.0.1:8700",
        "http://[::1]:8700",
        "https://gateway.example.com",
        "https://api.mch.weixin.qq.com:8443",
        "https://api.mch.weixin.qq.com.example.com",
        // It serves files only.
        "https://download-service.wechatpay.cn",
    ];
    let url = |url: &str| BaseUrl::parse(url).unwrap();
    let (client, _, _) = pair(TIMESTAMP);
    let operation = SendCoupon::new(RequiredCouponFields {
        openid: "o".into(),
        appid: "wx".into(),
        stock_id: "1".into(),
        stock_creator_mchid: "2".into(),
        out_request_no: "n".into(),
    });
    let stamp = stamp_at(TIMESTAMP);
    for (main, backup, mixed) in [(0, 1, true), (1, 0, true), (0, 0, false), (1, 1, false)] {
        for main in [&platform[..], &others[..]][main] {
            for backup in [&platform[..], &others[..]][backup] {
                // The order in which they are set makes no difference.
                for client in [
                    client.clone().with_base_url(url(main)).with_backup(url(backup)),
                    client.clone().with_backup(url(backup)).with_base_url(url(main)),
                ] {
                    let errors = [
                        client.request(&operation, stamp).err(),
                        client.unsigned(&operation, stamp).err(),
                        client.exchange(&operation).err(),
                    ];
                    for error in errors {
                        assert_eq!(error.is_some(), mixed, "{main} {backup}");
                        let Some(error) = error else { continue };
                        let BuildError::Hosts { main: one, backup: other } = &error else {
                            panic!("{error}")
                        };
                        assert_eq!((one, other), (&url(main).to_string(), &url(backup).to_string()));
                        let text = error.to_string();
                        assert!(text.contains(one.as_str()) && text.contains(other.as_str()), "{text}");
                    }
                }
            }
        }
    }
    // The default main host is WeChat Pay's.
    let client = client.with_backup(url("http://127.0.0.1:8700"));
    assert!(matches!(client.request(&operation, stamp), Err(BuildError::Hosts { .. })));
}
