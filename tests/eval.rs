//! `pacwright eval` and the sandbox below it: helper functions, answers, the command line, hostile files.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pacwright::js::answer::{self, How};
use pacwright::js::{Environment, Kind, Limits, Moment, Pac};

// ---- the helper functions, as tables ----

/// Tuesday, 2026-11-24, 09:30:15 in Tokyo; 00:30:15 in Greenwich.
const TUESDAY: Moment = Moment { seconds: 1_795_480_215, offset: Some(540) };

fn environment() -> Environment {
    let resolve = |name: &str| -> Vec<IpAddr> {
        let text = match name {
            "www.example.com" => "192.0.2.10",
            "both.example.com" => "192.0.2.20,2001:db8::20,192.0.2.21",
            "six.example.com" => "2001:db8::6",
            "inside.example.com" => "10.1.2.3",
            _ => return Vec::new(),
        };
        text.split(',').map(|ip| ip.parse().unwrap()).collect()
    };
    // A debug build of the engine on a busy machine is slow; only the tests of hostile files look at limits.
    let limits = Limits { load: Duration::from_secs(20), call: Duration::from_secs(20), ..Limits::default() };
    Environment { resolve: Arc::new(resolve), now: TUESDAY, limits, ..Environment::default() }
}

/// Evaluates expressions of JavaScript in one file; each gives the text of its value, or of what it throws.
fn values(environment: &Environment, expressions: &[&str]) -> Vec<String> {
    let mut text = "function FindProxyForURL(url, host) { try { switch (host) {\n".to_owned();
    for (n, expression) in expressions.iter().enumerate() {
        text.push_str(&format!("case '{n}': return String({expression});\n"));
    }
    text.push_str("} } catch (e) { return 'threw ' + e.name; } }");
    let mut pac = Pac::load(&text, environment).unwrap();
    (0..expressions.len()).map(|n| pac.find("http://x/", &n.to_string()).unwrap()).collect()
}

