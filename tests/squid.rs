//! A real Squid, given our files, answers real requests as the policy says.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::common;
use crate::common::oracle::{Fact, Oracle, PortView};
use crate::common::proxy::{self, Answer, Around, Request, Squid};
use crate::common::witness::{self, Host};
use pacwright::diag::Report;
use pacwright::pipeline::{Artifact, Built, Input};

/// Differences that are shown; the count is always whole.
const SHOWN: usize = 40;
/// Ports that every host is asked for, besides those at which its answer can change.
const PORTS: [u16; 3] = [80, 443, 12345];
/// Neighbours of the web's ports, which nearly every host has: a request costs more than a question to the policy, and
/// 12345, as little listed, shows the same.
const PASSED_OVER: [u16; 4] = [79, 81, 442, 444];

/// Where the clients of each zone of the test sites stand.
const SOURCES: [&str; 2] = ["127.1.0.1", "127.2.0.1"];

/// A request, what is expected of it, and why.
struct Case {
    request: Request,
    expected: Answer,
    why: String,
}

/// What a request asks for, as the oracle sees it: the zone, the winner, and the route.
struct Asked<'o> {
    zone: usize,
    winner: Option<&'o Fact>,
    /// The winner and those that fit as well.
    equals: Vec<&'o Fact>,
    route: &'o str,
}

/// Each host at its ports, as CONNECT and, at port 80, as GET; those of which `expect` gives nothing are left out.
fn cases(oracles: &[Oracle], hosts: &[Host], expect: impl Fn(&Asked, &Host, u16) -> Option<Answer>) -> Vec<Case> {
    let mut cases = Vec::new();
    for (zone, oracle) in oracles.iter().enumerate() {
        for host in hosts {
            let Some(read) = as_squid_reads(&host.written) else { continue };
            let matching = oracle.matching(&read);
            for port in host.ports(&PORTS).into_iter().filter(|port| !PASSED_OVER.contains(port)) {
                let winner = matching.winner(Some(port), PortView::Strict);
                let route = matching.route(Some(port), PortView::Strict);
                let equals = matching.equals(port, PortView::Strict);
                let Some(expected) = expect(&Asked { zone, winner, equals, route }, host, port) else { continue };
                let by = winner.map_or("the default".to_owned(), |w| format!("`{}` of {}", w.text, w.from));
                let why = format!("zone {}: {by} -> {route}", oracle.zone);
                let place = format!("{}:{port}", witness::in_url(&host.wire));
                let mut add = |method: &'static str, target: String| {
                    let request = Request { source: SOURCES[zone], method, target, authorization: None };
                    cases.push(Case { request, expected: expected.clone(), why: why.clone() });
                };
                if port == 80 {
                    add("GET", format!("http://{place}/"));
                }
                add("CONNECT", place);
            }
        }
    }
    cases
}

/// What Squid takes a host for, where it differs from everybody else; nothing when no ACL of Squid can say it.
fn as_squid_reads(host: &str) -> Option<String> {
    let bare = host.trim_start_matches('[').trim_end_matches([']', '.']);
    let Ok(ip) = bare.parse::<IpAddr>() else {
        return Some(host.to_owned());
    };
    // Squid keeps IPv4 addresses as IPv4-mapped ones and cannot tell the two apart.
    let ip = ip.to_canonical();
    // `0.0.0.0` and `::` are no addresses to Squid 5.7: `dst` never matches them.
    (!ip.is_unspecified()).then(|| ip.to_string())
}

/// What an output serves.
#[derive(Clone, Copy)]
struct Serves<'s> {
    /// The routes, `direct` among them for `serve: selected`.
    routes: &'s [&'s str],
    /// Whether what nobody lists is served too.
    default: bool,
}

impl Serves<'_> {
    fn allows(self, asked: &Asked) -> bool {
        self.routes.contains(&asked.route) && (self.default || asked.winner.is_some())
    }

    fn answer(self, asked: &Asked) -> Option<Answer> {
        Some(if self.allows(asked) { Answer::Passed("behind".to_owned()) } else { Answer::Refused })
    }
}

fn differences(cases: &[Case], answers: &[Answer]) -> Vec<String> {
    let different = cases.iter().zip(answers).filter(|(case, answer)| case.expected != **answer);
    let show = |(case, answer): (&Case, &Answer)| {
        let Request { source, method, target, .. } = &case.request;
        format!("{method} {target} from {source}: expected {:?}, got {answer:?} ({})", case.expected, case.why)
    };
    different.map(show).collect()
}

