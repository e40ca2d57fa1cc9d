//! `check --reach`: the numbers of a small catalog counted by hand, and those of the repository's own site against
//! `explain`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn pacwright(folder: &Path, words: &[&str]) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_pacwright")).current_dir(folder).args(words).output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

fn reach(folder: &Path, more: &[&str]) -> Value {
    let (text, _) = pacwright(folder, &[&["check", "--reach", "--format", "json"], more].concat());
    serde_json::from_str::<Value>(&text).unwrap()["reach"].take()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn list<'v>(value: &'v Value, key: &str) -> &'v Vec<Value> {
    value[key].as_array().unwrap_or_else(|| panic!("no `{key}` in {value}"))
}

fn names(row: &Value) -> BTreeSet<&str> {
    list(row, "names").iter().map(|name| name["destination"].as_str().unwrap()).collect()
}

const SHOP: &str = r#"
service: shop
title: T
purpose: T
reviewed: 2026-11-24
sources: {s: S}
defaults: {ports: [https], source: s}
groups: {core: {about: T, default: true}, more: {about: T}}
endpoints:
  - {id: any, dest: "*.store.example", group: core, required: false}
  - {id: photos-any, dest: "*.photos.store.example", group: core}
  - {id: pay, dest: pay.store.example, group: core}
  - {id: net, dest: 203.0.113.0/25, group: core}
  - {id: net-within, dest: 203.0.113.64/26, group: core}
  - {id: v6, dest: "2001:db8::/48", group: core}
  - {id: video, dest: video.store.example, group: more}
  - {id: other-port, dest: files.store.example, group: more, ports: [tcp/8443], via: proxy}
"#;

const GAME: &str = r#"
service: game
title: T
purpose: T
reviewed: 2026-11-24
sources: {s: S}
defaults: {ports: [https], source: s}
params: {room: {about: T, example: a}}
endpoints:
  - {id: one, dest: one.play.store.example}
  - {id: below, dest: "*.play.store.example"}
  - {id: room, dest: "${room}.rooms.store.example"}
  - {id: video, dest: video.store.example}
  - {id: photo, dest: photo.photos.store.example}
  - {id: blocked, dest: no.store.example}
  - {id: straight, dest: straight.store.example}
  - {id: look-alike, dest: evilstore.example}
  - {id: apex, dest: store.example}
  - {id: old, dest: old.store.example, status: retired}
  - {id: gov, dest: gov.store.example, cloud: usgov}
  - {id: udp, dest: udp.store.example, ports: [udp/443], via: firewall}
"#;

const SITE: &str = r#"
site: t
zones:
  hq: {sources: [10.1.0.0/16]}
  lab: {sources: [10.2.0.0/16]}
routes: {p: {proxies: ["http://p.example:8080"]}}
rules:
  - {route: p, services: [shop], zones: [hq]}
  - {route: block, hosts: [no.store.example]}
  - {route: direct, hosts: [straight.store.example, 10.0.0.0/8, 198.51.100.0/31]}
  - {route: p, hosts: [".rooms.store.example"], zones: [lab]}
default: p
outputs: [{target: csv}]
"#;

