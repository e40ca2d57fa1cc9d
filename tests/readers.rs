//! The readers of artifacts over files that no emitter of ours makes, right and wrong ones; over what the binary builds
//! for the repository's own site; and over files with a byte or a line changed.

use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use pacwright::reader::csv::{Column, Kind, Table};
use pacwright::reader::net::Protocol::{Tcp, Udp};
use pacwright::reader::nft::Nft;
use pacwright::reader::squid::{Setting, Squid};
use pacwright::reader::zscaler::Zscaler;
use pacwright::reader::{File, Problem, Reader, Request};
use proptest::prelude::*;

type Files<'a> = &'a [(&'a str, &'a str)];

fn files<'a>(all: Files<'a>) -> Vec<File<'a>> {
    all.iter().map(|(path, text)| File { path, bytes: text.as_bytes() }).collect()
}

fn said<T>(read: Result<T, Vec<Problem>>) -> Vec<String> {
    let line = |p: Problem| format!("{}:{}: {}", p.path, p.line, p.message);
    read.err().unwrap_or_default().into_iter().map(line).collect()
}

/// Compares tables of wrong files with what is said of them, all at once.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn case(&mut self, name: &str, said: Vec<String>, expected: &[&str]) {
        if said != expected || said.is_empty() {
            self.0.push(format!("{name}\t{said:?}"));
        }
    }

    fn end(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn ask(host: &str, port: u16) -> Request<'_> {
    Request { client: None, host, port: Some(port) }
}

const SETTING: Setting = Setting { conf: "pacwright.conf", install_dir: "/etc/squid/pw/", external: &["known"] };

fn squid(all: Files) -> Result<Squid, Vec<Problem>> {
    Squid::read(&files(all), &SETTING)
}

