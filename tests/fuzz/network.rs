//! What strangers answer to `update` and `import`, and what an environment says of proxies.

use pacwright::catalog::raw::Day;
use pacwright::cli::State;
use pacwright::dest::HostName;
use pacwright::diag::{Report, text};
use pacwright::diff::partition::Named;
use pacwright::diff::script::mentions;
use pacwright::fetch::{Address, later, proxy};
use pacwright::import::m365::{self, Instance, Live, changes, version};
use pacwright::read::record::Scalar as _;
use pacwright::source::FileId;

use crate::driver::{Target, run};
use crate::seeds::{head, texts};

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "-1",
    "1e999",
    "\\u0000",
    "\\ud800",
    "18446744073709551615",
    "\u{feff}",
    "<html>",
];

/// A text as a file of a report.
fn file(bytes: &[u8], report: &mut Report) -> Option<FileId> {
    std::str::from_utf8(bytes).ok().map(|text| report.files.add("answer", text))
}

/// Every refusal can be shown.
fn shown(report: &Report) {
    for finding in report.sink.found() {
        assert!(!finding.message.is_empty() && !finding.message.contains(char::is_control), "{:?}", finding.message);
        assert!(!text::render(finding, &report.files, false).is_empty());
    }
}

/// A list of two sets, and days that are past, today's and to come.
const LIST: &str = r#"[
  {"id": 1, "serviceArea": "Common", "urls": ["a.example", "*.b.example"], "ips": ["192.0.2.0/24", "2001:db8::/32"],
   "tcpPorts": "80,443", "expressRoute": false, "category": "Allow", "required": true},
  {"id": 2, "serviceArea": "Common", "urls": ["a.example"], "tcpPorts": "25", "expressRoute": false, "category": "Default",
   "required": false}]"#;
const CHANGES: &str = r#"[
  {"id": 3, "endpointSetId": 1, "disposition": "Change", "impact": "AddedIpAndUrl", "version": "2026112800",
   "previous": {"tcpPorts": "443"}, "current": {"tcpPorts": "80,443"},
   "add": {"effectiveDate": "20261228", "ips": ["192.0.2.0/24"], "urls": ["a.example", "*.b.example"]},
   "remove": {"urls": ["c.example"]}},
  {"id": 4, "endpointSetId": 2, "disposition": "Add", "version": "2026112801", "add": {"effectiveDate": "20270101",
   "urls": ["a.example"]}}]"#;

/// Whatever a list of changes says, the catalog is the one without it but for days that are not past.
#[test]
fn changes_answer() {
    let today = Day("2026-11-25".to_owned());
    let folder = tempfile::tempdir().unwrap();
    let made = |live: &Live| {
        let mut report = Report::default();
        let list = report.files.add("list", LIST);
        let instance = Instance::UsGovGccHigh;
        let wanted = m365::Wanted { instance, no_mem: false, reviewed: "2026-11-24", any_instance: true, live };
        m365::made(list, wanted, &mut report).remove(0).text
    };
    let plain = made(&Live::default());
    let short = r#"[{"endpointSetId": 1, "version": "2026112800", "add": {"effectiveDate": "20261228", "urls": ["a.example"]}}]"#;
    let words = JSON.iter().copied().chain([
        "\"endpointSetId\": 1,",
        "\"version\": \"2026112801\",",
        "\"effectiveDate\": \"20280229\",",
        "\"add\": {",
        "\"remove\": {",
        "\"urls\": [\"a.example\"]",
        "\"ips\": [\"2001:db8::/32\"]",
        "20260230",
        "20261124",
        "\"impact\": \"MovedIpOrUrl\",",
        "00000000",
        "99991231",
        "0000000000",
        "\"latest\"",
        "\"serviceArea\": 1,",
        "\u{e9}\u{e9}\u{e9}\u{e9}",
    ]);
    let seeds = texts(&[CHANGES, short, "[]"]);
    run(&Target { name: "changes_answer", seeds, words: words.collect(), share: 1 }, |case| {
        let mut report = Report::default();
        let Some(file) = file(case.bytes, &mut report) else { return false };
        let changes = changes::read(file, &mut report);
        shown(&report);
        if report.sink.has_errors() {
            return false;
        }
        if case.one_in(64) {
            let text = made(&Live::of(changes, folder.path(), &[], &today));
            let mut without = text.clone();
            while let Some(at) = without.find(", effective: ") {
                let day = without[at + 13..at + 23].to_owned();
                assert!(Day::parse(&day).is_ok_and(|day| day >= today), "{day}");
                without.replace_range(at..at + 23, "");
            }
            assert_eq!(without, plain);
        }
        true
    });
}

