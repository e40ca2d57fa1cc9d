//! The address of a proxy: `http://host:port`, `https://…`, `socks5://…`.

use std::fmt;

use crate::dest::Host;
use crate::diag::Code;
use crate::diag::{Bad, clip};
use crate::read::record::Scalar;

/// How a client talks to a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Plain HTTP: `PROXY` in a PAC.
    Http,
    /// HTTP inside TLS: `HTTPS` in a PAC.
    Https,
    /// SOCKS 5: `SOCKS5` in a PAC.
    Socks5,
}

/// A proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// How to talk to it.
    pub scheme: Scheme,
    /// Its host, brackets included for IPv6; or a macro such as `${GATEWAY}` that a hosting product fills in.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl Proxy {
    /// Whether its host is a macro that only a hosted PAC can say.
    #[must_use]
    pub fn is_macro(&self) -> bool {
        self.host.starts_with('$')
    }

    /// As a PAC file says it: `PROXY host:port`.
    #[must_use]
    pub fn pac(&self) -> String {
        let word = match self.scheme {
            Scheme::Http => "PROXY",
            Scheme::Https => "HTTPS",
            Scheme::Socks5 => "SOCKS5",
        };
        format!("{word} {}:{}", self.host, self.port)
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
            Scheme::Socks5 => "socks5",
        };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

impl Scalar for Proxy {
    fn parse(text: &str) -> Result<Self, Bad> {
        let example = "write it as `http://proxy.example:8080`";
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(Bad::whole(Code::BadProxy, format!("`{}` has no scheme", clip(text))).help(example));
        };
        let offset = scheme.len() + 3;
        let scheme = match scheme {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            "socks5" => Scheme::Socks5,
            other => {
                let message = format!("`{}` is none of `http`, `https`, `socks5`", clip(other));
                return Err(Bad::whole(Code::BadProxy, message).at(0..other.len()));
            }
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let Some((host, port)) = rest.rsplit_once(':').filter(|(_, port)| !port.contains(']')) else {
            return Err(Bad::whole(Code::BadProxy, format!("`{}` has no port", clip(text))).help(example));
        };
        let digits = port.bytes().all(|b| b.is_ascii_digit()) && !port.starts_with('0');
        let port: u16 = port.parse().ok().filter(|_| digits).ok_or_else(|| {
            Bad::whole(Code::BadPort, format!("`{}` is not a port number between 1 and 65535", clip(port)))
                .at(offset + host.len() + 1..text.len())
        })?;
        let host = if host.starts_with("${") {
            let name = host.strip_prefix("${").and_then(|h| h.strip_suffix('}')).unwrap_or_default();
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
            if name.is_empty() || !name.chars().all(plain) {
                return Err(Bad::whole(
                    Code::BadProxy,
                    format!("`{}` is not a macro such as `${{GATEWAY}}`", clip(host)),
                ));
            }
            host.to_owned()
        } else {
            let shift = |bad: Bad| Bad { code: Code::BadProxy, at: bad.at.start + offset..bad.at.end + offset, ..bad };
            match Host::parse(host).map_err(shift)? {
                Host::Ip(ip) if ip.is_ipv6() => format!("[{ip}]"),
                host => host.to_string(),
            }
        };
        Ok(Self { scheme, host, port })
    }
}
