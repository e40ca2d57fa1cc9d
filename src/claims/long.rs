//! Lines and networks of a build that are too many for its manifest: a file beside it, one a line.

use super::Claims;

/// Most lines and networks of tags that a manifest keeps itself.
pub const MOST_LINES: usize = 10_000;
/// Most that are read beside it.
const MOST_LONG: usize = 10_000_000;

impl Claims {
    /// Whether every line and network is kept.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.rules.iter().all(|rule| rule.hosts.len() == rule.total)
            && self.endpoints.iter().all(|endpoint| endpoint.networks.len() == endpoint.total)
    }

    /// Takes lines and networks out when there are too many of them: those of the rules, then those of the endpoints, one a
    /// line. None of them holds a line break, as no destination does.
    #[must_use]
    pub fn take_long(&mut self) -> Option<String> {
        if self.total().is_none_or(|total| total <= MOST_LINES) {
            return None;
        }
        let lists = self.lists();
        let bytes = lists.iter().flat_map(|(_, list)| list.iter()).map(|line| line.len() + 1).sum();
        let mut text = String::with_capacity(bytes);
        for (_, list) in lists {
            for line in std::mem::take(list) {
                text.push_str(&line);
                text.push('\n');
            }
        }
        Some(text)
    }

    /// Puts them back.
    ///
    /// # Errors
    /// Why they are not those that were taken out.
    pub fn put_long(&mut self, text: &str) -> Result<(), String> {
        // A list of empty lines would take many times its bytes.
        let found = text.lines().count();
        match self.total() {
            Some(total) if total == found && total <= MOST_LONG => {}
            total => {
                let claimed = total.map_or_else(|| "more".to_owned(), |total| total.to_string());
                return Err(format!("has {found} lines, where the manifest claims {claimed}"));
            }
        }
        let mut lines = text.lines();
        for (total, list) in self.lists() {
            *list = lines.by_ref().take(total).map(str::to_owned).collect();
        }
        Ok(())
    }

    /// How many they are; none when no number says it.
    fn total(&self) -> Option<usize> {
        let rules = self.rules.iter().map(|rule| rule.total);
        let mut all = rules.chain(self.endpoints.iter().map(|endpoint| endpoint.total));
        all.try_fold(0_usize, usize::checked_add)
    }

    /// The lists, each with how many it holds when nothing was taken out.
    fn lists(&mut self) -> Vec<(usize, &mut Vec<String>)> {
        let rules = self.rules.iter_mut().map(|rule| (rule.total, &mut rule.hosts));
        rules.chain(self.endpoints.iter_mut().map(|endpoint| (endpoint.total, &mut endpoint.networks))).collect()
    }
}
