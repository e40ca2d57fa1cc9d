//! The order in which a change is made: what is opened comes before those who go there, what is closed after they have left.
//!
//! Lists that two sides share are told apart decision by decision (`cut.rs`); what they do not share, as outputs, zones, clients and
//! the proxies of routes, comes from the claims (`moves.rs`).

mod cut;
mod moves;

use super::lines::{Diff, Kind, Part};
use super::outputs::Build;
use super::pairs::Pairs;
use cut::{Turn, cut};
use moves::{Moves, Role};

/// A step.
#[derive(Debug)]
pub struct Step {
    /// What to do.
    pub what: &'static str,
    /// Why now, and when to go on.
    pub why: &'static str,
    /// How it is taken back.
    pub undo: &'static str,
    /// What it is about: lines of the comparison, each cut to what this step does of it, and what moves besides.
    pub parts: Vec<Part>,
}

/// Whether a step opens or closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Opens.
    Open,
    /// Closes.
    Close,
}

/// The steps from one build to another; those without parts have nothing to do.
#[must_use]
pub fn plan(diff: &Diff, old: &Build, new: &Build, pairs: &Pairs) -> Vec<Step> {
    let mut steps = steps(diff, old, new, pairs);
    if diff.is_same() {
        // Another name for the proxies of a route is nothing to do.
        steps.iter_mut().for_each(|step| step.parts.clear());
    }
    steps
}

fn steps(diff: &Diff, old: &Build, new: &Build, pairs: &Pairs) -> Vec<Step> {
    let moves = Moves::of(old, new, pairs);
    let lines = |kinds: &[Kind], turn: Turn| -> Vec<Part> {
        let own = diff.parts.iter().filter(|part| kinds.contains(&part.kind));
        own.map(|part| cut(part, turn)).filter(|part| !part.lines.is_empty()).collect()
    };
    let lists = |role: Role, kinds: &[Kind], way: Way| [moves.lists(role, way), lines(kinds, Turn::Of(way))].concat();
    let firewalls = [Kind::Firewall];
    let proxies = [Kind::Proxy, Kind::Marks, Kind::Parents, Kind::Paths];
    vec![
        Step {
            what: "firewalls: open",
            why: "nobody uses it yet; go on when the rules are active",
            undo: "take these rules out again",
            parts: lists(Role::Firewall, &firewalls, Way::Open),
        },
        Step {
            what: "proxies: allow",
            why: "the new lists, with the old entries that a later step takes out still in them, on every proxy of their routes, those \
                  that come with this change too; go on when they are loaded",
            undo: "load the old lists",
            parts: lists(Role::Proxy, &proxies, Way::Open),
        },
        Step {
            what: "clients and routes: change over",
            why: "publish the new PAC files beside those that go, hand on by the new routes; go on when every client has fetched its \
                  file, which may take a day",
            undo: "publish the old PAC files and routes: everything they need is still open",
            parts: [moves.change_over(), lines(&[Kind::Clients, Kind::Parents], Turn::ChangeOver)].concat(),
        },
        Step {
            what: "old PAC files: take away",
            why: "no client loads them any more; look into the log of the web server before",
            undo: "publish them again",
            parts: moves.lists(Role::Clients, Way::Close),
        },
        Step {
            what: "proxies: refuse",
            why: "nobody comes this way any more; look into the log before",
            undo: "load the lists of the step before",
            parts: lists(Role::Proxy, &proxies, Way::Close),
        },
        Step {
            what: "firewalls: close",
            why: "the last step, as a proxy that still asks would fail",
            undo: "put these rules back",
            parts: lists(Role::Firewall, &firewalls, Way::Close),
        },
        Step {
            what: "in no order",
            why: "outputs, files and lists of which is not known who uses them, or people read",
            undo: "put the old files back",
            parts: [moves.others(), lines(&[Kind::Text, Kind::List, Kind::Options], Turn::Any)].concat(),
        },
    ]
}
