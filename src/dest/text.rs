//! Reading a destination as people write it.

use std::fmt;

use super::host::{self, HostName};
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
        // Most have no colon at all.
        if let Some(at) = text.find(':').and_then(|_| text.find("://")) {
            return Err(scheme(text, at + 3));
        }
        if text.starts_with('[') {
            return Err(Bad::whole(Code::BadAddress, "an IPv6 address stands without brackets here")
                .help("write it as in `2001:db8::1`; ports belong into `ports: [...]`"));
        }
        let (host, path) = text.split_at(text.find('/').unwrap_or(text.len()));
        if host.is_empty() {
            return Err(no_host(text));
        }
        // Before anything is said of the form of a text of which a part cannot be seen.
        host::unseen(host)?;
        if ip::meant_as_net(text) {
            return ip::parse_net(text).map(|net| Pattern::Net(net).into());
        }
        let path = url_path(path, host.len())?;
        Ok(Self { pattern: Pattern::Name(name(host)?), path })
    }
}

/// A URL where a destination belongs: says what to write when that is plain.
fn scheme(text: &str, end: usize) -> Bad {
    let bad = Bad::whole(Code::BadHost, "a scheme is not part of a destination").at(0..end);
    let rest = text.get(end..).unwrap_or_default();
    let rest = rest.strip_suffix("/*").or_else(|| rest.strip_suffix('/')).unwrap_or(rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    // A second scheme would make this call itself.
    let good = |text: &&str| !text.contains("://") && Dest::parse(text).is_ok();
    match [rest, host].into_iter().find(good) {
        Some(meant) => bad.help(format!("write `{}`", clip(meant))),
        None => bad.help("write the host alone, as in `www.example.com`"),
    }
}

/// A text without a host in it.
fn no_host(text: &str) -> Bad {
    let meant = text.trim_start_matches('/');
    if text.is_empty() {
        return Bad::whole(Code::BadPattern, "the destination is empty");
    }
    let bad = Bad::whole(Code::BadPattern, "a destination begins with its host, not with `/`");
    if text.starts_with("//") && meant.starts_with(' ') {
        return bad.help("a comment begins with `#`");
    }
    if meant.is_empty() { bad } else { bad.help(format!("write `{}`", clip(meant))) }
}

/// Whether a path of a destination takes another: it is the same, or ends in a star and the other begins with what stands before.
#[must_use]
pub fn path_covers(wide: &str, path: &str) -> bool {
    wide == path || wide.strip_suffix('*').is_some_and(|begin| path.starts_with(begin))
}

/// The path of a URL; none for the mere slash that people copy along.
fn url_path(path: &str, offset: usize) -> Result<Option<Box<str>>, Bad> {
    let wrong =
        path.char_indices().find(|(_, c)| !c.is_ascii_graphic() || matches!(c, '"' | '\'' | '<' | '>' | '\\' | '`'));
    let Some((at, c)) = wrong else {
        return Ok((!path.is_empty() && path != "/" && path != "/*").then(|| path.into()));
    };
    let mut bytes = [0; 4];
    let encoded: String = c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")).collect();
    let end = at + c.len_utf8();
    let help = if c.is_whitespace() && end == path.len() {
        "delete it".to_owned()
    } else {
        format!("write it percent-encoded, as `{encoded}`")
    };
    Err(Bad::whole(Code::BadPattern, format!("{} may not stand in a path", host::character(c)))
        .at(offset + at..offset + end)
        .help(help))
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
        return Ok(NamePattern::new(host.into_text(), depth));
    }
    if labels.trim_end_matches('.').split('.').all(|label| !label.is_empty() && label.bytes().all(|b| b == b'*')) {
        return Err(Bad::whole(Code::BadPattern, format!("`{}` names no domain", clip(text)))
            .help("where everything else goes is said by `default:`"));
    }
    not_digits_only(labels, depth, text)?;
    // A `*` passes through the IDN mapping and would come out inside an A-label, where it matches nothing.
    if let Some(label) = labels.split('.').find(|label| label.contains('*') && !label.is_ascii()) {
        return Err(Bad::whole(
            Code::BadPattern,
            format!("`{}`: `*` beside a non-ASCII letter in one label", clip(label)),
        )
        .help("write the label in its `xn--` form, or give `*` a label of its own"));
    }
    // The host parser checks the rest; a letter stands in for each star (the length limits stay right).
    let host = HostName::read(&labels.replace('*', "a"), labels).map_err(shift)?;
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
    // The mapping turns full-width digits into ASCII.
    let labels = parts.join(".");
    not_digits_only(&labels, depth, text)?;
    Ok(NamePattern::new(collapse(&labels).into(), depth))
}

/// `10.*` looks like addresses and would match none.
fn not_digits_only(labels: &str, depth: Depth, text: &str) -> Result<(), Bad> {
    let number = |label: &str| label.bytes().all(|b| b.is_ascii_digit() || b == b'*');
    if depth != Depth::Exact || !labels.trim_end_matches('.').split('.').all(number) {
        return Ok(());
    }
    let message = format!("`{}` looks like addresses; a star stands for parts of names", clip(text));
    Err(Bad::whole(Code::BadPattern, message).help("write a network, as in `10.0.0.0/24`"))
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
        self.pattern.fmt(f)?;
        f.write_str(self.path.as_deref().unwrap_or_default())
    }
}
