//! What a PAC file of ours speaks of without its text saying so in words between quotes: packed names, patterns with stars, first
//! addresses of ranges.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::pack;

/// Names, patterns and addresses, of a file that may be of anybody.
pub fn of(file: &str) -> Vec<String> {
    let mut found = pack::names_in(file);
    // A row says behind it which pattern it is of.
    found.extend(rows(file, "\nglobs: {", "}").filter_map(|line| Some(line.rsplit_once("// ")?.1.trim().to_owned())));
    let numbers = |begin| rows(file, begin, "]").flat_map(|line| line.split("//").next().unwrap_or(line).split(','));
    // What is said of a range is a number, too: an address more is asked about.
    let v4 = numbers("\nvar pwRanges4 = [").filter_map(|word| word.trim().parse().ok());
    found.extend(v4.map(|start| Ipv4Addr::from_bits(start).to_string()));
    let v6 =
        numbers("\nvar pwRanges6 = [").filter_map(|word| u128::from_str_radix(word.trim().trim_matches('"'), 16).ok());
    found.extend(v6.map(|start| Ipv6Addr::from_bits(start).to_string()));
    found
}

/// The lines between two others, wherever these stand.
fn rows<'f>(file: &'f str, begin: &'f str, end: &'f str) -> impl Iterator<Item = &'f str> {
    file.split(begin).skip(1).flat_map(move |rows| rows.lines().skip(1).take_while(move |line| !line.starts_with(end)))
}
