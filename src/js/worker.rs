//! The thread in which one PAC file lives: its engine, its limits, its calls.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::{Context, Ctx, Error, Function, Runtime, Value};

use super::error::{FILE, JsError, Kind, describe, text};
use super::questions::{Last, Questions};
use super::{Answer, Environment, helpers};

/// What a file asked and said while it ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// Texts of `alert`.
    pub alerts: Vec<String>,
    /// Names that were asked for and have no address.
    pub unresolved: Vec<String>,
    /// Whether the client's own address was asked for.
    pub my_ip: bool,
}

/// Questions that are answered in one go, within the time of one call.
pub(super) struct Ask {
    /// URLs and hosts.
    pub questions: Questions,
}

pub(super) struct Reply {
    /// An answer a question, as far as the engine was not stopped; after loading, the function's name.
    pub results: Vec<Answer>,
    pub heard: Heard,
}

impl Reply {
    pub fn failed(error: JsError) -> Self {
        Self { results: vec![Err(error)], heard: Heard::default() }
    }

    /// Whether the engine was stopped, which is the last that is heard of it.
    pub fn is_stopped(&self) -> bool {
        self.results.last().is_some_and(|last| last.as_ref().is_err_and(JsError::is_final))
    }
}

/// The stack of the thread. The engine counts what it uses and stops far below, at [`STACK_LIMIT`]; the rest is for
/// its few recursions that it does not count.
const STACK: usize = 64 << 20;
const STACK_LIMIT: usize = 4 << 20;
/// Longest answer that is handed on.
const MAX_ANSWER: usize = 64 << 10;

/// All but `performance`, which is a clock.
type Intrinsics = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
    intrinsic::WeakRef,
);

/// When the running script must be done.
#[derive(Default)]
struct Deadline {
    at: Cell<Option<Instant>>,
    passed: Cell<bool>,
}

impl Deadline {
    fn set(&self, limit: Duration) {
        self.at.set(Instant::now().checked_add(limit));
    }
    fn is_over(&self) -> bool {
        let over = self.at.get().is_some_and(|at| Instant::now() >= at);
        if over {
            self.passed.set(true);
        }
        over
    }
}

pub(super) fn start(
    text: String,
    environment: Environment,
    asked: Receiver<Ask>,
    replies: Sender<Reply>,
) -> Result<(), JsError> {
    let body = move || live(text, &environment, &asked, &replies);
    let spawned = std::thread::Builder::new().name("javascript".to_owned()).stack_size(STACK).spawn(body);
    spawned.map(drop).map_err(|error| JsError::new(Kind::Engine, format!("no thread for the engine: {error}")))
}

fn live(text: String, environment: &Environment, asked: &Receiver<Ask>, replies: &Sender<Reply>) {
    let limits = environment.limits;
    let deadline = Rc::new(Deadline::default());
    let engine = Runtime::new().and_then(|runtime| {
        runtime.set_memory_limit(limits.memory.saturating_add(limits.per_byte.saturating_mul(text.len())));
        runtime.set_max_stack_size(STACK_LIMIT);
        let watch = Rc::clone(&deadline);
        runtime.set_interrupt_handler(Some(Box::new(move || watch.is_over())));
        let context = Context::custom::<Intrinsics>(&runtime)?;
        Ok((runtime, context))
    });
    let (runtime, context) = match engine {
        Ok(engine) => engine,
        Err(error) => {
            let error = JsError::new(Kind::Engine, format!("no JavaScript engine: {error}"));
            let _ = replies.send(Reply::failed(error));
            return;
        }
    };
    let stopped = context.with(|ctx| serve(&ctx, text, environment, &deadline, asked, replies));
    if stopped {
        // The engine was stopped in the middle of something: its teardown might find what it does not expect. It stays
        // until the process ends.
        std::mem::forget(context);
        std::mem::forget(runtime);
    }
}

