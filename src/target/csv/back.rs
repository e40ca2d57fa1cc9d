//! `destinations.csv` read back: the rows that speak of a destination.

use crate::reader::csv::{Asking, Kind, Said, Table};
use crate::target::read_back::{Back, Looks, Mark, Problem, Question, ReadBack, Reading, Verdict, What};

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
        let own = table.rows().map(|row| row.said()).filter(|said| said.get("kind") == "default" && said.is_of(label));
        Zone { label: label.to_owned(), default: own.map(|said| format!("default {}", said.get("route"))).collect() }
    };
    let zones = reading.zones.iter().map(|clients| zone(clients.label())).collect();
    let answers = table.said().iter().map(|said| answer(said, reading.marks)).collect();
    Ok(vec![Box::new(List { table: Asking::of(table), zones, answers })])
}

/// What is answered for what a row says; with its marks, when rows have any.
fn answer(said: &Said, marks: bool) -> String {
    // What else stands among the constraints is for people.
    let is_mark = |word: &&str| marks && Mark::ALL.iter().any(|mark| mark.word() == *word);
    let marks = said.get("constraints").split(' ').filter(is_mark);
    marks.fold(format!("{} {}", said.get("via"), said.get("route")), |said, mark| format!("{said} {mark}"))
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
