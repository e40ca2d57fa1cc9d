//! `pacwright import m365`: what the endpoint web service of Microsoft 365 answers, as files of the catalog.
//!
//! Whole answers are not part of the repository. Where a folder `shared` lies beside it, the tests with real answers run
//! on those, and say how many there were.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The real answers and their instances.
const ANSWERS: &[(&str, &str)] = &[
    ("worldwide-2025-12.json", "worldwide"),
    ("worldwide-2024-04.json", "worldwide"),
    ("china-2025-12.json", "china"),
];

fn answers() -> Vec<(PathBuf, &'static str)> {
    let folder = root().join("../shared/data/m365");
    let all = ANSWERS.iter().map(|(name, instance)| (folder.join(name), *instance));
    let here: Vec<_> = all.filter(|(path, _)| path.exists()).collect();
    println!("{} of {} real answers are here", here.len(), ANSWERS.len());
    here
}

fn pacwright(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pacwright")).current_dir(folder).args(words).env("NO_COLOR", "1").output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return BTreeMap::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&p).unwrap())).collect()
}

/// A folder with an answer in it.
struct Case {
    temp: TempDir,
}

impl Case {
    fn new(answer: &Value) -> Self {
        let case = Self { temp: tempfile::tempdir().unwrap() };
        case.write("answer.json", serde_json::to_string_pretty(answer).unwrap());
        case
    }
    fn path(&self) -> &Path {
        self.temp.path()
    }
    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }
    fn import(&self, more: &[&str]) -> Output {
        pacwright(self.path(), &[&["import", "m365", "answer.json"], more].concat())
    }
    /// Imports, and gives the rows of a service: what stands between the braces.
    fn rows(&self, service: &str, more: &[&str]) -> Vec<String> {
        let output = self.import(more);
        assert!(output.status.success(), "{}", stderr(&output));
        let text = self.read(&format!("catalog/{service}.yaml"));
        let rows = text.lines().filter_map(|line| line.strip_prefix("  - {")?.strip_suffix('}').map(str::to_owned));
        rows.filter(|row| row.starts_with("id: ")).collect()
    }
    /// Imports what must not be, and gives the words.
    fn refused(&self, more: &[&str]) -> String {
        let before = files(&self.path().join("catalog"));
        let output = self.import(more);
        let words = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{words}");
        assert_eq!(stdout(&output), "");
        assert!(words.ends_with("nothing was written\n"), "{words}");
        assert!(before == files(&self.path().join("catalog")), "the catalog was touched");
        words
    }
}

/// A set with what every set has.
fn set(id: u32, fields: Value) -> Value {
    let mut set = json!({
        "id": id, "serviceArea": "Common", "serviceAreaDisplayName": "Microsoft 365 Common and Office Online",
        "expressRoute": false, "category": "Default", "required": true,
    });
    set.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    set
}

/// Sets that are enough for an instance of which the catalog knows nothing yet.
const OTHER: &[&str] = &["--instance", "usgov-gcchigh"];
const OTHER_SERVICE: &str = "office-365-usgov-gcchigh";

#[test]
fn the_catalog_of_the_repository_is_what_an_import_writes() {
    let Some((answer, _)) = answers().into_iter().find(|(path, _)| path.ends_with(ANSWERS[0].0)) else { return };
    let committed = std::fs::read_to_string(root().join("catalog/office-365.yaml")).unwrap();
    // With the area MEM in the answer, whether it is imported or not.
    for more in [&["--no-mem"][..], &[]] {
        let temp = tempfile::tempdir().unwrap();
        let words: Vec<&str> = [&["import", "m365", answer.to_str().unwrap()], more].concat();
        let output = pacwright(temp.path(), &words);
        assert!(output.status.success(), "{}", stderr(&output));
        let made = std::fs::read_to_string(temp.path().join("catalog/office-365.yaml")).unwrap();
        let diff = similar::TextDiff::from_lines(&committed, &made);
        assert!(committed == made, "{}", diff.unified_diff().context_radius(0));
        assert_eq!(temp.path().join("catalog/intune.yaml").exists(), more.is_empty());
    }
}

