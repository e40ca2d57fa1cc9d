//! `build`, step by step, with what each step takes: `stages SITE OUT [--without-proof]`, printed as JSON. What the program
//! cannot leave out, this can: the proof. Without arguments it builds the repository's own site below `target/`.

#![allow(clippy::expect_used, missing_docs)]

use std::path::PathBuf;
use std::time::Instant;

use pacwright::claims::Claims;
use pacwright::diag::Report;
use pacwright::pipeline::{self, Paths};
use pacwright::publish::{self, manifest};
use pacwright::{check, prove};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Steps and how long they took.
struct Clock {
    from: Instant,
    steps: serde_json::Map<String, serde_json::Value>,
}

impl Clock {
    fn ends(&mut self, step: &str) {
        let now = Instant::now();
        self.steps.insert(step.to_owned(), ((now - self.from).as_secs_f64() * 1e3).into());
        self.from = now;
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let proved = !args.iter().any(|arg| arg == "--without-proof");
    let mut given = args.iter().filter(|arg| !arg.starts_with("--")).map(PathBuf::from);
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let site = given.next().unwrap_or_else(|| root.join("site.yaml"));
    let out = given.next().unwrap_or_else(|| root.join("target/bench/stages"));

    let mut report = Report::default();
    let mut clock = Clock { from: Instant::now(), steps: serde_json::Map::new() };
    let input = pipeline::load(&Paths { site, catalog: None }, &mut report).expect("a site that can be read");
    clock.ends("load");
    let built = pipeline::run(&input, &mut report);
    clock.ends("run");
    check::check(&built, None, &mut report.sink);
    clock.ends("check");
    let claims = Claims::of(&built, &report.files);
    clock.ends("claims");
    if proved {
        let proof = prove::build(&built, &claims, &mut report.sink);
        assert_eq!(proof.differences, 0, "proved");
        clock.ends("proof");
    }
    let made = manifest::make(&built, claims, None).expect("a manifest");
    let release = publish::Release::new(&built.artifacts, &made);
    clock.ends("manifest");
    let journal = publish::open(&out, &mut report.sink).expect("a folder to write into");
    let changes = publish::plan(&out, &release, true, &mut report.sink);
    publish::publish(&out, &release, &changes, journal).expect("written files");
    clock.ends("publish");
    assert!(!report.sink.has_errors(), "a site without errors");
    println!("{}", serde_json::Value::from(clock.steps));
}
