//! The readers of artifacts: Squid, Zscaler, nftables, CSV. What is accepted answers every question, and the same one
//! the same way whatever its spelling.

use std::net::{IpAddr, Ipv4Addr};

use pacwright::reader::csv::{Column, Kind, Table};
use pacwright::reader::net::Protocol;
use pacwright::reader::nft::Nft;
use pacwright::reader::squid::{Setting, Squid};
use pacwright::reader::zscaler::Zscaler;
use pacwright::reader::{File, Problem, Reader, Request};

use crate::driver::{Target, run};
use crate::seeds::{head, joined, read, split, texts};

const DESTINATIONS: &[&str] = &[
    "www.example.com",
    ".example.com",
    "*.example.com",
    "a*b.example",
    "plain",
    "10.0.0.0/8",
    "0.0.0.0/0",
    "::/0",
    "::",
    "0.0.0.0",
    "2001:db8::/32",
    "[2001:db8::1]",
    "192.0.2.1",
    "192.0.2.1-192.0.2.9",
    "::ffff:192.0.2.1",
    "/24",
    "/0",
    "/33",
    ".",
    "..",
    "-",
    "_",
    "xn--",
    "\\.",
    "443",
    "80 443",
    "1-65535",
    "0",
    "\"",
    "'",
    "#",
    " ",
    "\t",
    "\n",
    ",",
    ";",
    "\\",
];

/// Hosts that are asked for everywhere, beside those that stand in the input.
const ASKED: &[&str] = &[
    "www.example.com",
    "WWW.Example.COM.",
    "a.b.c.d.e.f.example",
    "intranet",
    "192.0.2.1",
    "192.0.2.1.",
    "0x7f.1",
    "127.1",
    "[2001:db8::1]",
    "2001:db8::1",
    "[::ffff:192.0.2.1]",
    "::",
    "[::]",
    "0.0.0.0",
    "",
    ".",
    "..",
    "a..b",
    "[",
    "]",
    "[::1",
    "*",
    "xn--",
    "-",
    "ü",
    "a b",
    "%",
];

/// Some hosts out of an input: its words.
fn asked(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | '/' | '{' | '}' | '=')).rev();
    let words = words.filter(|word| !word.is_empty() && word.len() < 300).take(12);
    words
        .map(|word| word.trim_start_matches(['*', '.']).to_owned())
        .chain(ASKED.iter().map(|h| (*h).to_owned()))
        .collect()
}

/// A refusal has words for people, and lines that are there.
fn said(problems: &[Problem], files: &[File]) {
    assert!(!problems.is_empty(), "refused without a word");
    for problem in problems {
        assert!(!problem.message.is_empty() && !problem.message.contains(char::is_control), "{:?}", problem.message);
        if let Some(file) = files.iter().find(|f| f.path == problem.path) {
            let lines = file.bytes.iter().filter(|b| **b == b'\n').count() + 1;
            assert!(problem.line <= lines, "line {} of {lines}: {}", problem.line, problem.message);
        }
    }
}

/// The value, when the files were accepted.
fn accepted<T>(read: Result<T, Vec<Problem>>, files: &[File]) -> Option<T> {
    read.map_err(|problems| said(&problems, files)).ok()
}

fn files(all: &[(String, Vec<u8>)]) -> Vec<File<'_>> {
    all.iter().map(|(path, bytes)| File { path, bytes }).collect()
}

fn request(host: &str, port: Option<u16>) -> Request<'_> {
    Request { client: Some(IpAddr::V4(Ipv4Addr::new(127, 1, 0, 1))), host, port }
}

/// Capital letters change no answer, nor does a dot at the end of a name.
fn same_for_spellings(reader: &dyn Reader, host: &str) {
    for port in [Some(443), None] {
        let allows = reader.allows(&request(host, port));
        assert_eq!(reader.allows(&request(&host.to_ascii_uppercase(), port)), allows, "{host:?} in capital letters");
        if !host.is_empty() && host.len() < 255 && !host.ends_with(['.', ']']) && !host.contains(':') {
            assert_eq!(reader.allows(&request(&format!("{host}."), port)), allows, "{host:?} with a dot");
        }
        if let Ok(IpAddr::V4(address)) = host.parse() {
            let mapped = format!("[{}]", address.to_ipv6_mapped());
            assert_eq!(reader.allows(&request(&mapped, port)), allows, "{mapped}");
        }
    }
}

