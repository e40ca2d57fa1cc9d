//! The `pacwright` binary: parses the command line, runs it, exits.

use clap::Parser as _;

fn main() -> std::process::ExitCode {
    pacwright::cli::run(&pacwright::cli::Cli::parse())
}
