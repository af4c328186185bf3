//! The rules in two forms: for Prometheus, and for its operator in Kubernetes.

use super::group::Group;
use super::scale::{Scale, minutes};
use super::{burn, cost, settings, workers, yaml};

/// A file that is generated and committed.
pub struct GeneratedFile {
    /// Its path in the repository, with `/`.
    pub path: String,
    /// All of its text.
    pub text: String,
}

const ABOUT: &str = "\
# Longshore's recording and alert rules. Generated: `longshore export` writes them.
#
# They are static. Queues, objectives, thresholds and prices are series that the workers export, so
# these rules serve every queue without being edited. The factors and windows are the SRE workbook's,
# https://sre.google/workbook/alerting-on-slos/, and docs/slo.md explains what each alert is for.
#
# Everything is aggregated by (cluster, namespace, job, queue[, slo]), a fixed list rather than
# `without`, for no one can know which labels a site gives its pods; labels that a site does not have
# are simply absent. severity: critical wakes somebody, warning is for working hours.
#
# dashboard_url is a path: put the address of your Grafana before it, as alertmanager.example.yml does.
";

const KUBERNETES: &str = "\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: longshore
  labels:
    app.kubernetes.io/name: longshore
spec:
";

/// Every group, in the order of the files.
pub fn groups(scale: Scale) -> Vec<Group> {
    let mut slo = settings::recordings(scale);
    slo.extend(burn::recordings(scale));
    slo.extend(cost::recordings(scale));
    slo.extend(burn::alerts(scale));
    slo.extend(cost::alerts(scale));
    slo.extend(settings::alerts(scale));
    vec![
        Group {
            name: "longshore-slo",
            about: "Objectives, burn rates and money. One group, since a rule sees the latest value only of \
                    what its own group recorded above it.",
            interval: minutes(1),
            rules: slo,
        },
        Group {
            name: "longshore-workers",
            about: "What stops, crashes and stalls do to messages.",
            interval: minutes(1),
            rules: workers::alerts(scale),
        },
        Group {
            name: "longshore-budget-left",
            about: "What is left of each 30-day error budget, for dashboards. If Prometheus keeps less than \
                    30 days, it is of what it keeps.",
            interval: minutes(5),
            rules: burn::budget_left(scale),
        },
    ]
}

/// Both files.
pub fn generated_files(scale: Scale) -> Vec<GeneratedFile> {
    let header = header(scale);
    let rules = yaml::groups(&groups(scale), scale);
    let generated = [
        ("alerts/longshore.rules.yml", format!("{header}{rules}")),
        (
            "alerts/longshore.prometheusrule.yml",
            format!("{header}{KUBERNETES}{}", indented(&rules)),
        ),
    ];
    generated
        .into_iter()
        .map(|(path, text)| GeneratedFile { path: path.to_owned(), text })
        .collect()
}

fn header(scale: Scale) -> String {
    let stamp = format!("# Longshore {}.", env!("CARGO_PKG_VERSION"));
    if scale == Scale::REAL {
        return format!("{ABOUT}#\n{stamp}\n\n");
    }
    format!("{ABOUT}#\n{stamp} Every duration is shortened, for tests: not for production.\n\n")
}

fn indented(yaml: &str) -> String {
    let indent = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") };
    yaml.lines().map(indent).collect()
}
