//! A sandbox that runs PAC files, our own and strangers'.
//!
//! In: the text of a PAC file, what its helper functions answer, limits. Out: what `FindProxyForURL` returns, or an
//! error that says what went wrong and where. Never: the network, files, or the clock but for deadlines. The engine has a
//! thread of its own with a large stack: what the engine cannot stop by itself, the caller no longer waits for.

pub mod answer;
pub mod encoding;
mod error;
mod helpers;
mod questions;
mod worker;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

pub use error::{JsError, Kind, escape};
pub use questions::Questions;
pub use worker::Heard;

/// Addresses of a host name (lower case, without a trailing dot); none when the name is not known.
pub type Resolver = Arc<dyn Fn(&str) -> Vec<IpAddr> + Send + Sync>;

/// What a file answers to a question, or why it does not.
pub type Answer = Result<Arc<str>, JsError>;

/// What a PAC file sees of the world.
#[derive(Clone)]
pub struct Environment {
    /// Answers `dnsResolve` and its kin.
    pub resolve: Resolver,
    /// The client's addresses, best first; 127.0.0.1 when empty.
    pub my_ip: Vec<IpAddr>,
    /// The time for `dateRange`, `timeRange`, `weekdayRange` and `Date`.
    pub now: Moment,
    /// Whether `FindProxyForURLEx` is called where there is one, as Windows does.
    pub prefer_ex: bool,
    /// How much a file may take.
    pub limits: Limits,
}

impl Default for Environment {
    /// Nothing resolves, and it is always 1970.
    fn default() -> Self {
        Self {
            resolve: Arc::new(|_| Vec::new()),
            my_ip: Vec::new(),
            now: Moment { seconds: 0, offset: Some(0) },
            prefer_ex: true,
            limits: Limits::default(),
        }
    }
}

/// A moment and the zone it is looked at from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970-01-01 in UTC.
    pub seconds: i64,
    /// Minutes that local time is ahead of UTC; `None` for the machine's zone.
    pub offset: Option<i32>,
}

/// How much a PAC file may take before it is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time to load a file.
    pub load: Duration,
    /// Time of one call.
    pub call: Duration,
    /// Time of all calls together.
    pub all: Duration,
    /// Bytes of the engine's memory, besides [`Limits::per_byte`] for each byte of the text.
    pub memory: usize,
    /// Bytes of memory for each byte of the text: its tables, its code, its source.
    pub per_byte: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let (load, call) = (Duration::from_secs(5), Duration::from_secs(1));
        Self { load, call, all: Duration::MAX, memory: 64 << 20, per_byte: 12 }
    }
}

impl Limits {
    /// For a script of our own, which answers at once: on a machine with other things to do, at once may take a while.
    #[must_use]
    pub fn patient() -> Self {
        let patience = Duration::from_secs(60);
        Self { load: patience, call: patience, ..Self::default() }
    }
}

/// How much longer than the limit the engine's own check may take before the caller no longer waits.
const GRACE: Duration = Duration::from_millis(500);

/// A loaded PAC file.
#[derive(Debug)]
pub struct Pac {
    asks: Sender<worker::Ask>,
    replies: Receiver<worker::Reply>,
    limits: Limits,
    function: String,
    heard: Heard,
    spent: bool,
    /// What is left of the time of all calls.
    left: Duration,
}

impl Pac {
    /// Runs a file's text and looks for its function.
    ///
    /// # Errors
    /// Why no function of this file can be called.
    pub fn load(text: &str, environment: &Environment) -> Result<Self, JsError> {
        let limits = environment.limits;
        let (asks, asked) = channel();
        let (reply, replies) = channel();
        worker::start(text.to_owned(), environment.clone(), asked, reply)?;
        let (function, heard, left) = (String::new(), Heard::default(), limits.all);
        let mut pac = Self { asks, replies, limits, function, heard, spent: false, left };
        pac.function =
            pac.wait(limits.load, true).pop().transpose()?.map_or_else(String::new, |name| name.as_ref().to_owned());
        Ok(pac)
    }

    /// What the function answers for a URL.
    ///
    /// # Errors
    /// Why there is no answer. After [`Kind::Time`] and [`Kind::Memory`] the file has to be loaded anew.
    pub fn find(&mut self, url: &str, host: &str) -> Result<String, JsError> {
        let mut questions = Questions::default();
        questions.add(|text| text.push_str(url), host);
        match self.find_all(questions).pop() {
            Some(answer) => answer.map(|answer| answer.as_ref().to_owned()),
            None => Err(JsError::new(Kind::Engine, "the JavaScript engine gave up")),
        }
    }

    /// What the function answers for URLs, each given with its host, one after the other, all within the time of one
    /// call: without the way to the engine and back in between. When the file is stopped, that is the last of the answers.
    pub fn find_all(&mut self, questions: Questions) -> Vec<Answer> {
        self.ask(questions);
        self.answers()
    }

    /// Begins to answer questions, as [`Pac::find_all`] does: the caller does something else until it asks for the
    /// [`Pac::answers`].
    pub fn ask(&mut self, questions: Questions) {
        // A worker that is gone shows in `wait`.
        let _ = self.asks.send(worker::Ask { questions });
    }

    /// The answers to what was asked. They may take the time of one call from now on.
    pub fn answers(&mut self) -> Vec<Answer> {
        if self.spent {
            return vec![Err(JsError::new(Kind::Engine, "the file has to be loaded anew after it was stopped"))];
        }
        let start = Instant::now();
        let answers = self.wait(self.limits.call, false);
        self.left = self.left.saturating_sub(start.elapsed());
        if self.left.is_zero() {
            self.spent = true;
            return vec![Err(JsError::time(self.limits.all, false))];
        }
        answers
    }

    /// Whether the file was stopped and has to be loaded anew.
    #[must_use]
    pub const fn is_spent(&self) -> bool {
        self.spent
    }

    /// The function that is called: `FindProxyForURL` or `FindProxyForURLEx`.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    /// What the file asked and said since the last time this was called.
    pub fn heard(&mut self) -> Heard {
        std::mem::take(&mut self.heard)
    }

    fn wait(&mut self, limit: Duration, loading: bool) -> Vec<Answer> {
        let reply = match self.replies.recv_timeout(limit.saturating_add(GRACE)) {
            Ok(reply) => reply,
            // Inside one long step of the engine, such as a search in a string of megabytes: it never looks up.
            Err(RecvTimeoutError::Timeout) => worker::Reply::failed(JsError::time(limit, loading)),
            Err(RecvTimeoutError::Disconnected) => {
                worker::Reply::failed(JsError::new(Kind::Engine, "the JavaScript engine gave up"))
            }
        };
        self.spent = reply.is_stopped();
        self.heard = reply.heard;
        reply.results
    }
}
