//! `destinations.csv`: one row an endpoint, for every vendor's import screen and for the change request.

pub mod back;

use super::configure::Options;
use super::fidelity::Fidelity;
use super::rows::rows;
use super::{Charset, Common, Emission, Emit, Encoding, Sheet, Sought, Subject, Target};
use crate::diag::{Code, Sink};
use crate::render::Escape;
use crate::render::columns::one_by_one;
use crate::resolve::Plan;
use crate::source::Spanned;
use crate::{record, words};

/// The target.
pub const TARGET: Target = Target {
    name: "csv",
    about: "every destination with ports, route, constraints, ticket and source",
    place: "destinations.csv",
    says: &[("everything", "exact", "a list says all; what to do with a row is up to its reader")],
    on_proxy: false,
    lists_firewall: true,
    takes_default: true,
    needs_file: false,
    one_zone: false,
    configure,
    read_back: Some(back::read_back),
    mentions: |_| Vec::new(),
    schema: || <CsvOptions as crate::read::record::Record>::properties().0,
};

words! {
    /// How lines end.
    pub enum Newline {
        /// LF.
        Lf = "lf",
        /// CR LF, for Excel.
        Crlf = "crlf",
    }
}

record! {
    /// Options of a CSV output.
    pub struct CsvOptions {
        /// The characters; by default utf-8.
        encoding: Option<Spanned<Charset>>,
        /// How lines end; by default lf.
        newline: Option<Spanned<Newline>>,
    }
}

struct Csv {
    encoding: Encoding,
}

fn configure(options: &mut Options) -> Option<Box<dyn Emit>> {
    let own: CsvOptions = options.read()?;
    Some(Box::new(Csv { encoding: own.encoding() }))
}

impl CsvOptions {
    /// How text becomes bytes.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        Encoding {
            charset: self.encoding.as_ref().map_or(Charset::Utf8, |e| e.value),
            crlf: self.newline.as_ref().is_some_and(|n| n.value == Newline::Crlf),
        }
    }
}

impl Emit for Csv {
    fn say(&self, _: &Common, _: &Subject) -> Fidelity {
        Fidelity::exact()
    }

    fn emit(&self, common: &Common, plan: &Plan, sink: &mut Sink) -> Emission {
        let mut rows = rows(common, plan);
        if common.include_default {
            rows.extend(super::rows::defaults(common, plan));
        }
        let entries = rows.len();
        if entries == 0 {
            sink.push(Code::OutputEmpty.at(common.span, "no rule selects anything in the zones of this output"));
        }
        let mut sheet = Sheet::embedded(
            common.place.clone(),
            "destinations.csv.j2",
            include_str!("../../templates/destinations.csv.j2"),
            Escape::Csv,
            minijinja::context! { rows => one_by_one(rows) },
        );
        sheet.encoding = self.encoding;
        Emission { sheets: vec![sheet], entries, more: Vec::new() }
    }

    fn locate(&self, sought: &Sought, _: &str, text: &str) -> Option<usize> {
        super::rows::locate(sought, text)
    }
}
