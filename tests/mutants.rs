//! Planted faults: files that a build made are damaged in every way that is easily got wrong, and of the damages that
//! change a decision, by the judgement of those that use the files, the proof must find 95 in 100 at least; so far it
//! finds all of them. A few by default, for the time they take;
//! `MUTANTS=2000 cargo test --test suite mutants:: -- --nocapture` plants more. With `--ignored` faults are planted into the
//! sources, a build for each; `FAULTS=parents` plants some of them.

mod emitters;
mod judge;
mod operators;
mod patches;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common;
use judge::{Files, Judge};
use operators::{Mutant, OPERATORS};
use pacwright::claims::Claims;
use pacwright::pipeline::Built;
use pacwright::prove::{self, Written};

/// How many faults are planted by default.
const FEW: usize = 120;
/// How many of a hundred go into which target. A Squid has to start for each of its faults.
const SHARES: [(&str, usize); 5] = [("pac", 40), ("squid", 6), ("zscaler", 15), ("csv", 15), ("firewall", 24)];
/// How many of a hundred go into which site.
const SITES: [(&str, usize); 2] = [("tests/sites/planted.yaml", 90), ("site.yaml", 10)];

/// A fault planted into an output.
struct Planted {
    site: &'static str,
    target: &'static str,
    operator: &'static str,
    /// The output, by its position.
    output: usize,
    path: String,
    mutant: Mutant,
    /// Whether the proof finds it.
    caught: bool,
    /// How it shows to those that use the file.
    changes: Option<String>,
}

/// A row of the table.
#[derive(Default)]
struct Count {
    planted: usize,
    changing: usize,
    caught: usize,
}

#[test]
fn faults_in_files_are_found() {
    let many = std::env::var("MUTANTS").map_or(FEW, |n| n.parse().expect("MUTANTS is a number"));
    let mut planted = Vec::new();
    for (site, of_site) in SITES {
        planted.extend(in_site(site, many * of_site / 100));
    }
    report(&planted);
}

#[test]
#[ignore = "builds pacwright once a fault, which takes some minutes"]
fn faults_in_sources_are_found() {
    emitters::all();
}

/// Plants faults into the files of a site, and asks the proof and the judges.
fn in_site(site: &'static str, many: usize) -> Vec<Planted> {
    let (input, mut report) = common::load(&common::root().join(site));
    let built = common::run(&input, &mut report);
    let claims = Claims::of(&built, &report.files);
    let judge = Judge::of(&built, &report.files);
    let mut planted = Vec::new();
    for (target, share) in SHARES {
        planted.extend(plant(site, target, &built, (many * share).div_ceil(100)));
    }
    let outputs: Vec<Proved> = (0..built.outputs.len()).map(|output| Proved::of(&built, &claims, output)).collect();
    for output in &outputs {
        assert!(!output.catches(&output.files), "{site}: `{}` is sound and not proved", output.claims.outputs[0].id);
    }
    in_parallel(&mut planted, |fault| {
        let output = &outputs[fault.output];
        fault.caught = output.catches(&output.damaged(fault));
    });
    for (at, output) in outputs.iter().enumerate() {
        let mut own: Vec<&mut Planted> = planted.iter_mut().filter(|fault| fault.output == at).collect();
        let files: Vec<Files> = own.iter().map(|fault| output.damaged(fault)).collect();
        let changes = judge.changes(&output.claims.outputs[0].target, &output.files, &files);
        own.iter_mut().zip(changes).for_each(|(fault, changes)| fault.changes = changes);
    }
    planted
}