/// Without the real answer: a list that says what the committed file says gives the same rows again.
#[test]
fn the_rows_of_the_repository_are_what_an_import_makes_of_them() {
    let committed = std::fs::read_to_string(root().join("catalog/office-365.yaml")).unwrap();
    assert!(committed.starts_with("# Written by `pacwright import m365`"));
    let mut sets: BTreeMap<u64, Value> = BTreeMap::new();
    for line in committed.lines().filter_map(|line| line.strip_prefix("  # set ")) {
        let [id, area, category, required] = *line.split(", ").collect::<Vec<_>>() else { continue };
        let area = match area {
            "Common and Office Online" => "Common",
            "Exchange Online" => "Exchange",
            "Teams" => "Skype",
            _ => "SharePoint",
        };
        let category = category[..1].to_uppercase() + &category[1..];
        let fields = json!({"serviceArea": area, "category": category, "required": required == "required",
            "urls": [], "ips": [], "tcpPorts": "", "udpPorts": ""});
        sets.insert(id.parse().unwrap(), set(id.parse().unwrap(), fields));
    }
    let mut report = pacwright::diag::Report::default();
    let catalog = pacwright::pipeline::load_catalog(None, &mut report);
    for row in &catalog.services["office-365"].endpoints {
        let dest = row.what.template().text.value.as_str();
        let key = if dest.contains('/') { "ips" } else { "urls" };
        for id in &row.sets {
            let set = sets.get_mut(&u64::from(*id)).unwrap();
            set[key].as_array_mut().unwrap().push(dest.into());
            for range in row.ports.ranges() {
                let key = format!("{}Ports", range.protocol.word());
                let said = set[&key].as_str().unwrap();
                let range = format!("{}-{},", range.first, range.last);
                if !said.contains(&range) {
                    set[&key] = format!("{said}{range}").into();
                }
            }
        }
    }
    println!("{} sets", sets.len());
    let case = Case::new(&json!(sets.into_values().collect::<Vec<_>>()));
    // Notes and what other lists disagree about are not said again.
    let bare = |row: &str| row.split(", disputed: ").next().unwrap().split(", note: ").next().unwrap().to_owned();
    let rows = committed.lines().filter(|line| line.starts_with("  - {id: "));
    let rows: Vec<String> = rows.map(|row| bare(row.trim_start_matches("  - {").trim_end_matches('}'))).collect();
    assert_eq!(case.rows("office-365", &[]), rows);
}

#[test]
fn real_answers_are_imported_and_nothing_of_them_is_lost() {
    for (answer, instance) in answers() {
        let sets: Vec<Value> = serde_json::from_slice(&std::fs::read(&answer).unwrap()).unwrap();
        let temp = tempfile::tempdir().unwrap();
        let words = ["import", "m365", answer.to_str().unwrap(), "--instance", instance, "--format", "json"];
        let output = pacwright(temp.path(), &words);
        assert!(output.status.success(), "{}", stderr(&output));
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut report = pacwright::diag::Report::default();
        let catalog = pacwright::pipeline::load_catalog(Some(&temp.path().join("catalog")), &mut report);
        assert!(report.sink.found().is_empty(), "{:?}", report.sink.found());
        let mut seen = 0;
        for file in said["imported"].as_array().unwrap() {
            let service = &catalog.services[file["service"].as_str().unwrap()];
            assert_eq!(file["endpoints"], service.endpoints.len());
            println!("{instance}: {} has {} endpoints", service.id, service.endpoints.len());
            let mem = service.id.starts_with("intune");
            for set in sets.iter().filter(|set| (set["serviceArea"] == "MEM") == mem) {
                seen += holds(service, set);
            }
        }
        println!("{}: {} sets, {seen} destinations and ports found", answer.file_name().unwrap().display(), sets.len());
        assert!(seen > 150);
    }
}

/// Looks every destination and port of a set up in a service, by means of its own; how many there were.
fn holds(service: &pacwright::catalog::Service, set: &Value) -> usize {
    let id = u32::try_from(set["id"].as_u64().unwrap()).unwrap();
    let list = |key: &str| set.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut seen = 0;
    for dest in [list("urls"), list("ips")].concat() {
        for (key, protocol) in [("tcpPorts", "tcp"), ("udpPorts", "udp")] {
            let ports = set.get(key).and_then(Value::as_str).unwrap_or_default();
            for port in ports.split(',').map(str::trim).filter(|port| !port.is_empty()) {
                let port: u16 = port.parse().unwrap();
                let rows: Vec<_> = service
                    .endpoints
                    .iter()
                    .filter(|e| e.what.template().text.value == dest.as_str().unwrap())
                    .filter(|e| {
                        let ranges = e.ports.ranges();
                        ranges.iter().any(|r| r.protocol.word() == protocol && (r.first..=r.last).contains(&port))
                    })
                    .collect();
                let [row] = rows.as_slice() else { panic!("set {id}: {dest} {protocol}/{port}: {} rows", rows.len()) };
                assert!(row.sets.contains(&id), "set {id}: {dest} {protocol}/{port}: {:?}", row.sets);
                assert!(row.required || set["required"] == false, "set {id}: {dest} {protocol}/{port} is required");
                let rank = |word: &str| ["default", "allow", "optimize"].iter().position(|w| *w == word).unwrap();
                let published = set["category"].as_str().unwrap().to_lowercase();
                assert!(rank(row.category.as_ref().unwrap()) >= rank(&published), "set {id}: {dest} {protocol}/{port}");
                seen += 1;
            }
        }
    }
    seen
}

