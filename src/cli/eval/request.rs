//! What a browser hands to `FindProxyForURL` for a URL.

use std::net::Ipv6Addr;

use crate::dest::Host;
use crate::dest::ask::port_of;

/// The two arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The URL.
    pub url: String,
    /// Its host, IPv6 without brackets.
    pub host: String,
}

impl Request {
    /// Takes a URL apart as Chrome does: scheme and host in lower case, without user, fragment and the scheme's own
    /// port; for https and wss without path and query. With `full` the URL stays as it was given.
    ///
    /// # Errors
    /// Why it is no URL.
    pub fn parse(given: &str, full: bool) -> Result<Self, String> {
        if given.contains(|c: char| c.is_control() || c == ' ') {
            return Err("a URL holds no blanks and no control characters".to_owned());
        }
        let (scheme, rest) = given.split_once("://").unwrap_or(("https", given));
        let sound = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(sound) {
            return Err("the scheme is none".to_owned());
        }
        let scheme = scheme.to_ascii_lowercase();
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = split(authority)?;
        let (host, shown) = match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
            Some(inside) => {
                let ip: Ipv6Addr = inside.parse().map_err(|_| "the host is not an IPv6 address".to_owned())?;
                (ip.to_string(), format!("[{ip}]"))
            }
            None => name(host)?,
        };
        let port = match port {
            None | Some("") => None,
            Some(digits) => {
                let number = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u16>().ok()).flatten();
                Some(number.ok_or_else(|| "the port is not one".to_owned())?)
            }
        };
        if full {
            let url = if given.contains("://") { given.to_owned() } else { format!("https://{given}") };
            return Ok(Self { url, host });
        }
        let port = port.filter(|p| port_of(&scheme) != Some(*p)).map_or_else(String::new, |p| format!(":{p}"));
        let tail = match scheme.as_str() {
            "https" | "wss" => "/".to_owned(),
            _ => {
                let tail = tail.split('#').next().unwrap_or_default();
                if tail.starts_with('/') { tail.to_owned() } else { format!("/{tail}") }
            }
        };
        Ok(Self { url: format!("{scheme}://{shown}{port}{tail}"), host })
    }
}

fn split(authority: &str) -> Result<(&str, Option<&str>), String> {
    let bracket = authority.find(']').map_or(0, |at| at + 1);
    let (head, rest) = authority.split_at(bracket);
    if !head.is_empty() {
        return match rest.strip_prefix(':') {
            Some(port) => Ok((head, Some(port))),
            None if rest.is_empty() => Ok((head, None)),
            None => Err("something stands between the address and the port".to_owned()),
        };
    }
    match authority.split_once(':') {
        Some((_, port)) if port.contains(':') => Err("an IPv6 address stands in brackets".to_owned()),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((authority, None)),
    }
}

/// A name in lower case and A-labels; its trailing dot stays, as browsers leave it. Of two minds about a name, the file
/// shall see it as it is written.
fn name(host: &str) -> Result<(String, String), String> {
    let dot = if host.ends_with('.') { "." } else { "" };
    let name = match Host::parse(host) {
        Ok(name) => format!("{name}{dot}"),
        Err(_) if !host.is_empty() && host.is_ascii() => host.to_ascii_lowercase(),
        Err(bad) => return Err(bad.message),
    };
    Ok((name.clone(), name))
}
