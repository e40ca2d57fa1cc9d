//! From the raw file to [`Service`]: references lead somewhere, defaults are filled in, every destination parses with
//! the examples of its parameters.

use std::collections::{BTreeMap, BTreeSet};

use super::raw::{Defaults, RawEndpoint, RawService, RawUse};
use super::{Area, Cloud, Direction, Lifecycle, Via};
use super::{Catalog, Derive, Endpoint, Group, Param, Service, Template, Use, What};
use crate::dest::{Dest, Ports};
use crate::diag::Bad;
use crate::diag::{Code, Sink, did_you_mean};
use crate::read::record::{Context, OneOrMany, Scalar};
use crate::source::{Span, Spanned};

/// Checks one file.
pub fn service(raw: RawService, stem: &str, cx: &mut Context) -> Option<Service> {
    let id = raw.service.value.clone();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || id.len() > 63 || !id.chars().all(plain) || id.starts_with('-') {
        let message = "a service id is made of lower-case letters, digits and `-`";
        cx.sink.push(Code::BadName.at(raw.service.span, message));
    } else if id != stem {
        let message = format!("the file is named `{stem}.yaml` but holds the service `{id}`");
        cx.sink.push(Code::BadName.at(raw.service.span, message).help(format!("name the file `{id}.yaml`")));
    }
    let params = params(&raw, cx.sink);
    let variants = variants(&raw, cx.sink);
    let mut ids: BTreeMap<&str, Span> = BTreeMap::new();
    for row in &raw.endpoints {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if row.id.is_empty() || row.id.len() > 200 || !row.id.chars().all(plain) {
            let message = "an endpoint id is made of letters, digits, `-`, `.` and `_`";
            cx.sink.push(Code::BadName.at(row.id.span, message));
        }
        if let Some(first) = ids.insert(&row.id.value, row.id.span) {
            let message = format!("the endpoint id `{}` stands twice in this file", row.id.value);
            cx.sink.push(Code::Duplicate.at(row.id.span, message).also(first, "here first"));
        }
    }
    let endpoints: Vec<Option<Endpoint>> = raw.endpoints.iter().map(|row| endpoint(row, &raw, &params, cx)).collect();
    let groups = raw.groups.0.iter().map(|(name, group)| {
        let default = group.default.as_ref().is_some_and(|d| d.value);
        (name.value.clone(), Group { about: group.about.clone(), default, instead: group.instead.clone() })
    });
    for used in &raw.uses {
        if let Some(group) = &used.group {
            known(group, raw.groups.names(), "group", cx.sink);
        }
    }
    if let Some(status) = raw.status.as_ref().filter(|s| s.value == Lifecycle::Retiring) {
        let finding = Code::UnknownWord.at(status.span, "a service is `current`, `legacy` or `retired`");
        cx.sink.push(finding.help("`retiring` are endpoints that a list has no more"));
    }
    // A service with errors is returned all the same, so that the site can be checked against what it does say.
    Some(Service {
        groups: groups.collect(),
        id,
        span: raw.service.span,
        title: raw.title,
        purpose: raw.purpose,
        area: raw.area.map_or(Area::Custom, |a| a.value),
        needs: raw.needs,
        reviewed: raw.reviewed.value.0,
        status: raw.status.map_or(Lifecycle::Current, |s| s.value),
        since: raw.since.map(|s| s.value.0),
        replaced_by: raw.replaced_by.map(|s| s.value),
        docs: raw.docs.into_iter().map(|d| d.value).collect(),
        methods: raw.methods,
        clients: raw.clients,
        params,
        variants,
        categories: raw.categories.0.into_iter().map(|(name, c)| (name.value, c.about)).collect(),
        sources: raw.sources.0.into_iter().map(|(name, text)| (name.value, text.value)).collect(),
        uses: raw.uses.into_iter().map(use_of).collect(),
        constraints: raw.constraints.0.into_iter().map(|(name, text)| (name.value, text)).collect(),
        endpoints: endpoints.into_iter().flatten().collect(),
    })
}