/// Faults of every operator in the files of a target, drawn by lot; always the same.
fn plant(site: &'static str, target: &'static str, built: &Built, many: usize) -> Vec<Planted> {
    let mut lots = Lots(0x9E37_79B9_7F4A_7C15);
    let of_target = built.artifacts.iter().filter(|a| built.outputs[a.output].target.name == target);
    let files: Vec<_> = of_target.map(|a| (a, std::str::from_utf8(&a.bytes).expect("UTF-8"))).collect();
    let places = OPERATORS.iter().map(|operator| {
        let of_file = |(at, (_, text)): (usize, &(_, &str))| {
            operator.places(text).into_iter().map(move |p| (at, p)).collect::<Vec<_>>()
        };
        (operator.name, files.iter().enumerate().flat_map(of_file).collect::<Vec<_>>())
    });
    let mut places: Vec<_> = places.filter(|(_, places)| !places.is_empty()).collect();
    let mut planted = Vec::new();
    // Few faults meet other operators in each target.
    let first = lots.below(places.len().max(1)) + target.len();
    for turn in first..first + many {
        if places.is_empty() {
            break;
        }
        let operator = turn % places.len();
        let (name, left) = &mut places[operator];
        let (file, changes) = left.swap_remove(lots.below(left.len()));
        let (artifact, text) = files[file];
        let (path, output) = (artifact.path.clone(), artifact.output);
        let mutant = operators::mutant(text, &changes);
        planted.push(Planted { site, target, operator: name, output, path, mutant, caught: false, changes: None });
        if places[operator].1.is_empty() {
            places.remove(operator);
        }
    }
    planted
}

/// Numbers drawn by lot, the same ones each time.
struct Lots(u64);

impl Lots {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).expect("a number below an end")
    }
}

/// An output, and what is claimed of it alone.
struct Proved {
    claims: Claims,
    files: Files,
}

impl Proved {
    fn of(built: &Built, claims: &Claims, output: usize) -> Self {
        let mut claims = claims.clone();
        claims.outputs.retain(|o| o.id == built.outputs[output].id);
        let own = built.artifacts.iter().filter(|a| a.output == output);
        Self { claims, files: own.map(|a| (a.path.clone(), a.bytes.clone())).collect() }
    }

    fn damaged(&self, fault: &Planted) -> Files {
        let mut files = self.files.clone();
        files.insert(fault.path.clone(), fault.mutant.text.clone().into_bytes());
        files
    }

    /// Whether the proof finds anything wrong with files in the place of the output's own.
    fn catches(&self, files: &Files) -> bool {
        let output = &self.claims.outputs[0].id;
        let written: Vec<Written> = files.iter().map(|(path, bytes)| Written { path, output, bytes }).collect();
        prove::prove(&self.claims, &written).differences > 0
    }
}

/// Does something with each fault, on as many cores as there are.
fn in_parallel(planted: &mut [Planted], work: impl Fn(&mut Planted) + Sync) {
    let next = AtomicUsize::new(0);
    let all: Vec<Mutex<&mut Planted>> = planted.iter_mut().map(Mutex::new).collect();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(fault) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(&mut fault.lock().unwrap());
                }
            });
        }
    });
}

/// Prints the table and every survivor, and fails when there are too many.
fn report(planted: &[Planted]) {
    let mut counts: BTreeMap<(&str, &str), Count> = BTreeMap::new();
    let mut survivors = Vec::new();
    for fault in planted {
        for row in [(fault.target, fault.operator), (fault.target, "all"), ("all", "all")] {
            let count = counts.entry(row).or_default();
            count.planted += 1;
            count.changing += usize::from(fault.changes.is_some());
            count.caught += usize::from(fault.changes.is_some() && fault.caught);
        }
        if let (Some(how), false) = (&fault.changes, fault.caught) {
            let Planted { site, operator, path, mutant, .. } = fault;
            survivors.push(format!("{site}: {path}:{}: {operator}: {}: {how}", mutant.line, mutant.words));
        }
    }
    println!("{:10} {:28} {:>8} {:>9} {:>7}", "target", "operator", "planted", "changing", "caught");
    for ((target, operator), Count { planted, changing, caught }) in &counts {
        println!("{target:10} {operator:28} {planted:8} {changing:9} {caught:7}");
    }
    println!("{} survivors\n{}", survivors.len(), survivors.join("\n"));
    let all = &counts[&("all", "all")];
    assert!(all.changing * 2 > all.planted, "too few of the faults change anything");
    assert!(all.caught * 100 >= all.changing * 95, "too many survivors:\n{}", survivors.join("\n"));
}
