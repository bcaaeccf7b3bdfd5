//! Refusals of sends that come and go, as users of the platform report them.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::limits::turns::{Chance, Turns};
use crate::limits::under_way::{UnderWay, Users};
use crate::protocol::json::{present, set};
use crate::protocol::parameters::Parameters;
use crate::protocol::reply::Reply;

/// A send that breaks no rule of its stock.
pub(crate) struct Sending<'a> {
    pub(crate) openid: &'a str,
    pub(crate) stock_id: &'a str,
    /// In fen.
    pub(crate) amount: i64,
    /// What the user has got from the stock's creator in this month, in fen.
    pub(crate) this_month: i64,
}

/// A mood of the platform: which sends it refuses, and how.
#[derive(Debug)]
pub(super) enum Mood {
    NotEnough(Counted),
    RequestBlocked(Counted),
    AccountAbnormal {
        openids: BTreeSet<String>,
        chance: Option<Chance>,
        turns: Option<Turns>,
    },
    /// False `RULE_LIMIT` for a send that begins while another one to the same user is under way.
    ConcurrentRuleLimit {
        /// How long a send takes.
        milliseconds: u64,
        users: Users,
    },
    MonthlyLimit {
        fen: i64,
    },
}

#[derive(Debug)]
pub(super) struct Counted {
    turns: Turns,
    /// Only sends of this stock count.
    stock_id: Option<String>,
    internal_code: u32,
    message: String,
}

/// The names of the moods, in the order in which they are asked.
pub(super) const MOODS: [&str; 5] =
    ["request_blocked", "account_abnormal", "monthly_limit", "concurrent_rule_limit", "not_enough"];

impl Mood {
    /// Reads the mood `name`, which is one of [`MOODS`].
    pub(super) fn read(name: &str, mut parameters: Parameters) -> Result<Self, Reply> {
        let mood = match name {
            "not_enough" => Self::NotEnough(Counted::read(&mut parameters, 270_079_534)?),
            "request_blocked" => Self::RequestBlocked(Counted::read(&mut parameters, 270_079_532)?),
            "account_abnormal" => Self::account_abnormal(&mut parameters)?,
            "concurrent_rule_limit" => {
                // Documented: a send takes about 100 ms.
                let milliseconds = parameters.positive("milliseconds")?.unwrap_or(100);
                Self::ConcurrentRuleLimit { milliseconds, users: Users::default() }
            }
            _ => {
                let fen = parameters.positive("fen")?;
                // Documented: 5000 yuan.
                Self::MonthlyLimit { fen: fen.map_or(500_000, |fen| i64::try_from(fen).unwrap_or(i64::MAX)) }
            }
        };
        parameters.end(&format!("is not a member of {name}"))?;
        Ok(mood)
    }

