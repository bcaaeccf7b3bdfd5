//! The area of a chart.

/// The size of a chart. Each is drawn for a wide page and for a narrow one, with letters of the same size.
#[derive(Clone, Copy)]
pub(in crate::program::commands::report) struct Canvas {
    pub(in crate::program::commands::report) name: &'static str,
    pub(in crate::program::commands::report) width: f64,
    /// How many marks fit on its axis of time.
    pub(in crate::program::commands::report) times: u64,
    /// How many bars fit.
    pub(in crate::program::commands::report) bars: u64,
}

impl Canvas {
    pub(in crate::program::commands::report) const ALL: [Self; 2] = [
        Self { name: "wide", width: 920.0, times: 8, bars: 120 },
        Self { name: "narrow", width: 340.0, times: 3, bars: 40 },
    ];
}

/// A coordinate with one decimal.
pub(in crate::program::commands::report) fn px(place: f64) -> String {
    format!("{place:.1}")
}
