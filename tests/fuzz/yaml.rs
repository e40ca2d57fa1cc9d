//! The files that people write: catalog, site, lists of hosts, templates. What loads without an error goes through every
//! stage, and some of it through the proof.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use pacwright::catalog::load::services;
use pacwright::catalog::raw::Day;
use pacwright::catalog::{Catalog, Tags, Vocabulary};
use pacwright::claims::Claims;
use pacwright::dest::{Ask, Dest};
use pacwright::diag::{Code, Diagnostic, Report, Sink, json, sarif, text};
use pacwright::pipeline::{self, Input, load_catalog};
use pacwright::publish::manifest;
use pacwright::read::record::Scalar as _;
use pacwright::site::hosts_file::{self, Letters};
use pacwright::site::{Site, load};
use pacwright::source::{Files, Span};
use pacwright::{check, explain, prove};

use crate::driver::{Case, Target, run};
use crate::seeds::{below, read, service, texts};

const WORDS: &[&str] = &[
    // YAML.
    ": ",
    "- ",
    "? ",
    "\n",
    "\n  ",
    "\n    ",
    "\t",
    "#",
    " # ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "&a ",
    "*a",
    "<<: *a",
    "!",
    "!!str ",
    "!!binary ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "%TAG ! tag:x,2000:\n",
    "~",
    "null",
    "true",
    "no",
    "0x1f",
    ".inf",
    "1_000",
    "2026-02-30",
    "9999-12-31",
    "\\u0000",
    "\\x1b",
    "\"\\U0010ffff\"",
    "@",
    "`",
    // Sites.
    "site: ",
    "include: ",
    "params: ",
    "zones: ",
    "sources: ",
    "vantage: ",
    "default: ",
    "routes: ",
    "proxies: ",
    "fallback: ",
    "rules:\n",
    "  - {route: ",
    "route: ",
    "services: ",
    "hosts: ",
    "hosts_file: ",
    "ports: ",
    "zones: [a]",
    "final: true",
    "category: ",
    "required: ",
    "ids: ",
    "legacy: true",
    "geography: ",
    "prefer: tags",
    "ticket: ",
    "owner: ",
    "reason: ",
    "until: ",
    "outputs:\n",
    "  - {target: ",
    "target: ",
    "pac",
    "squid",
    "zscaler",
    "csv",
    "firewall",
    "template",
    "file: ",
    "dir: ",
    "install_dir: ",
    "hosted: ",
    "block: ",
    "block",
    "direct",
    "routing: true",
    "auth_acl: ",
    "serve: selected",
    "include_default: true",
    "encoding: cp932",
    "newline: crlf",
    "name_prefix: ",
    "waivers:\n",
    "code: ",
    "for: ",
    "groups: all",
    "variant: ",
    "web",
    "cloud",
    "list.txt",
    "own.j2",
    "../x",
    "/dev/zero",
    "everything/common.yaml",
    // Catalogs.
    "service: ",
    "title: ",
    "{en: a, ja: b}",
    "purpose: ",
    "area: ",
    "reviewed: ",
    "status: retired",
    "since: ",
    "replaced_by: ",
    "methods: ",
    "clients: ",
    "groups: ",
    "variants: ",
    "categories: ",
    "sources: ",
    "constraints: ",
    "uses: ",
    "needs: ",
    "defaults: ",
    "endpoints:\n",
    "  - {id: ",
    "dest: ",
    "tag: ",
    "via: firewall",
    "from: ",
    "group: ",
    "direction: inbound",
    "no_inspect: true",
    "no_auth: true",
    "alternative_to: ",
    "source: ",
    "note: ",
    "seed: true",
    "derive: ",
    "table: ",
    "${location}",
    "${",
    "about: ",
    "example: ",
    "sets: [1]",
    "clouds: ",
    "disputed: ",
    // Destinations.
    "*",
    "*.",
    "**.",
    ".example",
    "*.example.com",
    "a*b.example",
    "10.0.0.0/8",
    "::/0",
    "0.0.0.0/0",
    "255.255.255.255",
    "2001:db8::/32",
    "::ffff:1.2.3.4",
    "plain",
    "例え.example",
    "xn--",
    "https",
    "http",
    "tcp/8443",
    "udp/123",
    "tcp/1-65535",
    "http://proxy.example:8080",
    "socks5://",
    "www.example.com/path",
    "https://www.example.com/",
];

