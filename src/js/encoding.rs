//! The text of a PAC file in any encoding that such files come in: a byte order mark decides, then UTF-8 where it is
//! that, Shift_JIS where it is that, and Latin-1, which everything is.

/// The text of a file, its encoding, and whether that needs no word.
#[must_use]
pub fn decode(bytes: Vec<u8>) -> (String, &'static str, bool) {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(&bytes) {
        let rest = bytes.get(mark..).unwrap_or_default();
        let (text, _) = encoding.decode_without_bom_handling(rest);
        return (
            text.into_owned(),
            encoding.name(),
            encoding == encoding_rs::UTF_8 && std::str::from_utf8(rest).is_ok(),
        );
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, "UTF-8", true),
        Err(error) => {
            let bytes = error.as_bytes();
            match encoding_rs::SHIFT_JIS.decode_without_bom_handling(bytes) {
                (text, false) => (text.into_owned(), "Shift_JIS", false),
                _ => (encoding_rs::mem::decode_latin1(bytes).into_owned(), "Latin-1", false),
            }
        }
    }
}
