//! What happens in one simulation.

use super::dice::Dice;
use crate::*;

/// How often something happens, in a thousand cases.
pub(crate) type Often = u64;

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) intents: u64,
    pub(crate) users: u64,
    /// Two ledgers of the same list, with a sender each.
    pub(crate) ledgers: usize,
    pub(crate) policy: Policy,
    /// When everything works again.
    pub(crate) healed: Duration,
    /// Whether the platform looks at the number of a request before its limits.
    pub(crate) number_first: bool,
    /// Whether a second request to a user, while another is processed, is refused with `RULE_LIMIT`.
    pub(crate) false_limit: bool,
    pub(crate) per_user: u64,
    pub(crate) total: u64,
    pub(crate) per_day: Option<u64>,
    pub(crate) rate: Option<usize>,
    pub(crate) not_sent: Often,
    pub(crate) lost: Often,
    pub(crate) late: Often,
    pub(crate) answer_lost: Often,
    pub(crate) altered: Often,
    pub(crate) failed: Often,
    pub(crate) not_enough: Often,
    pub(crate) blocked: Often,
    pub(crate) bad_users: Often,
    /// Phases in which all requests fail in the same way.
    pub(crate) phases: Often,
    pub(crate) crash: Often,
    pub(crate) store_fails: Often,
    pub(crate) store_slow: Often,
    pub(crate) search_fails: Often,
    pub(crate) orders: Often,
    pub(crate) clock_jumps: Often,
    /// A run begins only hours after the last one ended.
    pub(crate) long_pauses: Often,
}

impl Plan {
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x2545_F491_4F6C_DD1D));
        let intents = dice.within(1, 60);
        let users = if dice.in_1000(300) { dice.within(1, intents) } else { intents };
        let (number_first, clock_jumps) = (dice.in_1000(600), dice.one(&[0, 0, 3]));
        let mut policy = Policy::default()
            .with_rate(u32::try_from(dice.one(&[1, 5, 50, 400, 500])).unwrap())
            .with_max_in_flight(usize::try_from(dice.within(1, 40)).unwrap())
            .with_window(Duration::from_secs(dice.one(&[60, 1800, 24 * 3600])))
            .with_canary(dice.within(0, 3))
            .with_search(dice.in_1000(850))
            // That a late refusal proves something needs clocks that are right.
            .with_settle_by_repeat(number_first && clock_jumps == 0 && dice.in_1000(300));
        if dice.in_1000(100) {
            policy = policy.with_limit(dice.within(1, intents));
        }
        let mut often = |most| if dice.in_1000(500) { dice.within(1, most) } else { 0 };
        Self {
            seed,
            intents,
            users,
            policy,
            clock_jumps,
            number_first,
            not_sent: often(200),
            lost: often(200),
            late: often(200),
            answer_lost: often(300),
            altered: often(100),
            failed: often(200),
            not_enough: often(200),
            blocked: often(200),
            bad_users: often(500),
            phases: often(30),
            crash: often(20),
            store_fails: often(20),
            store_slow: often(20),
            search_fails: often(700),
            orders: often(20),
            long_pauses: often(300),
            ledgers: if dice.in_1000(200) { 2 } else { 1 },
            healed: Duration::from_secs(dice.within(60, 4000)),
            false_limit: dice.in_1000(500),
            per_user: dice.within(1, 3),
            total: if dice.in_1000(200) { dice.within(1, intents) } else { 1000 },
            per_day: dice.in_1000(100).then(|| dice.within(5, 60)),
            rate: dice.in_1000(300).then(|| usize::try_from(dice.within(2, 100)).unwrap()),
        }
    }
}
