//! `pacwright init`: writes a commented site.yaml. Asks on a terminal, takes flags otherwise.

mod ask;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal as _, Write as _};

use clap::Args;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::{Global, Outcome, fail, say, show};
use crate::catalog::{Catalog, Cloud, Endpoint, Lifecycle, Service};
use crate::diag::{Code, Report, Severity, clip, nearest};
use crate::pipeline::load_catalog;
use crate::read::record::Scalar as _;
use crate::render::{Escape, render};
use crate::site::Proxy;
use crate::site::raw::{Net, Vantage};
use crate::target::TARGETS;

#[derive(Debug, Args)]
pub struct Options {
    /// The name of the site
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// A proxy, in the order to try them; ROUTE= for more than one list
    #[arg(long, value_name = "[ROUTE=]URL")]
    proxy: Vec<String>,
    /// A zone: its client networks, and where it stands (on-prem, azure, mixed)
    #[arg(long, value_name = "NAME=CIDR[,CIDR][@VANTAGE]")]
    zone: Vec<String>,
    /// A service of the catalog
    #[arg(long, value_name = "NAME")]
    service: Vec<String>,
    /// An output
    #[arg(long, value_name = "TARGET")]
    target: Vec<String>,
}

/// What a site is made from.
#[derive(Debug, Default)]
pub struct Answers {
    site: String,
    zones: Vec<Zone>,
    routes: Vec<(String, Vec<String>)>,
    services: Vec<String>,
    targets: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Zone {
    name: String,
    sources: Vec<String>,
    vantage: &'static str,
}

#[derive(Serialize)]
struct Context<'a> {
    site: &'a str,
    zones: &'a [Zone],
    params: Vec<Named<'a>>,
    routes: Vec<RouteRow<'a>>,
    optimize: Vec<&'a str>,
    services: Vec<ServiceRow<'a>>,
    targets: Vec<TargetRow>,
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
    example: &'a str,
    about: &'a str,
}

#[derive(Serialize)]
struct RouteRow<'a> {
    name: &'a str,
    proxies: &'a [String],
}

#[derive(Serialize)]
struct ServiceRow<'a> {
    id: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct TargetRow {
    name: &'static str,
    about: &'static str,
}

pub fn run(options: &Options, global: &Global) -> Outcome {
    let path = &global.site();
    if path.exists() {
        say(&format!("error: `{}` exists and is not overwritten", path.display()));
        return Outcome::Failed;
    }
    let mut report = Report::default();
    let catalog = load_catalog(global.catalog.as_deref(), &mut report);
    if report.sink.has_errors() {
        return fail(report, global);
    }
    let said = [&options.proxy, &options.service, &options.target, &options.zone].iter().any(|list| !list.is_empty());
    let nothing_said = !said && options.site.is_none();
    let answers = if nothing_said && std::io::stdin().is_terminal() {
        match ask::ask(&catalog, &mut std::io::stdin().lock(), &mut std::io::stderr()) {
            Ok(answers) => answers,
            Err(error) => {
                say(&format!("error: no answer: {error}"));
                return Outcome::Failed;
            }
        }
    } else {
        match from_flags(options, &catalog) {
            Ok(answers) => answers,
            Err(problems) => {
                problems.iter().for_each(|problem| say(&format!("error: {problem}")));
                return Outcome::Failed;
            }
        }
    };
    let text = match write(&answers, &catalog) {
        Ok(text) => text,
        Err(error) => {
            report.sink.push(Code::Internal.nowhere(format!("the template of a site: {error}")));
            show(report, global, Severity::Error);
            return Outcome::Failed;
        }
    };
    // `create_new`: also a file that came into being since the question was asked is kept.
    let made = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    match made.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => {
            say(&format!("wrote {}; next: pacwright build", path.display()));
            Outcome::Done
        }
        Err(error) => {
            say(&format!("error: `{}`: {error}", path.display()));
            Outcome::Failed
        }
    }
}

/// The default name of the one list of proxies.
const ROUTE: &str = "web";

fn from_flags(options: &Options, catalog: &Catalog) -> Result<Answers, Vec<String>> {
    let mut problems = Vec::new();
    let mut answers =
        Answers { site: options.site.clone().unwrap_or_else(|| "my-site".to_owned()), ..Answers::default() };
    if options.proxy.is_empty() {
        problems.push("no proxy: add --proxy http://proxy.example:8080".to_owned());
    }
    if options.service.is_empty() {
        problems.push("no service: add --service NAME; pacwright list services shows them".to_owned());
    }
    for proxy in &options.proxy {
        answers.add_proxy(proxy).unwrap_or_else(|problem| problems.push(problem));
    }
    for zone in &options.zone {
        answers.add_zone(zone).unwrap_or_else(|problem| problems.push(problem));
    }
    for service in &options.service {
        answers.add_service(service, catalog).unwrap_or_else(|problem| problems.push(problem));
    }
    for target in &options.target {
        answers.add_target(target).unwrap_or_else(|problem| problems.push(problem));
    }
    if options.target.is_empty() {
        answers.targets = offered().take(1).map(|t| t.name.to_owned()).collect();
    }
    if !is_name(&answers.site) {
        problems.push(format!("`{}` is no name: letters, digits, `-`, `_`", clip(&answers.site)));
    }
    answers.add_needs(catalog);
    if problems.is_empty() { Ok(answers) } else { Err(problems) }
}

/// The same names that a site accepts.
fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !text.is_empty() && text.len() <= 40 && text.chars().all(plain) && !text.starts_with(['-', '_'])
}

