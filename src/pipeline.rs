//! The stages in order: load, resolve, translate, render. What `build`, `check` and `explain` share.
//!
//! In: paths. Out: finished artifacts in memory and everything known about them. Never: writing files. The proof of the
//! artifacts belongs between [`run`] and `publish`.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::catalog::{Catalog, load as catalog_load};
use crate::diag::{Code, Diagnostic, Report};
use crate::policy::Policy;
use crate::render::render;
use crate::resolve::{Plan, resolve};
use crate::site::{Site, load as site_load};
use crate::source::{Files, Span};
use crate::target::translate::{Translation, translate};
use crate::target::{Charset, Encoding, Output, Sheet, Sought, configure};

/// What a build is made from.
#[derive(Debug)]
pub struct Input {
    /// The catalog.
    pub catalog: Catalog,
    /// The site.
    pub site: Site,
}

/// Where the input lies.
#[derive(Debug, Clone)]
pub struct Paths {
    /// The site.
    pub site: PathBuf,
    /// A folder that overlays the catalog.
    pub catalog: Option<PathBuf>,
}

/// A finished file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its path below the output folder.
    pub path: String,
    /// Its output, by position.
    pub output: usize,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Everything a run has made.
pub struct Built<'a> {
    /// What is selected.
    pub plan: Plan<'a>,
    /// The outputs.
    pub outputs: Vec<Output>,
    /// How each output says each endpoint.
    pub translations: Vec<Translation>,
    /// The files.
    pub artifacts: Vec<Artifact>,
}

/// So many characters of a line are shown: one that holds a packed text has thousands.
const SHOWN: usize = 240;

impl Built<'_> {
    /// The first line of an output's files that says something: file, line from 1, text, cut where nobody would read on.
    #[must_use]
    pub fn find(&self, output_at: usize, sought: &Sought) -> Option<(String, usize, String)> {
        let output = self.outputs.get(output_at)?;
        for artifact in self.artifacts.iter().filter(|a| a.output == output_at) {
            // Valid as a rule, and then read at once.
            let text = str::from_utf8(&artifact.bytes)
                .map_or_else(|_| String::from_utf8_lossy(&artifact.bytes), Cow::Borrowed);
            if let Some(number) = output.emitter.locate(sought, &artifact.path, &text) {
                let line = text.lines().nth(number).unwrap_or_default();
                let shown: String = line.chars().take(SHOWN).collect();
                let rest = if shown.len() < line.len() { "\u{2026}" } else { "" };
                return Some((artifact.path.clone(), number + 1, format!("{shown}{rest}")));
            }
        }
        None
    }
}

/// Loads catalog and site; `None` when one of them cannot be used at all.
#[must_use]
pub fn load(paths: &Paths, report: &mut Report) -> Option<Input> {
    let catalog = catalog_load::load(paths.catalog.as_deref(), report);
    let site = site_load::load(&paths.site, report)?;
    Some(Input { catalog, site })
}

/// Loads the catalog alone.
#[must_use]
pub fn load_catalog(overlay: Option<&Path>, report: &mut Report) -> Catalog {
    catalog_load::load(overlay, report)
}

/// Runs every stage; what is wrong goes into the report. Files are rendered only when nothing is.
#[must_use]
pub fn run<'a>(input: &'a Input, report: &mut Report) -> Built<'a> {
    let plan = resolve(&input.catalog, &input.site, &mut report.sink);
    let outputs = configure::outputs(&input.site, &report.files, &mut report.sink);
    let mut built = Built { plan, outputs, translations: Vec::new(), artifacts: Vec::new() };
    if report.sink.has_errors() {
        return built;
    }
    let files = &report.files;
    let finished = |output: &Output, sheets: Vec<Sheet>| -> Vec<(String, Result<Vec<u8>, Diagnostic>)> {
        let finished = |sheet: Sheet| {
            let bytes = finish(&sheet, output, files);
            (sheet.path, bytes)
        };
        sheets.into_par_iter().map(finished).collect()
    };
    let sink = &mut report.sink;
    // The check asks the policies, as some outputs do.
    let prepare = || built.plan.policies.par_iter().for_each(Policy::prepare);
    let ((translations, made), ()) = rayon::join(|| translate(&built.outputs, &built.plan, sink, finished), prepare);
    let mut artifacts = Vec::new();
    for (at, (output, finished)) in built.outputs.iter().zip(made).enumerate() {
        for (path, bytes) in finished {
            match bytes {
                Ok(bytes) => {
                    output.emitter.check_size(&output.common, &built.plan, bytes.len(), &mut report.sink);
                    artifacts.push(Artifact { path, output: at, bytes });
                }
                Err(finding) => report.sink.push(finding),
            }
        }
    }
    built.translations = translations;
    built.artifacts = artifacts;
    built
}