#[test]
fn squid_says_what_is_wrong() {
    let mut wrong = Wrong::default();
    let mut list = |name: &str, acl: &str, text: &str, expected: &[&str]| {
        let conf = format!("acl a {acl} \"/etc/squid/pw/l.txt\"\nhttp_access allow a\n");
        wrong.case(name, said(squid(&[("pacwright.conf", &conf), ("l.txt", text)])), expected);
    };
    let long = "a".repeat(64);
    let longer = format!("{}.example", "a.".repeat(1100));
    // formats.md 2.1: taken by Squid, and dead.
    list(
        "d01",
        "dstdomain -n",
        "*.example.com\n",
        &["l.txt:1: `*.example.com` has a `*`, which dstdomain does not know"],
    );
    list(
        "d02",
        "dstdomain -n",
        "foo*.d\na.*.d\n",
        &[
            "l.txt:1: `foo*.d` has a `*`, which dstdomain does not know",
            "l.txt:2: `a.*.d` has a `*`, which dstdomain does not know",
        ],
    );
    list("d03", "dstdomain -n", "ok.example\nhttps://h/\n", &["l.txt:2: `https://h/` has a scheme"]);
    list("d04", "dstdomain -n", "h:1688\n", &["l.txt:1: `h:1688` has a port"]);
    list("d05", "dstdomain -n", "h/path\n", &["l.txt:1: `h/path` has a path"]);
    list("d06", "dstdomain -n", ".\n..d\n", &["l.txt:1: `.` has an empty label", "l.txt:2: `..d` has an empty label"]);
    list(
        "d07",
        "dstdomain -n",
        "example.com.\n",
        &["l.txt:1: `example.com.` ends with a dot: Squid takes it off the request only"],
    );
    list("d08", "dstdomain -n", "192.0.2.0/24\n", &["l.txt:1: `192.0.2.0/24` is a network: those stand in `dst`"]);
    list(
        "d09",
        "dstdomain -n",
        "日本.example\n",
        &["l.txt:1: `\\u{65e5}\\u{672c}.example` is not ASCII: a request holds the A-labels"],
    );
    list("d10", "dstdomain -n", "-f\n", &["l.txt:1: `-f` begins with `-`: it would be read as an option"]);
    list(
        "d11",
        "dstdomain -n",
        "::1\n127.0.0\n[::01]\n",
        &[
            "l.txt:1: `::1` is an address without brackets",
            "l.txt:2: `127.0.0` ends in a number, as no name does, and is not an address",
            "l.txt:3: `[::01]` is not an IPv6 address as Squid spells it",
        ],
    );
    list("d12", "dstdomain", "a.example\n", &["pacwright.conf:1: `dstdomain` without `-n` looks names up"]);
    list(
        "d13",
        "dstdomain -n",
        ".1\n.0.0.1\n0x7f.1\n",
        &[
            "l.txt:1: `.1` ends in a number, as no name does, and is not an address",
            "l.txt:2: `.0.0.1` ends in a number, as no name does, and is not an address",
            "l.txt:3: `0x7f.1` ends in a number, as no name does, and is not an address",
        ],
    );
    list(
        "d14",
        "dstdomain -n",
        &format!("{long}.example\na..b\n"),
        &[
            "l.txt:1: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example` has a label longer than 63 characters",
            "l.txt:2: `a..b` has an empty label",
        ],
    );
    // 2.2: overlaps.
    list(
        "o01",
        "dstdomain -n",
        ".d\nwww.d\n.a.d\n",
        &[
            "l.txt:2: the value is covered by, or overlaps, that of l.txt line 1 in the ACL `a`",
            "l.txt:3: the value is covered by, or overlaps, that of l.txt line 1 in the ACL `a`",
        ],
    );
    list(
        "o02",
        "dstdomain -n",
        "# narrow first\nwww.d\n.a.d\n.d\n",
        &[
            "l.txt:2: the value is covered by, or overlaps, that of l.txt line 4 in the ACL `a`",
            "l.txt:3: the value is covered by, or overlaps, that of l.txt line 4 in the ACL `a`",
        ],
    );
    list(
        "o03",
        "dstdomain -n",
        ".d\nd\n",
        &["l.txt:2: the value is covered by, or overlaps, that of l.txt line 1 in the ACL `a`"],
    );
    list(
        "o04",
        "dstdomain -n",
        "d\n.d\n",
        &["l.txt:1: the value is covered by, or overlaps, that of l.txt line 2 in the ACL `a`"],
    );
    list(
        "o05",
        "dstdomain -n",
        "a.d\nb.d\nA.D\n",
        &["l.txt:3: the value is covered by, or overlaps, that of l.txt line 1 in the ACL `a`"],
    );
    list(
        "o06",
        "dstdomain -n",
        ".d.e\nx-d.e\nd-.e\nxd.e\n.d.e.f\nd.e.g\nz.d.e\n",
        &["l.txt:7: the value is covered by, or overlaps, that of l.txt line 1 in the ACL `a`"],
    );
    // 2.3: addresses.
    list(
        "a01",
        "dst -n",
        "192.0.2.5\n192.0.2.0/24\n",
        &["l.txt:1: the value is covered by, or overlaps, that of l.txt line 2 in the ACL `a`"],
    );
    list(
        "a02",
        "dst -n",
        "192.0.2.1-192.0.2.9\n192.0.2.9-192.0.2.12\n",
        &["l.txt:2: the value is covered by, or overlaps, that of l.txt line 1 in the ACL `a`"],
    );
    list(
        "a03",
        "dst -n",
        "example.com\n*.d\n[::1]\n",
        &[
            "l.txt:1: `example.com` is not an address",
            "l.txt:2: `*.d` is not an address",
            "l.txt:3: `[::1]` is not an address",
        ],
    );
    list(
        "a04",
        "dst -n",
        "192.0.2.0/33\n2001:db8::/200\n192.0.2.0/255.0.255.0\n192.0.2.0/\n",
        &[
            "l.txt:1: `192.0.2.0/33` has no prefix length of 0 to 32",
            "l.txt:2: `2001:db8::/200` has no prefix length of 0 to 128",
            "l.txt:3: `192.0.2.0/255.0.255.0` has no prefix length of 0 to 32",
            "l.txt:4: `192.0.2.0/` has no prefix length of 0 to 32",
        ],
    );
    list(
        "a05",
        "dst -n",
        "192.0.2.1/24\n2001:db8::1/32\n",
        &["l.txt:1: `192.0.2.1/24` has host bits set", "l.txt:2: `2001:db8::1/32` has host bits set"],
    );
    list(
        "a06",
        "dst -n",
        "0.0.0.0/0\n::/0\n0.0.0.0\n",
        &[
            "l.txt:1: `0.0.0.0/0` is every address: Squid wants `all`",
            "l.txt:2: `::/0` is every address: Squid wants `all`",
            "l.txt:3: `0.0.0.0` is a name to Squid, not an address",
        ],
    );
    list(
        "a07",
        "dst -n",
        "192.0.2\n192.0.2.9-192.0.2.1\nfe80::1%eth0\n010.0.0.1\n",
        &[
            "l.txt:1: `192.0.2` is not an address",
            "l.txt:2: `192.0.2.9-192.0.2.1` ends before it begins",
            "l.txt:3: `fe80::1%eth0` is not an address",
            "l.txt:4: `010.0.0.1` is not an address",
        ],
    );
    list(
        "a08",
        "dst -n",
        "::ffff:192.0.2.1\n::ffff:0:0/95\n192.0.2.1-2001:db8::1\n",
        &[
            "l.txt:1: `::ffff:192.0.2.1` is IPv4 written as IPv6",
            "l.txt:2: `::ffff:0:0` is IPv4 written as IPv6",
            "l.txt:3: `192.0.2.1-2001:db8::1` mixes IPv4 and IPv6",
        ],
    );
    list("a09", "dst", "192.0.2.1\n", &["pacwright.conf:1: `dst` without `-n` looks names up"]);
    list(
        "a10",
        "src",
        "10.0.0.0/8\n10.1.0.0/16\n",
        &["l.txt:2: the value is covered by, or overlaps, that of l.txt line 1 in the ACL `a`"],
    );
    list(
        "p01",
        "port",
        "https\n70000\n90-80\n080\n80,443\n+80\n",
        &[
            "l.txt:1: `https` is not a port or a range of ports",
            "l.txt:2: `70000` is not a port or a range of ports",
            "l.txt:3: `90-80` ends before it begins",
            "l.txt:4: `080` is not a port or a range of ports",
            "l.txt:5: `80,443` is not a port or a range of ports",
            "l.txt:6: `+80` is not a port or a range of ports",
        ],
    );
    // Regular expressions.
    list(
        "r01",
        "dstdom_regex -n -i",
        "^h\\d\\.example$\n^(?:a|b)$\n^a{2}$\n^ab?$\n",
        &[
            "l.txt:1: `^h\\d\\.example$` has a `\\` before something other than a dot",
            "l.txt:2: `^(?:a|b)$` has a `(?`, which POSIX does not know",
            "l.txt:3: `^a{2}$` has a `?`, `{` or `}`, which is not read here",
            "l.txt:4: `^ab?$` has a `?`, `{` or `}`, which is not read here",
        ],
    );
    list(
        "r02",
        "dstdom_regex -n -i",
        "^(a$\n^a)$\n^[a$\n^[z-a]$\n^[a-Z]$\n^[]$\n",
        &[
            "l.txt:1: `^(a$` has a group that is not closed",
            "l.txt:2: `^a)$` closes a group that is not open",
            "l.txt:3: `^[a$` has a `[` that is not closed",
            "l.txt:4: `^[z-a]$` has a range that is neither of digits nor of letters of one case",
            "l.txt:5: `^[a-Z]$` has a range that is neither of digits nor of letters of one case",
            "l.txt:6: `^[]$` has a `[` that is not closed",
        ],
    );
    list(
        "r03",
        "dstdom_regex -n -i",
        "*a\n^+a\n^a**$\n(a|)\n()\n|a\n^$\n",
        &[
            "l.txt:1: `*a` repeats nothing",
            "l.txt:2: `^+a` repeats nothing",
            "l.txt:3: `^a**$` repeats a repetition",
            "l.txt:4: `(a|)` has an empty alternative",
            "l.txt:5: `()` has an empty alternative",
            "l.txt:6: `|a` has an empty alternative",
            "l.txt:7: `^$` has a `$` behind nothing",
        ],
    );
    list(
        "r04",
        "dstdom_regex -n -i",
        ".*a\n^.*a\na^b\na$b\n(a$)b\na(^b)\n(^a)+\n",
        &[
            "l.txt:1: `.*a` begins with `.*`, of which Squid warns",
            "l.txt:2: `^.*a` begins with `.*`, of which Squid warns",
            "l.txt:3: `a^b` has a `^` that is not at its beginning",
            "l.txt:4: `a$b` has something behind a `$`",
            "l.txt:5: `(a$)b` has something behind a `$`",
            "l.txt:6: `a(^b)` has a `^` that is not at its beginning",
            "l.txt:7: `(^a)+` repeats a group with an anchor",
        ],
    );
    list(
        "r05",
        "dstdom_regex -n -i",
        "^m\u{fc}nchen$\n^a/b$\n^[[:alpha:]]$\n^[\\d]$\n-i\n+i\n",
        &[
            "l.txt:1: `^m\\u{fc}nchen$` is not ASCII: a request holds the A-labels",
            "l.txt:2: `^a/b$` has a character that no host has",
            "l.txt:3: `^[[:alpha:]]$` has a named class, which is not read here",
            "l.txt:4: `^[\\d]$` has a `\\` in brackets, which stands for itself there",
            "l.txt:5: `-i` would be read as an option",
            "l.txt:6: `+i` would be read as an option",
        ],
    );
    list(
        "r06",
        "dstdom_regex -n",
        "^Example$\n",
        &["l.txt:1: `^Example$` has capital letters without `-i`: Squid looks at the host in lower case"],
    );
    list("r07", "dstdom_regex -i", "^a$\n", &["pacwright.conf:1: `dstdom_regex` without `-n` looks names up"]);
    list(
        "r08",
        "dstdom_regex -n -i",
        &format!("{}a{}\n", "(".repeat(40), ")".repeat(40)),
        &[
            "l.txt:1: `((((((((((((((((((((((((((((((((((((((((a)))))))))))))))))))))))))))))))))))))))...` has groups too deep in groups",
        ],
    );
    // 2.4: files, lines, names.
    list(
        "f01",
        "dstdomain -n",
        "a.example b.example\n",
        &["l.txt:1: `a.example b.example` is two values on a line: Squid takes them as one"],
    );
    list(
        "f02",
        "dstdomain -n",
        "a.example,b.example\na.example;\n\"a.example\"\na#b\n",
        &[
            "l.txt:1: `a.example,b.example` has a `,`, which no host has",
            "l.txt:2: `a.example;` has a `;`, which no host has",
            "l.txt:3: `\"a.example\"` has a `\"`, which no host has",
            "l.txt:4: `a#b` has a `#`, which no host has",
        ],
    );
    list(
        "f03",
        "dstdomain -n",
        "\u{feff}a.example\nb.example\n",
        &["l.txt:1: the file begins with a byte order mark, which is taken as part of the first line"],
    );
    list("f04", "dstdomain -n", "", &["l.txt:0: the list is empty"]);
    list("f05", "dstdomain -n", "# nothing\n\n   # here\n", &["l.txt:0: the list is empty"]);
    list(
        "f06",
        "dstdomain -n",
        "a\u{0}.example\nb.example\rc.example\n",
        &["l.txt:0: the list is empty", "l.txt:1: a control character", "l.txt:2: a control character"],
    );
    list(
        "f07",
        "dstdomain -n",
        &format!("# {longer}\nb.example\n"),
        &["l.txt:1: the line is longer than 2046 bytes, where Squid cuts it"],
    );
    let mut conf = |name: &str, text: &str, expected: &[&str]| {
        wrong.case(name, said(squid(&[("pacwright.conf", text), ("l.txt", "a.example\n")])), expected);
    };
    let used = "acl l dstdomain -n \"/etc/squid/pw/l.txt\"\n";
    let with = |text: &str| format!("{used}{text}");
    conf(
        "c01",
        "acl a dstdomain -n \"/etc/squid/pw/l.txt\" more.example\n",
        &["pacwright.conf:1: Squid ignores what stands behind a file name"],
    );
    conf(
        "c02",
        &with("acl a dstdomain -n \"/etc/squid/pw/nowhere.txt\"\n"),
        &["pacwright.conf:2: the file `nowhere.txt` is missing"],
    );
    conf(
        "c03",
        &with("acl a dstdomain -n \"/etc/squid/l.txt\"\nacl b dstdomain -n \"/etc/squid/pw/l.txt\n"),
        &[
            "pacwright.conf:2: `/etc/squid/l.txt` is not below `/etc/squid/pw`",
            "pacwright.conf:3: `\"/etc/squid/pw/l.txt` is no file name in quotes",
        ],
    );
    conf(
        "c04",
        &with(&format!("acl {long} port 80\nhttp_access allow {long}\n")),
        &[
            "pacwright.conf:2: the name `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is longer than 63 bytes",
            "pacwright.conf:3: no ACL `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is defined above",
        ],
    );
    conf(
        "c05",
        &with("acl a port 80\nacl a dstdomain -n d\nacl all port 80\nacl known port 80\n"),
        &[
            "pacwright.conf:3: `a` is already defined, with the type port",
            "pacwright.conf:4: `all` is already defined, with the type src",
            "pacwright.conf:5: `known` is already defined, with the type proxy_auth",
        ],
    );
    conf(
        "c06",
        &with("http_access allow nosuch\nacl g any-of nosuch\nacl h all-of later\nacl later port 80\n"),
        &[
            "pacwright.conf:2: no ACL `nosuch` is defined above",
            "pacwright.conf:3: no ACL `nosuch` is defined above",
            "pacwright.conf:4: no ACL `later` is defined above",
        ],
    );
    conf(
        "c07",
        &with("http_access allow\nhttp_access permit l\nhttp_access\n"),
        &[
            "pacwright.conf:2: the line names no ACL: Squid skips it",
            "pacwright.conf:3: neither `allow` nor `deny`",
            "pacwright.conf:4: neither `allow` nor `deny`",
        ],
    );
    conf(
        "c08",
        &with("include /etc/squid/more.conf\nacl m method CONNECT\nhttp_acces allow l\n"),
        &[
            "pacwright.conf:2: the directive `include` is not read here",
            "pacwright.conf:3: the ACL type `method` is not read here",
            "pacwright.conf:4: the directive `http_acces` is not read here",
        ],
    );
    conf(
        "c09",
        &with("acl a port\nacl b\nacl c dstdomain -n\nacl d any-of\n"),
        &[
            "pacwright.conf:2: an ACL line without values",
            "pacwright.conf:3: an `acl` without name and type",
            "pacwright.conf:4: an ACL line without values",
            "pacwright.conf:5: an ACL line without values",
        ],
    );
    conf(
        "c10",
        &with("acl a port 80 \\\n 443\n"),
        &[
            "pacwright.conf:2: the line goes on in the next one, which is not read here",
            "pacwright.conf:3: the directive `443` is not read here",
        ],
    );
    conf(
        "c11",
        &with(&format!("acl a port {}\n", "443 ".repeat(2100))),
        &["pacwright.conf:2: the line is longer than 8190 bytes, where Squid cuts it"],
    );
    conf(
        "c12",
        &with("acl a any-of l\nacl b any-of a\nacl a any-of b\nhttp_access allow a\n"),
        &["pacwright.conf:2: the ACL `a` names itself"],
    );
    conf(
        "c13",
        &with("acl a dstdomain -n -i x\nacl b src -n 10.0.0.0/8\nacl c dstdom_regex -n +i x\n"),
        &[
            "pacwright.conf:2: the option `-i` is not read here",
            "pacwright.conf:3: the option `-n` is not read here",
            "pacwright.conf:4: `+i` would be read as an option",
        ],
    );
    conf(
        "c14",
        &with("acl x dstdomain -n www.d\nacl x dstdomain -n .d\nacl x dstdomain -n .a.example a.a.example\n"),
        &[
            "pacwright.conf:2: the value is covered by, or overlaps, that of pacwright.conf line 3 in the ACL `x`",
            "pacwright.conf:4: the value is covered by, or overlaps, that of pacwright.conf line 4 in the ACL `x`",
        ],
    );
    conf(
        "c15",
        &with("cache_peer h parent 80 0 name=x\ncache_peer i parent 80 0 name=x\ncache_peer_access y allow l\n"),
        &["pacwright.conf:3: there is a cache_peer `x` already", "pacwright.conf:4: no cache_peer `y`"],
    );
    conf(
        "c16",
        &with("cache_peer h sibling 80 0\ncache_peer h parent 0 0\ncache_peer h parent 80 0 login=a:b\n"),
        &[
            "pacwright.conf:2: not of the form `cache_peer HOST parent PORT 0 …`",
            "pacwright.conf:3: `0` is no port",
            "pacwright.conf:4: the option `login=a:b` is not read here",
        ],
    );
    conf(
        "c17",
        "\u{feff}acl a port 80\nhttp_access allow a\n",
        &["pacwright.conf:1: the file begins with a byte order mark, which is taken as part of the first line"],
    );
    conf(
        "c18",
        &with("acl a!b port 80\nacl !a port 80\nacl \"a\" port 80\n#line 5\n"),
        &[
            "pacwright.conf:3: `!a` is no name of an ACL",
            "pacwright.conf:4: `\"a\"` is no name of an ACL",
            "pacwright.conf:5: `#line` is read by Squid",
        ],
    );
    wrong.case(
        "c22",
        said(squid(&[("pacwright.conf", "http_access allow all\n"), ("m.txt", "a.example\n")])),
        &["m.txt:0: no ACL reads the file"],
    );
    wrong.case("c19", said(squid(&[("other.conf", "")])), &["pacwright.conf:0: the file is missing"]);
    let mut deep = "acl g0 port 80\n".to_owned();
    (1..60).for_each(|n| deep.push_str(&format!("acl g{n} all-of g{0} g{0}\n", n - 1)));
    wrong.case(
        "c20",
        said(squid(&[("pacwright.conf", &deep)])),
        &["pacwright.conf:51: the ACL `g50` names others more than 50 deep"],
    );
    wrong.case(
        "c21",
        said(Squid::read(&[File { path: "pacwright.conf", bytes: b"# \xff\n" }], &SETTING)),
        &["pacwright.conf:1: the line is not UTF-8"],
    );
    wrong.end();
}

