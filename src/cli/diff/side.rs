//! What an argument of `diff` is: looked at, and read.

use std::path::{Path, PathBuf};

use super::revision::{self, Trouble};
use crate::catalog::Catalog;
use crate::catalog::load::{load, load_with, unreadable};
use crate::claims::Claims;
use crate::cli::Global;
use crate::diag::{Code, Report, Sink};
use crate::diff::outputs::Build;
use crate::import::m365::read::{Set, sets};
use crate::import::tags::{self, List};
use crate::js::encoding::decode;
use crate::pipeline::{self, Built, Paths};
use crate::publish::verify::{Found, found};
use crate::publish::{LINES, MANIFEST};
use crate::target::TARGETS;

/// A side as it was given, and what it means.
#[derive(Debug)]
pub struct Side {
    /// As it was given.
    pub name: String,
    /// What it means.
    pub meaning: Meaning,
    /// What has to be known of it.
    pub notes: Vec<String>,
    /// Whether it is one output of a build, given by one of its files.
    pub is_output: bool,
}

/// What a side means.
#[derive(Debug)]
pub enum Meaning {
    /// Files that a build wrote, or would write.
    Build(Box<Build>),
    /// A PAC file of which no manifest is known.
    Script(String),
    /// Services.
    Catalog(Box<Catalog>),
    /// Endpoint sets of Microsoft 365.
    M365(Vec<Set>),
    /// Service tags.
    Tags(List),
}

impl Meaning {
    /// What it is, in words.
    pub const fn what(&self) -> &'static str {
        match self {
            Self::Build(_) => "a build or a site",
            Self::Script(_) => "a PAC file",
            Self::Catalog(_) => "a catalog",
            Self::M365(_) => "an answer of Microsoft 365's web service",
            Self::Tags(_) => "a file of service tags",
        }
    }
}

/// Most bytes of a file that is looked at.
const LARGEST: u64 = 64 << 20;
/// Most names of a folder that are looked at.
const MOST_NAMES: usize = 1_000;
/// The word for the catalog inside the program.
const EMBEDDED: &str = "embedded";

/// What a side is read with.
#[derive(Clone, Copy)]
pub struct With<'a> {
    /// The options of the program.
    pub global: &'a Global,
    /// Beside the catalog inside the program: catalog files are laid over it, as a build does, and not taken alone.
    pub laid_over: bool,
}

impl<'a> With<'a> {
    /// What a side is read with beside another.
    pub fn beside(other: &str, global: &'a Global) -> Self {
        Self { global, laid_over: is_embedded(other) }
    }
}

fn is_embedded(given: &str) -> bool {
    given == EMBEDDED && !Path::new(given).exists()
}

/// Reads a side; what is wrong goes into the report.
pub fn read(given: &str, with: With, report: &mut Report) -> Option<Side> {
    let path = Path::new(given);
    let mut notes = Vec::new();
    let read = if is_embedded(given) {
        let catalog = load(None, report);
        (!report.sink.has_errors()).then(|| (Meaning::Catalog(Box::new(catalog)), false))
    } else if let Some((rev, inside)) = given.split_once(':').filter(|_| !path.exists()) {
        match revision::check_out(rev, inside) {
            Ok(out) => {
                let (files, findings) = (report.files.count(), report.sink.found().len());
                let read = at(&out.path, with, &mut notes, report);
                report.files.rename(files, &out.root, &out.prefix());
                report.sink.reword(findings, |text| out.shown(text));
                notes.iter_mut().for_each(|note| *note = out.shown(note));
                let is_site = matches!(read, Some((Meaning::Build(_), false))) && out.path.is_file();
                if let (true, Some(catalog)) = (is_site, &with.global.catalog) {
                    let folder = catalog.display();
                    notes.push(format!("`{given}` is built with `{folder}` as it is here, not as it was in `{rev}`"));
                }
                read
            }
            Err(Trouble { why, help }) => {
                let finding = Code::CannotRead.nowhere(format!("`{given}`: {why}"));
                let usual = "REV:PATH is a path from the root of the git repository here, or with `./` from this folder, as in HEAD~1:out";
                report.sink.push(finding.help(help.unwrap_or_else(|| usual.to_owned())));
                None
            }
        }
    } else {
        at(path, with, &mut notes, report)
    };
    let (meaning, is_output) = read?;
    Some(Side { name: given.to_owned(), meaning, notes, is_output })
}