#[test]
fn version_answer() {
    let one = r#"{"instance": "Worldwide", "latest": "2026112800", "versions": ["2026112800", "2026102800"]}"#;
    let many = r#"[{"instance": "China", "latest": "2026102800"}, {"instance": "worldwide", "latest": "2026112800"}]"#;
    let words =
        JSON.iter().copied().chain(["\"instance\":", "\"latest\":", "\"Worldwide\"", "2026112800", "1", "/../", "?"]);
    run(&Target { name: "version_answer", seeds: texts(&[one, many]), words: words.collect(), share: 1 }, |case| {
        let mut report = Report::default();
        let Some(file) = file(case.bytes, &mut report) else { return false };
        let version = version::read(file, Instance::Worldwide, &mut report);
        shown(&report);
        assert_eq!(version.is_none(), report.sink.has_errors());
        // It becomes part of an address.
        version.is_some_and(|version| {
            assert!(version.0.len() == 10 && version.0.bytes().all(|b| b.is_ascii_digit()), "{version:?}");
            true
        })
    });
}

/// The lines of an input.
fn lines(bytes: &[u8]) -> Option<Vec<&str>> {
    Some(std::str::from_utf8(bytes).ok()?.split('\n').collect())
}

/// A first line `Retry-After`, a second one `Date`.
#[test]
fn retry_after() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let seeds = [format!("120\n{date}"), format!("Sun, 06 Nov 1994 08:50:07 GMT\n{date}"), format!("{date}\nsoon")];
    let seeds: Vec<Vec<u8>> = seeds.into_iter().map(String::into_bytes).collect();
    let words = [
        "Sun, ",
        "06",
        "Feb",
        "Nov",
        "1969",
        "1970",
        "9999",
        "10000",
        "00:00:00",
        "23:59:60",
        " GMT",
        " UTC",
        "-1",
        "+5",
        "18446744073709551615",
        "18446744073709551616",
        "29 Feb 2001",
        " ",
        ",",
        ":",
        "0",
        "\t",
    ];
    run(&Target { name: "retry_after", seeds, words: words.to_vec(), share: 1 }, |case| {
        let Some(lines) = lines(case.bytes) else { return false };
        let (retry, date) = (lines[0], lines.get(1).copied());
        let Some(seconds) = later::seconds(retry, date) else { return false };
        let words = later::words(seconds);
        assert!(words.starts_with(|c: char| c.is_ascii_digit()), "{words}");
        // A number is meant as it stands, whatever the date.
        assert!(retry.trim().parse::<u64>().is_ok_and(|n| n == seconds) || retry.trim().ends_with("GMT"), "{retry:?}");
        true
    });
}

/// A first line `NO_PROXY`, a second one the host, a third one the port.
#[test]
fn no_proxy() {
    let lists = [
        ".a.example,b.example:443,10.0.0.0/8\nx.a.example\n443",
        "*\n[::1]\n80",
        "fd00::/8 [::1]:8443\nfd00::1\n8443",
        "*.c.example, localhost.\nLOCALHOST\n443",
    ];
    let words = [
        "*",
        ".",
        "*.",
        ",",
        " ",
        ":",
        ":443",
        "[",
        "]",
        "::",
        "::1",
        "127.0.0.1",
        "127.0.0.0/8",
        "/0",
        "/33",
        "a.example",
        "0.0.1",
        "\n",
        "\u{130}",
        "xn--",
    ];
    run(&Target { name: "no_proxy", seeds: texts(&lists), words: words.to_vec(), share: 1 }, |case| {
        let Some(lines) = lines(case.bytes) else { return false };
        let [list, host, port] = [0, 1, 2].map(|at| lines.get(at).copied().unwrap_or_default());
        let port = port.parse().unwrap_or(443);
        let excepted = proxy::excepts(list, host, port);
        let backwards: Vec<&str> = list.split([',', ' ']).rev().collect();
        for (list, host) in [
            (list.to_ascii_uppercase(), host.to_owned()),
            (list.to_owned(), host.to_ascii_uppercase()),
            (list.to_owned(), format!("{host}.")),
            (backwards.join(","), host.to_owned()),
            (format!(",{list}, "), host.to_owned()),
        ] {
            assert_eq!(proxy::excepts(&list, &host, port), excepted, "{list:?} and {host:?}");
        }
        assert!(proxy::excepts(&format!("{list},*"), host, port) && !proxy::excepts("", host, port));
        excepted
    });
}

