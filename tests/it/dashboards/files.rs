//! The files, as they are committed and exported.

use std::fs;
use std::path::Path;

use xtask::dashboards::generated_files;

/// What Kubernetes accepts as the copy of an object that `kubectl apply` leaves in it.
const APPLIED: usize = 262_144;

fn committed(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_dashboard_becomes_a_config_map_that_is_not_too_big() {
    let kustomization = committed("dashboards/kustomization.yaml");
    assert!(kustomization.contains("grafana_dashboard: \"1\""));
    let files = generated_files();
    for file in &files {
        let name = file.path.strip_prefix("dashboards/").unwrap();
        let uid = name.strip_suffix(".json").unwrap();
        let entry = format!("  - name: {uid}\n    files: [{uid}.json]\n");
        assert!(kustomization.contains(&entry), "kustomization.yaml lacks\n{entry}");
        let applied = serde_json::to_string(&file.text).unwrap();
        let (found, most) = (applied.len(), APPLIED - 4096);
        assert!(
            found < most,
            "{uid} has {found} bytes, at most {most}: shorten its texts in xtask"
        );
    }
    assert_eq!(kustomization.matches("- name:").count(), files.len());
}
