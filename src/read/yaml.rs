//! YAML to [`Node`]: the only module that names the YAML crate.
//!
//! In: a text of [`Files`]. Out: a tree in which every key and value knows its place, scalars as they were written
//! (`no`, `1.0` and `012` stay text: whoever reads a field decides its type). Never: types or meaning.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::diag::{Code, Diagnostic, clip};
use crate::source::{FileId, Files, Span, Spanned};

/// One YAML value with its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// The place.
    pub span: Span,
    /// The value.
    pub kind: Kind,
}

/// What a [`Node`] is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Nothing, `~` or `null`.
    Null,
    /// A scalar: its text, and whether it was written plainly and looks like a number or a boolean.
    Scalar {
        /// The text, unquoted.
        text: String,
        /// Plain, and a number or a boolean to YAML.
        typed: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order written.
    Map(Vec<(Spanned<String>, Node)>),
}

impl Kind {
    /// How to call it in a message.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Scalar { typed: true, .. } => "a number or boolean",
            Self::Scalar { .. } => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

/// Parses one file.
///
/// # Errors
/// The first syntax error, with its place: alias bombs, deep nesting, duplicate keys, unknown anchors, a second
/// document and an empty file are errors too.
pub fn parse(files: &Files, file: FileId) -> Result<Node, Box<Diagnostic>> {
    let text = files.get(file).map_or("", |f| f.text.as_str());
    if let Some(message) = empty(text) {
        return Err(Box::new(Code::WrongType.at(Span::new(file, 0, 0), message)));
    }
    let options = serde_yaml::options! {
        with_snippet: false,
        budget: serde_yaml::budget! { max_depth: DEEPEST },
    };
    match serde_yaml::from_str_with_options::<serde_yaml::Spanned<Raw>>(text, options) {
        Ok(raw) => Ok(place(raw, text, file)),
        Err(error) => Err(Box::new(syntax_error(&error, text, file))),
    }
}

/// How deep lists and mappings may be nested. Ours are half of that; the parser calls itself for every level, and has to
/// do with the stack of any thread.
const DEEPEST: usize = 16;

/// What to say of a file in which nothing stands.
fn empty(text: &str) -> Option<&'static str> {
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Some("the file is empty");
    }
    says_nothing(text).then_some("the file holds nothing but comments")
}

/// Whether a text is blank lines and comments.
fn says_nothing(text: &str) -> bool {
    text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}

/// The shape in which the YAML crate hands values over.
enum Raw {
    Null,
    Typed(String),
    Text(String),
    List(Vec<serde_yaml::Spanned<Raw>>),
    Map(Vec<(serde_yaml::Spanned<String>, serde_yaml::Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;
        impl<'de> Visitor<'de> for AnyValue {
            type Value = Raw;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a YAML value")
            }
            fn visit_bool<E>(self, v: bool) -> Result<Raw, E> {
                Ok(Raw::Typed(v.to_string()))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Raw, E> {
                Ok(Raw::Typed(v.to_string()))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Raw, E> {
                Ok(Raw::Typed(v.to_string()))
            }
            fn visit_i128<E>(self, v: i128) -> Result<Raw, E> {
                Ok(Raw::Typed(v.to_string()))
            }
            fn visit_u128<E>(self, v: u128) -> Result<Raw, E> {
                Ok(Raw::Typed(v.to_string()))
            }
            fn visit_f64<E>(self, v: f64) -> Result<Raw, E> {
                Ok(Raw::Typed(v.to_string()))
            }
            fn visit_str<E>(self, v: &str) -> Result<Raw, E> {
                Ok(Raw::Text(v.to_owned()))
            }
            fn visit_unit<E>(self) -> Result<Raw, E> {
                Ok(Raw::Null)
            }
            fn visit_none<E>(self) -> Result<Raw, E> {
                Ok(Raw::Null)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Raw, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Raw::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Raw::Map(entries))
            }
        }
        deserializer.deserialize_any(AnyValue)
    }
}

fn place(raw: serde_yaml::Spanned<Raw>, text: &str, file: FileId) -> Node {
    let span = span_of(&raw.referenced, text, file);
    let kind = match raw.value {
        Raw::Null => Kind::Null,
        Raw::Text(text) => Kind::Scalar { text, typed: false },
        // What was written, not what YAML made of it: `012` and `1.0` stay themselves.
        Raw::Typed(made) => {
            let defined = span_of(&raw.defined, text, file);
            let written = text.get(defined.start as usize..defined.end as usize).unwrap_or_default();
            let quoted = written.is_empty() || written.starts_with(['"', '\'', '|', '>', '&', '*', '!']);
            Kind::Scalar { text: if quoted { made } else { written.to_owned() }, typed: true }
        }
        Raw::List(items) => Kind::List(items.into_iter().map(|item| place(item, text, file)).collect()),
        Raw::Map(entries) => Kind::Map(
            entries
                .into_iter()
                .map(|(key, value)| {
                    let at = span_of(&key.referenced, text, file);
                    (Spanned::new(key.value, at), place(value, text, file))
                })
                .collect(),
        ),
    };
    Node { span, kind }
}

fn span_of(location: &serde_yaml::Location, text: &str, file: FileId) -> Span {
    let to_usize = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let start = location
        .span()
        .byte_offset()
        .map_or_else(|| offset(text, to_usize(location.line()), to_usize(location.column())), to_usize)
        .min(text.len());
    let mut end = start.saturating_add(location.span().byte_len().map_or(0, to_usize)).min(text.len());
    // Block scalars and multi-line texts: the first line is enough to point at.
    if let Some(newline) = text.get(start..end).and_then(|t| t.find('\n')) {
        end = start + newline;
    }
    Span::new(file, start, end)
}

/// Byte offset of a line and column, both from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum::<usize>()
}

