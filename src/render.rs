//! Templates to text, with an escaper for every kind of file.
//!
//! In: a template and its context. Out: text. Never: deciding what is said. Every value a template prints passes the
//! escaper of its kind, so that no string of catalog or site can break out of the place it is printed at.

pub mod columns;
mod csv;

use std::borrow::Cow;
use std::fmt::Write as _;

pub use csv::csv_line;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

/// How values are written into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// Strings become ASCII JavaScript literals with their quotes.
    Js,
    /// One line of text: control characters and line separators become blanks.
    Line,
    /// Strings become CSV cells, quoted where needed, never a formula.
    Csv,
    /// Values become JSON.
    Json,
    /// Values become JSON too, which is YAML; and there are `#` comments.
    Yaml,
    /// Strings are escaped for HTML.
    Html,
}

impl Escape {
    /// The escaper of a file, by its extension.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        let name = name.strip_suffix(".j2").unwrap_or(name);
        match name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase())?.as_str() {
            "pac" | "dat" | "js" => Some(Self::Js),
            "conf" | "txt" | "list" | "nft" | "acl" | "cfg" | "md" => Some(Self::Line),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            "html" | "htm" | "xml" => Some(Self::Html),
            _ => None,
        }
    }

    /// The extensions with a known escaper, for messages.
    pub const EXTENSIONS: &'static str = "pac, js, conf, txt, list, nft, acl, cfg, md, csv, json, yaml, html, xml";

    fn auto_escape(self) -> AutoEscape {
        match self {
            Self::Js => AutoEscape::Custom("js".into()),
            Self::Line => AutoEscape::Custom("line".into()),
            Self::Csv => AutoEscape::Custom("csv".into()),
            Self::Json => AutoEscape::Json,
            Self::Yaml => AutoEscape::Custom("yaml".into()),
            Self::Html => AutoEscape::Html,
        }
    }
}

/// Renders one template.
///
/// # Errors
/// What the template engine says; with `fuel`, a template that runs too long is one.
pub fn render(source: &str, escape: Escape, context: Value, fuel: Option<u64>) -> Result<String, Error> {
    let mut env = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
    env.set_syntax(syntax);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_recursion_limit(50);
    env.set_fuel(fuel);
    env.set_auto_escape_callback(move |_| escape.auto_escape());
    env.set_formatter(format);
    env.add_filter("comment", comment_filter);
    env.add_filter("csv", csv_filter);
    env.add_filter("lines", lines_filter);
    env.add_filter("tojson", json_filter);
    // These build texts of any length from a number: a short template could ask for gigabytes.
    for bomb in ["indent", "format", "center"] {
        env.remove_filter(bomb);
    }
    env.add_template("template", source)?;
    env.get_template("template")?.render(context)
}

fn format(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    let escaped = match state.auto_escape() {
        AutoEscape::Custom(kind) if value.is_safe() || value.kind() != ValueKind::String => {
            let kind = kind.clone();
            return plain(out, &kind, value);
        }
        AutoEscape::Custom(kind) => {
            let text = value.as_str().unwrap_or_default();
            match &**kind {
                "js" | "yaml" => js_string(text).into(),
                "csv" => csv::cell(text)?,
                _ => one_line(text),
            }
        }
        _ => return minijinja::escape_formatter(out, state, value),
    };
    out.write_str(&escaped).map_err(Error::from)
}

/// The kind of file a filter runs in, when it is one of ours.
fn kind_of<'s>(state: &'s State) -> Option<&'s str> {
    match state.auto_escape() {
        AutoEscape::Custom(kind) => Some(kind),
        _ => None,
    }
}

/// `comment`: safe where `//` and `#` comments are; elsewhere the escaper of the file still has its say.
fn comment_filter(state: &State, text: String) -> Value {
    let text = comment(&text);
    match kind_of(state) {
        Some("js" | "line" | "yaml") => Value::from_safe_string(text),
        _ => Value::from(text),
    }
}

