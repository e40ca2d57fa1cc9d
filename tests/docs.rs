//! What the documents show is what the program does. A fenced block says in a comment above it what it is:
//!
//! | comment | the block is |
//! |---|---|
//! | `run: COMMAND` | what the command prints when it is run in the root of the repository; with `2>&1` its words too |
//! | `run here: COMMAND` | the same in the folder of the site above it |
//! | `excerpt: FILE`, `excerpt here: FILE` | lines of a file of the repository, or of the site above it, which is built |
//! | `case: NAME CODE` | the first finding with this code of a case below `tests/cases` |
//! | `site`, `part`, `rules` | a whole `site.yaml`, or some of its keys; it builds and `check` finds no error |
//! | `file: NAME`, `catalog: NAME` | a file beside the sites that say `files`; a catalog file, which loads |
//! | `commands: new`, `commands` | commands that work, in a new folder or in the one of the site above |
//! | `none: WHY` | the configuration of another product |
//!
//! `site: files` puts the files of the document beside the site, `wrong` says that it does not build. A line `…` stands
//! for any lines, ` …` at the end of a line for the rest of it. `SNAPSHOTS=overwrite` writes what commands print now.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};
use pacwright::cli::Cli;
use pacwright::diag::Code;
use pacwright::target::TARGETS;
use pacwright::target::fidelity::{Kind, Reason};
use tempfile::TempDir;

const CUT: &str = "…";
/// Languages of other products, whose blocks nothing here can run.
const FOREIGN: [&str; 5] = ["conf", "ini", "nft", "sh", "yml"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn overwrite() -> bool {
    std::env::var_os("SNAPSHOTS").is_some_and(|v| v == "overwrite")
}

/// The documents for users, by their path.
fn documents() -> BTreeMap<String, String> {
    let mut names = vec!["README.md".to_owned(), "README.ja.md".to_owned()];
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            names.push(format!("docs/{name}"));
        }
    }
    let read = |name: String| {
        let text = std::fs::read_to_string(root().join(&name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        (name, text)
    };
    names.into_iter().map(read).collect()
}

/// A fenced block.
#[derive(Debug)]
struct Block {
    /// What the comment above it says; empty without one.
    marker: String,
    lang: String,
    body: Vec<String>,
    /// The lines of its body.
    at: Range<usize>,
    indent: usize,
}

impl Block {
    fn text(&self) -> String {
        self.body.iter().map(|line| format!("{line}\n")).collect()
    }
}

fn blocks(text: &str) -> Vec<Block> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let fence = line.trim_start();
        if let Some(lang) = fence.strip_prefix("```") {
            let indent = line.len() - fence.len();
            let above = at.checked_sub(1).map_or("", |i| lines[i].trim());
            let marker = above.strip_prefix("<!-- ").and_then(|m| m.strip_suffix(" -->")).unwrap_or_default();
            let end = (at + 1..lines.len()).find(|i| lines[*i].trim() == "```").expect("a fence that ends");
            let body = lines[at + 1..end].iter().map(|l| l.get(indent..).unwrap_or_default().to_owned()).collect();
            found.push(Block { marker: marker.to_owned(), lang: lang.to_owned(), body, at: at + 1..end, indent });
            at = end;
        }
        at += 1;
    }
    found
}

/// Blanks separate words, quotes hold them together.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in command.chars() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Runs `pacwright …` in a folder.
fn pacwright(command: &str, folder: &Path, more: &[&str]) -> Output {
    let words = words(command);
    assert_eq!(words.first().map(String::as_str), Some("pacwright"), "`{command}` is none of ours");
    let mut process = Command::new(env!("CARGO_BIN_EXE_pacwright"));
    process.current_dir(folder).args(&words[1..]).args(more).env("NO_COLOR", "1").output().unwrap()
}

/// The same line, or one that is cut where the document says.
fn is_line(shown: &str, line: &str) -> bool {
    let (shown, line) = (shown.trim_end(), line.trim_end());
    shown == line || shown.strip_suffix(CUT).and_then(|s| s.strip_suffix(' ')).is_some_and(|s| line.starts_with(s))
}

