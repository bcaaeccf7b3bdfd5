//! Which of the requests that reach a rule it meets: counted or seeded.

use serde_json::{Value, json};

use crate::protocol::json::present;
use crate::protocol::parameters::Parameters;
use crate::protocol::reply::Reply;

/// The requests that a rule meets, by their number. Each of them that reaches the rule counts.
#[derive(Debug)]
pub(super) struct Turns {
    /// The number of requests that pass first.
    after: u64,
    which: Which,
    /// The number of requests that meet the rule in all; without it there is no end.
    times: Option<u64>,
    seen: u64,
    met: u64,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Which {
    /// Every nth of those after the first ones.
    Every(u64),
    /// One in n, chosen by the seed.
    OneIn(Chance),
}

/// One in n things, chosen by a seed: the same seed always chooses the same ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chance {
    one_in: u64,
    seed: u64,
}

impl Chance {
    pub(super) fn read(parameters: &mut Parameters) -> Result<Option<Self>, Reply> {
        let seed = parameters.number("seed")?;
        match (parameters.positive("one_in")?, seed) {
            (Some(one_in), seed) => Ok(Some(Self { one_in, seed: seed.unwrap_or(0) })),
            (None, None) => Ok(None),
            (None, Some(seed)) => Err(parameters.invalid("seed", seed.into(), "needs a member one_in")),
        }
    }

    pub(super) fn meets(self, thing: &[u8]) -> bool {
        // FNV-1a, then the finalizer of SplitMix64, so that things which differ little are chosen apart.
        let start = 0xcbf2_9ce4_8422_2325_u64 ^ self.seed;
        let hash =
            thing.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (hash ^ (hash >> 31)).checked_rem(self.one_in) == Some(0)
    }

    pub(super) fn json(self) -> Value {
        json!({ "one_in": self.one_in, "seed": self.seed })
    }
}

impl Turns {
    /// Reads the members, which are all optional. Without any, every request meets the rule.
    pub(super) fn read(parameters: &mut Parameters) -> Result<Self, Reply> {
        let after = parameters.number("after")?.unwrap_or(0);
        let times = parameters.positive("times")?;
        let which = match (parameters.positive("every")?, Chance::read(parameters)?) {
            (every, None) => Which::Every(every.unwrap_or(1)),
            (None, Some(chance)) => Which::OneIn(chance),
            (Some(every), Some(_)) => {
                return Err(parameters.invalid("every", every.into(), "cannot be combined with one_in"));
            }
        };
        Ok(Self { after, which, times, seen: 0, met: 0 })
    }

    /// The number of requests that were counted, and of those that met the rule.
    pub(super) fn counted(&self) -> (u64, u64) {
        (self.seen, self.met)
    }

    pub(super) fn set_counted(&mut self, (seen, met): (u64, u64)) {
        (self.seen, self.met) = (seen, met);
    }

    /// Counts a request. Returns whether it meets the rule.
    pub(super) fn next(&mut self) -> bool {
        self.seen = self.seen.saturating_add(1);
        if self.times.is_some_and(|times| self.met >= times) {
            return false;
        }
        let number = self.seen.saturating_sub(self.after);
        let meets = number > 0
            && match self.which {
                Which::Every(every) => number.checked_rem(every) == Some(0),
                Which::OneIn(chance) => chance.meets(&number.to_be_bytes()),
            };
        self.met = self.met.saturating_add(u64::from(meets));
        meets
    }

    pub(super) fn json(&self) -> Value {
        let (every, chance) = match self.which {
            Which::Every(every) => (Some(every), None),
            Which::OneIn(chance) => (None, Some(chance)),
        };
        present(json!({
            "after": self.after,
            "times": self.times,
            "every": every,
            "one_in": chance.map(|chance| chance.one_in),
            "seed": chance.map(|chance| chance.seed),
        }))
    }
}
