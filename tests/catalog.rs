//! The catalog as data: what each service selects by default, that the rows of the article that started it are all
//! there, that each service opens its own entry page, and that every endpoint of the facts is accounted for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pacwright::catalog::{Catalog, Lifecycle, Service};
use pacwright::diag::{Report, Severity, text};
use pacwright::pipeline::{self, Paths};
use pacwright::read::yaml::{Kind, Node, parse};
use pacwright::resolve::Leads;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn catalog() -> Catalog {
    let mut report = Report::default();
    let catalog = pipeline::load_catalog(None, &mut report);
    let files = report.files;
    let found = report.sink.into_sorted();
    let words: Vec<String> = found.iter().map(|d| text::render(d, &files, false)).collect();
    assert!(words.is_empty(), "{}", words.join("\n"));
    catalog
}

/// A site that selects one service with its examples as parameters.
fn site_of(service: &Service, catalog: &Catalog, cloud: &str, extra: &str) -> String {
    let mut params: BTreeMap<&str, &str> = BTreeMap::new();
    let used = service.uses.iter().filter_map(|u| catalog.services.get(&u.service));
    for service in std::iter::once(service).chain(used) {
        for (name, param) in service.params.iter().filter(|(_, p)| p.derive.is_none()) {
            params.insert(name, &param.example);
        }
    }
    let params: String = params.iter().map(|(name, value)| format!("  {name}: {value:?}\n")).collect();
    let params = if params.is_empty() { String::new() } else { format!("params:\n{params}") };
    format!(
        "site: one\ncloud: {cloud}\n{params}routes: {{p: {{proxies: [\"http://p.example:8080\"]}}}}\nrules:\n  - {{route: p, services: [{}]{extra}}}\ndefault: block\noutputs: [{{target: pac}}, {{target: csv}}]\n",
        service.id
    )
}

fn built<T>(site: &str, then: impl FnOnce(&pipeline::Built) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.yaml");
    std::fs::write(&path, site).unwrap();
    let mut report = Report::default();
    let input = pipeline::load(&Paths { site: path, catalog: None }, &mut report).expect("the site loads");
    let built = pipeline::run(&input, &mut report);
    let files = report.files;
    let errors: Vec<String> = report
        .sink
        .into_sorted()
        .iter()
        .filter(|d| d.severity() == Severity::Error)
        .map(|d| text::render(d, &files, false))
        .collect();
    assert!(errors.is_empty(), "{site}\n{}", errors.join("\n"));
    then(&built)
}

#[test]
fn default_selection_is_what_the_golden_file_shows() {
    let catalog = catalog();
    let mut out = String::from(
        "# What each service selects when a site names nothing but the service, with the examples as parameters.\n# destination  ports  who carries it  required or optional  [groups]  what is special\n",
    );
    for service in catalog.services.values() {
        let retired = if service.status == Lifecycle::Current { "" } else { " (retired)" };
        out.push_str(&format!("\n{}{retired}\n", service.id));
        let rows = built(&site_of(service, &catalog, "public", ""), |built| {
            built
                .plan
                .items
                .iter()
                .map(|item| {
                    let e = item.endpoint;
                    let special: Vec<String> = [
                        (item.service.id != service.id).then(|| format!("of {}", item.service.id)),
                        e.seed.then(|| "seed".to_owned()),
                        e.disputed.as_ref().map(|_| "disputed".to_owned()),
                        e.from.map(|f| format!("from {f}")),
                        matches!(item.leads, Leads::Tag(_)).then(|| "tag".to_owned()),
                    ]
                    .into_iter()
                    .flatten()
                    .collect();
                    let required = if e.required { "required" } else { "optional" };
                    let line = format!(
                        "  {}  {}  {}  {required}  [{}]  {}",
                        item.destination(),
                        e.ports,
                        e.via,
                        e.groups.join(" "),
                        special.join(", ")
                    );
                    line.trim_end().to_owned()
                })
                .collect::<Vec<_>>()
        });
        out.push_str(&rows.join("\n"));
        out.push('\n');
    }
    let golden = root().join("tests/golden/default-selection.txt");
    if std::env::var("SNAPSHOTS").is_ok_and(|v| v == "overwrite") {
        std::fs::write(&golden, &out).unwrap();
    }
    let committed = std::fs::read_to_string(&golden).unwrap_or_default();
    if committed != out {
        let diff = similar::TextDiff::from_lines(&committed, &out);
        let words = diff.unified_diff().context_radius(1).to_string();
        panic!(
            "SNAPSHOTS=overwrite cargo test --test suite catalog:: rewrites it\n{}",
            words.lines().take(60).collect::<Vec<_>>().join("\n")
        );
    }
}

