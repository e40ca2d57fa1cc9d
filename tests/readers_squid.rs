//! The reader of Squid's rules against a real Squid: hand-written configurations, the same answer to every request; and
//! what Squid refuses or warns of is a problem to the reader too.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pacwright::reader::squid::{Setting, Squid};
use pacwright::reader::{File, Reader, Request};

const SQUID: &str = "/usr/sbin/squid";

/// A configuration with its lists; `@/` in the configuration stands for the folder of the lists.
struct Case {
    conf: String,
    lists: Vec<(&'static str, Vec<u8>)>,
}

fn case(conf: &str, lists: &[(&'static str, &str)]) -> Case {
    Case { conf: conf.to_owned(), lists: lists.iter().map(|(n, t)| (*n, t.as_bytes().to_vec())).collect() }
}

impl Case {
    fn read(&self, folder: &Path) -> Result<Squid, Vec<pacwright::reader::Problem>> {
        let conf = self.conf.replace("@/", &format!("{}/", folder.display()));
        let mut files = vec![File { path: "pacwright.conf", bytes: conf.as_bytes() }];
        files.extend(self.lists.iter().map(|(path, bytes)| File { path, bytes }));
        let install_dir = folder.display().to_string();
        Squid::read(&files, &Setting { conf: "pacwright.conf", install_dir: &install_dir, external: &["known"] })
    }

    /// Writes the files and a `squid.conf` that includes them.
    fn write(&self, folder: &Path, around: &str) -> PathBuf {
        let conf = self.conf.replace("@/", &format!("{}/", folder.display()));
        std::fs::write(folder.join("pacwright.conf"), conf).unwrap();
        for (name, bytes) in &self.lists {
            std::fs::write(folder.join(name), bytes).unwrap();
        }
        let main = folder.join("squid.conf");
        let text = around.replace("@/", &format!("{}/", folder.display()));
        std::fs::write(&main, text).unwrap();
        main
    }
}

fn folder() -> tempfile::TempDir {
    assert!(Path::new(SQUID).exists(), "{SQUID} is missing: tests/run installs it");
    let folder = tempfile::tempdir().unwrap();
    // Squid gives its rights up and must read the lists and write its log.
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    folder
}

fn head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while !bytes.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A parent that answers everything, and says who it is.
fn parent() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            std::thread::spawn(move || {
                let request = head(&mut stream);
                let length = if request.starts_with("CONNECT") { "" } else { "Content-Length: 0\r\n" };
                let _ = write!(stream, "HTTP/1.1 200 OK\r\nX-Parent: {port}\r\n{length}Connection: close\r\n\r\n");
            });
        }
    });
    port
}

struct Running {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn start(case: &Case, folder: tempfile::TempDir, peers: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // The client is the one of the header, so that any address can ask.
        let around = format!(
            "http_port 127.0.0.1:{port}\nfollow_x_forwarded_for allow all\nacl_uses_indirect_client on\n\
             acl known src all\ninclude @/pacwright.conf\nhttp_access deny all\n{peers}never_direct allow all\n\
             cache deny all\naccess_log none\ncache_log @/cache.log\npid_filename @/squid.pid\ncoredump_dir @/\n\
             netdb_filename none\npinger_enable off\nvisible_hostname test\nshutdown_lifetime 0 seconds\n\
             dns_nameservers 127.0.0.1\nhosts_file none\nconnect_timeout 5 seconds\n"
        );
        let main = case.write(folder.path(), &around);
        let mut child = Command::new(SQUID)
            .args(["-N", "-f"])
            .arg(&main)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(120);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = || std::fs::read_to_string(folder.path().join("cache.log")).unwrap_or_default();
            if let Some(status) = child.try_wait().unwrap() {
                panic!("squid ended: {status}\n{}", log());
            }
            assert!(Instant::now() < deadline, "squid does not answer\n{}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { child, port, _folder: folder }
    }

    /// The status and the headers of the answer.
    fn ask(&self, method: &str, host: &str, port: u16, client: &str) -> (u16, String) {
        let target = match method {
            "CONNECT" => format!("{host}:{port}"),
            _ if port == 80 => format!("http://{host}/"),
            _ => format!("http://{host}:{port}/"),
        };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        write!(stream, "{method} {target} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: {client}\r\n").unwrap();
        write!(stream, "Connection: close\r\n\r\n").unwrap();
        let answer = head(&mut stream);
        let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok());
        (status.unwrap_or_else(|| panic!("{method} {target}: no answer {answer:?}")), answer)
    }
}

