//! What two sides mean, compared: outputs, sites, PAC files, catalogs, published lists.
//!
//! In: two sides, such as [`decisions::Side`]. Out: [`lines::Diff`]: nothing, or the fewest patterns that say where they decide otherwise, each with a host
//! that shows it. Never: the text of files. Order, spelling and how a list is cut into files are no difference.

mod answers;
mod besides;
pub mod catalogs;
pub mod decisions;
mod doubts;
mod fill;
mod lexed;
pub mod lines;
pub mod m365;
pub mod networks;
pub mod outputs;
pub mod pairs;
pub mod partition;
pub mod plan;
pub mod ports;
mod say;
pub mod script;
pub mod space;
pub mod strangers;
mod tagged;
pub mod tags;
mod texts;
mod zoned;