/// Every finding can be shown in every form, has words, and a place inside its file; `wrong` says that there must be an
/// error.
fn sound(report: &Report, wrong: bool) {
    assert!(report.sink.has_errors() || !wrong, "refused without an error");
    let found = report.sink.found();
    for finding in found {
        assert!(!finding.message.is_empty());
        let places = finding.at.iter().chain(finding.also.iter().map(|(span, _)| span));
        places.for_each(|span| inside(&report.files, *span, finding));
    }
    // As many as a person reads: a file may have thousands.
    for finding in found.iter().take(3) {
        let shown = text::render(finding, &report.files, false);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "a control character in {shown:?}");
        let heads = shown.lines().filter(|line| ["error", "warning", "note"].iter().any(|word| line.starts_with(word)));
        assert_eq!(heads.count(), 1, "a finding that looks like two: {shown}");
        assert!(text::render(finding, &report.files, true).len() >= shown.len());
    }
    if !found.is_empty() {
        let some = &found[..found.len().min(20)];
        serde_json::to_vec(&json::findings(some, &report.files)).unwrap();
        serde_json::to_vec(&sarif::log(some, &report.files)).unwrap();
    }
}

fn inside(files: &Files, span: Span, finding: &Diagnostic) {
    let file = files.get(span.file).unwrap_or_else(|| panic!("a place in no file: {finding:?}"));
    let range = span.start as usize..span.end as usize;
    assert!(file.text.get(range).is_some(), "a place outside the file: {finding:?}");
    let (line, _) = files.position(span);
    assert!(line <= file.text.matches('\n').count() + 1, "a line outside the file: {finding:?}");
}

/// No input makes the program contradict itself.
fn consistent(report: &Report) {
    sound(report, false);
    // Too many stars are a refusal like any other.
    let fault = |d: &&Diagnostic| match d.code {
        Code::Unproved => !d.message.contains("too many to prove"),
        code => code == Code::Internal,
    };
    let fault = report.sink.found().iter().find(fault);
    assert!(fault.is_none(), "{}", text::render(fault.unwrap(), &report.files, false));
}

const ASKED: &[&str] =
    &["www.example.com", "a.wild.example:80", "intranet", "192.0.2.1", "[2001:db8::1]:8443", "gopher://x.example/"];

/// Every stage behind loading; true when nothing was wrong.
fn stages(input: &Input, report: &mut Report, proved: bool) -> bool {
    let built = pipeline::run(input, report);
    if report.sink.has_errors() {
        consistent(report);
        return false;
    }
    let claims = Claims::of(&built, &report.files);
    manifest::make(&built, claims.clone(), None).unwrap();
    for asked in ASKED {
        let ask = Ask::parse(asked).unwrap();
        serde_json::to_vec(&explain::explain(&built, &report.files, asked, &ask)).unwrap();
    }
    check::check(&built, Some(&Day("2026-11-24".to_owned())), &mut report.sink);
    if proved {
        let _ = prove::build(&built, &claims, &mut report.sink);
    }
    consistent(report);
    true
}

/// A folder with what sites name, and a catalog of a few services.
struct Bench {
    folder: tempfile::TempDir,
    catalog: Option<Catalog>,
    report: Report,
    /// Cases since the catalog was read: the texts of all of them are kept.
    used: usize,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("everything")).unwrap();
        for name in ["common.yaml", "partners.txt", "ports.txt"] {
            let path = format!("everything/{name}");
            fs::write(folder.path().join(&path), read(&format!("tests/sites/{path}"))).unwrap();
        }
        fs::write(folder.path().join("list.txt"), "listed.example\n*.listed.example # all\n192.0.2.0/25\n").unwrap();
        fs::write(folder.path().join("own.j2"), "{% for r in rows %}\n{{ r.destination }}\n{% endfor %}\n").unwrap();
        Self { folder, catalog: None, report: Report::default(), used: 0 }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The catalog, and a report whose files are those of the catalog and a few cases.
    fn catalog(&mut self) -> Catalog {
        self.used += 1;
        self.report.sink = Sink::default();
        match self.catalog.take() {
            Some(catalog) if !self.used.is_multiple_of(200) => catalog,
            _ => {
                self.report = Report::default();
                let mut files = BTreeMap::new();
                for name in ["qualys-extension", "defender-for-identity", "certificate-validation", "rhui"] {
                    let text = String::from_utf8(read(&format!("catalog/{name}.yaml"))).unwrap();
                    files.insert(name.to_owned(), self.report.files.add(format!("catalog/{name}.yaml"), &text));
                }
                let (services, broken) = services(&files, &mut self.report);
                assert!(!self.report.sink.has_errors(), "{:?}", self.report.sink.found());
                self.report.sink = Sink::default();
                Catalog {
                    laid_over: BTreeSet::new(),
                    services,
                    broken,
                    vocabulary: Vocabulary::default(),
                    tags: Tags::default(),
                    digest: String::new(),
                }
            }
        }
    }

    /// A site of the folder through every stage; false when anything is wrong with it.
    fn site(&mut self, proved: bool) -> bool {
        let catalog = self.catalog();
        let site = load::load(&self.at("site.yaml"), &mut self.report);
        sound(&self.report, site.is_none());
        let Some(site) = site.filter(|_| !self.report.sink.has_errors()) else {
            self.catalog = Some(catalog);
            return false;
        };
        let input = Input { catalog, site };
        let good = stages(&input, &mut self.report, proved);
        self.catalog = Some(input.catalog);
        good
    }
}

