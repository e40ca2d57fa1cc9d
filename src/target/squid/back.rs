//! Squid's rules read back by a little Squid.

use std::net::IpAddr;

use crate::reader::squid::{Setting, Squid as Rules};
use crate::reader::{Reader as _, Request};
use crate::target::read_back::{Back, Looks, Question, ReadBack, Reading, Verdict, What};

struct Proxy {
    rules: Rules,
    /// A client of each zone.
    clients: Vec<IpAddr>,
}

/// Reads the configuration and its lists.
pub fn read_back(reading: &Reading) -> ReadBack {
    let external: Vec<&str> = reading.options.get("auth_acl").map(String::as_str).into_iter().collect();
    let install_dir = reading.options.get("install_dir").map_or("", String::as_str);
    let setting = Setting { conf: "pacwright.conf", install_dir, external: &external };
    let rules = Rules::read(reading.files, &setting)?;
    let anybody = IpAddr::from([192, 0, 2, 77]);
    let clients = reading.zones.iter().map(|zone| zone.sources.first().copied().unwrap_or(anybody)).collect();
    Ok(vec![Box::new(Proxy { rules, clients })])
}

impl Back for Proxy {
    fn looks(&self) -> Looks {
        Looks::AtPorts
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let What::Host(host) = question.what else { return Ok(Verdict::Refused) };
        let client = self.clients.get(question.zone).copied();
        let bracketed =
            if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
        let request = Request { client, host: &bracketed, port: question.port };
        Ok(if self.rules.allows(&request) { Verdict::Allowed } else { Verdict::Refused })
    }
}
