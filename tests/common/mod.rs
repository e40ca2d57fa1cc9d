//! What the integration tests share: sites, the naive oracle over them, witnesses, and the engines that are asked.

pub mod chromium;
pub mod nft;
pub mod oracle;
pub mod pac;
pub mod proxy;
pub mod recorder;
pub mod web;
pub mod witness;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pacwright::catalog::Via;
use pacwright::diag::{Report, Severity, text};
use pacwright::pipeline::{self, Artifact, Built, Input, Paths};
use pacwright::resolve::{Leads, Plan};
use pacwright::site::{RouteId, ZoneId};
use pacwright::source::Files;

use oracle::{Fact, Oracle};

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A folder that other users can read, as Squid is one; it goes when it is dropped.
pub fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).expect("chmod");
    folder
}

/// Runs the program in a folder: its exit code, what it prints, and what it says.
pub fn pacwright(folder: &Path, words: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pacwright"));
    let output = command.current_dir(folder).args(words).output().expect("pacwright");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// Copies tests/sites/everything.yaml and its lists into a folder; its Squid output will lie in `install_dir`.
pub fn everything(folder: &Path, install_dir: &Path) -> PathBuf {
    let from = root().join("tests/sites");
    let text = std::fs::read_to_string(from.join("everything.yaml")).expect("tests/sites/everything.yaml");
    assert!(text.contains("/INSTALL_DIR"), "everything.yaml names no /INSTALL_DIR");
    let site = folder.join("everything.yaml");
    std::fs::write(&site, text.replace("/INSTALL_DIR", &install_dir.display().to_string())).expect("the site");
    std::fs::create_dir(folder.join("everything")).expect("the folder of the lists");
    for entry in std::fs::read_dir(from.join("everything")).expect("tests/sites/everything") {
        let path = entry.expect("a list").path();
        std::fs::copy(&path, folder.join("everything").join(path.file_name().expect("a name"))).expect("a copy");
    }
    site
}

/// Loads a site with the embedded catalog.
pub fn load(site: &Path) -> (Input, Report) {
    let mut report = Report::default();
    let input = pipeline::load(&Paths { site: site.to_path_buf(), catalog: None }, &mut report);
    match input {
        Some(input) if !report.sink.has_errors() => (input, report),
        _ => panic!("{} does not load:\n{}", site.display(), errors(report)),
    }
}

/// Runs every stage.
pub fn run<'a>(input: &'a Input, report: &mut Report) -> Built<'a> {
    let built = pipeline::run(input, report);
    if report.sink.has_errors() {
        panic!("the site does not build:\n{}", errors(std::mem::take(report)));
    }
    built
}

fn errors(report: Report) -> String {
    let found = report.sink.into_sorted();
    let found: Vec<_> = found.into_iter().filter(|d| d.severity() == Severity::Error).collect();
    found.iter().map(|d| text::render(d, &report.files, false)).collect::<Vec<_>>().join("\n")
}

/// Writes the artifacts of the outputs of a target below a folder.
pub fn write(artifacts: &[Artifact], folder: &Path) {
    for artifact in artifacts {
        let path = folder.join(&artifact.path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder of an artifact");
        std::fs::write(&path, &artifact.bytes).expect("an artifact");
    }
}

/// One oracle a zone, from what people wrote.
pub fn oracles(plan: &Plan, files: &Files) -> Vec<Oracle> {
    plan.site.zone_ids().map(|zone| oracle_of(plan, files, zone)).collect()
}

fn oracle_of(plan: &Plan, files: &Files, zone: ZoneId) -> Oracle {
    let site = plan.site;
    let mut facts = Vec::new();
    for (at, rule) in site.rules.iter().enumerate() {
        let fact = |text: String, ports: String, route: RouteId, from: String, no_auth: bool| Fact {
            text,
            ports,
            route: site.route(route).name.clone(),
            is_final: rule.is_final,
            from,
            no_auth,
        };
        for item in &plan.items {
            let placed = item.placed.iter().find(|p| p.zone == zone && p.rule == at && !p.wrong_vantage);
            let (Some(placed), Via::Proxy, Leads::To(_)) = (placed, item.endpoint.via, &item.leads) else { continue };
            // As the catalog writes it, with the parameters put in by hand.
            let mut text = item.endpoint.what.template().text.value.clone();
            for (name, value) in &item.params {
                text = text.replace(&format!("${{{name}}}"), value);
            }
            let ports = item.endpoint.ports.to_string();
            facts.push(fact(text, ports, placed.route, item.key(), item.endpoint.no_auth));
        }
        if rule.zones.contains(&zone) {
            for line in &rule.hosts {
                let text = files.text(line.span).trim_matches(['"', '\'']).to_owned();
                facts.push(fact(text, rule.ports.to_string(), rule.route, files.place(line.span), false));
            }
        }
    }
    let zone = site.zone(zone);
    Oracle::new(zone.label(), &site.route(zone.default).name, facts)
}

/// Runs a program with a text on its standard input and gives what it says; a missing program is a failure.
pub fn pipe(mut command: Command, input: &str) -> Output {
    use std::io::Write as _;
    use std::process::Stdio;
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("`{name}` does not run: {error}; see tests/run"));
    let mut stdin = child.stdin.take().expect("stdin");
    let input = input.to_owned();
    // In a thread of its own: a program that answers before it has read all would block both sides.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("the output of a program");
    let _ = writer.join();
    output
}

/// Runs a script of tests/node with a JSON value and gives its JSON answer.
pub fn node(script: &str, input: &serde_json::Value) -> serde_json::Value {
    let mut command = Command::new("node");
    command.arg(root().join("tests/node").join(script));
    let output = pipe(command, &input.to_string());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tests/node/{script} failed ({}):\n{said}", output.status);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("tests/node/{script}: {error}\n{said}"))
}
