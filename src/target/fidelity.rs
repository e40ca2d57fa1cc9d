//! How an output says an endpoint, and why not exactly. A loss is a value that nobody can drop.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How an output says an endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fidelity {
    /// Why not exactly; empty: exactly.
    pub reasons: Vec<Reason>,
}

/// The word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It is said exactly.
    Exact,
    /// Another output rightly carries it.
    Elsewhere,
    /// Less than it is allowed.
    Narrowed,
    /// More than it is allowed; what is both counts as this.
    Widened,
    /// It is not said at all.
    Dropped,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Exact, Self::Widened, Self::Narrowed, Self::Dropped, Self::Elsewhere];
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Elsewhere => "elsewhere",
            Self::Widened => "widened",
            Self::Narrowed => "narrowed",
            Self::Dropped => "dropped",
        }
    }
    /// Whether `--strict` fails on it.
    #[must_use]
    pub const fn is_loss(self) -> bool {
        matches!(self, Self::Widened | Self::Narrowed | Self::Dropped)
    }
}

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $variant:ident $id:literal $kind:ident $text:literal $verified:literal)*) => {
        /// Why an output does not say an endpoint exactly.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason { $($(#[doc = $doc])* $variant,)* }

        impl Reason {
            /// Every reason, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// Its stable id.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }
            /// What it makes of the endpoint.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)* }
            }
            /// Whether files may say less than the policy of what has it: a loss, or left out on purpose by a list
            /// that says everything else.
            #[must_use]
            pub const fn says_less(self) -> bool {
                matches!(self.kind(), Kind::Narrowed | Kind::Dropped) || matches!(self, Self::UdpTwin | Self::StaysInside)
            }
            /// The sentence for a network engineer.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
            /// The day this was last checked against the product or its documentation; empty for our own choices.
            #[must_use]
            pub const fn verified(self) -> &'static str {
                match self { $(Self::$variant => $verified,)* }
            }
        }
    };
}

