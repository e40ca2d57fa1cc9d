//! Networks: strict reading, and sets of them without overlaps.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::diag::Code;
use crate::diag::{Bad, clip};

/// Reads an address or a network in CIDR form. A bare address is the network that holds only itself.
///
/// # Errors
/// Leading zeros, a prefix that is too long, host bits that are set (the message shows the network meant).
pub fn parse_net(text: &str) -> Result<IpNet, Bad> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    // The standard library refuses leading zeros, which half the world reads as octal.
    let ip: IpAddr = address.parse().map_err(|_| not_an_address(address))?;
    let prefix = length.map_or(Ok(most(ip)), |digits| prefix_length(ip, digits, address.len() + 1..text.len()))?;
    let net = IpNet::new(ip, prefix).map_err(|_| not_an_address(address))?;
    if let IpAddr::V6(v6) = ip
        && let (Some(v4), true) = (v6.to_ipv4_mapped(), prefix >= 96)
    {
        let length = prefix - 96;
        let meant = if length == 32 { v4.to_string() } else { format!("{v4}/{length}") };
        return Err(Bad::whole(Code::BadAddress, format!("`{}` is IPv4 written as IPv6", clip(text)))
            .help(format!("write `{meant}`; hosts in this spelling are taken for the IPv4 address")));
    }
    if net.trunc() != net {
        let meant = net.trunc();
        return Err(Bad::whole(Code::BadAddress, format!("`{}` has bits set behind its prefix", clip(text)))
            .help(format!("the network is `{meant}`; a single address is `{ip}`")));
    }
    Ok(net)
}

/// The longest prefix of an address's family.
const fn most(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

/// Reads what stands behind the `/` of an address.
fn prefix_length(ip: IpAddr, digits: &str, at: std::ops::Range<usize>) -> Result<u8, Bad> {
    let plain = digits == "0" || (!digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()));
    let fits = |digits: &str| digits.parse::<u8>().ok().filter(|length| *length <= most(ip));
    if let Some(length) = fits(digits).filter(|_| plain) {
        return Ok(length);
    }
    let message = format!("`/{}` is not a prefix length between 0 and {}", clip(digits), most(ip));
    let bad = Bad::whole(Code::BadAddress, message).at(at);
    if digits.contains(char::is_alphabetic) {
        return Err(bad.help(format!("an address takes no path: write `{ip}`")));
    }
    if digits.contains('.') {
        return Err(bad.help("write the mask as a prefix length, as in `10.0.0.0/8`"));
    }
    Err(match fits(digits.trim()) {
        Some(length) => bad.help(format!("write `{ip}/{length}`")),
        None if digits.is_empty() => bad.help(format!("write `{ip}`")),
        None => bad,
    })
}

/// Says what is wrong with an address, and what was probably meant.
fn not_an_address(text: &str) -> Bad {
    let bad = Bad::whole(Code::BadAddress, format!("`{}` is not an IP address", clip(text)));
    if let Some((address, zone)) = text.split_once('%') {
        let message = format!("a zone (`%{}`) is not part of a destination", clip(zone));
        return Bad::whole(Code::BadAddress, message)
            .at(address.len()..text.len())
            .help(format!("write `{}`", clip(address)));
    }
    if is_range(text) {
        return Bad::whole(Code::BadAddress, format!("`{}` is a range of addresses", clip(text)))
            .help("write it as networks, one a line, as in `10.0.0.0/24`");
    }
    if text.contains(':') {
        return bad.help("an IPv6 address is eight groups of up to four hexadecimal digits, or fewer with one `::`");
    }
    let bare = text.strip_suffix('.').unwrap_or(text);
    if bare.parse::<Ipv4Addr>().is_ok() {
        return bad.help(format!("write `{}`", clip(bare)));
    }
    let decimal: Vec<String> =
        bare.split('.').filter_map(|part| part.parse::<u8>().ok()).map(|n| n.to_string()).collect();
    if decimal.len() == 4 && bare.split('.').count() == 4 {
        return bad.help(format!("leading zeros may mean octal: write `{}` if decimal is meant", decimal.join(".")));
    }
    bad.help("an IPv4 address is four numbers from 0 to 255, as in `192.0.2.1`")
}

/// `10.0.0.1-10.0.0.9` or `10.0.0.1-9`.
fn is_range(text: &str) -> bool {
    text.split_once('-').is_some_and(|(first, last)| {
        let first: Result<IpAddr, _> = first.trim().parse();
        let last = last.trim();
        let end = last.bytes().all(|b| b.is_ascii_digit() || b == b'.') || last.parse::<IpAddr>().is_ok();
        first.is_ok() && !last.is_empty() && end
    })
}

/// Whether a text is meant as an address or a network: such a text is never tried as a name.
#[must_use]
pub fn meant_as_net(text: &str) -> bool {
    // Most begin with a letter and hold no colon: names.
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) && !text.contains(':') {
        return false;
    }
    let address = text.split('/').next().unwrap_or_default();
    let colons = address.bytes().filter(|byte| *byte == b':').count();
    if address.starts_with('[') || address.contains('@') || (text.contains(':') && text.contains("://")) {
        return false;
    }
    let dotted = |t: &str| {
        t.contains('.') && t.bytes().all(|b| b.is_ascii_digit() || b == b'.') && t.bytes().any(|b| b.is_ascii_digit())
    };
    // What holds a `::`, or as many colons as an IPv6 address, is meant as one, however wrong its digits.
    let v6 = colons >= 7 || (colons > 1 && address.contains("::"));
    let digits = colons >= 2 && address.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
    dotted(address) || v6 || digits || is_range(address)
}

/// A network as people write it: a single address without its `/32` or `/128`.
#[must_use]
pub fn show(net: &IpNet) -> String {
    if net.prefix_len() == net.max_prefix_len() { net.addr().to_string() } else { net.to_string() }
}

/// The smallest list of networks that covers the same addresses, IPv4 first, sorted.
#[must_use]
pub fn aggregate<'a>(nets: impl Iterator<Item = &'a IpNet>) -> Vec<IpNet> {
    let (mut v4, mut v6): (Vec<Ipv4Net>, Vec<Ipv6Net>) = (Vec::new(), Vec::new());
    for net in nets {
        match net {
            IpNet::V4(net) => v4.push(*net),
            IpNet::V6(net) => v6.push(*net),
        }
    }
    let mut v4 = Ipv4Net::aggregate(&v4);
    let mut v6 = Ipv6Net::aggregate(&v6);
    v4.sort();
    v6.sort();
    v4.into_iter().map(IpNet::V4).chain(v6.into_iter().map(IpNet::V6)).collect()
}
