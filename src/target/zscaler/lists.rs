//! The categories and groups of a plan.
//!
//! Categories are about hosts: ports belong to the vendor's rule. A host is allowed when some zone allows some port of
//! it; it is an exception when every zone refuses every port.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ipnet::{IpNet, Ipv4Subnets};
use serde::Serialize;

use super::line::{LEVELS, Line, spell};
use super::refusals::Refusals;
use super::{By, Zscaler};
use crate::dest::{Ask, Depth, Ends, Host, HostName, Overlaps, Pattern, Ports, by_labels, ip, is_below, parents};
use crate::policy::action::Action;
use crate::policy::{Entry, Origin, Policy, table};
use crate::resolve::Plan;
use crate::site::RouteId;
use crate::target::Common;
use crate::target::fidelity::Reason;

/// What a Zscaler output writes.
#[derive(Debug, Serialize)]
pub struct Lists {
    /// The URL categories.
    pub categories: Vec<Category>,
    /// The IP destination groups.
    pub groups: Vec<Group>,
    /// What exceptions change about how entries are said.
    #[serde(skip)]
    pub more: Vec<(u32, Origin, Reason)>,
    /// Category names that two things would share.
    #[serde(skip)]
    pub clashes: BTreeSet<String>,
}

/// A custom URL category.
#[derive(Debug, Serialize)]
pub struct Category {
    /// Its name.
    pub name: String,
    /// Its URLs, sorted by labels from the right.
    pub lines: Vec<Line>,
}

/// An IP destination group.
#[derive(Debug, Serialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its addresses, disjoint.
    pub addresses: Vec<String>,
}

/// Whether what no rule lists is allowed, too: the rule behind the one that blocks the exceptions allows everything then. None
/// where zones do not agree.
pub fn allows_others(common: &Common, plan: &Plan) -> Option<bool> {
    let policies = common.zones.iter().filter_map(|zone| plan.policy(*zone));
    let served: BTreeSet<bool> = policies.map(|p| common.include_default && common.serves(p.default)).collect();
    if served.len() > 1 { None } else { Some(served.contains(&true)) }
}

/// What the categories of a proxy's own policy end in.
const EXCEPT: &str = "EXCEPT";
const NO_DECRYPT: &str = "NO-DECRYPT";
const NO_AUTH: &str = "NO-AUTH";

