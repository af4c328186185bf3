//! A report as Markdown, for a pull request or a wiki.

use super::summary::{headline, subtitle};
use crate::figures::dollars;
use crate::finding::Finding;
use crate::report::Report;

/// The report as Markdown.
pub fn markdown(report: &Report) -> String {
    let mut text = format!("# SQS audit\n\n**{}**\n\n{}\n", headline(report), subtitle(report));
    findings(&mut text, report);
    gaps(&mut text, report);
    text
}

fn findings(text: &mut String, report: &Report) {
    if !report.findings.is_empty() {
        text.push_str("\n| queue | finding | severity | $ a month now | after |\n| --- | --- | --- | --- | --- |\n");
    }
    for finding in &report.findings {
        let (now, after) = costs(finding);
        text.push_str(&format!(
            "| {} | [{}]({}) | {} | {now} | {after} |\n",
            escaped(&finding.queue),
            finding.title,
            finding.page,
            finding.severity.name()
        ));
    }
    for finding in &report.findings {
        text.push_str(&format!(
            "\n## {}: {}\n\n{} ({})\n\n{}\n",
            escaped(&finding.queue),
            finding.title,
            escaped(&finding.evidence),
            finding.certainty.name(),
            escaped(&finding.fix.text)
        ));
        let blocks = [("sh", &finding.fix.aws), ("hcl", &finding.fix.terraform)];
        for (language, code) in blocks {
            if let Some(code) = code {
                text.push_str(&format!("\n```{language}\n{code}\n```\n"));
            }
        }
    }
}

/// The cost now and after the change, as cells of a table. Empty if the finding costs no requests.
pub fn costs(finding: &Finding) -> (String, String) {
    let now = finding.cost.map_or_else(String::new, |cost| dollars(cost.now_usd));
    let after = match finding.cost {
        None => String::new(),
        Some(cost) => cost.after_usd.map_or_else(|| "unknown".to_owned(), dollars),
    };
    (now, after)
}

fn gaps(text: &mut String, report: &Report) {
    if !report.gaps.is_empty() {
        text.push_str("\n## What could not be read\n\n");
    }
    for gap in &report.gaps {
        text.push_str(&format!(
            "- `{}`: {} Missing: {}.\n",
            gap.action,
            escaped(&gap.error),
            gap.lacks
        ));
        if let Some(statement) = &gap.statement {
            text.push_str(&format!("\n  ```json\n  {statement}\n  ```\n"));
        }
    }
    if !report.unknown.is_empty() {
        text.push_str(
            "\n## What could not be decided\n\n| check | needs | queues |\n| --- | --- | --- |\n",
        );
    }
    for unknown in &report.unknown {
        text.push_str(&format!(
            "| `{}` | {} | {} |\n",
            unknown.check, unknown.needs, unknown.queues
        ));
    }
}

/// A name or an error as text of Markdown: it is no markup, and ends no cell of a table.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => safe.push(' '),
            '\\' | '|' | '`' | '*' | '_' | '~' | '&' | '[' | ']' | '<' | '>' | '#' => {
                safe.extend(['\\', c])
            }
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_markup() {
        assert_eq!(escaped("a|b <i>\n[x](y)"), r"a\|b \<i\> \[x\](y)");
    }
}
