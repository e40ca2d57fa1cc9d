//! Squid's rules read back by a little Squid.

use std::net::IpAddr;

use crate::reader::squid::{Setting, Squid as Rules};
use crate::reader::{Reader as _, Request};
use crate::target::read_back::{Back, Looks, Question, ReadBack, Reading, Turn, Verdict, What, strangers};

struct Proxy {
    rules: Rules,
    /// Clients of each zone.
    clients: Vec<Vec<IpAddr>>,
    /// Clients of none.
    strangers: Vec<IpAddr>,
    turns: [Turn; 2],
}

/// Reads the configuration and its lists.
pub fn read_back(reading: &Reading) -> ReadBack {
    let external: Vec<&str> = reading.options.get("auth_acl").map(String::as_str).into_iter().collect();
    let install_dir = reading.options.get("install_dir").map_or("", String::as_str);
    let setting = Setting { conf: "pacwright.conf", install_dir, external: &external };
    let rules = Rules::read(reading.files, &setting)?;
    let anybody = IpAddr::from([192, 0, 2, 77]);
    let clients = reading.zones.iter().map(|zone| match zone.witnesses() {
        none if none.is_empty() => vec![anybody],
        witnesses => witnesses,
    });
    let (clients, strangers) = (clients.collect(), strangers(reading.zones));
    Ok(vec![Box::new(Proxy { rules, clients, strangers, turns: Default::default() })])
}

impl Back for Proxy {
    fn looks(&self) -> Looks {
        Looks::AtPorts
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let What::Host(host) = question.what else { return Ok(Verdict::Refused) };
        let [turn, of_strangers] = &mut self.turns;
        let client = self.clients.get(question.zone).and_then(|clients| turn.of(clients));
        let bracketed =
            if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
        let allows = |client| self.rules.allows(&Request { client, host: &bracketed, port: question.port });
        if !allows(client) {
            return Ok(Verdict::Refused);
        }
        match of_strangers.of(&self.strangers) {
            Some(stranger) if allows(Some(stranger)) => Err(format!("allowed to {stranger}, which is in no zone")),
            _ => Ok(Verdict::Allowed),
        }
    }
}
