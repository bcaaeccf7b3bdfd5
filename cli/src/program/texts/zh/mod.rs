//! The catalogue, a file for each part of the program. The terms are those of WeChat Pay: 代金券, 批次, 商户号, 发放, 核销.

mod books;
mod core;
mod doctor;
mod explain;
mod flow;
mod help;
mod ledger;
mod listen;
mod man;
mod others;
mod report;
mod send;
mod trigger;

pub(super) use self::core::CORE;
pub(super) use books::BOOKS;
pub(super) use doctor::DOCTOR;
pub(super) use explain::EXPLAIN;
pub(super) use help::HELP;
pub(super) use ledger::ledger_error;
pub(super) use listen::LISTEN;
pub(super) use man::MAN;
pub(super) use others::OTHERS;
pub(super) use report::REPORT;
pub(super) use send::SEND;
pub(super) use trigger::TRIGGER;