/// What matches no request is seen without one, and nothing else is taken for it.
#[test]
fn squid_sees_what_never_matches() {
    let cases = [
        ("acl a all-of !all\n", true),
        ("acl b dstdomain -n x.example\nacl a all-of b !all\n", true),
        ("acl a all-of all\n", false),
        ("acl a any-of all\n", false),
        ("acl a all-of !all\nacl a all-of all\n", false),
        ("acl a dstdomain -n x.example\n", false),
        ("acl b dstdomain -n x.example\nacl a all-of !b\n", false),
        ("acl b all-of !all\n", false),
    ];
    for (conf, expected) in cases {
        let read = squid(&[("pacwright.conf", conf)]).unwrap_or_else(|p| panic!("{conf}: {p:#?}"));
        assert_eq!(read.never_matches("a"), expected, "{conf}");
    }
}

#[test]
fn squid_decides() {
    let read = squid(&[
        (
            "pacwright.conf",
            "# hand-written\r\n\
             acl names dstdomain -n \"/etc/squid/pw/names.txt\"\n\
             acl pacwright_no_auth any-of names\n\
             acl hq src 10.1.0.0/16 2001:db8::/32\n\
             acl p443 port 443 8000-8010\n\
             acl below dstdomain -n .d.example\n\
             acl apex dstdomain -n d.example\n\
             acl nets dst -n 192.0.2.0/24 2001:db8::1-2001:db8::9\n\
             acl user all-of below !apex known\n\
             acl rx dstdom_regex -n -i (^|\\.)cdn[0-9]*\\.X\\.example$ ^[^].:[]+$\n\
             http_access deny names !p443\n\
             http_access allow pacwright_no_auth\n\
             http_access allow user p443\n\
             http_access allow hq nets\n\
             http_access allow rx p443 known\n\
             cache_peer p.example parent 8080 0 no-query no-digest name=one\n\
             cache_peer_access one allow names\n\
             cache_peer_access one deny all\n\
             cache_peer q.example parent 8080 0 no-query\n\
             always_direct allow rx\n\
             never_direct deny names\n",
        ),
        ("names.txt", "\r\n  a.example   # comment\r\n.Wide.example\n[2001:db8::1]"),
    ])
    .unwrap();
    let table: &[(&str, u16, bool, bool)] = &[
        // host, port, allowed, for a known user only
        ("a.example", 443, true, false),
        ("A.EXAMPLE.", 8010, true, false),
        ("a.example", 80, false, false),
        ("b.a.example", 443, false, false),
        ("wide.example", 443, true, false),
        ("x.y.wide.example", 443, true, false),
        ("awide.example", 443, false, false),
        ("d.example", 443, false, false),
        ("x.d.example", 443, true, true),
        ("x.d.example", 80, false, false),
        ("192.0.2.7", 443, false, false),
        ("[2001:db8::1]", 443, true, false),
        ("[2001:DB8:0::2]", 443, false, false),
        ("cdn.x.example", 443, true, true),
        ("a.CDN17.x.example", 443, true, true),
        ("acdn.x.example", 443, false, false),
        ("plain", 443, true, true),
        ("[2001:db9::]", 443, false, false),
        ("", 443, false, false),
        ("..", 443, false, false),
        ("a..example", 443, false, false),
        ("::1", 443, false, false),
    ];
    for (host, port, allowed, user) in table {
        let request = ask(host, *port);
        assert_eq!((read.allows(&request), read.needs_auth(&request)), (*allowed, *user), "{host}:{port}");
    }
    let from = |client: &str, host: &'static str| Request { client: Some(ip(client)), host, port: Some(80) };
    assert!(read.allows(&from("10.1.2.3", "192.0.2.7")) && read.allows(&from("::ffff:10.1.2.3", "192.0.2.7")));
    assert!(read.allows(&from("2001:db8::", "[2001:db8::9]")) && !read.allows(&from("10.2.0.0", "192.0.2.7")));
    assert_eq!(read.matches("pacwright_no_auth", &ask("a.example", 1)), Some(true));
    assert_eq!(read.matches("pacwright_no_bump", &ask("a.example", 1)), None);
    assert!(!read.allows(&Request { client: None, host: "a.example", port: None }));
    assert_eq!(read.peers(&ask("a.example", 443)), ["one", "q.example"]);
    assert_eq!(read.peers(&ask("other.example", 443)), ["q.example"]);
    assert!(read.peers(&ask("plain", 443)).is_empty() && read.always_direct(&ask("plain", 1)));
    // Nothing stands behind these lines: the opposite of the last one.
    assert!(!read.never_direct(&ask("a.example", 1)) && read.never_direct(&ask("other.example", 1)));
}

fn zscaler(all: Files) -> Result<Zscaler, Vec<Problem>> {
    Zscaler::read(&files(all), "T")
}

