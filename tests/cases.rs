//! Wrong inputs and their exact messages.
//!
//! Every folder `tests/cases/STAGE/NAME/` is a case: the input files, and `expected.txt` with what the command says on
//! stderr and its exit code. The first line of a file `cmd` is the command line to run; without it, it is
//! `check -c site.yaml`, with `--catalog catalog` when the case has a folder of that name. Commands run in a copy of the
//! folder. Inputs that are huge or not text are made by the functions of [`MADE`] instead of being committed.
//!
//! `SNAPSHOTS=overwrite cargo test --test suite cases::` writes the expectations anew, and
//! `CASES=hosts/ cargo test --test suite cases::` runs those whose name holds the text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use similar::TextDiff;

/// No command may work longer, whatever it is given. Time of the processor: the machine may be busy with other things.
const MOST_TIME: Duration = Duration::from_secs(10);
/// On a slow machine it may take so many times what the sample site takes there.
const MOST_SAMPLES: u32 = 15;
/// A command that has not ended by then is killed: the test must not hang with it.
const KILL_AFTER: Duration = Duration::from_secs(180);
/// Fewer would mean that the folder was not found whole.
const FEWEST_CASES: usize = 75;

#[test]
fn wrong_inputs_have_exact_messages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let overwrite = std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite");
    let only = std::env::var("CASES").unwrap_or_default();
    let names = names(&root);
    assert!(names.len() >= FEWEST_CASES, "only {} cases below {}", names.len(), root.display());
    let chosen: Vec<&String> = names.iter().filter(|name| name.contains(&only)).collect();
    assert!(!chosen.is_empty(), "no case is called `{only}`");
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(BTreeMap::new());
    let work = || {
        while let Some(name) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
            let problems = judge(name, &root.join(name), overwrite);
            if !problems.is_empty() {
                failures.lock().unwrap().insert(*name, format!("── {name}\n{}", problems.join("\n")));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    let failures: Vec<String> = failures.into_inner().unwrap().into_values().collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases failed (SNAPSHOTS=overwrite accepts what is said now)\n\n{}",
        failures.len(),
        chosen.len(),
        failures.join("\n")
    );
    println!("{} cases", chosen.len());
}

/// Findings that no wrong input of these can cause; what does is tested where it is named.
const ELSEWHERE: &[(&str, &str)] =
    &[("unproved", "tests/prove.rs damages artifacts"), ("internal", "a fault of the program")];

#[test]
fn every_finding_is_shown_by_a_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let shown: String =
        names(&root).iter().filter_map(|name| fs::read_to_string(root.join(name).join("expected.txt")).ok()).collect();
    let missing: Vec<&str> = pacwright::diag::Code::ALL
        .iter()
        .map(|code| code.id())
        .filter(|id| !shown.contains(&format!("[{id}]")) && !ELSEWHERE.iter().any(|(code, _)| code == id))
        .collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}

/// What is wrong with a case now; with `overwrite`, what it says becomes what is expected.
fn judge(name: &str, folder: &Path, overwrite: bool) -> Vec<String> {
    let (said, mut problems) = run_case(name, folder);
    let path = folder.join("expected.txt");
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if overwrite && expected != said {
        fs::create_dir_all(folder).unwrap();
        fs::write(&path, &said).unwrap();
    } else if expected != said {
        problems.push(diff(&expected, &said));
    }
    problems
}

/// The cases: the folders with an expectation or an input, and those that are made here.
fn names(root: &Path) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = MADE.iter().map(|(name, _)| (*name).to_owned()).collect();
    for stage in folders(root) {
        for case in folders(&stage) {
            names.insert(format!("{}/{}", last(&stage), last(&case)));
        }
    }
    names
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
}

