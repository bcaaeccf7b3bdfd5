//! One table of faults between the merchant and the platform, and the results they must have, in simulated time and
//! with every driver over real sockets.

mod table;

use std::marker::PhantomData;
use std::thread;

use table::Case::*;
use table::{Row, TABLE};
use wechatpay_conformance::drivers::Driver;
use wechatpay_conformance::sandbox::ServedSandbox;

use crate::*;

/// A transport for operations to a sandbox.
trait Transport {
    fn new(sandbox: LocalSandbox) -> Self;
    fn sandbox(&self) -> &LocalSandbox;
    /// Two base URLs: of the sandbox, and of a host without a server.
    fn hosts(&self) -> [String; 2];
    fn send<O: Operation<Response: Send>>(&self, client: &Client, operation: &O) -> Result<(), Error>;
}

/// A driver over real sockets.
struct Sockets<D>(ServedSandbox, PhantomData<D>);

impl<D: Driver> Transport for Sockets<D> {
    fn new(sandbox: LocalSandbox) -> Self {
        Self(ServedSandbox::of(sandbox), PhantomData)
    }

    fn sandbox(&self) -> &LocalSandbox {
        &self.0
    }

    fn hosts(&self) -> [String; 2] {
        // Port 1 is reserved for a service that is not in use, and the system does not assign it to other programs.
        [self.0.url(), "http://127.0.0.1:1".to_owned()]
    }

    fn send<O: Operation<Response: Send>>(&self, client: &Client, operation: &O) -> Result<(), Error> {
        D::new(client.clone()).send(operation).map(drop)
    }
}

struct InSimulatedTime(LocalSandbox);

impl Transport for InSimulatedTime {
    fn new(sandbox: LocalSandbox) -> Self {
        Self(sandbox)
    }

    fn sandbox(&self) -> &LocalSandbox {
        &self.0
    }

    fn hosts(&self) -> [String; 2] {
        ["https://platform.invalid".to_owned(), "https://down.invalid".to_owned()]
    }

    fn send<O: Operation<Response: Send>>(&self, client: &Client, operation: &O) -> Result<(), Error> {
        let mut network = Simulated::new(now(), |request, now, timeout| match request.uri().host() {
            Some("down.invalid") => (Err(TransportErrorKind::NotSent.into()), Duration::ZERO),
            // The response cap of the drivers.
            _ => deliver(self.0.sandbox.respond(request, now), timeout, 1024 * 1024),
        });
        let result = drive(client.exchange(operation)?, &mut network).map(drop);
        assert!(network.elapsed <= client.retry().total, "{:?}", network.elapsed);
        result
    }
}

