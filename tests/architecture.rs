//! The invariants of ARCHITECTURE.md that the compiler does not hold.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The stages, in the order the data takes them. A file may use its own stage and earlier ones. `policy` is what
/// `resolve` makes, so it comes before it.
const STAGES: &[&str] = &[
    "source", "diag", "js", "reader", "read", "dest", "catalog", "site", "policy", "resolve", "render", "target",
    "pipeline", "check", "explain", "claims", "prove", "publish", "fetch", "import", "diff", "cli",
];

fn source_files() -> BTreeMap<PathBuf, String> {
    fn walk(folder: &Path, into: &mut BTreeMap<PathBuf, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|e| e == "rs") {
                into.insert(path.clone(), std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    files
}

fn stage_of(path: &Path) -> String {
    let relative = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The stages a file names, whether in `use crate::x` or in a path `crate::x::…`.
fn uses(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split('}').next().unwrap();
            found.extend(group.split(',').map(|part| part.trim().split("::").next().unwrap().to_owned()));
        } else {
            found.push(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect());
        }
    }
    found
}

#[test]
fn imports_point_one_way() {
    let rank = |stage: &str| STAGES.iter().position(|s| *s == stage);
    let mut wrong = Vec::new();
    for (path, text) in source_files() {
        let own = stage_of(&path);
        if own == "lib" || own == "main" {
            continue;
        }
        let mine = rank(&own).unwrap_or_else(|| panic!("{} belongs to no stage: add it to STAGES", path.display()));
        for used in uses(&text) {
            let Some(theirs) = rank(&used) else { continue };
            if theirs > mine {
                wrong.push(format!("{} (stage {own}) uses the later stage {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_stage_exists() {
    let present: std::collections::BTreeSet<String> = source_files().keys().map(|p| stage_of(p)).collect();
    for stage in STAGES {
        assert!(present.contains(*stage), "no file for the stage {stage}");
    }
}

#[test]
fn files_network_and_clock_are_touched_at_the_edges_only() {
    let edges: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("std::fs", &["source", "catalog", "publish", "cli"][..]),
        ("std::env", &["fetch"]),                       // the variables that name a proxy
        ("std::time", &["cli", "diff", "fetch", "js"]), // `js`, `diff`: deadlines only; `fetch`: those, and when a server wants to be asked
        ("std::process", &["main", "cli"]),
        ("std::thread", &["cli", "fetch", "js"]),
        ("ureq", &["fetch"]),
        ("TcpStream", &[]),
    ]);
    for (path, text) in source_files() {
        let stage = stage_of(&path);
        for (what, allowed) in &edges {
            if text.contains(what) && !allowed.contains(&stage.as_str()) {
                panic!("{} uses {what}; only {allowed:?} may", path.display());
            }
        }
    }
    // Of the commands, only those that say so ask for addresses; of `fetch`, one file reads the environment.
    for (path, text) in source_files() {
        let may_fetch = ["cli/net.rs", "cli/import.rs"].iter().any(|may| path.ends_with(may))
            || path.to_string_lossy().contains("cli/update")
            || stage_of(&path) == "fetch";
        assert!(may_fetch || !uses(&text).contains(&"fetch".to_owned()), "{} fetches", path.display());
        assert!(
            !text.contains("std::env") || path.ends_with("fetch/proxy.rs"),
            "{} asks the environment",
            path.display()
        );
    }
    // Of the catalog, only its loader.
    for (path, text) in source_files() {
        if stage_of(&path) == "catalog" && text.contains("std::fs") {
            assert!(path.ends_with("catalog/load.rs"), "{}", path.display());
        }
    }
}

#[test]
fn only_one_module_names_the_yaml_crate_and_globs_stay_with_selectors() {
    for (krate, home) in [("serde_yaml", "read/yaml"), ("globset", "read/glob"), ("idna::", "dest/host")] {
        for (path, text) in source_files() {
            // The oracle and its witnesses read names by their own means.
            let proof = krate == "idna::" && stage_of(&path) == "prove";
            if text.contains(krate) && !proof {
                let module = path.with_extension("");
                let is_home = module.ends_with(home) || module.parent().is_some_and(|parent| parent.ends_with(home));
                assert!(is_home, "{} names {krate}; its place is {home}", path.display());
            }
        }
    }
}

#[test]
fn hash_maps_stay_where_their_order_cannot_be_seen() {
    // Lookups only: the index, counting actions, finding equal content, suffixes, answers. Outputs iterate ordered maps.
    let allowed = [
        "dest/ends.rs",
        "policy/index.rs",
        "reader/names.rs",
        "policy/table.rs",
        "policy/table/pool.rs",
        "policy/cover.rs",
        "target/squid/acl.rs",
        "target/zscaler/lists.rs",
        "diff/decisions.rs",
        "prove/by_end.rs",
        "diff/say.rs",
    ];
    for (path, text) in source_files() {
        if text.contains("HashMap") || text.contains("HashSet") {
            assert!(allowed.iter().any(|a| path.ends_with(a)), "{} uses a hash map", path.display());
        }
    }
}

#[test]
fn files_stay_small_and_say_what_they_are() {
    for (path, text) in source_files() {
        let lines = text.lines().count();
        assert!(lines <= 450, "{} has {lines} lines: is there a second idea in it?", path.display());
        assert!(text.starts_with("//!"), "{} does not begin by saying what it is", path.display());
    }
}

#[test]
fn adding_a_target_touches_one_place() {
    let targets: Vec<&str> = pacwright::target::TARGETS.iter().map(|t| t.name).collect();
    for (at, name) in targets.iter().enumerate() {
        assert!(!targets[..at].contains(name), "{name} stands twice");
    }
    for (path, text) in source_files() {
        let own = path.to_string_lossy().contains("/target/") || path.ends_with("target.rs");
        for name in targets.iter().filter(|n| **n != "template") {
            // `via: firewall` is a word of the catalog, and `.pac`, `.csv` are kinds of files, not the targets.
            let own = own
                || (*name == "firewall" && path.ends_with("catalog/raw.rs"))
                || (["pac", "csv"].contains(name) && path.ends_with("render.rs"));
            assert!(own || !text.contains(&format!("\"{name}\"")), "{} names the target {name}", path.display());
        }
    }
}

#[test]
fn templates_are_ascii_with_unix_line_ends() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes.is_ascii() && !bytes.contains(&b'\r') && bytes.ends_with(b"\n"), "{}", path.display());
    }
}

#[test]
fn schemas_in_docs_are_those_of_the_types() {
    for what in ["catalog", "site"] {
        let made = std::process::Command::new(env!("CARGO_BIN_EXE_pacwright")).args(["schema", what]).output().unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/{what}.schema.json"));
        let committed = std::fs::read(&path).unwrap();
        assert!(committed == made.stdout, "run `pacwright schema {what} > docs/{what}.schema.json`");
    }
}

#[test]
fn every_file_of_tests_is_in_the_suite() {
    // What is named nowhere is built nowhere, and passes.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let suite = std::fs::read_to_string(folder.join("suite.rs")).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let alone = ["suite", "allocations"].contains(&name);
        if path.extension().is_some_and(|end| end == "rs") && !alone {
            assert!(suite.contains(&format!("\nmod {name};\n")), "tests/suite.rs does not name `{name}`");
        }
    }
}
