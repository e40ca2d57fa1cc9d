//! The site: what one network wants, checked.
//!
//! In: `site.yaml`, the files it includes, its lists of hosts. Out: [`Site`], in which every route, zone and
//! destination is real. Never: the catalog (services are still names here), nor the targets (an output is still a node
//! that its target reads).

pub mod hosts_file;
pub mod load;
pub mod proxy;
pub mod raw;
pub mod validate;

use std::collections::BTreeMap;

use ipnet::IpNet;

use crate::catalog::Cloud;
use crate::dest::{Dest, Ports};
use crate::source::{FileId, Files, Span, Spanned};
pub use proxy::{Proxy, Scheme};
pub use raw::{OutputKeys, Prefer, RawOutput, Serve, Vantage};

/// Everything one network wants.
#[derive(Debug)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// The file.
    pub file: FileId,
    /// The cloud whose endpoints it selects.
    pub cloud: Cloud,
    /// Parameter -> values, with the place of the name.
    pub params: BTreeMap<String, (Span, Vec<Spanned<String>>)>,
    /// Its zones; at least one.
    pub zones: Vec<Zone>,
    /// Its routes: `direct`, `block`, then the named ones in the order written.
    pub routes: Vec<Route>,
    /// Its rules, those of included files last.
    pub rules: Vec<Rule>,
    /// Its outputs.
    pub outputs: Vec<RawOutput>,
    /// Findings that somebody answers for.
    pub waivers: Vec<raw::Waiver>,
    /// The templates its outputs name, by the place of the name.
    templates: BTreeMap<Span, FileId>,
    /// SHA-256 over the texts of all files it was read from.
    pub digest: String,
}

/// A route of a [`Site`], by its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteId(pub u16);

impl RouteId {
    /// Straight to the destination.
    pub const DIRECT: Self = Self(0);
    /// Refused.
    pub const BLOCK: Self = Self(1);
    /// Whether it is a named route.
    #[must_use]
    pub const fn is_named(self) -> bool {
        self.0 > 1
    }
}

/// Where traffic goes.
#[derive(Debug)]
pub struct Route {
    /// Its name.
    pub name: String,
    /// Its proxies in order; empty for `direct` and `block`.
    pub proxies: Vec<Spanned<Proxy>>,
    /// Whether clients go direct when every proxy is down.
    pub fallback_direct: bool,
    /// The place; none for the two built-in ones.
    pub span: Option<Span>,
}

/// A zone of a [`Site`], by its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZoneId(pub u16);

/// A group of clients that stand in one place.
#[derive(Debug)]
pub struct Zone {
    /// Its name; `None` for the one zone of a site without `zones`.
    pub name: Option<String>,
    /// Its client addresses; empty: all clients.
    pub sources: Vec<IpNet>,
    /// Where it stands.
    pub vantage: Vantage,
    /// Where clients send what no rule lists.
    pub default: RouteId,
    /// The place of the name of that route.
    pub default_span: Span,
}

impl Zone {
    /// Its name, `all` when it has none.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or("all")
    }
}

/// Gives a route to services or hosts.
#[derive(Debug)]
pub struct Rule {
    /// The route.
    pub route: RouteId,
    /// The zones it holds in.
    pub zones: Vec<ZoneId>,
    /// Which services, and what of them.
    pub selectors: Vec<raw::Selector>,
    /// What of their endpoints.
    pub filters: Filters,
    /// Destinations of its own.
    pub hosts: Vec<HostLine>,
    /// The ports of those.
    pub ports: Ports,
    /// Whether it beats specificity.
    pub is_final: bool,
    /// Who asked.
    pub who: Who,
    /// The place.
    pub span: Span,
}

/// A destination of a rule and its place.
#[derive(Debug, Clone)]
pub struct HostLine {
    /// The destination.
    pub dest: Dest,
    /// The place.
    pub span: Span,
    /// Its text; `None` for a line of a list, whose place holds it.
    pub text: Option<Box<str>>,
}

impl HostLine {
    /// What was written.
    #[must_use]
    pub fn text<'l>(&'l self, files: &'l Files) -> &'l str {
        self.text.as_deref().unwrap_or_else(|| files.text(self.span))
    }
}

/// What a rule takes of the endpoints of its services.
#[derive(Debug, Default)]
pub struct Filters {
    /// Only these categories.
    pub category: Vec<Spanned<String>>,
    /// Only required ones.
    pub required: Option<Spanned<bool>>,
    /// Only these ids or set numbers.
    pub ids: Vec<Spanned<String>>,
    /// Retired and legacy ones too.
    pub legacy: bool,
    /// Only these geographies.
    pub geography: Vec<Spanned<String>>,
    /// Tags instead of names.
    pub prefer_tags: bool,
}

/// Who asked for a rule; for people, never part of a decision.
#[derive(Debug, Default, Clone, serde::Serialize)]
pub struct Who {
    /// The ticket.
    pub ticket: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The last day it is meant to hold.
    pub until: Option<String>,
}

impl Site {
    /// The route of an id.
    #[must_use]
    pub fn route(&self, id: RouteId) -> &Route {
        // Ids are only made together with the list.
        self.routes.get(usize::from(id.0)).unwrap_or(&NO_ROUTE)
    }

    /// The route of a name.
    #[must_use]
    pub fn route_named(&self, name: &str) -> Option<RouteId> {
        let at = self.routes.iter().position(|route| route.name == name)?;
        u16::try_from(at).ok().map(RouteId)
    }

    /// The file of a template that an output names, when it could be read.
    #[must_use]
    pub fn template(&self, name: &Spanned<String>) -> Option<FileId> {
        self.templates.get(&name.span).copied()
    }

    /// The named routes.
    pub fn named_routes(&self) -> impl Iterator<Item = RouteId> + '_ {
        (2..self.routes.len()).filter_map(|at| u16::try_from(at).ok().map(RouteId))
    }

    /// The zone of an id.
    #[must_use]
    pub fn zone(&self, id: ZoneId) -> &Zone {
        self.zones.get(usize::from(id.0)).unwrap_or(&self.zones[0])
    }

    /// The zones.
    pub fn zone_ids(&self) -> impl Iterator<Item = ZoneId> + use<> {
        (0..self.zones.len()).filter_map(|at| u16::try_from(at).ok().map(ZoneId))
    }
}

static NO_ROUTE: Route = Route { name: String::new(), proxies: Vec::new(), fallback_direct: false, span: None };
