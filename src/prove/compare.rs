//! Files against the oracle, witness by witness. A difference counts as said only when an entry that matches the host has
//! declared that direction.

use std::collections::VecDeque;
use std::sync::Arc;

use rayon::prelude::*;

use super::declared::Declared;
use super::difference::{Culprit, Difference};
use super::expect::{self, Seen, Services, question};
use super::facts::ZoneFacts;
use super::group::{Group, Groups, Host, Thoroughly};
use super::lists::Lists;
use super::oracle::{Fact, Service};
use super::witness::Witnesses;
use crate::claims::{Claims, Output};
use crate::reader::net::Protocol;
use crate::target::read_back::{Back, Looks, Question, Turn, Verdict, What};

/// An output that is asked.
pub struct Asked<'c> {
    /// What it claims to be.
    pub output: &'c Output,
    /// What it declared.
    pub declared: Declared<'c>,
    /// Its zones, by their positions.
    pub zones: Vec<usize>,
    /// Its files, read back. One that fails to answer is asked no more: a script that never ends would take its time for each
    /// question.
    pub backs: Vec<Option<Box<dyn Back>>>,
    /// Which of them say the same to every question, as they have to: once that is known, they are asked no more.
    pub settled: Vec<bool>,
    /// Ports that its files mention.
    pub ports: Vec<u16>,
    /// Whose turn it is of them.
    pub turn: Turn,
    /// Whose turn it is of the ports of a host that is not asked about at all of them.
    pub turn_of_services: Turn,
    /// Questions asked.
    pub questions: usize,
    /// Differences found.
    pub found: Vec<Difference>,
}

/// So many groups of hosts wait for the engine of a script while the next are put: some take it ten times as long as
/// others, and it should never be without work. Who asks the other outputs is not bound by it.
const UNDER_WAY: usize = 3;

/// Questions that were put to one back.
struct Put<'h> {
    back: usize,
    looks: Looks,
    questions: Vec<Question<'h>>,
    /// The host that each is about, by its position.
    about: Vec<usize>,
    /// Whether the back is at work on them already.
    at_work: bool,
}

/// What backs of an output are at work on, for some hosts each, the oldest first.
type AtWork<'h> = VecDeque<Vec<Put<'h>>>;

/// Asks every output about every witness in every zone: as many at once as there are processors.
pub fn compare(claims: &Claims, zones: &[ZoneFacts], witnesses: &Witnesses, outputs: &mut [Asked]) {
    // Who waits for the engine of a script is not to keep the others waiting.
    let (beside, others): (Vec<&mut Asked>, Vec<&mut Asked>) =
        outputs.iter_mut().partition(|asked| asked.works_beside());
    let mut lanes = [beside, others].into_iter().filter(|lane| !lane.is_empty()).collect::<Vec<_>>();
    let groups = Groups::new(witnesses, zones, lanes.len());
    lanes.par_iter_mut().enumerate().for_each(|(asker, lane)| ask(claims, &groups, asker, lane));
    for zone in zones {
        for asked in outputs.iter_mut().filter(|asked| asked.zones.contains(&zone.zone)) {
            asked.tags(claims, zone);
        }
    }
}

/// Asks some outputs about all hosts, group by group.
fn ask<'h>(claims: &Claims, groups: &Groups<'h, '_, '_>, asker: usize, outputs: &mut [&mut Asked]) {
    // The hosts that are asked about now, and before them those that backs may still be at work on.
    let mut window = VecDeque::new();
    let mut at_work: Vec<AtWork> = outputs.iter().map(|_| AtWork::new()).collect();
    let mut next = groups.get(asker, 0);
    for number in 1.. {
        let Some(now) = next else { break };
        window.push_back(Arc::clone(&now));
        let first = window.front().filter(|_| window.len() > UNDER_WAY);
        let put = |(output, at_work): (&mut &mut Asked, &mut AtWork<'h>)| {
            let (begun, done): (Vec<Put>, Vec<Put>) = output.put(&now).into_iter().partition(|put| put.at_work);
            done.iter().for_each(|put| output.hear(claims, &now, put));
            at_work.push_back(begun);
            if let Some(hosts) = first {
                at_work.pop_front().iter().flatten().for_each(|put| output.hear(claims, hosts, put));
            }
        };
        // Whoever has nothing else to do looks at the next hosts.
        let put_all = || outputs.par_iter_mut().zip(&mut at_work).for_each(put);
        ((), next) = rayon::join(put_all, || groups.get(asker, number));
        if window.len() > UNDER_WAY {
            window.pop_front();
        }
        // The first hosts are asked about all the same.
        outputs.iter_mut().filter(|output| output.settled.is_empty()).for_each(|output| output.settle(groups.zones()));
    }
    outputs.par_iter_mut().zip(at_work).for_each(|(output, at_work)| {
        for (hosts, puts) in window.iter().zip(at_work) {
            puts.iter().for_each(|put| output.hear(claims, hosts, put));
        }
    });
}