pub fn build(zscaler: &Zscaler, common: &Common, plan: &Plan) -> Lists {
    let policies: Vec<&Policy> = common.zones.iter().filter_map(|z| plan.policy(*z)).collect();
    let mut categories: BTreeMap<String, BTreeSet<Line>> = BTreeMap::new();
    // What each category stands for: upper case makes two names of some pairs one.
    let mut meant: BTreeMap<String, String> = BTreeMap::new();
    let mut clashes: BTreeSet<String> = BTreeSet::new();
    for name in [EXCEPT, NO_DECRYPT, NO_AUTH] {
        meant.insert(name.to_owned(), name.to_owned());
    }
    let mut allowed: Vec<(&Entry, Line)> = Vec::new();
    let mut unsaid: Vec<&Entry> = Vec::new();
    let mut more = Vec::new();
    let is_said = |entry: &Entry| matches!(&entry.pattern, Pattern::Net(net) if net.addr().is_ipv4());
    for policy in &policies {
        let refusals = Refusals::of(common, policy);
        let served = policy.entries.iter().enumerate().filter(|(_, e)| common.serves(e.route) && e.ports.has_tcp());
        for (_, entry) in served.filter(|(at, entry)| !refusals.take(*at, entry)) {
            let Some((line, _)) = spell(&plan.dest(entry)) else {
                if plan.item(entry).is_some_and(|item| item.endpoint.no_inspect || item.endpoint.no_auth) {
                    more.extend(is_said(entry).then_some((entry.rule, entry.origin, Reason::MarkOfAddress)));
                }
                unsaid.push(entry);
                continue;
            };
            let name = match (zscaler.by, plan.item(entry)) {
                (By::Service, Some(item)) => &item.service.id,
                _ => &plan.site.route(entry.route).name,
            };
            let own = name.to_ascii_uppercase();
            if meant.entry(own.clone()).or_insert_with(|| name.clone()) != name {
                clashes.insert(own.clone());
            }
            let endpoint = plan.item(entry).map(|item| item.endpoint);
            let more = [
                endpoint.is_some_and(|e| e.no_inspect).then_some(NO_DECRYPT),
                endpoint.is_some_and(|e| e.no_auth).then_some(NO_AUTH),
            ];
            for name in std::iter::once(own.as_str()).chain(more.into_iter().flatten()) {
                categories.entry(format!("{}-{name}", zscaler.prefix)).or_default().insert(line.clone());
            }
            allowed.push((entry, line));
        }
    }
    across_zones(common, &policies, &mut more);
    let refused = policies.iter().flat_map(|policy| policy.entries.iter().filter(|e| !common.serves(e.route)));
    let everything = allows_others(common, plan) == Some(true);
    take_more(plan, (&allowed, &unsaid), (&refused.collect::<Vec<_>>(), everything), &mut more);
    let except = exceptions(common, (&policies, everything), &allowed, &mut more);
    if !except.is_empty() {
        categories.insert(format!("{}-{EXCEPT}", zscaler.prefix), except);
    }
    let categories = categories
        .into_iter()
        .map(|(name, lines)| Category { name, lines: minimal_cover(&lines) })
        .filter(|c| !c.lines.is_empty())
        .collect();
    Lists { categories, groups: groups(zscaler, common, plan, &policies), more, clashes }
}

/// Drops lines that a dotted line of the same category covers, as deep as that one reaches.
fn minimal_cover(lines: &BTreeSet<Line>) -> Vec<Line> {
    let dotted: HashSet<&str> = lines.iter().filter(|l| l.is_dotted() && !l.has_path()).map(Line::labels).collect();
    let covered = |line: &Line| {
        // A dotted line reaches deeper than one above it: it is never covered.
        if line.is_dotted() {
            return false;
        }
        std::iter::once(line.labels())
            .chain(parents(line.labels()))
            .take(LEVELS + 1)
            .any(|labels| dotted.contains(labels))
    };
    let mut kept: Vec<Line> = lines.iter().filter(|l| !covered(l)).cloned().collect();
    kept.sort_by(|a, b| by_labels(a.labels(), b.labels()).then_with(|| a.cmp(b)));
    kept
}

/// What a refused or allowed entry changes about how others are said.
type More = Vec<(u32, Origin, Reason)>;