const SETTING: Setting = Setting { conf: "pacwright.conf", install_dir: "/etc/squid/pacwright", external: &["users"] };

#[test]
fn squid() {
    let list = |name: &str| (name.to_owned(), read(&format!("out/squid/{name}")));
    let conf = String::from_utf8(read("out/squid/pacwright.conf")).unwrap();
    // A small part of the configuration, and the lists that part names.
    let parts = [("_443_2", 40), ("regex_443", 40), ("addresses", 40), ("names_80", 40)].map(|(word, most)| {
        let names = |line: &&str| line.starts_with("acl pw_ports") || (line.starts_with("acl") && line.contains(word));
        let lines: Vec<&str> = conf.lines().filter(names).filter(|l| !l.contains("all-of")).take(most).collect();
        let mut text = format!("# a part\n{}\n", lines.join("\n"));
        let mut files = Vec::new();
        for line in &lines {
            let name = line.split(' ').nth(1).unwrap();
            text.push_str(&format!("http_access allow {name} pw_ports_443\n"));
            if line.contains('"') {
                files.push(list(&format!("{name}.txt")));
            }
        }
        files.insert(0, ("pacwright.conf".to_owned(), text.into_bytes()));
        let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        joined(&files)
    });
    let alone = [
        "acl a src 127.1.0.0/16\nacl b dstdomain -n .a.example b.example\nacl p port 80 443 8000-8100\n\
         acl g all-of b p\nacl h any-of g !a\nhttp_access deny a !h\nhttp_access allow h users\n",
        "acl r dstdom_regex -n -i ^([a-z0-9-]+\\.)*a[^.]*b\\.example$ (^|\\.)c\\.example$\nhttp_access allow r\n\
         acl d dst -n 192.0.2.0/24 2001:db8::/32 198.51.100.1-198.51.100.9\nhttp_access allow d all\n",
        "cache_peer 127.0.0.1 parent 8080 0 no-query name=p1\ncache_peer h.example parent 80 0\nacl a dstdomain -n a.example\n\
         cache_peer_access p1 allow a\ncache_peer_access p1 deny all\nnever_direct allow a\nalways_direct deny a\n\
         http_access allow a\n",
    ];
    let mut seeds: Vec<Vec<u8>> = parts.to_vec();
    seeds.extend(alone.map(|text| joined(&[("pacwright.conf", text.as_bytes().to_vec())])));
    let words = DESTINATIONS.iter().copied().chain([
        "acl ",
        "acl a ",
        "dstdomain ",
        "dstdom_regex ",
        "dst ",
        "src ",
        "port ",
        "all-of ",
        "any-of ",
        "-n ",
        "-i ",
        "-- ",
        "http_access ",
        "allow ",
        "deny ",
        "never_direct ",
        "always_direct ",
        "cache_peer ",
        "cache_peer_access ",
        "parent ",
        "all",
        "!a",
        "!",
        "users",
        "name=",
        "no-query",
        "#line 1",
        "\\\n",
        "^",
        "$",
        "(",
        ")",
        "|",
        "[a-z]",
        "[^.]*",
        "+",
        "*",
        ".*",
        "{1}",
        "(^|\\.)",
        "=== pacwright.conf\n",
        "=== pw_x.txt\n",
        "\"/etc/squid/pacwright/pw_x.txt\"",
    ]);
    run(&Target { name: "squid", seeds, words: words.collect(), share: 1 }, |case| {
        let parts = split(case.bytes);
        let files = files(&parts);
        let Some(squid) = accepted(Squid::read(&files, &SETTING), &files) else { return false };
        for host in asked(case.bytes) {
            same_for_spellings(&squid, &host);
            let asked = request(&host, Some(443));
            let (never, always) = (squid.never_direct(&asked), squid.always_direct(&asked));
            assert!(!always || squid.peers(&asked).is_empty(), "{host:?}, never direct: {never}");
            assert!(!squid.needs_auth(&asked) || squid.allows(&asked), "{host:?}");
            assert_eq!(squid.matches("no such ACL", &asked), None);
            assert!(squid.matches("all", &asked) == Some(true) || !squid.allows(&asked), "{host:?}");
        }
        true
    });
}

