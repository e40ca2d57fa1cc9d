//! Publishing: old or new and never half, whatever happens; nothing of others is touched.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use pacwright::diag::Sink;
use pacwright::publish::journal::JOURNAL;
use pacwright::publish::verify;

type Contents = BTreeMap<String, Vec<u8>>;

/// Two states of a site, which share some files, change some and make some that the other does not.
const OLD: &str = "- {route: p, hosts: [a.example, \"*.wild.example\", 192.0.2.0/24]}\n\
                   - {route: direct, hosts: [.inside.example]}";
const NEW: &str = "- {route: p, hosts: [b.example, .tree.example, \"*cdn.glob.example\"], ports: [https]}\n\
                   - {route: direct, hosts: [.inside.example]}";
const OLD_OUTPUTS: &str = "[{target: pac}, {target: squid}, {target: csv}]";
const NEW_OUTPUTS: &str = "[{target: pac}, {target: squid}, {target: firewall}]";

fn site(rules: &str, outputs: &str) -> String {
    let rules: String = rules.lines().map(|line| format!("  {}\n", line.trim())).collect();
    format!(
        "site: t\nroutes: {{p: {{proxies: [\"http://p.example:8080\"]}}}}\nrules:\n{rules}default: p\noutputs: {outputs}\n"
    )
}

/// A folder with the two sites in it.
fn sites() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    // Other users have to get at it.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join("old.yaml"), site(OLD, OLD_OUTPUTS)).unwrap();
    fs::write(folder.path().join("new.yaml"), site(NEW, NEW_OUTPUTS)).unwrap();
    folder
}

fn pacwright(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pacwright"));
    command.current_dir(folder).args(words).stdin(Stdio::null());
    command
}

fn run(folder: &Path, words: &[&str]) -> Output {
    pacwright(folder, words).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn succeed(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    assert!(output.status.success(), "{words:?}: {}", said(&output));
    said(&output)
}

fn fail(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    assert_eq!(output.status.code(), Some(2), "{words:?}: {}", said(&output));
    said(&output)
}

/// Every file below a folder but an empty journal.
fn contents(folder: &Path) -> Contents {
    fn walk(folder: &Path, base: &Path, into: &mut Contents) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, base, into);
            } else {
                let name = path.strip_prefix(base).unwrap().to_string_lossy().into_owned();
                into.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut found = Contents::new();
    if folder.is_dir() {
        walk(folder, folder, &mut found);
    }
    if found.get(JOURNAL).is_some_and(Vec::is_empty) {
        found.remove(JOURNAL);
    }
    found
}

