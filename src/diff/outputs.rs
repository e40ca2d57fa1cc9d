//! Builds compared, output by output and zone by zone: each file is read back by its format's own meaning.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::answers::Answers;
use super::besides::{self, Listed};
use super::decisions::{AllEdges, compare};
use super::lines::{Behind, Diff, Kind, Line, Part, Subject};
use super::pairs::{self, Pairs};
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
use crate::target::read_back::{Back, Besides, Looks, Problem, ReadBack, What};

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
    /// The files of an output.
    pub fn written(&self, id: &str) -> Vec<Written<'_>> {
        let own = self.files.iter().filter(|(_, output, _)| output == id);
        own.map(|(path, output, bytes)| Written { path, output, bytes }).collect()
    }

    /// What an output says when it is read back; none when nobody can.
    pub fn back(&self, output: &Output) -> Option<ReadBack> {
        let read = target::named(&output.target)?.read_back?;
        let besides = Besides { marks: true, lists: false, rest: true };
        Some(back(read, (output, &self.claims.clients(), besides), &self.written(&output.id)))
    }

    /// How an output is looked at; none when nobody can tell.
    pub(super) fn looks(&self, output: &Output) -> Option<Looks> {
        self.back(output)?.ok()?.first().map(|back| back.looks())
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
        self.is_untouched && !looks.is_at_hosts()
    }

    /// What the files of an output name besides.
    pub fn mentions(&self, output: &Output, looks: &Looks, named: &mut Named) {
        if self.is_told(looks) {
            return;
        }
        for file in self.written(&output.id) {
            let text = String::from_utf8_lossy(file.bytes);
            if matches!(looks, Looks::AtUrls { .. }) {
                script::mentions(&text, named);
                continue;
            }
            named.add_hidden(&text);
            let mut words: BTreeSet<String> = BTreeSet::new();
            mentioned::words(file.bytes, |word| {
                if !words.contains(word) {
                    words.insert(word.to_owned());
                }
            });
            for word in words {
                match Dest::parse(&word).map(|dest| dest.pattern) {
                    Ok(Pattern::Net(net)) => _ = named.nets.insert(net),
                    Ok(Pattern::Name(_)) => {
                        named.add_name(&format!(".{word}"));
                        if looks.is_at_hosts() && named.deep.len() < MOST_DEEP {
                            // Without the path of a line.
                            named.deep.insert(word.split('/').next().unwrap_or(&word).to_owned());
                        }
                    }
                    _ => {}
                }
            }
            // Patterns with stars, as tables have them.
            let of_pattern = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*');
            text.split(|c| !of_pattern(c)).filter(|word| word.contains('*')).for_each(|word| named.add_name(word));
        }
    }
}

/// Most names of a list below which a host of many labels is asked about: as many as Zscaler takes.
const MOST_DEEP: usize = 25_000;

/// Compares two builds.
///
/// # Errors
/// Why they cannot be compared: a file that its reader refuses.
pub fn builds(old: &Build, new: &Build) -> Result<Diff, String> {
    paired(old, new, &Pairs::of(&old.claims, &new.claims))
}

/// Compares what two builds have in common, and says what they have not.
///
/// # Errors
/// Why they cannot be compared: a file that its reader refuses.
pub fn paired(old: &Build, new: &Build, pairs: &Pairs) -> Result<Diff, String> {
    let (old_facts, new_facts) = (facts::of_zones(&old.claims), facts::of_zones(&new.claims));
    let mut named = Named::default();
    old.names(&mut named);
    new.names(&mut named);
    let shared = Shared { addresses: Partition::of_addresses(&named), all: Partition::of(named.clone())?, named };
    let mut edges = EdgesOfZones::new();
    let mut diff = Diff::default();
    if !(old.is_untouched && new.is_untouched) {
        // Hosts that nobody named are not asked about.
        diff.asked = Some(0);
    }
    let mut only: Vec<Line> = Vec::new();
    // In the order of the site.
    for (at, was) in old.claims.outputs.iter().enumerate() {
        let Some(is) = pairs.new_output(at).and_then(|at| new.claims.outputs.get(at)) else {
            let is = new.claims.outputs.iter().find(|is| is.id == was.id);
            only.push(Line::named(&was.id, target_words(was), is.map_or_else(String::new, target_words)));
            continue;
        };
        if was.id != is.id {
            only.push(Line::named(&was.id, target_words(was), format!("{}, now `{}`", target_words(is), is.id)));
        }
        let pair = Pair { old: (old, was, &old_facts), new: (new, is, &new_facts), pairs };
        pair.compare(&shared, &mut edges, &mut diff)?;
    }
    let come = new.claims.outputs.iter().enumerate().filter(|(at, _)| pairs.old_output(*at).is_none());
    let come = come.filter(|(_, is)| !old.claims.outputs.iter().any(|was| was.id == is.id));
    only.extend(come.map(|(_, is)| Line::named(&is.id, String::new(), target_words(is))));
    let routes = routes(&old.claims, &new.claims);
    for (name, kind, lines) in [("routes", Kind::Routes, routes), ("outputs", Kind::Outputs, only)] {
        if !lines.is_empty() {
            diff.parts.insert(0, Part { name: name.to_owned(), kind, lines, counts: Vec::new() });
        }
    }
    Ok(diff)
}

