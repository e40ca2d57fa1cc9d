//! Errors of the YAML crate in the words of somebody who writes a site: what to change, not what the parser did.

use super::tree::span_of;
use crate::diag::{Code, Diagnostic, clip};
use crate::source::{FileId, Span};

/// Whether a text is blank lines and comments.
pub fn says_nothing(text: &str) -> bool {
    text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}

/// What to say of an error: the place, the message, what to do.
struct Said {
    at: std::ops::Range<usize>,
    message: String,
    help: Option<String>,
}

/// The finding for an error.
pub fn syntax_error(error: &serde_yaml::Error, text: &str, file: FileId) -> Diagnostic {
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
