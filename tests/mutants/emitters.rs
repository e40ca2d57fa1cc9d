//! Faults planted into the sources: each makes a pacwright of its own, which should refuse to publish what it made.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::judge::{Files, Judge};
use super::patches::{PATCHES, Patch};
use crate::common;

/// What a fault comes to on a site.
enum Fate {
    /// Refused, and why.
    Refused(String),
    /// Published as it would have been without the fault, or with nothing changed for anybody.
    Harmless,
    /// Published, and somebody decides otherwise.
    Survived(String),
}

/// A copy of the sources, and what is built of it.
struct Copy {
    folder: PathBuf,
}

impl Copy {
    /// The sources of the repository; what is already there and the same keeps its time, so that builds are quick.
    fn new() -> Self {
        let copy = Self { folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("emitters") };
        std::fs::create_dir_all(&copy.folder).expect("the folder of the copy");
        // Those below `tests` are named in `Cargo.toml`, which is not read where one of them is missing.
        let named = ["benches", "tests/suite.rs", "tests/allocations.rs", "tests/fuzz/main.rs"];
        let built = ["Cargo.toml", "Cargo.lock", "build.rs", "src", "templates", "catalog", "docs"];
        for name in built.into_iter().chain(named) {
            if common::root().join(name).exists() {
                copy.take(Path::new(name));
            }
        }
        copy
    }

    fn take(&self, name: &Path) {
        let (from, to) = (common::root().join(name), self.folder.join(name));
        if from.is_dir() {
            std::fs::create_dir_all(&to).expect("a folder of the copy");
            for entry in std::fs::read_dir(from).expect("a folder of the sources") {
                self.take(&name.join(entry.expect("an entry").file_name()));
            }
        } else {
            self.write(&to, &std::fs::read(from).expect("a source"));
        }
    }

    fn write(&self, path: &Path, bytes: &[u8]) {
        if std::fs::read(path).ok().as_deref() != Some(bytes) {
            std::fs::create_dir_all(path.parent().expect("its folder")).expect("a folder of the copy");
            std::fs::write(path, bytes).expect("a file of the copy");
        }
    }

    /// Builds it; what the compiler says when it cannot.
    fn build(&self) -> Result<PathBuf, String> {
        let target = self.folder.join("target");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--locked", "--bin", "pacwright"]).current_dir(&self.folder);
        // A fault may leave something unused.
        cargo.env("CARGO_TARGET_DIR", &target).env("RUSTFLAGS", "--cap-lints=warn");
        let output = common::pipe(cargo, "");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(target.join("debug/pacwright")) } else { Err(said) }
    }

    /// Builds it with a fault, and takes the fault back.
    fn with(&self, patch: &Patch) -> Result<PathBuf, String> {
        let path = self.folder.join(patch.file);
        let sound = std::fs::read_to_string(&path).expect("a source");
        if !sound.contains(patch.from) {
            return Err(format!("{} has no `{}` any more", patch.file, patch.from));
        }
        self.write(&path, sound.replacen(patch.from, patch.to, 1).as_bytes());
        let built = self.build();
        // Cargo tells by the time whether a source has changed: written anew, not put back.
        self.write(&path, sound.as_bytes());
        built.map_err(|said| format!("{}: `{}` does not compile:\n{said}", patch.file, patch.to))
    }
}

/// A site, its sound outputs, and who judges what changes of them.
struct Site {
    path: PathBuf,
    /// The place and the target of each output.
    outputs: Vec<(String, String)>,
    judge: Judge,
    sound: Files,
}

impl Site {
    fn new(path: PathBuf, pacwright: &Path, work: &Path) -> Self {
        let (input, mut report) = common::load(&path);
        let built = common::run(&input, &mut report);
        let outputs = built.outputs.iter().map(|o| (o.id.clone(), o.target.name.to_owned())).collect();
        let judge = Judge::of(&built, &report.files);
        let sound = published(pacwright, &path, work).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        Self { path, outputs, judge, sound }
    }

