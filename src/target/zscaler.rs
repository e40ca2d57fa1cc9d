//! Zscaler-style lists: custom URL categories for the bulk upload, plain lists, IP destination groups.
//!
//! One bad line rejects a whole upload: a line that Zscaler would reject cannot be made here (see [`line`]).

mod back;
mod line;
mod lists;
mod refusals;

use std::collections::BTreeMap;

use super::configure::Options;
use super::fidelity::Fidelity;
use super::{Common, Emission, Emit, Sheet, Sought, Subject, Target, line_with, on_proxy};
use crate::dest::Pattern;
use crate::diag::{Code, Sink};
use crate::render::Escape;
use crate::resolve::Plan;
use crate::source::Spanned;
use crate::{record, words};

/// The target.
pub const TARGET: Target = Target {
    name: "zscaler",
    about: "Zscaler-style URL categories and IP destination groups",
    place: "zscaler/",
    says: &[
        ("a.d", "exact", "one line"),
        ("*.d", "widened, narrowed", "leading dot: takes d itself, ends five levels below"),
        (".d", "narrowed", "leading dot: ends five levels below"),
        ("*cdn.d, a.*.d", "widened", "the domain right of the star"),
        ("IPv4", "exact", "in IP destination groups"),
        ("IPv6", "dropped", "destination groups hold IPv4 only"),
        ("URL with a path", "exact", "host/path; widened to the host where its characters are not allowed"),
        ("ports", "exact", "belong to the vendor's rule; the lists are about hosts"),
        ("plain", "dropped", "no line says names without a dot"),
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
    mentions: |_| Vec::new(),
    schema: || <ZscalerOptions as crate::read::record::Record>::properties().0,
};

words! {
    /// What makes a category.
    pub enum By {
        /// One a served route.
        Route = "route",
        /// One a service, and one a route for the lines of rules.
        Service = "service",
    }
}

record! {
    /// Options of a Zscaler output.
    pub struct ZscalerOptions {
        /// What category names begin with; by default the site's name in upper case.
        prefix: Option<Spanned<String>>,
        /// One category a route, or one a service; by default route.
        by: Option<Spanned<By>>,
    }
}

/// A Zscaler output.
struct Zscaler {
    prefix: String,
    by: By,
}

/// Custom URLs of an organisation, over all categories (help.zscaler.com, configuring custom URL categories).
const MOST_URLS: usize = 25_000;
/// Custom categories of an organisation; the API's own text still says 48.
const MOST_CATEGORIES: usize = 64;

fn configure(options: &mut Options) -> Option<Box<dyn Emit>> {
    let own: ZscalerOptions = options.read()?;
    if let Some(prefix) = &own.prefix {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if prefix.value.is_empty() || prefix.value.len() > 60 || !prefix.value.chars().all(plain) {
            let message = "a prefix is made of at most 60 letters, digits, `-` and `_`";
            options.cx.sink.push(Code::BadName.at(prefix.span, message));
        }
    }
    let prefix = own.prefix.map_or_else(|| options.site.name.to_ascii_uppercase(), |p| p.value);
    Some(Box::new(Zscaler { prefix, by: own.by.map_or(By::Route, |b| b.value) }))
}

impl Emit for Zscaler {
    fn say(&self, common: &Common, subject: &Subject) -> Fidelity {
        on_proxy(common, subject).map_or_else(|without| without, line::said)
    }

    fn emit(&self, common: &Common, plan: &Plan, sink: &mut Sink) -> Emission {
        let lists = lists::build(self, common, plan);
        if lists::allows_others(common, plan).is_none() {
            let message = "the zones of this output have defaults of which only some are served, and the lists do not tell zones apart";
            sink.push(Code::CannotSay.at(common.span, message).help("give each of the zones an output"));
        }
        let urls: usize = lists.categories.iter().map(|c| c.lines.len()).sum();
        if urls + lists.groups.iter().map(|g| g.addresses.len()).sum::<usize>() == 0 {
            let message = "no rule sends anything to the routes this output serves";
            sink.push(
                Code::OutputEmpty.at(common.span, message).help("check `routes`, `serve` and `zones` of the output"),
            );
        }
        for name in &lists.clashes {
            let message = format!("two things would share the category `{}-{name}`", self.prefix);
            let finding = Code::OutputClash.at(common.span, message);
            sink.push(
                finding.help(
                    "name the route otherwise: EXCEPT, NO-AUTH and NO-DECRYPT are taken, and case does not count",
                ),
            );
        }
        if urls > MOST_URLS {
            let message = format!("{urls} URLs; an organisation has {MOST_URLS} over all its categories");
            sink.push(Code::TooLarge.at(common.span, message));
        }
        if lists.categories.len() > MOST_CATEGORIES {
            let message = format!("{} categories; an organisation has {MOST_CATEGORIES}", lists.categories.len());
            sink.push(Code::TooLarge.at(common.span, message).help("`by: route` makes one a route"));
        }
        let entries = urls + lists.groups.iter().map(|g| g.addresses.len()).sum::<usize>();
        let mut sheets = Vec::new();
        if urls > 0 {
            let text = include_str!("../../templates/zscaler-url-categories.csv.j2");
            let path = common.file("url-categories.csv");
            // The upload format is not RFC 4180 (a blank behind each comma): its values need no quoting by their grammar.
            sheets.push(Sheet::embedded(path, "zscaler-url-categories.csv.j2", text, Escape::Line, &lists));
        }
        for category in &lists.categories {
            let text = include_str!("../../templates/zscaler.list.j2");
            let path = common.file(&format!("{}.txt", category.name));
            sheets.push(Sheet::embedded(path, "zscaler.list.j2", text, Escape::Line, category));
        }
        if !lists.groups.is_empty() {
            let text = include_str!("../../templates/zscaler-ip-groups.csv.j2");
            let path = common.file("ip-destination-groups.csv");
            sheets.push(Sheet::embedded(path, "zscaler-ip-groups.csv.j2", text, Escape::Csv, &lists));
        }
        Emission { sheets, entries, more: lists.more }
    }

    fn reading(&self, common: &Common, plan: &Plan) -> BTreeMap<String, String> {
        let others = lists::allows_others(common, plan) == Some(true);
        let others = others.then(|| ("others".to_owned(), "allowed".to_owned()));
        let own = [("prefix", self.prefix.as_str()), ("by", self.by.word())];
        own.map(|(option, value)| (option.to_owned(), value.to_owned())).into_iter().chain(others).collect()
    }

    fn locate(&self, sought: &Sought, file: &str, text: &str) -> Option<usize> {
        let spelling = match &sought.pattern {
            Pattern::Net(net) => format!(",{}", crate::dest::ip::show(net)),
            _ => line::spell(sought.dest)?.0.to_string(),
        };
        // The upload file says it with its category; the plain lists say it again.
        (!file.ends_with(".txt")).then(|| line_with(text, &spelling)).flatten()
    }
}