fn names() -> Case {
    case(
        "# names\n\
         acl web port 80 443\n\
         acl  high\tport 1024-2048   # a comment\n\
         acl names dstdomain -n \"@/names.txt\"\n\
         acl names dstdomain -n inline.example .Inline2.Example\n\
         acl below dstdomain -n \"@/below.txt\"\r\n\
         acl apex dstdomain -n \"@/apex.txt\"\n\
         acl except dstdomain -n -- no.strict.example\n\
         \n\
         http_access allow names web known\n\
         http_access deny below except\n\
         http_access allow below !apex\n\
         http_access allow high !names !below\n",
        &[
            (
                "names.txt",
                "# hosts\r\nexact.example\r\n  .Wide.Example\r\n\r\n192.0.2.1\n[2001:db8::1]\nxn--mnchen-3ya.example # IDN\n0.0.0.0\n::\nunder_score.example\nshort",
            ),
            ("below.txt", ".strict.example\n.a.deep.example\n"),
            ("apex.txt", "strict.example\na.deep.example\n"),
        ],
    )
}

fn regexes() -> Case {
    case(
        "acl plain dstdom_regex -n -i ^[^].:[]+$\n\
         acl some dstdom_regex -n -i \"@/regex.txt\"\n\
         acl lower dstdom_regex -n ^low[0-9]+\\.example$\n\
         acl web port 443 80\n\
         http_access allow plain web\n\
         http_access allow some web\n\
         http_access allow lower\n",
        &[(
            "regex.txt",
            "# patterns\n^[^.]*cdn\\.example$\n^autodiscover\\.[^.]+\\.onmicrosoft\\.example$\n^([^.]+\\.)+b[^.]*\\.g3\\.example$\n\
             (^|\\.)Both\\.example$\n(one|two)\\.alt\\.example$\n^start\\.\nmid[a-c]dle\n^a.c\\.dots\\.example$\n^x-*y_+\\.rep\\.example$|^other\\.example$\n",
        )],
    )
}

fn groups() -> Case {
    case(
        "acl office src 10.1.0.0/16 2001:db8:1::/48\n\
         acl vms src 10.2.0.1-10.2.0.9 127.2.0.1\n\
         acl nets dst -n \"@/nets.txt\"\n\
         acl nets dst -n 203.0.113.7\n\
         acl hosts dstdomain -n .hosts.example\n\
         acl bad dstdomain -n bad.hosts.example\n\
         acl p443 port 443\n\
         acl p80 port 80\n\
         acl pair all-of hosts p443\n\
         acl pair all-of nets p80\n\
         acl either any-of pair\n\
         acl either any-of !bad\n\
         acl both all-of either !bad office\n\
         http_access deny bad !p80\n\
         http_access allow both pair\n\
         http_access allow vms either nets\n\
         http_access deny all\n\
         http_access allow all\n",
        &[("nets.txt", "198.51.100.0/24\n192.0.2.8-192.0.2.11\n2001:db8:9::/48\n10.0.0.0/9\n")],
    )
}

