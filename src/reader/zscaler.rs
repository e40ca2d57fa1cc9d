//! Zscaler's lists read back: `url-categories.csv`, one list a category, `ip-destination-groups.csv`.
//!
//! In: the files of the output. Out: a [`Zscaler`] that knows which categories and groups a host is in. Refused is every
//! line that the product would reject (one rejects the whole upload) or take as something else, and lists that say
//! something else than the upload.

mod line;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use super::names::{Found, Key, Names};
use super::net::{Spans, is_number, span};
use super::text::{Problems, lines, quoted};
use super::{File, Problem, Reader, Request};

const CATEGORIES: &str = "url-categories.csv";
const GROUPS: &str = "ip-destination-groups.csv";
/// URLs of an organisation, over all its categories.
const MOST_URLS: usize = 25_000;
/// Custom categories of an organisation.
const MOST_CATEGORIES: usize = 64;
/// How many levels below itself a name with a leading dot takes.
const LEVELS: usize = 5;

/// The lists.
#[derive(Debug)]
pub struct Zscaler {
    /// What the names of the categories that are no routes begin with.
    prefix: String,
    categories: BTreeMap<String, Names>,
    groups: BTreeMap<String, Spans>,
    /// The paths of lines that name one; what a name says of them is the number of its path from 1.
    paths: Vec<Box<str>>,
}

impl Zscaler {
    /// Reads the files of an output; `prefix` is what its categories begin with, without the `-`.
    ///
    /// # Errors
    /// Every line that Zscaler would reject, and everything in which the lists and the upload differ.
    pub fn read(files: &[File], prefix: &str) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let find = |name: &str| files.iter().find(|f| f.path == name);
        let mut read = Reading::default();
        match find(CATEGORIES) {
            Some(file) => read.categories(file, &mut problems),
            // An output of addresses only has no categories.
            None if files.iter().all(|f| f.path == GROUPS) => {}
            None => problems.add(CATEGORIES, 0, "the file is missing"),
        }
        let groups = match find(GROUPS) {
            Some(file) => groups(file, &mut problems),
            None => BTreeMap::new(),
        };
        for file in files.iter().filter(|f| f.path != CATEGORIES && f.path != GROUPS) {
            read.list(file, &mut problems);
        }
        for name in read.places.keys() {
            let list = format!("{name}.txt");
            if find(&list).is_none() {
                problems.add(&list, 0, "the list of the category is missing");
            }
        }
        read.names.values_mut().for_each(Names::finish);
        problems.or(Self { prefix: prefix.to_owned(), categories: read.names, groups, paths: read.paths })
    }

    /// Whether a category holds a host; `None` when there is no such category.
    #[must_use]
    pub fn in_category(&self, name: &str, host: &str) -> Option<bool> {
        let names = self.categories.get(name)?;
        Some(Asked::of(host).is_some_and(|asked| asked.is_in(names)))
    }

    /// Whether a destination group holds an address; `None` when there is no such group.
    #[must_use]
    pub fn in_group(&self, name: &str, address: IpAddr) -> Option<bool> {
        self.groups.get(name).map(|group| group.hold(address))
    }

    /// Whether lines name paths.
    #[must_use]
    pub const fn has_paths(&self) -> bool {
        !self.paths.is_empty()
    }

    /// The paths of the lines that a host is in, of a category, or of those of the routes; none for a line that takes all of it.
    pub fn paths_of<'a>(&'a self, category: Option<&str>, host: &str) -> Vec<Option<&'a str>> {
        let Some(Asked::Name(key)) = Asked::of(host) else { return Vec::new() };
        let is_asked = |name: &str| category.map_or_else(|| self.lets_through(name), |category| name == category);
        let asked = self.categories.iter().filter(|(name, _)| is_asked(name));
        let found = asked.flat_map(|(_, names)| names.find(&key).filter(reaches).map(|found| found.tag));
        let path = |tag: u32| self.paths.get((tag as usize).checked_sub(1)?).map(AsRef::as_ref);
        found.map(path).collect()
    }

    /// The categories of the routes that hold a host.
    pub fn categories_of<'a>(&'a self, host: &str) -> impl Iterator<Item = &'a str> {
        let asked = Asked::of(host);
        let own = self.categories.iter().filter(|(name, _)| self.lets_through(name));
        own.filter(move |(_, names)| asked.as_ref().is_some_and(|asked| asked.is_in(names)))
            .map(|(name, _)| name.as_str())
    }

    /// The destination groups that hold a host, when it is an address.
    pub fn groups_of<'a>(&'a self, host: &str) -> impl Iterator<Item = &'a str> {
        let address = match Asked::of(host) {
            Some(Asked::Address(address)) => Some(address),
            _ => None,
        };
        let holding = move |group: &Spans| address.is_some_and(|address| group.hold(address));
        self.groups.iter().filter(move |(_, group)| holding(group)).map(|(name, _)| name.as_str())
    }

    /// The names of the categories.
    pub fn categories(&self) -> impl Iterator<Item = &str> {
        self.categories.keys().map(String::as_str)
    }

    /// The names of the destination groups.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.keys().map(String::as_str)
    }

    /// Whether a category is one of a route or service.
    fn lets_through(&self, name: &str) -> bool {
        !self.special(name, &["EXCEPT", "NO-AUTH", "NO-DECRYPT"])
    }

    fn special(&self, name: &str, what: &[&str]) -> bool {
        let rest = name.strip_prefix(&self.prefix).and_then(|r| r.strip_prefix('-'));
        rest.is_some_and(|r| what.contains(&r))
    }
}