#[test]
fn every_spelling_has_its_row() {
    let web = |url: &str| json!({"urls": [url], "tcpPorts": "443"});
    // What a set says, and its rows without `group`, `category` and `set`.
    let table: &[(Value, &[&str])] = &[
        (web("a.example.com"), &["id: a.example.com, dest: a.example.com, ports: [https]"]),
        (web("A.Example.COM"), &["id: a.example.com, dest: a.example.com, ports: [https]"]),
        (web("*.example.com"), &["id: star.example.com, dest: \"*.example.com\", ports: [https]"]),
        (web("*cdn.example.com"), &["id: starcdn.example.com, dest: \"*cdn.example.com\", ports: [https]"]),
        (web("*-files.example.com"), &["id: star-files.example.com, dest: \"*-files.example.com\", ports: [https]"]),
        (web("a.*.example.com"), &["id: a.star.example.com, dest: \"a.*.example.com\", ports: [https]"]),
        // A name twice, in another spelling.
        (
            json!({"urls": ["a.example.com", "A.example.com"], "tcpPorts": "443"}),
            &["id: a.example.com, dest: a.example.com, ports: [https]"],
        ),
        // Ports in any order, with any blanks, twice, as a range.
        (json!({"urls": ["a.b"], "tcpPorts": "443,80"}), &["id: a.b, dest: a.b"]),
        (json!({"urls": ["a.b"], "tcpPorts": " 80 , 443 "}), &["id: a.b, dest: a.b"]),
        (json!({"urls": ["a.b"], "tcpPorts": "80;443,443"}), &["id: a.b, dest: a.b"]),
        (json!({"urls": ["a.b"], "tcpPorts": "80"}), &["id: a.b-http, dest: a.b, ports: [http]"]),
        (
            json!({"ips": ["192.0.2.0/24"], "udpPorts": "3478, 3479, 3480, 3481"}),
            &["id: 192.0.2.0-24-udp-3478, dest: 192.0.2.0/24, ports: [udp/3478-3481]"],
        ),
        (
            json!({"ips": ["192.0.2.0/24"], "udpPorts": "3480-3481,3478 - 3479"}),
            &["id: 192.0.2.0-24-udp-3478, dest: 192.0.2.0/24, ports: [udp/3478-3481]"],
        ),
        (
            json!({"ips": ["192.0.2.0/24"], "udpPorts": "50000\u{2013}50059"}),
            &["id: 192.0.2.0-24-udp-50000, dest: 192.0.2.0/24, ports: [udp/50000-50059]"],
        ),
        // Omitted or empty, both.
        (
            json!({"urls": ["a.b"], "tcpPorts": "80,443", "udpPorts": "", "notes": "", "ips": []}),
            &["id: a.b, dest: a.b"],
        ),
        (json!({"urls": ["a.b"], "tcpPorts": "80,443", "udpPorts": null, "ips": null}), &["id: a.b, dest: a.b"]),
        (
            json!({"urls": ["time.b.com"], "udpPorts": "123"}),
            &["id: time.b.com-udp-123, dest: time.b.com, ports: [udp/123]"],
        ),
        // QUIC beside TCP; media beside QUIC.
        (
            json!({"urls": ["a.b"], "tcpPorts": "80,443", "udpPorts": "443,3478"}),
            &[
                "id: a.b, dest: a.b",
                "id: a.b-udp, dest: a.b, ports: [udp/443]",
                "id: a.b-udp-3478, dest: a.b, ports: [udp/3478]",
            ],
        ),
        // Ports that a proxy cannot carry do not drag the others to the firewall; roles have their groups.
        (
            json!({"urls": ["a.b"], "tcpPorts": "80,443,25,587,993,8443"}),
            &[
                "id: a.b-25, dest: a.b",
                "id: a.b, dest: a.b",
                "id: a.b-mail, dest: a.b, ports: [tcp/587, tcp/993]",
                "id: a.b-tcp-8443, dest: a.b, ports: [tcp/8443]",
            ],
        ),
        // Names before networks, TCP before UDP, sorted.
        (
            json!({"urls": ["b.b", "*.a.b"], "ips": ["2001:db8::/32", "192.0.2.128/25", "192.0.2.1/32"],
                "tcpPorts": "80,443", "udpPorts": "443"}),
            &[
                "id: star.a.b, dest: \"*.a.b\"",
                "id: b.b, dest: b.b",
                "id: star.a.b-udp, dest: \"*.a.b\", ports: [udp/443]",
                "id: b.b-udp, dest: b.b, ports: [udp/443]",
                "id: 192.0.2.1-32, dest: 192.0.2.1/32",
                "id: 192.0.2.128-25, dest: 192.0.2.128/25",
                "id: 2001-db8---32, dest: \"2001:db8::/32\"",
                "id: 192.0.2.1-32-udp, dest: 192.0.2.1/32, ports: [udp/443]",
                "id: 192.0.2.128-25-udp, dest: 192.0.2.128/25, ports: [udp/443]",
                "id: 2001-db8---32-udp, dest: \"2001:db8::/32\", ports: [udp/443]",
            ],
        ),
        // Ids that would be the same.
        (
            json!({"urls": ["*.a.b", "star.a.b"], "tcpPorts": "80,443"}),
            &["id: star.a.b, dest: \"*.a.b\"", "id: star.a.b-80, dest: star.a.b"],
        ),
    ];
    for (fields, expected) in table {
        let rows = Case::new(&json!([set(7, fields.clone())])).rows(OTHER_SERVICE, OTHER);
        let rows: Vec<&str> = rows.iter().map(|row| row.split(", group: ").next().unwrap()).collect();
        assert_eq!(rows, *expected, "{fields}");
    }
}

