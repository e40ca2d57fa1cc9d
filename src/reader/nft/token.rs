//! The words of the file, and how a parser goes along them. A line's end or `;` ends a statement; in the braces of a list
//! one line's end may stand before and behind each element.

use crate::reader::File;
use crate::reader::text::{Problems, lines, quoted};

/// Words of the language that cannot be names.
const WORDS: &str = "\
    accept add ah all and arp auto-merge bridge cgroup chain chains comment comp constant continue counter \
    cpu create ct daddr day day_of_week dccp define delete describe destroy device devices dnat dport drop \
    dst dup dynamic ecn element elements eq esp ether exists expires export exthdr fib flags flow flowtable \
    flush frag fwd ge gre gt handle hbh hook hour icmp icmpv6 igmp iif iifname import include index inet \
    insert interval ip ip6 ipsec jhash jump last le length limit list log lshift lt map maps mark masquerade \
    memory meta meter mh missing monitor nat ne netdev not notrack numgen oif oifname or osf packets \
    performance persistent pkttype policy port priority protocol queue quota random redefine redirect reject \
    rename replace reset return rshift rt rtclassid rule rules ruleset saddr sctp secmark set sets size \
    skgid skuid snat socket sport srh symhash synproxy table tables tcp th time timeout to tproxy type \
    typeof udp udplite undefine update vlan vmap xml xor xt";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) line: usize,
    /// A word, one of `{ } , ; =`, or a line's end.
    pub(super) text: &'a str,
}

pub(super) fn tokens<'a>(file: &File<'a>, problems: &mut Problems) -> Vec<Token<'a>> {
    let mut out = Vec::new();
    if let Some(at) = file.bytes.split(|b| *b == b'\n').position(|line| line.ends_with(b"\r")) {
        problems.add(file.path, at + 1, "a carriage return");
    }
    let last = file.bytes.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    if last.contains(&b'#') {
        problems.add(file.path, 0, "the file ends in a comment without a line's end");
    }
    for line in lines(file, problems) {
        let text = line.text.split('#').next().unwrap_or("");
        let mut rest = text.trim_start_matches([' ', '\t']);
        // A line that is only a comment is not there at all, not even its end.
        if rest.is_empty() && text.len() < line.text.len() {
            continue;
        }
        while let Some(first) = rest.chars().next() {
            let end = if "{},;=".contains(first) {
                1
            } else {
                rest.find(|c: char| c == ' ' || c == '\t' || "{},;=".contains(c)).unwrap_or(rest.len())
            };
            out.push(Token { line: line.number, text: &rest[..end] });
            rest = rest[end..].trim_start_matches([' ', '\t']);
        }
        out.push(Token { line: line.number, text: "\n" });
    }
    out
}

/// A problem with its line: the statement cannot be followed any further.
pub(super) struct Lost(pub(super) usize, pub(super) String);

pub(super) struct Parser<'a, 'p> {
    pub(super) path: &'a str,
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) at: usize,
    pub(super) problems: &'p mut Problems,
}

impl<'a> Parser<'a, '_> {
    pub(super) fn peek(&self) -> Token<'a> {
        let last = self.tokens.last().map_or(0, |t| t.line);
        self.tokens.get(self.at).copied().unwrap_or(Token { line: last, text: "" })
    }

    pub(super) fn next(&mut self) -> Token<'a> {
        let token = self.peek();
        self.at += 1;
        token
    }

    pub(super) fn lost<T>(token: Token, wanted: &str) -> Result<T, Lost> {
        let found = match token.text {
            "" => "the end of the file".to_owned(),
            "\n" => "the end of the line".to_owned(),
            text => quoted(text),
        };
        Err(Lost(token.line, format!("{found} where {wanted} is expected")))
    }

    pub(super) fn expect(&mut self, text: &str) -> Result<Token<'a>, Lost> {
        let token = self.next();
        if token.text == text { Ok(token) } else { Self::lost(token, &quoted(text)) }
    }

    pub(super) fn skip_ends(&mut self) {
        while matches!(self.peek().text, "\n" | ";") {
            self.at += 1;
        }
    }

    fn skip_line(&mut self) {
        if self.peek().text == "\n" {
            self.at += 1;
        }
    }

    /// A line's end or `;`; before a `}` only a line's end will do.
    pub(super) fn end(&mut self) -> Result<(), Lost> {
        let token = self.next();
        if matches!(token.text, "\n" | ";" | "") { Ok(()) } else { Self::lost(token, "the end of the statement") }
    }

    pub(super) fn name(&mut self) -> Result<&'a str, Lost> {
        let token = self.next();
        let text = token.text;
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        let fine = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
        if !first || !fine || text.len() > 255 || WORDS.split(' ').any(|w| w == text) {
            return Self::lost(token, "a name");
        }
        Ok(text)
    }

    /// The members of a list up to its `}`, each with its line.
    pub(super) fn list<T>(&mut self, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<(usize, T)>, Lost> {
        let mut out = Vec::new();
        loop {
            self.skip_line();
            let token = self.next();
            if matches!(token.text, "{" | "}" | "," | ";" | "=" | "\n" | "") {
                return Self::lost(token, "an element");
            }
            match read(token.text) {
                Ok(value) => out.push((token.line, value)),
                Err(message) => self.problems.add(self.path, token.line, message),
            }
            self.skip_line();
            let token = self.next();
            match token.text {
                "," => {}
                "}" => return Ok(out),
                _ => return Self::lost(token, "`,` or `}`"),
            }
        }
    }
}
