//! What a build claims: who may go where by which route, as people wrote it, and how each output says it.
//!
//! In: [`Built`]. Out: [`Claims`]: what the proof holds the files against, and what the manifest keeps of it, so that
//! files on a disk can be proved again without the site. Never: normal forms, patterns and tables of the stages before.

mod long;
mod make;
mod positions;

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::catalog::Via;
use crate::catalog::raw::Speaker;
use crate::pipeline::Built;
use crate::source::Files;
use crate::target::fidelity::{Kind, Reason};
use crate::target::read_back::Clients;
use crate::target::read_back::Mark;
pub use positions::Positions;

/// The name of the route straight to the destination.
pub const DIRECT: &str = "direct";
/// The name of the route of what is refused.
pub const BLOCK: &str = "block";

/// What a build claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The zones of the site.
    pub zones: Vec<Zone>,
    /// The named routes.
    pub routes: Vec<Route>,
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// The outputs.
    pub outputs: Vec<Output>,
    /// The selected endpoints, each with one row an output.
    pub endpoints: Vec<Endpoint>,
    /// Whether the endpoints say how they are marked: manifests of older versions do not keep it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub marks: bool,
    /// Lines of rules that some output does not say exactly; the others are counted in `outputs`.
    pub lines: Vec<Line>,
}

/// A zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Its name; none when the site has no zones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The route of what no rule lists.
    pub default: String,
    /// Its client networks; none: all clients.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<IpNet>,
}

impl Zone {
    /// Its name, `all` when it has none.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or("all")
    }
}

/// A named route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Its name.
    pub name: String,
    /// Its proxies in order, as URLs.
    pub proxies: Vec<String>,
    /// Whether clients go direct when all are down.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fallback_direct: bool,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The name of its route.
    pub route: String,
    /// The labels of its zones.
    pub zones: Vec<String>,
    /// The ports of its own lines.
    pub ports: String,
    /// Whether it beats specificity.
    #[serde(default, rename = "final", skip_serializing_if = "std::ops::Not::not")]
    pub is_final: bool,
    /// How many lines of its own it has.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub total: usize,
    /// Those lines as written; left out of a manifest when there are too many: see [`Claims::take_long`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// An output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its identity: the place of its files.
    pub id: String,
    /// The name of its target.
    pub target: String,
    /// The labels of its zones.
    pub zones: Vec<String>,
    /// The named routes it serves.
    pub routes: Vec<String>,
    /// Whether it carries direct endpoints too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub serves_direct: bool,
    /// Whether it allows what no rule lists.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub include_default: bool,
    /// The options that change the meaning of its files.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reading: BTreeMap<String, String>,
    /// How many entries its files hold.
    pub entries: usize,
    /// How often each kind occurs among the endpoints.
    pub endpoints: BTreeMap<String, usize>,
    /// How often each kind occurs among the lines.
    pub lines: BTreeMap<String, usize>,
}

/// A selected endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// `service/id`, with its parameters when it has any.
    pub endpoint: String,
    /// Its destination: in normal form, or the name of a tag.
    pub destination: String,
    /// As the catalog writes it, parameters filled in, when that is not the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// Whether it is the name of a service tag.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tag: bool,
    /// The networks of the tag, as the import wrote them; left out as the lines of rules are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<String>,
    /// How many they are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub total: usize,
    /// Its ports.
    pub ports: String,
    /// Who can carry it.
    pub via: Via,
    /// Who talks; none: the clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Speaker>,
    /// What breaks it, and must be left undone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// Which rules give it to which zones; none: a parameter is missing, or no zone stands where it must.
    pub placed: Vec<Placed>,
    /// One row an output.
    pub said: Vec<Said>,
}

impl Endpoint {
    /// As people wrote it, parameters filled in.
    #[must_use]
    pub fn text(&self) -> &str {
        self.written.as_deref().unwrap_or(&self.destination)
    }
}

/// Where an endpoint is selected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// The rule, from 1.
    pub rule: usize,
    /// The labels of the zones.
    pub zones: Vec<String>,
}

/// How an output says an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The output.
    pub output: String,
    /// How.
    pub fidelity: Kind,
    /// Why not exactly.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// For `elsewhere`: the outputs that carry it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried_by: Vec<String>,
}

/// How an output says some lines of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The rule, from 1.
    pub rule: usize,
    /// The lines among those of the rule, from 1.
    pub at: Positions,
    /// The place of a line that is not said exactly; none when the row stands for many that others carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// How.
    #[serde(flatten)]
    pub said: Said,
}

impl Claims {
    /// What a build claims.
    #[must_use]
    pub fn of(built: &Built, files: &Files) -> Self {
        make::claims(built, files)
    }

    /// The clients of each zone.
    #[must_use]
    pub fn clients(&self) -> Vec<Clients> {
        self.zones.iter().map(|zone| Clients { name: zone.name.clone(), sources: zone.sources.clone() }).collect()
    }

    /// The named routes that rules or zones send something to.
    #[must_use]
    pub fn used_routes(&self) -> Vec<&Route> {
        let used: BTreeSet<&str> = self
            .rules
            .iter()
            .map(|rule| &rule.route)
            .chain(self.zones.iter().map(|zone| &zone.default))
            .map(String::as_str)
            .collect();
        self.routes.iter().filter(|route| used.contains(route.name.as_str())).collect()
    }

    /// How much there is to prove: entries, in every zone and output.
    #[must_use]
    pub fn size(&self) -> usize {
        let networks: usize = self.endpoints.iter().map(|endpoint| endpoint.networks.len()).sum();
        let hosts: usize = self.rules.iter().map(|rule| rule.hosts.len()).sum();
        let entries = self.endpoints.len() + self.rules.len() + networks + hosts;
        entries.saturating_mul(self.zones.len()).saturating_mul(self.outputs.len())
    }
}
