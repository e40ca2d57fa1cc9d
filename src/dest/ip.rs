//! Networks: strict reading, and sets of them without overlaps.

use std::net::IpAddr;

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
    let wrong = || Bad::whole(Code::BadAddress, format!("`{}` is not an IP address", clip(address)));
    // The standard library refuses leading zeros, which half the world reads as octal.
    let ip: IpAddr = address.parse().map_err(|_| wrong())?;
    let most: u8 = if ip.is_ipv4() { 32 } else { 128 };
    let prefix = match length {
        None => most,
        Some(digits) => {
            let plain = !digits.is_empty()
                && digits.len() <= 3
                && digits.bytes().all(|b| b.is_ascii_digit())
                && (digits == "0" || !digits.starts_with('0'));
            digits.parse().ok().filter(|n| plain && *n <= most).ok_or_else(|| {
                let at = address.len() + 1;
                let message = format!("`/{}` is not a prefix length between 0 and {most}", clip(digits));
                let bad = Bad::whole(Code::BadAddress, message).at(at..text.len());
                if digits.contains('.') {
                    bad.help("write the mask as a prefix length, as in `10.0.0.0/8`")
                } else {
                    bad
                }
            })?
        }
    };
    let net = IpNet::new(ip, prefix).map_err(|_| wrong())?;
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

/// Whether a text is meant as an address or a network: such a text is never tried as a name.
#[must_use]
pub fn meant_as_net(text: &str) -> bool {
    let address = text.split('/').next().unwrap_or_default();
    let dotted = |t: &str| {
        t.contains('.') && t.bytes().all(|b| b.is_ascii_digit() || b == b'.') && t.bytes().any(|b| b.is_ascii_digit())
    };
    let colons = address.matches(':').count() >= 2 && !text.contains("://");
    dotted(address) || (colons && address.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.')))
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
