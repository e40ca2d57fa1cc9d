//! `pacwright import m365 --changes`: from which day on what is new is live, and what the other commands make of it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A service of which the program's own catalog knows nothing.
const SERVICE: &str = "office-365-usgov-gcchigh";
const TODAY: &str = "2026-11-25";

fn set(id: u32, urls: &[&str], ips: &[&str], ports: &str) -> Value {
    json!({
        "id": id, "serviceArea": "Common", "serviceAreaDisplayName": "Microsoft 365 Common and Office Online",
        "urls": urls, "ips": ips, "tcpPorts": ports, "expressRoute": false, "category": "Allow", "required": true,
    })
}

/// What a change to a set adds, from a day on.
fn add(set: u32, version: &str, day: &str, urls: &[&str], ips: &[&str]) -> Value {
    json!({
        "id": 1000, "endpointSetId": set, "disposition": "Change", "impact": "AddedIpAndUrl", "version": version,
        "add": {"effectiveDate": day, "urls": urls, "ips": ips},
    })
}

fn remove(set: u32, version: &str, urls: &[&str]) -> Value {
    json!({
        "id": 1001, "endpointSetId": set, "disposition": "Change", "impact": "RemovedIpOrUrl", "version": version,
        "remove": {"urls": urls},
    })
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    fn path(&self) -> &Path {
        self.0.path()
    }
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }
    fn run(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_pacwright"))
            .current_dir(self.path())
            .args(words)
            .env("NO_COLOR", "1")
            .output()
            .unwrap()
    }
    /// What is said, whatever becomes of it.
    fn try_import(&self, sets: &[Value], changes: Option<&str>, day: &str) -> (String, Option<i32>) {
        self.write("answer.json", &serde_json::to_string(sets).unwrap());
        let mut words = vec!["import", "m365", "answer.json", "--instance", "usgov-gcchigh", "--as-of", day];
        if let Some(changes) = changes {
            self.write("changes.json", changes);
            words.extend(["--changes", "changes.json"]);
        }
        let output = self.run(&words);
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (said, output.status.code())
    }
    /// The file after an import.
    fn import(&self, sets: &[Value], changes: Option<&[Value]>, day: &str) -> String {
        let changes = changes.map(|changes| serde_json::to_string(changes).unwrap());
        let (said, code) = self.try_import(sets, changes.as_deref(), day);
        assert_eq!(code, Some(0), "{said}");
        self.text()
    }
    fn text(&self) -> String {
        std::fs::read_to_string(self.path().join(format!("catalog/{SERVICE}.yaml"))).unwrap_or_default()
    }
}

/// The rows that have a day, as `id day`.
fn dated(text: &str) -> Vec<String> {
    let rows = text.lines().filter_map(|line| {
        let id = line.split("{id: ").nth(1)?.split(',').next()?;
        let day = line.split("effective: ").nth(1)?.get(..10)?;
        Some(format!("{id} {day}"))
    });
    rows.collect()
}

#[test]
fn what_is_new_has_its_day() {
    let folder = Folder::new();
    let sets = [
        set(1, &["old.example.us", "new.example.us"], &["192.0.2.0/24", "2001:db8::/32"], "80,443"),
        set(2, &["New.Example.us", "two.example.us"], &[], "25"),
    ];
    let changes = [
        add(1, "2026112500", "20261225", &["NEW.example.us"], &["2001:db8::/32"]),
        add(1, "2026112500", "20261124", &["old.example.us"], &[]), // past
        add(1, "2026112500", "20261125", &[], &["192.0.2.0/24"]),   // today is not past
        add(9, "2026112500", "20270101", &["two.example.us"], &[]), // another set
    ];
    let text = folder.import(&sets, Some(&changes), TODAY);
    // The port of the other set is another row: that one was there before.
    let wanted = ["new.example.us 2026-12-25", "192.0.2.0-24 2026-11-25", "2001-db8---32 2026-12-25"];
    assert_eq!(dated(&text), wanted, "{text}");
    // Apart from the days, it is what an import without them writes.
    let plain = Folder::new().import(&sets, None, TODAY);
    let without: String = wanted
        .iter()
        .fold(text.clone(), |text, row| text.replace(&format!(", effective: {}", row.split(' ').nth(1).unwrap()), ""));
    assert_eq!(without, plain);
    // The same again changes nothing; in another order neither.
    let reversed: Vec<Value> = changes.iter().rev().cloned().collect();
    assert_eq!(folder.import(&sets, Some(&reversed), TODAY), text);
}