/// The refused names below an allowed dotted line; with `include_default`, all refused names.
fn exceptions(
    common: &Common,
    (policies, everything): (&[&Policy], bool),
    allowed: &[(&Entry, Line)],
    more: &mut More,
) -> BTreeSet<Line> {
    let dotted: HashSet<&str> = allowed.iter().filter(|(_, l)| l.is_dotted()).map(|(_, l)| l.labels()).collect();
    let exact: HashSet<&str> = allowed.iter().filter(|(_, l)| !l.is_dotted()).map(|(_, l)| l.labels()).collect();
    // A final refusal is asked first: it beats allowed lines below it too.
    let above: HashSet<&str> =
        allowed.iter().flat_map(|(_, l)| std::iter::once(l.labels()).chain(parents(l.labels()))).collect();
    let by_end: Ends<(&Entry, &Line)> = allowed.iter().map(|(e, l)| (l.labels(), (*e, l))).collect();
    let mut except: BTreeSet<Line> = BTreeSet::new();
    let mut note = |entry: &Entry, reason| more.push((entry.rule, entry.origin, reason));
    for policy in policies {
        for entry in policy.entries.iter().filter(|e| !common.serves(e.route)) {
            let Pattern::Name(name) = &entry.pattern else {
                // Only names have exceptions.
                if everything {
                    note(entry, Reason::RefusalNotSayable);
                }
                continue;
            };
            let over: Vec<&str> =
                std::iter::once(name.anchor()).chain(parents(name.anchor())).filter(|l| dotted.contains(l)).collect();
            let hit = !over.is_empty() || (name.depth() == Depth::Exact && exact.contains(name.labels()));
            let is_wide = name.depth() != Depth::Exact || name.has_globs();
            let hit = hit || (entry.is_final && is_wide && above.contains(name.anchor()));
            if !(hit || everything) {
                continue;
            }
            // What every zone refuses of it: the domain itself, what lies below, or both.
            let by_default = |below| everything && is_allowed_by_default(common, policies, name.sample(below));
            let refused =
                |below: bool| served(common, policies, name.sample(below)).next().is_none() && !by_default(below);
            let (means_itself, means_below) = (name.depth() != Depth::Below, name.depth() != Depth::Exact);
            let (itself, below) = (means_itself && refused(false), means_below && refused(true));
            if (means_itself && by_default(false)) || (means_below && by_default(true)) {
                // Another zone does not speak of it.
                note(entry, Reason::ZonesShareList);
            }
            if !(itself || below) {
                continue;
            }
            let line = if name.has_globs() { None } else { Line::of_host(below, name.labels()) };
            let Some(line) = line else {
                let wider = over.iter().flat_map(|labels| by_end.at(labels)).filter(|(_, l)| l.is_dotted());
                wider.for_each(|(e, _)| note(e, Reason::ExceptionNotSayable));
                note(entry, Reason::RefusalNotSayable);
                continue;
            };
            if line.is_dotted() && everything {
                // Deeper than an exception reaches, what no rule lists is allowed; and the domain itself may be.
                note(entry, Reason::RefusalNotSayable);
                if !itself && by_default(false) {
                    continue;
                }
            }
            if line.is_dotted() {
                // The dot takes the domain itself, which is not refused.
                if !itself {
                    served(common, policies, name.sample(false)).for_each(|e| note(e, Reason::ExceptionTooWide));
                }
                for (e, l) in by_end.near(name.labels()) {
                    let under = is_below(l.labels(), name.labels());
                    // A pattern with stars inside is more specific, though its line is the same.
                    let is_narrower = !l.is_dotted() || e.pattern.name().is_some_and(|name| name.has_globs());
                    let has_globs = e.pattern.name().is_some_and(|name| name.has_globs());
                    let meets = has_globs && e.pattern.may_overlap(&entry.pattern);
                    let hidden = under || meets || (l.labels() == name.labels() && is_narrower);
                    if hidden && is_served(common, policies, e) {
                        note(e, Reason::BelowException);
                    }
                }
            }
            except.insert(line);
        }
    }
    except
}

/// Whether some zone allows some host of an entry, which a final refusal may forbid whole.
fn is_served(common: &Common, policies: &[&Policy], entry: &Entry) -> bool {
    let Pattern::Name(name) = &entry.pattern else { return true };
    [false, true].iter().any(|below| served(common, policies, name.sample(*below)).next().is_some())
}

/// Whether no rule of some zone speaks of some port of a host: what no rule lists is allowed there.
fn is_allowed_by_default(common: &Common, policies: &[&Policy], name: Option<HostName>) -> bool {
    let Some(host) = name.map(Host::Name) else { return false };
    let is_open = |policy: &&Policy| {
        let mut left = Action::default();
        policy.matching(&host).iter().for_each(|entry| left.add(&entry.ports, entry.route));
        left.add(&Ports::All, NOBODY);
        common.serves(policy.default) && left.routes().contains(&NOBODY)
    };
    policies.iter().any(is_open)
}

/// Stands for what no rule says.
const NOBODY: RouteId = RouteId(u16::MAX);

