//! Who is asked, and what.

#![allow(clippy::panic)]

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use pacwright::dest::{Ask, Dest, Ports};
use pacwright::policy::{Decide as _, Entry, Origin, Policy};
use pacwright::read::record::Scalar as _;
use pacwright::site::{RouteId, ZoneId};

/// A host, and the route that it should get; 0 for none.
pub struct Question {
    host: String,
    ask: Ask,
    want: u16,
}

/// Names are dealt to three routes.
fn route_of(at: usize) -> u16 {
    2 + (at % 3) as u16
}

/// Somebody who says the route of a host.
pub struct Contestant {
    pub name: &'static str,
    /// How long its tables took to make.
    pub load: Duration,
    /// Says only whether some pattern matches: 1 or 0.
    whether: bool,
    pub answer: Box<dyn Fn(&Question) -> u16>,
}

impl Contestant {
    fn new<A: Fn(&Question) -> u16 + 'static>(name: &'static str, whether: bool, make: impl FnOnce() -> A) -> Self {
        let started = Instant::now();
        let answer = make();
        Self { name, load: started.elapsed(), whether, answer: Box::new(answer) }
    }

    pub fn is_right(&self, question: &Question) -> bool {
        let want = if self.whether { u16::from(question.want != 0) } else { question.want };
        (self.answer)(question) == want
    }
}

/// What a table says of a host by its longest suffix.
fn walk(table: &HashMap<Box<str>, u16>, host: &str) -> u16 {
    let mut rest = host;
    loop {
        if let Some(route) = table.get(rest) {
            return *route;
        }
        match rest.find('.') {
            Some(dot) => rest = &rest[dot + 1..],
            None => return 0,
        }
    }
}

fn table(names: &[String]) -> HashMap<Box<str>, u16> {
    names.iter().enumerate().map(|(at, name)| (name.as_str().into(), route_of(at))).collect()
}

fn questions(names: &[String], hosts: impl Iterator<Item = String>) -> Vec<Question> {
    let table = table(names);
    let question = |host: String| Question {
        ask: Ask::parse(&host).unwrap_or_else(|bad| panic!("{host}: {}", bad.message)),
        want: walk(&table, &host),
        host,
    };
    hosts.map(question).collect()
}

/// Listed names and `www.` of them, spread over the whole list.
pub fn hits(names: &[String], count: usize) -> Vec<Question> {
    let name = |at: usize| &names[at * 7919 % names.len()];
    questions(names, (0..count).map(|at| if at % 2 == 0 { name(at).clone() } else { format!("www.{}", name(at)) }))
}

/// Look-alikes that are not listed, with none, one or two labels more.
pub fn misses(names: &[String], count: usize) -> Vec<Question> {
    let like = |at: usize| {
        let name = &names[at * 7919 % names.len()];
        let (first, rest) = name.split_once('.').unwrap_or((name, "test"));
        format!("{}q-{first}.{rest}", ["", "www.", "a.b."][at % 3])
    };
    let mut all = questions(names, (0..2 * count).map(like));
    all.retain(|question| question.want == 0);
    all.truncate(count);
    all
}

/// The policy.
pub fn ours(names: &[String]) -> Contestant {
    let entry = |(at, name): (usize, &String)| Entry {
        origin: Origin::Line(at as u32),
        pattern: Dest::parse(&format!(".{name}")).unwrap_or_else(|bad| panic!("{name}: {}", bad.message)).pattern,
        ports: Ports::All,
        route: RouteId(route_of(at)),
        rule: 0,
        is_final: false,
    };
    let entries: Vec<Entry> = names.iter().enumerate().map(entry).collect();
    Contestant::new("ours", false, move || {
        let policy = Policy::new(ZoneId(0), RouteId(0), entries);
        policy.prepare();
        move |asked| policy.decide(&asked.ask).0
    })
}

/// A hash table that is asked label by label, and knows nothing else.
pub fn bare_walk(names: &[String]) -> Contestant {
    Contestant::new("bare walk", false, || {
        let table = table(names);
        move |asked| walk(&table, &asked.host)
    })
}

/// Two globs a name, a literal and a suffix: globset holds both kinds in tables instead of compiling them.
fn globs(names: &[String]) -> globset::GlobSet {
    let mut set = globset::GlobSetBuilder::new();
    for name in names {
        for text in [name.clone(), format!("*.{name}")] {
            set.add(globset::Glob::new(&text).expect("a glob"));
        }
    }
    set.build().expect("a set of globs")
}

/// globset, asked which patterns match; into a vector that is used again.
pub fn globset_which(names: &[String]) -> Contestant {
    Contestant::new("GlobSet::matches_into", false, || {
        let set = globs(names);
        let found = RefCell::new(Vec::new());
        move |asked| {
            let mut found = found.borrow_mut();
            set.matches_into(&asked.host, &mut found);
            found.first().map_or(0, |at| route_of(at / 2))
        }
    })
}

/// globset with one glob a name, as people write it when a pattern stands for a route.
pub fn globset_braces(names: &[String]) -> Contestant {
    Contestant::new("GlobSet of {,*.}d, matches_into", false, || {
        let mut set = globset::GlobSetBuilder::new();
        for name in names {
            set.add(
                globset::GlobBuilder::new(&format!("{{,*.}}{name}")).empty_alternates(true).build().expect("a glob"),
            );
        }
        let set = set.build().expect("a set of globs");
        let found = RefCell::new(Vec::new());
        move |asked| {
            let mut found = found.borrow_mut();
            set.matches_into(&asked.host, &mut found);
            found.first().map_or(0, |at| route_of(*at))
        }
    })
}

/// globset, asked whether any pattern matches.
pub fn globset_whether(names: &[String]) -> Contestant {
    Contestant::new("GlobSet::is_match", true, || {
        let set = globs(names);
        move |asked| u16::from(set.is_match(&asked.host))
    })
}

/// Limits far beyond what is used, so that no cache is too small.
fn regexes(names: &[String]) -> regex::RegexSet {
    let patterns = names.iter().map(|name| format!("(?:^|\\.){}$", regex::escape(name)));
    regex::RegexSetBuilder::new(patterns).size_limit(1 << 30).dfa_size_limit(1 << 30).build().expect("a set of regexes")
}

/// regex, asked which patterns match.
pub fn regexset_which(names: &[String]) -> Contestant {
    Contestant::new("RegexSet::matches", false, || {
        let set = regexes(names);
        move |asked| set.matches(&asked.host).iter().next().map_or(0, route_of)
    })
}

/// regex, asked whether any pattern matches.
pub fn regexset_whether(names: &[String]) -> Contestant {
    Contestant::new("RegexSet::is_match", true, || {
        let set = regexes(names);
        move |asked| u16::from(set.is_match(&asked.host))
    })
}
