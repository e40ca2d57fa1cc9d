//! What the template of a PAC is given: the tables with their numbers, spelled out or packed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::names::{self, Numbers, Says};
use super::pack;
use crate::dest::Depth;
use crate::policy::action::Action;
use crate::policy::table::{self, Table};
use crate::site::Site;

/// Up to so many names each stands on a line of its own.
const PLAIN: usize = 2000;
/// What a line takes beside its name, and all that is no table, in bytes: roughly.
const LINE: usize = 8;
const SCRIPT: usize = 12 << 10;
/// What is said of fewer names than this is not worth a place in the packed texts.
const FEW: usize = 50;

/// The tables.
#[derive(Serialize)]
pub struct Tables {
    /// How many names stand in packed texts.
    packed: usize,
    ports: Vec<Row>,
    says: Vec<Row>,
    /// The longest name spelled out or packed, in characters.
    longest: usize,
    codes: &'static str,
    ways: usize,
    layers: Vec<LayerRow>,
    has_globs: bool,
    v4: Vec<AddressRow>,
    v6: Vec<AddressRow>,
}

/// Numbers, and what they mean.
#[derive(Serialize)]
struct Row {
    numbers: String,
    about: String,
}

#[derive(Default, Serialize)]
struct LayerRow {
    names: Vec<(String, usize)>,
    packed: BTreeMap<String, String>,
    ends: Vec<(String, usize)>,
    globs: Vec<GlobGroup>,
    plain: usize,
    /// Whether `ends` says anything of names with a dot.
    dotted: bool,
}

#[derive(Serialize)]
struct GlobGroup {
    anchor: String,
    rows: Vec<GlobRow>,
}

#[derive(Serialize)]
struct GlobRow {
    deeper: u8,
    says: usize,
    labels: Vec<String>,
    about: String,
}

#[derive(Serialize)]
struct AddressRow {
    start: String,
    says: usize,
    about: String,
}

/// The tables of a policy as the file spells them: packed when there are many names, or when lines of their own would take
/// more bytes than the file may have.
pub fn tables(table: &Table, site: &Site, most: Option<usize>) -> Tables {
    let named: Vec<Vec<(&str, Says)>> = table.layers.iter().map(names::of_layer).collect();
    let lines: usize = named.iter().flatten().map(|(name, _)| name.len() + LINE).sum();
    let count: usize = named.iter().map(Vec::len).sum();
    let is_large = count > PLAIN || most.is_some_and(|most| SCRIPT + lines > most);
    let mut numbers = Numbers::default();
    // What many names say has the first numbers: the texts count from there.
    let frequent = if is_large { frequent(&named) } else { Vec::new() };
    for says in &frequent {
        numbers.of(*says);
    }
    let ways = frequent.len().clamp(1, pack::WAYS);
    let mut layers: Vec<LayerRow> = Vec::new();
    let mut packed = 0;
    for (layer, named) in table.layers.iter().zip(&named) {
        let mut row = LayerRow::default();
        let mut into_texts = Vec::new();
        for (name, says) in named {
            let number = numbers.of(*says);
            if number <= frequent.len() && pack::can_hold(name) {
                into_texts.push((*name, number));
            } else if name.contains('.') {
                row.names.push(((*name).to_owned(), number));
            } else {
                row.ends.push((key(name), number));
            }
        }
        row.dotted = !row.ends.is_empty();
        packed += into_texts.len();
        row.packed = pack::texts(&into_texts, ways);
        row.globs = globs(layer, &mut numbers);
        row.plain = layer.plain.map_or(0, |action| numbers.of(Says::once(action)));
        layers.push(row);
    }
    if layers.is_empty() {
        layers.push(LayerRow::default());
    }
    let v4 = addresses(&table.ranges.v4, &mut numbers, |ip| ip.to_bits().to_string());
    let v6 = addresses(&table.ranges.v6, &mut numbers, |ip| format!("\"{:032x}\"", ip.to_bits()));
    let mut ports = Vec::new();
    let routes: Vec<i64> = table.actions.iter().map(|action| route(action, &mut ports, site)).collect();
    Tables {
        packed,
        says: numbers.list().iter().map(|says| says_row(says, &routes, &table.actions, site)).collect(),
        ports,
        longest: named.iter().flatten().map(|(name, _)| name.len()).max().unwrap_or(0),
        codes: pack::CODES,
        ways,
        has_globs: layers.iter().any(|layer| !layer.globs.is_empty()),
        layers,
        v4,
        v6,
    }
}

