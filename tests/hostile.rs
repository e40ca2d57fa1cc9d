//! Hostile texts in every field of catalog and site: they are refused, or they change no structure of any output.
//!
//! The same site is built twice, with harmless texts and with hostile ones, and the files are compared by their own
//! structure: the code of a PAC outside of comments and literals, the lines of a Squid configuration that are no
//! comments, the records and columns of a CSV.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use pacwright::catalog::Catalog;
use pacwright::claims::Claims;
use pacwright::diag::{Report, Sink, text};
use pacwright::pipeline::{self, Built, Input, Paths};
use pacwright::publish::manifest;
use pacwright::read::record::Scalar;
use proptest::prelude::*;

/// What goes into texts. Those with a control character other than tab and line end must be refused.
const HOSTILE: &[&str] = &[
    "*/",
    "/*",
    "//",
    "*/ alert(1) /*",
    "</script>",
    "<script>alert(1)</script>",
    "<!--",
    "-->",
    "<img src=x onerror=alert(1)>",
    "a\nb",
    "\n",
    "a\n// b",
    "a\nhttp_access allow all",
    "a\n\n=cmd",
    "${x}",
    "$(touch /tmp/x)",
    "`touch /tmp/x`",
    "{{ 7*7 }}",
    "{% raw %}",
    "{% endraw %}{{ 7*7 }}",
    "{# comment #}",
    "=cmd|' /C calc'!A0",
    "=1+1",
    "+1",
    "-1",
    "@x",
    "'=1",
    "\t=1",
    "\"=1\"",
    ",",
    ";",
    "a,b\",\"c",
    "\"",
    "\"\"",
    "'",
    "\\",
    "\\\"",
    "\\n",
    "\\u0022",
    "#",
    "# x",
    "a # b",
    "\t",
    "a\tb",
    "\u{2028}",
    "a\u{2028}alert(1)",
    "\u{2029}http_access allow all",
    "\u{202e}abc",
    "\u{200b}",
    "\u{feff}=1",
    "\u{ff1d}1",
    "日本語 ①",
    "🙂",
    "%0a%0d",
    "&amp;",
    "]]>",
    "-- ",
    "end\\",
    " ",
    "",
    "a\0b",
    "a\rb",
    "\r=1",
    "\u{1b}[31mred",
    "\u{1b}]0;title\u{7}",
    "\u{85}http_access allow all",
    "\u{7f}",
    "\u{8}",
    "a\u{b}b",
    "a\u{c}b",
    "\u{9b}31m",
];

fn is_control(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && c != '\n' && c != '\t')
}

fn accepted() -> Vec<String> {
    let long = "long \"text\" */ =1 ".repeat(6000);
    assert!(long.len() > 100_000);
    HOSTILE.iter().filter(|text| !is_control(text)).map(|text| (*text).to_owned()).chain([long]).collect()
}

/// A text as a YAML scalar, whatever it holds.
fn q(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            c => {
                let _ = write!(out, "\\U{:08x}", c as u32);
            }
        }
    }
    out.push('"');
    out
}

/// All texts in one; a very long one would only make it longer.
fn every(texts: &[String]) -> String {
    texts.iter().filter(|text| text.len() < 200).map(String::as_str).collect()
}

/// The templates of the site: each kind of file, with texts in every kind of place its escaper is made for.
const TEMPLATES: &[(&str, &str)] = &[
    (
        "all.js",
        "var rows = [\n{% for r in rows %}\n  [{{ r.ticket }}, {{ r.owner }}, {{ r.note }}, {{ r.source }}, {{ r.destination }}]{% if not loop.last %},{% endif %} // {{ r.reason|comment }}\n{% endfor %}\n];\nvar a = {{ vars.a }};\n// {{ vars.a|comment }}\n",
    ),
    (
        "all.html",
        "<table>\n{% for r in rows %}\n<tr><td title=\"{{ r.ticket }}\">{{ r.owner }}</td><td title='{{ r.reason }}'>{{ r.note }} {{ r.source }}</td></tr>\n{% endfor %}\n</table><p>{{ vars.a }}</p>\n",
    ),
    (
        "all.json",
        "[\n{% for r in rows %}\n  {\"ticket\": {{ r.ticket }}, \"owner\": {{ r.owner }}, \"reason\": {{ r.reason }}, \"note\": {{ r.note }}},\n{% endfor %}\n{{ vars.a }}]\n",
    ),
    (
        "all.csv",
        "ticket,owner,reason,note\n{% for r in rows %}\n{{ r.ticket }},{{ r.owner }},{{ [r.reason, r.note]|csv }}\n{% endfor %}\n{{ rows|csv([\"ticket\", \"owner\", \"reason\", \"note\"]) }}\n{{ vars.a }},b,c,d\n",
    ),
    (
        "all.txt",
        "{% for r in rows %}\nrow {{ r.ticket }} {{ r.owner }} {{ r.reason }} {{ r.note }}\n{% endfor %}\nrow {{ vars.a }}\n",
    ),
    (
        "all.conf",
        "{% for r in rows %}\n# {{ r.ticket }} {{ r.owner }} {{ r.reason }} {{ r.note }}\nkey {{ r.destination }}\n{% endfor %}\n# {{ vars.a }}\n",
    ),
];

