//! `pacwright schema`.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::{Outcome, print_json};
use crate::catalog::raw::RawService;
use crate::read::record::Decode as _;
use crate::site::raw::{RawInclude, RawSite};
use crate::target::TARGETS;

#[derive(Debug, Args)]
pub struct Options {
    /// Which file
    what: What,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// A file of the catalog.
    Catalog,
    /// site.yaml.
    Site,
    /// A file that a site includes.
    Include,
}

pub fn run(options: &Options) -> Outcome {
    print_json(&match options.what {
        What::Catalog => document("pacwright catalog file", RawService::schema()),
        What::Site => document("pacwright site", site()),
        What::Include => document("pacwright include", RawInclude::schema()),
    });
    Outcome::Done
}

fn document(title: &str, mut schema: Value) -> Value {
    if let Some(object) = schema.as_object_mut() {
        object.insert("$schema".into(), "http://json-schema.org/draft-07/schema#".into());
        object.insert("title".into(), title.into());
    }
    schema
}

/// The site's schema with one form of output a target.
fn site() -> Value {
    let mut site = RawSite::schema();
    let common: Map<String, Value> =
        site.pointer("/properties/outputs/items/properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let forms: Vec<Value> = TARGETS
        .iter()
        .map(|target| {
            let mut properties = common.clone();
            properties.insert("target".into(), json!({"const": target.name, "description": target.about}));
            properties.extend((target.schema)());
            json!({"type": "object", "properties": properties, "required": ["target"], "additionalProperties": false})
        })
        .collect();
    if let Some(items) = site.pointer_mut("/properties/outputs/items") {
        *items = json!({"oneOf": forms});
    }
    site
}
