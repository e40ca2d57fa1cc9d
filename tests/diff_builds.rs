//! `diff` of builds where hosts that lines name do not show everything: long lists, paths, configuration, lists that reach
//! some labels deep, and what moves and is renamed at once.

use std::fs;
use std::path::Path;

use crate::common;
use crate::common::pacwright;
use serde_json::Value;

/// What `diff` says, as JSON.
fn said(folder: &Path, old: &str, new: &str) -> Value {
    let (code, said, words) = pacwright(folder, &["diff", old, new, "--format", "json"]);
    assert!(code < 2, "{old} {new}: {said}{words}");
    serde_json::from_str(&said).unwrap()
}

/// The lines of all parts: part, what, before, after.
fn lines(said: &Value) -> Vec<[String; 4]> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |part: &Value| {
        let name = text(&part["name"]);
        let lines = part["differences"].as_array().unwrap().clone();
        lines.into_iter().map(move |line| {
            let change = &line["changes"][0];
            [name.clone(), text(&line["what"]), text(&change["before"]), text(&change["after"])]
        })
    };
    said["parts"].as_array().unwrap().iter().flat_map(of).collect()
}

/// Two sites that differ in some words.
fn two(text: &str, replace: (&str, &str)) -> tempfile::TempDir {
    let folder = common::folder();
    assert!(text.contains(replace.0));
    fs::write(folder.path().join("a.yaml"), text).unwrap();
    fs::write(folder.path().join("b.yaml"), text.replace(replace.0, replace.1)).unwrap();
    folder
}

const HEAD: &str =
    "site: t\nroutes: {web: {proxies: [\"http://w.example:1\"]}, cloud: {proxies: [\"http://c.example:1\"]}}\n";

/// Of more lines than the manifest keeps itself: folders are compared as their sites are, whatever changed.
#[test]
fn long_lists_on_the_disk() {
    let folder = common::folder();
    let path = folder.path();
    let names: Vec<String> = (0..10_100).map(|n| format!("n{n}.d{}.example\n", n % 7)).collect();
    let outputs = "[{target: pac}, {target: squid, routes: [web]}, {target: csv}, {target: firewall}, {target: zscaler, routes: [web]}]";
    let other =
        "a*.glob.test\n*b.h.test\nonly-new.test\nintranet\n192.0.2.0/28\n2001:db8::7\n*.below.test\nw.test/p/*\n";
    let rule = "{route: web, hosts: [ports.test], ports: [https, tcp/8080-8090]}";
    for (which, list, rule) in [
        ("a", format!("{}w.test\n", names.concat()), rule.to_owned()),
        ("b", format!("{}{other}", names[1..].concat()), rule.replace("8090", "8091")),
    ] {
        fs::write(path.join(format!("{which}.txt")), list).unwrap();
        let site = format!(
            "{HEAD}default: direct\nrules: [{{route: web, hosts_file: {which}.txt, ports: [https]}}, {rule}]\noutputs: {outputs}\n"
        );
        fs::write(path.join(format!("{which}.yaml")), site).unwrap();
        let (code, _, words) = pacwright(path, &["build", "-q", "-c", &format!("{which}.yaml"), "-o", which]);
        assert_eq!(code, 0, "{words}");
    }
    let of_sites = said(path, "a.yaml", "b.yaml");
    let of_folders = said(path, "a", "b");
    assert_eq!(of_folders["parts"], of_sites["parts"]);
    let found = lines(&of_folders);
    for (part, what) in [
        ("proxy.pac", "a*.glob.test"),
        ("proxy.pac", "192.0.2.0/28"),
        ("squid", "*b.h.test"),
        ("squid", "2001:db8::7"),
        ("squid", "intranet"),
        ("destinations.csv", "n0.d0.example"),
        ("zscaler, paths", "w.test"),
        ("firewall, opened by", "ports.test"),
        ("firewall, opened by", "*.below.test"),
    ] {
        assert!(found.iter().any(|[name, own, ..]| name == part && own == what), "{part} {what}: {found:?}");
    }
    let (code, said, _) = pacwright(path, &["diff", "a", "a"]);
    assert!(code == 0 && said.contains("same decisions"), "{said}");
}