#[test]
fn zscaler_says_what_is_wrong() {
    let mut wrong = Wrong::default();
    // A line of a category that the list holds too: it is wrong in both.
    let mut url = |name: &str, url: &str, expected: &[&str]| {
        let upload = format!("+, T-A, CUSTOM, ok.example\n+, T-A, CUSTOM, {url}\n");
        let all = said(zscaler(&[("url-categories.csv", &upload), ("T-A.txt", "ok.example\n")]));
        wrong.case(name, all, expected);
    };
    url("z01", "Www.example.com", &["url-categories.csv:2: `Www.example.com` has capital letters"]);
    url("z02", "m\u{fc}nchen.example", &["url-categories.csv:2: `m\\u{fc}nchen.example` is not ASCII"]);
    url("z03", "https://a.example", &["url-categories.csv:2: `https://a.example` has a scheme"]);
    url("z04", "*.a.example", &["url-categories.csv:2: `*.a.example` has a `*`, which is no wildcard here"]);
    url("z05", ".gov", &["url-categories.csv:2: `.gov` is a top-level domain alone"]);
    url("z06", "gov", &["url-categories.csv:2: `gov` is a top-level domain alone"]);
    url(
        "z07",
        "www.my_site.example",
        &["url-categories.csv:2: `www.my_site.example` has a `_` in its last two labels"],
    );
    url("z08", ".my_site.example", &["url-categories.csv:2: `.my_site.example` has a `_` in its last two labels"]);
    url("z09", "_.a.example", &["url-categories.csv:2: `_.a.example` has a label `_`"]);
    url("z10", "a.example:8080", &["url-categories.csv:2: `a.example:8080` has a port"]);
    url(
        "z11",
        "192.0.2.0/24",
        &["url-categories.csv:2: `192.0.2.0/24` is an address: those stand in destination groups"],
    );
    url("z12", "a..example", &["url-categories.csv:2: `a..example` has an empty label"]);
    url("z13", "a.example.", &["url-categories.csv:2: `a.example.` has an empty label"]);
    url(
        "z14",
        &format!("{}.example", "a".repeat(64)),
        &[
            "url-categories.csv:2: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example` has a label longer than 63 characters",
        ],
    );
    url(
        "z15",
        &format!("{}example", "a.".repeat(130)),
        &[
            "url-categories.csv:2: `a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a....` has a host longer than 255 characters",
        ],
    );
    url(
        "z16",
        &format!("a.example/{}", "a".repeat(1024)),
        &[
            "url-categories.csv:2: `a.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...` is longer than 1024 characters",
        ],
    );
    url("z17", "a.example/a b", &["url-categories.csv:2: `a.example/a b` has a blank"]);
    url("z18", "a.example, b.example", &["url-categories.csv:2: not of the form `+, NAME, CUSTOM, URL`"]);
    url("z19", "", &["url-categories.csv:2: the URL is empty"]);
    url("z20", "ok.example", &["url-categories.csv:2: `ok.example` stands in `T-A` already, line 1"]);
    url("z21", "a.example/\u{1}", &["url-categories.csv:2: a control character"]);
    url("z22", "a~b.example", &["url-categories.csv:2: `a~b.example` has a `~`, which no host has"]);
    url("z23", "a.example/<x>", &["url-categories.csv:2: `a.example/<x>` has a character in its path that no URL has"]);
    let mut all = |name: &str, files: Files, expected: &[&str]| wrong.case(name, said(zscaler(files)), expected);
    let upload = ("url-categories.csv", "+, T-A, CUSTOM, a.example\n+, T-A, CUSTOM, .b.example\n");
    all(
        "y01",
        &[("url-categories.csv", "-, T-A, CUSTOM, a.example\n+,T-A,URL,a.example\nT-A\n")],
        &[
            "url-categories.csv:1: not of the form `+, NAME, CUSTOM, URL`",
            "url-categories.csv:2: not of the form `+, NAME, CUSTOM, URL`",
            "url-categories.csv:3: not of the form `+, NAME, CUSTOM, URL`",
        ],
    );
    all("y02", &[upload], &["T-A.txt:0: the list of the category is missing"]);
    all(
        "y03",
        &[upload, ("T-A.txt", "a.example\n")],
        &["T-A.txt:0: `.b.example` of url-categories.csv line 2 is missing"],
    );
    all(
        "y04",
        &[upload, ("T-A.txt", "a.example\n.b.example\nc.example\na.example\nD.example\n")],
        &[
            "T-A.txt:3: `c.example` is not in `T-A` of url-categories.csv",
            "T-A.txt:4: `a.example` stands twice",
            "T-A.txt:5: `D.example` has capital letters",
        ],
    );
    all(
        "y05",
        &[upload, ("T-A.txt", ".b.example\na.example\n"), ("T-B.txt", "a.example\n"), ("note", "")],
        &[
            "T-B.txt:0: the file is no list of a category in url-categories.csv",
            "note:0: the file is no list of a category in url-categories.csv",
        ],
    );
    all(
        "y06",
        &[("T-A.txt", "a.example\n")],
        &[
            "T-A.txt:0: the file is no list of a category in url-categories.csv",
            "url-categories.csv:0: the file is missing",
        ],
    );
    all(
        "y07",
        &[("url-categories.csv", "\u{feff}+, T A, CUSTOM, a.example\n\n+, , CUSTOM, a.example\n")],
        &[
            "url-categories.csv:1: the file begins with a byte order mark, which is taken as part of the first line",
            "url-categories.csv:1: `T A` is no name of letters, digits, `-`, `_`, `.`",
            "url-categories.csv:2: not of the form `+, NAME, CUSTOM, URL`",
            "url-categories.csv:3: `` is no name of letters, digits, `-`, `_`, `.`",
        ],
    );
    let mut group = |name: &str, text: &str, expected: &[&str]| {
        wrong.case(name, said(zscaler(&[("ip-destination-groups.csv", text)])), expected);
    };
    group("g01", "name,type,address\n", &["ip-destination-groups.csv:1: the header is not `group,type,address`"]);
    group(
        "g02",
        "group,type,address\nG,DSTN_IP,2001:db8::1\nG,DSTN_IP,a.example\nG,DSTN_IP,192.0.2.1/24\n",
        &[
            "ip-destination-groups.csv:2: `2001:db8::1` is IPv6, which destination groups do not take",
            "ip-destination-groups.csv:3: `a.example` is not an address",
            "ip-destination-groups.csv:4: `192.0.2.1/24` has host bits set",
        ],
    );
    group(
        "g03",
        "group,type,address\nG,DSTN_FQDN,192.0.2.1\nG,DSTN_IP\nG G,DSTN_IP,192.0.2.1\n",
        &[
            "ip-destination-groups.csv:2: the type `DSTN_FQDN` is not `DSTN_IP`",
            "ip-destination-groups.csv:3: 2 cells, where 3 are expected",
            "ip-destination-groups.csv:4: `G G` is no name of letters, digits, `-`, `_`, `.`",
        ],
    );
    group(
        "g04",
        "group,type,address\nG,DSTN_IP,192.0.2.0/24\nG,DSTN_IP,192.0.2.1\nH,DSTN_IP,192.0.2.1\n",
        &["ip-destination-groups.csv:3: the address is within, or overlaps, line 2 in `G`"],
    );
    group(
        "g05",
        "group,type,address\nG,DSTN_IP,0.0.0.0/0\n\nG,DSTN_IP,192.0.2.9-192.0.2.1\n",
        &[
            "ip-destination-groups.csv:3: 1 cells, where 3 are expected",
            "ip-destination-groups.csv:4: `192.0.2.9-192.0.2.1` ends before it begins",
        ],
    );
    let many: String = (0..25_001).map(|n| format!("+, T-{}, CUSTOM, h{n}.example\n", n % 65)).collect();
    let lists: Vec<(String, String)> = (0..65)
        .map(|c| {
            let lines = (0..25_001).filter(|n| n % 65 == c).map(|n| format!("h{n}.example\n")).collect();
            (format!("T-{c}.txt"), lines)
        })
        .collect();
    let mut set: Vec<(&str, &str)> = lists.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    set.push(("url-categories.csv", &many));
    wrong.case(
        "y08",
        said(zscaler(&set)),
        &[
            "url-categories.csv:0: 25001 URLs; an organisation has 25000",
            "url-categories.csv:0: 65 categories; an organisation has 64",
        ],
    );
    wrong.end();
}

#[test]
fn zscaler_decides() {
    let read = zscaler(&[
        (
            "url-categories.csv",
            "+, T-CLOUD, CUSTOM, .wide.example\n+, T-CLOUD, CUSTOM, my_site.example\n+, T-NO-AUTH, CUSTOM, noauth.example\n\
             +, T-EXCEPT, CUSTOM, no.wide.example\n+, T-OTHER, CUSTOM, cdn.example/agent/x%20y\n+, T-X-EXCEPT, CUSTOM, a_b.x.example\n\
             +, T-OTHER, CUSTOM, .no.wide.example\n+, T-NO-DECRYPT, CUSTOM, .nodecrypt.example\n",
        ),
        ("T-CLOUD.txt", "my_site.example\n.wide.example\n"),
        ("T-OTHER.txt", "cdn.example/agent/x%20y\n.no.wide.example\n"),
        ("T-NO-AUTH.txt", "noauth.example\n"),
        ("T-NO-DECRYPT.txt", ".nodecrypt.example\n"),
        ("T-EXCEPT.txt", "no.wide.example\n"),
        ("T-X-EXCEPT.txt", "a_b.x.example\n"),
        (
            "ip-destination-groups.csv",
            "group,type,address\nT-CLOUD-IP,DSTN_IP,192.0.2.0/24\nT-OTHER-IP,DSTN_IP,198.51.100.1-198.51.100.9\n",
        ),
    ])
    .unwrap();
    for (host, allowed) in [
        ("wide.example", true),
        ("WIDE.example.", true),
        ("1.2.3.4.5.wide.example", true),
        ("0.1.2.3.4.5.wide.example", false),
        ("awide.example", false),
        ("no.wide.example", false),
        ("x.no.wide.example", true),
        ("my_site.example", true),
        ("x.my_site.example", false),
        ("cdn.example", true),
        ("a_b.x.example", true),
        ("noauth.example", false),
        ("nodecrypt.example", false),
        ("192.0.2.255", true),
        ("192.0.3.0", false),
        ("198.51.100.9", true),
        ("[::ffff:198.51.100.9]", true),
        ("[2001:db8::1]", false),
        ("", false),
        ("plain", false),
    ] {
        assert_eq!(read.allows(&ask(host, 443)), allowed, "{host}");
        assert_eq!(read.allows(&Request { client: None, host, port: None }), allowed, "{host}");
    }
    assert_eq!(read.in_category("T-NO-DECRYPT", "a.nodecrypt.example"), Some(true));
    assert_eq!(read.in_category("T-NO-AUTH", "a.noauth.example"), Some(false));
    assert_eq!(read.in_category("T-NOSUCH", "a.noauth.example"), None);
    assert_eq!(read.in_group("T-OTHER-IP", ip("198.51.100.1")), Some(true));
    assert_eq!(read.in_group("T-OTHER-IP", ip("192.0.2.1")), Some(false));
}

const DESTINATIONS: &str = "zone,service,endpoint,destination,kind,protocol,ports,via,route,required,note\n";
const OPENED: &str = "zone,from,sources,destination,kind,protocol,ports,except,route,service,endpoint\n";

fn table(text: &str, kind: Kind) -> Result<Table, Vec<Problem>> {
    Table::read(&File { path: "t.csv", bytes: text.as_bytes() }, kind)
}

