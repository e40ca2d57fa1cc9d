//! Service tags: which networks a name of Azure stands for, as the weekly file of a cloud said when it was imported.
//!
//! A file holds one cloud: `change N`, then each tag in a line of its own with its change number, and its networks in
//! indented lines below. It is read tag by tag, when one is asked for: a build needs a few of thousands.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ipnet::IpNet;

use super::Cloud;
use crate::dest::ip::parse_net;
use crate::diag::{Code, Sink};
use crate::source::{FileId, Span};

/// The tags of all clouds.
#[derive(Debug, Default)]
pub struct Tags {
    clouds: BTreeMap<Cloud, TagFile>,
}

/// The tags of a cloud.
#[derive(Debug, Clone)]
pub struct TagFile {
    text: Cow<'static, str>,
    /// The change number of the file.
    pub change: u64,
    /// By their names in lower case: tags compare without case.
    sections: BTreeMap<String, Section>,
}

/// A tag in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    name: String,
    change: u64,
    /// Where its networks stand in the text.
    start: usize,
    end: usize,
}

impl Tags {
    /// Adds the file of a cloud, which replaces an earlier one. Everything in a file of the user's is looked at, so that a
    /// mistake shows before somebody asks for the tag.
    pub fn add(&mut self, cloud: Cloud, id: FileId, text: Cow<'static, str>, is_foreign: bool, sink: &mut Sink) {
        match TagFile::parse(text) {
            Ok(file) => {
                if is_foreign {
                    file.check(id, sink);
                }
                self.clouds.insert(cloud, file);
            }
            Err((at, message)) => sink.push(Code::BadTags.at(Span::new(id, at, at), message).help(HELP)),
        }
    }

    /// The tags of a cloud.
    #[must_use]
    pub fn of(&self, cloud: Cloud) -> Option<&TagFile> {
        self.clouds.get(&cloud)
    }
}

/// What is said of a file that is none.
const HELP: &str = "`pacwright import service-tags` writes these files";

impl TagFile {
    /// Reads the heads of a file.
    ///
    /// # Errors
    /// The place and the reason why it is none.
    pub fn parse(text: Cow<'static, str>) -> Result<Self, (usize, String)> {
        let mut change = None;
        let mut sections: BTreeMap<String, Section> = BTreeMap::new();
        let mut open: Option<Section> = None;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let bare = line.trim_end();
            if bare.is_empty() || bare.starts_with('#') {
                continue;
            }
            if bare.starts_with(' ') {
                match &mut open {
                    Some(section) => section.end = at,
                    None => return Err((start, "networks before the name of a tag".to_owned())),
                }
                continue;
            }
            if let Some(section) = open.take() {
                sections.insert(section.name.to_ascii_lowercase(), section);
            }
            let number = |digits: &str| {
                digits.parse::<u64>().map_err(|_| (start, "a tag is its name and its change number".to_owned()))
            };
            match bare.split_once(' ') {
                Some(("change", digits)) if change.is_none() => change = Some(number(digits)?),
                Some((name, digits)) if is_tag(name) && change.is_some() => {
                    if sections.contains_key(&name.to_ascii_lowercase()) {
                        return Err((start, format!("the tag `{name}` stands twice")));
                    }
                    let change = number(digits)?;
                    open = Some(Section { name: name.to_owned(), change, start: at, end: at });
                }
                _ if change.is_none() => return Err((start, "the file does not begin with `change N`".to_owned())),
                _ => return Err((start, "a tag is its name and its change number".to_owned())),
            }
        }
        if let Some(section) = open.take() {
            sections.insert(section.name.to_ascii_lowercase(), section);
        }
        let change = change.ok_or_else(|| (0, "the file has no `change N`".to_owned()))?;
        Ok(Self { text, change, sections })
    }

    /// Reports what is no network.
    fn check(&self, id: FileId, sink: &mut Sink) {
        for section in self.sections.values() {
            let text = self.text.get(section.start..section.end).unwrap_or_default();
            for word in text.split_whitespace() {
                if let Err(bad) = parse_net(word) {
                    let at = section.start + (word.as_ptr() as usize - text.as_ptr() as usize);
                    let message = format!("in the tag `{}`: {}", section.name, bad.message);
                    sink.push(Code::BadTags.at(Span::new(id, at, at + word.len()), message).help(HELP));
                }
            }
        }
    }

    /// The networks of a tag; none when it is not in the file.
    #[must_use]
    pub fn networks(&self, tag: &str) -> Option<Vec<IpNet>> {
        let section = self.sections.get(&tag.to_ascii_lowercase())?;
        let text = self.text.get(section.start..section.end).unwrap_or_default();
        Some(text.split_whitespace().filter_map(|word| parse_net(word).ok()).collect())
    }

    /// The names of the tags and their change numbers, by name.
    pub fn names(&self) -> impl Iterator<Item = (&str, u64)> {
        self.sections.values().map(|section| (section.name.as_str(), section.change))
    }
}

/// Whether a text could be the name of a tag.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'_' || b == b'-')
}

/// How many addresses some networks hold, IPv4 and IPv6; networks that overlap count twice.
#[must_use]
pub fn addresses(networks: &[IpNet]) -> (u128, u128) {
    let size =
        |net: &IpNet| 1_u128.checked_shl(u32::from(net.max_prefix_len() - net.prefix_len())).unwrap_or(u128::MAX);
    networks.iter().fold((0, 0), |(v4, v6), net| match net {
        IpNet::V4(_) => (v4 + size(net), v6),
        IpNet::V6(_) => (v4, v6.saturating_add(size(net))),
    })
}
