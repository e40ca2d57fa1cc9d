//! What differs, for those who read it: a person who signs it, a page, a table, a program.

use serde_json::{Value, json};

use crate::diff::lines::{Diff, Line, Part, Said, Subject, Where};
use crate::diff::plan::Step;
use crate::render::csv_line;

/// How many exceptions, and entries behind a line, a person is told of who does not ask for all.
const FEW: usize = 6;
/// What is said of ports at which a line around this one changes something, and this one nothing.
const KEPT: &str = "no change";

/// For a person.
pub fn text(diff: &Diff, (old, new): (&str, &str), quiet: bool, verbose: bool) -> String {
    let mut out: String = diff.notes.iter().map(|note| format!("note: {}\n", plain(note))).collect();
    out.push_str(&lines(diff, quiet, verbose));
    if diff.is_same() {
        out.push_str(&format!("{} and {}: {}\n", plain(old), plain(new), same(diff)));
    }
    out
}

/// What differs, part by part; with `verbose` also what does not.
pub fn lines(diff: &Diff, quiet: bool, verbose: bool) -> String {
    let mut out = parts_text(&diff.parts, quiet, verbose);
    if !diff.is_same() && !diff.counts.is_empty() {
        out.push_str(&format!("{}\n", counts(&diff.counts)));
    }
    out
}

fn parts_text(parts: &[Part], quiet: bool, verbose: bool) -> String {
    let mut out = String::new();
    for part in parts.iter().filter(|part| !part.lines.is_empty() || verbose) {
        out.push_str(&format!("{}: {}\n", plain(&part.name), amount(part)));
        if !quiet {
            part.lines.iter().for_each(|line| line_text(line, verbose, &mut out));
        }
    }
    out
}

/// A plan for a person.
pub fn plan_text(notes: &[String], steps: &[Step], quiet: bool, verbose: bool) -> String {
    let mut out: String = notes.iter().map(|note| format!("note: {}\n", plain(note))).collect();
    for (at, step) in steps.iter().enumerate() {
        if step.parts.is_empty() {
            out.push_str(&format!("{}. {}: nothing\n", at + 1, step.what));
            continue;
        }
        out.push_str(&format!("{}. {}\n   {}\n", at + 1, step.what, step.why));
        let lines = parts_text(&step.parts, quiet, verbose);
        out.extend(lines.lines().map(|line| format!("   {line}\n")));
        out.push_str(&format!("   undo: {}\n", step.undo));
    }
    out
}

/// A plan for a page.
pub fn plan_markdown(notes: &[String], steps: &[Step], (old, new): (&str, &str)) -> String {
    let mut out = format!("# From `{}` to `{}`, step by step\n", code(old), code(new));
    for note in notes {
        out.push_str(&format!("\n> {}\n", cell(note)));
    }
    for (at, step) in steps.iter().enumerate() {
        out.push_str(&format!("\n## {}. {}\n", at + 1, capital(step.what)));
        if step.parts.is_empty() {
            out.push_str("\nNothing.\n");
            continue;
        }
        out.push_str(&format!("\n{}\n", capital(step.why)));
        out.push_str(&tables(&step.parts, "###"));
        out.push_str(&format!("\nUndo: {}.\n", step.undo));
    }
    out
}

/// A plan for a table: the rows of [`csv`], with the step before them.
pub fn plan_csv(steps: &[Step]) -> String {
    let mut out = format!("step,{HEAD}\n");
    for (at, step) in steps.iter().enumerate() {
        rows(&step.parts).iter().for_each(|row| out.push_str(&format!("{} {},{row}\n", at + 1, step.what)));
    }
    out
}

/// A plan for a program.
pub fn plan_json(notes: &[String], steps: &[Step], (old, new): (&str, &str)) -> Value {
    let step = |step: &Step| json!({"what": step.what, "why": step.why, "undo": step.undo, "parts": step.parts.iter().map(part_json).collect::<Vec<_>>()});
    json!({"old": old, "new": new, "notes": notes, "same": steps.iter().all(|step| step.parts.is_empty()), "steps": steps.iter().map(step).collect::<Vec<_>>()})
}

fn same(diff: &Diff) -> String {
    use crate::diff::lines::Kind;
    if let Some(hosts) = diff.asked {
        return format!("the same answers for all {hosts} hosts that were asked about");
    }
    let decides = |part: &Part| !matches!(part.kind, Kind::Service | Kind::Set | Kind::Tag);
    if diff.counts.is_empty() && diff.parts.iter().all(decides) { "same decisions" } else { "no difference" }.to_owned()
}

