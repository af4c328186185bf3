//! The format of Pyrra: one resource for each SLO, because Pyrra reads one from each file.

use longshore::slo::Judgement;
use longshore_ops::SiteLabels;

use super::definition::Definition;
use super::quoted;

/// The file of one SLO. Pyrra judges each combination of the grouping labels by itself.
pub(super) fn text(definition: &Definition, labels: &SiteLabels) -> String {
    let site = labels.names().iter().map(String::as_str);
    let grouping: Vec<_> = site.chain(["cluster", "namespace", "job"]).collect();
    format!(
        "\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: longshore-{name}
spec:
  target: \"{percent}\"
  window: 30d
  description: {description}
  indicator:
    ratio:
      errors:
        metric: {bad}
      total:
        metric: {total}
      grouping: [{grouping}]
",
        name = definition.name,
        percent = definition.percent,
        description = quoted(&definition.description),
        bad = quoted(&definition.series(Some(Judgement::Bad))),
        total = quoted(&definition.series(None)),
        grouping = grouping.join(", "),
    )
}
