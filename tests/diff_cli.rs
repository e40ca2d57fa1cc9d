//! `diff` as people use it: what it takes, what it says, and that what it says is so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common;
use crate::common::pacwright;
use serde_json::{Value, json as value};

fn diff(folder: &Path, old: &str, new: &str, more: &[&str]) -> (i32, String) {
    let (code, said, words) = pacwright(folder, &[&["diff", old, new][..], more].concat());
    assert!(code < 2, "{old} {new}: {words}");
    (code, said)
}

fn json(folder: &Path, old: &str, new: &str) -> Value {
    serde_json::from_str(&diff(folder, old, new, &["--format", "json"]).1).unwrap()
}

const SITE: &str = r#"
site: small
zones: {hq: {sources: [10.1.0.0/16], default: web}, lab: {sources: [10.2.0.0/16], default: web}}
routes: {web: {proxies: ["http://web.example:8080"]}, cloud: {proxies: ["http://cloud.example:8080"]}}
rules:
  - {route: direct, hosts: [plain, .inside.example, 10.0.0.0/8]}
  - {route: cloud, hosts: ["*.wild.example", "*cdn.star.example"], ports: [https]}
  - {route: cloud, services: [{windows-activation: {groups: [online-activation]}}]}
  - {route: cloud, services: [{defender-for-endpoint: {groups: [tags]}}], ids: [tag-mde]}
outputs: [{target: pac}, {target: squid, routes: [cloud]}, {target: zscaler, routes: [cloud]}, {target: csv}, {target: firewall}]
"#;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = common::folder();
    files.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).unwrap());
    folder
}

#[test]
fn spelling_and_order_are_no_difference() {
    let other = SITE
        .replace("[plain, .inside.example, 10.0.0.0/8]", "[10.128.0.0/9, 10.0.0.0/9, .INSIDE.example, plain]")
        .replace(
            "\"*.wild.example\", \"*cdn.star.example\"",
            "\"*CDN.star.example\", \"*.wild.example.\", a.wild.example",
        )
        .replace("ports: [https]", "ports: [tcp/443]");
    let folder = folder(&[("a.yaml", SITE), ("b.yaml", &other)]);
    assert_eq!(diff(folder.path(), "a.yaml", "b.yaml", &[]), (0, "a.yaml and b.yaml: same decisions\n".to_owned()));
    // What lies on the disk is compared as what it says.
    let (code, _, words) = pacwright(folder.path(), &["build", "-c", "a.yaml", "-q"]);
    assert_eq!(code, 0, "{words}");
    assert_eq!(diff(folder.path(), "out", "b.yaml", &[]).0, 0);
    assert_eq!(diff(folder.path(), "out/squid/pacwright.conf", "out", &[]).0, 0, "one output, and the same of all");
    assert_eq!(diff(folder.path(), "out/proxy-hq.pac", "out/proxy-hq.pac", &[]).0, 0);
}

