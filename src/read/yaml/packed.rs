//! Trees as bytes. The binary carries those of its own catalog, because reading YAML was two thirds of what every run began
//! with: `build.rs` packs them with this file, `pacwright` unpacks them.
//!
//! A value is a byte that says what it is, its place (start and length), and what it holds. Most texts stand in the
//! file just so, and are taken from there. Numbers are LEB128, a few bytes each.

use super::tree::{Kind, Node};
use crate::source::{FileId, Span, Spanned};

/// What a value is: a byte.
mod is {
    pub const NULL: u8 = 0;
    pub const TEXT: u8 = 1;
    pub const TYPED: u8 = 2;
    pub const LIST: u8 = 3;
    pub const MAP: u8 = 4;
}

/// Where a text stands: a byte.
mod stands {
    /// In the file, at its place.
    pub const THERE: u8 = 0;
    /// In the file, at its place, between quotes.
    pub const QUOTED: u8 = 1;
    /// Here: with escapes or on several lines it reads otherwise in the file.
    pub const HERE: u8 = 2;
}

/// The bytes of the tree of a text.
#[must_use]
pub fn pack(node: &Node, text: &str) -> Vec<u8> {
    let mut packer = Packer { bytes: Vec::new(), text };
    packer.node(node);
    packer.bytes
}

/// The tree of a text from its bytes; none when they are not those of this text.
#[must_use]
pub fn unpack(bytes: &[u8], text: &str, file: FileId) -> Option<Node> {
    let mut unpacker = Unpacker { bytes, text, file };
    let node = unpacker.node()?;
    unpacker.bytes.is_empty().then_some(node)
}

struct Packer<'t> {
    bytes: Vec<u8>,
    text: &'t str,
}

impl Packer<'_> {
    fn node(&mut self, node: &Node) {
        let what = match &node.kind {
            Kind::Null => is::NULL,
            Kind::Scalar { typed: false, .. } => is::TEXT,
            Kind::Scalar { typed: true, .. } => is::TYPED,
            Kind::List(_) => is::LIST,
            Kind::Map(_) => is::MAP,
        };
        self.bytes.push(what);
        self.place(node.span);
        match &node.kind {
            Kind::Null => {}
            Kind::Scalar { text, .. } => self.text(text, node.span),
            Kind::List(items) => {
                self.number(items.len());
                items.iter().for_each(|item| self.node(item));
            }
            Kind::Map(entries) => {
                self.number(entries.len());
                for (key, value) in entries {
                    self.place(key.span);
                    self.text(&key.value, key.span);
                    self.node(value);
                }
            }
        }
    }

    fn place(&mut self, span: Span) {
        self.number(span.start as usize);
        self.number((span.end - span.start) as usize);
    }

    fn text(&mut self, text: &str, span: Span) {
        let there = written(self.text, span);
        if there == Some(text) {
            self.bytes.push(stands::THERE);
        } else if there.and_then(unquoted) == Some(text) {
            self.bytes.push(stands::QUOTED);
        } else {
            self.bytes.push(stands::HERE);
            self.number(text.len());
            self.bytes.extend_from_slice(text.as_bytes());
        }
    }

    fn number(&mut self, mut number: usize) {
        while number >= 0x80 {
            self.bytes.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push((number & 0x7f) as u8);
    }
}

struct Unpacker<'t> {
    bytes: &'t [u8],
    text: &'t str,
    file: FileId,
}

impl Unpacker<'_> {
    fn node(&mut self) -> Option<Node> {
        let what = self.byte()?;
        let span = self.place()?;
        let kind = match what {
            is::NULL => Kind::Null,
            is::TEXT => Kind::Scalar { text: self.text(span)?, typed: false },
            is::TYPED => Kind::Scalar { text: self.text(span)?, typed: true },
            is::LIST => Kind::List(self.many(Self::node)?),
            is::MAP => Kind::Map(self.many(Self::entry)?),
            _ => return None,
        };
        Some(Node { span, kind })
    }

    fn entry(&mut self) -> Option<(Spanned<String>, Node)> {
        let span = self.place()?;
        let key = Spanned::new(self.text(span)?, span);
        Some((key, self.node()?))
    }

    fn many<T>(&mut self, one: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.number()?;
        // One takes a byte at least.
        let mut all = Vec::with_capacity(count.min(self.bytes.len()));
        for _ in 0..count {
            all.push(one(self)?);
        }
        Some(all)
    }

    fn place(&mut self) -> Option<Span> {
        let (start, length) = (self.number()?, self.number()?);
        Some(Span::new(self.file, start, start.checked_add(length)?))
    }

    fn text(&mut self, span: Span) -> Option<String> {
        let there = || written(self.text, span);
        match self.byte()? {
            stands::THERE => there().map(str::to_owned),
            stands::QUOTED => there().and_then(unquoted).map(str::to_owned),
            stands::HERE => {
                let length = self.number()?;
                let (text, rest) = self.bytes.split_at_checked(length)?;
                self.bytes = rest;
                String::from_utf8(text.to_vec()).ok()
            }
            _ => None,
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..u32::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

fn written(text: &str, span: Span) -> Option<&str> {
    text.get(span.start as usize..span.end as usize)
}

fn unquoted(written: &str) -> Option<&str> {
    written.get(1..written.len().checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::{pack, unpack};
    use crate::read::yaml::tree;
    use crate::source::Files;

    const TEXT: &str = "a: [b, 'c', \"d\\te\", 012, true, ~, &x ü, *x]\nf: |\n  g\n  h\nlong: { i: {}, j: [] }\n";

    #[test]
    fn what_is_packed_is_unpacked() {
        let file = Files::default().add("", TEXT);
        let node = tree::read(TEXT, file).ok();
        let bytes = node.as_ref().map(|node| pack(node, TEXT));
        assert!(node.is_some() && unpack(&bytes.unwrap_or_default(), TEXT, file) == node);
    }

    #[test]
    fn other_bytes_are_no_tree() {
        let file = Files::default().add("", TEXT);
        let bytes = tree::read(TEXT, file).map(|node| pack(&node, TEXT)).unwrap_or_default();
        assert!(!bytes.is_empty(), "YAML");
        for length in 0..bytes.len() {
            assert_eq!(unpack(&bytes[..length], TEXT, file), None, "{length} bytes");
        }
        assert_eq!(unpack(&[&bytes[..], &[0]].concat(), TEXT, file), None, "one more");
        assert_eq!(unpack(&[3, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xf], TEXT, file), None, "a list longer than memory");
    }
}
