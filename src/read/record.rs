//! From [`Node`] to typed records: one table of fields a record gives its reader, its errors and its JSON Schema.
//!
//! In: a node. Out: the value, or nothing and at least one diagnostic; reading goes on after an error, so that all of
//! them come at once. Unknown keys are errors with a "did you mean".

use serde_json::{Value, json};

use super::yaml::{Kind, Node};
use crate::diag::{Bad, Code, Sink, clip, did_you_mean};
use crate::source::{Files, Span, Spanned};

/// What decoding needs besides the node: the text (for places inside scalars) and where errors go.
pub struct Context<'a> {
    /// The texts.
    pub files: &'a Files,
    /// The errors so far.
    pub sink: &'a mut Sink,
}

/// A type that can be read from a node.
pub trait Decode: Sized {
    /// Reads the value; on error says so in the context and gives nothing.
    fn decode(node: &Node, cx: &mut Context) -> Option<Self>;
    /// The value of an absent key; `None` makes the key mandatory.
    fn absent() -> Option<Self> {
        None
    }
    /// The JSON Schema of what `decode` accepts.
    fn schema() -> Value;
}

/// A value written as one scalar.
pub trait Scalar: Sized {
    /// Reads the text.
    ///
    /// # Errors
    /// What is wrong, and where in the text.
    fn parse(text: &str) -> Result<Self, Bad>;
    /// The JSON Schema.
    #[must_use]
    fn schema() -> Value {
        json!({"type": "string"})
    }
    /// How to call it in a message about a list or mapping in its place.
    #[must_use]
    fn expected() -> &'static str {
        "a text"
    }
}

impl Context<'_> {
    /// Reports an error of a scalar at its place: under the wrong characters when the text stands unchanged in the
    /// file, under the whole scalar otherwise (escapes, block scalars, aliases).
    pub fn bad(&mut self, span: Span, text: &str, bad: Bad) {
        let span = inner(self.files, span, text, &bad.at);
        let diagnostic = bad.code.at(span, bad.message);
        self.sink.push(match bad.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
    }

    fn mismatch(&mut self, node: &Node, expected: &str) {
        self.sink.push(Code::WrongType.at(node.span, format!("expected {expected}, found {}", node.kind.name())));
    }

    /// The entries of a mapping, or an error.
    pub fn map<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(Spanned<String>, Node)]> {
        if let Kind::Map(entries) = &node.kind {
            return Some(entries);
        }
        self.mismatch(node, &format!("a mapping ({what})"));
        None
    }

    /// Reads the field `key` of a mapping.
    pub fn field<T: Decode>(&mut self, entries: &[(Spanned<String>, Node)], key: &str, at: Span) -> Option<T> {
        if let Some((_, value)) = entries.iter().find(|(k, _)| k.value == key) {
            return T::decode(value, self);
        }
        let absent = T::absent();
        if absent.is_none() {
            self.sink.push(Code::MissingKey.at(at, format!("the key `{key}` is missing here")));
        }
        absent
    }

    /// Reports the keys that are none of `known`.
    pub fn unknown_keys(&mut self, entries: &[(Spanned<String>, Node)], known: &[&str]) {
        for (key, _) in entries {
            if !known.contains(&key.value.as_str()) {
                let diagnostic = Code::UnknownKey.at(key.span, format!("unknown key `{}`", clip(&key.value)));
                self.sink.push(did_you_mean(diagnostic, &key.value, known.iter().copied(), "known keys"));
            }
        }
    }
}

/// The place of a part of a scalar.
#[must_use]
pub fn inner(files: &Files, span: Span, text: &str, part: &std::ops::Range<usize>) -> Span {
    let written = files.text(span);
    let quote = usize::from(written.starts_with(['"', '\'']));
    let body = written.get(quote..written.len().saturating_sub(quote)).unwrap_or_default();
    if part.is_empty() || body != text {
        return span;
    }
    let start = span.start as usize + quote;
    Span::new(span.file, start + part.start, start + part.end)
}

impl<T: Scalar> Decode for Spanned<T> {
    fn decode(node: &Node, cx: &mut Context) -> Option<Self> {
        let Kind::Scalar { text, .. } = &node.kind else {
            cx.mismatch(node, T::expected());
            return None;
        };
        match T::parse(text) {
            Ok(value) => Some(Self::new(value, node.span)),
            Err(bad) => {
                cx.bad(node.span, text, bad);
                None
            }
        }
    }
    fn schema() -> Value {
        T::schema()
    }
}

