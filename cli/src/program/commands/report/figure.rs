//! A chart with its title, its description and its values.

use maud::{Markup, html};

use crate::program::commands::report::chart::{Canvas, px};

/// What a figure says besides what it draws.
pub(super) struct Figure {
    /// Its name in the file.
    pub(super) id: &'static str,
    pub(super) title: String,
    /// What the chart shows, in words.
    pub(super) description: String,
    pub(super) legend: Markup,
    /// The values as a table.
    pub(super) values: Markup,
    pub(super) values_title: String,
    /// Whether the table says what the chart cannot, so that it is shown at once.
    pub(super) values_matter: bool,
}

impl Figure {
    /// Draws it for wide and for narrow pages. `draw` returns the height and the content.
    pub(super) fn show(&self, draw: impl Fn(Canvas) -> (f64, Markup)) -> Markup {
        html! {
            section aria-labelledby=(format!("{}-head", self.id)) {
                h2 id=(format!("{}-head", self.id)) { (self.title) }
                p.about { (self.description) }
                figure {
                    (self.legend)
                    @for canvas in Canvas::ALL {
                        @let (height, content) = draw(canvas);
                        @let title = format!("{}-{}-title", self.id, canvas.name);
                        @let about = format!("{}-{}-about", self.id, canvas.name);
                        svg class=(canvas.name) role="img" viewBox=(format!("0 0 {} {}", canvas.width, px(height)))
                            aria-labelledby=(format!("{title} {about}")) {
                            title id=(title) { (self.title) }
                            desc id=(about) { (self.description) }
                            (content)
                        }
                    }
                }
                details open[self.values_matter] {
                    summary { (self.values_title) }
                    (self.values)
                }
            }
        }
    }
}

/// A part of the page where there is nothing to draw.
pub(super) fn nothing(id: &str, title: &str, why: &str) -> Markup {
    html! {
        section aria-labelledby=(format!("{id}-head")) {
            h2 id=(format!("{id}-head")) { (title) }
            p.nothing { (why) }
        }
    }
}

/// What the colours mean: a class and a name each.
pub(super) fn legend(entries: &[(&str, String)]) -> Markup {
    html! {
        ul.legend {
            @for (class, name) in entries {
                li { svg.key viewBox="0 0 28 12" aria-hidden="true" {
                    @if class.starts_with("line") { line class=(class) x1="1" x2="27" y1="6" y2="6" {} }
                    @else { rect class=(class) x="4" y="0" width="20" height="12" rx="2" {} }
                } (name) }
            }
        }
    }
}
