//! Witnesses: concrete hosts and ports at which two deciders that differ would show it. Made from the texts of the
//! entries by the oracle's own reading; nothing of `src/` is used.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::oracle::{self, Fact, Oracle};

/// A host to ask for.
#[derive(Debug, Clone)]
pub struct Host {
    /// As somebody writes it.
    pub written: String,
    /// As browsers and proxies are given it: A-labels, IPv6 without brackets.
    pub wire: String,
    /// The ports at which the answer can change: first and last of what is near, and their neighbours.
    pub edges: BTreeSet<u16>,
}

impl Host {
    /// The edges, and some ports more.
    pub fn ports(&self, more: &[u16]) -> BTreeSet<u16> {
        self.edges.iter().chain(more).copied().collect()
    }
}

/// A request for a host.
#[derive(Debug, Clone)]
pub struct Request {
    /// The URL, the host in it as written.
    pub written: String,
    /// The URL, the host in it as on the wire.
    pub wire: String,
    /// The port it means; `None` when the scheme does not tell.
    pub port: Option<u16>,
}

/// Ports that are asked for everywhere: the web's, a proxy's, the ends, and two that the test sites list nowhere.
pub const EVERYWHERE: [u16; 7] = [1, 80, 443, 8080, 12345, 50007, 65535];

/// What JavaScript objects know without being told.
const BUILTINS: [&str; 7] =
    ["constructor", "__proto__", "hasOwnProperty", "toString", "valueOf", "isPrototypeOf", "__defineGetter__"];

/// The hosts for some zones, each once.
pub fn hosts(oracles: &[Oracle]) -> Vec<Host> {
    let mut found: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
    for fact in oracles.iter().flat_map(Oracle::facts) {
        let own = oracle::ports(&fact.ports).map(|ports| oracle::around(&ports)).unwrap_or_default();
        for host in of_fact(fact) {
            found.entry(host).or_default().extend(&own);
        }
    }
    for host in everywhere() {
        found.entry(host).or_default();
    }
    let host = |(written, mut edges): (String, BTreeSet<u16>)| {
        edges.extend(oracles.iter().flat_map(|oracle| oracle.matching(&written).boundaries()));
        Host { wire: wire(&written), written, edges }
    };
    found.into_iter().map(host).collect()
}

/// The requests for a host: each port once, in URLs of changing shapes, and each scheme without a port.
pub fn requests(host: &Host) -> Vec<Request> {
    let (written, wire) = (in_url(&host.written), in_url(&host.wire));
    let mut found = Vec::new();
    let mut add = |before: &str, after: &str, port: Option<u16>| {
        found.push(Request {
            written: format!("{before}{written}{after}"),
            wire: format!("{before}{wire}{after}"),
            port,
        });
    };
    for port in host.ports(&EVERYWHERE) {
        let (before, after) = match port % 5 {
            0 => ("https://", "/"),
            1 => ("http://", "/a/b:9?c=d@e:1#f"),
            2 => ("https://user:pw@", ""),
            3 => ("wss://", "?x=http://y:5/"),
            // A port is a port whatever the scheme.
            _ => ("gopher://", "/"),
        };
        add(before, &format!(":{port}{after}"), Some(port));
    }
    let schemes = [("http", Some(80)), ("https", Some(443)), ("ws", Some(80)), ("wss", Some(443)), ("ftp", Some(21))];
    for (scheme, port) in schemes {
        add(&format!("{scheme}://"), "/path", port);
    }
    add("HTTPS://", "", Some(443));
    add("https://", ":/", Some(443));
    add("gopher://", "/", None);
    add("constructor://", "/", None);
    found
}

