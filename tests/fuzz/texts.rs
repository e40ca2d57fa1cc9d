//! Texts of one line: destinations, hosts, ports, questions, proxies, URLs, answers; and the encodings of a PAC file.

use pacwright::cli::eval::request::Request;
use pacwright::dest::{Ask, Dest, Host, HostName, Pattern, PortRange};
use pacwright::diag::Bad;
use pacwright::js::answer::{self, How};
use pacwright::js::encoding::decode;
use pacwright::read::glob::NameGlob;
use pacwright::read::record::Scalar;
use pacwright::site::Proxy;

use crate::driver::{Target, run};
use crate::seeds::{head, texts};

const WORDS: &[&str] = &[
    "*",
    "**",
    ".",
    "*.",
    "..",
    "/",
    "//",
    "/*",
    "://",
    ":",
    ":443",
    ":0",
    "@",
    "[",
    "]",
    "[::1]",
    "::",
    "::ffff:",
    "%",
    "%25eth0",
    "?",
    "#",
    "plain",
    "Plain",
    "localhost",
    "xn--",
    "xn--bcher-kva",
    "例え",
    "ß",
    "a\u{301}",
    "１",
    "．",
    "-",
    "_",
    "0x",
    "0x7f",
    "127.1",
    "1.2.3.4",
    "10.0.0.0/8",
    "2001:db8::/32",
    "tcp/",
    "udp/",
    "https",
    "http",
    "https://",
    "gopher://",
    "user:pw@",
    "example",
    "com",
    "${GATEWAY}",
    "${",
    "}",
    ",",
    ";",
    " ",
    "\t",
    "\"",
    "\\",
    "`",
    "&",
    "=",
];

const DESTINATIONS: &[&str] = &[
    "www.example.com",
    "*.example.com",
    ".example.com",
    "a*b.example.com",
    "*.a*.x.example",
    "*cdn.example",
    "plain",
    "10.0.0.0/8",
    "192.0.2.1",
    "2001:db8::/32",
    "2001:db8::1",
    "www.example.com/path/*",
    "bücher.example",
    "例え.テスト",
    "xn--bcher-kva.example",
    "全角。example",
    "a.*.example",
    "localhost",
    "_sip._tcp.example",
    "",
];

/// A place of an error is a part of the text, and there are words.
fn said(text: &str, bad: &Bad) {
    assert!(!bad.message.is_empty() && !bad.message.contains(char::is_control), "{:?}", bad.message);
    assert!(bad.at.is_empty() || text.get(bad.at.clone()).is_some(), "{:?} of {text:?}: {}", bad.at, bad.message);
    if let Some(help) = &bad.help {
        assert!(!help.is_empty() && !help.contains(char::is_control), "{help:?}");
    }
}

/// The value, when the text is one.
fn read_or_said<T>(text: &str, read: Result<T, Bad>) -> Option<T> {
    read.map_err(|bad| said(text, &bad)).ok()
}

/// The value, which is read again from what is shown of it.
fn again<T: Scalar + PartialEq + std::fmt::Debug + std::fmt::Display>(text: &str) -> Option<T> {
    let value = read_or_said(text, T::parse(text))?;
    let shown = value.to_string();
    match T::parse(&shown) {
        Ok(second) => assert_eq!(second, value, "{text:?} is shown as {shown:?}"),
        Err(bad) => panic!("{text:?} is shown as {shown:?}: {}", bad.message),
    }
    Some(value)
}

#[test]
fn dest() {
    let target = Target { name: "dest", seeds: texts(DESTINATIONS), words: WORDS.to_vec(), share: 1 };
    run(&target, |case| {
        let text = String::from_utf8_lossy(case.bytes);
        let Some(dest) = again::<Dest>(&text) else { return false };
        let pattern = &dest.pattern;
        assert_eq!(pattern.compare(pattern), std::cmp::Ordering::Equal);
        assert!(pattern.covers(pattern) && pattern.may_overlap(pattern), "{pattern}");
        if let Some(host) = pattern.sample() {
            assert!(pattern.matches(&host), "{host} is a host of {pattern}");
        }
        if let Pattern::Name(name) = pattern {
            let labels: Vec<&str> = name.labels().split('.').collect();
            assert!(labels.iter().all(|label| !label.is_empty() && label.len() <= 63), "{pattern}");
        }
        true
    });
}

#[test]
fn host() {
    let target = Target { name: "host", seeds: texts(DESTINATIONS), words: WORDS.to_vec(), share: 1 };
    run(&target, |case| {
        let text = String::from_utf8_lossy(case.bytes);
        if let Some(name) = read_or_said(&text, HostName::parse(&text)) {
            assert_eq!(HostName::parse(name.as_str()).as_ref(), Ok(&name), "{text:?}");
            assert_eq!(Host::parse(&text), Ok(Host::Name(name)), "{text:?}");
        }
        let glob = read_or_said(&text, NameGlob::parse(&text));
        let _ = glob.map(|glob| glob.matches(&text));
        let Some(host) = read_or_said(&text, Host::parse(&text)) else { return false };
        assert_eq!(Host::parse(&host.to_string()).as_ref(), Ok(&host), "{text:?}");
        true
    });
}

#[test]
fn port() {
    let seeds = texts(&["https", "http", "tcp/443", "udp/3478-3481", "tcp/1-65535", "443/tcp", "tcp:443", "TCP/80"]);
    run(&Target { name: "port", seeds, words: WORDS.to_vec(), share: 1 }, |case| {
        let text = String::from_utf8_lossy(case.bytes);
        let range = again::<PortRange>(&text);
        range.inspect(|range| assert!(0 < range.first && range.first <= range.last, "{range}")).is_some()
    });
}

