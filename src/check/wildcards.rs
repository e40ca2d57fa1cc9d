//! Wildcards that let in more than the service: by what anybody can register, and by what a format cannot say.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::some;
use crate::dest::Pattern;
use crate::diag::{Code, Diagnostic, Sink};
use crate::pipeline::Built;
use crate::site::{HostLine, RouteId};
use crate::target::fidelity::Kind;

/// Selected wildcards under which anybody can register a name; in a do-not-decrypt list that is an error.
pub fn open(built: &Built, sink: &mut Sink) {
    let plan = &built.plan;
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for (at, item) in plan.items.iter().enumerate() {
        let Some(name) = item.dest().and_then(|d| d.pattern.name()) else { continue };
        let Some(suffix) = plan.catalog.vocabulary.open_to_anybody(name) else { continue };
        let placed = item.placed.iter().find(|p| p.route != RouteId::BLOCK && !p.wrong_vantage);
        let Some(rule) = placed.and_then(|p| plan.site.rules.get(p.rule)) else { continue };
        let what = plan.catalog.vocabulary.suffixes.get(suffix).map_or(String::new(), |what| format!(", {what}"));
        if !seen.insert(name.to_string()) {
            continue;
        }
        let message = format!("`{name}` ({}) lets in every name below {suffix}{what}", item.key());
        let finding = Code::OpenWildcard.at(rule.span, message).also(item.endpoint.span, "the endpoint");
        sink.push(
            finding.about(name.to_string()).help("name your own hosts in a rule instead, if the service allows it"),
        );
        let decrypts_not = built.outputs.iter().zip(&built.translations).find(|(output, translation)| {
            let kind = translation.said.get(at).map(|s| s.fidelity.kind());
            output.target.on_proxy && matches!(kind, Some(Kind::Exact | Kind::Widened | Kind::Narrowed))
        });
        if let Some((output, _)) = decrypts_not.filter(|_| item.endpoint.no_inspect) {
            let message = format!(
                "the do-not-decrypt list of `{}` would hold `{name}`, which lets in every name below {suffix}{what}",
                output.id
            );
            let finding = Code::OpenNoDecrypt.at(rule.span, message).also(item.endpoint.span, "the endpoint");
            let help = format!(
                "answer for it: waivers: [{{code: open-no-decrypt, for: \"{name}\", reason: ..., until: YYYY-MM-DD}}]"
            );
            sink.push(finding.about(name.to_string()).help(help));
        }
    }
}

/// The same of a rule's own lines.
pub fn open_lines(built: &Built, sink: &mut Sink) {
    let plan = &built.plan;
    let open = |line: &HostLine| {
        let (what, below) = match &line.dest.pattern {
            Pattern::Name(name) => {
                let suffix = plan.catalog.vocabulary.open_to_anybody(name)?;
                (name.to_string(), format!("every name below {suffix}"))
            }
            Pattern::Net(net) if net.prefix_len() == 0 => (net.to_string(), "every address".to_owned()),
            _ => return None,
        };
        let finding = Code::OpenWildcard.at(line.span, format!("`{what}` lets in {below}"));
        Some(finding.about(what).help("name the hosts you need"))
    };
    for rule in plan.site.rules.iter().filter(|r| r.route.is_named()) {
        let found: Vec<Diagnostic> = rule.hosts.par_iter().filter_map(open).collect();
        found.into_iter().for_each(|finding| sink.push(finding));
    }
}

/// What an output allows beyond what is selected.
pub fn widened(built: &Built, sink: &mut Sink) {
    for (output, translation) in built.outputs.iter().zip(&built.translations) {
        let mut by_reason: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        let items = built.plan.items.iter().zip(&translation.said).map(|(item, said)| (item.destination(), said));
        let lines = translation.lines.iter().flat_map(|of_rule| {
            let hosts = built.plan.site.rules.get(of_rule.rule).map(|r| r.hosts.as_slice()).unwrap_or_default();
            of_rule.not_exact.iter().filter_map(|(at, said)| Some((hosts.get(*at)?.dest.to_string(), said)))
        });
        for (destination, said) in items.chain(lines) {
            for reason in said.fidelity.reasons.iter().filter(|r| r.kind() == Kind::Widened) {
                by_reason.entry(*reason).or_default().insert(destination.clone());
            }
        }
        for (reason, names) in by_reason {
            let message = format!("`{}` widens {}: {} ({})", output.id, names.len(), some(&names), reason.text());
            sink.push(Code::TargetWidens.at(output.common.span, message).about(output.id.clone()));
        }
    }
}
