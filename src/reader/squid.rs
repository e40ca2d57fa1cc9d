//! Squid's rules read back: `pacwright.conf` and its list files, as Squid 5 to 7 take them.
//!
//! In: the files of the output, by name. Out: a [`Squid`] that decides as the configuration does, with the stock `deny
//! all` behind it. Refused is what Squid refuses, warns of, or takes without a word and never matches; and every
//! directive and ACL type that is not known here.

mod acl;
mod conf;
mod domain;
mod ere;
mod request;
mod rules;

use std::net::IpAddr;

use super::net::Spans;
use super::text::Problems;
use super::{File, Problem, Reader, Request};
use acl::Kind;
use request::Asked;
use rules::Conf;
pub use rules::Passage;

/// How the files are installed, and what stands around them.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The name of the configuration among the files.
    pub conf: &'a str,
    /// The folder the configuration names its list files in.
    pub install_dir: &'a str,
    /// The `proxy_auth` ACLs defined before the include. They hold: the user is known.
    pub external: &'a [&'a str],
}

/// Squid's rules.
#[derive(Debug)]
pub struct Squid(Conf);

impl Squid {
    /// Reads the configuration and the lists it names.
    ///
    /// # Errors
    /// Every line that Squid would reject, or that would never match.
    pub fn read(files: &[File], setting: &Setting) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let conf = conf::read(files, setting, &mut problems);
        problems.or(Self(conf))
    }

    /// Whether there is an ACL of a name.
    #[must_use]
    pub fn defines(&self, acl: &str) -> bool {
        self.0.at(acl).is_some()
    }

    /// Whether there is an ACL of a name, and it matches no request whatever: it stands there for the rules around it.
    #[must_use]
    pub fn never_matches(&self, acl: &str) -> bool {
        self.0.at(acl).is_some_and(|at| self.0.never_holds(at))
    }

    /// Clients that rules name: the first and the last of each network.
    pub fn clients(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let networks = self.0.acls.iter().filter_map(|acl| match &acl.kind {
            Kind::Clients(spans) => Some(spans),
            _ => None,
        });
        networks.flat_map(Spans::ends)
    }

    /// A request at the door; `None` for one that Squid answers with an error before it looks at a rule.
    #[must_use]
    pub fn passage(&self, request: &Request) -> Option<Passage<'_>> {
        Some(self.0.passage(Asked::of(request)?))
    }

    /// Whether an ACL matches a request; `None` when there is no such ACL.
    #[must_use]
    pub fn matches(&self, acl: &str, request: &Request) -> Option<bool> {
        self.0.at(acl)?;
        Some(self.passage(request).is_some_and(|mut passage| passage.matches(acl)))
    }

    /// Whether the line that allows a request asks for a user first.
    #[must_use]
    pub fn needs_auth(&self, request: &Request) -> bool {
        self.passage(request).is_some_and(|mut passage| passage.needs_auth())
    }

    /// The parents a request may go to, in the order of the file. None when it always goes direct.
    #[must_use]
    pub fn peers(&self, request: &Request) -> Vec<&str> {
        self.passage(request).map_or_else(Vec::new, |mut passage| passage.peers().map(|peer| &*peer.name).collect())
    }

    /// Whether a request may only go to parents.
    #[must_use]
    pub fn never_direct(&self, request: &Request) -> bool {
        self.passage(request).is_some_and(|mut passage| passage.never_direct())
    }

    /// Whether a request goes to no parent.
    #[must_use]
    pub fn always_direct(&self, request: &Request) -> bool {
        self.passage(request).is_some_and(|mut passage| passage.always_direct())
    }
}

impl Reader for Squid {
    fn allows(&self, request: &Request) -> bool {
        self.passage(request).is_some_and(|mut passage| passage.allows())
    }
}
