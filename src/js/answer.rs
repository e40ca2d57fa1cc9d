//! What `FindProxyForURL` answers: `PROXY a:8080; DIRECT`.

use super::error::escape;

/// How a hop is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// Without a proxy.
    Direct,
    /// An HTTP proxy: `PROXY`, `HTTP`.
    Http,
    /// A proxy spoken to over TLS: `HTTPS`.
    Https,
    /// SOCKS 4: `SOCKS`, `SOCKS4`.
    Socks4,
    /// SOCKS 5: `SOCKS5`.
    Socks5,
}

/// One place a request may go to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Hop {
    /// How.
    pub how: How,
    /// The proxy as written, IPv6 in brackets; none for `DIRECT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

/// An answer that clients understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The hops in order, at least one.
    pub hops: Vec<Hop>,
    /// What not every client takes as meant.
    pub notes: Vec<String>,
}

impl std::fmt::Display for Hop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = match self.how {
            How::Direct => return f.write_str("DIRECT"),
            How::Http => "PROXY",
            How::Https => "HTTPS",
            How::Socks4 => "SOCKS",
            How::Socks5 => "SOCKS5",
        };
        write!(f, "{word} {}:{}", self.host.as_deref().unwrap_or_default(), self.port.unwrap_or_default())
    }
}

/// In one spelling, which every client reads as it was meant.
impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hops: Vec<String> = self.hops.iter().map(ToString::to_string).collect();
        f.write_str(&hops.join("; "))
    }
}

const KINDS: &[(&str, How, u16)] = &[
    ("DIRECT", How::Direct, 0),
    ("PROXY", How::Http, 80),
    ("HTTP", How::Http, 80),
    ("HTTPS", How::Https, 443),
    ("SOCKS", How::Socks4, 1080),
    ("SOCKS4", How::Socks4, 1080),
    ("SOCKS5", How::Socks5, 1080),
];

/// Reads an answer.
///
/// # Errors
/// Everything that is wrong with it. Browsers skip such an entry without a word.
pub fn parse(text: &str) -> Result<Answer, Vec<String>> {
    let mut answer = Answer { hops: Vec::new(), notes: Vec::new() };
    let mut wrong = Vec::new();
    for entry in text.split(';') {
        let entry = entry.trim_matches(|c: char| c.is_ascii_whitespace());
        if entry.is_empty() {
            continue;
        }
        match hop(entry, &mut answer.notes) {
            Ok(hop) => answer.hops.push(hop),
            // A megabyte of nonsense is as wrong as ten entries of it.
            Err(why) if wrong.len() < 10 => wrong.push(why),
            Err(_) => {}
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    if answer.hops.is_empty() {
        answer.hops.push(Hop { how: How::Direct, host: None, port: None });
        answer.notes.push("the answer is empty: browsers go direct".to_owned());
    }
    answer.notes.dedup();
    Ok(answer)
}

fn hop(entry: &str, notes: &mut Vec<String>) -> Result<Hop, String> {
    let (word, rest) = entry.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((entry, ""));
    let rest = rest.trim_matches(|c: char| c.is_ascii_whitespace());
    let Some((name, how, default)) = KINDS.iter().find(|(name, ..)| name.eq_ignore_ascii_case(word)) else {
        let names: Vec<&str> = KINDS.iter().map(|(name, ..)| *name).collect();
        let hint = if word.contains(':') { format!("; write `PROXY {}`", escape(word)) } else { String::new() };
        return Err(format!("\"{}\" is none of {}{hint}", escape(word), names.join(", ")));
    };
    if *how == How::Direct {
        return if rest.is_empty() {
            Ok(Hop { how: *how, host: None, port: None })
        } else {
            Err(format!("nothing can follow DIRECT but a semicolon: \"{}\"", escape(rest)))
        };
    }
    if rest.is_empty() {
        return Err(format!("{name} without a proxy"));
    }
    if rest.contains(|c: char| c == ',' || c.is_ascii_whitespace()) {
        return Err(format!("\"{}\" is more than host:port; a semicolon divides entries", escape(rest)));
    }
    let (host, port) = split(rest)?;
    if host.starts_with("${") {
        notes.push(format!("{} is a macro that the provider fills in when the file is fetched", escape(host)));
    }
    let port = match port {
        Some(digits) => port_number(digits)?,
        None => {
            notes.push(format!("\"{}\" has no port: browsers take {default}", escape(entry)));
            *default
        }
    };
    Ok(Hop { how: *how, host: Some(host.to_owned()), port: Some(port) })
}

fn port_number(digits: &str) -> Result<u16, String> {
    let number = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u16>().ok()).flatten();
    number.filter(|n| *n > 0).ok_or_else(|| format!("\"{}\" is not a port", escape(digits)))
}

/// Host and port of a proxy.
fn split(text: &str) -> Result<(&str, Option<&str>), String> {
    let bad = || format!("\"{}\" is not host:port", escape(text));
    if text.starts_with('[') {
        let end = text.find(']').ok_or_else(bad)?;
        let (host, rest) = text.split_at(end + 1);
        let inside = host.get(1..end).unwrap_or_default();
        inside.parse::<std::net::Ipv6Addr>().map_err(|_| bad())?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(bad()),
        };
    }
    if text.contains("://") {
        return Err(format!("\"{}\" is a URL; an answer holds host:port", escape(text)));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let name = host.strip_prefix("${").and_then(|h| h.strip_suffix('}')).unwrap_or(host);
    let sound = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if name.len() <= 254 && name.strip_suffix('.').unwrap_or(name).split('.').all(sound) {
        Ok((host, port))
    } else {
        Err(bad())
    }
}
