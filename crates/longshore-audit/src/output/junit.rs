//! A report as JUnit XML: a test case for each finding, and one that passes for each queue without any.

use std::collections::BTreeSet;

use quick_junit::{NonSuccessKind, Report as JunitReport, TestCase, TestCaseStatus, TestSuite};

use crate::finding::Finding;
use crate::report::Report;

/// The report as JUnit XML.
pub fn junit(report: &Report) -> String {
    let mut suite = TestSuite::new("longshore audit");
    let mut with_findings = BTreeSet::new();
    for finding in &report.findings {
        with_findings.insert(finding.queue.as_str());
        suite.add_test_case(failed(finding));
    }
    for accepted in &report.accepted {
        with_findings.insert(accepted.finding.queue.as_str());
        let mut status = TestCaseStatus::skipped();
        status.set_message(&accepted.reason);
        suite.add_test_case(case(&accepted.finding, status));
    }
    for queue in report.queues.iter().filter(|queue| !with_findings.contains(queue.queue.as_str()))
    {
        let mut passed = TestCase::new("no findings", TestCaseStatus::success());
        passed.set_classname(&queue.queue);
        suite.add_test_case(passed);
    }
    for gap in &report.gaps {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(format!("{} Missing: {}.", gap.error, gap.lacks));
        suite.add_test_case(TestCase::new(gap.action, status));
    }
    let mut document = JunitReport::new("longshore audit");
    document.add_test_suite(suite);
    document.to_string().expect("XML is written to memory") + "\n"
}

fn failed(finding: &Finding) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let fix = [&finding.fix.aws, &finding.fix.terraform].into_iter().flatten();
    let lines = [&finding.evidence, &finding.fix.text].into_iter().chain(fix);
    let text: Vec<_> = lines.map(String::as_str).collect();
    status.set_type(finding.severity.name());
    status.set_message(&finding.evidence).set_description(text.join("\n"));
    case(finding, status)
}

fn case(finding: &Finding, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(finding.title, status);
    case.set_classname(&finding.queue);
    case
}
