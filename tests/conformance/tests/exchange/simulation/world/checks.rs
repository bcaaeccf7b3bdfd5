//! The checks when a request is sent, when it arrives, and when an exchange ends.

use super::*;

impl World<'_> {
    /// Records that an exchange sends a request.
    pub(super) fn record_sent(&mut self, index: usize, reason: SendReason) -> Result<(), String> {
        self.counter += 1;
        let own = self.life(index).own_client;
        let shares = |run: &Run| !own && !self.plan.callers[run.caller].lives[run.life].own_client;
        let others = self.runs.iter().filter(|run| run.exchange.is_some() && run.fetching && shares(run));
        // A clock that was set forward lets the right to fetch expire early.
        let others = others.filter(|run| run.clock_at_fetch >= self.clock).count();
        let run = &mut self.runs[index];
        run.sent += 1;
        run.waits_for = self.counter;
        match reason {
            SendReason::FetchPlatformKeys => {
                self.fetches += 1;
                run.fetches += 1;
                run.fetching = true;
                run.clock_at_fetch = self.clock;
                if others > 0 {
                    return self.fail(index, "fetches certificates while another exchange does");
                }
            }
            _ => run.attempts += 1,
        }
        let (attempts, fetches) = (self.runs[index].attempts, self.runs[index].fetches);
        if attempts > ATTEMPTS || fetches > attempts * ATTEMPTS {
            return self.fail(index, &format!("makes {attempts} attempts and {fetches} fetches"));
        }
        Ok(())
    }

    /// Records that an exchange has ended.
    pub(super) fn record_end(
        &mut self,
        index: usize,
        elapsed: Duration,
        result: Result<String, Error>,
    ) -> Result<(), String> {
        let late = Duration::from_millis(self.life(index).oversleeps);
        if elapsed > TOTAL + late {
            return self.fail(index, &format!("ends after {elapsed:?}"));
        }
        let ids = self.ids(self.plan.callers[self.runs[index].caller].wants);
        let end = result.as_ref().err().map(Error::outcome);
        self.runs[index].end = Some(end);
        self.runs[index].exchange = None;
        match &result {
            Ok(id) if !ids.contains(id) => return self.fail(index, &format!("returns {id}, not {ids:?}")),
            Err(error) if end == Some(Outcome::Done) && ids.is_empty() => {
                return self.fail(index, &format!("is Done, but nothing was created: {error:?}"));
            }
            _ => {}
        }
        self.check_outcome(index)
    }

    /// Checks the outcome of an exchange, when it ends and when a request of it arrives later.
    pub(super) fn check_outcome(&self, index: usize) -> Result<(), String> {
        let run = &self.runs[index];
        if matches!(self.plan.callers[run.caller].wants, Wants::Favor(_)) && run.reached > 1 {
            return self.fail(index, "is not idempotent, but reached the platform more than once");
        }
        match run.end {
            Some(Some(Outcome::NotSent)) if run.reached > 0 => {
                self.fail(index, "is NotSent, but a request arrived")
            }
            Some(Some(Outcome::Rejected)) if run.created => {
                self.fail(index, "is Rejected, but a request succeeded")
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check_no_duplicates(&self) -> Result<(), String> {
        for number in 0..2 {
            let ids = self.ids(Wants::Coupon(number));
            if ids.len() > 1 {
                return Err(format!("coupon {number} exists more than once: {ids:?}"));
            }
        }
        Ok(())
    }

    /// The ids of the existing coupons or favors of this kind and number.
    pub(super) fn ids(&self, wants: Wants) -> Vec<String> {
        let (kind, id, pointer, value) = match wants {
            Wants::Coupon(n) => ("coupons", "coupon_id", "/out_request_no", Value::from(format!("n-{n}"))),
            Wants::Favor(n) => {
                ("platform_favors", "stock_id", "/send_rule/max_coupons", max_coupons(n).into())
            }
        };
        let state = self.sandbox.export();
        let all = state[kind].as_array().unwrap().iter();
        let these = all.filter(|one| one.pointer(pointer) == Some(&value));
        these.map(|one| one[id].as_str().unwrap().to_owned()).collect()
    }

    pub(super) fn fail(&self, index: usize, problem: &str) -> Result<(), String> {
        let Run { caller, life, .. } = self.runs[index];
        Err(format!("at {:?}, caller {caller} in life {life}: {problem}", self.time))
    }
}