fn table(environment: &Environment, rows: &[(&str, &str)]) {
    let expressions: Vec<&str> = rows.iter().map(|(expression, _)| *expression).collect();
    let found = values(environment, &expressions);
    let wrong: Vec<String> = rows
        .iter()
        .zip(found)
        .filter(|((_, expected), found)| expected != found)
        .map(|((expression, expected), found)| format!("{expression}: expected {expected}, got {found}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn helpers_for_names() {
    table(
        &environment(),
        &[
            ("isPlainHostName('www')", "true"),
            ("isPlainHostName('www.example.com')", "false"),
            ("isPlainHostName('www.')", "false"),
            ("isPlainHostName('')", "true"),
            ("isPlainHostName('2001:db8::1')", "false"),
            ("isPlainHostName('192.0.2.1')", "false"),
            ("isPlainHostName(undefined)", "threw TypeError"),
            ("dnsDomainIs('www.example.com', '.example.com')", "true"),
            ("dnsDomainIs('www', '.example.com')", "false"),
            ("dnsDomainIs('example.com', '.example.com')", "false"),
            ("dnsDomainIs('example.com', 'example.com')", "true"),
            ("dnsDomainIs('notexample.com', 'example.com')", "true"), // a mere suffix, as in browsers
            ("dnsDomainIs('www.example.com.', '.example.com')", "false"),
            ("dnsDomainIs('WWW.EXAMPLE.COM', '.example.com')", "false"),
            ("dnsDomainIs('www.example.com', '')", "true"),
            ("dnsDomainIs('www.example.com', undefined)", "threw TypeError"),
            ("dnsDomainIs(null, '.example.com')", "threw TypeError"),
            ("localHostOrDomainIs('www.example.com', 'www.example.com')", "true"),
            ("localHostOrDomainIs('www', 'www.example.com')", "true"),
            ("localHostOrDomainIs('www.other.com', 'www.example.com')", "false"),
            ("localHostOrDomainIs('home.example.com', 'www.example.com')", "false"),
            ("localHostOrDomainIs('ww', 'www.example.com')", "false"),
            ("localHostOrDomainIs('example.com', '.example.com')", "false"),
            ("dnsDomainLevels('www')", "0"),
            ("dnsDomainLevels('example.com')", "1"),
            ("dnsDomainLevels('www.example.com')", "2"),
            ("dnsDomainLevels('')", "0"),
            ("shExpMatch('http://x.example.com/a/b', '*/a/*')", "true"),
            ("shExpMatch('http://x.example.com/b/a', '*/a/*')", "false"),
            ("shExpMatch('abc', 'abc')", "true"),
            ("shExpMatch('abc', 'ABC')", "false"),
            ("shExpMatch('abc', 'ab')", "false"),
            ("shExpMatch('abc', 'a?c')", "true"),
            ("shExpMatch('ac', 'a?c')", "false"),
            ("shExpMatch('abc', '')", "false"),
            ("shExpMatch('', '')", "true"),
            ("shExpMatch('', '*')", "true"),
            ("shExpMatch('', '?')", "false"),
            ("shExpMatch('a.b.example.com', '*.example.com')", "true"),
            ("shExpMatch('example.com', '*.example.com')", "false"),
            ("shExpMatch('wwwxexample.com', 'www.example.com')", "false"),
            ("shExpMatch('ab', '(a|b)*')", "false"),
            ("shExpMatch('(a|b)+', '(a|b)+')", "true"),
            ("shExpMatch('a', '[a]')", "false"),
            ("shExpMatch('[a]^$\\\\', '[a]^$\\\\')", "true"),
            ("shExpMatch('a\\nb', 'a*b')", "true"),
            ("shExpMatch('abc', undefined)", "threw TypeError"),
        ],
    );
}

#[test]
fn helpers_for_addresses() {
    table(
        &environment(),
        &[
            ("dnsResolve('www.example.com')", "192.0.2.10"),
            ("dnsResolve('WWW.Example.Com.')", "192.0.2.10"),
            ("dnsResolve('both.example.com')", "192.0.2.20"),
            ("dnsResolve('six.example.com')", "null"),
            ("dnsResolve('unknown.example')", "null"),
            ("dnsResolve('192.0.2.7')", "192.0.2.7"),
            ("dnsResolve('2001:db8::1')", "null"),
            ("dnsResolve('')", "null"),
            ("dnsResolve(undefined)", "null"),
            ("dnsResolve('\\ud800')", "null"),
            ("isResolvable('www.example.com')", "true"),
            ("isResolvable('six.example.com')", "false"),
            ("isResolvable('unknown.example')", "false"),
            ("isInNet('192.0.2.7', '192.0.2.0', '255.255.255.0')", "true"),
            ("isInNet('192.0.3.7', '192.0.2.0', '255.255.255.0')", "false"),
            ("isInNet('192.0.2.7', '192.0.2.7', '255.255.255.255')", "true"),
            ("isInNet('192.0.2.8', '192.0.2.7', '255.255.255.255')", "false"),
            ("isInNet('200.1.1.1', '200.0.0.0', '248.0.0.0')", "true"),
            ("isInNet('1.2.3.4', '0.0.0.0', '0.0.0.0')", "true"),
            ("isInNet('192.0.2.7', '192.0.2.99', '255.255.255.0')", "true"), // host bits of the pattern do not count
            ("isInNet('256.0.2.7', '0.0.0.0', '0.0.0.0')", "false"),
            ("isInNet('inside.example.com', '10.0.0.0', '255.0.0.0')", "true"),
            ("isInNet('www.example.com', '10.0.0.0', '255.0.0.0')", "false"),
            ("isInNet('unknown.example', '0.0.0.0', '0.0.0.0')", "false"),
            ("isInNet(dnsResolve('unknown.example'), '0.0.0.0', '0.0.0.0')", "false"),
            ("isInNet('2001:db8::1', '0.0.0.0', '0.0.0.0')", "false"),
            ("isInNet('192.0.2.7', '192.0.2.0')", "threw TypeError"),
            ("convert_addr('104.16.41.2')", "1745889538"),
            ("convert_addr('0.0.0.255')", "255"),
            ("convert_addr('192.168.0.1')", "-1062731775"), // 32 bits with a sign, as in browsers
            ("convert_addr('10')", "167772160"),
            ("myIpAddress()", "127.0.0.1"),
            ("isResolvableEx('six.example.com')", "true"),
            ("isResolvableEx('unknown.example')", "false"),
            ("dnsResolveEx('both.example.com')", "2001:db8::20;192.0.2.20;192.0.2.21"),
            ("dnsResolveEx('unknown.example') === ''", "true"),
            ("dnsResolveEx('[2001:db8::1]')", "2001:db8::1"),
            ("isInNetEx('198.95.249.79', '198.95.249.79/32')", "true"),
            ("isInNetEx('198.95.6.8', '198.95.0.0/16')", "true"),
            ("isInNetEx('198.96.6.8', '198.95.0.0/16')", "false"),
            ("isInNetEx('3ffe:8311:ffff:abcd::1', '3ffe:8311:ffff::/48')", "true"),
            ("isInNetEx('3ffe:8311:ffff:abcd::1', '3ffe:8311:ffff/48')", "true"), // Microsoft's own spelling
            ("isInNetEx('3ffe:8311:fffe::1', '3ffe:8311:ffff::/48')", "false"),
            ("isInNetEx('10.0.0.1', '::/0')", "false"),
            ("isInNetEx('::1', '0.0.0.0/0')", "false"),
            ("isInNetEx('10.0.0.1', '10.0.0.0/33')", "false"),
            ("isInNetEx('10.0.0.1', '10.0.0.0')", "false"),
            ("isInNetEx('www.example.com', '192.0.2.0/24')", "false"),
            ("isInNetEx('2001:db8::1;10.0.0.1', '10.0.0.0/8')", "true"),
            ("isInNetEx(null, '10.0.0.0/8')", "false"),
            ("myIpAddressEx()", "127.0.0.1"),
            ("sortIpAddressList('10.2.3.9;2001:4898:28:3::2;::1;9.1.1.1')", "::1;2001:4898:28:3::2;9.1.1.1;10.2.3.9"),
            ("sortIpAddressList('10.0.0.1; ::1')", "::1;10.0.0.1"),
            ("sortIpAddressList('10.0.0.1;nonsense')", "false"),
            ("sortIpAddressList('')", "false"),
            ("getClientVersion()", "1.0"),
            ("alert('x')", "undefined"),
        ],
    );
    let mine =
        Environment { my_ip: vec!["10.9.8.7".parse().unwrap(), "2001:db8::7".parse().unwrap()], ..environment() };
    table(&mine, &[("myIpAddress()", "10.9.8.7"), ("myIpAddressEx()", "2001:db8::7;10.9.8.7")]);
    let six = Environment { my_ip: vec!["2001:db8::7".parse().unwrap()], ..environment() };
    table(&six, &[("myIpAddress()", "127.0.0.1"), ("myIpAddressEx()", "2001:db8::7")]);
}

#[test]
fn helpers_for_time() {
    table(
        &environment(),
        &[
            ("weekdayRange('TUE')", "true"),
            ("weekdayRange('WED')", "false"),
            ("weekdayRange('MON', 'FRI')", "true"),
            ("weekdayRange('SAT', 'SUN')", "false"),
            ("weekdayRange('SAT', 'TUE')", "true"), // around the end of the week
            ("weekdayRange('TUE', 'GMT')", "true"),
            ("weekdayRange('MON', 'GMT')", "false"),
            ("weekdayRange('WED', 'MON')", "false"),
            ("weekdayRange('tue')", "false"),
            ("weekdayRange('UET')", "false"),
            ("weekdayRange()", "false"),
            ("weekdayRange('GMT')", "false"),
            ("timeRange(9)", "true"),
            ("timeRange(8)", "false"),
            ("timeRange(0, 'GMT')", "true"),
            ("timeRange(9, 'GMT')", "false"),
            ("timeRange(8, 17)", "true"),
            ("timeRange(10, 17)", "false"),
            ("timeRange(9, 9)", "true"),
            ("timeRange(22, 10)", "true"), // around midnight
            ("timeRange(22, 6)", "false"),
            ("timeRange(9, 30, 9, 31)", "true"),
            ("timeRange(8, 0, 9, 30)", "true"), // the last minute counts whole
            ("timeRange(8, 0, 9, 29)", "false"),
            ("timeRange(9, 31, 17, 0)", "false"),
            ("timeRange(9, 30, 15, 9, 30, 15)", "true"),
            ("timeRange(9, 30, 16, 17, 0, 0)", "false"),
            ("timeRange(0, 0, 0, 9, 30, 14)", "false"),
            ("timeRange(0, 30, 0, 0, 30, 30, 'GMT')", "true"),
            ("timeRange('9', '10')", "true"),
            ("timeRange()", "false"),
            ("timeRange(1, 2, 3)", "false"),
            ("timeRange('x')", "false"),
            ("dateRange(24)", "true"),
            ("dateRange(23)", "false"),
            ("dateRange(24, 'GMT')", "true"),
            ("dateRange(20, 28)", "true"),
            ("dateRange(1, 15)", "false"),
            ("dateRange(20, 5)", "true"), // around the end of the month
            ("dateRange('NOV')", "true"),
            ("dateRange('DEC')", "false"),
            ("dateRange('nov')", "false"),
            ("dateRange('OCT', 'DEC')", "true"),
            ("dateRange('JAN', 'MAR')", "false"),
            ("dateRange('NOV', 'FEB')", "true"), // around the end of the year
            ("dateRange('DEC', 'OCT')", "false"),
            ("dateRange(2026)", "true"),
            ("dateRange(2025)", "false"),
            ("dateRange(2020, 2030)", "true"),
            ("dateRange(2027, 2030)", "false"),
            ("dateRange(2030, 2020)", "false"),
            ("dateRange(24, 'NOV')", "true"),
            ("dateRange(24, 'DEC')", "false"),
            ("dateRange(24, 'NOV', 2026)", "true"),
            ("dateRange(24, 'NOV', 1995)", "false"),
            ("dateRange('NOV', 2026)", "true"),
            ("dateRange(1, 'JUN', 24, 'NOV')", "true"),
            ("dateRange(1, 'JUN', 23, 'NOV')", "false"),
            ("dateRange(24, 'NOV', 5, 'JAN')", "true"),
            ("dateRange(25, 'NOV', 5, 'JAN')", "false"),
            ("dateRange('OCT', 2026, 'MAR', 2027)", "true"),
            ("dateRange('OCT', 1995, 'MAR', 1996)", "false"),
            ("dateRange(1, 'JUN', 2026, 24, 'NOV', 2026)", "true"),
            ("dateRange(1, 'JUN', 2026, 23, 'NOV', 2026)", "false"),
            ("dateRange(25, 'NOV', 2025, 1, 'JAN', 2027, 'GMT')", "true"),
            ("dateRange(1, 'JUN', 'AUG')", "false"),
            ("dateRange('GMT')", "false"),
            ("dateRange()", "false"),
            ("dateRange(0)", "false"),
            ("dateRange('24')", "true"),
        ],
    );
}

#[test]
fn the_clock_of_a_file_is_the_given_moment() {
    let rows: &[(&str, &str)] = &[
        ("new Date().getHours()", "9"),
        ("new Date().getUTCHours()", "0"),
        ("new Date().getTimezoneOffset()", "-540"),
        ("Date.now()", "1795480215000"),
        ("new Date(2026, 10, 24, 9, 30, 15).getTime() === Date.now()", "true"),
        ("new Date('2026-11-24T09:30:15').getTime() === Date.now()", "true"),
        ("new Date('2026-11-24T00:30:15Z').getTime() === Date.now()", "true"),
        ("new Date('2026-11-24').getUTCHours()", "0"),
        ("new Date(86400000).toISOString()", "1970-01-02T00:00:00.000Z"),
        ("new Date(new Date(5)).getTime()", "5"),
        ("new Date()", "Tue Nov 24 2026 09:30:15 GMT+0900"),
        ("Date().length > 20", "true"),
        ("new Date() instanceof Date", "true"),
        ("new Date(NaN)", "Invalid Date"),
        (
            "(function () { var d = new Date(); d.setHours(23, 59); return d.getDate() + ' ' + d.getUTCHours(); })()",
            "24 14",
        ),
        ("typeof performance", "undefined"),
    ];
    table(&environment(), rows);
}

// ---- compared with straightforward references ----

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % n
    }
    fn text(&mut self, alphabet: &[u8], longest: usize) -> String {
        let length = self.below(longest + 1);
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }
}

