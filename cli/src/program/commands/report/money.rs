//! Sent, used and booked against the budget.

use std::fmt::Write as _;

use maud::{Markup, html};
use wechatpay_cli::ledger::Report;
use wechatpay_hyper::core::types::{Fen, UnixMillis};

use crate::program::commands::report::amounts::{count, short_yuan, yuan};
use crate::program::commands::report::bins;
use crate::program::commands::report::chart::{
    Canvas, Scale, moment, px, ticks, time_axis, time_ticks, value_axis,
};
use crate::program::commands::report::figure::{Figure, legend, nothing};
use crate::program::commands::report::timeline::{Points, Timeline};
use crate::program::texts::{Language, text};

const TOP: f64 = 20.0;
const BOTTOM: f64 = 260.0;
const HEIGHT: f64 = 302.0;
/// How many rows the table has, at most about.
const ROWS: u64 = 40;
const MINUTE: u64 = 60_000;

pub(super) fn money(report: &Report, language: Language) -> Markup {
    let timeline = Timeline::new(report);
    let title = text!(in language; "Sent, used and booked over time");
    let Some((from, last)) = timeline.span() else {
        return nothing("money", &title, &text!(in language; "Nothing was sent yet."));
    };
    // The last minute counts whole.
    let to = last.saturating_add(MINUTE);
    let line = |class, name| (class, name);
    let budget = timeline.budget.map(|_| line("line budget", text!(in language; "Budget of the stock")));
    let entries: Vec<_> = [
        (true, line("line sent", text!(in language; "Sent"))),
        (!timeline.used.is_empty(), line("line used", text!(in language; "Used"))),
        (!timeline.booked.is_empty(), line("line booked", text!(in language; "Booked, less refunds"))),
        (true, line("line planned", text!(in language; "Planned"))),
    ]
    .into_iter()
    .filter_map(|(drawn, entry)| drawn.then_some(entry))
    .chain(budget)
    .collect();
    let figure = Figure {
        id: "money",
        title,
        description: description(&timeline, language),
        legend: legend(&entries),
        values_matter: false,
        values_title: text!(in language; "As a table"),
        values: table(&timeline, (from, to), language),
    };
    figure.show(|canvas| draw(canvas, &timeline, (from, to)))
}

fn description(timeline: &Timeline, language: Language) -> String {
    let value = |value: u64| shown(timeline, value);
    let last = |points: &Points| value(points.last().map_or(0, |(_, value)| *value));
    let (sent, used, booked) = (last(&timeline.sent), last(&timeline.used), last(&timeline.booked));
    match (timeline.face, timeline.budget) {
        (None, _) => text!(
            in language;
            "In coupons, because the face value is not known. Sent: {sent}. Used: {used}. Booked, less refunds: {booked}.",
            sent = sent, used = used, booked = booked
        ),
        (Some(_), Some(budget)) => text!(
            in language;
            "Sent: {sent}. Used: {used}. Booked, less refunds: {booked}. The budget of the stock is {budget}. Sent and used coupons count with their face value.",
            sent = sent, used = used, booked = booked, budget = value(budget)
        ),
        (Some(_), None) => text!(
            in language;
            "Sent: {sent}. Used: {used}. Booked, less refunds: {booked}. The budget of the stock is not known here. Sent and used coupons count with their face value.",
            sent = sent, used = used, booked = booked
        ),
    }
}

fn shown(timeline: &Timeline, value: u64) -> String {
    match timeline.face {
        Some(_) => yuan(Fen::new(i64::try_from(value).unwrap_or(i64::MAX))),
        None => count(value),
    }
}

