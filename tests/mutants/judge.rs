//! Judges that share nothing with the proof: what a damaged file changes, seen by those that use it. V8 runs PAC files, a
//! real Squid its configuration. nft checks its own files; for what it accepts, and for lists whose product is not at
//! hand, every cell, element and rule that is another counts.

use std::collections::{BTreeMap, BTreeSet};

use pacwright::pipeline::Built;
use serde_json::json;

use crate::common;
use crate::common::nft;
use crate::common::oracle::Oracle;
use crate::common::pac::{ASK_ALL, Ask};
use crate::common::proxy::{self, Answer, Around, Request, Squid};
use crate::common::witness::{self, Host};

/// The files of an output, by their paths.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Where the clients of the first and second zone stand.
const SOURCES: [&str; 2] = ["127.1.0.1", "127.2.0.1"];
/// Where the files name their lists; each Squid of the tests has a folder of its own.
const INSTALLED: &str = "/etc/squid/pacwright";

/// How many requests a Squid gets before they are compared.
const FEW: usize = 500;
/// A damaged Squid may go where nobody answers.
const IMPATIENT: &str = "connect_timeout 1 second\nforward_timeout 1 second\ndns_timeout 1 second\n";

/// The witnesses of a site, and who answers behind a Squid.
pub struct Judge {
    asks: Vec<Ask>,
    requests: Vec<Request>,
    behind: u16,
    /// How a configuration names each proxy of the site, and a server in its place.
    parents: Vec<(String, String)>,
}

impl Judge {
    /// A judge over the witnesses of a site.
    pub fn of(built: &Built, files: &pacwright::source::Files) -> Self {
        let oracles = common::oracles(&built.plan, files);
        let hosts = witness::hosts(&oracles);
        let ask = |host: &Host| {
            let wire = host.wire.clone();
            witness::requests(host).into_iter().map(move |request| (request.wire, wire.clone())).collect::<Vec<_>>()
        };
        let asks = hosts.iter().flat_map(ask).collect();
        let proxies = built.plan.site.routes.iter().flat_map(|route| &route.proxies);
        let parents = proxies.map(|proxy| {
            let named = format!("cache_peer {} parent {} ", proxy.host, proxy.port);
            let port = proxy::server(proxy.value.to_string().leak());
            (named, format!("cache_peer 127.0.0.1 parent {port} "))
        });
        let parents = parents.collect();
        Self { asks, requests: requests(&oracles, &hosts), behind: proxy::server("behind"), parents }
    }

    /// How it shows that damaged files of an output are not as the sound ones; nothing when it does not.
    pub fn changes(&self, target: &str, sound: &Files, damaged: &[Files]) -> Vec<Option<String>> {
        match target {
            "pac" => self.of_pac(sound, damaged),
            "squid" => self.of_squid(sound, damaged),
            _ => {
                let sound = data(sound);
                damaged.iter().map(|files| refused(files).or_else(|| difference(&sound, &data(files)))).collect()
            }
        }
    }

    fn of_pac(&self, sound: &Files, damaged: &[Files]) -> Vec<Option<String>> {
        let text = |files: &Files| files.values().map(|bytes| String::from_utf8_lossy(bytes)).collect::<String>();
        let mutants: Vec<String> = damaged.iter().map(text).collect();
        let all = json!({"pac": text(sound), "mutants": mutants, "askAll": ASK_ALL, "asks": self.asks});
        serde_json::from_value(common::node("changed.js", &all)).expect("an answer a mutant")
    }

    fn of_squid(&self, sound: &Files, damaged: &[Files]) -> Vec<Option<String>> {
        if damaged.is_empty() {
            return Vec::new();
        }
        let (_folder, squid) = self.squid(sound).expect("Squid takes the sound files");
        let sound = squid.ask(&self.requests);
        drop(squid);
        damaged.iter().map(|files| self.differs(files, &sound)).collect()
    }

    /// The first complaint of a Squid, or the first request that it answers otherwise. A few at a time: a Squid that goes
    /// where nobody answers would take its time for each.
    fn differs(&self, files: &Files, sound: &[Answer]) -> Option<String> {
        let (_folder, squid) = match self.squid(files) {
            Ok(running) => running,
            Err(complaint) => return Some(complaint),
        };
        self.requests.chunks(FEW).zip(sound.chunks(FEW)).find_map(|(requests, sound)| {
            let answers = squid.ask(requests);
            let at = answers.iter().zip(sound).position(|(a, b)| a != b)?;
            let Request { source, target, .. } = &requests[at];
            Some(format!("other answer for {target} from {source}"))
        })
    }

