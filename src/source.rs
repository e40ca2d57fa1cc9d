//! What was read, and where: files, spans, values with their place.
//!
//! In: paths and text. Out: [`Files`], which every error message cites. Never: meaning; what a text says is the
//! business of the stages that follow.

use std::borrow::Cow;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

/// Number of a file in [`Files`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A range of bytes of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// Byte after the last one; equal to `start` for a mere point.
    pub end: u32,
}

impl Span {
    /// The span of `start..end` in `file`; offsets past 4 GiB (no such file is read) are clamped.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { file, start: clamp(start), end: clamp(end) }
    }
}

/// A value and the place it was written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value with its place.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// One text that was read.
#[derive(Debug)]
pub struct File {
    /// The name shown to people: the path as given, or `catalog/x.yaml` for an embedded file.
    pub name: String,
    /// Its text, without a byte order mark.
    pub text: Cow<'static, str>,
    /// Its YAML tree as bytes, if it came with one.
    pub tree: &'static [u8],
    /// Whether there is a text at all: what could not be read has no lines, and so no places but its name.
    pub is_read: bool,
    /// Byte offsets of the line starts, from when the first place is told.
    lines: OnceLock<Vec<u32>>,
}

impl File {
    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            std::iter::once(0).chain(breaks.map(|(i, _)| u32::try_from(i + 1).unwrap_or(u32::MAX))).collect()
        })
    }
}

/// A YAML file that the binary carries; `build.rs` makes them.
#[derive(Debug)]
pub struct Carried {
    /// `catalog/x.yaml`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
    /// Its tree, packed; empty when it is not YAML.
    pub tree: &'static [u8],
}

/// All texts read in this run.
#[derive(Debug, Default)]
pub struct Files {
    files: Vec<File>,
}

/// Largest catalog, site or template file that is read: more is a mistake or an attack.
pub const MAX_TEXT: u64 = 16 << 20;
/// Largest `hosts_file` that is read; a million names are about 25 MB.
pub const MAX_LIST: u64 = 256 << 20;

/// Why a file could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// The system said no.
    Io(std::io::Error),
    /// It is larger than the limit, in bytes.
    TooLarge(u64),
    /// Not UTF-8; where bad bytes stand in the text that is kept, which has `\u{fffd}` in their place: the first ones, in order.
    NotUtf8(Vec<usize>),
}

/// Most bad bytes of a file whose places are told.
const MOST_BAD: usize = 1000;

/// Bytes as text with `\u{fffd}` for what is not UTF-8, and where those stand behind a byte order mark, the first of them.
fn mended(bytes: &[u8]) -> (String, Vec<usize>) {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let (mut text, mut bad) = (String::with_capacity(bytes.len()), Vec::new());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            if bad.len() < MOST_BAD {
                bad.push(text.len());
            }
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    (text, bad)
}

impl Files {
    /// Adds a text under a name; a byte order mark at its start is dropped.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.remove(0);
        }
        self.push(name.into(), Cow::Owned(text), &[])
    }

    /// Adds a text that the binary carries with its tree.
    pub fn add_carried(&mut self, carried: &Carried) -> FileId {
        self.push(carried.name.to_owned(), Cow::Borrowed(carried.text), carried.tree)
    }

    fn push(&mut self, name: String, text: Cow<'static, str>, tree: &'static [u8]) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(File { name, text, tree, is_read: true, lines: OnceLock::new() });
        id
    }

    /// Adds the name of what could not be read: a finding about it has that name for its place, and no line.
    pub fn add_unread(&mut self, name: impl Into<String>) -> FileId {
        let id = self.add(name, "");
        if let Some(file) = self.files.last_mut() {
            file.is_read = false;
        }
        id
    }

    /// Reads a file of at most `limit` bytes.
    ///
    /// # Errors
    /// [`ReadError`]; a file that is not UTF-8 is added nevertheless, so that messages can show places in it.
    pub fn read(&mut self, path: &Path, limit: u64) -> Result<FileId, (FileId, ReadError)> {
        let name = path.display().to_string();
        let mut bytes = Vec::new();
        // A pipe would wait for a writer that may never come.
        if std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir()) {
            let error = std::io::Error::other("not a regular file");
            return Err((self.add_unread(name), ReadError::Io(error)));
        }
        let read = std::fs::File::open(path).and_then(|f| f.take(limit + 1).read_to_end(&mut bytes));
        let problem = match read {
            Err(error) => ReadError::Io(error),
            Ok(_) if bytes.len() as u64 > limit => ReadError::TooLarge(limit),
            Ok(_) => match String::from_utf8(bytes) {
                Ok(text) => return Ok(self.add(name, text)),
                Err(error) => {
                    let (text, bad) = mended(error.as_bytes());
                    return Err((self.add(name, text), ReadError::NotUtf8(bad)));
                }
            },
        };
        Err((self.add_unread(name), problem))
    }

    /// How many files there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.files.len()
    }

    /// Renames the files from the `from`th on: what lies below a folder is shown below something else.
    pub fn rename(&mut self, from: usize, folder: &Path, shown: &str) {
        for file in self.files.iter_mut().skip(from) {
            if let Ok(rest) = Path::new(&file.name).strip_prefix(folder) {
                file.name = format!("{shown}{}", rest.display());
            }
        }
    }

    /// The file of an id.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&File> {
        self.files.get(id.0 as usize)
    }

    /// The whole text of a file.
    #[must_use]
    pub fn all(&self, id: FileId) -> &str {
        self.get(id).map_or("", |f| &f.text)
    }

    /// The name of a file.
    #[must_use]
    pub fn name(&self, id: FileId) -> &str {
        self.get(id).map_or("", |f| f.name.as_str())
    }

    /// The text under a span.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).and_then(|f| f.text.get(span.start as usize..span.end as usize)).unwrap_or_default()
    }

    /// Line and column of a span's first character, both from 1; columns count characters.
    #[must_use]
    pub fn position(&self, span: Span) -> (usize, usize) {
        let Some(file) = self.get(span.file) else {
            return (1, 1);
        };
        let line = file.lines().partition_point(|start| *start <= span.start).max(1);
        let start = file.lines().get(line - 1).copied().unwrap_or(0) as usize;
        let column = file.text.get(start..span.start as usize).map_or(1, |t| t.chars().count() + 1);
        (line, column)
    }

    /// Whether a span has a line: it has none in what could not be read.
    #[must_use]
    pub fn has_lines(&self, span: Span) -> bool {
        self.get(span.file).is_some_and(|file| file.is_read)
    }

    /// `file:line:column` of a span; the file alone when it could not be read.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        if !self.has_lines(span) {
            return self.name(span.file).to_owned();
        }
        let (line, column) = self.position(span);
        format!("{}:{line}:{column}", self.name(span.file))
    }

    /// `file:line` of a span: for lists and comments.
    #[must_use]
    pub fn line(&self, span: Span) -> String {
        format!("{}:{}", self.name(span.file), self.position(span).0)
    }
}

/// The places of parts of a text, each of whole lines and of at least so many bytes, but for the last: to be read side by side.
pub fn whole_lines(text: &[u8], least: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut end = 0;
    std::iter::from_fn(move || {
        let start = end;
        let line_end = text.iter().skip(start + least).position(|byte| *byte == b'\n');
        end = line_end.map_or(text.len(), |more| start + least + more + 1);
        Some(start..end).filter(|part| !part.is_empty())
    })
}
