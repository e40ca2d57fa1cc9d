//! What an output has to say, put together from the oracle's answers alone.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::facts::{Tagged, ZoneFacts};
use super::lists::Lists;
use super::oracle::{Fact, Host, Matching, Service};
use crate::catalog::Via;
use crate::claims::{BLOCK, Claims, DIRECT, Output, Zone};
use crate::reader::net::Protocol;
use crate::target::read_back::{Looks, Mark, Question, Verdict, What};

/// What is asked of a zone: its facts, and those that match the host.
pub struct Seen<'o, 'c> {
    /// The zone's facts.
    pub facts: &'o ZoneFacts<'c>,
    /// What a proxy decides.
    pub proxied: Matching<'o, 'c>,
    /// What no proxy carries.
    pub opened: Matching<'o, 'c>,
}

impl<'o, 'c> Seen<'o, 'c> {
    /// A host with a zone's eyes.
    pub fn host(facts: &'o ZoneFacts<'c>, host: &str) -> Self {
        let host = &Host::of(host);
        Self { facts, proxied: facts.proxied.matching(host), opened: facts.opened.matching(host) }
    }

    /// All facts that match.
    pub fn all(&self) -> impl Iterator<Item = &'o Fact<'c>> + '_ {
        self.proxied.facts().chain(self.opened.facts())
    }

    /// Where answers can change: TCP ports, or UDP ports.
    pub fn edges(&self, udp: bool) -> impl Iterator<Item = u16> + '_ {
        let edges = self.proxied.edges().chain(self.opened.edges());
        edges.filter(move |(is_udp, _)| *is_udp == udp).map(|(_, port)| port)
    }
}

/// Ports that are asked for everywhere: the web's, a proxy's, and one that nobody lists.
const TCP: [u16; 4] = [80, 443, 8080, 50_007];
/// The same for UDP: QUIC's, and one that nobody lists.
const UDP: [u16; 2] = [443, 50_007];

/// What is worth asking of a host; nothing twice.
#[derive(Debug, Default)]
pub struct Services {
    /// Those at which entries that match it begin and end, and the scheme without a port.
    own: Vec<Service>,
    /// Those that are asked for everywhere, and what files mention, as far as it is not among the former; the former behind them.
    all: Vec<Service>,
}

impl Services {
    /// What is worth asking of any host of a zone none of whose entries names ports.
    pub fn of_any(looks: &Looks, mentioned: &[u16]) -> Self {
        let mut services = Self::default();
        services.turn_to(looks, None, mentioned);
        services
    }

    /// What is worth asking of a host, instead of what was worth asking of another one.
    pub fn turn_to(&mut self, looks: &Looks, seen: Option<&Seen>, mentioned: &[u16]) {
        let Self { own, all } = self;
        own.clear();
        all.clear();
        let tcp = |port: u16| Service::tcp(Some(port));
        let mentioned = || mentioned.iter().copied();
        let edges = |udp: bool| seen.into_iter().flat_map(move |seen| seen.edges(udp));
        let (has_ports, has_others) = match looks {
            // Lists about hosts: whether some port is allowed is the whole question.
            looks if looks.is_at_hosts() => (false, true),
            Looks::AtUrls { .. } | Looks::AtRows => (true, true),
            _ => (true, false),
        };
        own.extend(has_others.then_some(Service::tcp(None)));
        if has_ports {
            own.extend(edges(false).map(tcp));
            all.extend(TCP.map(tcp));
            match looks {
                // The numbers in a script are not ports; FTP is the one scheme more that has a port of its own.
                Looks::AtUrls { .. } => all.push(tcp(21)),
                // The numbers in the files are asked for at the lines that allow.
                Looks::AtMarks { .. } => {}
                _ => all.extend(mentioned().map(tcp)),
            }
        }
        if matches!(looks, Looks::AtRows | Looks::AtOpeners | Looks::AtPackets) {
            own.extend(edges(true).map(Service::udp));
            all.extend(UDP.into_iter().chain(mentioned()).map(Service::udp));
        }
        for services in [&mut *own, &mut *all] {
            services.sort_unstable();
            services.dedup();
        }
        all.retain(|service| own.binary_search(service).is_err());
        all.extend_from_slice(own);
    }

    /// Those at which entries that match the host begin and end, and the scheme without a port.
    pub fn own(&self) -> &[Service] {
        &self.own
    }

    /// Those that are asked for everywhere, and what files mention, as far as it is not among [`Self::own`].
    pub fn common(&self) -> &[Service] {
        self.all.get(..self.all.len() - self.own.len()).unwrap_or_default()
    }

    /// Both.
    pub fn all(&self) -> &[Service] {
        &self.all
    }
}