#[test]
fn site() {
    let mut seeds = below("tests/cases", "/site.yaml");
    // Half of the cases begin as good sites.
    for _ in 0..seeds.len().div_ceil(2) {
        seeds.push(read("tests/fuzz/seeds/site.yaml"));
        seeds.push(read("tests/fuzz/seeds/small.yaml"));
    }
    let mut bench = Bench::new();
    run(&Target { name: "site", seeds, words: WORDS.to_vec(), share: 4 }, |case| {
        fs::write(bench.at("site.yaml"), case.bytes).unwrap();
        bench.site(case.one_in(16))
    });
}

#[test]
fn hosts() {
    let mut seeds = below("tests/cases", ".txt");
    let good = [below("tests/sites", ".txt"), texts(&["a.example\n*.b.example\n\n# c\n192.0.2.0/24 # d\n"])].concat();
    for _ in 0..=seeds.len() / good.len() {
        seeds.extend(good.clone());
    }
    let site = "site: fuzz\nroutes:\n  web: {proxies: [\"http://proxy.example:8080\"]}\nrules:\n  \
                - {route: web, hosts_file: list.txt}\n  - {route: block, hosts: [\"*.wild.example\"]}\n\
                default: direct\noutputs: [{target: pac}, {target: squid}, {target: zscaler}, {target: csv}, {target: firewall}]\n";
    let mut bench = Bench::new();
    fs::write(bench.at("site.yaml"), site).unwrap();
    run(&Target { name: "hosts", seeds, words: WORDS.to_vec(), share: 1 }, |case| {
        let text = String::from_utf8_lossy(case.bytes);
        let mut report = Report::default();
        let file = report.files.add("list.txt", &*text);
        let mut lines = Vec::new();
        hosts_file::read(&report.files, file, Letters::All, &mut lines, &mut report.sink);
        sound(&report, false);
        for line in &lines {
            let written = Dest::parse(report.files.text(line.span));
            assert_eq!(written.as_ref(), Ok(&line.dest), "the line {:?}", report.files.text(line.span));
        }
        if report.sink.has_errors() {
            return false;
        }
        if case.one_in(64) {
            fs::write(bench.at("list.txt"), text.as_bytes()).unwrap();
            bench.site(case.one_in(128));
        }
        true
    });
}

/// The id that a file of the catalog gives its service: the name of the file has to be the same.
fn id_of(text: &str) -> &str {
    let line = text.lines().find_map(|line| line.strip_prefix("service: "));
    line.map(str::trim).filter(|id| !id.is_empty()).unwrap_or("mine")
}

/// A site that selects all of a catalog, with the examples as parameters.
fn site_of_all(catalog: &Catalog) -> String {
    let params: BTreeMap<&str, &str> = catalog
        .services
        .values()
        .flat_map(|service| &service.params)
        .map(|(name, param)| (name.as_str(), param.example.as_str()))
        .collect();
    let params = serde_json::to_string(&params).unwrap();
    format!(
        "site: fuzz\nparams: {params}\nroutes:\n  web: {{proxies: [\"http://proxy.example:8080\"]}}\nrules:\n  \
         - {{route: web, services: [{{\"*\": {{groups: all}}}}], legacy: true}}\n  - {{route: block, hosts: [\"*.wild.example\"]}}\n\
         default: direct\noutputs: [{{target: pac}}, {{target: squid}}, {{target: zscaler}}, {{target: csv}}, {{target: firewall}}]\n"
    )
}

