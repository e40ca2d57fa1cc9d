//! `pacwright import m365 --grace`: what a list has no more stays for some days, and goes for good after its last one.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

/// A service of which the program's own catalog knows nothing.
const SERVICE: &str = "office-365-usgov-gcchigh";

fn set(id: u32, urls: &[&str], ports: &str) -> Value {
    json!({
        "id": id, "serviceArea": "Common", "serviceAreaDisplayName": "Microsoft 365 Common and Office Online",
        "urls": urls, "tcpPorts": ports, "expressRoute": false, "category": "Default", "required": true,
    })
}

/// A folder into which lists are imported one after another.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    fn path(&self) -> &Path {
        self.0.path()
    }
    /// Imports sets and gives the file's text.
    fn import(&self, sets: &[Value], more: &[&str]) -> String {
        let (text, words, code) = self.try_import(sets, more);
        assert_eq!(code, Some(0), "{words}");
        text
    }
    fn try_import(&self, sets: &[Value], more: &[&str]) -> (String, String, Option<i32>) {
        std::fs::write(self.path().join("answer.json"), serde_json::to_string(sets).unwrap()).unwrap();
        let words = ["import", "m365", "answer.json", "--instance", "usgov-gcchigh"];
        let output = self.run(&[&words[..], more].concat());
        let text = std::fs::read_to_string(self.path().join(format!("catalog/{SERVICE}.yaml"))).unwrap_or_default();
        (text, String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code())
    }
    fn run(&self, words: &[&str]) -> std::process::Output {
        Command::new(env!("CARGO_BIN_EXE_pacwright")).current_dir(self.path()).args(words).output().unwrap()
    }
    /// The destinations of `destinations.csv` with their ports, and what `check` says.
    fn built(&self) -> (Vec<String>, String) {
        let site = format!(
            "site: t\ncloud: usgov\nroutes: {{p: {{proxies: [\"http://p.example:8080\"]}}}}\n\
             rules:\n  - {{route: p, services: [{SERVICE}]}}\ndefault: p\noutputs: [{{target: csv}}]\n"
        );
        std::fs::write(self.path().join("site.yaml"), site).unwrap();
        let build = self.run(&["build", "--catalog", "catalog"]);
        assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
        let csv = std::fs::read_to_string(self.path().join("out/destinations.csv")).unwrap();
        let rows = csv.lines().skip(1).map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{} {}", cells[3], cells[6])
        });
        let check = self.run(&["check", "--catalog", "catalog"]);
        (rows.collect(), String::from_utf8(check.stderr).unwrap())
    }
}

/// The rows that are kept.
fn kept(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.contains("status: retiring")).collect()
}

const GRACE: &[&str] = &["--grace", "30d", "--as-of", "2026-11-25"];

fn on(day: &str) -> Vec<&str> {
    vec!["--grace", "30d", "--as-of", day]
}

#[test]
fn what_vanished_stays_until_its_day() {
    let folder = Folder::new();
    let old = [set(1, &["a.example.us", "*.b.example.us"], "443"), set(2, &["c.example.us"], "80,443")];
    let new = [set(1, &["a.example.us"], "443"), set(2, &["c.example.us"], "443")];
    folder.import(&old, &[]);
    let (before, _) = folder.built();
    let text = folder.import(&new, GRACE);
    // The wildcard, and the port that one name lost.
    let rows = kept(&text);
    assert_eq!(rows.len(), 2, "{text}");
    assert!(rows[0].contains("dest: \"*.b.example.us\", ports: [tcp/443]"), "{rows:?}");
    assert!(rows[0].contains("until: 2026-12-25"), "{rows:?}");
    assert!(rows[1].contains("dest: \"c.example.us\", ports: [tcp/80]"), "{rows:?}");
    // Everything is selected as before, whatever row it stands in.
    let (after, said) = folder.built();
    let ports = |rows: &[String]| -> Vec<String> {
        let mut all: Vec<String> = rows
            .iter()
            .flat_map(|row| {
                let (dest, ports) = row.split_once(' ').unwrap();
                ports.split(' ').map(move |port| format!("{dest} {port}")).collect::<Vec<_>>()
            })
            .collect();
        all.sort();
        all
    };
    assert_eq!(ports(&before), ports(&after));
    let finding = format!("warning[retiring]: the published list of `{SERVICE}` has 2 selected destinations no more");
    assert!(said.contains(&finding) && said.contains("2026-12-25"), "{said}");

    // The same list again changes nothing, on the same day or a later one: the day does not move.
    assert_eq!(folder.import(&new, GRACE), text);
    assert_eq!(folder.import(&new, &on("2026-12-25")), text);
    // The day after, all is as the import without grace writes it.
    let clean = Folder::new().import(&new, &[]);
    let words = [&["import", "m365", "answer.json", "--instance", "usgov-gcchigh"][..], &on("2026-12-26")].concat();
    let said = String::from_utf8(folder.run(&words).stdout).unwrap();
    assert!(said.contains(", 0 new, 0 gone, 2 retired; "), "{said}");
    assert_eq!(folder.import(&new, &on("2026-12-26")), clean);
    let (_, said) = folder.built();
    assert!(!said.contains("retiring"), "{said}");
}

