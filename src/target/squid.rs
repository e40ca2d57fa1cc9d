//! Squid ACLs: allow rules to include before the stock `deny` lines, and one list file an ACL.
//!
//! What Squid accepts and never matches, and what it refuses to start with, was measured on 5.7, 6.14 and 7.6; hence
//! `-n` everywhere, a minimal cover per ACL, disjoint addresses, and no empty list.

mod acl;
mod back;
mod config;

use std::collections::BTreeMap;

use super::configure::Options;
use super::fidelity::{Fidelity, Reason};
use super::{Common, Emission, Emit, Sheet, Sought, Subject, Target, on_proxy};
use crate::dest::{Depth, Dest, Pattern};
use crate::diag::{Code, Sink};
use crate::policy::Origin;
use crate::record;
use crate::render::Escape;
use crate::resolve::Plan;
use crate::site::Scheme;
use crate::source::Spanned;

/// The target.
pub const TARGET: Target = Target {
    name: "squid",
    about: "Squid ACLs and allow rules, one list file an ACL",
    place: "squid/",
    says: &[
        ("a.d, .d", "exact", "dstdomain -n"),
        ("*.d", "exact", "dstdomain -n of .d, and not of d"),
        ("*cdn.d, a.*.d", "exact", "dstdom_regex -n -i, anchored"),
        ("IP, CIDR", "exact", "dst -n, aggregated"),
        ("URL with a path", "widened", "a CONNECT request shows the host only"),
        ("ports", "exact", "a port ACL on the same line"),
        ("direct routes", "elsewhere", "unless `serve: selected`"),
        ("via: firewall, tags", "elsewhere", "no HTTP proxy carries them"),
    ],
    on_proxy: true,
    lists_firewall: false,
    takes_default: true,
    needs_file: false,
    one_zone: false,
    configure,
    read_back: Some(back::read_back),
    mentions: acl::starred,
    schema: || <SquidOptions as crate::read::record::Record>::properties().0,
};

record! {
    /// Options of a Squid output.
    pub struct SquidOptions {
        /// Where the list files will lie on the proxy; by default /etc/squid/pacwright.
        install_dir: Option<Spanned<String>>,
        /// Whether requests are sent on to the proxies of their route (cache_peer).
        routing: Option<Spanned<bool>>,
        /// An ACL of the surrounding squid.conf (`proxy_auth REQUIRED`) that all but the no-authentication list must match too.
        auth_acl: Option<Spanned<String>>,
    }
}

/// A Squid output.
struct Squid {
    install_dir: String,
    routing: bool,
    auth_acl: Option<String>,
}

fn configure(options: &mut Options) -> Option<Box<dyn Emit>> {
    let own: SquidOptions = options.read()?;
    if let Some(dir) = &own.install_dir {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
        if !dir.value.starts_with('/') || dir.value.len() > 200 || !dir.value.chars().all(plain) {
            let message = "an absolute path of letters, digits, `-`, `_`, `.` was expected";
            options.cx.sink.push(Code::BadName.at(dir.span, message));
        }
    }
    if let Some(acl) = &own.auth_acl {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if acl.value.is_empty() || acl.value.len() > 63 || !acl.value.chars().all(plain) {
            let message = "the name of an ACL is made of at most 63 letters, digits, `-`, `_`, `.`";
            options.cx.sink.push(Code::BadName.at(acl.span, message));
        }
    }
    let routing = own.routing.as_ref().is_some_and(|r| r.value);
    if routing {
        for id in &options.common.routes {
            for proxy in &options.site.route(*id).proxies {
                if proxy.scheme != Scheme::Http || proxy.is_macro() {
                    let message = format!("`routing: true` reaches `http://` proxies only, not `{}`", proxy.value);
                    let finding = Code::CannotSay.at(proxy.span, message);
                    options.cx.sink.push(finding.also(options.common.span, "the output"));
                }
            }
        }
    }
    let dir = own.install_dir.map_or_else(|| "/etc/squid/pacwright".to_owned(), |d| d.value);
    let install_dir = dir.trim_end_matches('/').to_owned();
    Some(Box::new(Squid { install_dir, routing, auth_acl: own.auth_acl.map(|a| a.value) }))
}