#[test]
fn where_sets_disagree_the_highest_category_and_any_requirement_hold_by_port() {
    let sets = [
        set(
            90,
            json!({"urls": ["x.a.b"], "tcpPorts": "80,443", "category": "Default", "required": false,
            "serviceArea": "SharePoint", "notes": "old  phones"}),
        ),
        set(
            3,
            json!({"urls": ["x.a.b"], "tcpPorts": "443", "category": "Optimize", "required": false,
            "serviceArea": "Exchange", "notes": "[mail](https://a.b/)", "udpPorts": "443"}),
        ),
        set(
            40,
            json!({"urls": ["x.a.b"], "ips": ["192.0.2.0/24"], "tcpPorts": "443,587", "category": "Allow",
            "required": true, "serviceArea": "Skype"}),
        ),
        set(
            41,
            json!({"urls": ["x.a.b"], "ips": ["192.0.2.0/24"], "tcpPorts": "993", "category": "Allow",
            "required": false, "notes": "both"}),
        ),
        set(
            42,
            json!({"urls": ["x.a.b"], "tcpPorts": "993", "category": "Default", "required": false, "notes": "both"}),
        ),
    ];
    let expected = [
        "id: x.a.b, dest: x.a.b, ports: [https], group: [exchange, teams, sharepoint], category: optimize, set: [3, 40, 90]",
        "id: x.a.b-udp, dest: x.a.b, ports: [udp/443], group: exchange, category: optimize, set: 3, required: false, \
         note: \"[mail](https://a.b/)\"",
        "id: x.a.b-mail, dest: x.a.b, ports: [tcp/587], group: mail-clients, category: allow, set: 40",
        "id: 192.0.2.0-24, dest: 192.0.2.0/24, ports: [https], group: teams, category: allow, set: 40",
        "id: 192.0.2.0-24-mail, dest: 192.0.2.0/24, ports: [tcp/587], group: mail-clients, category: allow, set: 40",
        "id: x.a.b-mail-993, dest: x.a.b, ports: [tcp/993], group: mail-clients, category: allow, set: [41, 42], \
         required: false, note: \"both\"",
        "id: 192.0.2.0-24-mail-993, dest: 192.0.2.0/24, ports: [tcp/993], group: mail-clients, category: allow, set: 41, \
         required: false, note: \"both\"",
        "id: x.a.b-http, dest: x.a.b, ports: [http], group: sharepoint, category: default, set: 90, required: false, \
         note: \"old phones\"",
    ];
    let case = Case::new(&json!(sets));
    let rows = case.rows(OTHER_SERVICE, OTHER);
    assert_eq!(rows, expected);
    assert!(case.read(&format!("catalog/{OTHER_SERVICE}.yaml")).contains("  # above: x.a.b\n"));
    // The order of the answer means nothing.
    let turned: Vec<_> = sets.iter().rev().collect();
    assert_eq!(Case::new(&json!(turned)).rows(OTHER_SERVICE, OTHER), expected);
}

#[test]
fn mail_has_its_groups_and_who_talks() {
    let sets = json!([
        set(10, json!({"urls": ["*.mail.a.b"], "tcpPorts": "25", "category": "Allow", "serviceArea": "Exchange"})),
        set(
            11,
            json!({"urls": ["pop.a.b"], "tcpPorts": "143, 587, 993, 995", "required": false,
            "category": "Allow", "serviceArea": "Exchange", "notes": "POP3, IMAP4, SMTP Client traffic"})
        ),
        set(12, json!({"urls": ["web.a.b"], "tcpPorts": "443", "serviceArea": "Exchange"})),
    ]);
    let case = Case::new(&sets);
    case.rows(OTHER_SERVICE, OTHER);
    let mut report = pacwright::diag::Report::default();
    let catalog = pacwright::pipeline::load_catalog(Some(&case.path().join("catalog")), &mut report);
    let service = &catalog.services[OTHER_SERVICE];
    let row = |id: &str| service.endpoints.iter().find(|e| e.id == id).unwrap();
    let relay = row("star.mail.a.b-25");
    assert_eq!(relay.from, Some(pacwright::catalog::Speaker::MailRelay));
    assert_eq!(relay.via, pacwright::catalog::Via::Firewall);
    assert!(service.groups["mail-relay"].default);
    let programs = row("pop.a.b-mail");
    assert_eq!((programs.from, programs.groups[0].as_str()), (None, "mail-clients"));
    assert!(!service.groups["mail-clients"].default && !programs.required);
    assert_eq!(programs.clouds, [pacwright::catalog::Cloud::Usgov]);
    assert!(programs.no_inspect && programs.no_auth);
    assert_eq!(row("web.a.b").via, pacwright::catalog::Via::Proxy);
}

#[test]
fn a_set_of_the_area_mem_becomes_intune() {
    let sets = json!([
        set(1, json!({"urls": ["web.a.b"], "tcpPorts": "443", "serviceArea": "Exchange"})),
        set(
            163,
            json!({"urls": ["*.manage.a.b", "web.a.b"], "tcpPorts": "80,443", "serviceArea": "MEM", "category": "Allow"})
        ),
        set(165, json!({"urls": ["time.a.b"], "udpPorts": "123", "serviceArea": "MEM"})),
        set(999, json!({"urls": ["new.a.b"], "tcpPorts": "443", "serviceArea": "MEM"})),
    ]);
    let case = Case::new(&sets);
    assert_eq!(
        case.rows("intune-usgov-gcchigh", OTHER),
        [
            "id: star.manage.a.b, dest: \"*.manage.a.b\", ports: [http, https], group: core, category: allow, set: 163",
            "id: web.a.b, dest: web.a.b, ports: [http, https], group: core, category: allow, set: 163",
            "id: time.a.b-udp-123, dest: time.a.b, ports: [udp/123], group: time, category: default, set: 165",
            "id: new.a.b, dest: new.a.b, group: core, category: default, set: 999",
        ]
    );
    // The same name in both: each service has what its own sets say.
    assert_eq!(
        case.rows(OTHER_SERVICE, OTHER),
        ["id: web.a.b, dest: web.a.b, ports: [https], group: exchange, category: default, set: 1"]
    );
    let case = Case::new(&sets);
    case.rows(OTHER_SERVICE, &[OTHER, &["--no-mem"]].concat());
    assert!(!case.path().join("catalog/intune-usgov-gcchigh.yaml").exists());
}

