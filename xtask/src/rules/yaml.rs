//! Rule groups as readable YAML: blocks for expressions, folded texts, comments.

use std::fmt::{self, Write};

use super::group::{Alert, Group, Rule};
use super::scale::Scale;

/// The width of folded texts.
const WIDTH: usize = 100;

/// The groups, without the header of the file.
pub(crate) fn groups(groups: &[Group], scale: Scale) -> String {
    let mut yaml = String::new();
    write(&mut yaml, groups, scale).expect("writing to a String does not fail");
    yaml
}

fn write(yaml: &mut String, groups: &[Group], scale: Scale) -> fmt::Result {
    writeln!(yaml, "groups:")?;
    for group in groups {
        writeln!(yaml)?;
        for line in wrap(group.about, WIDTH - 4) {
            writeln!(yaml, "  # {line}")?;
        }
        writeln!(yaml, "  - name: {}", group.name)?;
        writeln!(yaml, "    interval: {}", scale.text(group.interval))?;
        writeln!(yaml, "    rules:")?;
        for rule in &group.rules {
            writeln!(yaml)?;
            match rule {
                Rule::Record { name, expr } => {
                    writeln!(yaml, "      - record: {name}")?;
                    block(yaml, expr)?;
                }
                Rule::Alert(alert) => write_alert(yaml, alert, scale)?,
            }
        }
    }
    Ok(())
}

fn write_alert(yaml: &mut String, alert: &Alert, scale: Scale) -> fmt::Result {
    writeln!(yaml, "      - alert: {}", alert.name)?;
    block(yaml, &alert.expr)?;
    writeln!(yaml, "        for: {}", scale.text(alert.hold))?;
    writeln!(yaml, "        keep_firing_for: {}", scale.text(alert.keep))?;
    write_labels(yaml, alert)
}

/// The labels and annotations, which have the same form in every kind of rule file.
pub(super) fn write_labels(yaml: &mut String, alert: &Alert) -> fmt::Result {
    writeln!(yaml, "        labels:")?;
    writeln!(yaml, "          severity: {}", alert.severity.as_str())?;
    for (label, value) in &alert.labels {
        writeln!(yaml, "          {label}: {value}")?;
    }
    writeln!(yaml, "        annotations:")?;
    writeln!(yaml, "          summary: {}", alert.summary)?;
    writeln!(yaml, "          description: >-")?;
    for line in wrap(&alert.description, WIDTH - 12) {
        writeln!(yaml, "            {line}")?;
    }
    for label in alert.dashboard.place() {
        writeln!(yaml, "            {}", sentence(label))?;
    }
    writeln!(yaml, "          runbook_url: {}", alert.dashboard.runbook_url(alert.name))?;
    writeln!(yaml, "          dashboard_url: {}", alert.dashboard.url())
}

/// The last sentences of a description say where the queue is. The dash removes the space before a
/// sentence, so a label that the site does not have leaves no trace.
fn sentence(label: &str) -> String {
    let title = format!("{}{}", label[..1].to_uppercase(), label[1..].replace('_', " "));
    format!("{{{{- with $labels.{label} }}}} {title}: {{{{ . }}}}.{{{{ end }}}}")
}

fn block(yaml: &mut String, expr: &str) -> fmt::Result {
    write_expr(yaml, expr, "        ")
}

pub(super) fn write_expr(yaml: &mut String, expr: &str, indent: &str) -> fmt::Result {
    writeln!(yaml, "{indent}expr: |-")?;
    expr.lines().try_for_each(|line| writeln!(yaml, "{indent}  {line}"))
}

/// Breaks a text at spaces, including spaces in templates, because folded YAML restores them.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_breaks_at_spaces_and_fits_the_width() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("immeasurable", 8), ["immeasurable"]);
    }
}
