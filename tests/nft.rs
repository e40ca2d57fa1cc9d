//! `nft` accepts the packet filter's file, and no set of it says an address twice.

use std::net::IpAddr;
use std::path::Path;

use crate::common;
use crate::common::nft;
use crate::common::oracle::PortView;

/// The ranges of each set, by its name: from, to, as written.
type Sets = Vec<(String, Vec<(u128, u128, String)>)>;

fn sets(text: &str) -> Sets {
    let mut sets: Sets = Vec::new();
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("set ").and_then(|l| l.strip_suffix(" {")) {
            sets.push((name.to_owned(), Vec::new()));
        } else if line.starts_with("elements") {
            inside = true;
        } else if line.starts_with('}') {
            inside = false;
        } else if inside {
            let (_, ranges) = sets.last_mut().expect("a set around the elements");
            ranges.push(range(line.trim_end_matches(',')));
        }
    }
    sets
}

/// First and last address of a network, by hand; IPv4 and IPv6 are never in one set.
fn range(text: &str) -> (u128, u128, String) {
    let (address, length) = text.split_once('/').map_or((text, None), |(a, l)| (a, Some(l)));
    let length: Option<u32> = length.map(|l| l.parse().unwrap_or_else(|_| panic!("`{text}` is not a network")));
    let (first, bits) = match address.parse().unwrap_or_else(|_| panic!("`{text}` is not a network")) {
        IpAddr::V4(ip) => (u128::from(u32::from(ip)), 32),
        IpAddr::V6(ip) => (u128::from(ip), 128),
    };
    let free = bits - length.unwrap_or(bits);
    let size_less_one = if free == 128 { u128::MAX } else { (1 << free) - 1 };
    assert_eq!(first & size_less_one, 0, "`{text}` has bits set behind its prefix");
    (first, first + size_less_one, text.to_owned())
}

/// The first two elements of a set that share an address, or that one network could say.
fn overlap(ranges: &[(u128, u128, String)]) -> Option<(String, String)> {
    let mut sorted = ranges.to_vec();
    sorted.sort();
    let shared = |pair: &&[(u128, u128, String)]| pair[1].0 <= pair[0].1;
    sorted.windows(2).find(shared).map(|pair| (pair[0].2.clone(), pair[1].2.clone()))
}

fn check(name: &str, text: &str) {
    if let Some(said) = nft::refuses(text) {
        panic!("{name}: nft refuses it:\n{said}");
    }
    let sets = sets(text);
    let elements: usize = sets.iter().map(|(_, ranges)| ranges.len()).sum();
    for (set, ranges) in &sets {
        assert!(!ranges.is_empty(), "{name}: the set {set} is empty");
        if let Some((a, b)) = overlap(ranges) {
            panic!("{name}: `{a}` and `{b}` of the set {set} overlap");
        }
        let uses = text.matches(&format!("@{set} ")).count();
        assert!(uses > 0, "{name}: no rule uses the set {set}");
    }
    assert!(elements > 10, "{name}: {elements} elements are too few to be all");
    println!("{name}: {} sets, {elements} elements, accepted and disjoint", sets.len());
}

#[test]
fn nft_accepts_what_is_written() {
    let folder = common::folder();
    let everything = common::everything(folder.path(), Path::new("/etc/squid/pacwright"));
    for site in [everything, common::root().join("site.yaml"), common::root().join("tests/sites/served.yaml")] {
        let (input, mut report) = common::load(&site);
        let built = common::run(&input, &mut report);
        for artifact in built.artifacts.iter().filter(|a| a.path.ends_with(".nft")) {
            check(&format!("{}: {}", site.display(), artifact.path), &String::from_utf8_lossy(&artifact.bytes));
        }
    }
    let sample = std::fs::read_to_string(common::root().join("out/firewall/pacwright.nft")).expect("pacwright.nft");
    check("out/firewall/pacwright.nft", &sample);
}

/// A rule of a chain, as far as it looks at destinations; who asks is said by the chain.
struct Rule {
    chain: String,
    set: Vec<(u128, u128, String)>,
    is_v4: bool,
    /// TCP ports; `None`: every protocol and port. A rule for UDP has no TCP port.
    ports: Option<Vec<(u16, u16)>>,
}

impl Rule {
    fn opens(&self, ip: IpAddr, port: u16) -> bool {
        let (n, ..) = range(&ip.to_string());
        self.is_v4 == ip.is_ipv4()
            && self.set.iter().any(|(first, last, _)| *first <= n && n <= *last)
            && self.ports.as_ref().is_none_or(|ports| ports.iter().any(|(a, b)| (*a..=*b).contains(&port)))
    }
}

