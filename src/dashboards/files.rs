//! The files that `longshore export` writes: the dashboards, and what brings them into a Grafana.

use super::all;
use crate::slo::rules::ExportedFile;

/// For Grafana's own provisioning, and for the sidecar in Kubernetes.
const COPIED: &[(&str, &str)] = &[
    ("dashboards/kustomization.yaml", include_str!("../../dashboards/kustomization.yaml")),
    (
        "dashboards/provisioning/dashboards/longshore.yml",
        include_str!("../../dashboards/provisioning/dashboards/longshore.yml"),
    ),
    (
        "dashboards/provisioning/datasources/prometheus.yml",
        include_str!("../../dashboards/provisioning/datasources/prometheus.yml"),
    ),
];

/// Every file, the generated ones first.
pub fn exported_files() -> Vec<ExportedFile> {
    let generated = all().map(|dashboard| ExportedFile {
        path: format!("dashboards/{}.json", dashboard.uid()),
        text: format!("{:#}\n", dashboard.json()),
    });
    let copied = COPIED
        .iter()
        .map(|(path, text)| ExportedFile { path: (*path).to_owned(), text: (*text).to_owned() });
    generated.into_iter().chain(copied).collect()
}
