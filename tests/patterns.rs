//! What each form of a destination matches, and which of two wins: the meanings of design section 3, row by row.

use std::cmp::Ordering;

use pacwright::dest::{Ask, Dest, Host, Pattern};
use pacwright::read::record::Scalar as _;

fn dest(text: &str) -> Dest {
    Dest::parse(text).unwrap_or_else(|bad| panic!("{text}: {}", bad.message))
}

fn host(text: &str) -> Host {
    Host::parse(text).unwrap_or_else(|bad| panic!("{text}: {}", bad.message))
}

fn matches(pattern: &str, name: &str) -> bool {
    dest(pattern).pattern.matches(&host(name))
}

/// The pattern matches the host.
macro_rules! hit {
    ($name:ident, $pattern:literal, $host:literal) => {
        #[test]
        fn $name() {
            assert!(matches($pattern, $host), "`{}` must match {}", $pattern, $host);
        }
    };
}

/// The pattern does not match the host.
macro_rules! miss {
    ($name:ident, $pattern:literal, $host:literal) => {
        #[test]
        fn $name() {
            assert!(!matches($pattern, $host), "`{}` must not match {}", $pattern, $host);
        }
    };
}

/// The text is no pattern, and the message holds these words.
macro_rules! no_pattern {
    ($name:ident, $pattern:expr, $words:literal) => {
        #[test]
        fn $name() {
            let pattern: &str = $pattern;
            let bad = Dest::parse(pattern).err().unwrap_or_else(|| panic!("`{pattern}` is no pattern"));
            let said = format!("{} {}", bad.message, bad.help.unwrap_or_default());
            assert!(said.contains($words), "`{pattern}` says: {said}");
        }
    };
}

/// Both patterns match the host, and the first one wins, whichever is asked first.
macro_rules! beats {
    ($name:ident, $winner:literal, $loser:literal, $host:literal) => {
        #[test]
        fn $name() {
            assert!(matches($winner, $host), "`{}` must match {}", $winner, $host);
            assert!(matches($loser, $host), "`{}` must match {}", $loser, $host);
            let (winner, loser) = (dest($winner).pattern, dest($loser).pattern);
            assert_eq!(winner.compare(&loser), Ordering::Greater);
            assert_eq!(loser.compare(&winner), Ordering::Less);
        }
    };
}

/// Both patterns match the host and rank equal: the order of the rules decides.
macro_rules! equal {
    ($name:ident, $one:literal, $other:literal, $host:literal) => {
        #[test]
        fn $name() {
            assert!(matches($one, $host) && matches($other, $host), "both must match {}", $host);
            assert_eq!(dest($one).pattern.compare(&dest($other).pattern), Ordering::Equal);
            assert_eq!(dest($other).pattern.compare(&dest($one).pattern), Ordering::Equal);
        }
    };
}

// ---- `a.d`: that host only

hit!(exact_itself, "www.example.com", "www.example.com");
miss!(exact_parent, "www.example.com", "example.com");
miss!(exact_child, "www.example.com", "a.www.example.com");
miss!(exact_look_alike_before, "www.example.com", "evilwww.example.com");
miss!(exact_look_alike_behind, "www.example.com", "www.example.com.evil");
hit!(exact_any_case_of_the_host, "www.example.com", "WWW.Example.COM");
hit!(exact_any_case_of_the_pattern, "WWW.Example.COM", "www.example.com");
hit!(exact_trailing_dot_of_the_host, "www.example.com", "www.example.com.");
hit!(exact_trailing_dot_of_the_pattern, "www.example.com.", "www.example.com");
hit!(exact_single_label, "intranet", "intranet");
miss!(exact_single_label_below, "intranet", "intranet.example.com");
hit!(exact_underscore, "_dmarc.example.com", "_dmarc.example.com");
hit!(exact_property_name, "constructor", "constructor");
hit!(exact_prototype_name, "__proto__", "__proto__");

// ---- `*.d`: one or more labels left of `d`, never `d`

hit!(below_one_label, "*.example.com", "a.example.com");
hit!(below_two_labels, "*.example.com", "a.b.example.com");
hit!(below_five_labels, "*.example.com", "a.b.c.d.e.example.com");
miss!(below_not_the_apex, "*.example.com", "example.com");
miss!(below_not_the_apex_with_a_dot, "*.example.com", "example.com.");
miss!(below_look_alike, "*.example.com", "evilexample.com");
miss!(below_look_alike_behind, "*.example.com", "a.example.com.evil");
miss!(below_the_parent, "*.example.com", "com");
hit!(below_top_level, "*.com", "example.com");
miss!(below_top_level_itself, "*.com", "com");
hit!(below_any_case, "*.Example.COM", "A.example.com");

