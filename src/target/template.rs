//! The user's own minijinja template: whatever format is missing here.

use std::collections::BTreeMap;

use minijinja::Value;
use serde::Serialize;

use super::configure::Options;
use super::fidelity::Fidelity;
use super::rows::{Row, rows};
use super::{Common, Emission, Emit, Encoding, Sheet, Sought, Subject, Target, line_with};
use crate::diag::{Code, Sink};
use crate::record;
use crate::render::Escape;
use crate::resolve::Plan;
use crate::source::{FileId, Spanned};

/// The target.
pub const TARGET: Target = Target {
    name: "template",
    about: "your own minijinja template, with the context of docs/template.md",
    place: "custom.txt",
    says: &[("everything", "exact", "the template is given all rows; what it prints is its own affair")],
    on_proxy: false,
    lists_firewall: true,
    takes_default: false,
    needs_file: true,
    one_zone: false,
    configure,
    read_back: None,
    mentions: |_| Vec::new(),
    schema: || <TemplateOptions as crate::read::record::Record>::properties().0,
};

record! {
    /// Options of a template output.
    pub struct TemplateOptions {
        /// The template, relative to the site.
        template: Spanned<String>,
        /// Values handed on to the template.
        vars: crate::read::record::Table<Spanned<String>>,
    }
}

struct Custom {
    file: FileId,
    name: String,
    text: String,
    escape: Escape,
    vars: BTreeMap<String, String>,
}

fn configure(options: &mut Options) -> Option<Box<dyn Emit>> {
    let own: TemplateOptions = options.read()?;
    let Some(escape) = Escape::of_file(&options.common.place) else {
        let message = format!("the extension of `{}` does not say how texts are escaped", options.common.place);
        let finding = Code::CannotSay.at(options.common.span, message);
        options.cx.sink.push(finding.help(format!("set `file` with one of these extensions: {}", Escape::EXTENSIONS)));
        return None;
    };
    // The file was read with the site; when it could not be, that was an error already.
    let file = options.site.template(&own.template)?;
    let text = options.cx.files.all(file).to_owned();
    let vars = own.vars.0.into_iter().map(|(name, value)| (name.value, value.value)).collect();
    Some(Box::new(Custom { file, name: own.template.value, text, escape, vars }))
}

/// What the template is given; `docs/template.md` describes it.
#[derive(Serialize)]
struct Context<'a> {
    pacwright: &'static str,
    site: &'a str,
    cloud: &'static str,
    catalog_digest: &'a str,
    zones: Vec<Zone<'a>>,
    routes: Vec<Route<'a>>,
    rows: Vec<Row>,
    vars: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Zone<'a> {
    name: &'a str,
    sources: Vec<String>,
    vantage: &'static str,
    default: &'a str,
}

#[derive(Serialize)]
struct Route<'a> {
    name: &'a str,
    proxies: Vec<String>,
    fallback_direct: bool,
}

impl Emit for Custom {
    fn say(&self, _: &Common, _: &Subject) -> Fidelity {
        Fidelity::exact()
    }

    fn emit(&self, common: &Common, plan: &Plan, _: &mut Sink) -> Emission {
        let site = plan.site;
        let rows = rows(common, plan);
        let entries = rows.len();
        let zone = |id: &crate::site::ZoneId| {
            let zone = site.zone(*id);
            Zone {
                name: zone.label(),
                sources: zone.sources.iter().map(ToString::to_string).collect(),
                vantage: zone.vantage.word(),
                default: &site.route(zone.default).name,
            }
        };
        let route = |route: &'_ crate::site::Route| -> (Vec<String>, bool) {
            (route.proxies.iter().map(|p| p.value.to_string()).collect(), route.fallback_direct)
        };
        let context = Context {
            pacwright: env!("CARGO_PKG_VERSION"),
            site: &site.name,
            cloud: site.cloud.word(),
            catalog_digest: &plan.catalog.digest,
            zones: common.zones.iter().map(zone).collect(),
            routes: site
                .routes
                .iter()
                .map(|r| {
                    let (proxies, fallback_direct) = route(r);
                    Route { name: &r.name, proxies, fallback_direct }
                })
                .collect(),
            rows,
            vars: &self.vars,
        };
        let sheet = Sheet {
            path: common.place.clone(),
            template: self.text.clone(),
            template_name: self.name.clone(),
            escape: self.escape,
            context: Value::from(minijinja::value::Serde(context)),
            foreign: Some(self.file),
            encoding: Encoding::default(),
        };
        Emission { sheets: vec![sheet], entries, more: Vec::new() }
    }

    fn locate(&self, sought: &Sought, _: &str, text: &str) -> Option<usize> {
        line_with(text, &sought.dest.to_string())
    }
}
