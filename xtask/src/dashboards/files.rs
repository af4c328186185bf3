//! Every dashboard, as a file in the classic JSON that Grafana imports.

use longshore_ops::dashboard_text;

use super::dashboard::Dashboard;
use super::{cloudwatch, fleet, queue, shutdown};
use crate::rules::{DashboardId, GeneratedFile};

/// Every dashboard of Longshore's own metrics, the one to start with first.
pub fn all() -> [Dashboard; 3] {
    [fleet::dashboard(), queue::dashboard(), shutdown::dashboard()]
}

/// The file of every dashboard.
pub fn generated_files() -> Vec<GeneratedFile> {
    let own = all().map(|dashboard| (dashboard.uid(), dashboard.json()));
    let cloudwatch = (DashboardId::CloudWatch.uid(), cloudwatch::json());
    own.into_iter()
        .chain([cloudwatch])
        .map(|(uid, json)| GeneratedFile {
            path: format!("dashboards/{uid}.json"),
            text: dashboard_text(&json),
        })
        .collect()
}