const HOSTS: &[&str] = &[
    "exact.example",
    "EXACT.Example",
    "exact.example.",
    "a.exact.example",
    "notexact.example",
    "wide.example",
    "a.wide.example",
    "A.b.WIDE.example.",
    "awide.example",
    "wide.example.evil",
    "192.0.2.1",
    "192.0.2.2",
    "192.0.2.8",
    "192.0.2.11",
    "192.0.2.12",
    "0xC0.0.2.8",
    "3221225992",
    "192.0.520",
    "0300.0.02.010",
    "[2001:db8::1]",
    "[2001:DB8:0::1]",
    "[2001:db8:9::5]",
    "[::ffff:192.0.2.9]",
    "[::ffff:c000:209]",
    "xn--mnchen-3ya.example",
    "under_score.example",
    "short",
    "inline.example",
    "inline2.example",
    "x.inline2.example",
    "strict.example",
    "a.strict.example",
    "no.strict.example",
    "deep.example",
    "a.deep.example",
    "b.a.deep.example",
    "plain",
    "PLAIN",
    "plain.",
    "cdn.example",
    "mycdn.example",
    "my.cdn.example",
    "CDN.EXAMPLE.",
    "autodiscover.x.onmicrosoft.example",
    "autodiscover.x.y.onmicrosoft.example",
    "autodiscover..onmicrosoft.example",
    "a.b.g3.example",
    "b.g3.example",
    "a.c.bb.g3.example",
    "both.example",
    "x.both.example",
    "xboth.example",
    "one.alt.example",
    "zone.alt.example",
    "three.alt.example",
    "start.anything",
    "restart.anything",
    "some.midbdle.example",
    "middle.example",
    "a.c.dots.example",
    "abc.dots.example",
    "xy_.rep.example",
    "x--y__.rep.example",
    "xy.rep.example",
    "other.example",
    "low7.example",
    "LOW7.example",
    "low.example",
    "198.51.100.0",
    "198.51.100.255",
    "198.51.101.0",
    "203.0.113.7",
    "10.127.255.255",
    "10.128.0.0",
    "127.0.0.1",
    "0.0.0.0",
    "[::]",
    "hosts.example",
    "x.hosts.example",
    "bad.hosts.example",
    "constructor",
    "__proto__",
];

#[test]
fn the_reader_and_a_running_squid_decide_alike() {
    let mut compared = 0;
    let mut allowed = 0;
    let mut wrong = String::new();
    for (name, case) in [("names", names()), ("regexes", regexes()), ("groups", groups())] {
        let folder = folder();
        let reader = case.read(folder.path()).unwrap_or_else(|p| panic!("{name}: {p:#?}"));
        let peer = format!("cache_peer 127.0.0.1 parent {} 0 no-query default\n", parent());
        let squid = Running::start(&case, folder, &peer);
        let clients: &[&str] = match name {
            "groups" => &["10.1.2.3", "127.1.0.1", "127.2.0.1", "10.2.0.9", "10.2.0.10", "2001:db8:1::9"],
            _ => &["127.1.0.1"],
        };
        for host in HOSTS {
            for (method, port) in [("GET", 80), ("CONNECT", 443), ("GET", 8080), ("CONNECT", 1024), ("GET", 443)] {
                for client in clients {
                    let ip: IpAddr = client.parse().unwrap();
                    let ours = reader.allows(&Request { client: Some(ip), host, port: Some(port) });
                    let (status, _) = squid.ask(method, host, port, client);
                    let theirs = match status {
                        200 => true,
                        // 400: a URL that Squid takes for none.
                        403 | 400 => false,
                        _ => panic!("{name}: {method} {host}:{port}: {status}"),
                    };
                    compared += 1;
                    allowed += usize::from(theirs);
                    if ours != theirs {
                        writeln!(wrong, "{name}: {method} {host}:{port} from {client}: squid {status}, reader {ours}")
                            .unwrap();
                    }
                }
            }
        }
    }
    println!("{compared} requests compared, {allowed} allowed");
    assert!(wrong.is_empty(), "{wrong}");
    assert!(compared > 1000 && allowed > 100, "{compared} requests, {allowed} allowed");
}

