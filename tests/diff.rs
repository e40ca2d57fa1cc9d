//! What `diff` says, held against brute force: on small random policies its lines, read like a policy, must tell every
//! decision of the new side from those of the old, and no line may be too much.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex};

use ipnet::IpNet;
use pacwright::dest::pattern::label_matches;
use pacwright::dest::{Dest, Pattern};
use pacwright::diff::decisions::{self, Edges, Side};
use pacwright::diff::lines::{Line, Subject, Where};
use pacwright::diff::partition::{Named, Partition};
use pacwright::prove::oracle::{Fact, FactId, Host, Oracle, Service, Terms};
use pacwright::read::record::Scalar as _;
use proptest::prelude::*;

/// A side that decides by the naive oracle.
struct Rules<'r>(Oracle<'r>);

impl Side for Rules<'_> {
    fn edges(&self, host: &str) -> Edges {
        self.0.matching(&Host::of(host)).edges().collect()
    }
    fn services(&self, _: &str, edges: &[(bool, u16)]) -> BTreeSet<Service> {
        let edges = edges.iter().filter(|(udp, _)| !udp).map(|(_, port)| Some(*port));
        edges.chain([None, Some(1)]).map(Service::tcp).collect()
    }
    fn answers(&mut self, questions: &[(&str, Service)]) -> Result<Vec<String>, String> {
        let route = |(host, service): &(&str, Service)| self.0.matching(&Host::of(host)).route(service.port).to_owned();
        Ok(questions.iter().map(route).collect())
    }
    fn behind(&self, _: &str, _: Service) -> Vec<String> {
        Vec::new()
    }
}

type Rule = (String, &'static str, &'static str);

const ROUTES: [&str; 3] = ["red", "blue", "green"];
const PORTS: [&str; 5] = ["all", "tcp/443", "tcp/80 tcp/443", "tcp/70-90", "tcp/1-65535"];
/// Ports at which the rules can differ, and the unknown one.
const ASKED: [Option<u16>; 8] = [None, Some(1), Some(69), Some(70), Some(80), Some(90), Some(443), Some(60_000)];

fn rules(stars: bool) -> impl Strategy<Value = (Vec<Rule>, &'static str)> {
    let label = if stars {
        prop::sample::select(vec![
            "a", "b", "ab", "a", "b", "ab", "*", "a*", "*b", "*a*", "*ab", "a*b", "*bab", "a-*", "*-*",
        ])
    } else {
        prop::sample::select(vec!["a", "b", "ab"])
    };
    let name = (prop::sample::select(vec!["", "*.", "."]), prop::collection::vec(label, 1..4))
        .prop_map(|(before, labels)| format!("{before}{}", labels.join(".")))
        .prop_filter("a destination", |text| Dest::parse(text).is_ok());
    let net = (0u8..16, 28u8..=32).prop_map(|(at, length)| {
        let at = if length == 32 { at } else { at >> (32 - length) << (32 - length) };
        format!("10.0.0.{at}/{length}")
    });
    let dest = prop_oneof![6 => name, 2 => net, 1 => Just("plain".to_owned()), 1 => Just("10.0.0.0/8".to_owned())];
    let rule = (dest, prop::sample::select(PORTS.to_vec()), prop::sample::select(ROUTES.to_vec()));
    (prop::collection::vec(rule, 0..7), prop::sample::select(ROUTES.to_vec()))
}

fn oracle<'r>((rules, default): &'r (Vec<Rule>, &'static str)) -> Oracle<'r> {
    let fact = |(at, (text, ports, route)): (usize, &'r Rule)| Fact {
        text,
        terms: Arc::new(Terms::new(ports, route)),
        id: FactId::Line(0, at),
    };
    Oracle::new(default, rules.iter().enumerate().map(fact))
}

/// Hosts of up to four labels, of which some stand in no rule, and addresses.
fn hosts() -> Vec<String> {
    let labels = ["a", "b", "ab", "c", "a-b", "ac", "b-a", "cb", "cac", "cab", "acb", "abab", "cbab", "bab"];
    let mut hosts: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
    let mut last = hosts.clone();
    for few in [14, 6, 1] {
        last =
            last.iter().flat_map(|host| labels.iter().take(few).map(move |label| format!("{label}.{host}"))).collect();
        hosts.extend(last.iter().cloned());
    }
    hosts.extend((0..18).map(|at| format!("10.0.0.{at}")));
    hosts.extend(["10.1.2.3", "11.0.0.1", "9.255.255.255", "::1"].map(str::to_owned));
    hosts
}

/// What a line, or an exception of one, says at some ports.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Says {
    /// One answer becomes another.
    Changes(String, String),
    /// Nothing changes but what a line about all hosts with one answer says.
    Nothing,
}

/// A line, or an exception of one, taken apart: which hosts it reaches, and what it says at which of [`ASKED`].
struct Read {
    reach: Reach,
    says: Vec<([bool; ASKED.len()], Says)>,
}