/// The entries by which some zone allows some port of a host. What no rule lists is no allow entry.
fn served<'p>(
    common: &Common,
    policies: &[&'p Policy],
    name: Option<HostName>,
) -> impl Iterator<Item = &'p Entry> + use<'p> {
    let mut found: Vec<&Entry> = Vec::new();
    for policy in policies {
        let Some(host) = name.clone().map(Host::Name) else { continue };
        // Port 0 is none.
        let mut ports: Vec<u16> = vec![1];
        for entry in policy.matching(&host) {
            ports
                .extend(entry.ports.tcp().into_iter().flat_map(|(first, last)| [first.max(1), last.saturating_add(1)]));
        }
        for port in ports {
            let winner = policy.winner(&Ask { host: host.clone(), port: Some(port) });
            let Some(winner) = winner.filter(|w| common.serves(w.route)) else { continue };
            found.push(winner);
            // Others of the same pattern may be marked where this one is not.
            let is_same =
                |e: &&Entry| e.pattern == winner.pattern && common.serves(e.route) && e.ports.covers(Some(port));
            found.extend(policy.matching(&host).into_iter().filter(is_same));
        }
    }
    found.into_iter()
}

/// Notes entries of one zone that the lists allow to the clients of another, whose rules do not.
fn across_zones(common: &Common, policies: &[&Policy], more: &mut More) {
    for policy in policies {
        for other in policies.iter().filter(|other| other.zone != policy.zone) {
            let theirs: HashSet<(u32, Origin)> = other.entries.iter().map(|e| (e.rule, e.origin)).collect();
            let mine: HashSet<(u32, Origin)> = policy.entries.iter().map(|e| (e.rule, e.origin)).collect();
            // What only the other zone refuses.
            let refused =
                other.entries.iter().filter(|e| !common.serves(e.route) && !mine.contains(&(e.rule, e.origin)));
            let refused: Overlaps<&Entry> = refused.map(|e| (&e.pattern, e)).collect();
            for entry in policy.entries.iter().filter(|e| common.serves(e.route)) {
                let missing = !theirs.contains(&(entry.rule, entry.origin));
                let mut near = refused.near(&entry.pattern);
                if missing || near.any(|r| r.pattern.may_overlap(&entry.pattern)) {
                    more.push((entry.rule, entry.origin, Reason::ZonesShareList));
                }
            }
        }
    }
}

