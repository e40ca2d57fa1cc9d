//! A PAC read back: executed.

use crate::js::{Environment, Limits, Pac};
use crate::target::read_back::{Back, Looks, Problem, Question, ReadBack, Reading, Verdict, What};

struct Script {
    pac: Pac,
    block: Option<String>,
}

/// Loads the script.
pub fn read_back(reading: &Reading) -> ReadBack {
    let Some(file) = reading.files.first() else {
        return Err(vec![Problem { path: String::new(), line: 0, message: "there is no file".to_owned() }]);
    };
    let problem = |line: usize, message: String| vec![Problem { path: file.path.to_owned(), line, message }];
    // Old engines read the file in the code page of the machine.
    if let Some(line) = file.bytes.split(|b| *b == b'\n').position(|line| !line.is_ascii()) {
        return Err(problem(line + 1, "a character that is not ASCII".to_owned()));
    }
    let text = String::from_utf8_lossy(file.bytes);
    let environment = Environment { limits: Limits::patient(), ..Environment::default() };
    let pac = Pac::load(&text, &environment).map_err(|error| problem(0, error.to_string()))?;
    Ok(vec![Box::new(Script { pac, block: reading.options.get("block").cloned() })])
}

impl Back for Script {
    fn looks(&self) -> Looks {
        Looks::AtUrls { block: self.block.clone() }
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let What::Host(host) = question.what else { return Ok(Verdict::Route(String::new())) };
        let in_url = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
        // Ports in the URL and by the scheme alike; a scheme that nobody knows has none.
        let url = match question.port {
            None => format!("gopher://{in_url}/"),
            Some(80) => format!("http://{in_url}/a?b#c"),
            Some(443) => format!("https://{in_url}/"),
            Some(port) => format!("https://{in_url}:{port}/"),
        };
        self.pac.find(&url, host).map(Verdict::Route).map_err(|error| error.to_string())
    }
}
