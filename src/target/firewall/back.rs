//! The firewall lists read back: `firewall.csv` says who opens a connection, `pacwright.nft` what its chains accept.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::reader::csv::{Kind, Table};
use crate::reader::nft::Nft;
use crate::target::read_back::{Back, Clients, Looks, Problem, Question, ReadBack, Reading, Verdict, What};

struct Request {
    table: Table,
    /// The labels of the zones.
    zones: Vec<String>,
}

struct Filter {
    rules: Nft,
    zones: Vec<Clients>,
}

/// Reads both files.
pub fn read_back(reading: &Reading) -> ReadBack {
    let file = |name: &str| {
        let missing = || vec![Problem { path: name.to_owned(), line: 0, message: "there is no such file".to_owned() }];
        reading.files.iter().find(|file| file.path == name).ok_or_else(missing)
    };
    let table = file("firewall.csv").and_then(|file| Table::read(file, Kind::Opened));
    let rules = file("pacwright.nft").and_then(Nft::read);
    match (table, rules) {
        (Ok(table), Ok(rules)) => {
            let labels = reading.zones.iter().map(|zone| zone.label().to_owned()).collect();
            let filter = Filter { rules, zones: reading.zones.to_vec() };
            Ok(vec![Box::new(Request { table, zones: labels }), Box::new(filter)])
        }
        (table, rules) => Err(table.err().into_iter().chain(rules.err()).flatten().collect()),
    }
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
        Ok(Verdict::Openers(rows.into_iter().map(|row| row.get("from").into_owned()).collect()))
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
        let own = zone.sources.iter().copied().find(|source| source.is_ipv4() == to.is_ipv4());
        for chain in self.rules.chains() {
            let Some(opener) = self.opener(chain, zone) else { continue };
            let from = if opener.starts_with("proxy:") || zone.sources.is_empty() { Some(anywhere) } else { own };
            let accepts = from.and_then(|from| self.rules.accepts(chain, from, to, question.protocol, port));
            if accepts == Some(true) {
                openers.insert(opener);
            }
        }
        Ok(Verdict::Openers(openers))
    }
}
