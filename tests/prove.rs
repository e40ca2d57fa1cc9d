//! The proof finds what is wrong: artifacts are damaged line by line, and each damage that changes what a file says must
//! be found. What the undamaged files say agrees, and the counts are printed.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common;
use pacwright::claims::Claims;
use pacwright::diag::{Code, Sink};
use pacwright::pipeline::{Artifact, Built};
use pacwright::prove::{self, Proof};
use pacwright::source::Files;
use pacwright::target::fidelity::{Kind, Reason};

fn proved(built: &Built, files: &Files, sink: &mut Sink) -> Proof {
    prove::build(built, &Claims::of(built, files), sink)
}

fn unproved(built: &Built, files: &Files) -> usize {
    let mut sink = Sink::default();
    let proof = proved(built, files, &mut sink);
    assert_eq!(proof.differences > 0, sink.found().iter().any(|d| d.code == Code::Unproved));
    proof.differences
}

/// The same of the output of one artifact.
fn unproved_alone(built: &Built, files: &Files, artifact: usize) -> usize {
    let mut claims = Claims::of(built, files);
    let own = claims.outputs[built.artifacts[artifact].output].id.clone();
    claims.outputs.retain(|output| output.id == own);
    let mut sink = Sink::default();
    prove::build(built, &claims, &mut sink).differences
}

#[test]
fn what_is_built_is_proved() {
    let folder = common::folder();
    let everything = common::everything(folder.path(), Path::new("/etc/squid/pacwright"));
    for (name, site) in [("site.yaml", common::root().join("site.yaml")), ("everything.yaml", everything)] {
        let (input, mut report) = common::load(&site);
        let built = common::run(&input, &mut report);
        let mut sink = Sink::default();
        let proof = proved(&built, &report.files, &mut sink);
        println!("{name}: {} classes, {} hosts, {:?}", proof.classes, proof.hosts, proof.outputs);
        let words: Vec<&str> = sink.found().iter().map(|d| d.message.as_str()).collect();
        assert_eq!(proof.differences, 0, "{}", words.join("\n"));
        assert!(proof.classes > 500 && proof.outputs.len() >= 3);
    }
}

/// Networks beside the IPv4-mapped addresses: their neighbours are IPv4 hosts to everybody.
#[test]
fn neighbours_of_mapped_addresses_are_ipv4() {
    let folder = common::folder();
    let site = folder.path().join("site.yaml");
    let text = "site: mapped\nroutes: {p: {proxies: [\"http://p.example:8080\"]}}\nrules:\n  \
        - {route: p, hosts: [\"::fffe:0:0/96\", 255.0.0.0/8]}\n  - {route: direct, hosts: [0.0.0.0/8, \"::1:0:0:0/96\"]}\n\
        default: block\noutputs: [{target: pac}, {target: squid, serve: selected}]\n";
    std::fs::write(&site, text).unwrap();
    let (input, mut report) = common::load(&site);
    let built = common::run(&input, &mut report);
    assert_eq!(unproved(&built, &report.files), 0);
}

/// Rules for UDP alone, or beside TCP: a proxy holds nothing of them, a firewall all.
#[test]
fn rules_for_udp_are_proved() {
    let folder = common::folder();
    let site = folder.path().join("site.yaml");
    let text = "site: udp\nroutes: {p: {proxies: [\"http://p.example:8080\"]}}\ndefault: direct\nrules:\n  \
        - {route: p, hosts: [alone.example, 10.9.8.0/24, \"2001:db8:9::1\"], ports: [udp/443]}\n  \
        - {route: p, hosts: [both.example, 10.1.2.3, \"2001:db8::1\"], ports: [tcp/8080, udp/443]}\n  \
        - {route: direct, hosts: [10.1.2.4, out.example], ports: [tcp/8080, udp/443]}\n\
        outputs: [{target: pac}, {target: squid, routes: [p]}, {target: zscaler, routes: [p]}, {target: csv}, {target: firewall}]\n";
    std::fs::write(&site, text).unwrap();
    let (input, mut report) = common::load(&site);
    let built = common::run(&input, &mut report);
    let mut sink = Sink::default();
    let proof = proved(&built, &report.files, &mut sink);
    assert_eq!(proof.differences, 0, "{:#?}", sink.found());
    assert!(built.artifacts.len() > 5, "{:?}", report.sink.found());
}

