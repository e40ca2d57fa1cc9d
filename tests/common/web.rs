//! A small web server in the test, which says whatever a test wants, over TCP or TLS; and a proxy that records what it is
//! asked for. Everything stays on 127.0.0.1 and ends with the test's process.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a connection is to a handler.
pub trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

/// Answers a request: its target (`/version/China?…`), and where to write.
pub type Handler = dyn Fn(&str, &mut dyn Wire) -> std::io::Result<()> + Send + Sync;

/// A running server.
pub struct Server {
    /// Its port of 127.0.0.1.
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A server that answers by a handler.
    pub fn new(handler: Box<Handler>) -> Self {
        Self::over(handler, |stream| Some(Box::new(stream)))
    }

    /// The same over TLS.
    pub fn tls(certificates: &Certificates, handler: Box<Handler>) -> Self {
        let config = certificates.server();
        Self::over(handler, move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).ok()?;
            Some(Box::new(StreamOwned::new(connection, stream)))
        })
    }

    fn over(handler: Box<Handler>, wrap: impl Fn(TcpStream) -> Option<Box<dyn Wire>> + Send + Sync + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let port = listen(move |stream| {
            let Some(mut wire) = wrap(stream) else { return };
            // A connection that breaks is the other side's business.
            if let Ok(target) = request(&mut wire) {
                seen.lock().expect("no panic before").push(target.clone());
                let target = target.split(' ').nth(1).unwrap_or_default().to_owned();
                let _ = handler(&target, &mut wire);
                let _ = wire.flush();
            }
        });
        Self { port, asked }
    }

    /// A proxy: it makes every tunnel, whatever it is asked for, to one port of 127.0.0.1.
    pub fn proxy(to: u16) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let port = listen(move |mut stream| {
            let Ok(line) = request(&mut stream) else { return };
            seen.lock().expect("no panic before").push(line);
            let Ok(mut there) = TcpStream::connect(("127.0.0.1", to)) else { return };
            let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
            let (Ok(mut from), Ok(mut back)) = (stream.try_clone(), there.try_clone()) else { return };
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut there);
                let _ = there.shutdown(Shutdown::Write);
            });
            let _ = std::io::copy(&mut back, &mut stream);
            let _ = stream.shutdown(Shutdown::Both);
        });
        Self { port, asked }
    }

    /// A server that is given its connections as they come, before anything was read.
    pub fn raw(handler: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        Self { port: listen(handler), asked: Arc::default() }
    }

    /// The first lines of all requests so far, and takes them away.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().expect("no panic before"))
    }
}

fn listen(handler: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port for a server");
    let port = listener.local_addr().expect("its address").port();
    let handler = Arc::new(handler);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handler = Arc::clone(&handler);
            std::thread::spawn(move || handler(stream));
        }
    });
    port
}

/// Reads a request to its empty line: its first line.
fn request(wire: &mut dyn Read) -> std::io::Result<String> {
    // Not a byte more: what follows a CONNECT belongs to the tunnel.
    let mut reader = BufReader::with_capacity(1, wire);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            return Ok(first.trim().to_owned());
        }
    }
}

/// An answer with its length.
pub fn answer(wire: &mut dyn Wire, status: &str, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n", body.len());
    wire.write_all(head.as_bytes())?;
    wire.write_all(body)
}

/// An answer of JSON.
pub fn json(wire: &mut dyn Wire, body: &str) -> std::io::Result<()> {
    answer(wire, "200 OK", "content-type: application/json\r\n", body.as_bytes())
}

/// Waits longer than any test does.
pub fn never_ends() {
    std::thread::sleep(Duration::from_secs(300));
}

/// A CA of the test's own, and a certificate that it gave a server.
pub struct Certificates {
    folder: tempfile::TempDir,
}

impl Certificates {
    /// Makes them for a name, with `openssl`.
    pub fn of(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let run = |words: &[&str]| {
            let made = Command::new("openssl").args(words).current_dir(folder.path()).output();
            let made = made.expect("`openssl` (tests/run installs it)");
            assert!(made.status.success(), "openssl {words:?}: {}", String::from_utf8_lossy(&made.stderr));
        };
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let ca = ["-x509", "-days", "2", "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem"];
        run(&[&["req"], &key[..], &ca].concat());
        run(&[&["req"], &key[..], &["-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr"]].concat());
        std::fs::write(folder.path().join("names"), format!("subjectAltName=DNS:{name}\n")).expect("a file");
        run(&[
            "x509",
            "-req",
            "-in",
            "server.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            "names",
            "-out",
            "server.pem",
        ]);
        Self { folder }
    }

    /// The CA's certificate.
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The CA's key: a PEM file without a certificate.
    pub fn key(&self) -> PathBuf {
        self.folder.path().join("ca.key")
    }

    fn server(&self) -> Arc<ServerConfig> {
        let path = |name: &str| -> PathBuf { Path::join(self.folder.path(), name) };
        let chain = CertificateDer::from_pem_file(path("server.pem")).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(path("server.key")).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("versions").with_no_client_auth().with_single_cert(vec![chain], key);
        Arc::new(config.expect("a certificate that fits its key"))
    }
}