/// Steps a user's template may take: enough for a million rows, not for an endless loop.
const FUEL: u64 = 50_000_000;

/// Longest line of a user's template, in bytes: the template engine counts columns in sixteen bits.
const MOST_LINE: usize = 65_000;

fn finish(sheet: &Sheet, output: &Output, files: &Files) -> Result<Vec<u8>, Diagnostic> {
    if let Some(file) = sheet.foreign
        && let Some(line) = sheet.template.split_inclusive('\n').position(|line| line.len() > MOST_LINE)
    {
        let start: usize = sheet.template.split_inclusive('\n').take(line).map(str::len).sum();
        let message = format!("a line of more than {MOST_LINE} bytes");
        let finding = Code::BadTemplate.at(Span::new(file, start, start), message);
        return Err(finding.also(output.common.span, "the output"));
    }
    let text = render(&sheet.template, sheet.escape, sheet.context.clone(), sheet.foreign.map(|_| FUEL))
        .map_err(|error| template_error(&error, sheet, output, files))?;
    encode(text, sheet.encoding).map_err(|(line, c)| {
        let message = format!("`{}` (U+{:04X}) in line {line} of `{}` has no place in cp932", c, c as u32, sheet.path);
        let finding = Code::CannotSay.at(output.common.span, message);
        finding.help("use `encoding: utf-8-bom`, which Excel reads too")
    })
}

fn template_error(error: &minijinja::Error, sheet: &Sheet, output: &Output, files: &Files) -> Diagnostic {
    let mut message = error.detail().map_or_else(|| error.kind().to_string(), |d| format!("{}: {d}", error.kind()));
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        message.push_str(&format!("; {inner}"));
        cause = inner.source();
    }
    let Some(file) = sheet.foreign else {
        return Code::Internal.at(output.common.span, format!("the template `{}`: {message}", sheet.template_name));
    };
    let line = error.line().unwrap_or(1).max(1);
    let text = files.all(file);
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let length = text.get(start..).and_then(|t| t.lines().next()).map_or(0, str::len);
    Code::BadTemplate.at(Span::new(file, start, start + length), message).also(output.common.span, "the output")
}

/// Text to bytes.
///
/// # Errors
/// The line and character that the charset cannot hold.
fn encode(mut text: String, encoding: Encoding) -> Result<Vec<u8>, (usize, char)> {
    if encoding.crlf {
        text = text.replace('\n', "\r\n");
    }
    match encoding.charset {
        Charset::Utf8 => Ok(text.into_bytes()),
        Charset::Utf8Bom => Ok(format!("\u{feff}{text}").into_bytes()),
        Charset::Cp932 => {
            let (bytes, _, lossy) = encoding_rs::SHIFT_JIS.encode(&text);
            if !lossy {
                return Ok(bytes.into_owned());
            }
            let unsayable = |c: &char| encoding_rs::SHIFT_JIS.encode(c.encode_utf8(&mut [0; 4])).2;
            let found = text.lines().enumerate().find_map(|(n, l)| l.chars().find(unsayable).map(|c| (n + 1, c)));
            Err(found.unwrap_or((1, '?')))
        }
    }
}
