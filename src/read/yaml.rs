//! YAML to [`Node`]: the only module that names the YAML crate.
//!
//! In: a text of [`Files`]. Out: a tree in which every key and value knows its place, scalars as they were written
//! (`no`, `1.0` and `012` stay text: whoever reads a field decides its type). Never: types or meaning.

pub mod packed;
mod said;
pub mod tree;

use crate::diag::{Code, Diagnostic};
use crate::source::{FileId, Files, Span};
pub use tree::{Kind, Node};

/// Parses one file.
///
/// # Errors
/// The first syntax error, with its place: alias bombs, deep nesting, duplicate keys, unknown anchors, a second
/// document and an empty file are errors too.
pub fn parse(files: &Files, file: FileId) -> Result<Node, Box<Diagnostic>> {
    let (text, tree) = files.get(file).map_or(("", &[][..]), |f| (&*f.text, f.tree));
    if let Some(node) = packed::unpack(tree, text, file) {
        return Ok(node);
    }
    if let Some(message) = empty(text) {
        return Err(Box::new(Code::WrongType.at(Span::new(file, 0, 0), message)));
    }
    tree::read(text, file).map_err(|error| Box::new(said::syntax_error(&error, text, file)))
}

/// What to say of a file in which nothing stands.
fn empty(text: &str) -> Option<&'static str> {
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Some("the file is empty");
    }
    said::says_nothing(text).then_some("the file holds nothing but comments")
}
