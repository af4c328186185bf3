//! The rule files: one for Prometheus, one for its Kubernetes operator.

use super::metric::METRICS;
use super::{alerts, derived, setting};
use crate::rules::{GeneratedFile, Group, Scale, groups_as_yaml, minutes, prometheus_rule};

const ABOUT: &str = "\
# Rules for SQS queues of any consumer, over the AWS/SQS metrics of CloudWatch, as exported by
# yet-another-cloudwatch-exporter (YACE) or cloudwatch_exporter. Queues that Longshore processes do not need
# them. Generated: `longshore export` writes them. docs/cloudwatch.md explains them.
#
# The first rules give the series of both exporters one name. The others and the dashboard read only these.
# Limits have defaults. To change one for a queue, record a series sqs_setting:… in a file of your own.
#
# severity: act on critical now, and on warning in working hours.
# dashboard_url is a path. Put the address of your Grafana before it.
#
";

/// All rules, in one group, because a rule sees only the latest values that the rules above it in its
/// group recorded.
pub fn group(scale: Scale) -> Group {
    let mut rules = setting::periods();
    rules.extend(METRICS.iter().flat_map(|metric| metric.recordings(scale)));
    rules.extend(setting::recordings());
    rules.extend(derived::recordings(scale));
    rules.extend(alerts::alerts(scale));
    Group {
        name: "sqs-cloudwatch",
        about: "Queues as CloudWatch sees them: one name for the series of each exporter, limits, shares and \
                dollars, and the alerts on them.",
        interval: minutes(1),
        rules,
    }
}

/// The rule files.
pub fn generated_files(scale: Scale) -> Vec<GeneratedFile> {
    let header = format!("{ABOUT}# Longshore {}.\n\n", env!("CARGO_PKG_VERSION"));
    let rules = groups_as_yaml(&[group(scale)], scale);
    let generated = [
        ("alerts/cloudwatch.rules.yml", format!("{header}{rules}")),
        (
            "alerts/cloudwatch.prometheusrule.yml",
            format!("{header}{}", prometheus_rule("sqs-cloudwatch", &rules)),
        ),
    ];
    generated
        .into_iter()
        .map(|(path, text)| GeneratedFile { path: path.to_owned(), text })
        .collect()
}
