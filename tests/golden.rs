//! The committed `out/` is what the repository's own site makes, byte for byte, twice, from any folder; and nothing
//! else lies in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, by its path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, base: &Path, into: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, base, into);
            } else if !path.ends_with(pacwright::publish::journal::JOURNAL) {
                let name = path.strip_prefix(base).unwrap().to_string_lossy().into_owned();
                into.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

fn build(from: &Path, site: &str, out: &Path) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_pacwright"))
        .current_dir(from)
        .args(["build", "-c", site, "-o"])
        .arg(out)
        .output()
        .unwrap()
}

fn assert_same(committed: &BTreeMap<String, Vec<u8>>, made: &BTreeMap<String, Vec<u8>>) {
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(committed),
        names(made),
        "other files than the committed ones: run `cargo run --release -- build`"
    );
    for (name, bytes) in committed {
        let made = &made[name];
        if bytes != made {
            let (old, new) = (String::from_utf8_lossy(bytes), String::from_utf8_lossy(made));
            let diff = similar::TextDiff::from_lines(&*old, &*new);
            let text = diff.unified_diff().context_radius(1).header("committed", "made").to_string();
            let head: String = text.lines().take(40).collect::<Vec<_>>().join("\n");
            panic!("{name} differs from the committed one: run `cargo run --release -- build`\n{head}");
        }
    }
}

#[test]
fn committed_out_is_what_the_own_site_makes() {
    let committed = files(&root().join("out"));
    let temp = tempfile::tempdir().unwrap();
    let first = build(&root(), "site.yaml", &temp.path().join("first"));
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    assert_same(&committed, &files(&temp.path().join("first")));
    // From another folder, with the site named by an absolute path.
    let site = root().join("site.yaml");
    let second = build(temp.path(), &site.to_string_lossy(), &temp.path().join("second"));
    assert!(second.status.success(), "{}", String::from_utf8_lossy(&second.stderr));
    assert_same(&committed, &files(&temp.path().join("second")));
}

#[test]
fn every_file_but_the_manifest_is_in_the_manifest_with_its_digest() {
    let out = files(&root().join("out"));
    let manifest: serde_json::Value = serde_json::from_slice(&out["manifest.json"]).unwrap();
    let listed: BTreeMap<String, String> = manifest["artifacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| (a["path"].as_str().unwrap().to_owned(), a["sha256"].as_str().unwrap().to_owned()))
        .collect();
    for (name, bytes) in out.iter().filter(|(name, _)| *name != "manifest.json") {
        assert!(!bytes.is_empty(), "{name} is empty");
        let digest = listed.get(name).unwrap_or_else(|| panic!("{name} is not in the manifest"));
        assert_eq!(*digest, pacwright::publish::digest(bytes), "{name}");
    }
    assert_eq!(listed.len() + 1, out.len());
}

#[test]
fn the_rows_of_the_manifest_are_endpoints_times_outputs() {
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(root().join("out/manifest.json")).unwrap()).unwrap();
    let endpoints = manifest["endpoints"].as_array().unwrap();
    let names: std::collections::BTreeSet<&str> = endpoints.iter().map(|r| r["endpoint"].as_str().unwrap()).collect();
    assert_eq!(names.len(), endpoints.len());
    let outputs: Vec<&str> =
        manifest["outputs"].as_array().unwrap().iter().map(|output| output["id"].as_str().unwrap()).collect();
    let rows = endpoints.iter().flat_map(|endpoint| {
        let rows = endpoint["said"].as_array().unwrap();
        assert_eq!(rows.iter().map(|row| row["output"].as_str().unwrap()).collect::<Vec<_>>(), outputs);
        rows
    });
    for row in rows {
        let exact = row["fidelity"] == "exact";
        assert_eq!(exact, row.get("reasons").is_none(), "a row is exact or says why it is not: {row}");
        if row["fidelity"] == "elsewhere" {
            let twin = row["reasons"].as_array().unwrap().contains(&"udp-twin".into());
            let carriers = row.get("carried_by").and_then(|c| c.as_array()).map_or(0, Vec::len);
            assert!(twin || carriers > 0, "elsewhere names who carries it: {row}");
        }
    }
}

#[test]
fn build_check_writes_nothing_and_says_what_would_change() {
    let temp = tempfile::tempdir().unwrap();
    let out = temp.path().join("out");
    let check = |out: &Path| {
        Command::new(env!("CARGO_BIN_EXE_pacwright"))
            .current_dir(root())
            .args(["build", "--check", "-o"])
            .arg(out)
            .output()
            .unwrap()
    };
    assert_eq!(check(&out).status.code(), Some(1));
    assert!(!out.exists());
    assert_eq!(check(&root().join("out")).status.code(), Some(0));
}

#[test]
fn edited_and_foreign_files_are_kept() {
    let temp = tempfile::tempdir().unwrap();
    let out = temp.path().join("out");
    assert!(build(&root(), "site.yaml", &out).status.success());
    std::fs::write(out.join("proxy.pac"), "edited").unwrap();
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    let again = build(&root(), "site.yaml", &out);
    assert_eq!(again.status.code(), Some(2));
    let words = String::from_utf8_lossy(&again.stderr);
    assert!(words.contains("was edited since the last build"), "{words}");
    assert_eq!(std::fs::read(out.join("proxy.pac")).unwrap(), b"edited");
    let forced = Command::new(env!("CARGO_BIN_EXE_pacwright"))
        .current_dir(root())
        .args(["build", "--force", "-o"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(forced.status.success());
    assert_ne!(std::fs::read(out.join("proxy.pac")).unwrap(), b"edited");
    assert_eq!(std::fs::read(out.join("notes.txt")).unwrap(), b"mine");
}

#[test]
fn files_no_longer_made_are_removed() {
    let temp = tempfile::tempdir().unwrap();
    let site = |outputs: &str| {
        let text = format!(
            "site: t\nroutes: {{p: {{proxies: [\"http://p.example:1\"]}}}}\ndefault: p\nrules:\n  - {{route: p, hosts: [a.example]}}\noutputs: [{outputs}]\n"
        );
        std::fs::write(temp.path().join("site.yaml"), text).unwrap();
    };
    let out = temp.path().join("out");
    site("{target: pac}, {target: squid}");
    assert!(build(temp.path(), "site.yaml", &out).status.success());
    assert!(out.join("squid/pacwright.conf").exists());
    site("{target: pac}");
    let second = build(temp.path(), "site.yaml", &out);
    assert!(second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("no longer made, removed: squid/pacwright.conf"));
    assert!(!out.join("squid").exists());
}
