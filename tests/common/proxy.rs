//! A real Squid with our configuration, tiny servers behind it, and the requests that are sent through it. Everything
//! stays on 127.0.0.0/8.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

/// Debian's Squid.
const SQUID: &str = "/usr/sbin/squid";

/// A port of 127.0.0.1 that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

/// A server that answers every request, CONNECT too, with 200 and its name. It ends with the test's process.
pub fn server(name: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port for a server");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                // A connection that breaks is the other side's business.
                let _ = serve(&stream, name);
            });
        }
    });
    port
}

fn serve(stream: &TcpStream, name: &str) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let mut head = String::new();
        loop {
            let before = head.len();
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
            if head.get(before..) == Some("\r\n") {
                break;
            }
        }
        // Behind CONNECT the client asks again, through the tunnel.
        let answer = if head.starts_with("CONNECT ") {
            "HTTP/1.1 200 OK\r\n\r\n".to_owned()
        } else {
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{name}\n", name.len() + 1)
        };
        writer.write_all(answer.as_bytes())?;
    }
}

/// The stock lines that our file is included before.
const STOCK: &str = "\
acl SSL_ports port 443
acl Safe_ports port 80 21 443 70 210 280 488 591 777 1025-65535
http_access deny !Safe_ports
http_access deny CONNECT !SSL_ports
http_access deny all
";

/// The parts of a squid.conf around our file.
#[derive(Debug, Default)]
pub struct Around {
    /// Lines before the include.
    pub before: String,
    /// Lines after it.
    pub after: String,
}

impl Around {
    /// Every allowed request goes to one server.
    pub fn all_to(server: u16) -> Self {
        let after =
            format!("cache_peer 127.0.0.1 parent {server} 0 no-query no-digest default\nnever_direct allow all\n");
        Self { before: String::new(), after }
    }
}

/// Writes a squid.conf that includes `pacwright.conf` of a folder, and gives its path and port.
pub fn configuration(work: &Path, install_dir: &Path, around: &Around) -> (PathBuf, u16) {
    let port = free_port();
    let at = |name: &str| work.join(name).display().to_string();
    let text = format!(
        "http_port 127.0.0.1:{port}\n\
         pid_filename {}\ncache_log {}\naccess_log none\ncache_store_log none\ncoredump_dir {}\nnetdb_filename none\n\
         visible_hostname squid.invalid\nicp_port 0\npinger_enable off\ncache deny all\ncache_mem 8 MB\n\
         shutdown_lifetime 0 seconds\ndns_nameservers 127.0.0.1\nhosts_file none\nforwarded_for delete\n\
         {}include {}\n{STOCK}{}",
        at("squid.pid"),
        at("cache.log"),
        work.display(),
        around.before,
        install_dir.join("pacwright.conf").display(),
        around.after,
    );
    let path = work.join("squid.conf");
    std::fs::write(&path, text).expect("squid.conf");
    (path, port)
}

/// What `squid -k parse` complains about, run from another working directory.
pub fn complaints(configuration: &Path) -> Vec<String> {
    let mut command = Command::new(SQUID);
    command.args(["-k", "parse", "-f"]).arg(configuration).current_dir("/");
    let output = super::pipe(command, "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    let bad = |line: &&str| {
        let line = line.to_ascii_lowercase();
        // The lines that repeat the configuration may hold any word.
        !line.contains("processing:") && ["warning", "error", "fatal", "bungled"].iter().any(|w| line.contains(w))
    };
    let mut found: Vec<String> = said.lines().filter(bad).map(str::to_owned).collect();
    if !output.status.success() {
        found.push(format!("squid -k parse: {}", output.status));
    }
    found
}

/// A running Squid. It is ended when it is dropped, after a panic too; and, as a shell waits for the end of this
/// process, even when the test is killed.
pub struct Squid {
    shell: Child,
    port: u16,
    log: PathBuf,
}

impl Squid {
    /// Starts Squid and waits until it answers.
    pub fn start(configuration: &Path, port: u16) -> Self {
        let mut command = Command::new("sh");
        command
            .args(["-c", "\"$1\" -N -f \"$2\" & squid=$!; read end; kill -9 $squid", "sh", SQUID])
            .arg(configuration);
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let shell = command.spawn().expect("sh");
        let squid = Self { shell, port, log: configuration.with_file_name("cache.log") };
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if begin.elapsed() > Duration::from_secs(120) {
                panic!("{SQUID} does not start (tests/run installs it):\n{}", squid.said());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        squid
    }

    /// Sends requests; the answers stand in their order.
    pub fn ask(&self, requests: &[Request]) -> Vec<Answer> {
        let list: Vec<_> = requests.iter().map(|r| json!([r.source, r.method, r.target, r.authorization])).collect();
        let answers = super::node("requests.js", &json!({"proxy": self.port, "lanes": 16, "requests": list}));
        let answers = answers.as_array().expect("answers");
        assert_eq!(answers.len(), requests.len(), "each request has an answer; Squid says:\n{}", self.said());
        answers.iter().map(answer).collect()
    }

    /// The end of its log.
    pub fn said(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Squid {
    fn drop(&mut self) {
        // The shell reads the end of its input, ends Squid, and ends.
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// A request to a proxy.
#[derive(Debug, Clone)]
pub struct Request {
    /// The address it comes from.
    pub source: &'static str,
    /// CONNECT or GET.
    pub method: &'static str,
    /// `host:port`, or a URL.
    pub target: String,
    /// The value of Proxy-Authorization.
    pub authorization: Option<&'static str>,
}

/// What a proxy did with a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// It was sent on; the server behind gave its name.
    Passed(String),
    /// 403 by an access rule.
    Refused,
    /// 407.
    AuthenticationWanted,
    /// Anything else: always a failure of the test.
    Odd(String),
}

fn answer(answer: &serde_json::Value) -> Answer {
    let text = |at: usize| answer[at].as_str().unwrap_or_default();
    match (answer[0].as_u64(), text(2)) {
        (Some(200), "") => Answer::Passed(text(1).to_owned()),
        (Some(403), "ERR_ACCESS_DENIED") => Answer::Refused,
        (Some(407), _) => Answer::AuthenticationWanted,
        _ => Answer::Odd(answer.to_string()),
    }
}

/// Counts answers of each kind.
pub fn counts(answers: &[Answer]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for answer in answers {
        let name = match answer {
            Answer::Passed(name) => format!("passed to {name}"),
            Answer::Refused => "refused".to_owned(),
            Answer::AuthenticationWanted => "authentication wanted".to_owned(),
            Answer::Odd(_) => "odd".to_owned(),
        };
        *counts.entry(name).or_default() += 1;
    }
    counts.iter().map(|(name, n)| format!("{n} {name}")).collect::<Vec<_>>().join(", ")
}
