//! JSON to [`Node`]: lists that others publish.
//!
//! In: a text of [`Files`]. Out: the same tree that YAML gives, in which every key and value knows its place. Whether the
//! text is JSON at all is for `serde_json` to say; what follows only walks along it. Never: types or meaning.

use super::yaml::{Kind, Node};
use crate::diag::{Code, Diagnostic, clip};
use crate::source::{FileId, Files, Span, Spanned};

/// No published list is deeper than a handful.
const DEEPEST: usize = 32;

/// Parses one file.
///
/// # Errors
/// The first error, with its place: what is not JSON, a file that ends in the middle, a key that stands twice.
pub fn parse(files: &Files, file: FileId) -> Result<Node, Box<Diagnostic>> {
    let text = files.all(file);
    let start = text.len() - text.trim_start().len();
    match text.trim_start().chars().next() {
        None => return Err(Box::new(Code::WrongType.at(Span::new(file, 0, 0), "the file is empty"))),
        Some('<') => {
            let finding =
                Code::ListSyntax.at(Span::new(file, start, start), "this is a web page (HTML or XML), not JSON");
            let help =
                "save what the address of the list answers, not the page that links to it or the notice of a proxy";
            return Err(Box::new(finding.help(help)));
        }
        Some(_) => {}
    }
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        return Err(Box::new(syntax_error(&error, text, file)));
    }
    Walk { text, file, at: 0 }.value(0)
}

fn syntax_error(error: &serde_json::Error, text: &str, file: FileId) -> Diagnostic {
    if error.is_eof() {
        let end = text.trim_end().len();
        let finding = Code::ListSyntax.at(Span::new(file, end, end), "the file ends in the middle");
        return finding.help("it was cut while it was saved or copied: fetch it again");
    }
    let line: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let mut at = (line + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    Code::ListSyntax.at(Span::new(file, at, at), format!("not JSON: {words}"))
}

/// Walks along a text that is known to be JSON.
struct Walk<'t> {
    text: &'t str,
    file: FileId,
    at: usize,
}

impl Walk<'_> {
    fn value(&mut self, depth: usize) -> Result<Node, Box<Diagnostic>> {
        self.blanks();
        let start = self.at;
        if depth > DEEPEST {
            let finding =
                Code::ListSyntax.at(Span::new(self.file, start, start), "lists in lists, deeper than any list is");
            return Err(Box::new(finding));
        }
        let kind = match self.next() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Kind::Scalar { text: self.string()?, typed: false },
            _ => {
                self.at += self.rest().find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(self.rest().len());
                match self.text.get(start..self.at).unwrap_or_default() {
                    "null" => Kind::Null,
                    word => Kind::Scalar { text: word.to_owned(), typed: true },
                }
            }
        };
        Ok(Node { span: Span::new(self.file, start, self.at), kind })
    }

    fn map(&mut self, depth: usize) -> Result<Kind, Box<Diagnostic>> {
        let mut entries: Vec<(Spanned<String>, Node)> = Vec::new();
        self.at += 1;
        loop {
            self.blanks();
            match self.next() {
                Some(b'"') => {}
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                _ => break,
            }
            let start = self.at;
            let text = self.string()?;
            let key = Spanned::new(text, Span::new(self.file, start, self.at));
            if let Some((first, _)) = entries.iter().find(|(k, _)| k.value == key.value) {
                let finding = Code::Duplicate.at(key.span, format!("the key `{}` stands twice", clip(&key.value)));
                return Err(Box::new(finding.also(first.span, "here first")));
            }
            self.blanks();
            self.at += 1; // the colon
            entries.push((key, self.value(depth + 1)?));
        }
        self.at += 1;
        Ok(Kind::Map(entries))
    }

    fn list(&mut self, depth: usize) -> Result<Kind, Box<Diagnostic>> {
        let mut items = Vec::new();
        self.at += 1;
        loop {
            self.blanks();
            match self.next() {
                Some(b',') => self.at += 1,
                Some(b']') | None => break,
                Some(_) => items.push(self.value(depth + 1)?),
            }
        }
        self.at += 1;
        Ok(Kind::List(items))
    }

    /// The string that begins here, unescaped.
    fn string(&mut self) -> Result<String, Box<Diagnostic>> {
        let start = self.at;
        let mut escaped = false;
        let end = self.rest().bytes().skip(1).position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        self.at = end.map_or(self.text.len(), |end| start + end + 2);
        // Half of a surrogate pair is skipped by the check above, and is no text.
        serde_json::from_str(self.text.get(start..self.at).unwrap_or_default()).map_err(|_| {
            let finding =
                Code::ListSyntax.at(Span::new(self.file, start, self.at), "not JSON: an escape that is no character");
            Box::new(finding)
        })
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }
}
