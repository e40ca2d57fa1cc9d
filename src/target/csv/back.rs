//! `destinations.csv` read back: the rows that speak of a destination.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::dest::path_covers;
use crate::reader::csv::{Asking, Column, Kind, Said, Table};
use crate::target::read_back::{
    Back, Besides, Clients, Looks, Mark, Problem, Question, ReadBack, Reading, Verdict, What, paths,
};

struct List {
    table: Asking,
    zones: Vec<Zone>,
    /// What is answered for each of what rows say.
    answers: Vec<String>,
}

struct Zone {
    label: String,
    /// What is said of everything else.
    default: Vec<String>,
}

/// Reads the table.
pub fn read_back(reading: &Reading) -> ReadBack {
    let Some(file) = reading.files.first() else {
        return Err(vec![Problem { path: String::new(), line: 0, message: "there is no file".to_owned() }]);
    };
    let table = Table::read(file, Kind::Destinations)?;
    let zone = |label: &str| {
        let own =
            table.rows().map(|row| row.said()).filter(|said| said.get(Column::Kind) == "default" && said.is_of(label));
        Zone {
            label: label.to_owned(),
            default: own.map(|said| format!("default {}", said.get(Column::Route))).collect(),
        }
    };
    let zones = reading.zones.iter().map(|clients| zone(clients.label())).collect();
    let answers: Vec<String> = table.said().iter().map(|said| answer(said, reading.besides)).collect();
    let table = Arc::new(table);
    let paths = reading.besides.rest.then(|| Paths::of(Arc::clone(&table), reading.zones, (answers.clone(), true)));
    let list = List { table: Asking::of(table), zones, answers };
    Ok(std::iter::once(Box::new(list) as Box<dyn Back>).chain(paths).collect())
}

/// The paths that rows of a table are about.
pub struct Paths {
    table: Asking,
    /// The labels of the zones.
    zones: Vec<String>,
    any: bool,
    /// Whether schemes without a port of their own are asked about.
    others: bool,
    /// What is answered for each of what rows say.
    answers: Vec<String>,
}

impl Paths {
    /// Of a table, whichever: what is answered for each of what its rows say, and whether schemes without a port of their own mean
    /// something there.
    pub fn of(table: Arc<Table>, zones: &[Clients], (answers, others): (Vec<String>, bool)) -> Box<dyn Back> {
        let zones = zones.iter().map(|zone| zone.label().to_owned()).collect();
        Box::new(Self { any: table.has_paths(), table: Asking::of(table), zones, others, answers })
    }
}

impl Back for Paths {
    fn looks(&self) -> Looks {
        Looks::AtPaths { any: self.any, ports: true, of: None }
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let (What::Host(host), Some(zone)) = (question.what, self.zones.get(question.zone)) else {
            return Ok(Verdict::Rows(Vec::new()));
        };
        if question.port.is_none() && !self.others {
            return Ok(Verdict::Rows(Vec::new()));
        }
        let rows = self.table.matching(zone, host, question.port, question.protocol);
        let mut listed: BTreeMap<&str, Vec<Option<&str>>> = BTreeMap::new();
        for row in rows {
            let answer = self.answers.get(row.number()).map_or("", String::as_str);
            listed.entry(answer).or_default().push(row.path());
        }
        let words =
            |(answer, own): (&str, Vec<Option<&str>>)| format!("{answer}: {}", paths(own, path_covers).join("; "));
        Ok(Verdict::Rows(listed.into_iter().map(words).collect()))
    }
}

/// What is answered for what a row says; with its marks, when rows have any, and who talks, when all is asked for.
fn answer(said: &Said, besides: Besides) -> String {
    let is_said = |word: &str| (besides.marks && is_mark(word)) || (besides.rest && word.starts_with("from="));
    with_constraints(said, format!("{} {}", said.get(Column::Via), said.get(Column::Route)), is_said)
}

/// Whether a word of the constraints is a mark; what else stands there is for people.
pub fn is_mark(word: &str) -> bool {
    Mark::ALL.iter().any(|mark| mark.word() == word)
}

/// An answer with those of the constraints of a row that are asked for.
pub fn with_constraints(said: &Said, answer: String, is_said: impl Fn(&str) -> bool) -> String {
    let words = said.get(Column::Constraints).split(' ').filter(|word| is_said(word));
    words.fold(answer, |answer, word| format!("{answer} {word}"))
}

impl Back for List {
    fn looks(&self) -> Looks {
        Looks::AtRows
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let Some(zone) = self.zones.get(question.zone) else { return Ok(Verdict::Rows(Vec::new())) };
        let (port, protocol) = (question.port, question.protocol);
        let rows = match question.what {
            What::Host(host) => self.table.matching(&zone.label, host, port, protocol),
            What::Tag(tag) => self.table.tagged(&zone.label, tag, port, protocol),
        };
        let said = rows.into_iter().filter_map(|row| self.answers.get(row.number()).cloned());
        let mut said: Vec<String> = said.chain(zone.default.iter().cloned()).collect();
        said.sort();
        Ok(Verdict::Rows(said))
    }
}
