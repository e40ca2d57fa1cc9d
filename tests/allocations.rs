//! A decision allocates nothing: it is made for every request, by `diff` and by the proof some million times.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use pacwright::dest::{Ask, Dest, Ports};
use pacwright::policy::{Decide as _, Entry, Origin, Policy};
use pacwright::read::record::Scalar as _;
use pacwright::site::{RouteId, ZoneId};

fn policy(patterns: &[&str]) -> Policy {
    let entry = |(at, text): (usize, &&str)| Entry {
        origin: Origin::Line(at as u32),
        pattern: Dest::parse(text).unwrap_or_else(|bad| panic!("{text}: {}", bad.message)).pattern,
        ports: Ports::All,
        route: RouteId(2),
        rule: 0,
        is_final: at % 2 == 1,
    };
    let policy = Policy::new(ZoneId(0), RouteId::DIRECT, patterns.iter().enumerate().map(entry).collect());
    policy.prepare();
    policy
}

#[test]
fn a_decision_allocates_nothing() {
    let policy = policy(&[
        ".within.example",
        "*.below.example",
        "exact.example",
        "exact.example",
        "*-glob.a*b.stars.example",
        "*.x*.stars.example",
        "192.0.2.0/24",
        "198.51.100.7",
        "2001:db8::/32",
        "plain",
    ]);
    let asks = [
        "within.example",
        "a.b.c.within.example",
        "www.below.example",
        "below.example",
        "exact.example",
        "no.exact.example",
        "one-glob.aab.stars.example",
        "q.r.x1.stars.example",
        "192.0.2.1",
        "198.51.100.7:80",
        "203.0.113.1",
        "[2001:db8::1]:8443",
        "intranet",
        "nothing.test",
        "a.b.c.d.e.f.g.h.nothing.test",
    ];
    for text in asks {
        let ask = Ask::parse(text).unwrap_or_else(|bad| panic!("{text}: {}", bad.message));
        let counted = allocation_counter::measure(|| {
            std::hint::black_box(policy.decide(&ask));
        });
        assert_eq!(counted.count_total, 0, "deciding `{text}` allocates");
    }
    let counted = allocation_counter::measure(|| drop(std::hint::black_box(vec![1])));
    assert_eq!(counted.count_total, 1, "the counter does not count");
}
