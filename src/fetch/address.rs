//! Addresses that can be asked: `https://host/path`.

use std::fmt;

use ureq::http::Uri;

/// An http or https address with a host, without user name and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Uri);

/// Whether a text is meant as an address and not as a file. One letter is a drive of Windows, not a scheme.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    })
}

/// An address without the user name and password that may stand in it, for messages.
#[must_use]
pub fn without_secrets(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://…@{host}{path}"),
        None => text.to_owned(),
    }
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.is_ascii() {
            return Err("an address has only ASCII characters: write the others as `%` and two digits".to_owned());
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        if !matches!(scheme.as_deref(), Some("http" | "https")) {
            return Err("only https:// and http:// are asked".to_owned());
        }
        let uri: Uri = text.parse().map_err(|error| format!("this is no address: {error}"))?;
        let Some(authority) = uri.authority() else { return Err("the address names no host".to_owned()) };
        if authority.as_str().contains('@') {
            return Err("user names and passwords do not belong into an address: messages and logs show it".to_owned());
        }
        // `http://[]/` too.
        if authority.host().trim_matches(['[', ']']).is_empty() {
            return Err("the address names no host".to_owned());
        }
        Ok(Self(uri))
    }

    /// Whether it is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// The host, as it stands in the address, an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
    }

    /// The port, also when the address does not name one.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// Whether what is sent to it stays on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let address = host.parse::<std::net::IpAddr>();
        host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
    }

    /// Whether the query has a key, in any case.
    #[must_use]
    pub fn asks(&self, key: &str) -> bool {
        let keys = self.0.query().unwrap_or_default().split('&').map(|part| part.split('=').next().unwrap_or_default());
        keys.into_iter().any(|known| known.eq_ignore_ascii_case(key))
    }

    /// The address with one more key in its query. Neither is escaped.
    #[must_use]
    pub fn with(&self, key: &str, value: &str) -> Self {
        let joint = if self.0.query().is_some() { '&' } else { '?' };
        Self::parse(&format!("{self}{joint}{key}={value}")).unwrap_or_else(|_| self.clone())
    }

    /// The address that a redirect of this one means.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn join(&self, location: &str) -> Result<Self, String> {
        let (scheme, authority) = (self.0.scheme_str().unwrap_or_default(), self.0.authority());
        let origin = format!("{scheme}://{}", authority.map_or("", |a| a.as_str()));
        let whole = if is_address(location) {
            location.to_owned()
        } else if location.starts_with("//") {
            format!("{scheme}:{location}")
        } else if location.starts_with('/') {
            format!("{origin}{location}")
        } else if location.starts_with('?') {
            format!("{origin}{}{location}", self.0.path())
        } else {
            let folder = self.0.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{origin}{folder}/{location}")
        };
        Self::parse(&whole)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Address, is_address, without_secrets};

    #[test]
    fn files_are_no_addresses() {
        for (text, wanted) in [
            ("https://a.example/x", true),
            ("ftp://a.example/x", true),
            ("x.json", false),
            (r"C:\lists\x.json", false),
            ("c://x", false),
            ("lists/https://x", false),
        ] {
            assert_eq!(is_address(text), wanted, "{text}");
        }
    }

    #[test]
    fn redirects_lead_where_they_say() {
        let at = Address::parse("https://a.example:8443/lists/now.json?x=1").unwrap();
        for (location, wanted) in [
            ("https://b.example/y", "https://b.example/y"),
            ("//b.example/y", "https://b.example/y"),
            ("/y?z=2", "https://a.example:8443/y?z=2"),
            ("y.json", "https://a.example:8443/lists/y.json"),
            ("?x=2", "https://a.example:8443/lists/now.json?x=2"),
        ] {
            assert_eq!(at.join(location).unwrap().to_string(), wanted, "{location}");
        }
        assert!(at.join("ftp://a.example/y").is_err());
    }

    #[test]
    fn what_is_secret_is_not_shown() {
        assert_eq!(without_secrets("https://me:pass@a.example/x@y"), "https://…@a.example/x@y");
        assert_eq!(without_secrets("https://a.example/x@y"), "https://a.example/x@y");
        assert!(Address::parse("https://me:pass@a.example/x").is_err());
    }

    #[test]
    fn keys_are_found_in_any_case() {
        let at = Address::parse("https://endpoints.office.com/endpoints/worldwide?ClientRequestId=1").unwrap();
        assert!(at.asks("clientrequestid") && !at.asks("serviceareas"));
        assert!(at.with("x", "2").to_string().ends_with("?ClientRequestId=1&x=2"));
    }
}
