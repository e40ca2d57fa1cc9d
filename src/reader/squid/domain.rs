//! A value of `dstdomain`: a name, or with a leading dot a name and all below it. Squid takes nearly anything here and
//! never matches most of it.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::reader::net::is_number;
use crate::reader::text::quoted;

/// The name of a value, and whether it takes what is below it.
pub(super) fn value(text: &str) -> Result<(&str, bool), String> {
    let no = |why: &str| Err(format!("{} {why}", quoted(text)));
    if text.starts_with('-') {
        return no("begins with `-`: it would be read as an option");
    }
    if !text.is_ascii() {
        return no("is not ASCII: a request holds the A-labels");
    }
    if text.contains("://") {
        return no("has a scheme");
    }
    if text.contains('*') {
        return no("has a `*`, which dstdomain does not know");
    }
    // The unspecified address is a name to Squid, and has lost its brackets.
    if text == "::" {
        return Ok((text, false));
    }
    if let Some(address) = text.strip_prefix('[') {
        let address = address.strip_suffix(']').and_then(|a| a.parse::<Ipv6Addr>().ok());
        return match address {
            Some(a) if format!("[{a}]") == text && a.to_ipv4_mapped().is_none() && !a.is_unspecified() => {
                Ok((text, false))
            }
            _ => no("is not an IPv6 address as Squid spells it"),
        };
    }
    if let Some((host, rest)) = text.split_once('/') {
        let network = host.parse::<Ipv4Addr>().is_ok() && rest.bytes().all(|b| b.is_ascii_digit());
        return no(if network { "is a network: those stand in `dst`" } else { "has a path" });
    }
    if text.contains(':') {
        return no(if text.matches(':').count() == 1 { "has a port" } else { "is an address without brackets" });
    }
    let (name, below) = match text.strip_prefix('.') {
        Some(name) => (name, true),
        None => (text, false),
    };
    if name.ends_with('.') {
        return no("ends with a dot: Squid takes it off the request only");
    }
    if name.len() > 253 {
        return no("is longer than 253 characters");
    }
    for label in name.split('.') {
        if label.is_empty() {
            return no("has an empty label");
        }
        if label.len() > 63 {
            return no("has a label longer than 63 characters");
        }
        if let Some(c) = label.chars().find(|c| !c.is_ascii_alphanumeric() && !"-_".contains(*c)) {
            return no(&format!("has a `{c}`, which no host has"));
        }
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    if is_number(last) && (below || name.parse::<Ipv4Addr>().is_err()) {
        return no("ends in a number, as no name does, and is not an address");
    }
    Ok((name, below))
}
