//! What every command has.

use std::path::PathBuf;

use crate::program::arguments::Global;
use crate::program::environment::Variables;
use crate::program::failure::Failure;
use crate::program::output::Output;

/// What every command has: settings, and where results go.
pub(crate) struct Session {
    pub(crate) variables: Variables,
    pub(crate) output: Output,
    pub(crate) ledger: PathBuf,
    pub(crate) no_input: bool,
}

impl Session {
    /// # Errors
    /// A [`Failure`] if the env file cannot be read.
    pub(crate) fn new(global: &Global, output: Output) -> Result<Self, Failure> {
        const LEDGER: &str = "wechatpay-ledger.db";
        let variables = Variables::new(global.env_file.as_deref(), global.base_url.clone())?;
        let ledger = global.ledger.clone().or_else(|| variables.path("WECHATPAY_LEDGER"));
        Ok(Self {
            variables,
            output,
            ledger: ledger.unwrap_or_else(|| LEDGER.into()),
            no_input: global.no_input,
        })
    }
}