/// What is worth asking of a tag: ports its facts know, and ports they do not.
pub fn services_of_tag(tagged: &[Tagged]) -> BTreeSet<Service> {
    let tcp = TCP.iter().map(|port| Service::tcp(Some(*port)));
    let udp = UDP.iter().map(|port| Service::udp(*port));
    let own =
        tagged.iter().flat_map(|tagged| tagged.fact.terms.edges()).map(|(udp, port)| Service { udp, port: Some(port) });
    tcp.chain(udp).chain(own).collect()
}

/// A service of something, put to the files in a zone.
pub fn question(zone: usize, what: What<'_>, service: Service) -> Question<'_> {
    let protocol = if service.udp { Protocol::Udp } else { Protocol::Tcp };
    Question { zone, what, protocol, port: service.port }
}

/// What the files of an output have to say of a host. `others` are all zones of the output, this one among them.
pub fn of_host(
    (claims, output): (&Claims, &Output),
    looks: &Looks,
    (seen, others): (&Seen, &[&Seen]),
    (host, service): (&str, Service),
) -> Verdict {
    match looks {
        Looks::AtUrls { block, .. } => {
            let route = seen.proxied.route(service.port);
            Verdict::Route(route_text(claims, block.as_deref().filter(|_| route == BLOCK).unwrap_or(route)))
        }
        Looks::AtPorts => allowed(serves(output, seen, service)),
        Looks::AtParents if serves(output, seen, service) => {
            Verdict::Route(parents(claims, seen.proxied.route(service.port)))
        }
        Looks::AtParents => Verdict::Refused,
        // The lists do not tell zones apart: what another zone is allowed is asked when it is that zone's turn.
        Looks::AtHosts => allowed(at_some_port(seen).any(|service| serves(output, seen, service))),
        Looks::AtLists { by_service } => {
            let lists = Lists { claims, output, by_service: *by_service };
            Verdict::Rows(lists.due(host, seen).into_iter().collect())
        }
        Looks::AtMarks { mark, ports: true } => Verdict::Marked(*mark, has_mark(output, seen, service, *mark)),
        Looks::AtMarks { mark, ports: false } => {
            let any = |service| has_mark(output, seen, service, *mark);
            Verdict::Marked(*mark, at_some_port(seen).any(any))
        }
        Looks::AtRows => {
            let proxied = seen.proxied.covering(service).map(|fact| row(claims, Via::Proxy.word(), fact));
            let opened = seen.opened.covering(service).map(|fact| row(claims, Via::Firewall.word(), fact));
            rows(claims, output, seen.facts, proxied.chain(opened))
        }
        Looks::AtOpeners => Verdict::Openers(openers(seen, service).collect()),
        // The policy decides about hosts.
        Looks::AtPaths { .. } => Verdict::Rows(Vec::new()),
        Looks::AtPackets => {
            let proxies = others.iter().flat_map(|seen| openers(seen, service)).filter(|who| who.starts_with("proxy:"));
            let zone = claims.zones.get(seen.facts.zone);
            let clients = zone.is_some_and(|zone| has_clients(zone, host));
            let own = openers(seen, service).filter(|who| clients && !who.starts_with("proxy:"));
            Verdict::Openers(proxies.chain(own).collect())
        }
    }
}

/// What they have to say of every host, when that can be seen without one: that nothing is marked where no entry is.
pub fn of_every_host(looks: &Looks, zones: &[ZoneFacts]) -> Option<Verdict> {
    let Looks::AtMarks { mark, .. } = looks else { return None };
    let has_mark = |fact: &Fact| fact.terms.marks.contains(mark);
    let is_unmarked = !zones.iter().flat_map(|zone| zone.proxied.facts()).any(has_mark);
    is_unmarked.then_some(Verdict::Marked(*mark, false))
}

/// What they have to say of a tag.
pub fn of_tag(
    (claims, output): (&Claims, &Output),
    looks: &Looks,
    zone: &ZoneFacts,
    (tagged, service): (&[Tagged], Service),
) -> Option<Verdict> {
    let tagged = tagged.iter().filter(|tagged| tagged.fact.terms.covers(service));
    match looks {
        Looks::AtRows => Some(rows(claims, output, zone, tagged.map(|t| row(claims, t.via.word(), &t.fact)))),
        Looks::AtOpeners => Some(Verdict::Openers(tagged.filter_map(|tagged| opener(&tagged.fact)).collect())),
        _ => None,
    }
}

/// Whether a format can be asked about something at all.
pub fn is_asked(looks: &Looks, what: What) -> bool {
    match (looks, what) {
        (Looks::AtRows | Looks::AtOpeners, What::Tag(_)) => true,
        (_, What::Tag(_)) => false,
        // On the wire there are addresses, and IPv4 is not written as IPv6.
        (Looks::AtPackets, What::Host(host)) => address(host).is_some_and(|ip| ip.to_canonical() == ip),
        (_, What::Host(_)) => true,
    }
}

/// A route in the words of a PAC.
pub fn route_text(claims: &Claims, name: &str) -> String {
    match claims.routes.iter().find(|route| route.name == name) {
        None if name == BLOCK => "PROXY 127.0.0.1:9".to_owned(),
        None => "DIRECT".to_owned(),
        Some(route) => {
            let mut text = String::with_capacity(32);
            for url in &route.proxies {
                let (scheme, address) = url.split_once("://").unwrap_or(("", url));
                let word = match scheme {
                    "http" => "PROXY ",
                    "https" => "HTTPS ",
                    _ => "SOCKS5 ",
                };
                let between = if text.is_empty() { "" } else { "; " };
                text.extend([between, word, address]);
            }
            if route.fallback_direct {
                text.extend([if text.is_empty() { "" } else { "; " }, "DIRECT"]);
            }
            text
        }
    }
}

/// The proxies of a route as a proxy is told its parents.
pub fn parents(claims: &Claims, name: &str) -> String {
    let address = |url: &String| url.split_once("://").map_or("", |(_, address)| address).replace(['[', ']'], "");
    let route = claims.routes.iter().find(|route| route.name == name);
    route.map_or_else(|| DIRECT.to_owned(), |route| route.proxies.iter().map(address).collect::<Vec<_>>().join(", "))
}

fn allowed(is: bool) -> Verdict {
    if is { Verdict::Allowed } else { Verdict::Refused }
}

/// Whether a route is one of those that an output serves.
pub fn is_served(output: &Output, route: &str) -> bool {
    output.routes.iter().any(|name| name == route) || (route == DIRECT && output.serves_direct)
}

/// Whether a proxy behind an output allows what the oracle decides.
fn serves(output: &Output, seen: &Seen, service: Service) -> bool {
    let route = seen.proxied.route(service.port);
    is_served(output, route) && (seen.proxied.winner(service).is_some() || output.include_default)
}

/// Whether a host that an output lets through has a mark: that of the entry that decides, or of one that is as specific and
/// that the output serves, too.
fn has_mark(output: &Output, seen: &Seen, service: Service, mark: Mark) -> bool {
    let mut equals = seen.proxied.equals(service).take_while(|fact| is_served(output, fact.terms.route));
    equals.any(|fact| fact.terms.marks.contains(&mark))
}

/// Whether an entry lets a host through at some port, whatever its marks.
pub fn is_listed(output: &Output, seen: &Seen) -> bool {
    deciding(output, seen).next().is_some()
}

/// The entries that let a host through at some port.
pub fn deciding<'o, 'c>(output: &Output, seen: &Seen<'o, 'c>) -> impl Iterator<Item = &'o Fact<'c>> {
    let winners = at_some_port(seen).filter_map(|service| seen.proxied.winner(service));
    winners.filter(|fact| is_served(output, fact.terms.route))
}

/// The TCP ports at which a list about hosts has to hold one, if it is let through there.
fn at_some_port(seen: &Seen) -> impl Iterator<Item = Service> {
    seen.edges(false).chain(TCP).map(|port| Service::tcp(Some(port)))
}

/// What a row for people says of an entry.
fn row(claims: &Claims, via: &str, fact: &Fact) -> String {
    let marks = fact.terms.marks.iter().filter(|_| claims.marks);
    marks.fold([via, " ", fact.terms.route].concat(), |said, mark| [&said, " ", mark.word()].concat())
}

fn rows(claims: &Claims, output: &Output, zone: &ZoneFacts, found: impl Iterator<Item = String>) -> Verdict {
    let default = claims.zones.get(zone.zone).filter(|_| output.include_default);
    let mut rows: Vec<String> = found.chain(default.map(|zone| ["default ", &zone.default].concat())).collect();
    rows.sort();
    Verdict::Rows(rows)
}

/// Who opens connections to a host: what decides, with what stands behind it up to where something goes another way, and
/// everything that no proxy carries. The default opens nothing.
fn openers<'s>(seen: &'s Seen, service: Service) -> impl Iterator<Item = String> + 's {
    let way = seen.proxied.winner(service).map(|fact| fact.terms.route);
    let decides = seen.proxied.covering(service).take_while(move |fact| Some(fact.terms.route) == way);
    decides.chain(seen.opened.covering(service)).filter_map(opener)
}

fn opener(fact: &Fact) -> Option<String> {
    match fact.terms.route {
        BLOCK => None,
        DIRECT => Some(fact.terms.from.unwrap_or("clients").to_owned()),
        route => Some(format!("proxy:{route}")),
    }
}

/// The address that a host is.
pub fn address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches([']', '.']).parse().ok()
}

/// Whether a zone has clients of the family of an address.
fn has_clients(zone: &Zone, host: &str) -> bool {
    let is_v4 = address(host).is_some_and(|ip| ip.is_ipv4());
    zone.sources.is_empty() || zone.sources.iter().any(|net| net.addr().is_ipv4() == is_v4)
}