/// Routes that lead to other proxies: lists that say `proxy:cloud` are about other machines then.
fn routes(old: &Claims, new: &Claims) -> Vec<Line> {
    let was = old.used_routes();
    let is = new.used_routes();
    let both = was.iter().filter_map(|was| Some((was, is.iter().find(|is| is.name == was.name)?)));
    let moved = both.filter(|(was, is)| was.proxies != is.proxies);
    moved.map(|(was, is)| Line::named(&was.name, was.proxies.join(", "), is.proxies.join(", "))).collect()
}

fn target_words(output: &Output) -> String {
    format!("target {}", output.target)
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
    old: Half<'b>,
    new: Half<'b>,
    pairs: &'b Pairs,
}

impl Pair<'_> {
    /// Its name, or both.
    fn name(&self) -> String {
        both(&self.old.1.id, &self.new.1.id)
    }

    fn compare(&self, shared: &Shared, edges: &mut EdgesOfZones, diff: &mut Diff) -> Result<(), String> {
        let name = &self.name();
        let (old_id, new_id) = (&self.old.1.id, &self.new.1.id);
        let (Some(olds), Some(news)) = (self.old.0.back(self.old.1), self.new.0.back(self.new.1)) else {
            diff.parts.push(texts::text(name, &self.old.0.written(old_id), &self.new.0.written(new_id)));
            return Ok(());
        };
        let unread = |problems: Vec<Problem>| {
            problems.first().map_or_else(|| format!("`{name}` cannot be read"), |first| first.words(name))
        };
        let (olds, news) = (olds.map_err(unread)?, news.map_err(unread)?);
        let kind = |looks: &Looks| part_name(name, looks);
        let parents = |backs: &[Box<dyn Back>]| backs.iter().any(|back| back.looks() == Looks::AtParents);
        if parents(&olds) != parents(&news) {
            let words = |is: bool| if is { "handed on to the proxies of their routes" } else { "not handed on" };
            let line = Line::named("all requests", words(parents(&olds)).to_owned(), words(parents(&news)).to_owned());
            let (name, kind) = part_name(name, &Looks::AtParents);
            diff.parts.push(Part { name, kind, lines: vec![line], counts: Vec::new() });
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
            let is_of_paths = matches!(old_looks, Looks::AtPaths { .. });
            if is_of_paths
                && [old_looks, new_looks].iter().all(|looks| matches!(looks, Looks::AtPaths { any: false, .. }))
            {
                continue;
            }
            let own = self.parts(shared, old_looks, new_looks)?;
            let mut by_lines: Vec<(Vec<Line>, Vec<String>)> = Vec::new();
            let mut before = Zoned::new(self.old, old_id, old_back)?;
            let mut after = Zoned::new(self.new, new_id, new_back)?;
            for (was, is, label) in self.zones() {
                before.stand_in(was);
                after.stand_in(is);
                let known = match &own {
                    Cow::Borrowed(parts) if std::ptr::eq(*parts, &shared.all) => {
                        let of = || AllEdges::of(&mut before, &mut after, parts);
                        Some(&*edges.entry(label.clone()).or_insert_with(of))
                    }
                    _ => None,
                };
                let parts = Cow::Borrowed(own.as_ref());
                let found = match is_of_paths {
                    true => Listed::both(&mut before, &mut after, &parts)
                        .and_then(|(mut before, mut after)| compare(&mut before, &mut after, parts, None)),
                    false => compare(&mut before, &mut after, parts, known),
                };
                let found = found.map_err(|why| format!("`{name}`: {why}"))?;
                diff.asked = diff.asked.map(|asked| asked.max(found.hosts));
                let mut lines = found.lines;
                tagged::fold(&mut lines, &self.old.0.claims, &self.new.0.claims);
                lines.extend(self.tags(&mut before, &mut after));
                match by_lines.iter_mut().find(|(known, _)| *known == lines) {
                    Some((_, labels)) => labels.push(label),
                    None => by_lines.push((lines, vec![label])),
                }
            }
            for (lines, labels) in by_lines {
                let (name, kind) = part_name(name, old_looks);
                let all = self.old.0.claims.zones.len() == 1 && self.new.0.claims.zones.len() == 1;
                let name = if all { name } else { format!("{name} ({})", labels.join(", ")) };
                diff.parts.push(Part { name, kind, lines, counts: Vec::new() });
            }
        }
        diff.parts.extend(besides::options(name, self.old.1, self.new.1));
        self.about_zones(diff);
        Ok(())
    }

    /// What the two sides are asked about.
    fn parts<'s>(&self, shared: &'s Shared, old: &Looks, new: &Looks) -> Result<Cow<'s, Partition>, String> {
        let addresses = matches!(old, Looks::AtPackets);
        let sides = [(self.old.0, self.old.1, old), (self.new.0, self.new.1, new)];
        if sides.iter().all(|(build, _, looks)| build.is_told(looks)) {
            return Ok(Cow::Borrowed(if addresses { &shared.addresses } else { &shared.all }));
        }
        let mut named = shared.named.clone();
        sides.iter().for_each(|(build, output, looks)| build.mentions(output, looks, &mut named));
        if addresses {
            return Ok(Cow::Owned(Partition::of_addresses(&named)));
        }
        let mut parts = Partition::of(named)?;
        parts.ask_deep();
        Ok(Cow::Owned(parts))
    }

    /// Zones of both sides, and what they are called.
    fn zones(&self) -> Vec<(usize, usize, String)> {
        let (old, new) = (&self.old.0.claims, &self.new.0.claims);
        let labels = |was: usize, is: usize| Some((old.zones.get(was)?.label(), new.zones.get(is)?.label()));
        let found = self.pairs.zones.iter().filter_map(|(was, is)| {
            let (before, after) = labels(*was, *is)?;
            let is_of = |output: &Output, label: &str| output.zones.iter().any(|own| own == label);
            (is_of(self.old.1, before) && is_of(self.new.1, after)).then(|| (*was, *is, both(before, after)))
        });
        found.collect()
    }

    /// Zones that only one side has, that have another name, or other clients.
    fn about_zones(&self, diff: &mut Diff) {
        let zones = self.zones();
        let (old, new) = (&self.old.0.claims, &self.new.0.claims);
        let (mut lines, mut moved) = (Vec::new(), Vec::new());
        let word = || "a zone of it".to_owned();
        for label in &self.old.1.zones {
            match zones.iter().find(|(was, ..)| pairs::zone(old, label) == Some(*was)) {
                None => lines.push(Line::named(label, word(), String::new())),
                Some((was, is, both)) => {
                    let (Some(was), Some(is)) = (old.zones.get(*was), new.zones.get(*is)) else { continue };
                    if was.label() != is.label() {
                        lines.push(Line::named(label, word(), format!("{}, now `{}`", word(), is.label())));
                    }
                    let (before, after) = (&was.sources, &is.sources);
                    if !pairs::are_same(before, after) {
                        let words = pairs::clients_words;
                        moved.push(Line::named(both, words(before), words(after)));
                    }
                }
            }
        }
        let is_new = |label: &&String| !zones.iter().any(|(_, is, _)| pairs::zone(new, label) == Some(*is));
        lines.extend(self.new.1.zones.iter().filter(is_new).map(|label| Line::named(label, String::new(), word())));
        for (what, lines) in [("zones", lines), ("clients", moved)] {
            if !lines.is_empty() {
                let name = format!("{}, {what}", self.name());
                diff.parts.push(Part { name, kind: Kind::Outputs, lines, counts: Vec::new() });
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

/// One name, or two.
fn both(old: &str, new: &str) -> String {
    if old == new { old.to_owned() } else { format!("{old} -> {new}") }
}

fn part_name(id: &str, looks: &Looks) -> (String, Kind) {
    match looks {
        Looks::AtUrls { .. } => (id.to_owned(), Kind::Clients),
        Looks::AtPorts | Looks::AtHosts => (id.to_owned(), Kind::Proxy),
        Looks::AtLists { .. } => (format!("{id}, lists"), Kind::Proxy),
        Looks::AtMarks { mark, .. } => (format!("{id}, {}", mark.done()), Kind::Marks),
        Looks::AtParents => (format!("{id}, handed on to"), Kind::Parents),
        Looks::AtRows => (id.to_owned(), Kind::List),
        Looks::AtOpeners => (format!("{id}, opened by"), Kind::Firewall),
        Looks::AtPackets => (format!("{id}, packets"), Kind::Firewall),
        Looks::AtPaths { of: Some(mark), .. } => (format!("{id}, {}, paths", mark.done()), Kind::Paths),
        // A proxy's rules have ports, tables have them themselves.
        Looks::AtPaths { ports: false, .. } => (format!("{id}, paths"), Kind::Paths),
        Looks::AtPaths { .. } => (format!("{id}, paths"), Kind::List),
    }
}