/// Reads what lies at a path, and says whether that is one output of a build.
fn at(path: &Path, with: With, notes: &mut Vec<String>, report: &mut Report) -> Option<(Meaning, bool)> {
    let errors = report.sink.errors();
    let read = if path.is_dir() {
        folder(path, with, notes, report).map(|meaning| (meaning, false))
    } else if let Some((folder, id, found, sink)) = built_file(path) {
        let read = (Some(found), sink);
        build(&folder, Some(&id), read, notes, report).map(|build| (Meaning::Build(Box::new(build)), true))
    } else {
        file(path, with, report).map(|meaning| (meaning, false))
    };
    read.filter(|_| report.sink.errors() == errors)
}

fn folder(path: &Path, with: With, notes: &mut Vec<String>, report: &mut Report) -> Option<Meaning> {
    if path.join(MANIFEST).exists() {
        let mut sink = Sink::default();
        let read = found(path, &mut sink);
        return build(path, None, (read, sink), notes, report).map(|build| Meaning::Build(Box::new(build)));
    }
    if let Some(help) = no_side(path) {
        let message = format!("`{}` holds neither a manifest nor services", path.display());
        report.sink.push(Code::CannotRead.nowhere(message).help(help));
        return None;
    }
    let mut catalog = load(Some(path), report);
    // By what was read from there: files of the catalog inside the program may have the same names.
    let own = std::mem::take(&mut catalog.laid_over);
    if own.is_empty() && catalog.broken.is_empty() && !(with.laid_over && path.join("tags").is_dir()) {
        let message = format!("`{}` holds neither a manifest nor services", path.display());
        report
            .sink
            .push(Code::CannotRead.nowhere(message).help("give a folder that `build` wrote, or one of catalog files"));
        return None;
    }
    catalog.services.retain(|id, _| with.laid_over || own.contains(id));
    Some(Meaning::Catalog(Box::new(catalog)))
}

/// What to give instead of a folder that is neither a build nor a catalog, when one can tell.
fn no_side(path: &Path) -> Option<String> {
    let names = std::fs::read_dir(path).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.take(MOST_NAMES).collect();
    names.sort();
    let starts = |name: &String, key: &str| {
        let text = read_bytes(&path.join(name)).unwrap_or_default();
        String::from_utf8_lossy(&text).lines().any(|line| line.starts_with(key))
    };
    let yaml = || names.iter().filter(|name| name.ends_with(".yaml") || name.ends_with(".yml"));
    let shown = |name: &str| format!("`{}`", path.join(name).display());
    if yaml().any(|name| starts(name, "service:")) {
        return None;
    }
    let sites: Vec<String> = yaml().filter(|name| starts(name, "site:")).map(|name| shown(name)).collect();
    match sites.as_slice() {
        [] => {}
        [site] => return Some(format!("the site in it is {site}")),
        sites => return Some(format!("the sites in it are {}", sites.join(", "))),
    }
    if let Some(build) = names.iter().find(|name| path.join(name).join(MANIFEST).is_file()) {
        return Some(format!("the build in it is {}", shown(build)));
    }
    let pac = names.iter().find(|name| name.ends_with(".pac"));
    let is_place = |name: &String| TARGETS.iter().any(|target| target.place.trim_end_matches('/') == name);
    if pac.is_none() && !names.iter().any(is_place) {
        return None;
    }
    let rest = pac.map_or_else(String::new, |pac| format!("; {} alone can be compared as a PAC file", shown(pac)));
    Some(format!("a folder that `build` wrote has a {MANIFEST}, which says what its files are: build again{rest}"))
}

fn file(path: &Path, with: With, report: &mut Report) -> Option<Meaning> {
    if path.file_name().is_some_and(|name| name == MANIFEST) && path.is_file() {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let message = format!("`{}` is what `build` says of its files, and no side by itself", path.display());
        report.sink.push(Code::CannotRead.nowhere(message).help(format!("give its folder, `{}`", folder.display())));
        return None;
    }
    let bytes = match read_bytes(path) {
        Ok(bytes) => bytes,
        Err(why) => {
            report.sink.push(Code::CannotRead.nowhere(format!("`{}`: {why}", path.display())));
            return None;
        }
    };
    let is = |endings: &[&str]| {
        path.extension().is_some_and(|own| endings.iter().any(|ending| own.eq_ignore_ascii_case(ending)))
    };
    if is(&["yaml", "yml"]) {
        return yaml(path, with, report);
    }
    let (text, _, _) = decode(bytes);
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if text.contains("FindProxyForURL") && !start.starts_with(['[', '{']) {
        return Some(Meaning::Script(text));
    }
    let id = match report.files.read(path, LARGEST) {
        Ok(id) => id,
        Err((id, error)) => {
            report.sink.push(unreadable(id, &error));
            return None;
        }
    };
    if start.starts_with('{') {
        return tags::read(&report.files, id, &mut report.sink).map(Meaning::Tags);
    }
    // As JSON, or as a table.
    let is_table = start.lines().next().is_some_and(|head| head.to_ascii_lowercase().contains("servicearea"));
    if start.starts_with('[') || is_table || is(&["json"]) {
        return Some(Meaning::M365(sets(id, report)));
    }
    let message = format!("`{}` is nothing that can be compared", path.display());
    let help = "a folder that `build` wrote, a site, a PAC file, a catalog, a file of Microsoft 365 or of service tags; a list that `build` wrote needs its manifest.json beside it";
    report.sink.push(Code::CannotRead.nowhere(message).help(help));
    None
}

