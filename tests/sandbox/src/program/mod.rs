//! The program `wechatpay-sandbox`: its arguments and what it prints.

mod arguments;
mod listen;
mod ready;
mod run;
mod secure;

pub(crate) use arguments::{Arguments, Command};
pub(crate) use ready::ready;
pub(crate) use run::run;
