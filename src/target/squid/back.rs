//! Squid's rules read back by a little Squid.

use std::net::IpAddr;
use std::sync::Arc;

use crate::reader::Request;
use crate::reader::squid::{Passage, Setting, Squid as Rules};
use crate::target::read_back::{
    Back, Looks, Mark, Problem, Question, ReadBack, Reading, Turn, Verdict, What, alone, in_url, named_within,
    strangers, until_silent,
};

/// What the rules allow.
struct Proxy {
    rules: Arc<Rules>,
    /// Clients of each zone.
    clients: Vec<Vec<IpAddr>>,
    /// Whether rules name clients by more than the networks of zones: then all of a zone are asked, not one after the other.
    asks_all: bool,
    /// Clients of none.
    strangers: Vec<IpAddr>,
    turns: [Turn; 2],
}

/// Where what they allow is sent on to.
struct Router(Proxy);

/// A list for the rules around it.
struct List {
    proxy: Proxy,
    mark: Mark,
    acl: &'static str,
    /// Whether everything else asks for a user.
    asks: bool,
}

/// The ACLs that the surrounding configuration names.
const LISTS: [(Mark, &str); 2] = [(Mark::NoInspect, "pacwright_no_bump"), (Mark::NoAuth, "pacwright_no_auth")];

/// Reads the configuration and its lists.
pub fn read_back(reading: &Reading) -> ReadBack {
    let external: Vec<&str> = reading.options.get("auth_acl").map(String::as_str).into_iter().collect();
    let install_dir = reading.options.get("install_dir").map_or("", String::as_str);
    let setting = Setting { conf: "pacwright.conf", install_dir, external: &external };
    let rules = Arc::new(Rules::read(reading.files, &setting)?);
    let anybody = IpAddr::from([192, 0, 2, 77]);
    let named = named_within(reading.zones, rules.clients());
    let clients = reading.zones.iter().zip(&named).map(|(zone, named)| match zone.witnesses() {
        none if none.is_empty() => vec![anybody],
        witnesses => witnesses.into_iter().chain(named.iter().copied()).collect(),
    });
    let clients: Vec<Vec<IpAddr>> = clients.collect();
    let asks_all = named.iter().any(|named| !named.is_empty());
    let proxy = || Proxy {
        rules: Arc::clone(&rules),
        clients: clients.clone(),
        asks_all,
        strangers: strangers(reading.zones, rules.clients()),
        turns: Default::default(),
    };
    let mut backs: Vec<Box<dyn Back>> = vec![Box::new(proxy())];
    if reading.options.contains_key("routing") {
        backs.push(Box::new(Router(proxy())));
    }
    let mut missing = Vec::new();
    for (mark, acl) in LISTS.into_iter().filter(|_| reading.besides.marks) {
        if !rules.defines(acl) {
            let message = format!("the ACL `{acl}` is not defined");
            missing.push(Problem { path: setting.conf.to_owned(), line: 0, message });
        }
        backs.push(Box::new(List { proxy: proxy(), mark, acl, asks: mark == Mark::NoAuth && !external.is_empty() }));
    }
    if missing.is_empty() { Ok(backs) } else { Err(missing) }
}

impl Proxy {
    /// A client of the zone that asks, whose turn it is.
    fn client(&mut self, question: &Question) -> Option<IpAddr> {
        let [turn, _] = &mut self.turns;
        self.clients.get(question.zone).and_then(|clients| turn.of(clients))
    }

    /// The clients of the zone that are asked: the one whose turn it is, or all.
    fn asked(&mut self, question: &Question) -> Vec<Option<IpAddr>> {
        match self.clients.get(question.zone) {
            Some(clients) if self.asks_all => clients.iter().copied().map(Some).collect(),
            _ => vec![self.client(question)],
        }
    }

    /// A client of no zone, whose turn it is.
    fn stranger(&mut self) -> Option<IpAddr> {
        let [_, turn] = &mut self.turns;
        turn.of(&self.strangers)
    }
}

/// Requests to one host after the other: what the rules say of a host they say once, at however many ports.
struct AtHost<'r> {
    rules: &'r Rules,
    host: String,
    passage: Option<Passage<'r>>,
}

impl<'r> AtHost<'r> {
    fn new(rules: &'r Rules) -> Self {
        Self { rules, host: String::new(), passage: None }
    }

