//! The limits in force.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::limits::documented::DOCUMENTED;
use crate::limits::moods::{MOODS, Mood, Sending};
use crate::limits::rates::{Rate, Window};
use crate::limits::under_way::UnderWay;
use crate::protocol::json::{Object, set};
use crate::protocol::parameters::Parameters;
use crate::protocol::problem::refused_member;
use crate::protocol::reply::Reply;

const ANY_OPERATION: &str = "*";
const FORGET_AFTER: &str = "forget_out_request_no_after_seconds";
const FORGOTTEN: &str = "forgotten_out_request_no";
/// The members of a request that are no operations.
const OWN_MEMBERS: [&str; 8] = {
    let [a, b, c, d, e] = MOODS;
    ["preset", a, b, c, d, e, FORGET_AFTER, FORGOTTEN]
};

/// All limits. By default there are none.
#[derive(Default)]
pub(crate) struct Limits {
    rates: BTreeMap<String, Rate>,
    windows: BTreeMap<&'static str, Window>,
    moods: Vec<Mood>,
    /// The number of seconds of the platform's time after which the number of a send is not recognized.
    forget_after: Option<u64>,
    /// Whether a forgotten number is refused. Otherwise it gets another coupon.
    refuses_forgotten: bool,
    /// The number of refused requests, by operation or by mood.
    refused: BTreeMap<String, u64>,
    /// The request that set them.
    body: Object,
    /// Whether a rule counted a send that is not yet stored.
    counted: bool,
}

/// How often a rule was asked and met, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredTurns {
    rule: String,
    seen: u64,
    met: u64,
}

