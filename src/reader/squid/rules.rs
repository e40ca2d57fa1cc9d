//! What a configuration says, and how a request goes through it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::acl::{Acl, Kind, Named};
use super::request::Asked;
use crate::reader::text::quoted;

/// How deep `all-of` and `any-of` may name each other.
const DEEPEST: usize = 50;

/// A line that allows or denies.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) allow: bool,
    pub(super) names: Vec<Named>,
}

/// A parent.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) name: String,
    /// `host:port`.
    pub(super) address: String,
    pub(super) access: Vec<Access>,
}

/// What the configuration says.
#[derive(Debug, Default)]
pub(super) struct Conf {
    pub(super) acls: Vec<Acl>,
    by_name: BTreeMap<String, usize>,
    pub(super) access: Vec<Access>,
    pub(super) peers: Vec<Peer>,
    pub(super) never_direct: Vec<Access>,
    pub(super) always_direct: Vec<Access>,
}

impl Conf {
    pub(super) fn at(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(super) fn passage(&self, asked: Asked) -> Passage<'_> {
        Passage { conf: self, asked, known: vec![None; self.acls.len()] }
    }

    pub(super) fn asks_for_user(&self, line: &Access) -> bool {
        line.names.iter().any(|n| !n.not && self.acls[n.acl].asks)
    }

    pub(super) fn define(&mut self, name: &str, kind: Kind, asks: bool) -> usize {
        self.by_name.insert(name.to_owned(), self.acls.len());
        self.acls.push(Acl { name: name.to_owned(), kind, asks });
        self.acls.len() - 1
    }

    /// Whether each line of a group wants what never holds: the opposite of `all`.
    pub(super) fn never_holds(&self, acl: usize) -> bool {
        let never = |n: &Named| n.not && matches!(self.acls[n.acl].kind, Kind::All);
        matches!(&self.acls[acl].kind, Kind::AllOf(lines) if lines.iter().all(|names| names.iter().any(never)))
    }

    fn named_by(&self, acl: usize) -> Vec<usize> {
        match &self.acls[acl].kind {
            Kind::AllOf(lines) => lines.iter().flatten().map(|n| n.acl).collect(),
            Kind::AnyOf(names) => names.iter().map(|n| n.acl).collect(),
            _ => Vec::new(),
        }
    }

    /// A group that names itself, or others too deep: more lines may have come to it after others named it.
    pub(super) fn tangle(&self) -> Option<(usize, String)> {
        // 0: not seen; else its depth and one.
        let mut depths = vec![0_usize; self.acls.len()];
        let mut open = vec![false; self.acls.len()];
        for root in 0..self.acls.len() {
            let mut stack = vec![(root, self.named_by(root).into_iter(), 0)];
            while let Some((at, below, deepest)) = stack.last_mut() {
                open[*at] = true;
                let Some(next) = below.next() else {
                    let depth = *deepest + 1;
                    if depth > DEEPEST {
                        let name = quoted(&self.acls[*at].name);
                        return Some((*at, format!("the ACL {name} names others more than {DEEPEST} deep")));
                    }
                    depths[*at] = depth;
                    open[*at] = false;
                    stack.pop();
                    if let Some((_, _, above)) = stack.last_mut() {
                        *above = depth.max(*above);
                    }
                    continue;
                };
                if open[next] {
                    return Some((next, format!("the ACL {} names itself", quoted(&self.acls[next].name))));
                }
                if depths[next] > 0 {
                    *deepest = depths[next].max(*deepest);
                } else {
                    stack.push((next, self.named_by(next).into_iter(), 0));
                }
            }
        }
        None
    }
}

/// A request on its way through the rules; whatever is asked of it, each ACL is looked at once.
#[derive(Debug)]
pub struct Passage<'a> {
    conf: &'a Conf,
    asked: Asked,
    known: Vec<Option<bool>>,
}

impl<'a> Passage<'a> {
    /// The request of another client, or at another port, to the same host: what looks at the host alone need not look again.
    pub fn turn_to(&mut self, client: Option<IpAddr>, port: Option<u16>) {
        (self.asked.client, self.asked.port) = (client.map(|client| client.to_canonical()), port);
        for (acl, known) in self.conf.acls.iter().zip(&mut self.known) {
            if !acl.kind.is_of_host() {
                *known = None;
            }
        }
    }

    /// Whether it is let through: the first line that matches decides; behind the last stands `deny all`.
    pub fn allows(&mut self) -> bool {
        self.first(&self.conf.access).is_some_and(|line| line.allow)
    }

    /// Whether an ACL matches it.
    pub fn matches(&mut self, acl: &str) -> bool {
        self.conf.at(acl).is_some_and(|at| self.holds(at))
    }

    /// Whether the line that allows it asks for a user first.
    pub fn needs_auth(&mut self) -> bool {
        self.first(&self.conf.access).is_some_and(|line| line.allow && self.conf.asks_for_user(line))
    }

    /// The addresses, `host:port`, of the parents it may go to, in the order of the file. None when it always goes direct.
    pub fn parents(&mut self) -> Vec<&'a str> {
        self.peers().map(|peer| &*peer.address).collect()
    }

    pub(super) fn peers(&mut self) -> impl Iterator<Item = &'a Peer> {
        let direct = self.always_direct();
        self.conf.peers.iter().filter(move |peer| !direct && self.decide(&peer.access, true))
    }

    /// Whether it may only go to parents.
    pub fn never_direct(&mut self) -> bool {
        self.decide(&self.conf.never_direct, false)
    }

    /// Whether it goes to no parent.
    pub fn always_direct(&mut self) -> bool {
        self.decide(&self.conf.always_direct, false)
    }

    fn holds(&mut self, acl: usize) -> bool {
        if let Some(known) = self.known[acl] {
            return known;
        }
        let conf = self.conf;
        let holds = match &conf.acls[acl].kind {
            Kind::AllOf(lines) => lines.iter().any(|names| self.all(names)),
            Kind::AnyOf(names) => names.iter().any(|n| self.holds(n.acl) != n.not),
            kind => kind.matches(&self.asked),
        };
        self.known[acl] = Some(holds);
        holds
    }

    fn all(&mut self, names: &[Named]) -> bool {
        names.iter().all(|n| self.holds(n.acl) != n.not)
    }

    /// The first line that matches.
    fn first(&mut self, lines: &'a [Access]) -> Option<&'a Access> {
        lines.iter().find(|line| self.all(&line.names))
    }

    /// What lines say of which nothing stands behind: the opposite of the last when none matches, `none` without lines.
    fn decide(&mut self, lines: &'a [Access], none: bool) -> bool {
        match self.first(lines) {
            Some(line) => line.allow,
            None => lines.last().map_or(none, |line| !line.allow),
        }
    }
}
