//! Every PAC is ECMAScript 3 and keeps to what every client has: acorn, a real parser, says so, as the engines at hand
//! accept newer syntax.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common;
use serde_json::json;

/// What is wrong with each text.
fn problems(files: &BTreeMap<String, String>) -> BTreeMap<String, Vec<String>> {
    serde_json::from_value(common::node("es3.js", &json!(files))).expect("lists of problems")
}

/// The PAC files of a site.
fn pacs(site: &Path, files: &mut BTreeMap<String, String>) {
    let (input, mut report) = common::load(site);
    let built = common::run(&input, &mut report);
    let name = site.file_name().expect("a name").to_string_lossy();
    for artifact in built.artifacts.iter().filter(|a| built.outputs[a.output].target.name == "pac") {
        let text = String::from_utf8(artifact.bytes.clone()).expect("UTF-8");
        files.insert(format!("{name}: {}", artifact.path), text);
    }
}

#[test]
fn every_pac_is_ecmascript_3() {
    let folder = common::folder();
    let mut files = BTreeMap::new();
    pacs(&common::everything(folder.path(), Path::new("/etc/squid/pacwright")), &mut files);
    pacs(&common::root().join("site.yaml"), &mut files);
    pacs(&common::root().join("tests/sites/served.yaml"), &mut files);
    let sample = std::fs::read_to_string(common::root().join("out/proxy.pac")).expect("out/proxy.pac");
    files.insert("out/proxy.pac".to_owned(), sample);

    let found = problems(&files);
    let all: Vec<String> = found
        .iter()
        .flat_map(|(name, problems)| problems.iter().map(move |problem| format!("{name}: {problem}")))
        .collect();
    println!("{} PAC files, {} problems", found.len(), all.len());
    assert!(found.len() >= 7, "both sites have their PAC files");
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// Zscaler and others want the function on the first line.
#[test]
fn the_function_stands_where_its_host_wants_it() {
    let folder = common::folder();
    let mut files = BTreeMap::new();
    pacs(&common::everything(folder.path(), Path::new("/etc/squid/pacwright")), &mut files);
    for (name, text) in files {
        let head = "function FindProxyForURL(url, host) {\n";
        assert_eq!(text.matches(head).count(), 1, "{name}: the function stands there once");
        assert_eq!(text.starts_with(head), name.ends_with("hosted.pac"), "{name}: first the function, when hosted");
    }
}

/// A check that refuses nothing proves nothing.
#[test]
fn newer_texts_are_refused() {
    let texts = [
        ("let", "let a = 1;", "token"),
        ("an arrow", "var f = x => x;", "token"),
        ("a template", "var a = `x`;", "character"),
        ("a trailing comma in an object", "var a = { \"b\": 1, };", "token"),
        ("a trailing comma in an array", "var a = [1, 2, ];", "a comma before ]"),
        ("a reserved word as a key", "var a = { default: 1 };", "default"),
        ("a reserved word behind a dot", "var a = {}; a.class = 1;", "class"),
        ("a reserved word of ES3 alone", "var int = 1;", "int"),
        ("a getter", "var a = { get b() { return 1; } };", "token"),
        ("a helper", "function f(h) { return shExpMatch(h, \"*\"); }", "shExpMatch"),
        ("DNS", "function f(h) { return dnsResolve(h); }", "dnsResolve"),
        ("a global of a browser", "var a = window;", "window"),
        ("a method of ES5", "var a = \" x\".trim();", ".trim"),
        ("an object of ES5", "var a = JSON.parse(\"1\");", "JSON"),
        ("a letter beyond ASCII", "var a = \"\u{e9}\";", "ASCII"),
        ("a line separator", "var a = 1;\u{2028}", "ASCII"),
        ("a string over two lines", "var a = \"x\\\ny\";", "two lines"),
        ("no script at all", "FindProxyForURL(", "token"),
    ];
    let files: BTreeMap<String, String> =
        texts.iter().map(|(name, text, _)| ((*name).to_owned(), (*text).to_owned())).collect();
    let found = problems(&files);
    for (name, text, word) in texts {
        let said = found[name].join("; ");
        assert!(
            said.to_lowercase().contains(&word.to_lowercase()),
            "{name} (`{text}`) is refused with `{said}`, not because of {word}"
        );
    }
    println!("{} texts refused", texts.len());
}
