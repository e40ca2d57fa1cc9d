//! The output formats: one file each, listed in [`TARGETS`]. Everything that has to know them iterates the list.
//!
//! In: [`Plan`]. Out: the sheets to render, and a [`translate::Translation`]: how each endpoint is said. Never: writing files. A new
//! target is its file here, its template, and its two lines below.

pub mod configure;
pub mod csv;
pub mod fidelity;
pub mod firewall;
pub mod pac;
pub mod read_back;
mod rows;
pub mod squid;
pub mod template;
pub mod translate;
pub mod zscaler;

use std::collections::BTreeMap;

use minijinja::Value;

use crate::catalog::Via;
use crate::dest::{Dest, Host, Pattern, Ports};
use crate::diag::Sink;
use crate::policy::Origin;
use crate::render::Escape;
use crate::resolve::{Item, Plan};
use crate::site::{RouteId, Serve, ZoneId};
use crate::source::Span;
use fidelity::{Fidelity, Reason};

/// Every target, in the order in which people are told of them.
pub const TARGETS: &[&Target] =
    &[&pac::TARGET, &squid::TARGET, &zscaler::TARGET, &csv::TARGET, &firewall::TARGET, &template::TARGET];

/// One output format.
#[derive(Debug)]
pub struct Target {
    /// `target: squid`.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// Where its files go unless the output says otherwise: a file, or a folder ending in `/`.
    pub place: &'static str,
    /// How it says each form of a destination: form, fidelity, words. The table of the documentation.
    pub says: &'static [(&'static str, &'static str, &'static str)],
    /// Whether its files allow destinations on a proxy, whatever clients do with a PAC.
    pub on_proxy: bool,
    /// Whether it lists what no proxy carries.
    pub lists_firewall: bool,
    /// Whether `include_default` means something to it.
    pub takes_default: bool,
    /// Whether an output needs a file of the user's beside the site.
    pub needs_file: bool,
    /// Whether one output is for one zone only.
    pub one_zone: bool,
    /// Reads the options of an output.
    pub configure: fn(&mut configure::Options) -> Option<Box<dyn Emit>>,
    /// Reads finished files back by the meaning of their format; `None` where no reader can know it.
    pub read_back: Option<fn(&read_back::Reading) -> read_back::ReadBack>,
    /// What a text of it speaks of without words that say so, as regular expressions and packed names do. The text may be of
    /// anybody.
    pub mentions: fn(&str) -> Vec<String>,
    /// The JSON Schema of its own options.
    pub schema: fn() -> serde_json::Map<String, serde_json::Value>,
}

/// An output of the site: a target with its options.
pub struct Output {
    /// Its identity in the manifest: the place of its files.
    pub id: String,
    /// Its target.
    pub target: &'static Target,
    /// What all targets know.
    pub common: Common,
    /// What its target makes of it.
    pub emitter: Box<dyn Emit>,
}

/// The options all targets know.
#[derive(Debug, Clone)]
pub struct Common {
    /// A file, or a folder ending in `/`, below the output folder.
    pub place: String,
    /// The zones it is for.
    pub zones: Vec<ZoneId>,
    /// The named routes it serves.
    pub routes: Vec<RouteId>,
    /// Whether direct endpoints are carried too.
    pub serve: Serve,
    /// Whether what no rule lists is allowed too.
    pub include_default: bool,
    /// The place in the site.
    pub span: Span,
}

impl Common {
    /// Whether a proxy behind this output allows a route.
    #[must_use]
    pub fn serves(&self, route: RouteId) -> bool {
        self.routes.contains(&route) || (route == RouteId::DIRECT && self.serve == Serve::Selected)
    }

    /// The path of a file of this output.
    #[must_use]
    pub fn file(&self, name: &str) -> String {
        format!("{}{name}", self.place)
    }
}

/// One thing to say: an endpoint in a zone, or a line of a rule in a zone.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The destination; `None` for a service tag.
    pub dest: Option<&'a Dest>,
    /// Its ports.
    pub ports: &'a Ports,
    /// Who can carry it.
    pub via: Via,
    /// Where it goes.
    pub route: RouteId,
    /// The endpoint behind it.
    pub item: Option<&'a Item<'a>>,
}

