//! Rates of requests.

use std::collections::VecDeque;

use serde_json::{Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::protocol::json::present;
use crate::protocol::parameters::Parameters;
use crate::protocol::reply::Reply;

const MINUTE: u64 = 60;

/// The limits of one operation. At least one is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    pub(super) per_second: Option<u64>,
    pub(super) per_minute: Option<u64>,
}

impl Rate {
    pub(super) fn read(mut parameters: Parameters) -> Result<Self, Reply> {
        let rate = Self {
            per_second: parameters.positive("per_second")?,
            per_minute: parameters.positive("per_minute")?,
        };
        if rate.per_second.is_none() && rate.per_minute.is_none() {
            let rule = "must be an integer from 1, unless there is a member per_minute";
            return Err(parameters.invalid("per_second", Value::Null, rule));
        }
        parameters.end("is not known; the members are per_second and per_minute")?;
        Ok(rate)
    }

    pub(super) fn json(self) -> Value {
        present(json!({ "per_second": self.per_second, "per_minute": self.per_minute }))
    }
}

/// The admitted requests of one operation in the last minute of the real time. Refused ones are not counted (inferred).
///
/// The sandbox's time has whole seconds. So a second is one of the clock, and a minute is the last 60 of them.
#[derive(Debug, Default)]
pub(super) struct Window(VecDeque<(UnixSeconds, u64)>);

impl Window {
    /// Counts a request, or returns the number of seconds after which the next one is admitted.
    pub(super) fn admit(&mut self, rate: Rate, now: UnixSeconds) -> Result<(), u64> {
        let first = now.saturating_sub(MINUTE - 1);
        // A time after `now` is left from a clock that was set back.
        self.0.retain(|(second, _)| (first..=now).contains(second));
        let this_second = self.0.back().filter(|(second, _)| *second == now).map_or(0, |(_, count)| *count);
        let this_minute = self.0.iter().fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
        if rate.per_minute.is_some_and(|limit| this_minute >= limit) {
            let oldest = self.0.front().map_or(now, |(second, _)| *second);
            return Err(oldest.saturating_add(MINUTE).saturating_sub(now));
        }
        if rate.per_second.is_some_and(|limit| this_second >= limit) {
            return Err(1);
        }
        match self.0.back_mut().filter(|(second, _)| *second == now) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => self.0.push_back((now, 1)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_the_limit_is_admitted_in_a_minute() {
        let rate = Rate { per_second: Some(3), per_minute: Some(5) };
        let mut window = Window::default();
        let mut admit = |now| window.admit(rate, now);
        assert_eq!([admit(100), admit(100), admit(100), admit(100)], [Ok(()), Ok(()), Ok(()), Err(1)]);
        assert_eq!([admit(101), admit(130), admit(130)], [Ok(()), Ok(()), Err(30)]);
        // The three of the first second leave the window after a minute.
        assert_eq!(admit(159), Err(1));
        assert_eq!([admit(160), admit(160), admit(160), admit(160)], [Ok(()), Ok(()), Ok(()), Err(1)]);
        // The clock was set back.
        assert_eq!(admit(10), Ok(()));
    }
}
