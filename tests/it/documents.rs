//! Documents that repeat what the program knows.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_document_of_metrics_is_the_catalogue() {
    let document = read("docs/metrics.md");
    let table = longshore::telemetry::markdown();
    assert!(
        document.ends_with(&table),
        "docs/metrics.md is not the catalogue; end it with what `longshore metrics` prints"
    );
}
