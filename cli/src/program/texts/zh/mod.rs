//! The catalogue, a file for each part of the program. The terms are those of WeChat Pay: 代金券, 批次, 商户号, 发放, 核销.

mod report;

pub(super) use report::REPORT;
