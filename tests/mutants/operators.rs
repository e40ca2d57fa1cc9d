//! The faults that are planted: each operator knows every place of a text at which it could strike.

use std::ops::Range;

/// What of a text becomes what: places in order, none overlapping another.
type Changes = Vec<(Range<usize>, String)>;

/// A kind of fault: its name, and everywhere it could strike.
pub struct Operator {
    pub name: &'static str,
    places: fn(&str) -> Vec<Changes>,
}

/// A damaged text.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// The line of the first change, from 1.
    pub line: usize,
    /// What that line was, and became.
    pub words: String,
    pub text: String,
}

/// All operators.
pub const OPERATORS: [Operator; 22] = [
    Operator { name: "drop a line", places: |t| each_line(t, |_, _| String::new()) },
    Operator { name: "double a line", places: |t| each_line(t, |_, line| format!("{line}{line}")) },
    Operator { name: "swap two lines", places: swap_lines },
    Operator {
        name: "cut the end off",
        places: |t| lines(t).into_iter().map(|l| vec![(l.start..t.len(), String::new())]).collect(),
    },
    Operator {
        name: "drop a leading dot",
        places: |t| each_word(t, |w| w.strip_prefix('.').filter(|w| !w.is_empty()).map(str::to_owned)),
    },
    Operator { name: "add a leading dot", places: |t| each_word(t, |w| is_name(w).then(|| format!(".{w}"))) },
    Operator { name: "drop the leftmost label", places: |t| each_word(t, shorter) },
    Operator { name: "drop an anchor", places: |t| each_char(t, |c| "^$".contains(c).then(String::new)) },
    Operator { name: "change a number", places: |t| each_number(t, |n| n.checked_add(1).map(|n| n.to_string())) },
    Operator { name: "drop a number", places: |t| each_number(t, |_| Some(String::new())) },
    Operator { name: "change a digit of an address", places: digits },
    Operator { name: "drop an exclusion", places: |t| each_word(t, |w| w.starts_with('!').then(String::new)) },
    Operator { name: "drop a not", places: |t| each_char(t, |c| (c == '!').then(String::new)) },
    Operator { name: "drop an element", places: drop_elements },
    Operator { name: "swap two words", places: |t| swap_words(t, |_| true) },
    Operator {
        name: "swap two names",
        places: |t| swap_words(t, |w| ["pw", "pacwright", "@", "!pw"].iter().any(|p| w.starts_with(p))),
    },
    Operator { name: "another route", places: |t| each_other(t, &ROUTES) },
    Operator { name: "another word", places: |t| each_other(t, &WORDS) },
    Operator { name: "another operator", places: operators },
    Operator { name: "flip a case", places: |t| each_char(t, flipped_case) },
    Operator { name: "flip a bit", places: flip_bits },
    Operator { name: "drop a character", places: |t| each_char(t, |c| (c != '\n').then(String::new)) },
];

/// Routes and openers, each with another.
const ROUTES: [(&str, &str); 9] = [
    ("cloud", "web"),
    ("web", "direct"),
    ("direct", "cloud"),
    ("block", "direct"),
    ("proxy:cloud", "proxy:web"),
    ("clients", "proxy:cloud"),
    ("DIRECT", "PROXY"),
    ("PROXY", "HTTPS"),
    ("firewall", "proxy"),
];

/// Words that a format knows, each with another.
const WORDS: [(&str, &str); 17] = [
    ("accept", "drop"),
    ("allow", "deny"),
    ("saddr", "daddr"),
    ("daddr", "saddr"),
    ("tcp", "udp"),
    ("udp", "tcp"),
    ("dport", "sport"),
    ("ip", "ip6"),
    ("ip6", "ip"),
    ("any-of", "all-of"),
    ("all-of", "any-of"),
    ("dst", "src"),
    ("src", "dst"),
    ("dstdomain", "dstdom_regex"),
    ("-n", ""),
    ("-i", ""),
    ("hq", "lab"),
];