fn naive_match(text: &[u8], pattern: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|n| naive_match(&text[n..], rest)),
        Some((sign, rest)) => !text.is_empty() && (*sign == b'?' || *sign == text[0]) && naive_match(&text[1..], rest),
    }
}

#[test]
fn shell_patterns_agree_with_a_naive_matcher() {
    let mut pac =
        Pac::load("function FindProxyForURL(u, h) { return String(shExpMatch(u, h)); }", &environment()).unwrap();
    let mut random = Random(20_261_124);
    let mut matched = 0;
    for _ in 0..4_000 {
        let (text, pattern) = (random.text(b"aab.", 10), random.text(b"aab.**?", 8));
        let expected = naive_match(text.as_bytes(), pattern.as_bytes());
        matched += usize::from(expected);
        assert_eq!(pac.find(&text, &pattern).unwrap(), expected.to_string(), "{text:?} {pattern:?}");
    }
    assert!((500..3_500).contains(&matched), "{matched} matches prove little");
}

#[test]
fn networks_and_suffixes_agree_with_references() {
    let mut pac = Pac::load(
        "function FindProxyForURL(u, h) { var a = u.split(' '); return String(isInNet(a[0], a[1], a[2])) + dnsDomainIs(h, a[3]); }",
        &environment(),
    )
    .unwrap();
    let mut random = Random(7);
    for _ in 0..1_000 {
        let byte = |random: &mut Random| [0, 10, 127, 128, 192, 255, 3, 4][random.below(8)];
        let mut ip = || -> u32 { u32::from_be_bytes([0; 4].map(|_: u8| byte(&mut random))) };
        let (address, pattern, mask) = (ip(), ip(), ip());
        let (host, domain) = (random.text(b"ab.", 6), random.text(b"ab.", 3));
        let expected = format!("{}{}", address & mask == pattern & mask, host.ends_with(&domain));
        let [a, p, m] = [address, pattern, mask].map(Ipv4Addr::from);
        assert_eq!(pac.find(&format!("{a} {p} {m} {domain}"), &host).unwrap(), expected, "{a} {p} {m} {host} {domain}");
    }
}

#[test]
fn dates_and_times_agree_with_references() {
    let text = "function FindProxyForURL(u, h) { return [dateRange('NOV', 'FEB'), dateRange(25, 'DEC', 3, 'JAN'), \
        dateRange(10, 20), dateRange(1, 'JUN', 2027, 15, 'AUG', 2027), weekdayRange('FRI', 'MON'), timeRange(22, 5), \
        timeRange(8, 30, 17, 15)].join(); }";
    let lengths = |year: u32| [31, if year == 2028 { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let (mut year, mut month, mut day, mut weekday) = (2026_u32, 1_u32, 1_u32, 4_usize); // a Thursday
    for n in 0..1_000_u32 {
        let (hour, minute) = (n * 7 % 24, n * 13 % 60);
        if n % 8 == 0 || day == 1 || (month == 12 && day >= 24) {
            let seconds = i64::from(20_454 + n) * 86_400 + i64::from(hour * 3_600 + minute * 60);
            let now = Moment { seconds, offset: Some(0) };
            let mut pac = Pac::load(text, &Environment { now, ..environment() }).unwrap();
            let at = hour * 60 + minute;
            let expected = [
                month >= 11 || month <= 2,
                (month == 12 && day >= 25) || (month == 1 && day <= 3),
                (10..=20).contains(&day),
                year == 2027 && ((6, 1)..=(8, 15)).contains(&(month, day)),
                [5, 6, 0, 1].contains(&weekday),
                hour >= 22 || hour <= 5,
                (8 * 60 + 30..=17 * 60 + 15).contains(&at),
            ];
            let expected: Vec<String> = expected.iter().map(bool::to_string).collect();
            assert_eq!(pac.find("", "").unwrap(), expected.join(","), "{year}-{month}-{day} {hour}:{minute}");
        }
        weekday = (weekday + 1) % 7;
        day += 1;
        if day > lengths(year)[month as usize - 1] {
            (day, month) = (1, month + 1);
        }
        if month > 12 {
            (month, year) = (1, year + 1);
        }
    }
}

// ---- answers ----

#[test]
fn answers_are_read_or_told_what_is_wrong() {
    type Row<'a> = (&'a str, &'a [(How, &'a str, u16)], usize);
    let good: &[Row<'_>] = &[
        ("DIRECT", &[(How::Direct, "", 0)], 0),
        (" direct ;", &[(How::Direct, "", 0)], 0),
        ("PROXY a:8080; DIRECT", &[(How::Http, "a", 8080), (How::Direct, "", 0)], 0),
        ("PROXY a.example:1;PROXY\t10.0.0.1:65535", &[(How::Http, "a.example", 1), (How::Http, "10.0.0.1", 65535)], 0),
        ("HTTP a:80;HTTPS b:443", &[(How::Http, "a", 80), (How::Https, "b", 443)], 0),
        ("SOCKS a:1;SOCKS4 a:1;SOCKS5 a:1", &[(How::Socks4, "a", 1), (How::Socks4, "a", 1), (How::Socks5, "a", 1)], 0),
        ("proxy [2001:db8::1]:3128", &[(How::Http, "[2001:db8::1]", 3128)], 0),
        ("\n PROXY  a_b-c.:80 ;; \r\n", &[(How::Http, "a_b-c.", 80)], 0),
        ("PROXY a", &[(How::Http, "a", 80)], 1),
        ("PROXY [::1]", &[(How::Http, "[::1]", 80)], 1),
        ("PROXY ${GATEWAY}:80", &[(How::Http, "${GATEWAY}", 80)], 1),
        ("", &[(How::Direct, "", 0)], 1),
        (" ; ", &[(How::Direct, "", 0)], 1),
    ];
    for (text, hops, notes) in good {
        let answer = answer::parse(text).unwrap_or_else(|why| panic!("{text:?}: {why:?}"));
        let found: Vec<(How, &str, u16)> = answer
            .hops
            .iter()
            .map(|hop| (hop.how, hop.host.as_deref().unwrap_or_default(), hop.port.unwrap_or_default()))
            .collect();
        assert_eq!(found, *hops, "{text:?}");
        assert_eq!(answer.notes.len(), *notes, "{text:?}: {:?}", answer.notes);
    }
    for text in [
        "PROXY",
        "PROXY ;",
        "a:8080",
        "DIRECT a:80",
        "DIRECT, PROXY a:80",
        "PROXY a:0",
        "PROXY a:65536",
        "PROXY a:+80",
        "PROXY a:",
        "PROXY a:80 b:80",
        "PROXY a:80, DIRECT",
        "PROXY http://a:80",
        "PROXY a:80/x",
        "PROXY ::1:80",
        "PROXY [::1:80",
        "PROXY [a]:80",
        "PROXY [::1]80",
        "PROXY a..b:80",
        "PROXY ü:80",
        "PROXY u@a:80",
        "QUIC a:80",
        "PROXY\u{a0}a:80",
        "DIRECT\0",
        "null",
        "PROXY \u{ff41}:80",
        "return",
        "PROXY a:8 0",
    ] {
        let wrong = answer::parse(text).expect_err(text);
        assert!(wrong.iter().all(|why| !why.is_empty() && !why.contains(char::is_control)), "{text:?}: {wrong:?}");
    }
    assert_eq!(answer::parse(&"x;".repeat(100_000)).unwrap_err().len(), 10);
    assert!(answer::parse(&format!("PROXY {}:80", "a".repeat(1 << 20))).unwrap_err()[0].len() < 1_000);
    // Any text is read without a panic, and what is read is sound.
    let mut random = Random(11);
    for _ in 0..20_000 {
        let text = random.text(b"PROXYDIECTproxy ;:.[]8a0\t${}", 24);
        if let Ok(answer) = answer::parse(&text) {
            assert!(answer.hops.iter().all(|hop| (hop.how == How::Direct) == hop.host.is_none()), "{text:?}");
        }
    }
}

