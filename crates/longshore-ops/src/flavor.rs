//! The rules in the formats of other rulers. They are written next to the files for Prometheus.

use std::str::FromStr;

use crate::File;

const RULES: &str = "alerts/longshore.rules.yml";
const OPERATOR_RULES: &str = "alerts/longshore.prometheusrule.yml";
/// The files that only Grafana reads.
const GRAFANA: &str = "alerts/grafana/";

/// The ruler that evaluates the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flavor {
    /// Prometheus, or its operator in Kubernetes.
    #[default]
    Prometheus,
    /// vmalert of VictoriaMetrics, or its operator.
    Vmalert,
    /// The ruler of Grafana Mimir, loaded by mimirtool.
    Mimir,
    /// Grafana itself: its managed alert rules.
    Grafana,
}

impl Flavor {
    /// Every flavor, the default first.
    pub const ALL: [Self; 4] = [Self::Prometheus, Self::Vmalert, Self::Mimir, Self::Grafana];

    /// As the command line names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
            Self::Vmalert => "vmalert",
            Self::Mimir => "mimir",
            Self::Grafana => "grafana",
        }
    }

    /// Removes the files of other flavors, and adds its own.
    pub(crate) fn apply(self, files: &mut Vec<File>) {
        if self != Self::Grafana {
            files.retain(|file| !file.path.starts_with(GRAFANA));
        }
        let text = |path| {
            let found = files.iter().find(|file| file.path == path);
            found.expect("the rules for Prometheus ship").text.as_ref()
        };
        let added = match self {
            Self::Prometheus | Self::Grafana => vec![],
            Self::Vmalert => vec![
                ("alerts/longshore.vmalert.yml", metrics_ql(text(RULES))),
                ("alerts/longshore.vmrule.yml", vm_rule(&metrics_ql(text(OPERATOR_RULES)))),
            ],
            Self::Mimir => vec![("alerts/longshore.mimir.yml", with_namespace(text(RULES)))],
        };
        let file = |(path, text): (&str, String)| File { path: path.to_owned(), text: text.into() };
        files.extend(added.into_iter().map(file));
    }
}

/// `changes` of VictoriaMetrics counts the first sample of a new series as a change, so each new
/// worker would look like a restart. `changes_prometheus` counts as Prometheus does.
fn metrics_ql(rules: &str) -> String {
    rules.replace("changes(", "changes_prometheus(")
}

/// The operator of VictoriaMetrics has the same fields under another kind.
fn vm_rule(rules: &str) -> String {
    rules
        .replace(
            "apiVersion: monitoring.coreos.com/v1\n",
            "apiVersion: operator.victoriametrics.com/v1beta1\n",
        )
        .replace("kind: PrometheusRule\n", "kind: VMRule\n")
}

/// mimirtool loads the groups into this namespace of the ruler.
fn with_namespace(rules: &str) -> String {
    rules.replacen("\ngroups:\n", "\nnamespace: longshore\ngroups:\n", 1)
}

/// The name is none of the flavors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a flavor. Use prometheus, vmalert, mimir or grafana")]
pub struct UnknownFlavor(String);

impl FromStr for Flavor {
    type Err = UnknownFlavor;

    fn from_str(name: &str) -> Result<Self, UnknownFlavor> {
        let found = Self::ALL.into_iter().find(|flavor| flavor.as_str() == name);
        found.ok_or_else(|| UnknownFlavor(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SiteLabels, files};

    fn text(flavor: Flavor, path: &str) -> String {
        let files = files(&SiteLabels::default(), flavor);
        let found = files.into_iter().find(|file| file.path == path);
        found.unwrap_or_else(|| panic!("{path} is missing")).text.into_owned()
    }

    #[test]
    fn every_flavor_has_the_files_of_prometheus_and_its_own() {
        let added = |flavor| {
            let base = files(&SiteLabels::default(), Flavor::Prometheus);
            let all = files(&SiteLabels::default(), flavor);
            assert!(base.iter().all(|file| all.contains(file)), "{flavor:?}");
            all.len() - base.len()
        };
        assert_eq!(Flavor::ALL.map(added), [0, 2, 1, 2]);
        assert!(Flavor::ALL.iter().all(|flavor| flavor.as_str().parse() == Ok(*flavor)));
        assert!("thanos".parse::<Flavor>().unwrap_err().to_string().contains("mimir or grafana"));
    }

    #[test]
    fn vmalert_counts_changes_as_prometheus_does() {
        let rules = text(Flavor::Vmalert, "alerts/longshore.vmalert.yml");
        assert!(rules.contains(" changes_prometheus(process_start_time_seconds["));
        assert!(!rules.contains("changes(") && !rules.contains("_changes_"));
        let operator = text(Flavor::Vmalert, "alerts/longshore.vmrule.yml");
        assert!(operator.contains("\nkind: VMRule\n") && !operator.contains("monitoring.coreos"));
    }

    #[test]
    fn mimir_gets_one_namespace() {
        let rules = text(Flavor::Mimir, "alerts/longshore.mimir.yml");
        assert_eq!(rules.matches("\nnamespace: longshore\ngroups:\n").count(), 1);
    }
}
