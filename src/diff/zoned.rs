//! A side of a comparison: the files of an output, asked with the eyes of a zone.

use std::collections::BTreeSet;

use super::decisions::{Edges, Side};
use super::outputs::Half;
use super::script::Script;
use crate::claims::Claims;
use crate::prove::expect::{self, Seen, question};
use crate::prove::facts::ZoneFacts;
use crate::prove::mentioned;
use crate::prove::oracle::{Fact, FactId, Matching, Service};
use crate::target::read_back::{Back, Looks, Question, Verdict, What};

/// A side of an output, in one of its zones.
pub struct Zoned<'b> {
    claims: &'b Claims,
    /// What each zone was promised.
    zones: &'b [ZoneFacts<'b>],
    /// What the zone that is looked at was.
    facts: &'b ZoneFacts<'b>,
    looks: Looks,
    /// Ports that the files mention besides, and those behind them, when they were edited.
    ports: Vec<u16>,
    reads: Reads,
}

/// What answers.
enum Reads {
    /// A script, which is asked by the URLs of a browser.
    Script(Box<Script>),
    /// The reader of the format.
    Back(Box<dyn Back>),
}

impl<'b> Zoned<'b> {
    /// The files of an output, in the first zone.
    ///
    /// # Errors
    /// Why a script cannot be run.
    pub fn new((build, _, zones): Half<'b>, id: &str, back: Box<dyn Back>) -> Result<Self, String> {
        let looks = back.looks();
        let files = build.written(id);
        let reads = match (&looks, files.first()) {
            (Looks::AtUrls { .. }, Some(file)) => {
                let script = Script::load(&String::from_utf8_lossy(file.bytes));
                Reads::Script(Box::new(script.map_err(|why| format!("`{}`: {why}", file.path))?))
            }
            _ => Reads::Back(back),
        };
        // Where ranges begin, and behind where they end.
        let ports = if build.is_untouched { Vec::new() } else { mentioned::ports(&files, id) };
        let ports = ports.into_iter().flat_map(|port| [Some(port), port.checked_add(1)]).flatten().collect();
        let facts = zones.first().ok_or_else(|| format!("`{id}` is of no zone"))?;
        Ok(Self { claims: &build.claims, zones, facts, looks, ports, reads })
    }

    /// Goes to a zone, by its position.
    pub fn stand_in(&mut self, zone: usize) {
        self.facts = self.zones.get(zone).unwrap_or(self.facts);
    }

    /// Service tags that are asked about by their names, and what is worth asking.
    pub fn tags(&self) -> impl Iterator<Item = (&'b str, BTreeSet<Service>)> + '_ {
        let asked = self.facts.tags.iter().filter(|(tag, _)| expect::is_asked(&self.looks, What::Tag(tag)));
        asked.map(|(tag, facts)| (*tag, expect::services_of_tag(facts)))
    }

    /// What the files say, in words.
    pub fn ask(&mut self, what: What, service: Service) -> String {
        let question = question(self.facts.zone, what, service);
        match &mut self.reads {
            Reads::Script(_) => String::new(),
            Reads::Back(back) => words(back.verdict(&question)),
        }
    }

    fn entry(&self, id: FactId) -> String {
        match id {
            FactId::Endpoint(at) => self.claims.endpoints.get(at).map_or_else(String::new, |e| e.endpoint.clone()),
            FactId::Line(rule, _) => format!("rule {}", rule + 1),
        }
    }

    /// The entries of a tag.
    pub fn of_tag(&self, tag: &str) -> Vec<String> {
        self.facts.tags.get(tag).into_iter().flatten().map(|tagged| self.entry(tagged.fact.id)).collect()
    }
}

fn words(verdict: Result<Verdict, String>) -> String {
    match verdict {
        // That two rows say the same is no decision.
        Ok(Verdict::Rows(mut rows)) => {
            rows.dedup();
            Verdict::Rows(rows).words()
        }
        Ok(verdict) => verdict.words(),
        Err(why) => format!("an error: {why}"),
    }
}

impl Side for Zoned<'_> {
    fn edges(&self, host: &str) -> Edges {
        // On the wire proxies are the same for clients of all zones.
        let own = std::slice::from_ref(self.facts);
        let zones = if matches!(self.looks, Looks::AtPackets) { self.zones } else { own };
        let edges = |zone: &ZoneFacts| -> Edges {
            let seen = Seen::host(zone, host);
            [false, true].into_iter().flat_map(|udp| seen.edges(udp).map(move |port| (udp, port))).collect()
        };
        zones.iter().flat_map(edges).collect()
    }