#[test]
fn tables_say_what_is_wrong() {
    let mut wrong = Wrong::default();
    let good = "all,s,e,a.example,host,tcp,tcp/443,proxy,direct,,\n";
    let mut rows = |name: &str, rows: &str, expected: &[&str]| {
        wrong.case(name, said(table(&format!("{DESTINATIONS}{good}{rows}"), Kind::Destinations)), expected);
    };
    rows(
        "t01",
        "all,s,e,a.example,host,tcp,tcp/443,proxy,direct,,\"open\nand more\n",
        &["t.csv:3: a quote is opened and not closed"],
    );
    rows(
        "t02",
        "all,s,e,a.example,host,tcp,tcp/443,proxy,direct,,a\"b\n",
        &["t.csv:3: a quote within a cell that is not quoted"],
    );
    rows(
        "t03",
        "all,s,e,a.example,host,tcp,tcp/443,proxy,direct,,\"a\"b\n",
        &["t.csv:3: something stands behind a closed quote"],
    );
    rows("t04", "all,s,e,a.example,host,tcp,tcp/443,proxy,direct\n", &["t.csv:3: 9 cells, where the header has 11"]);
    rows("t05", "all,s,e,a.example,name,tcp,tcp/443,proxy,direct,,\n", &["t.csv:3: the kind `name` is not known"]);
    rows(
        "t06",
        "all,s,e,*.a.example,host,tcp,tcp/443,proxy,direct,,\nall,s,e,10.0.0.0/8,address,any,all,proxy,d,,\n",
        &[
            "t.csv:3: `*.a.example` is of the kind wildcard, not host",
            "t.csv:4: `10.0.0.0/8` is of the kind network, not address",
        ],
    );
    rows(
        "t07",
        "all,s,e,a.example,host,tcp,tcp/70000,proxy,direct,,\nall,s,e,a.example,host,tcp,443,proxy,direct,,\n",
        &["t.csv:3: `70000` is not a port or a range of ports", "t.csv:4: `443` is no port such as `tcp/443`"],
    );
    rows(
        "t08",
        "all,s,e,a.example,host,udp,tcp/443,proxy,direct,,\nall,s,e,a.example,host,tcp,all,proxy,direct,,\n",
        &["t.csv:3: `tcp/443` are not the ports of `udp`", "t.csv:4: all ports, but not of any protocol"],
    );
    rows(
        "t09",
        "all,s,e,a.example,host,icmp,icmp/8,proxy,direct,,\nall,s,e,a.example,host,tls,tcp/1,proxy,direct,,\n",
        &["t.csv:3: `icmp/8` is no port such as `tcp/443`", "t.csv:4: the protocol `tls` is not known"],
    );
    rows(
        "t10",
        "all,s,e,a.example,host,tcp,tcp/443,proxy,direct,,=1+1\nall,s,e,a.example,host,tcp,tcp/443,proxy,direct,,\"@x\"\n",
        &["t.csv:3: a spreadsheet runs the cell `=1+1`", "t.csv:4: a spreadsheet runs the cell `@x`"],
    );
    rows(
        "t11",
        "all,s,e,a.example,host,tcp,tcp/443,proxy,direct,,\"\tx\"\nall,-s,+e,a.example,host,tcp,tcp/443,proxy,d,,\n",
        &[
            "t.csv:3: a spreadsheet runs the cell `\\tx`",
            "t.csv:4: a spreadsheet runs the cell `-s`",
            "t.csv:4: a spreadsheet runs the cell `+e`",
        ],
    );
    rows(
        "t12",
        "all,s,e,10.0.0.1/8,network,tcp,tcp/443,proxy,direct,,\nall,s,e,a..b,host,tcp,tcp/443,proxy,direct,,\n",
        &["t.csv:3: `10.0.0.1/8` has host bits set", "t.csv:4: `a..b` is no destination"],
    );
    rows(
        "t13",
        "all,s,e,a.example,host,tcp,tcp/443,nobody,direct,perhaps,\n,s,e,a.example,host,tcp,tcp/443,proxy,direct,,\n",
        &[
            "t.csv:3: `perhaps` is neither `required` nor `optional`",
            "t.csv:3: `nobody` is neither a proxy nor a firewall",
            "t.csv:4: the row has no zone, or a blank too many between zones",
        ],
    );
    rows("t14", "\nall,s,e,a.example,host,tcp,tcp/443,proxy,direct,,\n", &["t.csv:3: the line is empty"]);
    rows(
        "t15",
        "all,s,e,a.example,host,tcp,tcp/443,proxy,direct,,\rall,s,e\n",
        &["t.csv:3: a carriage return without a line feed"],
    );
    rows(
        "t16",
        "all,s,e,everything,default,any,all,proxy,direct,,\nall,s,e,Azure Cloud,service-tag,any,all,proxy,direct,,\n",
        &["t.csv:3: `everything` is of the kind host, not default", "t.csv:4: `Azure Cloud` is no service tag"],
    );
    rows(
        "t17",
        "all,s,e,\"a\n\n.example\",host,tcp,tcp/443,proxy,direct,,\nall,s,e,*,glob,any,all,proxy,direct,,\nx\n",
        &[
            "t.csv:3: `a\\n\\n.example` is no destination",
            "t.csv:6: `*` is no destination",
            "t.csv:7: 1 cells, where the header has 11",
        ],
    );
    let mut opened = |name: &str, rows: &str, expected: &[&str]| {
        wrong.case(name, said(table(&format!("{OPENED}{rows}"), Kind::Opened)), expected);
    };
    opened(
        "u01",
        "all,proxy:,,a.example,host,tcp,tcp/443,,cloud,s,e\nall,,10.0.0.1/8,a.example,host,tcp,tcp/443,,cloud,s,e\n",
        &[
            "t.csv:2: `proxy:` is nobody who opens a connection",
            "t.csv:3: `` is nobody who opens a connection",
            "t.csv:3: `10.0.0.1/8` has host bits set",
        ],
    );
    opened("u02", "all,clients,,plain,plain,any,all,,direct,s,e\n", &["t.csv:2: the kind `plain` does not stand here"]);
    opened(
        "u03",
        "all,clients,,*.a.example,wildcard,any,all,x.a.example  y..a.example,direct,s,e\n",
        &["t.csv:2: `` is no destination", "t.csv:2: `y..a.example` is no destination"],
    );
    wrong.case("v01", said(table("", Kind::Opened)), &["t.csv:1: there is no header"]);
    wrong.case(
        "v02",
        said(table("zone,from,from\nall,x,y\n", Kind::Destinations)),
        &[
            "t.csv:1: a second column `from`",
            "t.csv:1: there is no column `service`",
            "t.csv:1: there is no column `endpoint`",
            "t.csv:1: there is no column `destination`",
            "t.csv:1: there is no column `kind`",
            "t.csv:1: there is no column `protocol`",
            "t.csv:1: there is no column `ports`",
            "t.csv:1: there is no column `via`",
            "t.csv:1: there is no column `route`",
        ],
    );
    wrong.end();
}

#[test]
fn tables_find_the_rows_of_a_request() {
    let rows = "hq vms,s,1,a.example,host,tcp,tcp/80 tcp/443,proxy,direct,required,\n\
                hq,s,2,*.w.example,wildcard,tcp,tcp/443,proxy,cloud,,\"two\nlines, and a \"\"quote\"\"\"\n\
                all,s,3,.w.example,wildcard,any,all,proxy,cloud,,\r\n\
                all,s,4,a*c*.g.example,glob,udp,udp/3478-3481,proxy,cloud,,\n\
                all,s,5,auto.*.g.example,glob,any,all,proxy,cloud,,\n\
                all,s,6,*.b*.g3.example,glob,any,all,proxy,cloud,,\n\
                all,s,7,10.0.0.0/8,network,any,all,proxy,cloud,,\n\
                all,s,8,10.1.0.0/16,network,tcp udp,tcp/443 udp/443,firewall,cloud,,\n\
                all,s,9,2001:db8::1,address,any,all,proxy,cloud,,\n\
                all,s,10,a.example/path/*,url,tcp,tcp/443,proxy,cloud,,\n\
                all,s,11,plain,plain,any,all,proxy,direct,,\n\
                all,s,12,AzureCloud.japaneast,service-tag,tcp,tcp/443,firewall,direct,,\n\
                all,,default,everything else,default,any,all,proxy,cloud,,\n\
                all,s,13,10.1.2.3/latest/meta,url,tcp,tcp/80,proxy,direct,,\n\
                all,s,14,host.t*,glob,any,all,proxy,direct,,";
    let text = format!("\u{feff}{DESTINATIONS}{rows}");
    let read = table(&text, Kind::Destinations).unwrap();
    assert_eq!(read.rows().count(), 15);
    // The quoted cell has two lines.
    let lines: Vec<usize> = read.rows().map(|row| row.line()).collect();
    assert_eq!(lines, (2..18).filter(|line| *line != 4).collect::<Vec<_>>());
    assert_eq!(read.rows().next().map(|row| row.said().get(Column::Sources)), Some(""));
    let endpoint = |line: usize| text.lines().nth(line - 1).and_then(|row| row.split(',').nth(2)).unwrap();
    let found = |zone: &str, host: &str, port: Option<u16>, protocol| -> String {
        let rows = read.matching(zone, host, port, protocol);
        rows.iter().map(|row| endpoint(row.line())).collect::<Vec<_>>().join(" ")
    };
    for (zone, host, port, protocol, expected) in [
        ("hq", "A.example.", 443, Tcp, "1 10"),
        ("vms", "a.example", 80, Tcp, "1"),
        ("other", "a.example", 80, Tcp, ""),
        ("hq", "a.example", 443, Udp, ""),
        ("hq", "w.example", 443, Tcp, "3"),
        ("hq", "x.y.w.example", 443, Tcp, "2 3"),
        ("vms", "x.y.w.example", 443, Udp, "3"),
        ("hq", "xw.example", 443, Tcp, ""),
        ("hq", "ac.g.example", 3480, Udp, "4"),
        ("hq", "aXcY.g.example", 3480, Udp, "4"),
        ("hq", "aXcY.g.example", 3482, Udp, ""),
        ("hq", "a.c.g.example", 3480, Udp, ""),
        ("hq", "ab.g.example", 3480, Udp, ""),
        ("hq", "auto.x.g.example", 1, Udp, "5"),
        ("hq", "auto.x.y.g.example", 1, Udp, ""),
        ("hq", "x.bb.g3.example", 1, Udp, "6"),
        ("hq", "bb.g3.example", 1, Udp, ""),
        ("hq", "10.1.2.3", 443, Tcp, "7 8"),
        ("hq", "10.1.2.3", 80, Tcp, "7 13"),
        ("hq", "[2001:DB8::1]", 80, Tcp, "9"),
        ("hq", "plain", 80, Tcp, "11"),
        ("hq", "azurecloud.japaneast", 443, Tcp, ""),
        ("hq", "host.tld", 443, Tcp, "14"),
        ("hq", "", 443, Tcp, ""),
    ] {
        assert_eq!(found(zone, host, Some(port), protocol), expected, "{zone} {host} {port}");
    }
    assert_eq!(found("hq", "x.w.example", None, Tcp), "3");

    let rows = "all,proxy:cloud,,*.o.example,wildcard,tcp,tcp/443,no.o.example *.p.o.example q*.o.example,cloud,s,1\n\
                hq,clients,10.0.0.0/8 2001:db8::/32,no.o.example,host,tcp,tcp/443,,direct,s,2\n\
                hq,clients,,10.0.0.0/8,network,tcp,tcp/0-65535,10.9.0.0/16 10.1.1.1,direct,s,3\n";
    let read = table(&format!("{OPENED}{rows}"), Kind::Opened).unwrap();
    for (host, expected) in [
        ("a.o.example", "1"),
        ("no.o.example", "2"),
        ("x.no.o.example", "1"),
        ("p.o.example", "1"),
        ("x.p.o.example", ""),
        ("quick.o.example", ""),
        ("10.8.0.1", "3"),
        ("10.9.0.1", ""),
        ("10.1.1.1", ""),
        ("10.1.1.2", "3"),
    ] {
        let rows = read.matching("hq", host, Some(443), Tcp);
        // The rows begin behind the header.
        let rows: Vec<String> = rows.iter().map(|row| (row.line() - 1).to_string()).collect();
        assert_eq!(rows.join(" "), expected, "{host}");
    }
}