/// Where the shown lines stand among all lines; between two parts, and with `open` around them, there may be others.
fn places(shown: &[String], all: &[&str], open: bool) -> Option<Vec<usize>> {
    let parts: Vec<&[String]> = shown.split(|line| line == CUT).collect();
    let mut from = 0;
    let mut places = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        let last = all.len().checked_sub(part.len())?;
        let (first, end) = (i == 0 && !open, i + 1 == parts.len() && !open);
        let candidates = match (first, end) {
            (true, true) if last != 0 => return None,
            (true, _) => 0..=0,
            (false, true) => last.max(from)..=last,
            (false, false) => from..=last,
        };
        let fits = |at: &usize| part.iter().zip(&all[*at..]).all(|(shown, line)| is_line(shown, line));
        let place = candidates.into_iter().find(fits)?;
        places.push(place);
        from = place + part.len();
    }
    Some(places)
}

/// The lines to show instead of those that no longer fit: each part where it is most like what stands there.
fn renewed(shown: &[String], all: &[&str], open: bool) -> Vec<String> {
    if !open && !shown.iter().any(|line| line == CUT) {
        return all.iter().map(|line| line.trim_end().to_owned()).collect();
    }
    let alike = |shown: &str, line: &str| {
        let same = shown.chars().zip(line.chars()).take_while(|(a, b)| a == b).count();
        if is_line(shown, line) { 1000 } else { 500 * same / shown.chars().count().max(1) }
    };
    let parts: Vec<&[String]> = shown.split(|line| line == CUT).collect();
    let mut from = 0;
    let mut out: Vec<String> = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            out.push(CUT.to_owned());
        }
        let last = all.len().saturating_sub(part.len()).max(from);
        let place = match i {
            0 if !open => 0,
            _ if !open && i + 1 == parts.len() => last,
            _ => {
                let score = |at: usize| -> usize { part.iter().zip(&all[at..]).map(|(s, l)| alike(s, l)).sum() };
                (from..=last).rev().max_by_key(|at| score(*at)).unwrap_or(from)
            }
        };
        for (shown, line) in part.iter().zip(&all[place..]) {
            let width = shown.chars().count().saturating_sub(2);
            let cut = shown.ends_with(" …") && line.chars().count() > width;
            out.push(if cut {
                format!("{} {CUT}", line.chars().take(width).collect::<String>().trim_end())
            } else {
                line.trim_end().to_owned()
            });
        }
        from = place + part.len();
    }
    out
}

/// A minimal site around some of its keys. Its rules begin on line 5, as in the documents.
fn around(part: &str) -> String {
    let has = |key: &str| part.lines().any(|line| line.starts_with(&format!("{key}:")));
    let own_route =
        part.lines().skip_while(|line| *line != "routes:").nth(1).and_then(|line| line.trim().split_once(':'));
    let route = own_route.map_or("cloud", |(name, _)| name);
    let mut site = String::from("site: example\n");
    let mut add = |key: &str, text: &str| {
        if !has(key) {
            site.push_str(&format!("{key}: {text}\n"));
        }
    };
    add("default", route);
    let proxy = |name: &str| format!("{name}: {{proxies: [\"http://{name}.contoso.example:8080\"]}}");
    add("routes", &format!("{{{}, {}}}", proxy("cloud"), proxy("web")));
    site.push_str(part);
    let mut add = |key: &str, text: &str| {
        if !has(key) {
            site.push_str(&format!("{key}:{text}\n"));
        }
    };
    add("rules", &format!("\n  - {{route: {route}, services: [ubuntu-on-azure, certificate-validation]}}"));
    add("outputs", "\n  - {target: pac}");
    if part.contains("azure-monitor-agent") {
        add("params", " {location: japaneast, workspace: contoso, workspace_id: 0a1b2c3d-0000-0000-0000-000000000000}");
    }
    site
}

