//! The `pacwright` binary: parses the command line, runs it, exits.

use clap::Parser as _;

/// Long lists are millions of short texts: the C library's allocator took a third of the time of comparing two of them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    pacwright::cli::run(&pacwright::cli::Cli::parse())
}