fn nft(text: &str) -> Result<Nft, Vec<Problem>> {
    Nft::read(&File { path: "p.nft", bytes: text.as_bytes() })
}

/// What `nft` itself says.
fn real_nft(text: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.nft");
    std::fs::write(&path, text).unwrap();
    let program = if Path::new("/usr/sbin/nft").exists() { "/usr/sbin/nft" } else { "nft" };
    let output = std::process::Command::new(program).args(["-c", "-f"]).arg(path).output();
    let output = output.expect("nft is missing: tests/run installs it");
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

const NFT: &str = "#!/usr/sbin/nft -f\n\
                   table inet t {\n}\ndelete table inet t\n\
                   table inet t {\n  set v4-a.b {\n    type ipv4_addr; flags interval\n    elements = { 192.0.2.0/24, # here\n\
                   198.51.100.1-198.51.100.9,203.0.113.7 }\n  }\n  set six { type ipv6_addr\n flags interval\n elements = { 2001:db8::/32 }\n }\n\
                   set hosts { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 }; }\n\
                   chain c {\n    ip saddr { 10.0.0.0/8, 172.16.0.1 } ip daddr @v4-a.b tcp dport { 443, 8000-8010 } accept\n\
                   ip6 daddr @six accept; udp dport 53 ip daddr @hosts accept\n ip saddr 10.1.0.0/16 ip daddr 127.0.0.1 accept\n  }\n\
                   chain empty {\n }\n}\n";

#[test]
fn the_packet_filter_says_what_is_wrong_and_nft_agrees() {
    let mut wrong = Wrong::default();
    let mut lax = Vec::new();
    let (mut both, mut stricter) = (0, Vec::new());
    let mut whole = |name: &str, text: &str, expected: &[&str]| {
        match real_nft(text) {
            Err(_) => both += 1,
            Ok(()) => stricter.push(name.to_owned()),
        }
        if nft(text).is_ok() {
            lax.push(name.to_owned());
        }
        wrong.case(name, said(nft(text)), expected);
    };
    let set = |kind: &str, rest: &str| format!("table inet t {{\n set s {{\n type {kind}\n {rest}\n }}\n}}\n");
    let v4 = |elements: &str| set("ipv4_addr", &format!("flags interval\n elements = {{ {elements} }}"));
    let rule = |rule: &str| {
        format!(
            "table inet t {{\n set s {{ type ipv4_addr\n flags interval\n elements = {{ 192.0.2.0/24 }}\n }}\n chain c {{\n {rule}\n }}\n}}\n"
        )
    };
    whole("n01", &v4("192.0.2.0/24, 192.0.2.1"), &["p.nft:5: the address is within, or overlaps, that of line 5"]);
    whole(
        "n02",
        &v4("192.0.2.1-192.0.2.9, 192.0.2.9-192.0.2.10"),
        &["p.nft:5: the address is within, or overlaps, that of line 5"],
    );
    whole("n03", &v4("192.0.2.1, 192.0.2.1"), &["p.nft:5: the address is within, or overlaps, that of line 5"]);
    whole("n04", &v4("2001:db8::1"), &["p.nft:5: the address is of the other family"]);
    whole("n05", &v4(""), &["p.nft:5: `}` where an element is expected"]);
    whole("n06", &v4("192.0.2.0/33"), &["p.nft:5: `192.0.2.0/33` has no prefix length of 0 to 32"]);
    whole("n07", &v4("192.0.2.1/24"), &["p.nft:5: `192.0.2.1/24` has host bits set"]);
    whole("n08", &v4("no-such-host.invalid"), &["p.nft:5: `no` is not an address"]);
    whole("n09", &v4("192.0.2.9-192.0.2.1"), &["p.nft:5: `192.0.2.9-192.0.2.1` ends before it begins"]);
    whole("n10", &v4("192.0.2.1 192.0.2.2"), &["p.nft:5: `192.0.2.2` where `,` or `}` is expected"]);
    whole("n11", &v4("192.0.2.1,, 192.0.2.2"), &["p.nft:5: `,` where an element is expected"]);
    whole("n12", &v4("{ 192.0.2.1 }"), &["p.nft:5: `{` where an element is expected"]);
    whole(
        "n13",
        &set("ipv4_addr", "elements = { 192.0.2.0/24 }"),
        &["p.nft:2: the set `s` has networks without `flags interval`"],
    );
    whole("n14", &set("ipv4_addr", "flags interval"), &["p.nft:2: the set `s` is empty: it matches nothing"]);
    whole(
        "n15",
        &set("inet_service", "elements = { 80 }"),
        &["p.nft:3: `inet_service` where `ipv4_addr` or `ipv6_addr` is expected"],
    );
    whole("n16", "table inet t {\n set s {\n elements = { 192.0.2.1 }\n }\n}\n", &["p.nft:2: the set `s` has no type"]);
    whole(
        "n17",
        "table inet t {\n set s { type ipv4_addr; elements = { 192.0.2.1 } }\n}\n",
        &["p.nft:2: `}` where the end of the statement is expected"],
    );
    whole(
        "n18",
        &set("ipv6_addr", "flags interval\n elements = { 192.0.2.1 }"),
        &["p.nft:5: the address is of the other family"],
    );
    whole(
        "n19",
        &set("ipv4_addr", "flags interval\n auto-merge\n elements = { 192.0.2.1 }"),
        &["p.nft:5: `auto-merge` where `type`, `flags`, `elements` or `}` is expected"],
    );
    whole(
        "n20",
        &set("ipv4_addr", "elements = {\n\n 192.0.2.1,\n 192.0.2.2\n }"),
        &["p.nft:5: the end of the line where an element is expected"],
    );
    whole("n21", &v4("192.0.2.1").replace('\n', "\r\n"), &["p.nft:1: a carriage return"]);
    whole("m01", &rule("ip daddr @nosuch accept"), &["p.nft:7: no set `nosuch`"]);
    whole("m02", &rule("ip6 daddr @s accept"), &["p.nft:7: the set `s` is of the other family"]);
    whole(
        "m03",
        &rule("ip6 saddr 2001:db8::1 ip daddr @s accept"),
        &["p.nft:7: the rule wants IPv4 and IPv6 at once: it never matches"],
    );
    whole(
        "m04",
        &rule("ip daddr @s"),
        &["p.nft:7: the end of the line where `ip`, `ip6`, `tcp`, `udp` or `accept` is expected"],
    );
    whole(
        "m05",
        &rule("ip daddr @s drop"),
        &["p.nft:7: `drop` where `ip`, `ip6`, `tcp`, `udp` or `accept` is expected"],
    );
    whole(
        "m07",
        &rule("ip daddr @s tcp dport { 70000 } accept"),
        &["p.nft:7: `70000` is not a port or a range of ports"],
    );
    whole(
        "m08",
        &rule("ip daddr @s tcp dport { https } accept"),
        &["p.nft:7: `https` is not a port or a range of ports"],
    );
    whole("m09", &rule("ip daddr @s tcp dport { 90-80 } accept"), &["p.nft:7: `90-80` ends before it begins"]);
    whole("m10", &rule("ip daddr @s tcp dport { } accept"), &["p.nft:7: `}` where an element is expected"]);
    whole("m11", &rule("ip daddr @s tcp sport 80 accept"), &["p.nft:7: `sport` where `dport` is expected"]);
    whole(
        "m12",
        &rule("ip daddr @s accept ip daddr @s accept"),
        &["p.nft:7: `ip` where the end of the statement is expected"],
    );
    whole(
        "m13",
        &rule("ip daddr @s tcp dport 80 udp dport 80 accept"),
        &["p.nft:7: `udp` where `ip`, `ip6`, `tcp`, `udp` or `accept` is expected"],
    );
    whole(
        "m15",
        &rule("type filter hook forward priority 0; policy drop;"),
        &["p.nft:7: `type` where `ip`, `ip6`, `tcp`, `udp` or `accept` is expected"],
    );
    whole("m16", &rule("jump c2"), &["p.nft:7: `jump` where `ip`, `ip6`, `tcp`, `udp` or `accept` is expected"]);
    whole(
        "m17",
        &rule("ip daddr @s counter accept"),
        &["p.nft:7: `counter` where `ip`, `ip6`, `tcp`, `udp` or `accept` is expected"],
    );
    whole("w01", "", &["p.nft:0: there is no table"]);
    whole("w02", "table inet t {\n", &["p.nft:2: the end of the file where `set`, `chain` or `}` is expected"]);
    whole(
        "w03",
        "table inet t {\n chain c {\n }\n",
        &["p.nft:4: the end of the file where `set`, `chain` or `}` is expected"],
    );
    whole("w04", "table inet t {\n chain accept {\n }\n}\n", &["p.nft:2: `accept` where a name is expected"]);
    whole("w05", "table inet t {\n chain 1c {\n }\n}\n", &["p.nft:2: `1c` where a name is expected"]);
    whole(
        "w06",
        "delete table inet pacwright_test_nosuch\n",
        &["p.nft:1: there is no table `pacwright_test_nosuch` yet"],
    );
    whole("w07", "table inet t {\n}\ntable inet u {\n}\n", &["p.nft:3: a second table `u`"]);
    whole(
        "w08",
        "table inet t {\n} table inet t {\n}\n",
        &["p.nft:2: `table` where the end of the statement is expected"],
    );
    whole("w09", "table inet t {\n chain c {\n }\n chain c {\n }\n}\n", &["p.nft:4: a second chain `c`"]);
    whole("w10", "flush ruleset\ntable inet t {\n}\n", &["p.nft:1: `flush` where `table` or `delete` is expected"]);
    whole("w11", "include \"/etc/nftables.d/x.nft\"\n", &["p.nft:1: `include` where `table` or `delete` is expected"]);
    whole("w12", "table t {\n}\n", &["p.nft:1: `t` where `inet` is expected"]);
    whole(
        "w13",
        "\u{feff}table inet t {\n}\n",
        &["p.nft:1: the file begins with a byte order mark, which is taken as part of the first line"],
    );
    whole("w14", "table inet t {\n}\n# the end", &["p.nft:0: the file ends in a comment without a line's end"]);
    whole("w15", "table inet t {\n chain not {\n }\n}\n", &["p.nft:2: `not` where a name is expected"]);
    println!("{both} refused by nft too; taken by nft, refused here: {stricter:?}");
    assert!(lax.is_empty(), "{lax:?}");
    wrong.end();
    for right in [
        NFT,
        "table inet t { }\n",
        "table inet t {\n chain c {\n ip saddr { 10.1.0.0/24, 10.1.0.0/16, 10.2.0.1-10.2.0.9, 10.2.0.5-10.2.0.12 } tcp dport { 80, 80-90 } accept\n }\n}\n",
        "table inet t {\n chain c { accept\n }\n}",
        "table inet t {\n chain c {\n accept;\n }\n set s { type ipv4_addr; flags interval; elements = { 0.0.0.0/0 }; }\n}\n",
        "table inet a_long-name.1 {\n chain c {\n ip daddr @later tcp dport 0-65535 accept\n }\n set later {\n type ipv4_addr\n\
         elements = {\n 192.0.2.1\n ,\n # one\n # two\n 192.0.2.2\n }\n }\n}\n",
    ] {
        assert_eq!(said(nft(right)), Vec::<String>::new(), "{right}");
        assert_eq!(real_nft(right), Ok(()), "{right}");
    }
}

#[test]
fn the_packet_filter_accepts() {
    let read = nft(NFT).unwrap();
    for (chain, from, to, protocol, port, expected) in [
        ("c", "10.2.3.4", "192.0.2.255", Tcp, 443, Some(true)),
        ("c", "172.16.0.1", "198.51.100.9", Tcp, 8010, Some(true)),
        ("c", "172.16.0.2", "198.51.100.9", Tcp, 8010, Some(false)),
        ("c", "10.2.3.4", "198.51.100.10", Tcp, 443, Some(false)),
        ("c", "10.2.3.4", "203.0.113.7", Tcp, 8011, Some(false)),
        ("c", "10.2.3.4", "203.0.113.7", Udp, 443, Some(false)),
        ("c", "2001:db9::", "2001:db8::1", Udp, 9, Some(true)),
        ("c", "2001:db9::", "2001:db9::1", Udp, 9, Some(false)),
        ("c", "10.0.0.1", "2001:db8::1", Udp, 9, Some(false)),
        ("c", "192.0.2.1", "10.0.0.2", Udp, 53, Some(true)),
        ("c", "192.0.2.1", "10.0.0.2", Tcp, 53, Some(false)),
        ("c", "10.1.9.9", "127.0.0.1", Tcp, 1, Some(true)),
        ("empty", "10.1.9.9", "127.0.0.1", Tcp, 1, Some(false)),
        ("nosuch", "10.1.9.9", "127.0.0.1", Tcp, 1, None),
    ] {
        assert_eq!(read.accepts(chain, ip(from), ip(to), protocol, port), expected, "{chain} {from} {to} {port}");
    }
    let read =
        nft("table inet t {\n chain c {\n ip saddr { 10.2.0.1-10.2.0.9, 10.2.0.5-10.2.0.12 } accept\n }\n}\n").unwrap();
    assert_eq!(read.accepts("c", ip("10.2.0.12"), ip("192.0.2.1"), Tcp, 80), Some(true));
    assert_eq!(read.accepts("c", ip("10.2.0.13"), ip("192.0.2.1"), Tcp, 80), Some(false));
    // What a `delete` takes away is gone.
    let gone =
        nft("table inet t {\n chain c {\n accept\n }\n}\ndelete table inet t\ntable inet t {\n chain d {\n }\n}\n")
            .unwrap();
    assert_eq!(gone.chains().collect::<Vec<_>>(), ["d"]);
}

/// Files with their names.
type Named = Vec<(String, Vec<u8>)>;

/// The files that the binary builds for the repository's own site, by output.
fn built() -> &'static Vec<(String, Named)> {
    static BUILT: std::sync::OnceLock<Vec<(String, Named)>> = std::sync::OnceLock::new();
    BUILT.get_or_init(|| {
        let out = tempfile::tempdir().unwrap();
        let status = std::process::Command::new(env!("CARGO_BIN_EXE_pacwright"))
            .args(["build", "-q", "-o"])
            .arg(out.path())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(status.unwrap().success());
        let read = |folder: &Path| -> Named {
            let mut files: Vec<_> =
                std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()).collect();
            files.sort();
            let name = |p: &Path| p.file_name().unwrap().to_string_lossy().into_owned();
            files.iter().map(|p| (name(p), std::fs::read(p).unwrap())).collect()
        };
        let folders = ["squid", "zscaler", "firewall", "."];
        folders.iter().map(|f| ((*f).to_owned(), read(&out.path().join(f)))).collect()
    })
}