/// Sends all requests, prints the counts, and fails when an answer is not the one expected.
fn compare(name: &str, squid: &Squid, cases: &[Case]) {
    let begin = Instant::now();
    let answers = ask(squid, cases);
    let different = differences(cases, &answers);
    println!(
        "{name}: {} requests ({}), {} differences, {:.1} s",
        cases.len(),
        proxy::counts(&answers),
        different.len(),
        begin.elapsed().as_secs_f32()
    );
    let shown = different.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
    assert!(different.is_empty(), "{name}: {} differences, the first of them:\n{shown}", different.len());
    assert!(!cases.is_empty(), "{name}: nothing was asked");
}

fn ask(squid: &Squid, cases: &[Case]) -> Vec<Answer> {
    squid.ask(&cases.iter().map(|c| c.request.clone()).collect::<Vec<_>>())
}

/// Lets Squid read a configuration; any complaint is a failure.
fn parses(name: &str, configuration: &Path) {
    let complaints = proxy::complaints(configuration);
    assert!(complaints.is_empty(), "{name}: squid -k parse complains:\n{}", complaints.join("\n"));
}

fn of_squid(built: &Built) -> Vec<Artifact> {
    let of_squid = |a: &&Artifact| built.outputs[a.output].target.name == "squid";
    built.artifacts.iter().filter(of_squid).cloned().collect()
}

#[test]
fn squid_answers_as_the_policy_of_the_site_that_uses_everything() {
    let folder = common::folder();
    let install_dir = folder.path().join("squid");
    let site = common::everything(folder.path(), &install_dir);
    let (input, mut report) = common::load(&site);
    let built = common::run(&input, &mut report);
    common::write(&of_squid(&built), folder.path());
    let around = Around::all_to(proxy::server("behind"));
    let (conf, port) = proxy::configuration(folder.path(), &install_dir, &around);
    parses("everything.yaml", &conf);

    let oracles = common::oracles(&built.plan, &report.files);
    let hosts = witness::hosts(&oracles);
    let serves = Serves { routes: &["web", "cloud", "partner", "shared"], default: false };
    let cases = cases(&oracles, &hosts, |asked, _, _| serves.answer(asked));
    compare("everything.yaml", &Squid::start(&conf, port), &cases);
}

/// What stands in `out/` of the repository, as it is; only its folder is another one.
#[test]
fn squid_answers_as_the_policy_of_the_sample_site() {
    let folder = common::folder();
    let install_dir = folder.path().join("squid");
    std::fs::create_dir(&install_dir).expect("a folder");
    for entry in std::fs::read_dir(common::root().join("out/squid")).expect("out/squid") {
        let path = entry.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("a text");
        let text = text.replace("/etc/squid/pacwright", &install_dir.display().to_string());
        std::fs::write(install_dir.join(path.file_name().expect("a name")), text).expect("a copy");
    }
    let around = Around::all_to(proxy::server("behind"));
    let (conf, port) = proxy::configuration(folder.path(), &install_dir, &around);
    parses("site.yaml", &conf);

    let (input, mut report) = common::load(&common::root().join("site.yaml"));
    let built = common::run(&input, &mut report);
    let oracles = common::oracles(&built.plan, &report.files);
    let serves = Serves { routes: &["cloud"], default: false };
    let cases = cases(&oracles, &witness::hosts(&oracles), |asked, _, _| serves.answer(asked));
    compare("site.yaml", &Squid::start(&conf, port), &cases);
}

/// tests/sites/served.yaml in a folder of its own, with the ports of the servers that stand for its proxies.
struct Served {
    folder: tempfile::TempDir,
    site: PathBuf,
}

impl Served {
    fn new() -> Self {
        let folder = common::folder();
        let text = std::fs::read_to_string(common::root().join("tests/sites/served.yaml")).expect("served.yaml");
        let ports = [
            ("1101", proxy::server("web 1")),
            ("1102", proxy::server("web 2")),
            ("1201", proxy::server("cloud 1")),
            ("1202", proxy::server("cloud 2")),
            ("1301", proxy::free_port()),
            ("1302", proxy::server("spare 2")),
        ];
        let mut text = text.replace("/INSTALL_DIR", &folder.path().display().to_string());
        for (written, port) in ports {
            text = text.replace(&format!("127.0.0.1:{written}\""), &format!("127.0.0.1:{port}\""));
        }
        let site = folder.path().join("served.yaml");
        std::fs::write(&site, text).expect("served.yaml");
        Self { folder, site }
    }

    fn load(&self) -> (Input, Report) {
        common::load(&self.site)
    }

    /// Starts a Squid with one of the outputs.
    fn start(&self, built: &Built, dir: &str, around: &Around) -> Squid {
        let of_dir: Vec<Artifact> =
            of_squid(built).into_iter().filter(|a| a.path.starts_with(&format!("{dir}/"))).collect();
        common::write(&of_dir, self.folder.path());
        // Each Squid has its own folder for what it writes.
        let work = self.folder.path().join(format!("squid-{dir}"));
        std::fs::create_dir(&work).expect("a folder");
        open_to_all(&work);
        let (conf, port) = proxy::configuration(&work, &self.folder.path().join(dir), around);
        parses(dir, &conf);
        Squid::start(&conf, port)
    }
}

