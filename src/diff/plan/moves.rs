//! What a change moves besides the decisions of lists that both sides have: outputs that come and go, zones and their clients, and
//! the proxies that routes lead to.

use super::Way;
use crate::claims::{Claims, Output, Route};
use crate::diff::lines::{Kind, Line, Part};
use crate::diff::outputs::Build;
use crate::diff::pairs::{self, Pairs, are_same, clients_words, either};
use crate::target::read_back::Looks;

/// Who uses the files of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Clients.
    Clients,
    /// A proxy.
    Proxy,
    /// A firewall.
    Firewall,
    /// People, or nobody knows.
    Unknown,
}

/// Both sides, and who uses what of them.
pub struct Moves<'b> {
    old: &'b Claims,
    new: &'b Claims,
    pairs: &'b Pairs,
    /// Of each output, by its position.
    old_roles: Vec<Role>,
    new_roles: Vec<Role>,
    /// Routes whose proxies change.
    routes: Vec<Moved<'b>>,
}

/// A route, and the proxies it leads to on both sides.
struct Moved<'b> {
    name: &'b str,
    was: &'b [String],
    is: &'b [String],
    /// The route that had these proxies and is gone.
    once: Option<&'b str>,
}

impl<'b> Moves<'b> {
    /// Looks at both sides.
    pub fn of(old: &'b Build, new: &'b Build, pairs: &'b Pairs) -> Self {
        let roles = |build: &Build| build.claims.outputs.iter().map(|output| role(build.looks(output))).collect();
        let (old_roles, new_roles) = (roles(old), roles(new));
        Self {
            routes: routes(&old.claims, &new.claims),
            old: &old.claims,
            new: &new.claims,
            pairs,
            old_roles,
            new_roles,
        }
    }

    /// What lists of a kind open or close that is no decision of one that both sides have.
    pub fn lists(&self, role: Role, way: Way) -> Vec<Part> {
        let mut found = vec![part("outputs", Kind::Outputs, self.outputs(role, way))];
        for (at, (was, is)) in self.pairs.outputs.iter().enumerate() {
            // No PAC file says whose it is: that is for the change-over.
            if self.pair_role(at) == role && role != Role::Clients {
                found.extend(self.zones(*was, *is, role, way));
            }
        }
        if role == Role::Proxy || (role == Role::Firewall && self.has_firewall()) {
            found.push(part("routes", Kind::Routes, self.proxies(role, way)));
        }
        found.retain(|part| !part.lines.is_empty());
        found
    }

    /// What clients are told.
    pub fn change_over(&self) -> Vec<Part> {
        let mut zones: Vec<Line> = Vec::new();
        for (at, zone) in self.old.zones.iter().enumerate() {
            let is = self.pairs.zones.iter().find(|(was, _)| *was == at).and_then(|(_, is)| self.new.zones.get(*is));
            if !is.is_some_and(|is| are_same(&zone.sources, &is.sources)) {
                let after = is.map_or_else(String::new, |is| clients_words(&is.sources));
                zones.push(Line::named(zone.label(), clients_words(&zone.sources), after));
            }
        }
        for (at, zone) in self.new.zones.iter().enumerate() {
            if !self.pairs.zones.iter().any(|(_, is)| *is == at) {
                zones.push(Line::named(zone.label(), String::new(), clients_words(&zone.sources)));
            }
        }
        let both = self.routes.iter().filter(|route| !route.was.is_empty() && !route.is.is_empty());
        let routes = both.map(|route| Line::named(route.name, route.was.join(", "), route.is.join(", ")));
        let mut found = vec![
            part("outputs", Kind::Outputs, self.outputs(Role::Clients, Way::Open)),
            part("zones, clients", Kind::Outputs, zones),
            part("routes", Kind::Routes, routes.collect()),
        ];
        found.retain(|part| !part.lines.is_empty());
        found
    }

    /// What comes and goes of outputs that people read, or of which nobody knows who reads them.
    pub fn others(&self) -> Vec<Part> {
        [Way::Open, Way::Close].into_iter().flat_map(|way| self.lists(Role::Unknown, way)).collect()
    }

    fn has_firewall(&self) -> bool {
        self.old_roles.iter().chain(&self.new_roles).any(|role| *role == Role::Firewall)
    }

