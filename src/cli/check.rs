//! `pacwright check`.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::today::{day, today};
use super::{Format, Global, Outcome, codes, print, print_json, reach, say, show};
use crate::catalog::raw::Day;
use crate::diag::{Report, Severity, json as diag_json, sarif};
use crate::{check, pipeline};

#[derive(Debug, Args)]
pub struct Options {
    /// Exit with 1 on findings of this level or above
    #[arg(long, value_enum, default_value_t = Level::Error)]
    deny: Level,
    /// The day to hold last days against, instead of today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Day>,
    /// Print what every allowing route opens beyond what rules ask for
    #[arg(long)]
    reach: bool,
    /// Say what a code means and what to do; without one, list all
    #[arg(
        long, value_name = "CODE", num_args = 0..=1, default_missing_value = "", value_parser = codes::AnyCode,
        hide_possible_values = true, conflicts_with_all = ["reach", "deny", "as_of"]
    )]
    explain: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    /// Notes too.
    Note,
    /// Warnings too.
    Warning,
    /// Errors only.
    Error,
}

pub fn run(options: &Options, global: &Global) -> Outcome {
    if let Some(code) = &options.explain {
        return codes::explain(code, global);
    }
    let mut report = Report::default();
    let mut wrong = true;
    let mut opened = None;
    if let Some(input) = pipeline::load(&global.paths(), &mut report) {
        let built = pipeline::run(&input, &mut report);
        // Wrong input is not a finding: nothing more can be said about it.
        wrong = report.sink.has_errors();
        if !wrong {
            let today = options.as_of.clone().unwrap_or_else(today);
            check::check(&built, Some(&today), &mut report.sink);
            opened = options.reach.then(|| check::reach::reach(&built.plan, &report.files));
        }
    }
    let counts = report.sink.summary(Severity::Note);
    let (found, files) = show(report, global, if global.quiet { Severity::Error } else { Severity::Note });
    match global.format {
        Format::Json => print_json(&match &opened {
            Some(reach) => json!({"findings": diag_json::findings(&found, &files), "reach": reach}),
            None => json!({"findings": diag_json::findings(&found, &files)}),
        }),
        Format::Sarif => print_json(&sarif::log(&found, &files)),
        _ if global.quiet => {}
        _ => say(&counts),
    }
    if let (Some(opened), Format::Text) = (&opened, global.format) {
        print(&reach::text(opened, global.verbose));
    }
    let deny = match options.deny {
        Level::Note => Severity::Note,
        Level::Warning => Severity::Warning,
        Level::Error => Severity::Error,
    };
    if wrong {
        return Outcome::Failed;
    }
    if found.iter().any(|d| d.severity() >= deny) { Outcome::Found } else { Outcome::Done }
}
