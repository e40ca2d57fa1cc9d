//! Host names in normal form (design section 3): UTS-46 non-transitional to A-labels, lower case, no trailing dot,
//! `_` allowed, labels of 1 to 63 and names of at most 253 bytes.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use crate::diag::Code;
use crate::diag::{Bad, clip};

/// A host name in normal form. Only [`HostName::parse`] makes one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(Box<str>);

impl HostName {
    /// Normalises a name.
    ///
    /// # Errors
    /// What is wrong with it, where, and what to write instead. An IP address is not a name.
    pub fn parse(text: &str) -> Result<Self, Bad> {
        if let Some(fast) = plain_ascii(text) {
            return Ok(Self(fast));
        }
        foreign_parts(text)?;
        let ascii = Uts46::new()
            .to_ascii(text.as_bytes(), AsciiDenyList::URL, Hyphens::CheckFirstLast, DnsLength::VerifyAllowRootDot)
            .map_err(|_| explain(text))?;
        let name = ascii.strip_suffix('.').unwrap_or(&ascii);
        // UTS-46 turns full-width digits and dots into ASCII: what looks like an address must be looked at afterwards.
        if looks_like_address(name) {
            return Err(address_like(text));
        }
        if name.len() > 253 || name.is_empty() {
            return Err(explain(text));
        }
        // The mapping lets through what neither DNS nor any list can carry (`;`, `"`, `$`, full-width `*`).
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
        if !name.bytes().all(plain) {
            return Err(explain(text));
        }
        Ok(Self(name.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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
    if name.is_empty() || name.len() > 253 {
        return None;
    }
    for label in name.split('.') {
        let bytes = label.as_bytes();
        let (first, last) = (bytes.first()?, bytes.last()?);
        let good = bytes.len() <= 63
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
    let last = name.rsplit('.').next().unwrap_or_default();
    let digits = !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit());
    let hexadecimal = last.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("0x"))
        && last.bytes().skip(2).all(|b| b.is_ascii_hexdigit());
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
            .help(format!("write `{}`", clip(text.get(at + 3..).unwrap_or_default().trim_end_matches('/')))));
    }
    if let Some((at, c)) = text.char_indices().find(|(_, c)| c.is_whitespace()) {
        let (what, help) = match c {
            '\u{3000}' => ("a full-width blank", "delete it, or write one destination a line"),
            _ => ("a blank", "write one destination a line"),
        };
        return Err(Bad::whole(Code::BadHost, format!("{what} inside a host")).at(at..at + c.len_utf8()).help(help));
    }
    if let Some(at) = text.find('/') {
        return Err(Bad::whole(Code::BadHost, "a host has no path").at(at..text.len()));
    }
    if let Some(at) = text.find(':') {
        return Err(Bad::whole(Code::BadHost, "a port is not part of a host")
            .at(at..text.len())
            .help("ports belong into `ports: [...]`"));
    }
    if let Some(at) = text.find('@') {
        return Err(Bad::whole(Code::BadHost, "a user name is not part of a host").at(0..at + 1));
    }
    Ok(())
}

/// Says which rule of host names a text breaks; the IDN library only says that one does.
fn explain(text: &str) -> Bad {
    let name = text.strip_suffix('.').unwrap_or(text);
    let dots = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];
    let mut at = 0;
    for label in name.split(dots) {
        let here = at..at + label.len();
        // The dot behind the label: an ideographic one has three bytes.
        at = here.end + name.get(here.end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let bad = |message: String| Bad::whole(Code::BadHost, message).at(here.clone());
        if label.is_empty() {
            return Bad::whole(Code::BadHost, "an empty label (two dots in a row, or a dot at the start)");
        }
        if label.is_ascii() && label.len() > 63 {
            return bad(format!("a label of {} characters; 63 is the most", label.len()));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return bad(format!("the label `{}` begins or ends with `-`", clip(label)));
        }
        let wrong = |c: &char| c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_');
        if let Some((offset, c)) = label.char_indices().find(|(_, c)| wrong(c)) {
            let place = here.start + offset;
            let finding = Bad::whole(Code::BadHost, format!("`{}` may not stand in a host name", clip(&c.to_string())));
            return finding.at(place..place + c.len_utf8());
        }
        if label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--")) {
            return bad(format!("`{}` is not a valid internationalised (`xn--`) label", clip(label)));
        }
    }
    if name.len() > 253 {
        return Bad::whole(Code::BadHost, format!("a name of {} characters; 253 is the most", name.len()));
    }
    Bad::whole(Code::BadHost, format!("`{}` is not a valid internationalised host name", clip(text)))
}
