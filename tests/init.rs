//! `init`: by flags, and by its questions on a terminal; the site it writes builds at once.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn pacwright(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pacwright")).current_dir(folder).args(args).output().unwrap()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn builds(folder: &Path, site: &str, files: &[&str]) {
    let check = pacwright(folder, &["check", "-c", site]);
    assert_eq!(check.status.code(), Some(0), "{}", words(&check));
    let build = pacwright(folder, &["build", "-c", site]);
    assert_eq!(build.status.code(), Some(0), "{}", words(&build));
    for file in files {
        assert!(folder.join("out").join(file).exists(), "{file} was not built");
    }
}

#[test]
fn flags_make_a_site_that_builds() {
    let folder = tempfile::tempdir().unwrap();
    let made = pacwright(
        folder.path(),
        &[
            "init",
            "--site",
            "hq",
            "--proxy",
            "http://a.example:8080",
            "--proxy",
            "http://b.example:8080",
            "--proxy",
            "cloud=http://c.example:3128",
            "--zone",
            "hq=10.1.0.0/16,10.2.0.0/16@on-prem",
            "--zone",
            "vm=10.9.0.0/16@azure",
            "--service",
            "office-365",
            "--service",
            "azure-monitor-agent",
            "--service",
            "certificate-validation",
            "--target",
            "pac",
            "--target",
            "squid",
            "--target",
            "firewall",
        ],
    );
    assert!(made.status.success(), "{}", words(&made));
    builds(
        folder.path(),
        "site.yaml",
        &["proxy-hq.pac", "proxy-vm.pac", "squid/pacwright.conf", "firewall/firewall.csv"],
    );
    let pac = std::fs::read_to_string(folder.path().join("out/proxy-hq.pac")).unwrap();
    assert!(pac.contains("PROXY a.example:8080; PROXY b.example:8080"));
}

#[test]
fn every_service_alone_makes_a_site_that_builds() {
    let listed = pacwright(Path::new("."), &["list", "services", "--format", "json"]);
    let services: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    for service in services.as_array().unwrap() {
        let id = service["id"].as_str().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let made = pacwright(folder.path(), &["init", "--proxy", "http://p.example:8080", "--service", id]);
        assert!(made.status.success(), "{id}: {}", words(&made));
        builds(folder.path(), "site.yaml", &["proxy.pac"]);
    }
}

#[test]
fn nothing_is_overwritten_and_all_mistakes_come_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("site.yaml"), "mine").unwrap();
    let kept = pacwright(folder.path(), &["init", "--proxy", "http://p.example:1", "--service", "office-365"]);
    assert_eq!(kept.status.code(), Some(2));
    assert!(words(&kept).contains("exists and is not overwritten"));
    assert_eq!(std::fs::read_to_string(folder.path().join("site.yaml")).unwrap(), "mine");
    let wrong = pacwright(
        folder.path(),
        &[
            "init",
            "-c",
            "new.yaml",
            "--proxy",
            "p:8080",
            "--service",
            "ofice-365",
            "--zone",
            "x",
            "--target",
            "nft",
            "--site",
            "a b",
        ],
    );
    assert_eq!(wrong.status.code(), Some(2));
    for part in ["has no scheme", "did you mean `office-365`?", "is no zone", "no target `nft`", "`a b` is no name"] {
        assert!(words(&wrong).contains(part), "{part}: {}", words(&wrong));
    }
    assert!(!folder.path().join("new.yaml").exists());
}

/// Answers the questions through a pseudo-terminal: `script` (of bsdutils, which every Debian has) provides it.
#[test]
fn questions_on_a_terminal_make_a_site_that_builds() {
    let folder = tempfile::tempdir().unwrap();
    let command = format!("{} init -c asked.yaml", env!("CARGO_BIN_EXE_pacwright"));
    let mut child = Command::new("script")
        .current_dir(folder.path())
        .args(["-qefc", &command, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("`script` of bsdutils is needed for this test");
    // A wrong answer at each place where one is possible; the question comes again.
    let answers = [
        "branch office",
        "branch",
        "proxy",
        "http://p.example:8080",
        "",
        "north",
        "north=10.1.0.0/16@on-prem",
        "",
        "no-such-word",
        "linux",
        "ubuntu-on-azure office-365",
        "",
        "squid 9",
        "1 squid",
    ];
    let mut input = child.stdin.take().unwrap();
    for answer in answers {
        writeln!(input, "{answer}").unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    let seen = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{seen}");
    for part in
        ["make a name", "has no scheme", "is no zone", "nothing is like", "rhui", "is none of them", "wrote asked.yaml"]
    {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    // With several zones a PAC carries the zone's name; with one it does not.
    builds(folder.path(), "asked.yaml", &["proxy.pac", "squid/pacwright.conf"]);
    let site = std::fs::read_to_string(folder.path().join("asked.yaml")).unwrap();
    assert!(site.contains("services: [certificate-validation]"), "what the chosen services need is added: {site}");
}

#[test]
fn an_input_that_ends_is_an_error_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_pacwright"))
        .current_dir(folder.path())
        .args(["init"])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert!(!folder.path().join("site.yaml").exists());
}