#[test]
fn a_change_is_said_where_it_is() {
    let other = SITE.replace("rules:\n", "rules:\n  - {route: direct, hosts: [x.wild.example], zones: [lab]}\n");
    let folder = folder(&[("a.yaml", SITE), ("b.yaml", &other)]);
    let said = json(folder.path(), "a.yaml", "b.yaml");
    let parts: BTreeMap<&str, &Value> = said["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| (part["name"].as_str().unwrap(), &part["differences"]))
        .collect();
    assert_eq!(parts["proxy-hq.pac (hq)"], &Value::Array(Vec::new()), "{said:#}");
    let pac = &parts["proxy-lab.pac (lab)"][0];
    assert_eq!(pac["what"], "x.wild.example");
    assert_eq!(pac["changes"][0]["before"], "PROXY web.example:8080");
    assert_eq!(pac["changes"][0]["after"], "DIRECT");
    assert_eq!(pac["changes"][1]["before"], "PROXY cloud.example:8080");
    assert_eq!(pac["changes"][1]["ports"], "tcp/443");
    assert_eq!(pac["witness"], "x.wild.example:443");
    assert_eq!(pac["after_by"][0], "rule 1");
    assert_eq!(parts["squid (lab)"][0]["changes"][0]["after"], "refused");
    assert_eq!(parts["firewall, opened by (lab)"][0]["changes"][0]["after"], "clients");
}

/// What a browser would do, by `eval`.
fn route(folder: &Path, pac: &str, url: &str) -> String {
    let (_, said, _) = pacwright(folder, &["eval", pac, url]);
    said.trim_end().rsplit('\t').next().unwrap().to_owned()
}

const STRANGER: &str = r#"
function FindProxyForURL(url, host) {
  // "commented.example" is nobody
  host = host.toLowerCase();
  if (isPlainHostName(host) || dnsDomainIs(host, ".corp.example")) return "DIRECT";
  if (isInNet(host, "10.0.0.0", "255.0.0.0") || shExpMatch(host, "192.168.*")) return "DIRECT";
  if (shExpMatch(host, "*.cloud.example") || host == 'one.example') { return 'PROXY a.example:80;DIRECT'; }
  if (/(^|\.)regex\.example$/.test(host)) return "PROXY r.example:1";
  if (shExpMatch(host, "*endswith.example")) return "PROXY e.example:1";
  if (url.substring(0, 5) == "http:") return "PROXY plain.example:8080";
  return "PROXY a.example:80";
}
"#;

#[test]
fn strangers_scripts_are_asked_about_what_they_mention() {
    // The same in other words, but for one thing each.
    let same = STRANGER.replace("\"DIRECT\"", "'direct ;'").replace("PROXY a.example:80\"", "proxy  a.example\"");
    let changes = [
        (
            "dnsDomainIs(host, \".corp.example\")",
            "dnsDomainIs(host, \".corporate.example\")",
            vec!["*.corp.example", "*.corporate.example"],
        ),
        ("255.0.0.0", "255.128.0.0", vec!["10.128.0.0/9"]),
        (
            "\"192.168.*\"",
            "\"192.169.*\"",
            vec![
                "192.168.0.0/16",
                "192.169.0.0/16",
                "`192.168.x.example`, a name that begins with `192.168.`",
                "`192.169.x.example`, a name that begins with `192.169.`",
            ],
        ),
        ("'one.example'", "'two.example'", vec!["one.example", "two.example"]),
        ("a.example:80;DIRECT", "a.example:80", vec!["*.cloud.example", "one.example"]),
        ("(^|\\.)regex", "(^|\\.)ragex", vec![".ragex.example", ".regex.example"]),
        (
            "*endswith.example",
            "*.endswith.example",
            vec![
                "endswith.example",
                "`xendswith.example`, a name that ends in `endswith.example` without a dot before it",
            ],
        ),
        ("plain.example:8080", "plain.example:8081", vec!["all that was `PROXY plain.example:8080`"]),
    ];
    let folder = folder(&[("a.pac", STRANGER), ("same.pac", &same)]);
    assert_eq!(
        diff(folder.path(), "a.pac", "same.pac", &[]).0,
        0,
        "{}",
        diff(folder.path(), "a.pac", "same.pac", &[]).1
    );
    for (old, new, expected) in changes {
        let text = STRANGER.replace(old, new);
        assert_ne!(text, STRANGER, "{old}");
        fs::write(folder.path().join("b.pac"), text).unwrap();
        let said = json(folder.path(), "a.pac", "b.pac");
        let lines = said["parts"][0]["differences"].as_array().unwrap();
        let what: BTreeSet<&str> = lines.iter().map(|line| line["what"].as_str().unwrap()).collect();
        let most = expected.iter().copied().collect::<BTreeSet<_>>();
        assert!(
            !what.is_empty()
                && what.iter().all(|what| {
                    most.contains(what) || what.contains("`, which `") || expected[0].starts_with("all")
                }),
            "{old}: {said:#}"
        );
        // Each witness shows what the line says.
        for line in lines {
            let witness = line["witness"].as_str().unwrap();
            let (host, port) = witness.rsplit_once(':').unwrap_or((witness, ""));
            let url = match port {
                "80" => format!("http://{host}/"),
                "443" => format!("https://{host}/"),
                _ => continue,
            };
            let (before, after) = (route(folder.path(), "a.pac", &url), route(folder.path(), "b.pac", &url));
            assert_ne!(before, after, "{old}: {url}");
        }
    }
}

/// A script that decides by `test`, and one that always goes direct.
fn against_direct(test: &str) -> (i32, Value) {
    let direct = "function FindProxyForURL(url, host) { return 'DIRECT'; }";
    let script = format!("function FindProxyForURL(url, host) {{ {test} return 'DIRECT'; }}");
    let folder = folder(&[("old.pac", direct), ("new.pac", &script)]);
    let (code, _, _) = pacwright(folder.path(), &["diff", "old.pac", "new.pac"]);
    (code, json(folder.path(), "old.pac", "new.pac"))
}

#[test]
fn what_no_host_can_show_of_a_script_is_noted() {
    let there = "return 'PROXY p.example:1';";
    for (test, note) in [
        ("if (host.substring(0, 4) == 'www.')", "looks at pieces of names (substring)"),
        ("if (/^srv[0-9]+\\./.test(host))", "regular expressions"),
        ("if (host.indexOf('tracker') == 3)", "indexOf"),
        ("if (url.length > 40)", "looks at the URL"),
        ("if (myIpAddress() == '10.1.2.3')", "the client's own address"),
        ("if (weekdayRange('SAT'))", "looks at the clock"),
        ("if (isResolvable(host))", "asks for the addresses of names"),
        ("var d = '.example'; if (host == 'late' + d)", "joins texts"),
        ("if (host == ['late', 'example'].join('.'))", "puts texts together"),
    ] {
        let (_, said) = against_direct(&format!("{test} {there}"));
        assert!(said["notes"].to_string().contains(note), "{test}: {said:#}");
    }
    let (code, said) = against_direct(&format!("if (host == 'a.' + 'b' + '.example') {there}"));
    assert_eq!(
        (code, &said["notes"], &said["parts"][0]["differences"][0]["what"]),
        (1, &value!([]), &value!("a.b.example"))
    );
    let (code, said) = against_direct("if (dnsDomainIs(host, '.inside.example')) return 'DIRECT ; ';");
    assert!(code == 0 && said["notes"] == value!([]) && said["hosts_asked"].as_u64().unwrap() > 5, "{said:#}");
}

#[test]
fn no_line_claims_a_domain_for_one_host_of_it() {
    // Only names that begin with `www.`, as people write it who have never seen another name.
    let (code, said) = against_direct(
        "if (dnsDomainIs(host, '.shop.example') && host.substring(0, 4) == 'www.') return 'PROXY p.example:1';",
    );
    let lines = said["parts"][0]["differences"].as_array().unwrap();
    let what: Vec<&str> = lines.iter().map(|line| line["what"].as_str().unwrap()).collect();
    assert_eq!((code, what), (1, vec!["www.shop.example"]), "{said:#}");
    assert!(said["notes"].to_string().contains("*.shop.example"), "{said:#}");
    // And the other way round: all but those.
    let (code, said) = against_direct(
        "if (dnsDomainIs(host, '.shop.example') && host.substring(0, 4) != 'www.') return 'PROXY p.example:1';",
    );
    let lines = said["parts"][0]["differences"].as_array().unwrap();
    assert!(code == 1 && !lines.is_empty(), "{said:#}");
    assert!(lines.iter().all(|line| !line["what"].as_str().unwrap().starts_with('*')), "{said:#}");
}

/// What a site with some rules says otherwise than one with others.
fn of_rules(old: &str, new: &str) -> (i32, Vec<(String, String)>) {
    let site = |rules: &str| {
        format!(
            "site: t\nroutes: {{web: {{proxies: [\"http://w.example:1\"]}}, cloud: {{proxies: [\"http://c.example:2\"]}}}}\n\
             default: web\nrules: [{rules}]\noutputs: [{{target: pac}}]\n"
        )
    };
    let folder = folder(&[("old.yaml", &site(old)), ("new.yaml", &site(new))]);
    let (code, _, _) = pacwright(folder.path(), &["diff", "old.yaml", "new.yaml"]);
    let said = json(folder.path(), "old.yaml", "new.yaml");
    let lines = said["parts"][0]["differences"].as_array().unwrap().iter();
    let words = |line: &Value| (line["what"].as_str().unwrap().to_owned(), line["except"].to_string());
    (code, lines.map(words).collect())
}

/// A star before what another rule names: the shortest name that it matches is taken, and longer ones are asked about.
#[test]
fn stars_beside_names_that_they_match() {
    for (star, names) in [
        ("*foo.x", "foo.x"),
        ("*cdn.vendor.example", ".cdn.vendor.example"),
        ("foo*bar.x", "foobar.x, foo-bar.x"),
        ("*-kv.x", "a-kv.x, b-kv.x"),
        ("*cdn.vendor.example", "cdn.vendor.example, acdn.vendor.example, ccdn.vendor.example, xcdn.vendor.example"),
    ] {
        let rules = |route: &str| format!("{{route: {route}, hosts: [\"{star}\"]}}, {{route: web, hosts: [{names}]}}");
        let (code, lines) = of_rules(&rules("direct"), &rules("cloud"));
        let what: Vec<&str> = lines.iter().map(|(what, _)| what.as_str()).collect();
        let told = what == [star] || what == ["all that was `DIRECT`"];
        assert!(code == 1 && told, "{star} beside {names}: {lines:?}");
    }
    let first = "{route: cloud, hosts: [\"*cdn.v.example\"]}, {route: direct, hosts: [cdn.v.example]}";
    let (_, lines) = of_rules(first, &format!("{first}, {{route: block, hosts: [\"*.v.example\"]}}"));
    assert_eq!(lines, [("*.v.example".to_owned(), "[\"*cdn.v.example\"]".to_owned())]);
}

/// `ports: web` and `ignore` move where answers change.
#[test]
fn ports_that_a_file_widens_are_told_as_they_are() {
    let site = |ports: &str, mode: &str| {
        format!(
            "site: t\nroutes: {{web: {{proxies: [\"http://w.example:1\"]}}, cloud: {{proxies: [\"http://c.example:2\"]}}}}\n\
             default: web\nrules: [{{route: cloud, hosts: [.a.example], ports: [{ports}]}}]\noutputs: [{{target: pac, ports: {mode}}}]\n"
        )
    };
    for (old, new, expected) in [
        (("https", "strict"), ("https", "web"), "tcp/80"),
        (("http", "strict"), ("http", "web"), "tcp/443"),
        (("https", "web"), ("tcp/1-442", "web"), "tcp/1-79 tcp/81-442"),
        (("https", "strict"), ("https", "ignore"), "tcp/1-442 tcp/444-65535 other-schemes"),
    ] {
        let folder = folder(&[("old.yaml", &site(old.0, old.1)), ("new.yaml", &site(new.0, new.1))]);
        let said = json(folder.path(), "old.yaml", "new.yaml");
        let ports = &said["parts"][0]["differences"][0]["changes"][0]["ports"];
        assert_eq!(ports, expected, "{old:?} {new:?}: {said:#}");
    }
}

/// What the patterns of a stranger's script match beyond labels, and what its texts hold otherwise written.
#[test]
fn patterns_of_strangers_are_asked_about_as_they_are() {
    for test in [
        "shExpMatch(host, '*.lan')",
        "shExpMatch(host, 'autodiscover.*')",
        "shExpMatch(host, '*.google.*')",
        "shExpMatch(host, 'app?.svc.example')",
        "shExpMatch(host, 'srv*.dc?.corp.example')",
        "shExpMatch(host, 'srv??')",
        "host == '\\x63rm.vendor.example'",
        "host == '\\u0063rm.vendor.example'",
        "url.indexOf(':8443') > 0",
        "shExpMatch(url, 'http*://a.example:8443/*')",
        "localHostOrDomainIs(host, 'www.a.example') && host == 'www'",
    ] {
        let (code, said) = against_direct(&format!("if ({test}) return 'PROXY p.example:1';"));
        assert_eq!(code, 1, "{test}: {said:#}");
    }
    // A star crosses dots, and says so by a host that shows it.
    let (_, said) = against_direct("if (shExpMatch(host, 'ab*.c.d')) return 'PROXY p.example:1';");
    let lines = said["parts"][0]["differences"].as_array().unwrap();
    assert!(lines.iter().any(|line| line["what"].as_str().unwrap().contains("abx.y.c.d")), "{said:#}");
    let (_, said) = against_direct("if (convert_addr(host) >= 167772160) return 'PROXY p.example:1';");
    assert!(said["notes"].to_string().contains("convert_addr"), "{said:#}");
    let (_, said) =
        against_direct("for (var i = 0; i < 9; i++) if (host == `web${i}.example`) return 'PROXY p.example:1';");
    assert!(said["notes"].to_string().contains("joins texts"), "{said:#}");
}

/// What a site names outside its folder is taken from the same revision.
#[test]
fn a_site_of_a_revision_finds_what_it_includes() {
    let folder = folder(&[]);
    let path = folder.path();
    let write = |name: &str, text: &str| {
        let file = path.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    write("shared/routes.yaml", "routes: {web: {proxies: [\"http://w.example:1\"]}}\n");
    write("lists/names.txt", "a.example\n");
    write(
        "sub/site.yaml",
        "site: t\ninclude: [../shared/routes.yaml]\ndefault: direct\n\
         rules: [{route: web, hosts_file: ../lists/names.txt}]\noutputs: [{target: pac}]\n",
    );
    let git = |words: &[&str]| {
        let command = ["-c", "user.name=t", "-c", "user.email=t@t.example"];
        assert!(Command::new("git").current_dir(path).args(command).args(words).output().unwrap().status.success());
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "one"]);
    let (code, _, words) = pacwright(path, &["diff", "HEAD:sub/site.yaml", "sub/site.yaml"]);
    assert_eq!(code, 0, "{words}");
    write("lists/names.txt", "a.example\nb.example\n");
    let (code, said) = diff(path, "HEAD:sub/site.yaml", "sub/site.yaml", &[]);
    assert!(code == 1 && said.contains("b.example"), "{said}");
}

/// Of an endpoint that has other ports, the ports that it keeps are no difference.
#[test]
fn ports_of_a_catalog_are_told_where_they_change() {
    let service = |ports: &str| {
        format!(
            "service: own\ntitle: {{en: Own}}\npurpose: {{en: Licences}}\nreviewed: 2026-11-01\n\
             sources: {{a: \"https://learn.microsoft.com/a\"}}\nendpoints:\n  - {{id: license, dest: license.example.com, ports: [{ports}], source: a}}\n"
        )
    };
    let folder = folder(&[]);
    for (name, ports) in [("old", "tcp/5093"), ("new", "tcp/5093, tcp/5094")] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("own.yaml"), service(ports)).unwrap();
    }
    let (code, said, words) = pacwright(folder.path(), &["diff", "old", "new"]);
    assert_eq!(code, 1, "{said}{words}");
    assert!(said.contains("license.example.com [tcp/5094]: nothing -> "), "{said}");
    assert!(said.contains("0 endpoints new, 0 endpoints gone, 1 endpoints changed"), "{said}");
}

