//! All hosts, cut into parts that two sides cannot tell apart: classes of names, ranges of addresses, and hosts that are
//! asked about besides.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::networks::{Family, starts};
use super::space::{Class, Reach, classes};
use crate::dest::pattern::label_matches;
use crate::dest::{Dest, NamePattern, Pattern};
use crate::read::record::Scalar as _;
use crate::target::TARGETS;

/// What both sides name: everything that could tell two hosts apart.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// Patterns of names.
    pub names: BTreeSet<NamePattern>,
    /// Networks.
    pub nets: BTreeSet<IpNet>,
    /// Hosts that are asked about besides, each with what it stands for.
    pub besides: BTreeMap<String, String>,
    /// Names of lists that reach five labels below them and no further.
    pub deep: BTreeSet<String>,
}

/// So many labels below a name Zscaler's lists reach.
const REACH: usize = 5;

impl Named {
    /// Adds a pattern of names, when it is one.
    pub fn add_name(&mut self, text: &str) {
        if let Ok(Dest { pattern: Pattern::Name(name), .. }) = Dest::parse(text) {
            self.names.insert(name);
        }
    }

    /// Adds what a text speaks of without words that say so, when it is one of ours.
    pub fn add_hidden(&mut self, text: &str) {
        for name in TARGETS.iter().flat_map(|target| (target.mentions)(text)) {
            match Dest::parse(&name).map(|dest| dest.pattern) {
                Ok(Pattern::Net(net)) => _ = self.nets.insert(net),
                _ => {
                    self.add_name(&name);
                    let bare = name.strip_prefix("*.").or_else(|| name.strip_prefix('.')).unwrap_or(&name);
                    self.add_name(&format!(".{bare}"));
                }
            }
        }
    }
}

/// All hosts in parts, with one host for each.
#[derive(Debug, Clone, Default)]
pub struct Partition {
    named: Named,
    /// Classes of names, each behind those it is an exception of.
    pub(super) classes: Vec<Class>,
    /// First addresses of ranges.
    pub(super) ranges: Vec<(Family, Vec<IpAddr>)>,
}

/// Labels for other hosts of a class: as people name their hosts, with other letters, longer, deeper.
const OTHERS: [&str; 4] = ["a", "mail", "zq-07-longer", "a.b"];

impl Partition {
    /// The parts that patterns and networks make.
    ///
    /// # Errors
    /// That there are too many of them.
    pub fn of(named: Named) -> Result<Self, String> {
        let too_many = || "the stars make too many classes of hosts to compare".to_owned();
        let classes = classes(&named.names).ok_or_else(too_many)?;
        Ok(Self { classes, ranges: ranges(&named), named })
    }

    /// Asks besides about hosts where lists end that reach some labels below a name: of every class below it, as far as that
    /// goes deeper.
    pub fn ask_deep(&mut self) {
        const LABELS: [&str; REACH] = ["a", "b", "c", "d", "e"];
        let known = Known::of(&self.classes, !self.named.deep.is_empty());
        let mut found: Vec<(String, String)> = Vec::new();
        for (at, class) in self.classes.iter().enumerate().filter(|(_, class)| class.reach == Reach::Below) {
            let Some(host) = class.host.as_deref() else { continue };
            let above = std::iter::successors(host.split_once('.'), |(_, rest)| rest.split_once('.'));
            // How many labels the host has below a name of a list.
            let names = above.map(|(_, name)| name).zip(1..=REACH).filter(|(name, _)| self.named.deep.contains(*name));
            for (name, below) in names {
                let more = LABELS.iter().take(REACH + 1 - below).copied();
                let other = more.chain([host]).collect::<Vec<_>>().join(".");
                if known.usual(&self.classes, &other) != Some(at) {
                    continue;
                }
                let (own, labels) = (class.labels.as_str(), other.split('.').count() - class.labels.split('.').count());
                let meaning = match labels {
                    _ if own == name => format!("names more than five labels below `{name}`"),
                    _ if !self.named.deep.contains(own) => {
                        format!("names of `{}` more than five labels below `{name}`", class.words())
                    }
                    REACH => format!("names five labels below `{own}`"),
                    _ => format!("names {labels} to five labels below `{own}`"),
                };
                found.push((other, meaning));
            }
        }
        self.named.besides.extend(found);
    }

    /// The parts of the addresses alone.
    #[must_use]
    pub fn of_addresses(named: &Named) -> Self {
        Self { ranges: ranges(named), ..Self::default() }
    }

    /// Hosts that stand for something that is no class, each with its words.
    pub(super) const fn besides(&self) -> &BTreeMap<String, String> {
        &self.named.besides
    }

