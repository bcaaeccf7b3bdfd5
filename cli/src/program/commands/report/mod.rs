//! `report`: what became of a campaign, as one HTML file.

mod amounts;
mod bins;
mod chart;
mod command;
mod differences;
mod figure;
mod file;
mod funnel;
mod head;
mod money;
mod pace;
mod page;
mod refusals;
mod time_to_use;
mod timeline;

pub(crate) use command::report;
pub(crate) use differences::meaning;
