//! PAC files of which nobody claims anything, compared: with each other, or with the one of a build. They are asked about hosts
//! that their text mentions; what that cannot show is said beside it.

use std::borrow::Cow;

use super::decisions::{Differences, compare};
use super::doubts;
use super::lines::{Diff, Kind, Part};
use super::outputs::Build;
use super::pairs;
use super::partition::{Named, Partition};
use super::script::{self, Stranger};
use super::zoned::Zoned;
use crate::claims::Output;
use crate::prove::facts;
use crate::target::read_back::{Back, Looks};

/// An output that answers with routes.
type Answering<'b> = (&'b Output, Looks, Vec<Box<dyn Back>>);

/// Compares a PAC file that nobody claims anything of with the one PAC file of a build.
///
/// # Errors
/// Why they cannot be compared.
pub fn script_and_build(text: &str, is_old: bool, build: &Build) -> Result<Diff, String> {
    let facts = facts::of_zones(&build.claims);
    let mut found: Vec<Answering> = Vec::new();
    for output in &build.claims.outputs {
        let Some(Ok(backs)) = build.back(output) else { continue };
        if let Some(looks @ Looks::AtUrls { .. }) = backs.first().map(|back| back.looks()) {
            found.push((output, looks, backs));
        }
    }
    let ids: Vec<&str> = found.iter().map(|(output, ..)| output.id.as_str()).collect();
    let ids = ids.join(", ");
    let Some((output, looks, backs)) = found.pop().filter(|_| found.is_empty()) else {
        return Err(if ids.is_empty() {
            "a PAC file can only be compared with a build that has one".to_owned()
        } else {
            format!(
                "there are several PAC files to compare it with ({ids}): name one of them, as in `out/{}`",
                ids.split(',').next().unwrap_or_default()
            )
        });
    };
    let mut named = Named::default();
    build.names(&mut named);
    build.mentions(output, &looks, &mut named);
    script::mentions(text, &mut named);
    let zone = output.zones.first().and_then(|label| pairs::zone(&build.claims, label)).unwrap_or_default();
    let back = backs.into_iter().next().ok_or_else(|| format!("`{}` cannot be read", output.id))?;
    let mut ours = Zoned::new((build, output, &facts), &output.id, back)?;
    ours.stand_in(zone);
    let which = if is_old { "old" } else { "new" };
    let mut theirs = load(text, which)?;
    let parts = Cow::Owned(Partition::of(named)?);
    let found = if is_old {
        compare(&mut theirs, &mut ours, parts, None)
    } else {
        compare(&mut ours, &mut theirs, parts, None)
    };
    let mut diff = diff(&output.id, found.map_err(|why| format!("the {which} PAC file: {why}"))?);
    diff.notes.extend(notes(which, text, &theirs));
    Ok(diff)
}

/// Compares two PAC files of which nobody claims anything.
///
/// # Errors
/// Why they cannot be compared: one that fails or takes too long.
pub fn scripts(old: &str, new: &str) -> Result<Diff, String> {
    let mut named = Named::default();
    script::mentions(old, &mut named);
    script::mentions(new, &mut named);
    let (mut before, mut after) = (load(old, "old")?, load(new, "new")?);
    let found = compare(&mut before, &mut after, Cow::Owned(Partition::of(named)?), None)?;
    let mut diff = diff("PAC file", found);
    diff.notes.extend(notes("old", old, &before));
    diff.notes.extend(notes("new", new, &after));
    Ok(diff)
}

fn load(text: &str, which: &'static str) -> Result<Stranger, String> {
    Stranger::load(text, which).map_err(|why| format!("the {which} PAC file: {why}"))
}

fn diff(name: &str, found: Differences) -> Diff {
    let mut notes = Vec::new();
    if !found.uneven.is_empty() {
        let few: Vec<&str> = found.uneven.iter().take(FEW).map(String::as_str).collect();
        let more = found.uneven.len().saturating_sub(FEW);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        notes.push(format!(
            "hosts of one domain are decided in different ways: of {}{more} the lines tell only the hosts that were asked",
            few.join(", ")
        ));
    }
    Diff {
        parts: vec![Part { name: name.to_owned(), kind: Kind::Clients, lines: found.lines, counts: Vec::new() }],
        notes,
        asked: Some(found.hosts),
        ..Diff::default()
    }
}

/// How many patterns a note names.
const FEW: usize = 5;

/// What has to be known of a script to read the comparison.
fn notes(which: &str, text: &str, script: &Stranger) -> Vec<String> {
    let doubts = doubts::of(text);
    let doubts = doubts.into_iter().map(|doubt| format!("the {which} PAC file {doubt}"));
    let failed = script.failed().map(|(times, of, why)| {
        format!(
            "the {which} PAC file fails at {times} of {of} questions ({why}): what a client does then is its own affair"
        )
    });
    doubts.chain(failed).collect()
}
