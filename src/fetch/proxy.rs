//! The way to an address: straight, or through the proxy that the environment names, as other programs read it.
//!
//! `https_proxy` is for https, `http_proxy` for http, `all_proxy` for what has none of its own; each in lower or upper case,
//! lower case first. `no_proxy` names hosts (with all below them), addresses and networks, which are asked straight.

use std::env;
use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use ureq::{Proxy, ProxyProtocol};

use super::Address;
use super::trouble::Trouble;

/// How an address is reached.
#[derive(Debug, Clone)]
pub enum Way {
    /// Straight; when a proxy is set, the variable that excepts the address from it.
    Straight(Option<&'static str>),
    /// Through a proxy: it, how it is shown, and the variable that names it.
    Through(Box<Proxy>, String, &'static str),
}

impl Way {
    /// The way to an address.
    ///
    /// # Errors
    /// A variable that names no proxy.
    pub fn to(address: &Address) -> Result<Self, Trouble> {
        let own = if address.is_https() { ["https_proxy", "HTTPS_PROXY"] } else { ["http_proxy", "HTTP_PROXY"] };
        let Some((variable, value)) = first(&[own[0], own[1], "all_proxy", "ALL_PROXY"]) else {
            return Ok(Self::Straight(None));
        };
        if let Some((variable, list)) = first(&["no_proxy", "NO_PROXY"])
            && excepts(&list, address.host(), address.port())
        {
            return Ok(Self::Straight(Some(variable)));
        }
        // Its value is not shown: it may hold a password.
        let proxy = Proxy::new(&value).map_err(|_| {
            let trouble = Trouble::new(format!("the variable {variable} is not the address of a proxy"));
            trouble.help("expected http://HOST:PORT")
        })?;
        if !matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) {
            let trouble =
                Trouble::new(format!("the variable {variable} names a SOCKS proxy: only those of HTTP are used"));
            return Err(trouble.help("expected http://HOST:PORT"));
        }
        let shown = format!("{}:{}", proxy.host(), proxy.port());
        Ok(Self::Through(Box::new(proxy), shown, variable))
    }

    /// For the client.
    pub fn proxy(&self) -> Option<Proxy> {
        match self {
            Self::Straight(_) => None,
            Self::Through(proxy, ..) => Some(proxy.as_ref().clone()),
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Straight(None) => f.write_str("without a proxy"),
            Self::Straight(Some(variable)) => write!(f, "without a proxy ({variable})"),
            Self::Through(_, shown, variable) => write!(f, "through the proxy {shown} ({variable})"),
        }
    }
}

/// The first variable that is set to something.
fn first(names: &[&'static str]) -> Option<(&'static str, String)> {
    let set = |name: &&'static str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    names.iter().find_map(|name| set(name).map(|value| (*name, value.trim().to_owned())))
}

/// Whether a list of `no_proxy` excepts a host.
#[must_use]
pub fn excepts(list: &str, host: &str, port: u16) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let address = host.parse::<IpAddr>().ok();
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let entry = entry.to_ascii_lowercase();
        if let (Some(address), Ok(net)) = (address, entry.parse::<IpNet>()) {
            return net.contains(&address);
        }
        if let (Some(address), Ok(entry)) = (address, entry.trim_matches(['[', ']']).parse::<IpAddr>()) {
            return entry == address;
        }
        let (name, only) = match entry.rsplit_once(':') {
            Some((name, digits)) if !name.contains(':') || name.ends_with(']') => (name, digits.parse::<u16>().ok()),
            _ => (entry.as_str(), None),
        };
        if only.is_some_and(|only| only != port) {
            return false;
        }
        let name = name.trim_matches(['[', ']']).trim_start_matches('*').trim_start_matches('.').trim_end_matches('.');
        let is_all = entry == "*";
        // An address has nothing below it.
        let is_below = address.is_none() && host.strip_suffix(name).is_some_and(|above| above.ends_with('.'));
        is_all || !name.is_empty() && (host == name || is_below)
    })
}

#[cfg(test)]
mod tests {
    use super::excepts;

    #[test]
    fn lists_of_exceptions() {
        for (list, host, wanted) in [
            ("", "a.example", false),
            ("*", "a.example", true),
            ("a.example", "a.example", true),
            ("a.example", "x.a.example", true),
            ("a.example", "xa.example", false),
            (".a.example", "x.a.example", true),
            (".a.example", "a.example", true),
            ("*.a.example", "x.a.example", true),
            ("b.example, A.Example", "a.example", true),
            ("a.example:443", "a.example", true),
            ("a.example:8443", "a.example", false),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("0.0.1", "127.0.0.1", false),
            ("::1", "::1", true),
            ("[::1]", "::1", true),
            ("localhost,,", "a.example", false),
        ] {
            assert_eq!(excepts(list, host, 443), wanted, "`{list}` and {host}");
        }
    }
}
