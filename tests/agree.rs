//! Everybody gives the same answer: the policy, a naive oracle that shares no code with it, `explain`, and the PAC files
//! executed in QuickJS and in Node, over every witness of every pattern.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use crate::common;
use crate::common::oracle::{Matching, Oracle, PortView};
use crate::common::pac::{self, Ask as PacAsk};
use crate::common::witness::{self, Host, Request};
use pacwright::dest::Ask;
use pacwright::diag::Report;
use pacwright::explain::explain;
use pacwright::pipeline::Built;
use pacwright::policy::Decide as _;
use pacwright::source::Files;

/// Differences that are shown; the count is always whole.
const SHOWN: usize = 25;

/// A host, the `nth` of the witnesses, and a request for it.
#[derive(Clone)]
struct Question<'w> {
    host: &'w Host,
    nth: usize,
    request: Request,
}

/// What matches each host in a zone, by the oracle, which looks at everything for it: once.
fn matching<'o>(oracle: &'o Oracle, hosts: &[Host]) -> Vec<Matching<'o>> {
    hosts.iter().map(|host| oracle.matching(&host.written)).collect()
}

/// Differences found, and how many answers were compared.
#[derive(Default)]
struct Tally {
    compared: usize,
    different: Vec<String>,
}

impl Tally {
    fn compare(&mut self, engine: &str, zone: &str, question: &Question, expected: &str, got: &str) {
        self.compared += 1;
        if expected != got {
            let Question { host, request, .. } = question;
            let port = request.port.map_or("unknown".to_owned(), |p| p.to_string());
            self.different.push(format!(
                "{engine}: zone {zone}, host {}, port {port} ({}): expected `{expected}`, got `{got}`",
                host.written, request.written
            ));
        }
    }

    fn add(&mut self, other: Self) {
        self.compared += other.compared;
        self.different.extend(other.different);
    }
}

/// The text a PAC answers for each route, put together from what the site's file says.
fn route_texts(built: &Built, files: &Files, block: Option<&str>) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::from([("direct".to_owned(), "DIRECT".to_owned())]);
    for route in built.plan.site.routes.iter().filter(|r| r.span.is_some()) {
        let word = |url: &str| {
            let (scheme, rest) = url.split_once("://").expect("a proxy URL");
            let word = match scheme {
                "http" => "PROXY",
                "https" => "HTTPS",
                "socks5" => "SOCKS5",
                other => panic!("no word for {other}"),
            };
            format!("{word} {rest}")
        };
        let mut parts: Vec<String> = route.proxies.iter().map(|p| word(files.text(p.span).trim_matches('"'))).collect();
        if route.fallback_direct {
            parts.push("DIRECT".to_owned());
        }
        texts.insert(route.name.clone(), parts.join("; "));
    }
    let block = block.map_or("PROXY 127.0.0.1:9".to_owned(), |route| texts[route].clone());
    texts.insert("block".to_owned(), block);
    texts
}

/// How each PAC of the test sites looks at ports, and the route it hands blocked traffic to.
fn options_of(path: &str) -> (PortView, Option<&'static str>) {
    match path {
        "pac/web.pac" => (PortView::Web, None),
        "pac/ignore.pac" => (PortView::Ignore, None),
        "pac/hosted.pac" => (PortView::Strict, Some("partner")),
        _ => (PortView::Strict, None),
    }
}

/// What a PAC should answer to each question, in texts.
fn expected(
    questions: &[Question],
    matching: &[Matching],
    view: PortView,
    texts: &BTreeMap<String, String>,
) -> Vec<String> {
    questions.iter().map(|q| texts[matching[q.nth].route(q.request.port, view)].clone()).collect()
}

fn pac_asks(questions: &[Question]) -> Vec<PacAsk> {
    questions.iter().map(|q| (q.request.wire.clone(), q.host.wire.clone())).collect()
}

fn compare_pac(engine: &str, zone: &str, questions: &[Question], expected: &[String], got: &[String]) -> Tally {
    assert_eq!(expected.len(), got.len(), "{engine} answers each question once");
    let mut tally = Tally::default();
    for ((question, expected), got) in questions.iter().zip(expected).zip(got) {
        tally.compare(engine, zone, question, expected, got);
    }
    tally
}

