//! Builds compared, output by output and zone by zone: each file is read back by its format's own meaning.

use std::collections::{BTreeMap, BTreeSet};

use super::answers::Answers;
use super::decisions::{Named, compare};
use super::lines::{Behind, Diff, Kind, Line, Part, Subject};
use super::ports::Change;
use super::script::{self, Stranger};
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
    fn output(&self, id: &str) -> Option<&Output> {
        self.claims.outputs.iter().find(|output| output.id == id)
    }

    /// The files of an output.
    pub fn written(&self, id: &str) -> Vec<Written<'_>> {
        let own = self.files.iter().filter(|(_, output, _)| output == id);
        own.map(|(path, output, bytes)| Written { path, output, bytes }).collect()
    }

    /// What an output says when it is read back; none when nobody can.
    fn back(&self, output: &Output) -> Option<ReadBack> {
        let read = target::named(&output.target)?.read_back?;
        Some(back(read, (output, &self.claims.clients(), true), &self.written(&output.id)))
    }

    fn zone(&self, label: &str) -> Option<usize> {
        self.claims.zones.iter().position(|zone| zone.label() == label)
    }

    /// What all its entries name.
    fn names(&self, named: &mut Named) {
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

    /// What the files of an output name besides.
    fn mentions(&self, id: &str, looks: &Looks, named: &mut Named) {
        let widens = matches!(looks, Looks::AtHosts | Looks::AtMarks { ports: false, .. });
        if self.is_untouched && self.claims.is_complete() && !widens {
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
        pair.compare(&named, &mut diff)?;
    }
    if !only.is_empty() {
        diff.parts.insert(0, Part { name: "outputs".to_owned(), kind: Kind::Outputs, lines: only, counts: Vec::new() });
    }
    Ok(diff)
}

/// Compares a PAC file that nobody claims anything of with the one PAC file of a build.
///
/// # Errors
/// Why they cannot be compared.
pub fn script_and_build(script: &str, is_old: bool, build: &Build) -> Result<Diff, String> {
    let facts = facts::of_zones(&build.claims);
    let mut found: Vec<Answering> = Vec::new();
    for output in &build.claims.outputs {
        let Some(Ok(backs)) = build.back(output) else { continue };
        if let Some(looks @ Looks::AtUrls { .. }) = backs.first().map(|back| back.looks()) {
            found.push((output, looks, backs));
        }
    }
    let ids: Vec<&str> = found.iter().map(|(output, ..)| output.id.as_str()).collect();
    let ids = ids.join(", ");
    let Some((output, looks, backs)) = found.pop().filter(|_| found.is_empty()) else {
        return Err(if ids.is_empty() {
            "a PAC file can only be compared with a build that has one".to_owned()
        } else {
            format!(
                "there are several PAC files to compare it with ({ids}): name one of them, as in `out/{}`",
                ids.split(',').next().unwrap_or_default()
            )
        });
    };
    let mut named = Named::default();
    build.names(&mut named);
    build.mentions(&output.id, &looks, &mut named);
    script::mentions(script, &mut named);
    let zone = output.zones.first().and_then(|label| build.zone(label)).unwrap_or_default();
    let back = backs.into_iter().next().ok_or_else(|| format!("`{}` cannot be read", output.id))?;
    let mut ours = Zoned::new((build, output, &facts), &output.id, back)?;
    ours.stand_in(zone);
    let mut theirs = Stranger::load(script)?;
    let lines = if is_old { compare(&mut theirs, &mut ours, &named) } else { compare(&mut ours, &mut theirs, &named) }?;
    Ok(Diff {
        parts: vec![Part { name: output.id.clone(), kind: Kind::Clients, lines, counts: Vec::new() }],
        ..Diff::default()
    })
}

/// Compares two PAC files of which nobody claims anything.
///
/// # Errors
/// Why they cannot be compared: one that fails or takes too long.
pub fn scripts(old: &str, new: &str) -> Result<Diff, String> {
    let mut named = Named::default();
    script::mentions(old, &mut named);
    script::mentions(new, &mut named);
    let lines = compare(&mut Stranger::load(old)?, &mut Stranger::load(new)?, &named)?;
    Ok(Diff {
        parts: vec![Part { name: "PAC file".to_owned(), kind: Kind::Clients, lines, counts: Vec::new() }],
        ..Diff::default()
    })
}

/// An output that answers with routes.
type Answering<'b> = (&'b Output, Looks, Vec<Box<dyn Back>>);

fn one_side(id: &str, old: Option<&Output>, new: Option<&Output>) -> Line {
    let target =
        |output: Option<&Output>| output.map_or_else(String::new, |output| format!("target {}", output.target));
    Line::named(id, target(old), target(new))
}

/// A build, one of its outputs, and what its zones were promised.
pub type Half<'b> = (&'b Build, &'b Output, &'b [ZoneFacts<'b>]);

/// An output that both sides have.
struct Pair<'b> {
    id: &'b str,
    old: Half<'b>,
    new: Half<'b>,
}

impl Pair<'_> {
    fn compare(&self, named: &Named, diff: &mut Diff) -> Result<(), String> {
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
            let mut own = Named { only_addresses: matches!(old_looks, Looks::AtPackets), ..named.clone() };
            self.old.0.mentions(self.id, old_looks, &mut own);
            self.new.0.mentions(self.id, new_looks, &mut own);
            let mut by_lines: Vec<(Vec<Line>, Vec<String>)> = Vec::new();
            let mut before = Zoned::new(self.old, self.id, old_back)?;
            let mut after = Zoned::new(self.new, self.id, new_back)?;
            for label in self.labels() {
                let (Some(was), Some(is)) = (self.old.0.zone(label), self.new.0.zone(label)) else { continue };
                before.stand_in(was);
                after.stand_in(is);
                let mut lines =
                    compare(&mut before, &mut after, &own).map_err(|why| format!("`{}`: {why}", self.id))?;
                if matches!(old_looks, Looks::AtHosts | Looks::AtMarks { ports: false, .. }) {
                    lines.iter_mut().flat_map(|line| &mut line.said).for_each(|said| said.ports.clear());
                }
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