#[test]
fn a_row_that_comes_back_is_an_ordinary_one() {
    let folder = Folder::new();
    let old = [set(1, &["a.example.us", "b.example.us"], "443")];
    let first = folder.import(&old, &[]);
    let text = folder.import(&[set(1, &["a.example.us"], "443")], GRACE);
    assert_eq!(kept(&text).len(), 1, "{text}");
    assert_eq!(folder.import(&old, &on("2026-11-30")), first);
    // And when it vanishes again, its days begin anew.
    let again = folder.import(&[set(1, &["a.example.us"], "443")], &on("2026-12-10"));
    assert!(kept(&again)[0].contains("until: 2027-01-09"), "{again}");
}

#[test]
fn each_row_has_a_day_of_its_own() {
    let folder = Folder::new();
    folder.import(&[set(1, &["a.example.us", "b.example.us", "c.example.us"], "443")], &[]);
    folder.import(&[set(1, &["a.example.us", "b.example.us"], "443")], GRACE);
    let text = folder.import(&[set(1, &["a.example.us"], "443")], &on("2026-12-01"));
    let day = |name: &str| {
        let row = kept(&text).into_iter().find(|row| row.contains(name)).unwrap();
        row.split_once("until: ").unwrap().1[..10].to_owned()
    };
    assert_eq!((day("c.example.us"), day("b.example.us")), ("2026-12-25".to_owned(), "2026-12-31".to_owned()));
    // Without grace nothing is kept.
    let clean = Folder::new().import(&[set(1, &["a.example.us"], "443")], &[]);
    assert_eq!(folder.import(&[set(1, &["a.example.us"], "443")], &[]), clean);
}

#[test]
fn what_is_kept_hides_no_shrinking() {
    let folder = Folder::new();
    let names: Vec<String> = (0..20).map(|n| format!("n{n}.example.us")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let before = folder.import(&[set(1, &names, "443")], &[]);
    let (text, words, code) = folder.try_import(&[set(1, &names[..3], "443")], GRACE);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("error[shrunk]"), "{words}");
    assert_eq!(text, before, "nothing was written");
    let text = folder.import(&[set(1, &names[..3], "443")], &[GRACE, &["--accept-shrink"]].concat());
    assert_eq!(kept(&text).len(), 17);
}

#[test]
fn a_list_without_losses_is_written_as_ever() {
    let sets = [set(1, &["a.example.us"], "443")];
    let plain = Folder::new().import(&sets, &[]);
    let folder = Folder::new();
    assert_eq!(folder.import(&sets, GRACE), plain);
    let longer = [set(1, &["a.example.us", "b.example.us"], "443")];
    assert_eq!(folder.import(&longer, GRACE), Folder::new().import(&longer, &[]));
}

#[test]
fn days_and_dates_are_checked() {
    let folder = Folder::new();
    let sets = [set(1, &["a.example.us"], "443")];
    for more in [
        &["--grace", "0d"][..],
        &["--grace", "30 days"],
        &["--grace", "4000"],
        &["--grace", "30d", "--as-of", "2026-02-30"],
    ] {
        let (text, words, code) = folder.try_import(&sets, more);
        assert_eq!((text.as_str(), code), ("", Some(2)), "{more:?}: {words}");
    }
}
