//! What a comparison says: lines, each about one thing that differs.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::dest::{Host, Pattern, Ports};

/// Everything that differs between two sides.
#[derive(Debug, Default)]
pub struct Diff {
    /// What was compared, each with its lines; those without lines are the same.
    pub parts: Vec<Part>,
    /// What has to be known to read it.
    pub notes: Vec<String>,
    /// What is counted over all of it.
    pub counts: Vec<(&'static str, u128)>,
    /// How many hosts were asked about, when the answer holds for those alone.
    pub asked: Option<usize>,
}

/// One thing that both sides have, or one of them.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name: `proxy.pac`, `squid`, a service, a tag.
    pub name: String,
    /// What it is, for programs.
    pub kind: Kind,
    /// Where it differs.
    pub lines: Vec<Line>,
    /// What is counted: words and number.
    pub counts: Vec<(&'static str, u128)>,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What clients do: a PAC file.
    Clients,
    /// What a proxy lets through.
    Proxy,
    /// Hosts that a proxy lets through in another way than others: not inspected, not authenticated.
    Marks,
    /// Whom a proxy hands requests on to.
    Parents,
    /// Who opens connections past the proxy.
    Firewall,
    /// A list for people.
    List,
    /// The paths that a proxy lets through, of hosts of which it lets some through only.
    Paths,
    /// Files of which the meaning is not known.
    Text,
    /// A service of a catalog.
    Service,
    /// An endpoint set of Microsoft 365.
    Set,
    /// A service tag.
    Tag,
    /// Outputs that one side does not have, their zones, and the clients of those.
    Outputs,
    /// The proxies that a route leads to.
    Routes,
    /// What an output is configured with.
    Options,
}

/// Something that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What differs.
    pub subject: Subject,
    /// How: once for each of its ports.
    pub said: Vec<Said>,
    /// A host and port that shows it.
    pub witness: Option<String>,
    /// Patterns of which this line does not speak: nothing changes there but what a line about all hosts with one answer says.
    pub except: Vec<String>,
    /// What else is known of it.
    pub remarks: Vec<String>,
    /// The word that the publisher of the list has for such a change.
    pub impact: Option<&'static str>,
    /// Where it comes from.
    pub behind: Behind,
    /// Where it is written that the endpoints behind it are needed.
    pub sources: Vec<String>,
}

/// What a line is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Hosts of which the two sides decide otherwise.
    Decision(Where),
    /// Something else, by its name.
    Named(String),
}

/// How something differs at some ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The ports; empty where ports are not what it is about.
    pub ports: String,
    /// On the old side; empty: nothing.
    pub before: String,
    /// On the new side.
    pub after: String,
}

/// What decides, on either side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Behind {
    /// On the old side.
    pub old: Vec<String>,
    /// On the new side.
    pub new: Vec<String>,
}

/// Hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// Names that match a pattern.
    Names(String),
    /// Addresses of a network.
    Net(IpNet),
    /// Networks of service tags.
    Tagged(Vec<String>, Vec<IpNet>),
    /// Names that no pattern names.
    Rest,
    /// Addresses of a family that no network names.
    Every(IpNet),
    /// All three.
    Everything,
    /// Everything that had one answer.
    All(String),
    /// Everything that had one answer on the old side, in a step that comes after others.
    AllOfOld(String),
    /// A host that stands for something that is no pattern, in words.
    Besides(String),
}

impl Where {
    /// For people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Names(pattern) => pattern.clone(),
            Self::Net(net) => crate::dest::ip::show(net),
            Self::Tagged(tags, nets) if nets.len() == 1 => {
                let net = nets.first().map(crate::dest::ip::show).unwrap_or_default();
                format!("{net} of {}", tags.join(", "))
            }
            Self::Tagged(tags, nets) => format!("{} networks of {}", nets.len(), tags.join(", ")),
            Self::Rest => "every other name".to_owned(),
            Self::Every(net) => format!("every other address of {}", crate::dest::ip::show(net)),
            Self::Everything => "everything else".to_owned(),
            Self::All(answer) => format!("all that was `{answer}`"),
            Self::AllOfOld(answer) => format!("all that was `{answer}` on the old side"),
            Self::Besides(meaning) => meaning.clone(),
        }
    }
}

impl Line {
    /// A line about something that is no decision.
    #[must_use]
    pub fn named(name: &str, before: String, after: String) -> Self {
        Self::new(Subject::Named(name.to_owned()), vec![Said { ports: String::new(), before, after }])
    }

    /// A line of which no more is known.
    #[must_use]
    pub fn new(subject: Subject, said: Vec<Said>) -> Self {
        Self {
            subject,
            said,
            witness: None,
            except: Vec::new(),
            remarks: Vec::new(),
            impact: None,
            behind: Behind::default(),
            sources: Vec::new(),
        }
    }
}

/// A host of a pattern and one of its ports, the web's before others, as people ask for them.
#[must_use]
pub fn witness(pattern: &Pattern, ports: &Ports) -> Option<String> {
    let host = match pattern.sample()? {
        Host::Ip(IpAddr::V6(ip)) => format!("[{ip}]"),
        host => host.to_string(),
    };
    let web = [443, 80].into_iter().find(|port| ports.covers(Some(*port)));
    let port = web.or_else(|| ports.ranges().first().map(|range| range.first));
    Some(port.map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
}

impl Subject {
    /// For people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Decision(hosts) => hosts.words(),
            Self::Named(name) => name.clone(),
        }
    }
}

impl Said {
    /// Whether it says that nothing changes at these ports, where a line around it says that something does.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.before == self.after
    }
}

impl Part {
    /// How many of its lines say that something differs. One that keeps what a line around it changes does not.
    #[must_use]
    pub fn differences(&self) -> usize {
        self.lines.iter().filter(|line| !line.said.iter().all(Said::is_kept)).count()
    }
}

impl Diff {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.parts.iter().all(|part| part.differences() == 0)
    }
}