#[test]
fn proxy() {
    let seeds = texts(&[
        "http://proxy.example:8080",
        "https://192.0.2.1:443",
        "socks5://[2001:db8::1]:1080",
        "http://${GATEWAY}:80",
        "proxy.example:8080",
    ]);
    run(&Target { name: "proxy", seeds, words: WORDS.to_vec(), share: 1 }, |case| {
        let text = String::from_utf8_lossy(case.bytes);
        let Some(proxy) = again::<Proxy>(&text) else { return false };
        let read = answer::parse(&proxy.pac()).unwrap_or_else(|why| panic!("{}: {why:?}", proxy.pac()));
        assert_eq!(read.hops.len(), 1, "{}", proxy.pac());
        true
    });
}

#[test]
fn ask() {
    let seeds = texts(&[
        "www.example.com",
        "https://www.example.com/a?b#c",
        "www.example.com:8443",
        "[2001:db8::1]:443",
        "2001:db8::1",
        "ftp://user:pw@host.example:21/x",
        "gopher://例え.example/",
    ]);
    run(&Target { name: "ask", seeds, words: WORDS.to_vec(), share: 1 }, |case| {
        let text = String::from_utf8_lossy(case.bytes);
        let Some(ask) = read_or_said(&text, Ask::parse(&text)) else { return false };
        if ask.port.is_some() {
            assert_eq!(Ask::parse(&ask.to_string()).as_ref(), Ok(&ask), "{text:?} is shown as {ask}");
        }
        true
    });
}

#[test]
fn request() {
    let seeds = texts(&[
        "www.example.com",
        "https://www.example.com/a?b#c",
        "HTTP://WWW.Example.com:8080/a/b?c=d@e:1#f",
        "http://[2001:db8::1]:80/",
        "wss://user:pw@host.example?x",
        "ftp://例え.example./",
        "gopher://h",
    ]);
    run(&Target { name: "request", seeds, words: WORDS.to_vec(), share: 1 }, |case| {
        let text = String::from_utf8_lossy(case.bytes);
        let whole = Request::parse(&text, true);
        let parted = match Request::parse(&text, false) {
            Ok(parted) => parted,
            Err(why) => {
                assert!(!why.is_empty() && whole.is_err(), "{text:?}");
                return false;
            }
        };
        assert_eq!(whole.unwrap().host, parted.host, "{text:?}");
        assert!(!parted.host.is_empty() && !parted.url.contains(|c: char| c.is_control() || c == ' '), "{text:?}");
        assert_eq!(Request::parse(&parted.url, false).as_ref(), Ok(&parted), "{text:?}");
        true
    });
}

#[test]
fn answers() {
    let seeds = texts(&[
        "DIRECT",
        "PROXY a.example:8080; DIRECT",
        "HTTPS a:443;SOCKS5 [2001:db8::1]:1080",
        "SOCKS 192.0.2.1",
        "proxy ${GATEWAY}:${PORT}; PROXY ${GATEWAY}:80",
        "http://a:80",
        "",
    ]);
    let words =
        WORDS.iter().copied().chain(["PROXY ", "HTTP ", "HTTPS ", "SOCKS ", "SOCKS4 ", "SOCKS5 ", "DIRECT", "; "]);
    run(&Target { name: "answers", seeds, words: words.collect(), share: 1 }, |case| {
        let text = String::from_utf8_lossy(case.bytes);
        let answer = match answer::parse(&text) {
            Ok(answer) => answer,
            Err(why) => {
                assert!(
                    !why.is_empty() && why.iter().all(|w| !w.is_empty() && !w.contains(char::is_control)),
                    "{why:?}"
                );
                return false;
            }
        };
        let is_whole = |hop: &answer::Hop| hop.how == How::Direct || (hop.host.is_some() && hop.port.is_some());
        assert!(answer.hops.iter().all(is_whole), "{text:?}");
        let shown = answer.to_string();
        assert_eq!(answer::parse(&shown).map(|again| again.hops), Ok(answer.hops), "{text:?} is shown as {shown:?}");
        true
    });
}

#[test]
fn encodings() {
    let text = "// プロキシ\nfunction FindProxyForURL(url, host) { return \"DIRECT\"; }\n";
    let seeds = vec![
        text.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        encoding_rs::SHIFT_JIS.encode(text).0.into_owned(),
        [b"\xff\xfe".to_vec(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat(),
        [b"\xfe\xff".to_vec(), text.encode_utf16().flat_map(u16::to_be_bytes).collect()].concat(),
        head("out/proxy.pac", 60),
    ];
    let words = ["function ", "return", "\"", "\u{feff}", "プロキシ", "ｱ", "①", "~", "\\", "¥"].to_vec();
    run(&Target { name: "encodings", seeds, words, share: 1 }, |case| {
        let (text, encoding, usual) = decode(case.bytes.to_vec());
        let bare = case.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(case.bytes);
        let utf16 = case.bytes.starts_with(b"\xff\xfe") || case.bytes.starts_with(b"\xfe\xff");
        assert_eq!(usual, std::str::from_utf8(bare).is_ok() && !utf16, "{encoding}");
        if usual {
            assert_eq!(text.as_bytes(), bare);
        }
        // What was read is read again as what it is.
        assert_eq!(decode(text.clone().into_bytes()).0, text.strip_prefix('\u{feff}').unwrap_or(&text));
        usual
    });
}
