//! Small sites, drawn at random, whose rules cut into each other: by names with stars, networks, protocols, ports, zones and
//! `final`. Whatever a site may say is proved in every target.

use crate::common;
use pacwright::claims::Claims;
use pacwright::diag::{Code, Report, Sink};
use pacwright::pipeline::{self, Built, Paths};
use pacwright::prove;
use proptest::prelude::*;

/// A rule: its route, hosts (none: the service), ports (none: all), whether it is final, and its zone.
type Rule = (&'static str, Vec<String>, Vec<&'static str>, bool, Option<&'static str>);

const ROUTES: [&str; 4] = ["direct", "cloud", "web", "block"];
const PORTS: [&str; 10] = [
    "https",
    "http",
    "tcp/443",
    "tcp/70-90",
    "tcp/1-65535",
    "tcp/8080",
    "udp/443",
    "udp/123",
    "udp/400-500",
    "udp/1-65535",
];

fn host() -> impl Strategy<Value = String> {
    let label = prop::sample::select(vec!["a", "b", "ab", "a", "b", "*", "a*", "*b", "a-*"]);
    let name =
        (prop::sample::select(vec!["", "*.", "."]), prop::collection::vec(label, 0..3)).prop_map(|(before, labels)| {
            let labels: String = labels.iter().map(|label| format!("{label}.")).collect();
            format!("\"{before}{labels}x\"")
        });
    let nets = [
        "0.0.0.0/0",
        "10.0.0.0/8",
        "10.1.0.0/16",
        "10.1.2.0/24",
        "10.1.2.4/30",
        "10.1.2.5",
        "\"2001:db8::/32\"",
        "\"2001:db8::5\"",
    ];
    prop_oneof![8 => name, 3 => prop::sample::select(nets.to_vec()).prop_map(str::to_owned), 1 => Just("plain".to_owned())]
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let zone = prop::option::weighted(0.3, prop::sample::select(vec!["hq", "lab"]));
    let ports = prop_oneof![1 => Just(Vec::new()), 2 => prop::sample::subsequence(PORTS.to_vec(), 1..4)];
    let rule = (
        prop::sample::select(ROUTES.to_vec()),
        prop::collection::vec(host(), 1..4),
        ports,
        prop::bool::weighted(0.1),
        zone.clone(),
    );
    let of_service =
        (prop::sample::select(ROUTES.to_vec()), prop::bool::weighted(0.1), zone, any::<prop::sample::Index>());
    (prop::collection::vec(rule, 1..7), of_service).prop_map(|(mut rules, (route, is_final, zone, at))| {
        rules.insert(at.index(rules.len() + 1), (route, Vec::new(), Vec::new(), is_final, zone));
        rules
    })
}

/// An endpoint: its destination, its ports, whether it is not inspected, not authenticated, and who talks.
type Endpoint = (String, Vec<&'static str>, [bool; 2], &'static str);

fn endpoints() -> impl Strategy<Value = Vec<Endpoint>> {
    let dest = host().prop_filter("no destination of a catalog", |host| host != "plain" && !host.ends_with("/0"));
    let ports = prop::sample::subsequence(PORTS.to_vec(), 1..3);
    let from = prop::sample::select(vec!["", "", ", from: mail-relay", ", from: aks-node"]);
    prop::collection::vec((dest, ports, any::<[bool; 2]>(), from), 1..5)
}

/// A service of the catalog.
fn service(endpoints: &[Endpoint]) -> String {
    let mut text = "service: svc\ntitle: T\npurpose: P\nreviewed: 2026-01-01\nsources: {s: S}\ndefaults: {source: s}\nendpoints:\n".to_owned();
    for (at, (dest, ports, [no_inspect, no_auth], from)) in endpoints.iter().enumerate() {
        let mark = |is: bool, word: &str| if is { format!(", {word}: true") } else { String::new() };
        let marks = mark(*no_inspect, "no_inspect") + &mark(*no_auth, "no_auth");
        text += &format!("  - {{id: e{at}, dest: {dest}, ports: [{}]{marks}{from}}}\n", ports.join(", "));
    }
    text
}

/// Zones of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zones {
    None,
    /// Two with the same default.
    Alike,
    /// Two with other defaults.
    Unlike,
}

