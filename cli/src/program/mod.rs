//! The program `wechatpay`: its arguments, its connection to the platform or to a sandbox, and its commands.

mod arguments;
mod clock;
mod commands;
mod confirm;
mod connection;
mod dispatch;
mod environment;
mod exit;
mod failure;
mod http;
mod output;
mod parse;
mod run;
mod session;
mod texts;

pub(crate) use run::run;
