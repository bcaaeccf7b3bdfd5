//! The options that every command has.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use crate::program::texts::Language;

// A doc comment would become the text of each command.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The ledger: a file, or postgres://… for several machines [env: WECHATPAY_LEDGER] [default: wechatpay-ledger.db]
    #[arg(long, value_name = "PATH")]
    pub(crate) ledger: Option<PathBuf>,
    /// File with lines NAME=value. Variables of the environment take precedence
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
    // Not as documentation: its link would have brackets in the help.
    #[arg(long, value_name = "URL")]
    #[arg(help = "The platform's URL [env: WECHATPAY_BASE_URL] [default: https://api.mch.weixin.qq.com]")]
    pub(crate) base_url: Option<String>,
    /// The form of what is written to stdout [default: human]
    #[arg(long, value_enum, value_name = "FORM", hide_possible_values = true)]
    #[arg(help = "The form of what is written to stdout: human, json or ndjson [default: human]")]
    pub(crate) output: Option<Format>,
    /// Asks nothing: what would be asked is an error
    #[arg(long)]
    pub(crate) no_input: bool,
    /// Writes only results and errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Writes the Request-ID of calls to stderr
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// The language of texts for people: zh or en [env: WECHATPAY_LANG] [default: that of the system]
    #[arg(long, value_enum, value_name = "LANGUAGE", hide_possible_values = true)]
    pub(crate) lang: Option<Language>,
}

/// The form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables and sentences.
    #[default]
    Human,
    /// One document.
    Json,
    /// A document a line, one for each entry of a list.
    Ndjson,
}

impl Global {
    /// The options of a command and of one inside it. What is nearer to the end of the command line takes precedence.
    pub(crate) fn within(self, inner: Self) -> Self {
        Self {
            ledger: inner.ledger.or(self.ledger),
            env_file: inner.env_file.or(self.env_file),
            base_url: inner.base_url.or(self.base_url),
            output: inner.output.or(self.output),
            no_input: inner.no_input || self.no_input,
            quiet: inner.quiet || self.quiet,
            verbose: inner.verbose.saturating_add(self.verbose),
            lang: inner.lang.or(self.lang),
        }
    }
}
