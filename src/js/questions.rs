//! Questions for a file and its answers, as they cross to its thread and back: there are hundreds at once, and a text each
//! that one thread takes and another gives back costs as much as the way.

use std::sync::Arc;

/// URLs, each with its host, in one text.
#[derive(Debug, Default)]
pub struct Questions {
    text: String,
    /// Where each URL ends, and its host behind it.
    ends: Vec<(usize, usize)>,
}

impl Questions {
    /// Adds a URL, which the caller writes at the end of the text, and its host.
    pub fn add(&mut self, write: impl FnOnce(&mut String), host: &str) {
        write(&mut self.text);
        let url = self.text.len();
        self.text.push_str(host);
        self.ends.push((url, self.text.len()));
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Each URL and its host.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut start = 0;
        self.ends.iter().map(move |(url, host)| {
            let from = std::mem::replace(&mut start, *host);
            let part = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
            (part(from, *url), part(*url, *host))
        })
    }
}

/// The answers that were given last: most are one of a few, and are shared.
#[derive(Debug, Default)]
pub(super) struct Last {
    answers: Vec<Arc<str>>,
    next: usize,
}

/// So many are remembered.
const REMEMBERED: usize = 8;

impl Last {
    /// An answer, shared with an equal one that was given lately.
    pub(super) fn share(&mut self, answer: String) -> Arc<str> {
        if let Some(known) = self.answers.iter().find(|known| ***known == *answer) {
            return Arc::clone(known);
        }
        let answer: Arc<str> = answer.into();
        match self.answers.get_mut(self.next) {
            Some(oldest) => *oldest = Arc::clone(&answer),
            None => self.answers.push(Arc::clone(&answer)),
        }
        self.next = (self.next + 1) % REMEMBERED;
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_come_out_as_they_went_in() {
        let mut questions = Questions::default();
        let asked = [("http://a.example/", "a.example"), ("", ""), ("x", ""), ("https://\u{e9}/", "\u{e9}")];
        for (url, host) in asked {
            questions.add(|text| text.push_str(url), host);
        }
        assert_eq!(questions.iter().collect::<Vec<_>>(), asked);
        assert_eq!(questions.len(), asked.len());
    }

    #[test]
    fn equal_answers_are_shared_and_others_are_not() {
        let mut last = Last::default();
        let said: Vec<Arc<str>> = (0..40).map(|n| last.share((n % 3).to_string())).collect();
        assert!(said.iter().enumerate().all(|(n, answer)| **answer == *(n % 3).to_string()));
        assert!(Arc::ptr_eq(&said[0], &said[39]));
        let many: Vec<Arc<str>> = (0..40).map(|n| last.share(n.to_string())).collect();
        assert!(many.iter().enumerate().all(|(n, answer)| **answer == *n.to_string()));
    }
}