fn output(name: &str) -> Named {
    built().iter().find(|(n, _)| n == name).unwrap().1.clone()
}

fn as_files(all: &[(String, Vec<u8>)]) -> Vec<File<'_>> {
    all.iter().map(|(path, bytes)| File { path, bytes }).collect()
}

fn only(all: Named, name: &str) -> Named {
    all.into_iter().filter(|(n, _)| n == name).collect()
}

const OURS: Setting = Setting { conf: "pacwright.conf", install_dir: "/etc/squid/pacwright", external: &[] };

#[test]
fn nothing_is_wrong_with_what_the_binary_builds() {
    let files = output("squid");
    let squid = Squid::read(&as_files(&files), &OURS).unwrap_or_else(|p| panic!("{p:#?}"));
    let files = output("zscaler");
    let zscaler = Zscaler::read(&as_files(&files), "CONTOSO").unwrap_or_else(|p| panic!("{p:#?}"));
    for (host, port, expected) in [
        ("login.microsoftonline.com", 443, true),
        ("login.microsoftonline.com", 25, false),
        ("outlook.office365.com", 443, false),
        ("x.office365.com", 443, true),
        ("evil.example", 443, false),
        ("13.107.6.171", 443, true),
        ("13.107.6.170", 443, false),
        ("mycdn.onenote.net", 443, true),
    ] {
        assert_eq!(squid.allows(&ask(host, port)), expected, "squid: {host}:{port}");
        if port == 443 {
            assert_eq!(zscaler.allows(&ask(host, port)), expected, "zscaler: {host}");
        }
    }
    assert_eq!(squid.matches("pacwright_no_auth", &ask("login.microsoftonline.com", 443)), Some(true));
    assert_eq!(squid.matches("pacwright_no_bump", &ask("example.com", 443)), Some(false));
    let files = only(output("."), "destinations.csv");
    let rows = Table::read(&as_files(&files)[0], Kind::Destinations).unwrap_or_else(|p| panic!("{p:#?}"));
    let routes = |host| {
        rows.matching("all", host, Some(443), Tcp)
            .iter()
            .map(|row| row.said().get(Column::Route).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(routes("outlook.office365.com"), ["direct", "cloud"]);
    let files = only(output("firewall"), "firewall.csv");
    let opened = Table::read(&as_files(&files)[0], Kind::Opened).unwrap_or_else(|p| panic!("{p:#?}"));
    let from = |host| {
        opened
            .matching("all", host, Some(443), Tcp)
            .iter()
            .map(|row| row.said().get(Column::From).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(from("outlook.office365.com"), ["clients"]);
    assert_eq!(from("x.office365.com"), ["proxy:cloud"]);
    let files = only(output("firewall"), "pacwright.nft");
    let nft = Nft::read(&as_files(&files)[0]).unwrap_or_else(|p| panic!("{p:#?}"));
    let (client, kms) = (ip("10.0.0.1"), ip("20.118.99.224"));
    assert_eq!(nft.accepts("from_azure", client, kms, Tcp, 1688), Some(true));
    assert_eq!(nft.accepts("from_azure", client, kms, Tcp, 443), Some(false));
}

/// Every folder of every test site, by the files in it: no problems, whatever a site asks for.
#[test]
fn nothing_is_wrong_with_the_sites_of_the_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut read, mut wrong) = (0, Vec::new());
    for site in ["everything", "served"] {
        let out = tempfile::tempdir().unwrap();
        let status = std::process::Command::new(env!("CARGO_BIN_EXE_pacwright"))
            .args(["build", "-q", "-c"])
            .arg(root.join(format!("tests/sites/{site}.yaml")))
            .arg("-o")
            .arg(out.path())
            .stderr(std::process::Stdio::null())
            .status();
        assert!(status.unwrap().success());
        let mut folders = vec![out.path().to_owned()];
        folders.extend(std::fs::read_dir(out.path()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()));
        for folder in folders {
            let mut all: Named = Vec::new();
            for entry in std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()) {
                let name = entry.file_name().unwrap().to_string_lossy().into_owned();
                all.push((name, std::fs::read(&entry).unwrap()));
            }
            let files = as_files(&all);
            let has = |name: &str| files.iter().find(|f| f.path == name);
            let label = format!("{site}, {}", folder.strip_prefix(out.path()).unwrap().display());
            let mut say = |said: Vec<String>| {
                read += 1;
                wrong.extend(said.into_iter().map(|s| format!("{label}: {s}")));
            };
            if let Some(conf) = has("pacwright.conf") {
                let text = String::from_utf8_lossy(conf.bytes);
                let dir = text.lines().find_map(|l| l.strip_prefix("#   include ")).and_then(|l| l.rsplit_once('/'));
                let setting = Setting { install_dir: dir.unwrap().0, external: &["authenticated"], ..OURS };
                say(said(Squid::read(&files, &setting)));
            }
            if has("url-categories.csv").is_some() {
                say(said(Zscaler::read(&files, "EVERYTHING")));
            }
            has("destinations.csv").into_iter().for_each(|f| say(said(Table::read(f, Kind::Destinations))));
            has("firewall.csv").into_iter().for_each(|f| say(said(Table::read(f, Kind::Opened))));
            has("pacwright.nft").into_iter().for_each(|f| say(said(Nft::read(f))));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(read >= 16, "{read}");
}

/// A change of a file.
#[derive(Debug, Clone)]
enum Change {
    Flip(prop::sample::Index, u8),
    Drop(prop::sample::Index),
    Double(prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, String),
}

fn change() -> impl Strategy<Value = Change> {
    use prop::sample::Index;
    let at = any::<Index>;
    let piece = prop::sample::select(vec![
        "\"", "*", "\n", "\r", "\\", "#", " ", "{", "}", ",", ";", "!", "-", "/", ".", "(", "[", "\u{feff}", "é", "0",
    ]);
    prop_oneof![
        (at(), 1..=255_u8).prop_map(|(i, b)| Change::Flip(i, b)),
        at().prop_map(Change::Drop),
        at().prop_map(Change::Double),
        (at(), at()).prop_map(|(a, b)| Change::Swap(a, b)),
        at().prop_map(Change::Cut),
        (at(), piece).prop_map(|(i, s)| Change::Insert(i, s.to_owned())),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    if bytes.is_empty() {
        return;
    }
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    let count = lines.len();
    match change {
        Change::Flip(at, mask) => {
            let at = at.index(bytes.len());
            bytes[at] ^= mask;
            return;
        }
        Change::Cut(at) => {
            bytes.truncate(at.index(bytes.len()));
            return;
        }
        Change::Insert(at, text) => {
            let at = at.index(bytes.len());
            bytes.splice(at..at, text.bytes());
            return;
        }
        Change::Drop(at) => {
            lines.remove(at.index(count));
        }
        Change::Double(at) => lines.insert(at.index(count), lines[at.index(count)].clone()),
        Change::Swap(a, b) => lines.swap(a.index(count), b.index(count)),
    }
    *bytes = lines.concat();
}

/// Reads files as every format, and asks what could be read.
fn read_as_everything(all: &[(String, Vec<u8>)]) {
    let files = as_files(all);
    let hosts = ["a.example", "x.office365.com", "10.1.2.3", "[2001:db8::1]", "plain", "..", "*"];
    if let Ok(read) = Squid::read(&files, &OURS) {
        for host in hosts {
            let _ = (read.allows(&ask(host, 443)), read.needs_auth(&ask(host, 443)), read.peers(&ask(host, 80)));
        }
    }
    if let Ok(read) = Zscaler::read(&files, "CONTOSO") {
        hosts.iter().for_each(|host| _ = read.allows(&ask(host, 443)));
    }
    for file in &files {
        for kind in [Kind::Destinations, Kind::Opened] {
            if let Ok(read) = Table::read(file, kind) {
                hosts.iter().for_each(|host| _ = read.matching("all", host, Some(443), Tcp));
            }
        }
        if let Ok(read) = Nft::read(file) {
            let chains: Vec<String> = read.chains().map(str::to_owned).collect();
            chains.iter().for_each(|c| _ = read.accepts(c, ip("10.0.0.1"), ip("20.118.99.224"), Tcp, 443));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(5), ..ProptestConfig::default() })]

    #[test]
    fn no_change_makes_a_reader_panic(
        which in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), change()), 1..5),
    ) {
        let mut all = output(["squid", "zscaler", "firewall", "."][which]);
        all.retain(|(name, _)| !name.ends_with(".json") && !name.ends_with(".pac"));
        for (file, change) in &changes {
            let at = file.index(all.len());
            apply(&mut all[at].1, change);
        }
        read_as_everything(&all);
    }

    #[test]
    fn no_small_file_makes_a_reader_panic(changes in prop::collection::vec(change(), 1..8), which in 0..4_usize) {
        let small = [
            ("pacwright.conf", "acl a dstdom_regex -n -i ^[^].:[]+$ (^|\\.)a+b\\.c$\nacl b all-of a !a\nacl b all-of all\nhttp_access allow b\ncache_peer h parent 1 0 name=x\ncache_peer_access x deny b\n"),
            ("url-categories.csv", "+, CONTOSO-A, CUSTOM, .b.example\n"),
            ("firewall.csv", "zone,from,sources,destination,kind,protocol,ports,except,route,service,endpoint\nall,clients,,\"*.o.e\",wildcard,tcp,tcp/443,n*.o.e,c,s,1\n"),
            ("p.nft", NFT),
        ];
        let (name, text) = small[which];
        let mut bytes = text.as_bytes().to_vec();
        changes.iter().for_each(|c| apply(&mut bytes, c));
        read_as_everything(&[(name.to_owned(), bytes)]);
    }

    #[test]
    fn what_the_packet_filter_reader_takes_nft_takes(changes in prop::collection::vec(change(), 1..3)) {
        let mut bytes = NFT.as_bytes().to_vec();
        changes.iter().for_each(|c| apply(&mut bytes, c));
        if let Ok(text) = String::from_utf8(bytes)
            && nft(&text).is_ok()
        {
            prop_assert_eq!(real_nft(&text), Ok(()), "{}", text);
        }
    }

    #[test]
    fn stars_and_groups_of_a_pattern_match_as_the_letters_do(host in "[ab.]{1,8}", pattern in "[ab]{1,3}([*+]|\\\\\\.|)[ab]{0,2}") {
        // The index by ends finds what a search without it would.
        let anchored = format!("acl x dstdom_regex -n -i ^{pattern}\\.a$\nacl y dstdom_regex -n -i (^{pattern}\\.a$)\n");
        let both = squid(&[("pacwright.conf", &anchored)]).unwrap();
        prop_assert_eq!(both.matches("x", &ask(&host, 1)), both.matches("y", &ask(&host, 1)));
    }
}

