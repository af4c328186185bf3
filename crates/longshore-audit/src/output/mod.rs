//! A report in several formats.

mod junit;
mod markdown;
mod sarif;
mod summary;

pub use junit::junit;
pub use markdown::{costs, markdown};
pub use sarif::sarif;
pub use summary::{headline, subtitle};

pub use crate::figures::dollars;
use crate::report::Report;

/// The report as one JSON object. `docs/audit.schema.json` describes it.
pub fn json(report: &Report) -> String {
    let text = serde_json::to_string_pretty(report).expect("a report has only texts and numbers");
    text + "\n"
}

/// The JSON Schema of [`json`].
pub fn json_schema() -> schemars::Schema {
    schemars::schema_for!(Report)
}
