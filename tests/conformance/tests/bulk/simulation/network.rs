//! What becomes of a request and its answer on the way.

use super::dice::Dice;
use super::plan::Plan;
use super::platform::Reply;
use crate::rig::Signed;
use crate::*;

/// How long a client waits for an answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// The way of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// It does not leave the machine.
    NotSent,
    /// It never arrives.
    Lost,
    /// It arrives after this time.
    Arrives(Duration),
}

impl Way {
    pub(crate) fn of(plan: &Plan, healed: bool, dice: &mut Dice) -> Self {
        if healed {
            return Self::Arrives(dice.millis(1, 100));
        }
        if dice.in_1000(plan.not_sent) {
            return Self::NotSent;
        }
        if dice.in_1000(plan.lost) {
            return Self::Lost;
        }
        match dice.in_1000(plan.late) {
            true => Self::Arrives(dice.millis(1, 400_000)),
            false => Self::Arrives(dice.millis(1, 300)),
        }
    }
}

/// What arrives of an answer, if anything does.
pub(crate) fn answer(mut reply: Reply, plan: &Plan, healed: bool, dice: &mut Dice) -> Option<Reply> {
    if healed {
        return Some(reply);
    }
    if dice.in_1000(plan.answer_lost) {
        return None;
    }
    if dice.in_1000(plan.failed) {
        reply.status = dice.one(&[202, 408, 500, 502]);
        reply.body = String::new();
        reply.signed = dice.one(&[Signed::Right, Signed::Not]);
    }
    if dice.in_1000(plan.altered) {
        match dice.within(0, 3) {
            0 => reply.signed = Signed::Not,
            1 => reply.signed = Signed::Probe,
            2 => reply.signed = Signed::Wrong,
            // A verified success that cannot be read.
            _ if reply.status == 200 => reply.body = r#"{"coupon":1}"#.to_owned(),
            _ => {}
        }
    }
    Some(reply)
}
