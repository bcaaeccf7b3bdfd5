//! Callbacks that are forwarded.

use std::net::TcpListener;

use wechatpay_core::cashcoupons::CouponUsed;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::notification::Received;

use crate::ledger::column;
use crate::listening::Listening;
use crate::merchant::{Merchant, now};
use crate::platform::Platform;
use crate::program::Program;
use crate::receiver::Receiver;

fn start(program: &Program, receiver: &Receiver) -> Listening {
    Listening::start(program, &format!("--forward-to {}", receiver.url))
}

#[test]
fn the_receiver_gets_the_callback_as_it_was_and_can_verify_it() {
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, 1));
    let receiver = Receiver::new();
    let mut listening = start(&program, &receiver);
    let made = platform.used(1);
    assert_eq!(listening.post(&made.request), 204);
    let offered = receiver.next();
    assert_eq!(offered.request.body(), made.request.body());
    assert_eq!(
        (offered.request.method().as_str(), offered.request.uri().to_string().as_str()),
        ("POST", "/hook?a=b")
    );
    let client = merchant.credentials.settings(&merchant.url).unwrap().client(&PROVIDER).unwrap();
    let notification = client.notification::<CouponUsed>(&offered.request, now()).unwrap();
    assert!(matches!(notification.event, Received::Known(used) if used.coupon_id == "20000001"));
    offered.answer(204);
    listening.said("forwarded ");
    let ran = listening.interrupt(&program).succeeded();
    assert!(ran.stderr.ends_with("notifications in the ledger: 1; still to be forwarded: 0\n"), "{ran:?}");
    assert_eq!(column(&program, "SELECT forwarded_at - received_at >= 0 FROM notification"), ["1"]);
}

#[test]
fn callbacks_are_forwarded_in_their_order_and_again_until_they_are_taken() {
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, 4));
    let receiver = Receiver::new();
    let mut listening = start(&program, &receiver);
    let ids: Vec<String> = (1..=4)
        .map(|coupon| {
            let made = platform.used(coupon);
            // The receiver has not answered yet, and holds up nothing.
            assert_eq!(listening.post(&made.request), 204);
            made.id
        })
        .collect();
    // A refusal and a redirect hold up none of the others.
    for (id, status) in ids.iter().zip([500, 302, 200, 204]) {
        assert_eq!(receiver.next().answer(status), *id);
    }
    listening.said("it answered 500; again in 1 s");
    // They come again, and one of them a third time.
    assert_eq!(receiver.next().answer(503), ids[0]);
    listening.said("it answered 503; again in 2 s");
    assert_eq!(receiver.next().answer(200), ids[1]);
    assert_eq!(receiver.next().answer(200), ids[0]);
    listening.said(&format!("forwarded {}", ids[0]));
    listening.interrupt(&program).succeeded();
    assert!(receiver.is_quiet());
    assert_eq!(
        column(&program, "SELECT forward_failures FROM notification ORDER BY n"),
        ["2", "1", "0", "0"]
    );
}

#[test]
fn a_repetition_is_not_forwarded_again() {
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, 2));
    let receiver = Receiver::new();
    let mut listening = start(&program, &receiver);
    let first = platform.used(1);
    assert_eq!(listening.post(&first.request), 204);
    receiver.next().answer(200);
    listening.said("forwarded ");
    assert_eq!(listening.post(&platform.again(&first).request), 204);
    let second = platform.used(2);
    assert_eq!(listening.post(&second.request), 204);
    // The next one is the other one.
    assert_eq!(receiver.next().answer(200), second.id);
    listening.interrupt(&program).succeeded();
    assert!(receiver.is_quiet());
}

#[test]
fn what_was_not_forwarded_is_forwarded_after_a_restart() {
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, 2));
    // A port at which nobody listens.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let options = format!("--forward-to http://{address}/hook");
    let mut listening = Listening::start(&program, &options);
    let first = platform.used(1);
    assert_eq!(listening.post(&first.request), 204);
    listening.said("again in 1 s");
    let ran = listening.interrupt(&program).succeeded();
    assert!(ran.stderr.ends_with("notifications in the ledger: 1; still to be forwarded: 1\n"), "{ran:?}");

    let mut listening = Listening::start(&program, &options);
    let second = platform.used(2);
    assert_eq!(listening.post(&second.request), 204);
    listening.said(&second.id);
    listening.kill();

    let receiver = Receiver::on(TcpListener::bind(address).unwrap());
    let mut listening = Listening::start(&program, &options);
    let mut taken = [receiver.next().answer(200), receiver.next().answer(200)];
    taken.sort();
    let mut both = [first.id, second.id];
    both.sort();
    assert_eq!(taken, both);
    for id in taken {
        // In any order.
        assert_eq!(column(&program, &format!("SELECT count(*) FROM notification WHERE id = '{id}'")), ["1"]);
    }
    listening.said("forwarded ");
    listening.said("forwarded ");
    listening.interrupt(&program).succeeded();
    assert_eq!(column(&program, "SELECT count(*) FROM notification WHERE forward_at IS NOT NULL"), ["0"]);
}

/// What was recorded without a receiver is the past: nobody wants it all at once.
#[test]
fn what_was_only_recorded_is_not_forwarded_later() {
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, 2));
    let listening = Listening::start(&program, "--record");
    assert_eq!(listening.post(&platform.used(1).request), 204);
    listening.interrupt(&program).succeeded();
    let receiver = Receiver::new();
    let listening = start(&program, &receiver);
    let second = platform.used(2);
    assert_eq!(listening.post(&second.request), 204);
    assert_eq!(receiver.next().answer(200), second.id);
    listening.interrupt(&program).succeeded();
    assert!(receiver.is_quiet());
}
