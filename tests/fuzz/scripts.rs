//! PAC files, which the sandbox runs: it answers or says why not, and lives on.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use pacwright::js::{Environment, JsError, Limits, Pac, answer};

use crate::driver::{Target, run};
use crate::seeds::texts;

const ASKED: &[(&str, &str)] = &[
    ("https://www.example.com/", "www.example.com"),
    ("http://[2001:db8::1]:8080/a?b", "2001:db8::1"),
    ("ftp://intranet/", "intranet"),
];

/// Why there is no answer: one line, and a place in the file.
fn said(error: &JsError, text: &str) {
    assert!(!error.message.is_empty() && !error.message.contains(char::is_control), "{:?}", error.message);
    // JavaScript has more ends of lines than one.
    let lines = text.split(['\n', '\r', '\u{2028}', '\u{2029}']).count();
    assert!(error.line.is_none_or(|line| (1..=lines).contains(&(line as usize))), "line {:?} of {lines}", error.line);
}

#[test]
fn pac() {
    let seeds = texts(&[
        "function FindProxyForURL(url, host) {\n  if (isPlainHostName(host) || dnsDomainIs(host, \".example.com\")) return \"DIRECT\";\n  \
         return \"PROXY proxy.example:8080; DIRECT\";\n}\n",
        "var t = {\"example\": {\"www\": 1}, \"10\": [8, 16]};\nfunction FindProxyForURL(url, host) {\n  var l = host.split(\".\"), n = t;\n  \
         for (var i = l.length - 1; i >= 0; i--) { if (!Object.prototype.hasOwnProperty.call(n, l[i])) break; n = n[l[i]]; }\n  \
         return typeof n == \"number\" ? \"PROXY a:\" + (8080 + n) : \"HTTPS b:443\";\n}\n",
        "function FindProxyForURLEx(u, h) {\n  var ip = dnsResolveEx(h) || myIpAddressEx();\n  alert(ip);\n  \
         if (isInNetEx(ip, \"192.0.2.0/24\") || isInNet(dnsResolve(h), \"10.0.0.0\", \"255.0.0.0\")) return \"SOCKS5 s:1080\";\n  \
         try { return shExpMatch(u, \"*/a*\") ? new Date().getHours() : \"DIRECT\"; } catch (e) { throw e.stack; }\n}\n\
         function FindProxyForURL(u, h) { return weekdayRange(\"MON\", \"FRI\", \"GMT\") && timeRange(8, 17) ? \"DIRECT\" : \"\"; }\n",
    ]);
    let words = [
        "function ",
        "FindProxyForURL",
        "FindProxyForURLEx",
        "return ",
        "throw ",
        "if (",
        ") {",
        "}",
        "for (;;) ",
        "while (1) ",
        "try {",
        "} catch (e) {",
        "} finally {",
        "var ",
        "let ",
        "const ",
        "class A {",
        "new ",
        "typeof ",
        "=> ",
        "async ",
        "await ",
        "yield ",
        "function* g() {",
        "import(\"x\")",
        "export ",
        "with (host) ",
        "eval(\"1\")",
        "new Function(\"x\")",
        "isInNet(",
        "isInNetEx(",
        "dnsResolve(",
        "dnsResolveEx(",
        "isResolvable(",
        "myIpAddress()",
        "shExpMatch(",
        "localHostOrDomainIs(",
        "dnsDomainLevels(",
        "dateRange(",
        "timeRange(",
        "weekdayRange(",
        "sortIpAddressList(",
        "getClientVersion()",
        "alert(",
        "convert_addr(",
        "Date",
        "JSON.parse(",
        "JSON.stringify(",
        "RegExp(",
        "/(a+)+$/",
        "/[/",
        "/\\u{110000}/u",
        "`${",
        "`",
        "\"",
        "'",
        "\\u0000",
        "\\ud800",
        "\\x",
        "\u{2028}",
        "/*",
        "*/",
        "//",
        "<!--",
        "-->",
        "__proto__",
        "constructor",
        "Symbol.iterator",
        "Proxy(",
        "toString",
        "valueOf",
        ".repeat(1e5)",
        ".join(",
        ".split(\"\")",
        ".concat(",
        "Array(1e6)",
        "new Array(4294967295)",
        "new ArrayBuffer(1e9)",
        "new WeakRef({})",
        "Object.defineProperty(",
        "get ",
        "...",
        "?.",
        "??",
        "**",
        ">>>",
        "0n",
        "1e999",
        "NaN",
        "null",
        "undefined",
        "this",
        "arguments",
        "globalThis",
        "delete ",
        "debugger",
    ];
    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let environment = Environment {
        resolve: Arc::new(move |name| if name.contains("example") { vec![address] } else { Vec::new() }),
        my_ip: vec![address],
        limits: Limits {
            load: Duration::from_millis(100),
            call: Duration::from_millis(100),
            memory: 4 << 20,
            per_byte: 12,
            ..Limits::default()
        },
        ..Environment::default()
    };
    run(&Target { name: "pac", seeds, words: words.to_vec(), share: 20 }, |case| {
        let text = String::from_utf8_lossy(case.bytes);
        let mut pac = match Pac::load(&text, &environment) {
            Ok(pac) => pac,
            Err(error) => {
                said(&error, &text);
                return false;
            }
        };
        assert!(pac.function().starts_with("FindProxyForURL"));
        for (url, host) in ASKED {
            match pac.find(url, host) {
                Ok(text) => drop(answer::parse(&text)),
                Err(error) => said(&error, &text),
            }
            let _ = pac.heard();
            if pac.is_spent() {
                break;
            }
        }
        true
    });
}