#[test]
fn of_several_versions_the_last_word_holds() {
    let sets = [set(1, &["a.example.us", "b.example.us", "c.example.us", "d.example.us", "e.example.us"], &[], "443")];
    let moved = json!({
        "id": 7, "endpointSetId": 1, "disposition": "Change", "impact": "MovedIpOrUrl", "version": "2026110100",
        "add": {"effectiveDate": "20261230", "urls": ["d.example.us"]},
    });
    let changes = [
        add(1, "2026110100", "20261230", &["a.example.us"], &[]),
        add(1, "2026100100", "20261201", &["a.example.us", "b.example.us", "c.example.us"], &[]),
        remove(1, "2026110100", &["b.example.us"]),
        remove(1, "2026090100", &["c.example.us"]),
        moved,
        // One version that removes and adds, and adds twice.
        remove(1, "2026120100", &["e.example.us"]),
        add(1, "2026120100", "20270102", &["e.example.us"], &[]),
        add(1, "2026120100", "20270101", &["e.example.us"], &[]),
    ];
    let wanted = ["a.example.us 2026-12-30", "c.example.us 2026-12-01", "e.example.us 2027-01-02"];
    let backwards: Vec<Value> = changes.iter().rev().cloned().collect();
    for changes in [&changes[..], &backwards] {
        let text = Folder::new().import(&sets, Some(changes), TODAY);
        assert_eq!(dated(&text), wanted, "{text}");
    }
}

#[test]
fn a_row_of_several_sets_is_new_when_it_is_new_in_all_of_them() {
    let sets =
        [set(1, &["a.example.us", "b.example.us"], &[], "443"), set(2, &["a.example.us", "b.example.us"], &[], "443")];
    let changes = [
        add(1, "2026110100", "20261230", &["a.example.us", "b.example.us"], &[]),
        add(2, "2026110100", "20261220", &["a.example.us"], &[]),
    ];
    let text = Folder::new().import(&sets, Some(&changes), TODAY);
    assert_eq!(dated(&text), ["a.example.us 2026-12-20"], "{text}");
}

#[test]
fn a_day_stays_until_it_is_past() {
    let folder = Folder::new();
    let sets = [set(1, &["a.example.us", "b.example.us"], &[], "443"), set(2, &["c.example.us"], &[], "443")];
    let changes = [add(1, "2026110100", "20261230", &["a.example.us", "b.example.us"], &[])];
    let first = folder.import(&sets, Some(&changes), TODAY);
    assert_eq!(dated(&first), ["a.example.us 2026-12-30", "b.example.us 2026-12-30"]);
    // An import without changes, and one with those of a later version that name another row.
    assert_eq!(folder.import(&sets, None, TODAY), first);
    let later = [
        add(1, "2026120100", "20270115", &["b.example.us"], &[]),
        add(2, "2026120100", "20270115", &["c.example.us"], &[]),
    ];
    let text = folder.import(&sets, Some(&later), "2026-12-01");
    let wanted = ["a.example.us 2026-12-30", "b.example.us 2027-01-15", "c.example.us 2027-01-15"];
    assert_eq!(dated(&text), wanted);
    // On its last day it stands there, on the next one it does not.
    assert_eq!(dated(&folder.import(&sets, None, "2026-12-30")), wanted);
    assert_eq!(dated(&folder.import(&sets, None, "2026-12-31")), &wanted[1..]);
    let plain = Folder::new().import(&sets, None, TODAY);
    assert_eq!(folder.import(&sets, None, "2027-02-01"), plain);
}

