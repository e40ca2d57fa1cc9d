//! Two sides that decide about hosts and ports, compared on all hosts that either can tell apart, and the fewest patterns
//! that say where they differ.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::answers::Answers;
use super::lines::{Behind, Line, Said, Subject, Where};
use super::partition::Partition;
use super::ports::{AnswerId, Change, Piece};
use super::say::{self, Changes, Found};
use super::space::Class;
use crate::prove::oracle::Service;
use crate::target::read_back::in_url;

/// One side. The two are asked at the same time.
pub trait Side: Send {
    /// The ports at which what is written of a host can change: whether they are UDP's, and their numbers.
    fn edges(&self, host: &str) -> Edges;
    /// What is worth asking of a host: its edges, and what lies between them.
    fn services(&self, host: &str, edges: &[(bool, u16)]) -> BTreeSet<Service>;
    /// What it answers, question by question.
    ///
    /// # Errors
    /// Why it answers no more.
    fn answers(&mut self, questions: &[(&str, Service)]) -> Result<Vec<String>, String>;
    /// What its answer comes from.
    fn behind(&self, host: &str, service: Service) -> Vec<String>;
    /// Where it mentions a host, or the nearest domain above it, when that is all that is known.
    fn mentions(&self, _host: &str) -> Option<String> {
        None
    }
    /// Whether it may tell hosts apart by more than what is named.
    fn may_see_more(&self) -> bool {
        false
    }
}

/// Ports at which an answer can change.
pub type Edges = Vec<(bool, u16)>;

/// The edges of both sides at each host of a partition: found once for all that is asked about these hosts.
#[derive(Debug, Default)]
pub struct AllEdges(Vec<Edges>);

impl AllEdges {
    /// The edges at the hosts of a partition.
    pub fn of(old: &mut dyn Side, new: &mut dyn Side, parts: &Partition) -> Self {
        Self(edges(old, new, &parts.hosts()))
    }
}

fn edges(old: &mut dyn Side, new: &mut dyn Side, hosts: &[String]) -> Vec<Edges> {
    let of = |side: &dyn Side| hosts.iter().map(|host| side.edges(host)).collect::<Vec<_>>();
    let (mut edges, more) = rayon::join(move || of(old), move || of(new));
    edges.iter_mut().zip(more).for_each(|(edges, more)| edges.extend(more));
    edges
}

/// What is said of ports at which a narrower pattern changes nothing.
const SAME: &str = "as before";

/// Hosts that are asked about at once.
const AT_ONCE: usize = 2_000;

/// How many lines and exceptions with one change between two answers make a person stop reading: when nothing keeps the old
/// answer, one line says it for all.
const MANY: usize = 4;

/// Where two sides differ.
#[derive(Debug, Default)]
pub struct Differences {
    /// What differs.
    pub lines: Vec<Line>,
    /// How many hosts were asked about.
    pub hosts: usize,
    /// Patterns of which nothing can be said as a whole: their hosts differ for reasons that no pattern says.
    pub uneven: Vec<String>,
}

/// Where two sides differ on the hosts of a partition, of which the edges may be known.
///
/// # Errors
/// Why they cannot be compared.
pub fn compare(
    old: &mut dyn Side,
    new: &mut dyn Side,
    mut parts: Cow<Partition>,
    known: Option<&AllEdges>,
) -> Result<Differences, String> {
    let mut asked = Asked::default();
    asked.ask_all(old, new, &parts.hosts(), known)?;
    if old.may_see_more() || new.may_see_more() {
        let others = parts.others();
        asked.ask_all(old, new, &others.iter().map(|(_, host)| host.clone()).collect::<Vec<_>>(), None)?;
        let of_class = |at: usize| asked.change(parts.classes.get(at).and_then(|class| class.host.as_deref()));
        let differs = |(at, host): &&(usize, String)| asked.change(Some(host)) != of_class(*at);
        let uneven: BTreeSet<usize> = others.iter().filter(differs).map(|(at, _)| *at).collect();
        if !uneven.is_empty() {
            parts = Cow::Owned(parts.into_owned().apart(&uneven, &others)?);
        }
    }
    let found = asked.lines(&parts);
    let moved = asked.moved(&found);
    let mut lines: Vec<Line> = moved.iter().map(|moved| asked.moved_line(moved, (old, new))).collect();
    asked.forget(&moved);
    let found = if moved.is_empty() { found } else { asked.lines(&parts) };
    lines.extend(found.iter().map(|found| asked.line(found, (old, new))));
    let uneven = parts.classes.iter().filter(|class| class.is_uneven).map(Class::words).collect();
    Ok(Differences { lines, hosts: asked.hosts, uneven })
}

/// Everything that was asked.
#[derive(Debug, Default)]
struct Asked {
    /// How many hosts.
    hosts: usize,
    answers: Answers,
    /// What changes at each host.
    changes: HashMap<String, Change>,
    /// Whether what is asked looks at hosts alone.
    hosts_only: bool,
    /// For each answer of the old side, those that came in its place, and one host and port each.
    went: BTreeMap<AnswerId, BTreeMap<AnswerId, (String, Service)>>,
}

/// An answer that nothing keeps.
#[derive(Debug)]
struct Moved {
    before: AnswerId,
    after: AnswerId,
    host: String,
    service: Service,
}

impl Asked {
    fn ask_all(
        &mut self,
        old: &mut dyn Side,
        new: &mut dyn Side,
        hosts: &[String],
        known: Option<&AllEdges>,
    ) -> Result<(), String> {
        self.hosts += hosts.len();
        for (at, some) in hosts.chunks(AT_ONCE).enumerate() {
            let first = at * AT_ONCE;
            match known.and_then(|known| known.0.get(first..first + some.len())) {
                Some(edges) => self.ask(old, new, some, edges)?,
                None => {
                    let edges = edges(old, new, some);
                    self.ask(old, new, some, &edges)?;
                }
            }
        }
        Ok(())
    }

