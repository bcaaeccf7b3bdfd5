//! Lines about what goes wrong, of which whoever can reach the server could cause any number.

use std::sync::{Arc, Mutex, PoisonError};

use wechatpay_hyper::core::types::UnixSeconds;

use crate::program::clock::unix_seconds;
use crate::program::output::Output;
use crate::program::texts::text;

/// The most lines in a window.
const MOST: u64 = 20;
/// In seconds.
const WINDOW: UnixSeconds = 10;

/// Writes a limited number of lines, and says how many it left out.
pub(super) struct Complaints {
    output: Arc<Output>,
    window: Mutex<Window>,
}

#[derive(Default)]
struct Window {
    until: UnixSeconds,
    lines: u64,
}

impl Complaints {
    pub(super) fn new(output: Arc<Output>) -> Self {
        Self { output, window: Mutex::default() }
    }

    /// What others did wrong.
    pub(super) fn note(&self, text: &str) {
        self.write(text, Output::note);
    }

    /// What people must not miss.
    pub(super) fn important(&self, text: &str) {
        self.write(text, Output::important);
    }

    fn write(&self, text: &str, write: impl Fn(&Output, &str)) {
        let count = self.window.lock().unwrap_or_else(PoisonError::into_inner).count(unix_seconds());
        let (left_out, is_said) = count;
        if left_out > 0 {
            write(&self.output, &text!("{count} more lines were left out", count = left_out));
        }
        if is_said {
            write(&self.output, text);
        }
    }
}

impl Window {
    /// Returns how many lines the window before left out, if this is the first one of a new window, and whether to say it.
    fn count(&mut self, now: UnixSeconds) -> (u64, bool) {
        let is_over = now >= self.until || self.until > now.saturating_add(WINDOW);
        let left_out = if is_over { self.lines.saturating_sub(MOST) } else { 0 };
        if is_over {
            *self = Self { until: now.saturating_add(WINDOW), lines: 0 };
        }
        self.lines = self.lines.saturating_add(1);
        (left_out, self.lines <= MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_and_not_written() {
        let mut window = Window::default();
        let said = (0..100).filter(|_| window.count(1000).1).count();
        assert_eq!(said, 20);
        assert_eq!(window.count(1009), (0, false));
        assert_eq!(window.count(1010), (81, true));
        assert_eq!(window.count(1011), (0, true));
        // The clock was set back.
        assert_eq!(window.count(5), (0, true));
    }
}
