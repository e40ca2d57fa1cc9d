//! Globs over names of services, findings and the like: the one place that names the glob crate. Destinations have a
//! pattern language of their own; a file glob's `*` would cross their dots.

use globset::{GlobBuilder, GlobMatcher};

use crate::diag::{Bad, Code, clip};

/// A pattern of names: `*`, `?`, `[…]`, `{a,b}`.
#[derive(Debug, Clone)]
pub struct NameGlob(GlobMatcher);

impl NameGlob {
    /// Whether a text holds any glob syntax.
    #[must_use]
    pub fn is_glob(text: &str) -> bool {
        text.contains(['*', '?', '[', '{'])
    }

    /// Reads a glob.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Bad> {
        // Bounded: a hostile glob of megabytes would be compiled to as much.
        if text.len() > 200 {
            return Err(Bad::whole(Code::BadPattern, format!("`{}` is too long for a glob", clip(text))));
        }
        match GlobBuilder::new(text).build() {
            Ok(glob) => Ok(Self(glob.compile_matcher())),
            // Its words quote characters of the text as they are.
            Err(error) => {
                let why = error.kind().to_string().replace(char::is_control, " ");
                Err(Bad::whole(Code::BadPattern, format!("`{}` is not a glob of names: {why}", clip(text))))
            }
        }
    }

    /// Whether a name matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}