#[test]
fn ten_times_the_lines_take_about_ten_times_as_long() {
    // What looks at every line for every line takes a hundred times as long.
    let (tenth, whole) = (time_of_lists(10_000), time_of_lists(100_000));
    // Each by itself: among the others, one that grows too fast would not show.
    for (tenth, whole) in tenth.into_iter().zip(whole) {
        assert!(whole < 40 * tenth, "{tenth:?}, {whole:?}");
    }
}

/// How long lists of so many lines take: Squid's to be read, and to be asked; Zscaler's, tables, and those of `nft`.
fn time_of_lists(lines: usize) -> [Duration; 5] {
    let names: String = (0..lines).map(|n| format!("host{}.d{}.example\n", n * 7919 % lines, n % 1000)).collect();
    let nets: String = (0..lines).map(|n| format!("10.{}.{}.{}\n", n >> 16, (n >> 8) & 255, n & 255)).collect();
    let rx: String = (0..lines / 10).map(|n| format!("^[^.]*x\\.d{n}\\.example$\n")).collect();
    let conf = "acl a dstdomain -n \"/etc/squid/pw/n.txt\"\nacl b dst -n \"/etc/squid/pw/a.txt\"\n\
                acl c dstdom_regex -n -i \"/etc/squid/pw/r.txt\"\nhttp_access allow a\nhttp_access allow b\nhttp_access allow c\n";
    let clock = Instant::now();
    let read = squid(&[("pacwright.conf", conf), ("n.txt", &names), ("a.txt", &nets), ("r.txt", &rx)]).unwrap();
    let reading = clock.elapsed();
    let clock = Instant::now();
    for n in 0..1000 {
        assert!(
            read.allows(&ask(&format!("ax.d{n}.example"), 443))
                && !read.allows(&ask(&format!("x.y.d{n}.example"), 443))
        );
        assert!(read.allows(&ask(&format!("10.0.{}.7", n % (lines >> 8).min(256)), 443)));
    }
    let asking = clock.elapsed();
    let most = lines / 4;
    let upload: String = names.lines().take(most).map(|n| format!("+, T-A, CUSTOM, {n}\n")).collect();
    let list: String = names.lines().take(most).map(|n| format!("{n}\n")).collect();
    let clock = Instant::now();
    zscaler(&[("url-categories.csv", &upload), ("T-A.txt", &list)]).unwrap();
    let zscaler = clock.elapsed();
    let rows: String = names.lines().map(|n| format!("all,s,e,{n},host,tcp,tcp/443,proxy,cloud,,\n")).collect();
    let clock = Instant::now();
    let table = table(&format!("{DESTINATIONS}{rows}"), Kind::Destinations).unwrap();
    assert_eq!(table.matching("all", "host0.d0.example", Some(443), Tcp).len(), 1);
    let tables = clock.elapsed();
    let elements: String = nets.lines().map(|n| format!("{n},\n")).collect();
    let text =
        format!("table inet t {{\n set s {{\n type ipv4_addr\n elements = {{\n{elements}11.0.0.0\n}}\n }}\n}}\n");
    let clock = Instant::now();
    nft(&text).unwrap();
    let filters = clock.elapsed();
    println!(
        "{lines} lines: squid {reading:?}, 3000 requests {asking:?}, zscaler {zscaler:?}, csv {tables:?}, nft {filters:?}"
    );
    [reading, asking, zscaler, tables, filters]
}
