//! A table that is asked about one host after the other, each at many ports.

use std::sync::Arc;

use super::{OfHost, Protocol, Row, Table};

/// A table, and the rows of the host that it was asked about last.
#[derive(Debug)]
pub struct Asking {
    table: Arc<Table>,
    host: String,
    rows: OfHost,
}

impl Asking {
    /// A table that was not asked yet.
    #[must_use]
    pub fn of(table: Arc<Table>) -> Self {
        Self { table, host: String::new(), rows: OfHost::default() }
    }

    /// [`Table::matching`].
    pub fn matching(&mut self, zone: &str, host: &str, port: Option<u16>, protocol: Protocol) -> Vec<Row<'_>> {
        if self.host != host {
            self.rows = self.table.of_host(host);
            host.clone_into(&mut self.host);
        }
        self.table.at_port(&self.rows, zone, port, protocol)
    }

    /// [`Table::tagged`].
    #[must_use]
    pub fn tagged(&self, zone: &str, tag: &str, port: Option<u16>, protocol: Protocol) -> Vec<Row<'_>> {
        self.table.tagged(zone, tag, port, protocol)
    }
}
