//! Filling parameters in: each combination of values is one item.

use std::collections::BTreeMap;

use super::{Item, Leads, Tag};
use crate::catalog::{Catalog, Endpoint, Service, What};
use crate::dest::Dest;
use crate::diag::{Code, Sink, did_you_mean};
use crate::read::record::Scalar as _;
use crate::site::Site;
use crate::source::{Span, Spanned};

/// Most items one endpoint may become: a site with 50 regions and 50 workspaces is thinkable, more is a mistake.
const MOST_COMBINATIONS: usize = 10_000;

/// The endpoints that lack a parameter, by service and parameter, so that one message says it all.
#[derive(Default)]
pub struct Unset<'a> {
    missing: BTreeMap<(&'a str, &'a str), Missing<'a>>,
}

struct Missing<'a> {
    service: &'a Service,
    at: Span,
    required: Vec<&'a str>,
    optional: Vec<&'a str>,
}

impl<'a> Unset<'a> {
    fn add(&mut self, service: &'a Service, endpoint: &'a Endpoint, param: &'a str, at: Span) {
        let missing = self.missing.entry((&service.id, param)).or_insert(Missing {
            service,
            at,
            required: Vec::new(),
            optional: Vec::new(),
        });
        if endpoint.required { &mut missing.required } else { &mut missing.optional }.push(&endpoint.id);
    }

    /// Says what is missing: an error for required endpoints, a warning for the others.
    pub fn report(self, sink: &mut Sink) {
        for ((service, name), missing) in self.missing {
            let Some(param) = missing.service.params.get(name) else {
                continue;
            };
            let meaning = format!("`{name}`: {}; for example `{}`", param.about.en, param.example);
            let mut say = |code: Code, endpoints: &[&str], verb: &str| {
                let list = endpoints.join(", ");
                let message = format!("`{service}` needs the parameter `{name}`, which the site does not set");
                let finding = code.at(missing.at, message).help(meaning.clone());
                sink.push(finding.help(format!("without it {verb}: {list}")));
            };
            if !missing.required.is_empty() {
                say(Code::MissingParameter, &missing.required, "these required endpoints lead nowhere");
            }
            if !missing.optional.is_empty() {
                say(Code::UnsetParameter, &missing.optional, "these optional endpoints are left out");
            }
        }
    }
}

/// The items of an endpoint, one a combination of its parameters.
pub fn expand<'a>(
    service: &'a Service,
    endpoint: &'a Endpoint,
    (site, catalog): (&Site, &Catalog),
    at: Span,
    unset: &mut Unset<'a>,
    sink: &mut Sink,
) -> Vec<Item<'a>> {
    let names = &endpoint.what.template().params;
    let item =
        |params: Vec<(String, String)>, leads: Leads| Item { service, endpoint, params, leads, placed: Vec::new() };
    // The parameters whose values the site gives: for a derived one, the one it is derived from.
    let mut given: Vec<&str> = Vec::new();
    let mut missing: Vec<String> = Vec::new();
    for name in names {
        let base = base_of(service, name);
        if !site.params.contains_key(base) {
            unset.add(service, endpoint, base_static(service, name), at);
            missing.push(name.clone());
        } else if !given.contains(&base) {
            given.push(base);
        }
    }
    if !missing.is_empty() {
        return vec![item(Vec::new(), Leads::Unset(missing))];
    }
    let mut items = Vec::new();
    for combination in combinations(&given, site, at, sink) {
        let mut values: Vec<(String, String)> = Vec::new();
        let mut complete = true;
        for name in names {
            let base = base_of(service, name);
            let Some(value) = combination.iter().find(|(n, _)| *n == base).map(|(_, v)| *v) else {
                continue;
            };
            match derived(service, name, value) {
                Ok(text) => values.push((name.clone(), text)),
                Err(known) => {
                    let message = format!("`{}` knows no `{name}` for `{}`", service.id, value.value);
                    let finding = Code::UnknownReference.at(value.span, message);
                    sink.push(did_you_mean(finding, &value.value, known.into_iter(), "known"));
                    complete = false;
                }
            }
        }
        if !complete {
            continue;
        }
        let text =
            endpoint.what.template().fill(|name| values.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()));
        let leads = match &endpoint.what {
            What::Tag(template) => {
                let name = template.fill(|name| {
                    let value = values.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())?;
                    Some(catalog.vocabulary.region_in_tag(&template.text.value, value))
                });
                let networks = catalog.tags.of(site.cloud).and_then(|tags| tags.networks(&name));
                Leads::Tag(Tag { name, networks })
            }
            What::Dest(_) => match Dest::parse(&text) {
                Ok(dest) => Leads::To(dest),
                Err(bad) => {
                    let span = combination.first().map_or(at, |(_, v)| v.span);
                    // A value that is none was reported with the site.
                    if sink.has_at(span) {
                        continue;
                    }
                    let finding =
                        bad.code.at(span, format!("with this value, `{text}` is no destination: {}", bad.message));
                    sink.push(finding.also(endpoint.span, "the endpoint"));
                    continue;
                }
            },
        };
        items.push(item(values, leads));
    }
    items
}

/// The parameter a site sets for `name`.
fn base_of<'s>(service: &'s Service, name: &'s str) -> &'s str {
    service.params.get(name).and_then(|p| p.derive.as_ref()).map_or(name, |d| d.from.as_str())
}

/// The same, borrowed from the catalog.
fn base_static<'a>(service: &'a Service, name: &str) -> &'a str {
    let (own, param) = match service.params.get_key_value(name) {
        Some((own, param)) => (own.as_str(), param),
        None => return "",
    };
    param.derive.as_ref().map_or(own, |d| d.from.as_str())
}

/// The value of a parameter, given the value of its base.
fn derived<'s>(service: &'s Service, name: &str, base: &Spanned<String>) -> Result<String, Vec<&'s str>> {
    match service.params.get(name).and_then(|p| p.derive.as_ref()) {
        None => Ok(base.value.clone()),
        Some(derive) => {
            derive.table.get(&base.value).cloned().ok_or_else(|| derive.table.keys().map(String::as_str).collect())
        }
    }
}

/// Every combination of the values of some parameters, in the order written.
fn combinations<'s>(
    names: &[&'s str],
    site: &'s Site,
    at: Span,
    sink: &mut Sink,
) -> Vec<Vec<(&'s str, &'s Spanned<String>)>> {
    let mut all: Vec<Vec<(&str, &Spanned<String>)>> = vec![Vec::new()];
    for name in names {
        let Some((_, values)) = site.params.get(*name) else {
            continue;
        };
        if all.len().saturating_mul(values.len()) > MOST_COMBINATIONS {
            let message = format!("the values of the parameters make more than {MOST_COMBINATIONS} endpoints of one");
            sink.push(Code::CannotSay.at(at, message));
            return Vec::new();
        }
        all = all
            .iter()
            .flat_map(|before| {
                values.iter().map(move |value| {
                    let mut with = before.clone();
                    with.push((*name, value));
                    with
                })
            })
            .collect();
    }
    all
}
