//! A YAML text as the tree that the YAML crate makes of it. `build.rs` compiles this file too, for the trees that the binary
//! carries: it names nothing of the program but places in texts.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::source::{FileId, Span, Spanned};

/// One YAML value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The place.
    pub span: Span,
    /// The value.
    pub kind: Kind,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// The tree of a text.
///
/// # Errors
/// The first error of the YAML crate; [`span_of`] says where it stands.
pub fn read(text: &str, file: FileId) -> Result<Node, serde_yaml::Error> {
    let options = serde_yaml::options! {
        with_snippet: false,
        budget: serde_yaml::budget! { max_depth: DEEPEST },
    };
    serde_yaml::from_str_with_options::<serde_yaml::Spanned<Raw>>(text, options).map(|raw| place(raw, text, file))
}

/// How deep lists and mappings may be nested. Ours are half of that; the parser calls itself for every level, and has to
/// do with the stack of any thread.
const DEEPEST: usize = 16;

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

/// Where something stands.
#[must_use]
pub fn span_of(location: &serde_yaml::Location, text: &str, file: FileId) -> Span {
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