    fn account_abnormal(parameters: &mut Parameters) -> Result<Self, Reply> {
        let openids = parameters.texts("openids")?;
        // A user is abnormal for good, so the seed chooses users.
        let chance = Chance::read(parameters)?;
        let counted = ["after", "every", "times"];
        let has_turns = parameters.next_name(|name| counted.contains(&name)).is_some();
        let turns = (has_turns || (openids.is_none() && chance.is_none())).then(|| Turns::read(parameters));
        let openids = openids.into_iter().flatten().collect();
        Ok(Self::AccountAbnormal { openids, chance, turns: turns.transpose()? })
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::RequestBlocked(_) => "request_blocked",
            Self::AccountAbnormal { .. } => "account_abnormal",
            Self::MonthlyLimit { .. } => "monthly_limit",
            Self::ConcurrentRuleLimit { .. } => "concurrent_rule_limit",
            Self::NotEnough(_) => "not_enough",
        }
    }

    /// Those of its turns, if it has them.
    pub(super) fn turns(&mut self) -> Option<&mut Turns> {
        match self {
            Self::NotEnough(counted) | Self::RequestBlocked(counted) => Some(&mut counted.turns),
            Self::AccountAbnormal { turns, .. } => turns.as_mut(),
            Self::ConcurrentRuleLimit { .. } | Self::MonthlyLimit { .. } => None,
        }
    }

    /// Counts a send, and returns the error if it is refused. A send that is let through may be under way from then on.
    pub(super) fn check(&mut self, send: &Sending<'_>) -> Result<Option<UnderWay>, Reply> {
        let checked = match self {
            Self::NotEnough(counted) => counted.check("NOT_ENOUGH", send),
            Self::RequestBlocked(counted) => counted.check("REQUEST_BLOCKED", send),
            Self::AccountAbnormal { openids, chance, turns } => {
                let meets = openids.contains(send.openid)
                    || chance.is_some_and(|chance| chance.meets(send.openid.as_bytes()))
                    || turns.as_mut().is_some_and(Turns::next);
                if meets { Err(Reply::forbidden("USER_ACCOUNT_ABNORMAL", "用户非法")) } else { Ok(()) }
            }
            Self::ConcurrentRuleLimit { milliseconds, users } => {
                let begun = users.begin(send.openid, Duration::from_millis(*milliseconds));
                let error = || Reply::forbidden("RULE_LIMIT", "用户已达到活动规则的限制，领取个数已满");
                return begun.map(Some).ok_or_else(error);
            }
            Self::MonthlyLimit { fen } => match send.this_month.saturating_add(send.amount) > *fen {
                true => Err(Reply::invalid_request("暂时无法领取")),
                false => Ok(()),
            },
        };
        checked.map(|()| None)
    }

    pub(super) fn json(&self) -> Value {
        match self {
            Self::NotEnough(counted) | Self::RequestBlocked(counted) => counted.json(),
            Self::AccountAbnormal { openids, chance, turns } => {
                let mut json = turns.as_ref().map_or_else(|| json!({}), Turns::json);
                for (name, value) in chance.map(Chance::json).iter().filter_map(Value::as_object).flatten() {
                    set(&mut json, name, value.clone());
                }
                if !openids.is_empty() {
                    set(&mut json, "openids", json!(openids));
                }
                json
            }
            Self::ConcurrentRuleLimit { milliseconds, .. } => json!({ "milliseconds": milliseconds }),
            Self::MonthlyLimit { fen } => json!({ "fen": fen }),
        }
    }
}

impl Counted {
    fn read(parameters: &mut Parameters, default_code: u32) -> Result<Self, Reply> {
        let turns = Turns::read(parameters)?;
        let stock_id = parameters.optional_text("stock_id")?;
        let internal_code = match parameters.positive("internal_code")? {
            None => default_code,
            Some(code) => u32::try_from(code).map_err(|_| {
                parameters.invalid("internal_code", code.into(), "must be an integer from 1 to 4294967295")
            })?,
        };
        let message =
            parameters.optional_text("message")?.unwrap_or_else(|| message(internal_code).to_owned());
        Ok(Self { turns, stock_id, internal_code, message })
    }

    fn check(&mut self, code: &str, send: &Sending<'_>) -> Result<(), Reply> {
        let counts = self.stock_id.as_ref().is_none_or(|stock_id| stock_id == send.stock_id);
        if counts && self.turns.next() {
            return Err(Reply::forbidden(code, &self.message).internal_code(self.internal_code));
        }
        Ok(())
    }

    fn json(&self) -> Value {
        let mut json = self.turns.json();
        set(&mut json, "internal_code", self.internal_code);
        set(&mut json, "message", self.message.as_str());
        set(&mut json, "stock_id", self.stock_id.as_deref());
        present(json)
    }
}

/// The message of an internal code. Documented are the reasons; inferred is which code has which of them.
fn message(internal_code: u32) -> &'static str {
    match internal_code {
        270_079_508 => "批次不支持跨商户发券",
        270_079_509 => "商户无权发券",
        270_079_532 => "用户被限领拦截",
        270_079_533 => "活动未开始或已结束",
        270_079_534 => "批次预算不足",
        _ => "请求被拦截",
    }
}