/// A site whose rules carry the texts, one rule a text, and every output there is.
fn site_text(texts: &[String]) -> String {
    let every = every(texts);
    let mut rules = String::new();
    for (n, text) in texts.iter().enumerate() {
        let text = q(text);
        let _ = writeln!(
            rules,
            "  - {{route: cloud, hosts: [h{n}.example, \"*.w{n}.example\", \".d{n}.example\", \"g{n}*.example\", 10.0.{}.{}, h{n}.example/p], \
             ticket: {text}, owner: {text}, reason: {text}}}",
            n / 256,
            n % 256
        );
    }
    let templates: String = TEMPLATES
        .iter()
        .map(|(name, _)| {
            format!("  - {{target: template, template: {name}.j2, file: {name}, vars: {{a: {}}}}}\n", q(&every))
        })
        .collect();
    format!(
        "site: hostile\nroutes:\n  cloud: {{proxies: [\"http://proxy.example:8080\"]}}\n  web: {{proxies: [\"http://web.example:8080\"]}}\nrules:\n\
         {rules}  - {{route: cloud, services: [hostile], ticket: {all}, owner: {all}, reason: {all}}}\n\
         \x20 - {{route: direct, hosts: [plain], reason: {all}}}\n\
         \x20 - {{route: block, hosts: [\"*.bad.example\"], final: true, reason: {all}}}\n\
         default: web\noutputs:\n  - {{target: pac}}\n  - {{target: pac, file: hosted.pac, hosted: zscaler}}\n\
         \x20 - {{target: squid, auth_acl: users, routing: true}}\n  - {{target: zscaler}}\n  - {{target: csv}}\n  - {{target: firewall}}\n{templates}",
        all = q(&every)
    )
}

/// A catalog file whose every text is hostile, one endpoint a text; groups, categories and citations go by the text too.
fn service_text(texts: &[String]) -> String {
    let all = q(&every(texts));
    let (mut sources, mut groups) = (String::new(), String::new());
    let (mut categories, mut endpoints) = (String::new(), String::new());
    for (n, text) in texts.iter().enumerate() {
        // A key of a mapping ends after 1024 characters in YAML itself.
        let key = q(if text.len() < 200 { text } else { "long" });
        let text = q(text);
        let _ = writeln!(sources, "  {key}: {text}");
        let _ = writeln!(groups, "  {key}: {{about: {text}, default: true, instead: {text}}}");
        let _ = writeln!(categories, "  {key}: {{about: {text}}}");
        let _ = writeln!(
            endpoints,
            "  - {{id: e{n}, dest: e{n}.svc.example, source: {key}, group: {key}, category: {key}, note: {text}, condition: {text}, \
             disputed: {text}, replaced_by: {text}, alternative_to: {text}, geography: {text}}}\n  \
             - {{id: f{n}, dest: 10.1.{}.{}, ports: [tcp/25], source: {key}, note: {text}}}",
            n / 256,
            n % 256
        );
    }
    format!(
        "service: hostile\ntitle: {{en: {all}, ja: {all}}}\npurpose: {{en: {all}, ja: {all}}}\nreviewed: 2026-11-24\nreplaced_by: {all}\ndocs: [{all}]\n\
         methods: {{service_tags: [{all}], fqdn_tags: [{all}], private_link: {all}, service_endpoint: {all}, express_route: {all}}}\n\
         clients: {{pac: ignored, setting: {all}}}\nparams: {{p: {{about: {all}, example: {all}}}}}\n\
         variants: {{v: {{about: {all}, default: true}}}}\nconstraints: {{k: {all}}}\n\
         groups:\n{groups}categories:\n{categories}sources:\n{sources}\
         defaults: {{ports: [https], no_inspect: true, no_auth: true}}\nendpoints:\n{endpoints}"
    )
}

