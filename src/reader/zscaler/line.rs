//! A URL of a category, by the rules of the vendor's help page.

use super::is_numeric;
use crate::reader::text::quoted;

/// The host of a line, and whether it takes what is below it.
pub(super) fn read(text: &str) -> Result<(&str, bool), String> {
    let no = |why: &str| Err(format!("{} {why}", quoted(text)));
    if text.is_empty() {
        return Err("the URL is empty".to_owned());
    }
    if text.len() > 1024 {
        return no("is longer than 1024 characters");
    }
    if !text.is_ascii() {
        return no("is not ASCII");
    }
    if let Some(c) = text.chars().find(|c| !c.is_ascii_graphic()) {
        return no(if c == ' ' || c == '\t' { "has a blank" } else { "has a control character" });
    }
    if text.contains("://") {
        return no("has a scheme");
    }
    if text.contains('*') {
        return no("has a `*`, which is no wildcard here");
    }
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        return no("has capital letters");
    }
    let host = text.split('/').next().unwrap_or(text);
    if host.contains(':') {
        return no("has a port");
    }
    if host.len() > 255 {
        return no("has a host longer than 255 characters");
    }
    if text.len() > host.len() && text[host.len()..].bytes().any(|b| b"\"'<>\\^`{|},".contains(&b)) {
        return no("has a character in its path that no URL has");
    }
    let (name, below) = match host.strip_prefix('.') {
        Some(name) => (name, true),
        None => (host, false),
    };
    let labels: Vec<&str> = name.split('.').collect();
    for label in &labels {
        if label.is_empty() {
            return no("has an empty label");
        }
        if label.len() > 63 {
            return no("has a label longer than 63 characters");
        }
        if *label == "_" {
            return no("has a label `_`");
        }
        if let Some(c) = label.chars().find(|c| !c.is_ascii_alphanumeric() && !"-_".contains(*c)) {
            return no(&format!("has a `{c}`, which no host has"));
        }
    }
    if labels.len() < 2 {
        return no("is a top-level domain alone");
    }
    if is_numeric(name) {
        return no("is an address: those stand in destination groups");
    }
    let sub = below || labels.len() > 2;
    if sub && labels[labels.len() - 2..].iter().any(|l| l.contains('_')) {
        return no("has a `_` in its last two labels");
    }
    Ok((name, below))
}
