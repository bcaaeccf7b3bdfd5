//! Horizontal bars, each with its name and its value.

use maud::{Markup, html};
use unicode_width::UnicodeWidthChar as _;

use crate::program::commands::report::chart::canvas::{Canvas, px};
use crate::program::commands::report::chart::scale::Scale;

/// A bar.
pub(in crate::program::commands::report) struct Bar {
    pub(in crate::program::commands::report) name: String,
    pub(in crate::program::commands::report) value: u64,
    pub(in crate::program::commands::report) text: String,
    pub(in crate::program::commands::report) class: &'static str,
}

/// Bars below each other. On a narrow page, the name stands above its bar.
pub(in crate::program::commands::report) fn bars(canvas: Canvas, bars: &[Bar]) -> (f64, Markup) {
    let narrow = canvas.name == "narrow";
    let max = bars.iter().map(|bar| bar.value).max().unwrap_or_default();
    let widest = |text: fn(&Bar) -> &str| bars.iter().map(|bar| width(text(bar))).fold(0.0, f64::max);
    let names = (widest(|bar| &bar.name) + 14.0).clamp(150.0, 300.0);
    let (left, row, above) = if narrow { (0.0, 46.0, 18.0) } else { (names, 34.0, 0.0) };
    // Room for the text behind the longest bar.
    let room = widest(|bar| &bar.text) + 14.0;
    let scale = Scale::new((0, max), (left, (canvas.width - room).max(left + 20.0)));
    let tops = std::iter::successors(Some(0.0), |top: &f64| Some(top + row));
    let height = tops.clone().nth(bars.len()).unwrap_or_default();
    let markup = html! {
        @for (bar, top) in bars.iter().zip(tops) {
            @let end = scale.at(bar.value);
            @let top_of_bar = top + above + 2.0;
            @if narrow {
                text x="0" y=(px(top + 14.0)) { (bar.name) }
            } @else {
                text.end x=(px(left - 10.0)) y=(px(top + 19.0)) { (bar.name) }
            }
            @if bar.value > 0 {
                rect class=(bar.class) x=(px(left)) y=(px(top_of_bar)) width=(px((end - left).max(1.5))) height="24" rx="2" {}
            } @else {
                line.axis x1=(px(left)) x2=(px(left)) y1=(px(top_of_bar)) y2=(px(top_of_bar + 24.0)) {}
            }
            text.value x=(px(end.max(left) + 8.0)) y=(px(top + above + 19.0)) { (bar.text) }
        }
    };
    (height, markup)
}

/// About how wide a text is, on the safe side.
fn width(text: &str) -> f64 {
    let width = |letter: char| match letter {
        'A'..='Z' | '_' => 9.6,
        _ if letter.width() == Some(2) => 13.5,
        _ => 7.8,
    };
    text.chars().map(width).sum()
}
