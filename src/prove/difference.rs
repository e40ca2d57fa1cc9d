//! Where a file says something else than the policy, and the entry at which it shows.

use super::oracle::{Fact, FactId, Service};
use crate::claims::Claims;

/// Where a file says something else than the policy.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The zone.
    pub zone: String,
    /// The host or tag as asked.
    pub host: String,
    /// What was spoken, and the port.
    pub service: Service,
    /// What the policy says.
    pub expected: String,
    /// What the file says.
    pub got: String,
    /// The entry that decides, or the nearest one when none does.
    pub entry: Option<Culprit>,
}

/// The entry at which a difference shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Culprit {
    /// Which of the claims.
    pub id: FactId,
    /// Its text.
    pub text: String,
    /// The endpoint or rule it belongs to.
    pub of: String,
    /// The zone, by its position.
    pub zone: usize,
    /// The host at which it shows.
    pub host: String,
    /// Whether it decides.
    pub decides: bool,
}

impl Culprit {
    pub(super) fn of(claims: &Claims, zone: usize, host: &str, (fact, decides): (&Fact, bool)) -> Self {
        let of = match fact.id {
            FactId::Endpoint(at) => claims.endpoints.get(at).map_or_else(String::new, |e| e.endpoint.clone()),
            FactId::Line(rule, _) => format!("rule {}", rule + 1),
        };
        Self { id: fact.id, text: fact.text.to_owned(), of, zone, host: host.to_owned(), decides }
    }
}

impl Difference {
    /// The finding's words.
    #[must_use]
    pub fn message(&self, output: &str) -> String {
        let port = match (self.service.udp, self.service.port) {
            (_, None) => "an unknown scheme".to_owned(),
            (true, Some(port)) => format!("port udp/{port}"),
            (false, Some(port)) => format!("port {port}"),
        };
        let (who, near) = match &self.entry {
            Some(entry) if entry.decides => (format!("`{}` ({})", entry.text, entry.of), String::new()),
            Some(near) => ("the default".to_owned(), format!("; the nearest entry is `{}` ({})", near.text, near.of)),
            None => ("the default".to_owned(), String::new()),
        };
        format!(
            "`{output}` says `{}` for `{}` on {port} in the zone `{}`; {who} says `{}`{near}",
            self.got, self.host, self.zone, self.expected
        )
    }
}
