//! Reading the configuration: its lines in order, and the list files they name.

use std::collections::BTreeMap;

use super::Setting;
use super::acl::{Kind, Named};
use super::rules::{Access, Conf, Peer};
use crate::reader::File;
use crate::reader::text::{Line, Problems, lines, quoted};

/// Squid reads a physical line of the configuration into so many bytes, its end included.
const CONF_LINE: usize = 8190;
/// The same for a list.
const LIST_LINE: usize = 2046;
/// The longest name of an ACL.
const NAME: usize = 63;
/// Where values stand: the file and its line.
type Place = (usize, usize);

struct Reading<'a, 'b> {
    conf: Conf,
    files: BTreeMap<&'a str, File<'a>>,
    setting: &'b Setting<'b>,
    problems: &'b mut Problems,
    /// The files that were opened; the configuration is the first.
    opened: Vec<&'a str>,
    /// Of every value its place; tags point here.
    places: Vec<Place>,
    /// Where each ACL was first defined.
    defined: Vec<usize>,
}

/// Reads the configuration of `setting` and the lists it names.
pub(super) fn read(files: &[File], setting: &Setting, problems: &mut Problems) -> Conf {
    let mut conf = Conf::default();
    conf.define("all", Kind::All, false);
    for name in setting.external {
        conf.define(name, Kind::User, true);
    }
    let Some(main) = files.iter().find(|f| f.path == setting.conf) else {
        problems.add(setting.conf, 0, "the file is missing");
        return conf;
    };
    let defined = vec![0; conf.acls.len()];
    let mut reading = Reading {
        conf,
        files: files.iter().map(|f| (f.path, *f)).collect(),
        setting,
        problems,
        opened: vec![main.path],
        places: Vec::new(),
        defined,
    };
    for line in lines(main, reading.problems) {
        if let Err(message) = reading.line(line) {
            reading.problems.add(main.path, line.number, message);
        }
    }
    reading.finish();
    // A line that is wrong may have meant it.
    if reading.problems.is_empty() {
        for file in files.iter().filter(|f| !reading.opened.contains(&f.path)) {
            reading.problems.add(file.path, 0, "no ACL reads the file");
        }
    }
    reading.conf
}

