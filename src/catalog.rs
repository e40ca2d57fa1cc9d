//! The catalog: what each service needs, checked.
//!
//! In: the embedded YAML files, overlaid by a folder. Out: [`Catalog`], in which every reference leads somewhere and
//! every endpoint carries its defaults. Never: the site, parameters' values, routes.

mod day;
mod embedded;
pub mod load;
pub mod raw;
pub mod tags;
mod validate;
pub mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};

use crate::dest::Ports;
use crate::source::{Span, Spanned};
pub use raw::{Area, Cloud, Direction, Lifecycle, Speaker, Text, Via};
pub use tags::Tags;
pub use vocabulary::Vocabulary;

/// All services, by id.
#[derive(Debug, Default)]
pub struct Catalog {
    /// The services, sorted by id.
    pub services: BTreeMap<String, Service>,
    /// Services whose files could not be read; that was reported.
    pub broken: BTreeSet<String>,
    /// Services of which the file lies in the overlay folder.
    pub laid_over: BTreeSet<String>,
    /// Tags, regions, suffixes: what several services speak of.
    pub vocabulary: Vocabulary,
    /// The networks of service tags.
    pub tags: Tags,
    /// SHA-256 over the names and bytes of all files.
    pub digest: String,
}

/// One thing a network team is asked to allow.
#[derive(Debug)]
pub struct Service {
    /// Its id.
    pub id: String,
    /// The file.
    pub span: Span,
    /// Its name for people.
    pub title: Text,
    /// What it is for.
    pub purpose: Text,
    /// What it is for, in one word.
    pub area: Area,
    /// Services that have to be selected beside it, with the place that says so.
    pub needs: Vec<Spanned<String>>,
    /// The day somebody last held the file against its sources.
    pub reviewed: String,
    /// Whether it still exists.
    pub status: Lifecycle,
    /// Since when it does not.
    pub since: Option<String>,
    /// What replaced it.
    pub replaced_by: Option<String>,
    /// Links for people.
    pub docs: Vec<String>,
    /// Other ways to open it.
    pub methods: Option<raw::Methods>,
    /// What its clients do with a PAC file.
    pub clients: Option<raw::Clients>,
    /// Its parameters.
    pub params: BTreeMap<String, Param>,
    /// Its variants, the default one first.
    pub variants: Vec<(String, Text)>,
    /// Its groups.
    pub groups: BTreeMap<String, Group>,
    /// Its categories.
    pub categories: BTreeMap<String, Text>,
    /// Its citations by short name.
    pub sources: BTreeMap<String, String>,
    /// Endpoints of other services that belong to it.
    pub uses: Vec<Use>,
    /// Notes for people.
    pub constraints: Vec<(String, Text)>,
    /// Its endpoints, in the order of the file.
    pub endpoints: Vec<Endpoint>,
}

/// A parameter of a service.
#[derive(Debug)]
pub struct Param {
    /// What it is.
    pub about: Text,
    /// A value as it looks.
    pub example: String,
    /// Computed from another parameter by a table.
    pub derive: Option<Derive>,
}

/// How a parameter follows from another.
#[derive(Debug)]
pub struct Derive {
    /// The other parameter.
    pub from: String,
    /// Its value -> this value.
    pub table: BTreeMap<String, String>,
}

/// An additive feature of a service.
#[derive(Debug)]
pub struct Group {
    /// What it is.
    pub about: Text,
    /// Whether it is selected when a site names none.
    pub default: bool,
    /// What to use where `from` keeps it out.
    pub instead: Option<Text>,
}

/// A reference to endpoints of another service.
#[derive(Debug)]
pub struct Use {
    /// The other service.
    pub service: String,
    /// Ids or set numbers.
    pub ids: Vec<String>,
    /// The group of this service they belong to; none: always.
    pub group: Option<String>,
    /// The place.
    pub span: Span,
}

/// One destination of a service.
#[derive(Debug)]
pub struct Endpoint {
    /// Its id, unique in the service.
    pub id: String,
    /// The row.
    pub span: Span,
    /// Where it leads.
    pub what: What,
    /// Its ports.
    pub ports: Ports,
    /// Who can carry it.
    pub via: Via,
    /// The groups it is in; none: always selected.
    pub groups: Vec<String>,
    /// The variants it is in; none: all.
    pub variants: Vec<String>,
    /// Its category.
    pub category: Option<String>,
    /// Whether the service fails without it.
    pub required: bool,
    /// Endpoint sets of the Microsoft 365 web service.
    pub sets: Vec<u32>,
    /// The clouds it belongs to.
    pub clouds: Vec<Cloud>,
    /// Who talks.
    pub from: Option<Speaker>,
    /// Outward or inward.
    pub direction: Direction,
    /// Whether it still exists.
    pub status: Lifecycle,
    /// Since when it does not.
    pub since: Option<String>,
    /// The day until which a retiring one is kept.
    pub until: Option<String>,
    /// The day from which it is live; it is opened before.
    pub effective: Option<String>,
    /// What replaced it.
    pub replaced_by: Option<String>,
    /// A row of the article that started the catalog.
    pub seed: bool,
    /// What the sources disagree about.
    pub disputed: Option<String>,
    /// When it is needed.
    pub condition: Option<String>,
    /// The geographies it serves; none: all.
    pub geography: Vec<String>,
    /// TLS inspection breaks it.
    pub no_inspect: bool,
    /// Proxy authentication breaks it.
    pub no_auth: bool,
    /// The names this tag says again.
    pub alternative_to: Option<String>,
    /// Short names of its citations.
    pub sources: Vec<String>,
    /// A remark.
    pub note: Option<String>,
}

/// Where an endpoint leads, perhaps with parameters in it.
#[derive(Debug, Clone)]
pub enum What {
    /// A destination.
    Dest(Template),
    /// A service tag.
    Tag(Template),
}

impl What {
    /// The text with its parameters.
    #[must_use]
    pub const fn template(&self) -> &Template {
        match self {
            Self::Dest(template) | Self::Tag(template) => template,
        }
    }
}

/// A text with `${name}` in it.
#[derive(Debug, Clone)]
pub struct Template {
    /// The text as written.
    pub text: Spanned<String>,
    /// The names in it, each once.
    pub params: Vec<String>,
}

impl Template {
    /// The text with the parameters filled in; a parameter without a value stays as it is.
    #[must_use]
    pub fn fill<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> String {
        let mut out = self.text.value.clone();
        for name in &self.params {
            if let Some(value) = value(name) {
                out = out.replace(&format!("${{{name}}}"), value);
            }
        }
        out
    }
}

/// The group of service tags that say again what a service's names say.
pub const TAGS: &str = "tags";
