//! Good inputs, out of the repository itself.

use std::fs;
use std::path::{Path, PathBuf};

/// The largest file that is a seed: what is large is slow, and says nothing that is not in the small ones.
const MOST_BYTES: u64 = 6_000;

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The small files below a folder whose path ends in `end`, in the order of their names.
pub fn below(folder: &str, end: &str) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    walk(&root().join(folder), &mut paths);
    paths.sort();
    let small = |path: &PathBuf| fs::metadata(path).is_ok_and(|m| m.len() <= MOST_BYTES);
    let chosen = paths.into_iter().filter(|path| path.to_string_lossy().ends_with(end)).filter(small);
    chosen.map(|path| fs::read(path).unwrap()).collect()
}

fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, into) } else { into.push(path) }
    }
}

pub fn read(path: &str) -> Vec<u8> {
    fs::read(root().join(path)).unwrap()
}

/// The first lines of a file.
pub fn head(path: &str, lines: usize) -> Vec<u8> {
    let bytes = read(path);
    bytes.split_inclusive(|b| *b == b'\n').take(lines).flatten().copied().collect()
}

/// A file of the catalog with its first endpoints only.
pub fn service(name: &str, endpoints: usize) -> Vec<u8> {
    let text = String::from_utf8(read(&format!("catalog/{name}.yaml"))).unwrap();
    let (before, rows) = text.split_once("\nendpoints:\n").unwrap();
    let rows: Vec<&str> = rows.lines().filter(|line| line.starts_with("  - {")).take(endpoints).collect();
    format!("{before}\nendpoints:\n{}\n", rows.join("\n")).into_bytes()
}

/// Texts as seeds.
pub fn texts(all: &[&str]) -> Vec<Vec<u8>> {
    all.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// What stands before the name of a file in an input of several files.
const MARK: &str = "=== ";

/// Several files as one input.
pub fn joined(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in files {
        out.extend_from_slice(format!("{MARK}{name}\n").as_bytes());
        out.extend_from_slice(bytes);
    }
    out
}

/// An input as its files; what stands before the first mark is none. A name is what a build could call a file.
pub fn split(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        match (line.strip_prefix(MARK.as_bytes()), files.last_mut()) {
            (Some(name), _) => {
                let name: String = name.iter().filter(|b| b.is_ascii_graphic()).map(|b| char::from(*b)).collect();
                if files.iter().all(|(before, _)| *before != name) {
                    files.push((name, Vec::new()));
                }
            }
            (None, Some((_, text))) => text.extend_from_slice(line),
            (None, None) => {}
        }
    }
    files
}
