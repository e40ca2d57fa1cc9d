//! `max_bytes`: what the message promises is what the file would be, and changes nothing that is said of the names.

use std::fs;

use crate::common;
use pacwright::dest::{Ask, Host, HostName};
use pacwright::pipeline;
use pacwright::policy::Decide as _;
use pacwright::site::RouteId;

/// Names of which most lie below one domain, where another rule blocks a few and what lies below one of them.
fn names() -> Vec<String> {
    let scattered = |n: usize| n * 7919 % 100_003;
    let below = (0..900).map(|n| format!("h{:x}.cdn.big.example", scattered(n)));
    let blocked_below = (0..9).map(|n| format!("h{n}.s.cdn.big.example"));
    let small = (0..210).map(|n| format!("s{:x}.small{}.example", scattered(n), n % 70));
    below.chain(blocked_below).chain(small).collect()
}

const LISTED: &str = "  - {route: direct, hosts_file: names.txt}\n";
const BLOCKED: &str = "  - {route: block, hosts: [h0.cdn.big.example, x.cdn.big.example, .s.cdn.big.example]}\n";
const SERVICE: &str = "  - {route: direct, services: [windows-update]}\n";

/// What is known of a site with one PAC.
struct Known {
    /// Where the policy sends the names.
    routes: Vec<RouteId>,
    /// The bytes of the file.
    bytes: usize,
    /// The help of the message that it is too large.
    help: String,
}

/// Builds a site of some rules with a list.
fn build(rules: &[&str], list: &[String]) -> Known {
    let folder = common::folder();
    fs::write(folder.path().join("names.txt"), list.join("\n")).unwrap();
    let rules = rules.concat();
    let site = format!(
        "site: t\nroutes: {{a: {{proxies: [\"http://a.example:1\"]}}}}\ndefault: a\nrules:\n{rules}outputs: [{{target: pac, max_bytes: 13000}}]\n"
    );
    let path = folder.path().join("site.yaml");
    fs::write(&path, site).unwrap();
    let (input, mut report) = common::load(&path);
    let built = pipeline::run(&input, &mut report);
    let policy = built.plan.policies.first().expect("a policy");
    let say = |host: &String| policy.decide(&Ask { host: Host::Name(HostName::parse(host).unwrap()), port: Some(443) });
    let found = report.sink.into_sorted();
    let too_large = found.into_iter().find(|d| d.code.id() == "too-large").map(|d| d.help.join("\n"));
    Known {
        routes: names().iter().map(say).collect(),
        bytes: built.artifacts[0].bytes.len(),
        help: too_large.unwrap_or_default(),
    }
}

#[test]
fn what_is_promised_is_what_is_saved() {
    let before = build(&[LISTED, BLOCKED, SERVICE], &names());
    let help = &before.help;
    // The number in front of some words, behind others.
    let number = |behind: &str, before: &str| -> usize {
        let (first, _) = help.split_once(before).unwrap_or_else(|| panic!("no {before:?} in {help:?}"));
        let number = first.rsplit_once(behind).map_or(first, |(_, number)| number);
        number.parse().unwrap_or_else(|_| panic!("no number between {behind:?} and {before:?} in {help:?}"))
    };
    for (words, rules) in [
        ("the hosts of rule 1 (1119 entries)", [BLOCKED, SERVICE]),
        ("`windows-update` (14 entries)", [LISTED, BLOCKED]),
        ("the hosts of rule 2 (3 entries)", [LISTED, SERVICE]),
    ] {
        let without = build(&rules, &names());
        let promised = number(" ", &format!(" bytes less without {words}"));
        assert_eq!(before.bytes - without.bytes, promised, "{words}: {help}");
    }

    // Of the domain below which they all lie; without what stays for a rule that speaks of the same name or of one above it.
    let stays = |name: &str| name == "h0.cdn.big.example" || name.ends_with(".s.cdn.big.example");
    let is_replaced = |name: &&String| name.ends_with(".cdn.big.example") && !stays(name);
    let mut list: Vec<String> = names().iter().filter(|name| !is_replaced(name)).cloned().collect();
    let replaced = names().len() - list.len();
    list.push(".cdn.big.example".to_owned());
    let after = build(&[LISTED, BLOCKED, SERVICE], &list);
    let words = format!("`.cdn.big.example` in place of {replaced} names would save ");
    assert_eq!(before.bytes - after.bytes, number(&words, " bytes, and let in more"), "{help}");
    assert_eq!(before.routes, after.routes, "the wildcard changes what is said of the names");
}
