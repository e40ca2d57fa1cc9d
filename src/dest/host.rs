//! Host names in normal form (design section 3): UTS-46 non-transitional to A-labels, lower case, no trailing dot,
//! `_` allowed, labels of 1 to 63 and names of at most 253 bytes.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use crate::diag::Code;
use crate::diag::{Bad, clip};

/// The longest name and the longest label that DNS carries.
const MOST_NAME: usize = 253;
const MOST_LABEL: usize = 63;

/// A host name in normal form. Only [`HostName::parse`] makes one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(Box<str>);

impl HostName {
    /// Normalises a name.
    ///
    /// # Errors
    /// What is wrong with it, where, and what to write instead. An IP address is not a name.
    pub fn parse(text: &str) -> Result<Self, Bad> {
        Self::read(text, text)
    }

    /// Normalises a name in which letters stand for stars; messages show it as it was `written`, which differs from
    /// `text` in the stars only.
    pub(super) fn read(text: &str, written: &str) -> Result<Self, Bad> {
        if let Some(fast) = plain_ascii(text) {
            return Ok(Self(fast));
        }
        foreign_parts(written)?;
        let wrong = || explain(written, text != written);
        let ascii = Uts46::new()
            .to_ascii(text.as_bytes(), AsciiDenyList::URL, Hyphens::CheckFirstLast, DnsLength::VerifyAllowRootDot)
            .map_err(|_| wrong())?;
        let name = ascii.strip_suffix('.').unwrap_or(&ascii);
        // UTS-46 turns full-width digits and dots into ASCII: what looks like an address must be looked at afterwards.
        if looks_like_address(name) {
            return Err(address_like(written));
        }
        if name.len() > MOST_NAME || name.is_empty() {
            return Err(wrong());
        }
        // The mapping lets through what neither DNS nor any list can carry (`;`, `"`, `$`, full-width `*`).
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
        if !name.bytes().all(plain) {
            return Err(wrong());
        }
        Ok(Self(name.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, to be kept.
    pub(super) fn into_text(self) -> Box<str> {
        self.0
    }

    /// The labels from right to left.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.0.rsplit('.')
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a client asks for: a name or an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A name.
    Name(HostName),
    /// An address, written as a literal.
    Ip(IpAddr),
}

impl Host {
    /// Reads a host as it stands in a URL or a request: a name, an IPv4 address, an IPv6 address with or without
    /// brackets. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is the IPv4 address: that is where it leads, and a
    /// blocked network must not be reached by another spelling.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Bad> {
        let unbracketed = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
        if let Some(inside) = unbracketed {
            return inside
                .parse::<Ipv6Addr>()
                .map(|ip| Self::Ip(IpAddr::from(ip).to_canonical()))
                .map_err(|_| Bad::whole(Code::BadAddress, format!("`{}` is not an IPv6 address", clip(inside))));
        }
        if text.starts_with('[') {
            return Err(Bad::whole(Code::BadAddress, "the `[` of an IPv6 address is not closed")
                .help("write it as `[2001:db8::1]`"));
        }
        // A trailing dot is legal behind a name only, but clients pass `192.0.2.1.` on: it is the address.
        let bare = text.strip_suffix('.').unwrap_or(text);
        match bare.parse::<IpAddr>() {
            Ok(ip) if ip.is_ipv4() || bare == text => Ok(Self::Ip(ip.to_canonical())),
            _ => HostName::parse(text).map(Self::Name),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Ip(ip) => ip.fmt(f),
        }
    }
}

/// The common case without the Unicode machinery: ASCII letters, digits, `-`, `_`, no A-label to verify.
fn plain_ascii(text: &str) -> Option<Box<str>> {
    let name = text.strip_suffix('.').unwrap_or(text);
    if name.is_empty() || name.len() > MOST_NAME {
        return None;
    }
    for bytes in name.as_bytes().split(|byte| *byte == b'.') {
        let (first, last) = (bytes.first()?, bytes.last()?);
        let good = bytes.len() <= MOST_LABEL
            && *first != b'-'
            && *last != b'-'
            && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        let a_label = bytes.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"xn--"));
        if !good || a_label {
            return None;
        }
    }
    (!looks_like_address(name)).then(|| name.to_ascii_lowercase().into_boxed_str())
}

