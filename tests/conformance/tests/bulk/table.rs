//! Each row of the table in the documentation of `wechatpay_core::bulk`: real results, and what the sender does.

use std::collections::BTreeSet;

use wechatpay_conformance::workspace;
use wechatpay_core::Advice;
use wechatpay_core::error::TransportErrorKind::{MaybeSent, NotSent, ResponseTooLarge, Setup};
use wechatpay_core::error::{Phase, TransportError};

use super::bench::Bench;
use super::rig::{Signed, body, coupon, transport};
use super::store::Memory;
use super::*;

/// What becomes of the intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Sent,
    /// Refused by the first answer.
    Refused,
    /// Refused by the third.
    Third,
    /// Repeated a second later, however often.
    Retry,
    /// Repeated after 1, 3, 10, 30, 100 and 300 seconds.
    Slower,
}

/// What becomes of everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum All {
    GoOn,
    /// They stop after so many such results in a row.
    Stop(usize),
    /// They wait after so many such results in a row.
    Wait(usize),
    /// They wait at once so many seconds, and the pace falls.
    Slow(u64),
    /// They wait, and one of them is a probe after five seconds.
    Hold,
}

/// Makes the result of a request.
type Make = dyn Fn(&Bench, IntentId) -> Sent;

struct Case {
    row: u32,
    name: &'static str,
    result: Box<Make>,
    then: Then,
    all: All,
}

fn case(
    row: u32,
    name: &'static str,
    then: Then,
    all: All,
    result: impl Fn(&Bench, IntentId) -> Sent + 'static,
) -> Case {
    Case { row, name, result: Box::new(result), then, all }
}

/// A response with this signature, this body, and headers.
fn answer(
    status: u16,
    signed: Signed,
    text: impl Into<String>,
    headers: &'static [(&'static str, &'static str)],
) -> impl Fn(&Bench, IntentId) -> Sent {
    let text = text.into();
    move |bench, intent| {
        let mut response = bench.rig.response(status, &text, signed, bench.unix_seconds());
        for (name, value) in headers {
            response.headers_mut().insert(*name, value.parse().unwrap());
        }
        bench.read(intent, &response)
    }
}

fn code(status: u16, code: &str) -> impl Fn(&Bench, IntentId) -> Sent + use<> {
    answer(status, Signed::Right, body(code), &[])
}

