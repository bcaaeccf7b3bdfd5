//! The progress of a run, on stderr.

use std::io::{IsTerminal as _, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;
use wechatpay_cli::ledger::Counts;
use wechatpay_hyper::core::bulk::Progress;

use crate::program::output::Output;

/// How often a line is written where there is no terminal.
const LINE: Duration = Duration::from_secs(10);

/// A bar on a terminal, or a line now and then.
pub(super) struct Bar<'a> {
    output: &'a Output,
    bar: Option<ProgressBar>,
    before: Counts,
    last: Instant,
    warned: bool,
}

impl<'a> Bar<'a> {
    pub(super) fn new(output: &'a Output, before: Counts) -> Self {
        let bar = (stderr().is_terminal() && !output.is_quiet()).then(|| {
            let bar =
                ProgressBar::with_draw_target(Some(before.total()), ProgressDrawTarget::stderr_with_hz(5));
            // The template is fixed; if it were wrong, the bar would have its usual form.
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self { output, bar, before, last: Instant::now(), warned: false }
    }

    pub(super) fn show(&mut self, progress: &Progress) {
        let add = |before: u64, now: u64| before.saturating_add(now);
        let (sent, refused) =
            (add(self.before.sent, progress.sent), add(self.before.refused, progress.refused));
        let done = sent.saturating_add(refused).saturating_add(self.before.cancelled);
        let mut text = format!("{sent} sent");
        for (count, what) in [
            (refused, "refused"),
            (progress.doubtful, "doubtful"),
            (progress.rate_limited, "× 429"),
            (u64::try_from(progress.waiting).unwrap_or_default(), "to try again"),
        ] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        text.push_str(&format!(", {}/s allowed", progress.rate));
        if progress.to_find > 0 {
            let wait = "looked for again six minutes after their last attempt";
            text.push_str(&format!("; {} may be out, and are {wait}", progress.to_find));
        }
        if let Some(hold) = progress.hold {
            text.push_str(&format!("; no budget at the moment, next try in {} s", hold.as_secs()));
        }
        if let Some(users) = progress.refused_users.filter(|_| !self.warned) {
            self.warned = true;
            self.say(&format!("warning: {users} of the last 200 users are refused (USER_ACCOUNT_ABNORMAL)"));
        }
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(text);
            }
            None if self.last.elapsed() >= LINE => {
                self.last = Instant::now();
                self.output.note(&format!("{done} of {}: {text}", self.before.total()));
            }
            None => {}
        }
    }

    /// Writes a line beside the bar.
    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => self.output.note(text),
        }
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
