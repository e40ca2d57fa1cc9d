//! A PAC read back: executed.

use crate::js::{Environment, Limits, Pac, Questions};
use crate::target::read_back::{Back, Looks, Problem, Question, ReadBack, Reading, Turn, Verdict, What, alone, in_url};

struct Script {
    pac: Pac,
    block: Option<String>,
    widens_ports: bool,
    /// Of the ways to write a URL, by the kind of its port.
    turns: [Turn; 5],
    /// How many times questions were put that are not answered yet.
    begun: usize,
}

/// Ways to write a URL to a host: the port in front of everything that could be taken for one, or behind it.
const WITH_PORT: &[&str] = &[
    "https://%h:%p/",
    "http://%h:%p/a/b:9?c=d@e:1#f",
    "https://user:pw@%h:%p",
    "wss://%h:%p?x=http://y:5/",
    "gopher://%h:%p#a:1/",
];
/// Schemes that say the port themselves.
const OF_80: &[&str] = &["http://%h/a?b#c", "ws://%h/", "HTTP://%h", "http://%h:80/", "http://user:pw@%h:/"];
const OF_443: &[&str] =
    &["https://%h/", "wss://%h?x=http://y:5/", "HTTPS://%h#a", "https://%h:443/", "https://user:pw@%h/:80"];
const OF_21: &[&str] = &["ftp://%h/", "ftp://user:pw@%h/a", "ftp://%h:21/"];
/// Schemes that nobody knows a port of; one is known to every object of JavaScript.
const OF_NONE: &[&str] = &["gopher://%h/", "constructor://%h/", "gopher://user:80@%h"];

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
    Ok(vec![Box::new(Script {
        pac,
        block: reading.options.get("block").cloned(),
        widens_ports: reading.options.contains_key("ports"),
        turns: Default::default(),
        begun: 0,
    })])
}

impl Script {
    /// Adds a URL to what is asked about, and its host.
    fn add(&mut self, question: &Question, to: &mut Questions) {
        let (What::Host(host) | What::Tag(host)) = question.what;
        let (kind, ways) = match question.port {
            None => (0, OF_NONE),
            Some(80) => (1, OF_80),
            Some(443) => (2, OF_443),
            Some(21) => (3, OF_21),
            Some(_) => (4, WITH_PORT),
        };
        let way = self.turns.get_mut(kind).and_then(|turn| turn.of(ways)).unwrap_or_default();
        to.add(|text| write_url(text, way, (&in_url(host), question.port)), host);
    }
}

/// Writes a URL in one of the ways, with host and port.
fn write_url(text: &mut String, way: &str, (host, port): (&str, Option<u16>)) {
    for (at, piece) in way.split('%').enumerate() {
        // Behind a `%` stands the letter of what goes there.
        let rest = match (at, piece.strip_prefix('h'), piece.strip_prefix('p')) {
            (1.., Some(rest), _) => {
                text.push_str(host);
                rest
            }
            (1.., _, Some(rest)) => {
                text.extend(port.map(|port| port.to_string()));
                rest
            }
            _ => piece,
        };
        text.push_str(rest);
    }
}

impl Back for Script {
    fn looks(&self) -> Looks {
        Looks::AtUrls { block: self.block.clone(), widens_ports: self.widens_ports }
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        alone(self.verdicts(std::slice::from_ref(question)))
    }

    fn works_beside(&self) -> bool {
        true
    }

    fn begin(&mut self, questions: &[Question]) {
        let mut urls = Questions::default();
        questions.iter().for_each(|question| self.add(question, &mut urls));
        self.pac.ask(urls);
        self.begun += 1;
    }

    fn verdicts(&mut self, questions: &[Question]) -> Vec<Result<Verdict, String>> {
        if self.begun == 0 {
            self.begin(questions);
        }
        self.begun -= 1;
        let mut verdicts: Vec<Result<Verdict, String>> = Vec::with_capacity(questions.len());
        for answer in self.pac.answers() {
            let failed = answer.is_err();
            let answer = answer.map(|route| Verdict::Route(route.as_ref().to_owned()));
            verdicts.push(answer.map_err(|error| error.to_string()));
            if failed {
                break;
            }
        }
        verdicts
    }
}
