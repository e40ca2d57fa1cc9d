//! Zscaler's lists read back.

use std::sync::Arc;

use super::By;
use crate::reader::zscaler::Zscaler as Lists;
use crate::reader::{Reader as _, Request};
use crate::target::read_back::{Back, Looks, Mark, Question, ReadBack, Reading, Verdict, What, paths};

struct Service {
    lists: Arc<Lists>,
    except: String,
    /// Whether what stands in no list is allowed: a rule behind the one that blocks the exceptions says so.
    others: bool,
}

/// A category for the rules about inspection and authentication.
struct List {
    lists: Arc<Lists>,
    mark: Mark,
    category: String,
    /// What is blocked first: it is of no interest whether it would be inspected.
    except: String,
}

/// The categories and groups of the routes or services, by what their names say.
struct Names {
    lists: Arc<Lists>,
    /// What they begin with.
    prefix: String,
    by_service: bool,
}

/// The paths of the lines of the routes, or of the category of a mark.
struct Paths {
    service: Service,
    of: Option<(Mark, String)>,
}

/// What the names of those categories end in.
const LISTS: [(Mark, &str); 2] = [(Mark::NoInspect, "NO-DECRYPT"), (Mark::NoAuth, "NO-AUTH")];

/// Reads the categories and groups.
pub fn read_back(reading: &Reading) -> ReadBack {
    let prefix = reading.options.get("prefix").map_or("", String::as_str);
    let lists = Arc::new(Lists::read(reading.files, prefix)?);
    let others = reading.options.contains_key("others");
    let except = format!("{prefix}-EXCEPT");
    let mut backs: Vec<Box<dyn Back>> =
        vec![Box::new(Service { lists: Arc::clone(&lists), except: except.clone(), others })];
    if reading.besides.rest {
        let marked = LISTS.into_iter().map(|(mark, name)| Some((mark, format!("{prefix}-{name}"))));
        for of in std::iter::once(None).chain(marked) {
            let service = Service { lists: Arc::clone(&lists), except: except.clone(), others };
            backs.push(Box::new(Paths { service, of }));
        }
    }
    // Manifests of older versions do not say what makes a category.
    if let Some(by) = reading.options.get("by").filter(|_| reading.besides.lists) {
        let (lists, prefix) = (Arc::clone(&lists), prefix.to_owned());
        backs.push(Box::new(Names { lists, prefix, by_service: by == By::Service.word() }));
    }
    for (mark, name) in LISTS.into_iter().filter(|_| reading.besides.marks) {
        let category = format!("{prefix}-{name}");
        backs.push(Box::new(List { lists: Arc::clone(&lists), mark, category, except: except.clone() }));
    }
    Ok(backs)
}

impl Back for Service {
    fn looks(&self) -> Looks {
        Looks::AtHosts
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let What::Host(host) = question.what else { return Ok(Verdict::Refused) };
        let request = Request { client: None, host, port: question.port };
        let is_other = || self.others && self.lists.in_category(&self.except, host) != Some(true);
        Ok(if self.lists.allows(&request) || is_other() { Verdict::Allowed } else { Verdict::Refused })
    }
}

impl Back for Names {
    fn looks(&self) -> Looks {
        Looks::AtLists { by_service: self.by_service }
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let What::Host(host) = question.what else { return Ok(Verdict::Rows(Vec::new())) };
        // A name that is not made as it should be is told in quotes: nobody expects that.
        let own = |name: &str, end: &str| {
            let own = name.strip_prefix(&self.prefix)?.strip_prefix('-')?.strip_suffix(end)?;
            Some(own.to_owned())
        };
        let told = |name: &str, end: &str| own(name, end).unwrap_or_else(|| format!("\"{name}\""));
        let categories = self.lists.categories_of(host).map(|name| told(name, ""));
        let groups = self.lists.groups_of(host).map(|name| told(name, "-IP"));
        let mut names: Vec<String> = categories.chain(groups).collect();
        names.sort_unstable();
        Ok(Verdict::Rows(names))
    }
}

impl Back for Paths {
    fn looks(&self) -> Looks {
        let of = self.of.as_ref().map(|(mark, _)| *mark);
        Looks::AtPaths { any: self.service.lists.has_paths(), ports: false, of }
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let Service { lists, except, others } = &self.service;
        let What::Host(host) = question.what else { return Ok(Verdict::Rows(Vec::new())) };
        let is_blocked = lists.in_category(except, host) == Some(true);
        let category = self.of.as_ref().map(|(_, category)| category.as_str());
        let everything = (*others && category.is_none()).then_some(None);
        let listed = lists.paths_of(category, host).into_iter().chain(everything).filter(|_| !is_blocked);
        Ok(Verdict::Rows(paths(listed, |wide, path| wide.ends_with('/') && path.starts_with(wide))))
    }
}

impl Back for List {
    fn looks(&self) -> Looks {
        Looks::AtMarks { mark: self.mark, ports: false }
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let What::Host(host) = question.what else { return Ok(Verdict::Marked(self.mark, false)) };
        let is_in = |category: &str| self.lists.in_category(category, host) == Some(true);
        Ok(Verdict::Marked(self.mark, is_in(&self.category) && !is_in(&self.except)))
    }
}