/// `csv`: a record of a list, or with the names of columns a record a row, in CSV files; elsewhere a text like any other.
fn csv_filter(state: &State, list: &Value, columns: Option<Vec<String>>) -> Result<Value, Error> {
    let records = match columns {
        Some(columns) => csv::rows(list, &columns)?,
        None => csv::values(list)?,
    };
    Ok(if kind_of(state) == Some("csv") { Value::from_safe_string(records) } else { Value::from(records) })
}

/// `lines`: each text of a list on a line of its own, where a text is a line; elsewhere a text like any other.
fn lines_filter(state: &State, list: &Value) -> Result<Value, Error> {
    let lines = match list.downcast_object_ref::<Vec<String>>() {
        Some(texts) => texts.iter().map(|text| one_line(text)).collect::<Vec<_>>().join("\n"),
        None => {
            let line = |value: Value| one_line(&value.to_string()).into_owned();
            listed(list)?.map(line).collect::<Vec<_>>().join("\n")
        }
    };
    Ok(if kind_of(state) == Some("line") { Value::from_safe_string(lines) } else { Value::from(lines) })
}

/// The values of a list. A text, or what a misspelled name is, is none.
fn listed(list: &Value) -> Result<impl Iterator<Item = Value>, Error> {
    if !matches!(list.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return Err(Error::new(ErrorKind::InvalidOperation, "not iterable"));
    }
    list.try_iter()
}

/// `tojson`: ASCII, and without what ends a script or a line in some reader.
fn json_filter(state: &State, value: Value) -> Result<Value, Error> {
    let text = serde_json::to_string(&value).map_err(|e| Error::new(ErrorKind::BadSerialization, e.to_string()))?;
    let mut out = String::with_capacity(text.len());
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() && !matches!(byte, b'<' | b'>' | b'&' | b'\'' | 0x7f) => {
                out.push(char::from(byte))
            }
            _ => {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    let is_code = matches!(state.auto_escape(), AutoEscape::Html | AutoEscape::Json)
        || matches!(kind_of(state), Some("js" | "yaml"));
    Ok(if is_code { Value::from_safe_string(out) } else { Value::from(out) })
}

/// Numbers, and texts a filter has made safe already. Booleans and nothing are spelled as the file's language does.
fn plain(out: &mut Output, kind: &str, value: &Value) -> Result<(), Error> {
    let text = match (value.kind(), kind) {
        (ValueKind::String | ValueKind::Number, _) => value.to_string(),
        (ValueKind::Bool, _) => if value.is_true() { "true" } else { "false" }.to_owned(),
        (ValueKind::None, "js" | "yaml") => "null".to_owned(),
        (ValueKind::Seq | ValueKind::Map, "yaml") => {
            serde_json::to_string(value).map_err(|e| Error::new(ErrorKind::BadSerialization, e.to_string()))?
        }
        (ValueKind::None, _) => String::new(),
        (other, _) => {
            return Err(Error::new(ErrorKind::BadEscape, format!("a {other} has no spelling here; print its parts")));
        }
    };
    out.write_str(&text).map_err(Error::from)
}

/// A JavaScript string literal of ASCII characters only: old engines read files in the code page of the machine, and
/// U+2028 ends a line in all of them.
#[must_use]
pub fn js_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(b'"') => out.push_str("\\\""),
            Ok(b'\\') => out.push_str("\\\\"),
            // `</script>` and `<!--` end or open a comment where a PAC is shown inside a page.
            Ok(b'<' | b'>' | b'&') => {
                let _ = write!(out, "\\u{unit:04x}");
            }
            Ok(byte @ 0x20..=0x7e) => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out.push('"');
    out
}

/// A text as part of a comment: one line, ASCII, and no end of a block comment.
#[must_use]
pub fn comment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).replace("*/", "* /").chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

/// Control characters and everything that ends a line in some reader become blanks.
fn one_line(text: &str) -> Cow<'_, str> {
    let ends = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if text.contains(ends) { Cow::Owned(text.replace(ends, " ")) } else { Cow::Borrowed(text) }
}
