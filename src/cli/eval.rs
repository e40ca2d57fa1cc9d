//! `pacwright eval`: runs any PAC file.

pub mod request;
mod world;

use std::io::{BufRead as _, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::{Format, Global, Outcome, print, print_json, say};
use crate::js::answer::{self, Hop};
use crate::js::encoding::decode;
use crate::js::{Environment, JsError, Pac, escape};
use request::Request;

/// Runs any PAC file, also one that pacwright did not write: what does it answer for these URLs?
#[derive(Debug, Args)]
pub struct Options {
    /// The PAC file
    #[arg(value_name = "FILE.pac")]
    file: PathBuf,
    /// URL, HOST or HOST:PORT (taken as https); none, or `-`, reads them from stdin, one a line
    #[arg(value_name = "URL")]
    urls: Vec<String>,
    #[command(flatten)]
    world: world::World,
    /// Hand the URL to the file as it is written; browsers take path, query and user out of https and wss URLs
    #[arg(long)]
    full_url: bool,
    /// Call FindProxyForURL even where there is a FindProxyForURLEx, as all but Windows do
    #[arg(long)]
    no_ex: bool,
}

/// Largest file that is read.
const MAX_FILE: u64 = 64 << 20;
/// Longest URL; Chrome takes no longer ones.
const MAX_URL: usize = 2 << 20;
/// How often a file is loaded anew after it had to be stopped.
const STOPS: u8 = 3;

#[derive(Serialize)]
struct All<'a> {
    file: String,
    encoding: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
    answers: Vec<Row>,
}

#[derive(Serialize)]
struct Failure {
    kind: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
}

/// What came of one URL.
#[derive(Serialize, Default)]
struct Row {
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    hops: Vec<Hop>,
    notes: Vec<String>,
    alerts: Vec<String>,
    unresolved: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Failure>,
}

impl Failure {
    fn of(error: &JsError) -> Self {
        let message = error.message.clone();
        Self { kind: error.kind.word(), message, line: error.line, column: error.column }
    }
    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), line: None, column: None }
    }
    fn place(&self, file: &str) -> String {
        match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{file}:{line}:{column}"),
            (Some(line), None) => format!("{file}:{line}"),
            _ => file.to_owned(),
        }
    }
}

/// A run over one file.
struct Session<'a> {
    name: String,
    text: &'a str,
    environment: Environment,
    pac: Option<Pac>,
    stops: u8,
    full_url: bool,
    words: bool,
    quiet: bool,
    my_ip_given: bool,
    /// Whether anything was found, and whether a URL was none.
    found: bool,
    misused: bool,
}

pub(super) fn run(options: &Options, global: &Global) -> Outcome {
    let name = escape(&options.file.display().to_string());
    let mut environment = match options.world.environment() {
        Ok(environment) => environment,
        Err(message) => return refuse(None, &message, global),
    };
    environment.prefer_ex = !options.no_ex;
    let bytes = match read(&options.file) {
        Ok(bytes) => bytes,
        Err(message) => return refuse(Some(name), &message, global),
    };
    let (text, encoding, usual) = decode(bytes);
    if !usual && !global.quiet {
        say(&format!("note: {name} is not UTF-8: read as {encoding}"));
    }
    let mut session = Session {
        name,
        text: &text,
        environment,
        pac: None,
        stops: 0,
        full_url: options.full_url,
        words: global.format == Format::Text,
        quiet: global.quiet,
        my_ip_given: !options.world.my_ip.is_empty(),
        found: false,
        misused: false,
    };
    let mut rows = Vec::new();
    let error = session.load().err();
    let function = session.pac.as_ref().map(|pac| pac.function().to_owned());
    if error.is_none() {
        session.all(options, |row| rows.push(row));
    }
    if !session.words {
        let error = error.as_ref().map(Failure::of);
        print_json(&All { file: session.name.clone(), encoding, function, error, answers: rows });
    }
    // The engine checks its own memory when it is taken down, and a hostile file might have upset it. The process ends
    // anyway.
    std::mem::forget(session.pac.take());
    match (session.misused, session.found) {
        (true, _) => Outcome::Failed,
        (false, true) => Outcome::Found,
        (false, false) => Outcome::Done,
    }
}

/// Ends before any script was loaded.
fn refuse(file: Option<String>, message: &str, global: &Global) -> Outcome {
    let about = file.as_ref().map_or_else(String::new, |file| format!("{file}: "));
    say(&format!("error: {about}{message}"));
    if global.format != Format::Text {
        print_json(
            &serde_json::json!({"file": file, "error": {"kind": "unreadable", "message": message}, "answers": []}),
        );
    }
    Outcome::Failed
}

