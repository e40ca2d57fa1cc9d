//! Squid's rules read back by a little Squid.

use std::net::IpAddr;

use crate::reader::squid::{Setting, Squid as Rules};
use crate::reader::{File, Problem, Reader as _, Request};
use crate::resolve::Plan;
use crate::site::ZoneId;
use crate::target::read_back::{Back, Looks, Verdict};

struct Proxy {
    rules: Rules,
    /// A client of each zone.
    clients: Vec<IpAddr>,
}

/// Reads the configuration and its lists.
pub fn read_back(
    plan: &Plan,
    files: &[File],
    install_dir: &str,
    auth_acl: Option<&str>,
) -> Result<Box<dyn Back>, Vec<Problem>> {
    let external: Vec<&str> = auth_acl.into_iter().collect();
    let setting = Setting { conf: "pacwright.conf", install_dir, external: &external };
    let rules = Rules::read(files, &setting)?;
    let anybody = IpAddr::from([192, 0, 2, 77]);
    let clients = plan.site.zones.iter().map(|z| z.sources.first().map_or(anybody, ipnet::IpNet::addr)).collect();
    Ok(Box::new(Proxy { rules, clients }))
}

impl Back for Proxy {
    fn looks(&self) -> Looks {
        Looks::AtPorts
    }

    fn verdict(&mut self, zone: ZoneId, host: &str, port: Option<u16>) -> Result<Verdict, String> {
        let client = self.clients.get(usize::from(zone.0)).copied();
        let bracketed =
            if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
        let request = Request { client, host: &bracketed, port };
        Ok(if self.rules.allows(&request) { Verdict::Allowed } else { Verdict::Refused })
    }
}