fn amount(part: &Part) -> String {
    let lines = match part.differences() {
        0 => "same decisions".to_owned(),
        1 => "1 difference".to_owned(),
        n => format!("{n} differences"),
    };
    if part.counts.is_empty() { lines } else { format!("{lines}; {}", counts(&part.counts)) }
}

fn counts(counts: &[(&'static str, u128)]) -> String {
    counts.iter().map(|(words, n)| format!("{n} {words}")).collect::<Vec<_>>().join(", ")
}

fn line_text(line: &Line, verbose: bool, out: &mut String) {
    let few = if verbose { usize::MAX } else { FEW };
    let what = line.subject.words();
    for (at, said) in line.said.iter().enumerate() {
        let what = if at == 0 { what.as_str() } else { "" };
        let ports = if said.ports.is_empty() { String::new() } else { format!(" [{}]", said.ports) };
        let change = match said.is_kept() {
            true => KEPT.to_owned(),
            false => format!("{} -> {}", or_nothing(&said.before), or_nothing(&said.after)),
        };
        out.push_str(&plain(&format!("  {what}{ports}: {change}")));
        out.push('\n');
    }
    let mut more: Vec<String> = line.impact.iter().map(|impact| (*impact).to_owned()).collect();
    more.extend(line.witness.as_ref().map(|witness| format!("as {witness}")));
    more.extend(behind(line, few));
    more.extend(line.remarks.iter().cloned());
    more.extend(line.sources.iter().map(|source| format!("see {source}")));
    if !more.is_empty() {
        out.push_str(&format!("      {}\n", plain(&more.join("; "))));
    }
    if !line.except.is_empty() {
        out.push_str(&format!("      but not {}\n", plain(&some(&line.except, few))));
    }
}

/// Text for a terminal: what a file says cannot write lines of its own there.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}

/// Which entries decide, `few` of them at most.
fn behind(line: &Line, few: usize) -> Option<String> {
    let words = |entries: &[String]| if entries.is_empty() { "no entry".to_owned() } else { some(entries, few) };
    let (old, new) = (&line.behind.old, &line.behind.new);
    match (old.is_empty(), new.is_empty()) {
        (true, true) => None,
        _ if old == new => Some(format!("by {}", words(new))),
        _ => Some(format!("by {}, before by {}", words(new), words(old))),
    }
}

fn some(words: &[String], few: usize) -> String {
    let mut text = words.iter().take(few).cloned().collect::<Vec<_>>().join(", ");
    if words.len() > few {
        text.push_str(&format!(" and {} more", words.len() - few));
    }
    text
}

/// For a page, or the description of a change.
pub fn markdown(diff: &Diff, (old, new): (&str, &str)) -> String {
    let mut out = format!("# From `{}` to `{}`\n", code(old), code(new));
    for note in &diff.notes {
        out.push_str(&format!("\n> {}\n", cell(note)));
    }
    if diff.is_same() {
        out.push_str(&format!("\n{}\n", capital(&same(diff))));
    }
    out.push_str(&tables(&diff.parts, "##"));
    if !diff.counts.is_empty() {
        out.push_str(&format!("\n{}\n", counts(&diff.counts)));
    }
    out
}

/// A table a part, under a heading.
fn tables(parts: &[Part], head: &str) -> String {
    let mut out = String::new();
    for part in parts.iter().filter(|part| !part.lines.is_empty()) {
        out.push_str(&format!("\n{head} {}: {}\n\n", cell(&part.name), amount(part)));
        out.push_str("| what | ports | before | after | as | by | |\n|---|---|---|---|---|---|---|\n");
        for line in &part.lines {
            for (at, said) in line.said.iter().enumerate() {
                let first = at == 0;
                let only = |text: String| if first { text } else { String::new() };
                let mut more: Vec<String> = line.impact.iter().map(|impact| (*impact).to_owned()).collect();
                more.extend(line.remarks.iter().cloned());
                more.extend(line.sources.iter().map(|source| format!("see {source}")));
                more.extend((!line.except.is_empty()).then(|| format!("but not {}", line.except.join(", "))));
                let cells = [
                    only(ticked(&line.subject.words())),
                    said.ports.clone(),
                    cell(change_word(said, &said.before)),
                    cell(change_word(said, &said.after)),
                    only(line.witness.as_deref().map(ticked).unwrap_or_default()),
                    only(cell(behind(line, FEW).unwrap_or_default().trim_start_matches("by "))),
                    only(cell(&more.join("; "))),
                ];
                out.push_str(&format!("| {} |\n", cells.join(" | ")));
            }
        }
    }
    out
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

/// Text between backquotes.
fn code(text: &str) -> String {
    text.replace('`', "'")
}

fn ticked(text: &str) -> String {
    format!("`{}`", code(text).replace('|', "\\|"))
}

/// Text in a cell: no markup, no line end.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// What stands in a cell for one side of a change.
fn change_word<'s>(said: &Said, side: &'s str) -> &'s str {
    if said.is_kept() { KEPT } else { side }
}

/// Entries of a list in a cell.
const BETWEEN: &str = "; ";

const HEAD: &str = "part,kind,what,ports,before,after,as,but not,by before,by after,impact,remarks,sources";

/// For a table: one record a line and port.
pub fn csv(diff: &Diff) -> String {
    let mut out = format!("{HEAD}\n");
    rows(&diff.parts).iter().for_each(|row| out.push_str(&format!("{row}\n")));
    out
}

fn rows(parts: &[Part]) -> Vec<String> {
    let mut rows = Vec::new();
    for part in parts {
        let kind = serde_json::to_value(part.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned));
        for line in &part.lines {
            for said in &line.said {
                rows.push(csv_line(&[
                    &part.name,
                    kind.as_deref().unwrap_or_default(),
                    &line.subject.words(),
                    &said.ports.replace(' ', BETWEEN),
                    change_word(said, &said.before),
                    change_word(said, &said.after),
                    line.witness.as_deref().unwrap_or_default(),
                    &line.except.join(BETWEEN),
                    &line.behind.old.join(BETWEEN),
                    &line.behind.new.join(BETWEEN),
                    line.impact.unwrap_or_default(),
                    &line.remarks.join(BETWEEN),
                    &line.sources.join(BETWEEN),
                ]));
            }
        }
    }
    rows
}

