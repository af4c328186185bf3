//! Every dashboard, as a file in the classic JSON that Grafana imports.

use super::dashboard::Dashboard;
use super::{fleet, queue, shutdown};
use crate::rules::GeneratedFile;

/// Every dashboard, the one to start with first.
pub fn all() -> [Dashboard; 3] {
    [fleet::dashboard(), queue::dashboard(), shutdown::dashboard()]
}

/// The file of every dashboard.
pub fn generated_files() -> Vec<GeneratedFile> {
    all()
        .map(|dashboard| GeneratedFile {
            path: format!("dashboards/{}.json", dashboard.uid()),
            text: dashboard.text(),
        })
        .into()
}
