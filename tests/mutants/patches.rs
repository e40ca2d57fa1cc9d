//! Faults in the stages that make the files: the text of a source, what it becomes, and what that means.

/// A fault in a source.
pub struct Patch {
    pub file: &'static str,
    pub from: &'static str,
    pub to: &'static str,
    /// What goes wrong by it.
    pub about: &'static str,
}

const fn patch(file: &'static str, about: &'static str, from: &'static str, to: &'static str) -> Patch {
    Patch { file, from, to, about }
}

const PAC: &str = "src/target/pac.rs";
const PAC_SHEET: &str = "src/target/pac/sheet.rs";
const PAC_NAMES: &str = "src/target/pac/names.rs";
const PAC_TEXT: &str = "templates/proxy.pac.j2";
const SQUID: &str = "src/target/squid/config.rs";
const SQUID_TEXT: &str = "templates/squid.conf.j2";
const ACL: &str = "src/target/squid/acl.rs";
const ZSCALER: &str = "src/target/zscaler/lists.rs";
const LINE: &str = "src/target/zscaler/line.rs";
const ROWS: &str = "src/target/rows.rs";
const FIREWALL: &str = "src/target/firewall.rs";
const OPENERS: &str = "src/target/firewall/openers.rs";
const NFT: &str = "src/target/firewall/nft.rs";
const DRAFT: &str = "src/policy/table/draft.rs";
const PRUNE: &str = "src/policy/table/prune.rs";
const CELLS: &str = "src/render/csv.rs";
const ADDRESSES: &str = "src/policy/table/addresses.rs";
const FINALS: &str = "src/policy/table/finals.rs";
const COVER: &str = "src/policy/cover.rs";
const JOIN: &str = "src/policy/cover/join.rs";
const POOL: &str = "src/policy/table/pool.rs";
const PATTERN: &str = "src/dest/pattern.rs";