// ---- the sandbox as a library ----

#[test]
fn errors_say_what_and_where() {
    type Row<'a> = (&'a str, Kind, &'a str, Option<(u32, u32)>);
    let rows: &[Row<'_>] = &[
        ("function FindProxyForURL(u,h){\n  return \"a\" b;\n}", Kind::Syntax, "expecting ';'", Some((2, 14))),
        ("<html>", Kind::Syntax, "unexpected token", Some((1, 1))),
        ("var a;\n var b\0;", Kind::Syntax, "a NUL character", Some((2, 7))),
        ("var x = 1;", Kind::NoFunction, "no function `FindProxyForURL`", None),
        ("const FindProxyForURL = () => 'DIRECT';", Kind::NoFunction, "browsers do not find it", None),
        ("FindProxyForURL = 1;", Kind::NoFunction, "is the number 1", None),
        ("\nnull.x;", Kind::Thrown, "threw TypeError", Some((2, 1))),
        ("@\r\nthrow new Error('b\\u001b[2J')", Kind::Thrown, "threw Error: b\\u{1b}[2J", Some((2, 10))),
        ("@throw {toString: function () { for (;;) {} }}", Kind::Thrown, "threw an object", None),
        ("@throw undefined", Kind::Thrown, "threw undefined", None),
        ("@throw 'why'", Kind::Thrown, "threw the string \"why\"", None),
        ("@JSON.parse('{')", Kind::Thrown, "threw SyntaxError", Some((1, 39))),
        ("@return undefined", Kind::NotText, "undefined, not a string", None),
        ("@return null", Kind::NotText, "null, not a string", None),
        ("@return 5", Kind::NotText, "the number 5", None),
        ("@return {toString: function () { for (;;) {} }}", Kind::NotText, "an object", None),
        ("@return new Proxy({}, {get: function () { for (;;) {} }})", Kind::NotText, "an object", None),
        ("@return new String('DIRECT')", Kind::NotText, "an object", None),
        ("@return ['DIRECT']", Kind::NotText, "an array", None),
        ("@return Symbol('x')", Kind::NotText, "a symbol", None),
        ("@return Promise.resolve('DIRECT')", Kind::NotText, "a promise", None),
        ("@return '\\ud800'", Kind::NotText, "half a surrogate pair", None),
        ("@return 'x'.repeat(100000)", Kind::NotText, "100000 bytes", None),
        ("@return FindProxyForURL(u, h)", Kind::Stack, "too deep", Some((1, 60))),
        ("@return 'x' + new ArrayBuffer(1 << 30)", Kind::Memory, "memory", Some((1, 66))),
    ];
    for (text, kind, words, place) in rows {
        let text = match text.strip_prefix('@') {
            // The body of the function.
            Some(body) => format!("function FindProxyForURL(u, h) {{ {} }}", body),
            None => (*text).to_owned(),
        };
        let error = Pac::load(&text, &environment()).and_then(|mut pac| pac.find("http://x/", "x")).expect_err(&text);
        assert_eq!(error.kind, *kind, "{text}: {error}");
        assert!(error.message.contains(words), "{text}: {error}");
        assert!(!error.message.contains(char::is_control), "{text}: {error}");
        if let Some((line, column)) = place {
            assert_eq!(error.line, Some(*line), "{text}: {error}");
            assert!(error.column.is_some_and(|c| c.abs_diff(*column) <= 3), "{text}: {error:?}, expected {column}");
        }
    }
}

#[test]
fn what_a_file_says_is_heard_and_bounded() {
    let text = "function FindProxyForURL(u, h) { for (var i = 0; i < 1000; i++) { alert('a\\n' + i); dnsResolve('h' + i); } \
        myIpAddress(); return 'DIRECT'; }";
    let mut pac = Pac::load(text, &environment()).unwrap();
    assert_eq!(pac.heard(), Default::default());
    pac.find("http://x/", "x").unwrap();
    let heard = pac.heard();
    assert_eq!((heard.alerts.len(), heard.unresolved.len(), heard.my_ip), (20, 20, true));
    assert_eq!((heard.alerts[3].as_str(), heard.unresolved[3].as_str()), ("a\\n3", "h3"));
    assert_eq!(pac.heard(), Default::default());
}

#[test]
fn the_ex_function_is_preferred_unless_told_otherwise() {
    let both =
        "function FindProxyForURL(u, h) { return 'PROXY a:1' } function FindProxyForURLEx(u, h) { return 'PROXY b:1' }";
    for (text, prefer_ex, function, expected) in [
        (both, true, "FindProxyForURLEx", "PROXY b:1"),
        (both, false, "FindProxyForURL", "PROXY a:1"),
        ("function FindProxyForURLEx() { return 'DIRECT' }", true, "FindProxyForURLEx", "DIRECT"),
        ("function FindProxyForURL() { return 'DIRECT' }", true, "FindProxyForURL", "DIRECT"),
    ] {
        let mut pac = Pac::load(text, &Environment { prefer_ex, ..environment() }).unwrap();
        assert_eq!(pac.function(), function);
        assert_eq!(pac.find("http://x/", "x").unwrap(), expected);
    }
    let only_ex = Environment { prefer_ex: false, ..environment() };
    assert_eq!(Pac::load("function FindProxyForURLEx() {}", &only_ex).unwrap_err().kind, Kind::NoFunction);
}

#[test]
fn a_stopped_file_is_not_used_again_and_others_go_on() {
    let limits = Limits { call: Duration::from_millis(200), ..environment().limits };
    let environment = Environment { limits, ..environment() };
    let text = "function FindProxyForURL(u, h) { if (h == 'loop') for (;;) {} return 'DIRECT'; }";
    let mut pac = Pac::load(text, &environment).unwrap();
    assert_eq!(pac.find("", "x").unwrap(), "DIRECT");
    assert_eq!(pac.find("", "loop").unwrap_err().kind, Kind::Time);
    assert!(pac.is_spent());
    assert_eq!(pac.find("", "x").unwrap_err().kind, Kind::Engine);
    assert_eq!(Pac::load(text, &environment).unwrap().find("", "x").unwrap(), "DIRECT");
}