/// Beside the catalog inside the program, a folder is what a build lays over it.
#[test]
fn what_an_overlay_changes() {
    let kms = fs::read_to_string(common::root().join("catalog/windows-activation.yaml")).unwrap();
    let own = "service: own\ntitle: Own\npurpose: Own\nreviewed: 2026-11-01\nsources: {s: S}\n\
               endpoints: [{id: own, dest: own.example, ports: [https], source: s}]\n";
    let folder = folder(&[]);
    fs::create_dir(folder.path().join("over")).unwrap();
    fs::write(folder.path().join("over/windows-activation.yaml"), kms).unwrap();
    let (code, said, words) = pacwright(folder.path(), &["diff", "embedded", "over"]);
    assert_eq!(code, 0, "{said}{words}");
    fs::write(folder.path().join("over/own.yaml"), own).unwrap();
    for (old, new, changed) in [("embedded", "over", "new"), ("over/own.yaml", "embedded", "gone")] {
        let said = json(folder.path(), old, new);
        assert_eq!(said["parts"].as_array().map(Vec::len), Some(1), "{said:#}");
        assert_eq!(said["counts"][format!("endpoints_{changed}")], 1, "{said:#}");
    }
}

#[test]
fn scripts_that_fail_are_named() {
    let (code, said) = against_direct("throw 'no';");
    assert!(code == 1 && said["notes"].to_string().contains("the new PAC file fails at"), "{said:#}");
    let throws = "function FindProxyForURL(url, host) { throw 'no'; }";
    let folder = folder(&[("a.pac", throws), ("b.pac", throws), ("c.pac", "function FindProxyForURL(url, host) {")]);
    let (code, said) = diff(folder.path(), "a.pac", "b.pac", &[]);
    assert!(
        code == 0 && said.contains("the old PAC file fails at") && said.contains("the new PAC file fails at"),
        "{said}"
    );
    let (code, _, said) = pacwright(folder.path(), &["diff", "a.pac", "c.pac"]);
    assert!(code == 2 && said.contains("the new PAC file: "), "{said}");
}

