//! The exit codes.

use std::process::ExitCode;

use crate::program::texts::{marked, said, text};

/// How the program ends. Scripts depend on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Failed,
    Usage,
    SomeRefused,
    Unresolved,
    Stopped,
    Differences,
    LedgerInUse,
    Configuration,
    Network,
    Interrupted,
}

impl Exit {
    pub(crate) const ALL: [Self; 11] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::SomeRefused,
        Self::Unresolved,
        Self::Stopped,
        Self::Differences,
        Self::LedgerInUse,
        Self::Configuration,
        Self::Network,
        Self::Interrupted,
    ];

    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::SomeRefused => 3,
            Self::Unresolved => 4,
            Self::Stopped => 5,
            Self::Differences => 6,
            Self::LedgerInUse => 7,
            Self::Configuration => 8,
            Self::Network => 9,
            Self::Interrupted => 130,
        }
    }

    /// The name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::SomeRefused => "some_refused",
            Self::Unresolved => "unresolved",
            Self::Stopped => "stopped",
            Self::Differences => "differences",
            Self::LedgerInUse => "ledger_in_use",
            Self::Configuration => "configuration",
            Self::Network => "network",
            Self::Interrupted => "interrupted",
        }
    }

    /// What it means.
    pub(crate) fn says(self) -> &'static str {
        match self {
            Self::Done => marked!("done"),
            Self::Failed => marked!("failed"),
            Self::Usage => marked!("wrong arguments or input"),
            Self::SomeRefused => marked!("done, but some coupons were refused"),
            Self::Unresolved => marked!("unresolved: coupons may be out"),
            Self::Stopped => marked!("stopped: budget, permission, keys"),
            Self::Differences => marked!("differences were found"),
            Self::LedgerInUse => marked!("the ledger is in use"),
            Self::Configuration => marked!("the configuration cannot be used"),
            Self::Network => marked!("network, nothing was sent"),
            Self::Interrupted => marked!("interrupted"),
        }
    }

    /// The table for the help.
    pub(crate) fn help() -> String {
        let lines = Self::ALL.map(|exit| format!("  {:>3}  {}", exit.number(), said(exit.says())));
        format!("{}\n{}", text!("Exit codes:"), lines.join("\n"))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.number().into()
    }
}
