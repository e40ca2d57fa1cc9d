//! Destinations as values: hosts, patterns, addresses, ports, and which of two patterns is the more specific.
//!
//! In: text. Out: types that cannot be wrong (a [`HostName`] is normalised, a network has no host bits). Never: I/O,
//! YAML, catalog or site.

pub mod ask;
pub mod ends;
pub mod host;
pub mod ip;
pub mod order;
pub mod overlaps;
pub mod pattern;
pub mod port;
pub mod text;

pub use ask::Ask;
pub use ends::Ends;
pub use host::{Host, HostName};
pub use order::{LabelKey, by_labels, first_bytes, is_below, parents};
pub use overlaps::Overlaps;
pub use pattern::{Depth, NamePattern, Pattern};
pub use port::{PortRange, Ports, Protocol};
pub use text::{Dest, path_covers};
