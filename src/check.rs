//! What is not wrong but worth a look: findings over the whole plan, less those that a waiver answers for.
//!
//! In: [`Built`]. Out: findings. Never: what loading, resolving or translating reports by itself.

mod leans;
mod narrower;
pub mod reach;
mod rules;
mod services;
mod wildcards;

use std::collections::BTreeSet;

use crate::catalog::raw::Day;
use crate::diag::{Code, Sink};
use crate::pipeline::Built;
use crate::read::glob::NameGlob;

/// Runs every check. With a day, last days that are past are found too; a build has no clock.
pub fn check(built: &Built, today: Option<&Day>, sink: &mut Sink) {
    let plan = &built.plan;
    for policy in &plan.policies {
        rules::equal(plan, policy, sink);
        rules::below_final(plan, policy, sink);
        rules::firewall_caught(plan, policy, sink);
    }
    wildcards::open(built, sink);
    wildcards::open_lines(built, sink);
    wildcards::widened(built, sink);
    leans::on_optional(plan, sink);
    reach::note(plan, sink);
    narrower::variants(plan, sink);
    narrower::all_groups(plan, sink);
    services::wrong_vantage(plan, sink);
    services::tags(plan, sink);
    services::retiring(plan, sink);
    services::needs(plan, sink);
    services::without_addresses(plan, sink);
    services::pac_ignored(built, sink);
    if let Some(today) = today {
        rules::until(plan, today, sink);
        services::not_yet_live(plan, today, sink);
    }
    waive(built, today, sink);
}

/// Takes out what waivers answer for. A waiver whose last day is past answers for nothing.
fn waive(built: &Built, today: Option<&Day>, sink: &mut Sink) {
    let mut unused: Vec<bool> = Vec::new();
    for waiver in &built.plan.site.waivers {
        let past = today.is_some_and(|today| waiver.until.value < *today);
        if past {
            let message = format!("the waiver held until {}", waiver.until.value.0);
            sink.push(Code::UntilPast.at(waiver.until.span, message).help("renew it, or take it out"));
        }
        let glob = NameGlob::parse(&waiver.r#for.value).ok().filter(|_| !past);
        let mut used = past;
        sink.waive(|finding| {
            let named = finding.code.id() == waiver.code.value
                && finding.about.as_ref().is_some_and(|about| {
                    // The text itself first: patterns of destinations look like globs.
                    *about == waiver.r#for.value || glob.as_ref().is_some_and(|g| g.matches(about))
                });
            let waived = named && !past;
            used |= waived;
            waived
        });
        unused.push(!used);
    }
    for (waiver, _) in built.plan.site.waivers.iter().zip(unused).filter(|(_, unused)| *unused) {
        let message = format!("no finding `{}` is about `{}`", waiver.code.value, waiver.r#for.value);
        sink.push(Code::WaiverUnused.at(waiver.r#for.span, message));
    }
}

/// A few names, and how many more.
fn some(names: &BTreeSet<String>) -> String {
    let shown: Vec<&str> = names.iter().take(6).map(String::as_str).collect();
    let more = names.len().saturating_sub(6);
    if more == 0 { shown.join(", ") } else { format!("{}, and {more} more", shown.join(", ")) }
}
