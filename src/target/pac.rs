//! PAC files: lookup tables in ECMAScript 3, no DNS, one call costs the labels of the host.
//!
//! Written for WinHTTP's JScript, V8, SpiderMonkey, JavaScriptCore and QuickJS alike; `docs/pac.md` lists what each
//! client does with it.

mod back;
mod locate;
mod mentions;
mod names;
mod pack;
mod savings;
mod sheet;

use std::collections::{BTreeMap, BTreeSet};

use minijinja::value::Value;
use serde::Serialize;

use super::configure::Options;
use super::fidelity::{Fidelity, Reason};
use sheet::Tables;

use super::{Common, Emission, Emit, Sheet, Sought, Subject, Target};
use crate::catalog::Via;
use crate::dest::{Ask, PortRange, Ports};
use crate::diag::{Code, Diagnostic, Sink};
use crate::policy::table;
use crate::policy::{Decide as _, Entry, Policy};
use crate::render::{Escape, render};
use crate::resolve::Plan;
use crate::site::{RouteId, Scheme, Site};
use crate::source::Spanned;
use crate::{record, words};

/// The target.
pub const TARGET: Target = Target {
    name: "pac",
    about: "proxy auto-configuration for browsers and systems",
    place: "proxy.pac",
    says: &[
        ("a.d, *.d, .d", "exact", "lookup tables; names are never resolved"),
        ("*cdn.d, a.*.d", "exact", "label by label, behind the suffix they end in"),
        ("IP, CIDR", "exact", "for hosts written as an address only"),
        ("URL with a path", "widened", "clients hide the path of an https URL: the host decides"),
        ("ports", "exact", "`ports: web` and `ports: ignore` widen, on request"),
        ("via: firewall, tags", "elsewhere", "no proxy carries them"),
    ],
    on_proxy: false,
    lists_firewall: false,
    takes_default: false,
    needs_file: false,
    one_zone: true,
    configure,
    read_back: Some(back::read_back),
    mentions: mentions::of,
    schema: || <PacOptions as crate::read::record::Record>::properties().0,
};

words! {
    /// How a PAC looks at ports.
    pub enum PortMode {
        /// As the catalog says.
        Strict = "strict",
        /// 80 and 443 of a listed host alike.
        Web = "web",
        /// Not at all.
        Ignore = "ignore",
    }
}

words! {
    /// Who serves the PAC.
    pub enum Hosted {
        /// Zscaler: the function stands on the first line, `${GATEWAY}` is filled in on download.
        Zscaler = "zscaler",
    }
}

record! {
    /// Options of a PAC.
    pub struct PacOptions {
        /// How ports are looked at; by default strict.
        ports: Option<Spanned<PortMode>>,
        /// Who serves it.
        hosted: Option<Spanned<Hosted>>,
        /// The route that blocked traffic is handed to, for a proxy that denies and logs; by default a closed port of the client.
        block: Option<Spanned<String>>,
        /// The most bytes the file may have.
        max_bytes: Option<Spanned<u32>>,
    }
}

struct Pac {
    ports: PortMode,
    hosted: Option<Hosted>,
    block: Option<RouteId>,
    max_bytes: Option<Spanned<u32>>,
}

/// The template.
const TEMPLATE: &str = include_str!("../../templates/proxy.pac.j2");
const TEMPLATE_NAME: &str = "proxy.pac.j2";

/// Where Zscaler's hosting ends, in bytes.
const ZSCALER_LIMIT: usize = 256 << 10;
/// Where Chrome and WinHTTP end, in bytes; both then act as if there were no PAC.
const CLIENT_LIMIT: usize = 1 << 20;