reasons! {
    /// Zscaler's leading dot includes the domain itself.
    WildcardTakesApex "wildcard-takes-apex" Widened "a leading dot matches the domain itself too" "2026-11-24"
    /// Zscaler's leading dot ends at five levels.
    AtMostFiveLevels "at-most-five-levels" Narrowed "a leading dot matches at most five levels below the domain" "2026-11-24"
    /// A star inside a label.
    GlobAsDomain "glob-as-domain" Widened "a star inside a label cannot be said; the whole domain right of it is allowed" "2026-11-24"
    /// Proxies see the host of an https URL only.
    PathNotSeen "path-not-seen" Widened "the path of a URL is not seen; the whole host is allowed on these ports" "2026-11-24"
    /// `ports: web`.
    PortsWeb "ports-web" Widened "`ports: web` treats 80 and 443 of a listed host alike" ""
    /// `ports: ignore`.
    PortsIgnored "ports-ignored" Widened "`ports: ignore` sends every port of a listed host the same way" ""
    /// Zscaler's destination groups hold IPv4 only.
    Ipv4Only "ipv4-only" Dropped "IP destination groups hold IPv4 only" "2026-11-24"
    /// Zscaler's rule on underscores, lengths and top-level domains.
    NameRefused "name-refused" Dropped "one bad line rejects the whole upload, and this name would be one (underscore, length or top-level domain)" "2026-11-24"
    /// `0.0.0.0` and `::` in Squid.
    UnspecifiedNotSayable "unspecified-not-sayable" Dropped "Squid takes 0.0.0.0 and :: for names that no list of addresses matches" "2026-11-24"
    /// A network that holds one of them.
    UnspecifiedLeftOut "unspecified-left-out" Narrowed "Squid takes the network's address 0.0.0.0 or :: for a name that no list of addresses matches" "2026-11-24"
    /// Something refused that holds one of them, beside a default that is allowed.
    UnspecifiedStaysAllowed "unspecified-stays-allowed" Widened "Squid takes 0.0.0.0 and :: for names: of what it refuses, these two stay allowed, as everything that no rule lists" "2026-11-24"
    /// Something refused that no exception can say.
    RefusalNotSayable "refusal-not-sayable" Widened "the names it refuses stay allowed by a wider line: no exception can say them" ""
    /// Names without a dot need no firewall.
    StaysInside "stays-inside" Elsewhere "names without a dot are resolved inside: no firewall has to open anything for them" ""
    /// Names without a dot.
    PlainNotSayable "plain-not-sayable" Dropped "names without a dot cannot be said here" "2026-11-24"
    /// Something refused below it, which had to take more with it.
    BelowException "below-exception" Narrowed "the exceptions are evaluated first and take this name with them" ""
    /// The exception would take more than what is refused.
    ExceptionTooWide "exception-too-wide" Narrowed "an exception below it can only be said wider than it is" ""
    /// The exception cannot be said.
    ExceptionNotSayable "exception-not-sayable" Widened "an exception below it cannot be said" ""
    /// Zones of one output with other rules.
    ZonesShareList "zones-share-list" Widened "the lists do not tell zones apart: clients of another zone, whose rules do not allow it, may use it too" ""
    /// A constraint list that covers more than is marked.
    ListTakesMore "list-takes-more" Widened "its do-not-decrypt or no-authentication line takes names that are not marked: the domain itself, or some below it" ""
    /// A marked address, where the constraint lists hold names.
    MarkOfAddress "mark-of-address" Narrowed "the do-not-decrypt and no-authentication lists hold names: connections to these addresses are inspected and authenticated" ""
    /// Site parameters that are not set.
    ParameterUnset "parameter-unset" Dropped "the site does not set a parameter it needs" ""
    /// The zone does not stand in Azure.
    WrongVantage "wrong-vantage" Dropped "its source must be in Azure, and the zone is not" ""
    /// Some networks of a tag cannot be said.
    TagInPart "tag-in-part" Narrowed "not every network of the service tag can be said here" ""
    /// No addresses are known for a tag.
    TagByNameOnly "tag-by-name-only" Narrowed "firewall.csv names the service tag; its addresses are not in the catalog, so pacwright.nft lacks them" ""
    /// No output of this build carries it.
    NoOtherOutput "no-other-output" Dropped "no output of this build carries it" ""
    /// Not HTTP.
    NotByProxy "not-by-proxy" Elsewhere "no HTTP proxy can carry it: the firewall list does" ""
    /// A direct route in a proxy.
    GoesDirect "goes-direct" Elsewhere "clients reach it directly, not through this proxy" ""
    /// A route of other proxies.
    OtherRoute "other-route" Elsewhere "another route serves it" ""
    /// A zone of another output.
    OtherZone "other-zone" Elsewhere "no zone of this output selects it" ""
    /// A udp/443 twin whose name goes through a proxy in some zones.
    UdpTwinInZones "udp-twin-in-zones" Narrowed "left out in zones where the TCP name goes to a proxy: their clients do not use QUIC" ""
    /// A udp/443 twin whose name goes through a proxy.
    UdpTwin "udp-twin" Elsewhere "clients that use a proxy do not use QUIC, and the TCP name goes to one" ""
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let id = <std::borrow::Cow<str>>::deserialize(from)?;
        let found = Self::ALL.iter().copied().find(|reason| reason.id() == id);
        found.ok_or_else(|| serde::de::Error::custom(format!("`{id}` is no reason this version knows")))
    }
}

impl Fidelity {
    /// Exactly.
    #[must_use]
    pub const fn exact() -> Self {
        Self { reasons: Vec::new() }
    }

    /// With one reason.
    #[must_use]
    pub fn because(reason: Reason) -> Self {
        Self { reasons: vec![reason] }
    }

    /// The word: the gravest kind among the reasons.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.reasons.iter().map(|r| r.kind()).max().unwrap_or(Kind::Exact)
    }

    /// Adds a reason, once.
    pub fn add(&mut self, reason: Reason) {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
            self.reasons.sort_unstable();
        }
    }

    /// What two zones of one output say of the same endpoint: a zone that carries it outweighs one that leaves it to
    /// others.
    #[must_use]
    pub fn across_zones(mut self, other: Self) -> Self {
        match (self.kind(), other.kind()) {
            (Kind::Elsewhere, Kind::Elsewhere) => {}
            (Kind::Elsewhere, _) => return other,
            (_, Kind::Elsewhere) => return self,
            _ => {}
        }
        for reason in other.reasons {
            self.add(reason);
        }
        self
    }
}