/// Operators of JavaScript, each with another.
const SIGNS: [(&str, &str); 14] = [
    (" === ", " !== "),
    (" !== ", " === "),
    (" <= ", " < "),
    (" >= ", " > "),
    (" < ", " <= "),
    (" > ", " >= "),
    (" + ", " - "),
    (" - ", " + "),
    (" * ", " + "),
    (" / ", " * "),
    (" % ", " / "),
    (" && ", " || "),
    (" || ", " && "),
    ("++", "--"),
];

impl Operator {
    /// Everywhere it could strike a text.
    pub fn places(&self, text: &str) -> Vec<Changes> {
        (self.places)(text)
    }
}

/// A text with some changes.
pub fn mutant(text: &str, changes: &Changes) -> Mutant {
    let mut out = String::new();
    let mut at = 0;
    for (place, to) in changes {
        out += &text[at..place.start];
        out += to;
        at = place.end;
    }
    out += &text[at..];
    let start = changes[0].0.start;
    let line = text[..start].matches('\n').count();
    let show = |text: &str| text.lines().nth(line).unwrap_or_default().trim().chars().take(90).collect::<String>();
    Mutant { line: line + 1, words: format!("`{}` became `{}`", show(text), show(&out)), text: out }
}

/// The lines that say something, with their ends: no comments.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start();
        if !bare.is_empty() && !bare.starts_with('#') && !bare.starts_with("//") {
            found.push(at..at + line.len());
        }
        at += line.len();
    }
    found
}

/// What of the lines is no comment behind a statement.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    lines(text).into_iter().map(|line| {
        let whole = &text[line.clone()];
        (line.start, whole.split_once(" // ").map_or(whole, |(code, _)| code))
    })
}

fn each_line(text: &str, to: fn(&str, &str) -> String) -> Vec<Changes> {
    lines(text).into_iter().map(|line| vec![(line.clone(), to(text, &text[line]))]).collect()
}

/// Neighbours, and lines far from each other.
fn swap_lines(text: &str) -> Vec<Changes> {
    let lines = lines(text);
    let swap = |a: &Range<usize>, b: &Range<usize>| {
        vec![(a.clone(), text[b.clone()].to_owned()), (b.clone(), text[a.clone()].to_owned())]
    };
    let near = lines.windows(2).map(|two| swap(&two[0], &two[1]));
    let half = lines.len() / 2;
    near.chain(lines.iter().zip(&lines[half..]).filter(|(a, b)| a != b).map(|(a, b)| swap(a, b))).collect()
}

/// The words of the code: what stands between blanks, quotes, commas and brackets.
fn words(text: &str) -> Vec<Range<usize>> {
    let apart = |c: char| c.is_whitespace() || ",;\"'()[]{}".contains(c);
    let mut found = Vec::new();
    for (start, line) in code(text) {
        for word in line.split(apart).filter(|word| !word.is_empty()) {
            let at = start + (word.as_ptr() as usize - line.as_ptr() as usize);
            found.push(at..at + word.len());
        }
    }
    found
}

fn each_word(text: &str, to: fn(&str) -> Option<String>) -> Vec<Changes> {
    words(text).into_iter().filter_map(|word| to(&text[word.clone()]).map(|to| vec![(word, to)])).collect()
}

fn each_other(text: &str, table: &[(&str, &str)]) -> Vec<Changes> {
    let other = |word: Range<usize>| {
        let (_, to) = table.iter().find(|(from, _)| *from == &text[word.clone()])?;
        Some(vec![(word, (*to).to_owned())])
    };
    words(text).into_iter().filter_map(other).collect()
}

