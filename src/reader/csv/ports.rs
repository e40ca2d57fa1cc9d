//! The ports of a row.

use crate::reader::net::{Protocol, ports};
use crate::reader::text::quoted;

/// Ranges of ports of a protocol.
pub(super) type Ports = Vec<(Protocol, (u16, u16))>;

/// The `ports` of a row, which must be of the protocols that its `protocol` names; `None` for all.
pub(super) fn read_ports(text: &str, protocol: &str) -> Result<Option<Ports>, String> {
    if text == "all" {
        return if protocol == "any" { Ok(None) } else { Err("all ports, but not of any protocol".to_owned()) };
    }
    let mut found: Ports = Vec::new();
    for word in text.split(' ') {
        let (which, range) = match word.split_once('/') {
            Some(("tcp", range)) => (Protocol::Tcp, range),
            Some(("udp", range)) => (Protocol::Udp, range),
            _ => return Err(format!("{} is no port such as `tcp/443`", quoted(word))),
        };
        found.push((which, ports(range)?));
    }
    let has = |which: Protocol| found.iter().any(|(p, _)| *p == which);
    let said = match protocol {
        "tcp" => (true, false),
        "udp" => (false, true),
        "tcp udp" => (true, true),
        _ => return Err(format!("the protocol {} is not known", quoted(protocol))),
    };
    if said != (has(Protocol::Tcp), has(Protocol::Udp)) {
        return Err(format!("{} are not the ports of {}", quoted(text), quoted(protocol)));
    }
    Ok(Some(found))
}