    /// Of a pair of outputs, by its position: as both are of one target, either says it.
    fn pair_role(&self, at: usize) -> Role {
        let (was, is) = self.pairs.outputs.get(at).copied().unwrap_or_default();
        let known = |roles: &[Role], at: usize| roles.get(at).copied().filter(|role| *role != Role::Unknown);
        known(&self.new_roles, is).or_else(|| known(&self.old_roles, was)).unwrap_or(Role::Unknown)
    }

    /// Outputs that come, or those that go. One that has moved to another place does both.
    fn outputs(&self, role: Role, way: Way) -> Vec<Line> {
        let (claims, roles) = match way {
            Way::Open => (self.new, &self.new_roles),
            Way::Close => (self.old, &self.old_roles),
        };
        let own = claims.outputs.iter().zip(roles).enumerate().filter(|(_, (_, own))| **own == role);
        own.filter_map(|(at, (output, _))| self.output(at, output, way)).collect()
    }

    fn output(&self, at: usize, output: &Output, way: Way) -> Option<Line> {
        let other = match way {
            Way::Open => self.pairs.old_output(at).and_then(|at| self.old.outputs.get(at)),
            Way::Close => self.pairs.new_output(at).and_then(|at| self.new.outputs.get(at)),
        };
        if other.is_some_and(|other| other.id == output.id) {
            return None;
        }
        let words = format!("target {}", output.target);
        let mut line = match way {
            Way::Open => Line::named(&output.id, String::new(), words),
            Way::Close => Line::named(&output.id, words, String::new()),
        };
        if !output.routes.is_empty() {
            line.remarks.push(format!("for {}", list("route", &output.routes)));
        }
        if output.zones.iter().any(|zone| zone != "all") {
            line.remarks.push(format!("for {}", list("zone", &output.zones)));
        }
        line.remarks.extend(other.map(|other| match way {
            Way::Open => format!("in the place of `{}`, which goes later", other.id),
            Way::Close => format!("`{}` is in its place", other.id),
        }));
        Some(line)
    }

    /// Zones and routes of an output that both sides have: those that come or go, and clients that do. One that has moved comes as a whole.
    fn zones(&self, was: usize, is: usize, role: Role, way: Way) -> Vec<Part> {
        let (Some(was), Some(is)) = (self.old.outputs.get(was), self.new.outputs.get(is)) else { return Vec::new() };
        if was.id != is.id {
            return Vec::new();
        }
        let (own, other) = if way == Way::Open { (is, was) } else { (was, is) };
        let line = |name: &String, word: &str| match way {
            Way::Open => Line::named(name, String::new(), word.to_owned()),
            Way::Close => Line::named(name, word.to_owned(), String::new()),
        };
        let zones = own.zones.iter().filter(|label| !other.zones.contains(label)).map(|label| {
            let mut line = line(label, "a zone of it");
            line.remarks.extend(self.other_name(label, way).map(|name| format!("its clients are those of `{name}`")));
            line
        });
        let routes =
            own.routes.iter().filter(|route| role == Role::Proxy && !other.routes.contains(route)).map(|route| {
                let mut line = line(route, "a route of it");
                line.remarks.push(match way {
                    Way::Open => "its proxies have this list from now on".to_owned(),
                    Way::Close => "its proxies need this list no longer".to_owned(),
                });
                line
            });
        let mut moved = Vec::new();
        for (before, after) in &self.pairs.zones {
            let (Some(before), Some(after)) = (self.old.zones.get(*before), self.new.zones.get(*after)) else {
                continue;
            };
            let (label, from, to) = (after.label(), before.sources.clone(), after.sources.clone());
            let is_of = |output: &Output, label: &str| output.zones.iter().any(|own| own == label);
            if !is_of(was, before.label()) || !is_of(is, label) {
                continue;
            }
            // Where nobody knows who reads it, there is no moment at which both have to hold.
            let all = if role == Role::Unknown { to.clone() } else { either(&from, &to) };
            let (from, to) = if way == Way::Open { (from, all) } else { (all, to) };
            if !are_same(&from, &to) {
                moved.push(Line::named(label, clients_words(&from), clients_words(&to)));
            }
        }
        vec![
            part(&format!("{}, routes", is.id), Kind::Outputs, routes.collect()),
            part(&format!("{}, zones", is.id), Kind::Outputs, zones.collect()),
            part(&format!("{}, clients", is.id), Kind::Outputs, moved),
        ]
    }

