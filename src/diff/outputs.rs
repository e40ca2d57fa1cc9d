//! Builds compared, output by output and zone by zone: each file is read back by its format's own meaning.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::answers::Answers;
use super::decisions::{AllEdges, compare};
use super::lines::{Behind, Diff, Kind, Line, Part, Subject};
use super::partition::{Named, Partition};
use super::ports::Change;
use super::script;
use super::zoned::Zoned;
use super::{tagged, texts};
use crate::claims::{Claims, Output};
use crate::dest::{Dest, Pattern};
use crate::prove::facts::{self, ZoneFacts};
use crate::prove::oracle::Service;
use crate::prove::{Written, back, mentioned};
use crate::read::record::Scalar as _;
use crate::target;
use crate::target::read_back::{Back, Looks, Problem, ReadBack, What};

/// The files of a build and what was claimed of them.
#[derive(Debug)]
pub struct Build {
    /// The claims.
    pub claims: Claims,
    /// The files: path, output, bytes.
    pub files: Vec<(String, String, Vec<u8>)>,
    /// Whether the files are as they were written: then the claims name everything that they can tell apart.
    pub is_untouched: bool,
}

impl Build {
    /// An output by its name.
    pub fn output(&self, id: &str) -> Option<&Output> {
        self.claims.outputs.iter().find(|output| output.id == id)
    }