impl Session<'_> {
    fn load(&mut self) -> Result<(), JsError> {
        match Pac::load(self.text, &self.environment) {
            Ok(mut pac) => {
                let heard = pac.heard();
                heard.alerts.iter().for_each(|text| self.note(&format!("{}: alert: {text}", self.name)));
                self.pac = Some(pac);
                Ok(())
            }
            Err(error) => {
                self.found = true;
                let failure = Failure::of(&error);
                self.complain(&format!("{}: {}", failure.place(&self.name), failure.message));
                Err(error)
            }
        }
    }

    fn all(&mut self, options: &Options, mut keep: impl FnMut(Row)) {
        for url in options.urls.iter().filter(|url| *url != "-") {
            if !self.one(url, &mut keep) {
                return;
            }
        }
        if !options.urls.is_empty() && !options.urls.iter().any(|url| url == "-") {
            return;
        }
        let mut input = std::io::stdin().lock();
        loop {
            let mut line = Vec::new();
            match input.by_ref().take(MAX_URL as u64 + 2).read_until(b'\n', &mut line) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    self.misused = true;
                    self.complain(&format!("stdin: {error}"));
                    return;
                }
            }
            let line = String::from_utf8_lossy(&line);
            let line = line.strip_prefix('\u{feff}').unwrap_or(&line).trim();
            if !line.is_empty() && !line.starts_with('#') && !self.one(line, &mut keep) {
                return;
            }
        }
    }

    /// Asks for one URL; false when it makes no sense to go on.
    fn one(&mut self, given: &str, keep: &mut impl FnMut(Row)) -> bool {
        let mut row = Row { url: given.to_owned(), ..Row::default() };
        let wrong = if given.len() > MAX_URL { Err("longer than 2 MiB".to_owned()) } else { Ok(()) };
        match wrong.and_then(|()| Request::parse(given, self.full_url)) {
            Err(message) => {
                self.misused = true;
                row.errors.push(Failure::new("bad-url", message));
            }
            Ok(request) => self.ask(&request, &mut row),
        }
        let go_on = self.pac.is_some() || self.stops < STOPS;
        self.tell(&row);
        if !self.words {
            keep(row);
        }
        if !go_on {
            self.complain(&format!("{}: stopped {STOPS} times: the remaining URLs are not tried", self.name));
        }
        go_on
    }

    fn ask(&mut self, request: &Request, row: &mut Row) {
        row.asked_url = Some(request.url.clone());
        row.asked_host = Some(request.host.clone());
        if self.pac.is_none()
            && let Err(error) = self.load()
        {
            self.stops = STOPS;
            row.errors.push(Failure::of(&error));
            return;
        }
        let Some(pac) = &mut self.pac else { return };
        let result = pac.find(&request.url, &request.host);
        let heard = pac.heard();
        if pac.is_spent() {
            self.stops += 1;
            std::mem::forget(self.pac.take());
        }
        row.alerts = heard.alerts;
        row.unresolved = heard.unresolved;
        if heard.my_ip && !self.my_ip_given {
            row.notes.push("myIpAddress() is 127.0.0.1 here; --my-ip sets it".to_owned());
        }
        match result {
            Err(error) => row.errors.push(Failure::of(&error)),
            Ok(text) => {
                match answer::parse(&text) {
                    Ok(answer) => {
                        row.hops = answer.hops;
                        row.notes.extend(answer.notes);
                    }
                    Err(wrong) => row.errors.extend(wrong.into_iter().map(|why| Failure::new("bad-answer", why))),
                }
                row.answer = Some(text);
            }
        }
        self.found |= !row.errors.is_empty();
    }

    fn tell(&self, row: &Row) {
        let url = escape(&row.url);
        for text in &row.alerts {
            self.note(&format!("{url}: alert: {text}"));
        }
        if !row.unresolved.is_empty() {
            let names = row.unresolved.join(", ");
            self.note(&format!("{url}: no address for {names}; --resolve NAME=IP gives one, --dns asks"));
        }
        for note in &row.notes {
            self.note(&format!("{url}: {note}"));
        }
        for error in &row.errors {
            self.complain(&match error.kind {
                "bad-url" => format!("{url}: {}", error.message),
                "bad-answer" => {
                    let answer = escape(row.answer.as_deref().unwrap_or_default());
                    format!("{url}: the answer \"{answer}\" is invalid: {}", error.message)
                }
                _ => format!("{}: {url}: {}", error.place(&self.name), error.message),
            });
        }
        if let (Some(answer), true) = (&row.answer, self.words && row.errors.is_empty()) {
            // Line ends between the entries are blanks to every client.
            let mut answer = answer.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
            if answer.is_empty() {
                "DIRECT".clone_into(&mut answer);
            }
            print(&format!("{}\t{answer}\n", row.url));
        }
    }

    fn note(&self, text: &str) {
        if self.words && !self.quiet {
            say(&format!("note: {text}"));
        }
    }

    fn complain(&self, text: &str) {
        say(&format!("error: {text}"));
    }
}

/// How long what is no regular file may take: a pipe may have a writer that is slow, or none at all.
const PATIENCE: Duration = Duration::from_secs(20);

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let all = |path: &Path| -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        if bytes.len() as u64 > MAX_FILE { Err("larger than 64 MiB".to_owned()) } else { Ok(bytes) }
    };
    if std::fs::metadata(path).is_ok_and(|meta| meta.is_file()) {
        return all(path);
    }
    let (send, received) = channel();
    let path = path.to_owned();
    let wait = || format!("nothing comes out of it, or no end, for {} s", PATIENCE.as_secs());
    // Where nobody ever writes, the thread waits until the process ends.
    std::thread::spawn(move || send.send(all(&path)));
    received.recv_timeout(PATIENCE).unwrap_or_else(|_| Err(wait()))
}
