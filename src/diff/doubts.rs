//! What in the text of a PAC file no list of hosts can show: named beside a comparison, as it may decide hosts, paths or
//! moments otherwise that were not asked about.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::lexed::Lexed;

/// Words of a script with what it means that they stand in it.
const WORDS: [(&[&str], &str); 7] = [
    (
        &[
            "substring",
            "substr",
            "slice",
            "charAt",
            "charCodeAt",
            "indexOf",
            "lastIndexOf",
            "search",
            "match",
            "split",
            "replace",
            "length",
            "startsWith",
            "endsWith",
            "includes",
            "dnsDomainLevels",
            "RegExp",
            "test",
            "exec",
        ],
        "looks at pieces of names",
    ),
    (
        &[
            "fromCharCode",
            "fromCodePoint",
            "concat",
            "join",
            "eval",
            "Function",
            "atob",
            "unescape",
            "decodeURIComponent",
        ],
        "puts texts together while it runs",
    ),
    (&["myIpAddress", "myIpAddressEx"], "asks for the client's own address, which is 127.0.0.1 here"),
    (
        &["dnsResolve", "dnsResolveEx", "isResolvable", "isResolvableEx", "isInNetEx"],
        "asks for the addresses of names, and no name has one here",
    ),
    (&["weekdayRange", "dateRange", "timeRange", "Date"], "looks at the clock, which stands still here"),
    (&["random"], "throws dice"),
    (&["convert_addr", "parseInt", "Number"], "computes with numbers"),
];

/// What stands in a script that no list of hosts can show, each as what the script does.
#[must_use]
pub fn of(script: &str) -> Vec<String> {
    let lexed = Lexed::of(script);
    let words: BTreeSet<&str> = lexed.words.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    for (known, meaning) in WORDS {
        let mut seen: Vec<&str> = known.iter().filter(|word| words.contains(*word)).copied().collect();
        if meaning == PIECES && lexed.has_regex {
            seen.push("regular expressions");
        }
        if !seen.is_empty() {
            found.push(format!("{meaning} ({})", seen.join(", ")));
        }
    }
    if lexed.joins {
        found.push("joins texts with what is known only while it runs".to_owned());
    }
    let masks = lexed.texts.windows(2).filter_map(|pair| {
        let [net, mask] = pair else { return None };
        let (_, mask) = (net.parse::<Ipv4Addr>().ok()?, mask.parse::<Ipv4Addr>().ok()?);
        let has_gap = mask.to_bits() >> 31 == 1 && mask.to_bits().leading_ones() + mask.to_bits().trailing_zeros() < 32;
        has_gap.then(|| mask.to_string())
    });
    let masks: BTreeSet<String> = masks.collect();
    if !masks.is_empty() {
        found
            .push(format!("tests addresses by masks with gaps ({})", masks.into_iter().collect::<Vec<_>>().join(", ")));
    }
    if looks_at_url(&lexed.words) {
        found.push("looks at the URL: other schemes, paths and ports than those asked may be decided otherwise; port 80 is asked as http://, port 21 as ftp://, all others as https://".to_owned());
    }
    found
}

const PIECES: &str = WORDS[0].1;

/// Whether the first parameter of the function is used.
fn looks_at_url(words: &[String]) -> bool {
    let starts = words.iter().enumerate().filter(|(_, word)| word.starts_with("FindProxyForURL"));
    let parameters: Vec<&String> = starts
        .filter_map(|(at, _)| match words.get(at + 1)?.as_str() {
            // `FindProxyForURL = function (url, host)`
            "function" => words.get(at + 2),
            _ => words.get(at + 1),
        })
        .collect();
    parameters.iter().any(|parameter| words.iter().filter(|word| *word == *parameter).count() > parameters.len())
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_script_that_compares_names_leaves_no_doubt() {
        let script = r#"function FindProxyForURL(url, host) {
            if (host == "a.example" || shExpMatch(host, "*.b.example") || dnsDomainIs(host, ".c.example")) return "DIRECT";
            return "PROXY p:1";
        }"#;
        assert_eq!(of(script), Vec::<String>::new());
    }

    #[test]
    fn what_no_host_shows() {
        let says = |body: &str| of(&format!("function FindProxyForURL(u, h) {{ {body}; return 'DIRECT' }}")).join("; ");
        for (body, word) in [
            ("if (h.substring(0, 4) == 'www.') return 'PROXY p:1'", "substring"),
            ("if (h.indexOf('x') >= 0) return 'PROXY p:1'", "indexOf"),
            ("if (/^a[0-9]+\\./.test(h)) return 'PROXY p:1'", "regular expressions"),
            ("if (h == 'a' + d) return 'PROXY p:1'", "joins texts"),
            ("if (shExpMatch(u, '*/x/*')) return 'PROXY p:1'", "URL"),
            ("if (myIpAddress() == '10.0.0.1') return 'PROXY p:1'", "own address"),
            ("if (weekdayRange('MON', 'FRI')) return 'PROXY p:1'", "clock"),
            ("if (isResolvable(h)) return 'PROXY p:1'", "addresses of names"),
            ("eval(x)", "while it runs"),
        ] {
            assert!(says(body).contains(word), "{body}: {}", says(body));
        }
    }
}