impl Asked<'_> {
    /// Whether some of its files answer while others are asked.
    fn works_beside(&self) -> bool {
        self.backs.iter().flatten().any(|back| back.works_beside())
    }

    /// Puts all questions about some hosts to every back.
    fn put<'h>(&mut self, group: &Group<'h, '_, '_>) -> Vec<Put<'h>> {
        let (mut puts, mut of_host, mut asked) = (Vec::new(), Services::default(), Vec::new());
        for back in 0..self.backs.len() {
            let Some(looks) = self.looks(back).filter(|_| self.settled.get(back) != Some(&true)) else { continue };
            let mut put = Put { back, looks, questions: Vec::new(), about: Vec::new(), at_work: false };
            let mut mentioned = || next(&mut self.turn, &self.ports, FEW).collect::<Vec<u16>>();
            let of_any = Services::of_any(&put.looks, &mentioned());
            for (at, host) in group.hosts().enumerate() {
                let what = What::Host(host.name);
                if !expect::is_asked(&put.looks, what) {
                    continue;
                }
                for seen in host.seen.iter().filter(|seen| self.zones.contains(&seen.facts.zone)) {
                    let thoroughly = host.asked.in_zone(seen.facts);
                    let services = if thoroughly == Thoroughly::AtAny {
                        &of_any
                    } else {
                        of_host.turn_to(&put.looks, Some(seen), &mentioned());
                        &of_host
                    };
                    let turn = &mut self.turn_of_services;
                    asked.clear();
                    match thoroughly {
                        Thoroughly::Everywhere => asked.extend(services.all()),
                        Thoroughly::AtOwn => {
                            asked.extend(services.own());
                            asked.extend(next(turn, services.common(), FEW));
                        }
                        Thoroughly::AtFew => asked.extend(next(turn, services.all(), FEW)),
                        Thoroughly::AtAny => asked.extend(next(turn, services.all(), 1)),
                    }
                    asked.sort_unstable();
                    asked.dedup();
                    put.questions.extend(asked.iter().map(|service| question(seen.facts.zone, what, *service)));
                    put.about.resize(put.questions.len(), at);
                }
            }
            if let Some(back) = self.backs.get_mut(back).and_then(Option::as_mut) {
                back.begin(&put.questions);
                put.at_work = back.works_beside();
            }
            puts.push(put);
        }
        puts
    }

    /// Looks which backs need not be asked.
    fn settle(&mut self, zones: &[ZoneFacts]) {
        let is_settled = |back: &dyn Back| {
            let said = back.always();
            said.is_some() && said == expect::of_every_host(&back.looks(), zones)
        };
        self.settled = self.backs.iter().map(|back| back.as_deref().is_some_and(is_settled)).collect();
    }

    /// Hears what a back says, and holds it against what it has to say.
    fn hear(&mut self, claims: &Claims, group: &Group, put: &Put) {
        let verdicts = match self.backs.get_mut(put.back) {
            Some(Some(back)) => back.verdicts(&put.questions),
            _ => return,
        };
        self.questions += verdicts.len();
        if verdicts.last().is_some_and(Result::is_err)
            && let Some(back) = self.backs.get_mut(put.back)
        {
            *back = None;
        }
        let mut verdicts = verdicts.into_iter().zip(&put.questions);
        for about in put.about.chunk_by(|a, b| a == b) {
            let verdicts = verdicts.by_ref().take(about.len());
            let Some(host) = about.first().and_then(|at| group.get(*at)) else { continue };
            let own: Vec<&Seen> = host.seen.iter().filter(|seen| self.zones.contains(&seen.facts.zone)).collect();
            verdicts.for_each(|(got, question)| self.hold(claims, &put.looks, (&host, &own), (question, got)));
        }
    }

    /// Holds a verdict on a host, seen in the zones of the output, against what it has to be.
    fn hold(
        &mut self,
        claims: &Claims,
        looks: &Looks,
        (host, own): (&Host, &[&Seen]),
        (question, got): (&Question, Result<Verdict, String>),
    ) {
        let Some(seen) = own.iter().find(|seen| seen.facts.zone == question.zone).copied() else { return };
        let service = Service { udp: question.protocol == Protocol::Udp, port: question.port };
        let expected = expect::of_host((claims, self.output), looks, (seen, own), (host.name, service));
        let said = |got| self.explained(claims, looks, (host.name, seen, host.seen), (&expected, got));
        if got.as_ref().is_ok_and(|got| *got == expected || said(got)) {
            return;
        }
        let winner = seen.proxied.winner(service).map(|fact| (fact, true));
        let near = || seen.all().next().or_else(|| seen.facts.proxied.above(host.name).first().copied());
        let entry = winner.or_else(|| near().map(|fact| (fact, false)));
        let entry = entry.map(|fact| Culprit::of(claims, seen.facts.zone, host.name, fact));
        self.differs(claims, seen.facts, (host.name, service), (&expected, got), entry);
    }

    fn tags(&mut self, claims: &Claims, zone: &ZoneFacts) {
        for at in 0..self.backs.len() {
            let Some(looks) = self.looks(at) else { continue };
            for (tag, facts) in zone.tags.iter().filter(|(tag, _)| expect::is_asked(&looks, What::Tag(tag))) {
                for service in expect::services_of_tag(facts) {
                    let expected = expect::of_tag((claims, self.output), &looks, zone, (facts, service));
                    let Some(expected) = expected else { continue };
                    let got = self.ask(at, zone.zone, What::Tag(tag), service);
                    if got.as_ref() != Ok(&expected) {
                        let entry =
                            facts.first().map(|tagged| Culprit::of(claims, zone.zone, tag, (&tagged.fact, true)));
                        self.differs(claims, zone, (tag, service), (&expected, got), entry);
                    }
                }
            }
        }
    }

    /// What a back looks at; none when it is asked no more.
    fn looks(&self, back: usize) -> Option<Looks> {
        self.backs.get(back)?.as_ref().map(|back| back.looks())
    }

    fn ask(&mut self, back: usize, zone: usize, what: What, service: Service) -> Result<Verdict, String> {
        self.questions += 1;
        let Some(answers) = self.backs.get_mut(back).and_then(Option::as_mut) else { return Err(String::new()) };
        let verdict = answers.verdict(&question(zone, what, service));
        if verdict.is_err()
            && let Some(back) = self.backs.get_mut(back)
        {
            *back = None;
        }
        verdict
    }

    fn differs(
        &mut self,
        claims: &Claims,
        zone: &ZoneFacts,
        (host, service): (&str, Service),
        (expected, got): (&Verdict, Result<Verdict, String>),
        entry: Option<Culprit>,
    ) {
        self.found.push(Difference {
            zone: claims.zones.get(zone.zone).map_or("", |zone| zone.label()).to_owned(),
            host: host.to_owned(),
            service,
            expected: expected.words(),
            got: got.map_or_else(|why| why, |got| got.words()),
            entry,
        });
    }

    /// Whether an entry that matches the host has declared this direction of difference.
    fn explained(
        &self,
        claims: &Claims,
        looks: &Looks,
        (host, seen, zones): (&str, &Seen, &[Seen]),
        (expected, got): (&Verdict, &Verdict),
    ) -> bool {
        let less = || seen.all().any(|fact| self.declared.less(fact));
        // A widening reaches beyond what its entry matches, but never beyond the domain it names; in any zone, as lists
        // that do not tell zones apart say so.
        let more = |is: &dyn Fn(&Fact) -> bool| {
            let above = zones.iter().flat_map(|seen| seen.facts.proxied.above(host));
            above.chain(zones.iter().flat_map(Seen::all)).any(is)
        };
        let any = || more(&|fact| self.declared.more(fact));
        match (expected, got) {
            (Verdict::Allowed | Verdict::Route(_), Verdict::Refused) => less(),
            (Verdict::Refused, Verdict::Allowed | Verdict::Route(_)) => any(),
            // Without an entry that is declared lost the next one says where it goes, or the default.
            (Verdict::Route(_), Verdict::Route(got)) if matches!(looks, Looks::AtParents) && less() => {
                let others = seen.proxied.facts().filter(|fact| !self.declared.less(fact)).map(|fact| fact.terms.route);
                let default = claims.zones.get(seen.facts.zone).map(|zone| zone.default.as_str());
                others.chain(default).any(|route| expect::parents(claims, route) == *got)
            }
            (Verdict::Route(_), Verdict::Route(got)) => seen.all().any(|fact| {
                let block = match looks {
                    Looks::AtUrls { block: Some(block), .. } if fact.terms.route == crate::claims::BLOCK => block,
                    _ => fact.terms.route,
                };
                expect::route_text(claims, block) == *got && self.declared.more(fact)
            }),
            (Verdict::Openers(expected), Verdict::Openers(got)) => {
                (expected.is_subset(got) || less()) && (got.is_subset(expected) || any())
            }
            (Verdict::Marked(mark, true), Verdict::Marked(_, false)) => {
                seen.all().any(|fact| fact.terms.marks.contains(mark) && self.declared.less_of_marks(fact))
            }
            (Verdict::Marked(mark, false), Verdict::Marked(_, true)) => {
                // Beside what it lets through otherwise a list must not take more by being wide alone.
                let is_listed = expect::is_listed(self.output, seen);
                more(&|fact| fact.terms.marks.contains(mark) && self.declared.more_of_marks(fact, is_listed))
            }
            (Verdict::Rows(due), Verdict::Rows(got)) => {
                // Rows for people say everything.
                let Looks::AtLists { by_service } = *looks else { return false };
                let lists = Lists { claims, output: self.output, by_service };
                let own = zones.iter().filter(|zone| self.zones.contains(&zone.facts.zone));
                lists.explain(&self.declared, (host, seen), own, (due, got))
            }
            _ => false,
        }
    }
}

/// Ports that are asked for at once where all for every host would be most of the work: one that is too much shows at many
/// hosts.
const FEW: usize = 3;

/// The next few of a list.
fn next<T: Copy>(turn: &mut Turn, list: &[T], few: usize) -> impl Iterator<Item = T> {
    (0..few).filter_map(|_| turn.of(list))
}
