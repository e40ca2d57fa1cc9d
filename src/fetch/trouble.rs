//! Why there is no answer, in words, and what can be done.

use std::error::Error as _;
use std::io::ErrorKind;
use std::time::Duration;

use ureq::http::StatusCode;
use ureq::{Error, Timeout};

use super::proxy::Way;
use super::{Address, LARGEST};
use crate::diag::clip;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Vec<String>,
}

impl Trouble {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: Vec::new() }
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    pub fn after_redirect(mut self, to: &Address) -> Self {
        self.message.push_str(&format!(" (after a redirect to {to})"));
        self
    }
}

/// What was asked, and how.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub address: &'a Address,
    pub way: &'a Way,
    pub timeout: Duration,
}

impl Context<'_> {
    /// An answer that is not 200, with the first line of its page.
    pub fn of_status(&self, status: StatusCode, line: String) -> Trouble {
        let reason = status.canonical_reason().map_or_else(String::new, |reason| format!(" {reason}"));
        let line = if line.is_empty() { String::new() } else { format!(": `{line}`") };
        let trouble = Trouble::new(format!("answered {}{reason}{line}", status.as_u16()));
        match status.as_u16() {
            401 | 403 => trouble.help(match self.way {
                Way::Through(_, shown, _) => format!("does the proxy {shown} let this machine ask the address?"),
                Way::Straight(_) => "does the address want a login?".to_owned(),
            }),
            404 | 410 => {
                trouble.help("is the address complete? That of the weekly file of service tags changes every week")
            }
            407 => trouble.help(LOGIN),
            _ => trouble,
        }
    }

    /// A page where a list should be, with its first line.
    pub fn of_page(&self, line: String) -> Trouble {
        let trouble = Trouble::new(format!("answered with a web page, not with a list: `{line}`"));
        trouble.help(match self.way {
            Way::Through(_, shown, _) => {
                format!("is it the login or the notice of the proxy {shown}? Open it in a browser")
            }
            Way::Straight(_) => {
                "is it a page that links to the file, or the login of a proxy? Open it in a browser".to_owned()
            }
        })
    }

    /// What the client reports.
    pub fn of(&self, error: &Error) -> Trouble {
        match error {
            Error::Timeout(which) => self.of_timeout(*which),
            Error::HostNotFound => self.of_name(),
            Error::Io(why) if names_nobody(why) => self.of_name(),
            Error::ConnectionFailed => self.perhaps_a_proxy(Trouble::new(format!("no connection to {}", self.peer()))),
            Error::BodyExceedsLimit(_) => Trouble::new(format!("the answer is larger than {} MiB", LARGEST >> 20)),
            Error::Decompress(kind, why) => {
                Trouble::new(format!("the answer is packed by {kind} and cannot be unpacked: {why}"))
                    .help("it was cut or changed on the way: try again")
            }
            Error::ConnectProxyFailed(why) => {
                let Way::Through(_, shown, variable) = self.way else {
                    return Trouble::new(error.to_string());
                };
                // `proxy server responded 407/407`
                let status = why.strip_prefix("proxy server responded ").and_then(|rest| rest.split('/').next());
                let why = status.map_or_else(|| clip(why), |status| format!("it answers {}", clip(status)));
                let trouble = Trouble::new(format!("the proxy {shown} ({variable}) makes no way: {why}"));
                if why.contains("407") {
                    trouble.help(LOGIN)
                } else {
                    trouble.help("does it let this machine ask the host?")
                }
            }
            Error::Rustls(why) => self.of_tls(&why.to_string()),
            Error::Tls(why) => self.of_tls(why),
            Error::Io(why) => {
                // The handshake's reasons come packed into errors of reading.
                let inner = why.get_ref().map(ToString::to_string).unwrap_or_default();
                match why.kind() {
                    ErrorKind::InvalidData => self.of_tls(&inner),
                    ErrorKind::UnexpectedEof => {
                        Trouble::new("the answer ends in the middle").help("it was cut on the way: try again")
                    }
                    ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                        let trouble = Trouble::new(format!("{} cut the connection", self.peer()));
                        self.perhaps_a_proxy(trouble)
                    }
                    _ => self.perhaps_a_proxy(Trouble::new(format!("no connection to {}: {why}", self.peer()))),
                }
            }
            Error::Protocol(_) | Error::Http(_) | Error::LargeResponseHeader(..) => {
                let mut words = error.to_string();
                if let Some(cause) = error.source() {
                    words = format!("{words}; {cause}");
                }
                Trouble::new(format!("the answer is not HTTP as it should be: {}", clip(&words)))
            }
            other => Trouble::new(clip(&other.to_string())),
        }
    }

    /// A name without an address.
    fn of_name(&self) -> Trouble {
        let (host, what) = match self.way {
            Way::Through(proxy, _, variable) => (proxy.host(), format!("the proxy of {variable}")),
            Way::Straight(_) => (self.address.host(), "the host".to_owned()),
        };
        self.perhaps_a_proxy(Trouble::new(format!("no address is known for {what}, `{}`", clip(host))))
    }

    fn of_timeout(&self, which: Timeout) -> Trouble {
        let seconds = self.timeout.as_secs();
        match which {
            Timeout::Connect | Timeout::Resolve => {
                let trouble = Trouble::new(format!("no connection to {} in time", self.peer()));
                self.perhaps_a_proxy(trouble)
            }
            _ => Trouble::new(format!("no whole answer within {seconds} seconds"))
                .help("`--timeout SECONDS` waits longer"),
        }
    }

    fn of_tls(&self, why: &str) -> Trouble {
        // The library's words after its heading; they name the reason.
        let why = clip(why.trim_start_matches("invalid peer certificate: "));
        let trouble = Trouble::new(format!("no trusted connection to `{}`: {why}", clip(self.address.host())));
        if why.contains("UnknownIssuer") {
            return trouble.help(
                "a proxy that inspects encrypted traffic shows certificates of its own: name its CA with `--ca FILE`",
            );
        }
        if why.contains("corrupt message") {
            return trouble.help(match self.way {
                Way::Through(_, _, variable) => {
                    format!("what answers speaks no TLS. Is {variable} right? A proxy is mostly http://")
                }
                Way::Straight(_) => "what answers at this port speaks no TLS".to_owned(),
            });
        }
        if why.contains("No CA certificates") {
            return trouble
                .help("install the CA certificates of the system (`ca-certificates`), or name some with `--ca FILE`");
        }
        trouble
    }

    /// Whom the connection goes to.
    fn peer(&self) -> String {
        match self.way {
            Way::Straight(_) => {
                let (host, port) = (clip(self.address.host()), self.address.port());
                if host.contains(':') { format!("`[{host}]:{port}`") } else { format!("`{host}:{port}`") }
            }
            Way::Through(_, shown, variable) => format!("the proxy {shown} ({variable})"),
        }
    }

    /// The hint for connections that did not come about.
    fn perhaps_a_proxy(&self, trouble: Trouble) -> Trouble {
        match self.way {
            Way::Straight(None) if !self.address.is_loopback() => {
                let variable = if self.address.is_https() { "HTTPS_PROXY" } else { "HTTP_PROXY" };
                trouble.help(format!("is there a proxy to go through? {variable} is not set"))
            }
            Way::Straight(Some(variable)) => trouble.help(format!("{variable} says that no proxy is used for it")),
            Way::Straight(None) => trouble,
            Way::Through(_, _, variable) => trouble.help(format!("is {variable} right?")),
        }
    }
}

/// Whether the system found no address for a name; it has no kind for that, only words.
fn names_nobody(why: &std::io::Error) -> bool {
    let words = why.to_string();
    ["failed to lookup address", "No such host"].iter().any(|known| words.contains(known))
}

const LOGIN: &str = "the proxy wants a login: put it into the variable, as http://NAME:PASSWORD@HOST:PORT";
