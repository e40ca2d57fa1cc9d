//! Everything that reads foreign bytes, over good inputs made bad: nothing panics, nothing hangs, what is refused is
//! refused with words and a place, and what is accepted keeps what it promises.
//!
//! Every test is one target. It looks at the files of `found/TARGET/`, at its seeds, and at `FUZZ_CASES` inputs made of
//! them (`FUZZ_SEED` makes others). The long run, in which an overflow is a panic too:
//!
//!     FUZZ_CASES=1000000 cargo test --profile fuzz --test fuzz -- --nocapture
//!
//! A failure names its case and keeps its input below `target`; the input becomes a file of `found/TARGET/`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod driver;
mod mutate;
mod network;
mod published;
mod readers;
mod scripts;
mod seeds;
mod texts;
mod yaml;
