//! Reading a destination as people write it.

use std::fmt;

use super::host::HostName;
use super::ip;
use super::pattern::{Depth, NamePattern, Pattern};
use crate::diag::Code;
use crate::diag::{Bad, clip};
use crate::read::record::Scalar;

/// A destination: what it matches and, of a URL, the path that some outputs can say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dest {
    /// What it matches.
    pub pattern: Pattern,
    /// The path of a URL, from its `/` on.
    pub path: Option<Box<str>>,
}

impl Scalar for Dest {
    fn parse(text: &str) -> Result<Self, Bad> {
        if text == "plain" {
            return Ok(Pattern::Plain.into());
        }
        if text == "*" {
            return Err(Bad::whole(Code::BadPattern, "a bare `*` matches everything")
                .help("where everything else goes is said by `default:`"));
        }
        if ip::meant_as_net(text) {
            return ip::parse_net(text).map(|net| Pattern::Net(net).into());
        }
        if text.starts_with('[') {
            return Err(Bad::whole(Code::BadAddress, "an IPv6 address stands without brackets here"));
        }
        // A scheme is reported by the host parser, before its slashes are taken for a path.
        let path_at = if text.contains("://") { None } else { text.find('/') };
        match path_at {
            None => name(text).map(|pattern| Pattern::Name(pattern).into()),
            Some(at) => {
                let (host, path) = text.split_at(at);
                let path = url_path(path, at)?;
                let pattern = if ip::meant_as_net(host) {
                    Pattern::Net(ip::parse_net(host)?)
                } else {
                    Pattern::Name(name(host)?)
                };
                Ok(Self { pattern, path })
            }
        }
    }
}

/// The path of a URL; none for the mere slash that people copy along.
fn url_path(path: &str, offset: usize) -> Result<Option<Box<str>>, Bad> {
    let wrong =
        path.char_indices().find(|(_, c)| !c.is_ascii_graphic() || matches!(c, '"' | '\'' | '<' | '>' | '\\' | '`'));
    match wrong {
        Some((at, c)) => Err(Bad::whole(Code::BadPattern, format!("`{}` may not stand in a path", c.escape_unicode()))
            .at(offset + at..offset + at + c.len_utf8())
            .help("write it percent-encoded")),
        None => Ok((path != "/" && path != "/*").then(|| path.into())),
    }
}

/// Reads a name pattern.
fn name(text: &str) -> Result<NamePattern, Bad> {
    let (depth, labels, offset) = match (text.strip_prefix("*."), text.strip_prefix('.')) {
        (Some(rest), _) => (Depth::Below, rest, 2),
        (_, Some(rest)) => (Depth::Within, rest, 1),
        _ => (Depth::Exact, text, 0),
    };
    let shift = |bad: Bad| {
        if bad.at.is_empty() { bad } else { Bad { at: bad.at.start + offset..bad.at.end + offset, ..bad } }
    };
    if labels.is_empty() {
        return Err(Bad::whole(Code::BadPattern, format!("`{}` names no domain", clip(text))));
    }
    if depth == Depth::Exact && labels.split('.').next().is_some_and(|l| !l.is_empty() && l.bytes().all(|b| b == b'*'))
    {
        return Err(Bad::whole(Code::BadPattern, format!("`{}` begins with a double star", clip(text)))
            .help("`*.d` is everything below d; `*` beside letters stands for a part of one label"));
    }
    if !labels.contains('*') {
        let host = HostName::parse(labels).map_err(shift)?;
        if depth == Depth::Exact && host.as_str() == "plain" {
            return Err(Bad::whole(
                Code::BadPattern,
                "`plain` stands for all names without a dot; this spelling is none of them",
            )
            .help("write `plain` in lower case and without a dot"));
        }
        return Ok(NamePattern::new(host.as_str().into(), depth));
    }
    if labels.trim_end_matches('.').split('.').all(|label| !label.is_empty() && label.bytes().all(|b| b == b'*')) {
        return Err(Bad::whole(Code::BadPattern, format!("`{}` names no domain", clip(text)))
            .help("where everything else goes is said by `default:`"));
    }
    let number = |label: &str| label.bytes().all(|b| b.is_ascii_digit() || b == b'*');
    if depth == Depth::Exact && labels.trim_end_matches('.').split('.').all(number) {
        return Err(Bad::whole(
            Code::BadPattern,
            format!("`{}` looks like addresses; a star stands for parts of names", clip(text)),
        )
        .help("write a network, as in `10.0.0.0/24`"));
    }
    // A `*` passes through the IDN mapping and would come out inside an A-label, where it matches nothing.
    if let Some(label) = labels.split('.').find(|label| label.contains('*') && !label.is_ascii()) {
        return Err(Bad::whole(
            Code::BadPattern,
            format!("`{}`: `*` beside a non-ASCII letter in one label", clip(label)),
        )
        .help("write the label in its `xn--` form, or give `*` a label of its own"));
    }
    // The host parser checks the rest; a letter stands in for each star (the length limits stay right).
    let host = HostName::parse(&labels.replace('*', "a")).map_err(shift)?;
    let normal = host.as_str();
    if labels.is_ascii() && normal.len() == labels.trim_end_matches('.').len() {
        let starred: String =
            normal.chars().zip(labels.chars()).map(|(n, written)| if written == '*' { '*' } else { n }).collect();
        return Ok(NamePattern::new(collapse(&starred).into(), depth));
    }
    // Some label is internationalised: normalise label by label.
    let mut parts: Vec<String> = Vec::new();
    for label in labels.trim_end_matches('.').split('.') {
        if label.contains('*') {
            parts.push(label.to_ascii_lowercase());
        } else {
            // Only the shape of a whole name makes digits suspicious, and the whole name was checked above.
            let whole = HostName::parse(&format!("{label}.a")).map_err(shift)?;
            parts.push(whole.as_str().strip_suffix(".a").unwrap_or_default().to_owned());
        }
    }
    Ok(NamePattern::new(collapse(&parts.join(".")).into(), depth))
}

/// `**` means the same as `*`.
fn collapse(labels: &str) -> String {
    let mut out = String::with_capacity(labels.len());
    for c in labels.chars() {
        if c != '*' || !out.ends_with('*') {
            out.push(c);
        }
    }
    out
}

impl From<Pattern> for Dest {
    fn from(pattern: Pattern) -> Self {
        Self { pattern, path: None }
    }
}

impl fmt::Display for Dest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.pattern, self.path.as_deref().unwrap_or_default())
    }
}