type Files = BTreeMap<String, Vec<u8>>;

/// Builds a site in a folder; the findings as text when it cannot be built.
fn build(site: &str, service: &str) -> Result<Files, String> {
    build_with(site, &[("hostile.yaml".to_owned(), service.to_owned())])
}

/// The same with several files in the overlay.
fn build_with(site: &str, services: &[(String, String)]) -> Result<Files, String> {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::create_dir(at.join("catalog")).unwrap();
    fs::write(at.join("site.yaml"), site).unwrap();
    for (name, text) in services {
        fs::write(at.join("catalog").join(name), text).unwrap();
    }
    write_templates(at);
    let mut report = Report::default();
    let paths = Paths { site: at.join("site.yaml"), catalog: Some(at.join("catalog")) };
    let Some(input) = pipeline::load(&paths, &mut report) else {
        return Err(findings(report));
    };
    let built = pipeline::run(&input, &mut report);
    if report.sink.has_errors() {
        return Err(findings(report));
    }
    pacwright::check::check(&built, None, &mut report.sink);
    let files = artifacts(&built, &report);
    // Warnings are printed too.
    findings(report);
    Ok(files)
}

fn write_templates(at: &Path) {
    for (name, text) in TEMPLATES {
        fs::write(at.join(format!("{name}.j2")), text).unwrap();
    }
}

fn artifacts(built: &Built, report: &Report) -> Files {
    let mut files: Files = built.artifacts.iter().map(|a| (a.path.clone(), a.bytes.clone())).collect();
    files.insert(
        "manifest.json".to_owned(),
        manifest::make(built, Claims::of(built, &report.files), None).unwrap().manifest,
    );
    files
}

/// The findings as people read them; no text may play with the terminal.
fn findings(report: Report) -> String {
    let found = report.sink.into_sorted();
    let mut out = String::new();
    for finding in &found {
        let shown = text::render(finding, &report.files, false);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "a control character in {shown:?}");
        assert!(!shown.contains(['\u{202e}', '\u{2066}']), "a direction override in {shown:?}");
        out.push_str(&shown);
        out.push('\n');
    }
    out
}

// ---- structures

/// What a JavaScript engine sees besides comments and the insides of literals: one item a line.
fn js_structure(bytes: &[u8]) -> String {
    assert!(bytes.is_ascii(), "not pure ASCII");
    let text = std::str::from_utf8(bytes).unwrap();
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut before = ' ';
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        match (c, next) {
            ('/', '/') => {
                while at < chars.len() && chars[at] != '\n' && chars[at] != '\r' {
                    at += 1;
                }
                out.push_str("//");
                continue;
            }
            ('/', '*') => {
                at += 2;
                while at < chars.len() && !(chars[at] == '*' && chars.get(at + 1) == Some(&'/')) {
                    at += 1;
                }
                at += 2;
                out.push_str("/**/");
                continue;
            }
            // A regular expression stands where a value is expected.
            ('"' | '\'', _) | ('/', _) if c != '/' || "(,=:[!&|?{};".contains(before) => {
                at += 1;
                let mut in_class = false;
                while at < chars.len() && (chars[at] != c || in_class) {
                    assert!(chars[at] != '\n' && chars[at] != '\r', "a literal over the end of a line");
                    if c == '/' && chars[at] == '[' {
                        in_class = true;
                    } else if c == '/' && chars[at] == ']' {
                        in_class = false;
                    }
                    at += if chars[at] == '\\' { 2 } else { 1 };
                }
                assert!(at < chars.len(), "a literal without an end");
                out.push(c);
                out.push(c);
                before = c;
            }
            _ => {
                out.push(c);
                if !c.is_whitespace() {
                    before = c;
                }
            }
        }
        at += 1;
    }
    out
}

/// The lines of a configuration: those that are comments by their sign, the others as they are. Every character that
/// ends a line for some reader does.
fn line_structure(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).unwrap();
    let lines = text.split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']);
    lines.map(|line| if line.starts_with('#') { "#" } else { line }).collect::<Vec<_>>().join("\n")
}

/// The first word of each line.
fn first_words(bytes: &[u8]) -> String {
    let lines = line_structure(bytes);
    lines.lines().map(|line| line.split_whitespace().next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The records and columns of a CSV; no cell may be a formula.
fn csv_structure(bytes: &[u8]) -> String {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut out = String::new();
    for record in reader.records() {
        let record = record.unwrap();
        for cell in &record {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "a formula: {cell:?}");
        }
        let _ = writeln!(out, "{}", record.len());
    }
    out
}

/// The tags of a page and the quotes of their attributes.
fn html_structure(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).unwrap();
    text.chars().filter(|c| matches!(c, '<' | '>' | '"' | '\'')).collect()
}

