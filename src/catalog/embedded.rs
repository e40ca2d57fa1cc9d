//! The catalog files inside the binary, in sorted order; the table is made by `build.rs`.

use crate::source::Carried;

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

#[cfg(test)]
mod tests {
    use super::{FILES, VOCABULARY};
    use crate::read::yaml::{packed, tree};
    use crate::source::Files;

    #[test]
    fn trees_are_those_of_the_texts() {
        for carried in FILES.iter().chain(VOCABULARY) {
            let file = Files::default().add_carried(carried);
            let read = tree::read(carried.text, file).ok();
            assert!(read.is_some() && packed::unpack(carried.tree, carried.text, file) == read, "{}", carried.name);
        }
    }
}
