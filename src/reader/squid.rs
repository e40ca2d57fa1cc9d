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

use super::text::Problems;
use super::{File, Problem, Reader, Request};
use request::Asked;
use rules::{Conf, Peer, Run};

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

    /// A request at the door; `None` for one that Squid answers with an error before it looks at a rule.
    #[must_use]
    pub fn passage(&self, request: &Request) -> Option<Passage<'_>> {
        Some(Passage { conf: &self.0, run: self.0.run(Asked::of(request)?) })
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

/// A request on its way through the rules; whatever is asked of it, each ACL is looked at once.
#[derive(Debug)]
pub struct Passage<'a> {
    conf: &'a Conf,
    run: Run<'a>,
}

impl<'a> Passage<'a> {
    /// The request of another client, or at another port, to the same host.
    pub fn turn_to(&mut self, client: Option<IpAddr>, port: Option<u16>) {
        self.run.turn_to(client, port);
    }

    /// Whether it is let through: the first line that matches decides; behind the last stands `deny all`.
    pub fn allows(&mut self) -> bool {
        self.run.first(&self.conf.access).is_some_and(|line| line.allow)
    }

    /// Whether an ACL matches it.
    pub fn matches(&mut self, acl: &str) -> bool {
        self.conf.at(acl).is_some_and(|at| self.run.holds(at))
    }

    /// Whether the line that allows it asks for a user first.
    pub fn needs_auth(&mut self) -> bool {
        self.run.first(&self.conf.access).is_some_and(|line| line.allow && self.conf.asks_for_user(line))
    }

    /// The addresses, `host:port`, of the parents it may go to, in the order of the file. None when it always goes direct.
    pub fn parents(&mut self) -> Vec<&'a str> {
        self.peers().map(|peer| &*peer.address).collect()
    }

    fn peers(&mut self) -> impl Iterator<Item = &'a Peer> {
        let direct = self.always_direct();
        let run = &mut self.run;
        self.conf.peers.iter().filter(move |peer| !direct && run.decide(&peer.access, true))
    }

    /// Whether it may only go to parents.
    pub fn never_direct(&mut self) -> bool {
        self.run.decide(&self.conf.never_direct, false)
    }

    /// Whether it goes to no parent.
    pub fn always_direct(&mut self) -> bool {
        self.run.decide(&self.conf.always_direct, false)
    }
}
