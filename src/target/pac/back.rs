//! A PAC read back: executed.

use crate::js::{Environment, Pac};
use crate::reader::{File, Problem};
use crate::site::{RouteId, ZoneId};
use crate::target::read_back::{Back, Looks, Verdict};

struct Script {
    pac: Pac,
    block: Option<RouteId>,
}

/// Loads the script.
pub fn read_back(files: &[File], block: Option<RouteId>) -> Result<Box<dyn Back>, Vec<Problem>> {
    let problem = |message: String| vec![Problem { path: "proxy.pac".to_owned(), line: 0, message }];
    let file = files.first().ok_or_else(|| problem("there is no file".to_owned()))?;
    // Old engines read the file in the code page of the machine.
    if let Some(line) = file.bytes.split(|b| *b == b'\n').position(|line| !line.is_ascii()) {
        return Err(vec![Problem {
            path: file.path.to_owned(),
            line: line + 1,
            message: "a character that is not ASCII".to_owned(),
        }]);
    }
    let text = String::from_utf8_lossy(file.bytes);
    let pac = Pac::load(&text, &Environment::default()).map_err(|error| problem(error.to_string()))?;
    Ok(Box::new(Script { pac, block }))
}

impl Back for Script {
    fn looks(&self) -> Looks {
        Looks::AtUrls
    }

    fn block(&self) -> Option<RouteId> {
        self.block
    }

    fn verdict(&mut self, _: ZoneId, host: &str, port: Option<u16>) -> Result<Verdict, String> {
        let in_url = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
        // Ports in the URL and by the scheme alike; a scheme that nobody knows has none.
        let url = match port {
            None => format!("gopher://{in_url}/"),
            Some(80) => format!("http://{in_url}/a?b#c"),
            Some(443) => format!("https://{in_url}/"),
            Some(port) => format!("https://{in_url}:{port}/"),
        };
        self.pac.find(&url, host).map(Verdict::Route).map_err(|error| error.to_string())
    }
}