fn configure(options: &mut Options) -> Option<Box<dyn Emit>> {
    let own: PacOptions = options.read()?;
    let hosted = own.hosted.map(|h| h.value);
    let block = own.block.as_ref().and_then(|name| options.route(name));
    let common = options.common;
    let site = options.site;
    for zone in &common.zones {
        let default = site.zone(*zone).default;
        if !default.is_named() {
            let word = &site.route(default).name;
            let message = format!("clients of `{}` send what no rule lists to `{word}`", site.zone(*zone).label());
            let finding = Code::DefaultNotProxy.at(site.zone(*zone).default_span, message);
            options.cx.sink.push(finding.help("the default of a PAC is usually a named route"));
        }
    }
    for route in &site.routes {
        for proxy in &route.proxies {
            if proxy.is_macro() && hosted.is_none() {
                let message = format!("`{}` is filled in by a hosting product only", proxy.host);
                let finding =
                    Code::CannotSay.at(proxy.span, message).also(common.span, "this PAC is not hosted by one");
                options.cx.sink.push(finding.help("set `hosted: zscaler` on the output"));
            }
            if proxy.scheme != Scheme::Http {
                let message =
                    format!("`{}`: Windows and macOS know only plain `http://` proxies in a PAC", proxy.value);
                options.cx.sink.push(
                    Code::ProxyTypeLimited.at(proxy.span, message).help("Chrome, Edge, Firefox and Opera take it"),
                );
            }
        }
    }
    Some(Box::new(Pac {
        ports: own.ports.map_or(PortMode::Strict, |p| p.value),
        hosted,
        block,
        max_bytes: own.max_bytes,
    }))
}

impl Pac {
    fn widen(&self, ports: &Ports) -> Ports {
        let web = [PortRange::tcp(80), PortRange::tcp(443)];
        match (self.ports, ports) {
            (PortMode::Ignore, _) => Ports::All,
            (PortMode::Web, Ports::Listed(ranges)) if web.iter().any(|p| ports.covers(Some(p.first))) => {
                Ports::listed(ranges.iter().copied().chain(web))
            }
            _ => ports.clone(),
        }
    }

    /// What the template is given, for some entries of a policy.
    fn context(&self, plan: &Plan, policy: &Policy, entries: &[Entry]) -> Context {
        let site = plan.site;
        let table = table::compile(entries, policy.default, |ports| self.widen(ports));
        let routes: Vec<Route> = (0..site.routes.len())
            .filter_map(|at| u16::try_from(at).ok().map(RouteId))
            .map(|id| Route { name: site.route(id).name.clone(), text: self.route_text(site, id) })
            .collect();
        Context {
            site: site.name.clone(),
            zone: site.zone(policy.zone).name.clone(),
            digest: plan.catalog.digest.get(..12).unwrap_or_default().to_owned(),
            version: env!("CARGO_PKG_VERSION"),
            hosted: self.hosted.is_some(),
            default_name: site.route(policy.default).name.clone(),
            default: policy.default.0,
            entries: entries.len(),
            implied: table.implied,
            port_mode: self.ports.word(),
            tables: sheet::tables(&table, site, self.max_bytes.as_ref().map(|most| most.value as usize)),
            routes,
        }
    }

    /// What would make the file smaller.
    fn savings(&self, common: &Common, plan: &Plan, bytes: usize) -> Vec<String> {
        let Some(policy) = common.zones.first().and_then(|zone| plan.policy(*zone)) else {
            return Vec::new();
        };
        let size = |entries: &[Entry]| {
            let context = Value::from(minijinja::value::Serde(self.context(plan, policy, entries)));
            render(TEMPLATE, Escape::Js, context, None).map_or(0, |text| text.len())
        };
        savings::words(plan, &policy.entries, bytes, size)
    }

    fn route_text(&self, site: &Site, id: RouteId) -> String {
        if id == RouteId::DIRECT {
            return "DIRECT".to_owned();
        }
        if id == RouteId::BLOCK {
            // Nothing listens on the discard port: the connection fails at once.
            return match self.block {
                Some(route) => self.route_text(site, route),
                None => "PROXY 127.0.0.1:9".to_owned(),
            };
        }
        let route = site.route(id);
        let mut parts: Vec<String> = route.proxies.iter().map(|p| p.value.pac()).collect();
        if route.fallback_direct {
            parts.push("DIRECT".to_owned());
        }
        parts.join("; ")
    }
}

