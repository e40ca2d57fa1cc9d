//! A request as Squid sees it: its host folded, and read as an address when it is one in any spelling.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::reader::Request;
use crate::reader::names::Key;

/// What ACLs look at.
#[derive(Debug)]
pub(super) struct Asked {
    /// Lower case, without dots at the end; an address in its one spelling, IPv6 in brackets.
    pub(super) host: Key,
    pub(super) address: Option<IpAddr>,
    pub(super) client: Option<IpAddr>,
    pub(super) port: Option<u16>,
}

impl Asked {
    /// `None` for what Squid answers with an error before it looks at a rule.
    pub(super) fn of(request: &Request) -> Option<Self> {
        if request.host.len() > 255 {
            return None;
        }
        let mut host = request.host.to_ascii_lowercase();
        let (host, address) = match host.strip_prefix('[') {
            Some(rest) => literal(IpAddr::V6(rest.strip_suffix(']')?.parse::<Ipv6Addr>().ok()?)),
            None => {
                let name = host.trim_end_matches('.');
                if name.split('.').any(str::is_empty) || name.contains(':') {
                    return None;
                }
                match numbers(name) {
                    Some(address) => literal(IpAddr::V4(address)),
                    None => {
                        host.truncate(name.len());
                        (host, None)
                    }
                }
            }
        };
        let client = request.client.map(|c| c.to_canonical());
        Some(Self { host: Key::of(host), address, client, port: request.port })
    }
}

/// An address as Squid prints it. The unspecified address is a name to Squid, without brackets.
fn literal(address: IpAddr) -> (String, Option<IpAddr>) {
    match address.to_canonical() {
        IpAddr::V4(a) => (a.to_string(), (!a.is_unspecified()).then_some(IpAddr::V4(a))),
        IpAddr::V6(a) if a.is_unspecified() => ("::".to_owned(), None),
        IpAddr::V6(a) => (format!("[{a}]"), Some(IpAddr::V6(a))),
    }
}

/// The spellings of the C library: one to four numbers, decimal, `0` octal or `0x` hexadecimal, the last one filling up.
fn numbers(text: &str) -> Option<Ipv4Addr> {
    // Most hosts are names, of which nothing is taken apart.
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() > 4 {
        return None;
    }
    let mut address: u32 = 0;
    for (at, part) in parts.iter().enumerate() {
        let (digits, radix) = match part.strip_prefix("0x") {
            Some(hex) => (hex, 16),
            None if part.len() > 1 && part.starts_with('0') => (&part[1..], 8),
            None => (*part, 10),
        };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        let value = u32::from_str_radix(digits, radix).ok()?;
        let last = at + 1 == parts.len();
        // The last number fills the bytes the others left.
        let bytes = if last { 4 - at } else { 1 };
        if bytes < 4 && value >> (8 * bytes) != 0 {
            return None;
        }
        address |= if last { value } else { value << (8 * (3 - at)) };
    }
    Some(Ipv4Addr::from(address))
}