// ---- `.d`: `d` and everything below

hit!(within_the_apex, ".example.com", "example.com");
hit!(within_one_label, ".example.com", "a.example.com");
hit!(within_three_labels, ".example.com", "a.b.c.example.com");
miss!(within_look_alike, ".example.com", "evilexample.com");
miss!(within_the_parent, ".example.com", "com");
miss!(within_another_end, ".example.com", "example.com.evil");
hit!(within_top_level, ".example", "example");

// ---- any other `*`: zero or more characters inside one label

hit!(glob_before, "*cdn.example.com", "mycdn.example.com");
hit!(glob_before_nothing, "*cdn.example.com", "cdn.example.com");
miss!(glob_before_not_over_a_dot, "*cdn.example.com", "a.mycdn.example.com");
miss!(glob_before_other_end, "*cdn.example.com", "mycdnx.example.com");
hit!(glob_behind, "cdn*.example.com", "cdn7.example.com");
miss!(glob_behind_not_over_a_dot, "cdn*.example.com", "cdn.a.example.com");
hit!(glob_in_the_middle, "a*z.example.com", "abcz.example.com");
hit!(glob_in_the_middle_nothing, "a*z.example.com", "az.example.com");
miss!(glob_in_the_middle_too_short, "a*a.example.com", "a.example.com");
hit!(glob_as_a_label, "autodiscover.*.onmicrosoft.com", "autodiscover.contoso.onmicrosoft.com");
miss!(glob_as_a_label_two, "autodiscover.*.onmicrosoft.com", "autodiscover.a.b.onmicrosoft.com");
miss!(glob_as_a_label_none, "autodiscover.*.onmicrosoft.com", "autodiscover.onmicrosoft.com");
hit!(glob_twice_in_a_label, "a*b*c.example.com", "a1b2c.example.com");
miss!(glob_twice_in_a_label_order, "a*b*c.example.com", "a1c2b.example.com");
miss!(glob_twice_in_a_label_no_overlap, "ab*ba.example.com", "aba.example.com");
hit!(glob_in_two_labels, "a*.b*.example.com", "a1.b2.example.com");
miss!(glob_in_two_labels_one_wrong, "a*.b*.example.com", "a1.c2.example.com");
hit!(glob_below, "*.a*.example.com", "x.y.a1.example.com");
miss!(glob_below_not_itself, "*.a*.example.com", "a1.example.com");
hit!(glob_within, ".a*.example.com", "a1.example.com");
hit!(glob_within_below, ".a*.example.com", "x.y.a1.example.com");
miss!(glob_within_other, ".a*.example.com", "b.example.com");
hit!(glob_in_the_last_label, "www.example*", "www.example2x");
hit!(glob_any_case, "*CDN.example.com", "MyCdn.example.com");
miss!(glob_hyphen_is_literal, "a-*.example.com", "ab.example.com");
hit!(glob_label_below, "*.*.example.com", "a.b.example.com");
miss!(glob_label_below_one, "*.*.example.com", "b.example.com");

// ---- names and addresses never match each other

miss!(below_no_address, "*.example", "192.0.2.1");
miss!(plain_no_address_v6, "plain", "2001:db8::1");
miss!(glob_no_address, "1*.example", "192.0.2.1");
miss!(net_no_name, "10.0.0.0/8", "ten.example.com");

// ---- IP and CIDR

