//! The proof: every artifact is read back by its format's own meaning and compared with a naive oracle over what people
//! wrote, on a witness for every class of the policy. Nothing is published that differs without having said so.
//!
//! In: [`Claims`] and files, of a build or of a disk. Out: [`Proof`]. Never: the tables, patterns and normal forms of the
//! stages it judges.

mod by_end;
pub mod compare;
mod declared;
pub mod difference;
pub mod expect;
pub mod fact;
pub mod facts;
mod group;
pub mod hosts;
mod lists;
pub mod mentioned;
pub mod oracle;
pub mod place;
pub mod witness;

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::claims::{Claims, Output};
use crate::diag::Sink;
use crate::pipeline::Built;
use crate::reader::File;
use crate::target;
use crate::target::read_back::{Besides, Clients, Problem, ReadBack, Reading, Turn};
use compare::{Asked, compare};
use declared::Declared;
use difference::Culprit;
use oracle::FactId;

/// A file to prove.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    /// Its path below the output folder.
    pub path: &'a str,
    /// The output it belongs to.
    pub output: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What a proof came to.
#[derive(Debug, Default)]
pub struct Proof {
    /// Classes of hosts: states of the automaton over labels, and ranges of addresses.
    pub classes: usize,
    /// Hosts asked for.
    pub hosts: usize,
    /// Outputs proved: name, and questions asked of it.
    pub outputs: Vec<(String, usize)>,
    /// Outputs that no reader can read: the user's own templates.
    pub unread: Vec<String>,
    /// Differences found.
    pub differences: usize,
    /// The first of them, in words.
    pub found: Vec<Unproved>,
}

/// Why something is not proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unproved {
    /// The output, when it is one's fault.
    pub output: Option<String>,
    /// The words.
    pub message: String,
    /// The entry at which it shows.
    pub entry: Option<Culprit>,
}

/// Most differences that are told of one output; the first few show the cause.
const TOLD: usize = 5;

/// Proves files against what is claimed of them.
#[must_use]
pub fn prove(claims: &Claims, files: &[Written]) -> Proof {
    let asked_about = || {
        let zones = facts::of_zones(claims);
        let facts = zones.iter().flat_map(|zone| [&zone.proxied, &zone.opened]).flat_map(oracle::Oracle::facts);
        let witnesses = witness::witnesses(facts.map(|fact| fact.text));
        (zones, witnesses)
    };
    // What files mention can be shared out in small parts: it comes last.
    let ((zones, witnesses), (backs, mentioned)) =
        rayon::join(asked_about, || rayon::join(|| read(claims, files), || mentioned::hosts(files)));
    let mut proof = Proof { classes: witnesses.classes, ..Proof::default() };
    if witnesses.too_many {
        let most = witness::MOST_STATES;
        proof.tell(None, format!("the stars make more than {most} classes of hosts, too many to prove: write fewer labels with a star, or whole subtrees as `*.d`"));
        return proof;
    }
    let oracles = zones.iter().flat_map(|zone| [&zone.proxied, &zone.opened]);
    for fact in oracles.flat_map(oracle::Oracle::unreadable) {
        proof.tell(None, format!("the oracle cannot read `{}`", fact.text));
    }
    let witnesses = witnesses.mention(mentioned);
    proof.hosts = witnesses.len();
    let mut outputs = proof.take(claims, backs);
    compare(claims, &zones, &witnesses, &mut outputs);
    for asked in outputs {
        proof.outputs.push((asked.output.id.clone(), asked.questions));
        let mut entries: BTreeSet<Option<FactId>> = BTreeSet::new();
        for difference in &asked.found {
            proof.differences += 1;
            if entries.len() < TOLD && entries.insert(difference.entry.as_ref().map(|entry| entry.id)) {
                let message = difference.message(&asked.output.id);
                let entry = difference.entry.clone();
                proof.found.push(Unproved { output: Some(asked.output.id.clone()), message, entry });
            }
        }
        if asked.found.len() > entries.len() {
            let message = format!("`{}` differs in {} answers in all", asked.output.id, asked.found.len());
            proof.found.push(Unproved { output: Some(asked.output.id.clone()), message, entry: None });
        }
    }
    proof
}

