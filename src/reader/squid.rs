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

use super::text::Problems;
use super::{File, Problem, Reader, Request};
use request::Asked;
use rules::{Conf, Peer};

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

    /// Whether an ACL matches a request; `None` when there is no such ACL.
    #[must_use]
    pub fn matches(&self, acl: &str, request: &Request) -> Option<bool> {
        let at = self.0.at(acl)?;
        Some(Asked::of(request).is_some_and(|asked| self.0.run(&asked).holds(at)))
    }

    /// Whether the line that allows a request asks for a user first.
    #[must_use]
    pub fn needs_auth(&self, request: &Request) -> bool {
        let Some(asked) = Asked::of(request) else { return false };
        self.0.run(&asked).first(&self.0.access).is_some_and(|line| line.allow && self.0.asks_for_user(line))
    }

    /// The parents a request may go to, in the order of the file. None when it always goes direct.
    #[must_use]
    pub fn peers(&self, request: &Request) -> Vec<String> {
        self.open_peers(request).into_iter().map(|peer| peer.name.clone()).collect()
    }

    /// The same parents by their addresses, `host:port`.
    #[must_use]
    pub fn parents(&self, request: &Request) -> Vec<&str> {
        self.open_peers(request).into_iter().map(|peer| peer.address.as_str()).collect()
    }

    fn open_peers(&self, request: &Request) -> Vec<&Peer> {
        let Some(asked) = Asked::of(request) else { return Vec::new() };
        let mut run = self.0.run(&asked);
        if run.decide(&self.0.always_direct, false) {
            return Vec::new();
        }
        self.0.peers.iter().filter(|peer| run.decide(&peer.access, true)).collect()
    }

    /// Whether a request may only go to parents.
    #[must_use]
    pub fn never_direct(&self, request: &Request) -> bool {
        Asked::of(request).is_some_and(|asked| self.0.run(&asked).decide(&self.0.never_direct, false))
    }

    /// Whether a request goes to no parent.
    #[must_use]
    pub fn always_direct(&self, request: &Request) -> bool {
        Asked::of(request).is_some_and(|asked| self.0.run(&asked).decide(&self.0.always_direct, false))
    }
}

impl Reader for Squid {
    /// The first line that matches decides; behind the last stands `deny all`.
    fn allows(&self, request: &Request) -> bool {
        let Some(asked) = Asked::of(request) else { return false };
        self.0.run(&asked).first(&self.0.access).is_some_and(|line| line.allow)
    }
}
