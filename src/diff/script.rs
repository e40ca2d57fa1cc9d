//! A PAC file as a side of a comparison: it is run. The names and addresses that it mentions say about which hosts.

use std::collections::BTreeSet;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net};

use super::decisions::{Edges, Side};
use super::lexed::Lexed;
use super::partition::Named;
use crate::dest::{Dest, Pattern};
use crate::js::answer;
use crate::js::{Environment, Limits, Pac, Questions};
use crate::prove::oracle::Service;
use crate::read::record::Scalar as _;
use crate::target::read_back::in_url;

/// A loaded script.
#[derive(Debug)]
pub struct Script(Pac);

/// Questions that are put to the engine at once.
const AT_ONCE: usize = 500;
/// Time for those: the slowest of the usual PAC files takes some milliseconds a call.
const CALL: Duration = Duration::from_secs(15);
/// How the answer of a call that throws begins.
const FAILED: &str = "an error: ";
/// Time for all of them.
const ALL: Duration = Duration::from_secs(180);

impl Script {
    /// Loads a script.
    ///
    /// # Errors
    /// Why it cannot be run.
    pub fn load(text: &str) -> Result<Self, String> {
        let limits = Limits { load: CALL, call: CALL, all: ALL, ..Limits::default() };
        let environment = Environment { limits, ..Environment::default() };
        Pac::load(text, &environment).map(Self).map_err(|error| error.to_string())
    }

    /// What it answers, spelled in one way.
    ///
    /// # Errors
    /// Why it answers no more. A call that throws is an answer.
    pub fn answers(&mut self, questions: &[(&str, Service)]) -> Result<Vec<String>, String> {
        let mut said = Vec::with_capacity(questions.len());
        for some in questions.chunks(AT_ONCE) {
            let mut urls = Questions::default();
            some.iter().for_each(|(host, service)| urls.add(|text| text.push_str(&url(host, *service)), host));
            for answer in self.0.find_all(urls) {
                match answer {
                    Err(error) if error.is_final() => return Err(error.to_string()),
                    answer => {
                        said.push(answer.map_or_else(|error| format!("{FAILED}{error}"), |answer| spelled(&answer)));
                    }
                }
            }
        }
        Ok(said)
    }
}

/// A script of which nobody claims anything, as a side of a comparison.
#[derive(Debug)]
pub struct Stranger {
    script: Script,
    /// Which side it is, for messages.
    which: &'static str,
    /// Its lines, in lower case.
    lines: Vec<String>,
    /// Numbers in it that may be ports.
    ports: BTreeSet<u16>,
    asked: usize,
    /// How many questions it failed at, and what it said first.
    failed: Option<(usize, String)>,
}

impl Stranger {
    /// Loads a script.
    ///
    /// # Errors
    /// Why it cannot be run.
    pub fn load(text: &str, which: &'static str) -> Result<Self, String> {
        let lines = text.lines().map(str::to_ascii_lowercase).collect();
        let ports = ports(text);
        Ok(Self { script: Script::load(text)?, which, lines, ports, asked: 0, failed: None })
    }

    /// How many questions it failed at, of how many, and what it said first.
    #[must_use]
    pub fn failed(&self) -> Option<(usize, usize, &str)> {
        self.failed.as_ref().map(|(times, why)| (*times, self.asked, why.as_str()))
    }
}

impl Side for Stranger {
    /// What a script says of ports is not looked for.
    fn edges(&self, _: &str) -> Edges {
        Vec::new()
    }

    /// Those of the schemes it is given, a proxy's, those it may mean, and those beside them.
    fn services(&self, _: &str, _: &[(bool, u16)]) -> BTreeSet<Service> {
        let own = [21, 80, 443, 8080].into_iter().chain(self.ports.iter().copied());
        let beside = own.flat_map(|port| [port.saturating_sub(1).max(1), port, port.saturating_add(1)]);
        [None, Some(1)].into_iter().chain(beside.map(Some)).map(Service::tcp).collect()
    }