impl Scalar for String {
    fn parse(text: &str) -> Result<Self, Bad> {
        match text.char_indices().find(|(_, c)| c.is_control() && *c != '\n' && *c != '\t') {
            Some((at, c)) => Err(Bad::whole(Code::BadText, format!("control character U+{:04X} in a text", c as u32))
                .at(at..at + c.len_utf8())),
            None => Ok(text.to_owned()),
        }
    }
    // `12` and `1.0` are read as the texts they are.
    fn schema() -> Value {
        json!({"type": ["string", "number"]})
    }
}

impl Scalar for bool {
    fn parse(text: &str) -> Result<Self, Bad> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => {
                let bad = Bad::whole(Code::WrongType, format!("expected `true` or `false`, found `{}`", clip(text)));
                // What other formats, and older YAML, take for a boolean.
                Err(match text.to_ascii_lowercase().as_str() {
                    "true" | "yes" | "y" | "on" | "1" => bad.help("write `true`"),
                    "false" | "no" | "n" | "off" | "0" => bad.help("write `false`"),
                    _ => bad,
                })
            }
        }
    }
    fn schema() -> Value {
        json!({"type": "boolean"})
    }
    fn expected() -> &'static str {
        "`true` or `false`"
    }
}

impl Scalar for u32 {
    fn parse(text: &str) -> Result<Self, Bad> {
        text.parse()
            .map_err(|_| Bad::whole(Code::WrongType, format!("expected a whole number, found `{}`", clip(text))))
    }
    fn schema() -> Value {
        json!({"type": "integer", "minimum": 0})
    }
    fn expected() -> &'static str {
        "a whole number"
    }
}

/// A value that cannot be read is as good as absent: its error is said, and reading goes on.
impl<T: Decode> Decode for Option<T> {
    fn decode(node: &Node, cx: &mut Context) -> Option<Self> {
        Some(T::decode(node, cx))
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
    fn schema() -> Value {
        T::schema()
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(node: &Node, cx: &mut Context) -> Option<Self> {
        let Kind::List(items) = &node.kind else {
            cx.mismatch(node, "a list");
            return None;
        };
        // Items that cannot be read have said so; the others go on, so that what is wrong in them comes too.
        Some(items.iter().filter_map(|item| T::decode(item, cx)).collect())
    }
    fn absent() -> Option<Self> {
        Some(Self::new())
    }
    fn schema() -> Value {
        json!({"type": "array", "items": T::schema()})
    }
}

/// One value, or a list of them.
#[derive(Debug, Clone)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T: Decode> Decode for OneOrMany<T> {
    fn decode(node: &Node, cx: &mut Context) -> Option<Self> {
        if matches!(node.kind, Kind::List(_)) {
            return Vec::<T>::decode(node, cx).map(Self);
        }
        T::decode(node, cx).map(|one| Self(vec![one]))
    }
    fn schema() -> Value {
        json!({"anyOf": [T::schema(), {"type": "array", "items": T::schema()}]})
    }
}

/// A mapping from names of the author's choice, in the order written.
#[derive(Debug, Clone)]
pub struct Table<T>(
    /// The names and their values.
    pub Vec<(Spanned<String>, T)>,
    /// The names whose values could not be read.
    pub Vec<String>,
);

impl<T> Table<T> {
    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(key, _)| key.value == name).map(|(_, value)| value)
    }
    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().map(|(key, _)| key.value.as_str())
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new(), Vec::new())
    }
}

impl<T: Decode> Decode for Table<T> {
    fn decode(node: &Node, cx: &mut Context) -> Option<Self> {
        let entries = cx.map(node, "name: value")?;
        let mut read = Vec::with_capacity(entries.len());
        let mut broken = Vec::new();
        for (key, value) in entries {
            if let Err(bad) = String::parse(&key.value) {
                cx.bad(key.span, &key.value, bad);
            }
            match T::decode(value, cx) {
                Some(value) => read.push((key.clone(), value)),
                None => broken.push(key.value.clone()),
            }
        }
        Some(Self(read, broken))
    }
    fn absent() -> Option<Self> {
        Some(Self::default())
    }
    fn schema() -> Value {
        json!({"type": "object", "additionalProperties": T::schema()})
    }
}

impl Decode for Node {
    fn decode(node: &Node, _: &mut Context) -> Option<Self> {
        Some(node.clone())
    }
    fn schema() -> Value {
        json!({})
    }
}

