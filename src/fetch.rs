//! The network: from an address to the text behind it. The only stage that opens connections.
//!
//! In: http(s) addresses that the user named. Out: texts of [`Files`] under these addresses, or a finding that says why
//! there is none. Never: what a text means; a connection that nobody asked for; a redirect that loses the encryption.

mod address;
pub mod later;
pub mod proxy;
mod trouble;

use std::io::Read as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, http};

pub use address::{Address, is_address};
use proxy::Way;
use trouble::Trouble;

use crate::catalog::load::unreadable;
use crate::diag::{Code, Diagnostic, Report, clip};
use crate::source::{FileId, Files, MAX_TEXT, Span};

/// Most bytes of an answer, packed or unpacked; the weekly file of service tags has four million.
pub const LARGEST: u64 = 64 << 20;
/// Longest time until a connection stands; the time for everything may be shorter.
const CONNECT: Duration = Duration::from_secs(15);
/// Redirects that are followed: a published file needs two.
const MOST_REDIRECTS: usize = 5;
/// Longest wait that a server may ask for and get, in seconds.
const MOST_PATIENCE: u64 = 60;
/// How often a server is asked again after it asked for a wait.
const MOST_WAITS: usize = 2;
/// Bytes of an error page that are looked at for its first line.
const A_GLANCE: u64 = 4 << 10;

/// How to ask.
#[derive(Debug, Clone, Copy)]
pub struct Wishes<'a> {
    /// Files of CA certificates in PEM, to be trusted instead of those of the system; none: those of the system.
    pub ca: &'a [PathBuf],
    /// The time for one answer, from the first connection to the last byte.
    pub timeout: Duration,
    /// Whether http:// may leave this machine.
    pub plain_http: bool,
}

/// What is said while it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// An address is asked: for `-v`.
    Asking(String),
    /// A server wants a pause, and gets it.
    Waiting(String),
}

/// Asks addresses.
pub struct Client {
    tls: TlsConfig,
    timeout: Duration,
    plain_http: bool,
    tell: Box<dyn Fn(Note)>,
}

impl Client {
    /// A client; none, and a finding, when a file of certificates is not one.
    pub fn new(wishes: Wishes, tell: Box<dyn Fn(Note)>, report: &mut Report) -> Option<Self> {
        let roots = roots(wishes.ca, report)?;
        let tls = TlsConfig::builder().root_certs(roots).build();
        Some(Self { tls, timeout: wishes.timeout, plain_http: wishes.plain_http, tell })
    }

    /// Asks an address: its text becomes a file of that name.
    ///
    /// # Errors
    /// A finding whose place is the address.
    pub fn get(&self, address: &str, files: &mut Files) -> Result<FileId, Box<Diagnostic>> {
        let answer = match Address::parse(address) {
            Ok(parsed) => {
                self.text(&parsed).map(|text| (parsed.to_string(), text)).map_err(|t| (parsed.to_string(), t))
            }
            Err(why) => Err((address::without_secrets(address), Trouble::new(why))),
        };
        match answer {
            Ok((name, text)) => Ok(files.add(name, &text)),
            Err((name, trouble)) => {
                let place = Span::new(files.add_unread(name), 0, 0);
                let finding = Code::CannotFetch.at(place, trouble.message);
                Err(Box::new(trouble.help.into_iter().fold(finding, Diagnostic::help)))
            }
        }
    }

    /// The text behind an address; waits when the server asks for a short pause.
    fn text(&self, address: &Address) -> Result<String, Trouble> {
        for _ in 0..MOST_WAITS {
            match self.once(address)? {
                Answer::Text(text) => return Ok(text),
                Answer::Later(pause, trouble) => {
                    let Some(seconds) = pause.filter(|seconds| *seconds <= MOST_PATIENCE) else { return Err(trouble) };
                    let words = format!("{}: the server asks for a pause of {}", address.host(), later::words(seconds));
                    (self.tell)(Note::Waiting(words));
                    std::thread::sleep(Duration::from_secs(seconds));
                }
            }
        }
        match self.once(address)? {
            Answer::Text(text) => Ok(text),
            Answer::Later(_, trouble) => Err(trouble),
        }
    }