/// Checks what needs the whole catalog: `uses` and `needs`.
pub fn references(services: &BTreeMap<String, Service>, broken: &BTreeSet<String>, sink: &mut Sink) {
    let unknown = |name: &str, at: Span, sink: &mut Sink| {
        // A file that could not be read has said so.
        if broken.contains(name) {
            return;
        }
        let finding = Code::UnknownService.at(at, format!("no service `{name}` in the catalog"));
        sink.push(did_you_mean(finding, name, services.keys().map(String::as_str), "services"));
    };
    for service in services.values() {
        for needed in service.needs.iter().filter(|n| !services.contains_key(&n.value)) {
            unknown(&needed.value, needed.span, sink);
        }
        for used in &service.uses {
            let Some(other) = services.get(&used.service) else {
                unknown(&used.service, used.span, sink);
                continue;
            };
            for id in &used.ids {
                if !other.endpoints.iter().any(|e| has_id(e, id)) {
                    let message = format!("`{}` has no endpoint or set `{id}`", used.service);
                    sink.push(Code::UnknownReference.at(used.span, message));
                }
            }
        }
    }
}

/// Whether an endpoint goes by an id or a set number.
#[must_use]
pub fn has_id(endpoint: &Endpoint, id: &str) -> bool {
    endpoint.id == id || endpoint.sets.iter().any(|set| set.to_string() == id)
}

impl Catalog {
    /// Whether an endpoint goes by an id or a set number.
    #[must_use]
    pub fn has_id(endpoint: &Endpoint, id: &str) -> bool {
        has_id(endpoint, id)
    }
}

fn use_of(raw: RawUse) -> Use {
    Use {
        service: raw.service.value,
        ids: raw.ids.into_iter().map(|id| id.value).collect(),
        group: raw.group.map(|g| g.value),
        span: raw.span,
    }
}

fn params(raw: &RawService, sink: &mut Sink) -> BTreeMap<String, Param> {
    let mut params = BTreeMap::new();
    for (name, param) in &raw.params.0 {
        if !is_param_name(&name.value) {
            let message = "a parameter name is made of lower-case letters, digits and `_`";
            sink.push(Code::BadName.at(name.span, message));
        }
        if let Some(derive) = &param.derive {
            known(&derive.from, raw.params.names(), "parameter", sink);
        }
        let derive = param.derive.as_ref().map(|d| Derive {
            from: d.from.value.clone(),
            table: d.table.0.iter().map(|(k, v)| (k.value.clone(), v.value.clone())).collect(),
        });
        let param = Param { about: param.about.clone(), example: param.example.value.clone(), derive };
        params.insert(name.value.clone(), param);
    }
    params
}

/// Whether a text can be a parameter's name.
#[must_use]
pub fn is_param_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    !name.is_empty() && name.len() <= 63 && name.chars().all(plain)
}

fn variants(raw: &RawService, sink: &mut Sink) -> Vec<(String, super::Text)> {
    let is_default = |v: &super::raw::RawVariant| v.default.as_ref().is_some_and(|d| d.value);
    let defaults = raw.variants.0.iter().filter(|(_, v)| is_default(v)).count();
    if !raw.variants.0.is_empty() && defaults != 1 {
        let message = format!("{defaults} variants are marked `default: true`; it must be exactly one");
        sink.push(Code::BadName.at(raw.variants.0.first().map_or(raw.span, |(name, _)| name.span), message));
    }
    let mut variants: Vec<_> = raw.variants.0.iter().collect();
    variants.sort_by_key(|(_, v)| !is_default(v));
    variants.into_iter().map(|(name, v)| (name.value.clone(), v.about.clone())).collect()
}

/// The `${name}` of a text.
///
/// # Errors
/// A `${` that is not closed or holds no name.
pub fn template_params(text: &str) -> Result<Vec<String>, Bad> {
    let mut names: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find("${")) {
        let start = at + found;
        let inside = text.get(start + 2..).unwrap_or_default();
        let name = inside.split('}').next().unwrap_or_default();
        if !inside.contains('}') || !is_param_name(name) {
            return Err(Bad::whole(Code::BadPattern, "`${` without a parameter name and `}`").at(start..text.len()));
        }
        if !names.iter().any(|n| n == name) {
            names.push(name.to_owned());
        }
        at = start + 2 + name.len() + 1;
    }
    Ok(names)
}