/// Every service with every group, in each cloud that still exists: each has its own endpoints.
#[test]
fn every_cloud_is_proved() {
    let folder = common::folder();
    let everything = std::fs::read_to_string(common::root().join("tests/sites/everything.yaml")).unwrap();
    let params: String = everything
        .lines()
        .skip_while(|l| *l != "params:")
        .take_while(|l| *l != "zones:")
        .map(|l| format!("{l}\n"))
        .collect();
    for (cloud, fewest) in [("public", 700), ("usgov", 40), ("china", 40)] {
        let site = folder.path().join(format!("{cloud}.yaml"));
        std::fs::write(&site, format!("site: {cloud}\ncloud: {cloud}\n{params}{EVERY_SERVICE}")).unwrap();
        let (input, mut report) = common::load(&site);
        let built = common::run(&input, &mut report);
        let mut sink = Sink::default();
        let proof = proved(&built, &report.files, &mut sink);
        println!(
            "{cloud}: {} endpoints, {} classes, {} hosts, {:?}",
            built.plan.items.len(),
            proof.classes,
            proof.hosts,
            proof.outputs
        );
        let words: Vec<&str> = sink.found().iter().map(|d| d.message.as_str()).collect();
        assert_eq!(proof.differences, 0, "{cloud}: {}", words.join("\n"));
        assert!(built.plan.items.len() >= fewest, "{cloud} has {} endpoints", built.plan.items.len());
    }
}

const EVERY_SERVICE: &str = r#"
routes:
  cloud: {proxies: ["http://cloud.example:3128"]}
rules:
  - {route: cloud, services: [{"*": {groups: all}}]}
default: cloud
waivers:
  - {code: open-no-decrypt, for: "*.atp.azure.com", reason: a test, until: 9999-12-31}
outputs:
  - {target: pac}
  - {target: squid}
  - {target: zscaler}
  - {target: csv}
  - {target: firewall}
"#;

/// Whether a line is only for people: its loss changes no decision.
fn says_nothing(path: &str, line: &str) -> bool {
    let line = line.trim();
    let for_people = line.is_empty() || line.starts_with('#') || line.starts_with("//");
    // Behind the last line of a parent stands the opposite of it: what the lost line said.
    let for_parents = line.starts_with("cache_peer_access") && line.ends_with("deny all");
    // What no rule allows is sent to no parent, whatever the lists of the parents say of it.
    let for_parents = for_parents || path.contains("_except_to_");
    // Whether a set has to hold networks shows in its elements; a table that is not deleted first is loaded all the same.
    let for_loading = line == "flags interval" || line.starts_with("delete table");
    for_people || for_loading || for_parents || path.ends_with(".pac") && !line.contains("\": ")
}

#[test]
fn every_lost_line_is_found() {
    every_lost_line_of("tests/sites/planted.yaml", &[], 60);
}

/// The lists of what is not inspected and not authenticated are proved as well, and what the tables say of it.
#[test]
fn every_lost_line_of_marked_hosts_is_found() {
    // What other lines of the same site say as well.
    let twice = [
        "www.microsoft.com",
        "plainly.msappproxy.net",
        "login.microsoftonline.com",
        ".msappproxy.net",
        "secure.aadcdn.microsoftonline-p.com",
    ];
    every_lost_line_of("tests/sites/marked.yaml", &twice, 150);
}