#[test]
fn no_default_selection_takes_what_it_must_not() {
    let catalog = catalog();
    for service in catalog.services.values().filter(|s| s.status == Lifecycle::Current) {
        built(&site_of(service, &catalog, "public", ""), |built| {
            for item in &built.plan.items {
                let key = item.key();
                let e = item.endpoint;
                assert_eq!(e.status, Lifecycle::Current, "{key} is not current");
                assert_eq!(e.direction.word(), "egress", "{key} is inbound");
                assert!(e.clouds.iter().any(|c| c.word() == "public"), "{key} is of another cloud");
                assert!(!e.groups.iter().any(|g| g == "tags"), "{key} says names again");
            }
        });
    }
}

/// Wildcards under which anybody can register a name stay out of default groups, but for rows of the article and for
/// Microsoft 365, whose sets are taken whole as the web service publishes them.
#[test]
fn default_groups_hold_no_open_wildcard_of_their_own() {
    let catalog = catalog();
    let mut open = Vec::new();
    for service in catalog.services.values().filter(|s| s.status == Lifecycle::Current && s.id != "office-365") {
        built(&site_of(service, &catalog, "public", ""), |built| {
            for item in &built.plan.items {
                let Some(name) = item.dest().and_then(|d| d.pattern.name()) else { continue };
                let is_open = catalog.vocabulary.open_to_anybody(name).is_some();
                if is_open && !item.endpoint.seed && item.service.id != "office-365" {
                    open.push(format!("{}: {name}", item.key()));
                }
            }
        });
    }
    assert!(open.is_empty(), "{}", open.join("\n"));
}

/// The page or name a user thinks of first, for each service that clients reach by name on the web.
const ENTRY: &[(&str, &str)] = &[
    ("azure-portal", "https://portal.azure.com/"),
    ("entra-id", "https://login.microsoftonline.com/"),
    ("office-365", "https://outlook.office.com/mail/"),
    ("azure-monitor-agent", "https://global.handler.control.monitor.azure.com/"),
    ("defender-for-identity", "https://contoso-corpsensorapi.atp.azure.com/"),
    ("ubuntu-on-azure", "http://azure.archive.ubuntu.com/ubuntu/"),
    ("windows-update", "https://fe2.update.microsoft.com/"),
    ("defender-for-endpoint", "https://edr.endpoint.security.microsoft.com/"),
    ("azure-arc", "https://gbl.his.arc.azure.com/"),
    ("azure-cli", "https://management.azure.com/"),
    ("aks", "https://mcr.microsoft.com/"),
    ("defender-for-containers", "https://login.microsoftonline.com/"),
    ("machine-configuration", "https://agentserviceapi.guestconfiguration.azure.com/"),
    ("certificate-validation", "http://crl3.digicert.com/"),
];

#[test]
fn each_service_alone_opens_its_entry_page() {
    let catalog = catalog();
    for (id, url) in ENTRY.iter().filter(|(id, _)| catalog.services.contains_key(*id)) {
        let service = &catalog.services[*id];
        let pac = built(&site_of(service, &catalog, "public", ""), |built| {
            String::from_utf8(built.artifacts.iter().find(|a| a.path == "proxy.pac").unwrap().bytes.clone()).unwrap()
        });
        let runtime = rquickjs::Runtime::new().unwrap();
        let context = rquickjs::Context::full(&runtime).unwrap();
        let host = url.split("://").nth(1).unwrap().split('/').next().unwrap();
        let answer: String = context.with(|cx| {
            cx.eval::<(), _>(pac).unwrap();
            cx.eval(format!("FindProxyForURL({url:?}, {host:?})")).unwrap()
        });
        assert_eq!(answer, "PROXY p.example:8080", "{id}: {url}");
    }
    let alive = catalog.services.values().filter(|s| s.status == Lifecycle::Current);
    // What no proxy carries has no page to open.
    let without = ["windows-activation", "rhui"];
    for service in alive.filter(|s| !without.contains(&s.id.as_str())) {
        assert!(ENTRY.iter().any(|(id, _)| *id == service.id), "{} has no entry page in the table", service.id);
    }
}

#[test]
fn every_service_can_be_selected_whole_in_every_cloud() {
    let catalog = catalog();
    for service in catalog.services.values() {
        for cloud in ["public", "usgov", "china"] {
            let extra = ", legacy: true";
            // A service may have nothing in a cloud: then only the PAC has something to say.
            let site = site_of(service, &catalog, cloud, extra).replace(", {target: csv}", "").replace(
                &format!("services: [{}]", service.id),
                &format!("services: [{{{}: {{groups: all}}}}]", service.id),
            );
            built(&site, |built| assert!(!built.artifacts.is_empty()));
        }
    }
}