/// The site; zones only when they are wanted.
fn site(rules: &[Rule], default: &str, zones: Zones) -> String {
    let mut text = "site: small\nroutes:\n  cloud: {proxies: [\"http://c.example:8080\"]}\n  web: {proxies: [\"http://w.example:8080\"]}\n".to_owned();
    if zones != Zones::None {
        let own = if zones == Zones::Unlike { ", default: block" } else { "" };
        text += &format!(
            "zones:\n  hq: {{sources: [10.2.0.0/16, \"2001:db8:5::/48\"]}}\n  lab: {{sources: [10.3.0.0/16]{own}}}\n"
        );
    }
    // Every target has something to say.
    text += &format!("default: {default}\nrules:\n  - {{route: cloud, hosts: [always.example, 192.0.2.0/24]}}\n");
    for (route, hosts, ports, is_final, zone) in rules {
        let ports = if ports.is_empty() { String::new() } else { format!(", ports: [{}]", ports.join(", ")) };
        let is_final = if *is_final { ", final: true" } else { "" };
        let zone = zone.filter(|_| zones != Zones::None).map_or_else(String::new, |zone| format!(", zones: [{zone}]"));
        let what =
            if hosts.is_empty() { "services: [svc]".to_owned() } else { format!("hosts: [{}]", hosts.join(", ")) };
        text += &format!("  - {{route: {route}, {what}{ports}{is_final}{zone}}}\n");
    }
    let proxies = "routes: [cloud]";
    // Zscaler's lists do not tell zones apart.
    let for_all = if rules.len().is_multiple_of(2) && zones != Zones::Unlike { ", include_default: true" } else { "" };
    let with_default = if rules.len().is_multiple_of(2) { ", include_default: true" } else { "" };
    text + &format!(
        "outputs: [{{target: pac}}, {{target: squid, {proxies}{with_default}}}, {{target: zscaler, {proxies}{for_all}}}, \
         {{target: zscaler, dir: by-route}}, {{target: zscaler, dir: by-service, by: service}}, {{target: csv}}, {{target: firewall}}]\n"
    )
}

/// How many sites are drawn; `SITES` says another number.
fn cases() -> u32 {
    std::env::var("SITES").ok().and_then(|text| text.parse().ok()).unwrap_or(60)
}

/// A site beside a catalog of one service, built and proved, and looked at.
fn proved(service: &str, text: &str, look: impl FnOnce(&Built)) {
    let folder = common::folder();
    std::fs::create_dir(folder.path().join("catalog")).unwrap();
    std::fs::write(folder.path().join("catalog/svc.yaml"), service).unwrap();
    let path = folder.path().join("site.yaml");
    std::fs::write(&path, text).unwrap();
    let mut report = Report::default();
    let paths = Paths { site: path, catalog: Some(folder.path().join("catalog")) };
    let input = pipeline::load(&paths, &mut report);
    let input = input.unwrap_or_else(|| panic!("{:#?}\n{text}{service}", report.sink.found()));
    let built = common::run(&input, &mut report);
    let mut sink = Sink::default();
    let proof = prove::build(&built, &Claims::of(&built, &report.files), &mut sink);
    let unproved: Vec<_> = sink.found().iter().filter(|found| found.code == Code::Unproved).collect();
    assert!(proof.differences == 0 && unproved.is_empty(), "{text}{service}{unproved:#?}");
    look(&built);
}