/// Loads the file and answers until nobody asks any more; true when the engine was stopped.
fn serve(
    ctx: &Ctx<'_>,
    text: String,
    environment: &Environment,
    deadline: &Deadline,
    asked: &Receiver<Ask>,
    replies: &Sender<Reply>,
) -> bool {
    let limits = environment.limits;
    let heard = helpers::Ears::default();
    let timely = |result: Answer, limit, loading| match result {
        Err(_) if deadline.passed.get() => Err(JsError::time(limit, loading)),
        result => result,
    };
    let settle = |results: Vec<Answer>| {
        let reply = Reply { results, heard: heard.take() };
        let stopped = reply.is_stopped();
        // When nobody waits any more, there is nothing to do either.
        let gone = replies.send(reply).is_err();
        (stopped, gone)
    };
    deadline.set(limits.load);
    let (result, function) = match load(ctx, text, environment, &heard) {
        Ok((name, function)) => (Ok(name.into()), Some(function)),
        Err(error) => (Err(error), None),
    };
    let (stopped, gone) = settle(vec![timely(result, limits.load, true)]);
    let Some(function) = function.filter(|_| !stopped && !gone) else {
        return stopped || deadline.passed.get();
    };
    let mut last = Last::default();
    while let Ok(Ask { questions }) = asked.recv() {
        deadline.set(limits.call);
        let mut answers = Vec::with_capacity(questions.len());
        for question in questions.iter() {
            let answer = call(ctx, &function, question).map(|answer| last.share(answer));
            answers.push(timely(answer, limits.call, false));
            if answers.last().is_some_and(|last| last.as_ref().is_err_and(JsError::is_final)) {
                break;
            }
        }
        let (stopped, gone) = settle(answers);
        if stopped || gone {
            return stopped || deadline.passed.get();
        }
    }
    false
}

fn load<'js>(
    ctx: &Ctx<'js>,
    text: String,
    environment: &Environment,
    heard: &helpers::Ears,
) -> Result<(&'static str, Function<'js>), JsError> {
    let caught = |error: Error| JsError::caught(ctx, &error);
    helpers::install(ctx, environment, heard).map_err(caught)?;
    if let Some(at) = text.find('\0') {
        let before = text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        return Err(JsError {
            line: u32::try_from(line).ok(),
            column: u32::try_from(column).ok(),
            ..JsError::new(Kind::Syntax, "not JavaScript: a NUL character")
        });
    }
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(FILE.to_owned());
    ctx.eval_with_options::<Value, _>(text, options).map_err(caught)?;
    let names: &[&str] =
        if environment.prefer_ex { &["FindProxyForURLEx", "FindProxyForURL"] } else { &["FindProxyForURL"] };
    let globals = ctx.globals();
    let mut found = None;
    for name in names {
        let value: Value = globals.get(*name).map_err(caught)?;
        if let Some(function) = value.as_function() {
            return Ok((name, function.clone()));
        }
        if !value.is_undefined() {
            found = Some(format!("`{name}` is {}, not a function", describe(&value)));
        }
    }
    let lexical = || ctx.eval::<bool, _>("typeof FindProxyForURL == 'function'").unwrap_or_default();
    Err(JsError::new(
        Kind::NoFunction,
        found.unwrap_or_else(|| {
            if lexical() {
                "`FindProxyForURL` is declared by `let`, `const` or `class`: browsers do not find it".to_owned()
            } else {
                "no function `FindProxyForURL`".to_owned()
            }
        }),
    ))
}

fn call(ctx: &Ctx<'_>, function: &Function<'_>, (url, host): (&str, &str)) -> Result<String, JsError> {
    let value: Value = function.call((url, host)).map_err(|error| JsError::caught(ctx, &error))?;
    if !value.is_string() {
        return Err(JsError::new(Kind::NotText, format!("the answer is {}, not a string", describe(&value))));
    }
    match text(&value) {
        Some(text) if text.len() <= MAX_ANSWER => Ok(text),
        Some(text) => {
            Err(JsError::new(Kind::NotText, format!("the answer has {} bytes, no client takes it", text.len())))
        }
        None if ctx.has_exception() => Err(JsError::caught(ctx, &Error::Exception)),
        None => Err(JsError::new(Kind::NotText, "the answer is not Unicode text: half a surrogate pair")),
    }
}
