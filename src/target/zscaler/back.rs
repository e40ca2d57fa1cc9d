//! Zscaler's lists read back.

use crate::reader::zscaler::Zscaler as Lists;
use crate::reader::{Reader as _, Request};
use crate::target::read_back::{Back, Looks, Question, ReadBack, Reading, Verdict, What};

struct Service(Lists);

/// Reads the categories and groups.
pub fn read_back(reading: &Reading) -> ReadBack {
    let prefix = reading.options.get("prefix").map_or("", String::as_str);
    Ok(vec![Box::new(Service(Lists::read(reading.files, prefix)?))])
}

impl Back for Service {
    fn looks(&self) -> Looks {
        Looks::AtHosts
    }

    fn verdict(&mut self, question: &Question) -> Result<Verdict, String> {
        let What::Host(host) = question.what else { return Ok(Verdict::Refused) };
        let request = Request { client: None, host, port: question.port };
        Ok(if self.0.allows(&request) { Verdict::Allowed } else { Verdict::Refused })
    }
}
