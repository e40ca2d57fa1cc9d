//! Records of RFC 4180, strictly: a quote opens a cell or stands doubled in a quoted one, and every one is closed.

use ::csv::{ByteRecord, ReaderBuilder};

use crate::reader::File;
use crate::reader::text::Problems;

/// The records, and the line each begins at.
pub(super) fn read(file: &File, problems: &mut Problems) -> (Vec<ByteRecord>, Vec<usize>) {
    let bytes = file.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file.bytes);
    let lines = match scan(bytes) {
        Ok(lines) => lines,
        Err((line, message)) => {
            problems.add(file.path, line, message);
            return (Vec::new(), Vec::new());
        }
    };
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let records: Vec<ByteRecord> = reader.byte_records().map_while(Result::ok).collect();
    if records.len() != lines.len() {
        problems.add(file.path, 0, format!("{} records on {} lines", records.len(), lines.len()));
        return (Vec::new(), Vec::new());
    }
    (records, lines)
}

/// The lines that records begin at, or the first line that is torn.
fn scan(bytes: &[u8]) -> Result<Vec<usize>, (usize, &'static str)> {
    let mut starts = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while at < bytes.len() {
        starts.push(line);
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