#[test]
fn marks_that_are_lost_or_too_many_are_found() {
    let damages: &[(&str, &str, &str)] = &[
        // What is not marked is not inspected any more, or the reverse.
        ("squid/pacwright.conf", "acl pacwright_no_bump any-of ", "acl pacwright_no_bump any-of all "),
        ("users/pacwright.conf", "acl pacwright_no_auth any-of ", "acl pacwright_no_auth any-of all "),
        ("users/pacwright.conf", "http_access allow pacwright_no_auth\n", ""),
        ("squid/pacwright.conf", "acl pacwright_no_bump ", "acl pacwright_no_bumps "),
        (
            "zscaler/url-categories.csv+",
            "+, MARKED-NO-DECRYPT, CUSTOM, .msappproxy.net",
            "+, MARKED-NO-DECRYPT, CUSTOM, .net",
        ),
        (
            "zscaler/url-categories.csv+",
            "+, MARKED-NO-AUTH, CUSTOM, activation.sls.microsoft.com",
            "+, MARKED-NO-AUTH, CUSTOM, login.windows.example",
        ),
        ("destinations.csv", "no-inspect no-auth", "no-inspect"),
        ("destinations.csv", "no-auth", ""),
    ];
    let (input, mut report) = common::load(&common::root().join("tests/sites/marked.yaml"));
    let mut built = common::run(&input, &mut report);
    for (path, from, to) in damages {
        // With a `+` the list of the category says the same: both are damaged.
        let file = path.trim_end_matches('+');
        let at = built.artifacts.iter().position(|a| a.path == file).unwrap_or_else(|| panic!("no {path}"));
        let sound: Vec<Vec<u8>> = built.artifacts.iter().map(|a| a.bytes.clone()).collect();
        let mut edit = |at: usize, from: &str, to: &str| {
            let whole = String::from_utf8(built.artifacts[at].bytes.clone()).unwrap();
            assert!(whole.contains(from), "{path} has no `{from}` any more");
            built.artifacts[at].bytes = whole.replacen(from, to, 1).into_bytes();
        };
        edit(at, from, to);
        if path.ends_with('+') {
            let url = |line: &str| line.rsplit(' ').next().unwrap().to_owned();
            let list = format!("zscaler/{}.txt", from.split([' ', ',']).nth(2).unwrap());
            let at = built.artifacts.iter().position(|a| a.path == list).unwrap_or_else(|| panic!("no {list}"));
            let whole = String::from_utf8(built.artifacts[at].bytes.clone()).unwrap();
            built.artifacts[at].bytes = whole.replacen(&url(from), &url(to), 1).into_bytes();
        }
        assert!(unproved_alone(&built, &report.files, at) > 0, "{path}: `{from}` became `{to}`, and nobody noticed");
        for (artifact, bytes) in built.artifacts.iter_mut().zip(sound) {
            artifact.bytes = bytes;
        }
    }
}

/// Of two entries that are as specific, the marks of both hold, and the earlier decides.
#[test]
fn marks_of_equals_hold() {
    let (input, mut report) = common::load(&common::root().join("tests/sites/marked.yaml"));
    let built = common::run(&input, &mut report);
    let holds = |path: &str| {
        let lists = built.artifacts.iter().filter(|a| a.path.starts_with(path));
        lists
            .map(|a| String::from_utf8_lossy(&a.bytes).into_owned())
            .any(|text| text.contains("enterpriseregistration"))
    };
    assert!(holds("zscaler/MARKED-NO-DECRYPT.txt") && holds("squid/pw_names_no_"));
    assert_eq!(unproved(&built, &report.files), 0);
}

/// A manifest of an older version does not say what is marked: its files are proved but for that.
#[test]
fn claims_without_marks_prove_the_rest() {
    let (input, mut report) = common::load(&common::root().join("tests/sites/marked.yaml"));
    let built = common::run(&input, &mut report);
    let mut claims = Claims::of(&built, &report.files);
    claims.marks = false;
    claims.endpoints.iter_mut().for_each(|endpoint| endpoint.marks.clear());
    assert_eq!(prove::build(&built, &claims, &mut Sink::default()).differences, 0);
    claims.marks = true;
    assert!(prove::build(&built, &claims, &mut Sink::default()).differences > 0);
}

/// But of lines that others make needless, and of an output that lets its marked hosts through by two lines.
fn every_lost_line_of(site: &str, twice: &[&str], fewest: usize) {
    let (input, mut report) = common::load(&common::root().join(site));
    let mut built = common::run(&input, &mut report);
    assert_eq!(unproved(&built, &report.files), 0);
    let (mut planted, mut survived) = (0, Vec::new());
    for at in 0..built.artifacts.len() {
        let path = built.artifacts[at].path.clone();
        let whole = String::from_utf8(built.artifacts[at].bytes.clone()).unwrap();
        let lines: Vec<&str> = whole.lines().collect();
        for lost in 0..lines.len() {
            // Of long lists, whose lines are alike, some.
            if says_nothing(&path, lines[lost])
                || twice.contains(&lines[lost])
                || path.starts_with("users/")
                || (lines.len() > 60 && lost % 4 != 0)
            {
                continue;
            }
            let kept: Vec<&str> = lines.iter().enumerate().filter(|(n, _)| *n != lost).map(|(_, l)| *l).collect();
            built.artifacts[at].bytes = format!("{}\n", kept.join("\n")).into_bytes();
            planted += 1;
            if unproved_alone(&built, &report.files, at) == 0 {
                survived.push(format!("{path}:{}: {}", lost + 1, lines[lost]));
            }
        }
        built.artifacts[at].bytes = whole.into_bytes();
    }
    println!("{planted} lost lines, {} not found", survived.len());
    assert!(planted > fewest, "only {planted} lines were tried");
    assert!(survived.is_empty(), "{}", survived.join("\n"));
}