/// A JSON value without its texts and digests.
fn json_structure(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(_) => Value::String(String::new()),
        Value::Number(_) => Value::Null,
        Value::Array(items) => Value::Array(items.iter().map(json_structure).collect()),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), json_structure(v))).collect()),
        other => other.clone(),
    }
}

/// What must be alike whatever the texts say.
fn structure(name: &str, bytes: &[u8]) -> String {
    match name {
        "manifest.json" | "all.json" => {
            let value: serde_json::Value = serde_json::from_slice(bytes).unwrap();
            json_structure(&value).to_string()
        }
        "all.txt" => first_words(bytes),
        "all.html" => html_structure(bytes),
        _ => match name.rsplit('.').next().unwrap() {
            "pac" | "js" => {
                let lines = bytes.iter().filter(|b| **b == b'\n').count();
                format!("{lines} lines\n{}", js_structure(bytes))
            }
            "csv" if name.ends_with("url-categories.csv") => String::from_utf8(bytes.to_vec()).unwrap(),
            "csv" => csv_structure(bytes),
            _ => line_structure(bytes),
        },
    }
}

/// The files whose structure the texts change.
fn differences(harmless: &Files, hostile: &Files) -> Vec<String> {
    let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(harmless), names(hostile), "other files");
    let mut out = Vec::new();
    for (name, bytes) in hostile {
        let (wanted, got) = (structure(name, &harmless[name]), structure(name, bytes));
        if wanted != got {
            let diff = similar::TextDiff::from_lines(&wanted, &got);
            let diff = diff.unified_diff().context_radius(1).to_string();
            out.push(format!("{name}\n{}", diff.chars().take(2000).collect::<String>()));
        }
    }
    out
}

fn harmless_like(texts: &[String]) -> Vec<String> {
    (0..texts.len()).map(|n| format!("text{n}")).collect()
}

fn build_texts(texts: &[String]) -> Files {
    build(&site_text(texts), &service_text(texts)).unwrap_or_else(|found| panic!("refused: {found}"))
}

#[test]
fn hostile_texts_change_no_structure() {
    let texts = accepted();
    let harmless = build_texts(&harmless_like(&texts));
    assert!(harmless.len() > 20, "{:?}", harmless.keys());
    let found = differences(&harmless, &build_texts(&texts));
    assert!(found.is_empty(), "{}", found.join("\n"));
    // One by one as well: a text that ends a literal must not be mended by the next one. Few are enough, as each is a
    // build: those that hold a quote, a backslash or a line end.
    for text in ["\"", "\\", "a\n// b", "*/", "=1"] {
        let one = vec![text.to_owned()];
        let found = differences(&build_texts(&harmless_like(&one)), &build_texts(&one));
        assert!(found.is_empty(), "{text:?}: {}", found.join("\n"));
    }
}

#[test]
fn hostile_texts_arrive_unchanged_where_a_format_can_hold_them() {
    let texts = accepted();
    let files = build_texts(&texts);
    // The JSON made by a template, and the script, give every text back.
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&files["all.json"]).unwrap();
    let said: Vec<&str> = rows.iter().filter_map(|row| row.get("ticket")).filter_map(|t| t.as_str()).collect();
    for text in &texts {
        assert!(said.contains(&text.as_str()), "{text:?} is lost in all.json");
    }
    let script = String::from_utf8(files["all.js"].clone()).unwrap();
    let runtime = rquickjs::Runtime::new().unwrap();
    let context = rquickjs::Context::full(&runtime).unwrap();
    let json: std::string::String =
        context.with(|cx| cx.eval(format!("{script}; JSON.stringify([rows, a])")).expect("all.js runs"));
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let rows = value[0].as_array().unwrap();
    for text in &texts {
        assert!(rows.iter().any(|row| row[0].as_str() == Some(text)), "{text:?} is lost in all.js");
    }
    assert_eq!(value[1].as_str(), Some(every(&texts).as_str()));
    // CSV cells hold the text, guarded or not.
    let mut reader = csv::Reader::from_reader(files["destinations.csv"].as_slice());
    let tickets: Vec<String> = reader.records().map(|r| r.unwrap()[12].to_owned()).collect();
    for text in &texts {
        assert!(
            tickets.iter().any(|t| t.strip_prefix('\'').unwrap_or(t) == text || t == text),
            "{text:?} is lost in the CSV"
        );
    }
}