/// Who opens a connection, where several do, and networks that Squid takes for names.
#[test]
fn who_opens_and_what_stays_allowed() {
    let service = "service: svc\ntitle: T\npurpose: P\nreviewed: 2026-01-01\nsources: {s: S}\ndefaults: {source: s}\nendpoints:\n  \
        - {id: net, dest: 192.0.2.0/24, ports: [https], from: azure}\n  \
        - {id: wide, dest: \"*.d.example\", ports: [https], from: azure}\n  \
        - {id: twin, dest: q.example, ports: [udp/443]}\n  \
        - {id: one, dest: p.example, ports: [https]}\n  \
        - {id: two, dest: p.example, ports: [https, http], from: aks-node}\n  \
        - {id: one-net, dest: 198.51.100.0/24, ports: [https]}\n  \
        - {id: two-net, dest: 198.51.100.0/24, ports: [https, http], from: aks-node}\n";
    let head = "site: t\nroutes: {web: {proxies: [\"http://w.example:1\"]}, cloud: {proxies: [\"http://c.example:1\"]}}\ndefault: web\n";
    let zones = "zones: {z1: {sources: [10.1.0.0/16]}, z2: {sources: [10.2.0.0/16], vantage: azure}}\n";
    for (rules, outputs) in [
        (
            "- {route: direct, services: [svc]}\n  - {route: direct, hosts: [a.d.example, 192.0.2.7]}",
            "{target: firewall}, {target: csv}",
        ),
        (
            "- {route: web, hosts: [q.example], ports: [https, udp/1-65535], zones: [z1]}\n  - {route: web, services: [svc]}",
            "{target: firewall}",
        ),
        ("- {route: cloud, hosts: [0.0.0.0/0]}", "{target: squid, include_default: true, routes: [web]}"),
        ("- {route: direct, hosts: [0.0.0.0/8, \"::/0\"]}", "{target: squid, include_default: true, routes: [web]}"),
    ] {
        let text = format!("{head}{zones}rules:\n  {rules}\noutputs: [{outputs}]\n");
        proved(service, &text, |_| {});
    }
}

/// Everybody who talks has a row, whoever else talks to the same, or to something below it.
#[test]
fn those_who_talk_take_nothing_from_each_other() {
    let service = "service: svc\ntitle: T\npurpose: P\nreviewed: 2026-01-01\nsources: {s: S}\ndefaults: {source: s, ports: [https]}\nendpoints:\n  \
        - {id: same, dest: p.example}\n  \
        - {id: same-node, dest: p.example, from: aks-node}\n  \
        - {id: wide-node, dest: .d.example, from: aks-node}\n  \
        - {id: below, dest: w.d.example}\n  \
        - {id: net, dest: 198.51.100.0/24}\n  \
        - {id: net-node, dest: 198.51.100.0/25, from: aks-node}\n";
    let text = "site: t\nroutes: {web: {proxies: [\"http://w.example:1\"]}}\ndefault: web\nrules:\n  \
        - {route: web, hosts: [x.d.example]}\n  - {route: direct, services: [svc]}\noutputs: [{target: firewall}]\n";
    proved(service, text, |built| {
        let text = |name: &str| {
            let file = built.artifacts.iter().find(|artifact| artifact.path.ends_with(name)).unwrap();
            String::from_utf8_lossy(&file.bytes).into_owned()
        };
        let mut rows: Vec<String> = text("firewall.csv")
            .lines()
            .skip(1)
            .filter(|row| row.contains(",svc,"))
            .map(|row| {
                let cells: Vec<&str> = row.split(',').collect();
                format!("{} {} except {}", cells[1], cells[3], cells[7])
            })
            .collect();
        rows.sort();
        let expected = [
            "aks-node .d.example except x.d.example",
            "aks-node 198.51.100.0/25 except ",
            "aks-node p.example except ",
            "clients 198.51.100.0/24 except ",
            "clients p.example except ",
            "clients w.d.example except ",
        ];
        assert_eq!(rows, expected);
        let chains = text("pacwright.nft");
        assert!(chains.contains("198.51.100.0/24") && chains.contains("198.51.100.0/25"), "{chains}");
    });
}