/// Runs a row, and returns the result, the number of requests, and the number of coupons, favors or stopped stocks.
fn run<T: Transport>((case, faults, ..): Row) -> (String, u64, usize) {
    let transport = T::new(LocalSandbox::new(&credentials(now()), None));
    let sandbox = transport.sandbox();
    let stock_id = match case {
        Refused | Stop | RotatedStop | BackupStop => sandbox.stock_that_is_not_started(),
        _ => sandbox.running_stock(),
    };
    let keys = match case {
        Rotated | RotatedNoApiV3Key | RotatedStop => sandbox.old_certificate(),
        _ => sandbox.public_key(PROVIDERS[1]),
    };
    let [platform, down] = transport.hosts().map(|url| BaseUrl::parse(&url).unwrap());
    let (main, backup) = match case {
        MainDown => (down, None),
        BothDown => (down.clone(), Some(down)),
        Backup | BackupStop => (down, Some(platform)),
        BackupDown => (platform, Some(down)),
        _ => (platform, None),
    };
    let policy = RetryPolicy::default()
        .with_attempt_timeout(Duration::from_secs(1))
        .with_total(Duration::from_secs(5))
        .with_delays(Duration::from_millis(1), Duration::from_millis(2));
    let client = match case {
        RotatedNoApiV3Key => sandbox.client_without_api_v3_key(keys),
        _ => sandbox.client(keys),
    };
    let client = client.with_base_url(main).with_retry(policy);
    let client = match backup {
        Some(backup) => client.with_backup(backup),
        None => client,
    };

    let stop = StopStock::new(stock_id.clone(), sandbox.mchid());
    let send = sandbox.coupon("o/用户|+% 1", &stock_id, "n-1");
    let (begin, end) = ("2026-12-24T00:00:00+08:00", "2027-01-02T23:59:59+08:00");
    let favor = platform_favor(sandbox.mchid().as_str(), "n-1", 100, begin, end);
    let operation = match case {
        Stop | RotatedStop | BackupStop => StopStock::NAME,
        Favor => CreatePlatformFavor::NAME,
        _ => SendCoupon::NAME,
    };
    for fault in faults.split(", ").filter(|fault| !fault.is_empty()) {
        let (operation, fault) = fault.split_once('/').unwrap_or((operation, fault));
        sandbox.fault(operation, fault);
    }
    let result = match case {
        Stop | RotatedStop | BackupStop => transport.send(&client, &stop),
        Favor => transport.send(&client, &favor),
        _ => transport.send(&client, &send),
    };

    let state = sandbox.export();
    assert_eq!(state["faults"], serde_json::json!([]), "{case:?} {faults}: some faults were not used");
    let requests = [operation, "certificates.download"];
    let requests = requests.iter().filter_map(|operation| state["requests"][*operation].as_u64()).sum();
    let stopped = state["stocks"].as_array().unwrap().iter().filter(|stock| stock["status"] == "stoped");
    let count = match case {
        Stop | RotatedStop | BackupStop => stopped.count(),
        Favor => state["platform_favors"].as_array().unwrap().len(),
        _ => state["coupons"].as_array().unwrap().len(),
    };
    (describe(result), requests, count)
}

fn describe(result: Result<(), Error>) -> String {
    match result {
        Ok(()) => "ok".to_owned(),
        Err(error) => format!("{:?}: {}", error.outcome(), reason(&error)),
    }
}

fn reason(error: &Error) -> String {
    match error {
        Error::Transport(error) => match error.kind() {
            TransportErrorKind::NotSent => "no connection".to_owned(),
            TransportErrorKind::MaybeSent => "no response".to_owned(),
            TransportErrorKind::ResponseTooLarge { .. } => "too large".to_owned(),
            other => format!("{other:?}"),
        },
        Error::Verify(error) => name(error.kind()),
        Error::Api(error) => {
            let code = error.code().map(|code| format!(" {code}")).unwrap_or_default();
            let unverified = error.unverified().map(|kind| format!(", {}", name(kind))).unwrap_or_default();
            format!("{}{code}{unverified}", error.http_status().as_u16())
        }
        Error::Unresolved { attempts, last } => format!("unresolved after {attempts}: {}", reason(last)),
        other => format!("{other:?}"),
    }
}

/// The name of the variant.
fn name(kind: &VerifyErrorKind) -> String {
    format!("{kind:?}").split_whitespace().next().unwrap().to_owned()
}

/// Runs all rows, some in parallel because they mostly wait, and reports the rows with another result.
fn check_table<T: Transport>() {
    const PARTS: usize = 4;
    let wrong = |row: &Row| {
        let (result, requests, count) = run::<T>(*row);
        let right = (result.as_str(), requests, count) == (row.2, row.3, row.4);
        (!right).then(|| format!("{row:?}\n  but it was {result:?}, {requests}, {count}"))
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let part = |first| TABLE.iter().skip(first).step_by(PARTS).filter_map(wrong).collect::<Vec<_>>();
        let parts: Vec<_> = (0..PARTS).map(|first| scope.spawn(move || part(first))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), TABLE.len(), wrong.join("\n"));
}

#[test]
fn every_fault_has_the_listed_result_in_simulated_time() {
    check_table::<InSimulatedTime>();
}

with_every_driver!(every_fault_has_the_listed_result);

fn every_fault_has_the_listed_result<D: Driver>() {
    check_table::<Sockets<D>>();
}
