//! A real Chromium, given the built PAC, sends each request to the proxy the policy names, and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Instant;

use crate::common;
use crate::common::chromium::{self, Job, Outcome};
use crate::common::oracle::{self, Fact, Oracle, PortView};
use crate::common::recorder::{self, Arrival, How, Log, Place};
use crate::common::witness::{self, Host};

/// Differences that are shown; the count is always whole.
const SHOWN: usize = 40;
/// Ports of which each host is asked for one, besides those of the web and those at which its answer can change. None of
/// them may be on Chromium's list of unsafe ports, which it asks nobody for.
const ODD: [u16; 4] = [8080, 8443, 12345, 65535];
/// Neighbours of the web's ports, which nearly every host has: 12345, as little listed, shows the same.
const PASSED_OVER: [u16; 4] = [79, 81, 442, 444];

/// A URL to ask for, and what is expected of it.
struct Ask {
    url: String,
    scheme: &'static str,
    /// The host, as the recorders write it, and the port; no two URLs have the same.
    place: Place,
    /// The recorder, and how the request comes there.
    expected: Option<(&'static str, How)>,
    why: String,
}

/// A site whose proxies are recorders, built.
struct Recorded {
    pac: Vec<u8>,
    oracle: Oracle,
    log: Log,
}

impl Recorded {
    fn new() -> Self {
        let log = Log::default();
        let text = std::fs::read_to_string(common::root().join("tests/sites/chromium.yaml")).expect("chromium.yaml");
        let ports = [
            ("1101", log.http_proxy("web")),
            ("1102", log.http_proxy("web 2")),
            ("1201", log.http_proxy("cloud")),
            ("1301", log.http_proxy("spare")),
            ("1401", log.socks_proxy("tunnel")),
            ("1501", log.http_proxy("rest")),
        ];
        let put = |text: String, (written, port): &(&str, u16)| {
            let from = format!("127.0.0.1:{written}\"");
            assert!(text.contains(&from), "chromium.yaml names no {from}");
            text.replace(&from, &format!("127.0.0.1:{port}\""))
        };
        let folder = common::folder();
        let site = folder.path().join("chromium.yaml");
        std::fs::write(&site, ports.iter().fold(text, put)).expect("the site");
        let (input, mut report) = common::load(&site);
        let built = common::run(&input, &mut report);
        let oracle = common::oracles(&built.plan, &report.files).remove(0);
        Self { pac: built.artifacts[0].bytes.clone(), oracle, log }
    }