/// A PAC file of ours whose manifest is elsewhere: what it names is packed, or stands in rows of stars and in numbers.
#[test]
fn packed_files_without_a_manifest() {
    let folder = common::folder();
    let path = folder.path();
    let names: Vec<String> = (0..2_100).map(|n| format!("n{n}.d{}.example\n", n % 7)).collect();
    for (which, list) in [
        ("a", names.concat()),
        (
            "b",
            format!("{}a*.glob.test\n.*-b.deep.test\nonly-new.test\n192.0.2.0/28\n2001:db8::7\n", names[1..].concat()),
        ),
    ] {
        fs::write(path.join("list.txt"), list).unwrap();
        let site = format!(
            "{HEAD}default: direct\nrules: [{{route: web, hosts_file: list.txt}}]\noutputs: [{{target: pac}}]\n"
        );
        fs::write(path.join("site.yaml"), site).unwrap();
        let (code, _, words) = pacwright(path, &["build", "-q", "-o", which]);
        assert_eq!(code, 0, "{words}");
        fs::copy(path.join(which).join("proxy.pac"), path.join(format!("{which}.pac"))).unwrap();
        assert!(fs::read_to_string(path.join(format!("{which}.pac"))).unwrap().contains("packed: {"));
    }
    let own: Vec<String> = lines(&said(path, "a.pac", "b.pac")).into_iter().map(|[_, what, ..]| what).collect();
    for name in ["n0.d0.example", "only-new.test", "glob.test", "*-b.deep.test", "192.0.2.", "2001:db8::7"] {
        assert!(own.iter().any(|own| own.contains(name)), "{name}: {own:?}");
    }
}