impl Answers {
    fn add_proxy(&mut self, text: &str) -> Result<(), String> {
        let (route, url) = match text.split_once('=').filter(|(route, _)| is_name(route)) {
            Some((route, url)) => (route, url),
            None => (ROUTE, text),
        };
        if matches!(route, "direct" | "block") {
            return Err(format!("`{route}` is built in: name the list of proxies otherwise"));
        }
        let proxy = Proxy::parse(url)
            .map_err(|bad| bad.help.map_or(bad.message.clone(), |h| format!("{}; {h}", bad.message)))?;
        match self.routes.iter_mut().find(|(name, _)| name == route) {
            Some((_, proxies)) => proxies.push(proxy.to_string()),
            None => self.routes.push((route.to_owned(), vec![proxy.to_string()])),
        }
        Ok(())
    }

    fn add_zone(&mut self, text: &str) -> Result<(), String> {
        let Some((name, rest)) = text.split_once('=').filter(|(name, _)| is_name(name)) else {
            return Err(format!("`{}` is no zone: write NAME=10.1.0.0/16,10.2.0.0/16@on-prem", clip(text)));
        };
        let (nets, vantage) = rest.split_once('@').unwrap_or((rest, "mixed"));
        let vantage = Vantage::parse(vantage).map_err(|bad| bad.message)?;
        let mut sources = Vec::new();
        for net in nets.split(',').map(str::trim) {
            let Net(net) = Net::parse(net)
                .map_err(|bad| bad.help.map_or(bad.message.clone(), |h| format!("{}; {h}", bad.message)))?;
            sources.push(net.to_string());
        }
        if self.zones.iter().any(|z| z.name == name) {
            return Err(format!("the zone `{name}` is given twice"));
        }
        self.zones.push(Zone { name: name.to_owned(), sources, vantage: vantage.word() });
        Ok(())
    }

    fn add_service(&mut self, name: &str, catalog: &Catalog) -> Result<(), String> {
        if !catalog.services.contains_key(name) {
            let known: Vec<&str> = catalog.services.keys().map(String::as_str).collect();
            let near = nearest(name, &known).map_or(String::new(), |near| format!(": did you mean `{near}`?"));
            return Err(format!("no service `{}` in the catalog{near}", clip(name)));
        }
        if !self.services.iter().any(|s| s == name) {
            self.services.push(name.to_owned());
        }
        Ok(())
    }

    fn add_target(&mut self, name: &str) -> Result<(), String> {
        // A template has to be written first.
        let known: Vec<&str> = offered().map(|t| t.name).collect();
        if !known.contains(&name) {
            return Err(format!("no target `{}`: one of {}", clip(name), known.join(", ")));
        }
        if !self.targets.iter().any(|t| t == name) {
            self.targets.push(name.to_owned());
        }
        Ok(())
    }

    /// Adds what the chosen services need besides.
    fn add_needs(&mut self, catalog: &Catalog) {
        let needed: Vec<String> = self
            .services
            .iter()
            .filter_map(|s| catalog.services.get(s))
            .flat_map(|s| s.needs.iter().map(|n| n.value.clone()))
            .collect();
        for name in needed {
            // Needs are checked when the catalog is loaded: the service exists.
            let _ = self.add_service(&name, catalog);
        }
    }
}

/// The targets that need nothing beside the site.
fn offered() -> impl Iterator<Item = &'static crate::target::Target> {
    TARGETS.iter().copied().filter(|t| !t.needs_file)
}

/// The parameters that the default selection of a service needs a site to set.
fn asked_params(service: &Service) -> BTreeSet<&str> {
    let variant = service.variants.first().map(|(name, _)| name);
    let by_default = |e: &&Endpoint| {
        let of_variant = e.variants.is_empty() || variant.is_some_and(|v| e.variants.contains(v));
        let of_group = e.groups.is_empty() || e.groups.iter().any(|g| service.groups.get(g).is_some_and(|g| g.default));
        let alive = e.status.is_alive() || service.status == Lifecycle::Retired;
        of_variant && of_group && alive && e.clouds.contains(&Cloud::Public)
    };
    let names = service.endpoints.iter().filter(by_default).flat_map(|e| &e.what.template().params);
    names
        .map(|name| match service.params.get(name).and_then(|p| p.derive.as_ref()) {
            Some(derive) => derive.from.as_str(),
            None => name.as_str(),
        })
        .collect()
}

fn write(answers: &Answers, catalog: &Catalog) -> Result<String, minijinja::Error> {
    let services: Vec<_> = answers.services.iter().filter_map(|id| catalog.services.get(id)).collect();
    let mut params: BTreeMap<&str, Named> = BTreeMap::new();
    for service in &services {
        let asked = asked_params(service);
        for (name, param) in service.params.iter().filter(|(name, _)| asked.contains(name.as_str())) {
            params.entry(name).or_insert(Named { name, example: &param.example, about: &param.about.en });
        }
    }
    // Microsoft 365's category of what should not pass a proxy.
    let optimize = services.iter().filter(|s| s.categories.contains_key("optimize")).map(|s| s.id.as_str()).collect();
    let context = Context {
        site: &answers.site,
        zones: &answers.zones,
        params: params.into_values().collect(),
        routes: answers.routes.iter().map(|(name, proxies)| RouteRow { name, proxies }).collect(),
        optimize,
        services: services.iter().map(|s| ServiceRow { id: &s.id, title: &s.title.en }).collect(),
        targets: offered()
            .filter(|t| answers.targets.iter().any(|name| name == t.name))
            .map(|t| TargetRow { name: t.name, about: t.about })
            .collect(),
    };
    // JSON strings and lists are YAML ones.
    render(include_str!("../../templates/site.yaml.j2"), Escape::Yaml, Value::from(Serde(context)), None)
}
