//! Horizontal bars, each with its name and its value.

use maud::{Markup, html};

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
    let (left, row, above) = if narrow { (0.0, 46.0, 18.0) } else { (170.0, 34.0, 0.0) };
    // Room for the text behind the longest bar.
    let room = bars.iter().map(|bar| bar.text.chars().count()).max().unwrap_or_default();
    let room = f64::from(u32::try_from(room).unwrap_or(u32::MAX)) * 7.5 + 12.0;
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