/// A first line the address that was asked, a second one the `Location` of its answer.
#[test]
fn redirect() {
    let seeds = [
        "https://a.example:8443/lists/now.json?x=1\nhttps://b.example/y",
        "https://a.example/lists/\n//b.example/y",
        "http://[::1]:80/x\n/y?z=2",
        "https://a.example\ny.json",
        "https://a.example/x?y\n?x=2",
    ];
    let words = [
        "//",
        "/",
        "\\",
        "?",
        "#",
        "@",
        ":",
        ":443",
        ":99999",
        "https:",
        "https://",
        "HTTP://",
        "file:///",
        "javascript:",
        "..",
        "../",
        "[",
        "]",
        "%2f",
        "%",
        "me:pass@",
        "evil.example",
        " ",
        "\t",
        "\r",
        "\u{e9}",
        "\n",
    ];
    run(&Target { name: "redirect", seeds: texts(&seeds), words: words.to_vec(), share: 1 }, |case| {
        let Some(lines) = lines(case.bytes) else { return false };
        let [from, location] = [0, 1].map(|at| lines.get(at).copied().unwrap_or_default());
        let Ok(from) = Address::parse(from) else { return false };
        match from.join(location) {
            Ok(to) => {
                let text = to.to_string();
                assert_eq!(Address::parse(&text).as_ref(), Ok(&to), "{text}");
                assert!(
                    !to.host().is_empty() && (text.starts_with("https://") || text.starts_with("http://")),
                    "{text}"
                );
                let end = text.find("://").map_or(0, |at| at + 3);
                let authority = text[end..].split(['/', '?', '#']).next().unwrap_or_default();
                assert!(!authority.contains('@'), "{text}");
                // A place on the same server stays there.
                if !pacwright::fetch::is_address(location) && !location.starts_with("//") {
                    let same = (to.host(), to.port(), to.is_https()) == (from.host(), from.port(), from.is_https());
                    assert!(same, "{from} and {location:?}: {text}");
                }
                true
            }
            Err(why) => {
                assert!(!why.is_empty());
                false
            }
        }
    });
}

#[test]
fn update_state() {
    let seed = r#"{"pacwright_update": 1, "client_request_id": "b10c5ed1-bad1-445f-b386-b919946339a7", "sources": {"m365/china":
      {"version": "2025010100", "sha256": "00", "asked": "2026-11-25T04:00:00Z", "files": {"office-365-china.yaml": "00"}}}}"#;
    let words = JSON.iter().copied().chain([
        "\"sources\": {}",
        "\"files\": {}",
        "\"../x\": \"\"",
        "\"version\":",
        "\"asked\":",
        "b10c5ed1",
    ]);
    run(&Target { name: "update_state", seeds: texts(&[seed]), words: words.collect(), share: 1 }, |case| {
        let Ok(text) = std::str::from_utf8(case.bytes) else { return false };
        match State::parse(text) {
            Ok(state) => {
                let again = State::parse(&serde_json::to_string(&state).unwrap()).unwrap();
                assert_eq!((&again.client_request_id, &again.sources), (&state.client_request_id, &state.sources));
                let plain = |c: char| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c);
                assert!(state.client_request_id.len() == 36 && state.client_request_id.chars().all(plain));
                true
            }
            Err(why) => {
                assert!(!why.is_empty());
                false
            }
        }
    });
}

/// The names and addresses in the text of a stranger's PAC file.
#[test]
fn pac_mentions() {
    let script = r#"function FindProxyForURL(url, host) { // "comment.example"
      if (isInNet(host, "10.0.0.0", "255.0.0.0") || /^(www|m)\.example\.com$/.test(host) || shExpMatch(host, '10.1.*')) return "DIRECT";
      /* 'block.example' */ if (dnsDomainIs(host, ".b.example") || shExpMatch(url, "https://*.c.example/*")) return 'DIRECT';
      if (shExpMatch(host, "*intra*") || host == "2001:db8::1" || isInNetEx(host, "2001:db8::/32")) return "PROXY p.example:8080";
      return "PROXY a.example:8080; DIRECT"; }"#;
    let words = [
        "\"",
        "'",
        "/",
        "//",
        "/*",
        "*/",
        "\\",
        "\\\"",
        "*",
        ".",
        "..",
        "^",
        "$",
        "(",
        ")",
        "://",
        ":",
        "\n",
        "255.255.0.0",
        "255.0.255.0",
        "10.0.0.0",
        "0.0.0.0",
        "10.",
        "999.",
        "::/0",
        "/129",
        "*.a.example",
        "*a.example",
        "a*.example",
        "\u{e9}",
        "xn--",
    ];
    let seeds = [texts(&[script, "\"a.example\""]), vec![head("out/proxy.pac", 60)]].concat();
    run(&Target { name: "pac_mentions", seeds, words: words.to_vec(), share: 1 }, |case| {
        let text = String::from_utf8_lossy(case.bytes);
        let mut named = Named::default();
        mentions(&text, &mut named);
        assert!(named.nets.iter().all(|net| net.trunc() == *net), "{:?}", named.nets);
        for host in named.besides.keys() {
            assert!(HostName::parse(host).is_ok(), "{host}");
        }
        // What is mentioned once more is the same.
        let mut again = Named::default();
        mentions(&text, &mut again);
        mentions(&text, &mut again);
        assert_eq!((&again.names, &again.nets, &again.besides), (&named.names, &named.nets, &named.besides));
        !named.names.is_empty() || !named.nets.is_empty()
    });
}