fn draw(canvas: Canvas, timeline: &Timeline, (from, to): (UnixMillis, UnixMillis)) -> (f64, Markup) {
    let reached = timeline.lines().into_iter().flatten().map(|(_, value)| *value).max().unwrap_or_default();
    let plan = reached.max(timeline.planned);
    // A budget far above the campaign would press all lines to the ground.
    let budget = timeline.budget.filter(|budget| *budget <= plan.saturating_mul(3));
    let in_fen = timeline.face.is_some();
    let marks = ticks(plan.max(budget.unwrap_or_default()), 5, if in_fen { 100 } else { 1 });
    let label = |value: u64| if in_fen { short_yuan(value) } else { count(value) };
    let marks: Vec<(u64, String)> = marks.into_iter().map(|value| (value, label(value))).collect();
    let left = left(&marks);
    let right = canvas.width - 24.0;
    let top = marks.last().map_or(1, |(value, _)| *value);
    let y = Scale::new((0, top), (BOTTOM, TOP));
    let x = Scale::new((from, to), (left, right));
    let level = |class: &'static str, value: u64| {
        html! { line class=(class) x1=(px(left)) x2=(px(right)) y1=(px(y.at(value))) y2=(px(y.at(value))) {} }
    };
    let content = html! {
        (value_axis(&marks, y, (left, right)))
        (time_axis(&time_ticks(from, to, canvas.times), x, (left, right), BOTTOM))
        @if let Some(budget) = budget { (level("line budget", budget)) }
        (level("line planned", timeline.planned))
        @for (class, points) in ["line sent", "line used", "line booked"].into_iter().zip(timeline.lines()) {
            @if !points.is_empty() { path class=(class) d=(steps(points, x, y, to)) {} }
        }
    };
    (HEIGHT, content)
}

/// Room for the labels of values.
pub(super) fn left(marks: &[(u64, String)]) -> f64 {
    let longest = marks.iter().map(|(_, label)| label.chars().count()).max().unwrap_or_default();
    f64::from(u32::try_from(longest).unwrap_or(u32::MAX)) * 7.4 + 16.0
}

/// A line that rises where something happened. Steps that are closer than a pixel are drawn as one.
fn steps(points: &Points, x: Scale, y: Scale, to: UnixMillis) -> String {
    let mut path = String::new();
    let mut drawn = f64::MIN;
    let mut before = y.at(0);
    for (index, (at, value)) in points.iter().enumerate() {
        let place = x.at(*at);
        let last = index.saturating_add(1) == points.len();
        if place - drawn < 0.7 && !last {
            continue;
        }
        drawn = place;
        let letter = if path.is_empty() { 'M' } else { 'L' };
        // A `String` takes everything.
        let _ = write!(path, "{letter}{place:.1} {before:.1}V{:.1}", y.at(*value));
        before = y.at(*value);
    }
    let _ = write!(path, "H{:.1}", x.at(to));
    path
}

fn table(timeline: &Timeline, (from, to): (UnixMillis, UnixMillis), language: Language) -> Markup {
    let width = bins::width(from, to, ROWS);
    let mut begins: Vec<UnixMillis> =
        timeline.lines().into_iter().flatten().map(|(at, _)| bins::begin(*at, width)).collect();
    begins.sort_unstable();
    begins.dedup();
    let end = |begin: UnixMillis| begin.saturating_add(width.saturating_mul(MINUTE));
    let by = |points: &Points, end: UnixMillis| {
        let reached = points.partition_point(|(at, _)| *at < end);
        let last = reached.checked_sub(1).and_then(|last| points.get(last));
        shown(timeline, last.map_or(0, |(_, value)| *value))
    };
    html! {
        table {
            thead { tr {
                th scope="col" { (text!(in language; "Until (Beijing)")) }
                th.number scope="col" { (text!(in language; "Sent")) }
                th.number scope="col" { (text!(in language; "Used")) }
                th.number scope="col" { (text!(in language; "Booked, less refunds")) }
            } }
            tbody {
                @for begin in begins {
                    tr {
                        th scope="row" { (moment(end(begin))) }
                        @for points in timeline.lines() { td.number { (by(points, end(begin))) } }
                    }
                }
            }
        }
    }
}
