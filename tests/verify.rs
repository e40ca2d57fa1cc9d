//! `verify` finds every change of what `build` wrote, and says which file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common;
use pacwright::diag::Sink;
use pacwright::publish::verify::found;

const SITE: &str = "site: t\nroutes: {p: {proxies: [\"http://p.example:8080\"]}}\nrules:\n  \
    - {route: p, hosts: [a.example, b.example, \"*.wild.example\", \"*cdn.glob.example\", 192.0.2.0/24]}\n  \
    - {route: direct, hosts: [.inside.example, 10.0.0.0/8]}\ndefault: p\n\
    outputs: [{target: pac}, {target: squid}, {target: zscaler}, {target: csv}, {target: firewall}]\n";

fn built() -> (tempfile::TempDir, PathBuf) {
    let folder = common::folder();
    fs::write(folder.path().join("site.yaml"), SITE).unwrap();
    let (code, words) = pacwright(folder.path(), &["build", "-q"]);
    assert_eq!(code, 0, "{words}");
    let out = folder.path().join("out");
    (folder, out)
}

fn pacwright(folder: &Path, words: &[&str]) -> (i32, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_pacwright")).current_dir(folder).args(words).output().expect("pacwright");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap_or(-1), said)
}

/// What is said of a folder without running the proof.
fn said(out: &Path) -> String {
    let mut sink = Sink::default();
    let _ = found(out, &mut sink);
    sink.found().iter().map(|d| format!("{}: {}\n", d.code.id(), d.message)).collect()
}

/// Writes a manifest with the digest of its bytes.
fn sign(out: &Path, manifest: &str) {
    let own = manifest.split('"').nth(3).unwrap();
    let new = digest(&manifest.replacen(own, &"0".repeat(64), 1));
    fs::write(out.join("manifest.json"), manifest.replacen(own, &new, 1)).unwrap();
}

fn digest(text: &str) -> String {
    pacwright::publish::digest(text.as_bytes())
}