    /// A host of every part.
    pub(super) fn hosts(&self) -> Vec<String> {
        let names = self.classes.iter().filter_map(|class| class.host.clone());
        let addresses = self.ranges.iter().flat_map(|(_, starts)| starts).map(ToString::to_string);
        names.chain(addresses).chain(self.besides().keys().cloned()).collect()
    }

    /// Other hosts of the classes that have many, each with the position of its class: for sides that may tell hosts of one
    /// class apart.
    pub(super) fn others(&self) -> Vec<(usize, String)> {
        let known = Known::of(&self.classes, true);
        let mut found = Vec::new();
        for (at, class) in self.classes.iter().enumerate().filter(|(_, class)| class.reach != Reach::Exact) {
            let Some(host) = &class.host else { continue };
            let behind = host.split_once('.').map_or(String::new(), |(_, rest)| format!(".{rest}"));
            let others = OTHERS.iter().map(|label| format!("{label}{behind}"));
            let own = others.filter(|other| other != host && known.usual(&self.classes, other) == Some(at));
            found.extend(own.map(|host| (at, host)));
        }
        found
    }

    /// The parts when nothing holds for all hosts of some classes: each of their hosts that was asked about stands for itself.
    ///
    /// # Errors
    /// That there are too many of them.
    pub(super) fn apart(mut self, uneven: &BTreeSet<usize>, others: &[(usize, String)]) -> Result<Self, String> {
        let own = uneven.iter().filter_map(|at| self.classes.get(*at)?.host.clone());
        let hosts: Vec<String> =
            own.chain(others.iter().filter(|(at, _)| uneven.contains(at)).map(|(_, host)| host.clone())).collect();
        let keys: BTreeSet<(String, Reach)> = uneven
            .iter()
            .filter_map(|at| self.classes.get(*at))
            .map(|class| (class.labels.clone(), class.reach))
            .collect();
        let names = hosts.iter().filter_map(|host| match Dest::parse(host).map(|dest| dest.pattern) {
            Ok(Pattern::Name(name)) => Some(name),
            _ => None,
        });
        self.named.names.extend(names);
        let mut parts = Self::of(self.named)?;
        for class in &mut parts.classes {
            class.is_uneven = keys.contains(&(class.labels.clone(), class.reach));
        }
        Ok(parts)
    }
}

fn ranges(named: &Named) -> Vec<(Family, Vec<IpAddr>)> {
    [Family::V4, Family::V6].map(|family| (family, starts(family, &named.nets))).into()
}

/// Classes by their labels.
#[derive(Default)]
pub struct Known<'c> {
    literal: BTreeMap<(&'c str, bool), usize>,
    starred: Vec<usize>,
}

impl<'c> Known<'c> {
    /// The classes, when they are asked for.
    pub fn of(classes: &'c [Class], is_asked: bool) -> Self {
        let mut known = Self::default();
        for (at, class) in classes.iter().enumerate().filter(|_| is_asked) {
            if class.labels.contains('*') {
                known.starred.push(at);
            } else if matches!(class.reach, Reach::Exact | Reach::Below) {
                known.literal.insert((&class.labels, class.reach == Reach::Exact), at);
            }
        }
        known
    }

    /// The class of a host that is no witness of its own.
    pub fn usual(&self, classes: &[Class], host: &str) -> Option<usize> {
        let depth = host.split('.').count();
        let ends = |labels: &str| ends(labels, host);
        let fits = |class: &Class| {
            let labels = class.labels.split('.').count();
            match class.reach {
                Reach::Exact => (labels == depth && ends(&class.labels)).then_some(2 * labels + 1),
                Reach::Below => (labels < depth && ends(&class.labels)).then_some(2 * labels),
                Reach::Rest | Reach::Plain => None,
            }
        };
        let starred = self.starred.iter().filter_map(|at| Some((fits(classes.get(*at)?)?, *at)));
        let above =
            std::iter::successors(host.split_once('.').map(|(_, rest)| rest), |name| Some(name.split_once('.')?.1));
        let below = above.filter_map(|name| Some((2 * name.split('.').count(), *self.literal.get(&(name, false))?)));
        let exact = self.literal.get(&(host, true)).map(|at| (2 * depth + 1, *at));
        // Every class stands behind those it is an exception of; the first two are those of what no pattern names.
        starred.chain(below).chain(exact).max().map(|(_, at)| at).or(Some(usize::from(depth == 1)))
    }
}

fn ends(labels: &str, host: &str) -> bool {
    let fits = |star: &str, label: &str| star.split('&').all(|star| label_matches(star, label));
    labels.rsplit('.').zip(host.rsplit('.')).all(|(star, label)| fits(star, label))
}
