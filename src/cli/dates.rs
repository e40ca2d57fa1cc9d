//! The list of changes of Microsoft 365, from the network: without it an import is as good, but for the days in it.

use crate::diag::{Code, Diagnostic, Report, Sink};
use crate::import::m365::Instance;
use crate::import::m365::changes::{Changes, read};
use crate::source::FileId;

/// Asks for the list of changes and reads it. What is wrong becomes a warning that says what is missing by it.
pub fn dates(instance: Instance, ask: impl FnOnce(&mut Report) -> Option<FileId>, report: &mut Report) -> Changes {
    let mut asked = Report { files: std::mem::take(&mut report.files), sink: Sink::default() };
    let changes = ask(&mut asked).map(|file| read(file, &mut asked));
    report.files = asked.files;
    let Some(first) = asked.sink.into_sorted().into_iter().next() else { return changes.unwrap_or_default() };
    let message = format!("`{}` is imported without days to come: {}", instance.service(), first.message);
    let finding = first.help.into_iter().fold(Code::DatesMissing.nowhere(message), Diagnostic::help);
    report.sink.push(Diagnostic { at: first.at, ..finding });
    Changes::default()
}
