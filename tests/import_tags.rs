//! `import service-tags`: what becomes of the weekly file, what is refused, and that the networks reach every output.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common;

fn pacwright(folder: &Path, words: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_pacwright")).current_dir(folder).args(words).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap_or(-1), said)
}

/// A weekly file with every oddity: unsorted and nested prefixes, both families, a null, a tag without prefixes.
const WEEKLY: &str = r#"{
  "changeNumber": 900,
  "cloud": "Public",
  "values": [
    {"name": "AzureMonitor", "id": "AzureMonitor", "properties": {"changeNumber": 170, "region": "", "regionId": 0,
      "platform": "Azure", "systemService": "AzureMonitor", "networkFeatures": null,
      "addressPrefixes": ["198.51.100.128/25", "192.0.2.7/32", "198.51.100.0/25", "2001:db8:2::/48", "192.0.2.0/28"]}},
    {"name": "AzureCloud.japaneast", "id": "AzureCloud.japaneast", "properties": {"changeNumber": 5, "region": "japaneast",
      "regionId": 24, "platform": "Azure", "systemService": "", "networkFeatures": ["API", "NSG"],
      "addressPrefixes": ["203.0.113.0/24"]}},
    {"name": "AzureCloud.germanywc", "id": "AzureCloud.germanywc", "properties": {"changeNumber": 6, "region": "germanywc",
      "regionId": 1, "platform": "Azure", "systemService": "", "networkFeatures": [], "addressPrefixes": ["203.0.113.0/25"]}},
    {"name": "Unrelated", "id": "Unrelated", "properties": {"changeNumber": 1, "region": "", "regionId": 0,
      "platform": "Azure", "systemService": "", "networkFeatures": null, "addressPrefixes": ["10.9.0.0/16"]}}
  ]
}
"#;

fn import(folder: &Path, text: &str, more: &[&str]) -> (i32, String) {
    fs::write(folder.join("weekly.json"), text).unwrap();
    let words = [&["import", "service-tags", "weekly.json", "--catalog", "mine"], more].concat();
    pacwright(folder, &words)
}

#[test]
fn a_weekly_file_becomes_a_file_of_the_catalog() {
    let folder = common::folder();
    let folder = folder.path();
    let (code, words) = import(folder, WEEKLY, &["--accept-shrink"]);
    assert_eq!((code, words.as_str()), (0, "public: change 900, 3 tags, 5 networks; mine/tags/public.txt written\n"));
    let text = fs::read_to_string(folder.join("mine/tags/public.txt")).unwrap();
    let expected = "# Written by `pacwright import service-tags`; edits are lost with the next import.\n\
        # Service tags of the cloud public: name and change number, then the networks, collapsed.\nchange 900\n\n\
        AzureCloud.germanywc 6\n  203.0.113.0/25\n\nAzureCloud.japaneast 5\n  203.0.113.0/24\n\n\
        AzureMonitor 170\n  192.0.2.0/28\n  198.51.100.0/24\n  2001:db8:2::/48\n";
    assert_eq!(text, expected);
    // The same with Windows line ends and a byte order mark, and again: nothing changes.
    let windows = format!("\u{feff}{}", WEEKLY.replace('\n', "\r\n"));
    let (code, words) = import(folder, &windows, &["--format", "json"]);
    assert!(code == 0 && words.contains("\"changed\": false"), "{words}");
    // Every tag.
    let (code, words) = import(folder, WEEKLY, &["--all"]);
    assert!(code == 0 && words.contains("4 tags, 6 networks"), "{words}");
}

#[test]
fn what_is_no_weekly_file_is_refused_and_nothing_is_written() {
    let cases: &[(&str, String, &str)] = &[
        ("a page", "<!DOCTYPE html><html></html>".to_owned(), "the file is a page, not JSON"),
        ("empty", String::new(), "the file is empty"),
        ("half a file", WEEKLY[..WEEKLY.len() / 2].to_owned(), "the file ends in the middle"),
        ("another shape", "[{\"id\": 1, \"urls\": []}]".to_owned(), "this is no file of service tags"),
        ("a missing field", WEEKLY.replace("addressPrefixes", "prefixes"), "missing field `addressPrefixes` at line"),
        ("no tag", "{\"changeNumber\": 1, \"cloud\": \"Public\", \"values\": []}".to_owned(), "the file names no tag"),
        ("a strange cloud", WEEKLY.replace("\"Public\"", "\"Mars\""), "the cloud `Mars`, which is not known"),
        ("twice the same tag", WEEKLY.replace("Unrelated", "AzureMonitor"), "the tag `AzureMonitor` stands twice"),
        (
            "host bits",
            WEEKLY.replace("192.0.2.0/28", "192.0.2.1/28"),
            "in the tag `AzureMonitor`: `192.0.2.1/28` has bits set",
        ),
        ("no address", WEEKLY.replace("192.0.2.0/28", "everything"), "`everything` is not an IP address"),
        (
            "a hostile name",
            WEEKLY.replace("\"Unrelated\"", "\"Un\\nrelated 1\\n  0.0.0.0/0\""),
            "is not the name of a tag",
        ),
    ];
    for (name, text, wanted) in cases {
        let folder = common::folder();
        let (code, words) = import(folder.path(), text, &["--accept-shrink"]);
        assert!(code == 2 && words.contains(wanted), "{name}: {code} {words}");
        assert!(words.contains("--> weekly.json:"), "{name} has no place: {words}");
        assert!(!folder.path().join("mine").exists(), "{name}: something was written");
    }
}

