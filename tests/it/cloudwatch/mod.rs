//! The rules and the dashboard for CloudWatch's metrics: what they read exists in what the exporters
//! export, and the documents say what the files do. promtool judges what the rules mean:
//! tests/cloudwatch/run.

mod dashboard;
mod documents;
mod rules;

use std::fs;
use std::path::Path;

use xtask::cloudwatch::group;
use xtask::rules::{Alert, Rule, Scale};

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rules() -> Vec<Rule> {
    group(Scale::REAL).rules
}

fn alerts() -> Vec<Alert> {
    let rules = rules().into_iter();
    let alert = |rule| if let Rule::Alert(alert) = rule { Some(alert) } else { None };
    rules.filter_map(alert).collect()
}
