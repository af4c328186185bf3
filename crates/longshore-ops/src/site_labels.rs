//! The labels that distinguish the regions or environments of a site, as `--by` names them.

use std::collections::BTreeSet;
use std::str::FromStr;

/// The labels that the rules use at every site.
const ALWAYS: &[&str] = &["cluster", "namespace", "job"];

/// The labels of the metrics, of the alerts and of their series, and the variable of the dashboards
/// for the data source. A test compares them with the catalog of metrics and with the rules.
const OURS: &[&str] = &[
    "action",
    "alertname",
    "alertstate",
    "attribute",
    "awaited",
    "cause",
    "datasource",
    "delivery",
    "fate",
    "instance",
    "kind",
    "le",
    "limit",
    "long_window",
    "name",
    "outcome",
    "queue",
    "result",
    "route",
    "sender",
    "senders",
    "severity",
    "short_window",
    "slo",
    "state",
    "task",
    "version",
    "workers",
];

/// Labels that a site adds to the series of its workers, for example `region` and `env`. The rules
/// use them in addition to `cluster`, `namespace` and `job`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SiteLabels(Vec<String>);

/// Why a list of labels cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SiteLabelError {
    /// A name between two commas is empty.
    #[error("a label name is empty. Separate names with one comma, for example region,env")]
    Empty,
    /// It is not a name that the rules and dashboards can use.
    #[error(
        "{0:?} is not a label name. A name has letters, digits and underscores, and it does not start \
         with a digit"
    )]
    Invalid(String),
    /// It starts with two underscores.
    #[error("{0:?} is reserved. Names that start with __ exist only inside Prometheus")]
    Reserved(String),
    /// It is in the list twice.
    #[error("{0:?} is there twice. Name each label once")]
    Duplicate(String),
    /// The rules use it at every site.
    #[error(
        "the rules always use {0:?}. Name only the labels that your site has in addition to cluster, \
         namespace and job"
    )]
    Always(String),
    /// It has a meaning in the metrics, rules or dashboards.
    #[error(
        "{0:?} is a label of the metrics or alerts of Longshore. Name only labels that your site adds \
         to its workers, for example region,env"
    )]
    Ours(String),
}

impl SiteLabels {
    /// The names, in the order of the list.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Whether there is no additional label.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A list of names with commas between them. Spaces around a name do not count.
impl FromStr for SiteLabels {
    type Err = SiteLabelError;

    fn from_str(list: &str) -> Result<Self, SiteLabelError> {
        let mut known = BTreeSet::new();
        let mut names = Vec::new();
        for name in list.split(',').map(str::trim) {
            check(name)?;
            if !known.insert(name) {
                return Err(SiteLabelError::Duplicate(name.to_owned()));
            }
            names.push(name.to_owned());
        }
        Ok(Self(names))
    }
}

/// Prometheus 3 also allows other characters in a name, but templates and variables do not.
fn check(name: &str) -> Result<(), SiteLabelError> {
    let is_valid = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    let problem = if name.is_empty() {
        return Err(SiteLabelError::Empty);
    } else if !is_valid {
        SiteLabelError::Invalid
    } else if name.starts_with("__") {
        SiteLabelError::Reserved
    } else if ALWAYS.contains(&name) {
        SiteLabelError::Always
    } else if OURS.contains(&name) {
        SiteLabelError::Ours
    } else {
        return Ok(());
    };
    Err(problem(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_their_order() {
        let labels: SiteLabels = "region, env".parse().unwrap();
        assert_eq!(labels.names(), ["region", "env"]);
        assert!(!labels.is_empty() && SiteLabels::default().is_empty());
    }

    #[test]
    fn an_error_names_the_label_and_what_is_accepted() {
        let error = |list: &str| SiteLabels::from_str(list).unwrap_err().to_string();
        for (list, found, accepted) in [
            ("", "is empty", "region,env"),
            ("region,", "is empty", "region,env"),
            ("region,9a", "\"9a\"", "letters, digits and underscores"),
            ("k8s.cluster", "\"k8s.cluster\"", "letters, digits and underscores"),
            ("région", "\"région\"", "letters, digits and underscores"),
            ("__meta", "\"__meta\"", "reserved"),
            ("env,region,env", "\"env\"", "once"),
            ("cluster", "\"cluster\"", "in addition to cluster"),
            ("region,job", "\"job\"", "in addition to cluster"),
            ("queue", "\"queue\"", "that your site adds"),
            ("instance", "\"instance\"", "that your site adds"),
        ] {
            let error = error(list);
            assert!(error.contains(found) && error.contains(accepted), "{list}: {error}");
        }
    }
}
