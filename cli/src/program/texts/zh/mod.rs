//! The catalogue, a file for each part of the program. The terms are those of WeChat Pay: 代金券, 批次, 商户号, 发放, 核销.

mod explain;
mod help;
mod man;
mod report;
mod send;

pub(super) use explain::EXPLAIN;
pub(super) use help::HELP;
pub(super) use man::MAN;
pub(super) use report::REPORT;
pub(super) use send::SEND;