/// Every patch strikes the first place of its text.
pub const PATCHES: [Patch; 66] = [
    patch(
        JOIN,
        "exceptions take what beats them",
        "&& self.except.is_disjoint(&other.beaten)",
        "&& (self.except.is_disjoint(&other.beaten) || true)",
    ),
    patch(
        JOIN,
        "exceptions of what is joined are lost",
        "|entry: &&Entry| self.except.insert(std::ptr::from_ref(*entry))",
        "|_: &&Entry| false",
    ),
    patch(
        FINALS,
        "final names that do not beat others",
        "pool.then_both(own.itself, finals, row.itself)",
        "pool.then_both(row.itself, own.itself, finals)",
    ),
    patch(FINALS, "what is final below a suffix is forgotten", "row.below = pool.then(finals, row.below);", ""),
    patch(PAC_TEXT, "1e2 is a number of an address", "d = bytes[parts[3]]", "d = +parts[3]"),
    patch(SQUID, "marks of equals lost", "|e| served(e) && !flagged(e, pick)", "|_| false"),
    patch(
        ZSCALER,
        "no authentication where no inspection is meant",
        "e.no_inspect).then_some(NO_DECRYPT)",
        "e.no_auth).then_some(NO_DECRYPT)",
    ),
    patch(PAC, "blocked hosts go direct", "None => \"PROXY 127.0.0.1:9\".to_owned()", "None => \"DIRECT\".to_owned()"),
    patch(
        PAC,
        "only the first proxy of a route",
        "route.proxies.iter().map(|p| p.value.pac())",
        "route.proxies.iter().take(1).map(|p| p.value.pac())",
    ),
    patch(
        PAC,
        "no way direct when all proxies are down",
        "if route.fallback_direct {",
        "if false && route.fallback_direct {",
    ),
    patch(PAC_NAMES, "what is said is counted from 0", "self.list.len()", "self.list.len() - 1"),
    patch(PAC_SHEET, "`*.` of a star takes the name itself", "Depth::Below => 1,", "Depth::Below => 2,"),
    patch(
        PAC_SHEET,
        "ranges of ports end one too early",
        "\", {first}, {last}, {}\"",
        "\", {first}, {}, {}\", last - u16::from(last > first)",
    ),
    patch(
        PAC,
        "ports are ignored",
        "(PortMode::Ignore, _) => Ports::All,",
        "(PortMode::Ignore | PortMode::Strict, _) => Ports::All,",
    ),
    patch(
        PAC_SHEET,
        "what is said of the name is said of all below it",
        "number(says.itself), number(says.below)",
        "number(says.itself), number(says.itself)",
    ),
    patch(PAC_TEXT, "case of the host counts", "var name = host.toLowerCase()", "var name = host"),
    patch(PAC_TEXT, "the trailing dot stays", "end === 46 ?", "end === 44 ?"),
    patch(PAC_SHEET, "keys without their dot", "format!(\".{label}\")", "label.to_owned()"),
    patch(PAC_TEXT, "what stands before @ is the port", "rest = rest.substring(rest.lastIndexOf(\"@\") + 1);", ""),
    patch(PAC_TEXT, "a scheme has another port", "\"wss://\": 443", "\"wss://\": 80"),
    patch(PAC_TEXT, "IPv4 as IPv6 is IPv6", "\"00000000000000000000ffff\"", "\"0000000000000000000000ff\""),
    patch(
        PAC_TEXT,
        "the last address of a range is not in it",
        "ranges[middle * 2] <= address",
        "ranges[middle * 2] < address",
    ),
    patch(PAC_TEXT, "stars take the beginning only", "label.substring(end) !== parts[last]", "end < 0"),
    patch(
        SQUID,
        "lines know no ports",
        "if let Some(list) = &grant.ports {",
        "if let Some(list) = grant.ports.as_ref().filter(|_| false) {",
    ),
    patch(SQUID, "lines know no exceptions", "terms.extend(keep_out(about));", ""),
    patch(
        SQUID,
        "lines know no zone",
        "(&zone.name, zone.sources.is_empty()) {\n        common.push(",
        "(&zone.name, zone.sources.is_empty()) {\n        let _ = (",
    ),
    patch(
        SQUID,
        "all routes are served",
        "let served = |entry: &Entry| common.serves(entry.route);",
        "let served = |entry: &Entry| entry.route != RouteId::BLOCK;",
    ),
    patch(SQUID, "exceptions of the other kind", "is_none_or(|about| about == *a)", "is_none_or(|about| about != *a)"),
    patch(SQUID_TEXT, "rules that deny", "http_access allow {{ line|comment }}", "http_access deny {{ line|comment }}"),
    patch(SQUID, "parents of every route", "|e| e.route == id,", "|e| e.route.is_named(),"),
    patch(
        SQUID_TEXT,
        "parents that are not kept to",
        "never_direct allow {{ peer.acl|comment }}",
        "never_direct deny {{ peer.acl|comment }}",
    ),
    patch(SQUID_TEXT, "parents for everybody", "cache_peer_access {{ proxy.name|comment }} deny all", ""),
    patch(ACL, "`*.d` takes d", "vec![below, format!(\"!{apex}\")]", "{ let _ = apex; vec![below] }"),
    patch(ACL, "`.d` loses its dot", "if self.dot { \".\" } else { \"\" }", "if self.dot { \"\" } else { \"\" }"),
    patch(ACL, "an expression without its end", "out.push('$');", ""),
    patch(
        ACL,
        "an expression without its beginning",
        "let mut out = String::from(\"^\");",
        "let mut out = String::new();",
    ),
    patch(ACL, "dots that are any character", "labels.join(\"\\\\.\")", "labels.join(\".\")"),
    patch(ACL, "a star over dots", "label.replace('*', \"[^].:[]*\")", "label.replace('*', \".*\")"),
    patch(
        ACL,
        "a cover that is too small",
        "parents(value.name).any(|suffix| dotted.contains(suffix))",
        "parents(value.name).any(|suffix| suffix.contains('.') || dotted.contains(suffix))",
    ),
    patch(
        ACL,
        "client networks without the last",
        "ip::aggregate(nets.iter()).into_iter().flat_map(sayable)",
        "ip::aggregate(nets.iter()).into_iter().rev().skip(usize::from(nets.len() > 1)).flat_map(sayable)",
    ),
    patch(ZSCALER, "no exceptions", "if !except.is_empty() {", "if except.len() > 9999 {"),
    patch(
        ZSCALER,
        "refused lines are listed",
        "filter(|(_, e)| common.serves(e.route) && e.ports.has_tcp())",
        "filter(|(_, e)| e.ports.has_tcp())",
    ),
    patch(ZSCALER, "a cover that reaches too deep", ".take(LEVELS + 1)", ".take(LEVELS + 9)"),
    patch(
        ZSCALER,
        "ranges one address too long",
        "map_or(u32::MAX, |(next, _)| next.to_bits().saturating_sub(1))",
        "map_or(u32::MAX, |(next, _)| next.to_bits())",
    ),
    patch(LINE, "lines without their dot", "if self.dotted { \".\" }", "if self.dotted { \"\" }"),
    patch(
        ROWS,
        "rows of every zone",
        "plan.site.zone(*z).label()).collect::<Vec<_>>().join(\" \")",
        "plan.site.zone(*z).label()).take(1).collect::<Vec<_>>().join(\" \")",
    ),
    patch(
        ROWS,
        "firewall endpoints take the route of their rule",
        "let by_proxy = item.endpoint.via == Via::Proxy ||",
        "let by_proxy = true ||",
    ),
    patch(ROWS, "lines of rules have every port", "ports: rule.ports.to_string()", "ports: \"all\".to_owned()"),
    patch(
        OPENERS,
        "blocked hosts are opened",
        "if route == RouteId::BLOCK {\n        return None;",
        "if route == RouteId::BLOCK && via == Via::Proxy {\n        return Some(\"clients\".to_owned());",
    ),
    patch(
        FIREWALL,
        "rows know no exceptions",
        "row.except = part.except.into_iter().collect::<Vec<_>>().join(\" \");\n                row.route = plan",
        "row.route = plan",
    ),
    patch(
        FIREWALL,
        "clients of other zones",
        "zones.iter().flat_map(sources)",
        "zones.iter().take(0).flat_map(sources)",
    ),
    patch(
        FIREWALL,
        "a part has the ports of the whole",
        "mut row = row(plan, &zones, at, from.clone(), what, &part.ports);",
        "mut row = row(plan, &zones, at, from.clone(), what, &rule.ports);",
    ),
    patch(
        FIREWALL,
        "UDP is decided as TCP is",
        "policy::on(entries, protocol);",
        "policy::on(entries, Protocol::Tcp);",
    ),
    patch(
        NFT,
        "ranges that end one address late",
        "ip.to_bits().saturating_sub(1)).into(),\n        IpAddr::V6",
        "ip.to_bits()).into(),\n        IpAddr::V6",
    ),
    patch(
        NFT,
        "rules for any client",
        "let source = if clients.is_empty() {",
        "let source = if true || clients.is_empty() {",
    ),
    patch(
        NFT,
        "UDP is TCP",
        "format!(\"{} dport {{ {} }} \", protocol.word(), ports_text(ports))",
        "format!(\"tcp dport {{ {} }} \", ports_text(ports))",
    ),
    patch(ADDRESSES, "the wider network wins", "std::cmp::Reverse(net.prefix_len())", "net.prefix_len()"),
    patch(
        DRAFT,
        "final rules come last",
        "{ Self::Final } else { Self::Other }",
        "{ Self::Other } else { Self::Final }",
    ),
    patch(
        DRAFT,
        "what `.d` says of d beats entries of d alone",
        "row.itself = pool.then(row.itself, says);",
        "row.itself = pool.then(says, row.itself);",
    ),
    patch(
        DRAFT,
        "names lie below what stands before them",
        "while above.pop_if(|top| !is_below(*top)).is_some() {}",
        "let _ = is_below;",
    ),
    patch(
        PRUNE,
        "names that only seem implied",
        "pool.then_both(is_final, others.itself, behind) == rest",
        "{ let all = pool.then_both(is_final, others.itself, behind); pool.get(all).rest == pool.get(rest).rest }",
    ),
    patch(CELLS, "rows have the cells of the first", "if !list.goes_on(at) {", "if at == 0 {"),
    patch(
        COVER,
        "the end of a range of ports is lost",
        "before.1 = last,",
        "before.1 = last - u16::from(last > first),",
    ),
    patch(POOL, "the later rule wins", "rest.is_some() => first", "rest.is_some() => second"),
    patch(
        PATTERN,
        "any depth wins over a star",
        "(self.depth == Depth::Exact).cmp(&(other.depth == Depth::Exact))",
        "(other.depth == Depth::Exact).cmp(&(self.depth == Depth::Exact))",
    ),
    patch(
        PATTERN,
        "an exception is taken for the whole",
        "Depth::Below => under || (same && b.depth == Depth::Below)",
        "Depth::Below => under || same",
    ),
];