/// Proves the files of a build; what differs goes into the sink.
#[must_use]
pub fn build(built: &Built, claims: &Claims, sink: &mut Sink) -> Proof {
    let output = |at: usize| built.outputs.get(at).map_or("", |output| output.id.as_str());
    let written = built.artifacts.iter().map(|a| Written { path: &a.path, output: output(a.output), bytes: &a.bytes });
    let proof = prove(claims, &written.collect::<Vec<_>>());
    for unproved in &proof.found {
        sink.push(place::finding(built, unproved));
    }
    proof
}

impl Proof {
    /// The outputs that can be asked; of the others it is told why not.
    fn take<'c>(&mut self, claims: &Claims, read: Vec<Read<'c>>) -> Vec<Asked<'c>> {
        let mut asked = Vec::new();
        for (output, read) in claims.outputs.iter().zip(read) {
            match read {
                Read::Back(back) => asked.push(*back),
                Read::Unread => self.unread.push(output.id.clone()),
                Read::Unknown => {
                    let (id, target) = (&output.id, &output.target);
                    let message = format!("`{id}` is of the target `{target}`, which this version does not know");
                    self.tell(Some(id), message);
                }
                Read::Wrong(problems) => {
                    for problem in problems.iter().take(TOLD) {
                        self.tell(Some(&output.id), problem.words(&output.id));
                    }
                    self.differences += problems.len().saturating_sub(TOLD);
                }
            }
        }
        asked
    }

    fn tell(&mut self, output: Option<&str>, message: String) {
        self.differences += 1;
        self.found.push(Unproved { output: output.map(str::to_owned), message, entry: None });
    }
}

/// What became of the files of an output.
enum Read<'c> {
    /// They can be asked.
    Back(Box<Asked<'c>>),
    /// They are of a target that this version does not know.
    Unknown,
    /// Of a target that no reader can read.
    Unread,
    /// They are wrong.
    Wrong(Vec<Problem>),
}

/// Reads the files of every output back.
fn read<'c>(claims: &'c Claims, files: &[Written]) -> Vec<Read<'c>> {
    let clients = claims.clients();
    let read = |output: &'c Output| {
        let Some(target) = target::named(&output.target) else { return Read::Unknown };
        let Some(read_back) = target.read_back else { return Read::Unread };
        let own: Vec<Written> = files.iter().filter(|file| file.output == output.id).copied().collect();
        let is_of = |label: &str| output.zones.iter().any(|zone| zone == label);
        // Manifests of older versions do not say what is marked.
        let besides = Besides { marks: claims.marks, lists: true, rest: false };
        let (backs, ports) =
            rayon::join(|| back(read_back, (output, &clients, besides), &own), || mentioned::ports(files, &output.id));
        match backs {
            Ok(backs) => Read::Back(Box::new(Asked {
                output,
                declared: Declared::of(claims, &output.id),
                backs: backs.into_iter().map(Some).collect(),
                zones: clients.iter().enumerate().filter(|(_, zone)| is_of(zone.label())).map(|(at, _)| at).collect(),
                settled: Vec::new(),
                ports,
                turn: Turn::default(),
                turn_of_services: Turn::default(),
                questions: 0,
                found: Vec::new(),
            })),
            Err(problems) => Read::Wrong(problems),
        }
    };
    claims.outputs.par_iter().map(read).collect()
}

/// Reads the files of one output back, by the reader of its target.
pub fn back(
    read: fn(&Reading) -> ReadBack,
    (output, zones, besides): (&Output, &[Clients], Besides),
    files: &[Written],
) -> ReadBack {
    let files: Vec<File> = files.iter().map(|f| File { path: below(f.path, &output.id), bytes: f.bytes }).collect();
    read(&Reading { files: &files, options: &output.reading, zones, besides })
}

/// A path below the place of its output; the path itself when the output is one file.
fn below<'p>(path: &'p str, output: &str) -> &'p str {
    path.strip_prefix(output).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path)
}
