//! The program `wechatpay-sandbox`: its arguments and what it prints. `wechatpay sandbox` is the same program.

mod arguments;
mod execute;
mod listen;
mod ready;
mod run;
mod secure;

pub use arguments::{Arguments, without_empty_variables};
pub use execute::execute;