fn read(lines: &[Line]) -> (Vec<Read>, BTreeMap<String, String>) {
    let (mut found, mut moved) = (Vec::new(), BTreeMap::new());
    for line in lines {
        let said = &line.said[0];
        let Subject::Decision(what) = &line.subject else { panic!("{line:?}") };
        if let Where::All(before) = what {
            moved.insert(before.clone(), said.after.clone());
            continue;
        }
        let change = |before: &str, after: &str| match before {
            "as before" => Says::Nothing,
            _ => Says::Changes(before.to_owned(), after.to_owned()),
        };
        let says: Vec<_> = line.said.iter().map(|s| (at(&s.ports), change(&s.before, &s.after))).collect();
        for except in &line.except {
            let (words, ports) = except.split_once(" [").unwrap_or((except, ""));
            let own = ports.trim_end_matches(']');
            let ports: Vec<_> = if own.is_empty() {
                says.iter().map(|(ports, _)| (*ports, Says::Nothing)).collect()
            } else {
                vec![(at(own), Says::Nothing)]
            };
            found.push(Read { reach: Reach::of(words), says: ports });
        }
        found.push(Read { reach: Reach::of(&what.words()), says });
    }
    (found, moved)
}

type Fit = Vec<(u8, usize)>;

/// How many of all short labels stars leave out.
fn narrowness(stars: &[String]) -> usize {
    static LABELS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let mut all = vec![String::new()];
        for at in 0.. {
            if all[at].len() == 5 {
                break;
            }
            let longer = ["a", "b", "c", "-"].map(|letter| format!("{}{letter}", all[at]));
            all.extend(longer);
        }
        all.retain(|label| !label.starts_with('-') && !label.ends_with('-'));
        all
    });
    static KNOWN: LazyLock<Mutex<BTreeMap<String, usize>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap();
    *known
        .entry(stars.join("&"))
        .or_insert_with(|| LABELS.iter().filter(|label| !stars.iter().all(|star| label_matches(star, label))).count())
}

/// The hosts that words reach.
enum Reach {
    Net(IpNet),
    Everything,
    Names,
    Plain,
    /// Labels from the right, each with all that it has to match, and how many labels may stand before them.
    Below {
        labels: Vec<Vec<String>>,
        least: usize,
        most: usize,
    },
}

impl Reach {
    fn of(words: &str) -> Self {
        let net = words.strip_prefix("every other address of ").unwrap_or(words);
        if let (Ok(Dest { pattern: Pattern::Net(net), .. }), true) = (Dest::parse(net), net.contains(['.', ':'])) {
            return Self::Net(net);
        }
        match words {
            "everything else" => return Self::Everything,
            "every other name" => return Self::Names,
            "plain" => return Self::Plain,
            _ => {}
        }
        let (least, most, bare) = match (words.strip_prefix("*."), words.strip_prefix('.'), words.strip_prefix("[*]."))
        {
            (Some(rest), ..) => (1, usize::MAX, rest.to_owned()),
            (_, Some(rest), _) => (0, usize::MAX, rest.to_owned()),
            (.., Some(rest)) => (0, 0, format!("*.{rest}")),
            _ => (0, 0, words.to_owned()),
        };
        let labels = bare.rsplit('.').map(|label| label.split('&').map(str::to_owned).collect()).collect();
        Self::Below { labels, least, most }
    }

    /// How specific it is for a host; none when it does not reach it. Labels from the right: 3 literal, 2 with stars (more
    /// of them: more specific), 0 any depth.
    fn fit(&self, host: &Asked) -> Option<Fit> {
        let (labels, least, most) = match (self, host.ip) {
            (Self::Net(net), ip) => {
                return ip.filter(|ip| net.contains(ip)).map(|_| vec![(1, 1 + usize::from(net.prefix_len()))]);
            }
            (Self::Everything, _) => return Some(Vec::new()),
            (_, Some(_)) => return None,
            (Self::Names, _) => return Some(Vec::new()),
            (Self::Plain, _) => return (host.labels.len() == 1).then(|| vec![(0, 1)]),
            (Self::Below { labels, least, most }, _) => (labels, *least, *most),
        };
        let more = host.labels.len().checked_sub(labels.len())?;
        if more < least || more > most {
            return None;
        }
        let mut fit = Vec::new();
        for (stars, label) in labels.iter().zip(&host.labels) {
            if !stars.iter().all(|star| label_matches(star, label)) {
                return None;
            }
            // Of two stars the narrower one: that matches fewer labels.
            let has_star = stars.iter().any(|star| star.contains('*'));
            fit.push(if has_star { (2, narrowness(stars)) } else { (3, 0) });
        }
        // The exact depth beats what reaches deeper.
        fit.push((u8::from(most == 0 || (least == 0 && more == 0)), 0));
        Some(fit)
    }
}

