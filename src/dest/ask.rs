//! What a client asks a proxy or a PAC for: a host and, when known, a port.

use std::fmt;

use super::host::Host;
use crate::diag::Code;
use crate::diag::{Bad, clip};

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ask {
    /// The host.
    pub host: Host,
    /// The port; `None` for a scheme whose port is not known.
    pub port: Option<u16>,
}

/// The port of a scheme; the same table stands in the PAC template.
#[must_use]
pub fn port_of(scheme: &str) -> Option<u16> {
    match scheme {
        "https" | "wss" => Some(443),
        "http" | "ws" => Some(80),
        "ftp" => Some(21),
        _ => None,
    }
}

impl Ask {
    /// Reads a URL, `host:port` or a host; without a scheme the port is 443.
    ///
    /// # Errors
    /// What is wrong with it, and what to ask instead.
    pub fn parse(text: &str) -> Result<Self, Bad> {
        let url = text.split_once("://");
        let authority = match url {
            // Only a URL has a user name.
            Some((_, rest)) => {
                rest.split(['/', '?', '#']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default()
            }
            None => bare(text)?,
        };
        let (host, digits) = split_port(authority);
        if host.contains('*') {
            return Err(Bad::whole(Code::BadHost, "a pattern, not a host")
                .help(format!("ask for a host that it matches, as in `{}`", clip(&host.replace('*', "www")))));
        }
        let port = match (digits, url) {
            (Some(""), None) => {
                return Err(Bad::whole(Code::BadPort, "no port behind the `:`")
                    .help(format!("ask for `{0}` or `{0}:443`", clip(host))));
            }
            (Some("") | None, Some((scheme, _))) => port_of(&scheme.to_ascii_lowercase()),
            (Some(digits), _) => Some(port(digits)?),
            (None, None) => Some(443),
        };
        Ok(Self { host: Host::parse(host).map_err(|bad| Bad { at: 0..0, ..bad })?, port })
    }
}

/// A question without a scheme: a host, and perhaps a port.
fn bare(text: &str) -> Result<&str, Bad> {
    let text = text.trim_end_matches('/');
    if text.contains('@') {
        return Err(Bad::whole(Code::BadHost, "a user name is not part of a host")
            .help("ask for a host, `host:port`, or a whole URL with its `https://`"));
    }
    if text.contains(['/', '?', '#']) {
        return Err(Bad::whole(Code::BadHost, "a host has no path")
            .help(format!("ask for the whole URL: `https://{}`", clip(text.trim_start_matches('/')))));
    }
    Ok(text)
}

/// The host and the digits behind its last colon, when that begins a port.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    // An IPv6 address without brackets is all colons and no port.
    let all_host = authority.matches(':').count() > 1 && !authority.starts_with('[');
    match authority.rsplit_once(':') {
        Some((host, digits)) if !all_host && (!host.starts_with('[') || host.ends_with(']')) => (host, Some(digits)),
        _ => (authority, None),
    }
}

fn port(digits: &str) -> Result<u16, Bad> {
    // The standard library reads `+80` too.
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|port| plain && *port != 0).ok_or_else(|| {
        Bad::whole(Code::BadPort, format!("`{}` is not a port number between 1 and 65535", clip(digits)))
    })
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port.map_or_else(|| "?".to_owned(), |p| p.to_string());
        match &self.host {
            Host::Ip(ip) if ip.is_ipv6() => write!(f, "[{ip}]:{port}"),
            host => write!(f, "{host}:{port}"),
        }
    }
}
