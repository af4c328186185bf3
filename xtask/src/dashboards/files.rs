//! The dashboards as files, in the classic JSON that Grafana imports.

use super::all;
use crate::rules::GeneratedFile;

/// Every dashboard's file.
pub fn generated_files() -> Vec<GeneratedFile> {
    all()
        .map(|dashboard| GeneratedFile {
            path: format!("dashboards/{}.json", dashboard.uid()),
            text: format!("{:#}\n", dashboard.json()),
        })
        .into()
}
