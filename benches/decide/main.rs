//! What a decision of the policy costs, against globset, regex and a bare hash table.
//!
//! `cargo bench --bench decide` measures with criterion. With `BENCH_ROUNDS=N` it takes N rounds instead, in which everybody
//! has a turn, and prints them as JSON: what `bench/run` makes ratios of.

#![allow(clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod contestants;
#[path = "../support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use contestants::{Contestant, Question};
use criterion::{BenchmarkId, Criterion, Throughput};
use serde_json::{Value, json};

/// Names that a peer is still measured with; only what is flat goes beyond.
const PATTERNS: usize = 10_000;
const MANY: usize = 1_000_000;
const QUESTIONS: usize = 2_000;
/// How long a turn is.
const TURN: Duration = Duration::from_millis(20);

/// Everybody who is asked about some names, and what.
struct Case {
    count: usize,
    contestants: Vec<Contestant>,
    sets: [(&'static str, Vec<Question>); 2],
}

impl Case {
    fn new(names: &[String], makers: &[fn(&[String]) -> Contestant]) -> Self {
        let sets = [("hits", contestants::hits(names, QUESTIONS)), ("misses", contestants::misses(names, QUESTIONS))];
        Self { count: names.len(), contestants: makers.iter().map(|make| make(names)).collect(), sets }
    }
}

const ALL: [fn(&[String]) -> Contestant; 7] = [
    contestants::ours,
    contestants::bare_walk,
    contestants::globset_which,
    contestants::globset_whether,
    contestants::globset_braces,
    contestants::regexset_which,
    contestants::regexset_whether,
];

fn main() {
    let (names, source) = support::load();
    let few = &names[..PATTERNS.min(names.len())];
    let cases = || [Case::new(few, &ALL), Case::new(&support::invented(MANY), &ALL[..2])];
    match std::env::var("BENCH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()) {
        Some(rounds) => {
            let cases: Vec<Value> = cases().iter().map(|case| in_turns(case, rounds)).collect();
            println!("{}", json!({ "source": source, "cases": cases }));
        }
        None => {
            let mut criterion = Criterion::default().configure_from_args();
            for case in cases() {
                with_criterion(&case, &mut criterion);
            }
            criterion.final_summary();
        }
    }
}

fn with_criterion(case: &Case, criterion: &mut Criterion) {
    for (set, questions) in &case.sets {
        let mut group = criterion.benchmark_group(format!("decide/{}/{set}", case.count));
        group.throughput(Throughput::Elements(questions.len() as u64)).sample_size(20);
        for contestant in &case.contestants {
            group.bench_function(BenchmarkId::from_parameter(contestant.name), |bencher| {
                bencher.iter(|| questions.iter().fold(0, |sum, asked| sum + usize::from((contestant.answer)(asked))));
            });
        }
        group.finish();
    }
}

/// Nanoseconds a call, a round behind the other, and how many answers are not what they should be.
fn in_turns(case: &Case, rounds: usize) -> Value {
    let mut entries: Vec<Value> = Vec::new();
    let mut measured = vec![vec![Vec::with_capacity(rounds); case.sets.len()]; case.contestants.len()];
    for _ in 0..rounds {
        for (set, (_, questions)) in case.sets.iter().enumerate() {
            for (contestant, of) in case.contestants.iter().zip(&mut measured) {
                of[set].push(turn(contestant, questions));
            }
        }
    }
    for (contestant, of) in case.contestants.iter().zip(measured) {
        let sets: serde_json::Map<String, Value> =
            case.sets.iter().zip(of).map(|((name, _), rounds)| ((*name).to_owned(), json!(rounds))).collect();
        let asked = || case.sets.iter().flat_map(|(_, questions)| questions);
        let wrong = asked().filter(|asked| !contestant.is_right(asked)).count();
        entries.push(json!({
            "name": contestant.name, "load_ms": contestant.load.as_secs_f64() * 1e3, "ns": sets,
            "wrong": wrong, "asked": asked().count(),
        }));
    }
    json!({ "count": case.count, "contestants": entries })
}

/// Nanoseconds a call over some time; where a call is slow, over a part of the questions.
fn turn(contestant: &Contestant, questions: &[Question]) -> f64 {
    let started = Instant::now();
    let mut calls = 0u32;
    let mut asked = questions.iter().cycle();
    loop {
        for question in asked.by_ref().take(50) {
            black_box((contestant.answer)(black_box(question)));
        }
        calls += 50;
        let spent = started.elapsed();
        if spent > TURN {
            return spent.as_secs_f64() * 1e9 / f64::from(calls);
        }
    }
}