/// A document and what goes wrong in it.
struct Reader<'a> {
    name: &'a str,
    blocks: Vec<Block>,
    /// The folder of the last site or of the last `commands: new`.
    here: Option<TempDir>,
    counts: BTreeMap<String, usize>,
    new: Vec<(Range<usize>, Vec<String>)>,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn problem(&mut self, block: usize, text: &str) {
        let line = self.blocks[block].at.start;
        self.problems.push(format!("{}:{line}: {text}", self.name));
    }

    /// The files of the document, below a folder.
    fn lay_files(&self, folder: &Path) {
        for block in &self.blocks {
            let path = match block.marker.split_once(": ") {
                Some(("file", name)) => folder.join(name),
                Some(("catalog", name)) => folder.join("my-catalog").join(name),
                _ => continue,
            };
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, block.text()).unwrap();
        }
    }

    fn site(&mut self, at: usize, text: &str, options: &str) {
        let folder = TempDir::new().unwrap();
        if options.contains("files") {
            self.lay_files(folder.path());
        }
        std::fs::write(folder.path().join("site.yaml"), text).unwrap();
        let catalog: &[&str] =
            if folder.path().join("my-catalog").is_dir() { &["--catalog", "my-catalog"] } else { &[] };
        let check = pacwright("pacwright check --as-of 2026-11-24", folder.path(), catalog);
        let said = String::from_utf8_lossy(&check.stderr).into_owned();
        let is_wrong = check.status.code() == Some(2) || said.contains("error[");
        if is_wrong != options.contains("wrong") {
            self.problem(at, &format!("`check` ends with {:?} and says\n{said}", check.status.code()));
        }
        if !is_wrong {
            let build = pacwright("pacwright build", folder.path(), catalog);
            if !build.status.success() {
                let said = String::from_utf8_lossy(&build.stderr).into_owned();
                self.problem(at, &format!("`build` fails\n{said}"));
            }
        }
        self.here = Some(folder);
    }

    /// Compares a block with what it is made from.
    fn compare(&mut self, at: usize, all: &str, open: bool) {
        let lines: Vec<&str> = all.lines().collect();
        let block = &self.blocks[at];
        if places(&block.body, &lines, open).is_some() {
            return;
        }
        if overwrite() && !open {
            let new = renewed(&block.body, &lines, open);
            let indent = " ".repeat(block.indent);
            let new = new.into_iter().map(|l| if l.is_empty() { l } else { format!("{indent}{l}") }).collect();
            self.new.push((block.at.clone(), new));
            return;
        }
        let shown = block.text();
        let head = |text: &str| text.lines().take(40).map(|l| format!("    {l}\n")).collect::<String>();
        let now = if open { head(&renewed(&block.body, &lines, true).join("\n")) } else { head(all) };
        self.problem(at, &format!("`{}` shows\n{}and it is now\n{now}", block.marker.clone(), head(&shown)));
    }

    fn run(&mut self, at: usize, command: &str, folder: &Path, is_root: bool) {
        let (command, with_words) = command.strip_suffix(" 2>&1").map_or((command, false), |c| (c, true));
        let (command, into) = command.split_once(" > ").map_or((command, None), |(c, f)| (c, Some(f)));
        // The files of the repository stay as they are.
        let out = TempDir::new().unwrap();
        let out_path = out.path().to_string_lossy().into_owned();
        let more = if is_root && command.contains(" build") { vec!["-o", &out_path] } else { Vec::new() };
        let output = pacwright(command, folder, &more);
        let said = String::from_utf8_lossy(&output.stderr).replace(&out_path, "out");
        let mut printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if let Some(file) = into {
            assert!(!is_root, "`{command}` writes into the repository");
            std::fs::write(folder.join(file), &printed).unwrap();
        }
        if self.blocks[at].marker.starts_with("commands") {
            if !matches!(output.status.code(), Some(0 | 1)) {
                self.problem(at, &format!("`{command}` ends with {:?} and says\n{said}", output.status.code()));
            }
            return;
        }
        if with_words {
            printed.push_str(&said);
        }
        self.compare(at, &printed, false);
    }

    fn block(&mut self, at: usize) {
        let block = &self.blocks[at];
        let (text, lang) = (block.text(), block.lang.clone());
        let marker = block.marker.clone();
        let (kind, rest) = marker.split_once(':').map_or((marker.as_str(), ""), |(kind, rest)| (kind, rest.trim()));
        *self.counts.entry(kind.to_owned()).or_default() += 1;
        if kind == "commands" && rest == "new" {
            self.here = Some(TempDir::new().unwrap());
        }
        let here = self.here.as_ref().map(|folder| folder.path().to_path_buf());
        let Some(folder) = here.or((!kind.ends_with("here") && kind != "commands").then(root)) else {
            return self.problem(at, "no site stands above this block");
        };
        match kind {
            "run" => self.run(at, rest, &root(), true),
            "run here" => self.run(at, rest, &folder, false),
            "excerpt" | "excerpt here" => {
                let file = if kind == "excerpt" { root() } else { folder }.join(rest);
                match std::fs::read_to_string(file) {
                    Ok(all) => self.compare(at, &all, true),
                    Err(error) => self.problem(at, &format!("`{rest}`: {error}")),
                }
            }
            "case" => {
                let (case, code) = rest.split_once(' ').unwrap_or((rest, ""));
                let path = root().join("tests/cases").join(case).join("expected.txt");
                let said = std::fs::read_to_string(path).unwrap_or_default();
                let of_code =
                    |finding: &&str| finding.lines().next().is_some_and(|l| l.contains(&format!("[{code}]: ")));
                // The first line is the command.
                let said = said.split_once('\n').map_or("", |(_, rest)| rest);
                match said.split("\n\n").find(of_code) {
                    Some(finding) => self.compare(at, finding, false),
                    None => self.problem(at, &format!("the case `{case}` shows no `{code}`")),
                }
            }
            "site" => self.site(at, &text, rest),
            "part" | "rules" => self.site(at, &around(&text), rest),
            "file" => {}
            "catalog" => {
                let folder = TempDir::new().unwrap();
                std::fs::write(folder.path().join(rest), &text).unwrap();
                let list = pacwright("pacwright list services --catalog .", folder.path(), &[]);
                if !list.status.success() {
                    let said = String::from_utf8_lossy(&list.stderr).into_owned();
                    self.problem(at, &format!("does not load\n{said}"));
                }
            }
            "commands" => {
                for command in text.replace("\\\n", " ").lines() {
                    self.run(at, command, &folder, false);
                }
            }
            "none" if rest.is_empty() => self.problem(at, "nothing says why this block is not run"),
            "none" if !FOREIGN.contains(&lang.as_str()) => {
                self.problem(at, &format!("a block that is not run is one of {FOREIGN:?}, not `{lang}`"));
            }
            "none" => {}
            "" => self.problem(at, "no comment above this block says what it is"),
            _ => self.problem(at, &format!("no kind of block is called `{kind}`")),
        }
    }
}