#[test]
fn parents_are_chosen_alike() {
    let folder = folder();
    let (a, b, c) = (parent(), parent(), parent());
    let case = case(
        &format!(
            "acl to_a dstdomain -n .a.example\nacl to_b dstdomain -n .b.example x.a.example\nacl web port 80\n\
             http_access allow all\n\
             cache_peer 127.0.0.1 parent {a} 0 no-query no-digest name=a\n\
             cache_peer_access a allow to_a web\ncache_peer_access a deny all\n\
             cache_peer 127.0.0.1 parent {b} 0 no-query no-digest default name=b\n\
             cache_peer_access b deny !to_b\n\
             cache_peer 127.0.0.1 parent {c} 0 no-query name=c\n\
             cache_peer_access c deny to_a\ncache_peer_access c deny to_b\n\
             never_direct allow to_a\nalways_direct allow web !web\n"
        ),
        &[],
    );
    let reader = case.read(folder.path()).unwrap();
    let squid = Running::start(&case, folder, "");
    let ports = std::collections::BTreeMap::from([("a", a), ("b", b), ("c", c)]);
    let mut seen = std::collections::BTreeSet::new();
    for host in ["a.example", "y.a.example", "x.a.example", "b.example", "z.b.example", "c.example", "192.0.2.1"] {
        for port in [80, 81] {
            let request = Request { client: None, host, port: Some(port) };
            let peers = reader.peers(&request);
            let (status, answer) = squid.ask("GET", host, port, "127.1.0.1");
            let used =
                answer.lines().find_map(|l| l.strip_prefix("X-Parent: ")).map(|p| p.trim().parse::<u16>().unwrap());
            match used {
                Some(used) => {
                    assert!(peers.iter().any(|p| ports[*p] == used), "{host}:{port}: {used}, {peers:?}")
                }
                None => assert!(peers.is_empty(), "{host}:{port}: no parent ({status}), reader {peers:?}"),
            }
            seen.insert(peers);
        }
    }
    assert!(seen.len() >= 4, "{seen:?}");
    let request = |host| Request { client: None, host, port: Some(80) };
    assert!(reader.never_direct(&request("q.a.example")) && !reader.never_direct(&request("b.example")));
    assert!(!reader.always_direct(&request("a.example")));
}

/// What `squid -k parse` says of a configuration: every line that is no plain progress.
fn complaints(case: &Case, folder: &Path) -> Vec<String> {
    let around = "http_port 127.0.0.1:3128\nacl known src all\ninclude @/pacwright.conf\nhttp_access deny all\n\
                  cache_log @/cache.log\npid_filename @/squid.pid\ncoredump_dir @/\nvisible_hostname test\n\
                  dns_nameservers 127.0.0.1\nhosts_file none\npinger_enable off\n";
    let main = case.write(folder, around);
    let output = Command::new(SQUID).args(["-k", "parse", "-f"]).arg(main).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let words =
        ["warning", "error", "fatal", "bungled", "unrecognized", "empty acl", "netmask", "skipping", "ignored", "bad "];
    let mut said: Vec<String> = text
        .lines()
        .map(|l| l.split_once("| ").map_or(l, |(_, rest)| rest))
        .filter(|l| !l.starts_with("Processing"))
        .filter(|l| words.iter().any(|w| l.to_ascii_lowercase().contains(w)))
        .map(str::to_owned)
        .collect();
    if !output.status.success() {
        said.push(format!("{}", output.status));
    }
    said
}