#[test]
fn a_strangers_script_against_a_site() {
    let script = r#"function FindProxyForURL(url, host) {
      if (isPlainHostName(host) || dnsDomainIs(host, ".inside.example") || host == "inside.example") return "DIRECT";
      if (shExpMatch(host, "10.*")) return "DIRECT";
      return "PROXY web.example:8080";
    }"#;
    let site = "site: s\nroutes: {web: {proxies: [\"http://web.example:8080\"]}}\ndefault: web\n\
        rules: [{route: direct, hosts: [plain, .inside.example, 10.0.0.0/8]}]\noutputs: [{target: pac}]\n";
    let folder = folder(&[
        ("a.pac", script),
        ("site.yaml", site),
        ("more.yaml", &site.replace(".inside.example", ".inside.example, new.example")),
    ]);
    assert_eq!(
        diff(folder.path(), "a.pac", "site.yaml", &[]).0,
        1,
        "shExpMatch takes a name that begins with `10.`, a site does not"
    );
    let said = json(folder.path(), "a.pac", "more.yaml");
    let what: Vec<&str> =
        said["parts"][0]["differences"].as_array().unwrap().iter().map(|line| line["what"].as_str().unwrap()).collect();
    assert!(what.contains(&"new.example"), "{said:#}");
    // Several PAC files: one has to be named.
    fs::write(folder.path().join("zones.yaml"), SITE).unwrap();
    let (code, _, words) = pacwright(folder.path(), &["diff", "a.pac", "zones.yaml"]);
    assert!(code == 2 && words.contains("proxy-hq.pac, proxy-lab.pac"), "{words}");
}

#[test]
fn hostile_scripts_end() {
    let loops = "function FindProxyForURL(u, h) { while (true) {} }";
    let throws = "function FindProxyForURL(u, h) { if (h == 'a.b.example') throw 'x'; return 'DIRECT'; }";
    let words = "function FindProxyForURL(u, h) { return 'DIRECT\\u001b[2J\\nPROXY x'; }";
    let fine = "function FindProxyForURL(u, h) { return 'DIRECT'; }";
    let folder = folder(&[("loops.pac", loops), ("throws.pac", throws), ("words.pac", words), ("fine.pac", fine)]);
    let (code, _, said) = pacwright(folder.path(), &["diff", "fine.pac", "loops.pac"]);
    assert!(code == 2 && said.contains("no answer within"), "{said}");
    let (code, said) = diff(folder.path(), "fine.pac", "throws.pac", &[]);
    assert!(code == 1 && said.contains("a.b.example") && said.contains("an error"), "{said}");
    let (_, said) = diff(folder.path(), "fine.pac", "words.pac", &[]);
    assert!(!said.contains('\u{1b}') && said.contains("not understood"), "{said}");
}

