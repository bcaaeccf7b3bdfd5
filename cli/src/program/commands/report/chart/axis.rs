//! Axes.

use maud::{Markup, html};

use crate::program::commands::report::chart::canvas::px;
use crate::program::commands::report::chart::scale::Scale;
use crate::program::commands::report::chart::time::Tick;

/// The lines and labels of values.
pub(in crate::program::commands::report) fn value_axis(
    marks: &[(u64, String)],
    scale: Scale,
    (left, right): (f64, f64),
) -> Markup {
    html! {
        @for (value, label) in marks {
            @let y = scale.at(*value);
            line.grid x1=(px(left)) x2=(px(right)) y1=(px(y)) y2=(px(y)) {}
            text.end x=(px(left - 8.0)) y=(px(y + 4.0)) { (label) }
        }
    }
}

/// The marks and labels of times, below `bottom`.
pub(in crate::program::commands::report) fn time_axis(
    marks: &[Tick],
    scale: Scale,
    (left, right): (f64, f64),
    bottom: f64,
) -> Markup {
    html! {
        line.axis x1=(px(left)) x2=(px(right)) y1=(px(bottom)) y2=(px(bottom)) {}
        @for mark in marks {
            @let x = scale.at(mark.at);
            line.axis x1=(px(x)) x2=(px(x)) y1=(px(bottom)) y2=(px(bottom + 5.0)) {}
            text.mid x=(px(x)) y=(px(bottom + 19.0)) { (mark.label) }
            @if let Some(below) = &mark.below {
                text.mid.soft x=(px(x)) y=(px(bottom + 34.0)) { (below) }
            }
        }
    }
}