/// Reads a document; gives back how many blocks of each kind it has and what is wrong with them.
fn read(name: &str, text: &str) -> (BTreeMap<String, usize>, Vec<String>) {
    let mut reader = Reader {
        name,
        blocks: blocks(text),
        here: None,
        counts: BTreeMap::new(),
        new: Vec::new(),
        problems: Vec::new(),
    };
    (0..reader.blocks.len()).for_each(|at| reader.block(at));
    if !reader.new.is_empty() {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (at, body) in reader.new.into_iter().rev() {
            lines.splice(at, body);
        }
        std::fs::write(root().join(name), lines.join("\n") + "\n").unwrap();
    }
    (reader.counts, reader.problems)
}

#[test]
fn blocks_show_what_the_program_does() {
    let documents: Vec<(String, String)> = documents().into_iter().collect();
    let half = documents.len().div_ceil(2);
    let results: Vec<_> = std::thread::scope(|scope| {
        let read_all = |part: &[(String, String)]| part.iter().map(|(name, text)| read(name, text)).collect::<Vec<_>>();
        let workers: Vec<_> = documents.chunks(half).map(|part| scope.spawn(move || read_all(part))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker that ends")).collect()
    });
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (kind, n) in results.iter().flat_map(|(counts, _)| counts) {
        *counts.entry(kind.clone()).or_default() += n;
    }
    println!("blocks: {counts:?}");
    let problems: Vec<String> = results.into_iter().flat_map(|(_, problems)| problems).collect();
    assert!(problems.is_empty(), "SNAPSHOTS=overwrite renews what is printed\n\n{}", problems.join("\n"));
}

/// The code spans of a text, outside of fences, with the line each stands on.
fn code_spans(text: &str) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut spans = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced && line.starts_with("    ") {
            spans.push((at + 1, line.trim().to_owned()));
        } else if !fenced {
            spans.extend(line.split('`').skip(1).step_by(2).map(|span| (at + 1, span.replace("\\|", "|"))));
        }
    }
    spans
}