/// Notes marked entries whose line in a constraint list covers names that are not marked. A name that no line says is let
/// through where a line is wider: `*.d` beside a top-level domain.
fn take_more(
    plan: &Plan,
    (allowed, unsaid): (&[(&Entry, Line)], &[&Entry]),
    (refused, everything): (&[&Entry], bool),
    more: &mut More,
) {
    let marks = |entry: &Entry| {
        let endpoint = plan.item(entry).map(|item| item.endpoint);
        [endpoint.is_some_and(|e| e.no_inspect), endpoint.is_some_and(|e| e.no_auth)]
    };
    // Every served name: where its domain begins, and whether it takes what is below.
    let said = allowed.iter().map(|(entry, line)| (*entry, line.labels(), line.is_dotted()));
    let others = unsaid.iter().filter_map(|entry| {
        let name = entry.pattern.name()?;
        Some((*entry, name.anchor(), name.has_globs() || name.depth() != Depth::Exact))
    });
    let served: Vec<(&Entry, &str, bool)> = said.chain(others).collect();
    for which in [0, 1] {
        let marked = |entry: &Entry| marks(entry).get(which) == Some(&true);
        let mut lines: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for (entry, line) in allowed.iter().filter(|(e, l)| l.is_dotted() && marked(e)) {
            lines.entry(line.labels()).or_default().push(entry);
        }
        for (entry, anchor, _) in served.iter().filter(|(e, ..)| !marked(e)) {
            for labels in std::iter::once(*anchor).chain(parents(anchor)) {
                for wider in lines.get(labels).into_iter().flatten().filter(|w| w.pattern != entry.pattern) {
                    more.push((wider.rule, wider.origin, Reason::ListTakesMore));
                }
            }
        }
        // The domain itself, which a wider entry lets through.
        let wide: HashSet<&str> =
            served.iter().filter(|(e, _, below)| *below && !marked(e)).map(|(_, anchor, _)| *anchor).collect();
        let widens =
            |entry: &Entry| matches!(&entry.pattern, Pattern::Name(n) if n.has_globs() || n.depth() == Depth::Below);
        for (entry, line) in allowed.iter().filter(|(e, l)| l.is_dotted() && marked(e) && widens(e)) {
            if parents(line.labels()).chain([""]).any(|labels| wide.contains(labels)) {
                more.push((entry.rule, entry.origin, Reason::ListTakesMore));
            }
        }
        // What is refused below it is not marked, and an entry without a mark may let it through at other ports.
        let unmarked: HashSet<&str> =
            served.iter().filter(|(e, ..)| !marked(e)).map(|(_, anchor, _)| *anchor).collect();
        for (refused, name) in refused.iter().filter_map(|e| Some((*e, e.pattern.name()?))) {
            let above = || std::iter::once(name.anchor()).chain(parents(name.anchor())).chain([""]);
            if !everything && !above().any(|labels| unmarked.contains(labels)) {
                continue;
            }
            let takes = |wide: &&&Entry| {
                wide.pattern != refused.pattern
                    && wide.ports.overlap(&refused.ports)
                    && wide.pattern.may_overlap(&refused.pattern)
            };
            for wide in above().filter_map(|labels| lines.get(labels)).flatten().filter(takes) {
                more.push((wide.rule, wide.origin, Reason::ListTakesMore));
            }
        }
        // A final rule decides hosts of more specific ones too; one that refuses, and that no exception says.
        let unsayable = refused.iter().filter(|e| e.pattern.name().is_some_and(|name| name.has_globs())).copied();
        let unmarked = served.iter().map(|(entry, ..)| *entry).filter(|e| !marked(e)).chain(unsayable);
        let weaker: Vec<&Entry> = allowed.iter().map(|(e, _)| *e).filter(|e| !e.is_final && marked(e)).collect();
        for entry in unmarked.filter(|e| e.is_final) {
            for other in weaker.iter().filter(|other| entry.pattern.may_overlap(&other.pattern)) {
                more.push((other.rule, other.origin, Reason::ListTakesMore));
            }
        }
    }
}

/// The allowed addresses by route; IPv4 only.
fn groups(zscaler: &Zscaler, common: &Common, plan: &Plan, policies: &[&Policy]) -> Vec<Group> {
    let mut by_route: BTreeMap<RouteId, Vec<IpNet>> = BTreeMap::new();
    for policy in policies {
        // As ranges, so that what a more specific entry refuses is left out exactly.
        let listed = table::listed(&policy.entries);
        let v4 = &listed.ranges.v4;
        for (at, (start, id)) in v4.iter().enumerate() {
            let Some(action) = id.and_then(|id| listed.actions.get(id)) else {
                continue;
            };
            let last = v4.get(at + 1).map_or(u32::MAX, |(next, _)| next.to_bits().saturating_sub(1));
            for route in action.routes().into_iter().filter(|route| common.serves(*route)) {
                let nets = Ipv4Subnets::new(*start, std::net::Ipv4Addr::from_bits(last), 0);
                by_route.entry(route).or_default().extend(nets.map(IpNet::V4));
            }
        }
    }
    by_route
        .into_iter()
        .map(|(route, nets)| Group {
            name: format!("{}-{}-IP", zscaler.prefix, plan.site.route(route).name.to_ascii_uppercase()),
            addresses: ip::aggregate(nets.iter()).iter().map(ip::show).collect(),
        })
        .collect()
}
