//! Properties that hold for every input: nothing panics, what is written is read back, and the clever code agrees with
//! naive code.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use pacwright::dest::pattern::label_matches;
use pacwright::dest::{Ask, Dest, Host, HostName, NamePattern, Pattern, PortRange, Ports, Protocol};
use pacwright::diag::{Sink, text};
use pacwright::policy::action::Action;
use pacwright::read::record::Scalar;
use pacwright::read::yaml;
use pacwright::site::hosts_file::{self, Letters};
use pacwright::site::{Proxy, RouteId};
use pacwright::source::{Files, Span};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::FileFailurePersistence;

/// A fixed number of cases; what fails is kept in `props.regressions` and tried first from then on.
fn cases(number: u32) -> ProptestConfig {
    ProptestConfig {
        cases: number,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    }
}

// ---- generators

/// Texts that look like destinations, often nearly good ones, and any text at all.
fn destinations() -> impl Strategy<Value = String> {
    let label = prop_oneof![
        4 => "[a-zA-Z0-9_-]{1,6}",
        1 => "[a-z]{0,3}\\*[a-z]{0,3}",
        1 => Just("*".to_owned()),
        1 => Just("**".to_owned()),
        1 => prop::sample::select(vec!["ü", "日本", "ß", "xn--tda", "xn--", "１２７", "＊", "a\u{200b}b", "plain", "0x7f", "127", "-", "", "a。b", "İ", "\u{301}"]).prop_map(str::to_owned),
        1 => "[!-~]{1,3}",
    ];
    let name = (prop::sample::select(vec!["", "", "", "*.", ".", "**."]), prop::collection::vec(label, 1..5))
        .prop_map(|(before, labels)| format!("{before}{}", labels.join(".")));
    let net = prop_oneof![
        (any::<[u8; 4]>(), 0u8..40).prop_map(|(ip, n)| format!("{}/{n}", std::net::Ipv4Addr::from(ip))),
        any::<[u8; 4]>().prop_map(|ip| std::net::Ipv4Addr::from(ip).to_string()),
        (any::<[u16; 8]>(), 0u8..140).prop_map(|(ip, n)| format!("{}/{n}", std::net::Ipv6Addr::from(ip))),
        any::<[u16; 8]>().prop_map(|ip| std::net::Ipv6Addr::from(ip).to_string()),
        "[0-9./]{1,12}",
        "[0-9a-f:.]{1,12}",
    ];
    let more =
        prop::sample::select(vec!["", "", "", ".", "/", "/x", "/x?y=z", "/*", ":443", "/日本", " ", "\u{3000}", "@x"]);
    prop_oneof![
        6 => (name, more).prop_map(|(name, more)| format!("{name}{more}")),
        2 => net,
        1 => any::<String>(),
        1 => "[a-z*.]{1,12}",
    ]
}

/// Good patterns over a small alphabet, so that two of them often match a common host.
fn patterns() -> impl Strategy<Value = NamePattern> {
    let label = prop::sample::select(vec!["a", "b", "ab", "*", "a*", "*b", "a*b"]);
    let written = (prop::sample::select(vec!["", "*.", "."]), prop::collection::vec(label, 1..4));
    written.prop_filter_map("not a pattern", |(before, labels)| {
        let text = format!("{before}{}.x", labels.join("."));
        match Dest::parse(&text).ok()?.pattern {
            Pattern::Name(name) => Some(name),
            _ => None,
        }
    })
}

fn hosts() -> impl Strategy<Value = HostName> {
    let label = prop::sample::select(vec!["a", "b", "ab", "aab", "abb", "c"]);
    prop::collection::vec(label, 1..5).prop_map(|labels| HostName::parse(&format!("{}.x", labels.join("."))).unwrap())
}

fn ranges() -> impl Strategy<Value = PortRange> {
    let port = prop_oneof![any::<u16>(), 0u16..8, 65530u16..=65535, Just(80), Just(443)];
    (prop::bool::weighted(0.8), port.clone(), port).prop_map(|(tcp, a, b)| PortRange {
        protocol: if tcp { Protocol::Tcp } else { Protocol::Udp },
        first: a.min(b).max(1),
        last: a.max(b).max(1),
    })
}