/// How Squid says a destination that it allows.
fn says(dest: &Dest) -> Fidelity {
    let mut fidelity = Fidelity::exact();
    if dest.path.is_some() {
        fidelity.add(Reason::PathNotSeen);
    }
    match &dest.pattern {
        Pattern::Net(net) if !net.addr().is_unspecified() => {}
        Pattern::Net(net) if net.prefix_len() == net.max_prefix_len() => fidelity.add(Reason::UnspecifiedNotSayable),
        Pattern::Net(_) => fidelity.add(Reason::UnspecifiedLeftOut),
        Pattern::Name(_) | Pattern::Plain => {}
    }
    fidelity
}

/// Refused networks that begin at the unspecified address, where everything is allowed that no rule lists.
fn stays_allowed(common: &Common, plan: &Plan) -> Vec<(u32, Origin, Reason)> {
    let mut found = Vec::new();
    for policy in common.zones.iter().filter_map(|zone| plan.policy(*zone)) {
        let everything = common.include_default && common.serves(policy.default);
        for entry in policy.entries.iter().filter(|entry| everything && !common.serves(entry.route)) {
            if matches!(&entry.pattern, Pattern::Net(net) if net.addr().is_unspecified()) {
                found.push((entry.rule, entry.origin, Reason::UnspecifiedStaysAllowed));
            }
        }
    }
    found
}

impl Emit for Squid {
    fn say(&self, common: &Common, subject: &Subject) -> Fidelity {
        match on_proxy(common, subject) {
            Ok(dest) => says(dest),
            Err(without) => without,
        }
    }

    fn emit(&self, common: &Common, plan: &Plan, sink: &mut Sink) -> Emission {
        let config = config::build(self, common, plan);
        if config.allows == 0 {
            let message = "no rule sends anything to the routes this output serves";
            sink.push(
                Code::OutputEmpty.at(common.span, message).help("check `routes`, `serve` and `zones` of the output"),
            );
        }
        let mut sheets = vec![Sheet::embedded(
            common.file("pacwright.conf"),
            "squid.conf.j2",
            include_str!("../../templates/squid.conf.j2"),
            Escape::Line,
            &config.context,
        )];
        let more = stays_allowed(common, plan);
        let entries = config.lists.iter().map(|l| l.lines).sum();
        for list in config.lists {
            let path = common.file(&list.file);
            let text = include_str!("../../templates/squid.list.j2");
            sheets.push(Sheet::embedded(path, "squid.list.j2", text, Escape::Line, list.context()));
        }
        Emission { sheets, entries, more }
    }

    fn reading(&self, _: &Common, _: &Plan) -> BTreeMap<String, String> {
        let auth_acl = self.auth_acl.clone().map(|acl| ("auth_acl".to_owned(), acl));
        let routing = self.routing.then(|| ("routing".to_owned(), "true".to_owned()));
        let install_dir = ("install_dir".to_owned(), self.install_dir.clone());
        auth_acl.into_iter().chain(routing).chain([install_dir]).collect()
    }

    fn locate(&self, sought: &Sought, _: &str, text: &str) -> Option<usize> {
        let spelling = match &sought.pattern {
            Pattern::Name(name) if !name.has_globs() => match name.depth() {
                Depth::Exact => name.labels().to_owned(),
                _ => format!(".{}", name.labels()),
            },
            Pattern::Name(_) | Pattern::Plain => acl::regex(sought.pattern).unwrap_or_default(),
            Pattern::Net(net) => crate::dest::ip::show(net),
        };
        text.lines().position(|line| line == spelling)
    }
}
