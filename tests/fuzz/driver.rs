//! Runs the cases of one target: what was found before, the seeds as they are, and as many bad ones as are asked for.
//!
//! A panic is a failure that names its case and keeps its input. A crash or an endless loop cannot be caught: the number
//! of the running case stands in a file.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::mutate::{Random, mutated};

/// Cases of a target that costs nothing, when `FUZZ_CASES` asks for no number.
const CASES: u64 = 1_000;
/// Longer than any case may take on any machine; what is slow is not looked for here.
const HANGS: Duration = Duration::from_secs(30);
/// After so many failures a target stops: they tend to be one.
const FAILURES: usize = 5;

/// Something that reads foreign bytes.
pub struct Target {
    /// Its name: of the test, and of the folder of what was found.
    pub name: &'static str,
    /// Good inputs, and bad ones that are worth changing.
    pub seeds: Vec<Vec<u8>>,
    /// Words of its language.
    pub words: Vec<&'static str>,
    /// One in so many of [`CASES`] is run: what takes long takes fewer.
    pub share: u64,
}

/// One input.
pub struct Case<'a> {
    /// Its number; 0 for those that are not made here. What is dear is done for some numbers only, and for 0.
    pub number: u64,
    /// The input.
    pub bytes: &'a [u8],
}

impl Case<'_> {
    /// Whether something is to be done that only one in `n` cases can pay for.
    pub fn one_in(&self, n: u64) -> bool {
        self.number.is_multiple_of(n)
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a number, not `{text}`")))
}

/// What one target has done so far.
struct Run<'a> {
    target: &'a Target,
    seed: u64,
    folder: PathBuf,
    running: fs::File,
    watch: Arc<Watch>,
    failures: Vec<String>,
    accepted: u64,
    slowest: (Duration, String),
}

/// Runs a target; `check` says whether the input was accepted, and panics where it is not as it must be.
pub fn run(target: &Target, mut check: impl FnMut(&Case) -> bool) {
    let seed = number("FUZZ_SEED").unwrap_or(1);
    let only = number("FUZZ_CASE");
    let cases = number("FUZZ_CASES").unwrap_or(CASES.div_ceil(target.share));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    fs::create_dir_all(&folder).unwrap();
    let running = fs::File::create(folder.join(format!("{}.running", target.name))).unwrap();
    let watch = Watch::start(target.name, seed);
    let slowest = (Duration::ZERO, String::new());
    let mut run = Run { target, seed, folder, running, watch, failures: Vec::new(), accepted: 0, slowest };
    let begin = Instant::now();
    let mut done = 0;
    if only.is_none() {
        for (name, bytes) in found(target.name) {
            run.one(&name, &Case { number: 0, bytes: &bytes }, &mut check);
        }
        for (at, bytes) in target.seeds.iter().enumerate().filter(|(at, seed)| !target.seeds[..*at].contains(seed)) {
            run.one(&format!("seed {at}"), &Case { number: 0, bytes }, &mut check);
        }
        assert!(run.accepted > 0 || target.seeds.is_empty(), "{}: no seed is accepted", target.name);
        run.accepted = 0;
    }
    for number in only.map_or(1..=cases, |only| only..=only) {
        if run.failures.len() >= FAILURES {
            break;
        }
        let bytes = mutated(&mut Random::of(seed, target.name, number), &target.seeds, &target.words);
        if only.is_some() {
            run.keep(number, &bytes);
        }
        run.one(&number.to_string(), &Case { number, bytes: &bytes }, &mut check);
        done += 1;
    }
    run.watch.done.store(true, Ordering::Relaxed);
    let (took, which) = &run.slowest;
    println!(
        "{}: {done} cases in {:.1} s, {} accepted; the slowest took {} ms: {which}",
        target.name,
        begin.elapsed().as_secs_f64(),
        run.accepted,
        took.as_millis()
    );
    assert!(run.failures.is_empty(), "{}", run.failures.join("\n"));
    // Nonsense alone would only ever reach the first check of a parser.
    let both = run.accepted > 0 && run.accepted < done;
    assert!(both || done < 500, "{}: {} of {done} cases are accepted", target.name, run.accepted);
}

impl Run<'_> {
    fn one(&mut self, name: &str, case: &Case, check: &mut impl FnMut(&Case) -> bool) {
        self.running.write_all_at(format!("{:<20}\n", case.number).as_bytes(), 0).unwrap();
        let begin = Instant::now();
        self.watch.begin(case.number);
        let outcome = catch_unwind(AssertUnwindSafe(|| check(case)));
        self.watch.end();
        if begin.elapsed() > self.slowest.0 {
            self.slowest = (begin.elapsed(), name.to_owned());
        }
        match outcome {
            Ok(accepted) => self.accepted += u64::from(accepted),
            Err(panic) => {
                let words = panic.downcast_ref::<String>().map(String::as_str);
                let words = words.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
                let mut said = format!("{} fails in case {name}: {words}\n", self.target.name);
                if case.number > 0 {
                    let path = self.keep(case.number, case.bytes);
                    let _ = writeln!(
                        said,
                        "{}\n  its input: {}",
                        again(self.target.name, self.seed, case.number),
                        path.display()
                    );
                    said.push_str("  as a fixture it stands in tests/fuzz/found/");
                    said.push_str(self.target.name);
                }
                self.failures.push(said);
            }
        }
    }

    /// Writes the input of a case, so that it can be looked at and become a fixture.
    fn keep(&self, number: u64, bytes: &[u8]) -> PathBuf {
        let path = self.folder.join(format!("{}-{}-{number}", self.target.name, self.seed));
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// The command that runs one case again.
fn again(target: &str, seed: u64, case: u64) -> String {
    format!("  again: FUZZ_SEED={seed} FUZZ_CASE={case} cargo test --test fuzz ::{target}")
}

/// What was found before, and is looked at in every run.
fn found(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/found").join(target);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect()
}

/// Ends the process when a case does not end.
struct Watch {
    /// Milliseconds after `epoch` at which the running case began, and one; 0 between cases.
    since: AtomicU64,
    case: AtomicU64,
    done: AtomicBool,
    epoch: Instant,
}

impl Watch {
    fn start(target: &'static str, seed: u64) -> Arc<Self> {
        let watch = Arc::new(Self {
            since: AtomicU64::new(0),
            case: AtomicU64::new(0),
            done: AtomicBool::new(false),
            epoch: Instant::now(),
        });
        let seen = Arc::clone(&watch);
        std::thread::spawn(move || {
            while !seen.done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(200));
                let since = seen.since.load(Ordering::Relaxed);
                if since > 0 && seen.epoch.elapsed() > Duration::from_millis(since) + HANGS {
                    let case = seen.case.load(Ordering::Relaxed);
                    eprintln!("{target} hangs in case {case}\n{}", again(target, seed, case));
                    std::process::exit(101);
                }
            }
        });
        watch
    }

    fn begin(&self, case: u64) {
        self.case.store(case, Ordering::Relaxed);
        self.since.store(self.epoch.elapsed().as_millis() as u64 + 1, Ordering::Relaxed);
    }

    fn end(&self) {
        self.since.store(0, Ordering::Relaxed);
    }
}
