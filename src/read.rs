//! YAML and JSON to typed records, every error with its place.
//!
//! In: a file of [`crate::source::Files`]. Out: records. Never: references between files, meaning.

pub mod glob;
pub mod json;
pub mod record;
pub mod yaml;