/// Forms that are wrong, with a host that a reader of the line would expect to be allowed at port 80, when there is one.
fn wrong_forms() -> Vec<(&'static str, Case, Option<&'static str>)> {
    let rule = "http_access allow a\n";
    let line = |acl: &str| case(&format!("{acl}\n{rule}"), &[]);
    let list = |acl: &str, text: &str| Case {
        conf: format!("acl a {acl} \"@/l.txt\"\n{rule}"),
        lists: vec![("l.txt", text.as_bytes().to_vec())],
    };
    let domain = |text: &str| list("dstdomain -n", text);
    let long = "a".repeat(2100);
    vec![
        ("star", domain("*.d.example"), Some("x.d.example")),
        ("star in a label", domain("foo*.d.example"), Some("foox.d.example")),
        ("star between", domain("a.*.d.example"), Some("a.x.d.example")),
        ("scheme", domain("https://h.example/"), Some("h.example")),
        ("port", domain("h.example:80"), Some("h.example")),
        ("path", domain("h.example/path"), Some("h.example")),
        ("a dot", domain("."), Some("h.example")),
        ("two dots", domain("..d.example"), Some("x.d.example")),
        ("trailing dot", domain("example.example."), Some("example.example")),
        ("network", domain("192.0.2.0/24"), Some("192.0.2.1")),
        ("IPv6 without brackets", domain("2001:db8::1"), Some("[2001:db8::1]")),
        ("unspecified in brackets", domain("[::]"), Some("[::]")),
        ("IPv6 spelled long", domain("[2001:db8:0:0::1]"), Some("[2001:db8:0:0::1]")),
        ("part of an address", domain("127.0.0"), None),
        ("suffix of addresses", domain(".1"), None),
        ("IDN in UTF-8", domain("münchen.example"), Some("xn--mnchen-3ya.example")),
        ("option as a value", line("acl a dstdomain -n -f"), None),
        ("option in a list", domain("-f.example"), None),
        ("no -n", line("acl a dstdomain d.example"), None),
        ("-i", line("acl a dstdomain -n -i d.example"), None),
        ("two on a line", domain("a.example b.example"), Some("b.example")),
        ("comma", domain("a.example,b.example"), Some("a.example")),
        ("quotes", domain("\"a.example\""), Some("a.example")),
        ("BOM", domain("\u{feff}a.example\nb.example"), Some("a.example")),
        ("no space before a comment", domain("a.example#b"), Some("a.example")),
        ("empty list", domain(""), None),
        ("only comments", domain("# nothing\n\n  # more\n"), None),
        ("missing list", line("acl a dstdomain -n \"@/nowhere.txt\""), None),
        (
            "behind a file",
            case("acl a dstdomain -n \"@/l.txt\" more.example\nhttp_access allow a\n", &[("l.txt", "x.example")]),
            Some("more.example"),
        ),
        ("wide, narrow", domain(".d.example\nwww.d.example"), None),
        ("wide, wide", domain(".d.example\n.a.d.example"), None),
        ("narrow, wide", domain("www.d.example\n.d.example"), None),
        ("narrow wide, wide", domain(".a.d.example\n.d.example"), None),
        ("dotted, apex", domain(".d.example\nd.example"), None),
        ("apex, dotted", domain("d.example\n.d.example"), None),
        ("twice", domain("d.example\nD.example"), None),
        ("over two lines", line("acl a dstdomain -n www.d.example\nacl a dstdomain -n .d.example"), None),
        (
            "over a line and a file",
            case(
                "acl a dstdomain -n .d.example\nacl a dstdomain -n \"@/l.txt\"\nhttp_access allow a\n",
                &[("l.txt", "b.d.example")],
            ),
            None,
        ),
        ("a long line", domain(&format!("# {long}.example\nx.example")), None),
        ("empty label", domain("a..example"), None),
        ("long label", domain(&format!("{}.example", "a".repeat(64))), None),
        ("control character", domain("a\u{1}.example"), None),
        ("carriage return", domain("a.example\rb.example"), Some("b.example")),
        ("percent", domain("a%2eb.example"), Some("a.b.example")),
        ("regex: \\d", list("dstdom_regex -n -i", "^h\\d\\.example$"), Some("h1.example")),
        ("regex: (?:", list("dstdom_regex -n -i", "^(?:a|b)\\.example$"), Some("a.example")),
        ("regex: open group", list("dstdom_regex -n -i", "^(a\\.example$"), None),
        ("regex: closed group", list("dstdom_regex -n -i", "^a)\\.example$"), None),
        ("regex: open bracket", list("dstdom_regex -n -i", "^[a\\.example$"), None),
        ("regex: backwards range", list("dstdom_regex -n -i", "^[z-a]\\.example$"), None),
        ("regex: star first", list("dstdom_regex -n -i", "*\\.example$"), None),
        ("regex: .* first", list("dstdom_regex -n -i", ".*\\.example$"), None),
        ("regex: ^.* first", list("dstdom_regex -n -i", "^.*\\.example$"), None),
        ("regex: two stars", list("dstdom_regex -n -i", "^a**\\.example$"), None),
        ("regex: count", list("dstdom_regex -n -i", "^a{2,1}\\.example$"), None),
        ("regex: empty alternative", list("dstdom_regex -n -i", "^(a|)\\.example$"), None),
        ("regex: capital without -i", list("dstdom_regex -n", "^A\\.example$"), Some("a.example")),
        ("regex: anchor inside", list("dstdom_regex -n -i", "a^b"), None),
        ("regex: end inside", list("dstdom_regex -n -i", "a$b"), None),
        ("regex: two on a line", list("dstdom_regex -n -i", "^a\\.example$ ^b\\.example$"), Some("b.example")),
        ("regex: UTF-8", list("dstdom_regex -n -i", "^m[^.]*ünchen$"), None),
        ("regex: backslash in brackets", list("dstdom_regex -n -i", "^[\\w]+\\.example$"), Some("abc.example")),
        ("regex: no -n", list("dstdom_regex -i", "^a\\.example$"), None),
        ("dst: narrow, wide", list("dst -n", "192.0.2.5\n192.0.2.0/24"), None),
        ("dst: wide, narrow", list("dst -n", "192.0.2.0/24\n192.0.2.5"), None),
        ("dst: overlapping ranges", list("dst -n", "192.0.2.1-192.0.2.9\n192.0.2.5-192.0.2.12"), None),
        ("dst: twice", list("dst -n", "192.0.2.5\n192.0.2.5"), None),
        ("dst: /33", list("dst -n", "192.0.2.0/33"), None),
        ("dst: /200", list("dst -n", "2001:db8::/200"), None),
        ("dst: netmask", list("dst -n", "192.0.2.0/255.0.255.0"), None),
        ("dst: host bits", list("dst -n", "192.0.2.5/24"), None),
        ("dst: everything", list("dst -n", "0.0.0.0/0"), None),
        ("dst: everything in IPv6", list("dst -n", "::/0"), None),
        ("dst: short", list("dst -n", "192.0.2"), None),
        ("dst: backwards", list("dst -n", "192.0.2.9-192.0.2.1"), None),
        ("dst: scope", list("dst -n", "fe80::1%eth0"), None),
        ("dst: brackets", list("dst -n", "[2001:db8::1]"), None),
        ("dst: a name", list("dst -n", "no-such-name.invalid"), None),
        ("dst: unspecified", list("dst -n", "0.0.0.0"), Some("0.0.0.0")),
        ("dst: no -n", list("dst", "192.0.2.1"), None),
        ("dst: leading zero", list("dst -n", "010.0.0.1"), Some("10.0.0.1")),
        ("dst: zero in front of the length", list("dst -n", "10.0.0.0/08"), None),
        ("dst: IPv4 as IPv6", list("dst -n", "::ffff:192.0.2.1"), None),
        ("src: -n", line("acl a src -n 10.0.0.0/8"), None),
        ("src: host bits", line("acl a src 10.0.0.1/8"), None),
        ("port: a name", line("acl a port https"), None),
        ("port: too large", line("acl a port 70000"), None),
        ("port: backwards", line("acl a port 90-80"), None),
        ("port: empty", line("acl a port "), None),
        ("port: comma", line("acl a port 80,443"), None),
        ("a long name", case(&format!("acl {0} port 80\nhttp_access allow {0}\n", "a".repeat(64)), &[]), None),
        ("two types", line("acl a port 80\nacl a dstdomain -n d.example"), None),
        ("a type unknown", line("acl a destination d.example"), None),
        ("undefined", line("acl b port 80"), None),
        ("undefined in a group", line("acl a any-of nosuch"), None),
        ("defined later", line("acl a any-of b\nacl b port 80"), None),
        ("names itself", line("acl a any-of a"), None),
        ("no type", line("acl a"), None),
        ("no ACL", case("acl a port 80\nhttp_access allow\n", &[]), None),
        ("no allow", case("acl a port 80\nhttp_access permit a\n", &[]), None),
        ("a directive unknown", line("acl a port 80\nhttp_acces allow a"), None),
        ("a missing include", line("include @/nowhere.conf\nacl a port 80"), None),
        ("BOM in the configuration", line("\u{feff}acl a port 80"), None),
        (
            "a long line of the configuration",
            line(&format!("acl a dstdomain -n {}", (0..900).map(|i| format!("host{i}.example ")).collect::<String>())),
            Some("host899.example"),
        ),
        ("carriage return in the configuration", line("acl a port 81\r 80"), Some("h.example")),
        ("a peer unknown", line("acl a port 80\ncache_peer_access nosuch allow a"), None),
        (
            "a peer twice",
            line(
                "acl a port 80\ncache_peer 127.0.0.1 parent 8080 0 no-query name=x\ncache_peer 127.0.0.1 parent 8081 0 no-query name=x",
            ),
            None,
        ),
        ("a peer's option", line("acl a port 80\ncache_peer 127.0.0.1 parent 8080 0 no-query nosuch name=x"), None),
        ("a peer's port", line("acl a port 80\ncache_peer 127.0.0.1 parent web 0 no-query name=x"), None),
        ("defines `all`", line("acl all port 80\nacl a port 80"), None),
        ("defines what stands outside", line("acl known port 80\nacl a port 80"), None),
    ]
}