    /// What the same zone is called on the other side.
    fn other_name(&self, label: &str, way: Way) -> Option<&'b str> {
        let (own, other) = if way == Way::Open { (self.new, self.old) } else { (self.old, self.new) };
        let at = pairs::zone(own, label)?;
        let pair = self.pairs.zones.iter().map(|(was, is)| if way == Way::Open { (*is, *was) } else { (*was, *is) });
        let (_, there) = pair.into_iter().find(|(here, _)| *here == at)?;
        other.zones.get(there).map(|zone| zone.label()).filter(|name| *name != label)
    }

    /// Proxies that a route leads to from now on, or no longer.
    fn proxies(&self, role: Role, way: Way) -> Vec<Line> {
        let mut lines = Vec::new();
        for route in &self.routes {
            let mut all = route.was.to_vec();
            all.extend(route.is.iter().filter(|proxy| !route.was.contains(proxy)).cloned());
            let (from, to) = if way == Way::Open { (route.was, all.as_slice()) } else { (all.as_slice(), route.is) };
            if from.len() == to.len() {
                continue;
            }
            let mut line = Line::named(route.name, from.join(", "), to.join(", "));
            line.remarks.extend(self.about(route, role, way));
            lines.push(line);
        }
        lines
    }

    /// What has to be done with the proxies that come or go.
    fn about(&self, route: &Moved, role: Role, way: Way) -> Vec<String> {
        let serving = |claims: &Claims, roles: &[Role]| -> Vec<String> {
            let own = claims.outputs.iter().zip(roles).filter(|(_, role)| **role == Role::Proxy);
            own.filter(|(output, _)| output.routes.iter().any(|name| name == route.name))
                .map(|(output, _)| output.id.clone())
                .collect()
        };
        let lists = serving(self.new, &self.new_roles);
        let mut words = vec![match (role, way) {
            (Role::Firewall, Way::Open) => format!("those that come may open what `proxy:{}` opens", route.name),
            (Role::Firewall, Way::Close) => "those that go open nothing for this route any more".to_owned(),
            (_, Way::Open) if lists.is_empty() => "those that come are up".to_owned(),
            (_, Way::Open) => format!("those that come are up and have {}", list("the list", &lists)),
            (_, Way::Close) => "those that go serve this route no longer".to_owned(),
        }];
        words.extend(route.once.map(|once| format!("the proxies of `{once}` before")));
        words
    }
}

/// Who uses files that are looked at in a way.
fn role(looks: Option<Looks>) -> Role {
    match looks {
        Some(Looks::AtUrls { .. }) => Role::Clients,
        Some(Looks::AtPorts | Looks::AtParents | Looks::AtHosts | Looks::AtLists { .. } | Looks::AtMarks { .. }) => {
            Role::Proxy
        }
        Some(Looks::AtOpeners | Looks::AtPackets) => Role::Firewall,
        Some(Looks::AtRows | Looks::AtPaths { .. }) | None => Role::Unknown,
    }
}

/// The routes whose proxies change.
fn routes<'b>(old: &'b Claims, new: &'b Claims) -> Vec<Moved<'b>> {
    let (was, is) = (old.used_routes(), new.used_routes());
    let proxies = |routes: &[&'b Route], name: &str| -> &'b [String] {
        routes.iter().find(|route| route.name == name).map_or(&[], |route| route.proxies.as_slice())
    };
    let mut names: Vec<&str> = was.iter().map(|route| route.name.as_str()).collect();
    names.extend(is.iter().map(|route| route.name.as_str()).filter(|name| !was.iter().any(|was| was.name == *name)));
    let moved = names.into_iter().map(|name| {
        let (before, after) = (proxies(&was, name), proxies(&is, name));
        let gone = was.iter().filter(|route| before.is_empty() && !is.iter().any(|is| is.name == route.name));
        let once = gone.filter(|route| route.proxies == after).map(|route| route.name.as_str()).next();
        Moved { name, was: before, is: after, once }
    });
    moved.filter(|route| route.was != route.is).collect()
}

fn list(what: &str, names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{what}{} {}", if names.len() == 1 { "" } else { "s" }, names.join(", "))
}

fn part(name: &str, kind: Kind, lines: Vec<Line>) -> Part {
    Part { name: name.to_owned(), kind, lines, counts: Vec::new() }
}
