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
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Bad> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        let authority = match scheme {
            Some(_) => rest.split(['/', '?', '#']).next().unwrap_or_default(),
            None => rest.trim_end_matches('/'),
        };
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let many_colons = authority.matches(':').count() > 1 && !authority.starts_with('[');
        let (host, digits) = match authority.rfind(':') {
            Some(at) if !many_colons && !authority.ends_with(']') => {
                (authority.get(..at).unwrap_or_default(), authority.get(at + 1..))
            }
            _ => (authority, None),
        };
        let port = match digits.filter(|d| !d.is_empty()) {
            Some(digits) => Some(
                digits
                    .parse::<u16>()
                    .map_err(|_| Bad::whole(Code::BadPort, format!("`{}` is not a port number", clip(digits))))?,
            ),
            None => match scheme {
                Some(scheme) => port_of(&scheme),
                None => Some(443),
            },
        };
        Ok(Self { host: Host::parse(host).map_err(|bad| Bad { at: 0..0, ..bad })?, port })
    }
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
