//! The files that ship with Longshore: alert rules, dashboards, runbooks and deploy files, embedded
//! as they are in the repository. `longshore export` writes them to a directory.
//!
//! ```
//! use longshore_ops::{Flavor, SiteLabels, files};
//!
//! let labels: SiteLabels = "region,env".parse().unwrap();
//! let files = files(&labels, Flavor::Prometheus);
//! let rules = files.iter().find(|file| file.path == "alerts/longshore.rules.yml");
//! assert!(rules.unwrap().text.contains("by (region, env, cluster, namespace, job, queue)"));
//! ```

mod dashboard;
mod flavor;
mod mention;
mod site_labels;

use std::borrow::Cow;

use include_dir::{Dir, DirEntry, include_dir};

pub use dashboard::dashboard_text;
pub use flavor::{Flavor, UnknownFlavor};
pub use site_labels::{SiteLabelError, SiteLabels};

static ALERTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../alerts");
static DASHBOARDS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../dashboards");
static DEPLOY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../deploy");
static RUNBOOKS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/runbooks");

/// A file that ships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where `longshore export` writes it: `alerts/`, `dashboards/`, `deploy/` or `runbooks/`, then
    /// its path there, with `/` between the parts.
    pub path: String,
    /// Its whole text.
    pub text: Cow<'static, str>,
}

/// Every file, in the order of the directories, sorted by path in each, then the rules for another
/// ruler. Rules, dashboards, queries of runbooks and the configurations of Alertmanager also use the
/// labels of the site.
pub fn files(labels: &SiteLabels, flavor: Flavor) -> Vec<File> {
    let directories = [
        ("alerts", &ALERTS),
        ("dashboards", &DASHBOARDS),
        ("deploy", &DEPLOY),
        ("runbooks", &RUNBOOKS),
    ];
    let mut files = Vec::new();
    for (name, directory) in directories {
        collect(name, directory, &mut files);
    }
    flavor.apply(&mut files);
    if !labels.is_empty() {
        files.iter_mut().for_each(|file| file.add(labels));
    }
    files
}

fn collect(name: &str, directory: &Dir<'static>, files: &mut Vec<File>) {
    for entry in directory.entries() {
        match entry {
            DirEntry::Dir(inner) => collect(name, inner, files),
            DirEntry::File(file) => files.push(File {
                path: format!("{name}/{}", file.path().display()),
                text: file.contents_utf8().expect("every file that ships is text").into(),
            }),
        }
    }
}

impl File {
    fn add(&mut self, labels: &SiteLabels) {
        let is_dashboard = self.path.starts_with("dashboards/") && self.path.ends_with(".json");
        self.text = if is_dashboard {
            dashboard::with_labels(&self.text, labels).into()
        } else {
            mention::copy_mentions(&self.text, labels).into()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directory_has_files_and_every_path_is_unique() {
        let mut paths: Vec<_> = files(&SiteLabels::default(), Flavor::Grafana)
            .into_iter()
            .map(|file| file.path)
            .collect();
        for directory in ["alerts/", "dashboards/", "deploy/", "runbooks/"] {
            assert!(paths.iter().any(|path| path.starts_with(directory)), "{directory}");
        }
        let count = paths.len();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), count);
    }

    #[test]
    fn without_labels_a_dashboard_keeps_every_byte() {
        for file in files(&SiteLabels::default(), Flavor::Grafana) {
            if file.path.starts_with("dashboards/") && file.path.ends_with(".json") {
                let same = dashboard::with_labels(&file.text, &SiteLabels::default());
                assert_eq!(same, file.text, "{}", file.path);
            }
        }
    }

    /// The number of mentions of a label as a whole word.
    fn mentions(text: &str, label: &str) -> usize {
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        text.to_lowercase().split(|c| !is_word(c)).filter(|word| *word == label).count()
    }

    #[test]
    fn no_mention_of_the_cluster_in_an_alert_file_is_without_the_other_labels() {
        let [before, after] =
            ["", "zone,tier"].map(|by| files(&by.parse().unwrap_or_default(), Flavor::Grafana));
        for (before, after) in before.iter().zip(&after) {
            let is_alert = before.path.starts_with("alerts/")
                && before.path.contains("/longshore.")
                || before.path.contains("alertmanager");
            if is_alert {
                let expected = mentions(&before.text, "cluster");
                assert!(expected > 0, "{}", before.path);
                for label in ["cluster", "zone", "tier"] {
                    assert_eq!(
                        mentions(&after.text, label),
                        expected,
                        "{label} in {}",
                        before.path
                    );
                }
            }
        }
    }
}
