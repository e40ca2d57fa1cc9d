//! The statements of the file: tables, sets, chains, rules.

use std::collections::BTreeMap;

use super::token::{Lost, Parser, tokens};
use super::{Addresses, Nft, Rule, Set};
use crate::reader::File;
use crate::reader::net::{Protocol, Span, Spans, ports, span};
use crate::reader::text::{Problems, quoted};

/// Reads the file. After the first statement that is not understood nothing else is read.
pub(super) fn read(file: &File, problems: &mut Problems) -> Nft {
    let tokens = tokens(file, problems);
    let mut parser = Parser { path: file.path, tokens, at: 0, problems };
    match parser.file() {
        Ok(Some(table)) => table,
        Ok(None) => {
            parser.problems.add(file.path, 0, "there is no table");
            Nft::default()
        }
        Err(Lost(line, message)) => {
            parser.problems.add(file.path, line, message);
            Nft::default()
        }
    }
}

impl<'a> Parser<'a, '_> {
    fn file(&mut self) -> Result<Option<Nft>, Lost> {
        let mut tables: BTreeMap<&str, Nft> = BTreeMap::new();
        loop {
            self.skip_ends();
            let token = self.next();
            match token.text {
                "" => break,
                "table" => {
                    self.expect("inet")?;
                    let name = self.name()?;
                    self.expect("{")?;
                    if tables.keys().any(|t| *t != name) {
                        return Err(Lost(token.line, format!("a second table {}", quoted(name))));
                    }
                    let table = tables.entry(name).or_default();
                    self.table(table)?;
                    self.end()?;
                }
                "delete" => {
                    self.expect("table")?;
                    self.expect("inet")?;
                    let name = self.name()?;
                    self.end()?;
                    if tables.remove(name).is_none() {
                        return Err(Lost(token.line, format!("there is no table {} yet", quoted(name))));
                    }
                }
                _ => return Self::lost(token, "`table` or `delete`"),
            }
        }
        Ok(tables.into_values().next())
    }

    fn table(&mut self, table: &mut Nft) -> Result<(), Lost> {
        loop {
            self.skip_ends();
            let token = self.next();
            match token.text {
                "}" => break,
                "set" => {
                    let name = self.name()?;
                    self.expect("{")?;
                    let set = self.set(name, token.line)?;
                    self.end()?;
                    if table.sets.insert(name.to_owned(), set).is_some() {
                        self.problems.add(self.path, token.line, format!("a second set {}", quoted(name)));
                    }
                }
                "chain" => {
                    let name = self.name()?;
                    self.expect("{")?;
                    let rules = self.chain()?;
                    self.end()?;
                    if table.chains.insert(name.to_owned(), rules).is_some() {
                        self.problems.add(self.path, token.line, format!("a second chain {}", quoted(name)));
                    }
                }
                _ => return Self::lost(token, "`set`, `chain` or `}`"),
            }
        }
        self.check(table);
        Ok(())
    }

    fn set(&mut self, name: &str, line: usize) -> Result<Set, Lost> {
        let (mut v6, mut interval, mut elements) = (None, false, None);
        loop {
            self.skip_ends();
            let token = self.next();
            match token.text {
                "}" => break,
                "type" if v6.is_none() => {
                    let kind = self.next();
                    v6 = match kind.text {
                        "ipv4_addr" => Some(false),
                        "ipv6_addr" => Some(true),
                        _ => return Self::lost(kind, "`ipv4_addr` or `ipv6_addr`"),
                    };
                }
                "flags" if !interval => {
                    self.expect("interval")?;
                    interval = true;
                }
                "elements" if elements.is_none() => {
                    self.expect("=")?;
                    self.expect("{")?;
                    elements = Some(self.list(span)?);
                }
                _ => return Self::lost(token, "`type`, `flags`, `elements` or `}`"),
            }
            self.end()?;
        }
        let Some(v6) = v6 else { return Err(Lost(line, format!("the set {} has no type", quoted(name)))) };
        let Some(elements) = elements else {
            return Err(Lost(line, format!("the set {} is empty: it matches nothing", quoted(name))));
        };
        if !interval && elements.iter().any(|(_, s)| s.first != s.last) {
            return Err(Lost(line, format!("the set {} has networks without `flags interval`", quoted(name))));
        }
        Ok(Set { v6, spans: self.spans(v6, elements, true) })
    }

    /// Elements as a set, all of its family. Those of a named set must not overlap; others are merged.
    fn spans(&mut self, v6: bool, elements: Vec<(usize, Span)>, named: bool) -> Spans {
        let mut spans = Spans::default();
        for (line, span) in elements {
            if span.v6 == v6 {
                spans.add(span, u32::try_from(line).unwrap_or(u32::MAX));
            } else {
                self.problems.add(self.path, line, "the address is of the other family");
            }
        }
        for (line, by) in spans.finish().into_iter().filter(|_| named) {
            let message = format!("the address is within, or overlaps, that of line {by}");
            self.problems.add(self.path, line as usize, message);
        }
        spans
    }

    fn chain(&mut self) -> Result<Vec<Rule>, Lost> {
        let mut rules = Vec::new();
        loop {
            self.skip_ends();
            if self.peek().text == "}" {
                self.next();
                return Ok(rules);
            }
            rules.push(self.rule()?);
        }
    }

    fn rule(&mut self) -> Result<Rule, Lost> {
        let mut rule = Rule { line: self.peek().line, from: None, to: None, ports: None };
        loop {
            let token = self.next();
            match token.text {
                "accept" => break,
                "ip" | "ip6" => {
                    let v6 = token.text == "ip6";
                    let side = self.next();
                    let place = match side.text {
                        "saddr" if rule.from.is_none() => &mut rule.from,
                        "daddr" if rule.to.is_none() => &mut rule.to,
                        _ => return Self::lost(side, "`saddr` or `daddr`, each once,"),
                    };
                    *place = Some(self.addresses(v6)?);
                }
                "tcp" | "udp" if rule.ports.is_none() => {
                    let protocol = if token.text == "tcp" { Protocol::Tcp } else { Protocol::Udp };
                    self.expect("dport")?;
                    rule.ports = Some((protocol, self.ports()?));
                }
                _ => return Self::lost(token, "`ip`, `ip6`, `tcp`, `udp` or `accept`"),
            }
        }
        self.end()?;
        Ok(rule)
    }

    fn addresses(&mut self, v6: bool) -> Result<Addresses, Lost> {
        let token = self.next();
        if let Some(set) = token.text.strip_prefix('@') {
            return Ok(Addresses::Named { v6, set: set.to_owned() });
        }
        let elements = match token.text {
            "{" => self.list(span)?,
            text => vec![(token.line, span(text).map_err(|m| Lost(token.line, m))?)],
        };
        Ok(Addresses::Listed { v6, spans: self.spans(v6, elements, false) })
    }

    fn ports(&mut self) -> Result<Vec<(u16, u16)>, Lost> {
        let token = self.next();
        let found = match token.text {
            "{" => self.list(ports)?,
            text => vec![(token.line, ports(text).map_err(|m| Lost(token.line, m))?)],
        };
        Ok(found.into_iter().map(|(_, range)| range).collect())
    }

    /// What rules name is there, and can match.
    fn check(&mut self, table: &Nft) {
        for rule in table.chains.values().flatten() {
            let mut families = Vec::new();
            for side in [&rule.from, &rule.to].into_iter().flatten() {
                match side {
                    Addresses::Listed { v6, .. } => families.push(*v6),
                    Addresses::Named { v6, set } => {
                        families.push(*v6);
                        match table.sets.get(set) {
                            Some(s) if s.v6 == *v6 => {}
                            Some(_) => {
                                let message = format!("the set {} is of the other family", quoted(set));
                                self.problems.add(self.path, rule.line, message);
                            }
                            None => self.problems.add(self.path, rule.line, format!("no set {}", quoted(set))),
                        }
                    }
                }
            }
            if families.windows(2).any(|w| w[0] != w[1]) {
                self.problems.add(self.path, rule.line, "the rule wants IPv4 and IPv6 at once: it never matches");
            }
        }
    }
}