/// The command lines that a usage stands for: each alternative, with what is optional.
fn usages(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let word = word.trim_matches(['[', ']', '…']).replace("[:PORT]", "").replace(['[', ']'], "");
        let options: Vec<String> = word
            .split('|')
            .map(|w| match w {
                "SHELL" => "bash".to_owned(),
                "DAY" | "YYYY-MM-DD" => "2026-11-24".to_owned(),
                "DAYS" => "30d".to_owned(),
                _ => w.to_owned(),
            })
            .collect();
        lines = lines.iter().flat_map(|l| options.iter().map(move |o| format!("{l} {o}"))).collect();
    }
    lines
}

#[test]
fn commands_and_flags_that_are_named_exist() {
    let cli = Cli::command();
    let commands: BTreeSet<&str> = cli.get_subcommands().map(|c| c.get_name()).collect();
    let flags: BTreeSet<String> = cli
        .get_subcommands()
        .flat_map(|c| c.get_subcommands().chain([c]))
        .chain([&cli])
        .flat_map(|c| c.get_arguments())
        .filter_map(|a| a.get_long().map(|l| format!("--{l}")))
        .chain(["--help".to_owned(), "--version".to_owned()])
        .collect();
    let mut problems = Vec::new();
    let mut seen = 0;
    for (name, text) in documents() {
        for (line, span) in code_spans(&text) {
            let span = span.replace("cargo run --release -- ", "pacwright ");
            let (first, rest) = span.split_once(' ').unwrap_or((&span, ""));
            let is_ours = first == "pacwright" || (commands.contains(first) && rest.contains('-'));
            if first.starts_with("--") && !flags.contains(first) {
                problems.push(format!("{name}:{line}: there is no flag `{first}`"));
            }
            if !is_ours || rest.is_empty() {
                continue;
            }
            let command = if first == "pacwright" { span } else { format!("pacwright {span}") };
            for usage in usages(&command) {
                seen += 1;
                let incomplete = [
                    ErrorKind::MissingRequiredArgument,
                    ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
                    ErrorKind::DisplayHelp,
                    ErrorKind::DisplayVersion,
                ];
                if let Err(error) = Cli::try_parse_from(words(&usage))
                    && !incomplete.contains(&error.kind())
                {
                    problems.push(format!("{name}:{line}: `{}`: {error}", usage.trim()));
                }
            }
        }
    }
    assert!(seen > 30, "only {seen} commands found");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The anchors of the headings of a document, as web pages make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if let (false, Some(heading)) = (fenced, line.strip_prefix('#')) {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            found.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
        }
    }
    found
}

