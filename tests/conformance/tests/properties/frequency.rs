//! Whether what is made up is worth trying: often enough something that can be sent, and now and then something that
//! cannot.

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use wechatpay_conformance::{PROVIDERS, official_client, stamp};
use wechatpay_core::Client;
use wechatpay_core::testing::{EachOperation, MadeUp, each_operation, made_up};

const TRIES: usize = 200;

struct Counts {
    client: Client,
    seldom: Vec<String>,
}

impl EachOperation for Counts {
    fn operation<O: MadeUp>(&mut self) {
        // The same every time: this is about the generators, and not about luck.
        let mut runner = TestRunner::deterministic();
        let strategy = made_up::<O>();
        let sendable = (0..TRIES)
            .filter(|_| {
                let operation = strategy.new_tree(&mut runner).unwrap().current();
                self.client.unsigned(&operation, stamp()).is_ok()
            })
            .count();
        println!("{}: {sendable} of {TRIES} can be sent", O::NAME);
        if !(TRIES / 10..TRIES).contains(&sendable) {
            self.seldom.push(format!("{}: {sendable} of {TRIES}", O::NAME));
        }
    }
}

#[test]
fn of_every_operation_some_can_be_sent_and_some_cannot() {
    let mut counts = Counts { client: official_client(PROVIDERS[1]), seldom: Vec::new() };
    each_operation(&mut counts);
    assert!(counts.seldom.is_empty(), "{:#?}", counts.seldom);
}
