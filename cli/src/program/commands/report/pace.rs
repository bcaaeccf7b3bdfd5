//! Requests over time, with those that were too many.

use std::collections::BTreeMap;

use maud::{Markup, html};
use wechatpay_cli::ledger::{Minute, Report};
use wechatpay_hyper::core::types::UnixMillis;

use crate::program::commands::report::amounts::count;
use crate::program::commands::report::bins;
use crate::program::commands::report::chart::{
    Canvas, Scale, moment, px, ticks, time_axis, time_ticks, value_axis,
};
use crate::program::commands::report::figure::{Figure, legend, nothing};
use crate::program::commands::report::money::left;
use crate::program::texts::{Language, text};

const TOP: f64 = 14.0;
const BOTTOM: f64 = 190.0;
const HEIGHT: f64 = 232.0;
const ROWS: u64 = 40;
const MINUTE: u64 = 60_000;

/// Sent, other answers, 429.
type Requests = [u64; 3];

pub(super) fn pace(report: &Report, language: Language) -> Markup {
    let minutes = &report.attempts;
    let (Some(first), Some(last)) = (minutes.first(), minutes.last()) else {
        let title = text!(in language; "Requests over time");
        return nothing("pace", &title, &text!(in language; "Nothing was sent yet."));
    };
    let span = (first.at, last.at.saturating_add(MINUTE));
    let figure = Figure {
        id: "pace",
        title: text!(in language; "Requests over time"),
        description: description(minutes, language),
        legend: legend(&[
            ("sent", text!(in language; "Sent")),
            ("other", text!(in language; "Other answers, or none")),
            ("limited", text!(in language; "Too many requests (429)")),
        ]),
        values_matter: false,
        values_title: text!(in language; "As a table"),
        values: table(minutes, span, language),
    };
    figure.show(|canvas| draw(canvas, minutes, span, language))
}

fn description(minutes: &[Minute], language: Language) -> String {
    let sum =
        |of: fn(&Minute) -> u64| count(minutes.iter().fold(0, |sum, minute| of(minute).saturating_add(sum)));
    let (requests, limited) = (sum(|minute| minute.attempts), sum(|minute| minute.rate_limited));
    let most = minutes.iter().max_by_key(|minute| minute.attempts);
    let (most, when) = most.map(|minute| (count(minute.attempts), moment(minute.at))).unwrap_or_default();
    text!(
        in language;
        "{requests} requests in all; {limited} of them were refused because there were too many (429). The busiest minute had {most}, at {when} in Beijing.",
        requests = requests, limited = limited, most = most, when = when
    )
}

fn split(minute: &Minute) -> (UnixMillis, Requests) {
    let other = minute.attempts.saturating_sub(minute.sent).saturating_sub(minute.rate_limited);
    (minute.at, [minute.sent, other, minute.rate_limited])
}

fn draw(
    canvas: Canvas,
    minutes: &[Minute],
    (from, to): (UnixMillis, UnixMillis),
    language: Language,
) -> (f64, Markup) {
    let width = bins::width(from, to, canvas.bars);
    let length = width.saturating_mul(MINUTE);
    let sums: BTreeMap<UnixMillis, Requests> = bins::sums(minutes.iter().map(split), width);
    let begin = bins::begin(from, width);
    // A single minute is drawn as a narrow bar, not as a wall.
    let shortest = length.saturating_mul(canvas.bars / 4);
    let end =
        bins::begin(to.saturating_sub(1), width).saturating_add(length).max(begin.saturating_add(shortest));
    let total = |requests: &Requests| requests.iter().fold(0_u64, |sum, part| sum.saturating_add(*part));
    let marks = ticks(sums.values().map(total).max().unwrap_or_default(), 4, 1);
    let marks: Vec<(u64, String)> = marks.into_iter().map(|value| (value, count(value))).collect();
    let (left, right) = (left(&marks), canvas.width - 24.0);
    let y = Scale::new((0, marks.last().map_or(1, |(value, _)| *value)), (BOTTOM, TOP + 14.0));
    let x = Scale::new((begin, end), (left, right));
    let unit = unit(width, language);
    let content = html! {
        text x="0" y=(px(TOP - 2.0)) { (unit) }
        (value_axis(&marks, y, (left, right)))
        @for (at, requests) in &sums {
            @let start = x.at(*at);
            @let wide = (x.at(at.saturating_add(length)) - start - 1.0).max(1.0);
            @for (class, below, above) in stacked(requests) {
                @let (bottom, top) = (y.at(below), y.at(above));
                @let tall = (bottom - top).max(1.0);
                rect class=(class) x=(px(start)) y=(px(bottom - tall)) width=(px(wide)) height=(px(tall)) {}
            }
        }
        (time_axis(&time_ticks(begin, end, canvas.times), x, (left, right), BOTTOM))
    };
    (HEIGHT, content)
}

/// The parts of a bar that are not empty: class, lower and upper end.
fn stacked(requests: &Requests) -> Vec<(&'static str, u64, u64)> {
    let mut top = 0_u64;
    let parts = ["sent", "other", "limited"].into_iter().zip(requests).filter(|(_, part)| **part > 0);
    let stack = |(class, part): (&'static str, &u64)| {
        let below = top;
        top = top.saturating_add(*part);
        (class, below, top)
    };
    parts.map(stack).collect()
}

/// What a bar counts.
fn unit(minutes: u64, language: Language) -> String {
    const HOUR: u64 = 60;
    const DAY: u64 = 1440;
    let whole = |unit: u64| minutes.checked_div(unit).filter(|_| minutes.is_multiple_of(unit));
    match (whole(DAY), whole(HOUR)) {
        (Some(1), _) => text!(in language; "requests a day"),
        (Some(days), _) => text!(in language; "requests in {days} days", days = days),
        (None, Some(1)) => text!(in language; "requests an hour"),
        (None, Some(hours)) => text!(in language; "requests in {hours} hours", hours = hours),
        (None, None) if minutes == 1 => text!(in language; "requests a minute"),
        (None, None) => text!(in language; "requests in {minutes} minutes", minutes = minutes),
    }
}

fn table(minutes: &[Minute], (from, to): (UnixMillis, UnixMillis), language: Language) -> Markup {
    let width = bins::width(from, to, ROWS);
    let sums = bins::sums(minutes.iter().map(split), width);
    html! {
        table {
            thead { tr {
                th scope="col" { (text!(in language; "From (Beijing)")) }
                th.number scope="col" { (text!(in language; "Sent")) }
                th.number scope="col" { (text!(in language; "Other answers, or none")) }
                th.number scope="col" { "429" }
            } }
            tbody {
                @for (at, requests) in &sums {
                    tr {
                        th scope="row" { (moment(*at)) }
                        @for part in requests { td.number { (count(*part)) } }
                    }
                }
            }
        }
    }
}