/// A host as it stands in a URL.
pub fn in_url(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

/// As a browser hands it to a PAC: names as A-labels. Case and the trailing dot are left, as some clients leave them.
fn wire(host: &str) -> String {
    if host.is_ascii() { host.to_owned() } else { oracle::normal(host) }
}

fn of_fact(fact: &Fact) -> Vec<String> {
    let text = fact.text.as_str();
    if text == "plain" {
        return ["intranet", "INTRANET", "intranet.", "a-b_c", "host.example", "x1"].map(str::to_owned).to_vec();
    }
    let (host, behind) = text.split_once('/').map_or((text, None), |(host, behind)| (host, Some(behind)));
    let length = behind.and_then(|digits| digits.parse::<u32>().ok());
    if let Ok(ip) = host.parse::<Ipv4Addr>() {
        return v4(ip, length.unwrap_or(32));
    }
    if let Ok(ip) = host.parse::<Ipv6Addr>() {
        return v6(ip, length.unwrap_or(128));
    }
    let labels = host.strip_prefix("*.").or_else(|| host.strip_prefix('.')).unwrap_or(host);
    let mut found = Vec::new();
    for name in fillings(labels) {
        found.extend(around_name(&name));
    }
    found.retain(|name| is_name(name));
    found
}

/// A name and what stands around it.
fn around_name(name: &str) -> Vec<String> {
    let bare = name.strip_suffix('.').unwrap_or(name);
    let apex = bare.split_once('.').map_or("", |(_, apex)| apex);
    let mut found: Vec<String> = vec![
        bare.to_owned(),
        apex.to_owned(),
        format!("child.{bare}"),
        format!("grand.child.{bare}"),
        format!("evil-{bare}"),
        format!("evil{bare}"),
        format!("{bare}.evil"),
        format!("{bare}.evil.example"),
        bare.get(1..).unwrap_or_default().to_owned(),
        bare.to_uppercase(),
        format!("{bare}."),
        format!("CHILD.{}.", bare.to_uppercase()),
        format!("sibling.{apex}"),
    ];
    // Another spelling of the same name: the one written becomes the other.
    let normal = oracle::normal(bare);
    if normal.contains("xn--") {
        let (unicode, _) = idna::domain_to_unicode(&normal);
        for spelling in [normal.to_uppercase(), normal, unicode.replace('.', "\u{3002}"), unicode] {
            found.push(format!("child.{spelling}"));
            found.push(spelling);
        }
    }
    found
}

/// The names that a name with stars stands for, and names that come near; a name without stars stands for itself.
fn fillings(labels: &str) -> Vec<String> {
    if !labels.contains('*') {
        return vec![labels.to_owned()];
    }
    let mut found: Vec<String> =
        ["", "x", "0", "a-long-filling-of-a-star", "two.labels", "*"].iter().map(|f| labels.replace('*', f)).collect();
    // Another filling for each star.
    let mut n = 0;
    let numbered = labels.chars().map(|c| {
        if c == '*' {
            n += 1;
            format!("f{n}")
        } else {
            c.to_string()
        }
    });
    found.push(numbered.collect());
    // What stands before a star and what stands behind it, sharing letters: no star is that short.
    let parts: Vec<&str> = labels.split('.').collect();
    for (at, label) in parts.iter().enumerate() {
        let Some((before, behind)) = label.split_once('*') else { continue };
        let mut near = vec![before.to_owned(), behind.replace('*', ""), format!("{behind}{before}").replace('*', "")];
        for shared in 1..=before.len().min(behind.len()) {
            if let Some(rest) =
                behind.get(shared..).filter(|_| behind.get(..shared).is_some_and(|s| before.ends_with(s)))
            {
                near.push(format!("{before}{rest}").replace('*', ""));
            }
        }
        for label in near {
            let mut parts = parts.clone();
            parts[at] = &label;
            found.push(parts.join(".").replace('*', "x"));
        }
    }
    found.retain(|name| !name.contains('*'));
    found
}

/// Whether a text can be asked for as a name at all: what no client would send is no witness.
fn is_name(name: &str) -> bool {
    if name.is_empty() || name.contains("..") || name.starts_with('.') {
        return false;
    }
    let Ok(ascii) = idna::domain_to_ascii(name) else { return false };
    let ascii = ascii.strip_suffix('.').unwrap_or(&ascii);
    let fine = |label: &str| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
    let last = ascii.rsplit('.').next().unwrap_or_default();
    let number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    ascii.len() <= 253 && ascii.split('.').all(fine) && !number
}

/// The first, last and outer addresses of a network, and a name that begins like one.
fn v4(ip: Ipv4Addr, length: u32) -> Vec<String> {
    let first = u32::from_be_bytes(ip.octets());
    let last = if length == 0 { u32::MAX } else { first | ((u64::from(u32::MAX) >> length) as u32) };
    let text = |n: u32| Ipv4Addr::from(n.to_be_bytes()).to_string();
    let mut found =
        vec![text(first), text(last), text(first.wrapping_add((last - first) / 2)), format!("{}.", text(first))];
    found.extend(first.checked_sub(1).map(text));
    found.extend(last.checked_add(1).map(text));
    found.push(format!("{}.evil.example", text(first)));
    found.push(format!("::ffff:{}", text(first)));
    found
}

/// The same for IPv6, each address in spellings that nobody uses but everybody may.
fn v6(ip: Ipv6Addr, length: u32) -> Vec<String> {
    let first = u128::from_be_bytes(ip.octets());
    let last = if length == 0 { u128::MAX } else { first | u128::MAX.checked_shr(length).unwrap_or(0) };
    let edges = [Some(first), Some(last), Some(first + (last - first) / 2), first.checked_sub(1), last.checked_add(1)];
    let mut found = Vec::new();
    for n in edges.into_iter().flatten() {
        let ip = Ipv6Addr::from(n.to_be_bytes());
        found.push(ip.to_string());
        if n == first || n == last {
            let s = ip.segments();
            let full: Vec<String> = s.iter().map(|group| format!("{group:04x}")).collect();
            let bare: Vec<String> = s.iter().map(|group| format!("{group:X}")).collect();
            found.push(full.join(":"));
            found.push(bare.join(":"));
            found.push(format!("[{ip}]"));
            // The last 32 bits as an IPv4 address.
            let low = Ipv4Addr::from(((n & 0xffff_ffff) as u32).to_be_bytes());
            found.push(format!("{}:{low}", bare[..6].join(":").to_lowercase()));
        }
    }
    found
}

/// Hosts that have nothing to do with any entry, or only by accident.
fn everywhere() -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in BUILTINS {
        found.extend([
            name.to_owned(),
            format!("{name}.example"),
            format!("www.{name}"),
            format!("{name}.{name}.{name}"),
        ]);
    }
    let label = "l".repeat(63);
    found.extend(
        [
            "localhost",
            "LOCALHOST.",
            "localhost.localdomain",
            "a",
            "www.unlisted.example",
            "unlisted.test",
            "example",
            "com",
            "under_score.unlisted.example",
            "_sip._tcp.unlisted.example",
            "xn--bcher-kva.unlisted.test",
            "bücher.unlisted.test",
            "1.2.3.4.example",
            "1e3",
            "0x",
            "3com.com",
            "8.8.8.8",
            "127.0.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "::",
            "::1",
            "[::1]",
            "::ffff:8.8.8.8",
            "2001:db8:ffff::1",
            "1::",
            "::1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7::",
            "fe80::1",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ]
        .map(str::to_owned),
    );
    found.push(format!("{label}.unlisted.example"));
    // 253 characters: the longest name there is.
    found.push(format!("{label}.{label}.{label}.{}.example", "m".repeat(53)));
    found.retain(|host| host.parse::<Ipv4Addr>().is_ok() || host.contains(':') || is_name(host));
    found
}
