//! One output against the oracle, witness by witness. A difference counts as said only when a fidelity of an entry that
//! matches the host explains that direction.

use std::collections::BTreeSet;

use super::facts::ZoneFacts;
use super::oracle::{Fact, FactId, Matching};
use super::witness::Witnesses;
use crate::pipeline::Built;
use crate::site::{RouteId, Serve};
use crate::target::fidelity::{Fidelity, Kind};
use crate::target::read_back::{Back, Looks, Verdict};

/// Where a file says something else than the policy.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The zone.
    pub zone: String,
    /// The host as asked.
    pub host: String,
    /// The port; `None` for an unknown scheme.
    pub port: Option<u16>,
    /// What the policy says.
    pub expected: String,
    /// What the file says.
    pub got: String,
    /// The entry that decides: its text.
    pub entry: String,
}

impl Difference {
    /// The finding's words.
    #[must_use]
    pub fn message(&self, output: &str) -> String {
        let port = self.port.map_or_else(|| "an unknown scheme".to_owned(), |p| format!("port {p}"));
        format!(
            "`{output}` says `{}` for `{}` on {port} in the zone `{}`; `{}` says `{}`",
            self.got, self.host, self.zone, self.entry, self.expected
        )
    }
}

/// Ports that are asked for everywhere: the web's, a proxy's, and one that nobody lists.
const EVERYWHERE: [u16; 4] = [80, 443, 8080, 50_007];

/// Compares one output in one zone; gives how many questions were asked.
pub fn compare(
    built: &Built,
    output_at: usize,
    (zone, zones): (&ZoneFacts, &[ZoneFacts]),
    witnesses: &Witnesses,
    back: &mut dyn Back,
    found: &mut Vec<Difference>,
) -> usize {
    let (looks, block) = (back.looks(), back.block());
    let mut asked = 0;
    for host in &witnesses.hosts {
        let matching = zone.oracle.matching(host);
        let mut ports: BTreeSet<Option<u16>> = BTreeSet::new();
        match looks {
            // Lists about hosts: whether some port is allowed is the whole question.
            Looks::AtHosts => {
                ports.insert(None);
            }
            Looks::AtPorts => {
                ports.extend(matching.edges().into_iter().chain(EVERYWHERE).map(Some));
            }
            Looks::AtUrls => {
                ports.extend(matching.edges().into_iter().chain(EVERYWHERE).map(Some));
                ports.insert(None);
            }
        }
        for port in ports {
            asked += 1;
            let expected = match looks {
                Looks::AtUrls => Verdict::Route(
                    built
                        .plan
                        .site
                        .route_named(matching.route(port))
                        .map_or_else(String::new, |id| route_text(built, id, block)),
                ),
                Looks::AtPorts => allowed(serves(built, output_at, &matching, port)),
                Looks::AtHosts => {
                    let some = matching
                        .edges()
                        .into_iter()
                        .chain(EVERYWHERE)
                        .any(|p| serves(built, output_at, &matching, Some(p)));
                    // The lists do not tell zones apart: what another zone is allowed is asked when it is that zone's turn.
                    allowed(some)
                }
            };
            let got = match back.verdict(zone.zone, host, port) {
                Ok(got) => got,
                Err(why) => {
                    found.push(difference(built, zone, host, port, &matching, &expected, &why));
                    continue;
                }
            };
            if got != expected && !explained((built, output_at), (host, zones), &matching, block, (&expected, &got)) {
                found.push(difference(built, zone, host, port, &matching, &expected, &got.words()));
            }
        }
    }
    asked
}

fn allowed(is: bool) -> Verdict {
    if is { Verdict::Allowed } else { Verdict::Refused }
}

/// Whether a proxy behind an output allows what the oracle decides.
fn serves(built: &Built, output_at: usize, matching: &Matching, port: Option<u16>) -> bool {
    let Some(output) = built.outputs.get(output_at) else { return false };
    let common = &output.common;
    let Some(id) = built.plan.site.route_named(matching.route(port)) else { return false };
    let served = common.routes.contains(&id) || (id == RouteId::DIRECT && common.serve == Serve::Selected);
    served && (matching.winner(port).is_some() || common.include_default)
}

/// A route in the words of a PAC, put together anew.
fn route_text(built: &Built, id: RouteId, block: Option<RouteId>) -> String {
    let id = block.filter(|_| id == RouteId::BLOCK).unwrap_or(id);
    let route = built.plan.site.route(id);
    let mut hops: Vec<String> = Vec::new();
    for proxy in &route.proxies {
        let url = proxy.value.to_string();
        let (scheme, address) = url.split_once("://").unwrap_or(("", &url));
        let word = match scheme {
            "http" => "PROXY",
            "https" => "HTTPS",
            _ => "SOCKS5",
        };
        hops.push(format!("{word} {address}"));
    }
    if id == RouteId::DIRECT || route.fallback_direct {
        hops.push("DIRECT".to_owned());
    }
    if id == RouteId::BLOCK { "PROXY 127.0.0.1:9".to_owned() } else { hops.join("; ") }
}

/// Whether an entry that matches the host has declared this direction of difference.
fn explained(
    (built, output_at): (&Built, usize),
    (host, zones): (&str, &[ZoneFacts]),
    matching: &Matching,
    block: Option<RouteId>,
    (expected, got): (&Verdict, &Verdict),
) -> bool {
    let declares = |kind: Kind, fact: &Fact| {
        fidelity(built, output_at, fact.id).is_some_and(|f| f.reasons.iter().any(|r| r.kind() == kind))
    };
    match (expected, got) {
        (Verdict::Allowed, Verdict::Refused) => {
            matching.facts().any(|f| declares(Kind::Narrowed, f) || declares(Kind::Dropped, f))
        }
        // A widening reaches beyond what its entry matches, but never beyond the domain it names; in any zone, as lists
        // that do not tell zones apart say so.
        (Verdict::Refused, Verdict::Allowed) => {
            let above = zones.iter().flat_map(|zone| zone.oracle.above(host));
            let matching = zones.iter().flat_map(|zone| zone.oracle.matching(host).facts().collect::<Vec<_>>());
            above.chain(matching).any(|fact| declares(Kind::Widened, fact))
        }
        (Verdict::Route(_), Verdict::Route(got)) => matching.facts().any(|fact| {
            let text = built.plan.site.route_named(&fact.route).map(|id| route_text(built, id, block));
            text.as_deref() == Some(got) && declares(Kind::Widened, fact)
        }),
        _ => false,
    }
}

fn fidelity<'b>(built: &'b Built, output_at: usize, id: FactId) -> Option<&'b Fidelity> {
    let translation = built.translations.get(output_at)?;
    match id {
        FactId::Item(at) => translation.said.get(at).map(|s| &s.fidelity),
        FactId::Line(rule, line) => {
            let of_rule = translation.lines.iter().find(|l| l.rule == rule)?;
            of_rule.not_exact.get(&line).map(|s| &s.fidelity)
        }
    }
}

fn difference(
    built: &Built,
    zone: &ZoneFacts,
    host: &str,
    port: Option<u16>,
    matching: &Matching,
    expected: &Verdict,
    got: &str,
) -> Difference {
    Difference {
        zone: built.plan.site.zone(zone.zone).label().to_owned(),
        host: host.to_owned(),
        port,
        expected: expected.words(),
        got: got.to_owned(),
        entry: matching
            .winner(port)
            .or_else(|| matching.facts().next())
            .map_or_else(|| "the default".to_owned(), |f| f.text.clone()),
    }
}