fn is_name(word: &str) -> bool {
    word.contains('.') && word.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// `a.b.c` → `b.c`, `.a.b` → `.b`.
fn shorter(word: &str) -> Option<String> {
    let (dot, bare) = word.strip_prefix('.').map_or(("", word), |bare| (".", bare));
    let (_, rest) = bare.split_once('.').filter(|_| is_name(bare))?;
    Some(format!("{dot}{rest}"))
}

fn each_char(text: &str, to: fn(char) -> Option<String>) -> Vec<Changes> {
    let in_line = |(start, line): (usize, &str)| {
        let change = |(at, c): (usize, char)| to(c).map(|to| vec![(start + at..start + at + c.len_utf8(), to)]);
        line.char_indices().filter_map(change).collect::<Vec<_>>()
    };
    code(text).flat_map(in_line).collect()
}

fn flipped_case(c: char) -> Option<String> {
    let flipped = if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    (flipped != c).then(|| flipped.to_string())
}

/// One bit of each character; all but the highest have their turn.
fn flip_bits(text: &str) -> Vec<Changes> {
    let places = each_char(text, |c| c.is_ascii().then(|| c.to_string()));
    let flip = |(n, mut changes): (usize, Changes)| {
        let (_, to) = &mut changes[0];
        *to = to.bytes().map(|byte| char::from(byte ^ (1 << (n % 7)))).collect();
        changes
    };
    places.into_iter().enumerate().map(flip).collect()
}

/// Numbers that stand alone: ports, and the numbers of a script.
fn each_number(text: &str, to: fn(u64) -> Option<String>) -> Vec<Changes> {
    let bytes = text.as_bytes();
    let joins = |at: Option<&u8>| at.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'.' || *b == b'_');
    let mut found = Vec::new();
    for (start, line) in code(text) {
        let mut at = start;
        for run in line.split(|c: char| !c.is_ascii_digit()) {
            let place = at..at + run.len();
            at = place.end + 1;
            let alone = !joins(place.start.checked_sub(1).and_then(|b| bytes.get(b))) && !joins(bytes.get(place.end));
            if let (true, Ok(number)) = (alone, run.parse()) {
                found.extend(to(number).map(|to| vec![(place, to)]));
            }
        }
    }
    found
}

/// Each digit of what looks like an address or a network.
fn digits(text: &str) -> Vec<Changes> {
    let mut found = Vec::new();
    for word in words(text) {
        let is_address = |w: &str| {
            w.starts_with(|c: char| c.is_ascii_hexdigit())
                && (w.matches('.').count() == 3 || w.matches(':').count() > 1)
        };
        let whole = &text[word.clone()];
        for (at, c) in whole.char_indices().filter(|(_, c)| is_address(whole) && c.is_ascii_digit()) {
            let to = char::from(b'0' + (c as u8 - b'0' + 1) % 10);
            found.push(vec![(word.start + at..word.start + at + 1, to.to_string())]);
        }
    }
    found
}

/// What stands in front of a comma, with it: an element of an array, a cell.
fn drop_elements(text: &str) -> Vec<Changes> {
    let mut found = Vec::new();
    for (start, line) in code(text) {
        for (comma, _) in line.match_indices(',') {
            let from = line[..comma].rfind([',', '[', '{', '(']).map_or(0, |at| at + 1);
            found.push(vec![(start + from..start + comma + 1, String::new())]);
        }
    }
    found
}

/// Each of the words that are wanted with the next that is another.
fn swap_words(text: &str, wanted: fn(&str) -> bool) -> Vec<Changes> {
    let words: Vec<Range<usize>> = words(text).into_iter().filter(|word| wanted(&text[word.clone()])).collect();
    let swap = |(at, a): (usize, &Range<usize>)| {
        let b = words[at..].iter().find(|b| text[(*b).clone()] != text[a.clone()])?;
        Some(vec![(a.clone(), text[b.clone()].to_owned()), (b.clone(), text[a.clone()].to_owned())])
    };
    words.iter().enumerate().filter_map(swap).collect()
}

fn operators(text: &str) -> Vec<Changes> {
    let of_line = |(start, line): (usize, &str)| {
        let all = SIGNS.iter().flat_map(|(from, to)| line.match_indices(from).map(move |(at, _)| (at, from, to)));
        all.map(|(at, from, to)| vec![(start + at..start + at + from.len(), (*to).to_owned())]).collect::<Vec<_>>()
    };
    code(text).filter(|_| text.contains("FindProxyForURL")).flat_map(of_line).collect()
}
