//! Which lists of Microsoft 365 an update asks for.

use std::path::Path;

use super::Options;
use crate::catalog::Cloud;
use crate::cli::{Format, Global, say};
use crate::diag::{Code, Report};
use crate::import::is_imported;
use crate::import::m365::Instance;
use crate::site::load::load;

/// Those that are named; else those that the folder has; else the one of the site's cloud; without a site, Worldwide.
pub fn wanted(options: &Options, global: &Global, folder: &Path, report: &mut Report) -> Vec<Instance> {
    if !options.instance.is_empty() {
        return Instance::ALL.iter().copied().filter(|instance| options.instance.contains(instance)).collect();
    }
    let file = |instance: &Instance| folder.join(format!("{}.yaml", instance.service()));
    let there: Vec<Instance> = Instance::ALL.iter().copied().filter(|instance| is_imported(&file(instance))).collect();
    if !there.is_empty() {
        return there;
    }
    let site = global.site();
    // A site that was named has to be there.
    let cloud = if site.exists() || global.config.is_some() {
        let Some(site) = load(&site, report) else { return Vec::new() };
        site.cloud
    } else {
        Cloud::Public
    };
    let instance = match cloud {
        Cloud::Public => Instance::Worldwide,
        Cloud::China => Instance::China,
        Cloud::Usgov => {
            let finding = Code::UnknownReference.nowhere("the US Government has two lists of Microsoft 365");
            report.sink.push(finding.help("say which one: `--instance usgov-gcchigh` or `--instance usgov-dod`"));
            return Vec::new();
        }
        // Microsoft 365 of Germany is no more.
        Cloud::Germany => return Vec::new(),
    };
    if file(&instance).exists() {
        if global.format == Format::Text && !global.quiet {
            say(&format!("`{}` was not written by an import: it is left alone", file(&instance).display()));
        }
        return Vec::new();
    }
    vec![instance]
}