/// Files that somebody edited are asked about what they mention, and nobody says that decisions are the same.
#[test]
fn edited_files() {
    let folder = common::folder();
    let path = folder.path();
    let site = format!(
        "{HEAD}zones: {{hq: {{sources: [10.2.0.0/16]}}}}\ndefault: direct\nrules: [{{route: web, hosts: [a.example, \"x*.example\", 192.0.2.0/24]}}]\noutputs: [{{target: squid, routes: [web]}}, {{target: csv}}]\n"
    );
    fs::write(path.join("site.yaml"), site).unwrap();
    for out in ["a", "b"] {
        let (code, _, words) = pacwright(path, &["build", "-q", "-o", out]);
        assert_eq!(code, 0, "{words}");
    }
    let said_of = |name: &str, from: &str, to: &str| {
        let text = fs::read_to_string(path.join("a").join(name)).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path.join("b").join(name), text.replacen(from, to, 1)).unwrap();
        let said = said(path, "a", "b");
        fs::write(path.join("b").join(name), text).unwrap();
        assert!(said["notes"].to_string().contains("is not as it was written"), "{said}");
        lines(&said).into_iter().map(|[name, what, ..]| format!("{name} {what}")).collect::<Vec<_>>()
    };
    let regexes =
        fs::read_dir(path.join("a/squid")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let regexes = regexes.filter(|name| name.starts_with("pw_regex")).collect::<Vec<_>>();
    let regex = format!("squid/{}", regexes[0]);
    assert_eq!(said_of(&regex, "^x", "^y"), ["squid x*.example", "squid y*.example"]);
    assert_eq!(
        said_of("destinations.csv", "x*.example", "y*.example"),
        ["destinations.csv x*.example", "destinations.csv y*.example"]
    );
    let addresses =
        fs::read_dir(path.join("a/squid")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let addresses = addresses.filter(|name| name.starts_with("pw_addresses")).collect::<Vec<_>>();
    let list = format!("squid/{}", addresses[0]);
    assert_eq!(said_of(&list, "192.0.2.0/24", "192.0.2.0-192.0.3.255"), ["squid 192.0.3.0/24"]);
    // A zone that is wider than it was: clients that are in none are let through.
    let (code, said, _) = pacwright(path, &["diff", "a", "b"]);
    assert!(code == 0 && said.contains("same decisions"), "{said}");
    let conf = fs::read_to_string(path.join("a/squid/pacwright.conf")).unwrap();
    let wider = conf.replace("src 10.2.0.0/16", "src 10.2.0.0/16 10.9.0.0/16");
    assert_ne!(conf, wider);
    fs::write(path.join("b/squid/pacwright.conf"), wider).unwrap();
    let (code, said, _) = pacwright(path, &["diff", "a", "b"]);
    assert!(code == 1 && said.contains("which is in no zone"), "{said}");
    // Some clients of a zone only.
    let some = conf.replace("src 10.2.0.0/16", "src 10.2.0.0/17 10.2.129.0/24 10.2.255.0/24");
    fs::write(path.join("b/squid/pacwright.conf"), some).unwrap();
    let (code, said, _) = pacwright(path, &["diff", "a", "b"]);
    assert!(code == 1 && said.contains("to some clients of the zone"), "{said}");
    fs::write(path.join("b/squid/pacwright.conf"), conf).unwrap();
    let comment = fs::read_to_string(path.join("b/destinations.csv")).unwrap().replace("rule 1", "rule one");
    fs::write(path.join("b/destinations.csv"), comment).unwrap();
    let (code, said, _) = pacwright(path, &["diff", "a", "b"]);
    assert!(code == 0 && said.contains("hosts that were asked about") && !said.contains("same decisions"), "{said}");
}

#[test]
fn paths_of_lists_that_have_them() {
    let site = format!(
        "{HEAD}default: direct\nrules: [{{route: web, hosts: [\"a.d.example/one/*\", b.d.example]}}]\noutputs: [{{target: zscaler, routes: [web]}}]\n"
    );
    for (other, expected) in [
        ("a.d.example/two/*", vec![("a.d.example", "/one/", "/two/")]),
        ("a.d.example", vec![("a.d.example", "/one/", "every path")]),
        (".d.example", vec![("a.d.example", "/one/", "every path")]),
        ("a.d.example/one/*\", \"a.d.example/one/more/*", vec![]),
        ("a.d.example/one/*\", \"b.d.example/x", vec![]),
        ("a.d.example/one/*\", \"c.d.example/x", vec![("c.d.example", "nothing", "/x")]),
        // Zscaler says no capitals: the whole host is listed.
        ("a.d.example/ONE/*", vec![("a.d.example", "/one/", "every path")]),
    ] {
        let folder = two(&site, ("a.d.example/one/*", other));
        let said = said(folder.path(), "a.yaml", "b.yaml");
        let found: Vec<[String; 4]> = lines(&said).into_iter().filter(|[name, ..]| name == "zscaler, paths").collect();
        let found: Vec<(&str, &str, &str)> =
            found.iter().map(|[_, what, before, after]| (what.as_str(), before.as_str(), after.as_str())).collect();
        assert_eq!(found, expected);
    }
    // Of domains, as far as the lists reach: two that are spelled alike are the same.
    for (one, other, expected) in [
        ("*.d.example/one/*", ".d.example", vec!["zscaler, paths .d.example /one/ -> every path"]),
        ("*.d.example/one/*", ".d.example/one/*", vec![]),
        (
            ".d.example/one/*",
            ".d.example/one/*\", \"www.d.example",
            vec!["zscaler, paths www.d.example /one/ -> every path"],
        ),
        (
            ".d.example/one/*",
            ".d.example/one/*\", \"w*.d.example",
            vec!["zscaler, paths .d.example /one/ -> every path"],
        ),
    ] {
        let site = site.replace("a.d.example/one/*\", b.d.example", &format!("{one}\", b.example"));
        let folder = two(&site, (one, other));
        let found = lines(&said(folder.path(), "a.yaml", "b.yaml"));
        let found: Vec<String> =
            found.into_iter().map(|[name, what, before, after]| format!("{name} {what} {before} -> {after}")).collect();
        assert_eq!(found, expected, "{one} {other}");
    }
    // A narrower name with the same path reaches deeper.
    let folder = two(
        &site.replace("a.d.example/one/*\", b.d.example", ".d.e/q/*\", b.example"),
        ("\".d.e/q/*\"", "\".d.e/q/*\", \".w.d.e/q/*\""),
    );
    let found = lines(&said(folder.path(), "a.yaml", "b.yaml"));
    let deeper = ["zscaler, paths", "names five labels below `w.d.e`", "nothing", "/q/"].map(str::to_owned);
    assert!(found.contains(&deeper), "{found:?}");
    // Lists of a proxy that serve direct endpoints, and tables of all routes.
    let direct = site.replace("{route: web,", "{route: direct,").replace("routes: [web]", "serve: selected");
    for output in ["{target: zscaler, serve: selected}", "{target: csv}"] {
        let site = direct.replace("{target: zscaler, serve: selected}", output);
        let folder = two(&site, ("a.d.example/one/*", "a.d.example/two/*"));
        let found = lines(&said(folder.path(), "a.yaml", "b.yaml"));
        assert!(found.iter().any(|[name, what, ..]| name.ends_with(", paths") && what == "a.d.example"), "{found:?}");
    }
    // What rows say besides stands beside their paths, at their ports.
    let rules = |web: &str, cloud: &str| {
        format!(
            "{HEAD}default: direct\nrules: [{{route: web, hosts: [\"a.example/{web}/*\"], ports: [https]}}, {{route: cloud, hosts: [\"a.example/{cloud}/*\"], ports: [http]}}]\noutputs: [{{target: csv}}]\n"
        )
    };
    let folder = common::folder();
    fs::write(folder.path().join("a.yaml"), rules("one", "two")).unwrap();
    fs::write(folder.path().join("b.yaml"), rules("two", "one")).unwrap();
    let said_of = said(folder.path(), "a.yaml", "b.yaml");
    let changes = &said_of["parts"][1]["differences"][0]["changes"];
    let of = |at: usize| ["ports", "before", "after"].map(|key| changes[at][key].as_str().unwrap());
    assert_eq!(of(0), ["tcp/80", "proxy cloud: /two/*", "proxy cloud: /one/*"]);
    assert_eq!(of(1), ["tcp/443", "proxy web: /one/*", "proxy web: /two/*"]);
    // Lists of what is not inspected.
    let marked = |path: &str| {
        format!(
            "service: x\ntitle: X\npurpose: X\nreviewed: 2026-01-01\nsources: {{s: S}}\ndefaults: {{source: s}}\nendpoints:\n  \
             - {{id: a, dest: \"a.e.example/{path}\", ports: [https], no_inspect: true}}\n"
        )
    };
    let site = format!(
        "{HEAD}default: direct\nrules: [{{route: web, services: [x]}}, {{route: web, hosts: [.a.e.example]}}]\noutputs: [{{target: zscaler, routes: [web]}}]\n"
    );
    fs::write(folder.path().join("site.yaml"), site).unwrap();
    for (out, path) in [("one", "p/*"), ("two", "q/*")] {
        let catalog = folder.path().join(format!("catalog-{out}"));
        fs::create_dir(&catalog).unwrap();
        fs::write(catalog.join("x.yaml"), marked(path)).unwrap();
        let words = ["build", "-q", "-c", "site.yaml", "--catalog", catalog.to_str().unwrap(), "-o", out];
        let (code, _, words) = pacwright(folder.path(), &words);
        assert_eq!(code, 0, "{words}");
    }
    let found = lines(&said(folder.path(), "one", "two"));
    let expected = ["zscaler, not inspected, paths", "a.e.example", "/p/", "/q/"].map(str::to_owned);
    assert!(found.contains(&expected), "{found:?}");
    let row = |path: &str| {
        format!(
            "service: x\ntitle: X\npurpose: X\nreviewed: 2026-01-01\nsources: {{s: S}}\ndefaults: {{source: s}}\nendpoints:\n  \
             - {{id: a, dest: \"w.example/pki/*\", ports: [http], required: true}}\n  \
             - {{id: b, dest: \"w.example/{path}\", ports: [http], required: true}}\n"
        )
    };
    let folder = common::folder();
    for (name, path) in [("ops", "pkiops/*"), ("crl", "pki/crl/*"), ("root", "pki/root.crl")] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("x.yaml"), row(path)).unwrap();
    }
    let said = said(folder.path(), "ops", "root");
    let gone = lines(&said).into_iter().find(|[_, what, ..]| what == "w.example/pkiops/*").unwrap();
    assert_eq!(gone[3], "", "another path covers nothing");
    let said = self::said(folder.path(), "crl", "root");
    let gone = lines(&said).into_iter().find(|[_, what, ..]| what == "w.example/pki/crl/*").unwrap();
    assert_eq!(gone[3], "still covered by w.example/pki/*");
}

