//! SVG by hand: what charts have in common.

mod axis;
mod bars;
mod canvas;
mod scale;
mod time;

pub(super) use axis::{time_axis, value_axis};
pub(super) use bars::{Bar, bars};
pub(super) use canvas::{Canvas, px};
pub(super) use scale::{Scale, ticks};
pub(super) use time::{moment, time_ticks};