fn write(folder: &Path, contents: &Contents) {
    for (name, bytes) in contents {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    fs::write(folder.join(JOURNAL), "").unwrap();
}

/// What a site makes in a folder of its own.
fn made(folder: &Path, name: &str) -> Contents {
    let out = format!("made-{name}");
    succeed(folder, &["build", "-c", &format!("{name}.yaml"), "-o", &out]);
    contents(&folder.join(out))
}

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// 200 builds killed at random moments: every file is the old or the new one, the next build needs no help, and `verify`
/// agrees with what it leaves.
#[test]
fn a_killed_build_leaves_every_file_old_or_new() {
    let folder = sites();
    let folder = folder.path();
    let (old, new) = (made(folder, "old"), made(folder, "new"));
    let out = folder.join("out");
    let start = Instant::now();
    succeed(folder, &["build", "-c", "old.yaml"]);
    let usual = u64::try_from(start.elapsed().as_micros()).unwrap();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut killed, mut halfway, mut announced) = (0, 0, 0);
    for round in 0..200 {
        // From the old state to the new one, and back.
        let (from, to, next) = if round % 2 == 0 { (&old, &new, "new.yaml") } else { (&new, &old, "old.yaml") };
        let mut child = pacwright(folder, &["build", "-q", "-c", next]).stderr(Stdio::null()).spawn().unwrap();
        // Most of a build is not yet publishing: half of the kills wait for the journal first, and half of those for the
        // first file that is renamed.
        let start = Instant::now();
        let mut waits = |is_over: &dyn Fn() -> bool| {
            while !is_over() && child.try_wait().unwrap().is_none() && start.elapsed() < Duration::from_secs(20) {
                std::hint::spin_loop();
            }
        };
        let journal = out.join(JOURNAL);
        let is_announced = || !fs::metadata(&journal).is_ok_and(|m| m.size() == 0);
        let within = match round % 4 {
            0 => {
                waits(&is_announced);
                8_000
            }
            1 => {
                let changed = to.iter().filter(|(name, bytes)| from.get(*name).is_some_and(|old| old != *bytes));
                let inode = |name: &str| fs::metadata(out.join(name)).map_or(0, |m| m.ino());
                let before: Vec<(&str, u64)> = changed.map(|(name, _)| (name.as_str(), inode(name))).collect();
                waits(&is_announced);
                waits(&|| before.iter().any(|(name, before)| inode(name) != *before));
                300
            }
            _ => usual,
        };
        std::thread::sleep(Duration::from_micros(numbers.below(within)));
        let ran_on = child.try_wait().unwrap().is_none();
        let _ = child.kill();
        child.wait().unwrap();
        killed += usize::from(ran_on);
        let found = contents(&out);
        announced += usize::from(found.contains_key(JOURNAL));
        let mut is_new = 0;
        for (name, bytes) in found.iter().filter(|(name, _)| !name.contains(".pacwright-")) {
            let (old, new) = (from.get(name), to.get(name));
            assert!(old == Some(bytes) || new == Some(bytes), "round {round}: {name} is neither old nor new");
            is_new += usize::from(old != Some(bytes));
        }
        for name in from.keys().filter(|name| to.contains_key(*name)) {
            assert!(found.contains_key(name), "round {round}: {name} is gone");
        }
        let changed = to.iter().filter(|(name, bytes)| from.get(*name) != Some(bytes)).count();
        halfway += usize::from(0 < is_new && is_new < changed);
        // Either state can be built from there, without --force.
        let (site, wanted) = if round % 3 == 0 { ("old.yaml", &old) } else { ("new.yaml", &new) };
        succeed(folder, &["build", "-q", "-c", site]);
        assert!(contents(&out) == *wanted, "round {round}: {site} is not what it makes elsewhere");
        let mut sink = Sink::default();
        assert!(
            verify::found(&out, &mut sink).is_some() && sink.found().is_empty(),
            "round {round}: {:?}",
            sink.found()
        );
        if round % 20 == 0 {
            succeed(folder, &["verify", "out"]);
        }
        // The next round starts where this one was meant to end.
        fs::remove_dir_all(&out).unwrap();
        write(&out, to);
    }
    println!("{killed} killed while running, {announced} of them after the journal, {halfway} between two renames");
    assert!(killed > 100 && announced > 20 && halfway > 5, "{killed} killed, {announced} announced, {halfway} halfway");
}

#[test]
fn two_builds_do_not_write_at_once() {
    let folder = sites();
    let folder = folder.path();
    succeed(folder, &["build", "-c", "old.yaml"]);
    let before = contents(&folder.join("out"));
    let held = fs::OpenOptions::new().write(true).open(folder.join("out").join(JOURNAL)).unwrap();
    held.lock().unwrap();
    let words = fail(folder, &["build", "-c", "new.yaml"]);
    assert!(words.contains("another build is writing into `out`"), "{words}");
    assert!(contents(&folder.join("out")) == before);
    // Looking is allowed.
    let looked = run(folder, &["build", "--check", "-c", "new.yaml"]);
    assert_eq!(looked.status.code(), Some(1), "{}", said(&looked));
    held.unlock().unwrap();
    succeed(folder, &["build", "-c", "new.yaml"]);
    // Ten at once: some may be refused, and what lies there is whole.
    let children: Vec<_> = (0..10)
        .map(|at| {
            let site = if at % 2 == 0 { "old.yaml" } else { "new.yaml" };
            pacwright(folder, &["build", "-q", "-c", site]).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() || said(&output).contains("another build"), "{}", said(&output));
    }
    succeed(folder, &["verify"]);
}

