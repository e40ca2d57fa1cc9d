//! The firewall lists read back: `firewall.csv` says who opens a connection, `pacwright.nft` what its chains accept.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use crate::reader::csv::{Asking, Column, Kind, Row, Said, Table};
use crate::reader::nft::Nft;
use crate::target::csv::back::{Paths, is_mark, with_constraints};
use crate::target::read_back::{
    Back, Clients, Looks, Mark, Problem, Question, ReadBack, Reading, Verdict, What, named_within, strangers,
};

struct Request {
    table: Asking,
    /// Whether everything that rows say is asked for.
    rest: bool,
    /// The labels of the zones.
    zones: Vec<String>,
}

/// How the rows of a host are marked: for those who write the rules of a firewall that inspects.
struct Marked {
    request: Request,
    mark: Mark,
}

struct Filter {
    rules: Nft,
    /// Clients within zones that rules name.
    named: Vec<Vec<IpAddr>>,
    zones: Vec<Clients>,
    /// Clients of no zone.
    strangers: Vec<IpAddr>,
}

/// Reads both files.
pub fn read_back(reading: &Reading) -> ReadBack {
    let file = |name: &str| {
        let missing = || vec![Problem { path: name.to_owned(), line: 0, message: "there is no such file".to_owned() }];
        reading.files.iter().find(|file| file.path == name).ok_or_else(missing)
    };
    let table = file("firewall.csv").and_then(|file| Table::read(file, Kind::Opened));
    let rules = file("pacwright.nft").and_then(Nft::read);
    let sound = |table: Table| {
        let problem = |row: Row| {
            let message = contradiction(&row, reading.zones)?;
            Some(Problem { path: "firewall.csv".to_owned(), line: row.line(), message })
        };
        let found: Vec<Problem> = table.rows().filter_map(problem).collect();
        if found.is_empty() { Ok(table) } else { Err(found) }
    };
    match (table.and_then(sound), rules) {
        (Ok(table), Ok(rules)) => {
            let labels: Vec<String> = reading.zones.iter().map(|zone| zone.label().to_owned()).collect();
            let strangers = strangers(reading.zones, rules.clients());
            let named = named_within(reading.zones, rules.clients());
            let filter = Filter { rules, named, zones: reading.zones.to_vec(), strangers };
            let table = Arc::new(table);
            let paths = reading.besides.rest.then(|| {
                let from = table.said().iter().map(marked).collect();
                Paths::of(Arc::clone(&table), reading.zones, (from, false))
            });
            let rest = reading.besides.rest;
            let request = || Request { table: Asking::of(Arc::clone(&table)), rest, zones: labels.clone() };
            let mut backs: Vec<Box<dyn Back>> = vec![Box::new(request()), Box::new(filter)];
            for mark in Mark::ALL.into_iter().filter(|_| reading.besides.rest) {
                backs.push(Box::new(Marked { request: request(), mark }));
            }
            Ok(backs.into_iter().chain(paths).collect())
        }
        (table, rules) => Err(table.err().into_iter().chain(rules.err()).flatten().collect()),
    }
}

/// What cells of a row say otherwise than its opener and its zones: the route, and where its clients stand.
fn contradiction(row: &Row, zones: &[Clients]) -> Option<String> {
    let said = row.said();
    let (from, route, cell) = (said.get(Column::From), said.get(Column::Route), said.get(Column::Sources));
    let proxy = from.strip_prefix("proxy:");
    if route != proxy.unwrap_or("direct") {
        return Some(format!("`{from}` opens connections of the route `{route}`"));
    }
    let own = zones.iter().filter(|zone| proxy.is_none() && said.is_of(zone.label()));
    let own: BTreeSet<String> = own.flat_map(|zone| &zone.sources).map(ToString::to_string).collect();
    let listed: BTreeSet<String> = cell.split_whitespace().map(str::to_owned).collect();
    (own != listed).then(|| format!("`{cell}` is not where the clients of `{}` stand", said.get(Column::Zone)))
}

/// Who opens what a row says, with its marks.
fn marked(said: &Said) -> String {
    with_constraints(said, said.get(Column::From).to_owned(), is_mark)
}