impl Emit for Pac {
    fn say(&self, _: &Common, subject: &Subject) -> Fidelity {
        let Some(dest) = subject.dest.filter(|_| subject.via == Via::Proxy) else {
            return Fidelity::because(Reason::NotByProxy);
        };
        let mut fidelity = Fidelity::exact();
        if dest.path.is_some() {
            fidelity.add(Reason::PathNotSeen);
        }
        if self.widen(subject.ports) != *subject.ports {
            fidelity.add(if self.ports == PortMode::Web { Reason::PortsWeb } else { Reason::PortsIgnored });
        }
        fidelity
    }

    fn emit(&self, common: &Common, plan: &Plan, sink: &mut Sink) -> Emission {
        let Some(policy) = common.zones.first().and_then(|zone| plan.policy(*zone)) else {
            return Emission::default();
        };
        let context = self.context(plan, policy, &policy.entries);
        let implied = context.implied;
        let sheet = Sheet::embedded(common.place.clone(), TEMPLATE_NAME, TEMPLATE, Escape::Js, context);
        if self.ports == PortMode::Strict {
            by_port(policy, sink, common);
        }
        Emission {
            sheets: vec![sheet],
            entries: policy.entries.len() - implied.min(policy.entries.len()),
            more: Vec::new(),
        }
    }

    fn reading(&self, _: &Common, plan: &Plan) -> BTreeMap<String, String> {
        let block = self.block.map(|id| ("block".to_owned(), plan.site.route(id).name.clone()));
        let ports = (self.ports != PortMode::Strict).then(|| ("ports".to_owned(), self.ports.word().to_owned()));
        block.into_iter().chain(ports).collect()
    }

    fn locate(&self, sought: &Sought, _: &str, text: &str) -> Option<usize> {
        locate::line(sought, text)
    }

    fn check_size(&self, common: &Common, plan: &Plan, bytes: usize, sink: &mut Sink) {
        let file = &common.place;
        let (span, message) = if let Some(most) = self.max_bytes.as_ref().filter(|most| bytes > most.value as usize) {
            let over = bytes - most.value as usize;
            (most.span, format!("`{file}` has {bytes} bytes, {over} more than `max_bytes` allows"))
        } else if bytes > CLIENT_LIMIT {
            let message = format!("`{file}` has {bytes} bytes; Chrome and WinHTTP ignore a PAC beyond {CLIENT_LIMIT}");
            (common.span, message)
        } else if bytes > ZSCALER_LIMIT {
            let message = format!("`{file}` has {bytes} bytes; Zscaler and FortiProxy host at most {ZSCALER_LIMIT}");
            if self.hosted.is_none() {
                sink.push(Code::LargePac.at(common.span, message));
                return;
            }
            (common.span, message)
        } else {
            return;
        };
        let finding =
            self.savings(common, plan, bytes).into_iter().fold(Code::TooLarge.at(span, message), Diagnostic::help);
        sink.push(finding.help("or split the site into zones: each has a file of its own"));
    }
}

/// Warns of hosts whose route depends on the port: WinINet asks once a host and keeps the answer.
fn by_port(policy: &Policy, sink: &mut Sink, common: &Common) {
    let mut found: BTreeSet<String> = BTreeSet::new();
    if policy.entries.iter().all(|entry| matches!(entry.ports, Ports::All)) {
        return;
    }
    for entry in &policy.entries {
        let Some(host) = entry.pattern.sample() else { continue };
        let route = |port| policy.decide(&Ask { host: host.clone(), port: Some(port) });
        if route(80) != route(443) {
            found.insert(entry.pattern.to_string());
        }
    }
    if let Some(first) = found.first() {
        let message = format!(
            "{} destinations of `{}` go elsewhere on http than on https, among them `{first}`",
            found.len(),
            common.place
        );
        let finding = Code::RoutesDifferByPort.at(common.span, message);
        sink.push(
            finding.help("programs on WinINet keep the first answer for the host; `ports: web` treats both alike"),
        );
    }
}

#[derive(Serialize)]
struct Context {
    site: String,
    zone: Option<String>,
    digest: String,
    version: &'static str,
    hosted: bool,
    default_name: String,
    default: u16,
    entries: usize,
    implied: usize,
    port_mode: &'static str,
    routes: Vec<Route>,
    tables: Tables,
}

#[derive(Serialize)]
struct Route {
    name: String,
    text: String,
}
