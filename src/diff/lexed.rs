//! The text of a script taken apart, without an eye for its grammar: what stands between quotes, and the words around it.

use std::iter::Peekable;
use std::str::CharIndices;

/// A script taken apart.
#[derive(Debug, Default)]
pub struct Lexed {
    /// The texts between quotes, those that `+` joins as one besides, and the regular expressions.
    pub texts: Vec<String>,
    /// The names and numbers in its code.
    pub words: Vec<String>,
    /// Whether a regular expression is written in it.
    pub has_regex: bool,
    /// Whether texts are joined with something that is no text.
    pub joins: bool,
}

/// Longest text between quotes that is looked at.
const LONGEST: usize = 512;

/// What stood before a character, without blanks and comments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// What cannot end a value: a slash begins a regular expression.
    Open,
    /// What can.
    Value,
    /// A text between quotes.
    Text,
    /// `+`, behind a text or behind something else.
    Plus { text: bool },
}

impl Lexed {
    /// Takes a script apart.
    #[must_use]
    pub fn of(script: &str) -> Self {
        let mut found = Self::default();
        let mut chars = script.char_indices().peekable();
        let mut before = Before::Open;
        // The text that `+` has joined so far.
        let mut joined = String::new();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            before = match c {
                '/' if next == Some('/') => {
                    while chars.next_if(|(_, c)| *c != '\n').is_some() {}
                    before
                }
                '/' if next == Some('*') => {
                    let rest = script.get(at + 2..).and_then(|rest| rest.find("*/"));
                    let end = rest.map_or(script.len(), |end| at + 2 + end + 2);
                    while chars.next_if(|(at, _)| *at < end).is_some() {}
                    before
                }
                '"' | '\'' | '`' => {
                    let text = quoted(&mut chars, c).unwrap_or_default();
                    if before == (Before::Plus { text: true }) {
                        joined.push_str(&text);
                        if joined.len() <= LONGEST {
                            found.texts.push(joined.clone());
                        }
                    } else {
                        found.joins |= before == (Before::Plus { text: false });
                        joined.clone_from(&text);
                    }
                    found.joins |= c == '`' && text.contains("${");
                    found.texts.push(text);
                    Before::Text
                }
                '/' if matches!(before, Before::Open | Before::Plus { .. }) => {
                    found.texts.extend(quoted(&mut chars, c));
                    found.has_regex = true;
                    Before::Value
                }
                '+' => Before::Plus { text: before == Before::Text },
                c if c.is_whitespace() => before,
                c if c.is_alphanumeric() || matches!(c, '_' | '$') => {
                    found.joins |= before == (Before::Plus { text: true });
                    let mut word = String::from(c);
                    while let Some((_, c)) = chars.next_if(|(_, c)| c.is_alphanumeric() || matches!(c, '_' | '$')) {
                        word.push(c);
                    }
                    let opens = matches!(word.as_str(), "return" | "case" | "typeof" | "in" | "of" | "else" | "do");
                    found.words.push(word);
                    if opens { Before::Open } else { Before::Value }
                }
                ')' | ']' => Before::Value,
                _ => Before::Open,
            };
        }
        found
    }
}

fn quoted(chars: &mut Peekable<CharIndices>, end: char) -> Option<String> {
    let mut text = String::new();
    while let Some((_, c)) = chars.next_if(|(_, c)| *c != '\n' || end == '`') {
        if c == end {
            return (text.len() <= LONGEST).then_some(text);
        }
        if c == '\\' {
            let Some((_, escaped)) = chars.next() else { break };
            if end == '/' {
                text.extend(['\\', escaped]);
                continue;
            }
            match escaped {
                'x' => text.extend(number(chars, 2)),
                'u' => text.extend(number(chars, 4)),
                '\n' => {}
                // In a text that becomes a regular expression, a backslash is one of two.
                '\\' => text.push('\\'),
                'n' | 'r' | 't' => text.push(' '),
                other => text.push(other),
            }
        } else {
            text.push(c);
        }
    }
    None
}

/// The character that some hexadecimal digits name.
fn number(chars: &mut Peekable<CharIndices>, digits: usize) -> Option<char> {
    let mut value = 0;
    for _ in 0..digits {
        let (_, digit) = chars.next_if(|(_, c)| c.is_ascii_hexdigit())?;
        value = value * 16 + digit.to_digit(16)?;
    }
    char::from_u32(value)
}

#[cfg(test)]
mod tests {
    use super::Lexed;

    fn texts(script: &str) -> Vec<String> {
        Lexed::of(script).texts
    }

    #[test]
    fn texts_between_quotes() {
        assert_eq!(texts("a(\"b\", 'c\"d') // \"e\"\n/* 'f' */ + \"g\\\"h\""), ["b", "c\"d", "g\"h"]);
        assert_eq!(texts("return /^a\\.b$/.test(host) ? 4 / 2 : 8 / 2"), ["^a\\.b$"]);
    }

    #[test]
    fn escapes_in_texts() {
        assert_eq!(texts(r#"'\x63\u0064\.e', "a\"b""#), ["cd.e", "a\"b"]);
    }

    #[test]
    fn joined_texts() {
        assert_eq!(texts(r#"host == "a" + ".b" + '.c'"#), ["a", "a.b", ".b", "a.b.c", ".c"]);
        assert!(!Lexed::of(r#""a" + ".b""#).joins);
        assert!(Lexed::of(r#"x + ".b""#).joins);
        assert!(Lexed::of(r#""a" + x"#).joins);
    }
}
