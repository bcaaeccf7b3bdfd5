//! Generates plans of what the network, the platform, the clock and the callers do. All times are in milliseconds.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

#[derive(Clone)]
pub(crate) struct Plan {
    /// The platform keys that the callers have at the start.
    pub(crate) knows: Knows,
    /// Two to four callers that share a client.
    pub(crate) callers: Vec<Caller>,
    /// Other events, and their times.
    pub(crate) events: Vec<(u64, Event)>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Knows {
    PublicKey,
    Certificate,
    OldCertificate,
    Nothing,
}

#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) wants: Wants,
    /// The lives of the caller, one after the other. After a crash the caller restarts with the next life.
    pub(crate) lives: Vec<Life>,
}

/// What a caller sends. Two callers may want the same; then they use the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wants {
    /// The coupon with this number. All coupons are for one user, who may receive only one.
    Coupon(u8),
    /// The platform favor with this number, which is not documented to be idempotent.
    Favor(u8),
}

/// A life of a caller: one exchange, from its start to its end or to the caller's crash.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    /// The time before this life, from the start or from the end of the previous life.
    pub(crate) pause: u64,
    /// Whether it uses a separate client, with the platform keys that the callers had at the start.
    pub(crate) own_client: bool,
    /// The trips of its requests. Further requests arrive without delays or faults.
    pub(crate) trips: Vec<Trip>,
    /// The step at which the caller crashes, if the exchange reaches it.
    pub(crate) crash: Option<u32>,
    /// The time by which the caller sleeps too long.
    pub(crate) oversleeps: u64,
}

/// The delays and the fault of one request and its response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trip {
    pub(crate) out: u64,
    pub(crate) fault: Fault,
    pub(crate) back: u64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    None,
    /// The connection fails.
    NoConnection,
    /// A fault of the sandbox.
    Sandbox(&'static str),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    /// The platform changes its certificate.
    Rotate,
    /// The shared client loses all platform keys.
    Forget,
    /// The stock is paused.
    Pause,
    /// The stock is restarted.
    Restart,
    /// The callers' wall clock jumps by this number of seconds.
    Clock(i64),
}

/// Prints one line for each life.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "initial keys: {:?}", self.knows)?;
        for (time, event) in &self.events {
            write!(f, "\n  at {time}: {event:?}")?;
        }
        for (i, Caller { wants, lives }) in self.callers.iter().enumerate() {
            write!(f, "\n  caller {i} wants {wants:?}")?;
            for Life { pause, own_client, trips, crash, oversleeps } in lives {
                write!(f, "\n    after {pause}")?;
                f.write_str(if *own_client { ", with a separate client" } else { "" })?;
                if let Some(step) = crash {
                    write!(f, ", crashes at step {step}")?;
                }
                if *oversleeps > 0 {
                    write!(f, ", oversleeps by {oversleeps}")?;
                }
                for Trip { out, fault, back } in trips {
                    write!(f, " | {out} {fault:?} {back}")?;
                }
            }
        }
        Ok(())
    }
}

const FAULTS: &[&str] = &[
    "close_before",
    "close_after",
    "never_answers",
    "never_answers acted=false",
    "delay milliseconds=1500",
    "truncate",
    "wrong_length",
    "oversized bytes=2000000",
    "drip milliseconds=5",
    "drip milliseconds=200",
    "redirect",
    "accepted",
    "accepted acted=true",
    "rate_limited",
    "rate_limited retry_after=3600",
    "system_error",
    "system_error acted=true",
    "forbidden",
    "forbidden acted=true",
    "bad_gateway",
    "bad_gateway acted=true",
    "unavailable acted=true",
    "wrong_signature",
    "unsigned",
    "unknown_serial",
    "signature_probe",
    "stale_timestamp",
];

fn time() -> impl Strategy<Value = u64> {
    prop_oneof![2 => Just(0), 1 => select(vec![1, 20, 300, 900, 2500, 9000])]
}

prop_compose! {
    fn trip()(out in time(), fault in fault(), back in time()) -> Trip {
        Trip { out, fault, back }
    }
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        3 => Just(Fault::None),
        1 => Just(Fault::NoConnection),
        4 => select(FAULTS).prop_map(Fault::Sandbox),
    ]
}

prop_compose! {
    /// After some requests, the network goes down.
    fn trips_until_network_failure()(mut trips in vec(trip(), 0..3)) -> Vec<Trip> {
        trips.resize(3, Trip { out: 0, fault: Fault::NoConnection, back: 0 });
        trips
    }
}

prop_compose! {
    fn life()(
        pause in time(),
        own_client: bool,
        trips in prop_oneof![3 => vec(trip(), 0..5), 1 => trips_until_network_failure()],
        crash in prop_oneof![2 => Just(None), 1 => (1_u32..9).prop_map(Some)],
        oversleeps in prop_oneof![3 => Just(0), 1 => select(vec![50, 5000])],
    ) -> Life {
        Life { pause, own_client, trips, crash, oversleeps }
    }
}

prop_compose! {
    fn caller()(
        wants in prop_oneof![3 => (0_u8..2).prop_map(Wants::Coupon), 1 => (0_u8..2).prop_map(Wants::Favor)],
        lives in vec(life(), 1..4),
    ) -> Caller {
        Caller { wants, lives }
    }
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        // Rare, because generating a key takes longer than everything else.
        1 => Just(Event::Rotate),
        6 => Just(Event::Forget),
        4 => Just(Event::Pause),
        4 => Just(Event::Restart),
        8 => select(vec![-3600, -400, -60, 60, 299, 400, 3600]).prop_map(Event::Clock),
    ]
}

prop_compose! {
    pub(crate) fn plan()(
        knows in select(vec![Knows::PublicKey, Knows::Certificate, Knows::OldCertificate, Knows::Nothing]),
        callers in vec(caller(), 2..=4),
        events in vec((time(), event()), 0..4),
    ) -> Plan {
        Plan { knows, callers, events }
    }
}
