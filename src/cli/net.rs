//! What commands that may ask the network have in common: their options, and a list from a file or an address.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::{Global, say};
use crate::catalog::load::unreadable;
use crate::diag::Report;
use crate::fetch::{Client, LARGEST, Note, Wishes, is_address};
use crate::source::FileId;

#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub struct Net {
    /// CA certificates (PEM) to trust instead of those of the system: behind a proxy that inspects TLS
    #[arg(long, value_name = "FILE")]
    ca: Vec<PathBuf>,
    /// The time for one answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Ask http:// too; without it, only on this machine
    #[arg(long)]
    allow_http: bool,
}

/// The address that an argument is; none for a file.
pub fn address(from: &Path) -> Option<&str> {
    from.to_str().filter(|text| is_address(text))
}

impl Net {
    /// A client; none, and a finding, when there cannot be one.
    pub fn client(&self, global: &Global, report: &mut Report) -> Option<Client> {
        let (quiet, verbose) = (global.quiet, global.verbose);
        let tell = move |note: Note| match note {
            Note::Asking(words) if verbose => say(&words),
            Note::Waiting(words) if !quiet => say(&words),
            _ => {}
        };
        let wishes = Wishes { ca: &self.ca, timeout: Duration::from_secs(self.timeout), plain_http: self.allow_http };
        Client::new(wishes, Box::new(tell), report)
    }
}

/// The text behind an address; a finding when there is none.
pub fn fetch(client: &Client, address: &str, report: &mut Report) -> Option<FileId> {
    client.get(address, &mut report.files).map_err(|finding| report.sink.push(*finding)).ok()
}

/// Reads a list from a file; a finding when it cannot be.
pub fn read(path: &Path, report: &mut Report) -> Option<FileId> {
    match report.files.read(path, LARGEST) {
        Ok(file) => Some(file),
        Err((file, error)) => {
            report.sink.push(unreadable(file, &error));
            None
        }
    }
}
