//! Proxies and servers on the loopback that serve nobody: each writes down who was asked for, and refuses or answers
//! with nothing. They end with the test's process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// How a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// To an HTTP proxy, the whole URL in the first line.
    Url,
    /// To an HTTP proxy, as CONNECT.
    Connect,
    /// To a SOCKS5 proxy.
    Socks,
    /// To a server, as HTTP.
    Http,
    /// To a server, as TLS.
    Tls,
}

/// A host, as [`key`] writes it, and a port.
pub type Place = (String, u16);

/// A request that came to a recorder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival {
    /// The recorder.
    pub at: String,
    /// How it came.
    pub how: How,
    /// What was asked for.
    pub place: Place,
}

/// What came, in no order.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<Arrival>>>);

impl Log {
    /// All that came since the last time.
    pub fn take(&self) -> Vec<Arrival> {
        std::mem::take(&mut *self.0.lock().expect("the log"))
    }

    fn write(&self, at: &str, how: How, place: Place) {
        self.0.lock().expect("the log").push(Arrival { at: at.to_owned(), how, place });
    }

    /// Starts an HTTP proxy and gives its port.
    pub fn http_proxy(&self, name: &'static str) -> u16 {
        let log = self.clone();
        serve(move |stream| http_proxy(stream, name, &log))
    }

    /// Starts a SOCKS5 proxy and gives its port.
    pub fn socks_proxy(&self, name: &'static str) -> u16 {
        let log = self.clone();
        serve(move |stream| socks_proxy(stream, name, &log))
    }

    /// Starts the server that stands for a port of every host, or of the given one, and gives the port it really has.
    /// TLS says which host is asked for only when that is a name.
    pub fn server(&self, name: &'static str, host: Option<String>, port: u16) -> u16 {
        let log = self.clone();
        serve(move |stream| server(stream, name, host.as_deref(), port, &log))
    }
}

/// A host as it is compared: lower case, without brackets and trailing dot, addresses in one spelling.
pub fn key(host: &str) -> String {
    let host = host.trim_start_matches('[').trim_end_matches([']', '.']).to_ascii_lowercase();
    host.parse::<Ipv6Addr>().map_or(host, |ip| ip.to_string())
}

/// `host:port`, or a host and the port of its scheme.
fn place(authority: &str, default: u16) -> Option<Place> {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => Some((key(host), port.parse().ok()?)),
        _ => Some((key(authority), default)),
    }
}

fn serve(each: impl Fn(&TcpStream) -> std::io::Result<()> + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port for a recorder");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let each = each.clone();
            std::thread::spawn(move || {
                // A connection that breaks, or that the browser opened in advance, is the other side's business.
                let _ = each(&stream);
            });
        }
    });
    port
}

/// The lines of a request's head; the first is empty when nothing came.
pub fn head(reader: &mut impl std::io::BufRead) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_owned();
        let end = line.is_empty();
        lines.push(line);
        if end {
            return Ok(lines);
        }
    }
}

/// The page that asks stands elsewhere than what it asks for.
const NOTHING: &str =
    "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const REFUSED: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn http_proxy(mut stream: &TcpStream, name: &str, log: &Log) -> std::io::Result<()> {
    let lines = head(&mut BufReader::new(stream))?;
    let mut words = lines[0].split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if method == "CONNECT" {
        if let Some(place) = place(target, 0) {
            log.write(name, How::Connect, place);
        }
        return stream.write_all(REFUSED.as_bytes());
    }
    let authority = target.strip_prefix("http://").map(|rest| rest.split('/').next().unwrap_or_default());
    if let Some(place) = authority.and_then(|authority| place(authority, 80)) {
        log.write(name, How::Url, place);
    }
    stream.write_all(NOTHING.as_bytes())
}

fn socks_proxy(mut stream: &TcpStream, name: &str, log: &Log) -> std::io::Result<()> {
    let from = stream;
    let take = |length: usize| {
        let (mut bytes, mut reader) = (vec![0; length], from);
        reader.read_exact(&mut bytes).map(|()| bytes)
    };
    // Version, methods; the answer is "no authentication".
    let methods = take(2)?[1];
    take(methods.into())?;
    stream.write_all(&[5, 0])?;
    // Version, command, nothing, kind of address.
    let host = match take(4)?[3] {
        1 => Ipv4Addr::from(<[u8; 4]>::try_from(take(4)?).expect("four bytes")).to_string(),
        4 => Ipv6Addr::from(<[u8; 16]>::try_from(take(16)?).expect("sixteen bytes")).to_string(),
        _ => {
            let length = take(1)?[0];
            String::from_utf8_lossy(&take(length.into())?).into_owned()
        }
    };
    let port = take(2)?;
    log.write(name, How::Socks, (key(&host), u16::from_be_bytes([port[0], port[1]])));
    // Not allowed by the ruleset.
    stream.write_all(&[5, 2, 0, 1, 0, 0, 0, 0, 0, 0])
}

fn server(mut stream: &TcpStream, name: &str, host: Option<&str>, port: u16, log: &Log) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    if reader.fill_buf()?.first() == Some(&0x16) {
        // A TLS record: its kind, version and length, and the hello.
        let mut before = [0; 5];
        reader.read_exact(&mut before)?;
        let mut hello = vec![0; u16::from_be_bytes([before[3], before[4]]).into()];
        reader.read_exact(&mut hello)?;
        let named = server_name(&hello).or(host.map(str::to_owned)).unwrap_or_default();
        log.write(name, How::Tls, (key(&named), port));
        // The fatal alert "access denied".
        return stream.write_all(&[0x15, 3, 3, 0, 2, 2, 49]);
    }
    let lines = head(&mut reader)?;
    let named = lines.iter().find_map(|line| line.strip_prefix("Host: "));
    if let Some((host, _)) = named.and_then(|authority| place(authority, 80)) {
        log.write(name, How::Http, (host, port));
    }
    stream.write_all(NOTHING.as_bytes())
}

/// The name in a ClientHello.
fn server_name(hello: &[u8]) -> Option<String> {
    /// The next `length` bytes, a number of that many bytes.
    fn number(rest: &mut &[u8], length: usize) -> Option<usize> {
        let (number, behind) = rest.split_at_checked(length)?;
        *rest = behind;
        Some(number.iter().fold(0, |n, byte| n << 8 | usize::from(*byte)))
    }
    /// A text or list behind its length.
    fn sized<'h>(rest: &mut &'h [u8], length: usize) -> Option<&'h [u8]> {
        let length = number(rest, length)?;
        let (text, behind) = rest.split_at_checked(length)?;
        *rest = behind;
        Some(text)
    }
    // The message's kind and length, the version and the random bytes; session, ciphers, compression; extensions.
    let mut rest = hello.get(4 + 2 + 32..)?;
    sized(&mut rest, 1)?;
    sized(&mut rest, 2)?;
    sized(&mut rest, 1)?;
    let mut extensions = sized(&mut rest, 2)?;
    loop {
        let kind = number(&mut extensions, 2)?;
        let mut extension = sized(&mut extensions, 2)?;
        if kind == 0 {
            let mut names = sized(&mut extension, 2)?;
            number(&mut names, 1)?;
            return Some(String::from_utf8_lossy(sized(&mut names, 2)?).into_owned());
        }
    }
}
