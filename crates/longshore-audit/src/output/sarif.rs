//! A report in the Static Analysis Results Interchange Format 2.1.0, for GitHub code scanning and others.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use serde_json::{Value, json};

use crate::checks::{CHECKS, Check};
use crate::finding::{Finding, Severity};
use crate::report::Report;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The report as SARIF. Accepted findings are suppressed results. `artifact` is the file that GitHub shows
/// the results in: a Terraform plan has no lines, and an account has no files.
pub fn sarif(report: &Report, artifact: &str) -> String {
    let accepted = report.accepted.iter().map(|accepted| {
        let suppression = json!({ "kind": "external", "justification": accepted.reason });
        let mut result = result(&accepted.finding, artifact);
        result["suppressions"] = json!([suppression]);
        result
    });
    let results: Vec<_> =
        report.findings.iter().map(|finding| result(finding, artifact)).chain(accepted).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "longshore audit",
                "informationUri": "https://github.com/longshore/longshore",
                "semanticVersion": report.version,
                "rules": CHECKS.iter().map(rule).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": report.gaps.is_empty(),
                "toolExecutionNotifications": notifications(report),
            }],
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(check: &Check) -> Value {
    json!({
        "id": check.id,
        "shortDescription": { "text": check.title },
        "fullDescription": { "text": format!("{}, found by longshore audit.", check.title) },
        "help": {
            "text": format!("How it is decided and fixed: {}", check.page()),
            "markdown": format!("[How it is decided and fixed]({})", check.page()),
        },
        "helpUri": check.page(),
        "properties": { "tags": [check.area.name()] },
    })
}

fn notifications(report: &Report) -> Vec<Value> {
    let gap = |gap: &crate::gap::Gap| {
        let text = format!("{}: {} Missing: {}.", gap.action, gap.error, gap.lacks);
        json!({ "level": "error", "message": { "text": text } })
    };
    report.gaps.iter().map(gap).collect()
}

fn result(finding: &Finding, artifact: &str) -> Value {
    let level = match finding.severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    };
    let text = format!("{}: {} {}", finding.queue, finding.evidence, finding.fix.text);
    json!({
        "ruleId": finding.check,
        "level": level,
        "message": { "text": text },
        "locations": [{
            "physicalLocation": { "artifactLocation": { "uri": artifact }, "region": { "startLine": 1 } },
            "logicalLocations": [{ "fullyQualifiedName": finding.resource, "kind": "resource" }],
        }],
        // So that the result of a queue is the same one after another finding appears.
        "partialFingerprints": {
            "queueAndCheck/v1": format!("{}/{}", finding.resource, finding.check),
            // GitHub tells results of one rule apart by this one only.
            "primaryLocationLineHash": format!("{}/{}:1", finding.resource, finding.check),
        },
        "properties": { "cost": finding.cost, "certainty": finding.certainty },
    })
}
