//! Published lists of others become files of the catalog.
//!
//! In: the text of a list. Out: the text of a catalog file, or every reason why the list is none. Never: files.

pub mod tags;
