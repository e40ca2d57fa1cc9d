//! PAC files of many names, which are packed: they say what the policy says, and are ECMAScript 3 like the others.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::common;
use pacwright::claims::Claims;
use pacwright::diag::Sink;
use pacwright::js::{Environment, Limits, Pac};
use pacwright::pipeline::Built;
use pacwright::prove;
use serde_json::json;

/// Nine thousand names of every kind a packed file tells apart: under one top level more than a text holds, under parents of
/// two labels, with others below them, with characters that could be codes, on three routes, some by port, some final.
fn site(folder: &Path) -> std::path::PathBuf {
    let word = |n: usize| format!("{:x}", (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40);
    let mut lists = [String::new(), String::new(), String::new()];
    for n in 0..9000 {
        let name = match n % 10 {
            0..8 => format!("{}-{n}.com", word(n)),
            8 => format!("{}.co.uk", word(n)),
            _ => format!("a_{}.{}.net", word(n), word(n % 7)),
        };
        let depth = ["", ".", "*."][n / 10 % 3];
        writeln!(lists[n % 3], "{depth}{name}").unwrap();
        if n % 500 == 0 {
            writeln!(lists[(n + 1) % 3], "below.{name}").unwrap();
        }
    }
    for (n, list) in lists.iter().enumerate() {
        fs::write(folder.join(format!("list{n}.txt")), list).unwrap();
    }
    let path = folder.join("site.yaml");
    let text = "site: packed
routes:
  a: {proxies: [\"http://a.example:1\"]}
  b: {proxies: [\"http://b.example:2\"]}
rules:
  - {route: direct, hosts: [\"*.0-final.com\", \"*x*.glob.com\"], final: true}
  - {route: a, hosts_file: list0.txt}
  - {route: b, hosts_file: list1.txt}
  - {route: direct, hosts_file: list2.txt, ports: [https, http]}
  - {route: b, hosts: [\"*.com\", \".uk\", plain, 192.0.2.0/24]}
default: a
outputs: [{target: pac}]
";
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn packed_files_say_what_the_policy_says() {
    let folder = common::folder();
    let path = site(folder.path());
    let (input, mut report) = common::load(&path);
    let built = common::run(&input, &mut report);
    let text = String::from_utf8(built.artifacts[0].bytes.clone()).expect("UTF-8");
    assert!(text.contains("names are packed"), "this site is large enough to be packed");
    assert!(text.contains("\n  \".uk\": \""), "a text for a top level");
    let problems = common::node("es3.js", &json!({ "packed.pac": text }));
    assert_eq!(problems["packed.pac"], json!([]));
    let differences = |built: &Built| {
        let claims = Claims::of(built, &report.files);
        prove::build(built, &claims, &mut Sink::default()).differences
    };
    assert_eq!(differences(&built), 0);

    // And a text that is damaged is found out: another length that is shared, another parent, another character.
    let mut built = built;
    let line = text.lines().find(|line| line.starts_with("  \"1.com\": \"")).expect("a part of .com");
    let code = line.bytes().rposition(|b| b.is_ascii_uppercase()).unwrap();
    let other = if line.as_bytes()[code] == b'A' { "B" } else { "A" };
    let damages = [
        (line.to_owned(), format!("{}{other}{}", &line[..code], &line[code + 1..])),
        ("\": \".co".to_owned(), "\": \".cp".to_owned()),
        (line.to_owned(), line.replace("\",", "x\",")),
    ];
    for (from, to) in damages {
        assert!(text.contains(&from) && from != to, "`{from}` is damaged");
        built.artifacts[0].bytes = text.replacen(&from, &to, 1).into_bytes();
        assert!(differences(&built) > 0, "nobody notices `{to}` for `{from}`");
    }
}

#[test]
fn what_was_asked_before_changes_nothing() {
    let folder = common::folder();
    let path = site(folder.path());
    let (input, mut report) = common::load(&path);
    let built = common::run(&input, &mut report);
    let text = String::from_utf8(built.artifacts[0].bytes.clone()).expect("UTF-8");
    let mut hosts = Vec::new();
    for list in 0..3 {
        let names = fs::read_to_string(folder.path().join(format!("list{list}.txt"))).unwrap();
        for name in names.lines().step_by(61) {
            let name = name.trim_start_matches(['*', '.']);
            hosts.extend([
                name.to_owned(),
                format!("www.{name}"),
                format!("Q{name}."),
                format!("x{}", name.to_uppercase()),
            ]);
        }
    }
    hosts.extend(
        ["com", "a.0-final.com", "axb.glob.com", "www.test", "unlisted.com", "192.0.2.7", "a.net.7"].map(str::to_owned),
    );
    let ask = |pac: &mut Pac, host: &str| pac.find(&format!("https://{host}/"), host).unwrap();
    let load = || Pac::load(&text, &Environment { limits: Limits::patient(), ..Environment::default() }).unwrap();
    let mut used = load();
    for host in hosts.iter().rev() {
        ask(&mut used, host);
    }
    // Asked first of all, and right after another one.
    for pair in hosts.windows(2).step_by(3) {
        let mut fresh = load();
        for host in pair {
            assert_eq!(ask(&mut fresh, host), ask(&mut used, host), "{host} after {pair:?}");
        }
    }
}