/// What to say of an error: the place, the message, what to do.
struct Said {
    at: std::ops::Range<usize>,
    message: String,
    help: Option<String>,
}

/// Says an error of the YAML crate in the words of somebody who writes a site: what to change, not what the parser did.
fn syntax_error(error: &serde_yaml::Error, text: &str, file: FileId) -> Diagnostic {
    let error = error.without_snippet();
    let span = error.location().map_or(Span::new(file, 0, 0), |l| span_of(&l, text, file));
    let at = span.start as usize..span.end as usize;
    let said = said_by_kind(error, text, at.clone()).unwrap_or_else(|| said_by_words(error, text, at));
    let diagnostic = Code::YamlSyntax.at(Span::new(file, said.at.start, said.at.end), said.message);
    match said.help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// The errors that the YAML crate tells apart by type.
fn said_by_kind(error: &serde_yaml::Error, text: &str, at: std::ops::Range<usize>) -> Option<Said> {
    use serde_yaml::Error;
    let said =
        |message: &str, help: &str| Some(Said { at: at.clone(), message: message.into(), help: Some(help.into()) });
    match error {
        Error::AliasError { error, .. } => match error.as_ref() {
            // The place is the alias that was one too many.
            Error::Budget { .. } => said(
                "the aliases (`*name`) of this file multiply it beyond all use",
                "write the values out, or name fewer of them",
            ),
            inner => said_by_kind(inner, text, at),
        },
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. } => said(
            "the aliases (`*name`) of this file multiply it beyond all use",
            "write the values out, or name fewer of them",
        ),
        Error::Budget { breach, .. } => Some(too_much(breach, at)),
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            said("an alias inside its own anchor: the value would hold itself", "write the value out")
        }
        Error::UnknownAnchor { .. } => Some(no_anchor(text, at)),
        Error::MultipleDocuments { .. } => Some(Said {
            at: document_marker(text, at.start).unwrap_or(at),
            message: "a second document in this file".into(),
            help: Some("a file is one document: give the second one a file of its own".into()),
        }),
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().or_else(|| text.get(at.clone())).unwrap_or_default();
            said(&format!("`{}` stands twice in this mapping", clip(key)), "keep one of the two")
        }
        Error::NullIntoString { .. } => said("a key is missing before the `:`", "write `key: value`"),
        Error::Unexpected { expected: "string scalar", .. } => {
            said("a list or mapping cannot be a key", "write `key: value`, with a text as the key")
        }
        _ => None,
    }
}

/// The `---` before a place, which is where its document begins.
fn document_marker(text: &str, at: usize) -> Option<std::ops::Range<usize>> {
    let start = text.get(..at)?.rfind("\n---")? + 1;
    // A document may begin behind `...` too.
    says_nothing(text.get(start + 3..at)?).then_some(start..start + 3)
}

/// A file that holds more than the YAML crate is allowed to read.
fn too_much(breach: &serde_yaml::budget::BudgetBreach, at: std::ops::Range<usize>) -> Said {
    use serde_yaml::budget::BudgetBreach;
    let (message, help) = match breach {
        BudgetBreach::Depth { depth } => {
            (format!("lists and mappings nested {depth} deep"), "nothing here is nested more than a few levels deep")
        }
        BudgetBreach::Aliases { .. } | BudgetBreach::Anchors { .. } => {
            ("too many anchors and aliases in one file".to_owned(), "write the values out")
        }
        // Without aliases, only a list makes a file this large.
        BudgetBreach::Nodes { nodes } => (format!("more than {} values in one YAML file", nodes - 1), LONG_LIST),
        _ => ("more in one YAML file than is read".to_owned(), LONG_LIST),
    };
    Said { at, message, help: Some(help.to_owned()) }
}

const LONG_LIST: &str =
    "a long list of destinations belongs into a file of its own, one a line: `hosts_file: list.txt`";

/// A `*`: mostly a wildcard without its quotes, sometimes an anchor that does not exist.
fn no_anchor(text: &str, at: std::ops::Range<usize>) -> Said {
    let word = plain_word(text, at.start);
    let name = word.trim_start_matches('*');
    let at = at.start..at.start + word.len();
    if name.is_empty() || name.contains(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_')) {
        return needs_quotes(word, at);
    }
    Said {
        at,
        message: format!("no anchor `&{}` stands above this alias", clip(name)),
        help: Some(format!("quote it if a text is meant: `{}`", quoted(word))),
    }
}

