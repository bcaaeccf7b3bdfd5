//! Compiles the Rust examples of docs/campaign.md.

#[doc = include_str!("../../docs/campaign.md")]
struct Guide;
