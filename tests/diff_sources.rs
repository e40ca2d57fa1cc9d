//! `diff` of what lists are made from: what a catalog says besides its endpoints, folders that are called as the default one, and
//! ports of Microsoft's sets.

use std::fs;
use std::path::Path;

use crate::common;
use crate::common::pacwright;

const HEAD: &str = "title: X\npurpose: X\nreviewed: 2026-01-01\nsources: {s: S}\ndefaults: {source: s}\n";

/// A catalog in a folder of its own: its files by their names.
fn catalog(folder: &Path, name: &str, files: &[(&str, &str)]) {
    fs::create_dir_all(folder.join(name)).unwrap();
    for (service, text) in files {
        let text = format!("service: {service}\n{HEAD}{text}");
        fs::write(folder.join(name).join(format!("{service}.yaml")), text).unwrap();
    }
}

#[test]
fn what_services_say_besides_their_endpoints() {
    let folder = common::folder();
    let path = folder.path();
    let one = "params:\n  region: {about: R, example: east}\n  code: {about: C, example: e, derive: {from: region, table: {east: e, west: w}}}\n\
               groups: {g: {about: G, default: true}}\nuses: [{service: office-365, ids: [56, 59]}]\nendpoints:\n  \
               - {id: a, dest: a.example, ports: [https]}\n  - {id: b, dest: b.example, ports: [https]}\n";
    catalog(path, "old", &[("x", one)]);
    for (from, to, expected) in [
        ("ids: [56, 59]", "ids: [59]", "uses: office-365 56 59 -> office-365 59"),
        ("ids: [56, 59]}", "ids: [56, 59], group: g}", "uses: office-365 56 59 -> office-365 56 59 (group g)"),
        ("east: e", "east: x", "parameter code, east: e -> x"),
        (", west: w", "", "parameter code, west: w -> nothing"),
        // Rules may select by id.
        ("id: a, dest: a.example", "id: a, dest: b.example", "id a: a.example -> b.example"),
    ] {
        let two = one.replace(from, to);
        let two = if from.starts_with("id: a") {
            two.replace("id: b, dest: b.example", "id: b, dest: a.example")
        } else {
            two
        };
        assert_ne!(one, two);
        catalog(path, "new", &[("x", &two)]);
        let (code, said, words) = pacwright(path, &["diff", "old", "new"]);
        assert!(code == 1 && said.contains(expected), "{from} -> {to}: {said}{words}");
    }
    catalog(path, "new", &[("x", &one.replace("[56, 59]", "[59, 56]"))]);
    let (code, said, _) = pacwright(path, &["diff", "old", "new"]);
    assert!(code == 0 && said.contains("no difference"), "{said}");
    // Case is spelling, around parameters, too.
    for (name, dest) in [("old", "${region}.d.example"), ("new", "${region}.D.example")] {
        catalog(path, name, &[("x", &one.replace("dest: a.example", &format!("dest: \"{dest}\"")))]);
    }
    let (code, said, words) = pacwright(path, &["diff", "old", "new"]);
    assert!(code == 0 && said.contains("no difference"), "{said}{words}");
    // A star may take the name that goes.
    let rows = "endpoints:\n  - {id: a, dest: a.d.example, ports: [https]}\n  - {id: w, dest: \"*a.d.example\", ports: [https]}\n";
    catalog(path, "old", &[("x", rows)]);
    catalog(path, "new", &[("x", &rows.replace("  - {id: a, dest: a.d.example, ports: [https]}\n", ""))]);
    let (_, said, _) = pacwright(path, &["diff", "old", "new"]);
    assert!(said.contains("still covered by *a.d.example"), "{said}");
}

/// The files of the program's own catalog have names, too.
#[test]
fn a_folder_called_as_the_default_one() {
    let folder = common::folder();
    let row = "endpoints: [{id: a, dest: a.example, ports: [https]}]\n";
    for name in ["catalog", "other"] {
        catalog(folder.path(), name, &[("x", row)]);
    }
    for sides in [["catalog", "other"], ["other", "catalog"], ["./catalog", "other"]] {
        let (code, said, words) = pacwright(folder.path(), &["diff", sides[0], sides[1]]);
        assert!(code == 0 && said.contains("no difference"), "{sides:?}: {said}{words}");
    }
}

/// What one set of Microsoft 365 loses is in another one at the ports of that one only.
#[test]
fn sets_that_share_a_destination_at_other_ports() {
    let folder = common::folder();
    let set = |id: u32, urls: &str, ports: &str| {
        format!(
            "{{\"id\": {id}, \"serviceArea\": \"Exchange\", \"serviceAreaDisplayName\": \"Exchange Online\", \"urls\": [{urls}], \
             \"tcpPorts\": \"{ports}\", \"expressRoute\": false, \"category\": \"Allow\", \"required\": true}}"
        )
    };
    let both = "\"outlook.office.com\", \"a.office.com\"";
    let without = "\"outlook.office.com\"";
    for (ports, expected, word, back) in [
        ("143,993", "a.office.com [tcp/80 tcp/443]: set 1, allow, required -> nothing", "RemovedIpOrUrl", "AddedUrl"),
        ("443", "a.office.com [tcp/80]: set 1, allow, required -> nothing", "RemovedDuplicateIpOrUrl", "MovedIpOrUrl"),
        (
            "80,443",
            "a.office.com [tcp/80 tcp/443]: set 1, allow, required -> set 2, allow, required",
            "RemovedDuplicateIpOrUrl",
            "MovedIpOrUrl",
        ),
    ] {
        for (name, urls) in [("old", both), ("new", without)] {
            let text = format!("[{}, {}]", set(1, urls, "80,443"), set(2, both, ports));
            fs::write(folder.path().join(format!("{name}.json")), text).unwrap();
        }
        let (_, said, words) = pacwright(folder.path(), &["diff", "old.json", "new.json"]);
        assert!(said.contains(expected) && said.contains(word), "{ports}: {said}{words}");
        let (_, said, _) = pacwright(folder.path(), &["diff", "new.json", "old.json"]);
        assert!(said.contains(back), "{ports}: {said}");
    }
}
