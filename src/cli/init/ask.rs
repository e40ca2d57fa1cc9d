//! The questions of `init`, one after the other; a wrong answer is asked again.

use std::io::{self, BufRead, Write};

use super::{Answers, is_name, offered};
use crate::catalog::{Catalog, Lifecycle, Service};

/// Asks for everything a site is made from.
///
/// # Errors
/// The input ends before the last answer, or cannot be read.
pub fn ask(catalog: &Catalog, input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<Answers> {
    let mut answers = Answers::default();
    writeln!(output, "This writes a site.yaml. An empty answer takes what stands in brackets.\n")?;
    answers.site = until_good(input, output, "Name of the site [my-site]", |text| {
        let name = if text.is_empty() { "my-site" } else { text };
        if is_name(name) { Ok(name.to_owned()) } else { Err("letters, digits, `-` and `_` make a name".to_owned()) }
    })?;
    writeln!(
        output,
        "\nProxies, in the order to try them, as http://proxy.example:8080; an empty line ends the list."
    )?;
    loop {
        let text = line(input, output, if answers.routes.is_empty() { "Proxy" } else { "Another proxy [none]" })?;
        if text.is_empty() && !answers.routes.is_empty() {
            break;
        }
        if let Err(problem) = answers.add_proxy(&text) {
            writeln!(output, "  {problem}")?;
        }
    }
    writeln!(
        output,
        "\nZones: groups of clients that stand in one place, as hq=10.1.0.0/16,10.2.0.0/16@on-prem (or @azure)."
    )?;
    loop {
        let text = line(
            input,
            output,
            if answers.zones.is_empty() { "Zone [all clients are one]" } else { "Another zone [none]" },
        )?;
        if text.is_empty() {
            break;
        }
        if let Err(problem) = answers.add_zone(&text) {
            writeln!(output, "  {problem}")?;
        }
    }
    services(catalog, &mut answers, input, output)?;
    targets(&mut answers, input, output)?;
    Ok(answers)
}

/// Services by number, or by a word to search for.
fn services(
    catalog: &Catalog,
    answers: &mut Answers,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> io::Result<()> {
    let mut all: Vec<&Service> = catalog.services.values().filter(|s| s.status == Lifecycle::Current).collect();
    all.sort_by_key(|s| (s.area, &s.id));
    writeln!(output, "\nServices:")?;
    let show = |number: usize, service: &Service, output: &mut dyn Write| {
        writeln!(output, "  {number:>3}  {:<26} {}", service.id, service.title.en)
    };
    for (at, service) in all.iter().enumerate() {
        show(at + 1, service, output)?;
    }
    loop {
        let text =
            line(input, output, "Numbers or names, separated by blanks; another word searches; an empty line ends")?;
        if text.is_empty() && !answers.services.is_empty() {
            break;
        }
        for word in text.split([' ', ',']).filter(|w| !w.is_empty()) {
            let by_number = word.parse::<usize>().ok().and_then(|n| all.get(n.checked_sub(1)?));
            if let Some(service) = by_number.or_else(|| all.iter().find(|s| s.id == word)) {
                // It stands in the catalog: the list was made from it.
                let _ = answers.add_service(&service.id, catalog);
                continue;
            }
            let lower = word.to_lowercase();
            let texts = |s: &Service| format!("{} {} {} {}", s.id, s.title.en, s.purpose.en, s.area).to_lowercase();
            let found: Vec<(usize, &&Service)> =
                all.iter().enumerate().filter(|(_, s)| texts(s).contains(&lower)).collect();
            if found.is_empty() {
                writeln!(output, "  nothing is like `{word}`")?;
            }
            for (at, service) in found {
                show(at + 1, service, output)?;
            }
        }
        if !answers.services.is_empty() {
            writeln!(output, "  chosen: {}", answers.services.join(" "))?;
        }
    }
    answers.add_needs(catalog);
    Ok(())
}

fn targets(answers: &mut Answers, input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<()> {
    writeln!(output, "\nWhat is it for?")?;
    let all: Vec<_> = offered().collect();
    for (at, target) in all.iter().enumerate() {
        writeln!(output, "  {:>3}  {:<10} {}", at + 1, target.name, target.about)?;
    }
    let chosen = until_good(input, output, "Numbers or names, separated by blanks [1]", |text| {
        let mut names = Vec::new();
        for word in (if text.is_empty() { "1" } else { text }).split([' ', ',']).filter(|w| !w.is_empty()) {
            let by_number = word.parse::<usize>().ok().and_then(|n| all.get(n.checked_sub(1)?));
            match by_number.or_else(|| all.iter().find(|t| t.name == word)) {
                Some(target) => names.push(target.name),
                None => return Err(format!("`{word}` is none of them")),
            }
        }
        Ok(names)
    })?;
    for name in chosen {
        let _ = answers.add_target(name);
    }
    Ok(())
}

fn until_good<T>(
    input: &mut dyn BufRead,
    output: &mut dyn Write,
    question: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> io::Result<T> {
    loop {
        match read(&line(input, output, question)?) {
            Ok(answer) => return Ok(answer),
            Err(problem) => writeln!(output, "  {problem}")?,
        }
    }
}

/// One line of at most 4 KiB, without its end.
fn line(input: &mut dyn BufRead, output: &mut dyn Write, question: &str) -> io::Result<String> {
    write!(output, "{question}: ")?;
    output.flush()?;
    let mut text = String::new();
    if io::Read::take(input, 4096).read_line(&mut text)? == 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the input ended"));
    }
    Ok(text.trim().to_owned())
}
