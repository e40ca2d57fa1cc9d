//! The catalog file, key by key: these types are its reader, its errors and its JSON Schema. `docs/catalog.md` says
//! the same in words.

use serde_json::{Value, json};

pub use super::day::{Day, days_since_1970};
use crate::dest::PortRange;
use crate::diag::Code;
use crate::read::record::{Context, Decode, OneOrMany, Scalar, Table};
use crate::read::yaml::{Kind, Node};
use crate::source::{Span, Spanned};
use crate::{record, words};

/// A text for people, in English and perhaps in Japanese.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: String,
    /// Japanese.
    pub ja: Option<String>,
    /// The place.
    pub span: Span,
}

record! {
    /// a text in several languages
    pub struct Languages {
        /// English.
        en: Spanned<String>,
        /// Japanese.
        ja: Option<Spanned<String>>,
    }
}

impl Decode for Text {
    fn decode(node: &Node, cx: &mut Context) -> Option<Self> {
        if matches!(node.kind, Kind::Scalar { .. }) {
            return Spanned::<String>::decode(node, cx).map(|t| Self { en: t.value, ja: None, span: t.span });
        }
        Languages::decode(node, cx).map(|l| Self { en: l.en.value, ja: l.ja.map(|t| t.value), span: node.span })
    }
    fn schema() -> Value {
        json!({"anyOf": [{"type": "string"}, Languages::schema()]})
    }
}

words! {
    /// Whether something still exists.
    pub enum Lifecycle {
        /// It does.
        Current = "current",
        /// The list it came from has it no more; it is kept until a day.
        Retiring = "retiring",
        /// It does, for old installations.
        Legacy = "legacy",
        /// It does not.
        Retired = "retired",
    }
}

impl Lifecycle {
    /// Whether it is selected without being asked for by its state.
    #[must_use]
    pub const fn is_alive(self) -> bool {
        matches!(self, Self::Current | Self::Retiring)
    }
}

words! {
    /// Who can carry an endpoint.
    pub enum Via {
        /// An HTTP proxy.
        Proxy = "proxy",
        /// Only a firewall, by address and port.
        Firewall = "firewall",
    }
}

words! {
    /// Which way a connection is opened.
    pub enum Direction {
        /// From the site to the service.
        Egress = "egress",
        /// From the service to the site: no output carries it.
        Inbound = "inbound",
    }
}

words! {
    /// Who talks, where it is not just any client.
    pub enum Speaker {
        /// A machine in Azure, with an Azure source address.
        Azure = "azure",
        /// A node of an AKS cluster.
        AksNode = "aks-node",
        /// A mail server.
        MailRelay = "mail-relay",
        /// A domain controller.
        DomainController = "domain-controller",
    }
}

impl Speaker {
    /// Whether its source address must be one of Azure's.
    #[must_use]
    pub const fn must_be_in_azure(self) -> bool {
        matches!(self, Self::Azure | Self::AksNode)
    }
}

words! {
    /// A cloud of Microsoft.
    pub enum Cloud {
        /// The public one.
        Public = "public",
        /// Azure Government, Microsoft 365 GCC High and DoD.
        Usgov = "usgov",
        /// Operated by 21Vianet.
        China = "china",
        /// Azure Germany, which has ended.
        Germany = "germany",
    }
}

words! {
    /// What a service's clients do with a PAC file.
    pub enum PacUse {
        /// They do not read it.
        Ignored = "ignored",
        /// They follow it.
        Followed = "followed",
    }
}

words! {
    /// What a service is for, to group them by.
    pub enum Area {
        /// Signing in, managing Azure.
        Identity = "identity",
        /// Office and its mail, files and calls.
        Productivity = "productivity",
        /// Windows, its licence and updates.
        Windows = "windows",
        /// Linux distributions.
        Linux = "linux",
        /// Logs and metrics.
        Monitoring = "monitoring",
        /// Defending machines and accounts.
        Security = "security",
        /// Kubernetes and containers.
        Containers = "containers",
        /// Machines outside Azure, managed from it.
        Hybrid = "hybrid",
        /// What the others rest on.
        Foundation = "foundation",
        /// One's own.
        Custom = "custom",
    }
}

record! {
    /// A catalog file: one service.
    pub struct RawService {
        /// The id: lower-case letters, digits, `-`; equal to the file's name.
        service: Spanned<String>,
        /// The name for people.
        title: Text,
        /// What it is for, in one sentence.
        purpose: Text,
        /// What it is for, in one word, to group services by; by default custom.
        area: Option<Spanned<Area>>,
        /// Services that have to be selected beside it.
        needs: Vec<Spanned<String>>,
        /// The day somebody last held the file against its sources.
        reviewed: Spanned<Day>,
        /// Whether the service still exists.
        status: Option<Spanned<Lifecycle>>,
        /// The day it was retired.
        since: Option<Spanned<Day>>,
        /// What replaced it.
        replaced_by: Option<Spanned<String>>,
        /// Links for people.
        docs: Vec<Spanned<String>>,
        /// Other ways to open it.
        methods: Option<Methods>,
        /// What its clients do with a PAC file.
        clients: Option<Clients>,
        /// The `${name}` of the file.
        params: Table<RawParam>,
        /// Alternatives, one at a time.
        variants: Table<RawVariant>,
        /// Additive features.
        groups: Table<RawGroup>,
        /// Categories of endpoints.
        categories: Table<RawCategory>,
        /// Short name -> citation.
        sources: Table<Spanned<String>>,
        /// Values that endpoints without their own take.
        defaults: Option<Defaults>,
        /// Endpoints of other services that belong to this one too.
        uses: Vec<RawUse>,
        /// Notes for people.
        constraints: Table<Text>,
        /// The rows.
        endpoints: Vec<RawEndpoint>,
    }
}

