//! A real Chromium that is given a PAC file, and a page that asks for URLs.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::json;

use super::recorder;

/// As Debian names it.
const CHROMIUM: &str = "chromium";
/// What the shell says when Chromium ends by itself.
const ENDED: &str = "Chromium ended with the code";
/// What Chromium says where it may make no namespaces, as in many containers.
const NO_SANDBOX: &str = "No usable sandbox";
/// How long everything may take: ten times what is usual.
const PATIENCE: Duration = Duration::from_secs(240);

/// What became of a URL, as the page sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// An answer came.
    Answered,
    /// None came.
    Failed,
    /// The browser asks for https instead, and has sent nothing yet: the name is on its HSTS list.
    Upgraded,
    /// The browser takes it for no URL.
    NoUrl,
}

/// What Chromium is to do.
#[derive(Debug)]
pub struct Job {
    /// The PAC file.
    pub pac: Vec<u8>,
    /// The URLs to ask for.
    pub urls: Vec<String>,
    /// Whom it finds where: the text of `--host-resolver-rules`.
    pub resolver: String,
}

/// Has Chromium ask for all URLs; their outcomes stand in their order.
pub fn ask(job: Job) -> Vec<Outcome> {
    let (urls, resolver) = (job.urls.len(), job.resolver.clone());
    let (desk, outcomes) = desk(job);
    let root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let start = |sandbox: bool| Chromium::start(desk, &resolver, sandbox);
    // Chromium refuses to sandbox what root starts.
    let mut chromium = start(!root);
    let begin = Instant::now();
    let outcomes = loop {
        match outcomes.recv_timeout(Duration::from_millis(100)) {
            Ok(outcomes) => break outcomes,
            Err(RecvTimeoutError::Disconnected) => panic!("nobody serves the page"),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let said = chromium.said();
        if said.contains(NO_SANDBOX) && chromium.sandbox {
            drop(chromium);
            chromium = start(false);
        } else if said.contains(ENDED) {
            panic!("`{CHROMIUM}` does not run (tests/run installs it):\n{said}");
        } else if begin.elapsed() > PATIENCE {
            panic!("Chromium did not ask for everything within {PATIENCE:?}:\n{said}");
        }
    };
    assert_eq!(outcomes.len(), urls, "each URL has an outcome; Chromium says:\n{}", chromium.said());
    outcomes
}

/// A running Chromium. It is ended with all its processes when it is dropped, after a panic too; and, as a shell waits
/// for the end of this process, even when the test is killed.
struct Chromium {
    shell: Child,
    sandbox: bool,
    said: Arc<Mutex<String>>,
    listener: Option<JoinHandle<()>>,
    /// Its profile, home and temporary folder.
    _folder: tempfile::TempDir,
}

impl Chromium {
    fn start(desk: u16, resolver: &str, sandbox: bool) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new("sh");
        let script = format!("{{ \"$@\"; echo \"{ENDED} $?\"; }} </dev/null >&2 & read end; kill -9 0");
        command.args(["-c", &script, "sh", CHROMIUM]);
        command.args(["--headless", "--disable-gpu", "--no-first-run"]);
        // Containers have little of what /dev/shm is for.
        command.arg("--disable-dev-shm-usage");
        // Nothing but what the page asks for.
        command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
        command.args(["--disable-extensions", "--disable-quic"]);
        if !sandbox {
            command.arg("--no-sandbox");
        }
        command.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
        command.arg(format!("--proxy-pac-url=http://127.0.0.1:{desk}/proxy.pac"));
        command.arg(format!("--host-resolver-rules={resolver}"));
        command.arg(format!("http://127.0.0.1:{desk}/"));
        command.env("HOME", folder.path()).env("TMPDIR", folder.path()).env("XDG_RUNTIME_DIR", folder.path());
        // The shell kills its group, and so itself.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut shell = command.spawn().expect("sh");
        let said = Arc::new(Mutex::new(String::new()));
        let stderr = shell.stderr.take().expect("stderr");
        let listener = std::thread::spawn({
            let said = Arc::clone(&said);
            move || listen(stderr, &said)
        });
        Self { shell, sandbox, said, listener: Some(listener), _folder: folder }
    }

    /// The end of what it says.
    fn said(&self) -> String {
        let said = self.said.lock().expect("what Chromium says");
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

fn listen(stderr: ChildStderr, said: &Mutex<String>) {
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        said.lock().expect("what Chromium says").push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // The shell reads the end of its input and kills its group.
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
        // The end of what is said is the end of the last process: then nobody writes into the folder any more.
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

/// Serves the PAC file, the page and its URLs, and hands on the outcomes. It ends with the test's process.
fn desk(job: Job) -> (u16, Receiver<Vec<Outcome>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port for the desk");
    let port = listener.local_addr().expect("its address").port();
    let (sender, receiver) = channel();
    let job = Arc::new(job);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (job, sender) = (Arc::clone(&job), sender.clone());
            std::thread::spawn(move || {
                let _ = serve(&stream, &job, &sender);
            });
        }
    });
    (port, receiver)
}

fn serve(mut stream: &TcpStream, job: &Job, outcomes: &Sender<Vec<Outcome>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let lines = recorder::head(&mut reader)?;
    let (kind, body) = match lines[0].split(' ').nth(1) {
        Some("/proxy.pac") => ("application/x-ns-proxy-autoconfig", job.pac.clone()),
        Some("/asks") => ("application/json", json!(job.urls).to_string().into_bytes()),
        Some("/") => ("text/html", include_bytes!("chromium.html").to_vec()),
        Some("/outcomes") => {
            let length =
                lines.iter().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut body)?;
            let words: Vec<String> = serde_json::from_slice(&body)?;
            let _ = outcomes.send(words.iter().map(|word| outcome(word)).collect());
            ("text/plain", Vec::new())
        }
        _ => ("text/plain", Vec::new()),
    };
    let length = body.len();
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")?;
    stream.write_all(&body)
}

fn outcome(word: &str) -> Outcome {
    match word {
        "answered" => Outcome::Answered,
        "redirected" => Outcome::Upgraded,
        "no URL" => Outcome::NoUrl,
        _ => Outcome::Failed,
    }
}