#[test]
fn configuration_that_lists_are_read_with() {
    let site = format!(
        "{HEAD}default: direct\nrules: [{{route: web, hosts: [a.d.example]}}]\noutputs: [{{target: squid, routes: [web]}}, {{target: zscaler, routes: [web]}}]\n"
    );
    let folder = two(&site, ("squid, routes: [web]", "squid, routes: [web], auth_acl: users"));
    let lines_of = |folder: &tempfile::TempDir| lines(&said(folder.path(), "a.yaml", "b.yaml"));
    assert_eq!(lines_of(&folder), [["squid, options", "auth_acl", "", "users"].map(str::to_owned)]);
    let (code, plan, _) = pacwright(folder.path(), &["diff", "--plan", "a.yaml", "b.yaml"]);
    assert!(code == 1 && plan.contains("auth_acl: nothing -> users"), "{plan}");
    let folder = two(&site, ("zscaler, routes: [web]", "zscaler, routes: [web], prefix: OTHER"));
    assert!(lines_of(&folder).iter().any(|[name, what, ..]| name == "zscaler, options" && what == "prefix"));
    let folder = two(&site, ("zscaler, routes: [web]", "zscaler, routes: [web], by: service"));
    assert!(lines_of(&folder).contains(&["zscaler, options", "by", "route", "service"].map(str::to_owned)));
    // Where files lie is no difference.
    let folder = two(&site, ("squid, routes: [web]", "squid, routes: [web], install_dir: /elsewhere"));
    assert_eq!(lines_of(&folder), Vec::<[String; 4]>::new());
}