#[test]
fn files_of_others_are_not_touched() {
    let folder = sites();
    let folder = folder.path();
    let out = folder.join("out");
    succeed(folder, &["build", "-c", "old.yaml"]);
    fs::write(out.join("README"), "ours\n").unwrap();
    fs::write(out.join("squid/local.conf"), "ours\n").unwrap();
    // No longer made, but edited: kept, and the folder with it.
    fs::write(out.join("destinations.csv"), "edited\n").unwrap();
    let words = succeed(folder, &["build", "-c", "new.yaml"]);
    assert!(words.contains("no longer made, but edited since and kept: destinations.csv"), "{words}");
    assert_eq!(fs::read(out.join("README")).unwrap(), b"ours\n");
    assert_eq!(fs::read(out.join("squid/local.conf")).unwrap(), b"ours\n");
    assert_eq!(fs::read(out.join("destinations.csv")).unwrap(), b"edited\n");
    // What is made again is in its way now.
    let words = fail(folder, &["build", "-c", "old.yaml"]);
    assert!(words.contains("`out/destinations.csv` was not written by pacwright"), "{words}");
    succeed(folder, &["build", "-c", "old.yaml", "--force"]);
    succeed(folder, &["verify"]);
    // A manifest of somebody else.
    fs::create_dir(folder.join("app")).unwrap();
    fs::write(folder.join("app/manifest.json"), "{\"name\": \"an app\"}").unwrap();
    let words = fail(folder, &["build", "-c", "old.yaml", "-o", "app"]);
    assert!(words.contains("`app/manifest.json` was not written by pacwright"), "{words}");
    assert_eq!(fs::read(folder.join("app/manifest.json")).unwrap(), b"{\"name\": \"an app\"}");
    // Files that are no longer made go, with a word.
    let words = succeed(folder, &["build", "-c", "new.yaml"]);
    assert!(words.contains("no longer made, removed: destinations.csv"), "{words}");
}

#[test]
fn links_are_not_followed() {
    let folder = sites();
    let folder = folder.path();
    let out = folder.join("out");
    succeed(folder, &["build", "-c", "old.yaml"]);
    let elsewhere = folder.join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let try_with = |place: &str, target: &Path| {
        let path = out.join(place);
        let kept = folder.join("kept");
        fs::rename(&path, &kept).unwrap();
        symlink(target, &path).unwrap();
        let words = fail(folder, &["build", "-c", "new.yaml"]);
        assert!(words.contains(if place == JOURNAL { "not a regular file" } else { "is a symbolic link" }), "{words}");
        fs::remove_file(&path).unwrap();
        fs::rename(&kept, &path).unwrap();
    };
    let victim = elsewhere.join("victim");
    fs::write(&victim, "precious\n").unwrap();
    try_with("squid", &elsewhere);
    try_with("proxy.pac", &victim);
    try_with("manifest.json", &victim);
    try_with(JOURNAL, &victim);
    // Where a file is staged: whatever lies there is replaced, not written through.
    symlink(&victim, out.join(".pacwright-new-proxy.pac")).unwrap();
    succeed(folder, &["build", "-c", "new.yaml"]);
    assert_eq!(fs::read(&victim).unwrap(), b"precious\n");
    assert_eq!(contents(&elsewhere).len(), 1);
    // A manifest that names what lies behind a link removes nothing there.
    fs::rename(out.join("squid"), elsewhere.join("squid")).unwrap();
    symlink(elsewhere.join("squid"), out.join("squid")).unwrap();
    let before = contents(&elsewhere);
    fs::write(folder.join("pac.yaml"), site(NEW, "[{target: pac}]")).unwrap();
    succeed(folder, &["build", "-c", "pac.yaml"]);
    assert!(contents(&elsewhere) == before);
}

