//! What a file of an output says when it is read back by its format's reader.

use crate::site::{RouteId, ZoneId};

/// What a file says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A route, in the words of the format.
    Route(String),
    /// It is let through.
    Allowed,
    /// It is not.
    Refused,
}

impl Verdict {
    /// For messages.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Route(text) => text.clone(),
            Self::Allowed => "allowed".to_owned(),
            Self::Refused => "refused".to_owned(),
        }
    }
}

/// What a format looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// The URL: host, port, and schemes whose port is not known.
    AtUrls,
    /// Host and port.
    AtPorts,
    /// The host alone: ports belong to the product's own rule.
    AtHosts,
}

/// The files of an output, read back.
pub trait Back {
    /// What the format looks at.
    fn looks(&self) -> Looks;
    /// The named route that blocked traffic is handed to, when it is.
    fn block(&self) -> Option<RouteId> {
        None
    }
    /// What the files say of a request from a zone.
    ///
    /// # Errors
    /// Why they say nothing: a script that fails.
    fn verdict(&mut self, zone: ZoneId, host: &str, port: Option<u16>) -> Result<Verdict, String>;
}