/// Zscaler reaches five labels below a name: a name below another reaches further.
#[test]
fn lists_that_reach_some_labels_deep() {
    let site = format!(
        "{HEAD}default: direct\nrules: [{{route: web, hosts: [.d.example]}}]\noutputs: [{{target: zscaler, routes: [web]}}]\n"
    );
    for other in
        [".d.example, \"*.b.d.example\"", ".d.example, \"*.c.b.d.example\"", ".d.example, .b.d.example, .x.b.d.example"]
    {
        let folder = two(&site, (".d.example", other));
        for (old, new, change) in [("a", "b", ("refused", "allowed")), ("b", "a", ("allowed", "refused"))] {
            let said = said(folder.path(), &format!("{old}.yaml"), &format!("{new}.yaml"));
            let lines = lines(&said);
            let is = |[_, what, before, after]: &[String; 4]| {
                what.contains("five labels below") && (before.as_str(), after.as_str()) == change
            };
            assert!(lines.iter().any(is), "{other}: {said:#}");
        }
    }
}

/// The proxies of a route are asked by clients of all zones: what one zone opens for them is told with its own ports.
/// Beyond where a list ends nothing changes, whatever lies between.
#[test]
fn classes_that_reach_beyond_a_list() {
    let site = format!(
        "{HEAD}default: direct\nrules: [{{route: web, hosts: [k.e, \"*.x.d.e\"]}}, {{route: direct, hosts: [\".ab.*.d.e\"]}}]\noutputs: [{{target: zscaler, routes: [web]}}]\n"
    );
    let folder = two(&site, (", \"*.x.d.e\"", ""));
    let (_, said, _) = pacwright(folder.path(), &["diff", "a.yaml", "b.yaml"]);
    assert!(said.contains("but not names of `*.ab.x.d.e` more than five labels below `x.d.e`"), "{said}");
}

