//! All that is tested from outside, as one program: forty of them took longer to be linked than to be run, and their last
//! tests left a processor idle each.
//!
//!     cargo test --test suite prove::
//!
//! runs those of `tests/prove.rs`. Two are programs of their own: `allocations` counts with an allocator of its own, and
//! `fuzz` has a profile of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod agree;
mod architecture;
mod cases;
mod catalog;
mod chromium;
mod common;
mod diff;
mod diff_builds;
mod diff_cli;
mod diff_plan;
mod diff_sources;
mod docs;
mod es3;
mod eval;
mod golden;
mod hostile;
mod import_changes;
mod import_grace;
mod import_m365;
mod import_tags;
mod init;
mod mutants;
mod nft;
mod packed;
mod patterns;
mod props;
mod prove;
mod publish;
mod reach;
mod readers;
mod readers_squid;
mod savings;
mod small_sites;
mod squid;
mod update;
mod verify;