/// What every list of a proxy says of a thing before its spelling matters: the destination to spell, or how it is said
/// without one.
///
/// # Errors
/// The fidelity of what this output leaves out, rightly or not.
pub fn on_proxy<'a>(common: &Common, subject: &Subject<'a>) -> Result<&'a Dest, Fidelity> {
    let Some(dest) = subject.dest.filter(|_| subject.via == Via::Proxy) else {
        return Err(Fidelity::because(Reason::NotByProxy));
    };
    match subject.route {
        // What is refused is said by not being allowed.
        RouteId::BLOCK => Err(Fidelity::exact()),
        // What asks a proxy comes by TCP.
        route if common.serves(route) && !subject.ports.has_tcp() => Err(Fidelity::because(Reason::NotByProxy)),
        route if common.serves(route) => Ok(dest),
        RouteId::DIRECT => Err(Fidelity::because(Reason::GoesDirect)),
        _ => Err(Fidelity::because(Reason::OtherRoute)),
    }
}

/// What an output does with a plan.
pub trait Emit: Send + Sync {
    /// How this output says one thing, looked at alone.
    fn say(&self, common: &Common, subject: &Subject) -> Fidelity;
    /// The files, and what the neighbours of an entry change about how it is said.
    fn emit(&self, common: &Common, plan: &Plan, sink: &mut Sink) -> Emission;
    /// The line of one of this output's files that says something, by its number from 0.
    fn locate(&self, sought: &Sought, file: &str, text: &str) -> Option<usize>;
    /// The options that a reader of the finished files has to know, for [`Target::read_back`].
    fn reading(&self, _: &Common, _: &Plan) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
    /// Looks at the size of a finished file.
    fn check_size(&self, _common: &Common, _plan: &Plan, _bytes: usize, _sink: &mut Sink) {}
}

/// What is looked for in a finished file: the winner for a host in a zone, or an endpoint that no proxy carries.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'a> {
    /// Everything selected.
    pub plan: &'a Plan<'a>,
    /// The zone.
    pub zone: ZoneId,
    /// The host asked for.
    pub host: &'a Host,
    /// What matches it.
    pub pattern: &'a Pattern,
    /// Its destination as a list writes it.
    pub dest: &'a Dest,
    /// The endpoint; `None` for a line of a rule.
    pub item: Option<&'a Item<'a>>,
    /// Its rule, by position.
    pub rule: usize,
    /// Whether its rule is final.
    pub is_final: bool,
}

/// The first line that holds a spelling as a whole word; comments are not looked at.
#[must_use]
pub fn line_with(text: &str, spelling: &str) -> Option<usize> {
    let of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':');
    let holds = |line: &str| {
        line.match_indices(spelling).any(|(at, _)| {
            let before = line.get(..at).unwrap_or_default();
            let after = line.get(at + spelling.len()..).unwrap_or_default();
            (!spelling.starts_with(of_name) || !before.ends_with(of_name))
                && (!spelling.ends_with(of_name) || !after.starts_with(of_name))
        })
    };
    if spelling.is_empty() {
        return None;
    }
    text.lines().position(|line| !line.starts_with('#') && holds(line))
}

/// The files of an output, not yet rendered.
#[derive(Debug, Default)]
pub struct Emission {
    /// The files.
    pub sheets: Vec<Sheet>,
    /// How many entries they hold.
    pub entries: usize,
    /// Reasons that arise from the neighbours of an entry: its rule and origin.
    pub more: Vec<(u32, Origin, Reason)>,
}

/// A file to render.
#[derive(Debug)]
pub struct Sheet {
    /// Its path below the output folder.
    pub path: String,
    /// Its template.
    pub template: String,
    /// The name of the template, for messages.
    pub template_name: String,
    /// Its escaper.
    pub escape: Escape,
    /// What the template is given.
    pub context: Value,
    /// The template's file when it comes from the user: its time is limited, and its errors are shown in it.
    pub foreign: Option<crate::source::FileId>,
    /// How its text becomes bytes.
    pub encoding: Encoding,
}

/// How text becomes bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Encoding {
    /// The characters.
    pub charset: Charset,
    /// Whether lines end in CR LF.
    pub crlf: bool,
}

crate::words! {
    /// The characters of a file.
    pub enum Charset {
        /// UTF-8.
        Utf8 = "utf-8",
        /// UTF-8 behind a byte order mark, which Excel wants.
        Utf8Bom = "utf-8-bom",
        /// Windows code page 932, for Japanese Excel.
        Cp932 = "cp932",
    }
}

#[expect(clippy::derivable_impls, reason = "the words! macro declares the enum")]
impl Default for Charset {
    fn default() -> Self {
        Self::Utf8
    }
}

impl Sheet {
    /// A file from an embedded template.
    pub fn embedded(path: String, name: &str, template: &str, escape: Escape, context: impl serde::Serialize) -> Self {
        Self {
            path,
            template: template.to_owned(),
            template_name: name.to_owned(),
            escape,
            context: Value::from(minijinja::value::Serde(context)),
            foreign: None,
            encoding: Encoding::default(),
        }
    }
}

/// The target of a name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|t| t.name == name).copied()
}