#[test]
fn control_characters_are_refused_in_every_text() {
    let bad: Vec<&str> = HOSTILE.iter().copied().filter(|text| is_control(text)).collect();
    for text in bad {
        let texts = vec![text.to_owned()];
        let found = build(&site_text(&texts), &service_text(&texts)).expect_err("refused");
        let said = |file: &str| {
            let mark = format!("{file}:");
            found.split("error[").filter(|one| one.starts_with("bad-text]") && one.contains(&mark)).count()
        };
        // Ticket, owner and reason of the rule of the text and of the service's rule, two more reasons, a variable a
        // template.
        assert_eq!(said("site.yaml"), 3 + 3 + 2 + TEMPLATES.len(), "{text:?} in the site\n{found}");
        // Catalog: see `service_text`.
        let in_catalog = 2 + 2 + 1 + 1 + 5 + 1 + 2 + 1 + 1 + 3 + 2 + 2 + 9 + 2;
        assert_eq!(said("catalog/hostile.yaml"), in_catalog, "{text:?} in the catalog\n{found}");
    }
}

// ---- names, hosts, paths: hostile ones are refused

/// Texts that are no name of anything.
fn no_names() -> Vec<String> {
    let mut all: Vec<String> = HOSTILE.iter().map(|text| (*text).to_owned()).collect();
    all.push("a".repeat(100_000));
    all
}

/// How many of the findings of a build stand in a file, by line.
fn lines_with_errors(found: &str, file: &str) -> std::collections::BTreeSet<usize> {
    let mark = format!("{file}:");
    found
        .lines()
        .filter(|line| line.contains("-->"))
        .filter_map(|line| line.split(&mark).nth(1))
        .filter_map(|rest| rest.split([':', ',']).next())
        .filter_map(|number| number.parse().ok())
        .collect()
}

/// Writes each text on a line of its own into a site, by `line`, and wants an error on each of those lines. Control
/// characters are errors of an earlier stage: they stand in a site of their own.
fn all_refused(what: &str, texts: &[String], before: &str, line: impl Fn(&str) -> String) {
    let (control, rest): (Vec<&String>, Vec<&String>) = texts.iter().partition(|text| is_control(text));
    for texts in [control, rest].into_iter().filter(|texts| !texts.is_empty()) {
        let first = before.lines().count() + 1;
        let lines: String = texts.iter().map(|text| format!("{}\n", line(&q(text)))).collect();
        let found = build(&format!("{before}{lines}"), &service_text(&["text".to_owned()]));
        let wrong = lines_with_errors(&found.err().unwrap_or_default(), "site.yaml");
        let missed: Vec<String> = texts
            .iter()
            .enumerate()
            .filter(|(n, _)| !wrong.contains(&(first + n)))
            .map(|(_, text)| text.chars().take(60).collect())
            .collect();
        assert!(missed.is_empty(), "{what}: accepted {missed:?}");
    }
}

const SITE: &str = "site: t\nroutes: {p: {proxies: [\"http://proxy.example:8080\"]}}\ndefault: p\n";
const PAC: &str = "outputs: [{target: pac}]\n";

#[test]
fn hostile_hosts_are_refused() {
    let before = format!("{SITE}{PAC}rules:\n  - route: p\n    hosts:\n");
    // An emoji is a good internationalised name.
    let texts: Vec<String> = no_names().into_iter().filter(|text| text != "🙂").collect();
    all_refused("hosts", &texts, &before, |text| format!("      - {text}"));
}

#[test]
fn hostile_hosts_below_a_domain_are_refused() {
    let inside: Vec<String> = no_names().iter().map(|text| format!("a{text}b.example.com")).collect();
    // What vanishes in the mapping of names, and what is a letter or a path, is no attack on a structure.
    let harmless = ["a\u{200b}b", "a\u{feff}b", "a日", "a🙂b", "a-1b", "ab.example.com", "a*/", "a/*", "a//"];
    let inside: Vec<String> =
        inside.into_iter().filter(|text| !harmless.iter().any(|start| text.starts_with(start))).collect();
    let before = format!("{SITE}{PAC}rules:\n  - route: p\n    hosts:\n");
    all_refused("hosts", &inside, &before, |text| format!("      - {text}"));
}