#[test]
fn widened_suffixes_lost_anchors_and_swapped_routes_are_found() {
    let (input, mut report) = common::load(&common::root().join("tests/sites/planted.yaml"));
    let mut built = common::run(&input, &mut report);
    let damages: &[(&str, &str, &str)] = &[
        ("proxy-hq.pac", "\"wild.example\"", "\"ild.example\""),
        ("proxy-hq.pac", "\"*cdn\"", "\"*cdm\""),
        ("proxy-hq.pac", "// 2: web", "// 2: web\n, \"DIRECT\""),
        ("proxy-lab.pac", "PROXY cloud.example:3128", "PROXY cloud.example:3129"),
        ("proxy-hq.pac", "return end === 46", "return end === 44"),
        ("proxy-hq.pac", "var name = host.toLowerCase()", "var name = host"),
        ("proxy-hq.pac", "https://\": 443", "https://\": 442"),
        ("squid/pacwright.conf", "!pw_apex", "pw_apex"),
        ("squid/pacwright.conf", "http_access allow", "http_access deny"),
        ("squid/pacwright.conf", "127.1.0.0/16", "127.3.0.0/16"),
        ("squid/pacwright.conf", "port 443 8443", "port 443 8444"),
        ("squid/pw_names_any_2.txt", ".tree.example", "tree.example"),
        ("squid/pw_names_any.txt", "exact.example", "exact.exampl"),
        ("zscaler/PLANTED-CLOUD.txt", "exact.example", "exact2.example"),
        ("destinations.csv", "exact.example", "exact2.example"),
        ("destinations.csv", ",cloud,", ",web,"),
        ("destinations.csv", "tcp/1688", "tcp/1689"),
        ("destinations.csv", "hq lab,", "hq,"),
        (
            "destinations.csv",
            "everything else,default,any,all,proxy,web",
            "everything else,default,any,all,proxy,cloud",
        ),
        ("firewall/firewall.csv", "exact.example", "exact2.example"),
        ("firewall/firewall.csv", "straight.tree.example,", ","),
        ("firewall/firewall.csv", "proxy:cloud", "clients"),
        ("firewall/firewall.csv", "tcp/1688", "tcp/1689"),
        ("firewall/pacwright.nft", "10.0.0.0/8", "10.0.0.0/9"),
        ("firewall/pacwright.nft", "192.0.2.0/25", "192.0.2.0/24"),
        ("firewall/pacwright.nft", "saddr { 127.1.0.0/16, 127.5.1.0/24 }", "saddr { 127.2.0.0/16, 127.5.1.0/24 }"),
        ("firewall/pacwright.nft", "dport { 1688 }", "dport { 1689 }"),
    ];
    let mut tried = 0;
    for (path, from, to) in damages {
        let at = built.artifacts.iter().position(|a| a.path == *path).unwrap_or_else(|| panic!("no {path}"));
        let whole = String::from_utf8(built.artifacts[at].bytes.clone()).unwrap();
        assert!(whole.contains(from), "{path} has no `{from}` any more");
        tried += 1;
        built.artifacts[at].bytes = whole.replacen(from, to, 1).into_bytes();
        assert!(unproved_alone(&built, &report.files, at) > 0, "{path}: `{from}` became `{to}`, and nobody noticed");
        built.artifacts[at].bytes = whole.into_bytes();
    }
    println!("{tried} damages found");
    assert!(tried >= 10, "only {tried} of the damages fit the files");
}

