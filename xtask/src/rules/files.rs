//! All rule groups, and the files with them: one for Prometheus, one for its Kubernetes operator.

use super::group::Group;
use super::scale::{Scale, minutes};
use super::{
    burn, calls, cost, counts, dead_letters, ends, fifo, grafana, losses, payloads, periodic_tasks,
    progress, requests, settings, spend, workers, yaml,
};

/// A file that is generated and committed.
pub struct GeneratedFile {
    /// Its path in the repository, with `/` as the separator.
    pub path: String,
    /// Its content.
    pub text: String,
}

const ABOUT: &str = "\
# Longshore's recording and alert rules. Generated: `longshore export` writes them.
#
# The rules work for every queue without editing, because queues, objectives, thresholds and prices are
# series that the workers export. The factors and windows come from the SRE workbook,
# https://sre.google/workbook/alerting-on-slos/. docs/slo.md explains each alert.
#
# The rules aggregate by the fixed labels (cluster, namespace, job, queue[, slo]). They do not use
# `without`, because each site adds other labels to its pods. Labels that a site does not have are absent.
# If queues in several regions or environments have the same labels, name the labels that distinguish
# them: `longshore export --by region,env` adds these to every rule, link and dashboard.
#
# They need Prometheus 2.42 or newer, because of keep_firing_for. Keep the interval of each group.
#
# severity: act on critical now, and on warning in working hours.
# dashboard_url is a path. Put the address of your Grafana before it, as alertmanager.example.yml does.
";

/// Every group, in the order of the files.
pub fn groups(scale: Scale) -> Vec<Group> {
    let mut slo = settings::recordings(scale);
    slo.extend(counts::recordings(scale));
    slo.extend(burn::recordings(scale));
    slo.extend(cost::recordings(scale));
    slo.extend(burn::alerts(scale));
    slo.extend(cost::alerts(scale));
    slo.extend(spend::alerts(scale));
    slo.extend(settings::alerts(scale));
    let mut budget_left = burn::budget_left(scale);
    budget_left.extend(losses::alerts(scale));
    let mut work = calls::recordings(scale);
    work.extend(progress::recordings(scale));
    work.extend(fifo::recordings());
    work.extend(ends::recordings(scale));
    work.extend(dead_letters::recordings(scale));
    work.extend(workers::recordings(scale));
    work.extend(requests::recordings(scale));
    work.extend(periodic_tasks::recordings(scale));
    work.extend(payloads::recordings(scale));
    work.extend(workers::alerts(scale));
    work.extend(ends::alerts(scale));
    work.extend(calls::alerts(scale));
    work.extend(requests::alerts(scale));
    work.extend(periodic_tasks::alerts(scale));
    work.extend(payloads::alerts(scale));
    work.extend(progress::alerts(scale));
    work.extend(fifo::alerts(scale));
    work.extend(dead_letters::alerts());
    vec![
        Group {
            name: "longshore-slo",
            about: "Objectives, burn rates and cost. They are one group, because a rule sees only the latest \
                    values that the rules above it in its group recorded.",
            interval: minutes(1),
            rules: slo,
        },
        Group {
            name: "longshore-workers",
            about: "Handlers, requests and messages that fail, and messages that shutdowns, crashes and stalls \
                    affect.",
            interval: minutes(1),
            rules: work,
        },
        Group {
            name: "longshore-budget-left",
            about: "The remaining share of each 30-day error budget, for dashboards, and lost messages of a week. \
                    If Prometheus keeps less than 30 days, the share covers what Prometheus keeps.",
            interval: minutes(5),
            rules: budget_left,
        },
    ]
}

/// The files for Prometheus and its operator, and those for Grafana-managed alerts.
pub fn generated_files(scale: Scale) -> Vec<GeneratedFile> {
    let header = header(scale);
    let rules = yaml::groups(&groups(scale), scale);
    let recordings = yaml::groups(&grafana::recordings(groups(scale)), scale);
    let generated = [
        ("alerts/longshore.rules.yml", format!("{header}{rules}")),
        (
            "alerts/longshore.prometheusrule.yml",
            format!("{header}{}", prometheus_rule("longshore", &rules)),
        ),
        ("alerts/grafana/longshore.alerts.yml", grafana::alerts(&groups(scale), scale)),
        ("alerts/grafana/longshore.recordings.yml", format!("{header}{recordings}")),
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
    format!("{ABOUT}#\n{stamp} Every duration is shortened for tests: not for production.\n\n")
}

/// The groups as an object of the Prometheus Operator.
pub(crate) fn prometheus_rule(name: &str, groups: &str) -> String {
    format!(
        "apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: {name}
  labels:
    app.kubernetes.io/name: longshore
spec:
{}",
        indented(groups)
    )
}

fn indented(yaml: &str) -> String {
    let indent = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") };
    yaml.lines().map(indent).collect()
}
