//! The answers that two sides give, each by a number: there are few of them, and many questions.

use std::collections::BTreeMap;

use super::lines::Said;
use super::ports::{AnswerId, Change, Words};

/// All answers so far.
#[derive(Debug, Default)]
pub struct Answers {
    /// The words of every answer, by its number.
    words: Vec<String>,
    ids: BTreeMap<String, AnswerId>,
    /// How the ports of a change are put into words.
    pub ports: Words,
}

impl Answers {
    /// The number of an answer.
    pub fn id(&mut self, words: String) -> AnswerId {
        if let Some(id) = self.ids.get(&words) {
            return *id;
        }
        let id = AnswerId::try_from(self.words.len()).unwrap_or(AnswerId::MAX);
        self.words.push(words.clone());
        self.ids.insert(words, id);
        id
    }

    /// The words of an answer.
    pub fn word(&self, id: AnswerId) -> &str {
        usize::try_from(id).ok().and_then(|at| self.words.get(at)).map_or("", String::as_str)
    }

    /// A change in words: once for each way in which an answer becomes another.
    pub fn said(&self, change: &Change) -> Vec<Said> {
        let kinds = change.kinds().filter_map(|pieces| {
            let first = pieces.first()?;
            let (before, after) = (self.word(first.before).to_owned(), self.word(first.after).to_owned());
            Some(Said { ports: self.ports.of(pieces.iter().map(|piece| piece.span)), before, after })
        });
        kinds.collect()
    }
}
