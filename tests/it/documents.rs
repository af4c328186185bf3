//! The generated files, as they are committed.

use std::path::Path;

use xtask::generate;
use xtask::rules::Scale;

#[test]
fn every_generated_file_is_up_to_date() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = generate::files(repository, Scale::REAL).unwrap();
    assert!(files.len() >= 7, "rules in two forms, three dashboards, the metrics, the schema");
    let outdated = generate::outdated(repository, &files);
    assert!(outdated.is_empty(), "run `cargo xtask generate`; not up to date: {outdated:?}");
}