#[test]
fn zscaler() {
    let upload = "+, P-WEB, CUSTOM, .wild.example\n+, P-WEB, CUSTOM, a.example\n+, P-WEB, CUSTOM, www.example.com/path\n\
                  +, P-EXCEPT, CUSTOM, bad.wild.example\n+, P-NO-AUTH, CUSTOM, a.example\n";
    let seeds = vec![
        joined(&[
            ("url-categories.csv", upload.as_bytes().to_vec()),
            ("ip-destination-groups.csv", head("out/zscaler/ip-destination-groups.csv", 12)),
            ("P-WEB.txt", b".wild.example\na.example\nwww.example.com/path\n".to_vec()),
            ("P-EXCEPT.txt", b"bad.wild.example\n".to_vec()),
            ("P-NO-AUTH.txt", b"a.example\n".to_vec()),
        ]),
        joined(&[("ip-destination-groups.csv", b"group,type,address\nG,DSTN_IP,10.0.0.0/8\n".to_vec())]),
        joined(&[
            ("url-categories.csv", b"+, P-WEB, CUSTOM, a.example\n".to_vec()),
            ("P-WEB.txt", b"a.example\n".to_vec()),
        ]),
    ];
    let words = DESTINATIONS.iter().copied().chain([
        "+, ",
        "+, P-WEB, CUSTOM, ",
        "CUSTOM",
        "P-EXCEPT",
        "P-NO-AUTH",
        "P-NO-DECRYPT",
        "P-",
        "P",
        "group,type,address\n",
        "DSTN_IP",
        "=== P-WEB.txt\n",
        "=== url-categories.csv\n",
        "=== ip-destination-groups.csv\n",
        "/path",
        "?",
        "://",
    ]);
    run(&Target { name: "zscaler", seeds, words: words.collect(), share: 1 }, |case| {
        let parts = split(case.bytes);
        let files = files(&parts);
        let Some(lists) = accepted(Zscaler::read(&files, "P"), &files) else { return false };
        for host in asked(case.bytes) {
            same_for_spellings(&lists, &host);
            let inside = lists.categories().any(|name| lists.in_category(name, &host) == Some(true));
            let address = host.trim_start_matches('[').trim_end_matches([']', '.']).parse::<IpAddr>().ok();
            let grouped = address
                .is_some_and(|a| lists.groups().any(|name| lists.in_group(name, a.to_canonical()) == Some(true)));
            assert!(inside || grouped || !lists.allows(&request(&host, None)), "{host:?} is in no list");
        }
        true
    });
}

#[test]
fn nft() {
    let small = "table inet t {\n}\ndelete table inet t\n\ntable inet t {\n  set a {\n    type ipv4_addr\n    flags interval\n\
                 \x20   elements = {\n      10.0.0.0/8,\n      192.0.2.1-192.0.2.9\n    }\n  }\n  set b { type ipv6_addr; flags interval; elements = { 2001:db8::/32 }\n  }\n\
                 \x20 chain c {\n    ip saddr @a tcp dport { 80, 443, 8000-8100 } accept\n    ip6 daddr @b accept\n\
                 \x20   ip saddr { 10.0.0.0/8, 10.1.0.0/16 } ip daddr 192.0.2.1 udp dport 123 accept\n  }\n}\n";
    let tiny = "table inet t {\n  set a {\n    type ipv4_addr\n    elements = { 192.0.2.1 }\n  }\n  chain c {\n    ip saddr @a accept\n  }\n}\n";
    let large = [head("out/firewall/pacwright.nft", 34), b"}\n".to_vec()].concat();
    let seeds = [texts(&[tiny, tiny, small]), vec![large]].concat();
    let words = DESTINATIONS.iter().copied().chain([
        "table inet t {\n",
        "delete table inet t\n",
        "set a {\n",
        "type ipv4_addr\n",
        "type ipv6_addr\n",
        "flags interval\n",
        "elements = { ",
        "chain c {\n",
        "chain ",
        "ip saddr ",
        "ip daddr ",
        "ip6 saddr ",
        "ip6 daddr ",
        "tcp dport ",
        "udp dport ",
        "accept\n",
        "@a",
        "@b",
        "{",
        "}",
        "}\n",
        ", ",
        ";",
        "= ",
        "inet",
        "add",
        "flush ruleset\n",
        "\r\n",
        "#",
    ]);
    run(&Target { name: "nft", seeds, words: words.collect(), share: 1 }, |case| {
        let file = File { path: "f.nft", bytes: case.bytes };
        let Some(table) = accepted(Nft::read(&file), &[file]) else { return false };
        let hosts = asked(case.bytes);
        let addresses: Vec<IpAddr> =
            hosts.iter().filter_map(|h| h.trim_start_matches('[').trim_end_matches(']').parse().ok()).collect();
        let chains: Vec<&str> = table.chains().collect();
        for from in &addresses {
            for to in &addresses {
                for chain in &chains {
                    let accepts = table.accepts(chain, *from, *to, Protocol::Tcp, 443);
                    assert!(accepts.is_some() && (accepts != Some(true) || from.is_ipv4() == to.is_ipv4()));
                }
                assert_eq!(table.accepts("no such chain", *from, *to, Protocol::Udp, 0), None);
            }
        }
        true
    });
}