hit!(ip_itself, "192.0.2.1", "192.0.2.1");
miss!(ip_neighbour, "192.0.2.1", "192.0.2.2");
hit!(ip_trailing_dot, "192.0.2.1", "192.0.2.1.");
hit!(net_first, "10.0.0.0/8", "10.0.0.0");
hit!(net_last, "10.0.0.0/8", "10.255.255.255");
miss!(net_before, "10.0.0.0/8", "9.255.255.255");
miss!(net_behind, "10.0.0.0/8", "11.0.0.0");
hit!(net_31, "192.0.2.0/31", "192.0.2.1");
miss!(net_31_behind, "192.0.2.0/31", "192.0.2.2");
hit!(net_all, "0.0.0.0/0", "203.0.113.9");
miss!(net_all_other_family, "0.0.0.0/0", "2001:db8::1");
hit!(ip6_itself, "2001:db8::1", "[2001:db8::1]");
hit!(ip6_other_spelling, "2001:db8::1", "2001:0DB8:0:0:0:0:0:1");
miss!(ip6_neighbour, "2001:db8::1", "2001:db8::2");
hit!(net6_last, "2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
miss!(net6_behind, "2001:db8::/32", "2001:db9::");
hit!(net6_all, "::/0", "::1");
miss!(net6_all_other_family, "::/0", "127.0.0.1");
hit!(mapped_is_ipv4, "192.0.2.1", "::ffff:192.0.2.1");

// ---- a URL with a path decides as its host

hit!(url_its_host, "www.example.com/some/path", "www.example.com");
miss!(url_another_host, "www.example.com/some/path", "example.com");
hit!(url_below, "*.example.com/path", "a.example.com");

// ---- `plain`: a name without a dot

hit!(plain_name, "plain", "intranet");
hit!(plain_name_trailing_dot, "plain", "intranet.");
miss!(plain_with_a_dot, "plain", "intranet.example.com");
miss!(plain_no_address, "plain", "127.0.0.1");

// ---- internationalised names

hit!(idn_both_ways, "日本語.example", "xn--wgv71a119e.example");
hit!(idn_non_transitional, "faß.example", "xn--fa-hia.example");
miss!(idn_not_transitional, "faß.example", "fass.example");
hit!(idn_upper_case, "BÜRO.example", "büro.example");
hit!(idn_ideographic_dot, "日本語。example", "日本語.example");
hit!(idn_beside_a_glob_label, "a*.日本語.example", "a1.xn--wgv71a119e.example");
miss!(idn_beside_a_glob_label_other, "a*.日本語.example", "a1.xn--tda.example");
hit!(idn_dot_beside_a_glob, "c*.ü。a", "c1.xn--tda.a");
miss!(idn_dot_beside_a_glob_shorter, "c*.ü。a", "c1.xn--tda");

// ---- no patterns

no_pattern!(bare_star, "*", "default");
no_pattern!(only_stars, "*.*", "default");
no_pattern!(star_and_dot, "*.", "names no domain");
no_pattern!(dot, ".", "names no domain");
no_pattern!(empty, "", "");
no_pattern!(empty_label, "a..example", "empty label");
no_pattern!(host_bits, "10.1.2.3/8", "10.0.0.0/8");
no_pattern!(length_33, "10.0.0.0/33", "between 0 and 32");
no_pattern!(length_08, "10.0.0.0/08", "between 0 and 32");
no_pattern!(leading_zeros, "010.0.0.0/8", "not an IP address");
no_pattern!(mask, "10.0.0.0/255.0.0.0", "prefix length");
no_pattern!(brackets, "[2001:db8::1]", "without brackets");
no_pattern!(short_address, "127.1", "address");
no_pattern!(hexadecimal_address, "0x7f.1", "address");
no_pattern!(full_width_address, "１２７.０.０.１", "address");
no_pattern!(full_width_star, "＊.example.com", "");
no_pattern!(scheme, "https://a.example", "a.example");
no_pattern!(port, "a.example:443", "ports");
no_pattern!(user, "user@a.example", "user");
no_pattern!(full_width_blank, "a.example\u{3000}", "full-width blank");
no_pattern!(star_beside_non_ascii, "bü*.example", "xn--");
no_pattern!(label_of_64, &"a".repeat(64), "63");
no_pattern!(name_of_254, &format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(62)), "253");
no_pattern!(quote_in_a_name, "a\"b.example", "may not stand");
no_pattern!(semicolon_in_a_name, "a;b.example", "may not stand");
no_pattern!(comma_in_a_name, "a,b.example", "may not stand");
no_pattern!(equals_in_a_name, "a=b.example", "may not stand");
no_pattern!(dollar_in_a_name, "${x}.example", "may not stand");

// ---- who wins

