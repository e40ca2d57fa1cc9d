//! The outputs of a site, read by their targets.

use std::collections::BTreeMap;

use super::{Common, Output, TARGETS, Target, named};
use crate::diag::{Code, Sink, did_you_mean};
use crate::read::record::{Context, Record};
use crate::read::yaml::{Kind, Node};
use crate::site::raw::OutputKeys;
use crate::site::validate::zone_ids;
use crate::site::{RouteId, Serve, Site};
use crate::source::{Files, Span, Spanned};

/// What a target reads its options from.
pub struct Options<'a, 'b> {
    /// The site.
    pub site: &'a Site,
    /// The common options.
    pub common: &'a Common,
    /// Texts and errors.
    pub cx: Context<'b>,
    node: &'a Node,
}

impl Options<'_, '_> {
    /// Reads the target's own keys; keys that nobody knows are errors.
    pub fn read<T: Record>(&mut self) -> Option<T> {
        let entries: &[(Spanned<String>, Node)] = match &self.node.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        };
        let read = T::fields(entries, self.node.span, &mut self.cx);
        let known: Vec<&str> = OutputKeys::keys().into_iter().chain(T::keys()).collect();
        self.cx.unknown_keys(entries, &known);
        read
    }

    /// A route by name, or an error.
    pub fn route(&mut self, name: &Spanned<String>) -> Option<RouteId> {
        let id = self.site.route_named(&name.value);
        if id.is_none() {
            let finding = Code::UnknownReference.at(name.span, format!("no route `{}`", name.value));
            let known = self.site.routes.iter().map(|r| r.name.as_str());
            self.cx.sink.push(did_you_mean(finding, &name.value, known, "routes"));
        }
        id
    }
}

/// The outputs of a site; what is wrong goes into the sink.
#[must_use]
pub fn outputs(site: &Site, files: &Files, sink: &mut Sink) -> Vec<Output> {
    let mut outputs: Vec<Output> = Vec::new();
    let mut places: BTreeMap<String, Span> = BTreeMap::new();
    for raw in &site.outputs {
        let keys = &raw.keys;
        let Some(target) = named(&keys.target.value) else {
            let finding = Code::UnknownReference.at(keys.target.span, format!("no target `{}`", keys.target.value));
            sink.push(did_you_mean(finding, &keys.target.value, TARGETS.iter().map(|t| t.name), "targets"));
            continue;
        };
        let zones = zone_ids(keys.zones.as_ref(), &site.zones, sink);
        // A file for one zone: one output for each of its zones, unless it names its file.
        let per_zone: Vec<Vec<_>> = if target.one_zone && zones.len() > 1 {
            if let Some(file) = &keys.file {
                let message = format!("a {} is for one zone, and this output has {}", target.name, zones.len());
                sink.push(Code::CannotSay.at(file.span, message).help("name one zone, or leave `file` out"));
                continue;
            }
            zones.into_iter().map(|z| vec![z]).collect()
        } else {
            vec![zones]
        };
        for zones in per_zone {
            without_effect(target, keys, sink);
            let Some(place) = place(target, keys, site, &zones, sink) else {
                continue;
            };
            if let Some(first) = places.insert(place.clone(), raw.span) {
                let message = format!("two outputs write `{place}`");
                let finding = Code::OutputClash.at(keys.target.span, message).also(first, "the other one");
                sink.push(finding.help("give one of them another `file` or `dir`"));
            }
            let common = Common {
                zones,
                routes: routes(site, keys, sink),
                serve: keys.serve.as_ref().map_or(Serve::Proxied, |s| s.value),
                include_default: keys.include_default.as_ref().is_some_and(|i| i.value),
                span: keys.target.span,
                place,
            };
            let cx = Context { files, sink };
            let mut options = Options { site, common: &common, cx, node: &raw.node };
            if let Some(emitter) = (target.configure)(&mut options) {
                outputs.push(Output { id: common.place.trim_end_matches('/').to_owned(), target, common, emitter });
            }
        }
    }
    nested(&outputs, sink);
    outputs
}