    fn answers(&mut self, questions: &[(&str, Service)]) -> Result<Vec<String>, String> {
        let which = self.which;
        let answers = self.script.answers(questions).map_err(|why| format!("the {which} PAC file: {why}"))?;
        self.asked += answers.len();
        for why in answers.iter().filter_map(|answer| answer.strip_prefix(FAILED)) {
            self.failed.get_or_insert_with(|| (0, why.to_owned())).0 += 1;
        }
        Ok(answers)
    }

    /// It has no entries.
    fn behind(&self, _: &str, _: Service) -> Vec<String> {
        Vec::new()
    }

    fn mentions(&self, host: &str) -> Option<String> {
        let names = std::iter::successors(Some(host), |name| name.split_once('.').map(|(_, rest)| rest));
        let place = |name: &str| self.lines.iter().position(|line| line.contains(name));
        names.filter(|name| name.contains('.')).find_map(place).map(|at| format!("line {}", at + 1))
    }

    fn may_see_more(&self) -> bool {
        true
    }
}

/// Most numbers of a script that are taken for ports: a table of numbers is no table of ports.
const MOST_PORTS: usize = 20;

/// Numbers of a script that may be ports.
fn ports(text: &str) -> BTreeSet<u16> {
    let lexed = Lexed::of(text);
    let may_be = |text: &&String| text.contains(':') || text.bytes().all(|b| b.is_ascii_digit());
    let in_texts = lexed.texts.iter().filter(may_be).flat_map(|text| text.split(|c: char| !c.is_ascii_digit()));
    let numbers = lexed.words.iter().map(String::as_str).chain(in_texts);
    let found: BTreeSet<u16> = numbers.filter_map(|word| word.parse().ok()).filter(|port| *port > 9).collect();
    if found.len() > MOST_PORTS {
        return BTreeSet::new();
    }
    // Behind a port another one may begin.
    found.iter().copied().chain(found.iter().filter_map(|port| port.checked_add(1))).collect()
}

/// A URL as a browser has it.
fn url(host: &str, service: Service) -> String {
    let host = in_url(host);
    match service.port {
        Some(80) => format!("http://{host}/"),
        Some(443) => format!("https://{host}/"),
        Some(21) => format!("ftp://{host}/"),
        Some(port) => format!("https://{host}:{port}/"),
        None => format!("gopher://{host}/"),
    }
}

/// An answer in one spelling; as it is when clients do not understand it.
fn spelled(text: &str) -> String {
    answer::parse(text)
        .map_or_else(|_| format!("not understood: {}", crate::js::escape(text)), |answer| answer.to_string())
}

/// Most hosts that are asked about besides those of patterns.
const MOST_BESIDES: usize = 2_000;

/// What a script mentions: the patterns and networks in its texts, read as its helper functions read them. What no pattern
/// of labels says, such as `*cdn*` over dots, gets a host of its own.
pub fn mentions(text: &str, named: &mut Named) {
    named.add_hidden(text);
    let lexed = Lexed::of(text);
    if lexed.words.iter().any(|word| word == "localHostOrDomainIs") {
        // It takes the first label alone, too.
        lexed.texts.iter().filter_map(|text| text.split_once('.')).for_each(|(first, _)| named.add_name(first));
    }
    let literals = lexed.texts;
    for literal in &literals {
        let literal = literal.trim().to_ascii_lowercase();
        // `://` stands before the host in patterns of URLs, `:` or `/` behind it.
        let host = literal.split_once("://").map_or(literal.as_str(), |(_, rest)| rest);
        glob(host, named);
        let host = host.replace("\\.", ".");
        let host =
            if host.contains('/') && !is_net(&host) { host.split('/').next().unwrap_or_default() } else { &host };
        // A regular expression names hosts between its signs: `^(www|mail)\.example\.com$`.
        let of_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*' | ':' | '/');
        if host.chars().all(of_host) {
            mention(host, named);
        } else {
            host.split(|c| !of_host(c)).for_each(|word| mention(word, named));
        }
    }
    // isInNet(host, "10.0.0.0", "255.0.0.0")
    for pair in literals.windows(2) {
        let [net, mask] = pair else { continue };
        if let (Ok(net), Ok(mask)) = (net.parse(), mask.parse())
            && let Ok(net) = Ipv4Net::with_netmask(net, mask)
        {
            named.nets.insert(IpNet::V4(net.trunc()));
        }
    }
}