#[test]
fn what_an_answer_must_have_and_what_it_may() {
    let sets = [set(1, &["a.example.us"], &[], "443")];
    // What nobody needs may be anything, or nothing.
    for changes in [
        "[]",
        r#"[{"endpointSetId": 1, "version": "2026110100"}]"#,
        r#"[{"endpointSetId": 1, "version": "2026110100", "disposition": "Dance", "impact": null, "id": [], "more": {"x": 1},
           "previous": {"notes": ""}, "current": {"expressRoute": 7}, "add": {"urls": ["a.example.us", "<tenant>.b", ""]}}]"#,
        r#"[{"endpointSetId": 1, "version": "2026110100", "add": null, "remove": {"ips": null, "effectiveDate": "20260101"}}]"#,
    ] {
        let folder = Folder::new();
        let (said, code) = folder.try_import(&sets, Some(changes), TODAY);
        assert_eq!(code, Some(0), "{changes}: {said}");
        assert_eq!(folder.text(), Folder::new().import(&sets, None, TODAY));
    }
    for (changes, wanted) in [
        (r#"[{"version": "2026110100"}]"#, "the key `endpointSetId` is missing here"),
        (r#"[{"endpointSetId": 1}]"#, "the key `version` is missing here"),
        (r#"[{"endpointSetId": "one", "version": "2026110100"}]"#, "-->"),
        (r#"[{"endpointSetId": 1, "version": "20261101"}]"#, "`20261101` is no version"),
        (r#"[{"endpointSetId": 1, "version": "2026110100", "add": []}]"#, "-->"),
        (r#"[{"endpointSetId": 1, "version": "2026110100", "add": {"urls": "a.example.us"}}]"#, "-->"),
        (r#"[{"endpointSetId": 1, "version": "2026110100", "add": {"effectiveDate": "2026-12-01"}}]"#, "`YYYYMMDD`"),
        (r#"[{"endpointSetId": 1, "version": "2026110100", "add": {"effectiveDate": "20260230"}}]"#, "does not exist"),
        (r#"[{"endpointSetId": 1, "version": "2026110100", "add": {"effectiveDate": "ééé"}}]"#, "is not a day"),
        (r#"["a"]"#, "-->"),
        (r#"{"error": "none"}"#, "expected a list of changes, found a mapping"),
        (r#"[{"instance": "Worldwide", "latest": "2026110100"}]"#, "this is the answer of /version, not of /changes"),
        (r#"{"changeNumber": 1, "cloud": "Public", "values": []}"#, "this is a list of Azure service tags"),
        ("id,endpointSetId\n1,1\n", "not JSON"),
        ("<html>", "this is a web page"),
        ("", "the file is empty"),
        (r#"[{"endpointSetId": 1, "ver"#, "the file ends in the middle"),
    ] {
        let folder = Folder::new();
        let (said, code) = folder.try_import(&sets, Some(changes), TODAY);
        assert_eq!((folder.text().as_str(), code), ("", Some(2)), "{changes}: {said}");
        assert!(said.contains(wanted) && said.contains("changes.json:"), "{changes}: {said}");
    }
    let folder = Folder::new();
    let (said, _) = folder.try_import(&sets, Some(&serde_json::to_string(&sets).unwrap()), TODAY);
    assert!(said.contains("this is the answer of /endpoints, not of /changes"), "{said}");
}

#[test]
fn what_is_not_yet_live_is_opened_and_said() {
    let folder = Folder::new();
    let sets =
        [set(1, &["a.example.us", "*.b.example.us"], &["192.0.2.0/24"], "443"), set(2, &["c.example.us"], &[], "443")];
    let changes = [add(1, "2026110100", "20261225", &["*.b.example.us"], &["192.0.2.0/24"])];
    folder.write(
        "site.yaml",
        &format!(
            "site: t\ncloud: usgov\nroutes: {{p: {{proxies: [\"http://p.example:8080\"]}}}}\n\
             rules:\n  - {{route: p, services: [{SERVICE}]}}\ndefault: direct\noutputs: [{{target: csv}}, {{target: pac}}, {{target: firewall}}]\n"
        ),
    );
    let build = |into: &str| {
        let output = folder.run(&["build", "--catalog", "catalog", "-o", into]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        // The head names the digest of the catalog.
        let read = |name: &str| {
            let text = std::fs::read_to_string(folder.path().join(into).join(name)).unwrap();
            text.lines().filter(|line| !line.contains("from catalog")).collect::<Vec<_>>().join("\n")
        };
        [read("proxy.pac"), read("firewall/pacwright.nft"), read("destinations.csv")]
    };
    folder.import(&sets, None, TODAY);
    let [pac, nft, csv] = build("before");
    let out = folder.try_import(&sets, Some(&serde_json::to_string(&changes).unwrap()), TODAY).0;
    assert!(out.contains(&format!("{SERVICE}: 4 endpoints, 0 new, 0 gone, 2 not yet live;")), "{out}");
    // It decides nothing: files for machines are the same, those for people say it.
    let [pac_after, nft_after, csv_after] = build("after");
    assert_eq!((pac, nft), (pac_after, nft_after));
    assert_eq!(csv_after.lines().filter(|line| line.contains("live from 2026-12-25")).count(), 2, "{csv_after}");
    assert_eq!(csv_after.replace("live from 2026-12-25", ""), csv);

    let said = |words: &[&str]| {
        let output = folder.run(words);
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat()
    };
    let check = said(&["check", "--catalog", "catalog", "--as-of", "2026-12-24"]);
    assert!(
        check.contains("note[not-yet-live]: 2 destinations of `office-365-usgov-gcchigh` are live from 2026-12-25 on"),
        "{check}"
    );
    assert!(check.contains(": *.b.example.us, 192.0.2.0/24"), "{check}");
    let check = said(&["check", "--catalog", "catalog", "--as-of", "2026-12-25"]);
    assert!(!check.contains("not-yet-live"), "{check}");
    let page = said(&["list", "services", SERVICE, "--catalog", "catalog"]);
    assert_eq!(page.matches("live from 2026-12-25").count(), 2, "{page}");
    let page = said(&["list", "services", SERVICE, "--catalog", "catalog", "--lang", "ja"]);
    assert_eq!(page.matches("2026-12-25 から稼働").count(), 2, "{page}");
    let explained = said(&["explain", "x.b.example.us", "--catalog", "catalog"]);
    assert!(explained.contains("(live from 2026-12-25)"), "{explained}");
    let explained = said(&["explain", "a.example.us", "--catalog", "catalog"]);
    assert!(!explained.contains("live from"), "{explained}");

    // And a comparison of catalogs.
    std::fs::create_dir(folder.path().join("old")).unwrap();
    let text = folder.text();
    folder.write(&format!("old/{SERVICE}.yaml"), &text.replace(", effective: 2026-12-25", ""));
    let diff = said(&["diff", "old", "catalog"]);
    assert!(diff.contains("live from 2026-12-25"), "{diff}");
}
