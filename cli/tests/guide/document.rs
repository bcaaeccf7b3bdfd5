//! The fenced blocks of a document.

use std::fs;
use std::path::PathBuf;

/// A fenced block.
#[derive(Debug)]
pub(crate) struct Block {
    /// The line of its fence, from 1.
    pub(crate) line: usize,
    /// The text after the first fence, such as `sh`.
    pub(crate) info: String,
    pub(crate) text: String,
}

/// Reads a document of this repository.
pub(crate) fn read(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the fenced blocks of a document, in their order.
pub(crate) fn blocks(document: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (line, text) in (1..).zip(document.lines()) {
        open = match (open, text.strip_prefix("```")) {
            (None, Some(info)) => Some(Block { line, info: info.to_owned(), text: String::new() }),
            (None, None) => None,
            (Some(block), Some(_)) => {
                blocks.push(block);
                None
            }
            (Some(block), None) => Some(Block { text: block.text + text + "\n", ..block }),
        };
    }
    assert!(open.is_none(), "a block has no end: {open:?}");
    blocks
}
