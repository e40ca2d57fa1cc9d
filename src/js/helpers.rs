//! The functions that a PAC file may call: what of them is not JavaScript.

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

use ipnet::IpNet;
use rquickjs::{Ctx, Function, Result, String as JsString};

use super::Environment;
use super::error::escape;
use super::worker::Heard;

/// Most alerts, and most unresolved names, of one call that are kept.
const KEPT: usize = 20;

/// Collects what a file says.
#[derive(Clone, Default)]
pub struct Ears(Rc<RefCell<Heard>>);

impl Ears {
    /// What was collected since the last time.
    pub fn take(&self) -> Heard {
        self.with(std::mem::take).unwrap_or_default()
    }
    fn with<T>(&self, change: impl FnOnce(&mut Heard) -> T) -> Option<T> {
        self.0.try_borrow_mut().ok().map(|mut heard| change(&mut heard))
    }
    fn alert(&self, text: &str) {
        self.with(|heard| {
            if heard.alerts.len() < KEPT {
                heard.alerts.push(escape(text));
            }
        });
    }
    fn unresolved(&self, name: &str) {
        let name = escape(name);
        self.with(|heard| {
            if heard.unresolved.len() < KEPT && !heard.unresolved.contains(&name) {
                heard.unresolved.push(name);
            }
        });
    }
}

/// Defines the functions in the global object, before the file runs.
pub fn install(ctx: &Ctx<'_>, environment: &Environment, ears: &Ears) -> Result<()> {
    let seconds = environment.now.seconds as f64;
    let date: Function = ctx.eval(include_str!("date.js"))?;
    date.call::<_, ()>((seconds * 1000.0, environment.now.offset))?;

    let (resolver, listener) = (environment.resolve.clone(), ears.clone());
    let resolve = move |name: JsString, both: bool| -> Option<String> {
        let name = name.to_string().ok()?;
        let addresses = addresses(&name, &resolver);
        if addresses.is_empty() {
            listener.unresolved(&name);
        }
        list(addresses, both)
    };
    let (mine, listener) = (environment.my_ip.clone(), ears.clone());
    let my_ip = move |both: bool| -> Option<String> {
        listener.with(|heard| heard.my_ip = true);
        let mine = if mine.is_empty() { vec![IpAddr::V4(Ipv4Addr::LOCALHOST)] } else { mine.clone() };
        list(mine, both)
    };
    let in_net = |addresses: JsString, prefix: JsString| -> bool {
        let (Ok(addresses), Ok(prefix)) = (addresses.to_string(), prefix.to_string()) else { return false };
        in_prefix(&addresses, &prefix)
    };
    let sort = |addresses: JsString| -> Option<String> { sorted(&addresses.to_string().ok()?) };
    let listener = ears.clone();
    let alert = move |text: JsString| listener.alert(&text.to_string().unwrap_or_default());

    let define: Function = ctx.eval(include_str!("helpers.js"))?;
    define.call((
        Function::new(ctx.clone(), resolve)?,
        Function::new(ctx.clone(), my_ip)?,
        Function::new(ctx.clone(), in_net)?,
        Function::new(ctx.clone(), sort)?,
        Function::new(ctx.clone(), alert)?,
    ))
}

/// The addresses of a host; a written address is its own.
fn addresses(name: &str, resolve: &super::Resolver) -> Vec<IpAddr> {
    let bare = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap_or(name);
    if let Ok(ip) = bare.parse() {
        return vec![ip];
    }
    let name = name.to_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    // Longer names do not exist; nobody has to be asked.
    if name.is_empty() || name.len() > 253 { Vec::new() } else { resolve(name) }
}

/// The first IPv4 address, or all addresses, IPv6 first.
fn list(addresses: Vec<IpAddr>, both: bool) -> Option<String> {
    if !both {
        return addresses.into_iter().find(IpAddr::is_ipv4).map(|ip| ip.to_string());
    }
    let (six, four): (Vec<_>, Vec<_>) = addresses.into_iter().partition(IpAddr::is_ipv6);
    let all: Vec<String> = six.iter().chain(&four).map(IpAddr::to_string).collect();
    (!all.is_empty()).then(|| all.join(";"))
}

/// Whether one of the addresses, divided by semicolons, is in the network.
fn in_prefix(addresses: &str, prefix: &str) -> bool {
    let Some(net) = network(prefix.trim()) else { return false };
    addresses.split(';').any(|ip| ip.trim().parse::<IpAddr>().is_ok_and(|ip| net.contains(&ip)))
}

/// A network; Microsoft's own example leaves out the `::` of `3ffe:8311:ffff/48`.
fn network(prefix: &str) -> Option<IpNet> {
    if let Ok(net) = prefix.parse() {
        return Some(net);
    }
    let (ip, bits) = prefix.split_once('/')?;
    (ip.contains(':') && !ip.contains("::")).then(|| format!("{ip}::/{bits}").parse().ok()).flatten()
}

/// IPv6 before IPv4, each in numeric order; none when one of them is no address.
fn sorted(addresses: &str) -> Option<String> {
    let parsed: std::result::Result<Vec<IpAddr>, _> = addresses.split(';').map(|ip| ip.trim().parse()).collect();
    let mut parsed = parsed.ok()?;
    parsed.sort_by_key(|ip| (ip.is_ipv4(), *ip));
    list(parsed, true)
}