impl Reader for Zscaler {
    /// A rule blocks `EXCEPT`, the next allows the categories and groups of the routes. The ports are the rule's.
    fn allows(&self, request: &Request) -> bool {
        let Some(asked) = Asked::of(request.host) else { return false };
        if let Asked::Address(address) = asked {
            return self.groups.values().any(|group| group.hold(address));
        }
        let mut routes = false;
        for (name, names) in &self.categories {
            if self.special(name, &["EXCEPT"]) {
                if asked.is_in(names) {
                    return false;
                }
            } else if !routes && self.lets_through(name) {
                routes = asked.is_in(names);
            }
        }
        routes
    }
}

/// A host.
enum Asked {
    Address(IpAddr),
    Name(Key),
}

impl Asked {
    fn of(host: &str) -> Option<Self> {
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let host = host.strip_suffix('.').unwrap_or(host);
        match bare.unwrap_or(host).parse::<IpAddr>() {
            Ok(address) => Some(Self::Address(address.to_canonical())),
            Err(_) if host.is_empty() || host.len() > 255 => None,
            Err(_) => Some(Self::Name(Key::of(host.to_ascii_lowercase()))),
        }
    }

    fn is_in(&self, names: &Names) -> bool {
        match self {
            Self::Address(_) => false,
            Self::Name(host) => names.find(host).any(|found| reaches(&found)),
        }
    }
}

/// Whether a line reaches as far as a host.
const fn reaches(found: &Found) -> bool {
    found.depth == 0 || (found.below && found.depth <= LEVELS)
}

/// What the upload says, while it is read.
#[derive(Default)]
struct Reading<'a> {
    names: BTreeMap<String, Names>,
    paths: Vec<Box<str>>,
    /// Of every category its lines, and where they stand.
    places: BTreeMap<&'a str, BTreeMap<&'a str, usize>>,
}

impl<'a> Reading<'a> {
    fn categories(&mut self, file: &File<'a>, problems: &mut Problems) {
        let mut urls: BTreeSet<&str> = BTreeSet::new();
        let lines = lines(file, problems);
        let last = lines.len();
        for (at, line) in lines.into_iter().enumerate() {
            if line.text.is_empty() && at + 1 == last {
                continue;
            }
            match self.upload(line.text, line.number) {
                Ok(url) => {
                    urls.insert(url);
                }
                Err(message) => problems.add(file.path, line.number, message),
            }
        }
        if urls.len() > MOST_URLS {
            problems.add(file.path, 0, format!("{} URLs; an organisation has {MOST_URLS}", urls.len()));
        }
        if self.places.len() > MOST_CATEGORIES {
            let message = format!("{} categories; an organisation has {MOST_CATEGORIES}", self.places.len());
            problems.add(file.path, 0, message);
        }
    }