    fn services(&self, host: &str, edges: &[(bool, u16)]) -> BTreeSet<Service> {
        if !expect::is_asked(&self.looks, What::Host(host)) {
            return BTreeSet::new();
        }
        let unknown = Service::tcp(None);
        if self.looks.is_at_hosts() {
            return BTreeSet::from([unknown]);
        }
        let tcp = |port: u16| Service::tcp(Some(port));
        let of = |udp: bool| edges.iter().filter(move |(is_udp, _)| *is_udp == udp).map(|(_, port)| *port);
        let mut services: BTreeSet<Service> = of(false).map(tcp).collect();
        services.insert(tcp(1));
        services.extend(self.ports.iter().copied().map(tcp));
        if let Looks::AtUrls { widens_ports, .. } = self.looks {
            // Schemes that say the port themselves.
            services.extend([21, 80, 443].map(tcp));
            if widens_ports {
                // Where what is said of them begins and ends.
                services.extend([79, 81, 442, 444].map(tcp));
            }
        }
        if matches!(self.looks, Looks::AtUrls { .. } | Looks::AtRows | Looks::AtPaths { .. }) {
            services.insert(unknown);
        }
        if matches!(self.looks, Looks::AtRows | Looks::AtOpeners | Looks::AtPackets | Looks::AtPaths { .. }) {
            services.insert(Service::udp(1));
            services.extend(of(true).map(Service::udp));
            services.extend(self.ports.iter().copied().map(Service::udp));
        }
        services
    }

    fn answers(&mut self, questions: &[(&str, Service)]) -> Result<Vec<String>, String> {
        let back = match &mut self.reads {
            Reads::Script(script) => return script.answers(questions),
            Reads::Back(back) => back,
        };
        let zone = self.facts.zone;
        let questions = questions.iter().map(|(host, service)| question(zone, What::Host(host), *service));
        let questions: Vec<Question> = questions.collect();
        let mut answers: Vec<String> = Vec::with_capacity(questions.len());
        // A reader that says nothing to one question is asked the next.
        while let Some(rest) = questions.get(answers.len()..).filter(|rest| !rest.is_empty()) {
            answers.extend(back.verdicts(rest).into_iter().map(words));
        }
        Ok(answers)
    }

    fn behind(&self, host: &str, service: Service) -> Vec<String> {
        let seen = Seen::host(self.facts, host);
        let winner = |matching: &Matching| -> Vec<String> {
            if service.port.is_none() && matches!(self.looks, Looks::AtHosts | Looks::AtMarks { .. }) {
                return matching.facts().next().map(|fact| self.entry(fact.id)).into_iter().collect();
            }
            matching.winner(service).map(|fact| self.entry(fact.id)).into_iter().collect()
        };
        let all = |matching: &Matching| -> Vec<String> {
            matching.covering(service).map(|fact| self.entry(fact.id)).collect()
        };
        let mut found = match self.looks {
            Looks::AtUrls { .. } | Looks::AtPorts | Looks::AtParents | Looks::AtHosts | Looks::AtLists { .. } => {
                winner(&seen.proxied)
            }
            Looks::AtMarks { mark, .. } => {
                let near: Vec<&Fact> = match service.port {
                    None => seen.proxied.facts().collect(),
                    Some(_) => seen.proxied.equals(service).collect(),
                };
                let marked = near.into_iter().filter(|fact| fact.terms.marks.contains(&mark));
                let marked: Vec<String> = marked.map(|fact| self.entry(fact.id)).collect();
                if marked.is_empty() { winner(&seen.proxied) } else { marked }
            }
            Looks::AtRows | Looks::AtPaths { .. } => [all(&seen.proxied), all(&seen.opened)].concat(),
            Looks::AtOpeners | Looks::AtPackets => [winner(&seen.proxied), all(&seen.opened)].concat(),
        };
        found.sort();
        found.dedup();
        found
    }
}
