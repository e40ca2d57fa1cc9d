//! What the files of an output say when they are read back by their formats' readers.
//!
//! A target that can be read back gives a function from [`Reading`] to [`Back`]s. It sees what the manifest keeps of the
//! output, not the output itself: files on a disk are read the same way as files of a build.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::{IpAdd as _, IpNet, IpSub as _};
use serde::{Deserialize, Serialize};

use crate::reader::File;
use crate::reader::net::Protocol;

pub use crate::reader::Problem;

/// What a reader is told about the files it reads.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The files; paths below the place of the output.
    pub files: &'a [File<'a>],
    /// The options that change the meaning of the files: what the target put into [`super::Emit::reading`].
    pub options: &'a BTreeMap<String, String>,
    /// All zones of the site, in order.
    pub zones: &'a [Clients],
    /// What is asked besides what the files decide.
    pub besides: Besides,
}

/// What is asked besides what files decide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Besides {
    /// How hosts are marked.
    pub marks: bool,
    /// Which of several lists a host is in, where any of them lets it through.
    pub lists: bool,
    /// Everything else that they say: of which hosts some paths only are listed, and what columns for people say.
    pub rest: bool,
}

/// The clients of a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clients {
    /// The name of the zone; none when the site has no zones.
    pub name: Option<String>,
    /// The networks they come from; none: from anywhere.
    pub sources: Vec<IpNet>,
}

impl Clients {
    /// Its name, `all` when it has none.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or("all")
    }

    /// Clients at which a network that is too small would show: the first and the last of each.
    #[must_use]
    pub fn witnesses(&self) -> Vec<IpAddr> {
        self.sources.iter().flat_map(|net| [net.network(), net.broadcast()]).collect()
    }
}

/// Clients of no zone at which a network that is too large would show: those beside the networks, and those that the files name.
#[must_use]
pub fn strangers(zones: &[Clients], named: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let beside = |net: &IpNet| [before(net.network()), behind(net.broadcast())];
    let nets = || zones.iter().flat_map(|zone| &zone.sources);
    if zones.iter().any(|zone| zone.sources.is_empty()) {
        return Vec::new();
    }
    let named: BTreeSet<IpAddr> = named.collect();
    let all = nets().flat_map(beside).chain(named);
    all.filter(|ip: &IpAddr| !nets().any(|net| net.contains(ip))).collect()
}

/// Clients that files name within each of some zones, and those beside them, when they are others than the first and last of its
/// networks: rules may tell them from the rest of their zone.
#[must_use]
pub fn named_within(zones: &[Clients], named: impl Iterator<Item = IpAddr>) -> Vec<Vec<IpAddr>> {
    let named: BTreeSet<IpAddr> = named.collect();
    let of = |zone: &Clients| {
        let own = zone.witnesses();
        let is_within = |ip: &IpAddr| zone.sources.iter().any(|net| net.contains(ip));
        let others = named.iter().filter(|ip| is_within(ip) && !own.contains(ip));
        let all: BTreeSet<IpAddr> = others
            .flat_map(|ip| [before(*ip), *ip, behind(*ip)])
            .filter(|ip| is_within(ip) && !own.contains(ip))
            .collect();
        all.into_iter().take(MOST_NAMED).collect()
    };
    zones.iter().map(of).collect()
}

/// The address before one; itself, when it is the first.
fn before(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => ip.saturating_sub(1).into(),
        IpAddr::V6(ip) => ip.saturating_sub(1).into(),
    }
}

/// The address behind one; itself, when it is the last.
fn behind(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => ip.saturating_add(1).into(),
        IpAddr::V6(ip) => ip.saturating_add(1).into(),
    }
}

/// Most clients within a zone that are asked for.
const MOST_NAMED: usize = 100;

/// Whose turn it is of a list, question by question: each is asked about, and no question costs more.
#[derive(Debug, Default)]
pub struct Turn(usize);