    fn ask(&mut self, old: &mut dyn Side, new: &mut dyn Side, hosts: &[String], edges: &[Edges]) -> Result<(), String> {
        let mut questions: Vec<(&str, Service)> = Vec::new();
        for (host, edges) in hosts.iter().zip(edges) {
            let mut services = old.services(host, edges);
            services.extend(new.services(host, edges));
            questions.extend(services.into_iter().map(|service| (host.as_str(), service)));
        }
        let (before, after) = rayon::join(|| old.answers(&questions), || new.answers(&questions));
        let (before, after) = (before?, after?);
        let answers: Vec<(&str, Service, AnswerId, AnswerId)> = questions
            .iter()
            .zip(before.into_iter().zip(after))
            .map(|((host, service), (before, after))| {
                (*host, *service, self.answers.id(before), self.answers.id(after))
            })
            .collect();
        for (host, service, before, after) in &answers {
            let went = self.went.entry(*before).or_default();
            if went.get(after).is_none_or(|(_, known)| known.port.is_none() && service.port.is_some()) {
                went.insert(*after, ((*host).to_owned(), *service));
            }
        }
        for of_host in answers.chunk_by(|a, b| a.0 == b.0) {
            let Some((host, ..)) = of_host.first() else { continue };
            self.hosts_only = matches!(of_host, [(_, Service { port: None, .. }, ..)]);
            self.answers.ports.udp |= of_host.iter().any(|(_, service, ..)| service.udp);
            let of_host: Vec<_> =
                of_host.iter().map(|(_, service, before, after)| (*service, *before, *after)).collect();
            let change = Change::of(&of_host);
            if !change.is_none() {
                self.changes.insert((*host).to_owned(), change);
            }
        }
        Ok(())
    }

    fn change(&self, host: Option<&str>) -> &Change {
        host.and_then(|host| self.changes.get(host)).unwrap_or(Change::NOTHING)
    }

    /// The fewest patterns that say what changes.
    fn lines(&self, parts: &Partition) -> Vec<Found> {
        let changes = Changes { of_host: &self.changes, words: self.answers.ports };
        let mut lines = say::names(parts, &changes);
        for (family, starts) in &parts.ranges {
            lines.extend(say::networks(*family, starts, &changes));
        }
        say::merge_rest(&mut lines);
        lines
    }

    /// Answers that nothing keeps and that all went the same way, when many lines would say so.
    fn moved(&self, lines: &[Found]) -> Vec<Moved> {
        let mut found = Vec::new();
        for (before, went) in &self.went {
            let [(after, (host, service))] = went.iter().collect::<Vec<_>>()[..] else { continue };
            let is_of = |piece: &Piece| (piece.before, piece.after) == (*before, *after);
            let own = lines.iter().filter(|line| line.beyond.changes.pieces().iter().any(is_of));
            let lines: usize = own.map(|line| 1 + line.except.len()).sum();
            if before != after && lines >= MANY {
                found.push(Moved { before: *before, after: *after, host: host.clone(), service: *service });
            }
        }
        found
    }

    /// Takes what was told already out of the changes.
    fn forget(&mut self, moved: &[Moved]) {
        let is_told =
            |piece: &Piece| moved.iter().any(|moved| (moved.before, moved.after) == (piece.before, piece.after));
        self.changes.values_mut().for_each(|change| change.forget(is_told));
    }

    fn moved_line(&self, moved: &Moved, sides: (&dyn Side, &dyn Side)) -> Line {
        let (host, service) = (moved.host.as_str(), moved.service);
        let (before, after) = (self.answers.word(moved.before).to_owned(), self.answers.word(moved.after).to_owned());
        Line {
            witness: Some(self.shown(host, service)),
            behind: Behind { old: sides.0.behind(host, service), new: sides.1.behind(host, service) },
            remarks: remarks(host, sides),
            ..Line::new(
                Subject::Decision(Where::All(before.clone())),
                vec![Said { ports: String::new(), before, after }],
            )
        }
    }

    fn line(&self, found: &Found, (old, new): (&dyn Side, &dyn Side)) -> Line {
        let changes = &found.beyond.changes;
        let mut said = self.answers.said(changes);
        if !found.beyond.keeps.is_empty() {
            let ports = self.answers.ports.of(found.beyond.keeps.iter().copied());
            said.push(Said { ports, before: SAME.to_owned(), after: SAME.to_owned() });
        }
        let service = changes.service();
        Line {
            witness: Some(self.shown(&found.host, service)),
            except: found.except.clone(),
            behind: Behind { old: old.behind(&found.host, service), new: new.behind(&found.host, service) },
            remarks: remarks(&found.host, (old, new)),
            ..Line::new(Subject::Decision(found.what.clone()), said)
        }
    }

    /// A host and port as people ask for them.
    fn shown(&self, host: &str, service: Service) -> String {
        let host = in_url(host);
        match (service.port, service.udp) {
            (None, _) if self.hosts_only => host.into_owned(),
            (None, _) => format!("gopher://{host}/"),
            (Some(port), false) => format!("{host}:{port}"),
            (Some(port), true) => format!("{host}:{port}/udp"),
        }
    }
}

/// Where the sides mention a host.
fn remarks(host: &str, (old, new): (&dyn Side, &dyn Side)) -> Vec<String> {
    let sides = [("old", old.mentions(host)), ("new", new.mentions(host))];
    let said =
        sides.into_iter().filter_map(|(which, place)| Some(format!("mentioned in {} of the {which} file", place?)));
    said.collect()
}