/// Runs a command as a user who owns nothing here.
fn as_nobody(folder: &Path, words: &[&str]) -> Output {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if !is_root {
        return run(folder, words);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_pacwright")]);
    command.current_dir(folder).args(words).stdin(Stdio::null()).output().unwrap()
}

fn modes(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn without_rights_nothing_changes() {
    let folder = sites();
    let folder = folder.path();
    let out = folder.join("out");
    succeed(folder, &["build", "-c", "old.yaml"]);
    let before = contents(&out);
    let folders: Vec<PathBuf> = vec![out.join("squid"), out.clone()];
    folders.iter().for_each(|path| modes(path, 0o555));
    modes(&out.join(JOURNAL), 0o444);
    let reach = as_nobody(folder, &["list", "targets"]);
    assert!(reach.status.success(), "the user nobody cannot run the program here: {}", said(&reach));
    let output = as_nobody(folder, &["build", "-c", "new.yaml"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("Permission denied"), "{}", said(&output));
    // The folder of one output only.
    modes(&out, 0o777);
    modes(&out.join(JOURNAL), 0o666);
    let output = as_nobody(folder, &["build", "-c", "new.yaml"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("out/squid/") && said(&output).contains("Permission denied"), "{}", said(&output));
    folders.iter().for_each(|path| modes(path, 0o755));
    let mut after = contents(&out);
    // What was announced before the refusal may stay announced.
    after.remove(JOURNAL);
    assert!(after == before, "{:?}", after.keys());
    // A place that cannot be made at all.
    let output = as_nobody(folder, &["build", "-c", "new.yaml", "-o", "out/deep/er"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}

/// A pipe in the place of a file has no end: nothing waits for one.
#[test]
fn pipes_are_not_read() {
    let folder = sites();
    let folder = folder.path();
    succeed(folder, &["build", "-c", "old.yaml"]);
    for name in ["proxy.pac", "manifest.json", JOURNAL] {
        let path = folder.join("out").join(name);
        let kept = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let words = fail(folder, &["build", "-c", "new.yaml"]);
        assert!(words.contains("not a regular file"), "{name}: {words}");
        if name != JOURNAL {
            fail(folder, &["build", "--check", "-c", "new.yaml"]);
        }
        fs::remove_file(&path).unwrap();
        fs::write(&path, kept).unwrap();
    }
}

/// A file that may not grow to its size: what was staged before it goes, and nothing has changed.
#[test]
fn a_write_that_fails_changes_nothing() {
    let folder = sites();
    let folder = folder.path();
    let out = folder.join("out");
    succeed(folder, &["build", "-c", "old.yaml"]);
    let before = contents(&out);
    let script = format!("trap '' XFSZ; ulimit -f 4; exec {} build -q -c new.yaml", env!("CARGO_BIN_EXE_pacwright"));
    let output = Command::new("bash").args(["-c", &script]).current_dir(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("File too large") && said(&output).contains("`out/"), "{}", said(&output));
    let mut after = contents(&out);
    // What was announced before the failure stays announced; nothing lies beside the files.
    after.remove(JOURNAL);
    assert!(after == before, "{:?}", after.keys());
    succeed(folder, &["build", "-q", "-c", "new.yaml"]);
    succeed(folder, &["verify"]);
}

/// A small disk that others fill: with no block free, nothing can be announced; with some, not everything staged.
#[test]
fn a_full_disk_changes_nothing() {
    // Containers may forbid to mount anything; there, the test above has to do.
    if !Command::new("unshare").args(["-rm", "true"]).status().is_ok_and(|status| status.success()) {
        println!("no disk can be mounted here");
        return;
    }
    for free in [0, 1, 4] {
        let folder = sites();
        let folder = folder.path();
        fs::create_dir(folder.join("out")).unwrap();
        let script = format!(
            "set -e; mount -t tmpfs -o size=128k none out; {0} build -q -c old.yaml; cp -r out before; \
             dd if=/dev/zero of=out/filler bs=4k status=none || true; truncate -s -$((4096 * {free})) out/filler; \
             if {0} build -q -c new.yaml 2>said; then echo WROTE; fi; rm out/filler; cp -r out after; \
             rm before/{JOURNAL} after/{JOURNAL}; diff -r before after; {0} build -q -c new.yaml; {0} verify out",
            env!("CARGO_BIN_EXE_pacwright")
        );
        let mut command = Command::new("unshare");
        let output = command.args(["-rm", "bash", "-c", &script]).current_dir(folder).output().unwrap();
        let words = format!("{}{}", String::from_utf8_lossy(&output.stdout), said(&output));
        assert!(output.status.success(), "{free} blocks free: {words}");
        assert!(!words.contains("WROTE"), "{free} blocks free: {words}");
        let why = fs::read_to_string(folder.join("said")).unwrap();
        assert!(why.contains("No space left on device"), "{free} blocks free: {why}");
    }
}