#[test]
fn edited_files_are_compared_as_they_are() {
    let folder = folder(&[("site.yaml", SITE)]);
    let build = |out: &str| assert_eq!(pacwright(folder.path(), &["build", "-q", "-o", out]).0, 0);
    build("a");
    build("b");
    let list = fs::read_dir(folder.path().join("b/squid")).unwrap().map(|entry| entry.unwrap().path());
    let list: Vec<PathBuf> = list.filter(|path| path.to_string_lossy().contains("below")).collect();
    let text = fs::read_to_string(&list[0]).unwrap().replace(".wild.example", ".wilder.example");
    fs::write(&list[0], text).unwrap();
    let said = json(folder.path(), "a", "b");
    assert!(said["notes"].to_string().contains("is not as it was written"), "{said:#}");
    let squid = said["parts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|part| part["name"].as_str().unwrap().starts_with("squid"))
        .unwrap();
    assert!(squid["differences"].to_string().contains("wilder.example"), "{said:#}");
}

/// A repository with what a folder holds.
fn git(folder: &Path, words: &[&str]) {
    let mut git = Command::new("git");
    git.current_dir(folder).args(["-c", "user.name=x", "-c", "user.email=x@x.example", "-c", "commit.gpgsign=false"]);
    let output = git.args(words).output().expect("git, which the tests need");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn revisions_of_a_repository() {
    let folder = folder(&[("site.yaml", SITE)]);
    let git = |words: &[&str]| git(folder.path(), words);
    git(&["init", "-q"]);
    assert_eq!(pacwright(folder.path(), &["build", "-q"]).0, 0);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "a"]);
    fs::write(folder.path().join("site.yaml"), SITE.replace(".inside.example", ".within.example")).unwrap();
    assert_eq!(diff(folder.path(), "HEAD:site.yaml", "HEAD:out", &[]).0, 0);
    assert_eq!(diff(folder.path(), "HEAD:out", "out", &[]).0, 0);
    let (code, said) = diff(folder.path(), "HEAD:out", "site.yaml", &[]);
    assert!(code == 1 && said.contains(".within.example [all]") && said.contains(".inside.example [all]"), "{said}");
    assert_eq!(diff(folder.path(), "HEAD:out/proxy-hq.pac", "out/proxy-hq.pac", &[]).0, 0);
    // What is wrong in a revision is named by the revision.
    fs::write(folder.path().join("site.yaml"), SITE.replace(".inside.example", ".in side.example")).unwrap();
    git(&["commit", "-q", "-a", "-m", "b"]);
    let (code, _, words) = pacwright(folder.path(), &["diff", "HEAD~1:site.yaml", "HEAD:site.yaml"]);
    assert!(code == 2 && words.contains("--> HEAD:site.yaml:"), "{words}");
    for (given, why, help) in [
        ("HEAD:nowhere", "has no `nowhere`", "REV:PATH"),
        ("nothing:out", "no revision", "REV:PATH"),
        ("--help:out", "no revision", "REV:PATH"),
        ("HEAD:../x", "out of the repository", "REV:PATH"),
        ("HEAD:/site.yaml", "out of the repository", "REV:PATH"),
        ("HEAD:", "`HEAD:` holds neither", "`HEAD:site.yaml`"),
        (":site.yaml", "what is staged is not read", "`HEAD:site.yaml`"),
    ] {
        let (code, _, words) = pacwright(folder.path(), &["diff", "--", given, "out"]);
        assert!(code == 2 && words.contains(why) && words.contains(help), "{given}: {words}");
    }
}

#[test]
fn paths_of_a_revision_are_those_of_git() {
    let folder = folder(&[]);
    let sub = folder.path().join("branches/north");
    fs::create_dir_all(&sub).unwrap();
    fs::write(sub.join("site.yaml"), SITE).unwrap();
    fs::write(folder.path().join("site.yaml"), SITE.replace(".inside.example", ".root.example")).unwrap();
    fs::write(sub.join("own.yaml"), SITE).unwrap();
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "a"]);
    // From the root, or from here.
    for (given, is_root) in [
        ("HEAD:site.yaml", true),
        ("HEAD:../../site.yaml", true),
        ("HEAD:./site.yaml", false),
        ("HEAD:../north/site.yaml", false),
        ("HEAD:branches/north/site.yaml", false),
    ] {
        let (code, said) = diff(&sub, given, "site.yaml", &[]);
        assert_eq!(code, i32::from(is_root), "{given}: {said}");
    }
    fs::write(sub.join("new.yaml"), SITE).unwrap();
    for (given, help) in [
        (
            "HEAD:own.yaml",
            "it has `branches/north/own.yaml`: that is `HEAD:branches/north/own.yaml`, or from this folder `HEAD:./own.yaml`",
        ),
        ("HEAD:new.yaml", "`new.yaml` is here, but was not committed in `HEAD`"),
    ] {
        let (code, _, words) = pacwright(&sub, &["diff", given, "site.yaml"]);
        assert!(code == 2 && words.contains(help), "{given}: {words}");
    }
}

#[test]
fn nobody_is_shown_where_a_revision_is_laid_out() {
    let folder = folder(&[
        ("site.yaml", SITE),
        ("broken.yaml", "site: x\nrules: [{route: nowhere, hosts: [a..b]}]\noutputs: [{target: pac}]\n"),
        ("service.yaml", "service: x\nendpoints: 5\n"),
        ("list.json", "[{\"id\": 1}]"),
        ("tags.json", "{\"values\": 5}"),
        ("script.pac", "function FindProxyForURL("),
        ("text.txt", "nothing"),
    ]);
    assert_eq!(pacwright(folder.path(), &["build", "-q"]).0, 0);
    assert_eq!(pacwright(folder.path(), &["build", "-q", "-o", "edited"]).0, 0);
    assert_eq!(pacwright(folder.path(), &["build", "-q", "-o", "gone"]).0, 0);
    assert_eq!(pacwright(folder.path(), &["build", "-q", "-o", "bad"]).0, 0);
    let list = folder.path().join("edited/proxy-hq.pac");
    fs::write(&list, fs::read_to_string(&list).unwrap() + "\n").unwrap();
    fs::remove_file(folder.path().join("gone/manifest.json")).unwrap();
    fs::write(folder.path().join("bad/manifest.json"), "{}").unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("empty/text.txt"), "nothing").unwrap();
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "a"]);
    let sides = "broken.yaml service.yaml list.json tags.json script.pac text.txt out edited gone bad empty bad/proxy-hq.pac \
        out/manifest.json edited/proxy-hq.pac edited/squid/pacwright.conf";
    for side in sides.split_whitespace().chain([""]) {
        for format in ["text", "json", "markdown", "csv"] {
            let given = format!("HEAD:{side}");
            let (_, said, words) = pacwright(folder.path(), &["diff", &given, "out", "--format", format, "-v"]);
            for text in [said, words] {
                let temporary = std::env::temp_dir().display().to_string();
                assert!(!text.contains(&temporary) && !text.contains("/.tmp"), "{given}: {text}");
            }
        }
    }
    let (_, said) = diff(folder.path(), "HEAD:edited", "out", &[]);
    assert!(said.contains("note: HEAD:edited: `HEAD:edited/proxy-hq.pac` is not as it was written"), "{said}");
}