    /// A request of a client; none for what Squid does not take, and for what is no host.
    fn passage(&mut self, client: Option<IpAddr>, question: &Question) -> Option<&mut Passage<'r>> {
        let What::Host(host) = question.what else { return None };
        if self.host == host {
            self.passage.iter_mut().for_each(|passage| passage.turn_to(client, question.port));
        } else {
            host.clone_into(&mut self.host);
            self.passage = self.rules.passage(&Request { client, host: &in_url(host), port: question.port });
        }
        self.passage.as_mut()
    }
}

/// What is asked of rules in the light of what they say of the host.
trait AtHosts: Send {
    fn proxy(&self) -> &Proxy;
    fn looks(&self) -> Looks;
    fn always(&self) -> Option<Verdict> {
        None
    }
    fn answer(&mut self, at: &mut AtHost, question: &Question) -> Result<Verdict, String>;
}

impl<T: AtHosts> Back for T {
    fn looks(&self) -> Looks {
        AtHosts::looks(self)
    }

    fn always(&self) -> Option<Verdict> {
        AtHosts::always(self)
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        alone(self.verdicts(std::slice::from_ref(question)))
    }

    fn verdicts(&mut self, questions: &[Question]) -> Vec<Result<Verdict, String>> {
        let rules = Arc::clone(&self.proxy().rules);
        let mut at = AtHost::new(&rules);
        until_silent(questions, |question| self.answer(&mut at, question))
    }
}

impl AtHosts for Proxy {
    fn proxy(&self) -> &Proxy {
        self
    }

    fn looks(&self) -> Looks {
        Looks::AtPorts
    }

    fn answer(&mut self, at: &mut AtHost, question: &Question) -> Result<Verdict, String> {
        let clients = self.asked(question);
        let mut allows = |client| at.passage(client, question).is_some_and(Passage::allows);
        match clients.iter().filter(|client| allows(**client)).count() {
            0 => return Ok(Verdict::Refused),
            some if some < clients.len() => return Err("allowed to some clients of the zone".to_owned()),
            _ => {}
        }
        match self.stranger() {
            Some(stranger) if allows(Some(stranger)) => Err(format!("allowed to {stranger}, which is in no zone")),
            _ => Ok(Verdict::Allowed),
        }
    }
}

impl AtHosts for Router {
    fn proxy(&self) -> &Proxy {
        &self.0
    }

    fn looks(&self) -> Looks {
        Looks::AtParents
    }

    fn answer(&mut self, at: &mut AtHost, question: &Question) -> Result<Verdict, String> {
        let Some(passage) = at.passage(self.0.client(question), question) else { return Ok(Verdict::Refused) };
        let parents = passage.parents();
        match (passage.allows(), passage.always_direct(), passage.never_direct()) {
            (false, ..) => Ok(Verdict::Refused),
            (true, true, _) => Ok(Verdict::Route("direct".to_owned())),
            (true, false, true) if !parents.is_empty() => Ok(Verdict::Route(parents.join(", "))),
            _ => Err(format!("nothing says whether it goes to `{}` or direct", parents.join(", "))),
        }
    }
}

impl AtHosts for List {
    fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    fn looks(&self) -> Looks {
        Looks::AtMarks { mark: self.mark, ports: true }
    }

    fn always(&self) -> Option<Verdict> {
        let is_empty = !self.asks && self.proxy.rules.never_matches(self.acl);
        is_empty.then_some(Verdict::Marked(self.mark, false))
    }

    fn answer(&mut self, at: &mut AtHost, question: &Question) -> Result<Verdict, String> {
        let clients = self.proxy.asked(question);
        if clients.len() > 1 {
            let mut is_listed = |client| at.passage(client, question).is_some_and(|passage| passage.matches(self.acl));
            let some = clients.iter().filter(|client| is_listed(**client)).count();
            if 0 < some && some < clients.len() {
                return Err(format!("`{}` holds for some clients of the zone", self.acl));
            }
        }
        let client = clients.first().copied().flatten();
        if let Some(stranger) = self.proxy.stranger()
            && at.passage(Some(stranger), question).is_some_and(|passage| passage.matches(self.acl))
        {
            return Err(format!("`{}` holds for {stranger}, which is in no zone", self.acl));
        }
        let Some(passage) = at.passage(client, question) else { return Ok(Verdict::Marked(self.mark, false)) };
        let listed = passage.matches(self.acl);
        if self.asks && passage.allows() && passage.needs_auth() == listed {
            let what = if listed { "asked for a user in spite of" } else { "not asked for a user without" };
            return Err(format!("{what} `{}`", self.acl));
        }
        Ok(Verdict::Marked(self.mark, listed))
    }
}
