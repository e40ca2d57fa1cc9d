//! A deliberately naive decider, written from the prose of the design: it looks at every entry for every host, ranks
//! what matches and takes the best that covers the port. It shares nothing with `src/`: plain texts come in.

use std::net::{Ipv4Addr, Ipv6Addr};

/// One entry, as people wrote it.
#[derive(Debug, Clone)]
pub struct Fact {
    /// The destination, parameters filled in, nothing else done to it.
    pub text: String,
    /// `tcp/80 tcp/443-445 udp/53`, or `all`.
    pub ports: String,
    /// The name of the route.
    pub route: String,
    /// Whether the rule beats specificity.
    pub is_final: bool,
    /// Who it is for: for messages.
    pub from: String,
    /// Whether proxy authentication breaks it.
    pub no_auth: bool,
}

/// How a PAC looks at ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortView {
    /// As written.
    Strict,
    /// 80 and 443 of a listed host alike.
    Web,
    /// Not at all.
    Ignore,
}

/// What a destination is, read by the oracle's own eyes.
#[derive(Debug)]
enum Shape {
    Plain,
    /// Whether it begins with `*.`, with `.`, or with neither, and its labels from right to left.
    Name(Depth, Vec<String>),
    V4(u32, u32),
    V6(u128, u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Here,
    Below,
    HereAndBelow,
}

/// A host, read by the oracle's own eyes.
#[derive(Debug)]
enum Seen {
    Labels(Vec<String>),
    V4(u32),
    V6(u128),
}

/// How well a pattern fits a host: compared label by label from the right (2 a literal one, 1 one with a star, 0 "any
/// depth"), and then whether its depth is exact. `plain` is the empty list, which is less than any other.
type Fit = (Vec<u8>, bool);

#[derive(Debug)]
struct Row {
    fact: Fact,
    shape: Shape,
    /// First and last; `None` is every port, unknown ones too.
    ports: Option<Vec<(u16, u16)>>,
}

/// The entries of a zone.
#[derive(Debug)]
pub struct Oracle {
    /// The zone's name.
    pub zone: String,
    /// Where it sends what no entry lists.
    pub default: String,
    rows: Vec<Row>,
}

impl Oracle {
    /// Reads the facts of a zone, which stand in the order of the rules.
    pub fn new(zone: &str, default: &str, facts: Vec<Fact>) -> Self {
        let row = |fact: Fact| Row { shape: shape(&fact.text), ports: ports(&fact.ports), fact };
        Self { zone: zone.to_owned(), default: default.to_owned(), rows: facts.into_iter().map(row).collect() }
    }

    /// The facts.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.rows.iter().map(|row| &row.fact)
    }

    /// All that match a host, the winner first.
    pub fn matching(&self, host: &str) -> Matching<'_> {
        let seen = see(host);
        let mut found: Vec<(bool, Fit, usize)> = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            if let Some(fit) = fit(&row.shape, &seen) {
                found.push((row.fact.is_final, fit, at));
            }
        }
        // Final rules first, then the best fit, then the earlier rule.
        found.sort_by(|a, b| (b.0, &b.1).cmp(&(a.0, &a.1)).then(a.2.cmp(&b.2)));
        let rows = found.iter().map(|(_, _, at)| &self.rows[*at]).collect();
        let ranks = found.into_iter().map(|(is_final, fit, _)| (is_final, fit)).collect();
        Matching { default: &self.default, rows, ranks }
    }
}

/// What matches a host.
#[derive(Debug)]
pub struct Matching<'o> {
    default: &'o str,
    rows: Vec<&'o Row>,
    /// How each fits.
    ranks: Vec<(bool, Fit)>,
}