    /// Asks an address, and those it is redirected to.
    fn once(&self, address: &Address) -> Result<Answer, Trouble> {
        let deadline = Instant::now() + self.timeout;
        let mut at = address.clone();
        for _ in 0..=MOST_REDIRECTS {
            self.may_ask(&at)?;
            let way = Way::to(&at)?;
            (self.tell)(Note::Asking(format!("asking {at} {way}")));
            let context = trouble::Context { address: &at, way: &way, timeout: self.timeout };
            let response = self.ask(&at, &way, deadline).map_err(|error| context.of(&error))?;
            let status = response.status();
            if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                at = next(&at, &response)?;
                continue;
            }
            let answer = read(response, &context);
            // The place is the address that was named; the words say where it led.
            let led = |trouble: Trouble| {
                if at.to_string() == address.to_string() { trouble } else { trouble.after_redirect(&at) }
            };
            return match answer {
                Ok(Answer::Later(pause, trouble)) => Ok(Answer::Later(pause, led(trouble))),
                answer => answer.map_err(led),
            };
        }
        let trouble = Trouble::new(format!("more than {MOST_REDIRECTS} redirects, the last one to {at}"));
        Err(trouble
            .help("a proxy that wants a login first answers like that, and so does a page that moved in a circle"))
    }

    /// Whether an address may be asked at all.
    fn may_ask(&self, at: &Address) -> Result<(), Trouble> {
        if at.is_https() || at.is_loopback() || self.plain_http {
            return Ok(());
        }
        let trouble = Trouble::new(format!("{at} is not encrypted: anybody on the way could change the list"));
        Err(trouble.help("use https://; `--allow-http` takes it all the same"))
    }

    /// One request; its body is still to be read.
    fn ask(&self, at: &Address, way: &Way, deadline: Instant) -> Result<http::Response<Body>, ureq::Error> {
        let left = deadline.saturating_duration_since(Instant::now());
        // Nothing is not "at once" but "never" in some clocks.
        let left = left.max(Duration::from_millis(1));
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(way.proxy())
            .tls_config(self.tls.clone())
            .timeout_global(Some(left))
            .timeout_connect((left > CONNECT).then_some(CONNECT))
            .user_agent(concat!("pacwright/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        agent.get(at.to_string()).header("accept", "application/json, text/csv, */*;q=0.5").call()
    }
}

/// What a server said.
enum Answer {
    Text(String),
    /// Not now: the seconds it asks to wait, and the finding if nobody does.
    Later(Option<u64>, Trouble),
}

/// Where a redirect leads.
fn next(at: &Address, response: &http::Response<Body>) -> Result<Address, Trouble> {
    let status = response.status().as_u16();
    let location = response.headers().get("location").and_then(|value| value.to_str().ok());
    let Some(location) = location else {
        return Err(Trouble::new(format!("answered {status}, a redirect to nowhere")));
    };
    let to = at.join(location).map_err(|why| {
        let shown = clip(&address::without_secrets(location));
        Trouble::new(format!("answered {status}, a redirect to `{shown}`: {why}"))
    })?;
    if at.is_https() && !to.is_https() {
        let trouble = Trouble::new(format!("answered {status}, a redirect to {to}, which is not encrypted"));
        return Err(trouble.help("a proxy that wants a login first answers like that"));
    }
    Ok(to)
}

/// The text of an answer, or what is wrong with it.
fn read(mut response: http::Response<Body>, context: &trouble::Context) -> Result<Answer, Trouble> {
    let status = response.status();
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (kind, retry, date) = (header("content-type").unwrap_or_default(), header("retry-after"), header("date"));
    if status.as_u16() != 200 {
        let mut page = Vec::new();
        // What cannot be read of an error page is not missed.
        let _ = response.body_mut().as_reader().take(A_GLANCE).read_to_end(&mut page);
        let trouble = context.of_status(status, first_line(&page));
        if !matches!(status.as_u16(), 429 | 503) {
            return Err(trouble);
        }
        let pause = retry.as_deref().and_then(|retry| later::seconds(retry, date.as_deref()));
        return Ok(Answer::Later(
            pause,
            match pause {
                Some(seconds) => trouble.help(format!("come again in {}", later::words(seconds))),
                None => trouble.help("come again later"),
            },
        ));
    }
    if response.body().content_length().is_some_and(|length| length > LARGEST) {
        return Err(context.of(&ureq::Error::BodyExceedsLimit(LARGEST)));
    }
    let mut bytes = Vec::new();
    let body = response.body_mut().with_config().limit(LARGEST).reader().read_to_end(&mut bytes);
    body.map_err(|error| context.of(&ureq::Error::from(error)))?;
    let text = String::from_utf8(bytes).map_err(|_| Trouble::new("the answer is not UTF-8: it is no list"))?;
    let kind = kind.to_ascii_lowercase();
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') || kind.starts_with("text/html") {
        return Err(context.of_page(first_line(text.as_bytes())));
    }
    if text.trim().is_empty() {
        return Err(Trouble::new("the answer is empty"));
    }
    Ok(Answer::Text(text))
}

/// The first line of a page that says something, cut.
fn first_line(page: &[u8]) -> String {
    let text = String::from_utf8_lossy(page);
    clip(text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default())
}

/// The certificates to trust.
fn roots(ca: &[PathBuf], report: &mut Report) -> Option<RootCerts> {
    if ca.is_empty() {
        return Some(RootCerts::PlatformVerifier);
    }
    let mut certificates = Vec::new();
    for path in ca {
        let id = match report.files.read(path, MAX_TEXT) {
            Ok(id) => id,
            Err((id, error)) => {
                report.sink.push(unreadable(id, &error));
                continue;
            }
        };
        let before = certificates.len();
        let text = report.files.all(id);
        for item in parse_pem(text.as_bytes()) {
            match item {
                Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
                Ok(_) => {}
                Err(_) => {
                    let finding = Code::CannotRead.at(Span::new(id, 0, 0), "a certificate in this file is broken");
                    report.sink.push(finding.help(PEM));
                    return None;
                }
            }
        }
        if certificates.len() == before {
            let finding = Code::CannotRead.at(Span::new(id, 0, 0), "this file holds no certificate");
            report.sink.push(finding.help(PEM));
        }
    }
    (!report.sink.has_errors()).then(|| RootCerts::new_with_certs(&certificates))
}

const PEM: &str = "`--ca` takes CA certificates in PEM: `-----BEGIN CERTIFICATE-----` and what follows";