/// Hosts that a pattern of `shExpMatch` matches: its stars cross dots, and a question mark is any character.
fn glob(pattern: &str, named: &mut Named) {
    let host = pattern.split(['/', ':']).next().unwrap_or_default();
    let of_glob = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*' | '?');
    if !host.contains(['*', '?']) || !host.chars().all(of_glob) || host.chars().all(|c| matches!(c, '*' | '.' | '?')) {
        return;
    }
    // Addresses, as texts: `10.*.*.5`.
    for (star, sign) in [("1", "1"), ("77", "9"), ("", "0")] {
        if let Ok(ip) = host.replace('*', star).replace('?', sign).parse::<std::net::Ipv4Addr>() {
            named.nets.insert(IpNet::from(std::net::IpAddr::V4(ip)));
        }
    }
    for star in ["x", "x.y", ""] {
        let host = host.replace('*', star).replace('?', "q");
        let host = if pattern.ends_with(".*") && star.is_empty() { continue } else { host };
        beside(named, host.clone(), format!("`{host}`, which `{pattern}` matches"));
    }
}

fn is_net(text: &str) -> bool {
    text.split_once('/').is_some_and(|(ip, _)| ip.parse::<std::net::IpAddr>().is_ok())
}

fn mention(host: &str, named: &mut Named) {
    if let Some(net) = octets(host) {
        named.nets.insert(net);
        // As text it is the beginning of a name, too.
        let begin = host.trim_end_matches(['*', '.']);
        beside(named, format!("{begin}.x.example"), format!("`{begin}.x.example`, a name that begins with `{begin}.`"));
        return;
    }
    if let Ok(Dest { pattern: Pattern::Net(net), .. }) = Dest::parse(host) {
        named.nets.insert(net);
        return;
    }
    // A port behind it is one of the ports.
    let host = match host.split_once(':') {
        Some((host, port)) if !port.is_empty() && port.chars().all(|c| c.is_ascii_digit() || c == '*') => host,
        _ => host,
    };
    let bare = host.trim_matches(['.', '*', '$', ')', '?']);
    if bare.is_empty() || bare.len() > 253 || bare.contains([' ', ':']) {
        return;
    }
    let is_name = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if is_name(bare) && (bare.contains('.') || host.starts_with('.') || host.starts_with("*.")) {
        named.add_name(&format!(".{bare}"));
        // `*example.com`, or a domain without its dot: what ends in it too.
        if !host.starts_with(['.', '*']) || (host.starts_with('*') && !host.starts_with("*.")) {
            beside(
                named,
                format!("x{bare}"),
                format!("`x{bare}`, a name that ends in `{bare}` without a dot before it"),
            );
        }
    } else if is_name(bare) && bare.len() > 1 {
        named.add_name(bare);
        if host.contains('*') {
            beside(named, format!("x-{bare}-x.example"), format!("`x-{bare}-x.example`, a name with `{bare}` in it"));
        }
    } else if bare.contains('*') && bare.split('.').all(|label| !label.is_empty() && is_name(&label.replace('*', ""))) {
        named.add_name(&format!(".{bare}"));
    }
}

fn beside(named: &mut Named, host: String, meaning: String) {
    if named.besides.len() < MOST_BESIDES && crate::dest::HostName::parse(&host).is_ok() {
        named.besides.insert(host, meaning);
    }
}

/// `10.*`, `10.1.` and their like: the network of all addresses that begin so.
fn octets(text: &str) -> Option<IpNet> {
    let begin = text.trim_end_matches(['*', '.']);
    if begin.len() == text.len() {
        return None;
    }
    let parts: Vec<u8> = begin.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    if parts.len() > 3 {
        return None;
    }
    let mut octets = [0; 4];
    octets.iter_mut().zip(&parts).for_each(|(octet, part)| *octet = *part);
    Ipv4Net::new(octets.into(), u8::try_from(parts.len() * 8).ok()?).ok().map(IpNet::V4)
}