impl<'o> Matching<'o> {
    /// The entry that decides for a port; `None` is the port of an unknown scheme.
    pub fn winner(&self, port: Option<u16>, view: PortView) -> Option<&'o Fact> {
        self.rows.iter().find(|row| covers(row.ports.as_deref(), port, view)).map(|row| &row.fact)
    }

    /// The winner, and those behind it that fit as well and cover the port: they speak of the same hosts.
    pub fn equals(&self, port: u16, view: PortView) -> Vec<&'o Fact> {
        let covering =
            || self.rows.iter().zip(&self.ranks).filter(|(row, _)| covers(row.ports.as_deref(), Some(port), view));
        let first = covering().next().map(|(_, rank)| rank);
        covering().take_while(|(_, rank)| Some(*rank) == first).map(|(row, _)| &row.fact).collect()
    }

    /// The route of a port.
    pub fn route(&self, port: Option<u16>, view: PortView) -> &'o str {
        self.winner(port, view).map_or(self.default, |fact| fact.route.as_str())
    }

    /// The first and last ports of everything that matches, and their neighbours: where the answer can change.
    pub fn boundaries(&self) -> Vec<u16> {
        self.rows.iter().filter_map(|row| row.ports.as_deref()).flat_map(around).collect()
    }
}

/// The first and last port of ranges and their neighbours.
pub fn around(ports: &[(u16, u16)]) -> Vec<u16> {
    let near = |&(first, last): &(u16, u16)| [first.saturating_sub(1).max(1), first, last, last.saturating_add(1)];
    ports.iter().flat_map(near).collect()
}

fn covers(ports: Option<&[(u16, u16)]>, port: Option<u16>, view: PortView) -> bool {
    let Some(ports) = ports else { return true };
    if view == PortView::Ignore {
        return true;
    }
    let Some(port) = port else { return false };
    let listed = |port: u16| ports.iter().any(|(first, last)| *first <= port && port <= *last);
    let web = |port: u16| port == 80 || port == 443;
    listed(port) || (view == PortView::Web && web(port) && (listed(80) || listed(443)))
}

/// The TCP ports of a text; `None` for `all`.
pub fn ports(text: &str) -> Option<Vec<(u16, u16)>> {
    if text == "all" {
        return None;
    }
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        let number = |digits: &str| digits.parse::<u16>().unwrap_or_else(|_| panic!("the oracle cannot read `{text}`"));
        match word {
            "https" => found.push((443, 443)),
            "http" => found.push((80, 80)),
            // No HTTP proxy is asked for UDP.
            _ if word.starts_with("udp/") => {}
            _ => {
                let range = word.strip_prefix("tcp/").unwrap_or_else(|| panic!("the oracle cannot read `{text}`"));
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                found.push((number(first), number(last)));
            }
        }
    }
    Some(found)
}

/// A name as A-labels, lower case, without its trailing dot; one with stars goes label by label.
pub fn normal(name: &str) -> String {
    let ascii = |text: &str| {
        if text.contains('*') {
            return text.to_ascii_lowercase();
        }
        idna::domain_to_ascii(text).unwrap_or_else(|_| panic!("the oracle cannot read the name `{text}`"))
    };
    // The full stops that UTS-46 takes for a dot.
    let name = name.replace(['\u{3002}', '\u{ff0e}', '\u{ff61}'], ".");
    let name = name.strip_suffix('.').unwrap_or(&name);
    name.split('.').map(ascii).collect::<Vec<_>>().join(".")
}

fn reversed(name: &str) -> Vec<String> {
    normal(name).rsplit('.').map(str::to_owned).collect()
}

fn shape(text: &str) -> Shape {
    if text == "plain" {
        return Shape::Plain;
    }
    let (host, behind) = text.split_once('/').map_or((text, None), |(host, behind)| (host, Some(behind)));
    let length = behind.and_then(|digits| digits.parse::<u32>().ok());
    if let Ok(ip) = host.parse::<Ipv4Addr>() {
        return Shape::V4(u32::from_be_bytes(ip.octets()), length.unwrap_or(32));
    }
    if let Ok(ip) = host.parse::<Ipv6Addr>() {
        return Shape::V6(u128::from_be_bytes(ip.octets()), length.unwrap_or(128));
    }
    // What is left behind a slash is a path: the host decides.
    if let Some(rest) = host.strip_prefix("*.") {
        Shape::Name(Depth::Below, reversed(rest))
    } else if let Some(rest) = host.strip_prefix('.') {
        Shape::Name(Depth::HereAndBelow, reversed(rest))
    } else {
        Shape::Name(Depth::Here, reversed(host))
    }
}

