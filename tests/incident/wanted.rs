//! The metrics that rules and dashboards read. The other series would only make the files larger.

use std::collections::BTreeSet;

use xtask::rules::Scale;

/// The names of these metrics.
pub(crate) fn names() -> BTreeSet<String> {
    let rules = xtask::rules::generated_files(Scale::REAL);
    let files = rules.into_iter().chain(xtask::dashboards::generated_files());
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let of_file = |text: &str| -> Vec<String> {
        let words = text.split(|c| !is_part(c));
        words.filter(|word| word.starts_with("longshore_")).map(str::to_owned).collect()
    };
    files.flat_map(|file| of_file(&file.text)).collect()
}
