//! The catalog files inside the binary, in sorted order; the table is made by `build.rs`.

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
