//! `update`, and `import` of an address: against a server in the test that answers in every way a network can, through a
//! proxy, and over TLS. Nothing here leaves this machine.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::common;
use crate::common::web::{Certificates, Server, Wire, answer, json, never_ends};
use serde_json::Value;
use tempfile::TempDir;

/// Longer than any answer of a test takes, on a slow and busy machine too: what waits for ever waits longer.
const PATIENCE: Duration = Duration::from_secs(120);
const STATE: &str = ".pacwright-update.json";

/// Three sets of a made-up China: small, and no other service needs any of them.
const LIST: &str = r#"[
  {"id": 1, "serviceArea": "Exchange", "serviceAreaDisplayName": "Exchange Online", "urls": ["a.b.example", "c.b.example"],
   "ips": ["192.0.2.0/24"], "tcpPorts": "80,443", "expressRoute": false, "category": "Optimize", "required": true},
  {"id": 2, "serviceArea": "Common", "serviceAreaDisplayName": "Common", "urls": ["*.d.example"], "tcpPorts": "443",
   "expressRoute": false, "category": "Default", "required": true}
]"#;

/// The next one: a name is gone, another is new, a port is less.
fn next_list() -> String {
    LIST.replace("c.b.example", "new.b.example")
        .replace("\"*.d.example\"], \"tcpPorts\": \"443\"", "\"*.d.example\"], \"tcpPorts\": \"80,443\"")
}

const MEM: &str = r#",{"id": 163, "serviceArea": "MEM", "serviceAreaDisplayName": "Microsoft Endpoint Manager",
  "urls": ["manage.example"], "tcpPorts": "443", "expressRoute": false, "category": "Allow", "required": true}]"#;

/// A run of the program.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
    took: Duration,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    #[track_caller]
    fn done(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    fn says(&self, words: &str) -> &Self {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert!(all.contains(words), "`{words}` is not in:\n{all}");
        self
    }
}

/// Runs the program with an environment that has no proxy but the one given.
fn run_with(folder: &Path, words: &[&str], environment: &[(&str, String)]) -> Ran {
    let begin = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pacwright"));
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_ascii_uppercase());
    }
    command.current_dir(folder).args(words).env("NO_COLOR", "1");
    let output = command.envs(environment.iter().map(|(name, value)| (name, value))).output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        took: begin.elapsed(),
    }
}

/// A folder with a catalog folder in it.
struct Place {
    temp: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { temp: tempfile::tempdir().unwrap() };
        fs::create_dir(place.path("catalog")).unwrap();
        place
    }

    /// With a list that was imported by an update.
    fn with_list() -> Self {
        let place = Self::new();
        place.update(&web_service("2025010100", LIST), &[]).done(0);
        place
    }

    fn folder(&self) -> &Path {
        self.temp.path()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Updates China's list from a server.
    fn update(&self, server: &Server, more: &[&str]) -> Ran {
        let url = format!("http://127.0.0.1:{}", server.port);
        let words = [&["update", "--instance", "china", "--endpoint-url", &url], more].concat();
        run_with(self.folder(), &words, &[])
    }

    /// All files of the catalog folder.
    fn catalog(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn walk(folder: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, into);
                } else {
                    into.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        let mut all = BTreeMap::new();
        walk(&self.path("catalog"), &mut all);
        all
    }

    fn state(&self) -> Value {
        serde_json::from_str(&self.text(&format!("catalog/{STATE}"))).unwrap()
    }

    /// Lets the last question lie a day back.
    fn a_day_later(&self) {
        let text = self.text(&format!("catalog/{STATE}"));
        let at = text.find("\"asked\": \"").unwrap() + 10;
        fs::write(
            self.path(&format!("catalog/{STATE}")),
            format!("{}2020-01-01T00:00:00Z{}", &text[..at], &text[at + 20..]),
        )
        .unwrap();
    }
}