#[test]
fn helpers_stand_even_if_the_file_breaks_what_they_are_made_of() {
    let text = "String.prototype.indexOf = String.prototype.charCodeAt = String.prototype.split = Array.prototype.push = \
        RegExp.prototype.exec = Function.prototype.call = Function.prototype.apply = function () { throw 'polluted' };\n\
        Object.prototype.length = 5; Object.prototype[0] = 'z'; Object.defineProperty(Array.prototype, '1', {set: function () { throw 1 }});\n\
        Date = Array = String = TypeError = Object = Math = null;\n\
        function FindProxyForURL(u, h) { return shExpMatch('abc', 'a*c') && dnsDomainIs('www.x', '.x') && dnsDomainLevels('a.b.c') === 2 && \
        isInNet('10.1.1.1', '10.0.0.0', '255.0.0.0') && timeRange(9) && weekdayRange('TUE') && dateRange(24, 'NOV') && \
        dnsResolve('www.example.com') === '192.0.2.10' && isInNetEx('::1', '::/0') ? 'DIRECT' : 'PROXY wrong:1'; }";
    assert_eq!(Pac::load(text, &environment()).unwrap().find("http://x/", "x").unwrap(), "DIRECT");
}

#[test]
fn a_file_may_define_helpers_of_its_own() {
    for text in [
        "function isInNet() { return true } function FindProxyForURL(u, h) { return isInNet(h, 'x') ? 'PROXY a:1' : 'DIRECT' }",
        "var dnsDomainIs = function () { return true }; function FindProxyForURL(u, h) { return dnsDomainIs() ? 'PROXY a:1' : 'DIRECT' }",
        "const shExpMatch = () => true; function FindProxyForURL(u, h) { return shExpMatch() ? 'PROXY a:1' : 'DIRECT' }",
    ] {
        assert_eq!(Pac::load(text, &environment()).unwrap().find("http://x/", "x").unwrap(), "PROXY a:1", "{text}");
    }
}

// ---- the command ----

fn run_in(folder: &Path, arguments: &[&str], input: &str) -> Output {
    use std::io::Write as _;
    let mut child = Command::new(env!("CARGO_BIN_EXE_pacwright"))
        .arg("eval")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The command may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

struct Place(tempfile::TempDir);

impl Place {
    fn with(name: &str, content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), content).unwrap();
        Self(folder)
    }
    /// Exit code, stdout, stderr.
    fn run(&self, arguments: &[&str], input: &str) -> (i32, String, String) {
        let output = run_in(self.0.path(), arguments, input);
        (output.status.code().expect("ended by a signal"), text(&output.stdout), text(&output.stderr))
    }
}

const ECHO: &str = "function FindProxyForURL(url, host) { alert(url + ' ' + host); return 'DIRECT'; }";

#[test]
fn urls_are_handed_over_as_chrome_does() {
    let place = Place::with("a.pac", ECHO);
    let rows = [
        ("https://User:pw@Host.Example:443/p/q?r=s#t", "https://host.example/ host.example"),
        ("https://host.example:8443/p", "https://host.example:8443/ host.example"),
        ("http://u@host.example:80/p?q#f", "http://host.example/p?q host.example"),
        ("http://host.example?q", "http://host.example/?q host.example"),
        ("wss://host.example/x", "wss://host.example/ host.example"),
        ("ws://host.example/x", "ws://host.example/x host.example"),
        ("ftp://host.example:21/f", "ftp://host.example/f host.example"),
        ("foo://host.example:5/f", "foo://host.example:5/f host.example"),
        ("host.example", "https://host.example/ host.example"),
        ("host.example:8080", "https://host.example:8080/ host.example"),
        ("host.example/path", "https://host.example/ host.example"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/ 2001:db8::1"),
        ("https://host.example./", "https://host.example./ host.example."),
        ("https://bücher.example/", "https://xn--bcher-kva.example/ xn--bcher-kva.example"),
        ("http://10.0.0.1/x", "http://10.0.0.1/x 10.0.0.1"),
        ("https://a_b.example/", "https://a_b.example/ a_b.example"),
    ];
    let urls: Vec<&str> = rows.iter().map(|(url, _)| *url).collect();
    let (code, out, err) = place.run(&[&["a.pac"], urls.as_slice()].concat(), "");
    assert_eq!(code, 0, "{err}");
    let expected: String = urls.iter().map(|url| format!("{url}\tDIRECT\n")).collect();
    assert_eq!(out, expected);
    for (url, asked) in rows {
        assert!(err.contains(&format!(": alert: {asked}\n")), "{url}: expected {asked} in\n{err}");
    }
    let (_, _, err) = place.run(&["a.pac", "--full-url", "https://U@Host.Example:443/p?q#f"], "");
    assert!(err.ends_with(": alert: https://U@Host.Example:443/p?q#f host.example\n"), "{err}");
    for url in [
        "https:///x",
        "https://a b/",
        "https://a:99999/",
        "https://a:x/",
        "1x://a/",
        "::1",
        "https://[::1/",
        "https://[x]/",
        "",
    ] {
        let (code, out, err) = place.run(&["a.pac", "--", url], "");
        assert_eq!((code, out.as_str()), (2, ""), "{url}");
        assert!(err.starts_with("error: "), "{url}: {err}");
    }
}

#[test]
fn urls_come_from_stdin_and_codes_tell() {
    let place = Place::with(
        "a.pac",
        "function FindProxyForURL(u, h) { if (h == 'bad') return 'PROXY \\x1b[2J' + Array(300).join('x'); if (h == 'throw') throw 1; \
         if (h == 'empty') return ''; if (h == 'lines') return 'PROXY a:1;\\n  DIRECT'; return 'PROXY p.example:8080'; }",
    );
    let (code, out, err) = place.run(&["a.pac"], "\u{feff}http://a/\r\n\n# a comment\nhttp://b/");
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (0, "http://a/\tPROXY p.example:8080\nhttp://b/\tPROXY p.example:8080\n", "")
    );
    let (code, out, _) = place.run(&["a.pac", "http://c/", "-"], "http://a/\n");
    assert_eq!((code, out.lines().count()), (0, 2));
    let (code, out, err) = place.run(&["a.pac", "bad", "throw", "empty", "lines", "x"], "");
    assert_eq!(code, 1);
    assert_eq!(out, "empty\tDIRECT\nlines\tPROXY a:1; DIRECT\nx\tPROXY p.example:8080\n");
    let quoted = err.lines().find(|line| line.starts_with("error: bad: the answer \"PROXY \\u{1b}[2Jxxx")).expect(&err);
    assert!(quoted.len() < 600, "{quoted}");
    assert!(err.contains("error: a.pac: throw: threw the number 1\n"), "{err}");
    assert!(err.contains("note: empty: the answer is empty: browsers go direct\n"), "{err}");
    let (code, _, err) = place.run(&["a.pac", "x", "throw", "a b"], "");
    assert_eq!(code, 2, "{err}");
    let (code, out, err) = place.run(&["missing.pac", "x"], "");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.starts_with("error: missing.pac: "), "{err}");
    assert_eq!(place.run(&[".", "x"], "").0, 2);
    assert_eq!(place.run(&[], "").0, 2);
    assert_eq!(place.run(&["a.pac", "x", "--format", "sarif"], "").0, 2);
    let (code, out, err) = place.run(&["a.pac", "empty", "-q"], "");
    assert_eq!((code, out.as_str(), err.as_str()), (0, "empty\tDIRECT\n", ""));
}