fn last(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// Runs a case in a copy of its folder: what it says, in the form of `expected.txt`, and what no case may do.
fn run_case(name: &str, folder: &Path) -> (String, Vec<String>) {
    let work = tempfile::tempdir().unwrap();
    let work = work.path();
    if folder.is_dir() {
        copy(folder, work);
    }
    if let Some((_, make)) = MADE.iter().find(|(made, _)| *made == name) {
        make(work);
    }
    let words = command_line(work);
    let ran = run(&words, work);
    let mut problems = never(&ran);
    let said = format!("$ pacwright {}\n{}exit {}\n", words.join(" "), shortened(&ran.stderr), ran.code);
    let reads_out = name.starts_with("verify/");
    if ran.code != 0 && work.join("out").exists() && !reads_out {
        problems.push("something was written although the input is wrong".to_owned());
    }
    // What `check` calls wrong stops `build`, and nothing else does. Wrong input stops both at the same place: a build
    // of every such case would only take time, those of the outputs are enough.
    let twin = !reads_out && ran.code != 2 || name.starts_with("options/");
    if twin && words.first().is_some_and(|word| word == "check") && !words.iter().any(|word| word == "--deny") {
        // Only `check` looks at a clock.
        let day = words.iter().position(|word| word == "--as-of").unwrap_or(words.len());
        let mut build = words[..day].to_vec();
        build[0] = "build".to_owned();
        let built = run(&build, work);
        problems.extend(never(&built).into_iter().map(|problem| format!("build: {problem}")));
        let wanted = if ran.code == 0 { 0 } else { 2 };
        if built.code != wanted && day == words.len() {
            problems.push(format!("check exits with {}, but build with {}:\n{}", ran.code, built.code, built.stderr));
        }
        if built.code != 0 && work.join("out").exists() {
            problems.push("build wrote something although the input is wrong".to_owned());
        }
    }
    (said, problems)
}

/// The words of the command line; quoting is not needed by any case.
fn command_line(work: &Path) -> Vec<String> {
    let line = fs::read_to_string(work.join("cmd")).ok().and_then(|text| text.lines().next().map(str::to_owned));
    let line = line.unwrap_or_else(|| {
        let overlay = if work.join("catalog").exists() { " --catalog catalog" } else { "" };
        format!("check -c site.yaml{overlay}")
    });
    line.split_whitespace().map(str::to_owned).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

struct Ran {
    code: i32,
    stderr: String,
    took: Duration,
    killed: bool,
}

fn run(words: &[String], work: &Path) -> Ran {
    let stderr_path = work.join(".stderr");
    let started = Instant::now();
    // stdout and stderr go to files: a full pipe would stop the command.
    let mut child = Command::new(env!("CARGO_BIN_EXE_pacwright"))
        .args(words)
        .current_dir(work)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .stdout(fs::File::create(work.join(".stdout")).unwrap())
        .stderr(fs::File::create(&stderr_path).unwrap())
        .spawn()
        .unwrap();
    let mut took = Duration::ZERO;
    let (code, killed) = loop {
        took = processor_time(child.id()).unwrap_or_else(|| started.elapsed()).max(took);
        if let Some(status) = child.try_wait().unwrap() {
            break (status.code().unwrap_or(-1), false);
        }
        if started.elapsed() > KILL_AFTER {
            child.kill().unwrap();
            child.wait().unwrap();
            break (-1, true);
        }
        std::thread::sleep(Duration::from_millis(3));
    };
    let stderr = String::from_utf8(fs::read(&stderr_path).unwrap()).expect("stderr is UTF-8");
    Ran { code, stderr, took, killed }
}

/// What a process has worked so far, in ticks of a hundredth of a second; `None` where the system does not tell.
fn processor_time(id: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name of the command, in parentheses, may hold anything; user and system time are the 12th and 13th behind it.
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// A very long text without its middle: a list of thousands of errors shows its first and last ones. The services and
/// parameters of the embedded catalog are left out: no new service changes a message.
fn shortened(text: &str) -> String {
    let text: String = text
        .split_inclusive('\n')
        .map(|line| {
            match ["= help: services: ", "= help: parameters of the catalog: "].iter().find(|w| line.contains(*w)) {
                Some(words) => format!("{}{words}(…)\n", line.split(words).next().unwrap()),
                None => line.to_owned(),
            }
        })
        .collect();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.len() <= 400 {
        return text;
    }
    let (first, last) = (&lines[..20], &lines[lines.len() - 20..]);
    format!("{}(… {} lines …)\n{}", first.concat(), lines.len() - 40, last.concat())
}

/// The longest that a command may work on this machine.
fn most_time() -> Duration {
    static MOST: OnceLock<Duration> = OnceLock::new();
    *MOST.get_or_init(|| {
        let work = tempfile::tempdir().unwrap();
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("site.yaml").display().to_string();
        let sample = run(&["build", "--check", "-c", &site].map(str::to_owned), work.path());
        assert!(sample.code == 1 && !sample.killed, "the sample site: {}", sample.stderr);
        MOST_TIME.max(sample.took * MOST_SAMPLES)
    })
}

/// What no command may do, whatever it is given.
fn never(ran: &Ran) -> Vec<String> {
    let mut problems = Vec::new();
    if ran.killed || ran.took > most_time() {
        problems.push(format!("took {:?}{}", ran.took, if ran.killed { " and was killed" } else { "" }));
    }
    if !ran.killed && !(0..=2).contains(&ran.code) {
        problems.push(format!("exit code {}", ran.code));
    }
    if ran.stderr.contains("panicked") || ran.stderr.contains("RUST_BACKTRACE") {
        problems.push("it panicked".to_owned());
    }
    if ran.stderr.contains("[internal]") {
        problems.push("it blames itself".to_owned());
    }
    if let Some(c) = ran.stderr.chars().find(|c| c.is_control() && *c != '\n') {
        problems.push(format!("stderr holds the control character U+{:04X}", c as u32));
    }
    if ran.stderr.len() > 1 << 20 {
        problems.push(format!("stderr has {} bytes", ran.stderr.len()));
    }
    problems
}

fn diff(expected: &str, said: &str) -> String {
    let diff = TextDiff::from_lines(expected, said);
    let mut out = String::new();
    for change in diff.iter_all_changes() {
        let _ = write!(out, "{}{}", change.tag(), change.value());
    }
    out
}

/// A case and the function that writes its input into a folder.
type Make = (&'static str, fn(&Path));

/// The cases whose input is made here.
const MADE: &[Make] = &[
    ("source/alias-bomb", |at| site(at, &alias_bomb())),
    ("source/anchor-of-itself", |at| site(at, "site: &a [*a]\n")),
    ("source/anchors-many", |at| site(at, &many_anchors())),
    ("source/bom-and-crlf", |at| {
        site_bytes(at, b"\xef\xbb\xbfsite: t\r\nroutes: {p: {proxies: [\"http://p.example:8080\"]}}\r\nrules:\r\n  - {route: p, hosts: [a..b]}\r\ndefault: q\r\noutputs: [{target: pac}]\r\n")
    }),
    ("source/bom-only", |at| site_bytes(at, b"\xef\xbb\xbf")),
    ("source/deep-block", |at| site(at, &deep_block(400))),
    ("source/deep-flow", |at| site(at, &format!("site: {}{}\n", "[".repeat(100_000), "]".repeat(100_000)))),
    ("source/deep-flow-unclosed", |at| site(at, &format!("site: {}", "{a: ".repeat(100_000)))),
    ("source/escape-bytes", |at| site_bytes(at, b"site: \"a\x1b[31mb\"\n\x1b[2Jfoo: 1\n")),
    ("source/folder-instead-of-file", |at| fs::create_dir(at.join("site.yaml")).unwrap()),
    ("source/huge-file", |at| site(at, &"# a line of a file that is too large\n".repeat(500_000))),
    ("source/huge-key", |at| site(at, &format!("{}{}: 1\n", GOOD, "k".repeat(900)))),
    ("source/huge-line", |at| site(at, &good_with(&format!("- {{route: p, hosts: [{}, a..b]}}", long_list(3000))))),
    ("source/huge-scalar", |at| site(at, &good_with(&format!("- {{route: p, hosts: [\"{}\"]}}", "a".repeat(1 << 20))))),
    ("source/latin-1", |at| site_bytes(at, b"# B\xfcro\nsite: t\n")),
    ("source/missing-file", |_| ()),
    ("verify/another-state-of-the-site", |at| {
        built(at);
        site(at, &good_with("- {route: direct, hosts: [other.example]}"));
    }),
    ("verify/edited-manifest", |at| {
        built(at);
        damage(at, "manifest.json", "proxy.example:8080", "proxy.example:8081");
    }),
    ("verify/edited-script", |at| {
        built(at);
        damage(at, "proxy.pac", "a.example", "b.example");
    }),
    ("verify/manifest-of-others", |at| {
        fs::create_dir(at.join("out")).unwrap();
        fs::write(at.join("out/manifest.json"), "{\"name\": \"an app\"}\n").unwrap();
    }),
    ("verify/manifest-that-points-outside", |at| {
        built(at);
        damage(at, "manifest.json", "\"path\": \"proxy.pac\"", "\"path\": \"../x.pac\"");
        resign(at);
    }),
    ("verify/missing-script", |at| {
        built(at);
        fs::remove_file(at.join("out/proxy.pac")).unwrap();
    }),
    ("verify/no-folder", |_| ()),
    ("source/many-hosts-in-the-site", |at| {
        site(at, &good_with(&format!("- {{route: p, hosts: [{}]}}", long_list(260_000))));
    }),
    ("source/nul-bytes", |at| site_bytes(at, b"site: t\0\0\nroutes: {}\n")),
    ("source/shift-jis", |at| site_bytes(at, b"site: t\n# \x93\x8c\x8b\x9e\x83I\x83t\x83B\x83X\nroutes: {}\n")),
    ("source/utf-16-be", |at| site_bytes(at, &utf16("site: t\n", u16::to_be_bytes))),
    ("source/utf-16-le", |at| site_bytes(at, &utf16("site: t\n", u16::to_le_bytes))),
    ("hosts/list-bom-crlf", |at| {
        site(at, &good_with("- {route: p, hosts_file: list.txt}"));
        fs::write(
            at.join("list.txt"),
            b"\xef\xbb\xbf# partners\r\na.example.com\r\n\r\n.b.example.com # all\r\n*.c.example.com\r\n10.0.0.0/8\r\n",
        )
        .unwrap();
    }),
    ("hosts/list-bom-crlf-errors", |at| {
        site(at, &good_with("- {route: p, hosts_file: list.txt}"));
        let lines = "\u{feff}# partners\r\na.example.com\r\nhttps://b.example.com/\r\nc.example.com\r\n\r\n\td.example.com  # fine\r\ne.example.com\u{3000}\r\nf.example.com\r\n";
        fs::write(at.join("list.txt"), lines).unwrap();
    }),
    ("hosts/list-not-utf8", |at| {
        site(at, &good_with("- {route: p, hosts_file: list.txt}"));
        fs::write(at.join("list.txt"), b"a.example.com\nb\x83.example.com\n").unwrap();
    }),
    ("hosts/list-not-utf8-and-more", |at| {
        site(at, &good_with("- {route: p, hosts_file: list.txt}"));
        fs::write(at.join("list.txt"), b"# Caf\xe9\na.example\nnot a host\nb\xff.example\n*.c.example.*x\n").unwrap();
    }),
    ("hosts/list-utf-16", |at| {
        site(at, &good_with("- {route: p, hosts_file: list.txt}"));
        fs::write(at.join("list.txt"), utf16("a.example.com\r\n", u16::to_le_bytes)).unwrap();
    }),
    ("hosts/list-ten-thousand-errors", |at| {
        site(at, &good_with("- {route: p, hosts_file: list.txt}"));
        let lines: String = (0..10_000).map(|n| format!("host{n}..example.com\n")).collect();
        fs::write(at.join("list.txt"), lines).unwrap();
    }),
    ("hosts/list-one-endless-line", |at| {
        site(at, &good_with("- {route: p, hosts_file: list.txt}"));
        fs::write(at.join("list.txt"), "a".repeat(4 << 20)).unwrap();
    }),
    ("hosts/list-old-mac-line-ends", |at| {
        site(at, &good_with("- {route: p, hosts_file: list.txt}"));
        fs::write(at.join("list.txt"), "a.example.com\rb.example.com\r").unwrap();
    }),
    ("check/large-pac", |at| large(at, 2_400)),
    ("check/too-large", |at| large(at, 9_500)),
    ("site/too-many-combinations", |at| {
        let many: Vec<String> = (0..101).map(|n| format!("r{n}")).collect();
        let params = format!("params: {{location: [{0}], workspace_id: [{0}]}}\n", many.join(", "));
        fs::create_dir(at.join("catalog")).unwrap();
        fs::write(at.join("catalog/pairs.yaml"), PAIRS).unwrap();
        site(at, &(params + &good_with("- {route: p, services: [pairs]}")));
    }),
    ("catalog/not-utf8", |at| {
        site(at, &good_with("- {route: p, hosts: [a.example]}"));
        fs::create_dir(at.join("catalog")).unwrap();
        fs::write(at.join("catalog/mine.yaml"), b"service: mine\ntitle: \x8e\x84\n").unwrap();
    }),
    ("catalog/file-instead-of-folder", |at| {
        site(at, &good_with("- {route: p, hosts: [a.example]}"));
        fs::write(at.join("catalog"), "").unwrap();
    }),
];

/// A good site up to its rules.
const GOOD: &str =
    "site: t\nroutes: {p: {proxies: [\"http://proxy.example:8080\"]}}\ndefault: p\noutputs: [{target: pac}]\n";

/// What the good site makes, in `out`.
fn built(at: &Path) {
    site(at, &good_with("- {route: direct, hosts: [a.example]}"));
    let status = Command::new(env!("CARGO_BIN_EXE_pacwright")).current_dir(at).args(["build", "-q"]).status().unwrap();
    assert!(status.success());
}

fn damage(at: &Path, file: &str, from: &str, to: &str) {
    let path = at.join("out").join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no `{from}`");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// Gives a damaged manifest the digest of its bytes.
fn resign(at: &Path) {
    let path = at.join("out/manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("\"manifest_sha256\": \"").unwrap();
    let around = |own: &str| format!("{before}\"manifest_sha256\": \"{own}{}", &rest[64..]);
    let own = pacwright::publish::digest(around(&"0".repeat(64)).as_bytes());
    fs::write(path, around(&own)).unwrap();
}

const PAIRS: &str = "service: pairs\ntitle: Pairs\npurpose: Two parameters in one name.\nreviewed: 2026-11-24\n\
    params: {location: {about: a region, example: japaneast}, workspace_id: {about: a workspace, example: w1}}\n\
    sources: {doc: a page}\n\
    endpoints:\n  - {id: pair, dest: \"${location}.${workspace_id}.example.com\", ports: [https], source: doc}\n";

fn good_with(rule: &str) -> String {
    format!("{GOOD}rules:\n  {rule}\n")
}

fn site(at: &Path, text: &str) {
    site_bytes(at, text.as_bytes());
}

fn site_bytes(at: &Path, bytes: &[u8]) {
    fs::write(at.join("site.yaml"), bytes).unwrap();
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(to_bytes).collect()
}

/// Nine levels of nine: a billion texts.
fn alias_bomb() -> String {
    let mut out = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 9];
        let _ = writeln!(out, "a{level}: &a{level} [{}]", aliases.join(", "));
    }
    out
}

/// Not a bomb by depth, but by number.
fn many_anchors() -> String {
    let mut out = String::from(GOOD);
    out.push_str("rules:\n  - &r {route: p, hosts: [a.example]}\n");
    for _ in 0..300_000 {
        out.push_str("  - *r\n");
    }
    out
}

fn deep_block(levels: usize) -> String {
    (0..levels).fold(String::new(), |mut out, level| {
        let _ = writeln!(out, "{}a:", " ".repeat(level));
        out
    })
}

/// A list of names so long, and so unlike each other, that a PAC of it is large.
fn large(at: &Path, names: u64) {
    site(at, &good_with("- {route: direct, hosts_file: list.txt}"));
    let label = |n: u64| format!("{:x}", (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let name = |n: u64| (0..4).map(|part| label(n * 8 + part)).collect::<String>();
    let lines: String =
        (0..names).map(|n| format!("{:.60}.{:.60}.large.example\n", name(2 * n), name(2 * n + 1))).collect();
    fs::write(at.join("list.txt"), lines).unwrap();
}

fn long_list(count: usize) -> String {
    (0..count).map(|n| format!("host{n}.example.com")).collect::<Vec<_>>().join(", ")
}