#[test]
fn hostile_proxies_are_refused() {
    let before =
        format!("site: t\ndefault: p\n{PAC}rules: [{{route: p, hosts: [a.example]}}]\nroutes:\n  p:\n    proxies:\n");
    let texts: Vec<String> = no_names().iter().map(|text| format!("http://a{text}b:8080")).collect();
    let harmless =
        ["http://a\u{200b}b", "http://a\u{feff}b", "http://a日", "http://a🙂b", "http://a-1b", "http://ab:8080"];
    let texts: Vec<String> =
        texts.into_iter().filter(|text| !harmless.iter().any(|start| text.starts_with(start))).collect();
    all_refused("proxies", &texts, &before, |text| format!("      - {text}"));
}

#[test]
fn hostile_route_names_are_refused() {
    let before = format!(
        "site: t\ndefault: p\n{PAC}rules: [{{route: p, hosts: [a.example]}}]\nroutes:\n  p: {{proxies: [\"http://a.example:1\"]}}\n"
    );
    // A key of a mapping ends after 1024 characters in YAML itself.
    let texts: Vec<String> = no_names().into_iter().filter(|text| text.len() < 1000).collect();
    all_refused("routes", &texts, &before, |text| format!("  {text}: {{proxies: [\"http://a.example:1\"]}}"));
}

#[test]
fn hostile_zone_names_are_refused() {
    let before = format!("{SITE}{PAC}rules: [{{route: p, hosts: [a.example]}}]\nzones:\n");
    let texts: Vec<String> = no_names().into_iter().filter(|text| text.len() < 1000).collect();
    let number = std::cell::Cell::new(0);
    let line = |text: &str| {
        number.set(number.get() + 1);
        format!("  {text}: {{sources: [10.0.{}.0/24]}}", number.get())
    };
    all_refused("zones", &texts, &before, line);
}

#[test]
fn hostile_parameter_values_are_refused() {
    // Values stand inside a label; blanks, dots and slashes would make another name of it.
    let before = "site: t\nroutes: {p: {proxies: [\"http://proxy.example:8080\"]}}\ndefault: p\noutputs: [{target: squid}]\nrules: [{route: p, services: [defender-for-identity]}]\nparams:\n  workspace:\n";
    let harmless = ["日本語 ①", "🙂", "\u{200b}", "%0a%0d"];
    let mut texts: Vec<String> =
        no_names().into_iter().filter(|t| !harmless.contains(&t.as_str()) && t != "-1").collect();
    texts.extend(
        ["evil.example/", "a/b", ".a", "a..b", "a:b", "a?b", "a@b", "[::1]", "10.0.0.1/", "\u{ff0a}"]
            .map(str::to_owned),
    );
    all_refused("params", &texts, before, |text| format!("    - {text}"));
}

#[test]
fn hostile_output_options_are_refused() {
    let before = format!("{SITE}rules: [{{route: p, hosts: [a.example]}}]\noutputs:\n");
    let number = std::cell::Cell::new(0);
    let unique = || {
        number.set(number.get() + 1);
        number.get()
    };
    let options: &[(&str, &str)] = &[
        ("squid", "install_dir"),
        ("squid", "auth_acl"),
        ("squid", "dir"),
        ("squid", "routes"),
        ("zscaler", "prefix"),
        ("csv", "file"),
        ("csv", "zones"),
        ("pac", "block"),
        ("template", "template"),
    ];
    for (target, option) in options {
        let good: &[&str] = match *option {
            "prefix" | "auth_acl" | "file" | "dir" => &["-1"],
            "install_dir" => &["//"],
            _ => &[],
        };
        let texts: Vec<String> = no_names().into_iter().filter(|text| !good.contains(&text.as_str())).collect();
        let place = |n: i32| match (*target, *option) {
            (_, "dir" | "file") => String::new(),
            ("squid" | "zscaler", _) => format!("dir: d{n}, "),
            ("template", _) => format!("file: f{n}.txt, "),
            _ => format!("file: f{n}.csv, "),
        };
        let line = |text: &str| format!("  - {{target: {target}, {}{option}: {text}}}", place(unique()));
        all_refused(&format!("{target}.{option}"), &texts, &before, line);
    }
}