/// Options of proxies' lists on outputs that are none.
fn without_effect(target: &Target, keys: &OutputKeys, sink: &mut Sink) {
    let spans = [
        keys.routes.as_ref().and_then(|r| r.0.first()).map(|r| ("routes", r.span)).filter(|_| !target.on_proxy),
        keys.serve.as_ref().map(|s| ("serve", s.span)).filter(|_| !target.on_proxy),
        keys.include_default.as_ref().map(|i| ("include_default", i.span)).filter(|_| !target.takes_default),
    ];
    for (key, span) in spans.into_iter().flatten() {
        let message = format!("`{key}` means nothing to a {} output", target.name);
        sink.push(Code::CannotSay.at(span, message).help("take it out"));
    }
}

/// One output's file inside another output's folder would be overwritten or taken for a left-over; and no file can also
/// be a folder. Case does not count: Windows shares and macOS know one name only.
fn nested(outputs: &[Output], sink: &mut Sink) {
    for (i, a) in outputs.iter().enumerate() {
        for b in outputs.iter().skip(i + 1) {
            let (a, b) = if a.common.place.len() <= b.common.place.len() { (a, b) } else { (b, a) };
            let (outer, inner) = (a.common.place.to_ascii_lowercase(), b.common.place.to_ascii_lowercase());
            let folder = format!("{}/", outer.trim_end_matches('/'));
            let clash = if outer.trim_end_matches('/') == inner.trim_end_matches('/') {
                // The same spelling was told before.
                (a.common.place != b.common.place)
                    .then(|| format!("`{}` and `{}` are one name", a.common.place, b.common.place))
            } else {
                inner
                    .starts_with(&folder)
                    .then(|| format!("`{}` lies inside `{}` of another output", b.common.place, a.common.place))
            };
            if let Some(message) = clash {
                sink.push(Code::OutputClash.at(b.common.span, message).also(a.common.span, "the other one"));
            }
        }
    }
}

fn routes(site: &Site, keys: &OutputKeys, sink: &mut Sink) -> Vec<RouteId> {
    let Some(names) = &keys.routes else {
        return site.named_routes().collect();
    };
    let mut ids = Vec::new();
    for name in &names.0 {
        match site.route_named(&name.value).filter(|id| id.is_named()) {
            Some(id) => ids.push(id),
            None => {
                let message = format!("`{}` is not a named route; `serve: selected` adds the direct one", name.value);
                let known: Vec<&str> = site.named_routes().map(|id| site.route(id).name.as_str()).collect();
                let finding = Code::UnknownReference.at(name.span, message);
                sink.push(did_you_mean(finding, &name.value, known.into_iter(), "named routes"));
            }
        }
    }
    ids
}

/// Where the files of an output go.
fn place(
    target: &Target,
    keys: &OutputKeys,
    site: &Site,
    zones: &[crate::site::ZoneId],
    sink: &mut Sink,
) -> Option<String> {
    let is_folder = target.place.ends_with('/');
    let (given, wrong, right) =
        if is_folder { (&keys.dir, &keys.file, "dir") } else { (&keys.file, &keys.dir, "file") };
    if let Some(wrong) = wrong {
        let what = if is_folder { "several files" } else { "one file" };
        let message = format!("a {} is {what}: its place is said by `{right}`", target.name);
        sink.push(Code::UnknownKey.at(wrong.span, message));
    }
    let Some(given) = given else {
        let name = zones.first().and_then(|z| site.zone(*z).name.as_deref());
        return Some(match (target.place.rsplit_once('.'), name) {
            (Some((stem, extension)), Some(zone)) if target.one_zone && site.zones.len() > 1 => {
                format!("{stem}-{zone}.{extension}")
            }
            _ => target.place.to_owned(),
        });
    };
    match safe_path(given.trim_end_matches('/')) {
        Ok(path) if is_folder => Some(format!("{path}/")),
        Ok(path) => Some(path),
        Err(why) => {
            sink.push(Code::BadName.at(given.span, format!("`{}`: {why}", given.value)));
            None
        }
    }
}

/// A path below the output folder.
///
/// # Errors
/// Why it is not one.
pub fn safe_path(text: &str) -> Result<String, &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    if text.is_empty() || text.len() > 200 || !text.chars().all(plain) {
        return Err("a path is made of letters, digits, `-`, `_`, `.` and `/`");
    }
    if text.starts_with('/') || text.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
        return Err("the path lies below the output folder: no leading `/`, no `..`, no hidden names");
    }
    let first = text.split('/').next().unwrap_or_default();
    if ["manifest.json", "manifest-lines.txt"].iter().any(|own| first.eq_ignore_ascii_case(own)) {
        return Err("the manifest is written by every build");
    }
    Ok(text.to_owned())
}