fn endpoint(
    row: &RawEndpoint,
    raw: &RawService,
    params: &BTreeMap<String, Param>,
    cx: &mut Context,
) -> Option<Endpoint> {
    let groups = references_of(row.group.as_ref(), raw.groups.names(), "group", cx.sink);
    if let Some(category) = &row.category {
        known(category, raw.categories.names(), "category", cx.sink);
    }
    let category = row.category.as_ref().and_then(|c| raw.categories.get(&c.value)).map(|c| &c.defaults);
    let group = groups.iter().find_map(|name| raw.groups.get(name)).map(|g| &g.defaults);
    let chain: Vec<&Defaults> =
        [Some(&row.own), category, group, raw.defaults.as_ref()].into_iter().flatten().collect();

    let text = match (&row.dest, &row.tag) {
        (Some(text), None) | (None, Some(text)) => text,
        _ => {
            let message = "an endpoint has either `dest` or `tag`";
            cx.sink.push(Code::MissingKey.at(row.span, message));
            return None;
        }
    };
    let what = what(text, row.tag.is_some(), params, cx);
    let ports = ports(row, &chain, cx.sink);
    let sources = chain.iter().find_map(|d| d.source.as_ref());
    let sources = references_of(sources, raw.sources.names(), "source", cx.sink);
    if sources.is_empty() {
        let message = format!("the endpoint `{}` has no source", row.id.value);
        cx.sink.push(Code::MissingKey.at(row.span, message).help("a fact without a source does not enter the catalog"));
    }
    let variants =
        references_of(chain.iter().find_map(|d| d.variant.as_ref()), raw.variants.names(), "variant", cx.sink);
    let status = chain.iter().find_map(|d| d.status.as_ref()).map_or(Lifecycle::Current, |v| v.value);
    match &row.until {
        // A day that could not be read has said so.
        None if status == Lifecycle::Retiring && !row.broken => {
            let message = format!("the endpoint `{}` is retiring, and no day is named", row.id.value);
            cx.sink.push(Code::MissingKey.at(row.span, message).help("add `until: YYYY-MM-DD`"));
        }
        Some(until) if status != Lifecycle::Retiring => {
            let message = format!("`until` is for endpoints that are retiring, and `{}` is {status}", row.id.value);
            cx.sink.push(Code::UnknownKey.at(until.span, message).help("add `status: retiring`, or take it out"));
        }
        _ => {}
    }
    if let Some(effective) = row.effective.as_ref().filter(|_| status != Lifecycle::Current) {
        let message =
            format!("`effective` is for endpoints that are still to come, and `{}` is {status}", row.id.value);
        cx.sink.push(Code::UnknownKey.at(effective.span, message).help("take it out"));
    }
    let (what, ports) = (what?, ports?);
    let web = ports.ranges().iter().all(|p| p.is_web());
    let by_default = if web && row.tag.is_none() { Via::Proxy } else { Via::Firewall };
    let flag = |pick: fn(&Defaults) -> Option<&Spanned<bool>>, otherwise: bool| {
        chain.iter().find_map(|d| pick(d)).map_or(otherwise, |v| v.value)
    };
    Some(Endpoint {
        id: row.id.value.clone(),
        span: row.span,
        what,
        via: chain.iter().find_map(|d| d.via.as_ref()).map_or(by_default, |v| v.value),
        ports,
        groups,
        variants,
        category: row.category.as_ref().map(|c| c.value.clone()),
        // A row that is needed only under a condition is not one the service fails without.
        required: flag(|d| d.required.as_ref(), true) && row.condition.is_none(),
        sets: row.set.iter().flat_map(|s| &s.0).map(|s| s.value).collect(),
        clouds: chain
            .iter()
            .find_map(|d| d.cloud.as_ref())
            .map_or_else(|| vec![Cloud::Public], |c| c.0.iter().map(|c| c.value).collect()),
        from: chain.iter().find_map(|d| d.from.as_ref()).map(|v| v.value),
        direction: chain.iter().find_map(|d| d.direction.as_ref()).map_or(Direction::Egress, |v| v.value),
        status,
        since: row.since.as_ref().map(|s| s.value.0.clone()),
        until: row.until.as_ref().map(|s| s.value.0.clone()),
        effective: row.effective.as_ref().map(|s| s.value.0.clone()),
        replaced_by: text_of(row.replaced_by.as_ref()),
        seed: flag(|d| d.seed.as_ref(), false),
        disputed: text_of(row.disputed.as_ref()),
        condition: text_of(row.condition.as_ref()),
        geography: row.geography.iter().flat_map(|g| &g.0).map(|g| g.value.clone()).collect(),
        no_inspect: flag(|d| d.no_inspect.as_ref(), false),
        no_auth: flag(|d| d.no_auth.as_ref(), false),
        alternative_to: text_of(row.alternative_to.as_ref()),
        sources,
        note: text_of(row.note.as_ref()),
    })
}