fn see(host: &str) -> Seen {
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = bare.parse::<Ipv6Addr>() {
        let bits = u128::from_be_bytes(ip.octets());
        // IPv4 written as IPv6 is IPv4.
        return if bits >> 32 == 0xffff { Seen::V4(bits as u32) } else { Seen::V6(bits) };
    }
    if let Ok(ip) = bare.strip_suffix('.').unwrap_or(bare).parse::<Ipv4Addr>() {
        return Seen::V4(u32::from_be_bytes(ip.octets()));
    }
    Seen::Labels(reversed(host))
}

fn fit(shape: &Shape, host: &Seen) -> Option<Fit> {
    match (shape, host) {
        (Shape::Plain, Seen::Labels(labels)) => (labels.len() == 1).then(|| (Vec::new(), false)),
        (Shape::Name(depth, wanted), Seen::Labels(labels)) => name_fit(*depth, wanted, labels),
        (Shape::V4(net, length), Seen::V4(ip)) => {
            let same = (0..*length).all(|bit| (net >> (31 - bit)) & 1 == (ip >> (31 - bit)) & 1);
            same.then(|| (vec![*length as u8], false))
        }
        (Shape::V6(net, length), Seen::V6(ip)) => {
            let same = (0..*length).all(|bit| (net >> (127 - bit)) & 1 == (ip >> (127 - bit)) & 1);
            same.then(|| (vec![*length as u8], false))
        }
        _ => None,
    }
}

fn name_fit(depth: Depth, wanted: &[String], labels: &[String]) -> Option<Fit> {
    let deep_enough = match depth {
        Depth::Here => labels.len() == wanted.len(),
        Depth::Below => labels.len() > wanted.len(),
        Depth::HereAndBelow => labels.len() >= wanted.len(),
    };
    if !deep_enough {
        return None;
    }
    let mut marks = vec![0; labels.len()];
    for (at, pattern) in wanted.iter().enumerate() {
        if !like(pattern.as_bytes(), labels[at].as_bytes()) {
            return None;
        }
        marks[at] = if pattern.contains('*') { 1 } else { 2 };
    }
    Some((marks, depth == Depth::Here))
}

/// Whether a label fits, by trying every length of every star.
fn like(pattern: &[u8], label: &[u8]) -> bool {
    match pattern.split_first() {
        None => label.is_empty(),
        Some((b'*', rest)) => (0..=label.len()).any(|taken| like(rest, &label[taken..])),
        Some((byte, rest)) => label.first() == Some(byte) && like(rest, &label[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::{Fact, Oracle, PortView, like};

    #[test]
    fn the_oracle_decides_the_examples_of_the_design() {
        let fact = |text: &str, route: &str| Fact {
            text: text.to_owned(),
            ports: "all".to_owned(),
            route: route.to_owned(),
            is_final: false,
            from: String::new(),
            no_auth: false,
        };
        let facts = vec![
            fact("*.officeapps.live.com", "allow"),
            fact("cdn.odc.officeapps.live.com", "default"),
            fact(".d.example", "within"),
            fact("d.example", "exact"),
            fact("10.0.0.0/8", "wide"),
            fact("10.1.0.0/16", "narrow"),
        ];
        let oracle = Oracle::new("all", "none", facts);
        let route = |host: &str| oracle.matching(host).route(Some(443), PortView::Strict).to_owned();
        assert_eq!(route("cdn.odc.officeapps.live.com"), "default");
        assert_eq!(route("x.officeapps.live.com."), "allow");
        assert_eq!(route("officeapps.live.com"), "none");
        assert_eq!(route("D.Example"), "exact");
        assert_eq!(route("x.d.example"), "within");
        assert_eq!(route("10.1.255.255"), "narrow");
        assert_eq!(route("10.2.0.0"), "wide");
        assert!(like(b"ab*ba", b"abba") && !like(b"ab*ba", b"aba"));
    }
}