/// A table of one kind.
fn table(name: &'static str, kind: Kind, seeds: Vec<Vec<u8>>) {
    let words = DESTINATIONS.iter().copied().chain([
        "zone",
        "service",
        "endpoint",
        "destination",
        "kind",
        "protocol",
        "ports",
        "via",
        "route",
        "required",
        "from",
        "sources",
        "except",
        "all",
        "any",
        "tcp",
        "udp",
        "tcp udp",
        "tcp/443",
        "udp/123",
        "tcp/1-65535",
        "all",
        "host",
        "wildcard",
        "glob",
        "address",
        "network",
        "url",
        "service-tag",
        "default",
        "everything else",
        "proxy",
        "firewall",
        "optional",
        "clients",
        "proxy:web",
        "\"\"",
        "\",\"",
        "\"a\nb\"",
        "=1",
        "+",
        "@",
        "\r\n",
        ",,",
        "www.a.example/b",
    ]);
    run(&Target { name, seeds, words: words.collect(), share: 1 }, |case| {
        let file = File { path: "t.csv", bytes: case.bytes };
        let Some(table) = accepted(Table::read(&file, kind), &[file]) else { return false };
        let lines = case.bytes.iter().filter(|b| **b == b'\n').count() + 1;
        let mut before = 1;
        for row in table.rows() {
            assert!(before < row.line() && row.line() <= lines, "{} behind {before}, of {lines}", row.line());
            before = row.line();
            assert!(!row.said().get(Column::Zone).is_empty());
        }
        for host in asked(case.bytes) {
            for port in [None, Some(443)] {
                let found = |host: &str| -> Vec<usize> {
                    table.matching("a", host, port, Protocol::Tcp).iter().map(|row| row.line()).collect()
                };
                let lines = found(&host);
                assert!(lines.is_sorted(), "{host:?}: {lines:?}");
                assert_eq!(found(&host.to_ascii_uppercase()), lines, "{host:?} in capital letters");
            }
        }
        true
    });
}

#[test]
fn destinations_csv() {
    let path = "out/destinations.csv";
    let small = "zone,service,endpoint,destination,kind,protocol,ports,via,route\nall,,rule 1,plain,plain,any,all,proxy,direct\n\
                 a b,s,e,a*.x.example,glob,tcp,tcp/443 tcp/80,proxy,\"we\"\"b, c\"\nall,s,t,AzureArc,service-tag,tcp udp,tcp/443 udp/53,firewall,\n";
    let mut seeds = vec![head(path, 3), head(path, 14), head(path, 40)];
    seeds.extend(texts(&[small, &small.replace('\n', "\r\n"), &format!("\u{feff}{small}")]));
    table("destinations_csv", Kind::Destinations, seeds);
}

#[test]
fn firewall_csv() {
    let path = "out/firewall/firewall.csv";
    let small = "zone,from,sources,destination,kind,protocol,ports,except,route,service,endpoint\n\
                 all,clients,10.0.0.0/8 172.16.0.0/12,.a.example,wildcard,tcp,tcp/443,b.a.example *.c.a.example,web,,rule 1\n\
                 a,proxy:web,,2001:db8::/32,network,udp,udp/3478-3481,,direct,s,e\n";
    let mut seeds = vec![head(path, 3), head(path, 14), head(path, 40)];
    seeds.extend(texts(&[small, &small.replace('\n', "\r\n")]));
    table("firewall_csv", Kind::Opened, seeds);
}