#[test]
fn every_number_of_a_small_catalog_is_as_counted_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::create_dir(folder.join("catalog")).unwrap();
    std::fs::write(folder.join("catalog/shop.yaml"), SHOP).unwrap();
    std::fs::write(folder.join("catalog/game.yaml"), GAME).unwrap();
    std::fs::write(folder.join("site.yaml"), SITE).unwrap();
    let reach = reach(folder, &["--catalog", "catalog"]);
    let routes: BTreeMap<(&str, &str), &Value> = list(&reach, "routes")
        .iter()
        .map(|route| ((route["zone"].as_str().unwrap(), route["route"].as_str().unwrap()), route))
        .collect();
    assert_eq!(
        routes.keys().copied().collect::<Vec<_>>(),
        [("hq", "direct"), ("hq", "p"), ("lab", "direct"), ("lab", "p")]
    );

    // In the zone hq: below `*.store.example` the video, the two of `play` and the room; not its own `pay`, nor what is
    // blocked, goes direct, is for another port, no egress of this cloud, beside it or the domain itself.
    let hq = routes[&("hq", "p")];
    let rows = list(hq, "wildcards");
    let row = |name: &str| rows.iter().find(|row| row["destination"] == name).unwrap();
    let any = row("*.store.example");
    assert_eq!(
        names(any),
        ["${room}.rooms.store.example", "*.play.store.example", "one.play.store.example", "video.store.example"]
            .into_iter()
            .collect::<BTreeSet<_>>()
    );
    assert_eq!((any["lets_in"].as_u64(), any["alone"].as_u64()), (Some(4), Some(4)));
    // `pay`, `*.photos`, and what the other rules list: `no` and `straight`.
    assert_eq!(any["asked"], 4);
    assert_eq!(any["from"][0]["required"], false);
    assert_eq!(any["from"][0]["endpoint"], "shop/any");
    assert_eq!(any["from"][0]["rule"], "site.yaml:8");
    // The narrower wildcard decides, but without it the wider one would let the photo in all the same.
    let photos = row("*.photos.store.example");
    assert_eq!(names(photos), BTreeSet::from(["photo.photos.store.example"]));
    assert_eq!((photos["lets_in"].as_u64(), photos["alone"].as_u64()), (Some(1), Some(0)));
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!((hq["lets_in"].as_u64(), hq["alone"].as_u64()), (Some(5), Some(4)));
    // The video is of both services: once in the sum, once in each.
    let services: Vec<(&str, bool, u64)> = list(hq, "services")
        .iter()
        .map(|s| (s["service"].as_str().unwrap(), s["selected"].as_bool().unwrap(), s["names"].as_u64().unwrap()))
        .collect();
    assert_eq!(services, [("game", false, 5), ("shop", true, 1)]);

    // Addresses: 128, of which 64 stand twice.
    assert_eq!((hq["ipv4_addresses"].as_u64(), hq["ipv6_networks"].as_u64()), (Some(128), Some(1)));
    let networks: Vec<(&str, u64)> = list(hq, "networks")
        .iter()
        .map(|n| (n["destination"].as_str().unwrap(), n["ipv4_addresses"].as_u64().unwrap()))
        .collect();
    assert_eq!(networks, [("203.0.113.0/25", 128), ("203.0.113.64/26", 64), ("2001:db8::/48", 0)]);
    let direct = routes[&("hq", "direct")];
    assert_eq!(direct["ipv4_addresses"], 2, "private networks are not in the sum");
    let private: Vec<(&str, bool, u64)> = list(direct, "networks")
        .iter()
        .map(|n| {
            let addresses = n["ipv4_addresses"].as_u64().unwrap();
            (n["destination"].as_str().unwrap(), n["private"].as_bool().unwrap(), addresses)
        })
        .collect();
    assert_eq!(private, [("198.51.100.0/31", false, 2), ("10.0.0.0/8", true, 1 << 24)]);

    // In the zone lab the rule asks for every room.
    let lab = routes[&("lab", "p")];
    assert_eq!(lab["lets_in"], 0, "{lab}");

    // People are told the same.
    let (text, code) = pacwright(folder, &["check", "--reach", "-q", "--catalog", "catalog"]);
    assert_eq!(code, Some(0));
    assert!(
        text.contains("zone hq, route p\n  2 of 2 wildcards let in 5 names that no rule asks for, 4 of them alone\n"),
        "{text}"
    );
    assert!(
        text.contains("\n         4      4      4  *.store.example  tcp/443  shop/any  site.yaml:8  optional\n"),
        "{text}"
    );
}

/// A host that a name of the table stands for.
fn host(name: &str) -> String {
    let name = name.strip_prefix('.').unwrap_or(name);
    let mut out = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        out.push('x');
        rest = after.split_once('}').unwrap().1;
    }
    (out + rest).replace('*', "x")
}

#[test]
fn explain_names_the_wildcard_that_lets_each_name_in() {
    let reach = reach(root(), &[]);
    let mut asked: Vec<(String, String, String)> = Vec::new();
    for route in list(&reach, "routes") {
        let mut all = BTreeSet::new();
        for row in list(route, "wildcards") {
            assert_eq!(row["lets_in"].as_u64().unwrap() as usize, names(row).len(), "{}", row["destination"]);
            all.extend(names(row));
            for name in names(row) {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                asked.push((host(name), text(&row["destination"]), text(&route["route"])));
            }
        }
        assert_eq!(route["lets_in"].as_u64().unwrap() as usize, all.len(), "each name once");
    }
    assert!(asked.len() > 50, "only {} names", asked.len());
    let urls: Vec<String> =
        asked.iter().flat_map(|(host, ..)| [format!("https://{host}/"), format!("http://{host}/")]).collect();
    let mut words = vec!["explain", "--format", "json"];
    words.extend(urls.iter().map(String::as_str));
    let (text, _) = pacwright(root(), &words);
    let answers: Value = serde_json::from_str(&text).unwrap();
    for ((host, wildcard, route), pair) in asked.iter().zip(list(&answers, "answers").chunks(2)) {
        let decides = |answer: &Value| {
            let zone = &answer["zones"][0];
            let wins = list(zone, "candidates").iter().find(|c| c["wins"] == true);
            zone["route"] == **route && wins.is_some_and(|c| c["destination"] == **wildcard)
        };
        assert!(pair.iter().any(decides), "{wildcard} lets in {host}, but {pair:?}");
    }
    println!("{} names", asked.len());
}
