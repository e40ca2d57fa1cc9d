//! The POSIX extended regular expressions of `dstdom_regex` that mean the same to every version of Squid and to the
//! `regex` crate. All others are refused here, before that crate sees them: to it `\d` is a digit, to Squid the letter d.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use crate::reader::text::quoted;

/// How deep groups may stand in groups.
const DEEPEST: usize = 20;

/// A checked pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    /// In the words of the `regex` crate.
    text: String,
    any_case: bool,
    compiled: OnceLock<Option<Regex>>,
    /// What every host that matches ends with, from a whole label on; empty when there is nothing such.
    pub(super) tail: String,
}

impl Pattern {
    pub(super) fn read(text: &str, any_case: bool) -> Result<Self, String> {
        let no = |why: String| format!("{} {why}", quoted(text));
        if text.starts_with('-') || text.starts_with('+') {
            return Err(no("would be read as an option".to_owned()));
        }
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(no("is not ASCII: a request holds the A-labels".to_owned()));
        }
        if !any_case && text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(no("has capital letters without `-i`: Squid looks at the host in lower case".to_owned()));
        }
        if text.strip_prefix('^').unwrap_or(text).starts_with(".*") {
            return Err(no("begins with `.*`, of which Squid warns".to_owned()));
        }
        let mut reader =
            Walk { rest: text.as_bytes(), out: String::new(), literal: Vec::new(), anchored: false, many: false };
        reader.branches(0, true).map_err(|why| no(why.to_owned()))?;
        let tail = reader.tail();
        Ok(Self { text: reader.out, any_case, compiled: OnceLock::new(), tail })
    }

    pub(super) fn matches(&self, host: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| {
            RegexBuilder::new(&self.text)
                .unicode(false)
                .case_insensitive(self.any_case)
                .dot_matches_new_line(true)
                .build()
                .ok()
        });
        compiled.as_ref().is_some_and(|r| r.is_match(host.as_bytes()))
    }
}

/// A walk over a pattern that checks it and says it anew.
struct Walk<'a> {
    rest: &'a [u8],
    out: String,
    /// The letters at the end of what was read, while nothing but letters stands there.
    literal: Vec<u8>,
    /// Whether the whole ends in `$` behind `literal`.
    anchored: bool,
    /// Whether there is a choice outside all groups.
    many: bool,
}

/// What a branch or a group holds.
#[derive(Clone, Copy, Default)]
struct Anchors {
    start: bool,
    end: bool,
}

