//! What several services speak of: tags, names of regions, suffixes that anybody can register under.

use std::collections::BTreeMap;

use crate::dest::{Depth, NamePattern};
use crate::diag::Report;
use crate::read::record::{Context, Decode, OneOrMany, Table};
use crate::read::yaml;
use crate::record;
use crate::source::{Carried, Spanned};

record! {
    /// Names of regions in service tags.
    pub struct Regions {
        /// The citation.
        source: Spanned<String>,
        /// ARM region name -> suffix of AzureCloud, where the two differ.
        azure_cloud: Table<Spanned<String>>,
    }
}

record! {
    /// Suffixes below which anybody can register a name.
    pub struct Suffixes {
        /// Suffix -> what one registers.
        suffixes: Table<Spanned<String>>,
    }
}

record! {
    /// FQDN tags of Azure Firewall.
    pub struct Tags {
        /// Short name -> citation.
        sources: Table<Spanned<String>>,
        /// The tags.
        fqdn_tags: Table<FqdnTag>,
    }
}

record! {
    /// A tag of Azure Firewall that stands for names.
    pub struct FqdnTag {
        /// What it covers.
        about: Spanned<String>,
        /// Another spelling of its name.
        also: Option<Spanned<String>>,
        /// The services of the catalog it stands for.
        services: Vec<Spanned<String>>,
        /// Whether the article that started the catalog names it.
        seed: Option<Spanned<bool>>,
        /// Short names of the citations.
        source: OneOrMany<Spanned<String>>,
    }
}

/// The vocabulary of the catalog.
#[derive(Debug, Default)]
pub struct Vocabulary {
    /// ARM region name -> suffix of AzureCloud, where the two differ.
    pub regions: BTreeMap<String, String>,
    /// Suffix -> what one registers below it.
    pub suffixes: BTreeMap<String, String>,
    /// Domain -> the first suffix below it.
    above_suffixes: BTreeMap<String, String>,
    /// The FQDN tags, in the order of the file.
    pub fqdn_tags: Vec<(String, FqdnTag)>,
}

impl Vocabulary {
    /// Reads the embedded files.
    pub fn load(files: &[Carried], report: &mut Report) -> Self {
        let mut vocabulary = Self::default();
        let texts = |t: Table<Spanned<String>>| t.0.into_iter().map(|(k, v)| (k.value, v.value)).collect();
        for carried in files {
            let id = report.files.add_carried(carried);
            let node = match yaml::parse(&report.files, id) {
                Ok(node) => node,
                Err(error) => {
                    report.sink.push(*error);
                    continue;
                }
            };
            let mut cx = Context { files: &report.files, sink: &mut report.sink };
            if carried.name.ends_with("/regions.yaml") {
                vocabulary.regions =
                    Regions::decode(&node, &mut cx).map_or_else(BTreeMap::new, |r| texts(r.azure_cloud));
            } else if carried.name.ends_with("/suffixes.yaml") {
                vocabulary.suffixes =
                    Suffixes::decode(&node, &mut cx).map_or_else(BTreeMap::new, |s| texts(s.suffixes));
                vocabulary.above_suffixes = above(vocabulary.suffixes.keys());
            } else if let Some(tags) = Tags::decode(&node, &mut cx) {
                vocabulary.fqdn_tags = tags.fqdn_tags.0.into_iter().map(|(k, v)| (k.value, v)).collect();
            }
        }
        vocabulary
    }

    /// How a service tag spells a region.
    #[must_use]
    pub fn region_in_tag<'v>(&'v self, tag: &str, location: &'v str) -> &'v str {
        let azure_cloud = tag.to_ascii_lowercase().starts_with("azurecloud.");
        self.regions.get(location).filter(|_| azure_cloud).map_or(location, String::as_str)
    }

    /// The suffix below which anybody can register a name that a pattern would match; `None` when there is none.
    #[must_use]
    pub fn open_to_anybody(&self, name: &NamePattern) -> Option<&str> {
        let anchor = name.anchor();
        let reaches_down = name.depth() != Depth::Exact;
        // A star in the label that the customer chooses.
        let star_above = name.above_anchor().first().is_some_and(|label| label.contains('*'));
        let own = self.suffixes.get_key_value(anchor).filter(|_| reaches_down || star_above).map(|(suffix, _)| suffix);
        if let Some(suffix) = own.or_else(|| self.above_suffixes.get(anchor).filter(|_| reaches_down)) {
            return Some(suffix);
        }
        // The Public Suffix List: registries (`com`, `co.jp`), and what companies let others register under. A suffix it
        // does not know is a domain of one's own (`corp`).
        let known = psl::suffix(anchor.as_bytes())?;
        let listed = known.typ().is_some() && known.as_bytes() == anchor.as_bytes();
        (listed && (reaches_down || star_above)).then_some("a suffix of the Public Suffix List")
    }
}

/// Every domain that suffixes lie below, with the first of them.
fn above<'s>(suffixes: impl Iterator<Item = &'s String>) -> BTreeMap<String, String> {
    let mut above: BTreeMap<String, String> = BTreeMap::new();
    for suffix in suffixes {
        for (dot, _) in suffix.match_indices('.') {
            let domain = suffix.get(dot + 1..).unwrap_or_default();
            above.entry(domain.to_owned()).or_insert_with(|| suffix.clone());
        }
    }
    above
}