/// What is told of a difference: both answers, the place of the entry, and the line of the file.
#[test]
fn a_difference_is_told_with_its_places() {
    let (input, mut report) = common::load(&common::root().join("tests/sites/planted.yaml"));
    let mut built = common::run(&input, &mut report);
    // The names stay, what they exclude goes.
    let at = built.artifacts.iter().position(|a| a.path == "squid/pacwright.conf").unwrap();
    let whole = String::from_utf8(built.artifacts[at].bytes.clone()).unwrap();
    built.artifacts[at].bytes = whole.replace(" !pw_apex_any", "").into_bytes();
    let mut claims = Claims::of(&built, &report.files);
    claims.outputs.retain(|output| output.id == "squid");
    let mut sink = Sink::default();
    assert!(prove::build(&built, &claims, &mut sink).differences > 0);
    let said: Vec<String> =
        sink.found().iter().map(|found| pacwright::diag::text::render(found, &report.files, false)).collect();
    let said = said.join("\n");
    for wanted in
        ["`squid` says `allowed` for `", "says `refused`", "- the entry", "= help: `squid/pw_below_any.txt` line "]
    {
        assert!(said.contains(wanted), "no `{wanted}` in\n{said}");
    }
}

/// What each target declares of each form of destination, alone in a site, is true: a widening allows more, a narrowing
/// less, and what is exact neither.
#[test]
fn every_declared_loss_is_one() {
    let forms = [
        "a.example",
        "*.d.example",
        ".d.example",
        "*cdn.g.example",
        "a.*.s.example",
        "*.*.t.example",
        "x.b_c.example",
        "a.b.c.d.e.f.g.example",
        "*.b.c.d.e.f.g.example",
        "192.0.2.0/24",
        "198.51.100.7",
        "2001:db8::/48",
        "plain",
    ];
    let outputs = ["pac", "pac, ports: web", "pac, ports: ignore", "squid", "zscaler", "csv", "firewall"];
    let (mut tried, mut widened, mut narrowed) = (0, 0, 0);
    for form in forms {
        for ports in ["", ", ports: [https]"] {
            for output in outputs {
                let folder = common::folder();
                let site = folder.path().join("site.yaml");
                let text = format!(
                    "site: one\nroutes: {{p: {{proxies: [\"http://p.example:8080\"]}}}}\nrules:\n  \
                     - {{route: p, hosts: [\"{form}\"]{ports}}}\n  - {{route: p, hosts: [another.unlike]}}\ndefault: direct\n\
                     outputs: [{{target: {output}}}]\n"
                );
                std::fs::write(&site, text).unwrap();
                let (input, mut report) = common::load(&site);
                let built = common::run(&input, &mut report);
                let claims = Claims::of(&built, &report.files);
                let reasons = claims.lines.iter().flat_map(|line| line.said.reasons.iter());
                let declares = |less: bool| {
                    let is = |reason: &&Reason| if less { reason.says_less() } else { reason.kind() == Kind::Widened };
                    reasons.clone().any(|reason| is(&reason))
                };
                // Without the declarations of one direction, the differences of that direction show.
                let shows = |less: bool| {
                    let mut claims = claims.clone();
                    for line in &mut claims.lines {
                        let is = |reason: &Reason| {
                            if less { reason.says_less() } else { reason.kind() == Kind::Widened }
                        };
                        line.said.reasons.retain(|reason| !is(reason));
                    }
                    prove::build(&built, &claims, &mut Sink::default()).differences > 0
                };
                for less in [false, true] {
                    let what = if less { "less" } else { "more" };
                    assert_eq!(
                        shows(less),
                        declares(less),
                        "`{form}`{ports} in `{output}`: whether it says {what}, and whether that is declared: {:?}",
                        claims.lines
                    );
                }
                (widened, narrowed) = (widened + usize::from(declares(false)), narrowed + usize::from(declares(true)));
                tried += 1;
            }
        }
    }
    println!("{tried} forms in outputs, {widened} widened, {narrowed} said less, all true");
    assert!(widened > 10 && narrowed > 10);
}

