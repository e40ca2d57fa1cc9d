//! Zscaler's lists read back.

use crate::reader::zscaler::Zscaler as Lists;
use crate::reader::{File, Problem, Reader as _, Request};
use crate::site::ZoneId;
use crate::target::read_back::{Back, Looks, Verdict};

struct Service(Lists);

/// Reads the categories and groups.
pub fn read_back(files: &[File], prefix: &str) -> Result<Box<dyn Back>, Vec<Problem>> {
    Ok(Box::new(Service(Lists::read(files, prefix)?)))
}

impl Back for Service {
    fn looks(&self) -> Looks {
        Looks::AtHosts
    }

    fn verdict(&mut self, _: ZoneId, host: &str, port: Option<u16>) -> Result<Verdict, String> {
        let request = Request { client: None, host, port };
        Ok(if self.0.allows(&request) { Verdict::Allowed } else { Verdict::Refused })
    }
}
