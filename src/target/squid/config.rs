//! `pacwright.conf`: the ACLs, the allow rules, the lists for the surrounding configuration, and the routing.

use serde::Serialize;

use super::Squid;
use super::acl::{self, About, Acl, Acls, List, Terms};
use crate::policy::cover::{Grant, cover, cover_beside, join};
use crate::policy::{Entry, Policy};
use crate::resolve::Plan;
use crate::site::{RouteId, Zone};
use crate::target::Common;

/// Everything a Squid output writes.
pub struct Config {
    /// For the template of the configuration.
    pub context: Context,
    /// The list files.
    pub lists: Vec<List>,
    /// How many allow lines there are.
    pub allows: usize,
}

/// What the template of the configuration is given.
#[derive(Debug, Serialize)]
pub struct Context {
    site: String,
    digest: String,
    version: &'static str,
    install_dir: String,
    auth_acl: Option<String>,
    acls: Vec<Acl>,
    /// Lines `http_access allow …`, each with the words above it.
    access: Vec<Access>,
    peers: Vec<Peer>,
}

#[derive(Debug, Serialize)]
struct Access {
    about: String,
    lines: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Peer {
    route: String,
    acl: String,
    direct: bool,
    proxies: Vec<PeerProxy>,
}

#[derive(Debug, Serialize)]
struct PeerProxy {
    name: String,
    host: String,
    port: u16,
}

/// What matches nothing: the surrounding configuration may name the lists even when they are empty.
const NOBODY: &str = "!all";

pub fn build(squid: &Squid, common: &Common, plan: &Plan) -> Config {
    let mut acls = Acls::default();
    let zones: Vec<(&Zone, &Policy)> =
        common.zones.iter().filter_map(|z| plan.policy(*z).map(|p| (plan.site.zone(*z), p))).collect();
    let served = |entry: &Entry| common.serves(entry.route);
    let flagged = |entry: &Entry, pick: fn(&crate::catalog::Endpoint) -> bool| {
        served(entry) && plan.item(entry).is_some_and(|item| pick(item.endpoint))
    };
    let mut access = Vec::new();
    for (zone, policy) in &zones {
        let everything = common.include_default && common.serves(policy.default);
        let mut lines = Vec::new();
        for grant in join(cover(&policy.entries, served, everything)) {
            for mut terms in lines_of(&mut acls, &grant, zone, "", plan) {
                terms.extend(squid.auth_acl.clone());
                lines.push(terms.join(" "));
            }
        }
        let about = zone.name.as_ref().map_or_else(|| "all clients".to_owned(), |name| format!("zone {name}"));
        access.push(Access { about, lines });
    }
    // After the rules, so that a list both need is named after the rule. Of two that are as specific, whose hosts are the same,
    // a mark of either holds.
    let mut marked = |label: &str, pick: fn(&crate::catalog::Endpoint) -> bool| {
        lines_in(&mut acls, &zones, plan, label, &|policy| {
            cover_beside(&policy.entries, |e| flagged(e, pick), |e| served(e) && !flagged(e, pick), false)
        })
    };
    let no_auth = marked("no_auth", |e| e.no_auth);
    let no_bump = marked("no_bump", |e| e.no_inspect);
    define(&mut acls, "pacwright_no_auth", &no_auth);
    define(&mut acls, "pacwright_no_bump", &no_bump);
    if squid.auth_acl.is_some() && !no_auth.is_empty() {
        let lines = vec!["pacwright_no_auth".to_owned()];
        access.insert(0, Access { about: "without authentication".to_owned(), lines });
    }
    let peers = if squid.routing { peers(&mut acls, common, &zones, plan) } else { Vec::new() };
    let allows = access.iter().map(|a| a.lines.len()).sum();
    let context = Context {
        site: plan.site.name.clone(),
        digest: plan.catalog.digest.get(..12).unwrap_or_default().to_owned(),
        version: env!("CARGO_PKG_VERSION"),
        install_dir: squid.install_dir.clone(),
        auth_acl: squid.auth_acl.clone(),
        acls: acls.acls,
        access,
        peers,
    };
    Config { context, lists: acls.lists, allows }
}

/// The ACL lines of a grant in a zone: one a way to match it.
fn lines_of(acls: &mut Acls, grant: &Grant, zone: &Zone, label: &str, plan: &Plan) -> Vec<Terms> {
    if !grant.has_tcp() {
        return Vec::new();
    }
    let ports = ports_label(grant.ports.as_deref());
    let label = if label.is_empty() { ports.clone() } else { format!("{label}_{ports}") };
    let mut common: Terms = Vec::new();
    if let (Some(name), false) = (&zone.name, zone.sources.is_empty()) {
        common.push(acls.inline(&format!("pw_zone_{name}"), "src", &acl::sources(&zone.sources)));
    }
    let mut tail: Terms = Vec::new();
    if let Some(list) = &grant.ports {
        tail.push(acls.inline(&format!("pw_ports_{ports}"), "port", &ports_text(list)));
    }
    let except = acls.none_of(&grant.except, &label, plan);
    let keep_out = |about: Option<About>| -> Terms {
        except.iter().filter(|(a, _)| about.is_none_or(|about| about == *a)).map(|(_, term)| term.clone()).collect()
    };
    let ways = match &grant.entries {
        Some(entries) => acls.any_of(entries, &label, plan).into_iter().map(|(a, t)| (Some(a), t)).collect(),
        None => vec![(None, Vec::new())],
    };
    ways.into_iter()
        .map(|(about, way)| {
            let mut terms = common.clone();
            terms.extend(way);
            terms.extend(tail.iter().cloned());
            terms.extend(keep_out(about));
            if terms.is_empty() {
                terms.push("all".to_owned());
            }
            terms
        })
        .collect()
}

/// One way a line: for lists that the surrounding configuration names.
fn lines_in<'p>(
    acls: &mut Acls,
    zones: &[(&Zone, &'p Policy)],
    plan: &Plan,
    label: &str,
    grants: &dyn Fn(&'p Policy) -> Vec<Grant<'p>>,
) -> Vec<Terms> {
    let mut all = Vec::new();
    for (zone, policy) in zones {
        for grant in join(grants(policy)) {
            all.extend(lines_of(acls, &grant, zone, label, plan));
        }
    }
    all
}

/// Defines an ACL that matches when any of some lines does.
fn define(acls: &mut Acls, name: &str, lines: &[Terms]) {
    if lines.is_empty() {
        acls.fixed(name, "all-of", NOBODY);
        return;
    }
    let parts: Vec<String> =
        lines.iter().map(|terms| acls.inline(&format!("{name}_part"), "all-of", &terms.join(" "))).collect();
    acls.fixed(name, "any-of", &parts.join(" "));
}

fn peers(acls: &mut Acls, common: &Common, zones: &[(&Zone, &Policy)], plan: &Plan) -> Vec<Peer> {
    let mut served: Vec<RouteId> = common.routes.clone();
    if common.serves(RouteId::DIRECT) {
        served.push(RouteId::DIRECT);
    }
    let mut peers = Vec::new();
    for id in served {
        let route = plan.site.route(id);
        let label = format!("to_{}", route.name);
        let everything = |policy: &Policy| common.include_default && policy.default == id;
        let lines = lines_in(acls, zones, plan, &label, &|p| cover(&p.entries, |e| e.route == id, everything(p)));
        if lines.is_empty() {
            continue;
        }
        let acl = format!("pacwright_to_{}", route.name);
        define(acls, &acl, &lines);
        let proxies = route.proxies.iter().enumerate().map(|(n, proxy)| PeerProxy {
            name: format!("pw_{}_{}", route.name, n + 1),
            host: proxy.host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: proxy.port,
        });
        let proxies = proxies.collect();
        peers.push(Peer { route: route.name.clone(), acl, direct: id == RouteId::DIRECT, proxies });
    }
    peers
}

fn ports_label(ports: Option<&[(u16, u16)]>) -> String {
    let Some(ports) = ports else {
        return "any".to_owned();
    };
    let label = ports
        .iter()
        .map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") })
        .collect::<Vec<_>>()
        .join("_");
    if label.len() > 30 { format!("{}_ports", ports.len()) } else { label }
}

fn ports_text(ports: &[(u16, u16)]) -> String {
    // Port 0 is none to Squid.
    let range = |(a, b): &(u16, u16)| {
        if a == b { a.to_string() } else { format!("{}-{b}", (*a).max(1)) }
    };
    ports.iter().filter(|(_, b)| *b > 0).map(range).collect::<Vec<_>>().join(" ")
}