fn files(out: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![out.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if fs::metadata(&path).unwrap().len() > 0 {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn what_was_built_is_verified() {
    let (folder, _) = built();
    let (code, words) = pacwright(folder.path(), &["verify"]);
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("0 differences"), "{words}");
    let (code, words) = pacwright(folder.path(), &["verify", "out", "-c", "site.yaml", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&words).unwrap();
    assert_eq!((code, json["findings"].as_array().map(Vec::len)), (0, Some(0)), "{words}");
    for output in ["proxy.pac", "squid", "zscaler", "destinations.csv", "firewall"] {
        assert!(json["proof"]["answers"][output].as_u64().unwrap() > 50, "{output} was not asked: {words}");
    }
    // The site is not needed, nor the program that built in the same place.
    let elsewhere = common::folder();
    fs::rename(folder.path().join("out"), elsewhere.path().join("moved")).unwrap();
    let (code, words) = pacwright(elsewhere.path(), &["verify", "moved"]);
    assert_eq!(code, 0, "{words}");
}

/// A bit of every byte of the manifest's head, and of bytes all over every file.
#[test]
fn every_flipped_bit_is_found() {
    let (_folder, out) = built();
    let mut flipped = 0;
    for path in files(&out) {
        let name = path.strip_prefix(&out).unwrap().to_string_lossy().into_owned();
        let whole = fs::read(&path).unwrap();
        let every = (whole.len() / 150).max(1);
        for at in (0..whole.len()).filter(|at| at % every == 0 || (name == "manifest.json" && *at < 300)) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            fs::write(&path, &bytes).unwrap();
            let words = said(&out);
            assert!(words.contains(&format!("out/{name}`")), "byte {at} of {name}: {words}");
            flipped += 1;
        }
        fs::write(&path, &whole).unwrap();
    }
    println!("{flipped} flipped bits, all found");
    assert!(flipped > 1000 && said(&out).is_empty());
}

#[test]
fn lost_lines_swapped_files_and_links_are_named() {
    let (folder, out) = built();
    let change = |name: &str, change: &dyn Fn(&Path), wanted: &str| {
        let path = out.join(name);
        let whole = fs::read(&path).unwrap();
        change(&path);
        let words = said(&out);
        assert!(words.contains(&format!("out/{name}`")) && words.contains(wanted), "{name}: {words}");
        let (code, words) = pacwright(folder.path(), &["verify", "out"]);
        assert_eq!(code, 1, "{words}");
        let _ = fs::remove_file(&path);
        fs::write(&path, whole).unwrap();
    };
    let lose = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let last = text.trim_end().rfind('\n').unwrap();
        fs::write(path, &text[..=last]).unwrap();
    };
    for path in files(&out).iter().filter(|path| !path.ends_with("manifest.json")) {
        let name = path.strip_prefix(&out).unwrap().to_string_lossy().into_owned();
        change(&name, &lose, "bytes instead of");
    }
    change("manifest.json", &lose, "cannot be read");
    change("manifest.json", &|path| fs::write(path, "").unwrap(), "cannot be read");
    change("manifest.json", &|path| fs::remove_file(path).unwrap(), "No such file");
    change("proxy.pac", &|path| fs::remove_file(path).unwrap(), "No such file");
    let twin = out.join("zscaler/url-categories.csv");
    change(
        "proxy.pac",
        &|path| fs::write(path, fs::read(&twin).unwrap()).unwrap(),
        "holds what `zscaler/url-categories.csv`",
    );
    change(
        "proxy.pac",
        &|path| {
            let elsewhere = folder.path().join("elsewhere.pac");
            fs::copy(path, &elsewhere).unwrap();
            fs::remove_file(path).unwrap();
            std::os::unix::fs::symlink(elsewhere, path).unwrap();
        },
        "is a symbolic link",
    );
    // Two files of the same output that have changed places.
    let (a, b) = (out.join("squid/pw_names_any.txt"), out.join("squid/pw_below_any.txt"));
    let swap = || {
        fs::rename(&a, out.join("x")).unwrap();
        fs::rename(&b, &a).unwrap();
        fs::rename(out.join("x"), &b).unwrap();
    };
    swap();
    let words = said(&out);
    assert!(words.contains("pw_names_any.txt` holds what `squid/pw_below_any.txt` should hold"), "{words}");
    swap();
    assert!(said(&out).is_empty());
}

/// A file that was changed together with its digest: only the proof can see it.
#[test]
fn a_change_that_the_digests_hide_is_found_by_the_proof() {
    let (folder, out) = built();
    let old = fs::read_to_string(out.join("proxy.pac")).unwrap();
    let new = old.replace("\"inside.example\"", "\"c.example\"");
    assert_ne!(old, new);
    fs::write(out.join("proxy.pac"), &new).unwrap();
    let manifest = fs::read_to_string(out.join("manifest.json")).unwrap();
    let manifest = manifest.replace(&digest(&old), &digest(&new));
    sign(&out, &manifest);
    assert!(said(&out).is_empty(), "{}", said(&out));
    let (code, words) = pacwright(folder.path(), &["verify"]);
    assert!(code == 1 && words.contains("unproved") && words.contains("inside.example"), "{words}");
    // What claims less than the site makes is found with the site at hand.
    fs::write(out.join("proxy.pac"), &old).unwrap();
    pacwright(folder.path(), &["build", "--force", "-q"]);
    let manifest = fs::read_to_string(out.join("manifest.json")).unwrap();
    let lying = manifest.replacen("\"b.example\"", "\"d.example\"", 1);
    assert_ne!(manifest, lying);
    sign(&out, &lying);
    let (code, words) = pacwright(folder.path(), &["verify", "-c", "site.yaml"]);
    assert!(code == 1 && words.contains("does not claim what the site makes"), "{words}");
}

/// A file that says too much, with digests that fit: what it says more is asked for, whatever the format.
#[test]
fn what_a_file_says_too_much_is_found() {
    let (folder, out) = built();
    let manifest = fs::read_to_string(out.join("manifest.json")).unwrap();
    let additions: &[(&str, &str, &str)] = &[
        ("squid/pw_names_any.txt", "\n", "\nevil.test\n"),
        ("squid/pw_addresses_any.txt", "192.0.2.0/24", "192.0.2.0/24\n9.9.9.9"),
        ("squid/pw_regex_any.txt", "\n", "\n^a\\.evil\\.test$\n"),
        ("proxy.pac", "\"inside.example\"", "\"zzz.test\": 1, \"inside.example\""),
        ("proxy.pac", "return pwRoutes[", "if (host == \"evil.test\") return \"DIRECT\";\n  return pwRoutes["),
        ("firewall/pacwright.nft", "10.0.0.0/8", "9.9.9.9,\n      10.0.0.0/8"),
        ("firewall/firewall.csv", "a.example,host", "evil.test,host"),
        ("destinations.csv", "a.example,host", "evil.test,host"),
    ];
    for (name, from, to) in additions {
        let path = out.join(name);
        let old = fs::read_to_string(&path).unwrap();
        let new = old.replacen(from, to, 1);
        assert_ne!(old, new, "{name} has no `{from}`");
        fs::write(&path, &new).unwrap();
        let signed = manifest.replace(&digest(&old), &digest(&new));
        sign(&out, &signed);
        assert!(said(&out).is_empty(), "{}", said(&out));
        let (code, words) = pacwright(folder.path(), &["verify"]);
        assert!(code == 1 && words.contains("[unproved]"), "{name}: `{to}` is not found: {words}");
        fs::write(&path, old).unwrap();
    }
}

/// So many lines that the manifest keeps them beside it: the files are proved without the site.
#[test]
fn long_lists_lie_beside_the_manifest() {
    let folder = common::folder();
    let lines: String = (0..10_001).map(|n| format!("h{n}.example\n")).collect();
    fs::write(folder.path().join("hosts.txt"), &lines).unwrap();
    let site = "site: t\nroutes: {p: {proxies: [\"http://p.example:8080\"]}}\nrules:\n  \
        - {route: p, hosts_file: hosts.txt}\ndefault: p\noutputs: [{target: csv}]\n";
    fs::write(folder.path().join("site.yaml"), site).unwrap();
    let (code, words) = pacwright(folder.path(), &["build", "-q"]);
    assert_eq!(code, 0, "{words}");
    let manifest = fs::metadata(folder.path().join("out/manifest.json")).unwrap().len();
    assert!(manifest < 10_000, "the manifest has {manifest} bytes");
    let beside = folder.path().join("out/manifest-lines.txt");
    assert_eq!(fs::read_to_string(&beside).unwrap(), lines);
    for words in [&["verify"][..], &["verify", "-c", "site.yaml"]] {
        let (code, words) = pacwright(folder.path(), words);
        assert!(code == 0 && words.contains("0 differences"), "{words}");
    }
    let changed = lines.replace("h7.example", "h7.other.example");
    for other in [Some(changed), Some(String::new()), None] {
        match &other {
            Some(text) => fs::write(&beside, text).unwrap(),
            None => fs::remove_file(&beside).unwrap(),
        }
        let (code, words) = pacwright(folder.path(), &["verify"]);
        assert!(code == 1 && words.contains("[file-changed]") && words.contains("manifest-lines.txt"), "{words}");
        assert!(!words.contains("proved:"), "{words}");
        let (code, words) = pacwright(folder.path(), &["diff", "out", "out"]);
        assert!(code == 2 && words.contains("manifest-lines.txt"), "{words}");
        // It is the build's, and a build says so of what it does not know.
        let (code, words) = pacwright(folder.path(), &["build", "-q"]);
        assert_eq!(code, if other.is_some() { 2 } else { 0 }, "{words}");
        fs::write(&beside, &lines).unwrap();
    }
    // A list that is short again is in the manifest, and the file goes.
    fs::write(folder.path().join("hosts.txt"), "h1.example\n").unwrap();
    let (code, words) = pacwright(folder.path(), &["build", "-q"]);
    assert!(code == 0 && !beside.exists(), "{words}");
    let (code, words) = pacwright(folder.path(), &["verify"]);
    assert_eq!(code, 0, "{words}");
}