fn version_of(version: &str) -> String {
    format!(r#"{{"instance": "China", "latest": "{version}", "versions": ["{version}"]}}"#)
}

/// A web service that works.
fn web_service(version: &str, list: &str) -> Server {
    let (version, list) = (version_of(version), list.to_owned());
    Server::new(Box::new(move |target, wire| {
        json(
            wire,
            match target.split('/').nth(1) {
                Some("version") => &version,
                Some("changes") => "[]",
                _ => &list,
            },
        )
    }))
}

/// A web service that knows from when on what is new is live.
fn with_changes(
    version: &str,
    list: &str,
    changes: impl Fn(&mut dyn Wire) -> std::io::Result<()> + Send + Sync + 'static,
) -> Server {
    let (version, list) = (version_of(version), list.to_owned());
    Server::new(Box::new(move |target, wire| match target.split('/').nth(1) {
        Some("version") => json(wire, &version),
        Some("changes") => changes(wire),
        _ => json(wire, &list),
    }))
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn a_new_version_is_fetched_and_imported_and_an_old_one_is_not() {
    let place = Place::new();
    let server = web_service("2025010100", LIST);
    let ran = place.update(&server, &[]);
    ran.done(0).says("m365/china: changed, version 2025010100").says("catalog/office-365-china.yaml written");
    ran.says("  a.b.example [tcp/80 tcp/443]: nothing -> required, optimize, ");
    let asked = server.asked();
    let id = place.state()["client_request_id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 36);
    let wanted = ["version", "endpoints"].map(|method| format!("GET /{method}/China?clientrequestid={id} HTTP/1.1"));
    assert_eq!(asked, wanted);

    // Once an hour is enough.
    let before = place.catalog();
    place.update(&server, &[]).done(0).says("m365/china: not asked, version 2025010100: it was 0 minutes ago");
    assert_eq!(server.asked(), Vec::<String>::new());
    assert_eq!(place.catalog(), before);

    // Then only the version, under the same id.
    for more in [&["--force-check"][..], &[]] {
        if more.is_empty() {
            place.a_day_later();
        }
        place.update(&server, more).done(0).says("m365/china: unchanged, version 2025010100");
        assert_eq!(server.asked(), &wanted[..1]);
    }

    // A dry run writes nothing.
    let server = web_service("2025020100", &next_list());
    let before = place.catalog();
    let ran = place.update(&server, &["--force-check", "--dry-run"]);
    ran.done(1).says("m365/china: would change, version 2025010100 -> 2025020100");
    ran.says("catalog/office-365-china.yaml would be written")
        .says("1 endpoints new, 1 endpoints gone, 1 endpoints changed");
    assert_eq!(place.catalog(), before);
    let ran = place.update(&server, &["--force-check"]);
    ran.done(0).says("m365/china: changed, version 2025010100 -> 2025020100");
    ran.says("  new.b.example [tcp/80 tcp/443]: nothing -> required")
        .says("as c.b.example:443; by no entry, before by c.b.example");
    assert!(place.text("catalog/office-365-china.yaml").contains("new.b.example"));
    assert_eq!(place.state()["sources"]["m365/china"]["version"], "2025020100");
    // What changed since the version before is asked for too, by the dry run and the other.
    let changes = format!("GET /changes/China/2025010100?clientrequestid={id} HTTP/1.1");
    let round = [&wanted[..], &[changes]].concat();
    assert_eq!(server.asked(), [&round[..], &round].concat());

    // A mirror that fell behind.
    let old = web_service("2025010100", LIST);
    let before = place.catalog();
    place.update(&old, &["--force-check"]).done(2).says("[shrunk]").says("version 2025010100 after 2025020100");
    assert_eq!(place.catalog(), before);
    place.update(&old, &["--force-check", "--accept-shrink"]).done(0).says("version 2025020100 -> 2025010100");
    // A new version of the same list changes no file.
    place
        .update(&web_service("2025030100", LIST), &["--force-check", "--dry-run"])
        .done(0)
        .says("m365/china: unchanged");
}

#[test]
fn a_file_that_is_not_as_it_was_written_is_fetched_again() {
    let place = Place::with_list();
    let server = web_service("2025010100", LIST);
    let path = place.path("catalog/office-365-china.yaml");
    let good = fs::read(&path).unwrap();
    for break_it in [&|path: &Path| fs::remove_file(path).unwrap() as (), &|path: &Path| {
        fs::write(path, fs::read_to_string(path).unwrap().replace("a.b.example", "evil.example")).unwrap();
    }] as [&dyn Fn(&Path); 2]
    {
        break_it(&path);
        place.update(&server, &[]).done(0).says("m365/china: changed");
        assert_eq!(fs::read(&path).unwrap(), good);
    }
    // What people wrote is theirs.
    let theirs = String::from_utf8(good).unwrap().split_once('\n').unwrap().1.to_owned();
    fs::write(&path, &theirs).unwrap();
    place.update(&server, &[]).done(2).says("was not written by an import");
    assert_eq!(fs::read_to_string(&path).unwrap(), theirs);
}

#[test]
fn the_answer_of_version_may_be_a_list() {
    let place = Place::new();
    let versions = format!(r#"[{{"instance": "Worldwide", "latest": "2030010100"}}, {}]"#, version_of("2025010100"));
    let server = Server::new(Box::new(move |target, wire| {
        json(wire, if target.starts_with("/version/") { &versions } else { LIST })
    }));
    place.update(&server, &[]).done(0).says("version 2025010100");
}

/// Half a minute of drops behind the beginning of an answer.
fn drips(wire: &mut dyn Wire, begin: &[u8], drop: &[u8]) -> std::io::Result<()> {
    wire.write_all(begin)?;
    (0..300).try_for_each(|_| {
        std::thread::sleep(Duration::from_millis(100));
        wire.write_all(drop)?;
        wire.flush()
    })
}

type Bad = fn(&mut dyn Wire) -> std::io::Result<()>;

/// What a network may answer instead of a list, and what is said of it.
const BAD: &[(&str, Bad, &str)] = &[
    (
        "404",
        |w| answer(w, "404 Not Found", "", b"<h1>\x1b[31mNothing here</h1>\nmore"),
        "answered 404 Not Found: `<h1> [31mNothing here</h1>`",
    ),
    ("500", |w| answer(w, "500 Internal Server Error", "", b""), "answered 500 Internal Server Error\n"),
    ("503", |w| answer(w, "503 Service Unavailable", "", b"soon"), "answered 503 Service Unavailable: `soon`"),
    (
        "429, in an hour",
        |w| answer(w, "429 Too Many Requests", "retry-after: 3600\r\n", b""),
        "help: come again in 60 minutes",
    ),
    (
        "429, at a time",
        |w| {
            let headers = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 10:49:37 GMT\r\n";
            answer(w, "429 Too Many Requests", headers, b"")
        },
        "help: come again in 2 hours",
    ),
    ("407", |w| answer(w, "407 Proxy Authentication Required", "", b""), "the proxy wants a login"),
    (
        "a login page",
        |w| answer(w, "200 OK", "content-type: text/html\r\n", b"<!DOCTYPE html>\n<title>Sign in</title>"),
        "answered with a web page, not with a list: `<!DOCTYPE html>`",
    ),
    ("a page that says it is JSON", |w| json(w, "\n <html>Please log in</html>"), "answered with a web page"),
    (
        "words as a page",
        |w| answer(w, "200 OK", "Content-Type: Text/HTML; charset=utf-8\r\n", b"Please log in"),
        "not with a list: `Please log in`",
    ),
    ("nothing", |w| answer(w, "200 OK", "", b""), "the answer is empty"),
    ("204", |w| answer(w, "204 No Content", "", b""), "answered 204 No Content"),
    ("no JSON", |w| json(w, "{nonsense"), "[list-syntax]"),
    ("half a JSON", |w| json(w, &LIST[..LIST.len() / 2]), "the file ends in the middle"),
    ("another JSON", |w| json(w, "{\"error\": \"none\"}"), "-->"),
    ("no text", |w| answer(w, "200 OK", "content-type: image/png\r\n", b"\x89PNG\xff\xfe"), "the answer is not UTF-8"),
    (
        "a body that is cut",
        |w| w.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n["),
        "the answer ends in the middle",
    ),
    (
        "a chunk that is cut",
        |w| w.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n50\r\n[{\"id\": 1"),
        "the answer ends in the middle",
    ),
    (
        "no end of the chunks",
        |w| w.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n[]\r\n"),
        "the answer ends in the middle",
    ),
    (
        "too large by its header",
        |w| w.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99000000\r\n\r\n["),
        "the answer is larger than 64 MiB",
    ),
    (
        "too large without one",
        |w| {
            w.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            let megabyte = vec![b' '; 1 << 20];
            (0..80).try_for_each(|_| w.write_all(&megabyte))
        },
        "the answer is larger than 64 MiB",
    ),
    (
        "a bomb",
        |w| {
            let bomb = packed(&vec![b' '; 80 << 20]);
            answer(w, "200 OK", "content-encoding: gzip\r\n", &bomb)
        },
        "the answer is larger than 64 MiB",
    ),
    (
        "broken gzip",
        |w| {
            let mut bytes = packed(LIST.as_bytes());
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xff;
            answer(w, "200 OK", "content-encoding: gzip\r\n", &bytes)
        },
        "the answer is packed by gzip and cannot be unpacked",
    ),
    (
        "half a gzip",
        |w| {
            let bytes = packed(LIST.as_bytes());
            answer(w, "200 OK", "content-encoding: gzip\r\n", &bytes[..bytes.len() / 2])
        },
        "the answer is packed by gzip and cannot be unpacked",
    ),
    ("no HTTP", |w| w.write_all(b"220 mail.example ESMTP\r\n"), "the answer is not HTTP as it should be"),
    (
        "a head without end",
        |w| {
            w.write_all(b"HTTP/1.1 200 OK\r\n")?;
            (0..20_000).try_for_each(|n| w.write_all(format!("x-{n}: {n}\r\n").as_bytes()))
        },
        "the answer is not HTTP as it should be",
    ),
    ("nothing at all", |_| Ok(()), "-->"),
    (
        "never",
        |_| {
            never_ends();
            Ok(())
        },
        "no whole answer within 2 seconds",
    ),
    (
        "drop by drop",
        |w| drips(w, b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n", b" "),
        "no whole answer within 2 seconds",
    ),
    ("a head drop by drop", |w| drips(w, b"HTTP/1.1 200 OK\r\nx: ", b"H"), "no whole answer within 2 seconds"),
    ("in a circle", |w| answer(w, "302 Found", "location: ?again\r\n", b""), "more than 5 redirects"),
    ("to nowhere", |w| answer(w, "302 Found", "", b""), "answered 302, a redirect to nowhere"),
    (
        "to a file",
        |w| answer(w, "301 Moved", "location: file:///etc/passwd\r\n", b""),
        "only https:// and http:// are asked",
    ),
    (
        "to an open address",
        |w| answer(w, "307 Moved", "location: http://proxy.example/login\r\n", b""),
        "http://proxy.example/login is not encrypted",
    ),
    (
        "to a secret",
        |w| answer(w, "307 Moved", "location: https://me:pass@b.example/\r\n", b""),
        "`https://…@b.example/`",
    ),
];

#[test]
fn whatever_goes_wrong_is_said_and_the_catalog_stays_as_it_is() {
    let all: Vec<(&'static str, &'static (&str, Bad, &str))> =
        BAD.iter().flat_map(|case| [("/version/", case), ("/endpoints/", case)]).collect();
    let next = AtomicUsize::new(0);
    let problems = Mutex::new(Vec::new());
    let work = || {
        let place = Place::with_list();
        let before = place.catalog();
        while let Some(&(method, &(name, bad, wanted))) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            let version = version_of("2025020100");
            let server = Server::new(Box::new(move |target, wire| {
                if target.starts_with(method) {
                    bad(wire)
                } else {
                    json(wire, if target.starts_with("/version/") { &version } else { LIST })
                }
            }));
            let timeout = if wanted.contains("2 seconds") { "2" } else { "100" };
            let ran = place.update(&server, &["--force-check", "--timeout", timeout]);
            let place_of_it = format!("--> http://127.0.0.1:{}{method}China", server.port);
            let wrong = [
                ("its exit code", ran.code == 2),
                ("its words", ran.stderr.contains(wanted)),
                ("no place", ran.stderr.contains(&place_of_it)),
                ("no outcome", ran.stderr.contains("m365/china: failed, its files are as they were")),
                ("a control character", !ran.stderr.contains('\u{1b}')),
                ("a secret", !ran.stderr.contains("me:pass")),
                ("its time", ran.took < PATIENCE),
                ("the catalog is another one", place.catalog() == before),
            ];
            let wrong: Vec<&str> = wrong.iter().filter(|(_, good)| !good).map(|(what, _)| *what).collect();
            if !wrong.is_empty() {
                let said =
                    format!("{name} of {method}: {wrong:?}\n`{wanted}`\n{}{}{:?}", ran.stdout, ran.stderr, ran.took);
                problems.lock().unwrap().push(said);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(work);
        }
    });
    let problems = problems.into_inner().unwrap();
    assert!(problems.is_empty(), "{}", problems.join("\n──\n"));
    println!("{} bad answers", all.len());
}

/// One that adds `new.b.example` to the first set, live from a day on.
const CHANGES: &str = r#"[{"id": 9, "endpointSetId": 1, "disposition": "Change", "impact": "AddedUrl", "version": "2025020100",
  "add": {"effectiveDate": "20250301", "urls": ["new.b.example"]}, "remove": {"urls": ["c.b.example"]}}]"#;

#[test]
fn what_is_new_has_the_day_that_the_web_service_names() {
    let place = Place::with_list();
    let server = with_changes("2025020100", &next_list(), |wire| json(wire, CHANGES));
    let ran = place.update(&server, &["--force-check", "--as-of", "2025-02-01"]);
    ran.done(0).says("new.b.example [tcp/80 tcp/443]: nothing -> required, optimize, live from 2025-03-01, ");
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    let text = place.text("catalog/office-365-china.yaml");
    let dated: Vec<&str> = text.lines().filter(|line| line.contains("effective: 2025-03-01")).collect();
    assert!(matches!(dated[..], [row] if row.contains("dest: new.b.example")), "{text}");
    // The next version says nothing of it: the day stays, and goes when it is past.
    let next = |version: &str| with_changes(version, &next_list(), |wire| json(wire, "[]"));
    place.update(&next("2025021000"), &["--force-check", "--as-of", "2025-02-10"]).done(0).says("unchanged");
    place.update(&next("2025030200"), &["--force-check", "--as-of", "2025-03-02"]).done(0).says("1 endpoints changed");
    assert!(!place.text("catalog/office-365-china.yaml").contains("effective"));
    // A folder that never had a version asks for none, nor one whose state was edited.
    let server = with_changes("2025020100", &next_list(), |wire| json(wire, CHANGES));
    Place::new().update(&server, &[]).done(0);
    let place = Place::with_list();
    let state = place.text(&format!("catalog/{STATE}"));
    fs::write(place.path(&format!("catalog/{STATE}")), state.replace("2025010100", "1/../..?x")).unwrap();
    place.update(&server, &["--force-check"]).done(0);
    assert!(server.asked().iter().all(|line| !line.contains("/changes/")));
}

#[test]
fn without_its_changes_a_list_is_imported_all_the_same() {
    // As an import of the list alone makes it.
    let clean = Place::with_list();
    clean.update(&web_service("2025020100", &next_list()), &["--force-check"]).done(0);
    let clean = clean.text("catalog/office-365-china.yaml");
    let next = AtomicUsize::new(0);
    let problems = Mutex::new(Vec::new());
    let work = || {
        while let Some(&(name, bad, wanted)) = BAD.get(next.fetch_add(1, Ordering::Relaxed)) {
            let place = Place::with_list();
            let server = with_changes("2025020100", &next_list(), bad);
            let timeout = if wanted.contains("2 seconds") { "2" } else { "100" };
            let ran = place.update(&server, &["--force-check", "--timeout", timeout]);
            let words = if wanted == "[list-syntax]" { "not JSON" } else { wanted };
            let place_of_it = format!("--> http://127.0.0.1:{}/changes/China/2025010100", server.port);
            let version = &place.state()["sources"]["m365/china"]["version"];
            let wrong = [
                ("its exit code", ran.code == 0),
                ("no warning", ran.stderr.contains("warning[dates-missing]: `office-365-china` is imported without")),
                ("its words", ran.stderr.contains(words)),
                ("no place", ran.stderr.contains(&place_of_it)),
                ("no outcome", ran.stdout.contains("m365/china: changed, version 2025010100 -> 2025020100")),
                ("a control character", !ran.stderr.contains('\u{1b}')),
                ("a secret", !ran.stderr.contains("me:pass")),
                ("its time", ran.took < PATIENCE),
                ("the catalog", place.text("catalog/office-365-china.yaml") == clean),
                ("the version", version == "2025020100"),
            ];
            let wrong: Vec<&str> = wrong.iter().filter(|(_, good)| !good).map(|(what, _)| *what).collect();
            if !wrong.is_empty() {
                let said = format!("{name}: {wrong:?}\n`{words}`\n{}{}{:?}", ran.stdout, ran.stderr, ran.took);
                problems.lock().unwrap().push(said);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(work);
        }
    });
    let problems = problems.into_inner().unwrap();
    assert!(problems.is_empty(), "{}", problems.join("\n──\n"));
    // For programs.
    let place = Place::with_list();
    let server = with_changes("2025020100", &next_list(), |wire| answer(wire, "404 Not Found", "", b""));
    let ran = place.update(&server, &["--force-check", "--format", "json"]);
    let value = ran.done(0).json();
    assert_eq!(
        (&value["sources"][0]["fate"], &value["findings"][0]["code"]),
        (&"changed".into(), &"dates-missing".into())
    );
}

#[test]
fn what_was_kept_goes_after_its_day_also_when_the_version_is_the_same() {
    let place = Place::with_list();
    let server = web_service("2025020100", &next_list());
    let on = |day: &'static str| ["--force-check", "--grace", "30d", "--as-of", day];
    place.update(&server, &on("2025-02-01")).done(0).says("retiring, until 2025-03-03");
    let kept = place.catalog();
    server.asked();
    // On its last day only the version is asked for.
    place.update(&server, &on("2025-03-03")).done(0).says("m365/china: unchanged");
    assert_eq!(server.asked().len(), 1);
    let path = place.path("catalog/office-365-china.yaml");
    assert_eq!(place.catalog()[&path], kept[&path]);
    // After it the list is, with --grace or without; once.
    place.update(&server, &["--force-check", "--dry-run", "--as-of", "2025-03-04"]).done(1).says("1 endpoints gone");
    place
        .update(&server, &on("2025-03-04"))
        .done(0)
        .says("m365/china: changed, version 2025020100\n")
        .says("1 endpoints gone");
    assert_eq!(server.asked().len(), 4);
    assert!(!place.text("catalog/office-365-china.yaml").contains("retiring"));
    place.update(&server, &on("2025-03-05")).done(0).says("m365/china: unchanged");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn connections_that_do_not_come_about_are_said() {
    let place = Place::with_list();
    let before = place.catalog();
    // Closed with a request unread: the system resets the connection.
    let reset = Server::raw(|stream| {
        std::thread::sleep(Duration::from_millis(300));
        drop(stream);
    });
    let ran = place.update(&reset, &["--force-check", "--timeout", "100"]);
    ran.done(2).says(&format!("`127.0.0.1:{}` cut the connection", reset.port));
    // Connected, and then nothing, not even a handshake.
    let silent = Server::raw(|stream| {
        never_ends();
        drop(stream);
    });
    let url = format!("https://127.0.0.1:{}", silent.port);
    let words = ["update", "--instance", "china", "--endpoint-url", &url, "--force-check", "--timeout", "2"];
    let ran = run_with(place.folder(), &words, &[]);
    ran.done(2).says("no whole answer within 2 seconds");
    assert!(ran.took < PATIENCE, "{:?}", ran.took);
    let mut nobody = Server::raw(drop);
    nobody.port = common::proxy::free_port();
    let ran = place.update(&nobody, &["--force-check"]);
    ran.done(2).says(&format!("no connection to `127.0.0.1:{}`", nobody.port));
    let words = [
        "update",
        "--instance",
        "china",
        "--endpoint-url",
        "https://nobody.invalid",
        "--force-check",
        "--timeout",
        "9",
    ];
    let ran = run_with(place.folder(), &words, &[]);
    ran.done(2).says("no address is known for the host, `nobody.invalid`").says("HTTPS_PROXY is not set");
    let words = ["update", "--instance", "china", "--endpoint-url", "http://mirror.invalid", "--force-check"];
    run_with(place.folder(), &words, &[]).done(2).says("is not encrypted").says("--allow-http");
    assert_eq!(place.catalog(), before);
}

#[test]
fn half_a_list_is_refused() {
    let place = Place::with_list();
    let before = place.catalog();
    let less = r#"[{"id": 2, "serviceArea": "Common", "serviceAreaDisplayName": "Common", "urls": ["*.d.example"],
      "tcpPorts": "443", "expressRoute": false, "category": "Default", "required": true}]"#;
    let server = web_service("2025020100", less);
    place.update(&server, &["--force-check"]).done(2).says("[shrunk]");
    assert_eq!(place.catalog(), before);
    place.update(&server, &["--force-check", "--accept-shrink"]).done(0).says("m365/china: changed");
}

#[test]
fn packed_answers_and_redirects_are_followed() {
    let place = Place::new();
    let server = Server::new(Box::new(|target, wire| match target.split('?').next().unwrap() {
        "/version/China" => answer(wire, "302 Found", "location: /elsewhere/v\r\n", b""),
        "/elsewhere/v" => answer(wire, "308 Moved", "location: w.json\r\n", b""),
        "/elsewhere/w.json" => {
            answer(wire, "200 OK", "content-encoding: gzip\r\n", &packed(version_of("2025010100").as_bytes()))
        }
        _ => answer(wire, "200 OK", "content-encoding: gzip\r\n", &packed(LIST.as_bytes())),
    }));
    place.update(&server, &[]).done(0).says("m365/china: changed, version 2025010100");
}

#[test]
fn a_short_pause_is_kept_and_announced() {
    for (header, after) in [
        ("retry-after: 1\r\n", 900),
        ("date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:49:38 GMT\r\n", 900),
    ] {
        let place = Place::new();
        let count = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&count);
        let version = version_of("2025010100");
        let server = Server::new(Box::new(move |target, wire| {
            if target.starts_with("/version/") {
                return json(wire, &version);
            }
            match seen.fetch_add(1, Ordering::Relaxed) {
                0 => answer(wire, "429 Too Many Requests", header, b""),
                _ => json(wire, LIST),
            }
        }));
        let ran = place.update(&server, &[]);
        ran.done(0).says("127.0.0.1: the server asks for a pause of 1 second");
        assert!(ran.took > Duration::from_millis(after) && ran.took < PATIENCE, "{:?}", ran.took);
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }
    // A server that never has enough of it.
    let place = Place::new();
    let server = Server::new(Box::new(|_, wire| answer(wire, "503 Service Unavailable", "retry-after: 0\r\n", b"")));
    place.update(&server, &[]).done(2).says("answered 503");
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn the_proxy_of_the_environment_is_used() {
    let server = web_service("2025010100", LIST);
    let proxy = Server::proxy(server.port);
    let proxied = ("HTTP_PROXY", format!("http://name:secret@127.0.0.1:{}", proxy.port));
    let words = ["update", "-v", "--instance", "china", "--allow-http", "--endpoint-url", "http://mirror.invalid"];
    let place = Place::new();
    let ran = run_with(place.folder(), &words, std::slice::from_ref(&proxied));
    ran.done(0).says(&format!("through the proxy 127.0.0.1:{} (HTTP_PROXY)", proxy.port));
    assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    assert_eq!(proxy.asked(), ["CONNECT mirror.invalid:80 HTTP/1.1"; 2]);
    assert_eq!(server.asked().len(), 2);

    // For names that are excepted it is not, and for another scheme neither.
    let exception = [proxied.clone(), ("NO_PROXY", "a.example, invalid".to_owned())];
    let ran = run_with(place.folder(), &[&words[..], &["--force-check"]].concat(), &exception);
    ran.done(2).says("no address is known for the host, `mirror.invalid`").says("without a proxy (NO_PROXY)");
    let url = format!("http://127.0.0.1:{}", server.port);
    let near = ["update", "--instance", "china", "--force-check", "--endpoint-url", &url];
    let only_https = [("https_proxy", "http://127.0.0.1:1".to_owned())];
    run_with(place.folder(), &near, &only_https).done(0);
    assert_eq!(proxy.asked(), Vec::<String>::new());

    // One for everything, one that refuses, and one that is none.
    let all = [("all_proxy", format!("127.0.0.1:{}", proxy.port))];
    run_with(place.folder(), &[&words[..], &["--force-check"]].concat(), &all).done(0).says("(all_proxy)");
    let closed = Server::new(Box::new(|_, wire| answer(wire, "407 Proxy Authentication Required", "", b"")));
    let refusing = [("HTTP_PROXY", format!("http://127.0.0.1:{}", closed.port))];
    let ran = run_with(place.folder(), &[&words[..], &["--force-check"]].concat(), &refusing);
    ran.done(2).says("makes no way: it answers 407").says("the proxy wants a login");
    let socks = [("HTTP_PROXY", "socks5://127.0.0.1:1".to_owned())];
    let ran = run_with(place.folder(), &[&words[..], &["--force-check"]].concat(), &socks);
    ran.done(2).says("the variable HTTP_PROXY names a SOCKS proxy");
    let none = [("HTTP_PROXY", "ftp://me:secret@nowhere".to_owned())];
    let ran = run_with(place.folder(), &[&words[..], &["--force-check"]].concat(), &none);
    ran.done(2).says("the variable HTTP_PROXY is not the address of a proxy");
    assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
}

/// As in a company: a proxy that shows certificates of its own for endpoints.office.com.
#[test]
fn a_proxy_that_inspects_needs_its_ca() {
    let certificates = Certificates::of("endpoints.office.com");
    let version = version_of("2025010100");
    let inspecting = Server::tls(
        &certificates,
        Box::new(move |target, wire| json(wire, if target.starts_with("/version/") { &version } else { LIST })),
    );
    let proxy = Server::proxy(inspecting.port);
    let environment = [("HTTPS_PROXY", format!("http://127.0.0.1:{}", proxy.port))];
    let place = Place::new();
    let ca = certificates.ca();
    let words = ["update", "--instance", "china", "--timeout", "100"];
    let ran = run_with(place.folder(), &words, &environment);
    ran.done(2).says("no trusted connection to `endpoints.office.com`");
    ran.says("--ca FILE");
    // Only the id is kept, so that the next question is the same asker's.
    assert_eq!(place.catalog().into_keys().collect::<Vec<_>>(), [place.path(&format!("catalog/{STATE}"))]);
    let ran = run_with(place.folder(), &[&words[..], &["--ca", ca.to_str().unwrap()]].concat(), &environment);
    ran.done(0).says("m365/china: changed, version 2025010100");
    assert_eq!(proxy.asked(), ["CONNECT endpoints.office.com:443 HTTP/1.1"; 3]);

    // Its certificate is for that name only.
    let other = ["--ca", ca.to_str().unwrap(), "--force-check", "--endpoint-url", "https://other.example"];
    let ran = run_with(place.folder(), &[&words[..], &other].concat(), &environment);
    ran.done(2).says("no trusted connection to `other.example`");

    // An import asks under the id of the folder, an address that has an id under that.
    let id = place.state()["client_request_id"].as_str().unwrap().to_owned();
    inspecting.asked();
    for (query, wanted) in
        [("", format!("?clientrequestid={id}")), ("?ClientRequestId=1", "?ClientRequestId=1".to_owned())]
    {
        let url = format!("https://endpoints.office.com/endpoints/China{query}");
        let words = ["import", "m365", &url, "--instance", "china", "--ca", ca.to_str().unwrap()];
        run_with(place.folder(), &words, &environment).done(0).says("office-365-china: ");
        assert_eq!(inspecting.asked(), [format!("GET /endpoints/China{wanted} HTTP/1.1")]);
    }
    // What speaks no TLS.
    let open = Server::raw(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        never_ends();
    });
    let url = format!("https://127.0.0.1:{}", open.port);
    let ran = run_with(place.folder(), &[&words[..], &["--force-check", "--endpoint-url", &url]].concat(), &[]);
    ran.done(2).says("what answers at this port speaks no TLS");
    // A redirect that leaves the encryption is refused.
    let leaving = Server::tls(
        &certificates,
        Box::new(|_, wire| answer(wire, "302 Found", "location: http://127.0.0.1/\r\n", b"")),
    );
    let proxy = Server::proxy(leaving.port);
    let environment = [("HTTPS_PROXY", format!("http://127.0.0.1:{}", proxy.port))];
    let more = ["--ca", ca.to_str().unwrap(), "--force-check", "--allow-http"];
    let ran = run_with(place.folder(), &[&words[..], &more].concat(), &environment);
    ran.done(2).says("answered 302, a redirect to http://127.0.0.1/, which is not encrypted");

    // Files that hold no certificate.
    let key = certificates.key();
    fs::write(place.path("broken.pem"), fs::read_to_string(&ca).unwrap().replacen("MII", "M!!", 1)).unwrap();
    for (file, wanted) in [
        (key.to_str().unwrap(), "this file holds no certificate"),
        ("broken.pem", "a certificate in this file is broken"),
        ("none.pem", "the file cannot be read"),
    ] {
        let ran = run_with(place.folder(), &[&words[..], &["--ca", file]].concat(), &environment);
        ran.done(2).says(wanted).says(&format!("--> {file}")).says("nothing was asked, and nothing written");
    }
}

#[test]
fn an_import_keeps_the_id_it_asked_under() {
    let certificates = Certificates::of("endpoints.office.com");
    let server = Server::tls(&certificates, Box::new(|_, wire| json(wire, LIST)));
    let proxy = Server::proxy(server.port);
    let environment = [("HTTPS_PROXY", format!("http://127.0.0.1:{}", proxy.port))];
    let ca = certificates.ca();
    let place = Place { temp: tempfile::tempdir().unwrap() };
    let url = "https://endpoints.office.com/endpoints/China";
    let words = ["import", "m365", url, "--instance", "china", "--ca", ca.to_str().unwrap()];
    for _ in 0..2 {
        run_with(place.folder(), &words, &environment).done(0);
    }
    let asked = server.asked();
    assert!(asked[0] == asked[1] && asked[0].contains("?clientrequestid="), "{asked:?}");
    let given = "B10C5ED1-BAD1-445F-B386-B919946339A7";
    run_with(place.folder(), &[&words[..], &["--client-request-id", given]].concat(), &environment).done(0);
    assert!(server.asked()[0].contains(&given.to_lowercase()));
    assert_eq!(place.state()["client_request_id"], given.to_lowercase());
}

#[test]
fn lists_are_imported_from_addresses() {
    let place = Place::new();
    let server = Server::new(Box::new(|target, wire| match target {
        "/m365.json" => json(wire, LIST),
        "/tags.json" => answer(wire, "200 OK", "content-type: application/octet-stream\r\n", WEEKLY.as_bytes()),
        _ => answer(wire, "404 Not Found", "", b""),
    }));
    let at = |name: &str| format!("http://127.0.0.1:{}/{name}", server.port);
    let run = |words: &[&str]| run_with(place.folder(), words, &[]);
    run(&["import", "m365", &at("m365.json"), "--instance", "china"]).done(0).says("office-365-china: ");
    run(&["import", "service-tags", &at("tags.json"), "--accept-shrink"]).done(0).says("public: change 900");
    // Nothing but the list decides.
    assert_eq!(fs::read_dir(place.path("catalog")).unwrap().count(), 2);
    // The other list is known, whoever is given it.
    run(&["import", "service-tags", &at("m365.json")])
        .done(2)
        .says("this is a list of Microsoft 365 endpoint sets")
        .says("`pacwright import m365` takes it");
    run(&["import", "m365", &at("tags.json")])
        .done(2)
        .says("this is a list of Azure service tags")
        .says("`pacwright import service-tags` takes it");
    run(&["import", "m365", &at("none.json")])
        .done(2)
        .says(&format!("--> {}\n", at("none.json")))
        .says("nothing was written");
    run(&["import", "m365", "ftp://127.0.0.1/x"]).done(2).says("only https:// and http:// are asked");
    let ran = run(&["import", "m365", "https://me:pass@127.0.0.1/x"]);
    ran.done(2).says("user names and passwords");
    assert!(!ran.stderr.contains("me:pass"), "{}", ran.stderr);
    run(&["import", "m365", "nope", "--format", "json"]).done(2).says("\"file\": \"nope\"\n");
    run(&["import", "m365", "nope"]).done(2).says("--> nope\n");
}

const WEEKLY: &str = r#"{"changeNumber": 900, "cloud": "Public", "values": [
  {"name": "AzureMonitor", "properties": {"changeNumber": 170, "addressPrefixes": ["198.51.100.0/24", "192.0.2.0/28"]}},
  {"name": "Unrelated", "properties": {"changeNumber": 1, "addressPrefixes": ["10.9.0.0/16"]}}]}"#;

#[test]
fn service_tags_come_from_where_they_are_named_and_every_source_is_tried() {
    let place = Place::new();
    fs::write(place.path("weekly.json"), WEEKLY).unwrap();
    let broken = Server::new(Box::new(|_, wire| answer(wire, "500 Internal Server Error", "", b"")));
    // Microsoft 365 fails, and a file is missing; the tags come all the same.
    let ran =
        place.update(&broken, &["--from", "none.json", "--from", "weekly.json", "--accept-shrink", "--format", "json"]);
    let said = ran.done(2).json();
    let fates: Vec<_> = said["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["source"].as_str().unwrap(), s["fate"].as_str().unwrap()))
        .collect();
    assert_eq!(fates, [("m365/china", "failed"), ("none.json", "failed"), ("service-tags/public", "changed")]);
    let codes: Vec<_> = said["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["cannot-fetch", "cannot-read"]);
    assert!(
        said["findings"][0]["at"].get("line").is_none()
            && said["findings"][0]["at"]["file"].as_str().unwrap().starts_with("http://")
    );
    assert!(place.text("catalog/tags/public.txt").contains("change 900"));
    assert_eq!(place.state()["sources"]["service-tags/public"]["version"], "900");

    let server = web_service("2025010100", LIST);
    place.update(&server, &["--from", "weekly.json"]).done(0).says("service-tags/public: unchanged, version 900");
    fs::write(place.path("old.json"), WEEKLY.replace("900", "899")).unwrap();
    place.update(&server, &["--from", "old.json"]).done(2).says("older than the one before: change 899 after 900");
    let newer = WEEKLY.replace("900", "901").replace("192.0.2.0/28", "192.0.2.0/27");
    fs::write(place.path("new.json"), &newer).unwrap();
    let before = place.catalog();
    place
        .update(&server, &["--from", "new.json", "--dry-run"])
        .done(1)
        .says("service-tags/public: would change, version 900 -> 901");
    assert_eq!(place.catalog(), before);
    let ran = place.update(&server, &["--from", "new.json", "--all-tags"]);
    ran.done(0).says("192.0.2.0/27: nothing -> listed").says("Unrelated: nothing -> a tag");
    // What the folder has stays.
    fs::write(place.path("newer.json"), newer.replace("901", "902").replace("10.9.0.0", "10.8.0.0")).unwrap();
    place
        .update(&server, &["--from", "newer.json"])
        .done(0)
        .says("10.8.0.0/16: nothing -> listed")
        .says("10.9.0.0/16: listed -> nothing");
}

#[test]
fn the_lists_that_are_asked_for() {
    let server = || {
        Server::new(Box::new(|target, wire| match target.split('/').nth(1) {
            Some("version") => {
                let name = target.split(['/', '?']).nth(2).unwrap();
                json(wire, &format!(r#"{{"instance": "{name}", "latest": "2025010100"}}"#))
            }
            // In no instance's words.
            _ if target.contains("MEM") => json(wire, &format!("{}{MEM}", LIST.trim_end_matches(']'))),
            _ => json(wire, LIST),
        }))
    };
    let instances = |place: &Place, more: &[&str]| {
        let server = server();
        let url = format!("http://127.0.0.1:{}", server.port);
        let ran = run_with(place.folder(), &[&["update", "--force-check", "--endpoint-url", &url], more].concat(), &[]);
        let asked = server
            .asked()
            .into_iter()
            .filter_map(|line| Some(line.strip_prefix("GET /version/")?.split('?').next()?.to_owned()));
        (asked.collect::<Vec<_>>(), ran)
    };
    // No site, no list: Worldwide, whose list other services of the catalog need whole.
    let place = Place::new();
    let (asked, ran) = instances(&place, &[]);
    assert_eq!((asked, ran.code), (vec!["Worldwide".to_owned()], 2));
    // The cloud of the site.
    let site = |cloud: &str| {
        format!(
            "site: s\ncloud: {cloud}\nroutes: {{w: {{proxies: [\"http://p.example:8080\"]}}}}\ndefault: w\nrules: [{{route: w, hosts: [a.example]}}]\noutputs: [{{target: pac}}]\n"
        )
    };
    fs::write(place.path("site.yaml"), site("china")).unwrap();
    let (asked, ran) = instances(&place, &[]);
    ran.done(0);
    assert_eq!(asked, ["China"]);
    // What the folder has, whatever the site says.
    fs::write(place.path("site.yaml"), site("public")).unwrap();
    assert_eq!(instances(&place, &[]).0, ["China"]);
    assert_eq!(instances(&place, &["--instance", "usgov-dod", "--instance", "china"]).0, ["China", "USGovDoD"]);
    assert_eq!(instances(&place, &[]).0, ["China", "USGovDoD"]);

    let place = Place::new();
    fs::write(place.path("site.yaml"), site("usgov")).unwrap();
    let (asked, ran) = instances(&place, &[]);
    ran.done(2).says("--instance usgov-gcchigh").says("nothing was asked");
    assert_eq!(asked, Vec::<String>::new());
    // A list that people wrote is not asked for.
    fs::write(place.path("site.yaml"), site("china")).unwrap();
    let own = "service: office-365-china\ntitle: t\npurpose: p\nreviewed: 2026-01-01\nsources: {s: s}\ndefaults: {ports: [https], source: s}\nendpoints: [{id: a, dest: a.example}]\n";
    fs::write(place.path("catalog/office-365-china.yaml"), own).unwrap();
    let (asked, ran) = instances(&place, &[]);
    ran.done(0).says("was not written by an import: it is left alone");
    assert_eq!(asked, Vec::<String>::new());

    // Intune, when it is wanted or there.
    let place = Place::new();
    let (_, ran) = instances(&place, &["--instance", "china", "--intune"]);
    ran.done(0).says("catalog/intune-china.yaml written");
    let (_, ran) = instances(&place, &[]);
    ran.done(0).says("m365/china: unchanged");
    let without = Server::new(Box::new(|target, wire| {
        let version = version_of("2025020100");
        json(wire, if target.starts_with("/version/") { &version } else { LIST })
    }));
    let before = place.catalog();
    place.update(&without, &["--force-check"]).done(2).says("the list has no area MEM");
    assert!(without.asked()[1].contains("&ServiceAreas=Common,Exchange,SharePoint,Skype,MEM"));
    assert_eq!(place.catalog(), before);

    // No folder is made.
    let place = Place { temp: tempfile::tempdir().unwrap() };
    let (asked, ran) = instances(&place, &[]);
    ran.done(2).says("there is no catalog folder `catalog`");
    assert!(asked.is_empty() && !place.path("catalog").exists());
}

#[test]
fn services_that_nobody_reviewed_are_named_oldest_first() {
    let place = Place::new();
    let service = |name: &str, reviewed: &str, more: &str| {
        let text = format!(
            "service: {name}\ntitle: t\npurpose: p\nreviewed: {reviewed}\n{more}docs: [https://{name}.example/]\nsources: {{s: s}}\ndefaults: {{ports: [https], source: s}}\nendpoints: [{{id: a, dest: a.example}}]\n"
        );
        fs::write(place.path(&format!("catalog/{name}.yaml")), text).unwrap();
    };
    service("newer", "2026-05-01", "");
    service("older", "2026-01-01", "");
    service("retired", "2020-01-01", "status: retired\nsince: 2021-01-01\n");
    service("fresh", "2026-11-20", "");
    let server = web_service("2025010100", LIST);
    let more = ["--max-age", "180d", "--as-of", "2026-11-25"];
    let ran = place.update(&server, &more);
    ran.done(0).says("reviewed more than 180 days ago:\n  older  2026-01-01 (328 days)  https://older.example/\n  newer  2026-05-01 (208 days)  https://newer.example/\n");
    assert!(!ran.stdout.contains("retired") && !ran.stdout.contains("fresh"), "{}", ran.stdout);
    let said = place.update(&server, &[&more[..], &["--format", "json"]].concat()).done(0).json();
    assert_eq!((&said["review"][0]["service"], &said["review"][0]["days"]), (&"older".into(), &328.into()));
    let ran = place.update(&server, &["-q", "--max-age", "1", "--as-of", "2027-11-25"]);
    assert_eq!((ran.done(0).stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn a_build_follows_when_no_source_failed() {
    let place = Place::new();
    let site = "site: s\ncloud: china\nroutes: {w: {proxies: [\"http://p.example:8080\"]}}\ndefault: w\nrules: [{route: direct, services: [office-365-china]}]\noutputs: [{target: csv}]\n";
    fs::write(place.path("site.yaml"), site).unwrap();
    let broken = Server::new(Box::new(|_, wire| answer(wire, "500 Internal Server Error", "", b"")));
    place.update(&broken, &["--build"]).done(2).says("not built: a source failed");
    assert!(!place.path("out").exists());
    place.update(&web_service("2025010100", LIST), &["--build"]).done(0).says("m365/china: changed");
    assert!(place.text("out/destinations.csv").contains(",a.b.example,"));
    let server = web_service("2025020100", &next_list());
    let said =
        place.update(&server, &["--build", "--out", "other", "--force-check", "--format", "json"]).done(0).json();
    assert_eq!(said["sources"][0]["fate"], "changed");
    assert!(said["build"]["written"].as_array().unwrap().contains(&"destinations.csv".into()), "{said}");
    assert!(place.text("other/destinations.csv").contains("new.b.example"));
    // What the build refuses is a failure, and the catalog is up to date all the same.
    fs::write(place.path("site.yaml"), site.replace("office-365-china", "nothing")).unwrap();
    place.update(&server, &["--build", "--force-check"]).done(2).says("[unknown-service]");
}

#[test]
fn a_state_that_is_none_stops_before_anybody_is_asked() {
    let place = Place::with_list();
    let server = web_service("2025020100", LIST);
    let good = place.text(&format!("catalog/{STATE}"));
    for (text, wanted) in [
        ("{", "this is not what `update` wrote"),
        (&good.replace("\"pacwright_update\": 1", "\"pacwright_update\": 9"), "its form is 9"),
        (&good.replace("\"client_request_id\": \"", "\"client_request_id\": \"x&y="), "expected a GUID"),
    ] {
        fs::write(place.path(&format!("catalog/{STATE}")), text).unwrap();
        place.update(&server, &["--force-check"]).done(2).says("[bad-state]").says(wanted).says("remove it");
        assert_eq!(server.asked(), Vec::<String>::new());
    }
    // The catalog does not mind what lies there.
    run_with(place.folder(), &["list", "services", "--catalog", "catalog"], &[]).done(0);
}

/// Whole answers are not part of the repository. Where a folder `shared` lies beside it, they are served and fetched.
#[test]
fn real_answers() {
    let shared = common::root().join("../shared/data");
    let read = |name: &str| fs::read_to_string(shared.join(name)).ok();
    let lists = ["m365/worldwide-2024-04.json", "m365/worldwide-2025-12.json"].map(read);
    let here = lists.iter().flatten().count();
    println!("{here} of 2 real answers are here");
    let [Some(old), Some(new)] = lists else { return };
    let place = Place::new();
    for (version, list) in [("2024042900", old), ("2025112800", new)] {
        let answer = format!(r#"[{{"instance": "Worldwide", "latest": "{version}"}}]"#);
        let server = Server::new(Box::new(move |target, wire| {
            json(wire, if target.starts_with("/version/") { &answer } else { &list })
        }));
        let url = format!("http://127.0.0.1:{}", server.port);
        let ran = run_with(place.folder(), &["update", "--force-check", "--endpoint-url", &url], &[]);
        ran.done(0).says("m365/worldwide: changed").says(version).says("catalog/office-365.yaml written");
    }
    assert!(place.text("catalog/office-365.yaml").lines().count() > 400);
}
