//! The command line: what may be said, and one file a command that reads, calls the stages and prints.

mod build;
mod check;
mod codes;
mod dates;
mod diff;
pub mod eval;
mod explain;
mod import;
mod init;
mod list;
mod net;
mod reach;
mod schema;
mod service;
mod shell;
mod today;
mod update;
mod verify;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::diag::{Diagnostic, Report, Severity, json, text};
use crate::pipeline::Paths;
use crate::source::Files;
pub use update::State;

/// From a catalog of network destinations to PAC files, Squid ACLs, Zscaler-style lists and firewall lists.
#[derive(Debug, Parser)]
#[command(name = "pacwright", version, about, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

#[derive(Debug, Clone, Args)]
struct Global {
    /// The site [default: site.yaml]
    #[arg(short, long, value_name = "SITE.YAML", global = true)]
    config: Option<PathBuf>,
    /// A folder of catalog files that replace or add services
    #[arg(long, value_name = "DIR", global = true)]
    catalog: Option<PathBuf>,
    /// For people, or for programs
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    format: Format,
    /// Say only what is wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    verbose: bool,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people; may change.
    Text,
    /// For programs; the interface.
    Json,
    /// Findings of `check` for code-scanning pages.
    Sarif,
    /// Tables of `diff` for a page or the description of a change.
    Markdown,
    /// Rows of `diff` for a spreadsheet.
    Csv,
}

impl Format {
    /// Whether findings are printed as words on stderr.
    const fn is_for_people(self) -> bool {
        matches!(self, Self::Text | Self::Markdown | Self::Csv)
    }

    /// The one command that has it; none: all have.
    const fn only_of(self) -> Option<&'static str> {
        match self {
            Self::Text | Self::Json => None,
            Self::Sarif => Some("check"),
            Self::Markdown | Self::Csv => Some("diff"),
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented site.yaml: asks on a terminal, takes flags otherwise
    Init(init::Options),
    /// Show services, parameters, targets or tags of the catalog
    List(list::Options),
    /// Look for what is wrong, or not wrong but worth a look
    Check(check::Options),
    /// Write the files of a site
    Build(build::Options),
    /// Say where a host goes and why, and each file's line for it
    Explain(explain::Options),
    /// Make published lists of others files of the catalog
    Import(import::Options),
    /// Fetch what changed at the sources of the catalog, and import it
    Update(update::Options),
    /// Say where two sides mean something else: builds, sites, PAC files, catalogs, published lists
    Diff(diff::Options),
    /// Hold the files on the disk against their manifest, and prove them again
    Verify(verify::Options),
    /// Run any PAC file, also one pacwright did not write
    Eval(eval::Options),
    /// Print completions for a shell
    Completions(shell::Options),
    /// Print the manual page
    Man,
    /// Print the JSON Schema of the catalog or of site.yaml, for editors
    Schema(schema::Options),
}

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Done.
    Done,
    /// It found something.
    Found,
    /// It could not.
    Failed,
}

impl Global {
    /// The site's file.
    fn site(&self) -> PathBuf {
        self.config.clone().unwrap_or_else(|| PathBuf::from("site.yaml"))
    }

    /// The folder that catalog files are written into.
    fn catalog_folder(&self) -> PathBuf {
        self.catalog.clone().unwrap_or_else(|| PathBuf::from("catalog"))
    }

    fn paths(&self) -> Paths {
        Paths { site: self.site(), catalog: self.catalog.clone() }
    }
}

/// Runs a command line.
#[must_use]
pub fn run(cli: &Cli) -> ExitCode {
    let command = match &cli.command {
        Command::Check(_) => "check",
        Command::Diff(_) => "diff",
        _ => "",
    };
    if let Some(own) = cli.global.format.only_of().filter(|own| *own != command) {
        let format =
            cli.global.format.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        say(&format!("error: `--format {format}` is for `{own}`"));
        return ExitCode::from(2);
    }
    let outcome = match &cli.command {
        Command::Init(options) => init::run(options, &cli.global),
        Command::List(options) => list::run(options, &cli.global),
        Command::Check(options) => check::run(options, &cli.global),
        Command::Build(options) => build::run(options, &cli.global),
        Command::Explain(options) => explain::run(options, &cli.global),
        Command::Import(options) => import::run(options, &cli.global),
        Command::Update(options) => update::run(options, &cli.global),
        Command::Diff(options) => diff::run(options, &cli.global),
        Command::Verify(options) => verify::run(options, &cli.global),
        Command::Eval(options) => eval::run(options, &cli.global),
        Command::Completions(options) => shell::completions(options),
        Command::Man => shell::man(),
        Command::Schema(options) => schema::run(options),
    };
    let outcome = if UNPRINTED.load(Ordering::Relaxed) { Outcome::Failed } else { outcome };
    ExitCode::from(match outcome {
        Outcome::Done => 0,
        Outcome::Found => 1,
        Outcome::Failed => 2,
    })
}

/// Whether something could not be printed.
static UNPRINTED: AtomicBool = AtomicBool::new(false);

/// Prints to stdout; a closed pipe is the reader's wish to hear no more, everything else a failure.
fn print(text: &str) {
    use std::io::Write as _;
    let mut out = anstream::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
        && error.kind() != std::io::ErrorKind::BrokenPipe
        && !UNPRINTED.swap(true, Ordering::Relaxed)
    {
        say(&format!("error: standard output: {error}"));
    }
}

fn print_json(value: &impl serde::Serialize) {
    // What is printed are our own structs with string keys: they always serialize.
    if let Ok(mut text) = serde_json::to_string_pretty(value) {
        text.push('\n');
        print(&text);
    }
}

/// Prints words to stderr.
fn say(text: &str) {
    use std::io::Write as _;
    let mut err = anstream::stderr().lock();
    let _ = writeln!(err, "{text}");
}

/// Prints the findings of a report to stderr and gives them back, sorted; as JSON, the caller prints them.
fn show(report: Report, global: &Global, least: Severity) -> (Vec<Diagnostic>, Files) {
    let left_off = report.sink.left_off();
    let found = report.sink.into_sorted();
    if global.format.is_for_people() {
        let styled = std::io::stderr().is_terminal();
        for diagnostic in found.iter().filter(|d| d.severity() >= least) {
            say(&format!("{}\n", text::render(diagnostic, &report.files, styled)));
        }
        for (code, n) in left_off {
            say(&format!("… and {n} more of `{}`\n", code.id()));
        }
    }
    (found, report.files)
}

/// Ends a command that cannot go on: all findings, their count, exit code 2.
fn fail(report: Report, global: &Global) -> Outcome {
    let value = failure(report, global);
    if !global.format.is_for_people() {
        print_json(&value);
    }
    Outcome::Failed
}

/// The findings of what cannot go on, printed for people, or given back for programs.
fn failure(report: Report, global: &Global) -> serde_json::Value {
    let counts = report.sink.summary(Severity::Note);
    let (found, files) = show(report, global, if global.quiet { Severity::Error } else { Severity::Note });
    if global.format.is_for_people() {
        say(&counts);
    }
    serde_json::json!({"findings": json::findings(&found, &files)})
}
