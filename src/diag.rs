//! What is wrong, where, and what to do: every message of every stage.
//!
//! In: spans and words. Out: [`Diagnostic`]s, sorted by place, for the renderers below `diag/`. Never: printing.

pub mod json;
pub mod sarif;
pub mod text;

use crate::source::{Files, Span};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Worth a look; nothing is stopped unless `--deny` asks.
    Warning,
    /// Nothing is written.
    Error,
}

impl Severity {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! codes {
    ($($variant:ident $id:literal $severity:ident $meaning:literal)*) => {
        /// The kind of a finding: a stable id that filters and documents refer to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The stable id.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }
            /// How bad it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }
            /// What it means, for the documentation.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    CannotRead "cannot-read" Error "A file could not be read."
    CannotFetch "cannot-fetch" Error "An address could not be asked, or does not answer with a list."
    CannotCompare "cannot-compare" Error "Two sides cannot be compared."
    YamlSyntax "yaml-syntax" Error "The file is not YAML, or holds what no configuration needs (alias bombs, deep nesting)."
    ListSyntax "list-syntax" Error "A list to import is neither JSON nor CSV, or ends in the middle."
    WrongType "wrong-type" Error "A value of another type was expected."
    UnknownKey "unknown-key" Error "A key that has no meaning here."
    MissingKey "missing-key" Error "A mandatory key is missing."
    UnknownWord "unknown-word" Error "A word that is none of the few allowed here."
    BadText "bad-text" Error "A text holds a character that no output could carry."
    BadName "bad-name" Error "A name (of a route, zone, group, parameter, file) is not one."
    BadHost "bad-host" Error "Not a host name."
    BadPattern "bad-pattern" Error "Not a destination pattern."
    BadAddress "bad-address" Error "Not an IP address or network."
    BadPort "bad-port" Error "Not a port."
    BadProxy "bad-proxy" Error "Not the address of a proxy."
    BadDate "bad-date" Error "Not a day (YYYY-MM-DD)."
    Duplicate "duplicate" Error "Something that must be unique stands twice."
    UnknownService "unknown-service" Error "No service of this name is in the catalog."
    UnknownReference "unknown-reference" Error "A name that is declared nowhere (group, variant, category, source, route, zone, parameter)."
    MissingParameter "missing-parameter" Error "A required endpoint needs a parameter that the site does not set."
    UnsetParameter "unset-parameter" Warning "An optional endpoint is left out because the site does not set its parameter."
    UnusedParameter "unused-parameter" Warning "The site sets a parameter that no selected endpoint uses."
    MatchesNothing "matches-nothing" Warning "A selector or filter matches nothing."
    RetiredService "retired-service" Warning "The site names a service that is retired."
    Retiring "retiring" Warning "Selected endpoints are in the published list no more, and are kept for some days only."
    NotYetLive "not-yet-live" Note "Selected endpoints are opened already, and live from a later day on."
    EqualRules "equal-rules" Warning "Two rules give different routes to equally specific destinations; the earlier one wins."
    BelowFinal "below-final" Warning "A final rule takes endpoints of the catalog."
    FirewallCaught "firewall-caught" Warning "A selected wildcard sends the name of an endpoint to a proxy that cannot carry it."
    WrongVantage "wrong-vantage" Warning "An endpoint must be reached from elsewhere than this zone."
    BadTags "bad-tags" Error "A file of service tags is not one."
    TagOpens "tag-opens" Note "How many addresses a selected service tag opens."
    TagNotImported "tag-not-imported" Warning "A selected service tag has no addresses in the catalog."
    NeedsMissing "needs-missing" Warning "A selected service needs another one that no rule selects."
    OpenWildcard "open-wildcard" Warning "A selected wildcard lets in names that anybody can register."
    OpenNoDecrypt "open-no-decrypt" Error "A do-not-decrypt list would hold a wildcard under which anybody can register a name."
    LeansOnOptional "leans-on-optional" Note "Required names that no rule selects are let in by an optional wildcard alone."
    OpensMore "opens-more" Note "The wildcards of a route let in names of the catalog that no rule asks for."
    NarrowerVariant "narrower-variant" Note "Another variant of a selected service does with fewer wildcards."
    AllGroups "all-groups" Note "`groups: all` brings wildcards of groups that nobody named."
    NoAddresses "no-addresses" Warning "Names go direct for which no addresses are published: a packet filter cannot open them."
    TargetWidens "target-widens" Warning "An output allows more than is selected, because its format cannot say it."
    UntilPast "until-past" Warning "The last day of a rule or waiver is past."
    WaiverUnused "waiver-unused" Warning "A waiver waives nothing."
    PacIgnored "pac-ignored" Warning "The clients of a service ignore PAC files, and no proxy output serves it."
    DefaultNotProxy "default-not-proxy" Warning "A PAC whose default is block or direct."
    RoutesDifferByPort "routes-differ-by-port" Warning "A host's route depends on the port; WinINet caches the answer per host."
    ProxyTypeLimited "proxy-type-limited" Warning "Windows and macOS resolvers do not know this kind of proxy."
    LargePac "large-pac" Warning "A PAC larger than some clients take."
    TooLarge "too-large" Error "An artifact is larger than every client takes."
    OutputEmpty "output-empty" Error "An output is left with nothing to say."
    OutputClash "output-clash" Error "Two outputs write the same file."
    CannotSay "cannot-say" Error "A target cannot say what this option asks."
    BadTemplate "bad-template" Error "A template does not render."
    NotExact "not-exact" Error "With --strict: an output does not say an endpoint exactly."
    Unproved "unproved" Error "A file, read back by its format's meaning, says something else than the policy; or its stars leave too much to ask."
    BadManifest "bad-manifest" Error "The manifest of a folder is missing, unreadable, or not as it was written."
    FileChanged "file-changed" Error "A file that a manifest lists is missing, or not as it was written."
    Stale "stale" Error "Files were built from another site, catalog or version than those at hand."
    BadImport "bad-import" Error "A list to import is not what it should be."
    DatesMissing "dates-missing" Warning "A list was imported without its changes: from when on what is new is live is not known."
    BadState "bad-state" Error "The file in which `update` remembers what it asked is not as it was written."
    OtherInstance "other-instance" Error "A list to import looks like that of another instance or cloud than was named."
    Shrunk "shrunk" Error "An import would take away much of what the catalog has."
    CannotWrite "cannot-write" Error "A file could not be written."
    Internal "internal" Error "A fault of pacwright itself."
}

impl Code {
    /// What the `for` of a waiver names for findings of this kind; `None` where they cannot be waived.
    #[must_use]
    pub const fn waived_for(self) -> Option<&'static str> {
        match self {
            Self::OpenWildcard | Self::OpenNoDecrypt => Some("the wildcard"),
            Self::LeansOnOptional => Some("the optional destination"),
            Self::NeedsMissing => Some("the service that no rule selects"),
            Self::NoAddresses => Some("the service whose names have no addresses"),
            Self::TargetWidens => Some("the output, by its file or folder"),
            Self::OpensMore => Some("the route"),
            Self::NarrowerVariant | Self::Retiring | Self::NotYetLive => Some("the service"),
            Self::AllGroups => Some("the services of the selector, as written"),
            _ => None,
        }
    }
    /// A finding at a place.
    pub fn at(self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code: self,
            at: Some(span),
            message: message.into(),
            also: Vec::new(),
            help: Vec::new(),
            about: None,
        }
    }
    /// A finding without a place in any file.
    pub fn nowhere(self, message: impl Into<String>) -> Diagnostic {
        Diagnostic { code: self, at: None, message: message.into(), also: Vec::new(), help: Vec::new(), about: None }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its kind.
    pub code: Code,
    /// Its place; `None` for what no file holds (a command-line option, the output folder).
    pub at: Option<Span>,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// Other places that matter, each with its words.
    pub also: Vec<(Span, String)>,
    /// What to do.
    pub help: Vec<String>,
    /// What it is about, for waivers: a pattern, a service.
    pub about: Option<String>,
}

impl Diagnostic {
    /// Says what it is about, so that a waiver can name it.
    #[must_use]
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = Some(about.into());
        self
    }
    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
    /// Adds another place.
    #[must_use]
    pub fn also(mut self, span: Span, words: impl Into<String>) -> Self {
        self.also.push((span, words.into()));
        self
    }
    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// What is wrong in a scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// The kind of error.
    pub code: Code,
    /// The bytes of the text it is about; the whole text when empty.
    pub at: std::ops::Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Bad {
    /// An error about the whole scalar.
    pub fn whole(code: Code, message: impl Into<String>) -> Self {
        Self { code, at: 0..0, message: message.into(), help: None }
    }
    /// Adds what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    /// Narrows the error to a part of the text.
    #[must_use]
    pub const fn at(mut self, at: std::ops::Range<usize>) -> Self {
        self.at = at;
        self
    }
}

/// The first characters of a foreign text, safe to print on one line.
#[must_use]
pub fn clip(text: &str) -> String {
    let mut out: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(60).is_some() {
        out.push('…');
    }
    out
}

/// Most findings of one code that are kept: a list of a million bad lines must not fill the memory or the screen.
pub const KEPT_PER_CODE: usize = 200;

/// Where findings go.
#[derive(Debug, Default)]
pub struct Sink {
    found: Vec<Diagnostic>,
    counts: std::collections::BTreeMap<Code, usize>,
}

impl Sink {
    /// Adds a finding; the same one twice counts once.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let count = self.counts.entry(diagnostic.code).or_default();
        *count += 1;
        if *count <= KEPT_PER_CODE && !self.found.contains(&diagnostic) {
            self.found.push(diagnostic);
        }
    }
    /// Adds what was found elsewhere, at the same time.
    pub fn append(&mut self, other: Self) {
        let mut left_off = other.counts;
        for finding in other.found {
            if let Some(count) = left_off.get_mut(&finding.code) {
                *count = count.saturating_sub(1);
            }
            self.push(finding);
        }
        // Afterwards, so that what is kept there is kept here.
        for (code, count) in left_off.into_iter().filter(|(_, count)| *count > 0) {
            *self.counts.entry(code).or_default() += count;
        }
    }
    /// Whether one more finding of a code would be kept: what is not kept needs no place.
    #[must_use]
    pub fn keeps(&self, code: Code) -> bool {
        self.counts.get(&code).is_none_or(|count| *count < KEPT_PER_CODE)
    }
    /// How many errors were reported.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.counts.iter().filter(|(code, _)| code.severity() == Severity::Error).map(|(_, n)| n).sum()
    }
    /// Whether something was reported at exactly this place.
    #[must_use]
    pub fn has_at(&self, span: Span) -> bool {
        self.found.iter().any(|d| d.at == Some(span))
    }
    /// Whether anything in here stops a build.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.counts.keys().any(|code| code.severity() == Severity::Error)
    }
    /// The findings by place (those without one first), each once.
    #[must_use]
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort_by(|a, b| (a.at, a.code, &a.message).cmp(&(b.at, b.code, &b.message)));
        self.found.dedup();
        self.found
    }
    /// How many findings of each code were not kept.
    #[must_use]
    pub fn left_off(&self) -> Vec<(Code, usize)> {
        let over = self.counts.iter().filter(|(_, n)| **n > KEPT_PER_CODE);
        over.map(|(code, n)| (*code, n - KEPT_PER_CODE)).collect()
    }
    /// The counts of what was found, kept or not, in words: `2 errors, 1 warning`; nothing less serious than `least`.
    #[must_use]
    pub fn summary(&self, least: Severity) -> String {
        let left_off = self.left_off();
        let count = |severity| {
            let kept = self.found.iter().filter(|finding| finding.severity() == severity).count();
            let more = left_off.iter().filter(|(code, _)| code.severity() == severity);
            kept + more.map(|(_, n)| n).sum::<usize>()
        };
        let word = |n: usize, name: &str| (n > 0).then(|| format!("{n} {name}{}", if n == 1 { "" } else { "s" }));
        let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
            .into_iter()
            .filter(|severity| *severity >= least)
            .filter_map(|severity| word(count(severity), severity.word()))
            .collect();
        if parts.is_empty() { "nothing found".to_owned() } else { parts.join(", ") }
    }
    /// Takes out the findings that `is_waived` says are.
    pub fn waive(&mut self, mut is_waived: impl FnMut(&Diagnostic) -> bool) {
        let counts = &mut self.counts;
        self.found.retain(|finding| {
            let waived = is_waived(finding);
            if let (true, Some(count)) = (waived, counts.get_mut(&finding.code)) {
                *count -= 1;
            }
            !waived
        });
        self.counts.retain(|_, count| *count > 0);
    }
    /// Says the findings from the `from`th on in other words.
    pub fn reword(&mut self, from: usize, words: impl Fn(&str) -> String) {
        for finding in self.found.iter_mut().skip(from) {
            let also = finding.also.iter_mut().map(|(_, words)| words);
            for text in finding.help.iter_mut().chain(also).chain([&mut finding.message]) {
                *text = words(text);
            }
        }
    }
    /// The findings so far, unsorted.
    #[must_use]
    pub fn found(&self) -> &[Diagnostic] {
        &self.found
    }
}