impl<'a> Reading<'a, '_> {
    fn line(&mut self, line: Line<'a>) -> Result<(), String> {
        if line.text.len() > CONF_LINE {
            return Err(format!("the line is longer than {CONF_LINE} bytes, where Squid cuts it"));
        }
        let text = line.text.trim_matches([' ', '\t']);
        if text.starts_with("#line ") {
            return Err("`#line` is read by Squid".to_owned());
        }
        if text.is_empty() || text.starts_with('#') {
            return Ok(());
        }
        if text.ends_with('\\') {
            return Err("the line goes on in the next one, which is not read here".to_owned());
        }
        let words: Vec<&str> =
            text.split([' ', '\t']).filter(|w| !w.is_empty()).take_while(|w| !w.starts_with('#')).collect();
        match words.as_slice() {
            ["acl", rest @ ..] => self.acl(rest, line.number),
            ["http_access", rest @ ..] => {
                let access = self.access(rest)?;
                self.conf.access.push(access);
                Ok(())
            }
            ["never_direct", rest @ ..] => {
                let access = self.access(rest)?;
                self.conf.never_direct.push(access);
                Ok(())
            }
            ["always_direct", rest @ ..] => {
                let access = self.access(rest)?;
                self.conf.always_direct.push(access);
                Ok(())
            }
            ["cache_peer", rest @ ..] => self.peer(rest),
            ["cache_peer_access", name, rest @ ..] => {
                let access = self.access(rest)?;
                let peer = self.conf.peers.iter_mut().find(|p| p.name == **name);
                peer.ok_or_else(|| format!("no cache_peer {}", quoted(name)))?.access.push(access);
                Ok(())
            }
            [word, ..] => Err(format!("the directive {} is not read here", quoted(word))),
            [] => Ok(()),
        }
    }

    fn acl(&mut self, words: &[&'a str], line: usize) -> Result<(), String> {
        let [name, word, rest @ ..] = words else { return Err("an `acl` without name and type".to_owned()) };
        if name.len() > NAME {
            return Err(format!("the name {} is longer than {NAME} bytes", quoted(name)));
        }
        if name.starts_with('!') || name.contains(['"', '\'', '\\', '(', ')', '$']) {
            return Err(format!("{} is no name of an ACL", quoted(name)));
        }
        let kind = Kind::of(word).ok_or_else(|| format!("the ACL type {} is not read here", quoted(word)))?;
        let at = match self.conf.at(name) {
            Some(at) if self.conf.acls[at].kind.word() == *word && self.defined[at] > 0 => at,
            Some(at) => {
                let is = self.conf.acls[at].kind.word();
                return Err(format!("{} is already defined, with the type {is}", quoted(name)));
            }
            None => {
                self.defined.push(line);
                self.conf.define(name, kind, false)
            }
        };
        if matches!(self.conf.acls[at].kind, Kind::AllOf(_) | Kind::AnyOf(_)) {
            return self.group(at, rest);
        }
        let (values, any_case) = self.options(at, rest)?;
        self.values(at, values, any_case, line)
    }

    /// Takes the options off the words of an ACL.
    fn options<'w>(&self, acl: usize, words: &'w [&'a str]) -> Result<(&'w [&'a str], bool), String> {
        let kind = &self.conf.acls[acl].kind;
        let regex = matches!(kind, Kind::Regexes { .. });
        let (mut no_lookup, mut any_case) = (false, false);
        let mut rest = words;
        while let [word, after @ ..] = rest {
            match *word {
                "-n" if kind.looks_up() => no_lookup = true,
                "-i" if regex => any_case = true,
                "--" => {
                    rest = after;
                    break;
                }
                w if w.starts_with('-') => return Err(format!("the option {} is not read here", quoted(w))),
                _ => break,
            }
            rest = after;
        }
        if kind.looks_up() && !no_lookup {
            return Err(format!("`{}` without `-n` looks names up", kind.word()));
        }
        Ok((rest, any_case))
    }

    fn values(&mut self, at: usize, values: &[&'a str], any_case: bool, line: usize) -> Result<(), String> {
        if values.is_empty() {
            return Err("an ACL line without values".to_owned());
        }
        for (n, value) in values.iter().enumerate() {
            if value.starts_with(['"', '\'']) {
                if n + 1 < values.len() {
                    return Err("Squid ignores what stands behind a file name".to_owned());
                }
                return self.list(at, value, any_case);
            }
            if let Err(message) = self.value(at, value, any_case, (0, line)) {
                self.problems.add(self.opened[0], line, message);
            }
        }
        Ok(())
    }

    fn value(&mut self, at: usize, value: &str, any_case: bool, place: Place) -> Result<(), String> {
        let tag = u32::try_from(self.places.len()).map_err(|_| "more values than can be counted".to_owned())?;
        self.places.push(place);
        self.conf.acls[at].kind.add(value, any_case, tag)
    }

    /// The values of the list file that a quoted path names.
    fn list(&mut self, at: usize, word: &str, any_case: bool) -> Result<(), String> {
        let path = word.strip_prefix('"').and_then(|w| w.strip_suffix('"'));
        let path = path.ok_or_else(|| format!("{} is no file name in quotes", quoted(word)))?;
        let folder = self.setting.install_dir.trim_end_matches('/');
        let name = path.strip_prefix(folder).and_then(|p| p.strip_prefix('/'));
        let name = name.ok_or_else(|| format!("{} is not below {}", quoted(path), quoted(folder)))?;
        let Some(file) = self.files.get(name).copied() else {
            return Err(format!("the file {} is missing", quoted(name)));
        };
        let index = match self.opened.iter().position(|o| *o == file.path) {
            Some(0) => return Err("the configuration is no list".to_owned()),
            Some(index) => index,
            None => {
                self.opened.push(file.path);
                self.opened.len() - 1
            }
        };
        let mut some = false;
        let lines = lines(&file, self.problems);
        self.conf.acls[at].kind.reserve(lines.len());
        self.places.reserve(lines.len());
        for line in lines {
            let result = if line.text.len() > LIST_LINE {
                Err(format!("the line is longer than {LIST_LINE} bytes, where Squid cuts it"))
            } else {
                let item = item(line.text);
                if item.is_empty() {
                    continue;
                }
                if item.contains([' ', '\t']) {
                    Err(format!("{} is two values on a line: Squid takes them as one", quoted(item)))
                } else {
                    self.value(at, item, any_case, (index, line.number))
                }
            };
            some = true;
            if let Err(message) = result {
                self.problems.add(file.path, line.number, message);
            }
        }
        if !some {
            self.problems.add(file.path, 0, "the list is empty");
        }
        Ok(())
    }

    fn group(&mut self, at: usize, words: &[&str]) -> Result<(), String> {
        if words.is_empty() {
            return Err("an ACL line without values".to_owned());
        }
        let names = words.iter().map(|w| self.named(w)).collect::<Result<Vec<_>, _>>()?;
        let asks = names.iter().any(|n| !n.not && self.conf.acls[n.acl].asks);
        let acl = &mut self.conf.acls[at];
        acl.asks |= asks;
        match &mut acl.kind {
            Kind::AllOf(lines) => lines.push(names),
            Kind::AnyOf(all) => all.extend(names),
            _ => {}
        }
        Ok(())
    }

    fn named(&self, word: &str) -> Result<Named, String> {
        let (name, not) = match word.strip_prefix('!') {
            Some(name) => (name, true),
            None => (word, false),
        };
        let acl = self.conf.at(name).ok_or_else(|| format!("no ACL {} is defined above", quoted(name)))?;
        Ok(Named { acl, not })
    }

    fn access(&self, words: &[&str]) -> Result<Access, String> {
        let allow = match words.first() {
            Some(&"allow") => true,
            Some(&"deny") => false,
            _ => return Err("neither `allow` nor `deny`".to_owned()),
        };
        if words.len() == 1 {
            return Err("the line names no ACL: Squid skips it".to_owned());
        }
        let names = words[1..].iter().map(|w| self.named(w)).collect::<Result<Vec<_>, _>>()?;
        Ok(Access { allow, names })
    }

    fn peer(&mut self, words: &[&str]) -> Result<(), String> {
        let [host, "parent", port, "0", options @ ..] = words else {
            return Err("not of the form `cache_peer HOST parent PORT 0 …`".to_owned());
        };
        if !host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b)) {
            return Err(format!("{} is no host", quoted(host)));
        }
        match crate::reader::net::ports(port) {
            Ok((first, last)) if first == last && first > 0 => {}
            _ => return Err(format!("{} is no port", quoted(port))),
        }
        let mut name = *host;
        for option in options {
            match *option {
                "no-query" | "no-digest" | "default" | "no-netdb-exchange" => {}
                o => match o.strip_prefix("name=") {
                    Some(given) if !given.is_empty() => name = given,
                    _ => return Err(format!("the option {} is not read here", quoted(o))),
                },
            }
        }
        if self.conf.peers.iter().any(|p| p.name == name) {
            return Err(format!("there is a cache_peer {} already", quoted(name)));
        }
        self.conf.peers.push(Peer { name: name.to_owned(), address: format!("{host}:{port}"), access: Vec::new() });
        Ok(())
    }

    fn finish(&mut self) {
        for at in 0..self.conf.acls.len() {
            let pairs = self.conf.acls[at].kind.finish();
            let name = &self.conf.acls[at].name;
            for (tag, by) in pairs {
                let ((file, line), (other, other_line)) = (self.places[tag as usize], self.places[by as usize]);
                let message = format!(
                    "the value is covered by, or overlaps, that of {} line {other_line} in the ACL {}",
                    self.opened[other],
                    quoted(name)
                );
                self.problems.add(self.opened[file], line, message);
            }
        }
        if let Some((acl, message)) = self.conf.tangle() {
            self.problems.add(self.opened[0], self.defined[acl], message);
        }
    }
}

/// The value of a list's line: what stands before a comment, without the blanks around.
fn item(text: &str) -> &str {
    let text = text.trim_matches([' ', '\t']);
    let comment = text
        .match_indices('#')
        .map(|(at, _)| at)
        .find(|at| *at == 0 || text.as_bytes().get(at - 1).is_some_and(|b| matches!(b, b' ' | b'\t')));
    text[..comment.unwrap_or(text.len())].trim_end_matches([' ', '\t'])
}