#[test]
fn catalog() {
    let mut seeds = below("tests/cases/catalog", ".yaml");
    for (name, endpoints) in [
        ("qualys-extension", 2),
        ("defender-for-identity", 4),
        ("rhui", 4),
        ("log-analytics-agent", 3),
        ("ubuntu-on-azure", 4),
        ("azure-monitor-agent", 6),
        ("windows-activation", 6),
    ] {
        seeds.extend(std::iter::repeat_n(service(name, endpoints), 8));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.yaml");
    let mut embedded = Some(load_catalog(None, &mut Report::default()).vocabulary);
    run(&Target { name: "catalog", seeds, words: WORDS.to_vec(), share: 1 }, |case| {
        let text = String::from_utf8_lossy(case.bytes);
        let mut report = Report::default();
        let file = report.files.add("catalog/mine.yaml", &*text);
        let (services, broken) = services(&BTreeMap::from([(id_of(&text).to_owned(), file)]), &mut report);
        sound(&report, services.is_empty());
        assert_eq!(services.len() + broken.len(), 1);
        if report.sink.has_errors() {
            return false;
        }
        if case.one_in(8) {
            let vocabulary = embedded.take().unwrap_or_default();
            let catalog = Catalog {
                services,
                broken: BTreeSet::new(),
                laid_over: BTreeSet::new(),
                vocabulary,
                tags: Tags::default(),
                digest: String::new(),
            };
            fs::write(&path, site_of_all(&catalog)).unwrap();
            let site: Option<Site> = load::load(&path, &mut report);
            sound(&report, site.is_none());
            if let Some(site) = site.filter(|_| !report.sink.has_errors()) {
                let input = Input { catalog, site };
                stages(&input, &mut report, case.one_in(16));
                embedded = Some(input.catalog.vocabulary);
            } else {
                embedded = Some(catalog.vocabulary);
            }
        }
        true
    });
}

#[test]
fn template() {
    let site = "site: fuzz\nroutes:\n  web: {proxies: [\"http://proxy.example:8080\"]}\nrules:\n  \
                - {route: web, hosts: [a.example, \"*.b.example\", 192.0.2.0/24], reason: \"a \\\"b\\\" <c>\"}\ndefault: direct\n\
                outputs: [{target: template, template: own.j2, file: own.js, vars: {a: \"=1\", b: x y}}]\n";
    let seeds = texts(&[
        "var a = [{% for r in rows %}{{ r.destination }}, {% endfor %}];\n",
        "{% for r in rows if r.ports %}{{ loop.index }} {{ r.note|comment }}\n{% else %}none\n{% endfor %}",
        "{% macro m(x) %}{{ x|upper }}{% endmacro %}{{ m(vars.a) }}{% set y = vars.b|length %}{{ y + 1 }}",
        "{% raw %}{{ x }}{% endraw %}{# c #}{% if vars.a is string and not vars.c %}{{ vars.a[0:1] }}{% endif %}",
    ]);
    let words = [
        "{{ ",
        " }}",
        "{% ",
        " %}",
        "{#",
        "#}",
        "{%- ",
        " -%}",
        "for r in rows",
        "endfor",
        "if ",
        "elif ",
        "else",
        "endif",
        "set ",
        "macro m(x)",
        "endmacro",
        "call",
        "endcall",
        "filter upper",
        "endfilter",
        "raw",
        "endraw",
        "block b",
        "endblock",
        "extends \"x\"",
        "include \"own.j2\"",
        "import \"own.j2\" as o",
        "with",
        "autoescape false",
        "do ",
        "range(100)",
        "range(99999999)",
        "rows",
        "vars",
        "r.destination",
        "loop",
        "loop.index",
        "dict(",
        "namespace(",
        "|comment",
        "|csv",
        "|length",
        "|join(',')",
        "|sort",
        "|reverse",
        "|batch(2)",
        "|replace('a', 'b')",
        "|tojson",
        "|safe",
        "|escape",
        "|first",
        "|round",
        "|int",
        "|list",
        "|map('x')",
        "**",
        "//",
        "%",
        "~",
        "[::2]",
        "[0:1]",
        "is ",
        "in ",
        "not ",
        "debug()",
        "'",
        "\"",
        "\\",
        "(",
        ")",
        ",",
        "1e308",
        "- 1",
        "* 9",
    ];
    let mut bench = Bench::new();
    fs::write(bench.at("site.yaml"), site).unwrap();
    run(&Target { name: "template", seeds, words: words.to_vec(), share: 4 }, |case: &Case| {
        fs::write(bench.at("own.j2"), case.bytes).unwrap();
        bench.site(true)
    });
}