    fn fate(&self, pacwright: &Path, work: &Path) -> Fate {
        let files = match published(pacwright, &self.path, work) {
            Err(why) => return Fate::Refused(why),
            Ok(files) => files,
        };
        for (place, target) in &self.outputs {
            let of = |files: &Files| -> Files {
                let own =
                    |path: &str| path == place || path.strip_prefix(place.as_str()).is_some_and(|p| p.starts_with('/'));
                files.iter().filter(|(path, _)| own(path)).map(|(path, bytes)| (path.clone(), bytes.clone())).collect()
            };
            let (sound, files) = (of(&self.sound), of(&files));
            if sound != files
                && let Some(how) = self.judge.changes(target, &sound, &[files]).into_iter().next().flatten()
            {
                return Fate::Survived(format!("{place}: {how}"));
            }
        }
        Fate::Harmless
    }
}

/// What a pacwright publishes of a site, or the codes of the errors for which it does not.
fn published(pacwright: &Path, site: &Path, work: &Path) -> Result<Files, String> {
    let out = tempfile::tempdir_in(work).expect("a folder");
    let mut build = Command::new(pacwright);
    build.arg("build").arg("-c").arg(site).arg("-o").arg(out.path());
    let Output { status, stderr, .. } = common::pipe(build, "");
    if !status.success() {
        let said = String::from_utf8_lossy(&stderr).into_owned();
        let code = |line: &str| {
            line.split_once("error[").and_then(|(_, rest)| rest.split_once(']')).map(|(c, _)| c.to_owned())
        };
        let codes: BTreeSet<String> = said.lines().filter_map(code).collect();
        let codes = codes.into_iter().collect::<Vec<_>>().join(" ");
        return Err(if codes.is_empty() {
            format!("{status}: {}", said.lines().next().unwrap_or_default())
        } else {
            codes
        });
    }
    let mut files = Files::new();
    collect(out.path(), out.path(), &mut files);
    Ok(files)
}

fn collect(root: &Path, folder: &Path, files: &mut Files) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).expect("below").display().to_string();
            files.insert(name, std::fs::read(&path).expect("a file"));
        }
    }
}

/// Plants every fault, prints what became of it, and fails when too many are published.
pub fn all() {
    let work = common::folder();
    let copy = Copy::new();
    let pacwright = copy.build().expect("the sources build");
    let everything = common::everything(work.path(), Path::new("/etc/squid/pacwright"));
    let paths = [common::root().join("tests/sites/planted.yaml"), common::root().join("site.yaml"), everything];
    let sites: Vec<Site> = paths.into_iter().map(|path| Site::new(path, &pacwright, work.path())).collect();
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let (mut survivors, mut misfits) = (Vec::new(), Vec::new());
    // `FAULTS=exceptions` plants those whose words say so.
    let wanted = std::env::var("FAULTS").unwrap_or_default();
    for patch in PATCHES.iter().filter(|patch| patch.about.contains(&wanted)) {
        let pacwright = match copy.with(patch) {
            Ok(pacwright) => pacwright,
            Err(why) => {
                misfits.push(why);
                continue;
            }
        };
        let mut words = "changes nothing".to_owned();
        let count = counts.entry(patch.file).or_default();
        count[0] += 1;
        for site in &sites {
            let name = site.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match site.fate(&pacwright, work.path()) {
                Fate::Harmless => continue,
                Fate::Refused(why) => {
                    count[2] += 1;
                    words = format!("refused: {why} ({name})");
                }
                Fate::Survived(how) => {
                    words = format!("SURVIVED: {how} ({name})");
                    survivors.push(format!("{}: {}: {how}", patch.file, patch.about));
                }
            }
            count[1] += 1;
            break;
        }
        println!("{:28} {:48} {words}", patch.file, patch.about);
    }
    println!("{:28} {:>8} {:>9} {:>7}", "source", "planted", "changing", "caught");
    for (file, [planted, changing, caught]) in &counts {
        println!("{file:28} {planted:8} {changing:9} {caught:7}");
    }
    let sum = |at: usize| counts.values().map(|count| count[at]).sum::<usize>();
    println!("{:28} {:8} {:9} {:7}", "all", sum(0), sum(1), sum(2));
    assert!(misfits.is_empty(), "the table is not of these sources:\n{}", misfits.join("\n"));
    assert!(sum(1) >= 30 || !wanted.is_empty(), "only {} of the faults change anything", sum(1));
    assert!(sum(2) * 100 >= sum(1) * 95, "too many survivors:\n{}", survivors.join("\n"));
}
