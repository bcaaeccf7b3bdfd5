//! The blocking and the async loop of the core behave the same.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wechatpay_core::drive_async;
use wechatpay_core::error::BuildError;

use crate::*;

/// The result of a request: `Ok` is the status of the response.
type Then = Result<u16, TransportErrorKind>;

/// The result of a future that is ready at once, as all futures of the simulated IO are.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("the future is pending"),
    }
}

/// Runs a script through both loops, whose results and requests must be equal.
fn run(script: &[Then], stamps: u8) -> Result<Answer<SendCouponResponse>, Error> {
    let (client, platform, _) = pair(TIMESTAMP);
    let io = || {
        let mut script = script.iter();
        let platform = &platform;
        let mut io = Simulated::new(TIMESTAMP, move |_, now, _| {
            let result =
                script.next().unwrap().map(|status| platform.signed_response(status, COUPON_SENT, now));
            (result.map_err(TransportError::from), Duration::ZERO)
        });
        io.stamps = stamps;
        io
    };
    let (mut blocking, mut asynchronous) = (io(), io());
    let expected = drive(client.exchange(&send_coupon()).unwrap(), &mut blocking);
    let result = ready(drive_async(client.exchange(&send_coupon()).unwrap(), &mut asynchronous));
    assert_eq!(format!("{result:?}"), format!("{expected:?}"));
    let sent = |requests: &[Request<Bytes>]| {
        requests.iter().map(|request| (request.headers().clone(), request.body().clone())).collect::<Vec<_>>()
    };
    assert_eq!(sent(&asynchronous.sent), sent(&blocking.sent));
    assert_eq!(asynchronous.elapsed, blocking.elapsed);
    result
}

#[test]
fn both_loops_behave_the_same() {
    let lost = Err(TransportErrorKind::MaybeSent);
    assert_eq!(run(&[Ok(200)], 9).unwrap().coupon_id.as_str(), "98674556");
    assert!(run(&[lost, Ok(500), Ok(200)], 9).is_ok());
    assert_eq!(run(&[Ok(403)], 9).unwrap_err().outcome(), Outcome::Rejected);
    assert_eq!(run(&[lost, Ok(403)], 9).unwrap_err().outcome(), Outcome::Unknown);
    assert_eq!(run(&[lost; 3], 9).unwrap_err().outcome(), Outcome::Unknown);
}

#[test]
fn without_entropy_nothing_is_sent_and_no_result_is_lost() {
    let error = run(&[], 0).unwrap_err();
    assert!(matches!(error, Error::Build(BuildError::Crypto(_))), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotSent);
    // Entropy fails after the first request.
    assert!(run(&[Ok(200)], 1).is_ok());
    assert_eq!(run(&[Ok(403)], 1).unwrap_err().outcome(), Outcome::Rejected);
    for may_have_arrived in [Err(TransportErrorKind::MaybeSent), Ok(500)] {
        assert_eq!(run(&[may_have_arrived], 1).unwrap_err().outcome(), Outcome::Unknown);
        // Entropy fails after the pause.
        assert_eq!(run(&[may_have_arrived], 2).unwrap_err().outcome(), Outcome::Unknown);
    }
}

/// If the futures of an IO are `Send`, the future of the loop is `Send` for every operation.
#[expect(dead_code, reason = "only needs to compile")]
fn is_send<O: Operation<Response: Send>>(client: &Client, operation: &O) {
    fn check(_: impl Send) {}
    let mut io = Simulated::new(TIMESTAMP, |_, _, _| (Ok(Response::default()), Duration::ZERO));
    check(drive_async(client.exchange(operation).unwrap(), &mut io));
}