/// What is said of so many names, and nothing more below them, that they are packed; the most frequent first.
fn frequent(named: &[Vec<(&str, Says)>]) -> Vec<Says> {
    let mut counts: BTreeMap<Says, usize> = BTreeMap::new();
    let is_packed = |(name, says): &&(&str, Says)| says.further == names::Further::Nothing && pack::can_hold(name);
    for names in named.iter().flat_map(|names| names.chunk_by(|(_, a), (_, b)| a == b)) {
        let count = names.iter().filter(is_packed).count();
        if let Some((_, says)) = names.first().filter(|_| count > 0) {
            *counts.entry(*says).or_insert(0) += count;
        }
    }
    let mut frequent: Vec<(Says, usize)> = counts.into_iter().filter(|(_, count)| *count >= FEW).collect();
    frequent.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    frequent.into_iter().map(|(says, _)| says).collect()
}

/// The key of a last label, or of every name (`""`). Keys of other names have a dot inside; so no host can be mistaken for a
/// property that every object has.
fn key(label: &str) -> String {
    format!(".{label}")
}

/// An action as a number: a route, -1 for nothing, below that a row of the table of ports.
fn route(action: &Action, ports: &mut Vec<Row>, site: &Site) -> i64 {
    if action.ranges.is_empty() {
        return action.rest.map_or(-1, |route| i64::from(route.0));
    }
    let mut numbers = action.rest.map_or("-1".to_owned(), |r| r.0.to_string());
    for (first, last, route) in &action.ranges {
        numbers.push_str(&format!(", {first}, {last}, {}", route.0));
    }
    ports.push(Row { numbers, about: about(action, site) });
    -1 - i64::try_from(ports.len()).unwrap_or(i64::MAX - 1)
}

/// An action in words.
fn about(action: &Action, site: &Site) -> String {
    let mut about: Vec<String> = Vec::new();
    for (first, last, route) in &action.ranges {
        let ports = if first == last { first.to_string() } else { format!("{first}-{last}") };
        about.push(format!("{ports}: {}", site.route(*route).name));
    }
    if let Some(rest) = action.rest {
        about.push(format!("{}: {}", if about.is_empty() { "any port" } else { "other ports" }, site.route(rest).name));
    }
    about.join(", ")
}

fn says_row(says: &Says, routes: &[i64], actions: &[Action], site: &Site) -> Row {
    let number = |action: Option<usize>| action.and_then(|a| routes.get(a)).copied().unwrap_or(-1);
    let words = |action: Option<usize>| action.and_then(|a| actions.get(a)).map(|a| about(a, site));
    let mut parts = match (words(says.itself), words(says.below)) {
        (Some(itself), Some(below)) if itself == below => vec![format!("the name and all below: {itself}")],
        (itself, below) => {
            let itself = itself.map(|words| format!("the name: {words}"));
            itself.into_iter().chain(below.map(|words| format!("all below: {words}"))).collect()
        }
    };
    match says.further {
        names::Further::Nothing => {}
        names::Further::Names => parts.push("more names below".to_owned()),
        names::Further::Patterns => parts.push("patterns below".to_owned()),
    }
    let numbers = format!("{}, {}, {}", number(says.itself), number(says.below), says.further as u8);
    Row { numbers, about: parts.join("; ") }
}

/// The rows of an address table; 0 is "nothing".
fn addresses<A: std::fmt::Display>(
    ranges: &[(A, Option<usize>)],
    numbers: &mut Numbers,
    start: impl Fn(&A) -> String,
) -> Vec<AddressRow> {
    let mut row = |(ip, action): &(A, Option<usize>)| AddressRow {
        start: start(ip),
        says: action.map_or(0, |action| numbers.of(Says::once(action))),
        about: ip.to_string(),
    };
    ranges.iter().map(&mut row).collect()
}

fn globs(layer: &table::Layer, numbers: &mut Numbers) -> Vec<GlobGroup> {
    let mut groups: Vec<GlobGroup> = Vec::new();
    for row in &layer.globs {
        let depth = match row.depth {
            Depth::Exact => "",
            Depth::Below => "*.",
            Depth::Within => ".",
        };
        let written: Vec<&str> =
            row.labels.iter().rev().map(String::as_str).chain(std::iter::once(row.anchor.as_str())).collect();
        let shown = GlobRow {
            deeper: match row.depth {
                Depth::Exact => 0,
                Depth::Below => 1,
                Depth::Within => 2,
            },
            says: numbers.of(Says::once(row.action)),
            labels: row.labels.clone(),
            about: format!("{depth}{}", written.join(".").trim_end_matches('.')),
        };
        let anchor = if row.anchor.contains('.') { row.anchor.clone() } else { key(&row.anchor) };
        match groups.last_mut().filter(|group| group.anchor == anchor) {
            Some(group) => group.rows.push(shown),
            None => groups.push(GlobGroup { anchor, rows: vec![shown] }),
        }
    }
    groups
}