/// Names of which there are so many that not every port is asked for at each.
#[test]
fn one_wrong_name_among_many_is_found() {
    let folder = common::folder();
    let list: String = (0..6000).map(|n| format!(".n{}-{n}.example\n", n % 7)).collect();
    std::fs::write(folder.path().join("list.txt"), list).unwrap();
    let site = folder.path().join("site.yaml");
    for (rule, asked_twice) in [("", false), (", ports: [https]", true)] {
        let text = format!(
            "site: long\nroutes: {{p: {{proxies: [\"http://p.example:8080\"]}}}}\nrules:\n  - {{route: p, hosts_file: list.txt}}\n  \
             - {{route: direct, hosts: [one.example.org]{rule}}}\n\
             default: block\noutputs: [{{target: pac}}, {{target: squid, routes: [p]}}, {{target: csv}}]\n"
        );
        std::fs::write(&site, text).unwrap();
        let (input, mut report) = common::load(&site);
        let mut built = common::run(&input, &mut report);
        let mut sink = Sink::default();
        let proof = proved(&built, &report.files, &mut sink);
        assert!(
            proof.hosts > 10_000 && proof.differences == 0,
            "{} hosts, {} differences",
            proof.hosts,
            proof.differences
        );
        let questions = proof.outputs.iter().find(|(id, _)| id == "proxy.pac").unwrap().1;
        assert_eq!(questions > 2 * proof.hosts, asked_twice, "{questions} questions, {} hosts", proof.hosts);
        let name = "n3-3650.example";
        let mut damaged = 0;
        for artifact in 0..built.artifacts.len() {
            let text = String::from_utf8(built.artifacts[artifact].bytes.clone()).unwrap();
            // In a packed PAC stand the ends of names.
            let bytes = if text.contains("are packed") {
                let line =
                    text.lines().find(|line| line.starts_with("  \"n.example\": \"")).expect("names of .example");
                let digit = line.len() / 2 + line[line.len() / 2..].find(|c: char| c.is_ascii_digit()).unwrap();
                text.replacen(line, &format!("{}q{}", &line[..digit], &line[digit + 1..]), 1)
            } else {
                text.replacen(name, &name.replace('-', "-q"), 1)
            };
            if bytes != text {
                built.artifacts[artifact].bytes = bytes.into_bytes();
                let path = &built.artifacts[artifact].path;
                assert!(unproved(&built, &report.files) > 0, "{name} in {path}{rule}");
                built.artifacts[artifact].bytes = text.into_bytes();
                damaged += 1;
            }
        }
        assert_eq!(damaged, 3, "the PAC, the list of Squid, the table");
    }
}

/// Where no entry is marked, a list of marked hosts that matches nothing is asked about the first hosts only: one that matches
/// any host, the last one too, is found all the same.
#[test]
fn marks_where_none_are_wanted_are_found() {
    let folder = common::folder();
    let site = folder.path().join("site.yaml");
    let hosts: Vec<String> = (0..600).map(|n| format!("n{n}.example")).collect();
    let text = format!(
        "site: t\nroutes: {{web: {{proxies: [\"http://p.example:8080\"]}}}}\ndefault: web\n\
         rules: [{{route: web, hosts: [{}]}}]\noutputs: [{{target: squid, dir: squid}}]\n",
        hosts.join(", ")
    );
    std::fs::write(&site, text).unwrap();
    let (input, mut report) = common::load(&site);
    let mut built = common::run(&input, &mut report);
    assert_eq!(unproved(&built, &report.files), 0);
    let at = built.artifacts.iter().position(|a| a.path == "squid/pacwright.conf").unwrap();
    let sound = String::from_utf8(built.artifacts[at].bytes.clone()).unwrap();
    let of_nothing = "acl pacwright_no_bump all-of !all\n";
    assert!(sound.contains(of_nothing), "{sound}");
    let of_all = "acl pacwright_no_bump all-of all\n".to_owned();
    let of_one = |host: &String| format!("acl pacwright_no_bump dstdomain -n {host}\n");
    for damaged in std::iter::once(of_all).chain([0, 299, 599].map(|n| of_one(&hosts[n]))) {
        built.artifacts[at].bytes = sound.replace(of_nothing, &damaged).into_bytes();
        assert!(unproved(&built, &report.files) > 0, "{damaged} was not noticed");
    }
}