#[test]
fn hostile_ids_in_a_catalog_are_refused() {
    let site = format!("{SITE}{PAC}rules: [{{route: p, hosts: [a.example]}}]\n");
    let head = "title: t\npurpose: p\nreviewed: 2026-11-24\nsources: {doc: a page}\nendpoints:\n";
    let row = |id: &str| format!("  - {{id: {id}, dest: a.example, ports: [https], source: doc}}\n");
    let (control, rest): (Vec<String>, Vec<String>) = no_names().into_iter().partition(|text| is_control(text));
    for texts in [control, rest] {
        let files: Vec<(String, String)> = texts
            .iter()
            .enumerate()
            .map(|(n, text)| (format!("f{n}.yaml"), format!("service: {}\n{head}{}", q(text), row("one"))))
            .collect();
        let found = build_with(&site, &files).expect_err("service ids");
        for (name, text) in &files {
            assert!(lines_with_errors(&found, &format!("catalog/{name}")).contains(&1), "accepted {text}");
        }
        // `-1` is a good id of an endpoint.
        let rows: Vec<&String> = texts.iter().filter(|text| *text != "-1").collect();
        let service = format!("service: hostile\n{head}{}", rows.iter().map(|text| row(&q(text))).collect::<String>());
        let found = build(&site, &service).expect_err("endpoint ids");
        let wrong = lines_with_errors(&found, "catalog/hostile.yaml");
        for (n, text) in rows.iter().enumerate() {
            assert!(wrong.contains(&(n + 7)), "accepted the endpoint id {text:?}");
        }
    }
}

#[test]
fn hostile_paths_change_no_structure() {
    let paths = [
        "/*/",
        "/**/",
        "///x",
        "/${x}",
        "/{{7*7}}",
        "/{%raw%}",
        "/=1",
        "/,=1",
        "/a,b",
        "/#x",
        "/a;b",
        "/$(x)",
        "/|x",
        "/%0a",
        "/../../x",
        "/?a=1&b=2",
        "/@x",
        "/+1",
        "/(x)",
        "/[x]",
        "/!x",
        "/^x",
        "/~x",
    ];
    let site = |paths: &[String]| {
        let hosts: String = paths
            .iter()
            .enumerate()
            .map(|(n, path)| format!("      - {}\n", q(&format!("h{n}.example{path}"))))
            .collect();
        let templates: String = TEMPLATES
            .iter()
            .map(|(name, _)| format!("  - {{target: template, template: {name}.j2, file: {name}, vars: {{a: x}}}}\n"))
            .collect();
        format!(
            "{SITE}rules:\n  - route: p\n    hosts:\n{hosts}outputs:\n  - {{target: pac}}\n  - {{target: squid}}\n  - {{target: csv}}\n  - {{target: firewall}}\n{templates}"
        )
    };
    let harmless = service_text(&["text".to_owned()]);
    let hostile: Vec<String> = paths.iter().map(|p| (*p).to_owned()).collect();
    let wanted = build(&site(&vec!["/x".to_owned(); paths.len()]), &harmless).unwrap();
    let got = build(&site(&hostile), &harmless).unwrap();
    // The line `key {{ r.destination }}` of the template holds the path itself.
    let mut found = differences(&wanted, &got);
    found.retain(|difference| !difference.starts_with("all.conf"));
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert_eq!(first_words(&wanted["all.conf"]), first_words(&got["all.conf"]));
}

// ---- the user's own templates: a filter is safe in its own kind of file only

/// Renders one template with one ticket, as one output.
fn template(file: &str, template: &str, ticket: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("my.j2"), template).unwrap();
    let site = format!(
        "{SITE}rules: [{{route: p, hosts: [a.example], ticket: {}}}]\noutputs: [{{target: template, template: my.j2, file: {file}}}]\n",
        q(ticket)
    );
    fs::write(at.join("site.yaml"), site).unwrap();
    let mut report = Report::default();
    let input = pipeline::load(&Paths { site: at.join("site.yaml"), catalog: None }, &mut report).unwrap();
    let built = pipeline::run(&input, &mut report);
    match built.artifacts.first() {
        Some(artifact) => String::from_utf8(artifact.bytes.clone()).unwrap(),
        // An error is as good as an escaped text.
        None => String::new(),
    }
}

#[test]
fn tojson_in_a_script_is_ascii() {
    let made = template("x.js", "var t = {{ rows[0].ticket|tojson }};\n", "a\u{2028}alert(1)");
    assert!(made.is_ascii(), "{made:?}");
}

#[test]
fn comment_in_a_block_comment_cannot_end_it() {
    let made = template("x.js", "/* {{ rows[0].ticket|comment }} */\n", "*/ alert(1) /*");
    assert!(made.matches("*/").count() <= 1, "{made:?}");
}