/// Zscaler's lists where they can say least: marks below names that no line says, or of what is refused; refusals of one zone beside
/// a default; names that lie deeper than a final refusal reaches.
#[test]
fn what_lists_of_lines_cannot_say() {
    let zones = "zones: {z1: {sources: [10.1.0.0/16]}, z2: {sources: [10.2.0.0/16]}}\n";
    let with_default = ", include_default: true";
    let svc = "- {route: web, services: [svc]}";
    // The marked endpoint, the rules, and what else is said of the output.
    for (dest, rules, output) in [
        // Refusals that no exception says.
        (".ba.d.e", format!("- {{route: block, hosts: [\".*a.d.e\"], final: true}}\n  {svc}"), ""),
        (".ba.d.e", format!("- {{route: block, hosts: [\"*a.d.e\"], final: true}}\n  {svc}"), ""),
        ("x.d.e", "- {route: block, hosts: [\"*a.d.e\"], final: true}\n  - {route: web, hosts: [.ba.d.e]}".to_owned(), ""),
        (".ba.d.e", format!("- {{route: direct, hosts: [\"*.ba.d.e\"]}}\n  {svc}"), with_default),
        (".d.e", format!("{svc}\n  - {{route: direct, hosts: [\"*.b.a.d.e\"]}}"), with_default),
        // Two refusals that take the ports of one entry.
        (
            "x.d.e",
            "- {route: web, hosts: [ctldl.windowsupdate.com]}\n  - {route: direct, services: [certificate-validation]}\n  \
             - {route: web, services: [{entra-id: {groups: all}}]}"
                .to_owned(),
            "",
        ),
        ("*.b.f.example", format!("- {{route: web, hosts: [\"*.example\"], ports: [https]}}\n  {svc}"), ""),
        ("*.b.f.example", format!("- {{route: web, hosts: [.example]}}\n  {svc}"), ""),
        ("*.b.f.example", format!("- {{route: web, hosts: [\"a.*.example\"]}}\n  {svc}"), ""),
        ("ab.example", format!("- {{route: web, hosts: [\"*.example\"], ports: [https], final: true}}\n  {svc}"), ""),
        ("x.d.e", "- {route: block, hosts: [d.e], zones: z1}".to_owned(), with_default),
        (
            "x.d.e",
            "- {route: block, hosts: [.d.e], zones: z1}\n  - {route: direct, hosts: [d.e], zones: z2}".to_owned(),
            with_default,
        ),
        (
            "x.d.e",
            "- {route: block, hosts: [.d.e], final: true}\n  - {route: web, hosts: [.b.b.x.a.a.d.e]}".to_owned(),
            "",
        ),
        (
            "x.d.e",
            "- {route: block, hosts: [\"*.d.e\"], final: true}\n  - {route: web, hosts: [b.b.x.a.a.a.d.e]}".to_owned(),
            "",
        ),
        (
            "x.d.e",
            "- {route: web, hosts: [w.d.e]}\n  - {route: block, hosts: [\"*w.d.e\"], final: true}".to_owned(),
            "",
        ),
        (
            "x.d.e",
            "- {route: web, hosts: [w.d.e]}\n  - {route: direct, hosts: [\"w*.d.e/p/*\"], final: true}".to_owned(),
            "",
        ),
        ("ba.d.e", format!("- {{route: web, hosts: [ba.d.e]}}\n  - {{route: direct, hosts: [ba.d.e]}}\n  {svc}"), ""),
        (
            "ba.d.e",
            format!("- {{route: block, hosts: [ba.d.e], ports: [https]}}\n  - {{route: web, hosts: [.d.e]}}\n  {svc}"),
            "",
        ),
        ("ba.d.e", format!("- {{route: direct, hosts: [ba.d.e], ports: [https]}}\n  {svc}"), with_default),
        (
            "*cdn.d.e",
            format!("- {{route: web, hosts: [\"*cdn.d.e\"]}}\n  {svc}\n  - {{route: direct, hosts: [\"*.cdn.d.e\"]}}"),
            "",
        ),
        ("ba.d.e", format!("- {{route: block, hosts: [\".*a.d.e\"], final: true}}\n  {svc}"), ""),
        (
            "*.ab.d.e",
            format!(
                "- {{route: block, hosts: [\"*.ab.d.e\"], ports: [https]}}\n  - {{route: web, hosts: [\"*.ab.d.e\"]}}\n  {svc}"
            ),
            "",
        ),
        (
            "a*.d.e",
            format!(
                "{svc}\n  - {{route: block, hosts: [a.d.e], ports: [https]}}\n  - {{route: web, hosts: [\"a*.d.e\"]}}"
            ),
            "",
        ),
        ("a.d.e", format!("{svc}\n  - {{route: direct, hosts: [\"a*.d.e/p/*\"], final: true}}"), ""),
    ] {
        let service = format!(
            "service: svc\ntitle: T\npurpose: P\nreviewed: 2026-01-01\nsources: {{s: S}}\ndefaults: {{source: s}}\nendpoints:\n  \
             - {{id: marked, dest: \"{dest}\", ports: [https], no_inspect: true, no_auth: true}}\n"
        );
        let before = if rules.contains("zones:") { zones } else { "" };
        let text = format!(
            "site: t\nroutes: {{web: {{proxies: [\"http://w.example:1\"]}}}}\ndefault: web\n{before}rules:\n  \
             - {{route: web, hosts: [always.k.test]}}\n  {rules}\nparams: {{tenant_id: 0a1b2c3d-0000-0000-0000-000000000000}}\noutputs: [{{target: zscaler, routes: [web]{output}}}]\n"
        );
        proved(&service, &text, |_| {});
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_site_says_is_proved(rules in rules(), endpoints in endpoints(), default in prop::sample::select(ROUTES.to_vec()), zones in prop::sample::select(vec![Zones::None, Zones::Alike, Zones::Unlike])) {
        let text = site(&rules, default, zones);
        proved(&service(&endpoints), &text, |built| assert!(built.artifacts.len() > 4, "{text}"));
    }
}

/// Final rules are a table of their own only where a star inside a label decides.
#[test]
fn final_rules_are_worked_into_the_table_of_the_others() {
    let others = "- {route: web, hosts: [.d.e, \"*.x.d.e\", a.d.e, srv, \"u*.x.d.e\"]}\n  - {route: direct, hosts: [b.d.e], ports: [http]}\n  \
        - {route: cloud, hosts: [y.x.d.e]}";
    let head = "site: t\nroutes: {web: {proxies: [\"http://w.example:1\"]}, cloud: {proxies: [\"http://c.example:1\"]}}\ndefault: direct\n";
    for (finals, tables) in [
        ("- {route: block, hosts: [.d.e], final: true}", 1),
        ("- {route: block, hosts: [.d.e], ports: [https], final: true}", 1),
        ("- {route: block, hosts: [\"*.x.d.e\"], ports: [http], final: true}", 1),
        ("- {route: block, hosts: [c.x.d.e, \"*.d.e\"], ports: [https, tcp/8080], final: true}", 1),
        ("- {route: block, hosts: [plain], ports: [http], final: true}", 1),
        ("- {route: block, hosts: [\"v*.x.d.e\"], final: true}", 2),
    ] {
        for rules in [format!("{finals}\n  {others}"), format!("{others}\n  {finals}")] {
            let text = format!("{head}rules:\n  {rules}\noutputs: [{{target: pac}}]\n");
            proved(
                "service: svc\ntitle: T\npurpose: P\nreviewed: 2026-01-01\nsources: {s: S}\ndefaults: {source: s, ports: [https]}\nendpoints: [{id: i, dest: i.example}]\n",
                &text,
                |built| {
                    let pac = String::from_utf8_lossy(&built.artifacts[0].bytes);
                    assert_eq!(pac.lines().filter(|line| *line == "names: {").count(), tables, "{text}{pac}");
                },
            );
        }
    }
}