impl Walk<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Alternatives up to the end, or to the `)` of the group they stand in.
    fn branches(&mut self, depth: usize, at_start: bool) -> Result<Anchors, &'static str> {
        let mut found = Anchors::default();
        loop {
            let anchors = self.branch(depth, at_start)?;
            found.start |= anchors.start;
            found.end |= anchors.end;
            match self.rest.first() {
                Some(b'|') => {
                    self.next();
                    self.out.push('|');
                    self.literal.clear();
                    self.many |= depth == 0;
                }
                Some(b')') if depth == 0 => return Err("closes a group that is not open"),
                None if depth > 0 => return Err("has a group that is not closed"),
                _ => return Ok(found),
            }
        }
    }

    fn branch(&mut self, depth: usize, at_start: bool) -> Result<Anchors, &'static str> {
        let mut anchors = Anchors::default();
        if self.rest.first() == Some(&b'^') {
            if !at_start {
                return Err("has a `^` that is not at its beginning");
            }
            self.next();
            self.out.push('^');
            anchors.start = true;
        }
        let mut atoms = 0;
        while let Some(byte) = self.rest.first().copied() {
            if matches!(byte, b'|' | b')') {
                break;
            }
            if anchors.end {
                return Err("has something behind a `$`");
            }
            self.next();
            if byte == b'$' {
                if atoms == 0 {
                    return Err("has a `$` behind nothing");
                }
                self.out.push('$');
                anchors.end = true;
                self.anchored = depth == 0;
                continue;
            }
            let inner = self.atom(byte, depth, at_start && atoms == 0 && !anchors.start)?;
            atoms += 1;
            if let Some(sign @ (b'*' | b'+')) = self.rest.first().copied() {
                if inner.start || inner.end {
                    return Err("repeats a group with an anchor");
                }
                self.next();
                self.out.push(char::from(sign));
                self.literal.clear();
                if matches!(self.rest.first(), Some(b'*' | b'+' | b'?')) {
                    return Err("repeats a repetition");
                }
            }
            anchors.start |= inner.start;
            anchors.end |= inner.end;
        }
        // `(^|\.)` is how one says "from a dot or the beginning".
        if atoms == 0 && !(anchors.start && depth > 0) {
            return Err("has an empty alternative");
        }
        Ok(anchors)
    }

    fn atom(&mut self, byte: u8, depth: usize, at_start: bool) -> Result<Anchors, &'static str> {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => self.letter(byte),
            b'\\' if self.rest.first() == Some(&b'.') => {
                self.next();
                self.letter(b'.');
            }
            b'\\' => return Err("has a `\\` before something other than a dot"),
            b'.' => {
                self.out.push('.');
                self.literal.clear();
            }
            b'[' => {
                self.class()?;
                self.literal.clear();
            }
            b'(' => {
                if depth == DEEPEST {
                    return Err("has groups too deep in groups");
                }
                if self.rest.first() == Some(&b'?') {
                    return Err("has a `(?`, which POSIX does not know");
                }
                self.out.push_str("(?:");
                let anchors = self.branches(depth + 1, at_start)?;
                self.next();
                self.out.push(')');
                self.literal.clear();
                return Ok(anchors);
            }
            b'^' => return Err("has a `^` that is not at its beginning"),
            b'*' | b'+' => return Err("repeats nothing"),
            b'?' | b'{' | b'}' => return Err("has a `?`, `{` or `}`, which is not read here"),
            _ => return Err("has a character that no host has"),
        }
        Ok(Anchors::default())
    }

    fn letter(&mut self, byte: u8) {
        if byte == b'.' || byte == b'-' {
            self.out.push('\\');
        }
        self.out.push(char::from(byte));
        self.literal.push(byte.to_ascii_lowercase());
    }

    /// What follows `[`: members up to a `]` that is not the first of them.
    fn class(&mut self) -> Result<(), &'static str> {
        let mut members: Vec<(u8, u8)> = Vec::new();
        let negated = self.rest.first() == Some(&b'^');
        if negated {
            self.next();
        }
        loop {
            let byte = self.next().ok_or("has a `[` that is not closed")?;
            match byte {
                b']' if !members.is_empty() => break,
                b'\\' => return Err("has a `\\` in brackets, which stands for itself there"),
                b'[' if matches!(self.rest.first(), Some(b':' | b'.' | b'=')) => {
                    return Err("has a named class, which is not read here");
                }
                _ => {}
            }
            let range = self.rest.first() == Some(&b'-') && self.rest.get(1).is_some_and(|b| *b != b']');
            if !range {
                members.push((byte, byte));
                continue;
            }
            self.next();
            let last = self.next().ok_or("has a `[` that is not closed")?;
            let kind = |b: u8| (b.is_ascii_digit(), b.is_ascii_lowercase(), b.is_ascii_uppercase());
            if !byte.is_ascii_alphanumeric() || kind(byte) != kind(last) || byte > last {
                return Err("has a range that is neither of digits nor of letters of one case");
            }
            members.push((byte, last));
        }
        self.out.push_str(if negated { "[^" } else { "[" });
        for (first, last) in members {
            self.out.push_str(&format!("\\x{first:02X}-\\x{last:02X}"));
        }
        self.out.push(']');
        Ok(())
    }

    /// The letters every match ends with, from behind their first dot on: before it may stand the rest of a label.
    fn tail(&self) -> String {
        if !self.anchored || self.many {
            return String::new();
        }
        let from = self.literal.iter().position(|b| *b == b'.').map_or(self.literal.len(), |dot| dot + 1);
        String::from_utf8_lossy(&self.literal[from..]).into_owned()
    }
}