record! {
    /// Other ways to open a service.
    pub struct Methods {
        /// Service tags that name it.
        service_tags: Vec<Spanned<String>>,
        /// FQDN tags of Azure Firewall that name it.
        fqdn_tags: Vec<Spanned<String>>,
        /// How to reach it by private link.
        private_link: Option<Spanned<String>>,
        /// How to reach it by a service endpoint.
        service_endpoint: Option<Spanned<String>>,
        /// How to reach it by ExpressRoute.
        express_route: Option<Spanned<String>>,
    }
}

record! {
    /// What a service's clients do with a PAC file.
    pub struct Clients {
        /// `ignored` or `followed`.
        pac: Spanned<PacUse>,
        /// The setting they want instead.
        setting: Option<Text>,
    }
}

record! {
    /// A parameter.
    pub struct RawParam {
        /// What it is.
        about: Text,
        /// A value as it looks.
        example: Spanned<String>,
        /// Computed from another parameter.
        derive: Option<RawDerive>,
    }
}

record! {
    /// How a parameter follows from another.
    pub struct RawDerive {
        /// The other parameter.
        from: Spanned<String>,
        /// Its value -> this value.
        table: Table<Spanned<String>>,
    }
}

record! {
    /// A variant.
    pub struct RawVariant {
        /// What it is.
        about: Text,
        /// Whether it is taken when a site names none.
        default: Option<Spanned<bool>>,
    }
}

record! {
    /// A group.
    pub struct RawGroup {
        /// What it is.
        about: Text,
        /// Whether it is selected when a site names none.
        default: Option<Spanned<bool>>,
        /// What to use where `from` keeps it out.
        instead: Option<Text>,
        ..defaults: Defaults
    }
}

record! {
    /// A category.
    pub struct RawCategory {
        /// What it is.
        about: Text,
        ..defaults: Defaults
    }
}

record! {
    /// A reference to endpoints of another service.
    pub struct RawUse {
        /// The other service.
        service: Spanned<String>,
        /// Ids or set numbers.
        ids: Vec<Spanned<String>>,
        /// The group of this service they belong to.
        group: Option<Spanned<String>>,
    }
}

record! {
    /// Values of an endpoint that may also stand in `defaults`, a group or a category.
    pub struct Defaults {
        /// `https`, `http`, `tcp/N`, `udp/N`, `tcp/N-M`.
        ports: Option<Spanned<PortList>>,
        /// Who can carry it; by default a proxy for http and https, else the firewall.
        via: Option<Spanned<Via>>,
        /// Whether the service fails without it; by default true.
        required: Option<Spanned<bool>>,
        /// Short names of `sources`.
        source: Option<OneOrMany<Spanned<String>>>,
        /// Who talks.
        from: Option<Spanned<Speaker>>,
        /// The clouds it belongs to; by default public.
        cloud: Option<OneOrMany<Spanned<Cloud>>>,
        /// The variants it is in; by default all.
        variant: Option<OneOrMany<Spanned<String>>>,
        /// TLS inspection breaks it.
        no_inspect: Option<Spanned<bool>>,
        /// Proxy authentication breaks it.
        no_auth: Option<Spanned<bool>>,
        /// Outward or inward.
        direction: Option<Spanned<Direction>>,
        /// Whether it still exists.
        status: Option<Spanned<Lifecycle>>,
        /// A row of the article that started the catalog.
        seed: Option<Spanned<bool>>,
    }
}

record! {
    /// An endpoint: one destination.
    pub struct RawEndpoint {
        /// Unique in the file: letters, digits, `-`, `.`, `_`.
        id: Spanned<String>,
        /// The destination.
        dest: Option<Spanned<String>>,
        /// A service tag, instead of a destination.
        tag: Option<Spanned<String>>,
        /// The groups it is in.
        group: Option<OneOrMany<Spanned<String>>>,
        /// One of the categories.
        category: Option<Spanned<String>>,
        /// Endpoint sets of the Microsoft 365 web service.
        set: Option<OneOrMany<Spanned<u32>>>,
        /// The day it was retired.
        since: Option<Spanned<Day>>,
        /// The day until which a retiring one is kept.
        until: Option<Spanned<Day>>,
        /// The day from which it is live; it is opened before.
        effective: Option<Spanned<Day>>,
        /// What replaced it.
        replaced_by: Option<Spanned<String>>,
        /// What the sources disagree about.
        disputed: Option<Spanned<String>>,
        /// When it is needed.
        condition: Option<Spanned<String>>,
        /// The geographies it serves.
        geography: Option<OneOrMany<Spanned<String>>>,
        /// The names this tag says again.
        alternative_to: Option<Spanned<String>>,
        /// A remark.
        note: Option<Spanned<String>>,
        ..own: Defaults
    }
}

/// A list of ports, never empty.
#[derive(Debug, Clone)]
pub struct PortList(pub Vec<PortRange>);

impl Decode for Spanned<PortList> {
    fn decode(node: &Node, cx: &mut Context) -> Option<Self> {
        if matches!(&node.kind, Kind::List(items) if items.is_empty()) {
            cx.sink.push(Code::BadPort.at(node.span, "the list of ports is empty"));
            return None;
        }
        let ports = Vec::<Spanned<PortRange>>::decode(node, cx)?;
        // Those that could not be read have said so.
        if ports.is_empty() {
            return None;
        }
        Some(Self::new(PortList(ports.into_iter().map(|p| p.value).collect()), node.span))
    }
    fn schema() -> Value {
        json!({"type": "array", "minItems": 1, "items": PortRange::schema()})
    }
}
