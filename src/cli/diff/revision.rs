//! `REV:PATH`: what a git repository had at a path, laid out in a folder of its own for as long as it is looked at.

use std::collections::BTreeSet;
use std::io::{Seek as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Files of a revision.
#[derive(Debug)]
pub struct CheckedOut {
    /// Where the path lies.
    pub path: PathBuf,
    /// The folder that stands for the root of the repository.
    pub root: PathBuf,
    /// The revision, as it was given.
    rev: String,
    _folder: TempDir,
}

impl CheckedOut {
    /// A text in which files are named as they were given: where they lie now is nobody's concern, and gone a moment later.
    pub fn shown(&self, text: &str) -> String {
        let mut roots = vec![self.root.clone()];
        roots.extend(self.root.canonicalize());
        roots.iter().fold(text.to_owned(), |text, root| {
            let root = root.display().to_string();
            text.replace(&format!("{root}/"), &self.prefix()).replace(&root, &self.prefix())
        })
    }

    /// What stands before the path from the root of the repository.
    pub fn prefix(&self) -> String {
        format!("{}:", self.rev)
    }
}

/// Why a path of a revision cannot be had, and what to do.
#[derive(Debug)]
pub struct Trouble {
    /// Why.
    pub why: String,
    /// What to do, when more is known than what `REV:PATH` is.
    pub help: Option<String>,
}

impl From<String> for Trouble {
    fn from(why: String) -> Self {
        Self { why, help: None }
    }
}

/// Most bytes of all files together.
const MOST_BYTES: usize = 512 << 20;
/// Most files.
const MOST_FILES: usize = 20_000;

/// Lays out what a revision has at a path: a folder with all in it; for a file, the folder it is in, as what it names lies beside
/// it. The path is what git takes it for: from the root of the repository, or from here when it begins with `./` or `../`.
///
/// # Errors
/// What git says, or why it is too much.
pub fn check_out(rev: &str, path: &str) -> Result<CheckedOut, Trouble> {
    if rev.is_empty() {
        let help = format!("`HEAD:{path}` is what was committed last, `./{path}` the file as it is");
        let why = "no revision stands before the colon, and what is staged is not read".to_owned();
        return Err(Trouble { why, help: Some(help) });
    }
    let prefix = git(&["rev-parse", "--show-prefix"])?;
    let prefix = String::from_utf8_lossy(&prefix).trim_end_matches('\n').to_owned();
    let is_from_here = [".", ".."].contains(&path) || path.starts_with("./") || path.starts_with("../");
    let inside = if is_from_here { downwards(&format!("{prefix}{path}")) } else { downwards(path) };
    let inside = inside.ok_or_else(|| "the path leads out of the repository".to_owned())?;
    let commit = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{rev}^{{commit}}")])
        .map_err(|_| format!("`{rev}` is no revision"))?;
    let commit = String::from_utf8_lossy(&commit).trim().to_owned();
    let kind_of = |inside: &str| git(&["cat-file", "-t", &format!("{commit}:{inside}")]);
    let kind = kind_of(&inside).map_err(|_| {
        let why = format!("`{rev}` has no `{inside}` below the root of the repository");
        let here = format!("{prefix}{path}");
        let help = if !is_from_here && !prefix.is_empty() && kind_of(here.trim_end_matches('/')).is_ok() {
            Some(format!("it has `{here}`: that is `{rev}:{here}`, or from this folder `{rev}:./{path}`"))
        } else if Path::new(path).exists() {
            Some(format!("`{path}` is here, but was not committed in `{rev}`"))
        } else {
            None
        };
        Trouble { why, help }
    })?;
    let inside = inside.as_str();
    let is_file = kind.starts_with(b"blob");
    let mut around = if is_file { Path::new(inside).parent().unwrap_or(Path::new("")) } else { Path::new(inside) };
    // A list of a build lies up to two folders below its manifest.
    for above in Path::new(inside).ancestors().skip(1).take(3) {
        let manifest = above.join(crate::publish::MANIFEST);
        if is_file && git(&["cat-file", "-e", &format!("{commit}:{}", manifest.display())]).is_ok() {
            around = above;
        }
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    lay_out(&commit, around, folder.path())?;
    if is_file {
        lay_out_named(&commit, inside, folder.path())?;
    }
    let root = folder.path().to_owned();
    Ok(CheckedOut { path: root.join(inside), root, rev: rev.to_owned(), _folder: folder })
}

/// Most files outside its folder that a site names, and those again.
const MOST_NAMED: usize = 200;

/// Lays out what a site names outside its folder, as in `include: [../shared/routes.yaml]`, and what that names.
fn lay_out_named(commit: &str, site: &str, to: &Path) -> Result<(), String> {
    let mut open = vec![site.to_owned()];
    let mut seen: BTreeSet<String> = BTreeSet::new();
    while let Some(file) = open.pop() {
        let is_site = Path::new(&file).extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        let Some(text) = is_site.then(|| std::fs::read_to_string(to.join(&file)).ok()).flatten() else { continue };
        let folder = Path::new(&file).parent().unwrap_or(Path::new("")).display().to_string();
        let words = text.split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '{' | '}' | ',' | '"' | '\''));
        // What a file of another folder names beside itself is not laid out either.
        let is_outside = seen.contains(&file);
        let is_path = |word: &&str| word.contains("../") || (is_outside && Path::new(word).extension().is_some());
        for word in words.filter(is_path) {
            let Some(named) = downwards(format!("{folder}/{word}").trim_start_matches('/')) else {
                continue;
            };
            let place = to.join(&named);
            if place.exists() || !seen.insert(named.clone()) || seen.len() > MOST_NAMED {
                continue;
            }
            // What is no file there is told by those who read the site.
            let Ok(bytes) = git(&["cat-file", "blob", &format!("{commit}:{named}")]) else { continue };
            let said = |error: std::io::Error| error.to_string();
            std::fs::create_dir_all(place.parent().unwrap_or(to)).map_err(said)?;
            std::fs::write(&place, bytes).map_err(said)?;
            open.push(named);
        }
    }
    Ok(())
}