/// A struct read from the keys of a mapping; made by [`record!`](crate::record).
pub trait Record: Sized {
    /// Reads the keys it knows.
    fn fields(entries: &[(Spanned<String>, Node)], at: Span, cx: &mut Context) -> Option<Self>;
    /// The keys it knows.
    fn keys() -> Vec<&'static str>;
    /// The JSON Schemas of its keys, and which are mandatory.
    fn properties() -> (serde_json::Map<String, Value>, Vec<&'static str>);
}

/// Reads a whole mapping as one record.
pub fn decode_record<T: Record>(node: &Node, cx: &mut Context) -> Option<T> {
    let Kind::Map(entries) = &node.kind else {
        cx.mismatch(node, "a mapping");
        return None;
    };
    let read = T::fields(entries, node.span, cx);
    cx.unknown_keys(entries, &T::keys());
    read
}

/// The JSON Schema of a record.
#[must_use]
pub fn record_schema<T: Record>(about: &str) -> Value {
    let (properties, required) = T::properties();
    json!({
        "type": "object", "description": about.trim(), "properties": properties, "required": required,
        "additionalProperties": false,
    })
}

/// Declares a struct that is read from a mapping: every field is a key of the same name, and its doc comment is its
/// description in the JSON Schema. `..name: Other` takes the keys of another record in. The struct gets a `span` besides.
#[macro_export]
macro_rules! record {
    ($(#[doc = $about:literal])* pub struct $name:ident {
        $($(#[doc = $doc:literal])* $field:ident: $type:ty,)*
        $(..$shared:ident: $other:ty)?
    }) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone)]
        pub struct $name {
            $($(#[doc = $doc])* pub $field: $type,)*
            $(/// The keys shared with other records.
            pub $shared: $other,)?
            /// The place of the whole mapping.
            pub span: $crate::source::Span,
            /// Whether something in it could not be read and was reported: what is missing then may have been there.
            pub broken: bool,
        }
        impl $crate::read::record::Record for $name {
            fn fields(
                entries: &[($crate::source::Spanned<String>, $crate::read::yaml::Node)],
                at: $crate::source::Span,
                cx: &mut $crate::read::record::Context,
            ) -> Option<Self> {
                let before = cx.sink.errors();
                $(let $field = cx.field::<$type>(entries, $crate::read::record::key(stringify!($field)), at);)*
                $(let $shared = <$other as $crate::read::record::Record>::fields(entries, at, cx);)?
                let broken = cx.sink.errors() > before;
                Some(Self { $($field: $field?,)* $($shared: $shared?,)? span: at, broken })
            }
            fn keys() -> Vec<&'static str> {
                let keys: Vec<&'static str> = vec![$($crate::read::record::key(stringify!($field))),*];
                $(let mut keys = keys;
                keys.extend(<$other as $crate::read::record::Record>::keys());)?
                keys
            }
            fn properties() -> (serde_json::Map<String, serde_json::Value>, Vec<&'static str>) {
                let mut properties = serde_json::Map::new();
                let mut required: Vec<&'static str> = Vec::new();
                $(
                    let key = $crate::read::record::key(stringify!($field));
                    let mut schema = <$type as $crate::read::record::Decode>::schema();
                    if let Some(object) = schema.as_object_mut() {
                        object.insert("description".into(), concat!($($doc),*).trim().into());
                    }
                    properties.insert(key.into(), schema);
                    if <$type as $crate::read::record::Decode>::absent().is_none() {
                        required.push(key);
                    }
                )*
                $({
                    let (more, mandatory) = <$other as $crate::read::record::Record>::properties();
                    properties.extend(more);
                    required.extend(mandatory);
                })?
                (properties, required)
            }
        }
        impl $crate::read::record::Decode for $name {
            fn decode(
                node: &$crate::read::yaml::Node,
                cx: &mut $crate::read::record::Context,
            ) -> Option<Self> {
                $crate::read::record::decode_record(node, cx)
            }
            fn schema() -> serde_json::Value {
                $crate::read::record::record_schema::<Self>(concat!($($about),*))
            }
        }
    };
}

/// The key of a field: its name, without the `r#` that Rust's own keywords need.
#[must_use]
pub const fn key(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}

/// Declares an enum that is written as one of a few words.
#[macro_export]
macro_rules! words {
    ($(#[doc = $about:literal])* pub enum $name:ident { $($(#[doc = $doc:literal])* $variant:ident = $word:literal,)* }) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[doc = $doc])* $variant,)* }
        impl $name {
            /// Every value and its word.
            pub const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),*];
            /// The word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.word())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<str> as serde::Deserialize>::deserialize(from)?;
                $crate::read::record::Scalar::parse(&text)
                    .map_err(|bad: $crate::diag::Bad| <D::Error as serde::de::Error>::custom(bad.message))
            }
        }
        impl $crate::read::record::Scalar for $name {
            fn parse(text: &str) -> Result<Self, $crate::diag::Bad> {
                Self::WORDS.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
                    let words: Vec<&str> = Self::WORDS.iter().map(|(word, _)| *word).collect();
                    $crate::diag::unknown_word($crate::diag::Code::UnknownWord, text, &words)
                })
            }
            fn schema() -> serde_json::Value {
                serde_json::json!({"enum": [$($word),*]})
            }
        }
    };
}