#[test]
fn comment_in_a_page_is_escaped() {
    let made = template("x.html", "<!-- {{ rows[0].ticket|comment }} -->\n", "--><script>alert(1)</script>");
    assert!(!made.contains("<script>"), "{made:?}");
}

#[test]
fn csv_in_a_page_is_escaped() {
    let made = template("x.html", "<p>{{ [rows[0].ticket]|csv }}</p>\n", "<script>alert(1)</script>");
    assert!(!made.contains("<script>"), "{made:?}");
}

#[test]
fn csv_in_a_script_is_a_literal() {
    let made = template("x.js", "var t = {{ [rows[0].ticket]|csv }};\n", "alert(1)");
    assert!(made.is_empty() || made.contains('"'), "{made:?}");
}

#[test]
fn lines_are_as_many_as_texts() {
    let made = template("x.txt", "{{ [rows[0].ticket, \"b\"]|lines }}\n", "a\u{2028}c");
    assert_eq!(made, "a c\nb\n");
    let made = template("x.txt", "{{ [\"\", rows[0].ticket]|lines }}\n", "b");
    assert_eq!(made, "\nb\n", "an empty text is a line too");
}

#[test]
fn lines_in_a_page_are_escaped() {
    let made = template("x.html", "<p>{{ [rows[0].ticket]|lines }}</p>\n", "<script>alert(1)</script>");
    assert!(!made.contains("<script>"), "{made:?}");
}

#[test]
fn comment_in_a_csv_is_no_formula() {
    let made = template("x.csv", "{{ rows[0].ticket|comment }},b\n", "=1+1");
    assert!(made.is_empty() || !made.starts_with('='), "{made:?}");
}

// ---- random texts

fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(HOSTILE).prop_map(str::to_owned),
        any::<char>().prop_map(|c| c.to_string()),
        "[ -~]{0,8}",
        "[*/\"'\\\\<>&=+@\\-\n\t,;#{}%$`\u{2028}\u{2029}]{1,6}",
    ];
    prop::collection::vec(piece, 0..6)
        .prop_map(|pieces| pieces.concat())
        .prop_filter("refused", |text| <String as Scalar>::parse(text).is_ok())
}

/// A catalog that is read once, and the place of the site.
struct World {
    report: Report,
    catalog: Option<Catalog>,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_templates(folder.path());
        fs::create_dir(folder.path().join("catalog")).unwrap();
        fs::write(folder.path().join("catalog/hostile.yaml"), service_text(&harmless_like(&vec![String::new(); 2])))
            .unwrap();
        let mut report = Report::default();
        let catalog = pipeline::load_catalog(Some(&folder.path().join("catalog")), &mut report);
        assert!(!report.sink.has_errors());
        Self { report, catalog: Some(catalog), folder }
    }

    /// Builds the site with these texts; the notes and citations of the catalog are set in place.
    fn build(&mut self, texts: &[String]) -> Files {
        let path = self.folder.path().join("site.yaml");
        fs::write(&path, site_text(texts)).unwrap();
        let mut catalog = self.catalog.take().unwrap();
        let service = catalog.services.get_mut("hostile").unwrap();
        for (endpoint, text) in service.endpoints.iter_mut().zip(texts.iter().cycle()) {
            endpoint.note = Some(text.clone());
            endpoint.condition = Some(text.clone());
            endpoint.disputed = Some(text.clone());
        }
        for (source, text) in service.sources.values_mut().zip(texts.iter().cycle()) {
            source.clone_from(text);
        }
        self.report.sink = Sink::default();
        let site = pacwright::site::load::load(&path, &mut self.report).expect("a site");
        let input = Input { catalog, site };
        let built = pipeline::run(&input, &mut self.report);
        assert!(!self.report.sink.has_errors(), "{:?}", self.report.sink.found());
        let files = artifacts(&built, &self.report);
        drop(built);
        self.catalog = Some(input.catalog);
        files
    }
}

#[test]
fn random_texts_change_no_structure() {
    let world = RefCell::new(World::new());
    let harmless = world.borrow_mut().build(&harmless_like(&vec![String::new(); 2]));
    let config = ProptestConfig {
        cases: 200,
        failure_persistence: Some(Box::new(proptest::test_runner::FileFailurePersistence::WithSource("regressions"))),
        source_file: Some(file!()),
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let result = runner.run(&(nasty(), nasty()), |(a, b)| {
        let files = world.borrow_mut().build(&[a, b]);
        let found = differences(&harmless, &files);
        prop_assert!(found.is_empty(), "{}", found.join("\n"));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
