//! The exit codes.

use std::process::ExitCode;

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

    fn says(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "wrong arguments or input",
            Self::SomeRefused => "done, but some coupons were refused",
            Self::Unresolved => "unresolved: coupons may be out",
            Self::Stopped => "stopped: budget, permission, keys",
            Self::Differences => "differences were found",
            Self::LedgerInUse => "the ledger is in use",
            Self::Configuration => "the configuration cannot be used",
            Self::Network => "network, nothing was sent",
            Self::Interrupted => "interrupted",
        }
    }

    /// The table for the help.
    pub(crate) fn help() -> String {
        let lines = Self::ALL.map(|exit| format!("  {:>3}  {}", exit.number(), exit.says()));
        format!("Exit codes:\n{}", lines.join("\n"))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.number().into()
    }
}