/// The hosts that some entry matches, and a few of the others: where all that nobody lists is allowed, each of these
/// costs a connection to the server behind.
fn few(oracles: &[Oracle], hosts: &[Host]) -> Vec<Host> {
    let listed =
        |h: &Host| oracles.iter().any(|o| o.matching(&h.written).winner(Some(443), PortView::Ignore).is_some());
    let few = hosts.iter().enumerate().filter(|(at, host)| at % 8 == 0 || listed(host));
    few.map(|(_, host)| host.clone()).collect()
}

fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).expect("chmod");
}

#[test]
fn squid_serves_what_the_output_says() {
    let served = Served::new();
    let (input, mut report) = served.load();
    let built = common::run(&input, &mut report);
    let oracles = common::oracles(&built.plan, &report.files);
    let hosts = witness::hosts(&oracles);
    let around = Around::all_to(proxy::server("behind"));
    let few = few(&oracles, &hosts);
    let variants = [
        ("plain", Serves { routes: &["web", "cloud", "spare"], default: false }),
        ("subset", Serves { routes: &["cloud"], default: false }),
        ("selected", Serves { routes: &["web", "cloud", "spare", "direct"], default: false }),
        ("default", Serves { routes: &["web", "cloud", "spare"], default: true }),
        ("default-of-one", Serves { routes: &["web", "direct"], default: true }),
    ];
    for (dir, serves) in variants {
        let squid = served.start(&built, dir, &around);
        let hosts = if serves.default { &few } else { &hosts };
        compare(&format!("served.yaml, {dir}"), &squid, &cases(&oracles, hosts, |asked, _, _| serves.answer(asked)));
    }
    // Clients of a zone that the output is not for are strangers.
    let squid = served.start(&built, "zone", &around);
    let all = Serves { routes: &["web", "cloud", "spare"], default: false };
    let expect = |asked: &Asked| if asked.zone == 1 { all.answer(asked) } else { Some(Answer::Refused) };
    compare("served.yaml, zone", &squid, &cases(&oracles, &hosts, |asked, _, _| expect(asked)));
}

#[test]
fn squid_sends_requests_to_the_proxies_of_their_route() {
    let served = Served::new();
    let (input, mut report) = served.load();
    let built = common::run(&input, &mut report);
    let oracles = common::oracles(&built.plan, &report.files);
    let hosts = witness::hosts(&oracles);
    let origin = proxy::server("origin");

    // Direct requests reach their host: a hosts file brings every name that goes direct to this machine. Addresses of
    // other machines are not asked for.
    let is_name = |host: &Host| host.wire.parse::<IpAddr>().is_err() && !host.wire.contains(':');
    let here = |host: &Host| {
        let bare = host.wire.trim_end_matches('.');
        bare == "127.0.0.1" || is_name(host) && bare.parse::<Ipv4Addr>().is_err()
    };
    let names = served.folder.path().join("names");
    let lines = hosts.iter().filter(|h| is_name(h)).map(|h| {
        let name = h.wire.trim_end_matches('.').to_lowercase();
        format!("127.0.0.1 {name}\n")
    });
    std::fs::write(&names, lines.collect::<String>()).expect("names");
    let around = Around { before: format!("hosts_file {}\n", names.display()), after: String::new() };
    let squid = served.start(&built, "routing", &around);
    let expect = |asked: &Asked, host: &Host, port: u16| match asked.route {
        "web" => Some(Answer::Passed("web 1".to_owned())),
        "cloud" => Some(Answer::Passed("cloud 1".to_owned())),
        // Squid tries the first each time; a few requests show what it does then.
        "spare" => (port == 443).then(|| Answer::Passed("spare 2".to_owned())),
        "block" => Some(Answer::Refused),
        _ => (port == origin && here(host)).then(|| Answer::Passed("origin".to_owned())),
    };
    // Every host is asked for at the port of the origin, too.
    let hosts: Vec<Host> =
        few(&oracles, &hosts).iter().map(|h| Host { edges: h.ports(&[origin]), ..h.clone() }).collect();
    let cases = cases(&oracles, &hosts, expect);
    for server in ["web 1", "cloud 1", "spare 2", "origin"] {
        let count = cases.iter().filter(|c| c.expected == Answer::Passed(server.to_owned())).count();
        assert!(count > 0, "no request is meant for {server}");
    }
    compare("served.yaml, routing", &squid, &cases);
}

/// `user:secret`, and a wrong password.
const GOOD: &str = "Basic dXNlcjpzZWNyZXQ=";
const BAD: &str = "Basic dXNlcjp3cm9uZw==";