    /// Whom a URL of a host should reach, and why.
    fn expected(&self, host: &str, scheme: &str, port: u16) -> (Option<(&'static str, How)>, String) {
        let secure = ["https", "wss"].contains(&scheme);
        let direct = ("direct", if secure { How::Tls } else { How::Http });
        if never_asked(host) {
            return (Some(direct), "the browser asks no PAC".to_owned());
        }
        let matching = self.oracle.matching(host);
        let winner = matching.winner(Some(port), PortView::Strict);
        let route = matching.route(Some(port), PortView::Strict);
        let by = winner.map_or("the default".to_owned(), |w: &Fact| format!("`{}` of {}", w.text, w.from));
        // WebSockets take a tunnel even where they are not secure.
        let proxied = if scheme == "http" { How::Url } else { How::Connect };
        let expected = match route {
            "direct" | "last" => Some(direct),
            "web" => Some(("web", proxied)),
            "cloud" => Some(("cloud", proxied)),
            "spare" => Some(("spare", proxied)),
            "tunnel" => Some(("tunnel", How::Socks)),
            "rest" => Some(("rest", proxied)),
            "block" => None,
            other => panic!("no recorder for the route {other}"),
        };
        (expected, format!("{by} -> {route}"))
    }

    /// The URLs: each host at ports of its own, in all its spellings by turns.
    fn asks(&self) -> Vec<Ask> {
        let hosts = witness::hosts(std::slice::from_ref(&self.oracle));
        let mut spellings: BTreeMap<String, Vec<&Host>> = BTreeMap::new();
        for host in &hosts {
            spellings.entry(key(host)).or_default().push(host);
        }
        // The page stands there.
        spellings.remove("127.0.0.1");
        let mut asks = Vec::new();
        for (at, (key, hosts)) in spellings.into_iter().enumerate() {
            let mut ports: BTreeSet<u16> = hosts.iter().flat_map(|host| host.ports(&[80, 443])).collect();
            ports.insert(ODD[at % ODD.len()]);
            ports.retain(|port| !PASSED_OVER.contains(port));
            for (turn, port) in ports.into_iter().enumerate() {
                let host = hosts[(at + turn) % hosts.len()].written.as_str();
                let sockets = key.ends_with(".example") && at % 16 == 0;
                let scheme = match port {
                    80 if sockets => "ws",
                    443 if sockets => "wss",
                    80 => "http",
                    443 => "https",
                    _ => ["http", "https"][(at + turn) % 2],
                };
                let port_text = if [80, 443].contains(&port) { String::new() } else { format!(":{port}") };
                let url = format!("{scheme}://{}{port_text}/", witness::in_url(host));
                let (expected, why) = self.expected(host, scheme, port);
                asks.push(Ask { url, scheme, place: (key.clone(), port), expected, why });
            }
        }
        asks
    }

    /// Where Chromium finds hosts that it asks for directly: each port has a server here, and so has each address that
    /// is asked for by TLS, which does not say what address it asks for. Nothing else is found: no request leaves.
    fn resolver(&self, asks: &[Ask]) -> String {
        let mut rules = vec!["EXCLUDE 127.0.0.1".to_owned()];
        let ports: BTreeSet<u16> = asks.iter().map(|ask| ask.place.1).collect();
        for ask in asks.iter().filter(|ask| ["https", "wss"].contains(&ask.scheme)) {
            let (host, port) = &ask.place;
            let Ok(ip) = host.parse::<IpAddr>() else { continue };
            let server = self.log.server("direct", Some(host.clone()), *port);
            rules.push(format!("MAP {}:{port} 127.0.0.1:{server}", as_chromium_writes(ip)));
        }
        for port in ports {
            rules.push(format!("MAP *:{port} 127.0.0.1:{}", self.log.server("direct", None, port)));
        }
        rules.push("MAP * ~NOTFOUND".to_owned());
        rules.join(",")
    }

    /// Lets a Chromium ask, and holds what came against what is expected.
    fn ask(&self, pac: Vec<u8>, asks: &[Ask]) -> Found {
        let urls = asks.iter().map(|ask| ask.url.clone()).collect();
        let outcomes = chromium::ask(Job { pac, urls, resolver: self.resolver(asks) });
        compare(asks, &outcomes, &self.log.take())
    }
}

/// A host as the recorders write it: what reaches them are A-labels.
fn key(host: &Host) -> String {
    let written = &host.written;
    recorder::key(&if written.is_ascii() { written.clone() } else { oracle::normal(written) })
}

/// An address in the URL of a request: IPv4 in IPv6 has no dots there.
fn as_chromium_writes(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some() => {
            let [.., high, low] = ip.segments();
            format!("[::ffff:{high:x}:{low:x}]")
        }
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// What Chromium reaches without asking a PAC.
fn never_asked(host: &str) -> bool {
    let key = recorder::key(host);
    match key.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip == Ipv6Addr::LOCALHOST || ip.is_unicast_link_local(),
        Err(_) => key == "localhost" || key.ends_with(".localhost"),
    }
}

/// What came of a list of URLs.
#[derive(Default)]
struct Found {
    different: Vec<String>,
    /// Requests that came where they should, by recorder and how.
    came: BTreeMap<(&'static str, How), usize>,
    /// Those that should come nowhere, and did not.
    blocked: usize,
    /// Those that the browser would send to port 443, or by TLS, instead.
    upgraded: usize,
    /// Hosts that nobody asked for: the browser's own affairs.
    unasked: BTreeSet<String>,
}

fn compare(asks: &[Ask], outcomes: &[Outcome], arrivals: &[Arrival]) -> Found {
    let mut found = Found::default();
    // How often something came does not matter: a server that refuses TLS is asked again, in another way.
    let mut by_place: BTreeMap<&Place, BTreeSet<(&str, How)>> = BTreeMap::new();
    for arrival in arrivals {
        by_place.entry(&arrival.place).or_default().insert((&arrival.at, arrival.how));
    }
    for (ask, outcome) in asks.iter().zip(outcomes) {
        let came = by_place.remove(&ask.place).unwrap_or_default();
        // HSTS: the name is on the browser's own list of those that are asked by https only. With https this test asks
        // for it, too. No name of the site's own rules is on that list.
        let listed = ask.scheme == "http" && !ask.place.0.ends_with(".example");
        if *outcome == Outcome::Upgraded && listed && came.is_empty() {
            found.upgraded += 1;
            continue;
        }
        let answered = matches!(ask.expected, Some((_, How::Url | How::Http))) && ask.scheme == "http";
        let wanted = if answered { Outcome::Answered } else { Outcome::Failed };
        if !came.iter().eq(&ask.expected) || *outcome != wanted {
            let Ask { url, expected, why, .. } = ask;
            found.different.push(format!("{url}: expected {expected:?}, got {came:?}, {outcome:?} ({why})"));
        } else if let Some(expected) = ask.expected {
            *found.came.entry(expected).or_default() += 1;
        } else {
            found.blocked += 1;
        }
    }
    found.unasked = by_place.into_keys().map(|(host, port)| format!("{host}:{port}")).collect();
    found
}

#[test]
fn chromium_sends_every_witness_to_the_proxy_the_policy_names() {
    let begin = Instant::now();
    let recorded = Recorded::new();
    let asks = recorded.asks();
    let found = recorded.ask(recorded.pac.clone(), &asks);
    let Found { different, came, blocked, upgraded, unasked } = &found;
    println!(
        "chromium.yaml: {} requests: {came:?}, {blocked} blocked, {upgraded} upgraded by the browser; {} differences, {:.1} s; \
         not asked for: {unasked:?}",
        asks.len(),
        different.len(),
        begin.elapsed().as_secs_f32(),
    );
    let shown = different.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
    assert!(different.is_empty(), "{} differences, the first of them:\n{shown}", different.len());
    // The comparison is not empty: every recorder was asked in every way, and the second proxy of a route that has a
    // living first one was not.
    let ways = [
        ("web", How::Url),
        ("web", How::Connect),
        ("cloud", How::Url),
        ("cloud", How::Connect),
        ("spare", How::Url),
        ("spare", How::Connect),
        ("rest", How::Url),
        ("rest", How::Connect),
        ("tunnel", How::Socks),
        ("direct", How::Http),
        ("direct", How::Tls),
    ];
    for way in ways {
        assert!(came.get(&way).is_some_and(|count| *count >= 50), "{way:?} was hardly asked");
    }
    assert_eq!(came.len(), ways.len(), "somebody else was asked");
    assert!(*blocked >= 50 && *upgraded * 20 < asks.len(), "{blocked} blocked, {upgraded} upgraded");
    for scheme in ["ws", "wss"] {
        assert!(asks.iter().filter(|ask| ask.scheme == scheme).count() >= 20, "hardly any {scheme}");
    }
    // Those that the browser keeps from the PAC are among them, and the PAC would have sent them elsewhere.
    let kept = asks.iter().filter(|ask| never_asked(&ask.place.0));
    let elsewhere =
        |ask: &&Ask| recorded.oracle.matching(&ask.place.0).route(Some(ask.place.1), PortView::Strict) == "cloud";
    assert!(kept.filter(elsewhere).count() >= 20, "hardly any host is kept from the PAC");
}

/// A comparison that cannot fail proves nothing: a PAC that is damaged must be seen.
#[test]
fn chromium_shows_what_is_wrong_with_a_damaged_pac() {
    let recorded = Recorded::new();
    let sound = String::from_utf8(recorded.pac.clone()).expect("UTF-8");
    let line =
        |mark: &str| sound.lines().find(|line| line.contains(mark)).unwrap_or_else(|| panic!("no line `{mark}`"));
    let (web, cloud) = (line("// 2: web"), line("// 3: cloud"));
    let swapped = sound.replace(web, "(web)").replace(cloud, web).replace("(web)", cloud);
    let damages = [
        ("two routes are swapped", swapped),
        ("what is blocked is let go", sound.replace("PROXY 127.0.0.1:9", "DIRECT")),
        ("a name is missing", sound.replace(line("\"direct.wild.example\""), "")),
        ("a network is one address too small", sound.replace("  169082880, ", "  169082881, ")),
        ("the script does not parse", sound.replace("function pwDecide", "function")),
    ];
    // The damages are all among these. Chromium makes WebSockets wait that come behind others that failed.
    let mut asks = recorded.asks();
    asks.retain(|Ask { scheme, place: (host, _), .. }| {
        scheme.starts_with("http") && (host.ends_with(".wild.example") || host.starts_with("10."))
    });
    for (what, damaged) in damages {
        assert_ne!(damaged, sound, "nothing is damaged: {what}");
        let found = recorded.ask(damaged.into_bytes(), &asks).different;
        println!("{what}: {} differences in {} requests", found.len(), asks.len());
        assert!(!found.is_empty(), "nobody notices that {what}");
        // Chromium says nothing of a script that fails, and goes direct.
        let elsewhere = found.iter().find(|line| !line.contains("got {(\"direct\", "));
        assert!(what != "the script does not parse" || elsewhere.is_none(), "{what}: {elsewhere:?}");
    }
}