/// Whether a host has to do with the site's own lines, rather than with the catalog.
fn of_the_site(host: &Host) -> bool {
    !host.wire.contains('.') || host.wire.contains("example") || host.wire.starts_with("10.")
}

fn questions(hosts: &[Host]) -> Vec<Question<'_>> {
    let of_host = |(nth, host)| witness::requests(host).into_iter().map(move |request| Question { host, nth, request });
    hosts.iter().enumerate().flat_map(of_host).collect()
}

/// Compares everybody on one site and prints the counts.
fn everybody_agrees(name: &str, site: &Path) {
    let begin = Instant::now();
    let (input, mut report) = common::load(site);
    let mut built = common::run(&input, &mut report);
    let oracles = common::oracles(&built.plan, &report.files);
    let hosts = witness::hosts(&oracles);
    let matching: Vec<_> = oracles.iter().map(|oracle| matching(oracle, &hosts)).collect();
    let questions = questions(&hosts);
    // The PACs with options differ from the plain ones in how they look at ports, not in what they look for.
    let some: Vec<Question> = questions.iter().filter(|q| q.nth % 5 == 0 || of_the_site(q.host)).cloned().collect();
    let mut total = Tally::default();

    let pacs: Vec<_> = built
        .artifacts
        .iter()
        .filter(|artifact| built.outputs[artifact.output].target.name == "pac")
        .map(|artifact| {
            let zone = usize::from(built.outputs[artifact.output].common.zones[0].0);
            (artifact.path.clone(), zone, String::from_utf8(artifact.bytes.clone()).expect("UTF-8"))
        })
        .collect();
    assert!(pacs.len() >= oracles.len(), "a PAC a zone");
    for (path, zone, text) in &pacs {
        let oracle = &oracles[*zone];
        let (view, block) = options_of(path);
        let questions = if (view, block) == (PortView::Strict, None) { &questions } else { &some };
        let asks = pac_asks(questions);
        let expected = expected(questions, &matching[*zone], view, &route_texts(&built, &report.files, block));
        let (quickjs, node) = std::thread::scope(|scope| {
            let node = scope.spawn(|| pac::node(text, &asks));
            (pac::quickjs(text, &asks), node.join().expect("the answers of Node"))
        });
        for (engine, got) in [("QuickJS", quickjs), ("Node", node)] {
            total.add(compare_pac(&format!("{path} in {engine}"), &oracle.zone, questions, &expected, &got));
        }
    }

    // `explain` finds its lines by reading all artifacts, which is not what is asked here: without them it is fast.
    built.outputs.clear();
    built.translations.clear();
    built.artifacts.clear();
    total.add(policy_and_explain(&built, &report, &oracles, &matching, &questions));

    println!(
        "{name}: {} entries ({} of them decide a witness), {} hosts, {} witnesses x {} zones; policy, explain and {} PACs in 2 engines against the \
         oracle: {} answers compared, {} differences, {:.1} s",
        oracles.iter().map(|o| o.facts().count()).sum::<usize>(),
        deciding(&matching, &hosts),
        hosts.len(),
        questions.len(),
        oracles.len(),
        pacs.len(),
        total.compared,
        total.different.len(),
        begin.elapsed().as_secs_f32(),
    );
    // Policy, explain, explain's winner, two engines: each zone's witnesses five times at least.
    assert!(total.compared >= questions.len() * oracles.len() * 5, "everybody was asked");
    report_differences(&total);
}

/// How many entries decide at least one witness; the others are hidden by earlier or final ones.
fn deciding(zones: &[Vec<Matching>], hosts: &[Host]) -> usize {
    let mut found = BTreeSet::new();
    for (zone, of_hosts) in zones.iter().enumerate() {
        for (host, matching) in hosts.iter().zip(of_hosts) {
            let winners =
                host.ports(&witness::EVERYWHERE).into_iter().filter_map(|p| matching.winner(Some(p), PortView::Strict));
            found.extend(winners.map(|fact| (zone, std::ptr::from_ref(fact))));
        }
    }
    found.len()
}

