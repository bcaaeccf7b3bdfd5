//! `send export`.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write as _};

use serde_json::json;
use wechatpay_cli::ledger::{Ledger as _, LedgerError, Selection};

use crate::program::arguments::{Export, State};
use crate::program::commands::send::book::{blocking, campaign, ledger_failure, open_existing};
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::members;
use crate::program::session::Session;
use crate::program::texts::text;

pub(super) fn export(session: &Session, arguments: &Export) -> Result<Exit, Failure> {
    let mut ledger = open_existing(session)?;
    let name = campaign(&mut ledger, &arguments.campaign)?.name;
    let selection = arguments.state.map_or(Selection::All, selection);
    let Some(path) = &arguments.out else {
        let mut stdout = BufWriter::new(io::stdout().lock());
        let written = blocking(|| ledger.export(&name, &selection, &mut stdout));
        return match written.and_then(|_| stdout.flush().map_err(LedgerError::Output)) {
            // The reader has read enough.
            Err(LedgerError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
            written => written.map(|()| Exit::Done).map_err(ledger_failure),
        };
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Openids are in it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| {
        Failure::usage(text!("the file {path} cannot be created", path = path.display())).because(&error)
    })?;
    let mut file = BufWriter::new(file);
    let rows = blocking(|| {
        let rows = ledger.export(&name, &selection, &mut file)?;
        file.flush().map_err(LedgerError::Output)?;
        Ok(rows)
    });
    let rows = rows.map_err(ledger_failure)?;
    let json = json!({ "campaign": name, "rows": rows, "file": path });
    session.output.document(members(json), || {
        text!("{rows} rows were written to {path}", rows = rows, path = path.display())
    })?;
    Ok(Exit::Done)
}

fn selection(state: State) -> Selection {
    let name = match state {
        State::Open => return Selection::Open,
        State::Planned => "planned",
        State::Sending => "sending",
        State::Retry => "retry",
        State::Sent => "sent",
        State::Refused => "refused",
        State::Doubtful => "doubtful",
        State::Cancelled => "cancelled",
    };
    Selection::Standing(name.to_owned())
}
