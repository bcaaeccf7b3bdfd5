//! The stylesheet, the script and the icon.

pub(crate) const CSS: &str = include_str!("console.css");
pub(crate) const SCRIPT: &str = include_str!("console.js");
pub(crate) const ICON: &str = include_str!("icon.svg");