fn policy_and_explain(
    built: &Built,
    report: &Report,
    oracles: &[Oracle],
    matching: &[Vec<Matching>],
    questions: &[Question],
) -> Tally {
    let mut tally = Tally::default();
    for question in questions {
        let Request { written, port, .. } = &question.request;
        let ask = match Ask::parse(written) {
            Ok(ask) => ask,
            Err(bad) => {
                let said = format!("an error: {}", bad.message);
                tally.compare("reading the URL", "any", question, "no error", &said);
                continue;
            }
        };
        let answer = explain(built, &report.files, written, &ask);
        for (zone, oracle) in oracles.iter().enumerate() {
            let expected = matching[zone][question.nth].route(*port, PortView::Strict);
            let policy = &built.plan.policies[zone];
            let site = built.plan.site;
            tally.compare("policy", &oracle.zone, question, expected, &site.route(policy.decide(&ask)).name);
            let explained = &answer.zones[zone];
            tally.compare("explain", &oracle.zone, question, expected, &explained.route);
            // The winner it names is the entry it decides by.
            let winner = explained.candidates.iter().find(|c| c.wins).map_or(oracle.default.as_str(), |c| &c.route);
            tally.compare("explain's winner", &oracle.zone, question, expected, winner);
        }
    }
    tally
}

fn report_differences(tally: &Tally) {
    let shown = tally.different.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
    assert!(tally.different.is_empty(), "{} differences, the first of them:\n{shown}", tally.different.len());
}

#[test]
fn everybody_agrees_on_the_site_that_uses_everything() {
    let folder = common::folder();
    everybody_agrees("everything.yaml", &common::everything(folder.path(), Path::new("/etc/squid/pacwright")));
}

#[test]
fn everybody_agrees_on_the_sample_site() {
    everybody_agrees("site.yaml", &common::root().join("site.yaml"));
}

/// What of a line becomes what; without that the line goes.
type Change = Option<(&'static str, &'static str)>;

/// A comparison that cannot fail proves nothing: each table of a PAC is damaged, and each damage must be seen.
#[test]
fn a_damaged_pac_is_found_out() {
    let folder = common::folder();
    let site = common::everything(folder.path(), Path::new("/etc/squid/pacwright"));
    let (input, mut report) = common::load(&site);
    let built = common::run(&input, &mut report);
    let oracles = common::oracles(&built.plan, &report.files);
    // The damages are all among the site's own lines.
    let hosts: Vec<Host> = witness::hosts(&oracles).into_iter().filter(of_the_site).collect();
    let questions = questions(&hosts);
    let matching = matching(&oracles[0], &hosts);
    let texts = route_texts(&built, &report.files, None);
    let artifact = built.artifacts.iter().find(|a| a.path == "proxy-a.pac").expect("proxy-a.pac");
    let sound = String::from_utf8(artifact.bytes.clone()).expect("UTF-8");
    let expected = expected(&questions, &matching, PortView::Strict, &texts);
    // What is damaged, a mark of the line, and the damage.
    let damages: [(&str, &str, Change); 8] = [
        ("a name is missing", "  \"badcdn.glob.example\": ", None),
        ("a name below is missing", "  \"inside.wild.example\": ", None),
        ("a final rule is missing", "  \"bad.example\": ", None),
        ("a host goes elsewhere", "  \".constructor\": ", Some((": ", ": 1 || "))),
        ("a glob has another label", " // *cdn.glob.example", Some(("*cdn", "*cdm"))),
        ("an IPv4 network is one address too small", " // 10.20.0.0", Some(("169082880", "169082881"))),
        ("an IPv6 network is one address too small", " // fd00:20::", Some(("000000\"", "000001\""))),
        ("a scheme has no port", "var pwSchemes", Some(("wss:", "xss:"))),
    ];
    for (what, mark, change) in damages {
        assert!(sound.contains(mark), "proxy-a.pac has no line with `{mark}`");
        let damage = |line: &str| match change {
            _ if !line.contains(mark) => Some(line.to_owned()),
            Some((from, to)) => Some(line.replace(from, to)),
            None => None,
        };
        let damaged: Vec<String> = sound.lines().filter_map(damage).collect();
        let got = pac::node(&damaged.join("\n"), &pac_asks(&questions));
        let tally = compare_pac("Node", "a", &questions, &expected, &got);
        println!("{what}: {} differences in {} answers", tally.different.len(), tally.compared);
        assert!(!tally.different.is_empty(), "nobody notices that {what}");
    }
}