/// A path without `.` and `..`; none when it leads out of where it begins.
fn downwards(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => _ = parts.pop()?,
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

fn lay_out(commit: &str, around: &Path, to: &Path) -> Result<(), String> {
    let tree = format!("{commit}:{}", around.display());
    let listed = git(&["ls-tree", "-r", "-z", "-l", "--full-tree", &tree])?;
    let mut left = MOST_BYTES;
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    for (at, entry) in listed.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()).enumerate() {
        let entry = std::str::from_utf8(entry).map_err(|_| "the name of a file is not UTF-8".to_owned())?;
        let (about, name) = entry.split_once('\t').ok_or(STRANGE)?;
        let mut about = about.split_whitespace();
        let (mode, _, object, size) = (about.next(), about.next(), about.next(), about.next());
        let is_regular = mode.is_some_and(|mode| mode.starts_with("100"));
        let size: usize = size.and_then(|size| size.parse().ok()).unwrap_or(0);
        // Links and other repositories are left out.
        let (Some(object), true) = (object, is_regular) else { continue };
        if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(format!("the file {name:?} has no place below its folder"));
        }
        left = left.checked_sub(size).ok_or("it is larger than 512 MiB")?;
        if at >= MOST_FILES {
            return Err(format!("it has more than {MOST_FILES} files"));
        }
        wanted.push((object, name));
    }
    let said = |error: std::io::Error| error.to_string();
    let blobs = blobs(wanted.iter().map(|(object, _)| *object))?;
    let mut rest = blobs.as_slice();
    for (_, name) in wanted {
        let path = to.join(around).join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(to)).map_err(said)?;
        std::fs::write(&path, next(&mut rest).ok_or(STRANGE)?).map_err(said)?;
    }
    Ok(())
}

/// Files of a repository, all by one git: each is a line about it, its bytes, and a line end.
fn blobs<'o>(objects: impl Iterator<Item = &'o str>) -> Result<Vec<u8>, String> {
    let said = |error: std::io::Error| format!("git: {error}");
    // From a file: nobody has to write while git answers.
    let mut list = tempfile::tempfile().map_err(said)?;
    objects.into_iter().try_for_each(|object| writeln!(list, "{object}")).and_then(|()| list.rewind()).map_err(said)?;
    answer(Command::new("git").args(["cat-file", "--batch"]).stdin(list))
}

/// The bytes of the next file; `OBJECT blob SIZE` stands before them.
fn next<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let line = rest.split(|byte| *byte == b'\n').next()?;
    let size: usize = std::str::from_utf8(line).ok()?.split(' ').nth(2)?.parse().ok()?;
    let start = line.len() + 1;
    let bytes = rest.get(start..start.checked_add(size)?)?;
    *rest = rest.get(start + size + 1..)?;
    Some(bytes)
}

const STRANGE: &str = "git answers in words that are not known";

/// What git answers.
fn git(arguments: &[&str]) -> Result<Vec<u8>, String> {
    answer(Command::new("git").args(arguments))
}

fn answer(git: &mut Command) -> Result<Vec<u8>, String> {
    let output = git.output().map_err(|error| format!("git: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().next().unwrap_or("git fails").to_owned())
}