#[test]
fn links_lead_somewhere() {
    let documents = documents();
    let mut problems = Vec::new();
    let mut linked: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, text) in &documents {
        let folder = Path::new(name).parent().unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let path = if file.is_empty() { PathBuf::from(name) } else { folder.join(file) };
            let parts = path.components().fold(PathBuf::new(), |mut at, part| {
                if part.as_os_str() == ".." {
                    at.pop();
                } else {
                    at.push(part);
                }
                at
            });
            let target = parts.to_string_lossy().into_owned();
            if !root().join(&target).exists() {
                problems.push(format!("{name}: the link `{link}` leads to no file"));
            }
            if !anchor.is_empty() && !documents.get(&target).is_some_and(|text| anchors(text).contains(anchor)) {
                problems.push(format!("{name}: the link `{link}` leads to no heading"));
            }
            linked.entry(name).or_default().insert(target);
        }
    }
    for front in ["README.md", "README.ja.md"] {
        for name in documents.keys().filter(|name| *name != front && !linked[front].contains(*name)) {
            problems.push(format!("{front} has no link to {name}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

const CODES: &str = "# Codes

## Findings

Every finding has a stable code, in brackets behind its level: `error[bad-host]: …`. With `--format json` it is the field `code`.
With an *error* nothing is written, and `build` exits with 2; `check` exits with 2 for wrong input and with 1 for what it finds by itself.
A *warning* or *note* stops nothing; `check --deny warning` and `check --deny note` exit with 1. `build` shows them with `-v`. Some
findings can be waived: [site.md](site.md#waivers). At most 200 findings of one code are kept; the number of the others is said.
`pacwright check --explain CODE` prints what this page says of a code.

| code | level | meaning |
|---|---|---|
";

const REASONS: &str = "
## Reasons

Why an output does not say an endpoint exactly. The manifest lists them as `reasons`, `explain` and `build --strict` in words. With
several, the gravest word counts: GRAVEST. The last column is the day on which the reason was last
checked against the product or its documentation; it is empty where the reason is a choice of this program.

| reason | makes it | meaning | checked |
|---|---|---|---|
";

const STRICT: &str = "
`build --strict` fails on `widened`, `narrowed` and `dropped`, never on `elsewhere`.
";

#[test]
fn codes_are_those_of_the_tables() {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut text = CODES.to_owned();
    for code in Code::ALL {
        text.push_str(&format!("| `{}` | {} | {} |\n", code.id(), code.severity().word(), cell(code.meaning())));
    }
    let mut kinds = Kind::ALL.to_vec();
    kinds.sort_unstable_by(|a, b| b.cmp(a));
    let gravest: Vec<&str> = kinds.into_iter().filter(|kind| *kind != Kind::Exact).map(Kind::word).collect();
    text.push_str(&REASONS.replace("GRAVEST", &gravest.join(", ")));
    for reason in Reason::ALL {
        let (kind, words) = (reason.kind().word(), cell(reason.text()));
        text.push_str(&format!("| `{}` | {kind} | {words} | {} |\n", reason.id(), reason.verified()));
    }
    text.push_str(STRICT);
    let path = root().join("docs/codes.md");
    let all = std::fs::read_to_string(&path).unwrap();
    let (written, sections) = all.split_at(all.find(EACH).expect("a part about each finding"));
    if overwrite() && written != text {
        std::fs::write(&path, format!("{text}{sections}")).unwrap();
        return;
    }
    let diff = similar::TextDiff::from_lines(written, &text);
    assert_eq!(written, text, "docs/codes.md: SNAPSHOTS=overwrite renews it\n{}", diff.unified_diff());
}

/// Where the part of docs/codes.md that people write begins.
const EACH: &str = "\n## Each finding\n";

#[test]
fn each_code_has_its_section() {
    let all = std::fs::read_to_string(root().join("docs/codes.md")).unwrap();
    let (_, sections) = all.split_once(EACH).unwrap();
    let sections: Vec<(&str, &str)> =
        sections.split("\n### ").skip(1).map(|section| section.split_once('\n').unwrap()).collect();
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.id()).collect();
    assert_eq!(
        sections.iter().map(|(code, _)| *code).collect::<Vec<_>>(),
        codes,
        "the sections, in the order of codes"
    );
    for (code, text) in sections {
        let (why, what) = text.split_once("\nWhat to do: ").unwrap_or_else(|| panic!("{code}: nothing to do"));
        assert!(why.trim().len() > 20 && what.trim().len() > 10, "{code}: {text}");
        // A fault of the program has no input that shows it.
        assert_eq!(code != "internal", text.contains("\n<!-- case: "), "{code} has an example");
    }
}

#[test]
fn explain_prints_the_section_of_each_code() {
    let page = std::fs::read_to_string(root().join("docs/codes.md")).unwrap();
    let all = pacwright("pacwright check --explain --format json", &root(), &[]);
    let all: serde_json::Value = serde_json::from_slice(&all.stdout).unwrap();
    let of = |key: &str, code: &str| all[key].as_array().unwrap().iter().find(|f| f["code"] == code).cloned();
    let waivers: String = page_of_waivers();
    for code in Code::ALL {
        let id = code.id();
        let section = page.split_once(&format!("\n### {id}\n")).unwrap().1.split("\n### ").next().unwrap();
        let found = of("findings", id).unwrap_or_else(|| panic!("{id} is not listed"));
        let words = section.split("<!--").next().unwrap().trim();
        assert_eq!(found["text"], words, "{id}");
        assert_eq!(found["severity"], code.severity().word(), "{id}");
        let example = section.split("```\n").nth(1).map(|text| text.trim_end().trim_end_matches("```").trim_end());
        assert_eq!(found["example"].as_str(), example, "{id}");
        // The table of site.md says which findings can be waived.
        assert_eq!(
            found["waiver_for"].is_string(),
            waivers.contains(&format!("`{id}`")),
            "{id}: waivers in docs/site.md"
        );
    }
    for reason in Reason::ALL {
        assert!(of("reasons", reason.id()).is_some(), "{} is not listed", reason.id());
    }
    // One code, for people.
    let one = pacwright("pacwright check --explain open-wildcard", &root(), &[]);
    let text = String::from_utf8(one.stdout).unwrap();
    for part in
        ["open-wildcard (warning): ", "What to do: ", "code: open-wildcard, for: ", "    warning[open-wildcard]: "]
    {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    assert_eq!(text.matches("[open-wildcard]").count(), 1, "{text}");
    // A shell that completes knows the codes.
    let bash = pacwright("pacwright completions bash", &root(), &[]);
    assert!(String::from_utf8(bash.stdout).unwrap().contains("leans-on-optional"));
    // A code that is none is a failure, for programs too.
    let wrong = pacwright("pacwright check --explain open-wildcart --format json", &root(), &[]);
    assert_eq!(wrong.status.code(), Some(2));
    let wrong: serde_json::Value = serde_json::from_slice(&wrong.stdout).unwrap();
    assert_eq!(wrong["help"], "did you mean `open-wildcard`?");
}

/// The table of docs/site.md about what can be waived.
fn page_of_waivers() -> String {
    let page = std::fs::read_to_string(root().join("docs/site.md")).unwrap();
    let table = page.split_once("Only these findings can be waived:").unwrap().1.trim_start();
    table.lines().take_while(|line| line.starts_with('|')).filter_map(|line| line.split('|').nth(1)).collect()
}

/// The rows of the table of forms: how the READMEs call them, and how `Target::says` does; the first name that a
/// target knows counts.
const FORMS: [(&str, &str, &[&str]); 14] = [
    ("`a.d`", "`a.d`", &["a.d", "names"]),
    ("`*.d`", "`*.d`", &["*.d", "names"]),
    ("`.d`", "`.d`", &[".d", "names"]),
    ("`*cdn.d`, `a.*.d`", "`*cdn.d`、`a.*.d`", &["*cdn.d", "names"]),
    ("IPv4 address, network", "IPv4 アドレス、ネットワーク", &["IPv4", "IP"]),
    ("IPv6 address, network", "IPv6 アドレス、ネットワーク", &["IPv6", "IP"]),
    ("URL with a path", "パスのある URL", &["URL with a path", "names"]),
    ("`plain`", "`plain`", &["plain"]),
    ("ports", "ポート", &["ports"]),
    ("direct route", "経路 `direct`", &["direct routes"]),
    ("named route", "プロキシの経路", &["named routes"]),
    ("`via: firewall` (no HTTP)", "`via: firewall`(HTTP 以外)", &["via: firewall"]),
    (
        "udp/443 of a name that goes to a proxy",
        "プロキシへ行く名前の udp/443",
        &["udp/443 of a proxied name", "via: firewall"],
    ),
    ("service tag", "サービス タグ", &["service tags", "tags"]),
];

#[test]
fn the_table_of_forms_is_what_the_targets_say() {
    for (name, japanese) in [("README.md", false), ("README.ja.md", true)] {
        let text = std::fs::read_to_string(root().join(name)).unwrap();
        let mut rows: Vec<Vec<&str>> = text
            .lines()
            .skip_while(|line| !line.contains("| pac | squid |"))
            .take_while(|line| line.starts_with('|'))
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect();
        let targets = rows.remove(0);
        let expected: Vec<&str> = TARGETS.iter().map(|t| t.name).filter(|name| *name != "template").collect();
        assert_eq!(targets[1..], expected, "{name}: the targets of the table");
        let mut used = BTreeSet::new();
        for (english, ja, forms) in FORMS {
            let label = if japanese { ja } else { english };
            let row = rows.iter().find(|row| row[0] == label).unwrap_or_else(|| panic!("{name}: no row `{label}`"));
            for (target, cell) in expected.iter().zip(&row[1..]) {
                let target = TARGETS.iter().find(|t| t.name == *target).unwrap();
                let of = |form: &str| target.says.iter().find(|(forms, ..)| forms.split(", ").any(|f| f == form));
                let Some((said, fidelity, words)) = forms.iter().chain(&["everything"]).find_map(|form| of(form))
                else {
                    continue;
                };
                used.insert((target.name, *said));
                for kind in Kind::ALL.map(Kind::word) {
                    let stem = &kind[..kind.len() - 2];
                    let must = fidelity.contains(kind);
                    let may = must || words.contains(stem) || words.contains("unless");
                    assert!(
                        !must || cell.contains(kind),
                        "{name}: `{label}` of {}: {fidelity}, not {cell}",
                        target.name
                    );
                    assert!(
                        may || !cell.contains(kind),
                        "{name}: `{label}` of {}: {fidelity}, not {cell}",
                        target.name
                    );
                }
            }
        }
        for target in TARGETS.iter().filter(|t| expected.contains(&t.name)) {
            for (form, ..) in target.says {
                assert!(used.contains(&(target.name, *form)), "{name}: no row says `{form}` of {}", target.name);
            }
        }
    }
}

/// The names of all keys of a JSON Schema.
fn keys(schema: &serde_json::Value, into: &mut BTreeSet<String>) {
    match schema {
        serde_json::Value::Object(map) => {
            if let Some(serde_json::Value::Object(properties)) = map.get("properties") {
                into.extend(properties.keys().cloned());
            }
            map.values().for_each(|value| keys(value, into));
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| keys(value, into)),
        _ => {}
    }
}

#[test]
fn every_key_is_described() {
    let documents = documents();
    for (what, name) in [("site", "docs/site.md"), ("catalog", "docs/catalog.md")] {
        let schema = pacwright(&format!("pacwright schema {what}"), &root(), &[]);
        let mut all = BTreeSet::new();
        keys(&serde_json::from_slice(&schema.stdout).unwrap(), &mut all);
        assert!(all.len() > 20, "{what}: {all:?}");
        let spans: Vec<(usize, String)> = code_spans(&documents[name]);
        let is_key = |span: &str, key: &str| {
            span.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).any(|w| w == key)
        };
        let missing: Vec<_> = all.iter().filter(|key| !spans.iter().any(|(_, span)| is_key(span, key))).collect();
        assert!(missing.is_empty(), "{name} does not describe {missing:?}");
    }
}