#[test]
fn options_make_it_reproducible() {
    let place = Place::with(
        "a.pac",
        "function FindProxyForURL(u, h) { var d = new Date(); return 'PROXY ' + [dnsResolve(h) || 'none', myIpAddress(), d.getFullYear(), \
         d.getHours(), d.getUTCHours(), new Date(2020, 0, 1).getUTCHours(), timeRange(9) ? 'nine' : 'other'].join('-') + ':1'; }",
    );
    let all: &[&str] =
        &["a.pac", "x.example", "--resolve", "X.example.=192.0.2.5,2001:db8::5", "--my-ip", "10.0.0.9", "--now"];
    for (now, expected) in [
        ("2026-11-24T09:30", "192.0.2.5-10.0.0.9-2026-9-9-0-nine"),
        ("2026-11-24T09:30:59+09:00", "192.0.2.5-10.0.0.9-2026-9-0-15-nine"),
        ("2026-12-31T23:30-02:30", "192.0.2.5-10.0.0.9-2026-23-2-2-other"),
    ] {
        let (code, out, err) = place.run(&[all, &[now]].concat(), "");
        assert_eq!(
            (code, out.as_str(), err.as_str()),
            (0, format!("x.example\tPROXY {expected}:1\n").as_str(), ""),
            "{now}"
        );
    }
    for zone in ["Asia/Tokyo", "America/St_Johns", "UTC"] {
        let output = Command::new(env!("CARGO_BIN_EXE_pacwright"))
            .args(["eval", "a.pac", "x", "--now", "2026-11-24T09:30"])
            .env("TZ", zone)
            .current_dir(place.0.path())
            .output()
            .unwrap();
        assert_eq!(text(&output.stdout), "x\tPROXY none-127.0.0.1-2026-9-9-0-nine:1\n", "{zone}");
    }
    let (_, _, err) = place.run(&["a.pac", "x.example", "--now", "2026-11-24T09:30"], "");
    assert!(err.contains("note: x.example: no address for x.example; --resolve NAME=IP gives one"), "{err}");
    assert!(err.contains("note: x.example: myIpAddress() is 127.0.0.1 here"), "{err}");
    for wrong in [
        &["--now", "2026-02-30T00:00"][..],
        &["--now", "yesterday"],
        &["--now", "2026-11-24T09:30+9"],
        &["--resolve", "x"],
        &["--resolve", "x=y"],
        &["--resolve", "=10.0.0.1"],
        &["--my-ip", "x"],
        &["--timeout", "0"],
        &["--timeout", "nan"],
        &["--timeout", "1e9"],
    ] {
        let (code, out, err) = place.run(&[&["a.pac", "x"], wrong].concat(), "");
        assert_eq!((code, out.as_str()), (2, ""), "{wrong:?}: {err}");
    }
    // A name under `.invalid` never resolves; asking for it must not hang or fail.
    let (code, out, _) = place.run(&["a.pac", "localhost", "--dns", "--now", "2026-11-24T09:30"], "");
    assert_eq!((code, out.as_str()), (0, "localhost\tPROXY 127.0.0.1-127.0.0.1-2026-9-9-0-nine:1\n"));
}

#[test]
fn json_says_everything() {
    let place = Place::with(
        "a.pac",
        "function FindProxyForURL(u, h) {\n if (h == 'bad') return 'nonsense'; if (h == 'throw') throw new Error('x'); alert('hi'); \
         return 'PROXY p:8080; SOCKS5 [::1]:1080; DIRECT'; }",
    );
    let (code, out, _) = place.run(&["a.pac", "--format", "json", "https://a/b", "bad", "throw", "a b"], "");
    assert_eq!(code, 2);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&json["file"], &json["encoding"], &json["function"]),
        (&"a.pac".into(), &"UTF-8".into(), &"FindProxyForURL".into())
    );
    let answers = json["answers"].as_array().unwrap();
    let expected = serde_json::json!({
        "url": "https://a/b", "asked_url": "https://a/", "asked_host": "a", "answer": "PROXY p:8080; SOCKS5 [::1]:1080; DIRECT",
        "hops": [{"how": "http", "host": "p", "port": 8080}, {"how": "socks5", "host": "[::1]", "port": 1080}, {"how": "direct"}],
        "notes": [], "alerts": ["hi"], "unresolved": [],
    });
    assert_eq!(answers[0], expected);
    assert_eq!(answers[1]["errors"][0]["kind"], "bad-answer");
    assert_eq!((&answers[2]["errors"][0]["kind"], &answers[2]["errors"][0]["line"]), (&"thrown".into(), &2.into()));
    assert_eq!(answers[3]["errors"][0]["kind"], "bad-url");
    let place = Place::with("s.pac", "function {");
    let (code, out, err) = place.run(&["s.pac", "--format", "json", "x"], "");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &json["error"]["kind"], &json["error"]["line"]), (1, &"syntax".into(), &1.into()));
    assert!(err.starts_with("error: s.pac:1:"), "{err}");
}

#[test]
fn files_come_in_many_encodings() {
    let pac = "// プロキシー\nfunction FindProxyForURL(url, host) { return '表示'.length == 2 ? 'DIRECT' : 'PROXY wrong:1'; }";
    let sjis = encoding_rs::SHIFT_JIS.encode(pac).0.into_owned();
    let utf16 = |swap: bool| -> Vec<u8> {
        let units = std::iter::once(0xfeff_u16).chain(pac.encode_utf16());
        units.flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let latin1 =
        b"// caf\xe9 \xff\nfunction FindProxyForURL(u, h) { return '\xe9'.length == 1 ? 'DIRECT' : 'PROXY wrong:1'; }"
            .to_vec();
    for (content, note) in [
        (pac.as_bytes().to_vec(), None),
        ([b"\xef\xbb\xbf", pac.as_bytes()].concat(), None),
        (utf16(false), Some("UTF-16LE")),
        (utf16(true), Some("UTF-16BE")),
        (sjis, Some("Shift_JIS")),
        (latin1, Some("Latin-1")),
        (pac.replace('\n', "\r\n").into_bytes(), None),
    ] {
        let place = Place::with("e.pac", &content);
        let (code, out, err) = place.run(&["e.pac", "x"], "");
        assert_eq!((code, out.as_str()), (0, "x\tDIRECT\n"), "{note:?}: {err}");
        let expected = note.map_or(String::new(), |name| format!("note: e.pac is not UTF-8: read as {name}\n"));
        assert_eq!(err, expected);
    }
    let place = Place::with("big.pac", vec![b' '; (64 << 20) + 1]);
    let (code, _, err) = place.run(&["big.pac", "x"], "");
    assert_eq!((code, err.as_str()), (2, "error: big.pac: larger than 64 MiB\n"));
}

#[test]
fn our_own_pac_is_evaluated() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let urls = [
        "https://login.microsoftonline.com/",
        "http://localhost/",
        "https://www.example.org/",
        "https://[2001:db8::1]/",
    ];
    let output = run_in(&folder, &[&["out/proxy.pac"], urls.as_slice()].concat(), "");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).lines().count(), 4);
}

