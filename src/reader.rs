//! Artifacts read back by the meaning of their formats, as the product would take them.
//!
//! In: the bytes of files. Out: a [`Reader`] that answers requests, or every reason why the product would reject or
//! silently ignore a line. Never: anything of the stages that made the files. A reader shares no code with its emitter:
//! not the normal form of hosts, not the patterns, not the lookup tables.

pub mod csv;
mod names;
pub mod net;
pub mod nft;
pub mod squid;
mod text;
pub mod zscaler;

use std::net::IpAddr;

/// A file of an output.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Its path below the output's folder, or its name.
    pub path: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// A request as a client makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    /// The address of the client, for formats that look at it.
    pub client: Option<IpAddr>,
    /// The host as the client writes it: a name in any case, an address, an IPv6 address in brackets.
    pub host: &'a str,
    /// The port; `None` for a scheme whose port is not known.
    pub port: Option<u16>,
}

/// What is wrong with a file: the product would reject it, or accept it and never match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub path: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl Problem {
    /// For messages; a problem of no file is one of the output.
    #[must_use]
    pub fn words(&self, output: &str) -> String {
        let file = if self.path.is_empty() { output } else { &self.path };
        let line = if self.line > 0 { format!(" line {}", self.line) } else { String::new() };
        format!("`{file}`{line}: {}", self.message)
    }
}

/// Something that was read back and answers requests.
pub trait Reader {
    /// Whether a request is allowed.
    fn allows(&self, request: &Request) -> bool;
}