beats!(exact_over_below, "a.example.com", "*.example.com", "a.example.com");
beats!(exact_over_within, "example.com", ".example.com", "example.com");
beats!(exact_over_glob, "acdn.example.com", "*cdn.example.com", "acdn.example.com");
beats!(exact_over_plain, "intranet", "plain", "intranet");
beats!(within_over_plain, ".intranet", "plain", "intranet");
beats!(glob_over_plain, "in*", "plain", "intranet");
beats!(glob_over_below, "*cdn.example.com", "*.example.com", "acdn.example.com");
beats!(glob_over_within, "*cdn.example.com", ".example.com", "acdn.example.com");
beats!(longer_below_over_shorter, "*.a.example.com", "*.example.com", "x.a.example.com");
beats!(longer_within_over_shorter, ".a.example.com", ".example.com", "a.example.com");
beats!(longer_below_over_shorter_within, "*.a.example.com", ".example.com", "x.a.example.com");
beats!(literal_from_the_right, "*.odc.officeapps.live.com", "*.officeapps.live.com", "cdn.odc.officeapps.live.com");
beats!(office_example, "cdn.odc.officeapps.live.com", "*.officeapps.live.com", "cdn.odc.officeapps.live.com");
beats!(right_literal_before_left_literal, "*.b.example.com", "a.*.example.com", "a.b.example.com");
beats!(exact_glob_over_below_glob, "a*.b.example.com", "*.b.example.com", "a1.b.example.com");
beats!(exact_depth_over_any_depth_same_labels, "a*.example.com", ".a*.example.com", "a1.example.com");
beats!(literal_before_glob, "x.a1.example.com", "x.a*.example.com", "x.a1.example.com");
beats!(literal_on_the_right_decides, "*.a1.example.com", "*.x.a*.example.com", "y.x.a1.example.com");
beats!(longest_prefix, "10.1.0.0/16", "10.0.0.0/8", "10.1.2.3");
beats!(address_over_net, "10.1.2.3", "10.1.2.0/24", "10.1.2.3");
beats!(net_over_all, "10.0.0.0/8", "0.0.0.0/0", "10.1.2.3");
beats!(longest_prefix_v6, "2001:db8:1::/48", "2001:db8::/32", "2001:db8:1::1");

equal!(below_and_within, "*.example.com", ".example.com", "a.example.com");
equal!(two_globs_of_one_label, "*cdn.example.com", "a*.example.com", "acdn.example.com");
equal!(the_same_twice, "a.example.com", "A.EXAMPLE.com.", "a.example.com");
equal!(plain_twice, "plain", "plain", "intranet");
equal!(path_does_not_count, "a.example.com/x", "a.example.com", "a.example.com");

// ---- what is asked for

#[test]
fn ask_reads_urls() {
    let ask = |text: &str| Ask::parse(text).map(|ask| ask.to_string()).unwrap_or_else(|bad| bad.message);
    for (text, wanted) in [
        ("https://a.example/", "a.example:443"),
        ("http://a.example", "a.example:80"),
        ("HTTP://A.example:8080/x:y@z", "a.example:8080"),
        ("ws://a.example", "a.example:80"),
        ("wss://a.example", "a.example:443"),
        ("ftp://a.example", "a.example:21"),
        ("gopher://a.example", "a.example:?"),
        ("https://user:secret@a.example:444/", "a.example:444"),
        ("https://[2001:db8::1]:444/", "[2001:db8::1]:444"),
        ("https://[2001:db8::1]", "[2001:db8::1]:443"),
        ("2001:db8::1", "[2001:db8::1]:443"),
        ("a.example:8443", "a.example:8443"),
        ("a.example", "a.example:443"),
        ("a.example.", "a.example:443"),
        ("https://a.example?x=http://b.example", "a.example:443"),
        ("https://a.example#@b.example", "a.example:443"),
        ("https://a.example:/", "a.example:443"),
    ] {
        assert_eq!(ask(text), wanted, "{text}");
    }
    for text in [
        "",
        "https://",
        "a..example",
        "a.example:99999",
        "a.example:x",
        "127.1",
        "https://[::1",
        "*.example.com",
        "a b",
    ] {
        assert!(Ask::parse(text).is_err(), "{text} is no question");
    }
}

#[test]
fn what_is_written_is_what_is_read() {
    for text in [
        "a.example",
        "*.a.example",
        ".a.example",
        "*cdn.a.example",
        "a.*.example",
        "*.a*.example",
        ".a*.example",
        "10.0.0.0/8",
        "192.0.2.1",
        "2001:db8::/32",
        "::1",
        "plain",
        "a.example/x",
    ] {
        assert_eq!(dest(text).to_string(), text);
    }
    // Written another way, but read as the same.
    for (text, shown) in [
        ("A.EXAMPLE.", "a.example"),
        ("192.0.2.1/32", "192.0.2.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("a.example/", "a.example"),
        ("a.example/*", "a.example"),
        ("a**b.example", "a*b.example"),
        ("日本語.example", "xn--wgv71a119e.example"),
    ] {
        assert_eq!(dest(text).to_string(), shown, "{text}");
        assert_eq!(dest(shown), dest(text), "{text}");
    }
}

#[test]
fn a_path_is_kept() {
    assert_eq!(dest("a.example/x/y?z=1").path.as_deref(), Some("/x/y?z=1"));
    assert_eq!(dest("a.example/").path, None);
    assert_eq!(dest("a.example").path, None);
    assert!(matches!(dest("a.example/x").pattern, Pattern::Name(_)));
}