/// However long the list is.
#[test]
fn names_below_names_in_a_long_list() {
    let names: String = (0..2_500).map(|n| format!("a{n}.k.example, ")).collect();
    let site = format!(
        "{HEAD}default: direct\nrules: [{{route: web, hosts: [{names}.x.y.z.d.example]}}]\noutputs: [{{target: zscaler, routes: [web]}}]\n"
    );
    let folder = two(&site, (".x.y.z.d.example", ".x.y.z.d.example, .w.x.y.z.d.example"));
    let (_, said, _) = pacwright(folder.path(), &["diff", "a.yaml", "b.yaml"]);
    assert!(said.contains("names five labels below `w.x.y.z.d.example`: refused -> allowed"), "{said}");
}

/// A change of paths opens before it closes.
#[test]
fn paths_in_a_plan() {
    let site = format!(
        "{HEAD}default: direct\nrules: [{{route: web, hosts: [\"a.d.example/one/*\", b.d.example]}}]\noutputs: [{{target: zscaler, routes: [web]}}]\n"
    );
    let folder = two(&site, ("/one/", "/two/"));
    let (_, said, _) = pacwright(folder.path(), &["diff", "--plan", "a.yaml", "b.yaml"]);
    let steps: Vec<&str> = said.lines().filter(|line| line.contains("a.d.example: ")).map(str::trim).collect();
    let expected = ["a.d.example: /one/ -> /one/, /two/", "a.d.example: /one/, /two/ -> /two/"];
    assert_eq!(steps, expected, "{said}");
}

/// Of a template of one's own nobody knows what its lines mean, nor their order.
#[test]
fn lines_of_a_template_in_another_order() {
    let site = format!(
        "{HEAD}default: direct\nrules: [{{route: web, hosts: [k.example]}}, {{route: block, hosts: [j.example]}}]\noutputs: [{{target: template, template: t.j2, file: t.txt}}]\n"
    );
    let folder = two(&site, ("web, hosts: [k.example]}, {route: block", "block, hosts: [k.example]}, {route: web"));
    let template = "{% for route in ['web', 'block'] %}{{ route }}:\n{% for row in rows %}{% if row.route == route %}{{ row.destination }}\n{% endif %}{% endfor %}{% endfor %}";
    fs::write(folder.path().join("t.j2"), template).unwrap();
    let (code, said, words) = pacwright(folder.path(), &["diff", "a.yaml", "b.yaml"]);
    assert!(code == 1 && said.contains("all lines: in their order -> in another order"), "{said}{words}");
}

