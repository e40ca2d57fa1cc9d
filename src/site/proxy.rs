//! The address of a proxy: `http://host:port`, `https://…`, `socks5://…`.

use std::fmt;
use std::net::Ipv6Addr;

use crate::dest::Host;
use crate::diag::{Bad, Code, clip, unknown_word};
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
        let Some((word, rest)) = text.split_once("://") else {
            return Err(no_scheme(text));
        };
        let scheme = scheme(word)?;
        let offset = word.len() + 3;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let is_macro = rest.starts_with("${");
        if !is_macro {
            strangers(word, rest).map_err(|bad| Bad { at: bad.at.start + offset..bad.at.end + offset, ..bad })?;
        }
        let Some((host, port)) = rest.rsplit_once(':').filter(|(_, port)| !port.contains(']')) else {
            return Err(Bad::whole(Code::BadProxy, format!("`{}` has no port", clip(text))).help(EXAMPLE));
        };
        if host.contains(':') && !host.starts_with('[') {
            return Err(no_brackets(word, host, port).at(offset..text.len()));
        }
        let port = number(port).map_err(|bad| bad.at(offset + host.len() + 1..text.len()))?;
        let host = if is_macro {
            macro_host(host)?
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

const EXAMPLE: &str = "write it as `http://proxy.example:8080`";

fn scheme(word: &str) -> Result<Scheme, Bad> {
    match word {
        "http" => Ok(Scheme::Http),
        "https" => Ok(Scheme::Https),
        "socks5" => Ok(Scheme::Socks5),
        other => {
            let known = ["http", "https", "socks5"];
            let bad = unknown_word(Code::BadProxy, other, &known).at(0..other.len());
            let lower = other.to_ascii_lowercase();
            // `HTTPS` is as near to `http` as to `https`.
            Err(if known.contains(&lower.as_str()) { bad.help(format!("did you mean `{lower}`?")) } else { bad })
        }
    }
}

/// A text without `://`: a host and a port, or the words of a PAC file.
fn no_scheme(text: &str) -> Bad {
    if text.is_empty() {
        return Bad::whole(Code::BadProxy, "the address of the proxy is empty").help(EXAMPLE);
    }
    let bad = Bad::whole(Code::BadProxy, format!("`{}` has no scheme", clip(text)));
    if text.eq_ignore_ascii_case("direct") {
        return bad.help("what needs no proxy has the route `direct`");
    }
    let (word, host) = text.split_once(' ').unwrap_or(("PROXY", text));
    let scheme = match word {
        "PROXY" | "HTTP" => "http",
        "HTTPS" => "https",
        "SOCKS" | "SOCKS5" => "socks5",
        _ => return bad.help(EXAMPLE),
    };
    // Once more only: with a scheme, no reading comes back here.
    let meant = format!("{scheme}://{host}");
    if Proxy::parse(&meant).is_ok() { bad.help(format!("write `{}`", clip(&meant))) } else { bad.help(EXAMPLE) }
}

/// Finds what a URL may hold and the address of a proxy may not; `rest` is what follows the scheme.
fn strangers(word: &str, rest: &str) -> Result<(), Bad> {
    let suggest = |bad: Bad, rest: &str| {
        let meant = format!("{word}://{rest}");
        // What is suggested holds none of these, so this calls itself once.
        if Proxy::parse(&meant).is_ok() { bad.help(format!("write `{}`", clip(&meant))) } else { bad.help(EXAMPLE) }
    };
    if let Some((at, c)) = rest.char_indices().find(|(_, c)| matches!(c, ' ' | '\t' | ';' | ',')) {
        let what = if c == ' ' || c == '\t' { "a blank".to_owned() } else { format!("`{c}`") };
        return Err(Bad::whole(Code::BadProxy, format!("{what} may not stand in the address of a proxy"))
            .at(at..at + 1)
            .help("each proxy is an item of its own"));
    }
    let path = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, _) = rest.split_at(path);
    if let Some(at) = authority.rfind('@') {
        let bad = Bad::whole(Code::BadProxy, "the address of a proxy holds no user name or password").at(0..at + 1);
        return Err(suggest(bad, authority.get(at + 1..).unwrap_or_default()));
    }
    if path < rest.len() {
        let bad = Bad::whole(Code::BadProxy, "the address of a proxy has no path").at(path..rest.len());
        return Err(suggest(bad, authority));
    }
    Ok(())
}

/// `2001:db8::1:8080` may end with a port or not.
fn no_brackets(word: &str, host: &str, port: &str) -> Bad {
    let bad =
        Bad::whole(Code::BadProxy, "an IPv6 address without brackets: where it ends and its port begins is unclear");
    match host.parse::<Ipv6Addr>() {
        Ok(_) => bad.help(format!("write `{word}://[{host}]:{}`", clip(port))),
        Err(_) => bad.help("write it as `http://[2001:db8::1]:8080`"),
    }
}

fn number(port: &str) -> Result<u16, Bad> {
    let plain = port.bytes().all(|b| b.is_ascii_digit()) && !port.starts_with('0');
    port.parse().ok().filter(|_| plain).ok_or_else(|| {
        if port.is_empty() {
            return Bad::whole(Code::BadPort, "a port number is missing behind the `:`").help(EXAMPLE);
        }
        Bad::whole(Code::BadPort, format!("`{}` is not a port number between 1 and 65535", clip(port)))
    })
}

/// The longest name of a macro: those that are known have a dozen letters, and no host has a longer label.
const MOST_MACRO: usize = 63;

/// A host such as `${GATEWAY}`, whole.
fn macro_host(host: &str) -> Result<String, Bad> {
    let name = host.strip_prefix("${").and_then(|h| h.strip_suffix('}')).unwrap_or_default();
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if name.len() > MOST_MACRO || !name.split('.').all(plain) {
        return Err(Bad::whole(Code::BadProxy, format!("`{}` is not a macro such as `${{GATEWAY}}`", clip(host))));
    }
    Ok(host.to_owned())
}