/// Adds "did you mean" to a finding about an unknown name, or the list of the known ones when none is near.
#[must_use]
pub fn did_you_mean<'a>(
    diagnostic: Diagnostic,
    given: &str,
    known: impl Iterator<Item = &'a str>,
    title: &str,
) -> Diagnostic {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    known.dedup();
    match nearest(given, &known) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => diagnostic.help(format!("{title}: none")),
        None => {
            let shown: Vec<String> = known.iter().take(24).map(|name| format!("`{name}`")).collect();
            let more = if known.len() > 24 { ", …" } else { "" };
            diagnostic.help(format!("{title}: {}{more}", shown.join(", ")))
        }
    }
}

/// The known name most like the given one, when it is like enough.
#[must_use]
pub fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let given = given.to_lowercase();
    let score = |name: &str| {
        let name = name.to_lowercase();
        if name == given { 0.0 } else { strsim::damerau_levenshtein(&name, &given) as f64 }
    };
    // Quadratic in the length: a hostile name of a megabyte is like nothing.
    if given.len() > 100 {
        return None;
    }
    let limit = (given.chars().count() as f64 / 3.0).max(1.0);
    known
        .iter()
        .map(|name| (score(name), *name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// The error for a word that is none of a few.
#[must_use]
pub fn unknown_word(code: Code, given: &str, known: &[&str]) -> Bad {
    let words: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
    let bad = Bad::whole(code, format!("`{}` is none of {}", clip(given), words.join(", ")));
    match nearest(given, known) {
        Some(near) => bad.help(format!("did you mean `{near}`?")),
        None => bad,
    }
}

/// Everything a run has read and found: what commands hand to the renderers.
#[derive(Debug, Default)]
pub struct Report {
    /// The texts.
    pub files: Files,
    /// The findings.
    pub sink: Sink,
}