impl Turn {
    /// The one whose turn it is.
    pub fn of<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        let round = self.0.checked_div(list.len())?;
        // Every round begins one further on: questions come in rows of equal length, and no one is to meet always the same.
        let at = (self.0 + round) % list.len();
        self.0 += 1;
        list.get(at).copied()
    }
}

/// A question put to the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question<'a> {
    /// The zone, by its position.
    pub zone: usize,
    /// What is asked about.
    pub what: What<'a>,
    /// What is spoken.
    pub protocol: Protocol,
    /// The port; `None` for a scheme whose port is not known.
    pub port: Option<u16>,
}

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What<'a> {
    /// A host as a client writes it.
    Host(&'a str),
    /// The addresses of a service tag, by its name.
    Tag(&'a str),
}

/// What a product must leave undone for a host, as it breaks it otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// TLS inspection.
    NoInspect,
    /// Proxy authentication.
    NoAuth,
}

impl Mark {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::NoInspect, Self::NoAuth];

    /// The word of the tables for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoInspect => "no-inspect",
            Self::NoAuth => "no-auth",
        }
    }

    /// What is done with a host that has it.
    #[must_use]
    pub const fn done(self) -> &'static str {
        match self {
            Self::NoInspect => "not inspected",
            Self::NoAuth => "not authenticated",
        }
    }

    /// What is done with a host that has it not.
    #[must_use]
    pub const fn else_done(self) -> &'static str {
        match self {
            Self::NoInspect => "inspected",
            Self::NoAuth => "authenticated",
        }
    }
}

/// What files say to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A route, in the words of the format.
    Route(String),
    /// It is let through.
    Allowed,
    /// It is not.
    Refused,
    /// The rows that speak of it, each in a word or two, or the lists that hold it; sorted.
    Rows(Vec<String>),
    /// Whether a list of marked hosts holds it.
    Marked(Mark, bool),
    /// Who may open the connection.
    Openers(BTreeSet<String>),
}

impl Verdict {
    /// For messages.
    #[must_use]
    pub fn words(&self) -> String {
        let list = |words: Vec<&str>| if words.is_empty() { "nothing".to_owned() } else { words.join(", ") };
        match self {
            Self::Route(text) => text.clone(),
            Self::Allowed => "allowed".to_owned(),
            Self::Refused => "refused".to_owned(),
            Self::Marked(mark, true) => mark.done().to_owned(),
            Self::Marked(mark, false) => mark.else_done().to_owned(),
            Self::Rows(rows) => list(rows.iter().map(String::as_str).collect()),
            Self::Openers(who) if who.is_empty() => "nobody opens it".to_owned(),
            Self::Openers(who) => list(who.iter().map(String::as_str).collect()),
        }
    }
}

/// What a format looks at, and how it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looks {
    /// The URL: host, port, and schemes whose port is not known. It answers with a route; what is blocked goes to the
    /// named route, when there is one.
    AtUrls {
        /// The route that blocked traffic is handed to.
        block: Option<String>,
        /// Whether it may treat the ports of the web otherwise than entries do.
        widens_ports: bool,
    },
    /// Host and port: allowed or refused.
    AtPorts,
    /// Host and port: it answers with the proxies that a request which is allowed is sent on to.
    AtParents,
    /// The host alone, as ports belong to the product's own rule: allowed or refused.
    AtHosts,
    /// The host alone: it answers with the names of the lists that hold it. Each lets it through; which it is matters to the
    /// product's own rules.
    AtLists {
        /// Whether each endpoint of the catalog stands in the list of its service; otherwise in that of its route, as lines of
        /// rules and addresses do.
        by_service: bool,
    },
    /// Whether a list of marked hosts holds the host. Such a list lets nothing through by itself.
    AtMarks {
        /// The mark.
        mark: Mark,
        /// Whether it looks at the port too.
        ports: bool,
    },
    /// The destination, whoever carries it: it answers with rows.
    AtRows,
    /// The destination: it answers with who opens the connection.
    AtOpeners,
    /// The host: it answers with the paths that are listed of it. Only who compares files asks.
    AtPaths {
        /// Whether the files list any.
        any: bool,
        /// Whether they list them at ports.
        ports: bool,
        /// The mark of the hosts that the list holds; none for a list of what is let through.
        of: Option<Mark>,
    },
    /// Addresses and ports on the wire: it answers with who may open the connection. What proxies open is not told apart
    /// by zones.
    AtPackets,
}