#[test]
fn losses_hand_written_files_and_old_files_are_refused() {
    let folder = common::folder();
    let folder = folder.path();
    // The embedded file has tags that this one has not.
    let (code, words) = import(folder, WEEKLY, &[]);
    assert!(code == 2 && words.contains("[shrunk]") && words.contains("AzureActiveDirectory is gone"), "{words}");
    assert!(!folder.join("mine").exists());
    assert_eq!(import(folder, WEEKLY, &["--accept-shrink"]).0, 0);
    // From now on the file of the folder is the one before.
    let (code, words) = import(folder, &WEEKLY.replace("900", "899"), &[]);
    assert!(code == 2 && words.contains("older than the one before: change 899 after 900"), "{words}");
    let less =
        WEEKLY.replace("\"198.51.100.128/25\", \"192.0.2.7/32\", \"198.51.100.0/25\", ", "").replace("900", "901");
    let (code, words) = import(folder, &less, &[]);
    assert!(code == 2 && words.contains("AzureMonitor has 16 IPv4 addresses instead of 272"), "{words}");
    let own = folder.join("mine/tags/public.txt");
    fs::write(&own, "# by hand\nchange 1\n\nMine 1\n  192.0.2.0/24\n").unwrap();
    let (code, words) = import(folder, WEEKLY, &["--accept-shrink"]);
    assert!(code == 2 && words.contains("was not written by an import"), "{words}");
    assert!(fs::read_to_string(&own).unwrap().starts_with("# by hand"));
    assert_eq!(import(folder, WEEKLY, &["--accept-shrink", "--force"]).0, 0);
}

const SITE: &str = r#"
site: tagged
params: {location: [japaneast, germanywestcentral]}
zones:
  hq: {sources: [10.1.0.0/16]}
  vms: {sources: [10.3.0.0/16], vantage: azure}
routes: {p: {proxies: ["http://p.example:8080"]}}
rules:
  - {route: direct, services: [{aks: {groups: [network-rules]}}], zones: [vms]}
  - {route: p, services: [own]}
  - {route: p, hosts: [a.example]}
  - {route: direct, hosts: [198.51.100.64/26]}
default: direct
outputs:
  - {target: pac, zones: [hq], file: hq.pac}
  - {target: squid}
  - {target: zscaler}
  - {target: csv}
  - {target: firewall}
"#;

/// A service whose tag a proxy carries.
const OWN: &str = "service: own\ntitle: Own\npurpose: A tag that a proxy carries.\nreviewed: 2026-11-24\n\
    sources: {doc: a page}\nendpoints:\n  - {id: monitor, tag: AzureMonitor, ports: [https], via: proxy, source: doc}\n";

#[test]
fn networks_of_tags_reach_every_output() {
    let folder = common::folder();
    let folder = folder.path();
    fs::write(folder.join("site.yaml"), SITE).unwrap();
    fs::create_dir(folder.join("mine")).unwrap();
    fs::write(folder.join("mine/own.yaml"), OWN).unwrap();
    assert_eq!(import(folder, WEEKLY, &["--accept-shrink"]).0, 0);
    let (code, words) = pacwright(folder, &["build", "--catalog", "mine", "-v"]);
    assert!(code == 0 && words.contains("0 differences"), "{words}");
    let read = |name: &str| fs::read_to_string(folder.join("out").join(name)).unwrap();
    let (nft, csv, firewall) =
        (read("firewall/pacwright.nft"), read("destinations.csv"), read("firewall/firewall.csv"));
    // The regions are spelt as the file spells them: germanywestcentral is AzureCloud.germanywc.
    for table in [&csv, &firewall] {
        assert!(
            table.contains("AzureCloud.germanywc,service-tag") && table.contains("203.0.113.0/25,network"),
            "{table}"
        );
        assert!(table.contains("AzureMonitor,service-tag") && table.contains("2001:db8:2::/48,network"), "{table}");
    }
    assert!(nft.contains("203.0.113.0/24") && nft.contains("udp dport { 1194 }"), "{nft}");
    // A part of the tag goes direct: the lists of the proxy leave it out, the firewall list says so.
    let squid: String = fs::read_dir(folder.join("out/squid"))
        .unwrap()
        .map(|e| fs::read_to_string(e.unwrap().path()).unwrap())
        .collect();
    assert!(
        squid.contains("192.0.2.0/28") && squid.contains("2001:db8:2::/48") && squid.contains("198.51.100.64/26"),
        "{squid}"
    );
    assert!(read("zscaler/ip-destination-groups.csv").contains("192.0.2.0/28"));
    let manifest = read("manifest.json");
    assert!(manifest.contains("\"tag-in-part\""), "IPv6 in Zscaler is not declared");
    let (_, words) = pacwright(folder, &["check", "--catalog", "mine"]);
    for wanted in [
        "the service tag `AzureMonitor` opens 272 IPv4 addresses in 2 networks, and 1 network of IPv6",
        "the service tag `AzureCloud.japaneast` opens 256 IPv4 addresses in 1 network, and 0 networks of IPv6",
    ] {
        assert!(words.contains(wanted), "{words}");
    }
    assert!(!words.contains("tag-not-imported"), "{words}");
    let (code, words) = pacwright(folder, &["verify", "out"]);
    assert!(code == 0 && words.contains("0 differences"), "{words}");
    // A tag that nobody imported.
    fs::write(folder.join("mine/own.yaml"), OWN.replace("AzureMonitor", "AzureSphere").replace(", via: proxy", ""))
        .unwrap();
    let (_, words) = pacwright(folder, &["check", "--catalog", "mine"]);
    assert!(words.contains("[tag-not-imported]") && words.contains("pacwright import service-tags FILE"), "{words}");
    assert_eq!(pacwright(folder, &["build", "--catalog", "mine", "--strict"]).0, 2);
}

