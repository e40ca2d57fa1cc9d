//! `pacwright diff`.

mod meet;
mod revision;
pub mod side;
mod sources;
pub mod words;

use clap::Args;

use super::{Format, Global, Outcome, fail, print, print_json};
use crate::catalog::load::load;
use crate::diag::{Code, Report, Severity};
use crate::diff::lines::Diff;
use crate::diff::pairs::Pairs;
use crate::diff::plan::{self, Step};
use crate::diff::{catalogs, m365, outputs, strangers, tags};
use side::{Meaning, Side, With};

#[derive(Debug, Args)]
pub struct Options {
    /// What was: a folder that `build` wrote, a site, a PAC file, a catalog, a file of Microsoft 365 or of service tags, or REV:PATH
    old: String,
    /// What is
    new: String,
    /// Say in which order to change over: open first, close last, and how to take each step back
    #[arg(long)]
    plan: bool,
}

/// Says where two sides mean something else.
pub fn run(options: &Options, global: &Global) -> Outcome {
    let Some((mut old, mut new)) = read(options, global) else {
        // Once more, one after the other: what is wrong with both is one report.
        let mut report = Report::default();
        let _ = side::read(&options.old, With::beside(&options.new, global), &mut report);
        let _ = side::read(&options.new, With::beside(&options.old, global), &mut report);
        // What is worth a look in a site is for `check` to say.
        report.sink.waive(|finding| finding.severity() < Severity::Error);
        return fail(report, global);
    };
    let is_planned = matches!((&old.meaning, &new.meaning), (Meaning::Build(_), Meaning::Build(_)));
    let compared = if options.plan && !is_planned {
        Err((
            "a plan is made for two builds or sites".to_owned(),
            "give folders that `build` wrote, or sites".to_owned(),
        ))
    } else {
        meet::pairs(&mut old, &mut new).and_then(|pairs| Ok((compare(&old, &new, &pairs)?, pairs)))
    };
    let (mut diff, pairs) = match compared {
        Ok(compared) => compared,
        Err((why, help)) => {
            let mut report = Report::default();
            report.sink.push(Code::CannotCompare.nowhere(why).help(help));
            return fail(report, global);
        }
    };
    let noted = |side: &Side| side.notes.iter().map(|note| format!("{}: {note}", side.name)).collect::<Vec<_>>();
    diff.notes.splice(0..0, noted(&old).into_iter().chain(noted(&new)));
    if options.plan && (old.is_output || new.is_output) {
        diff.notes
            .push("the plan is about one output: what the others have to do before and after is not in it".to_owned());
    }
    // For those who read more than a line.
    if global.verbose || global.format != Format::Text {
        sources::cite(&mut diff, &load(global.catalog.as_deref(), &mut Report::default()));
    }
    let names = (options.old.as_str(), options.new.as_str());
    match (&old.meaning, &new.meaning) {
        (Meaning::Build(old), Meaning::Build(new)) if options.plan => {
            show_plan(&diff.notes, &plan::plan(&diff, old, new, &pairs), names, global)
        }
        _ => show(&diff, names, global),
    }
    if diff.is_same() { Outcome::Done } else { Outcome::Found }
}

/// Both sides, read at the same time; none when one of them cannot be.
fn read(options: &Options, global: &Global) -> Option<(Side, Side)> {
    let read = |given: &str, other: &str| side::read(given, With::beside(other, global), &mut Report::default());
    let (old, new) = rayon::join(|| read(&options.old, &options.new), || read(&options.new, &options.old));
    old.zip(new)
}

/// What differs; else why nobody can say, and what to do.
fn compare(old: &Side, new: &Side, pairs: &Pairs) -> Result<Diff, (String, String)> {
    let failed = |why: String| {
        (why, "`pacwright verify` says what is wrong with a build, `pacwright eval` with a PAC file".to_owned())
    };
    match (&old.meaning, &new.meaning) {
        (Meaning::Build(one), Meaning::Build(other)) => outputs::paired(one, other, pairs).map_err(failed),
        (Meaning::Script(old), Meaning::Script(new)) => strangers::scripts(old, new).map_err(failed),
        (Meaning::Script(old), Meaning::Build(new)) => strangers::script_and_build(old, true, new).map_err(failed),
        (Meaning::Build(old), Meaning::Script(new)) => strangers::script_and_build(new, false, old).map_err(failed),
        (Meaning::Catalog(old), Meaning::Catalog(new)) => Ok(catalogs::compare(old, new)),
        (Meaning::M365(old), Meaning::M365(new)) => Ok(m365::compare(old, new)),
        (Meaning::Tags(old), Meaning::Tags(new)) => Ok(tags::compare(old, new)),
        (one, other) => Err((
            format!("`{}` is {}, `{}` is {}", old.name, one.what(), new.name, other.what()),
            "two of a kind can be compared; besides, a PAC file with a build or a site".to_owned(),
        )),
    }
}

fn show(diff: &Diff, names: (&str, &str), global: &Global) {
    match global.format {
        Format::Json | Format::Sarif => print_json(&words::json(diff, names)),
        Format::Markdown => print(&words::markdown(diff, names)),
        Format::Csv => print(&words::csv(diff)),
        Format::Text => print(&words::text(diff, names, global.quiet, global.verbose)),
    }
}

fn show_plan(notes: &[String], steps: &[Step], names: (&str, &str), global: &Global) {
    match global.format {
        Format::Json | Format::Sarif => print_json(&words::plan_json(notes, steps, names)),
        Format::Markdown => print(&words::plan_markdown(notes, steps, names)),
        Format::Csv => print(&words::plan_csv(steps)),
        Format::Text => print(&words::plan_text(notes, steps, global.quiet, global.verbose)),
    }
}
