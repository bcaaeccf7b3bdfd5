//! Whether what is made up is worth trying: of every operation often enough something that can be sent, and now and then
//! something that cannot.

use std::collections::BTreeSet;
use std::fs;

use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::*;

const TRIES: usize = 200;

struct Counts {
    client: Client,
    seldom: Vec<String>,
    unsendable: usize,
}

impl EachOperation for Counts {
    fn operation<O: ArbitraryOperation>(&mut self) {
        // The same every time: this is about the generators, and not about luck.
        let mut runner = TestRunner::deterministic();
        let strategy = any_arbitrary::<O>();
        let sendable = (0..TRIES)
            .filter(|_| {
                let operation = strategy.new_tree(&mut runner).unwrap().current();
                self.client.unsigned(&operation, stamp()).is_ok()
            })
            .count();
        println!("{}: {sendable} of {TRIES} can be sent", O::NAME);
        self.unsendable += TRIES - sendable;
        if sendable < TRIES / 10 {
            self.seldom.push(format!("{}: {sendable} of {TRIES}", O::NAME));
        }
    }
}

#[test]
fn of_every_operation_some_can_be_sent_and_of_all_some_cannot() {
    let mut counts = Counts { client: official_client(PROVIDERS[1]), seldom: Vec::new(), unsendable: 0 };
    each_operation(&mut counts);
    assert!(counts.seldom.is_empty(), "{:#?}", counts.seldom);
    // Not of each: by how many is a matter of how values are drawn, which any version may do otherwise.
    assert!(counts.unsendable > 0);
}

/// Where a type is made up, it is a strategy too.
#[test]
fn no_strategy_is_forgotten() {
    let core = workspace("core/src");
    let read = |file| fs::read_to_string(core.join(file)).unwrap();
    let listed = read("testing/strategy.rs") + &read("cashcoupons/operations.rs");
    let listed: BTreeSet<&str> = listed.split(|c: char| !c.is_alphanumeric()).collect();
    let mut found = 0;
    for path in sources(&core.join("cashcoupons")) {
        let source = fs::read_to_string(&path).unwrap();
        for rest in source.split("derive(arbitrary::Arbitrary)").skip(1) {
            let (_, name) = rest.split_once("pub struct ").unwrap();
            let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            assert!(listed.contains(name), "{name} of {} is no strategy", path.display());
            found += 1;
        }
    }
    assert!(found > 60, "{found}");
}
