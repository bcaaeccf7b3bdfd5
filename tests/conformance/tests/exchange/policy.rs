//! What a retry policy says is what an exchange does, and clients that fail together do not come back together.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::*;

const SECOND: Duration = Duration::from_secs(1);

static SETUP: LazyLock<(Client, Platform, Credentials)> = LazyLock::new(|| pair(TIMESTAMP));

/// Both kinds of attempts that an exchange makes.
const REQUESTS: [Requests; 2] = [Requests::Operation, Requests::Certificates];

/// Which requests fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Requests {
    /// Those of the operation.
    Operation,
    /// The operation gets a response that is signed with an unknown certificate, and the requests for the certificates
    /// fail.
    Certificates,
}

/// The requests that failed, as the time at which each was sent and its timeout, and the waits between them.
#[derive(Debug, Default)]
struct Course {
    sent: Vec<(Duration, Duration)>,
    waits: Vec<Duration>,
}

/// Runs an exchange whose requests all get lost, each after its timeout if `slow`. `seed` selects the nonces.
fn course(policy: &RetryPolicy, requests: Requests, slow: bool, seed: u8) -> Course {
    let (known, platform, credentials) = &*SETUP;
    // Keys of its own, because clients that share them fetch certificates for each other.
    let keys = trusting_public_key(PROVIDERS[1], PUBLIC_KEY_ID, &platform.public_key_pem);
    let client = Client::new(known.merchant().clone(), keys).unwrap();
    let client = client.with_api_v3_key(PROVIDERS[1], api_v3_key(credentials)).with_retry(policy.clone());
    let mut exchange = client.exchange(&send_coupon()).unwrap();
    let (mut course, mut elapsed) = (Course::default(), Duration::ZERO);
    for poll in 0.. {
        match exchange.poll(elapsed, Stamp { unix_seconds: TIMESTAMP, nonce: nonce(seed, poll) }) {
            Step::Send { reason: SendReason::Operation, .. } if requests == Requests::Certificates => {
                let response = with_header(platform.coupon_sent(TIMESTAMP), "wechatpay-serial", "0A0B");
                exchange.on_response(&response, TIMESTAMP);
            }
            Step::Send { timeout, .. } => {
                course.sent.push((elapsed, timeout));
                exchange.on_transport_error(TransportErrorKind::MaybeSent.into());
                elapsed += if slow { timeout } else { Duration::ZERO };
            }
            Step::Sleep(wait) => {
                course.waits.push(wait);
                elapsed += wait;
            }
            Step::Done(result) => {
                assert_eq!(result.unwrap_err().outcome(), Outcome::Unknown);
                break;
            }
        }
    }
    course
}

/// A nonce that looks random and is the same in every run.
fn nonce(seed: u8, poll: u8) -> Nonce {
    let hash = PROVIDERS[1].hash(crypto::HashAlgorithm::Sha256, &[seed, poll]).unwrap();
    Nonce::parse(&hash[..32]).unwrap()
}

#[test]
fn an_exchange_obeys_each_value_of_its_policy() {
    let ms = Duration::from_millis;
    let default = RetryPolicy::default;
    // The policy; the attempts if each fails at once, and if each takes its whole timeout; the timeout of an attempt;
    // the deadline; the longest wait before each retry. All times are in milliseconds.
    type Row = (RetryPolicy, [usize; 2], u64, u64, &'static [u64]);
    let table: [Row; 8] = [
        (default(), [3, 3], 10_000, 30_000, &[500, 1000]),
        (RetryPolicy::never(), [1, 1], 10_000, 30_000, &[]),
        (default().with_max_attempts(0), [1, 1], 10_000, 30_000, &[]),
        (default().with_max_attempts(2), [2, 2], 10_000, 30_000, &[500]),
        (default().with_max_attempts(7), [7, 3], 10_000, 30_000, &[500, 1000, 2000, 4000, 5000, 5000]),
        (default().with_attempt_timeout(ms(4000)), [3, 3], 4000, 30_000, &[500, 1000]),
        // Attempts that fail at once leave time for one retry only, attempts that take their time for none.
        (default().with_total(ms(600)), [2, 1], 10_000, 600, &[500]),
        (default().with_delays(ms(2000), ms(3000)), [3, 3], 10_000, 30_000, &[2000, 3000]),
    ];
    for (policy, attempts, timeout, total, longest) in table {
        for (slow, requests) in [false, true].into_iter().flat_map(|slow| REQUESTS.map(|kind| (slow, kind))) {
            let case = format!("{policy:?} slow={slow} {requests:?}");
            let course = course(&policy, requests, slow, 1);
            assert_eq!(course.sent.len(), attempts[usize::from(slow)], "{case}: {course:?}");
            assert_eq!(course.waits.len(), course.sent.len() - 1, "{case}: {course:?}");
            for (sent, given) in &course.sent {
                assert_eq!(*given, ms(timeout).min(ms(total) - *sent), "{case}: {course:?}");
            }
            for (wait, longest) in course.waits.iter().zip(longest) {
                assert!((ms(*longest) / 2..=ms(*longest)).contains(wait), "{case}: {course:?}");
            }
        }
    }
}

/// A platform that fails for a moment fails for all clients at the same time.
#[test]
fn clients_that_fail_together_do_not_come_back_together() {
    const CLIENTS: u8 = 64;
    let policy = RetryPolicy::default().with_delays(SECOND, 8 * SECOND);
    for requests in REQUESTS {
        let courses: Vec<_> = (0..CLIENTS).map(|seed| course(&policy, requests, false, seed)).collect();
        for (retry, shortest) in [(0, SECOND / 2), (1, SECOND)] {
            let waits: BTreeSet<_> = courses.iter().map(|course| course.waits[retry]).collect();
            assert_eq!(waits.len(), usize::from(CLIENTS), "{requests:?}: {waits:?}");
            // The clients are spread over the whole random part: some in each eighth of it, and none elsewhere.
            let eighth = |wait: &Duration| (*wait - shortest).as_nanos() * 8 / shortest.as_nanos();
            let eighths: BTreeSet<_> = waits.iter().map(eighth).collect();
            assert_eq!(eighths, (0..8).collect(), "{requests:?}: {waits:?}");
        }
        // Two clients that waited equally long by chance do not stay together: each wait is drawn anew.
        let doubled = courses.iter().filter(|course| course.waits[1] == course.waits[0] * 2).count();
        assert_eq!(doubled, 0, "{requests:?}");
    }
}

/// Both loops use the nonce of the driver, whose randomness `drivers/randomness.rs` tests.
#[test]
fn the_loop_of_a_driver_waits_by_its_own_nonces() {
    let first_wait = |stamps| {
        let (client, ..) = &*SETUP;
        let lost = |_, _, timeout| (Err(TransportErrorKind::MaybeSent.into()), timeout);
        let mut io = Simulated::new(TIMESTAMP, lost);
        io.stamps = stamps;
        drive(client.exchange(&send_coupon()).unwrap(), &mut io).unwrap_err();
        io.slept[0]
    };
    let waits: BTreeSet<_> = (100..132).map(first_wait).collect();
    assert_eq!(waits.len(), 32, "{waits:?}");
}