    /// A Squid of its own, or its first complaint.
    fn squid(&self, files: &Files) -> Result<(tempfile::TempDir, Squid), String> {
        let folder = common::folder();
        let installed = folder.path().display().to_string();
        let mut routes = false;
        for (path, bytes) in files {
            let name = path.rsplit('/').next().unwrap_or(path);
            let mut text = String::from_utf8_lossy(bytes).replace(INSTALLED, &installed);
            routes |= text.contains("cache_peer");
            for (named, server) in &self.parents {
                text = text.replace(named, server);
            }
            std::fs::write(folder.path().join(name), text).expect("a file of Squid");
        }
        let around = if routes { Around::default() } else { Around::all_to(self.behind) };
        let around = Around { before: IMPATIENT.to_owned(), ..around };
        let (conf, port) = proxy::configuration(folder.path(), folder.path(), &around);
        match proxy::complaints(&conf).into_iter().next() {
            Some(complaint) => Err(complaint.replace(&installed, INSTALLED)),
            None => {
                let squid = Squid::start(&conf, port);
                Ok((folder, squid))
            }
        }
    }
}

/// CONNECT to each host at each port at which its answer can change, from each zone.
fn requests(oracles: &[Oracle], hosts: &[Host]) -> Vec<Request> {
    let mut found = Vec::new();
    for (host, source) in hosts.iter().flat_map(|host| SOURCES.iter().take(oracles.len()).map(move |s| (host, *s))) {
        for port in host.ports(&[80, 443]).into_iter().filter(|port| ![79, 81, 442, 444].contains(port)) {
            let target = format!("{}:{port}", witness::in_url(&host.wire));
            found.push(Request { source, method: "CONNECT", target, authorization: None });
        }
    }
    found
}

/// What nft says against the file of an output, when there is one.
fn refused(files: &Files) -> Option<String> {
    let (_, bytes) = files.iter().find(|(path, _)| path.ends_with(".nft"))?;
    let said = nft::refuses(&String::from_utf8_lossy(bytes))?;
    Some(format!("nft: {}", said.lines().next().unwrap_or_default()))
}

/// What stands in the files of an output but for people: the place of a thing, and the thing.
fn data(files: &Files) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (path, bytes) in files {
        let text = String::from_utf8_lossy(bytes);
        match path.rsplit('/').next().unwrap_or(path) {
            "destinations.csv" | "firewall.csv" => cells(path, &text, &mut found),
            "pacwright.nft" => statements(path, &text, &mut found),
            // Zscaler takes names in any case, and the order of lines means nothing.
            _ => found.extend(text.lines().map(|line| (path.clone(), line.to_ascii_lowercase()))),
        }
    }
    found
}

/// The columns of the tables that say where somebody may go; the others are words about it.
const DECIDING: [&str; 10] =
    ["zone", "from", "sources", "destination", "kind", "protocol", "ports", "except", "via", "route"];

/// The rows of a table, without the columns for people.
fn cells(path: &str, text: &str, found: &mut BTreeSet<(String, String)>) {
    let mut rows =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes()).into_records();
    let header: Vec<String> =
        rows.next().and_then(Result::ok).map_or_else(Vec::new, |row| row.iter().map(str::to_owned).collect());
    let deciding: Vec<&String> = header.iter().filter(|column| DECIDING.contains(&column.as_str())).collect();
    found.insert((path.to_owned(), format!("{deciding:?}")));
    for row in rows {
        let row = row.expect("a row");
        let mut words: Vec<String> = Vec::new();
        for (column, cell) in header.iter().zip(&row).filter(|(column, _)| DECIDING.contains(&column.as_str())) {
            // Several zones or ports in any order; names in any case.
            let mut parts: Vec<&str> = cell.split_whitespace().collect();
            parts.sort_unstable();
            let cell = parts.join(" ");
            let cell =
                if ["destination", "except"].contains(&column.as_str()) { cell.to_ascii_lowercase() } else { cell };
            words.push(format!("{column} {cell}"));
        }
        found.insert((path.to_owned(), format!("{} cells: {}", row.len(), words.join(", "))));
    }
}

/// The elements of sets and the rules of chains, each under the line that opens its block: their order means nothing, as
/// all rules accept. nft itself refuses a set of ranges that is not flagged as one.
fn statements(path: &str, text: &str, found: &mut BTreeSet<(String, String)>) {
    let mut open: Vec<&str> = Vec::new();
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#') && *line != "flags interval")
    {
        if line == "}" {
            open.pop();
            continue;
        }
        found.insert((format!("{path}: {}", open.join(" ")), line.trim_end_matches(',').to_owned()));
        if line.ends_with('{') {
            open.push(line);
        }
    }
}

fn difference(sound: &BTreeSet<(String, String)>, damaged: &BTreeSet<(String, String)>) -> Option<String> {
    let lost = sound.difference(damaged).next().map(|(_, what)| format!("lost `{what}`"));
    lost.or_else(|| damaged.difference(sound).next().map(|(_, what)| format!("new `{what}`")))
}
