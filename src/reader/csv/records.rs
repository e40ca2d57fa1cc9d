//! Records of RFC 4180, strictly: a quote opens a cell or stands doubled in a quoted one, and every one is closed.

use ::csv::{ByteRecord, Reader, ReaderBuilder};

use crate::reader::File;
use crate::reader::text::Problems;

/// The records one after the other, each with the line it begins at.
pub(super) struct Records<'f> {
    /// None, when a line is torn.
    reader: Option<Reader<&'f [u8]>>,
    record: ByteRecord,
    lines: std::vec::IntoIter<u32>,
    path: &'f str,
}

impl<'f> Records<'f> {
    /// Those of a file; none when a line of it is torn.
    pub(super) fn of(file: &File<'f>, problems: &mut Problems) -> Self {
        let bytes = file.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file.bytes);
        let mut records =
            Self { reader: None, record: ByteRecord::new(), lines: Vec::new().into_iter(), path: file.path };
        match scan(bytes) {
            Ok(lines) => {
                records.lines = lines.into_iter();
                records.reader = Some(ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes));
            }
            Err((line, message)) => problems.add(file.path, line, message),
        }
        records
    }

    /// How many are still to come.
    pub(super) fn left(&self) -> usize {
        self.lines.len()
    }

    /// The next one.
    pub(super) fn next(&mut self, problems: &mut Problems) -> Option<(&ByteRecord, usize)> {
        let has_record = matches!(self.reader.as_mut()?.read_byte_record(&mut self.record), Ok(true));
        match (has_record, self.lines.next()) {
            (true, Some(line)) => return Some((&self.record, line as usize)),
            (false, None) => {}
            // Two readers of one file that do not agree.
            (_, line) => problems.add(self.path, line.unwrap_or(0) as usize, "more or fewer records than lines"),
        }
        self.reader = None;
        None
    }
}

/// The lines that records begin at, or the first line that is torn.
fn scan(bytes: &[u8]) -> Result<Vec<u32>, (usize, &'static str)> {
    let mut starts = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while at < bytes.len() {
        starts.push(u32::try_from(line).unwrap_or(u32::MAX));
        let start = at;
        loop {
            // A cell.
            if bytes.get(at) == Some(&b'"') {
                let opened = line;
                at += 1;
                loop {
                    match (bytes.get(at), bytes.get(at + 1)) {
                        (None, _) => return Err((opened, "a quote is opened and not closed")),
                        (Some(b'"'), Some(b'"')) => at += 2,
                        (Some(b'"'), _) => break,
                        (Some(b'\n'), _) => {
                            line += 1;
                            at += 1;
                        }
                        (Some(_), _) => at += 1,
                    }
                }
                at += 1;
                if !matches!(bytes.get(at), None | Some(b',' | b'\r' | b'\n')) {
                    return Err((line, "something stands behind a closed quote"));
                }
            } else {
                while let Some(byte) = bytes.get(at).filter(|b| !matches!(**b, b',' | b'\r' | b'\n')) {
                    match byte {
                        b'"' => return Err((line, "a quote within a cell that is not quoted")),
                        0..0x20 if *byte != b'\t' => return Err((line, "a control character")),
                        _ => at += 1,
                    }
                }
            }
            match bytes.get(at) {
                Some(b',') => at += 1,
                _ => break,
            }
        }
        if at == start {
            return Err((line, "the line is empty"));
        }
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => at += 2,
            (Some(b'\n'), _) => at += 1,
            (Some(b'\r'), _) => return Err((line, "a carriage return without a line feed")),
            _ => {}
        }
        line += 1;
    }
    Ok(starts)
}
