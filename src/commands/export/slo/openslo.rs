//! The format of OpenSLO v1.

use longshore::slo::Judgement;

use super::definition::Definition;
use super::quoted;

/// One file: the service, then every SLO.
pub(super) fn text(definitions: &[Definition]) -> String {
    let mut text = "\
apiVersion: openslo/v1
kind: Service
metadata:
  name: longshore
spec:
  description: The queues of Longshore.
"
    .to_owned();
    for definition in definitions {
        text += "---\n";
        text += &slo(definition);
    }
    text
}

fn slo(definition: &Definition) -> String {
    let query = |result| quoted(&format!("sum({})", definition.series(result)));
    format!(
        "\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: {name}
spec:
  description: {description}
  service: longshore
  indicator:
    metadata:
      name: {name}
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: Prometheus
            spec:
              query: {good}
        total:
          metricSource:
            type: Prometheus
            spec:
              query: {total}
  timeWindow:
    - duration: 30d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - displayName: {name}
      target: {target}
",
        name = definition.name,
        description = quoted(&definition.description),
        good = query(Some(Judgement::Good)),
        total = query(None),
        // Back from percent, without the digits that a division adds.
        target = (definition.percent * 1e6).round() / 1e8,
    )
}
