//! Texts for people, in English and Chinese. The English text stands in the code where it is used, in [`text!`]; the Chinese
//! one is in the catalogue, under the English one. The tests of this module compare both.

mod catalogue;
mod errors;
mod help;
mod language;
#[cfg(test)]
mod tests;
mod text;
mod usage;
mod zh;

pub(crate) use errors::ledger_error;
pub(crate) use help::translated_help;
pub(crate) use language::{Language, language, speak, spoken};
pub(crate) use text::{fill, marked, said, said_in, text, translated};
pub(crate) use usage::usage_error;
