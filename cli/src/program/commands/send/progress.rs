//! The progress of a run, on stderr.

use std::io::{IsTerminal as _, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;
use wechatpay_cli::ledger::Counts;
use wechatpay_hyper::core::bulk::Progress;

use crate::program::output::Output;
use crate::program::texts::{fill, marked, said, text};

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
        let mut text = text!("{sent} sent", sent = sent);
        for (count, what) in [
            (refused, marked!(", {count} refused")),
            (progress.doubtful, marked!(", {count} doubtful")),
            (progress.rate_limited, ", {count} × 429"),
            (u64::try_from(progress.waiting).unwrap_or_default(), marked!(", {count} to try again")),
        ] {
            if count > 0 {
                text.push_str(&fill(said(what), &[("count", &count)]));
            }
        }
        text.push_str(&text!(", {rate}/s allowed", rate = progress.rate));
        if progress.to_find > 0 {
            text.push_str(&text!(
                "; {count} may be out, and are looked for again six minutes after their last attempt",
                count = progress.to_find
            ));
        }
        if let Some(hold) = progress.hold {
            text.push_str(&text!(
                "; no budget at the moment, next try in {seconds} s",
                seconds = hold.as_secs()
            ));
        }
        if let Some(users) = progress.refused_users.filter(|_| !self.warned) {
            self.warned = true;
            self.say(&text!(
                "warning: {users} of the last 200 users are refused (USER_ACCOUNT_ABNORMAL)",
                users = users
            ));
        }
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(text);
            }
            None if self.last.elapsed() >= LINE => {
                self.last = Instant::now();
                self.output.note(&text!(
                    "{done} of {all}: {text}",
                    done = done,
                    all = self.before.total(),
                    text = text
                ));
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