impl Limits {
    /// Reads the body of `POST /_sandbox/limits`. `operations` are the names that can have a rate.
    pub(crate) fn read(body: Object, operations: &[&'static str]) -> Result<Self, Reply> {
        Self::read_for(body, |name| operations.contains(&name), &operations.join(", "))
    }

    /// Reads limits as they were stored.
    pub(crate) fn restore(body: Object) -> Result<Self, Reply> {
        Self::read_for(body, |name| !OWN_MEMBERS.contains(&name), "")
    }

    fn read_for(body: Object, is_operation: impl Fn(&str) -> bool, operations: &str) -> Result<Self, Reply> {
        let mut parameters = Parameters::new(body.clone());
        let mut limits = Self { body, ..Self::default() };
        if parameters.one_of("preset", &["documented"])?.is_some() {
            limits.rates = DOCUMENTED.iter().map(|(name, rate)| ((*name).to_owned(), *rate)).collect();
        }
        let is_operation = |name: &str| name == ANY_OPERATION || is_operation(name);
        while let Some(name) = parameters.next_name(is_operation) {
            let Some(rate) = parameters.object(&name)? else { break };
            limits.rates.insert(name, Rate::read(rate)?);
        }
        for name in MOODS {
            if let Some(mood) = parameters.object(name)? {
                limits.moods.push(Mood::read(name, mood)?);
            }
        }
        limits.forget_after = parameters.positive(FORGET_AFTER)?;
        if let Some(then) = parameters.one_of(FORGOTTEN, &["new_coupon", "refused"])? {
            if limits.forget_after.is_none() {
                return Err(refused_member(
                    FORGOTTEN,
                    then.into(),
                    &format!("needs a member {FORGET_AFTER}"),
                ));
            }
            limits.refuses_forgotten = then == "refused";
        }
        let known = MOODS.join(", ");
        parameters.end(&format!(
            "is not known; the members are preset, {known}, {FORGET_AFTER}, {FORGOTTEN}, \"*\" and the names of \
             operations: {operations}"
        ))?;
        Ok(limits)
    }

    /// Counts an authentic request of an operation, or returns the error if there are too many.
    pub(crate) fn admit(&mut self, operation: &'static str, now: UnixSeconds) -> Result<(), Reply> {
        let rate = self.rates.get(operation).or_else(|| self.rates.get(ANY_OPERATION));
        let Some(rate) = rate.copied() else { return Ok(()) };
        let admitted = self.windows.entry(operation).or_default().admit(rate, now);
        admitted.map_err(|retry_after| {
            self.count(operation);
            Reply::rate_limited(retry_after)
        })
    }

    /// Whether sends have to be checked.
    pub(crate) fn has_moods(&self) -> bool {
        !self.moods.is_empty()
    }

    /// Returns the error if a send is refused, and otherwise what must live until it is answered. The moods are asked in the
    /// order of [`MOODS`].
    pub(crate) fn check(&mut self, send: &Sending<'_>) -> Result<Option<UnderWay>, Reply> {
        let mut under_way = None;
        self.counted = true;
        let refused = self.moods.iter_mut().find_map(|mood| match mood.check(send) {
            Ok(begun) => {
                under_way = under_way.take().or(begun);
                None
            }
            Err(error) => Some((mood.name(), error)),
        });
        let Some((name, error)) = refused else { return Ok(under_way) };
        self.count(name);
        Err(error)
    }

    /// Returns whether the number of a coupon that was sent at this time is still recognized, or the error if a
    /// forgotten one is refused. Inferred: this error, from that of a sibling product.
    pub(crate) fn recognizes(&self, sent: UnixSeconds, now: UnixSeconds) -> Result<bool, Reply> {
        let forgotten = self.forget_after.is_some_and(|after| sent.saturating_add(after) <= now);
        if forgotten && self.refuses_forgotten {
            return Err(Reply::invalid_request("对应单号已超出重试期"));
        }
        Ok(!forgotten)
    }

    fn count(&mut self, name: &str) {
        match self.refused.get_mut(name) {
            Some(count) => *count = count.saturating_add(1),
            None => _ = self.refused.insert(name.to_owned(), 1),
        }
    }

    /// The request that set the limits; empty if there are none.
    pub(crate) fn stored(&self) -> &Object {
        &self.body
    }

    /// The turns of all rules, as they are stored.
    pub(crate) fn turns(&mut self) -> Vec<StoredTurns> {
        let rules =
            self.moods.iter_mut().map(|mood| (mood.name(), mood.turns().map(|turns| turns.counted())));
        let counted = rules.filter_map(|(rule, counted)| Some((rule, counted?)));
        counted.map(|(rule, (seen, met))| StoredTurns { rule: rule.to_owned(), seen, met }).collect()
    }

    /// The turns of all rules, if any changed since this was last asked.
    pub(crate) fn take_turns(&mut self) -> Option<Vec<StoredTurns>> {
        std::mem::take(&mut self.counted).then(|| self.turns())
    }

    pub(crate) fn set_turns(&mut self, stored: &[StoredTurns]) {
        for mood in &mut self.moods {
            let name = mood.name();
            let stored = stored.iter().find(|stored| stored.rule == name);
            if let (Some(stored), Some(turns)) = (stored, mood.turns()) {
                turns.set_counted((stored.seen, stored.met));
            }
        }
    }

    pub(crate) fn refused(&self) -> &BTreeMap<String, u64> {
        &self.refused
    }

    pub(crate) fn set_refused(&mut self, refused: BTreeMap<String, u64>) {
        self.refused = refused;
    }

    /// The response of `/_sandbox/limits`. The member `limits` has the form of the request.
    pub(crate) fn json(&self) -> Value {
        let mut limits = json!({});
        for (name, rate) in &self.rates {
            set(&mut limits, name, rate.json());
        }
        for mood in &self.moods {
            set(&mut limits, mood.name(), mood.json());
        }
        if let Some(seconds) = self.forget_after {
            set(&mut limits, FORGET_AFTER, seconds);
            set(&mut limits, FORGOTTEN, if self.refuses_forgotten { "refused" } else { "new_coupon" });
        }
        json!({ "limits": limits, "refused": self.refused })
    }
}