    /// A line `+, NAME, CUSTOM, URL`.
    fn upload(&mut self, text: &'a str, number: usize) -> Result<&'a str, String> {
        let cells: Vec<&str> = text.split(',').map(|c| c.strip_prefix(' ').unwrap_or(c)).collect();
        let ["+", name, "CUSTOM", url] = cells.as_slice() else {
            return Err("not of the form `+, NAME, CUSTOM, URL`".to_owned());
        };
        named(name)?;
        let (host, below) = line::read(url)?;
        let path = url.find('/').and_then(|slash| url.get(slash..)).filter(|path| *path != "/");
        self.paths.extend(path.map(Into::into));
        let path = path.map_or(0, |_| u32::try_from(self.paths.len()).unwrap_or(u32::MAX));
        let places = self.places.entry(name).or_default();
        if let Some(before) = places.get(url) {
            return Err(format!("{} stands in {} already, line {before}", quoted(url), quoted(name)));
        }
        places.insert(url, number);
        match self.names.get_mut(*name) {
            Some(names) => names.add(host, below, path),
            None => {
                let mut names = Names::default();
                names.add(host, below, path);
                self.names.insert((*name).to_owned(), names);
            }
        }
        Ok(url)
    }

    /// The list of one category holds its lines, and no others.
    fn list(&self, file: &File, problems: &mut Problems) {
        let Some((name, places)) = file.path.strip_suffix(".txt").and_then(|n| self.places.get_key_value(n)) else {
            problems.add(file.path, 0, format!("the file is no list of a category in {CATEGORIES}"));
            return;
        };
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for line in lines(file, problems).iter().filter(|l| !l.text.is_empty()) {
            if let Err(message) = line::read(line.text) {
                problems.add(file.path, line.number, message);
            } else if !places.contains_key(line.text) {
                let message = format!("{} is not in {} of {CATEGORIES}", quoted(line.text), quoted(name));
                problems.add(file.path, line.number, message);
            } else if !seen.insert(line.text) {
                problems.add(file.path, line.number, format!("{} stands twice", quoted(line.text)));
            }
        }
        for (url, number) in places.iter().filter(|(url, _)| !seen.contains(*url)) {
            let message = format!("{} of {CATEGORIES} line {number} is missing", quoted(url));
            problems.add(file.path, 0, message);
        }
    }
}

/// A name of a category or group.
fn named(name: &str) -> Result<(), String> {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if name.is_empty() || name.len() > 255 || !name.bytes().all(fine) {
        return Err(format!("{} is no name of letters, digits, `-`, `_`, `.`", quoted(name)));
    }
    Ok(())
}

/// The destination groups: IPv4 only.
fn groups(file: &File, problems: &mut Problems) -> BTreeMap<String, Spans> {
    let mut groups: BTreeMap<String, Spans> = BTreeMap::new();
    let lines = lines(file, problems);
    let last = lines.len();
    for (at, line) in lines.into_iter().enumerate() {
        if line.number == 1 {
            if line.text != "group,type,address" {
                problems.add(file.path, 1, "the header is not `group,type,address`");
            }
            continue;
        }
        if line.text.is_empty() && at + 1 == last {
            continue;
        }
        let result = address(line.text).map(|(name, span)| {
            let tag = u32::try_from(line.number).unwrap_or(u32::MAX);
            groups.entry(name.to_owned()).or_default().add(span, tag);
        });
        if let Err(message) = result {
            problems.add(file.path, line.number, message);
        }
    }
    for (name, spans) in &mut groups {
        for (tag, by) in spans.finish() {
            let message = format!("the address is within, or overlaps, line {by} in {}", quoted(name));
            problems.add(file.path, tag as usize, message);
        }
    }
    groups
}

fn address(text: &str) -> Result<(&str, super::net::Span), String> {
    let cells: Vec<&str> = text.split(',').collect();
    let [name, kind, address] = cells.as_slice() else {
        return Err(format!("{} cells, where 3 are expected", cells.len()));
    };
    named(name)?;
    if *kind != "DSTN_IP" {
        return Err(format!("the type {} is not `DSTN_IP`", quoted(kind)));
    }
    let span = span(address)?;
    if span.v6 {
        return Err(format!("{} is IPv6, which destination groups do not take", quoted(address)));
    }
    Ok((name, span))
}

/// Whether a text is an IPv4 address in any spelling that a client takes for one.
fn is_numeric(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    name.parse::<Ipv4Addr>().is_ok() || is_number(last)
}