#[test]
fn squid_asks_for_credentials_but_where_they_break_the_service() {
    let served = Served::new();
    let (input, mut report) = served.load();
    let built = common::run(&input, &mut report);
    let oracles = common::oracles(&built.plan, &report.files);
    let hosts = witness::hosts(&oracles);

    let mut openssl = Command::new("openssl");
    openssl.args(["passwd", "-apr1", "-stdin"]);
    let hash = String::from_utf8(common::pipe(openssl, "secret\n").stdout).expect("a hash");
    assert!(hash.starts_with("$apr1$"), "openssl passwd gives `{hash}`");
    let users = served.folder.path().join("users");
    std::fs::write(&users, format!("user:{hash}")).expect("users");
    let before = format!(
        "auth_param basic program /usr/lib/squid/basic_ncsa_auth {}\nauth_param basic children 4\n\
         acl authenticated proxy_auth REQUIRED\n",
        users.display()
    );
    let around = Around { before, ..Around::all_to(proxy::server("behind")) };

    let variants = [
        ("auth", Serves { routes: &["web", "cloud", "spare"], default: true }, [true, true]),
        ("auth-subset", Serves { routes: &["cloud"], default: false }, [true, false]),
    ];
    for (dir, serves, zones) in variants {
        let squid = served.start(&built, dir, &around);
        let expect = |asked: &Asked, otherwise: Answer| {
            Some(if !zones[asked.zone] || !serves.allows(asked) {
                Answer::Refused
            } else if asked
                .equals
                .iter()
                .take_while(|fact| serves.routes.contains(&fact.route.as_str()))
                .any(|f| f.no_auth)
            {
                // What breaks one service of those that name a host as specifically breaks it whoever is served first.
                Answer::Passed("behind".to_owned())
            } else {
                otherwise
            })
        };
        let hosts = if serves.default { few(&oracles, &hosts) } else { hosts.clone() };
        let with = |authorization: Option<&'static str>, otherwise: Answer| {
            let mut cases = cases(&oracles, &hosts, |asked, _, _| expect(asked, otherwise.clone()));
            for case in &mut cases {
                case.request.authorization = authorization;
            }
            cases
        };
        compare(&format!("served.yaml, {dir}, no credentials"), &squid, &with(None, Answer::AuthenticationWanted));
        compare(
            &format!("served.yaml, {dir}, credentials"),
            &squid,
            &with(Some(GOOD), Answer::Passed("behind".to_owned())),
        );
        let few: Vec<Case> = with(Some(BAD), Answer::AuthenticationWanted).into_iter().step_by(50).collect();
        compare(&format!("served.yaml, {dir}, wrong credentials"), &squid, &few);
    }
}

/// A comparison that cannot fail proves nothing: a line that is missing, and one too many, must be seen.
#[test]
fn a_damaged_list_is_found_out() {
    let served = Served::new();
    let (input, mut report) = served.load();
    let mut built = common::run(&input, &mut report);
    let oracles = common::oracles(&built.plan, &report.files);
    let hosts = witness::hosts(&oracles);
    let around = Around::all_to(proxy::server("behind"));
    let serves = Serves { routes: &["web", "cloud", "spare"], default: false };
    let damage = |text: &str, from: &str, to: &str| {
        assert!(text.lines().any(|line| line == from), "no line `{from}`");
        text.lines().map(|line| if line == from { to } else { line }).collect::<Vec<_>>().join("\n") + "\n"
    };
    let damages = [
        ("plain", ".web.example", "web.example"),
        ("subset", "bad.cloud.wild.example", "good.cloud.wild.example"),
        ("selected", "::1", "::2"),
    ];
    for (dir, from, to) in damages {
        let holds = |a: &&mut Artifact| {
            a.path.starts_with(&format!("{dir}/")) && String::from_utf8_lossy(&a.bytes).lines().any(|line| line == from)
        };
        let artifact = built.artifacts.iter_mut().find(holds).unwrap_or_else(|| panic!("{dir} has no line `{from}`"));
        artifact.bytes = damage(&String::from_utf8_lossy(&artifact.bytes), from, to).into_bytes();
        let serves = match dir {
            "subset" => Serves { routes: &["cloud"], ..serves },
            "selected" => Serves { routes: &["web", "cloud", "spare", "direct"], ..serves },
            _ => serves,
        };
        let squid = served.start(&built, dir, &around);
        let cases = cases(&oracles, &hosts, |asked, _, _| serves.answer(asked));
        let found = differences(&cases, &ask(&squid, &cases)).len();
        println!("`{to}` in the place of `{from}` in {dir}: {found} differences");
        assert!(found > 0, "nobody notices `{to}` in the place of `{from}` in {dir}");
    }
}