#[test]
fn sides_that_do_not_fit_say_so() {
    let folder =
        folder(&[("site.yaml", SITE), ("other.yaml", &SITE.replace(", {target: zscaler, routes: [cloud]}", ""))]);
    for out in ["out", "out2", "bare"] {
        assert_eq!(pacwright(folder.path(), &["build", "-q", "-o", out]).0, 0);
    }
    fs::remove_file(folder.path().join("bare/manifest.json")).unwrap();
    for (old, new, why, help) in [
        (
            "out/squid/pacwright.conf",
            "out2/proxy-hq.pac",
            "`out/squid/pacwright.conf` is of an output of the target `squid`, `out2/proxy-hq.pac` of one of the target `pac`",
            "two outputs of one target",
        ),
        ("out/destinations.csv", "out2/firewall/firewall.csv", "of the target `csv`", "two outputs of one target"),
        ("out/zscaler/cloud_domain.csv", "other.yaml", "", ""),
        (
            "out/manifest.json",
            "out2",
            "`out/manifest.json` is what `build` says of its files",
            "give its folder, `out`",
        ),
        ("bare", "out", "`bare` holds neither a manifest nor services", "`bare/proxy-hq.pac` alone can be compared"),
        (".", "out", "`.` holds neither", "`./site.yaml`"),
    ] {
        if !folder.path().join(old).exists() {
            continue;
        }
        for more in [&[][..], &["--plan"]] {
            let (code, said, words) = pacwright(folder.path(), &[&["diff", old, new][..], more].concat());
            assert!(code == 2 && said.is_empty(), "{old} {new}: {code} {said}{words}");
            assert!(words.contains(why) && words.contains(help), "{old} {new}: {words}");
        }
    }
    let zscaler = fs::read_dir(folder.path().join("out/zscaler")).unwrap().next().unwrap().unwrap();
    let zscaler = format!("out/zscaler/{}", zscaler.file_name().to_string_lossy());
    let (code, _, words) = pacwright(folder.path(), &["diff", &zscaler, "other.yaml"]);
    assert!(code == 2 && words.contains("`other.yaml` has no output of the target `zscaler`"), "{words}");
    assert!(words.contains("`proxy-hq.pac`, `proxy-lab.pac`, `squid`"), "{words}");
    // Two files of one target are held against each other, whatever they are called.
    let (code, said) = diff(folder.path(), "out/proxy-hq.pac", "out2/proxy-lab.pac", &[]);
    assert!(code == 1 && !said.contains("all that was") && said.contains("proxy-hq.pac -> proxy-lab.pac"), "{said}");
}

#[test]
fn what_another_row_covers_is_no_loss() {
    let service = |rows: &str| {
        format!(
            "service: x\ntitle: X\npurpose: X\nreviewed: 2026-01-01\nsources: {{s: S}}\ndefaults: {{source: s}}\nendpoints:\n{rows}"
        )
    };
    let row = |id: &str, dest: &str, more: &str| {
        format!("  - {{id: {id}, dest: \"{dest}\", ports: [https], required: true{more}}}\n")
    };
    let old = service(
        &[
            row("a", "*.d.example", ""),
            row("b", "x.e.example", ""),
            row("c", "y.e.example", ""),
            row("f", "z.f.example", ""),
        ]
        .concat(),
    );
    let new = service(
        &[
            row("a", ".d.example", ""),
            row("b", "*.e.example", ""),
            row("f", "*.f.example", ", via: firewall"),
            row("g", "k.d.example", ""),
        ]
        .concat(),
    );
    let folder = folder(&[]);
    for (name, text) in [("old", &old), ("new", &new)] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("x.yaml"), text).unwrap();
    }
    let said = json(folder.path(), "old", "new");
    let lines = said["parts"][0]["differences"].as_array().unwrap();
    let of = |what: &str| {
        let line = lines.iter().find(|line| line["what"] == what).unwrap_or_else(|| panic!("{what}: {said:#}"));
        let side = |name: &str| line["changes"][0][name].as_str().unwrap().to_owned();
        (side("before"), side("after"))
    };
    let required = || "required".to_owned();
    assert_eq!(of("*.d.example"), (required(), "still covered by .d.example".to_owned()));
    assert_eq!(of("x.e.example"), (required(), "still covered by *.e.example".to_owned()));
    assert_eq!(of("y.e.example"), (required(), "still covered by *.e.example".to_owned()));
    // Another way of carrying it covers nothing.
    assert_eq!(of("z.f.example"), (required(), String::new()));
    assert_eq!(of("k.d.example"), ("was covered by *.d.example".to_owned(), required()));
    assert_eq!(of(".d.example"), (String::new(), required()), "more than was covered");
    assert_eq!(said["counts"]["endpoints_gone"], 1, "{said:#}");
    let (_, said) = diff(folder.path(), "old", "new", &[]);
    assert!(said.contains("*.d.example [tcp/443]: required -> still covered by .d.example"), "{said}");
}