#[test]
fn what_squid_refuses_is_a_problem() {
    let folder = folder();
    let (mut refused, mut warned, mut silent) = (0, 0, Vec::new());
    let mut wrong = String::new();
    for (name, case, host) in wrong_forms() {
        let said = complaints(&case, folder.path());
        match said.last() {
            None => silent.push(name),
            Some(last) if last.starts_with("exit") || last.starts_with("signal") => refused += 1,
            Some(_) => warned += 1,
        }
        match case.read(folder.path()) {
            Ok(_) => writeln!(wrong, "{name}: no problem to the reader; squid: {said:#?}").unwrap(),
            Err(problems) => assert!(!problems.is_empty()),
        }
        // A line that Squid takes in silence and that should allow a host is dead, or it is no wrong form.
        if let (true, Some(host)) = (said.is_empty(), host) {
            let dead = self::folder();
            let peer = format!("cache_peer 127.0.0.1 parent {} 0 no-query default\n", parent());
            let (status, _) = Running::start(&case, dead, &peer).ask("GET", host, 80, "127.1.0.1");
            if status == 200 {
                writeln!(wrong, "{name}: squid allows {host}").unwrap();
            }
        }
        for file in ["l.txt", "pacwright.conf"] {
            let _ = std::fs::remove_file(folder.path().join(file));
        }
    }
    println!("{refused} refused by squid, {warned} warned of, {} taken in silence: {silent:?}", silent.len());
    assert!(wrong.is_empty(), "{wrong}");
    // And nothing is said of the right ones.
    for (name, case) in [("names", names()), ("regexes", regexes()), ("groups", groups())] {
        assert_eq!(complaints(&case, folder.path()), Vec::<String>::new(), "{name}");
    }
}