impl Looks {
    /// Whether it looks at the host alone: such lists reach further than the entries they are made of.
    #[must_use]
    pub const fn is_at_hosts(&self) -> bool {
        match self {
            Self::AtHosts | Self::AtLists { .. } => true,
            Self::AtMarks { ports, .. } | Self::AtPaths { ports, .. } => !*ports,
            _ => false,
        }
    }
}

/// Files of an output, read back.
pub trait Back: Send {
    /// What the format looks at.
    fn looks(&self) -> Looks;
    /// What the files say to every question, when they need not be asked to see that: a list without a line.
    fn always(&self) -> Option<Verdict> {
        None
    }
    /// What the files say to a question.
    ///
    /// # Errors
    /// Why they say nothing: a script that fails.
    fn verdict(&mut self, question: &Question) -> Result<Verdict, String>;
    /// Whether it answers while the caller does something else.
    fn works_beside(&self) -> bool {
        false
    }
    /// Begins to answer questions, if it [`works_beside`](Back::works_beside) the caller. [`Back::verdicts`] comes later with the
    /// same questions; when several are under way, in the order in which they began.
    fn begin(&mut self, _questions: &[Question]) {}
    /// What the files say to questions, in their order, up to the first to which they say nothing. Questions about one host
    /// should stand behind each other: some readers remember what they know of it.
    fn verdicts(&mut self, questions: &[Question]) -> Vec<Result<Verdict, String>> {
        until_silent(questions, |question| self.verdict(question))
    }
}

/// Verdicts up to the first question to which nothing is said.
pub fn until_silent(
    questions: &[Question],
    mut verdict: impl FnMut(&Question) -> Result<Verdict, String>,
) -> Vec<Result<Verdict, String>> {
    let mut verdicts = Vec::with_capacity(questions.len());
    for question in questions {
        verdicts.push(verdict(question));
        if verdicts.last().is_some_and(Result::is_err) {
            break;
        }
    }
    verdicts
}

/// The verdict on a question, by what says verdicts on many.
///
/// # Errors
/// Why there is none.
pub fn alone(verdicts: Vec<Result<Verdict, String>>) -> Result<Verdict, String> {
    verdicts.into_iter().next().unwrap_or_else(|| Err("there is no answer".to_owned()))
}

/// A host as URLs have it: IPv6 in brackets.
#[must_use]
pub fn in_url(host: &str) -> Cow<'_, str> {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]").into() } else { host.into() }
}

/// What is listed of a host: all of it, some paths of it, or nothing. Paths below others are left out, as `covers` says of them.
#[must_use]
pub fn paths<'p>(listed: impl IntoIterator<Item = Option<&'p str>>, covers: fn(&str, &str) -> bool) -> Vec<String> {
    let listed: BTreeSet<Option<&str>> = listed.into_iter().collect();
    if listed.contains(&None) {
        return vec![EVERY_PATH.to_owned()];
    }
    let paths: Vec<&str> = listed.into_iter().flatten().collect();
    let own = paths.iter().filter(|path| !paths.iter().any(|wide| wide != *path && covers(wide, path)));
    own.map(|path| (*path).to_owned()).collect()
}

/// What is said of a host all of which is listed.
pub const EVERY_PATH: &str = "every path";

/// Everything that was read back of an output, or all that its product would refuse or silently ignore.
pub type ReadBack = Result<Vec<Box<dyn Back>>, Vec<Problem>>;
