//! The format of Sloth, which makes recording rules and alerts of it.

use std::fmt::Write;

use longshore::label::LabelSet as _;
use longshore::slo::Judgement;
use longshore::slo::windows::Severity;

use super::definition::Definition;
use super::quoted;

/// One file with every SLO.
pub(super) fn text(definitions: &[Definition]) -> String {
    let mut text = "\
# The objectives of the configured queues, for Sloth: sloth generate -i longshore.sloth.yml
version: prometheus/v1
service: longshore
slos:
"
    .to_owned();
    for definition in definitions {
        write(&mut text, definition).expect("writing to a String does not fail");
    }
    text
}

fn write(text: &mut String, definition: &Definition) -> std::fmt::Result {
    let query = |result| format!("sum(rate({}[{{{{.window}}}}]))", definition.series(result));
    let page = if definition.pages() {
        format!("labels: {{ severity: {} }}", Severity::Page.as_str())
    } else {
        "disable: true".to_owned()
    };
    writeln!(
        text,
        "  - name: {name}
    objective: {percent}
    description: {description}
    labels:
      queue: {queue}
      slo: {slo}
    sli:
      events:
        error_query: {bad}
        total_query: {total}
    alerting:
      name: LongshoreSlo
      labels:
        queue: {queue}
        slo: {slo}
      annotations:
        runbook_url: {runbook}
      page_alert:
        {page}
      ticket_alert:
        labels: {{ severity: {ticket} }}",
        name = definition.name,
        percent = definition.percent,
        description = quoted(&definition.description),
        queue = quoted(&definition.queue),
        slo = definition.slo.as_str(),
        bad = quoted(&query(Some(Judgement::Bad))),
        total = quoted(&query(None)),
        runbook = definition.runbook(),
        ticket = Severity::Ticket.as_str(),
    )
}
