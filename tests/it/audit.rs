//! The pages about the checks of `longshore audit`.

use std::fs;
use std::path::Path;

use longshore::QueueConfig;
use longshore::cost::forecast::requests_per_message;
use longshore_audit::checks::CHECKS;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn each_check_has_a_page_with_its_title() {
    for check in CHECKS {
        let page = read(&format!("docs/audit/{}.md", check.id));
        let title = page.lines().next().unwrap_or_default();
        assert_eq!(title, format!("# {}", check.title), "{}", check.id);
        assert!(page.contains(&format!("`{}`", check.id)), "{} is not named", check.id);
    }
}

#[test]
fn each_page_is_of_a_check() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit");
    for file in fs::read_dir(directory).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let id = name.trim_end_matches(".md");
        assert!(CHECKS.iter().any(|check| check.id == id), "{name} is of no check");
    }
}

#[test]
fn the_list_of_checks_is_that_of_the_program() {
    let rows: Vec<_> = CHECKS
        .iter()
        .map(|check| format!("| [{0}](audit/{0}.md) | {1} |", check.id, check.title))
        .collect();
    let listed = read("docs/audit.md");
    let listed = listed.lines().filter(|line| line.starts_with("| [") && line.contains("](audit/"));
    assert_eq!(listed.collect::<Vec<_>>(), rows);
}

/// The table was measured by `cargo bench --bench cost`.
#[test]
fn the_forecast_agrees_with_what_the_bench_measured() {
    let queue = QueueConfig::builder("orders").build().unwrap();
    let cost = read("docs/cost.md");
    for (row, rate) in [("| 1/s |", 1.0), ("| 10/s |", 10.0), ("| 100/s |", 100.0)] {
        let row = cost.lines().find(|line| line.starts_with(row)).unwrap();
        let measured: f64 = row.split('|').nth(2).unwrap().trim().parse().unwrap();
        let forecast = requests_per_message(&queue, rate, 1);
        assert!((forecast / measured - 1.0).abs() < 0.1, "{forecast} at {row}");
    }
}