#[test]
fn ports_that_keep_their_answer_are_no_difference() {
    let site = |rules: &str| {
        format!(
            "site: s\nroutes: {{web: {{proxies: [\"http://web.example:8080\"]}}, cloud: {{proxies: [\"http://cloud.example:8080\"]}}}}\n\
            default: web\nrules:\n{rules}outputs: [{{target: pac}}]\n"
        )
    };
    let many: Vec<String> = (0..9).map(|n| format!("k{n}.x.example")).collect();
    let new = format!(
        "  - {{route: cloud, hosts: [\"*.x.example\"]}}\n  - {{route: direct, hosts: [a.x.example], ports: [tcp/443]}}\n\
        \x20 - {{route: web, hosts: [a.x.example], ports: [tcp/8080]}}\n  - {{route: web, hosts: [{}]}}\n",
        many.join(", ")
    );
    let folder = folder(&[
        ("old.yaml", &site("  - {route: direct, hosts: [.y.example]}\n")),
        ("new.yaml", &site(&format!("  - {{route: direct, hosts: [.y.example]}}\n{new}"))),
    ]);
    let (_, said) = diff(folder.path(), "old.yaml", "new.yaml", &[]);
    assert!(said.contains("proxy.pac: 2 differences") && said.contains("[tcp/8080]: no change\n"), "{said}");
    assert!(said.contains("k5.x.example and 3 more") && !said.contains("as before"), "{said}");
    let (_, said) = diff(folder.path(), "old.yaml", "new.yaml", &["-v"]);
    assert!(many.iter().all(|name| said.contains(name)) && !said.contains(" more"), "{said}");
    let (_, said) = diff(folder.path(), "old.yaml", "new.yaml", &["--format", "markdown"]);
    assert!(said.contains("| tcp/8080 | no change | no change |"), "{said}");
    // Lists in a cell can be taken apart.
    let (_, said) = diff(folder.path(), "old.yaml", "new.yaml", &["--format", "csv"]);
    let mut rows = csv::ReaderBuilder::new().from_reader(said.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let wide = rows.iter().find(|row| &row[2] == "*.x.example").unwrap();
    assert_eq!(wide[7].split("; ").collect::<BTreeSet<_>>(), many.iter().map(String::as_str).collect::<BTreeSet<_>>());
    let kept = rows.iter().find(|row| &row[2] == "a.x.example" && &row[4] == "no change").unwrap();
    assert_eq!((&kept[3], &kept[5]), ("tcp/8080", "no change"));
    // For programs both sides of such ports are the same words.
    let said = json(folder.path(), "old.yaml", "new.yaml");
    let lines = said["parts"][0]["differences"].as_array().unwrap();
    let own = lines.iter().find(|line| line["what"] == "a.x.example").unwrap()["changes"].as_array().unwrap();
    assert!(
        own.iter().any(|change| change["ports"] == "tcp/8080"
            && change["before"] == "as before"
            && change["after"] == "as before"),
        "{said:#}"
    );
}

#[test]
fn routes_that_lead_elsewhere_are_a_difference() {
    // A firewall list names the route only.
    let site = SITE.replace("{target: pac}, ", "");
    let other = site.replace("http://cloud.example:8080", "http://new.example:3128");
    let folder = folder(&[("a.yaml", &site), ("b.yaml", &other)]);
    let (code, said) = diff(folder.path(), "a.yaml", "b.yaml", &[]);
    assert!(code == 1 && said.contains("cloud: http://cloud.example:8080 -> http://new.example:3128"), "{said}");
    // Another name for a zone is told as such, and what it decides is compared.
    let other = SITE.replace("hq", "main").replace("*.wild.example", "*.wilder.example");
    fs::write(folder.path().join("a.yaml"), SITE).unwrap();
    fs::write(folder.path().join("b.yaml"), other).unwrap();
    let (_, said) = diff(folder.path(), "a.yaml", "b.yaml", &[]);
    assert!(said.contains("hq: a zone of it -> a zone of it, now `main`"), "{said}");
    assert!(said.contains("proxy-hq.pac: target pac -> target pac, now `proxy-main.pac`"), "{said}");
    assert!(said.contains("proxy-hq.pac -> proxy-main.pac (hq -> main): 2 differences"), "{said}");
}

#[test]
fn a_plan_opens_before_and_closes_after() {
    let other =
        SITE.replace("services: [{windows-activation: {groups: [online-activation]}}]", "services: [ubuntu-on-azure]");
    let folder = folder(&[("a.yaml", SITE), ("b.yaml", &other)]);
    let (code, said) = diff(folder.path(), "a.yaml", "b.yaml", &["--plan", "--format", "json"]);
    let plan: Value = serde_json::from_str(&said).unwrap();
    let step = |what: &str| {
        let steps = plan["steps"].as_array().unwrap();
        steps.iter().find(|step| step["what"] == what).unwrap_or_else(|| panic!("{what}"))["parts"].to_string()
    };
    assert_eq!(code, 1);
    let names =
        |what: &str| ["archive.ubuntu.com", "activation-v2.sls.microsoft.com"].map(|name| step(what).contains(name));
    assert_eq!(names("firewalls: open"), [true, false], "{plan:#}");
    assert_eq!(names("proxies: allow"), [true, false], "{plan:#}");
    assert_eq!(names("clients and routes: change over"), [true, true], "{plan:#}");
    assert_eq!(names("proxies: refuse"), [false, true], "{plan:#}");
    assert_eq!(names("firewalls: close"), [false, true], "{plan:#}");
    // Nothing that opens is among what closes, and the other way round.
    for (at, refused) in [(1, "before"), (4, "after")] {
        for part in plan["steps"][at]["parts"].as_array().unwrap().iter().filter(|part| part["kind"] == "proxy") {
            for change in
                part["differences"].as_array().unwrap().iter().flat_map(|line| line["changes"].as_array().unwrap())
            {
                assert_eq!(change[refused], "refused", "{part:#}");
            }
        }
    }
}

#[test]
fn a_step_says_what_it_leaves_as_it_is() {
    // Read without the second line, the closing step would refuse what the first one has allowed.
    let site = |cloud: &str, direct: &str| {
        format!(
            "site: s\nroutes: {{cloud: {{proxies: [\"http://cloud.example:8080\"]}}}}\ndefault: direct\nrules:\n  \
            - {{route: cloud, hosts: [\"{cloud}\"]}}\n  - {{route: direct, hosts: [\"{direct}\"]}}\noutputs: [{{target: squid, routes: [cloud]}}]\n"
        )
    };
    let folder =
        folder(&[("a.yaml", &site("*.x.example", "a.x.example")), ("b.yaml", &site("a.x.example", "*.x.example"))]);
    let (_, said) = diff(folder.path(), "a.yaml", "b.yaml", &["--plan"]);
    let step = |from: &str, to: &str| said.split_once(from).unwrap().1.split_once(to).unwrap().0.to_owned();
    let (open, close) = (step("2. proxies", "3. "), step("5. proxies", "6. "));
    assert!(open.contains("squid: 1 difference\n") && open.contains("a.x.example [tcp]: refused -> allowed"), "{said}");
    assert!(!open.contains("*.x.example"), "{said}");
    assert!(
        close.contains("squid: 1 difference\n") && close.contains("*.x.example [tcp]: allowed -> refused"),
        "{said}"
    );
    assert!(close.contains("  a.x.example [tcp]: no change\n"), "{said}");
    // One output alone.
    assert_eq!(pacwright(folder.path(), &["build", "-q", "-c", "a.yaml"]).0, 0);
    let (_, said) = diff(folder.path(), "out/squid/pacwright.conf", "b.yaml", &["--plan"]);
    assert!(said.starts_with("note: the plan is about one output"), "{said}");
}

#[test]
fn a_build_keeps_what_changed_since() {
    let other = SITE.replace(".inside.example", ".within.example");
    let folder = folder(&[("a.yaml", SITE), ("b.yaml", &other)]);
    assert_eq!(pacwright(folder.path(), &["build", "-q", "-c", "a.yaml", "-o", "a"]).0, 0);
    let build = ["build", "-c", "b.yaml", "-o", "b", "--since", "a"];
    let (code, _, words) = pacwright(folder.path(), &build);
    assert!(code == 0 && words.contains("differences since a"), "{words}");
    let manifest: Value = serde_json::from_slice(&fs::read(folder.path().join("b/manifest.json")).unwrap()).unwrap();
    let said = json(folder.path(), "a", "b");
    assert_eq!(
        manifest["since"]["parts"].to_string().matches("within.example").count(),
        said["parts"].to_string().matches("within.example").count()
    );
    assert_eq!(pacwright(folder.path(), &["verify", "b"]).0, 0);
    assert_eq!(pacwright(folder.path(), &[&build[..], &["--check"]].concat()).0, 0, "the same again");
    let (code, _, words) = pacwright(folder.path(), &["build", "-c", "b.yaml", "-o", "c", "--since", "nowhere"]);
    assert!(code == 2 && words.contains("nowhere") && !folder.path().join("c").exists(), "{words}");
}

#[test]
fn tables_cannot_be_broken_out_of() {
    let folder = folder(&[
        ("a.pac", "function FindProxyForURL(u, h) { return 'DIRECT'; }"),
        ("b.pac", "function FindProxyForURL(u, h) { return '=1+1|`x`|<b>[a](b)\\n,\"'; }"),
    ]);
    let (_, said) = diff(folder.path(), "a.pac", "b.pac", &["--format", "csv"]);
    let mut rows = csv::ReaderBuilder::new().from_reader(said.as_bytes());
    let rows: Vec<_> = rows.records().map(|row| row.unwrap()).collect();
    assert!(!rows.is_empty() && rows.iter().flatten().all(|cell| !cell.starts_with('=')), "{said}");
    let (_, said) = diff(folder.path(), "a.pac", "b.pac", &["--format", "markdown"]);
    let table: Vec<&str> = said.lines().filter(|line| line.starts_with('|')).collect();
    let columns = |line: &str| line.replace("\\|", "").matches('|').count();
    assert!(
        table.len() > 2 && table.iter().all(|line| columns(line) == columns(table[0])) && !said.contains("<b>"),
        "{said}"
    );
}

/// A file of real data, where it is.
fn data(name: &str) -> Option<PathBuf> {
    let path = common::root().join("../shared/data").join(name);
    path.exists().then_some(path)
}

#[test]
fn tag_files_differ_by_the_networks_that_a_script_counts() {
    let read = |name: &str| Some((data(name)?, fs::read(data(name)?).unwrap()));
    let names: Vec<PathBuf> = data("service-tags")
        .into_iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    let mut names: Vec<String> =
        names.iter().map(|path| format!("service-tags/{}", path.file_name().unwrap().to_string_lossy())).collect();
    names.sort();
    let [old, .., new] = names.as_slice() else {
        println!("0 of 2 tag files are here");
        return;
    };
    let (Some((old, old_bytes)), Some((new, new_bytes))) = (read(old), read(new)) else { return };
    let listed = |bytes: &[u8]| -> BTreeSet<(String, String)> {
        let file: Value = serde_json::from_slice(bytes).unwrap();
        let values = file["values"].as_array().unwrap().clone();
        let of = |tag: Value| {
            let name = tag["name"].as_str().unwrap().to_lowercase();
            let nets = tag["properties"]["addressPrefixes"].as_array().unwrap().clone();
            nets.into_iter().map(move |net| (name.clone(), net.as_str().unwrap().to_owned())).collect::<Vec<_>>()
        };
        values.into_iter().flat_map(of).collect()
    };
    let (before, after) = (listed(&old_bytes), listed(&new_bytes));
    let said = json(common::root().as_path(), &old.display().to_string(), &new.display().to_string());
    let (added, removed) = (after.difference(&before).count() as u64, before.difference(&after).count() as u64);
    // Those of tags that open the same addresses are counted in a note.
    let count = |what: &str| said["counts"][what].as_u64().unwrap();
    println!(
        "2 of 2 tag files are here: {added} networks added, {removed} removed; diff says {} and {}",
        count("networks_added"),
        count("networks_removed")
    );
    assert_eq!((count("networks_added"), count("networks_removed")), (added, removed), "{}", said["notes"]);
}

#[test]
fn lists_of_two_clouds_of_microsoft_365_are_told_apart() {
    let list = |url: &str| {
        format!(
            r#"[{{"id": 1, "serviceArea": "Exchange", "serviceAreaDisplayName": "Exchange Online", "urls": ["{url}"],
                "tcpPorts": "443", "expressRoute": false, "category": "Optimize", "required": true}}]"#
        )
    };
    let (here, there) = (list("outlook.office.com"), list("partner.outlook.cn"));
    let folder = folder(&[("here.json", &here), ("there.json", &there)]);
    let (code, said) = diff(folder.path(), "here.json", "there.json", &[]);
    assert_eq!(code, 1);
    assert!(said.contains("note: the old list names hosts of the instance worldwide, the new one of china"), "{said}");
    let (code, said) = diff(folder.path(), "there.json", "there.json", &[]);
    assert!(code == 0 && !said.contains("note:"), "{said}");
}