/// The real files, where they are at hand: what is embedded is what the import writes, and the networks are the same
/// addresses as the prefixes, counted by another way.
#[test]
fn the_published_files() {
    let data = common::root().join("../shared/data/service-tags");
    if !data.is_dir() {
        println!("0 published files at hand");
        return;
    }
    let folder = common::folder();
    let mut files: Vec<PathBuf> = fs::read_dir(&data).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for file in &files {
        let out = folder.path().join(file.file_stem().unwrap());
        let words = ["import", "service-tags", &file.to_string_lossy(), "--accept-shrink", "--all", "--catalog"];
        let (code, said) = pacwright(folder.path(), &[&words[..], &[&out.to_string_lossy()]].concat());
        assert_eq!(code, 0, "{said}");
        let text = fs::read_to_string(out.join("tags/public.txt")).unwrap();
        let json: serde_json::Value =
            serde_json::from_str(fs::read_to_string(file).unwrap().trim_start_matches('\u{feff}')).unwrap();
        let ours = by_tag(&text);
        let mut tags = 0;
        for value in json["values"].as_array().unwrap() {
            let name = value["name"].as_str().unwrap();
            let prefixes = value["properties"]["addressPrefixes"].as_array().unwrap();
            let theirs: Vec<&str> = prefixes.iter().map(|p| p.as_str().unwrap()).collect();
            assert_eq!(ranges(&theirs), ranges(&ours[name]), "{name}");
            tags += 1;
        }
        assert_eq!(tags, ours.len());
        println!("{}: {tags} tags, each the same addresses", file.display());
    }
    let newest = files.last().unwrap();
    assert!(newest.ends_with("ServiceTags_Public_20251110.json"));
    let out = folder.path().join("embedded");
    let (code, said) = pacwright(
        folder.path(),
        &["import", "service-tags", &newest.to_string_lossy(), "--catalog", &out.to_string_lossy()],
    );
    assert_eq!(code, 0, "{said}");
    let made = fs::read(out.join("tags/public.txt")).unwrap();
    let embedded = fs::read(common::root().join("catalog/tags/public.txt")).unwrap();
    assert!(made == embedded, "run `pacwright import service-tags {}`", newest.display());
}

fn by_tag(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut open = "";
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("change ")) {
        if line.starts_with(' ') {
            found.get_mut(open).unwrap().extend(line.split_whitespace());
        } else if let Some((name, _)) = line.split_once(' ') {
            open = name;
            found.insert(name, Vec::new());
        }
    }
    found
}

/// The addresses of prefixes as ranges that do not touch.
fn ranges(prefixes: &[&str]) -> BTreeSet<(bool, u128, u128)> {
    let mut all: Vec<(bool, u128, u128)> = prefixes
        .iter()
        .map(|prefix| {
            let (address, length) = prefix.split_once('/').unwrap_or((prefix, ""));
            let (v6, first, bits) = match address.parse().unwrap() {
                IpAddr::V4(ip) => (false, u128::from(u32::from(ip)), 32),
                IpAddr::V6(ip) => (true, u128::from(ip), 128),
            };
            let length: u32 = if length.is_empty() { bits } else { length.parse().unwrap() };
            (v6, first, first + ((1_u128 << (bits - length)) - 1))
        })
        .collect();
    all.sort_unstable();
    let mut out: Vec<(bool, u128, u128)> = Vec::new();
    for (v6, first, last) in all {
        match out.last_mut() {
            Some((family, _, end)) if *family == v6 && first <= *end + 1 => *end = (*end).max(last),
            _ => out.push((v6, first, last)),
        }
    }
    out.into_iter().collect()
}