/// Any list lets its hosts through, but each has rules of its own: hosts must not stand in the list of another route or service.
#[test]
fn hosts_in_the_list_of_another_route_or_service_are_found() {
    let folder = common::folder();
    let site = folder.path().join("site.yaml");
    let text = "site: t\nroutes: {a: {proxies: [\"http://a.example:8080\"]}, b: {proxies: [\"http://b.example:8080\"]}}\n\
        default: direct\nrules:\n  \
        - {route: a, hosts: [one.example, \"*.wild.example\", 192.0.2.0/24]}\n  \
        - {route: b, hosts: [two.example, in.wild.example, 192.0.2.128/25, 198.51.100.0/24]}\n  \
        - {route: b, services: [ubuntu-on-azure, azure-cli]}\n\
        outputs: [{target: zscaler, dir: routes}, {target: zscaler, dir: services, by: service}]\n";
    std::fs::write(&site, text).unwrap();
    let (input, mut report) = common::load(&site);
    let mut built = common::run(&input, &mut report);
    assert_eq!(unproved(&built, &report.files), 0);
    let (upload, groups) = ("url-categories.csv", "ip-destination-groups.csv");
    // The folder, the file, and what is changed in it.
    type Damage = (&'static str, &'static str, &'static [(&'static str, &'static str)]);
    let damages: &[Damage] = &[
        ("routes", upload, &[("T-A,", "T-C,"), ("T-B,", "T-A,"), ("T-C,", "T-B,")]),
        ("routes", upload, &[("T-A,", "A,")]),
        ("routes", upload, &[("T-A,", "T-a,")]),
        ("routes", upload, &[("T-A, CUSTOM, one.example", "T-B, CUSTOM, one.example")]),
        ("routes", upload, &[("T-B, CUSTOM, in.wild.example", "T-A, CUSTOM, in.wild.example")]),
        ("routes", groups, &[("T-A-IP", "T-C-IP"), ("T-B-IP", "T-A-IP"), ("T-C-IP", "T-B-IP")]),
        ("routes", groups, &[("T-A-IP", "T-A")]),
        ("routes", groups, &[("T-A-IP,DSTN_IP,192.0.2.0/25", "T-A-IP,DSTN_IP,192.0.2.0/24")]),
        (
            "services",
            upload,
            &[("T-AZURE-CLI,", "T-C,"), ("T-UBUNTU-ON-AZURE,", "T-AZURE-CLI,"), ("T-C,", "T-UBUNTU-ON-AZURE,")],
        ),
        ("services", upload, &[("T-AZURE-CLI,", "T-B,")]),
        ("services", upload, &[("T-A,", "T-B,"), ("T-B, CUSTOM, two.example", "T-A, CUSTOM, two.example")]),
    ];
    for (folder, file, changes) in damages {
        let sound = built.artifacts.clone();
        let path = format!("{folder}/{file}");
        let damaged = built.artifacts.iter_mut().find(|a| a.path == path).unwrap();
        let mut text = String::from_utf8(damaged.bytes.clone()).unwrap();
        for (from, to) in *changes {
            assert!(text.contains(from), "{path} has no `{from}` any more:\n{text}");
            text = text.replace(from, to);
        }
        damaged.bytes = text.clone().into_bytes();
        if *file == upload {
            // The list of each category says the same: it has to be refused for what it says, not for a list that is missing.
            let output = damaged.output;
            built.artifacts.retain(|a| a.output != output || !a.path.ends_with(".txt"));
            let list = |(name, list): (String, String)| {
                let (path, bytes) = (format!("{folder}/{name}.txt"), list.into_bytes());
                Artifact { path, output, bytes }
            };
            built.artifacts.extend(lists_of(&text).into_iter().map(list));
        }
        let mut sink = Sink::default();
        let differences = proved(&built, &report.files, &mut sink).differences;
        let words: Vec<&str> = sink.found().iter().map(|d| d.message.as_str()).collect();
        assert!(differences > 0, "{path}: {changes:?}, and nobody noticed");
        assert!(words.iter().all(|words| words.contains(" says `") || words.contains("differs in")), "{words:?}");
        built.artifacts = sound;
    }
}

/// The list of each category of an upload.
fn lists_of(upload: &str) -> BTreeMap<String, String> {
    let mut lists: BTreeMap<String, String> = BTreeMap::new();
    for line in upload.lines() {
        let cells: Vec<&str> = line.split(", ").collect();
        *lists.entry(cells[1].to_owned()).or_default() += &format!("{}\n", cells[3]);
    }
    lists
}
