//! What files mention: a file that says too much names hosts, networks and ports that nobody asked it to. They are asked
//! for as well, whatever the format: words are taken out of the text without an eye for its meaning.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rayon::prelude::*;

use super::Written;
use super::hosts::{Hosts, List};
use crate::source::whole_lines;

/// Ports that the files of an output mention; of more than these, none is asked for: the numbers are no ports.
const MOST_PORTS: usize = 40;
/// Names longer than any host.
const LONGEST: usize = 255;

/// The hosts and networks that files mention.
pub fn hosts<'f>(files: &[Written<'f>]) -> Hosts {
    let parts = |file: &Written<'f>| {
        let bytes = file.bytes;
        whole_lines(bytes, PART).filter_map(|place| bytes.get(place))
    };
    let parts: Vec<&[u8]> = files.iter().flat_map(parts).collect();
    let of_part = |part: &[u8]| {
        let mut list = List::default();
        words(part, |word| list.add(&[word]));
        list
    };
    let lists: Vec<List> = parts.into_par_iter().map(of_part).collect();
    Hosts::of(List::all(lists), |_| true)
}

/// Bytes of a file that are looked at in one go, beside others.
const PART: usize = 128 << 10;

/// Shows the words of a file that could be hosts or networks, in lower case and as often as they occur.
pub fn words(bytes: &[u8], mut show: impl FnMut(&str)) {
    // In a regular expression a dot is escaped.
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) if !text.contains("\\.") => words_of(text).for_each(|word| show(&word)),
        text => words_of(&text.replace("\\.", ".")).for_each(|word| show(&word)),
    }
}

fn words_of(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let of_host = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'/');
    // What is not ASCII stands in no host: each piece is text again.
    let pieces = text.as_bytes().split(move |b| !of_host(*b)).filter(|word| (1..=LONGEST).contains(&word.len()));
    // Most words are none: they have neither a dot nor a colon.
    let pieces = pieces.filter(|word| word.iter().any(|b| matches!(b, b'.' | b':')));
    let bare = pieces.map(|word| str::from_utf8(word).unwrap_or_default().trim_matches(['.', '-', '/', ':']));
    let hosts = bare.flat_map(ends).filter(|word| word.contains('.') || word.contains("::"));
    hosts.map(|word| match word.bytes().any(|b| b.is_ascii_uppercase()) {
        true => word.to_ascii_lowercase().into(),
        false => word.into(),
    })
}

/// A word, or the first and the last address when it is a range of them.
fn ends(word: &str) -> [&str; 2] {
    let is_address = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    match word.split_once('-') {
        Some((first, last)) if is_address(first) && is_address(last) => [first, last],
        _ => [word, ""],
    }
}

/// The ports that the files of an output mention.
pub fn ports(files: &[Written], output: &str) -> Vec<u16> {
    let mut ports: BTreeSet<u16> = BTreeSet::new();
    for file in files.iter().filter(|file| file.output == output) {
        let digits = file.bytes.split(|b| !b.is_ascii_alphanumeric() && *b != b'.' && *b != b':');
        let numbers = digits.filter(|word| !word.is_empty() && word.len() <= 5 && word.iter().all(u8::is_ascii_digit));
        let numbers = numbers.filter_map(|word| std::str::from_utf8(word).ok()?.parse().ok());
        ports.extend(numbers.filter(|port: &u16| *port > 0));
        if ports.len() > MOST_PORTS {
            return Vec::new();
        }
    }
    ports.into_iter().collect()
}