/// The text of a node.
fn scalar(node: &Node) -> &str {
    match &node.kind {
        Kind::Scalar { text, .. } => text,
        _ => "",
    }
}

fn field<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().find(|(k, _)| k.value == key).map(|(_, v)| v),
        _ => None,
    }
}

fn items(node: Option<&Node>) -> Vec<&Node> {
    match node.map(|n| &n.kind) {
        Some(Kind::List(list)) => list.iter().collect(),
        _ => Vec::new(),
    }
}

/// Rows of the article that are said in words, and the endpoint that says them.
const IN_WORDS: &[(&str, &str, &str)] = &[
    ("aks", "the API server's address https (parameter)", "${api_server_ip}"),
    (
        "machine-configuration",
        "the Azure Storage endpoint (parameter)",
        "oaasguestconfig${storage_code}.blob.core.windows.net",
    ),
];

#[test]
fn every_row_of_the_article_is_in_the_catalog() {
    let catalog = catalog();
    let mut report = Report::default();
    let file = report.files.read(&root().join("tests/seed-rows.yaml"), 1 << 20).unwrap();
    let rows = parse(&report.files, file).unwrap();
    let mut missing = Vec::new();
    let mut seen = 0;
    for row in items(Some(&rows)) {
        if let Some(tags) = field(row, "tags") {
            for tag in items(field(tags, "fqdn")) {
                seen += 1;
                let named = |name: &str| {
                    catalog.vocabulary.fqdn_tags.iter().any(|(tag, about)| {
                        let also = about.also.as_ref().map(|a| a.value.as_str());
                        tag.trim_end_matches(".*") == name || also == Some(name)
                    })
                };
                if !named(scalar(tag)) {
                    missing.push(format!("FQDN tag {}", scalar(tag)));
                }
            }
            continue;
        }
        let id = scalar(field(row, "service").unwrap());
        let Some(service) = catalog.services.get(id) else {
            missing.push(format!("service {id}"));
            continue;
        };
        let retired = service.status == Lifecycle::Retired;
        seen += 1;
        for key in ["service_tags", "fqdn_tags"] {
            for tag in items(field(row, key)) {
                seen += 1;
                let methods = service.methods.as_ref();
                let list = methods.map(|m| if key == "service_tags" { &m.service_tags } else { &m.fqdn_tags });
                let matches = |t: &str| t == scalar(tag) || t.starts_with(scalar(tag).trim_end_matches('*'));
                if !list.is_some_and(|l| l.iter().any(|t| matches(&t.value))) {
                    missing.push(format!("{id}: {key} {}", scalar(tag)));
                }
            }
        }
        if let Some(link) = field(row, "private_link") {
            seen += 1;
            if service.methods.as_ref().and_then(|m| m.private_link.as_ref()).is_none() {
                missing.push(format!("{id}: private link {}", scalar(link)));
            }
        }
        if let Some(uses) = field(row, "uses") {
            let wanted: BTreeSet<String> =
                items(field(uses, "office-365")).iter().map(|n| scalar(n).to_owned()).collect();
            seen += wanted.len();
            let has: BTreeSet<String> =
                service.uses.iter().filter(|u| u.service == "office-365").flat_map(|u| u.ids.clone()).collect();
            if !wanted.is_subset(&has) {
                missing.push(format!("{id}: uses {wanted:?}"));
            }
        }
        let mut wanted: Vec<(String, String, Option<&str>)> = Vec::new();
        let mut read = |node: &Node, variant: Option<&'static str>| {
            let text = scalar(node);
            if let Some((_, _, dest)) = IN_WORDS.iter().find(|(service, words, _)| *service == id && *words == text) {
                wanted.push(((*dest).to_owned(), "tcp/443".to_owned(), variant));
                return;
            }
            let (dest, port) = text.split_once(' ').unwrap_or((text, "https"));
            let port = if port == "https" { "tcp/443" } else { port };
            wanted.push((dest.to_owned(), port.to_owned(), variant));
        };
        items(field(row, "endpoints")).into_iter().for_each(|n| read(n, None));
        if let Some(Kind::Map(variants)) = field(row, "variants").map(|n| &n.kind) {
            for (name, list) in variants {
                let name: &'static str = Box::leak(name.value.clone().into_boxed_str());
                items(Some(list)).into_iter().for_each(|n| read(n, Some(name)));
            }
        }
        for (dest, port, variant) in wanted {
            seen += 1;
            let found = service.endpoints.iter().find(|e| {
                e.what.template().text.value == dest
                    && e.ports.to_string().split(' ').any(|p| p == port)
                    && variant.is_none_or(|v| e.variants.iter().any(|name| name == v))
            });
            match found {
                None => missing.push(format!("{id}: {dest} {port}")),
                Some(e) => {
                    let in_default = e.groups.is_empty() || e.groups.iter().any(|g| service.groups[g].default);
                    if !(retired || e.status == Lifecycle::Retired || (e.seed && in_default)) {
                        missing.push(format!("{id}: {dest} {port} is neither in the default selection nor retired"));
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "{} of {seen} rows:\n{}", missing.len(), missing.join("\n"));
    println!("{seen} rows of the article found");
}

#[test]
fn every_citation_is_used_and_every_text_has_japanese() {
    for service in catalog().services.values() {
        for name in service.sources.keys() {
            let used = service.endpoints.iter().any(|e| e.sources.contains(name));
            assert!(used, "{}: the source `{name}` is cited nowhere", service.id);
        }
        for text in [&service.title, &service.purpose] {
            assert!(text.ja.is_some(), "{}: `{}` has no Japanese", service.id, text.en);
        }
        assert!(!service.docs.is_empty(), "{}: no links for people", service.id);
    }
}

/// Where the facts lie beside the checkout, every destination of theirs is in the catalog.
#[test]
fn every_endpoint_of_the_facts_is_accounted_for() {
    let folder = root().join("../shared/facts");
    let names = ["facts-azure-a.yaml", "facts-azure-b.yaml", "facts-m365.yaml", "facts-ms.yaml"];
    let paths: Vec<PathBuf> = names.iter().map(|n| folder.join(n)).filter(|p| p.exists()).collect();
    println!("{} of {} files of facts are here", paths.len(), names.len());
    let catalog = catalog();
    let mut missing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut seen = 0;
    for path in &paths {
        for (fact, dest, proto, port) in facts(path) {
            let Some(id) = service_of(&fact).filter(|id| catalog.services.contains_key(*id)) else { continue };
            seen += 1;
            let service = &catalog.services[id];
            let port = format!("{proto}/{port}");
            if !service.endpoints.iter().any(|e| says(&e.what.template().text.value, &dest) && covers(&e.ports, &port))
            {
                missing.entry(id.to_owned()).or_default().push(format!("{dest} {port}"));
            }
        }
    }
    println!("{seen} destinations and ports of the facts looked up");
    let words: Vec<String> = missing.iter().map(|(id, list)| format!("{id}: {}", list.join(", "))).collect();
    assert!(missing.is_empty(), "{}", words.join("\n"));
}

/// The service that holds the rows of a fact; none for what the catalog leaves out on purpose (Intune is no part of the
/// web service's default answer).
fn service_of(fact: &str) -> Option<&str> {
    Some(match fact {
        "m365-intune" | "fqdn-tags" => return None,
        _ if fact.starts_with("m365-") => "office-365",
        _ if fact.starts_with("mde-") => "defender-for-endpoint",
        _ if fact.starts_with("mdi-") => "defender-for-identity",
        _ if fact.starts_with("ubuntu-") => "ubuntu-on-azure",
        "qualys-defender-for-servers" => "qualys-extension",
        _ => fact,
    })
}

/// Whether a destination of the catalog is the one of a fact: parameters may be named otherwise, `*.d` may be `.d`.
fn says(ours: &str, theirs: &str) -> bool {
    let normal = |text: &str| {
        let mut out = String::new();
        let mut rest = text.replace('<', "${").replace('>', "}");
        while let Some(at) = rest.find("${") {
            out.push_str(&rest[..at]);
            out.push('$');
            rest = rest[at..].split_once('}').map_or(String::new(), |(_, after)| after.to_owned());
        }
        out.push_str(&rest);
        out.trim_start_matches('*').trim_start_matches('.').trim_end_matches("/*").trim_end_matches('/').to_lowercase()
    };
    normal(ours) == normal(theirs)
}

fn covers(ports: &pacwright::dest::Ports, port: &str) -> bool {
    let (protocol, number) = port.split_once('/').unwrap();
    let Ok(number) = number.parse::<u16>() else { return true };
    ports.ranges().iter().any(|r| r.protocol.word() == protocol && (r.first..=r.last).contains(&number))
}

/// Fact id, destination, protocol and port of every row of a file of facts.
fn facts(path: &Path) -> Vec<(String, String, String, String)> {
    let mut report = Report::default();
    let file = report.files.read(path, 16 << 20).unwrap();
    let tree = parse(&report.files, file).unwrap();
    let mut rows = Vec::new();
    for service in items(Some(&tree)) {
        let id = scalar(field(service, "id").unwrap()).to_owned();
        for row in items(field(service, "endpoints")) {
            let text = |key: &str| field(row, key).map_or(String::new(), |n| scalar(n).to_owned());
            for port in items(field(row, "ports")) {
                rows.push((id.clone(), text("dest"), text("proto"), scalar(port).to_owned()));
            }
        }
    }
    rows
}
