//! Why a PAC file gives no answer.

use std::fmt;
use std::time::Duration;

use rquickjs::{Ctx, Error, Type, Value};

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The text is not JavaScript.
    Syntax,
    /// There is no function to call.
    NoFunction,
    /// An exception came out.
    Thrown,
    /// The function returned something else than a string.
    NotText,
    /// It took too long.
    Time,
    /// It took too much memory.
    Memory,
    /// It called itself, or is nested, too deep.
    Stack,
    /// The engine itself failed.
    Engine,
}

impl Kind {
    /// A word for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::NoFunction => "no-function",
            Self::Thrown => "thrown",
            Self::NotText => "not-text",
            Self::Time => "time",
            Self::Memory => "memory",
            Self::Stack => "stack",
            Self::Engine => "engine",
        }
    }
}

/// Why there is no answer, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsError {
    /// The kind.
    pub kind: Kind,
    /// In words: one line, lower case, foreign text clipped.
    pub message: String,
    /// Line of the file, from 1.
    pub line: Option<u32>,
    /// Column, from 1.
    pub column: Option<u32>,
}

impl fmt::Display for JsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, "{line}:{column}: {}", self.message),
            _ => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for JsError {}

/// The name under which the engine knows the text, to find its lines in stack traces.
pub const FILE: &str = "proxy.pac";

/// Most characters of a foreign text that are shown.
const SHOWN: usize = 200;

impl JsError {
    pub(super) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), line: None, column: None }
    }

    pub(super) fn time(limit: Duration, loading: bool) -> Self {
        let limit = limit.as_secs_f64();
        Self::new(
            Kind::Time,
            if loading { format!("not loaded within {limit} s") } else { format!("no answer within {limit} s") },
        )
    }

    /// Whether the engine may not be used again.
    pub const fn is_final(&self) -> bool {
        matches!(self.kind, Kind::Time | Kind::Memory | Kind::Engine)
    }

    /// Takes the pending exception out of the engine. Reading it may run code of the file (getters): the deadline
    /// still holds.
    pub(super) fn caught(ctx: &Ctx<'_>, error: &Error) -> Self {
        if !ctx.has_exception() {
            return Self::new(Kind::Engine, format!("the JavaScript engine failed: {}", escape(&error.to_string())));
        }
        let value = ctx.catch();
        if value.is_null() {
            // Without memory for an error object the engine throws null; hardly anybody else does.
            return Self::new(Kind::Memory, "threw null, as the engine does when the memory a file may take runs out");
        }
        let Some(object) = value.as_object().filter(|object| object.is_error()) else {
            return Self::new(Kind::Thrown, format!("threw {}", describe(&value)));
        };
        let read = |key: &str| {
            let value: Option<Value> = object.get(key).ok();
            // A getter of the file may have thrown in turn.
            drop(ctx.catch());
            value.and_then(|value| text(&value))
        };
        let (name, message) = (read("name").unwrap_or_default(), read("message").unwrap_or_default());
        let stack = read("stack").unwrap_or_default();
        let (line, column) = place(&stack);
        // What the compiler of the file finds comes out of no function; what `JSON.parse` or `RegExp` throw does.
        let compiled = !stack.contains('(');
        let (kind, message) = match (name.as_str(), message.as_str()) {
            ("InternalError", "out of memory" | "out of memory in regexp execution") => {
                (Kind::Memory, "ran out of the memory a file may take".to_owned())
            }
            ("RangeError", "Maximum call stack size exceeded") | (_, "stack overflow") => {
                (Kind::Stack, "nested, or called itself, too deep".to_owned())
            }
            ("SyntaxError", _) if compiled => (Kind::Syntax, format!("not JavaScript: {}", escape(&message))),
            ("", _) => (Kind::Thrown, format!("threw an error: {}", escape(&message))),
            _ => (Kind::Thrown, format!("threw {}: {}", escape(&name), escape(&message))),
        };
        Self { kind, message, line, column }
    }
}

/// The text of a JavaScript string; half surrogate pairs make it none.
pub(super) fn text(value: &Value<'_>) -> Option<String> {
    value.as_string().and_then(|s| s.to_string().ok())
}

/// What a value is, without running any of its code.
pub(super) fn describe(value: &Value<'_>) -> String {
    match value.type_of() {
        Type::String => match text(value) {
            Some(text) => format!("the string \"{}\"", escape(&text)),
            None => "a string that is not Unicode".to_owned(),
        },
        Type::Undefined | Type::Uninitialized => "undefined".to_owned(),
        Type::Null => "null".to_owned(),
        Type::Bool => format!("the boolean {}", value.as_bool().unwrap_or_default()),
        Type::Int | Type::Float => format!("the number {}", value.as_number().unwrap_or(f64::NAN)),
        Type::BigInt => "a big integer".to_owned(),
        Type::Symbol => "a symbol".to_owned(),
        Type::Array => "an array".to_owned(),
        Type::Function | Type::Constructor => "a function".to_owned(),
        Type::Promise => "a promise".to_owned(),
        Type::Exception => "an error".to_owned(),
        _ => "an object".to_owned(),
    }
}

/// Line and column of the first frame that is in the file.
fn place(stack: &str) -> (Option<u32>, Option<u32>) {
    let frame = stack.lines().find_map(|line| line.rsplit_once(FILE)?.1.strip_prefix(':'));
    let mut numbers = frame.unwrap_or_default().split(|c: char| !c.is_ascii_digit()).map(|n| n.parse().ok());
    (numbers.next().flatten(), numbers.next().flatten())
}

/// A foreign text on one line: control characters, quotes and what is neither letter nor sign are escaped, and no more
/// than 200 characters are shown.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    // `escape_debug` escapes the single quote, which does not end a text in double quotes.
    out = out.replace("\\'", "'");
    if text.chars().nth(SHOWN).is_some() {
        out.push('…');
    }
    out
}
