//! Reads `site.yaml`, what it includes, and its lists of hosts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::hosts_file::{self, Letters};
use super::raw::{RawInclude, RawRule, RawSite, Written};
use super::{HostLine, Site, validate};
use crate::catalog::load::{hex, not_utf8, unreadable};
use crate::diag::{Code, Diagnostic, Report};
use crate::read::record::{Context, Decode};
use crate::read::yaml;
use crate::source::{FileId, MAX_LIST, MAX_TEXT, ReadError, Spanned};

/// Loads a site; `None` when so much is wrong that nothing can be said about it. Errors go into the report.
#[must_use]
pub fn load(path: &Path, report: &mut Report) -> Option<Site> {
    let mut digest = Sha256::new();
    let file = match report.files.read(path, MAX_TEXT) {
        Ok(file) => file,
        Err((file, error)) => {
            let finding = unreadable(file, &error);
            report.sink.push(match error {
                ReadError::Io(_) => Code::CannotRead
                    .nowhere(format!("the site `{}` cannot be read: {}", path.display(), said(&error)))
                    .help("give its path with `-c`, or write one with `pacwright init`"),
                _ => finding,
            });
            return None;
        }
    };
    absorb(&mut digest, report, file);
    let (mut site, keys): (RawSite, BTreeSet<String>) = decode(file, report)?;
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let mut rules: Vec<(RawRule, Vec<HostLine>)> = Vec::new();
    let own = std::mem::take(&mut site.rules);
    rules.extend(with_lists(own, &folder, &mut digest, report));
    let mut includes = Vec::new();
    for name in std::mem::take(&mut site.include) {
        let Some((file, path)) = read_beside(&folder, &name, MAX_TEXT, report) else {
            continue;
        };
        absorb(&mut digest, report, file);
        if let Some((mut include, _)) = decode::<RawInclude>(file, report) {
            let own = std::mem::take(&mut include.rules);
            let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
            rules.extend(with_lists(own, &folder, &mut digest, report));
            includes.push(include);
        }
    }
    let mut templates = BTreeMap::new();
    for output in site.outputs.iter().flatten() {
        // The one option that names a file to read: reading is done here, so that targets do none.
        let Some(name) = template_of(&output.node) else {
            continue;
        };
        if let Some((file, _)) = read_beside(&folder, &name, MAX_TEXT, report) {
            absorb(&mut digest, report, file);
            templates.insert(name.span, file);
        }
    }
    let digest = hex(&digest.finalize());
    validate::site(Written { site, keys, includes, rules, templates }, file, digest, &mut report.sink)
}

fn said(error: &ReadError) -> String {
    match error {
        ReadError::Io(error) => error.to_string(),
        _ => String::new(),
    }
}

/// A file as a record, and the keys that stand in it.
fn decode<T: Decode>(file: FileId, report: &mut Report) -> Option<(T, BTreeSet<String>)> {
    match yaml::parse(&report.files, file) {
        Ok(node) => {
            let mut cx = Context { files: &report.files, sink: &mut report.sink };
            let keys = match &node.kind {
                yaml::Kind::Map(entries) => entries.iter().map(|(key, _)| key.value.clone()).collect(),
                _ => BTreeSet::new(),
            };
            T::decode(&node, &mut cx).map(|read| (read, keys))
        }
        Err(error) => {
            report.sink.push(*error);
            None
        }
    }
}

/// The template an output names.
fn template_of(node: &yaml::Node) -> Option<Spanned<String>> {
    let yaml::Kind::Map(entries) = &node.kind else {
        return None;
    };
    let (_, value) = entries.iter().find(|(key, _)| key.value == "template")?;
    match &value.kind {
        yaml::Kind::Scalar { text, .. } => Some(Spanned::new(text.clone(), value.span)),
        _ => None,
    }
}

/// Reads a file named in another one, relative to its folder.
fn read_beside(folder: &Path, name: &Spanned<String>, limit: u64, report: &mut Report) -> Option<(FileId, PathBuf)> {
    let path = folder.join(&name.value);
    match report.files.read(&path, limit) {
        Ok(file) => Some((file, path)),
        Err((file, error)) => {
            report.sink.push(not_read(name, &path, file, &error));
            None
        }
    }
}

fn not_read(name: &Spanned<String>, path: &Path, file: FileId, error: &ReadError) -> Diagnostic {
    match error {
        ReadError::Io(error) => {
            Code::CannotRead.at(name.span, format!("the file `{}` cannot be read: {error}", path.display()))
        }
        error => unreadable(file, error).also(name.span, "named here"),
    }
}

/// Reads a list named by a rule. One that is not UTF-8 is an error, and its lines are read nevertheless, for what else is wrong
/// with them; not one with zeros, which is UTF-16: there every line would be.
fn read_list(folder: &Path, name: &Spanned<String>, report: &mut Report) -> Option<(FileId, Letters)> {
    let path = folder.join(&name.value);
    match report.files.read(&path, MAX_LIST) {
        Ok(file) => Some((file, Letters::All)),
        Err((file, ReadError::NotUtf8(bad))) if !report.files.all(file).contains('\0') => {
            for at in bad {
                report.sink.push(not_utf8(file, at).also(name.span, "named here"));
            }
            Some((file, Letters::Mended))
        }
        Err((file, error)) => {
            report.sink.push(not_read(name, &path, file, &error));
            None
        }
    }
}

fn with_lists(
    rules: Vec<RawRule>,
    folder: &Path,
    digest: &mut Sha256,
    report: &mut Report,
) -> Vec<(RawRule, Vec<HostLine>)> {
    let mut out = Vec::with_capacity(rules.len());
    for rule in rules {
        let mut lines = Vec::new();
        for name in rule.hosts_file.iter().flat_map(|f| &f.0) {
            let Some((file, letters)) = read_list(folder, name, report) else {
                continue;
            };
            absorb(digest, report, file);
            let before = report.sink.has_errors();
            let others = lines.len();
            hosts_file::read(&report.files, file, letters, &mut lines, &mut report.sink);
            if lines.len() == others && !report.sink.has_errors() && !before {
                report.sink.push(Code::MatchesNothing.at(name.span, "this list holds no destination"));
            }
        }
        out.push((rule, lines));
    }
    out
}

/// The digest covers what was read, not where: the same site in another folder has the same digest.
fn absorb(digest: &mut Sha256, report: &Report, file: FileId) {
    let text = report.files.all(file);
    digest.update((text.len() as u64).to_be_bytes());
    digest.update(text);
}