fn rules(text: &str) -> Vec<Rule> {
    let sets = sets(text);
    let mut chain = String::new();
    let mut rules = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("chain ").and_then(|l| l.strip_suffix(" {")) {
            name.clone_into(&mut chain);
        }
        let Some((before, after)) = line.split_once(" daddr @").filter(|_| line.ends_with(" accept")) else { continue };
        let (set, after) = after.split_once(' ').expect("a verdict behind the set");
        let list = |l: &str| l.split_once("dport { ").and_then(|(_, l)| l.split_once(" }")).map(|(l, _)| l.to_owned());
        let pair = |p: &str| {
            let (a, b) = p.split_once('-').unwrap_or((p, p));
            (a.parse().expect("a port"), b.parse().expect("a port"))
        };
        rules.push(Rule {
            chain: chain.clone(),
            set: sets.iter().find(|(name, _)| name == set).expect("the set of a rule").1.clone(),
            is_v4: before.ends_with("ip"),
            ports: match list(after) {
                Some(ports) if after.starts_with("tcp") => Some(ports.split(", ").map(pair).collect()),
                Some(_) => Some(Vec::new()),
                None => None,
            },
        });
    }
    rules
}

/// For clients: what goes direct, and nothing else. For the proxies of a route: what any zone sends to it.
#[test]
fn the_packet_filter_opens_what_the_policy_says() {
    let folder = common::folder();
    let everything = common::everything(folder.path(), Path::new("/etc/squid/pacwright"));
    for site in [everything, common::root().join("site.yaml"), common::root().join("tests/sites/served.yaml")] {
        let (input, mut report) = common::load(&site);
        let built = common::run(&input, &mut report);
        let plan = &built.plan;
        let artifact = built.artifacts.iter().find(|a| a.path.ends_with(".nft")).expect("pacwright.nft");
        let rules = rules(&String::from_utf8_lossy(&artifact.bytes));
        let oracles = common::oracles(plan, &report.files);
        // What no proxy carries is opened besides, by other lines of the catalog: addresses of these are not asked for.
        let by_firewall: Vec<Rule> = plan
            .items
            .iter()
            .filter(|item| item.endpoint.via == pacwright::catalog::Via::Firewall)
            .filter_map(|item| {
                item.dest()
                    .map(ToString::to_string)
                    .filter(|d| d.split('/').next().is_some_and(|a| a.parse::<IpAddr>().is_ok()))
            })
            .map(|net| Rule { chain: String::new(), is_v4: !net.contains(':'), set: vec![range(&net)], ports: None })
            .collect();
        let mut asked = 0;
        for host in common::witness::hosts(&oracles) {
            let Ok(ip) = host.wire.trim_start_matches('[').trim_end_matches([']', '.']).parse::<IpAddr>() else {
                continue;
            };
            // On the wire there are no IPv4-mapped addresses.
            if ip.to_canonical() != ip || by_firewall.iter().any(|rule| rule.opens(ip, 0)) {
                continue;
            }
            let matching: Vec<_> = oracles.iter().map(|o| o.matching(&host.written)).collect();
            for port in host.ports(&[80, 443, 12345]) {
                let opens = |chain: &str| rules.iter().any(|rule| rule.chain == chain && rule.opens(ip, port));
                // The default is no entry: it opens nothing.
                let route = |zone: usize| matching[zone].winner(Some(port), PortView::Strict).map(|w| w.route.as_str());
                for (zone, oracle) in oracles.iter().enumerate() {
                    let chain = match &plan.site.zones[zone].name {
                        Some(name) => format!("from_{name}_clients"),
                        None => "from_clients".to_owned(),
                    };
                    let sources = &plan.site.zones[zone].sources;
                    let has_clients = sources.is_empty() || sources.iter().any(|s| s.addr().is_ipv4() == ip.is_ipv4());
                    let expected = route(zone) == Some("direct") && has_clients;
                    assert_eq!(opens(&chain), expected, "{}: {ip} port {port} in {chain}", oracle.zone);
                    asked += 1;
                }
                for named in plan.site.routes.iter().filter(|r| r.span.is_some()) {
                    let expected = (0..oracles.len()).any(|zone| route(zone) == Some(named.name.as_str()));
                    assert_eq!(
                        opens(&format!("proxy_{}", named.name)),
                        expected,
                        "{ip} port {port}, route {}",
                        named.name
                    );
                    asked += 1;
                }
            }
        }
        println!("{}: {} rules, {asked} answers compared, 0 differences", site.display(), rules.len());
        assert!(asked > 100, "{asked} questions are too few");
    }
}

/// A check that refuses nothing proves nothing.
#[test]
fn damaged_files_are_refused() {
    let sample = std::fs::read_to_string(common::root().join("out/firewall/pacwright.nft")).expect("pacwright.nft");
    assert!(nft::refuses(&sample.replacen("accept", "acept", 1)).is_some(), "a misspelt verdict");
    assert!(nft::refuses(&sample.replacen("elements = {", "elements = { 10.0.0.0/33,", 1)).is_some(), "a bad network");
    // nft does not mind this one in every version: our own eyes must.
    let twice = "set x {\nelements = {\n10.0.0.0/8,\n10.1.0.0/16\n}\n}\n";
    assert_eq!(overlap(&sets(twice)[0].1), Some(("10.0.0.0/8".to_owned(), "10.1.0.0/16".to_owned())));
    let apart = "set x {\nelements = {\n10.0.0.0/9,\n10.128.0.0/9,\n255.255.255.255\n}\n}\n";
    assert_eq!(overlap(&sets(apart)[0].1), None);
}
