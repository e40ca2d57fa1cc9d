//! `destinations.csv` read back: the rows that speak of a destination.

use crate::reader::csv::{Asking, Kind, Row, Table};
use crate::target::read_back::{Back, Looks, Mark, Problem, Question, ReadBack, Reading, Verdict, What};

struct List {
    table: Asking,
    zones: Vec<Zone>,
    /// Whether rows say how they are marked.
    marks: bool,
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
    let defaults: Vec<Row> = table.rows().filter(|row| row.get("kind") == "default").collect();
    let zone = |label: &str| Zone {
        label: label.to_owned(),
        default: defaults
            .iter()
            .filter(|row| row.is_of(label))
            .map(|row| format!("default {}", row.get("route")))
            .collect(),
    };
    let zones = reading.zones.iter().map(|clients| zone(clients.label())).collect();
    drop(defaults);
    Ok(vec![Box::new(List { table: Asking::of(table), zones, marks: reading.marks })])
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
        let said = rows.into_iter().map(|row| {
            // What else stands among the constraints is for people.
            let constraints = row.get("constraints");
            let is_mark = |word: &&str| self.marks && Mark::ALL.iter().any(|mark| mark.word() == *word);
            let marks = constraints.split(' ').filter(is_mark);
            marks.fold(format!("{} {}", row.get("via"), row.get("route")), |said, mark| format!("{said} {mark}"))
        });
        let mut said: Vec<String> = said.chain(zone.default.iter().cloned()).collect();
        said.sort();
        Ok(Verdict::Rows(said))
    }
}