fn ports() -> impl Strategy<Value = Ports> {
    prop_oneof![
        1 => Just(Ports::All),
        6 => prop::collection::vec(ranges(), 0..5).prop_map(Ports::listed),
    ]
}

// ---- naive code

/// What a star means, said once more in the simplest way.
fn naive_label(pattern: &[char], label: &[char]) -> bool {
    match (pattern.first(), label.first()) {
        (None, None) => true,
        (Some('*'), _) => naive_label(&pattern[1..], label) || (!label.is_empty() && naive_label(pattern, &label[1..])),
        (Some(a), Some(b)) if a == b => naive_label(&pattern[1..], &label[1..]),
        _ => false,
    }
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// The meaning of a written name pattern, label by label from the left.
fn naive_name(written: &str, name: &str) -> bool {
    let name: Vec<&str> = name.split('.').collect();
    let (depth, labels) = match (written.strip_prefix("*."), written.strip_prefix('.')) {
        (Some(rest), _) => ('>', rest),
        (_, Some(rest)) => ('~', rest),
        _ => ('=', written),
    };
    let labels: Vec<&str> = labels.split('.').collect();
    let deeper = name.len().checked_sub(labels.len());
    let fits = match (depth, deeper) {
        (_, None) => false,
        ('=', Some(n)) => n == 0,
        ('>', Some(n)) => n > 0,
        _ => true,
    };
    fits && labels
        .iter()
        .zip(&name[deeper.unwrap_or(0)..])
        .all(|(pattern, label)| naive_label(&chars(pattern), &chars(label)))
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn a_host_name_is_in_normal_form(text in prop_oneof![any::<String>(), destinations()]) {
        let Ok(name) = HostName::parse(&text) else { return Ok(()) };
        let normal = name.as_str();
        prop_assert!(normal.len() <= 253 && !normal.ends_with('.'));
        for label in normal.split('.') {
            prop_assert!((1..=63).contains(&label.len()), "{normal}");
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
            prop_assert!(label.bytes().all(plain), "`{normal}` from {text:?}");
            prop_assert!(!label.starts_with('-') && !label.ends_with('-'), "{normal}");
        }
        prop_assert!(normal.parse::<std::net::IpAddr>().is_err());
        prop_assert_eq!(HostName::parse(normal).ok(), Some(name));
    }

    #[test]
    fn a_host_is_read_again(text in prop_oneof![any::<String>(), destinations()]) {
        if let Ok(host) = Host::parse(&text) {
            prop_assert_eq!(Host::parse(&host.to_string()).ok(), Some(host));
        }
    }

    #[test]
    fn a_destination_is_read_again(text in destinations()) {
        if let Ok(dest) = Dest::parse(&text) {
            let shown = dest.to_string();
            let again = Dest::parse(&shown);
            prop_assert!(again.is_ok(), "{text:?} is shown as `{shown}`, which is none");
            prop_assert_eq!(again.unwrap(), dest, "{:?} is shown as `{}`", text, shown);
        }
    }

    #[test]
    fn what_is_wrong_lies_inside_the_text(text in destinations()) {
        let bads = [
            Dest::parse(&text).err(),
            HostName::parse(&text).err(),
            Host::parse(&text).err(),
            Ask::parse(&text).err(),
            PortRange::parse(&text).err(),
            Proxy::parse(&text).err(),
            Proxy::parse(&format!("http://{text}:8080")).err().filter(|bad| bad.at.is_empty()),
        ];
        for bad in bads.into_iter().flatten().filter(|bad| !bad.at.is_empty()) {
            prop_assert!(text.get(bad.at.clone()).is_some(), "{:?} of {text:?}: {}", bad.at, bad.message);
            prop_assert!(!bad.message.is_empty() && !bad.message.contains('\n'));
        }
    }

    #[test]
    fn a_proxy_is_read_again(text in (prop::sample::select(vec!["http", "https", "socks5", "ftp"]), destinations(), any::<u16>())
        .prop_map(|(scheme, host, port)| format!("{scheme}://{host}:{port}")))
    {
        if let Ok(proxy) = Proxy::parse(&text) {
            let shown = proxy.to_string();
            prop_assert_eq!(Proxy::parse(&shown).ok(), Some(proxy.clone()), "{}", shown);
            // In a PAC, `;` and blanks separate proxies.
            prop_assert!(!proxy.host.contains(|c: char| c.is_whitespace() || matches!(c, ';' | ',' | '"' | '\'' | '/' | '@')), "{}", proxy.pac());
        }
    }

    #[test]
    fn questions_do_not_panic(text in any::<String>(), scheme in "[a-z]{0,5}", host in destinations()) {
        let _ = Ask::parse(&text);
        if let Ok(ask) = Ask::parse(&format!("{scheme}://{host}")) {
            let _ = ask.to_string();
        }
    }

    #[test]
    fn a_label_matches_as_the_naive_one(pattern in "[ab*]{0,8}", label in "[ab]{0,8}") {
        prop_assert_eq!(label_matches(&pattern, &label), naive_label(&chars(&pattern), &chars(&label)));
    }

    #[test]
    fn a_pattern_matches_as_the_naive_one(pattern in patterns(), host in hosts()) {
        prop_assert_eq!(pattern.matches(&host), naive_name(&pattern.to_string(), host.as_str()), "{} {}", pattern, host);
    }

    #[test]
    fn patterns_with_a_common_host_may_overlap(a in patterns(), b in patterns(), host in hosts()) {
        if a.matches(&host) && b.matches(&host) {
            prop_assert!(a.may_overlap(&b) && b.may_overlap(&a), "{a} {b} {host}");
        }
    }

    #[test]
    fn specificity_is_an_order(all in prop::collection::vec(patterns(), 3..12), host in hosts()) {
        let mut matching: Vec<Pattern> = all.into_iter().filter(|p| p.matches(&host)).map(Pattern::Name).collect();
        matching.push(Pattern::Name(NamePattern::exact(&host)));
        for a in &matching {
            prop_assert_eq!(a.compare(a), Ordering::Equal);
            for b in &matching {
                prop_assert_eq!(a.compare(b), b.compare(a).reverse(), "{} {}", a, b);
                for c in &matching {
                    if a.compare(b) != Ordering::Less && b.compare(c) != Ordering::Less {
                        prop_assert_ne!(a.compare(c), Ordering::Less, "{} {} {} on {}", a, b, c, host);
                    }
                }
            }
        }
        // A name itself wins over everything else that matches it.
        let exact = matching.last().unwrap();
        prop_assert!(matching.iter().all(|p| exact.compare(p) != Ordering::Less));
    }

    #[test]
    fn a_port_is_read_again(range in ranges()) {
        prop_assert_eq!(PortRange::parse(&range.to_string()).ok(), Some(range));
    }

    #[test]
    fn port_texts_do_not_panic(text in prop_oneof![any::<String>(), "(tcp|udp|sctp|https?)?/?[0-9]{0,7}-?[0-9]{0,7}"]) {
        if let Ok(range) = PortRange::parse(&text) {
            prop_assert!(range.first >= 1 && range.first <= range.last);
            prop_assert_eq!(PortRange::parse(&range.to_string()).ok(), Some(range));
        }
    }

    #[test]
    fn ports_are_read_again_and_cover_the_same(list in prop::collection::vec(ranges(), 0..6)) {
        let ports = Ports::listed(list.iter().copied());
        let shown = ports.to_string();
        let again: Vec<PortRange> = shown.split_whitespace().map(|word| PortRange::parse(word).unwrap()).collect();
        prop_assert_eq!(&Ports::listed(again), &ports);
        for port in sample(&list) {
            let naive = list.iter().any(|r| r.protocol == Protocol::Tcp && r.first <= port && port <= r.last);
            prop_assert_eq!(ports.covers(Some(port)), naive, "{} in {}", port, shown);
        }
        // Sorted, without overlaps and without neighbours that could be one.
        for pair in ports.ranges().windows(2) {
            let apart = u32::from(pair[1].first) > u32::from(pair[0].last) + 1;
            prop_assert!(pair[0].protocol < pair[1].protocol || apart, "{shown}");
        }
    }

    #[test]
    fn port_sets_overlap_as_naive_ones(a in ports(), b in ports()) {
        let common = |p: &u16| a.covers(Some(*p)) && b.covers(Some(*p));
        prop_assert_eq!(a.overlap(&b), (1..=u16::MAX).any(|p| common(&p)));
        prop_assert_eq!(a.overlap(&b), b.overlap(&a));
    }

    #[test]
    fn a_line_of_a_list_is_accepted_or_reported(lines in prop::collection::vec(list_lines(), 0..20), crlf: bool, bom: bool) {
        let end = if crlf { "\r\n" } else { "\n" };
        let whole = format!("{}{}", if bom { "\u{feff}" } else { "" }, lines.join(end));
        let mut files = Files::default();
        let file = files.add("list.txt", &whole);
        let mut sink = Sink::default();
        let mut read = Vec::new();
        hosts_file::read(&files, file, Letters::All, &mut read, &mut sink);
        let mut told: BTreeMap<usize, usize> = BTreeMap::new();
        for span in read.iter().map(|line| line.span) {
            *told.entry(files.position(span).0).or_default() += 1;
        }
        for finding in sink.found() {
            *told.entry(files.position(finding.at.unwrap()).0).or_default() += 1;
            prop_assert!(!text::render(finding, &files, false).is_empty());
        }
        // What counts is the text as it is after all was joined: a line may hold line ends itself.
        for (number, line) in whole.strip_prefix('\u{feff}').unwrap_or(&whole).split('\n').enumerate() {
            let content = line.trim_matches(|c: char| c.is_ascii_whitespace());
            let silent = content.is_empty() || content.starts_with('#');
            let count = told.get(&(number + 1)).copied().unwrap_or(0);
            prop_assert_eq!(count, usize::from(!silent), "line {}: {:?}", number + 1, line);
        }
        // What was accepted is what stands there.
        for line in &read {
            prop_assert_eq!(Dest::parse(files.text(line.span)).ok(), Some(line.dest.clone()));
        }
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn actions_agree_with_a_map_of_ports(
        first in prop::collection::vec((ports(), 0u16..4), 0..6),
        second in prop::collection::vec((ports(), 0u16..4), 0..6),
    ) {
        let mut naive = Naive::default();
        let mut actions = [Action::default(), Action::default()];
        for (action, entries) in actions.iter_mut().zip([&first, &second]) {
            for (ports, route) in entries {
                action.add(ports, RouteId(*route));
                naive.add(ports, *route);
            }
        }
        let [a, b] = actions;
        let both = a.then(&b);
        for port in 0..=u16::MAX {
            prop_assert_eq!(both.route(Some(port)).map(|r| r.0), naive.route(port), "port {}", port);
        }
        prop_assert_eq!(both.route(None).map(|r| r.0), naive.unknown);
        // One spelling for one function: sorted, no overlaps, no neighbours alike, nothing that the rest says.
        for pair in both.ranges.windows(2) {
            prop_assert!(pair[0].1 < pair[1].0);
            prop_assert!(pair[0].2 != pair[1].2 || u32::from(pair[0].1) + 1 < u32::from(pair[1].0));
        }
        prop_assert!(both.ranges.iter().all(|(a, b, route)| a <= b && Some(*route) != both.rest));
    }

    #[test]
    fn yaml_does_not_panic(whole in prop_oneof![
        any::<String>(),
        "[-a-z0-9:{}\\[\\],&*!|>'\"%@`#? \t\n]{0,80}",
        prop::collection::vec(any::<u8>(), 0..80).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]) {
        let mut files = Files::default();
        let file = files.add("any.yaml", &whole);
        match yaml::parse(&files, file) {
            Ok(node) => check_node(&node, &files)?,
            Err(finding) => {
                let shown = text::render(&finding, &files, false);
                prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
            }
        }
    }

    #[test]
    fn files_may_be_cut_anywhere(at in any::<Index>(), length in any::<Index>()) {
        // A good file, shortened or with a piece taken out: an error or a tree, never a panic.
        let whole = include_str!("../site.yaml");
        let bounds: Vec<usize> = whole.char_indices().map(|(i, _)| i).collect();
        let from = bounds[at.index(bounds.len())];
        let to = bounds[length.index(bounds.len())].max(from);
        for text in [whole[..from].to_owned(), format!("{}{}", &whole[..from], &whole[to..])] {
            let mut files = Files::default();
            let file = files.add("cut.yaml", &text);
            if let Ok(node) = yaml::parse(&files, file) {
                check_node(&node, &files)?;
            }
        }
    }

    #[test]
    fn places_are_inside_their_file(whole in any::<String>(), start in any::<Index>(), end in any::<Index>()) {
        let mut files = Files::default();
        let file = files.add("x", &whole);
        let span = Span::new(file, start.index(whole.len() + 3), end.index(whole.len() + 3));
        let (line, column) = files.position(span);
        prop_assert!(line >= 1 && column >= 1);
        let finding = pacwright::diag::Code::BadText.at(span, "x");
        prop_assert!(!text::render(&finding, &files, false).is_empty());
    }
}

/// Every node and key lies in the file.
fn check_node(node: &yaml::Node, files: &Files) -> Result<(), TestCaseError> {
    let (line, column) = files.position(node.span);
    prop_assert!(line >= 1 && column >= 1);
    prop_assert!(node.span.start <= node.span.end);
    match &node.kind {
        yaml::Kind::List(items) => items.iter().try_for_each(|item| check_node(item, files)),
        yaml::Kind::Map(entries) => entries.iter().try_for_each(|(key, value)| {
            prop_assert!(key.span.start <= key.span.end);
            check_node(value, files)
        }),
        _ => Ok(()),
    }
}

/// A list of ports that matters for some ranges: their ends and what lies beside them.
fn sample(list: &[PortRange]) -> Vec<u16> {
    let mut out = vec![1, 80, 443, u16::MAX];
    for range in list {
        for port in [range.first, range.last] {
            out.extend([port.saturating_sub(1).max(1), port, port.saturating_add(1)]);
        }
    }
    out
}

/// What the first entry that covers a port says, port by port.
struct Naive {
    by_port: Vec<Option<u16>>,
    unknown: Option<u16>,
}

impl Default for Naive {
    fn default() -> Self {
        Self { by_port: vec![None; 65536], unknown: None }
    }
}

impl Naive {
    fn add(&mut self, ports: &Ports, route: u16) {
        for (port, slot) in self.by_port.iter_mut().enumerate() {
            if slot.is_none() && ports.covers(u16::try_from(port).ok()) {
                *slot = Some(route);
            }
        }
        if self.unknown.is_none() && *ports == Ports::All {
            self.unknown = Some(route);
        }
    }

    fn route(&self, port: u16) -> Option<u16> {
        self.by_port[usize::from(port)]
    }
}

/// Lines of a list: good ones, comments, and anything.
fn list_lines() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => destinations().prop_filter("a comment inside", |text| !text.contains(['#', '\n', '\r', '\u{feff}'])),
        1 => Just(String::new()),
        1 => "[ \t]{0,3}",
        1 => "[ \t]{0,2}#[ -~]{0,10}",
        1 => (destinations(), "[ \t]#[ -~]{0,6}")
            .prop_map(|(text, comment)| format!("{text}{comment}"))
            .prop_filter("a comment inside", |text| text.matches('#').count() == 1 && !text.contains(['\n', '\r', '\u{feff}'])),
        1 => "[^#\n\r\u{feff}]{0,20}",
    ]
}