/// Numbers that look random and are the same in every run.
fn numbers() -> impl FnMut(u64) -> u64 {
    let mut state = 20_261_124_u64;
    move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

#[test]
fn what_the_reader_takes_of_changed_files_squid_takes() {
    let folder = folder();
    let mut random = numbers();
    let pieces = [
        "\"", "*", "\n", "\r", "\\", "#", " ", "!", "-", "/", ".", "(", ")", "[", "]", "^", "$", "|", "+", "0", "9",
        "a", "\t", "'", "{",
    ];
    let (mut taken, mut changed) = (0, 0);
    while taken < 120 && changed < 3000 {
        let mut case = [names(), regexes(), groups()].into_iter().nth(random(3) as usize).unwrap();
        let which = random(1 + case.lists.len() as u64) as usize;
        let mut bytes = match which.checked_sub(1) {
            None => case.conf.clone().into_bytes(),
            Some(list) => case.lists[list].1.clone(),
        };
        let at = random(bytes.len() as u64) as usize;
        match random(4) {
            0 => bytes[at] ^= 1 << random(7),
            1 => drop(bytes.remove(at)),
            2 => {
                let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
                let (a, b) = (random(lines.len() as u64) as usize, random(lines.len() as u64) as usize);
                lines.swap(a, b);
                if random(2) == 0 {
                    lines.remove(a);
                }
                bytes = lines.concat();
            }
            _ => drop(bytes.splice(at..at, pieces[random(pieces.len() as u64) as usize].bytes())),
        }
        match which.checked_sub(1) {
            None => case.conf = String::from_utf8_lossy(&bytes).into_owned(),
            Some(list) => case.lists[list].1 = bytes,
        }
        changed += 1;
        if case.read(folder.path()).is_ok() {
            taken += 1;
            let said = complaints(&case, folder.path());
            assert!(said.is_empty(), "{}\n{:?}\nsquid: {said:#?}", case.conf, case.lists);
        }
    }
    println!("{changed} files changed, {taken} taken by the reader, all of them by squid");
    assert!(taken >= 100, "{taken}");
}

#[test]
fn no_list_that_squid_complains_of_passes_the_reader() {
    let folder = folder();
    let (mut complained, mut passed) = (0, 0);
    let mut random = numbers();
    for round in 0..120 {
        let mut text = String::new();
        let acl = if round % 2 == 0 { "dstdomain -n" } else { "dst -n" };
        for _ in 0..2 + random(4) {
            if round % 2 == 0 {
                let labels: Vec<&str> =
                    (0..1 + random(3)).map(|_| ["a", "b", "c", "a-b"][random(4) as usize]).collect();
                let dot = if random(3) == 0 { "." } else { "" };
                writeln!(text, "{dot}{}.example", labels.join(".")).unwrap();
            } else {
                let first = random(200);
                match random(3) {
                    0 => writeln!(text, "192.0.2.{first}").unwrap(),
                    1 => writeln!(text, "192.0.2.{first}-192.0.2.{}", first + random(20)).unwrap(),
                    _ => writeln!(text, "192.0.2.{}/28", first / 16 * 16).unwrap(),
                }
            }
        }
        let case = Case {
            conf: format!("acl a {acl} \"@/l.txt\"\nhttp_access allow a\n"),
            lists: vec![("l.txt", text.clone().into_bytes())],
        };
        let said = complaints(&case, folder.path());
        let read = case.read(folder.path());
        complained += usize::from(!said.is_empty());
        passed += usize::from(read.is_ok());
        assert!(said.is_empty() || read.is_err(), "{text}\nsquid: {said:#?}");
    }
    println!("120 lists: squid complains of {complained}, {passed} pass the reader");
    assert!(complained > 20 && passed > 20, "{complained}, {passed}");
}
