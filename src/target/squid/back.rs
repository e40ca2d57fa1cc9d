//! Squid's rules read back by a little Squid.

use std::net::IpAddr;
use std::sync::Arc;

use crate::reader::squid::{Setting, Squid as Rules};
use crate::reader::{Reader as _, Request};
use crate::target::read_back::{
    Back, Looks, Mark, Problem, Question, ReadBack, Reading, Turn, Verdict, What, strangers,
};

/// What the rules allow.
struct Proxy {
    rules: Arc<Rules>,
    /// Clients of each zone.
    clients: Vec<Vec<IpAddr>>,
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
    let clients = reading.zones.iter().map(|zone| match zone.witnesses() {
        none if none.is_empty() => vec![anybody],
        witnesses => witnesses,
    });
    let clients: Vec<Vec<IpAddr>> = clients.collect();
    let proxy = || Proxy {
        rules: Arc::clone(&rules),
        clients: clients.clone(),
        strangers: strangers(reading.zones),
        turns: Default::default(),
    };
    let mut backs: Vec<Box<dyn Back>> = vec![Box::new(proxy())];
    if reading.options.contains_key("routing") {
        backs.push(Box::new(Router(proxy())));
    }
    let mut missing = Vec::new();
    for (mark, acl) in LISTS.into_iter().filter(|_| reading.marks) {
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
}

fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

impl Back for Proxy {
    fn looks(&self) -> Looks {
        Looks::AtPorts
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let What::Host(host) = question.what else { return Ok(Verdict::Refused) };
        let (host, client) = (bracketed(host), self.client(question));
        let allows = |client| self.rules.allows(&Request { client, host: &host, port: question.port });
        if !allows(client) {
            return Ok(Verdict::Refused);
        }
        let [_, turn] = &mut self.turns;
        match turn.of(&self.strangers) {
            Some(stranger) if allows(Some(stranger)) => Err(format!("allowed to {stranger}, which is in no zone")),
            _ => Ok(Verdict::Allowed),
        }
    }
}

impl Back for Router {
    fn looks(&self) -> Looks {
        Looks::AtParents
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let What::Host(host) = question.what else { return Ok(Verdict::Refused) };
        let (host, client) = (bracketed(host), self.0.client(question));
        let request = Request { client, host: &host, port: question.port };
        let Some(mut passage) = self.0.rules.passage(&request) else { return Ok(Verdict::Refused) };
        let parents = passage.parents();
        match (passage.allows(), passage.always_direct(), passage.never_direct()) {
            (false, ..) => Ok(Verdict::Refused),
            (true, true, _) => Ok(Verdict::Route("direct".to_owned())),
            (true, false, true) if !parents.is_empty() => Ok(Verdict::Route(parents.join(", "))),
            _ => Err(format!("nothing says whether it goes to `{}` or direct", parents.join(", "))),
        }
    }
}

impl Back for List {
    fn looks(&self) -> Looks {
        Looks::AtMarks { mark: self.mark, ports: true }
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let What::Host(host) = question.what else { return Ok(Verdict::Marked(self.mark, false)) };
        let (host, client) = (bracketed(host), self.proxy.client(question));
        let passage = |client| self.proxy.rules.passage(&Request { client, host: &host, port: question.port });
        let [_, turn] = &mut self.proxy.turns;
        if let Some(stranger) = turn.of(&self.proxy.strangers)
            && passage(Some(stranger)).is_some_and(|mut passage| passage.matches(self.acl))
        {
            return Err(format!("`{}` holds for {stranger}, which is in no zone", self.acl));
        }
        let Some(mut passage) = passage(client) else { return Ok(Verdict::Marked(self.mark, false)) };
        let listed = passage.matches(self.acl);
        if self.asks && passage.allows() && passage.needs_auth() == listed {
            let what = if listed { "asked for a user in spite of" } else { "not asked for a user without" };
            return Err(format!("{what} `{}`", self.acl));
        }
        Ok(Verdict::Marked(self.mark, listed))
    }
}
