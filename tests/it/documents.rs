//! The generated files, as they are committed, and the tests that documents name.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

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

/// A filter that matches no test would pass without a test.
#[test]
fn each_test_that_the_threat_model_names_exists() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(repository.join("docs/threat-model.md")).unwrap();
    let tests = Command::new(env::current_exe().unwrap()).arg("--list").output().unwrap().stdout;
    let tests = String::from_utf8(tests).unwrap();
    let rows = page.lines().filter(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next());
    let names: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let filters: Vec<_> = names.into_iter().filter(|name| !name.starts_with("cargo ")).collect();
    assert!(filters.len() > 20, "{filters:?}");
    for filter in filters {
        assert!(tests.contains(filter), "no test has `{filter}` in its name");
    }
}