/// A site, or one file of a catalog.
fn yaml(path: &Path, with: With, report: &mut Report) -> Option<Meaning> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    if text.lines().any(|line| line.starts_with("service:")) {
        let mut catalog = load_with(None, &[(path.to_owned(), text)], report);
        let shown = path.display().to_string();
        catalog.services.retain(|_, service| with.laid_over || report.files.name(service.span.file) == shown);
        return Some(Meaning::Catalog(Box::new(catalog)));
    }
    let paths = Paths { site: path.to_owned(), catalog: with.global.catalog.clone() };
    let input = pipeline::load(&paths, report)?;
    let built = pipeline::run(&input, report);
    if report.sink.has_errors() {
        return None;
    }
    Some(Meaning::Build(Box::new(of_built(&built, Claims::of(&built, &report.files)))))
}

/// The files of a build that is in memory only.
pub fn of_built(built: &Built, claims: Claims) -> Build {
    let id = |at: usize| built.outputs.get(at).map_or_else(String::new, |output| output.id.clone());
    let files = built.artifacts.iter().map(|a| (a.path.clone(), id(a.output), a.bytes.clone())).collect();
    Build { claims, files, is_untouched: true }
}

/// What a build wrote, as it was found; of one of its outputs only, when it is named. That a file was edited is what one may want
/// to see: it is no reason not to read it.
fn build(
    folder: &Path,
    only: Option<&str>,
    (found, sink): (Option<Found>, Sink),
    notes: &mut Vec<String>,
    report: &mut Report,
) -> Option<Build> {
    let Some(Found { manifest, files }) = found else {
        sink.into_sorted().into_iter().for_each(|finding| report.sink.push(finding));
        return None;
    };
    if !manifest.claims.is_complete() {
        let message = format!("the lines that `{}` was built from are not at hand", folder.display());
        let help = format!("its `{LINES}` belongs to it; build again, or give the site");
        report.sink.push(Code::FileChanged.nowhere(message).help(help));
        return None;
    }
    let is_untouched = !sink.has_errors();
    for finding in sink.into_sorted() {
        notes.push(finding.message);
    }
    let mut claims = manifest.claims;
    let rows = || manifest.artifacts.iter().zip(&files);
    for (row, _) in rows().filter(|(row, bytes)| bytes.is_none() && only.is_none_or(|only| row.output == only)) {
        report.sink.push(Code::FileChanged.nowhere(format!("`{}` cannot be read", folder.join(&row.path).display())));
    }
    claims.outputs.retain(|output| only.is_none_or(|only| output.id == only));
    let files = rows()
        .filter(|(row, _)| only.is_none_or(|only| row.output == only))
        .filter_map(|(row, bytes)| Some((row.path.clone(), row.output.clone(), bytes.clone()?)));
    Some(Build { claims, files: files.collect(), is_untouched })
}

/// The folder whose manifest names a file, the output the file belongs to, and what was found there.
fn built_file(path: &Path) -> Option<(PathBuf, String, Found, Sink)> {
    let full = path.canonicalize().ok()?;
    for folder in full.ancestors().skip(1).take(3).filter(|folder| folder.join(MANIFEST).is_file()) {
        let mut sink = Sink::default();
        let Some(found) = found(folder, &mut sink) else { continue };
        let inside = full.strip_prefix(folder).ok()?.to_string_lossy().replace('\\', "/");
        if let Some(row) = found.manifest.artifacts.iter().find(|row| row.path == inside) {
            let output = row.output.clone();
            return Some((folder.to_owned(), output, found, sink));
        }
    }
    None
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    use std::io::Read as _;
    let said = |error: std::io::Error| error.to_string();
    if std::fs::metadata(path).map_err(said)?.is_file() {
        let mut bytes = Vec::new();
        std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(said)?;
        return if bytes.len() as u64 > LARGEST { Err("larger than 64 MiB".to_owned()) } else { Ok(bytes) };
    }
    Err("not a regular file".to_owned())
}