/// Clients read a name whose last label is all digits, or hexadecimal after `0x`, as an address (`127.1`, `0x7f.1`).
fn looks_like_address(name: &str) -> bool {
    let last = name.as_bytes().rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let digits = !last.is_empty() && last.iter().all(u8::is_ascii_digit);
    let hexadecimal = last.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"0x"))
        && last.iter().skip(2).all(u8::is_ascii_hexdigit);
    digits || hexadecimal
}

fn address_like(text: &str) -> Bad {
    Bad::whole(Code::BadHost, format!("`{}` is read as an address by clients, but is not written as one", clip(text)))
        .help("write four decimal numbers without leading zeros (`127.0.0.1`), or a name")
}

/// Finds what people paste by mistake around a host.
fn foreign_parts(text: &str) -> Result<(), Bad> {
    if text.is_empty() {
        return Err(Bad::whole(Code::BadHost, "the host is empty"));
    }
    if let Some(at) = text.find("://") {
        return Err(Bad::whole(Code::BadHost, "a scheme is not part of a host")
            .at(0..at + 3)
            .help("write the host alone, as in `www.example.com`"));
    }
    unseen(text)?;
    if let Some((at, c)) = text.char_indices().find(|(_, c)| matches!(c, ',' | ';')) {
        return Err(not_in_a_name(c, at).help("write one destination a line"));
    }
    if let Some(at) = text.find('@') {
        let host = text.get(at + 1..).unwrap_or_default();
        let bad = Bad::whole(Code::BadHost, "a user name is not part of a host").at(0..at + 1);
        return Err(if host.is_empty() { bad } else { bad.help(format!("write `{}`", clip(host))) });
    }
    if let Some(at) = text.find('/') {
        return Err(Bad::whole(Code::BadHost, "a host has no path").at(at..text.len()));
    }
    if let Some(at) = text.find(':') {
        return Err(Bad::whole(Code::BadHost, "a port is not part of a host")
            .at(at..text.len())
            .help("ports belong into `ports: [...]`"));
    }
    Ok(())
}

/// Finds what nobody sees on a screen: blanks, and characters without width, which UTS-46 would silently delete.
/// Joiners are left to UTS-46: some scripts need them.
pub(super) fn unseen(text: &str) -> Result<(), Bad> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let joiner = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
    let unseen = |c: char| c.is_whitespace() || (invisible(c).is_some() && !joiner(c));
    let Some((at, c)) = text.char_indices().find(|(_, c)| unseen(*c)) else { return Ok(()) };
    let end = at + c.len_utf8();
    let (place, help) = match (at, end == text.len()) {
        _ if c == '\n' => ("inside a host", "write one destination a line, without `|` or `>`"),
        (0, _) => ("at the start of a host", "delete it"),
        (_, true) => ("at the end of a host", "delete it"),
        _ if c.is_ascii_whitespace() => ("inside a host", "write one destination a line"),
        _ if c.is_whitespace() => ("inside a host", "delete it, or write one destination a line"),
        _ => ("inside a host", "delete it"),
    };
    Err(Bad::whole(Code::BadHost, format!("{} {place}", character(c))).at(at..end).help(help))
}

fn not_in_a_name(c: char, at: usize) -> Bad {
    Bad::whole(Code::BadHost, format!("{} may not stand in a host name", character(c))).at(at..at + c.len_utf8())
}

/// A character as a message shows it: itself when it can be seen, its name and number otherwise.
pub(super) fn character(c: char) -> String {
    let name = match c {
        ' ' => return "a blank".to_owned(),
        '\t' => return "a tab".to_owned(),
        '\n' => return "a line break".to_owned(),
        '`' => return "a backquote".to_owned(),
        '\r' => "a carriage return",
        '\u{a0}' => "a no-break space",
        '\u{3000}' => "a full-width blank",
        '\u{2028}' | '\u{2029}' | '\u{85}' => "a line separator",
        c if c.is_whitespace() => "an unusual blank",
        c if c.is_control() => "a control character",
        c => match (invisible(c), full_width(c)) {
            (Some(name), _) => name,
            (None, Some(narrow)) => return format!("`{c}` (full-width `{narrow}`)"),
            (None, None) => return format!("`{c}`"),
        },
    };
    format!("{name} (U+{:04X})", c as u32)
}

