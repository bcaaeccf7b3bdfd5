//! Times in Beijing, on axes and in texts.

use wechatpay_hyper::core::types::{Timestamp, UnixMillis};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Beijing is ahead of UTC.
const AHEAD: u64 = 8 * HOUR;

/// The steps of an axis.
const STEPS: [u64; 17] = [
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    90 * DAY,
];

/// A mark on an axis of time.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::program::commands::report) struct Tick {
    pub(in crate::program::commands::report) at: UnixMillis,
    /// The time, or the day.
    pub(in crate::program::commands::report) label: String,
    /// The day, or the year, where a new one begins.
    pub(in crate::program::commands::report) below: Option<String>,
}

/// Marks from one time to another, at most about `most`, at round times in Beijing.
pub(in crate::program::commands::report) fn time_ticks(
    from: UnixMillis,
    to: UnixMillis,
    most: u64,
) -> Vec<Tick> {
    let span = to.saturating_sub(from);
    let fits = |step: &u64| span.checked_div(*step).is_some_and(|count| count < most);
    let longest = span.checked_div(most.max(1)).unwrap_or(span).max(MINUTE);
    let step = STEPS.into_iter().find(|step| fits(step)).unwrap_or(longest);
    let days = step >= DAY;
    let first = from.saturating_add(AHEAD).div_ceil(step).saturating_mul(step).saturating_sub(AHEAD);
    let mut before = String::new();
    let mut ticks = Vec::new();
    let mut at = first;
    while at <= to {
        let (year, day, time) = parts(at);
        let (label, below) = if days { (day, year) } else { (time, day) };
        let new = (below != before).then(|| below.clone());
        before = below;
        ticks.push(Tick { at, label, below: new });
        at = at.saturating_add(step);
    }
    ticks
}

/// A time for people: day and minute in Beijing.
pub(in crate::program::commands::report) fn moment(at: UnixMillis) -> String {
    let (year, day, time) = parts(at);
    format!("{year}-{day} {time}")
}

/// Year, day and time in Beijing.
fn parts(at: UnixMillis) -> (String, String, String) {
    let seconds = at.checked_div(1000).unwrap_or_default();
    let text = Timestamp::from_unix(seconds).map(|time| time.as_str().to_owned()).unwrap_or_default();
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or("?").to_owned();
    (part(0..4), part(5..10), part(11..16))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23T00:00:00+08:00.
    const NOW: UnixMillis = 1_795_363_200_000;

    #[test]
    fn ticks_are_at_round_times_in_beijing() {
        let shown = |from, to, most| -> Vec<String> {
            let ticks = time_ticks(from, to, most).into_iter();
            ticks.map(|tick| format!("{} {}", tick.label, tick.below.unwrap_or_default())).collect()
        };
        assert_eq!(shown(NOW - 7 * MINUTE, NOW + 8 * MINUTE, 4), ["23:55 11-22", "00:00 11-23", "00:05 "]);
        assert_eq!(
            shown(NOW, NOW + 2 * DAY, 5),
            ["00:00 11-23", "12:00 ", "00:00 11-24", "12:00 ", "00:00 11-25"]
        );
        let months = time_ticks(NOW, NOW + 90 * DAY, 7);
        assert!((3..=8).contains(&months.len()), "{months:?}");
        assert_eq!(months.iter().filter(|tick| tick.below.is_some()).count(), 2, "2026 and 2027");
        assert_eq!(moment(NOW + HOUR), "2026-11-23 01:00");
    }
}
