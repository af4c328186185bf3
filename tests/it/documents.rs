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

#[test]
fn the_schema_of_slo_is_that_of_the_program() {
    let document: serde_json::Value = serde_json::from_str(&read("docs/slo.schema.json")).unwrap();
    let schema = serde_json::to_value(longshore::slo::Report::schema()).unwrap();
    assert_eq!(document, schema, "docs/slo.schema.json is not what /slo/schema answers");
}