fn needs_quotes(word: &str, at: std::ops::Range<usize>) -> Said {
    let first = word.chars().next().unwrap_or('*');
    let first = if first == '`' { "a backquote".to_owned() } else { format!("`{first}`") };
    Said {
        at,
        message: format!("a text that begins with {first} needs quotes"),
        help: Some(format!("write `{}`", quoted(word))),
    }
}

/// A word between the quotes that take it as it is.
fn quoted(word: &str) -> String {
    let quote = if word.contains(['"', '\\']) { '\'' } else { '"' };
    format!("{quote}{}{quote}", clip(word))
}

/// What an unquoted scalar from here on was meant to be.
fn plain_word(text: &str, start: usize) -> &str {
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}')).unwrap_or(rest.len());
    let word = rest.get(..end).unwrap_or_default();
    word.strip_suffix(':').unwrap_or(word)
}

/// The errors that the YAML crate tells apart by its words only.
fn said_by_words(error: &serde_yaml::Error, text: &str, at: std::ops::Range<usize>) -> Said {
    let mut message = error.to_string();
    // The crate ends its text with the place, which the excerpt shows already.
    if let Some(cut) = message.find(" at line ") {
        message.truncate(cut);
    }
    let said = |message: &str, help: &str| Said { at: at.clone(), message: message.into(), help: Some(help.into()) };
    if message.contains("mapping values are not allowed") {
        return stray_colon(text, at);
    }
    if message.contains("found a tab") || message.contains("tabs disallowed") {
        // The place is that of the value before it.
        let line = line_start(text, at.start);
        let tab = text.get(line..).and_then(|rest| rest.find('\t')).map(|found| line + found);
        return Said {
            at: tab.map_or(at, |tab| tab..tab + 1),
            message: "a tab in the indentation".into(),
            help: Some("indent with blanks".into()),
        };
    }
    if message.starts_with("unexpected character") || message.starts_with("while scanning an anchor or alias") {
        return unexpected(text, at);
    }
    if message.contains("did not find expected key") {
        return said(
            "the indentation of this line fits nothing above it",
            "items of one list, and keys of one mapping, begin in the same column",
        );
    }
    if message.starts_with("simple key expected") {
        return said("a key without its `:`", "write `key: value`");
    }
    if message.contains("unknown escape character") {
        return said(
            "an escape that YAML does not know",
            "in double quotes a backslash is written `\\\\`; single quotes take it as it is",
        );
    }
    if message.contains("recursion limit") {
        return said("lists and mappings nested too deep", "nothing here is nested more than a few levels deep");
    }
    if message.contains("BOM") {
        return said("an invisible byte order mark (U+FEFF) inside the file", "delete it");
    }
    Said { at, message, help: None }
}

/// A `: ` where none can be: in a value, or behind a line that is no key, or at the wrong indentation.
fn stray_colon(text: &str, at: std::ops::Range<usize>) -> Said {
    let start = line_start(text, at.start);
    let before = text.get(start..at.start).unwrap_or_default();
    if before.contains(": ") {
        return Said {
            at,
            message: "a second `: ` in one line".into(),
            help: Some("quote a value that holds `: `".into()),
        };
    }
    let above = text.get(..start).unwrap_or_default().trim_end();
    let above_start = line_start(above, above.len());
    let line = above.get(above_start..).unwrap_or_default();
    let word = line.trim_start_matches([' ', '-']);
    let word_at = above_start + (line.len() - word.len());
    let glued =
        word.split_once(':').filter(|(key, value)| is_key(key) && !value.starts_with([' ', '/']) && !value.is_empty());
    if let Some((key, value)) = glued {
        return Said {
            at: word_at..word_at + word.len(),
            message: "no blank behind the `:`".into(),
            help: Some(format!("write `{}: {}`", clip(key), clip(value))),
        };
    }
    if !word.contains(':') {
        return Said {
            at: word_at..word_at + word.len(),
            message: "neither `key: value` nor the item of a list".into(),
            help: Some("end a key with `:`, begin an item with `- `".into()),
        };
    }
    let key = start + (before.len() - before.trim_start().len());
    Said {
        at: key..at.start,
        message: "this key is indented deeper than the one above, which has its value already".into(),
        help: Some("the keys of one mapping begin in the same column".into()),
    }
}

/// Whether a text looks like a key, and not like the first group of an address.
fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A character that cannot begin a value.
fn unexpected(text: &str, at: std::ops::Range<usize>) -> Said {
    match text.get(at.start..).and_then(|rest| rest.chars().next()) {
        Some(c) if c.is_control() => Said {
            at: at.start..at.start + c.len_utf8(),
            message: format!("the control character U+{:04X} in the file", c as u32),
            help: Some("delete it".into()),
        },
        Some(c) if plain_word(text, at.start).is_empty() => {
            Said { at, message: format!("`{c}` cannot begin a value"), help: Some("quote the value".into()) }
        }
        _ => {
            let word = plain_word(text, at.start);
            needs_quotes(word, at.start..at.start + word.len())
        }
    }
}

/// Where the line of a place begins.
fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}