/// What tables say for people: who talks, and what must not be inspected.
#[test]
fn columns_for_people() {
    let row = |more: &str| {
        format!(
            "service: x\ntitle: X\npurpose: X\nreviewed: 2026-01-01\nsources: {{s: S}}\ndefaults: {{source: s}}\nendpoints:\n  \
             - {{id: a, dest: a.example, ports: [https]{more}}}\n"
        )
    };
    let site = format!(
        "{HEAD}default: direct\nrules: [{{route: web, services: [x]}}]\noutputs: [{{target: csv}}, {{target: firewall}}]\n"
    );
    let folder = common::folder();
    fs::write(folder.path().join("site.yaml"), site).unwrap();
    let build = |out: &str, more: &str| {
        let catalog = folder.path().join("catalog");
        fs::create_dir_all(&catalog).unwrap();
        fs::write(catalog.join("x.yaml"), row(more)).unwrap();
        let words = ["build", "-q", "-c", "site.yaml", "--catalog", catalog.to_str().unwrap(), "-o", out];
        let (code, _, words) = pacwright(folder.path(), &words);
        assert_eq!(code, 0, "{words}");
    };
    build("plain", "");
    for (out, more, part, after) in [
        ("mark", ", no_inspect: true", "firewall, not inspected", "not inspected"),
        ("from", ", from: mail-relay", "destinations.csv", "proxy web from=mail-relay"),
    ] {
        build(out, more);
        let found = lines(&said(folder.path(), "plain", out));
        assert!(found.iter().any(|[name, _, _, is]| name == part && is == after), "{out}: {found:?}");
    }
}

#[test]
fn packets_of_zones_that_share_a_proxy() {
    let site = format!(
        "{HEAD}zones: {{z1: {{sources: [10.1.0.0/16]}}, z2: {{sources: [10.2.0.0/16]}}}}\ndefault: direct\nrules:\n  \
         - {{route: web, hosts: [192.0.2.1], ports: [tcp/443], zones: [z1]}}\n  \
         - {{route: web, hosts: [192.0.2.2], ports: [tcp/443], zones: [z2]}}\noutputs: [{{target: firewall}}]\n"
    );
    let folder = two(
        &site,
        ("hosts: [192.0.2.2], ports: [tcp/443]", "hosts: [192.0.2.2, 192.0.2.3], ports: [tcp/1-1000, tcp/8443]"),
    );
    let said = said(folder.path(), "a.yaml", "b.yaml");
    let of_packets = said["parts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|part| part["name"].as_str().is_some_and(|name| name.starts_with("firewall, packets")));
    let ports: Vec<String> = of_packets
        .flat_map(|part| part["differences"].as_array().unwrap())
        .flat_map(|line| line["changes"].as_array().unwrap())
        .filter(|change| change["before"] != change["after"])
        .map(|change| change["ports"].as_str().unwrap().to_owned())
        .collect();
    assert!(!ports.is_empty());
    for ports in ports {
        assert!(!ports.split(' ').any(|word| word == "tcp"), "more ports than are opened: {ports}");
    }
}

#[test]
fn what_moves_and_is_renamed_at_once() {
    let site = format!(
        "{HEAD}default: direct\nrules: [{{route: web, hosts: [x.example]}}]\noutputs: [{{target: pac, file: old.pac}}]\n"
    );
    let folder = two(&site, ("file: old.pac", "file: new.pac"));
    let path = folder.path().join("b.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("web", "net").replace("x.example", "y.example")).unwrap();
    let found = lines(&said(folder.path(), "a.yaml", "b.yaml"));
    for name in ["x.example", "y.example"] {
        assert!(found.iter().any(|[_, what, ..]| what == name), "{found:?}");
    }
}

/// A step that closes does not speak of what an earlier one has opened.
#[test]
fn closing_steps_speak_of_the_old_side() {
    let site = format!(
        "{HEAD}default: direct\nrules: [{{route: web, hosts: [a.example, b.example, c.example, d.example]}}]\noutputs: [{{target: pac}}, {{target: squid, routes: [web]}}, {{target: firewall}}]\n"
    );
    let folder =
        two(&site, ("a.example, b.example, c.example, d.example", "e.example, f.example, g.example, h.example"));
    let (code, plan, words) = pacwright(folder.path(), &["diff", "--plan", "a.yaml", "b.yaml"]);
    assert_eq!(code, 1, "{words}");
    assert!(plan.contains("all that was `allowed` on the old side: allowed -> refused"), "{plan}");
    assert!(!plan.contains("all that was `allowed`:"), "{plan}");
}