#[test]
fn stars_behind_a_hyphen_are_asked_about() {
    let site = |name: &str, route: &str| {
        format!(
            "site: s\nroutes: {{p: {{proxies: [\"http://p.example:8080\"]}}}}\ndefault: direct\nrules:\n  \
             - {{route: {route}, hosts: [\"{name}\"]}}\noutputs: [{{target: pac}}]\n"
        )
    };
    for name in ["upload-*.erp.example", "*-*.y.example", "a*-*.y.example", "*.a-*.b.example", ".*-*.y.example"] {
        let (without, with) = (site(name, "direct"), site(name, "p"));
        let folder = folder(&[("old.yaml", &without), ("new.yaml", &with)]);
        let (code, said) = diff(folder.path(), "old.yaml", "new.yaml", &[]);
        assert!(code == 1 && said.contains(name.trim_start_matches('.')), "{name}: {said}");
    }
}

#[test]
fn networks_that_begin_at_the_unspecified_address_are_told() {
    let site = |net: &str| {
        format!(
            "site: s\nroutes: {{p: {{proxies: [\"http://p.example:8080\"]}}}}\ndefault: block\nrules:\n  \
             - {{route: p, hosts: [w.example{net}]}}\noutputs: [{{target: squid}}]\n"
        )
    };
    for net in ["0.0.0.0/0", "0.0.0.0/2", "::/0", "::/3"] {
        let (without, with) = (site(""), site(&format!(", \"{net}\"")));
        let folder = folder(&[("old.yaml", &without), ("new.yaml", &with)]);
        let (code, said) = diff(folder.path(), "old.yaml", "new.yaml", &[]);
        assert!(code == 1 && said.contains(net) && said.contains("refused -> allowed"), "{net}: {said}");
    }
}
