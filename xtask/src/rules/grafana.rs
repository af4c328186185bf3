//! The alerts as Grafana-managed rules, in the format that Grafana provisions from files.
//!
//! The recordings stay with the ruler of a Prometheus or Mimir, because Grafana can only write them to
//! a data source that accepts remote writes.

use std::fmt::{self, Write};

use super::group::{Alert, Group, Rule};
use super::scale::Scale;
use super::yaml;

const ABOUT: &str = "\
# Longshore's alerts as Grafana-managed rules, for Grafana 12 or newer. Generated: `longshore export
# --flavor grafana` writes them.
#
# Put this file into the directory provisioning/alerting of Grafana. Set the environment variable
# LONGSHORE_DATASOURCE of Grafana to the UID of the Prometheus data source. Load
# longshore.recordings.yml into that Prometheus, because the alerts read its series.
#
# Grafana sets the label alertname to the title of a rule.
";

/// The file with the alerts.
pub(super) fn alerts(groups: &[Group], scale: Scale) -> String {
    let mut text = String::new();
    write(&mut text, groups, scale).expect("writing to a String does not fail");
    // Grafana replaces `$name` by an environment variable in some versions. Its templates have the
    // same values without a dollar sign.
    let text = text.replace("${{ ", "USD {{ ").replace("$labels.", ".Labels.");
    format!("{ABOUT}\n{}", text.replace("$value", ".Values.A.Value"))
}

/// The groups without their alerts.
pub(super) fn recordings(groups: Vec<Group>) -> Vec<Group> {
    let mut groups = groups;
    for group in &mut groups {
        group.rules.retain(|rule| matches!(rule, Rule::Record { .. }));
    }
    groups
}

fn write(yaml: &mut String, groups: &[Group], scale: Scale) -> fmt::Result {
    writeln!(yaml, "apiVersion: 1\n\ngroups:")?;
    for group in groups {
        writeln!(yaml, "\n  - orgId: 1")?;
        writeln!(yaml, "    name: {}", group.name)?;
        writeln!(yaml, "    folder: Longshore")?;
        writeln!(yaml, "    interval: {}", scale.text(group.interval))?;
        writeln!(yaml, "    rules:")?;
        for rule in &group.rules {
            if let Rule::Alert(alert) = rule {
                write_rule(yaml, alert, scale)?;
            }
        }
    }
    Ok(())
}

/// In Grafana, a value of 0 does not fire. In Prometheus, each value of the result fires, so the
/// condition asks only whether there is one.
fn write_rule(yaml: &mut String, alert: &Alert, scale: Scale) -> fmt::Result {
    let variant = variant(alert);
    let short = alert.name.trim_start_matches("Longshore");
    writeln!(yaml, "\n      - uid: ls-{short}-{}", variant.join("-"))?;
    writeln!(yaml, "        title: {} {}", alert.name, variant.join(" "))?;
    writeln!(
        yaml,
        "        condition: B
        data:
          - refId: A
            relativeTimeRange: {{ from: 300, to: 0 }}
            datasourceUid: ${{LONGSHORE_DATASOURCE}}
            model:
              refId: A
              instant: true
              range: false"
    )?;
    yaml::write_expr(yaml, &alert.expr, "              ")?;
    writeln!(
        yaml,
        "          - refId: B
            relativeTimeRange: {{ from: 0, to: 0 }}
            datasourceUid: __expr__
            model:
              refId: B
              type: math
              expression: is_number($A) || is_inf($A)
        noDataState: OK
        execErrState: Error
        for: {}
        keepFiringFor: {}",
        scale.text(alert.hold),
        scale.text(alert.keep)
    )?;
    yaml::write_labels(yaml, alert)
}

/// What distinguishes alerts of one name.
fn variant(alert: &Alert) -> Vec<&str> {
    let labels = alert.labels.iter().map(|(_, value)| value.as_str());
    std::iter::once(alert.severity.as_str()).chain(labels).collect()
}