    /// The files of an output.
    pub fn written(&self, id: &str) -> Vec<Written<'_>> {
        let own = self.files.iter().filter(|(_, output, _)| output == id);
        own.map(|(path, output, bytes)| Written { path, output, bytes }).collect()
    }

    /// What an output says when it is read back; none when nobody can.
    pub fn back(&self, output: &Output) -> Option<ReadBack> {
        let read = target::named(&output.target)?.read_back?;
        Some(back(read, (output, &self.claims.clients(), true), &self.written(&output.id)))
    }

    /// A zone, by its position.
    pub fn zone(&self, label: &str) -> Option<usize> {
        self.claims.zones.iter().position(|zone| zone.label() == label)
    }

    /// What all its entries name.
    pub fn names(&self, named: &mut Named) {
        let claims = &self.claims;
        let endpoints = claims.endpoints.iter().filter(|endpoint| !endpoint.tag).map(|endpoint| endpoint.text());
        let networks = claims.endpoints.iter().flat_map(|endpoint| &endpoint.networks).map(String::as_str);
        let lines = claims.rules.iter().flat_map(|rule| &rule.hosts).map(String::as_str);
        for text in endpoints.chain(networks).chain(lines) {
            match Dest::parse(text).map(|dest| dest.pattern) {
                Ok(Pattern::Name(name)) => _ = named.names.insert(name),
                Ok(Pattern::Net(net)) => _ = named.nets.insert(net),
                Ok(Pattern::Plain) | Err(_) => {}
            }
        }
    }

    /// Whether the entries name everything that files can tell apart, as they are as they were written. Lists without ports
    /// reach further than their entries.
    fn is_told(&self, looks: &Looks) -> bool {
        self.is_untouched && self.claims.is_complete() && !widens(looks)
    }

    /// What the files of an output name besides.
    pub fn mentions(&self, id: &str, looks: &Looks, named: &mut Named) {
        let widens = widens(looks);
        if self.is_told(looks) {
            return;
        }
        for file in self.written(id) {
            if matches!(looks, Looks::AtUrls { .. }) {
                script::mentions(&String::from_utf8_lossy(file.bytes), named);
                continue;
            }
            for word in mentioned::words(file.bytes) {
                match Dest::parse(&word).map(|dest| dest.pattern) {
                    Ok(Pattern::Net(net)) => _ = named.nets.insert(net),
                    Ok(Pattern::Name(_)) => {
                        if let Ok(Dest { pattern: Pattern::Name(name), .. }) = Dest::parse(&format!(".{word}")) {
                            named.names.insert(name);
                        }
                        if widens && named.besides.len() < MOST_DEEP {
                            let meaning = format!("names more than five labels below `{word}`");
                            named.besides.insert(format!("a.b.c.d.e.f.{word}"), meaning);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

fn widens(looks: &Looks) -> bool {
    matches!(looks, Looks::AtHosts | Looks::AtMarks { ports: false, .. })
}

/// Most names of a list below which a host of many labels is asked about.
const MOST_DEEP: usize = 2_000;

/// Compares two builds.
///
/// # Errors
/// Why they cannot be compared: a file that its reader refuses.
pub fn builds(old: &Build, new: &Build) -> Result<Diff, String> {
    let (old_facts, new_facts) = (facts::of_zones(&old.claims), facts::of_zones(&new.claims));
    let mut named = Named::default();
    old.names(&mut named);
    new.names(&mut named);
    let shared = Shared { addresses: Partition::of_addresses(&named), all: Partition::of(named.clone())?, named };
    let mut edges = EdgesOfZones::new();
    let mut diff = Diff::default();
    for (which, build) in [("old", old), ("new", new)] {
        if !build.claims.is_complete() {
            diff.notes.push(format!(
                "the manifest of the {which} side does not keep its lines: hosts are those that the files mention; compare the sites to be sure"
            ));
        }
    }
    // In the order of the site.
    let mut ids: Vec<&str> = old.claims.outputs.iter().map(|output| output.id.as_str()).collect();
    ids.extend(new.claims.outputs.iter().map(|output| output.id.as_str()).filter(|id| old.output(id).is_none()));
    let mut only: Vec<Line> = Vec::new();
    for id in ids {
        let (Some(was), Some(is)) = (old.output(id), new.output(id)) else {
            only.push(one_side(id, old.output(id), new.output(id)));
            continue;
        };
        if was.target != is.target {
            only.push(one_side(id, Some(was), Some(is)));
            continue;
        }
        let pair = Pair { id, old: (old, was, &old_facts), new: (new, is, &new_facts) };
        pair.compare(&shared, &mut edges, &mut diff)?;
    }
    if !only.is_empty() {
        diff.parts.insert(0, Part { name: "outputs".to_owned(), kind: Kind::Outputs, lines: only, counts: Vec::new() });
    }
    Ok(diff)
}

fn one_side(id: &str, old: Option<&Output>, new: Option<&Output>) -> Line {
    let target =
        |output: Option<&Output>| output.map_or_else(String::new, |output| format!("target {}", output.target));
    Line::named(id, target(old), target(new))
}

/// A build, one of its outputs, and what its zones were promised.
pub type Half<'b> = (&'b Build, &'b Output, &'b [ZoneFacts<'b>]);

/// What all outputs are asked about, as long as their files name nothing else.
struct Shared {
    named: Named,
    all: Partition,
    addresses: Partition,
}

/// The edges at the hosts that all outputs are asked about, by the zone.
type EdgesOfZones = BTreeMap<String, AllEdges>;

/// An output that both sides have.
struct Pair<'b> {
    id: &'b str,
    old: Half<'b>,
    new: Half<'b>,
}

impl Pair<'_> {
    fn compare(&self, shared: &Shared, edges: &mut EdgesOfZones, diff: &mut Diff) -> Result<(), String> {
        let (Some(olds), Some(news)) = (self.old.0.back(self.old.1), self.new.0.back(self.new.1)) else {
            diff.parts.push(texts::text(self.id, &self.old.0.written(self.id), &self.new.0.written(self.id)));
            return Ok(());
        };
        let unread = |problems: Vec<Problem>| {
            problems.first().map_or_else(|| format!("`{}` cannot be read", self.id), |first| first.words(self.id))
        };
        let (olds, news) = (olds.map_err(unread)?, news.map_err(unread)?);
        let kind = |looks: &Looks| part_name(self.id, looks);
        let parents = |backs: &[Box<dyn Back>]| backs.iter().any(|back| back.looks() == Looks::AtParents);
        if parents(&olds) != parents(&news) {
            diff.notes.push(format!("`{}` hands requests on to other proxies on one side only", self.id));
        }
        let mut news: Vec<Option<Box<dyn Back>>> = news.into_iter().map(Some).collect();
        for old_back in olds {
            let old_looks = &old_back.looks();
            // What one side alone is asked, the other has nothing to say about.
            let is_partner =
                |back: &Option<Box<dyn Back>>| back.as_ref().is_some_and(|back| kind(&back.looks()) == kind(old_looks));
            let at = news.iter().position(is_partner);
            let Some(new_back) = at.and_then(|at| news.get_mut(at)).and_then(Option::take) else { continue };
            let new_looks = &new_back.looks();
            let own = self.parts(shared, old_looks, new_looks)?;
            let mut by_lines: Vec<(Vec<Line>, Vec<String>)> = Vec::new();
            let mut before = Zoned::new(self.old, self.id, old_back)?;
            let mut after = Zoned::new(self.new, self.id, new_back)?;
            for label in self.labels() {
                let (Some(was), Some(is)) = (self.old.0.zone(label), self.new.0.zone(label)) else { continue };
                before.stand_in(was);
                after.stand_in(is);
                let known = match &own {
                    Cow::Borrowed(parts) if std::ptr::eq(*parts, &shared.all) => {
                        let of = || AllEdges::of(&mut before, &mut after, parts);
                        Some(&*edges.entry(label.to_owned()).or_insert_with(of))
                    }
                    _ => None,
                };
                let parts = Cow::Borrowed(own.as_ref());
                let found =
                    compare(&mut before, &mut after, parts, known).map_err(|why| format!("`{}`: {why}", self.id))?;
                let mut lines = found.lines;
                tagged::fold(&mut lines, &self.old.0.claims, &self.new.0.claims);
                lines.extend(self.tags(&mut before, &mut after));
                match by_lines.iter_mut().find(|(known, _)| *known == lines) {
                    Some((_, labels)) => labels.push(label.to_owned()),
                    None => by_lines.push((lines, vec![label.to_owned()])),
                }
            }
            for (lines, labels) in by_lines {
                let (name, kind) = part_name(self.id, old_looks);
                let all = self.old.0.claims.zones.len() == 1 && self.new.0.claims.zones.len() == 1;
                let name = if all { name } else { format!("{name} ({})", labels.join(", ")) };
                diff.parts.push(Part { name, kind, lines, counts: Vec::new() });
            }
        }
        self.zones(diff);
        Ok(())
    }

    /// What the two sides are asked about.
    fn parts<'s>(&self, shared: &'s Shared, old: &Looks, new: &Looks) -> Result<Cow<'s, Partition>, String> {
        let addresses = matches!(old, Looks::AtPackets);
        let sides = [(self.old.0, old), (self.new.0, new)];
        if sides.iter().all(|(build, looks)| build.is_told(looks)) {
            return Ok(Cow::Borrowed(if addresses { &shared.addresses } else { &shared.all }));
        }
        let mut named = shared.named.clone();
        sides.iter().for_each(|(build, looks)| build.mentions(self.id, looks, &mut named));
        Ok(Cow::Owned(if addresses { Partition::of_addresses(&named) } else { Partition::of(named)? }))
    }

    /// Zones of both sides.
    fn labels(&self) -> impl Iterator<Item = &str> {
        self.old.1.zones.iter().filter(|label| self.new.1.zones.contains(label)).map(String::as_str)
    }

    /// Zones that only one side has.
    fn zones(&self, diff: &mut Diff) {
        let only = |one: &Output, other: &Output| -> Vec<String> {
            one.zones.iter().filter(|label| !other.zones.contains(label)).cloned().collect()
        };
        let gone = only(self.old.1, self.new.1)
            .into_iter()
            .map(|zone| Line::named(&zone, "a zone of it".to_owned(), String::new()));
        let new = only(self.new.1, self.old.1)
            .into_iter()
            .map(|zone| Line::named(&zone, String::new(), "a zone of it".to_owned()));
        let lines: Vec<Line> = gone.chain(new).collect();
        if !lines.is_empty() {
            diff.parts.push(Part {
                name: format!("{}, zones", self.id),
                kind: Kind::Outputs,
                lines,
                counts: Vec::new(),
            });
        }
        let sources = |build: &Build, label: &str| -> BTreeSet<String> {
            build
                .zone(label)
                .and_then(|at| build.claims.zones.get(at))
                .into_iter()
                .flat_map(|z| &z.sources)
                .map(ToString::to_string)
                .collect()
        };
        for label in self.labels() {
            let (was, is) = (sources(self.old.0, label), sources(self.new.0, label));
            if was != is {
                let words = |nets: BTreeSet<String>| {
                    if nets.is_empty() {
                        "all clients".to_owned()
                    } else {
                        nets.into_iter().collect::<Vec<_>>().join(" ")
                    }
                };
                let lines = vec![Line::named(label, words(was), words(is))];
                diff.parts.push(Part {
                    name: format!("{}, clients", self.id),
                    kind: Kind::Outputs,
                    lines,
                    counts: Vec::new(),
                });
            }
        }
    }

    /// What is said of service tags by their names.
    fn tags(&self, old: &mut Zoned, new: &mut Zoned) -> Vec<Line> {
        let mut names: BTreeMap<&str, BTreeSet<Service>> = BTreeMap::new();
        for half in [&*old, &*new] {
            half.tags().for_each(|(tag, services)| names.entry(tag).or_default().extend(services));
        }
        let mut lines = Vec::new();
        for (tag, mut services) in names {
            services.insert(Service::tcp(Some(1)));
            services.insert(Service::udp(1));
            let mut answers = Answers::default();
            let asked: Vec<_> = services
                .into_iter()
                .map(|service| {
                    let (before, after) = (old.ask(What::Tag(tag), service), new.ask(What::Tag(tag), service));
                    (service, answers.id(before), answers.id(after))
                })
                .collect();
            let said = answers.said(&Change::of(&asked));
            if !said.is_empty() {
                let behind = Behind { old: old.of_tag(tag), new: new.of_tag(tag) };
                let subject = Subject::Named(format!("service tag {tag}"));
                lines.push(Line { behind, ..Line::new(subject, said) });
            }
        }
        lines
    }
}

fn part_name(id: &str, looks: &Looks) -> (String, Kind) {
    match looks {
        Looks::AtUrls { .. } => (id.to_owned(), Kind::Clients),
        Looks::AtPorts | Looks::AtHosts => (id.to_owned(), Kind::Proxy),
        Looks::AtMarks { mark, .. } => (format!("{id}, {}", mark.done()), Kind::Marks),
        Looks::AtParents => (format!("{id}, handed on to"), Kind::Parents),
        Looks::AtRows => (id.to_owned(), Kind::List),
        Looks::AtOpeners => (format!("{id}, opened by"), Kind::Firewall),
        Looks::AtPackets => (format!("{id}, packets"), Kind::Firewall),
    }
}
