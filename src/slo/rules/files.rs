//! The files that `longshore export` writes: the rules in two forms, the Alertmanager example, and the
//! runbooks that belong to them.

use super::scale::Scale;
use super::{groups, yaml};

/// A file to be written under the directory of an export.
pub struct ExportedFile {
    /// Its path, with `/`.
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

macro_rules! runbooks {
    ($($alert:literal),+ $(,)?) => {
        &[$((
            concat!("runbooks/", $alert, ".md"),
            include_str!(concat!("../../../docs/runbooks/", $alert, ".md")),
        )),+]
    };
}

const RUNBOOKS: &[(&str, &str)] = runbooks![
    "LongshoreErrorBudgetBurn",
    "LongshoreLeasesLost",
    "LongshoreMessageCostHigh",
    "LongshoreMessagesAborted",
    "LongshoreObjectiveConflict",
    "LongshoreObjectiveMissing",
    "LongshorePollersStalled",
    "LongshorePollingWaste",
    "LongshoreVanishedWithMessages",
];

const ALERTMANAGER: &str = include_str!("../../../alerts/alertmanager.example.yml");

/// Every file, the generated ones first.
pub fn exported_files(scale: Scale) -> Vec<ExportedFile> {
    let header = header(scale);
    let rules = yaml::groups(&groups(scale), scale);
    let generated = [
        ("alerts/longshore.rules.yml", format!("{header}{rules}")),
        (
            "alerts/longshore.prometheusrule.yml",
            format!("{header}{KUBERNETES}{}", indented(&rules)),
        ),
    ];
    let copied = std::iter::once(("alerts/alertmanager.example.yml", ALERTMANAGER))
        .chain(RUNBOOKS.iter().copied())
        .map(|(path, text)| (path, text.to_owned()));
    generated
        .into_iter()
        .chain(copied)
        .map(|(path, text)| ExportedFile { path: path.to_owned(), text })
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