/// Which of [`ASKED`] are among ports in words.
fn at(ports: &str) -> [bool; ASKED.len()] {
    ASKED.map(|port| {
        ports.split_whitespace().any(|word| match (word, port) {
            ("all", _) | ("other-schemes", None) => true,
            ("tcp", Some(_)) => true,
            (_, Some(port)) => word.strip_prefix("tcp/").is_some_and(|range| {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                (first.parse().unwrap()..=last.parse::<u16>().unwrap()).contains(&port)
            }),
            _ => false,
        })
    })
}

/// What the lines make of an old answer at a port, the `nth` of [`ASKED`]; of the lines, those that reach the host.
fn predicted(reaching: &[(Fit, &Read)], moved: &BTreeMap<String, String>, nth: usize, old: &str) -> BTreeSet<String> {
    let saying = reaching
        .iter()
        .flat_map(|(fit, line)| line.says.iter().filter(|(ports, _)| ports[nth]).map(move |(_, says)| (fit, says)));
    let most = saying.clone().map(|(fit, _)| fit).max();
    let of: BTreeSet<&Says> = saying.filter(|(fit, _)| Some(*fit) == most).map(|(_, says)| says).collect();
    let usual = || moved.get(old).cloned().unwrap_or_else(|| old.to_owned());
    if of.is_empty() {
        return BTreeSet::from([usual()]);
    }
    of.into_iter()
        .map(|says| match says {
            Says::Changes(before, after) if before == old => after.clone(),
            Says::Changes(before, _) => format!("a line says it was {before}"),
            Says::Nothing => usual(),
        })
        .collect()
}

/// A host, and what both sides answer at each of [`ASKED`].
struct Asked {
    host: String,
    ip: Option<IpAddr>,
    /// From the right.
    labels: Vec<String>,
    answers: [(String, String); ASKED.len()],
}

fn truth(old: &Oracle, new: &Oracle) -> Vec<Asked> {
    let of = |host: String| {
        let asked = Host::of(&host);
        let (before, after) = (old.matching(&asked), new.matching(&asked));
        let answers = ASKED.map(|port| (before.route(port).to_owned(), after.route(port).to_owned()));
        let labels = host.rsplit('.').map(str::to_owned).collect();
        Asked { ip: host.parse().ok(), labels, answers, host }
    };
    hosts().into_iter().map(of).collect()
}

/// The first decision that the lines do not tell.
fn mistake(lines: &[Line], truth: &[Asked]) -> Option<String> {
    let (read, moved) = read(lines);
    truth.iter().find_map(|asked| {
        let reaching: Vec<_> = read.iter().filter_map(|line| Some((line.reach.fit(asked)?, line))).collect();
        asked.answers.iter().enumerate().find_map(|(nth, (was, is))| {
            let said = predicted(&reaching, &moved, nth, was);
            let wrong = said.len() != 1 || !said.contains(is);
            wrong.then(|| format!("{} {:?}: {was} -> {is}, the lines say {said:?}", asked.host, ASKED[nth]))
        })
    })
}

fn named(rules: &[&[Rule]]) -> Named {
    let mut named = Named::default();
    for (text, ..) in rules.iter().copied().flatten() {
        match Dest::parse(text).unwrap().pattern {
            Pattern::Name(name) => _ = named.names.insert(name),
            Pattern::Net(net) => _ = named.nets.insert(net),
            Pattern::Plain => {}
        }
    }
    named
}

fn compare(old: Oracle, new: Oracle, named: Named) -> Vec<Line> {
    let parts = Cow::Owned(Partition::of(named).unwrap());
    decisions::compare(&mut Rules(old), &mut Rules(new), parts, None).unwrap().lines
}

/// How many pairs of policies: sixty, or as many as `DIFF_CASES` says.
fn cases() -> u32 {
    std::env::var("DIFF_CASES").map_or(60, |n| n.parse().expect("DIFF_CASES is a number"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lines_tell_every_decision(old in rules(true), new in rules(true)) {
        let named = named(&[&old.0, &new.0]);
        let lines = compare(oracle(&old), oracle(&new), named);
        let wrong = mistake(&lines, &truth(&oracle(&old), &oracle(&new)));
        prop_assert!(wrong.is_none(), "{}\n{lines:#?}", wrong.unwrap());
    }

    #[test]
    fn no_line_is_too_much(old in rules(false), new in rules(false)) {
        let named = named(&[&old.0, &new.0]);
        let (old, new) = (&old, &new);
        let lines = compare(oracle(old), oracle(new), named);
        let truth = truth(&oracle(old), &oracle(new));
        for at in 0..lines.len() {
            let mut fewer = lines.clone();
            fewer.remove(at);
            prop_assert!(mistake(&fewer, &truth).is_some(), "{:#?} of {lines:#?}", lines[at]);
            for except in 0..lines[at].except.len() {
                let mut fewer = lines.clone();
                let gone = fewer[at].except.remove(except);
                prop_assert!(mistake(&fewer, &truth).is_some(), "{gone} of {lines:#?}");
            }
        }
    }
}