/// The name of a character that shows nothing.
const fn invisible(c: char) -> Option<&'static str> {
    match c {
        '\u{200b}' => Some("a zero-width space"),
        '\u{200c}' => Some("a zero-width non-joiner"),
        '\u{200d}' => Some("a zero-width joiner"),
        '\u{2060}' => Some("a word joiner"),
        '\u{feff}' => Some("a byte order mark"),
        '\u{ad}' => Some("a soft hyphen"),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some("a mark for the direction of writing")
        }
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => Some("a variation selector"),
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' => {
            Some("an invisible character")
        }
        '\u{2061}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}' => {
            Some("an invisible character")
        }
        _ => None,
    }
}

/// The ASCII character that a full-width one looks like, when no host name holds it.
fn full_width(c: char) -> Option<char> {
    let narrow = u32::from(c).checked_sub(0xfee0).filter(|n| (0x21..0x7f).contains(n)).and_then(char::from_u32)?;
    (!narrow.is_ascii_alphanumeric() && !matches!(narrow, '-' | '_' | '.')).then_some(narrow)
}

/// Says which rule of host names a text breaks; the IDN library only says that one does. `stars`: a `*` breaks none.
fn explain(text: &str, stars: bool) -> Bad {
    let name = text.strip_suffix('.').unwrap_or(text);
    let dots = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];
    let mut at = 0;
    for label in name.split(dots) {
        let here = at..at + label.len();
        // The dot behind the label: an ideographic one has three bytes.
        at = here.end + name.get(here.end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        if let Some(bad) = explain_label(label, here, stars) {
            return bad;
        }
    }
    if name.is_ascii() && name.len() > MOST_NAME {
        return Bad::whole(Code::BadHost, format!("a name of {} characters; {MOST_NAME} is the most", name.len()));
    }
    if let Some(length) = ascii_length(name).filter(|length| *length > MOST_NAME) {
        let message = format!("a name of {length} characters in its `xn--` form; {MOST_NAME} is the most");
        return Bad::whole(Code::BadHost, message);
    }
    // A joiner that no script needs there.
    if let Some((at, c)) = text.char_indices().find(|(_, c)| invisible(*c).is_some()) {
        return not_in_a_name(c, at).help("delete it");
    }
    Bad::whole(Code::BadHost, format!("`{}` is not a valid internationalised host name", clip(text)))
}

/// Which rule a label breaks by itself.
fn explain_label(label: &str, here: std::ops::Range<usize>, stars: bool) -> Option<Bad> {
    let bad = |message: String| Some(Bad::whole(Code::BadHost, message).at(here.clone()));
    if label.is_empty() {
        return Some(Bad::whole(Code::BadHost, "an empty label (two dots in a row, or a dot at the start)"));
    }
    if label.is_ascii() && label.len() > MOST_LABEL {
        return bad(format!("a label of {} characters; {MOST_LABEL} is the most", label.len()));
    }
    if label.starts_with('-') || label.ends_with('-') {
        return bad(format!("the label `{}` begins or ends with `-`", clip(label)));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || (stars && c == '*');
    let wrong = |c: char| if c.is_ascii() { !allowed(c) } else { full_width(c).is_some() };
    if let Some((offset, c)) = label.char_indices().find(|(_, c)| wrong(*c)) {
        return Some(not_in_a_name(c, here.start + offset));
    }
    if label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--")) {
        return bad(format!("`{}` is not a valid internationalised (`xn--`) label", clip(label)));
    }
    let length = ascii_length(label).filter(|length| *length > MOST_LABEL)?;
    bad(format!("a label of {length} characters in its `xn--` form; {MOST_LABEL} is the most"))
}

/// How long an internationalised text becomes in DNS.
fn ascii_length(text: &str) -> Option<usize> {
    let ascii =
        Uts46::new().to_ascii(text.as_bytes(), AsciiDenyList::URL, Hyphens::CheckFirstLast, DnsLength::Ignore).ok()?;
    (!text.is_ascii()).then_some(ascii.len())
}
