//! How much memory an intent takes in the hands of a sender.

use super::bench::START;
use super::*;

/// The bytes of an intent that waits after so many attempts without an answer, with texts of usual lengths.
fn bytes_per_intent(intents: u64, attempts: u32) -> u64 {
    let now = Now { elapsed: Duration::ZERO, unix: START * 1000 };
    let intent = |id: u64| {
        let operation = SendCoupon::new(RequiredCouponFields {
            openid: format!("oUpF8uM{id:021}").as_str().into(),
            appid: "wxd678efh567hg6787".into(),
            stock_id: rig::STOCK.into(),
            stock_creator_mchid: rig::MERCHANT.into(),
            out_request_no: format!("{id:040}").as_str().into(),
        });
        let mut history = History::default();
        for attempt in 1..=attempts {
            let verdict = Verdict::Unknown { failed: false };
            history.add(Fact::Began { attempt, at: now.unix });
            history.add(Fact::Ended { attempt, at: now.unix, verdict });
        }
        Intent { id, operation, history }
    };
    let mut sender = Sender::new(Policy::default(), Health::default());
    let mut leased = 0;
    let allocated = allocation_counter::measure(|| {
        while let Step::Lease(most @ 1..) = sender.poll(now) {
            let until = intents.min(leased + u64::try_from(most).unwrap());
            let page = (leased..until).map(intent).collect();
            sender.leased(now, Lease { intents: page, more: until < intents, order: Order::Go });
            leased = until;
        }
    });
    assert_eq!(sender.progress(now).waiting, usize::try_from(intents).unwrap());
    u64::try_from(allocated.bytes_current).unwrap() / intents
}

/// The documentation of the module states these numbers: of as many intents as a sender has in hand at most, and after
/// all the attempts of a window of 24 hours.
#[test]
fn an_intent_takes_no_more_memory_than_documented() {
    for (intents, attempts, most) in [(20_000, 11, 1200), (1000, 288, 26_000)] {
        let bytes = bytes_per_intent(intents, attempts);
        println!("{bytes} bytes after {attempts} attempts");
        assert!(bytes <= most, "{bytes} bytes after {attempts} attempts");
    }
}