fn text_of(text: Option<&Spanned<String>>) -> Option<String> {
    text.map(|t| t.value.clone())
}

fn ports(row: &RawEndpoint, chain: &[&Defaults], sink: &mut Sink) -> Option<Ports> {
    let Some(list) = chain.iter().find_map(|d| d.ports.as_ref()) else {
        if row.own.broken || chain.iter().any(|d| d.broken) {
            return None;
        }
        let message = format!("the endpoint `{}` has no ports", row.id.value);
        sink.push(Code::MissingKey.at(row.span, message).help("add `ports: [https]`, here or in `defaults`"));
        return None;
    };
    let ranges = &list.value.0;
    Some(Ports::listed(ranges.iter().copied()))
}

/// The destination or tag; parsed once with the examples of its parameters, so that a bad one is an error of the
/// catalog and not of whoever sets the parameter.
fn what(text: &Spanned<String>, is_tag: bool, params: &BTreeMap<String, Param>, cx: &mut Context) -> Option<What> {
    let names = match template_params(&text.value) {
        Ok(names) => names,
        Err(bad) => {
            cx.bad(text.span, &text.value, bad);
            return None;
        }
    };
    let mut missing = false;
    for name in &names {
        if !params.contains_key(name) {
            let finding =
                Code::UnknownReference.at(text.span, format!("no parameter `{name}` is declared in this file"));
            cx.sink.push(did_you_mean(finding, name, params.keys().map(String::as_str), "parameters"));
            missing = true;
        }
    }
    if missing {
        return None;
    }
    let template = Template { text: text.clone(), params: names };
    let filled = template.fill(|name| params.get(name).map(|p| p.example.as_str()));
    if is_tag {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '.';
        if filled.is_empty() || !filled.chars().all(plain) {
            cx.sink.push(Code::BadName.at(text.span, format!("`{filled}` is not the name of a service tag")));
            return None;
        }
        return Some(What::Tag(template));
    }
    match Dest::parse(&filled) {
        Ok(_) => Some(What::Dest(template)),
        Err(bad) => {
            cx.bad(text.span, &filled, bad);
            None
        }
    }
}

fn references_of<'a>(
    list: Option<&OneOrMany<Spanned<String>>>,
    names: impl Iterator<Item = &'a str> + Clone,
    what: &str,
    sink: &mut Sink,
) -> Vec<String> {
    let mut out = Vec::new();
    for name in list.iter().flat_map(|l| &l.0) {
        known(name, names.clone(), what, sink);
        out.push(name.value.clone());
    }
    out
}

fn known<'a>(name: &Spanned<String>, names: impl Iterator<Item = &'a str> + Clone, what: &str, sink: &mut Sink) {
    if !names.clone().any(|known| known == name.value) {
        let finding =
            Code::UnknownReference.at(name.span, format!("no {what} `{}` is declared in this file", name.value));
        sink.push(did_you_mean(finding, &name.value, names, "declared"));
    }
}