fn field(field: &str) -> impl Fn(&Bench, IntentId) -> Sent + use<> {
    let detail = format!(r#"{{"code":"PARAM_ERROR","message":"m","detail":{{"field":"{field}"}}}}"#);
    answer(400, Signed::Right, detail, &[])
}

fn internal(
    status: u16,
    code: &str,
    id: &'static [(&'static str, &'static str)],
) -> impl Fn(&Bench, IntentId) -> Sent + use<> {
    answer(status, Signed::Right, body(code), id)
}

const PAGE: &str = "<html><h1>Blocked</h1></html>";

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    use All::*;
    use Signed::*;
    use Then::{Refused, Retry, Slower, Third};
    vec![
        case(1, "success", Then::Sent, GoOn, |bench, intent| bench.coupon(intent)),
        case(2, "unreadable success", Slower, Stop(5), answer(200, Right, r#"{"coupon":1}"#, &[])),
        case(3, "not sent", Retry, Wait(5), |_, _| Err(transport(NotSent))),
        case(3, "DNS failure", Retry, Wait(5), |_, _| Err(TransportError::from(NotSent).during(Phase::Resolve).into())),
        case(4, "cannot be built", Refused, Stop(20), |bench, _| Err(bench.rig.build_error().into())),
        case(5, "timeout or closed", Slower, GoOn, |_, _| Err(transport(MaybeSent))),
        case(5, "202 signed", Slower, GoOn, answer(202, Right, "", &[])),
        case(5, "202 unsigned", Slower, GoOn, answer(202, Not, "", &[])),
        case(5, "408 signed", Slower, GoOn, answer(408, Right, "", &[])),
        case(5, "408 unsigned", Slower, GoOn, answer(408, Not, "", &[])),
        case(5, "500 signed", Slower, Stop(5), code(500, "SYSTEM_ERROR")),
        case(5, "500 old", Slower, Stop(5), code(500, "SYSTEMERROR")),
        case(5, "502 page", Slower, Stop(5), answer(502, Not, PAGE, &[])),
        case(5, "503 unsigned", Slower, Stop(5), answer(503, Not, body("SERVICE_UNAVAILABLE"), &[])),
        case(5, "403 unsigned", Slower, GoOn, answer(403, Not, body("RULE_LIMIT"), &[])),
        case(5, "403 unsigned and empty", Slower, GoOn, answer(403, Not, "", &[])),
        case(5, "signature probe of a success", Slower, GoOn, answer(200, Probe, r#"{"coupon_id":"1"}"#, &[])),
        case(5, "signature probe of a rejection", Slower, GoOn, answer(403, Probe, body("RULE_LIMIT"), &[])),
        case(6, "success without signature", Slower, Stop(3), answer(200, Not, r#"{"coupon_id":"1"}"#, &[])),
        case(6, "success with a wrong signature", Slower, Stop(3), answer(200, Wrong, r#"{"coupon_id":"1"}"#, &[])),
        case(6, "success with an unknown key", Slower, Stop(3), answer(200, UnknownKey, r#"{"coupon_id":"1"}"#, &[])),
        case(6, "rejection with a wrong signature", Slower, Stop(3), answer(403, Wrong, body("RULE_LIMIT"), &[])),
        case(6, "rejection with an unknown key", Slower, Stop(3), answer(403, UnknownKey, body("RULE_LIMIT"), &[])),
        case(6, "401 with a wrong signature", Slower, Stop(3), answer(401, Wrong, body("SIGN_ERROR"), &[])),
        case(6, "429 with a wrong signature", Slower, Stop(3), answer(429, Wrong, body("FREQUENCY_LIMITED"), &[])),
        case(6, "400 without signature", Slower, Stop(3), answer(400, Not, body("INVALID_REQUEST"), &[])),
        case(6, "403 without signature that names a permission", Slower, Stop(3), answer(403, Not, body("NO_AUTH"), &[])),
        case(6, "page of a proxy", Slower, Stop(3), answer(403, Not, PAGE, &[])),
        case(6, "407", Slower, Stop(3), answer(407, Not, "", &[])),
        case(6, "redirect", Slower, Stop(3), answer(302, Not, "", &[("location", "http://login.example/")])),
        case(6, "response too large", Slower, Stop(3), |_, _| Err(transport(ResponseTooLarge { cap: 1 }))),
        case(7, "429 favor", Retry, Slow(1), code(429, "FREQUENCY_LIMIT_EXCEED")),
        case(7, "429 others", Retry, Slow(1), code(429, "FREQUENCY_LIMITED")),
        case(7, "429 by status", Retry, Slow(1), code(429, "RATELIMIT_EXCEEDED")),
        case(7, "429 without a code", Retry, Slow(1), answer(429, Not, "", &[])),
        case(7, "429 that asks to wait", Retry, Slow(7), answer(429, Right, body("FREQUENCY_LIMITED"), &[("retry-after", "7")])),
        case(7, "429 that asks not to wait", Retry, Slow(1), answer(429, Right, body("FREQUENCY_LIMITED"), &[("retry-after", "0")])),
        case(8, "401", Retry, Stop(3), answer(401, Not, body("SIGN_ERROR"), &[])),
        case(8, "401 without a body", Retry, Stop(3), answer(401, Not, "", &[])),
        case(9, "no permission", Retry, Stop(1), code(403, "NO_AUTH")),
        case(9, "appid not bound", Retry, Stop(1), code(400, "APPID_MCHID_NOT_MATCH")),
        case(9, "no such merchant", Retry, Stop(1), code(400, "MCH_NOT_EXISTS")),
        case(9, "signed 401", Retry, Stop(1), code(401, "SIGN_ERROR")),
        case(9, "the client cannot connect as it is set up", Retry, Stop(1), |_, _| Err(transport(Setup))),
        case(10, "openid", Refused, Stop(20), field("openid")),
        case(10, "openid as a pointer", Refused, Stop(20), field("/openid")),
        case(11, "another field", Retry, Stop(1), field("appid")),
        case(11, "no field", Retry, Stop(1), code(400, "PARAM_ERROR")),
        case(12, "invalid", Refused, Stop(20), code(400, "INVALID_REQUEST")),
        case(12, "openid of another app", Refused, Stop(20), internal(400, "INVALID_REQUEST", &[("request-id", "08-270079501")])),
        case(12, "no openid", Refused, Stop(20), internal(400, "INVALID_REQUEST", &[("request-id", "08-270079498")])),
        case(12, "monthly limit", Refused, Stop(20), answer(400, Right, r#"{"code":"INVALID_REQUEST","message":"暂时无法领取"}"#, &[])),
        case(9, "invalid: the stock has not begun", Retry, Stop(1), internal(400, "INVALID_REQUEST", &[("request-id", "08-270079533")])),
        case(13, "no such stock", Retry, Stop(1), code(404, "RESOURCE_NOT_EXISTS")),
        case(14, "no budget", Retry, Hold, code(403, "NOT_ENOUGH")),
        case(14, "no budget by its number", Retry, Hold, internal(403, "NOT_ENOUGH", &[("request-id", "08-270079534")])),
        case(14, "blocked: no budget", Retry, Hold, internal(403, "REQUEST_BLOCKED", &[("request-id", "08-270079534")])),
        case(15, "blocked", Third, Stop(20), code(403, "REQUEST_BLOCKED")),
        case(15, "blocked: the user is limited", Third, Stop(20), internal(403, "REQUEST_BLOCKED", &[("request-id", "08-270079532")])),
        case(9, "blocked: not running", Retry, Stop(1), internal(403, "REQUEST_BLOCKED", &[("request-id", "08-270079533")])),
        case(9, "blocked: no stock", Retry, Stop(1), internal(403, "REQUEST_BLOCKED", &[("request-id", "08-270079488")])),
        case(9, "blocked: stock unknown", Retry, Stop(1), internal(403, "REQUEST_BLOCKED", &[("request-id", "08-270079577")])),
        case(9, "blocked: other merchants", Retry, Stop(1), internal(403, "REQUEST_BLOCKED", &[("request-id", "08-270079508")])),
        case(9, "blocked: caller", Retry, Stop(1), internal(403, "REQUEST_BLOCKED", &[("request-id", "08-270079509")])),
        case(9, "blocked: appid", Retry, Stop(1), internal(403, "REQUEST_BLOCKED", &[("request-id", "08-270079507")])),
        case(9, "blocked: merchant", Retry, Stop(1), internal(403, "REQUEST_BLOCKED", &[("request-id", "08-270079489")])),
        case(9, "blocked: no merchant", Retry, Stop(1), internal(403, "REQUEST_BLOCKED", &[("request-id", "08-269546538")])),
        case(9, "blocked: signature", Retry, Stop(1), internal(403, "REQUEST_BLOCKED", &[("request-id", "08-269546525")])),
        case(16, "limit", Refused, GoOn, code(403, "RULE_LIMIT")),
        case(17, "user", Refused, GoOn, code(403, "USER_ACCOUNT_ABNORMAL")),
        case(18, "unknown code", Refused, Stop(20), code(403, "A_NEW_CODE")),
        case(18, "no code", Refused, Stop(20), answer(404, Right, "", &[])),
    ]
}

fn policy() -> Policy {
    Policy::default().with_canary(0).with_max_in_flight(1).with_search(false)
}

const SECOND: Duration = Duration::from_secs(1);

/// The waits before the repetitions of one intent, whose every request ends so. At most eight.
fn waits(case: &Case) -> (Vec<u64>, Standing) {
    let mut bench = Bench::of(policy().with_window(8 * 60 * SECOND), 1);
    let mut waits = Vec::new();
    let mut ended = bench.now.elapsed;
    while waits.len() < 8 {
        match bench.next() {
            Step::Send { intent, .. } => {
                waits.push((bench.now.elapsed - ended).as_secs());
                let result = (case.result)(&bench, intent);
                bench.ended(intent, &result);
                bench.step();
                ended = bench.now.elapsed;
                // A stop of the campaign is not what this looks at.
                if bench.store.stop.is_some() {
                    bench.store.resume();
                    bench.sender = bench.store.restart();
                    bench.now.elapsed = Duration::ZERO;
                    ended = Duration::ZERO;
                }
            }
            Step::Check(_) => bench.sender.checked(bench.now, &Err(transport(NotSent))),
            Step::End(_) => break,
            other => panic!("{}: {other:?}", case.name),
        }
    }
    (waits.split_off(1), bench.store.standing(1))
}

/// How many requests of a list end so before the campaign stops, if it does within sixty.
fn stops_after(case: &Case) -> Option<usize> {
    let mut bench = Bench::of(policy(), 60);
    let mut ends = 0;
    loop {
        match bench.next() {
            Step::Send { intent, .. } => {
                let result = (case.result)(&bench, intent);
                bench.ended(intent, &result);
                ends += 1;
                if ends == 60 {
                    return None;
                }
            }
            Step::Check(_) => bench.sender.checked(bench.now, &Err(transport(NotSent))),
            Step::End(End::Stopped(stop)) => {
                assert_eq!(bench.store.stop, Some(stop), "{}", case.name);
                return Some(ends);
            }
            Step::End(_) => return None,
            other => panic!("{}: {other:?}", case.name),
        }
    }
}

/// The wait of all others after so many requests ended so.
fn others_wait(case: &Case, after: usize) -> Duration {
    let mut bench = Bench::of(policy(), 60);
    for _ in 0..after {
        let intent = bench.sent();
        let result = (case.result)(&bench, intent);
        bench.ended(intent, &result);
    }
    let before = bench.now.elapsed;
    loop {
        match bench.next() {
            Step::Check(_) => bench.sender.checked(bench.now, &Err(transport(NotSent))),
            Step::Send { .. } => return bench.now.elapsed - before,
            other => panic!("{}: {other:?}", case.name),
        }
    }
}

#[test]
fn each_result_does_what_its_row_says() {
    for case in cases() {
        let name = case.name;
        let (waits, standing) = waits(&case);
        match case.then {
            Then::Sent => assert_eq!((waits.len(), standing.name()), (0, "sent"), "{name}"),
            Then::Refused => assert_eq!((waits.len(), standing.name()), (0, "refused"), "{name}"),
            Then::Third => assert_eq!((waits.len(), standing.name()), (2, "refused"), "{name}"),
            Then::Retry => assert_eq!((waits.len(), standing.name()), (7, "retry"), "{name}"),
            Then::Slower => {
                // The next wait of 300 s would end after the window of eight minutes.
                assert_eq!(
                    (waits.as_slice(), standing.name()),
                    ([1, 3, 10, 30, 100, 300].as_slice(), "doubtful"),
                    "{name}"
                );
            }
        }
        let stops = match case.all {
            All::Stop(after) => Some(after),
            _ => None,
        };
        assert_eq!(stops_after(&case), stops, "{name}");
        match case.all {
            All::Slow(seconds) => {
                let wait = others_wait(&case, 1);
                assert!(wait.as_secs() == seconds, "{name}: {wait:?}");
            }
            All::Hold => assert_eq!(others_wait(&case, 1).as_secs(), 5, "{name}"),
            All::Wait(after) => {
                assert!(others_wait(&case, after - 1) < SECOND, "{name}");
                assert!(others_wait(&case, after) >= SECOND, "{name}");
            }
            All::GoOn => assert!(others_wait(&case, 4) < SECOND, "{name}"),
            All::Stop(_) => {}
        }
    }
}

/// What the sender does never contradicts the advice of the error.
#[test]
fn the_rows_and_the_advice_agree() {
    let bench = Bench::of(policy(), 1);
    for case in cases() {
        let (name, result) = (case.name, (case.result)(&bench, 1));
        let advice = result.as_ref().err().map(Error::advice);
        match advice {
            None => assert_eq!(case.then, Then::Sent, "{name}"),
            Some(Advice::Repeat { .. }) => assert!(matches!(case.then, Then::Retry | Then::Slower), "{name}"),
            // Nothing else starts, or only a probe, or at most three.
            Some(Advice::Stop(_)) => {
                assert!(matches!(case.all, All::Stop(1 | 3) | All::Hold), "{name}: {:?}", case.all);
                assert!(matches!(case.then, Then::Retry | Then::Slower), "{name}");
            }
            Some(Advice::Change) => {
                let refused = matches!(case.then, Then::Refused | Then::Third);
                assert!(refused || case.all == All::Stop(1), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
        // "May have happened" is never weaker than the outcome.
        let verdict = Verdict::of::<SendCoupon>(&result);
        let may = match &result {
            Ok(_) => true,
            Err(error) => {
                matches!(error.outcome(), wechatpay_core::Outcome::Unknown | wechatpay_core::Outcome::Done)
            }
        };
        assert_eq!(verdict.may_have_happened(), may, "{name}");
        // It can be stored.
        let json = serde_json::to_string(&verdict).unwrap();
        assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict);
    }
}

/// Row 19: after an attempt that may have taken effect, a refusal settles nothing by itself.
#[test]
fn a_refusal_after_an_attempt_that_may_have_happened_is_doubtful() {
    for case in cases().iter().filter(|case| matches!(case.then, Then::Refused | Then::Third)) {
        for settle in [false, true] {
            let mut bench = Bench::of(policy().with_settle_by_repeat(settle), 1);
            assert_eq!(bench.sent(), 1);
            bench.is_lost(1);
            let mut sends = 0;
            while let Step::Send { intent, .. } = bench.next() {
                sends += 1;
                let result = (case.result)(&bench, intent);
                bench.ended(intent, &result);
            }
            let never = ["limit", "invalid", "monthly limit", "no code"];
            let never =
                never.contains(&case.name) || matches!(case.row, 4 | 15) || case.name == "unknown code";
            let expected = if settle && !never { "refused" } else { "doubtful" };
            assert_eq!(bench.store.standing(1).name(), expected, "{} after {sends}", case.name);
        }
    }
}

/// Row 16: a limit beside another request for the user may be a mistake, and is tried alone, once.
#[test]
fn a_limit_beside_another_request_for_the_user_is_tried_once_more() {
    let mut bench = Bench::new(Memory::new(&policy(), [coupon(1, "one"), coupon(2, "one")]));
    assert_eq!(bench.sent(), 1);
    bench.is_lost(1);
    assert_eq!(bench.sent(), 2);
    bench.refused(2, 403, "RULE_LIMIT");
    assert_eq!(bench.sent(), 1);
    bench.succeeds(1);
    let waited = bench.sent_after(2);
    assert!(waited >= 55 * SECOND, "{waited:?}");
    bench.refused(2, 403, "RULE_LIMIT");
    assert_eq!(bench.end(), End::Complete);
    assert_eq!((bench.store.standing(1).name(), bench.store.standing(2).name()), ("sent", "refused"));
}

/// Row 14: what the query of the stock says of the hold.
#[test]
fn the_query_of_the_stock_decides_whether_probes_make_sense() {
    let hold = |stock: &str| {
        let mut bench = Bench::of(policy(), 3);
        assert_eq!(bench.sent(), 1);
        bench.succeeds(1);
        let intent = bench.sent();
        bench.refused(intent, 403, "NOT_ENOUGH");
        let Step::Check(query) = bench.next() else { panic!() };
        let response = bench.rig.response(200, stock, Signed::Right, bench.unix_seconds());
        let result = bench.rig.read(&query, &response, bench.unix_seconds());
        bench.sender.checked(bench.now, &result);
        bench
    };
    let mut bench = hold(&rig::stock("running", 1, 100, None));
    assert!(bench.sent() > 1);
    assert_eq!(bench.now.elapsed.as_secs(), 5);
    for (sent, status, reason) in [
        (100, "running", wechatpay_core::error::StopReason::Budget),
        (1, "paused", wechatpay_core::error::StopReason::Stock),
        (1, "stoped", wechatpay_core::error::StopReason::Stock),
    ] {
        let End::Stopped(stop) = hold(&rig::stock(status, sent, 100, None)).end() else { panic!("{status}") };
        assert_eq!(stop.reason, reason, "{status}");
    }
    // One coupon a day, and it is 10:00 in Beijing.
    let mut bench = hold(&rig::stock("running", 1, 100, Some(1)));
    assert!(bench.sent() > 1);
    // Rounding makes it up to a second early: probes need not be exact.
    assert_eq!((bench.now.unix / 1000 + 1) / 60, (bench::START + 14 * 3600) / 60);
}

/// The waits before probes, and what else a probe can say.
#[test]
fn probes_are_one_at_a_time_and_only_a_success_ends_the_hold() {
    let mut bench = Bench::of(policy().with_max_in_flight(20), 20);
    let first = bench.sent();
    bench.refused(first, 403, "NOT_ENOUGH");
    let probe = |bench: &mut Bench| loop {
        match bench.next() {
            Step::Check(_) => bench.sender.checked(bench.now, &Err(transport(NotSent))),
            Step::Send { intent, .. } => break intent,
            other => panic!("{other:?}"),
        }
    };
    let mut at = bench.now.elapsed;
    for seconds in [5, 30, 120, 120] {
        let intent = probe(&mut bench);
        assert_eq!((bench.now.elapsed - at).as_secs(), seconds);
        assert!(matches!(bench.step(), Step::Wait(_)), "two probes at a time");
        at = bench.now.elapsed;
        bench.refused(intent, 403, "NOT_ENOUGH");
    }
    // These say nothing of the budget: the next one is a probe as well.
    let intent = probe(&mut bench);
    bench.refused(intent, 403, "USER_ACCOUNT_ABNORMAL");
    let intent = probe(&mut bench);
    bench.is_lost(intent);
    assert!(bench.sender.progress(bench.now).hold.is_some());
    let intent = probe(&mut bench);
    bench.succeeds(intent);
    assert_eq!(bench.sender.progress(bench.now).hold, None);
}

/// Rows 5 and 7: a failing platform lowers the requests in flight, and the limit of the rate halves the pace.
#[test]
fn the_pace_falls_by_half_at_most_once_a_second() {
    let mut bench = Bench::of(Policy::default().with_canary(0), 100);
    let intents: Vec<_> = (0..4).map(|_| bench.sent()).collect();
    assert_eq!(bench.sender.progress(bench.now).rate, 40);
    for intent in intents {
        bench.refused(intent, 429, "FREQUENCY_LIMITED");
    }
    assert_eq!(bench.sender.progress(bench.now).rate, 20);
    assert_eq!(bench.sender.progress(bench.now).rate_limited, 4);
}

/// Row 17: the warning comes above 5 % of the last 200 rows.
#[test]
fn many_refused_users_are_worth_a_warning() {
    let mut bench = Bench::of(policy(), 400);
    for row in 1..=400_u64 {
        let intent = bench.sent();
        match row % 15 == 0 {
            true => bench.refused(intent, 403, "USER_ACCOUNT_ABNORMAL"),
            false => bench.succeeds(intent),
        }
        let warned = bench.sender.progress(bench.now).refused_users;
        assert_eq!(warned.is_some(), row >= 200, "{row}: {warned:?}");
    }
}

/// A success starts the counts in a row anew, and what counts belongs to the campaign, not to a run.
#[test]
fn what_counts_in_a_row_is_kept_over_runs_and_ends_with_a_success() {
    let unauthorized = |bench: &mut Bench| {
        let intent = bench.sent();
        let response = bench.rig.response(401, &body("SIGN_ERROR"), Signed::Not, bench.unix_seconds());
        let result = bench.read(intent, &response);
        bench.ended(intent, &result);
        bench.step();
    };
    let mut bench = Bench::of(policy(), 30);
    unauthorized(&mut bench);
    unauthorized(&mut bench);
    let intent = bench.sent();
    bench.succeeds(intent);
    unauthorized(&mut bench);
    bench.restart_after(SECOND);
    unauthorized(&mut bench);
    bench.restart_after(SECOND);
    unauthorized(&mut bench);
    assert!(matches!(bench.end(), End::Stopped(_)));
    bench.store.resume();
    bench.restart_after(SECOND);
    unauthorized(&mut bench);
    assert!(bench.store.stop.is_none());
}

/// The rows of the documented table are those that are tested here.
#[test]
fn every_documented_row_is_reached() {
    let text = std::fs::read_to_string(workspace("core/src/bulk/mod.rs")).unwrap();
    let documented: BTreeSet<u32> = text
        .lines()
        .filter_map(|line| line.strip_prefix("//! | ")?.split(" |").next()?.parse().ok())
        .collect();
    // Row 19 is the subject of a test of its own.
    let tested: BTreeSet<u32> = cases().iter().map(|case| case.row).chain([19]).collect();
    assert_eq!(documented, tested);
}
