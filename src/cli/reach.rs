//! The table of `pacwright check --reach` for people.

use crate::check::reach::{Network, OfService, Reach, RouteReach, Source, Wildcard};

/// How many names of a wildcard are shown unless all are asked for.
const SHOWN: usize = 6;

/// The whole table; with `all`, every name, and the wildcards that let in none too.
pub fn text(reach: &Reach, all: bool) -> String {
    let mut out = format!("{} names are in the catalog\n", reach.names);
    for route in &reach.routes {
        out.push('\n');
        out.push_str(&of_route(route, all));
    }
    out
}

fn of_route(route: &RouteReach, all: bool) -> String {
    let zone = route.zone.as_ref().map_or(String::new(), |zone| format!("zone {zone}, "));
    let mut out = format!("{zone}route {}\n", route.route);
    if !route.wildcards.is_empty() {
        let letting = route.wildcards.iter().filter(|w| w.lets_in > 0).count();
        out.push_str(&match letting {
            0 => format!("  {} let in no name that no rule asks for\n", count(route.wildcards.len(), "wildcard")),
            _ => format!(
                "  {letting} of {} wildcards let in {} that no rule asks for, {} of them alone\n{}",
                route.wildcards.len(),
                count(route.lets_in, "name"),
                route.alone,
                shares(&route.services, 2),
            ),
        });
        let shown: Vec<&Wildcard> =
            route.wildcards.iter().filter(|w| all || w.lets_in > 0 || w.anybody.is_some()).collect();
        if !shown.is_empty() {
            out.push_str("   lets in  alone  asked  wildcard\n");
        }
        shown.iter().for_each(|row| out.push_str(&wildcard(row, all)));
        let rest = route.wildcards.len() - shown.len();
        if rest > 0 && !shown.is_empty() {
            out.push_str(&format!("  and {rest} more that let in none (-v shows them)\n"));
        }
    }
    if !route.networks.is_empty() {
        let public = route.networks.iter().filter(|n| !n.private).count();
        out.push_str(&format!(
            "  {public} of {} networks and tags are public: {} IPv4 addresses, {} of IPv6\n",
            route.networks.len(),
            route.ipv4_addresses,
            count(route.ipv6_networks, "network"),
        ));
        out.push_str("      IPv4  IPv6 networks  network\n");
        let most = if all { route.networks.len() } else { 10 };
        route.networks.iter().take(most).for_each(|row| out.push_str(&network(row)));
        let rest = route.networks.len().saturating_sub(most);
        if rest > 0 {
            out.push_str(&format!("  and {rest} more (-v shows them)\n"));
        }
    }
    out
}

fn wildcard(row: &Wildcard, all: bool) -> String {
    let anybody = row.anybody.as_ref().map_or(String::new(), |suffix| format!("  anybody can register below {suffix}"));
    let mut out = format!(
        "  {:>8} {:>6} {:>6}  {}{}{anybody}\n",
        row.lets_in,
        row.alone,
        row.asked,
        row.destination,
        from(&row.from)
    );
    if row.names.is_empty() {
        return out;
    }
    let shown = if all { row.names.len() } else { SHOWN };
    let names: Vec<&str> = row.names.iter().take(shown).map(|n| n.destination.as_str()).collect();
    let rest = row.names.len().saturating_sub(shown);
    let more = if rest > 0 { format!(", and {rest} more") } else { String::new() };
    out.push_str(&shares(&row.services, 26));
    out.push_str(&format!("{:26}{}{more}\n", "", names.join(", ")));
    out
}

fn network(row: &Network) -> String {
    format!(
        "{:>10} {:>14}  {}{}{}\n",
        row.ipv4_addresses,
        row.ipv6_networks,
        row.destination,
        from(&row.from),
        if row.private { "  private" } else { "" }
    )
}

/// The first place something comes from, and how many more there are.
fn from(from: &[Source]) -> String {
    let Some(first) = from.first() else { return String::new() };
    let optional = if first.required == Some(false) { "  optional" } else { "" };
    let more = if from.len() > 1 { format!(", and {} more", from.len() - 1) } else { String::new() };
    format!("  {}  {}  {}{more}{optional}", first.ports, first.endpoint, first.rule)
}

/// Whose names these are, a line for services that no rule selects and one for the others.
fn shares(services: &[OfService], indent: usize) -> String {
    let line = |selected: bool, title: &str| {
        let those = services.iter().filter(|s| s.selected == selected);
        let list: Vec<String> = those.map(|s| format!("{} {}", s.service, s.names)).collect();
        if list.is_empty() { String::new() } else { format!("{:indent$}{title}: {}\n", "", list.join(", ")) }
    };
    line(false, "of services that no rule selects") + &line(true, "of selected services")
}

fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}
