//! Checks that the generated values are useful: for every operation, enough of them can be sent, and some of all
//! cannot.

use std::collections::BTreeSet;
use std::fs;

use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::*;

const TRIES: usize = 200;

struct Counts {
    client: Client,
    rarely_sendable: Vec<String>,
    unsendable: usize,
}

impl EachOperation for Counts {
    fn operation<O: ArbitraryOperation>(&mut self) {
        // Deterministic, so that the result does not depend on chance.
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
            self.rarely_sendable.push(format!("{}: {sendable} of {TRIES}", O::NAME));
        }
    }
}

#[test]
fn generators_produce_valid_and_invalid_operations() {
    let mut counts =
        Counts { client: official_client(PROVIDERS[1]), rarely_sendable: Vec::new(), unsendable: 0 };
    each_operation(&mut counts);
    assert!(counts.rarely_sendable.is_empty(), "{:#?}", counts.rarely_sendable);
    // Counted over all operations, because the number for each one depends on how proptest draws values.
    assert!(counts.unsendable > 0);
}

/// Every type that implements `Arbitrary` for fuzzing also has a proptest strategy.
#[test]
fn every_arbitrary_type_has_a_strategy() {
    let core = workspace("core/src");
    let read = |file| fs::read_to_string(core.join(file)).unwrap();
    let listed = read("testing/strategy.rs") + &read("cashcoupons/operations.rs");
    let listed: BTreeSet<&str> = listed.split(|c: char| !c.is_alphanumeric()).collect();
    let mut found = 0;
    for path in sources(&core.join("cashcoupons")) {
        let source = fs::read_to_string(&path).unwrap();
        // Those that `response!` declares implement it too.
        let declared = source.replace("response! {", "derive(arbitrary::Arbitrary)");
        for rest in declared.split("derive(arbitrary::Arbitrary)").skip(1) {
            let (_, name) = rest.split_once("pub struct ").unwrap();
            let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            assert!(listed.contains(name), "{name} in {} has no strategy", path.display());
            found += 1;
        }
    }
    assert!(found > 60, "{found}");
}
