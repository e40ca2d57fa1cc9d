//! `pacwright completions` and `pacwright man`: made from the command line's own definition.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Outcome, print, say};

#[derive(Debug, Args)]
pub struct Options {
    /// The shell
    shell: Shell,
}

pub fn completions(options: &Options) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "pacwright", &mut text);
    print(&String::from_utf8_lossy(&text));
    Outcome::Done
}

pub fn man() -> Outcome {
    let mut text = Vec::new();
    let command = Cli::command();
    let mut pages = vec![command.clone()];
    // One text: a page a command follows.
    pages.extend(command.get_subcommands().map(|sub| sub.clone().name(format!("pacwright-{}", sub.get_name()))));
    for page in pages {
        if let Err(error) = clap_mangen::Man::new(page).render(&mut text) {
            say(&format!("error: {error}"));
            return Outcome::Failed;
        }
    }
    print(&String::from_utf8_lossy(&text));
    Outcome::Done
}