impl Back for Request {
    fn looks(&self) -> Looks {
        Looks::AtOpeners
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let zone = self.zones.get(question.zone).map_or("", String::as_str);
        let (port, protocol) = (question.port, question.protocol);
        let rows = match question.what {
            What::Host(host) => self.table.matching(zone, host, port, protocol),
            What::Tag(tag) => self.table.tagged(zone, tag, port, protocol),
        };
        // Marks of hosts are a list of their own.
        let is_marked = self.rest && matches!(question.what, What::Tag(_));
        let from = |row: Row| match row.said() {
            said if is_marked => marked(said),
            said => said.get(Column::From).to_owned(),
        };
        Ok(Verdict::Openers(rows.into_iter().map(from).collect()))
    }
}

impl Back for Marked {
    fn looks(&self) -> Looks {
        Looks::AtMarks { mark: self.mark, ports: true }
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let zone = self.request.zones.get(question.zone).map_or("", String::as_str);
        let What::Host(host) = question.what else { return Ok(Verdict::Marked(self.mark, false)) };
        let rows = self.request.table.matching(zone, host, question.port, question.protocol);
        let is_marked = |row: &Row| row.said().get(Column::Constraints).split(' ').any(|word| word == self.mark.word());
        Ok(Verdict::Marked(self.mark, rows.iter().any(is_marked)))
    }
}

impl Filter {
    /// What a chain is for in a zone: its opener; `None` for the chains of other zones.
    fn opener(&self, chain: &str, zone: &Clients) -> Option<String> {
        if let Some(route) = chain.strip_prefix("proxy_") {
            return Some(format!("proxy:{route}"));
        }
        let rest = chain.strip_prefix("from_")?;
        match &zone.name {
            None => Some(rest.to_owned()),
            // The names of zones may hold `_`, those of speakers do not: `from_hq_lab_clients` is not of the zone `hq`.
            Some(name) => {
                let speaker = rest.strip_prefix(name.as_str())?.strip_prefix('_')?;
                (!speaker.contains('_')).then(|| speaker.to_owned())
            }
        }
    }
}

impl Back for Filter {
    fn looks(&self) -> Looks {
        Looks::AtPackets
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let mut openers = BTreeSet::new();
        let (What::Host(host), Some(zone), Some(port)) = (question.what, self.zones.get(question.zone), question.port)
        else {
            return Ok(Verdict::Openers(openers));
        };
        let bare = host.trim_start_matches('[').trim_end_matches([']', '.']);
        let Ok(to) = bare.parse::<IpAddr>() else { return Ok(Verdict::Openers(openers)) };
        // Proxies and clients without declared networks stand anywhere.
        let anywhere: IpAddr =
            if to.is_ipv4() { [192, 0, 2, 77].into() } else { [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x77].into() };
        let of_family =
            |ips: &[IpAddr]| -> Vec<IpAddr> { ips.iter().copied().filter(|ip| ip.is_ipv4() == to.is_ipv4()).collect() };
        let named = self.named.get(question.zone).map_or(&[][..], Vec::as_slice);
        let (own, strangers) = (of_family(&[zone.witnesses().as_slice(), named].concat()), of_family(&self.strangers));
        for chain in self.rules.chains() {
            let Some(opener) = self.opener(chain, zone) else { continue };
            let accepts = |from: &IpAddr| self.rules.accepts(chain, *from, to, question.protocol, port) == Some(true);
            let of_anybody = opener.starts_with("proxy:") || zone.sources.is_empty();
            let own = if of_anybody { std::slice::from_ref(&anywhere) } else { own.as_slice() };
            let accepted = own.iter().filter(|from| accepts(from)).count();
            if 0 < accepted && accepted < own.len() {
                return Err(format!("the chain `{chain}` lets some clients of the zone out"));
            }
            if !of_anybody && strangers.iter().any(accepts) {
                return Err(format!("the chain `{chain}` lets clients of no zone out"));
            }
            if accepted > 0 {
                openers.insert(opener);
            }
        }
        Ok(Verdict::Openers(openers))
    }
}