#[test]
fn our_own_pac_takes_no_other_spelling_for_an_address() {
    let place = Place::with(
        "site.yaml",
        "site: s\nroutes: {p: {proxies: [\"http://p.example:1\"]}}\nrules: [{route: p, hosts: [0.0.0.0/8, 1.2.3.0/24, 2.0.0.0/8]}]\n\
         default: direct\noutputs: [{target: pac}]\n",
    );
    let built =
        Command::new(env!("CARGO_BIN_EXE_pacwright")).arg("build").current_dir(place.0.path()).output().unwrap();
    assert!(built.status.success(), "{}", text(&built.stderr));
    let ask = |hosts: &[&str]| {
        let urls: Vec<_> = hosts.iter().map(|host| format!("http://{host}/")).collect();
        let (_, out, err) = place
            .run(&[["out/proxy.pac"].as_slice(), &urls.iter().map(String::as_str).collect::<Vec<_>>()].concat(), "");
        assert_eq!(out.lines().count(), hosts.len(), "{out}{err}");
        out.lines().map(|line| line.contains("PROXY")).collect::<Vec<_>>()
    };
    let addresses = ["1.2.3.4", "1.2.3.255", "0.1.2.3", "2.255.255.255", "[::ffff:1.2.3.4]"];
    assert_eq!(ask(&addresses), [true; 5]);
    // What scripts take for numbers or find in every list.
    let names =
        ["1.2.3.1e2", "__proto__.1.2.3", "length.2.3.4", "2.3.length", "1.2.3.-0", "1.2.3.4.5", "0.1.2.constructor"];
    assert_eq!(ask(&names), [false; 7]);
}

// ---- hostile files ----

/// Runs a file in a process of its own; says how it ended and how long it took.
fn hostile(name: &str, pac: &str, arguments: &[&str]) -> (i32, String, Duration) {
    let place = Place::with("h.pac", pac);
    let start = Instant::now();
    let (code, out, err) = place.run(&[&["h.pac", "https://a.example/"], arguments].concat(), "");
    let took = start.elapsed();
    assert!(code == 0 || code == 1, "{name}: exit {code}\n{err}");
    assert_eq!(code == 0, !out.is_empty(), "{name}: {out}{err}");
    assert!(code == 0 || err.contains("error: "), "{name}: {err}");
    assert!(err.len() < 8_000 && err.lines().all(|line| !line.contains(char::is_control)), "{name}: {err}");
    (code, err, took)
}

fn call(body: &str) -> String {
    format!("function FindProxyForURL(u, h) {{ {body} }}\n")
}

/// What a debug build on two busy cores may take beyond the limits it was given, where they are a tenth as fast as usual.
const SLACK: Duration = Duration::from_secs(120);

#[test]
fn files_that_never_end_are_stopped() {
    let long = "{length: 9007199254740991}";
    let mut rows = vec![
        ("loop", call("for (;;) {}")),
        ("loop at load", "for (;;) {}".to_owned()),
        ("loop that catches", call("for (;;) { try { for (;;) {} } catch (e) {} finally { for (;;) {} } }")),
        ("generator", call("function* g() { for (;;) yield 1 } for (var x of g());")),
        ("catastrophic regex", call("return '' + /^(a+)+$/.test('a'.repeat(50) + 'b')")),
        ("catastrophic regex 2", call("return '' + /(x+x+)+y/.test('x'.repeat(100000))")),
        ("back references", call("return '' + /(.*)(.*)(.*)(.*)\\1\\2\\3\\4x/.test('a'.repeat(2000))")),
        (
            "getter of the function",
            "Object.defineProperty(globalThis, 'FindProxyForURL', {get() { for (;;) {} }})".to_owned(),
        ),
        ("proxied function", "var FindProxyForURL = new Proxy(function () {}, {apply() { for (;;) {} }})".to_owned()),
        (
            "global prototype",
            "Object.setPrototypeOf(globalThis, new Proxy({}, {get() { for (;;) {} }, has() { for (;;) {} }}))"
                .to_owned(),
        ),
        (
            "error with getters",
            call("var e = new Error('x'); Object.defineProperty(e, 'message', {get() { for (;;) {} }}); throw e"),
        ),
        (
            "prepareStackTrace",
            format!("Error.prepareStackTrace = function () {{ for (;;) {{}} }}; {}", call("throw new Error('x')")),
        ),
        (
            "caught memory bomb",
            call("var a = []; for (;;) try { for (;;) a.push(new Array(1000).fill(1)) } catch (e) {}"),
        ),
    ];
    // Loops inside the engine that never look at the clock.
    for method in ["indexOf", "lastIndexOf", "includes", "reverse", "copyWithin", "sort"] {
        rows.push((
            method,
            call(&format!(
                "return '' + Array.prototype.{method}.call({long}{})",
                if method == "sort" { "" } else { ", 1" }
            )),
        ));
    }
    rows.push(("string search", call("var s = 'a'.repeat(1 << 24); return '' + s.indexOf('a'.repeat(1 << 23) + 'b')")));
    rows.push(("sparse array", call("var a = []; a.length = 4294967295; return '' + a.concat(a).length")));
    for (name, pac) in rows {
        let (code, err, took) = hostile(name, &pac, &["--timeout", "0.3"]);
        assert_eq!(code, 1, "{name}");
        // A build that is fast enough may run out of memory, or find no end of a list, first.
        assert!(err.contains("within 0.3 s") || err.contains("memory") || err.contains("too "), "{name}: {err}");
        assert!(took < SLACK, "{name}: {took:?}");
    }
    // The limits without the option: five seconds to load, one for a call.
    let (_, err, took) = hostile("loop at load", "for (;;) {}", &[]);
    assert!(
        err.contains("h.pac: not loaded within 5 s") && took >= Duration::from_secs(5) && took < SLACK,
        "{err} {took:?}"
    );
    let (_, err, took) = hostile("loop", &call("for (;;) {}"), &[]);
    assert!(err.contains("no answer within 1 s") && took >= Duration::from_secs(1) && took < SLACK, "{err} {took:?}");
}

#[test]
fn a_stopped_file_is_loaded_anew_but_not_for_ever() {
    let pac = "function FindProxyForURL(u, h) { if (h != 'ok') for (;;) {} return 'DIRECT'; }";
    let place = Place::with("h.pac", pac);
    let (code, out, err) = place.run(&["h.pac", "--timeout", "0.3", "loop", "ok", "loop", "ok", "loop", "ok"], "");
    assert_eq!((code, out.as_str()), (1, "ok\tDIRECT\nok\tDIRECT\n"), "{err}");
    assert!(err.ends_with("stopped 3 times: the remaining URLs are not tried\n"), "{err}");
}

#[test]
fn files_that_eat_memory_are_stopped() {
    let rows = [
        ("bomb at load", "var a = []; for (;;) a.push(new Array(1000).fill('x'));".to_owned()),
        ("bomb", call("var a = []; for (;;) a.push(new Array(1000).fill('x'));")),
        ("string", call("var s = 'x'; for (;;) s += s;")),
        ("buffers", call("var a = []; for (;;) a.push(new ArrayBuffer(1 << 20));")),
        ("shared buffer", call("new SharedArrayBuffer(1 << 30);")),
        ("growing buffer", call("new ArrayBuffer(8, {maxByteLength: 1 << 30}).resize(1 << 29);")),
        ("set", call("var s = new Set(); for (var i = 0; ; i++) s.add(i);")),
        ("one join", call("return new Array(1e9).join('xxxxxxxxxx')")),
        ("big integer", call("var b = 3n ** (1n << 19n); for (;;) b = b * b;")),
        ("long answer", call("return 'x'.repeat(3e7)")),
        ("long exception", call("throw new Error('x'.repeat(3e7))")),
        ("alerts", call("for (;;) alert('x'.repeat(1000))")),
        ("names", call("for (var i = 0; ; i++) dnsResolve('h' + i)")),
    ];
    for (name, pac) in rows {
        let (code, _, took) = hostile(name, &pac, &["--timeout", "2"]);
        assert_eq!(code, 1, "{name}");
        assert!(took < SLACK, "{name}: {took:?}");
    }
}

