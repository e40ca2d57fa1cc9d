//! What others may have written where `verify`, `build` and `import` look: manifests, files of service tags, weekly files.

use pacwright::catalog::tags::TagFile;
use pacwright::claims::Claims;
use pacwright::diag::{Report, text};
use pacwright::import::tags;
use pacwright::pipeline::{self, Paths};
use pacwright::prove::{Written, prove};
use pacwright::publish::manifest::{self, Manifest};

use crate::driver::{Target, run};
use crate::seeds::{head, texts};

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "-1",
    "1e999",
    "\\u0000",
    "\\ud800",
    "../",
    "\"/etc/x\"",
    "18446744073709551615",
    "\u{feff}",
];

const SITE: &str = "site: t\nzones: {hq: {sources: [10.1.0.0/16], default: p}, lab: {sources: [\"fd00::/8\"], default: direct}}\n\
    routes: {p: {proxies: [\"http://p.example:8080\"]}}\nrules:\n  \
    - {route: p, hosts: [a.example, \"*cdn.glob.example\", 192.0.2.0/24, plain]}\n  \
    - {route: block, hosts: [.bad.example], final: true, ports: [https]}\n\
    outputs: [{target: squid}, {target: zscaler}, {target: csv}, {target: firewall}, {target: pac, zones: [hq], file: p.pac}]\n";

/// A file: its path, its output, its bytes.
type Made = (String, String, Vec<u8>);

/// The manifest of a small site, and its files.
fn small() -> (Vec<u8>, Vec<Made>) {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site.yaml");
    std::fs::write(&site, SITE).unwrap();
    let mut report = Report::default();
    let input = pipeline::load(&Paths { site, catalog: None }, &mut report).unwrap();
    let built = pipeline::run(&input, &mut report);
    assert!(!report.sink.has_errors());
    let bytes = manifest::make(&built, Claims::of(&built, &report.files), None).unwrap().manifest;
    let files = built.artifacts.iter().map(|a| (a.path.clone(), built.outputs[a.output].id.clone(), a.bytes.clone()));
    (bytes, files.collect())
}

/// Whatever a manifest says, files can be held against it.
#[test]
fn manifest_of_another_hand() {
    let (small, files) = small();
    let words = JSON.iter().copied().chain([
        "\"artifacts\"",
        "\"path\"",
        "\"sha256\"",
        "\"hosts\"",
        "\"ports\"",
        "\"tcp/1-65535 udp/443\"",
        "\"all\"",
        "\"at\": \"1-4,9\"",
        "\"18446744073709551614-18446744073709551615\"",
        "*.",
        "a*b*c*",
        "::/0",
        "0.0.0.0/0",
        "/129",
        "\"total\": 3",
        "\"final\": true",
        "\"zones\"",
        "\"block\"",
    ]);
    let target = Target { name: "manifest_of_another_hand", seeds: vec![small], words: words.collect(), share: 8 };
    run(&target, |case| {
        let _ = manifest::digests(case.bytes);
        let _ = manifest::read(case.bytes);
        let Ok(manifest) = serde_json::from_slice::<Manifest>(case.bytes) else { return false };
        if case.one_in(8) {
            let written: Vec<Written> =
                files.iter().map(|(path, output, bytes)| Written { path, output, bytes }).collect();
            let proof = prove(&manifest.claims, &written);
            assert_eq!(proof.differences > 0, !proof.found.is_empty());
        }
        true
    });
}

#[test]
fn tag_file() {
    let small =
        "# A remark\nchange 7\n\nAzureMonitor 3\n  192.0.2.0/24 198.51.100.7\n  2001:db8::/48\n\nStorage.JapanEast 1\n";
    let seeds = [texts(&[small]), vec![head("catalog/tags/public.txt", 30)]].concat();
    let words =
        ["change ", "\n  ", "\n", "#", "192.0.2.1/24", "::ffff:1.2.3.4", "/33", "AzureMonitor 1\n", " ", "\u{feff}"];
    run(&Target { name: "tag_file", seeds, words: words.to_vec(), share: 1 }, |case| {
        let Ok(text) = String::from_utf8(case.bytes.to_vec()) else { return false };
        match TagFile::parse(text.clone().into()) {
            Ok(file) => {
                let names: Vec<String> = file.names().map(|(name, _)| name.to_owned()).collect();
                for name in &names {
                    assert!(file.networks(&name.to_uppercase()).is_some(), "{name}");
                }
                true
            }
            Err((at, why)) => {
                assert!(at <= text.len() && text.is_char_boundary(at) && !why.is_empty());
                false
            }
        }
    });
}

/// What is read of a weekly file is written so that it can be read.
#[test]
fn weekly_file() {
    let small = r#"{"changeNumber": 9, "cloud": "Public", "values": [
      {"name": "AzureMonitor", "id": "AzureMonitor", "properties": {"changeNumber": 3, "region": "", "regionId": 0,
        "platform": "Azure", "systemService": "AzureMonitor", "networkFeatures": null,
        "addressPrefixes": ["192.0.2.0/25", "192.0.2.128/25", "2001:db8::/48"]}},
      {"name": "AzureCloud.japaneast", "properties": {"changeNumber": 3, "addressPrefixes": []}}]}"#;
    let words = JSON.iter().copied().chain([
        "\"changeNumber\": 1",
        "\"cloud\": \"Public\"",
        "\"values\": []",
        "\"name\": \"x\"",
        "\"addressPrefixes\"",
        "0.0.0.0/0",
        "::/0",
        "/32",
        "<html>",
        "AzureMonitor",
    ]);
    run(&Target { name: "weekly_file", seeds: texts(&[small]), words: words.collect(), share: 1 }, |case| {
        let Ok(content) = std::str::from_utf8(case.bytes) else { return false };
        let mut report = Report::default();
        let id = report.files.add("weekly.json", content);
        match tags::read(&report.files, id, &mut report.sink) {
            Some(list) => {
                let written = list.write(None);
                let file = TagFile::parse(written.into()).unwrap();
                assert_eq!(list.counts(None).0, file.names().count());
                let networks = file.names().map(|(name, _)| file.networks(name).unwrap().len());
                assert_eq!(list.counts(None).1, networks.sum::<usize>());
                true
            }
            None => {
                assert!(report.sink.has_errors());
                for finding in report.sink.found() {
                    assert!(!text::render(finding, &report.files, false).is_empty());
                }
                false
            }
        }
    });
}