#[test]
fn the_same_answer_gives_the_same_bytes_wherever_it_lies() {
    let sets = json!([set(1, json!({"urls": ["a.b"], "tcpPorts": "443"}))]);
    let case = Case::new(&sets);
    case.rows(OTHER_SERVICE, OTHER);
    let first = files(&case.path().join("catalog"));
    let again = case.import(OTHER);
    assert!(stdout(&again).ends_with("unchanged\n"), "{}", stdout(&again));
    assert!(first == files(&case.path().join("catalog")));
    let elsewhere = Case::new(&sets);
    elsewhere.write("other name.json", elsewhere.read("answer.json"));
    let output =
        pacwright(elsewhere.path(), &[&["import", "m365", "other name.json", "--catalog", "a/b"], OTHER].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(first == files(&elsewhere.path().join("a/b")));
}

#[test]
fn what_people_wrote_is_kept() {
    let case = Case::new(&json!([set(1, json!({"urls": ["a.b"], "tcpPorts": "443"}))]));
    case.write("catalog/mine.yaml", "service: mine\n");
    let name = format!("catalog/{OTHER_SERVICE}.yaml");
    case.write(&name, "# My own list.\nservice: office-365-usgov-gcchigh\n");
    assert!(case.refused(OTHER).contains("was not written by an import"));
    // Other files are none of its business, not even broken ones.
    let forced = case.import(&[OTHER, &["--force"]].concat());
    assert!(forced.status.success(), "{}", stderr(&forced));
    assert_eq!(case.read("catalog/mine.yaml"), "service: mine\n");
    assert!(
        case.read(&name).starts_with("# Written by `pacwright import m365`; edits are lost with the next import.\n")
    );
    // One of its own it replaces.
    case.write(&name, case.read(&name).replace("dest: a.b", "dest: edited.b"));
    let again = case.import(OTHER);
    assert!(again.status.success(), "{}", stderr(&again));
    assert!(case.read(&name).contains("dest: a.b"));
    // The other ending would win over the file that is written.
    case.write(&name.replace(".yaml", ".yml"), "service: x\n");
    assert!(case.refused(&[OTHER, &["--force"]].concat()).contains("holds the same service and would hide it"));
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_nor_half() {
    let sets = json!([
        set(1, json!({"urls": ["a.b"], "tcpPorts": "443"})),
        set(2, json!({"urls": ["c.b"], "tcpPorts": "443", "serviceArea": "MEM"})),
    ]);
    let case = Case::new(&sets);
    case.write("elsewhere.yaml", "# Written by `pacwright import m365`\n");
    std::fs::create_dir(case.path().join("catalog")).unwrap();
    let link = case.path().join("catalog/intune-usgov-gcchigh.yaml");
    std::os::unix::fs::symlink(case.path().join("elsewhere.yaml"), link).unwrap();
    // The second file cannot be written: the first is not either.
    assert!(case.refused(OTHER).contains("is a symbolic link"));
    assert_eq!(case.read("elsewhere.yaml"), "# Written by `pacwright import m365`\n");
    // Nor while another import writes.
    std::fs::remove_file(case.path().join("catalog/intune-usgov-gcchigh.yaml")).unwrap();
    let folder = std::fs::File::open(case.path().join("catalog")).unwrap();
    folder.lock().unwrap();
    assert!(case.refused(OTHER).contains("another import writes into it"));
    drop(folder);
    case.rows(OTHER_SERVICE, OTHER);
}

#[test]
fn a_list_that_lost_most_of_its_rows_is_refused() {
    let many: Vec<Value> =
        (1..=10).map(|n| set(n, json!({"urls": [format!("h{n}.a.b")], "tcpPorts": "443"}))).collect();
    let case = Case::new(&json!(many));
    case.rows(OTHER_SERVICE, OTHER);
    case.write("answer.json", json!(many[..4]).to_string());
    let words = case.refused(OTHER);
    assert!(words.contains("would have 4 endpoints; it has 10 now"), "{words}");
    let half = Case::new(&json!(many[..5]));
    half.write(&format!("catalog/{OTHER_SERVICE}.yaml"), case.read(&format!("catalog/{OTHER_SERVICE}.yaml")));
    assert_eq!(half.rows(OTHER_SERVICE, OTHER).len(), 5);
    let accepted = case.import(&[OTHER, &["--accept-shrink"]].concat());
    assert!(stdout(&accepted).contains("4 endpoints, 0 new, 6 gone"), "{}", stdout(&accepted));
    // Of `office-365` the catalog inside the program is what is there. Its sign-in sets are those of `entra-id` too.
    let sign_in = [56, 59, 125].map(|id| set(id, json!({"urls": [format!("s{id}.a.b")], "tcpPorts": "443"})));
    let case = Case::new(&json!(sign_in));
    assert!(case.refused(&[]).contains("it has 391 now, at catalog/office-365.yaml"));
    assert_eq!(case.rows("office-365", &["--accept-shrink"]).len(), 3);
}

#[test]
fn a_catalog_that_would_not_load_is_not_written() {
    // `entra-id` uses the sets 56, 59 and 125.
    let case = Case::new(&json!([set(1, json!({"urls": ["a.b"], "tcpPorts": "443"}))]));
    let words = case.refused(&["--accept-shrink"]);
    assert!(words.contains("`office-365` has no endpoint or set `125`"), "{words}");
    assert!(words.contains("the catalog would not load with what was imported"), "{words}");
    assert!(!case.path().join("catalog").exists());
}

#[test]
fn lists_of_other_instances_are_told_by_their_names() {
    let of = |urls: &[&str]| json!([set(1, json!({"urls": urls, "tcpPorts": "443", "category": "Optimize"}))]);
    let table: &[(&[&str], &str)] = &[
        (&["outlook.office.com"], "worldwide"),
        (&["partner.outlook.cn"], "china"),
        (&["webmail.apps.mil", "outlook-dod.office365.us"], "usgov-dod"),
        (&["*.sharepoint.us"], "usgov-gcchigh"),
    ];
    for (urls, seen) in table {
        for named in ["china", "usgov-dod", "usgov-gcchigh"] {
            let case = Case::new(&of(urls));
            if named == *seen {
                case.rows(&format!("office-365-{named}"), &["--instance", named]);
            } else {
                let words = case.refused(&["--instance", named]);
                assert!(words.contains(&format!("this looks like the list of `{seen}`, not of `{named}`")), "{words}");
                case.rows(&format!("office-365-{named}"), &["--instance", named, "--any-instance"]);
            }
        }
    }
}

#[test]
fn cut_anywhere_an_answer_is_refused_with_its_place() {
    let case = Case::new(&json!([
        set(1, json!({"urls": ["a.b"], "tcpPorts": "443", "notes": "é\u{1f600} \"\\"})),
        set(2, json!({"ips": ["192.0.2.0/24"], "udpPorts": "3478"})),
    ]));
    let whole = case.read("answer.json");
    let mut cut = 0;
    for (at, _) in whole.char_indices().step_by(7) {
        case.write("answer.json", &whole[..at]);
        let words = case.refused(OTHER);
        assert!(words.contains("answer.json:"), "{words}");
        cut += 1;
    }
    println!("{cut} cuts");
    // With a byte order mark and the line ends of Windows it is the same list.
    case.write("answer.json", format!("\u{feff}{}", whole.replace('\n', "\r\n")));
    assert_eq!(case.rows(OTHER_SERVICE, OTHER).len(), 2);
}

/// An answer as CSV, as the web service is known to write it.
fn csv(sets: &[Value]) -> String {
    let columns = [
        "id",
        "serviceArea",
        "serviceAreaDisplayName",
        "urls",
        "ips",
        "tcpPorts",
        "udpPorts",
        "expressRoute",
        "category",
        "required",
        "notes",
    ];
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(columns).unwrap();
    for set in sets {
        writer
            .write_record(columns.map(|column| match set.get(column) {
                None => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(Value::Bool(flag)) => if *flag { "True" } else { "False" }.to_owned(),
                Some(Value::Array(items)) => items.iter().map(|i| i.as_str().unwrap()).collect::<Vec<_>>().join(","),
                Some(other) => other.to_string(),
            }))
            .unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn a_table_says_the_same_as_json() {
    let mut all: Vec<(Vec<Value>, String)> = answers()
        .into_iter()
        .map(|(path, instance)| (serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap(), instance.to_owned()))
        .collect();
    let notes = set(2, json!({"urls": ["b.b"], "udpPorts": "123", "notes": "a \"quoted\", note"}));
    all.push((vec![set(1, json!({"urls": ["a.b", "*.b"], "tcpPorts": "80, 443"})), notes], "usgov-dod".to_owned()));
    for (sets, instance) in all {
        let case = Case::new(&json!(sets));
        let imported = |case: &Case| {
            let output = case.import(&["--instance", &instance]);
            assert!(output.status.success(), "{}", stderr(&output));
            let files = files(&case.path().join("catalog")).into_values();
            let text: String = files.map(|bytes| String::from_utf8(bytes).unwrap()).collect();
            let rows: Vec<String> = text.lines().filter(|line| line.contains("{id: ")).map(str::to_owned).collect();
            rows
        };
        let from_json = imported(&case);
        case.write("answer.json", csv(&sets));
        let from_csv = imported(&case);
        // What was found out about one answer by hand is known by its bytes.
        let plain = |row: &String| row.replace(", disputed: \"not in the 2026-08-11 list\"", "");
        assert_eq!(from_csv, from_json.iter().map(plain).collect::<Vec<_>>());
    }
}

#[test]
fn nothing_that_is_read_makes_it_fall_over() {
    let sets = [
        set(
            1,
            json!({"urls": ["*.a.b", "c.*.b"], "ips": ["192.0.2.0/24", "2001:db8::/32"], "tcpPorts": "80,443-445",
            "udpPorts": "443", "notes": "\u{e9} \"x\""}),
        ),
        set(2, json!({"urls": ["c.*.b"], "tcpPorts": "25, 443", "category": "Allow", "required": false})),
    ];
    let texts = [json!(sets).to_string(), csv(&sets)];
    let pieces =
        ["\"", "[", "]", "{", "}", ",", ":", "null", "-", "*", ".", "/", "\\", "\n", "0", "\u{3000}", "é", "\u{7f}"];
    // A generator of numbers that are always the same.
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let (mut taken, mut refused) = (0, 0);
    for round in 0..4000 {
        let text = &texts[round % 2];
        let cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let (from, to) = (cuts[next(cuts.len())], cuts[next(cuts.len())]);
        let piece = pieces[next(pieces.len())];
        let end = if round % 3 == 0 { from.max(to) } else { from };
        let changed = format!("{}{piece}{}", &text[..from], &text[end..]);
        let mut report = pacwright::diag::Report::default();
        let file = report.files.add("answer", &changed);
        let wanted = pacwright::import::m365::Wanted {
            instance: pacwright::import::m365::Instance::UsGovDod,
            no_mem: false,
            reviewed: "2026-11-24",
            any_instance: false,
            live: &pacwright::import::m365::Live::default(),
        };
        let made = pacwright::import::m365::made(file, wanted, &mut report);
        assert!(made.is_empty() == report.sink.has_errors(), "{changed}");
        for finding in report.sink.found() {
            assert_ne!(finding.code, pacwright::diag::Code::Internal, "{changed}");
            assert!(!pacwright::diag::text::render(finding, &report.files, false).is_empty());
        }
        for made in &made {
            // What it writes is a catalog file, whatever it was made from.
            let mut report = pacwright::diag::Report::default();
            let file = report.files.add("made.yaml", &made.text);
            let node = pacwright::read::yaml::parse(&report.files, file).unwrap_or_else(|e| panic!("{e:?}\n{changed}"));
            let mut cx = pacwright::read::record::Context { files: &report.files, sink: &mut report.sink };
            let raw = <pacwright::catalog::raw::RawService as pacwright::read::record::Decode>::decode(&node, &mut cx);
            assert!(raw.is_some() && report.sink.found().is_empty(), "{:?}\n{changed}", report.sink.found());
        }
        if made.is_empty() { refused += 1 } else { taken += 1 }
    }
    println!("{taken} taken, {refused} refused");
    assert!(taken > 200 && refused > 200);
}

#[test]
fn more_than_any_answer_has_is_refused_at_once() {
    let many: Vec<Value> = (1..=1001).map(|n| set(n, json!({"urls": ["a.b"], "tcpPorts": "443"}))).collect();
    assert!(Case::new(&json!(many)).refused(OTHER).contains("a list of 1001 endpoint sets"));
    let ports: Vec<String> = (1..=101).map(|n| n.to_string()).collect();
    let case = Case::new(&json!([set(1, json!({"urls": ["a.b"], "tcpPorts": ports.join(",")}))]));
    assert!(case.refused(OTHER).contains("101 ports"));
    // As much as is read.
    let ports: Vec<String> = (1..=100).map(|n| (n * 600).to_string()).collect();
    let many: Vec<Value> = (1..=1000)
        .map(|n| {
            let urls: Vec<String> = (0..40).map(|m| format!("h{m}.a.b")).collect();
            set(n, json!({"urls": urls, "tcpPorts": ports.join(",")}))
        })
        .collect();
    case.write("answer.json", json!(many).to_string());
    let output = case.import(OTHER);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn a_build_uses_what_was_imported() {
    let case = Case::new(&json!([
        set(
            1,
            json!({"urls": ["*.a.example"], "ips": ["192.0.2.0/24"], "tcpPorts": "80,443", "udpPorts": "443",
            "category": "Optimize", "serviceArea": "Exchange"})
        ),
        set(2, json!({"urls": ["x.a.example"], "tcpPorts": "443"})),
    ]));
    case.rows(OTHER_SERVICE, OTHER);
    let site = format!("site: t\ncloud: usgov\n{}", rules(OTHER_SERVICE, "[optimize]"));
    case.write(
        "site.yaml",
        site.replace("{target: pac}", "{target: pac}, {target: squid}, {target: csv}, {target: firewall}"),
    );
    for words in [&["build", "--catalog", "catalog"][..], &["verify"], &["check", "--catalog", "catalog"]] {
        let output = pacwright(case.path(), words);
        assert!(output.status.success(), "{words:?}: {}", stderr(&output));
    }
    assert!(case.read("out/destinations.csv").contains("all,office-365-usgov-gcchigh,star.a.example,*.a.example,"));
}

fn rules(service: &str, direct: &str) -> String {
    format!(
        "routes: {{p: {{proxies: [\"http://proxy.example:8080\"]}}}}\ndefault: p\nrules:\n  \
         - {{route: direct, services: [{service}], category: {direct}}}\n  - {{route: p, services: [{service}]}}\n\
         outputs: [{{target: pac}}]\n"
    )
}

// ---- the generator that Microsoft publishes, Get-PacFile, as its documentation says it decides ----

/// `*` is any characters, dots too.
fn shell_match(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((before, rest)) => text
            .strip_prefix(before)
            .is_some_and(|text| (0..=text.len()).any(|at| text.is_char_boundary(at) && shell_match(&text[at..], rest))),
    }
}

struct PacFile {
    /// Patterns of other categories below a direct one: the proxy's, asked first.
    first: BTreeSet<String>,
    direct: BTreeSet<String>,
}

impl PacFile {
    fn new(sets: &[Value], categories: &[&str]) -> Self {
        let urls = |wanted: bool| -> BTreeSet<String> {
            sets.iter()
                .filter(|set| set["serviceArea"] != "MEM")
                .filter(|set| categories.contains(&set["category"].as_str().unwrap()) == wanted)
                .flat_map(|set| set.get("urls").and_then(Value::as_array).cloned().unwrap_or_default())
                .map(|url| url.as_str().unwrap().to_owned())
                .collect()
        };
        let direct = urls(true);
        let below = |url: &String| direct.iter().any(|pattern| pattern != url && shell_match(url, pattern));
        let first = urls(false).into_iter().filter(|url| !direct.contains(url) && below(url)).collect();
        Self { first, direct }
    }
    fn is_direct(&self, host: &str) -> bool {
        let any = |patterns: &BTreeSet<String>| patterns.iter().any(|pattern| shell_match(host, pattern));
        !any(&self.first) && any(&self.direct)
    }
}

/// Get-PacFile looks at names alone, and sends direct by them what only sets of mail ports name; an https request is none
/// of their business. These are all such names, with `x` for the star.
const MAIL_ONLY: &[(&str, &[&str])] = &[
    ("worldwide-2025-12.json", &["smtp.office365.com", "x.mx.microsoft"]),
    ("worldwide-2024-04.json", &["smtp.office365.com", "x.mx.microsoft"]),
    ("china-2025-12.json", &["x.partner.outlook.cn", "x.sovcloud-mx.cn"]),
];

/// The sets of an https request.
fn on_443(set: &Value) -> bool {
    set["tcpPorts"].as_str().is_some_and(|ports| ports.split(',').any(|port| port.trim() == "443"))
}

#[test]
fn https_goes_where_the_generator_of_microsoft_sends_it() {
    for (answer, instance) in answers() {
        let sets: Vec<Value> = serde_json::from_slice(&std::fs::read(&answer).unwrap()).unwrap();
        let hosts: BTreeSet<String> = sets
            .iter()
            .flat_map(|set| set.get("urls").and_then(Value::as_array).cloned().unwrap_or_default())
            .flat_map(|url| ["x", "x.y"].map(|star| url.as_str().unwrap().replace('*', star)))
            .collect();
        let case = Case { temp: tempfile::tempdir().unwrap() };
        let import = ["import", "m365", answer.to_str().unwrap(), "--instance", instance];
        assert!(pacwright(case.path(), &import).status.success());
        let (service, cloud) =
            if instance == "china" { ("office-365-china", "china") } else { ("office-365", "public") };
        for (kind, words, categories) in
            [(1, "[optimize]", &["Optimize"][..]), (2, "[optimize, allow]", &["Optimize", "Allow"])]
        {
            case.write("site.yaml", format!("site: t\ncloud: {cloud}\n{}", rules(service, words)));
            let built = pacwright(case.path(), &["build", "--catalog", "catalog"]);
            assert!(built.status.success(), "{}", stderr(&built));
            let urls: Vec<String> = hosts.iter().map(|host| format!("https://{host}/")).collect();
            let mut eval = vec!["eval", "out/proxy.pac", "--format", "json"];
            eval.extend(urls.iter().map(String::as_str));
            let said: Value = serde_json::from_slice(&pacwright(case.path(), &eval).stdout).unwrap();
            let https: Vec<Value> = sets.iter().filter(|set| on_443(set)).cloned().collect();
            let (theirs, theirs_on_443) = (PacFile::new(&sets, categories), PacFile::new(&https, categories));
            let mut different = BTreeSet::new();
            let mut direct = 0;
            for (host, answer) in hosts.iter().zip(said["answers"].as_array().unwrap()) {
                assert_eq!(answer["asked_host"], **host);
                let ours = answer["answer"] == "DIRECT";
                assert_eq!(ours, theirs_on_443.is_direct(host), "{host}");
                direct += usize::from(ours);
                if ours != theirs.is_direct(host) {
                    different.insert(host.replace("x.y.", "x."));
                }
            }
            let name = answer.file_name().unwrap().to_str().unwrap();
            println!("{name}, type {kind}: {} hosts, {direct} direct; by mail ports only: {different:?}", hosts.len());
            let (_, mail) = MAIL_ONLY.iter().find(|(of, _)| *of == name).unwrap();
            let mail: BTreeSet<String> = mail.iter().filter(|_| kind == 2).map(|host| (*host).to_owned()).collect();
            assert_eq!(different, mail);
        }
    }
}