#[test]
fn deep_nesting_is_an_error_or_no_problem_but_no_crash() {
    const DEEP: usize = 100_000;
    let f = call("return 'DIRECT'");
    let nest = |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(DEEP), close.repeat(DEEP));
    let x = |value: String| format!("var x = {value};\n{f}");
    let rows = [
        ("(", x(nest("(", "1", ")"))),
        ("( alone", "(".repeat(DEEP)),
        ("[", x(nest("[", "", "]"))),
        ("{", format!("{}{f}", nest("{", "", "}"))),
        ("objects", x(nest("{a:", "1", "}"))),
        ("functions", format!("{}{f}", nest("function f(){", "", "}"))),
        ("called functions", format!("{}{f}", nest("(function(){", "", "})()"))),
        ("arrows", x(nest("()=>", "1", ""))),
        ("arrows in parentheses", x(nest("(a=>", "1", ")"))),
        ("classes", format!("{}{f}", nest("class A{m(){", "", "}}"))),
        ("templates", x(nest("`${", "1", "}`"))),
        ("!", x(nest("!", "1", ""))),
        ("typeof", x(nest("typeof ", "1", ""))),
        ("new", x(nest("new ", "f", ""))),
        ("?:", x(nest("1?", "1", ":1"))),
        ("? chain", x(nest("1?1:", "1", ""))),
        ("=", format!("var x; {};{f}", nest("x=", "1", ""))),
        ("**", x(nest("2**", "1", ""))),
        ("+", x(nest("1+", "1", ""))),
        ("||", x(nest("0||", "1", ""))),
        (",", x(format!("({})", nest("1,", "1", "")))),
        ("?.", format!("var x = {{}}; x{};{f}", "?.a".repeat(DEEP))),
        ("calls", format!("var g = function () {{ return g }}; g{};{f}", "()".repeat(DEEP))),
        ("calls in calls", format!("var g = function () {{}}; {};{f}", nest("g(", "", ")"))),
        ("indices", format!("var a = [0]; {};{f}", nest("a[", "0", "]"))),
        ("if", format!("{};{f}", "if(1)".repeat(DEEP))),
        ("else if", format!("{};{f}", "if(0);else ".repeat(DEEP))),
        ("for", format!("{};{f}", "for(;0;)".repeat(DEEP))),
        ("do", format!("{}{f}", nest("do ", ";", " while(0);"))),
        ("try", format!("{}{f}", nest("try{", "", "}catch(e){}"))),
        ("switch", format!("{}{f}", nest("switch(1){case 1:", "", "}"))),
        ("with", format!("{};{f}", "with(1)".repeat(DEEP))),
        ("patterns", format!("var {} = 1;{f}", nest("[", "a", "]"))),
        ("regex", x(format!("/{}/", nest("(?:", "a", ")*")))),
        (
            "regex look-ahead",
            call(&format!("return '' + new RegExp('{}').test('a')", "(?=".repeat(9_000) + "a" + &")".repeat(9_000))),
        ),
        ("recursion", call("return FindProxyForURL(u, h)")),
        ("recursion at load", format!("function g() {{ return g() + 1 }} g(); {f}")),
        ("recursion by eval", call("return eval('FindProxyForURL(u, h)')")),
        ("toString", call("var a = []; for (var i = 0; i < 1e5; i++) a = [a]; return '' + a")),
        ("JSON.parse", call("return '' + JSON.parse('['.repeat(1e6))")),
        (
            "JSON.stringify",
            call("var a = {}, b = a; for (var i = 0; i < 2e5; i++) b = b.x = {}; return JSON.stringify(a)"),
        ),
        ("flat", call("var a = []; for (var i = 0; i < 1e5; i++) a = [a]; return '' + a.flat(Infinity)")),
        ("freeing", call("var a = {}; for (var i = 0; i < 2e5; i++) a = {x: a}; a = null; return 'DIRECT'")),
        (
            "freeing closures",
            call(
                "var f = null; for (var i = 0; i < 1e5; i++) f = (function (g) { return function () { return g } })(f); f = null; return 'DIRECT'",
            ),
        ),
        (
            "bound functions",
            call(
                "var f = function () { return 1 }; for (var i = 0; i < 3e4; i++) f = f.bind(null); return '' + f() + ({} instanceof f)",
            ),
        ),
        (
            "proxies",
            call(
                "var p = {}; for (var i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x = 1; return '' + p.x + ('y' in p)",
            ),
        ),
        (
            "proxied arrays",
            call("var p = []; for (var i = 0; i < 1e5; i++) p = new Proxy(p, {}); return '' + Array.isArray(p)"),
        ),
        (
            "proxied calls",
            call(
                "var p = function () {}; for (var i = 0; i < 1e5; i++) p = new Proxy(p, {}); return '' + p() + new p()",
            ),
        ),
        (
            "proxied prototypes",
            call("var p = {}; for (var i = 0; i < 5e4; i++) p = Object.create(new Proxy(p, {})); return '' + p.x"),
        ),
        (
            "ropes",
            call(
                "var s = ''; for (var i = 0; i < 3e5; i++) s = 'abcdefghijkl' + s; return s.indexOf('q') < 0 ? 'DIRECT' : ''",
            ),
        ),
    ];
    for (name, pac) in rows {
        let (_, err, took) = hostile(name, &pac, &["--timeout", "10"]);
        assert!(!err.contains("engine"), "{name}: {err}");
        assert!(took < SLACK, "{name}: {took:?}");
    }
}

#[test]
fn fifty_megabytes_end_in_bounded_time() {
    const SIZE: usize = 50 << 20;
    let f = call("return 'DIRECT'");
    let table =
        |entry: &dyn Fn(usize) -> String, each: usize| (0..SIZE / each).map(entry).collect::<Vec<_>>().join(",");
    for (name, pac, fine) in [
        ("comments", format!("{f}{}", format!("// {}\n", "x".repeat(77)).repeat(SIZE / 81)), true),
        ("parentheses", "(".repeat(SIZE), false),
        ("a string", format!("{f}var s = '{}';", "x".repeat(SIZE)), true),
        // As large as the limits allow; a debug build is too slow for it.
        ("a table", format!("{f}var t = {{{}}};", table(&|n| format!("'h{n:07}.example.com':1"), 24)), false),
    ] {
        let (code, err, took) = hostile(name, &pac, &[]);
        assert!(!fine || code == 0 || err.contains("within 5 s"), "{name}: {err}");
        assert!(took < SLACK, "{name}: {took:?}");
    }
}

/// A pipe that nobody writes to: the process ends, and says why. One that somebody writes to is read.
#[test]
fn pipes_are_waited_for_but_not_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("a.pac");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let eval = |more: &[&str]| {
        let mut eval = Command::new(env!("CARGO_BIN_EXE_pacwright"));
        eval.arg("eval").arg(&pipe).arg("https://a.example/").args(more);
        eval
    };
    let waiting = eval(&["--format", "json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = waiting.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(said["error"]["message"].as_str().unwrap().contains("nothing comes out of it"), "{said}");
    let reading = eval(&[]).stdout(Stdio::piped()).spawn().unwrap();
    std::fs::write(&pipe, "function FindProxyForURL(u, h) { return 'DIRECT'; }").unwrap();
    let output = reading.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "https://a.example/\tDIRECT\n");
}
