//! What outputs say besides deciding about hosts and ports: paths of URLs, and what they are configured with.

use std::collections::{BTreeMap, BTreeSet};

use super::decisions::{Edges, Side};
use super::lines::{Kind, Line, Part};
use super::partition::Partition;
use super::zoned::Zoned;
use crate::claims::Output;
use crate::prove::oracle::Service;
use crate::target::read_back::{EVERY_PATH, Verdict};

/// A side that is asked which paths of hosts it lists. What appears or vanishes as a whole is told by the hosts.
pub struct Listed<'s, 'b> {
    side: &'s mut Zoned<'b>,
    answers: BTreeMap<(String, Service), String>,
}

impl<'s, 'b> Listed<'s, 'b> {
    /// Both sides, at the hosts of a partition.
    ///
    /// # Errors
    /// Why one does not answer.
    pub fn both(old: &'s mut Zoned<'b>, new: &'s mut Zoned<'b>, parts: &Partition) -> Result<(Self, Self), String> {
        let hosts = parts.hosts();
        let mut questions: Vec<(&str, Service)> = Vec::new();
        for host in &hosts {
            let edges: Vec<(bool, u16)> = old.edges(host).into_iter().chain(new.edges(host)).collect();
            let services = old.services(host, &edges).into_iter().chain(new.services(host, &edges));
            questions.extend(services.map(|service| (host.as_str(), service)));
        }
        let (before, after) = (old.answers(&questions)?, new.answers(&questions)?);
        let nothing = Verdict::Rows(Vec::new()).words();
        let is_path = |answer: &str| answer != nothing && !answer.split(", ").all(|row| row.ends_with(EVERY_PATH));
        let (mut was, mut is) = (BTreeMap::new(), BTreeMap::new());
        for ((host, service), (before, after)) in questions.into_iter().zip(before.into_iter().zip(after)) {
            if is_path(&before) || is_path(&after) {
                was.insert((host.to_owned(), service), before);
                is.insert((host.to_owned(), service), after);
            }
        }
        Ok((Self { side: old, answers: was }, Self { side: new, answers: is }))
    }
}

impl Side for Listed<'_, '_> {
    fn edges(&self, host: &str) -> Edges {
        self.side.edges(host)
    }

    fn services(&self, host: &str, edges: &[(bool, u16)]) -> BTreeSet<Service> {
        self.side.services(host, edges)
    }

    fn answers(&mut self, questions: &[(&str, Service)]) -> Result<Vec<String>, String> {
        let answer = |(host, service): &(&str, Service)| self.answers.get(&((*host).to_owned(), *service)).cloned();
        Ok(questions.iter().map(|question| answer(question).unwrap_or_default()).collect())
    }

    fn behind(&self, host: &str, service: Service) -> Vec<String> {
        self.side.behind(host, service)
    }
}

/// What an output is configured with, as far as its lists mean something else by it: the ACL that authenticates, and what the
/// lists are called that somebody's rules name.
pub fn options(name: &str, old: &Output, new: &Output) -> Option<Part> {
    let of = |output: &Output, key: &str| output.reading.get(key).cloned().unwrap_or_default();
    let known = ["auth_acl", "by", "others", "prefix"].map(|key| (key, of(old, key), of(new, key)));
    // Manifests of older versions do not say what makes a list.
    let is_told = |key: &str| key != "by" || [old, new].iter().all(|output| output.reading.contains_key(key));
    let changed = known.into_iter().filter(|(key, before, after)| before != after && is_told(key));
    let lines: Vec<Line> = changed.map(|(key, before, after)| Line::named(key, before, after)).collect();
    (!lines.is_empty()).then(|| Part {
        name: format!("{name}, options"),
        kind: Kind::Options,
        lines,
        counts: Vec::new(),
    })
}