/// The same for programs, on both sides of a change.
const KEPT_SIDE: &str = "as before";

/// The networks of a line that is about several.
fn networks(line: &Line) -> Option<Vec<String>> {
    match &line.subject {
        Subject::Decision(Where::Tagged(_, nets)) => Some(nets.iter().map(crate::dest::ip::show).collect()),
        _ => None,
    }
}

/// For a program.
pub fn json(diff: &Diff, (old, new): (&str, &str)) -> Value {
    let mut all = parts(diff);
    if let Some(all) = all.as_object_mut() {
        all.insert("old".to_owned(), json!(old));
        all.insert("new".to_owned(), json!(new));
    }
    all
}

/// The same without what the sides were called.
pub fn parts(diff: &Diff) -> Value {
    json!({
        "same": diff.is_same(),
        "notes": diff.notes,
        "hosts_asked": diff.asked,
        "parts": diff.parts.iter().map(part_json).collect::<Vec<_>>(),
        "counts": numbers(&diff.counts),
    })
}

fn numbers(counts: &[(&'static str, u128)]) -> Value {
    // Addresses of IPv6 are more than a JSON number holds exactly.
    let number = |n: u128| u64::try_from(n).map_or_else(|_| json!(n.to_string()), |n| json!(n));
    counts.iter().map(|(words, n)| (words.replace(' ', "_"), number(*n))).collect::<serde_json::Map<_, _>>().into()
}

fn part_json(part: &Part) -> Value {
    let side = |said: &Said, side: &str| if said.is_kept() { KEPT_SIDE.to_owned() } else { side.to_owned() };
    let said = |said: &Said| json!({"ports": said.ports, "before": side(said, &said.before), "after": side(said, &said.after)});
    let line = |line: &Line| {
        json!({
            "what": line.subject.words(),
            "networks": networks(line),
            "changes": line.said.iter().map(said).collect::<Vec<_>>(),
            "witness": line.witness,
            "except": line.except,
            "before_by": line.behind.old,
            "after_by": line.behind.new,
            "impact": line.impact,
            "remarks": line.remarks,
            "sources": line.sources,
        })
    };
    json!({
        "name": part.name,
        "kind": part.kind,
        "differences": part.lines.iter().map(line).collect::<Vec<_>>(),
        "counts": numbers(&part.counts),
    })
}
