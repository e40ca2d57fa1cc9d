//! `site.yaml`, key by key: these types are its reader, its errors and its JSON Schema. `docs/site.md` says the same
//! in words.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde_json::{Value, json};

use super::HostLine;
use super::proxy::Proxy;
use crate::catalog::raw::{Cloud, Day, PortList};
use crate::dest::{Dest, ip};
use crate::diag::Bad;
use crate::read::record::{Context, Decode, OneOrMany, Record as _, Scalar, Table};
use crate::read::yaml::{Kind, Node};
use crate::source::{FileId, Span, Spanned};
use crate::{record, words};

words! {
    /// Where a zone stands.
    pub enum Vantage {
        /// In a building or data centre of one's own.
        OnPrem = "on-prem",
        /// In Azure, with source addresses of Azure.
        Azure = "azure",
        /// Some here, some there.
        Mixed = "mixed",
    }
}

words! {
    /// What clients do when every proxy of a route is down.
    pub enum Fallback {
        /// They go straight to the destination.
        Direct = "direct",
    }
}

words! {
    /// Which ways of saying a destination a rule takes.
    pub enum Prefer {
        /// Names, and service tags where a service has them.
        Tags = "tags",
        /// Names only.
        Names = "names",
    }
}

words! {
    /// Which endpoints a proxy output carries.
    pub enum Serve {
        /// Those that rules send to the routes it serves.
        Proxied = "proxied",
        /// The direct ones too, for clients that ignore the PAC.
        Selected = "selected",
    }
}

record! {
    /// A site: what one network wants.
    pub struct RawSite {
        /// The name of the site: letters, digits, `-`. Mandatory.
        site: Option<Spanned<String>>,
        /// The cloud whose endpoints are selected; by default public.
        cloud: Option<Spanned<Cloud>>,
        /// Files that share params, routes and rules between sites, relative to this one. Their rules come after the site's own.
        include: Vec<Spanned<String>>,
        /// Parameter -> one value or several.
        params: Table<OneOrMany<Spanned<String>>>,
        /// Groups of clients.
        zones: Table<RawZone>,
        /// Named lists of proxies.
        routes: Table<RawRoute>,
        /// What goes where.
        rules: Vec<RawRule>,
        /// Where clients send what no rule lists; never an allow entry.
        default: Option<Spanned<String>>,
        /// The files to write. Mandatory.
        outputs: Option<Vec<RawOutput>>,
        /// Findings of `check` that somebody answers for.
        waivers: Vec<Waiver>,
    }
}

record! {
    /// A waiver: a finding that somebody answers for.
    pub struct Waiver {
        /// The code of the finding.
        code: Spanned<String>,
        /// What it is about: the destination or service in the message; globs are allowed.
        r#for: Spanned<String>,
        /// Why it is all right.
        reason: Spanned<String>,
        /// The last day it holds.
        until: Spanned<Day>,
    }
}

record! {
    /// An included file: what several sites share.
    pub struct RawInclude {
        /// Parameter -> one value or several.
        params: Table<OneOrMany<Spanned<String>>>,
        /// Named lists of proxies.
        routes: Table<RawRoute>,
        /// What goes where.
        rules: Vec<RawRule>,
    }
}

record! {
    /// A zone: a group of clients that stand in one place.
    pub struct RawZone {
        /// Client networks; needed as soon as there are two zones.
        sources: Vec<Spanned<Net>>,
        /// Where it stands; by default mixed.
        vantage: Option<Spanned<Vantage>>,
        /// The zone's own default route.
        default: Option<Spanned<String>>,
    }
}

record! {
    /// A route: a list of proxies.
    pub struct RawRoute {
        /// Its proxies in order.
        proxies: Vec<Spanned<Proxy>>,
        /// What clients do when all are down; by default they fail.
        fallback: Option<Spanned<Fallback>>,
    }
}

record! {
    /// A rule: gives a route to services or hosts.
    pub struct RawRule {
        /// `direct`, `block` or a named route.
        route: Spanned<String>,
        /// Services of the catalog; globs are allowed.
        services: Vec<Selector>,
        /// Destinations of one's own; every port, unless `ports` says which.
        hosts: Vec<Spanned<HostText>>,
        /// Lists of destinations, one a line, relative to this file.
        hosts_file: Option<OneOrMany<Spanned<String>>>,
        /// The ports of `hosts` and `hosts_file`.
        ports: Option<Spanned<PortList>>,
        /// Only endpoints of these categories.
        category: Option<OneOrMany<Spanned<String>>>,
        /// Only required endpoints (true) or only optional ones (false).
        required: Option<Spanned<bool>>,
        /// Only these endpoint ids or set numbers.
        ids: Option<OneOrMany<Spanned<String>>>,
        /// Retired and legacy endpoints too.
        legacy: Option<Spanned<bool>>,
        /// Only endpoints of these geographies.
        geography: Option<OneOrMany<Spanned<String>>>,
        /// `tags`: the service tags too, where a service has them.
        prefer: Option<Spanned<Prefer>>,
        /// The zones it holds in; by default all.
        zones: Option<OneOrMany<Spanned<String>>>,
        /// Whether it beats more specific destinations of other rules.
        r#final: Option<Spanned<bool>>,
        /// The ticket that asked for it.
        ticket: Option<Spanned<String>>,
        /// Who answers for it.
        owner: Option<Spanned<String>>,
        /// Why.
        reason: Option<Spanned<String>>,
        /// The last day it is meant to hold.
        until: Option<Spanned<Day>>,
    }
}

