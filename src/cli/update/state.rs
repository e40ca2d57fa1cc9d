//! What `update` remembers of a catalog folder: a small file in it that the catalog does not read.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::catalog::load::unreadable;
use crate::diag::{Code, Report, clip};
use crate::publish::{self, digest};
use crate::source::{Files, MAX_TEXT, ReadError, Span};

/// The name of the file.
const NAME: &str = ".pacwright-update.json";
/// Its form; another one is not read.
const FORM: u32 = 1;

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The form of the file.
    pacwright_update: u32,
    /// The id under which the web service of Microsoft 365 is asked for this folder: random, and always the same.
    pub client_request_id: String,
    /// By `m365/worldwide`, `service-tags/public`.
    pub sources: BTreeMap<String, Source>,
    /// The text on the disk, to leave it alone when nothing changed.
    #[serde(skip)]
    on_disk: String,
}

/// What is remembered of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The version that was imported last.
    pub version: String,
    /// SHA-256 of the list that it came in.
    pub sha256: String,
    /// When the source was asked last and all went well, as RFC 3339 writes it.
    pub asked: String,
    /// The catalog files that were made of it, and the SHA-256 of their texts.
    pub files: BTreeMap<String, String>,
}

/// A GUID, in lower case.
pub fn guid(text: &str) -> Result<String, String> {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    let is_one = parts == [8, 4, 4, 4, 12] && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let expected = || "expected a GUID, such as b10c5ed1-bad1-445f-b386-b919946339a7".to_owned();
    is_one.then(|| text.to_ascii_lowercase()).ok_or_else(expected)
}

/// A new random GUID.
fn new_guid() -> String {
    // The standard library takes these keys from the system's source of randomness; nothing secret hangs on them.
    let (high, low) = (RandomState::new().hash_one(0), RandomState::new().hash_one(1));
    let high = high & !0xf000 | 0x4000; // version 4
    let low = low & !(0b11 << 62) | 0b10 << 62; // variant of RFC 9562
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

impl State {
    /// Reads the file of a folder; a new state when there is none, and nothing and a finding when it is not one.
    pub fn load(folder: &Path, report: &mut Report) -> Option<Self> {
        let id = match report.files.read(&folder.join(NAME), MAX_TEXT) {
            Ok(id) => id,
            Err((_, ReadError::Io(error))) if error.kind() == std::io::ErrorKind::NotFound => {
                let (client_request_id, sources) = (new_guid(), BTreeMap::new());
                return Some(Self { pacwright_update: FORM, client_request_id, sources, on_disk: String::new() });
            }
            Err((id, error)) => {
                report.sink.push(unreadable(id, &error));
                return None;
            }
        };
        let text = report.files.all(id).to_owned();
        let wrong = |why: String| {
            let message = format!("this is not what `update` wrote: {}", clip(&why));
            let finding = Code::BadState.at(Span::new(id, 0, 0), message);
            report.sink.push(finding.help("remove it: the sources are asked anew, under another id"));
        };
        Self::parse(&text).map_err(wrong).ok()
    }

    /// Reads what a file of a folder says.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_str(text).map_err(|error| {
            let words = error.to_string();
            words.split(" at line ").next().unwrap_or_default().to_owned()
        })?;
        if read.pacwright_update != FORM {
            return Err(format!("its form is {}, this program reads {FORM}", read.pacwright_update));
        }
        Ok(Self { client_request_id: guid(&read.client_request_id)?, on_disk: text.to_owned(), ..read })
    }

    /// The same with another id, when one is given.
    pub fn of_client(mut self, id: Option<&str>) -> Self {
        if let Some(id) = id {
            id.clone_into(&mut self.client_request_id);
        }
        self
    }

    /// Remembers what was made of a source.
    pub fn remember(&mut self, key: &str, folder: &Path, names: &[&str], source: (&str, &str, String)) {
        let files =
            names.iter().filter_map(|name| Some(((*name).to_owned(), digest_of(&folder.join(name))?))).collect();
        let (version, text, asked) = source;
        let (version, sha256) = (version.to_owned(), digest(text.as_bytes()));
        self.sources.insert(key.to_owned(), Source { version, sha256, asked, files });
    }

    /// Writes the file, if it is another one than before.
    pub fn write(&self, folder: &Path, report: &mut Report) {
        // A struct with string keys always serializes.
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        if text == self.on_disk {
            return;
        }
        if let Err(why) = publish::replace(folder, &[(&folder.join(NAME), text.as_bytes())]) {
            report.sink.push(Code::CannotWrite.nowhere(why));
        }
    }
}

impl Source {
    /// Whether all its files are there as they were written; nobody knows what is in them otherwise.
    pub fn is_as_written(&self, folder: &Path) -> bool {
        self.files.iter().all(|(name, digest)| digest_of(&folder.join(name)).as_ref() == Some(digest))
    }
}

/// SHA-256 of a text on the disk.
fn digest_of(path: &Path) -> Option<String> {
    let mut files = Files::default();
    let id = files.read(path, MAX_TEXT).ok()?;
    files.get(id).map(|file| digest(file.text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{guid, new_guid};

    #[test]
    fn guids() {
        let (one, other) = (new_guid(), new_guid());
        assert_ne!(one, other);
        assert_eq!(guid(&one), Ok(one.clone()));
        assert!(one.get(14..15) == Some("4") && one.get(19..20).is_some_and(|c| "89ab".contains(c)), "{one}");
        assert!(
            guid("b10c5ed1bad1445fb386b919946339a7").is_err() && guid("g10c5ed1-bad1-445f-b386-b919946339a7").is_err()
        );
    }
}