/// A destination, and its text: its place in the file may hold an alias, or a text with escapes.
#[derive(Debug, Clone)]
pub struct HostText {
    /// What it means.
    pub dest: Dest,
    /// What YAML made of what was written.
    pub text: Box<str>,
}

impl Scalar for HostText {
    fn parse(text: &str) -> Result<Self, Bad> {
        Ok(Self { dest: Dest::parse(text)?, text: text.into() })
    }
    fn schema() -> Value {
        Dest::schema()
    }
}

/// A network of clients.
#[derive(Debug, Clone, Copy)]
pub struct Net(pub IpNet);

impl Scalar for Net {
    fn parse(text: &str) -> Result<Self, Bad> {
        ip::parse_net(text).map(Self)
    }
}

/// Which groups of a service.
#[derive(Debug, Clone)]
pub enum Groups {
    /// Every one but `tags`.
    All,
    /// These.
    Named(Vec<Spanned<String>>),
}

impl Decode for Groups {
    fn decode(node: &Node, cx: &mut Context) -> Option<Self> {
        let names = OneOrMany::<Spanned<String>>::decode(node, cx)?.0;
        Some(if names.iter().any(|n| n.value == "all") { Self::All } else { Self::Named(names) })
    }
    fn schema() -> Value {
        OneOrMany::<Spanned<String>>::schema()
    }
}

record! {
    /// What of a service.
    pub struct Parts {
        /// The variant, instead of the default one.
        variant: Option<Spanned<String>>,
        /// The groups, instead of the default ones; `all` for every one.
        groups: Option<Groups>,
    }
}

/// Services, by name or glob, and what of them.
#[derive(Debug, Clone)]
pub struct Selector {
    /// The name or glob.
    pub service: Spanned<String>,
    /// The variant.
    pub variant: Option<Spanned<String>>,
    /// The groups.
    pub groups: Option<Groups>,
}

impl Decode for Selector {
    fn decode(node: &Node, cx: &mut Context) -> Option<Self> {
        if matches!(node.kind, Kind::Scalar { .. }) {
            let service = Spanned::<String>::decode(node, cx)?;
            return Some(Self { service, variant: None, groups: None });
        }
        let entries = cx.map(node, "service: variant, or service: {variant, groups}")?;
        let [(name, value)] = entries else {
            let message = "one service an item: `{name: variant}` or `{name: {groups: [...]}}`";
            cx.sink.push(crate::diag::Code::WrongType.at(node.span, message));
            return None;
        };
        let service = name.clone();
        if matches!(value.kind, Kind::Scalar { .. }) {
            let variant = Spanned::<String>::decode(value, cx)?;
            return Some(Self { service, variant: Some(variant), groups: None });
        }
        let parts = Parts::decode(value, cx)?;
        Some(Self { service, variant: parts.variant, groups: parts.groups })
    }
    fn schema() -> Value {
        let value = json!({"anyOf": [{"type": "string"}, Parts::schema()]});
        json!({"anyOf": [
            {"type": "string"},
            {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": value},
        ]})
    }
}

record! {
    /// An output: the files of one target.
    pub struct OutputKeys {
        /// The format: `pacwright list targets` shows them.
        target: Spanned<String>,
        /// The file, below the output folder.
        file: Option<Spanned<String>>,
        /// The folder, below the output folder.
        dir: Option<Spanned<String>>,
        /// The zones it is for; a PAC is for one.
        zones: Option<OneOrMany<Spanned<String>>>,
        /// The routes it serves; by default every named one.
        routes: Option<OneOrMany<Spanned<String>>>,
        /// Whether direct endpoints are carried too.
        serve: Option<Spanned<Serve>>,
        /// Whether what no rule lists is allowed too, when the default route is served.
        include_default: Option<Spanned<bool>>,
    }
}

/// An output: the keys that all have, and the whole node for its target.
#[derive(Debug, Clone)]
pub struct RawOutput {
    /// The common keys.
    pub keys: OutputKeys,
    /// Everything.
    pub node: Node,
    /// The place.
    pub span: Span,
}

impl Decode for RawOutput {
    fn decode(node: &Node, cx: &mut Context) -> Option<Self> {
        let entries = cx.map(node, "target: …")?;
        let keys = OutputKeys::fields(entries, node.span, cx)?;
        Some(Self { keys, node: node.clone(), span: node.span })
    }
    fn schema() -> Value {
        let (properties, required) = OutputKeys::properties();
        json!({"type": "object", "properties": properties, "required": required})
    }
}

/// What all files of a site say, before it is checked.
#[derive(Debug)]
pub struct Written {
    /// The site.
    pub site: RawSite,
    /// The keys that stand in it, whether they could be read or not.
    pub keys: BTreeSet<String>,
    /// What it includes.
    pub includes: Vec<RawInclude>,
    /// The rules of the site, then those of the includes, each with the lines of its lists.
    pub rules: Vec<(RawRule, Vec<HostLine>)>,
    /// The templates that outputs name, by the place of the name.
    pub templates: BTreeMap<Span, FileId>,
}
