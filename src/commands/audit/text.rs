//! The report as text for a terminal.

use console::{Style, style};

use longshore::format::{count, printable, thousands};
use longshore_audit::{Finding, Report, Severity, output};

use crate::commands::table::{Align, columns};

/// This many queues of a check have their evidence and fix in the report.
const SHOWN: usize = 3;

/// The width of a paragraph.
const WIDTH: usize = 100;

/// The report, section by section.
pub(super) fn report(report: &Report) -> String {
    let head =
        format!("{}\n{}\n", style(output::headline(report)).bold(), output::subtitle(report));
    [
        head,
        table(report),
        fixes(report),
        forecast(report),
        baseline(report),
        gaps(report),
        unknown(report),
        requests(report),
    ]
    .concat()
}

fn heading(text: &str) -> String {
    format!("\n{}\n\n", style(text).bold())
}

fn colored(severity: Severity) -> String {
    let color = match severity {
        Severity::High => Style::new().red(),
        Severity::Medium => Style::new().yellow(),
        Severity::Low => Style::new(),
    };
    color.apply_to(severity.name()).to_string()
}

fn table(report: &Report) -> String {
    if report.findings.is_empty() {
        return String::new();
    }
    let head = ["$ a month", "after", "severity", "queue", "finding"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(report.findings.iter().map(|finding| {
        let (now, after) = output::costs(finding);
        [
            now,
            after,
            colored(finding.severity),
            printable(&finding.queue).into(),
            finding.title.to_owned(),
        ]
    }));
    let align = [Align::Right, Align::Right, Align::Left, Align::Left, Align::Left];
    format!("\n{}", columns(align, &rows))
}

/// The findings by check, in the order of their first one.
fn fixes(report: &Report) -> String {
    let mut text = String::new();
    let mut by_check: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in &report.findings {
        match by_check.iter_mut().find(|(check, _)| *check == finding.check) {
            Some((_, findings)) => findings.push(finding),
            None => by_check.push((finding.check, vec![finding])),
        }
    }
    for (check, findings) in by_check {
        text.push_str(&heading(&format!("{} ({check})", findings[0].title)));
        text.push_str(&of_check(&findings));
    }
    text
}

/// The evidence of a check, its fix, and the commands. What is the same for all queues stands once.
fn of_check(findings: &[&Finding]) -> String {
    let first = findings[0];
    let mut text = String::new();
    let all_alike = findings.iter().all(|one| one.evidence == first.evidence);
    for finding in findings.iter().take(if all_alike { 1 } else { SHOWN }) {
        let queue = if all_alike && findings.len() > 1 {
            String::new()
        } else {
            format!("{}: ", style(printable(&finding.queue)).bold())
        };
        let evidence = printable(&finding.evidence);
        text.push_str(&wrapped(&format!("{queue}{evidence} ({})", finding.certainty.name())));
    }
    text.push_str(&wrapped(&first.fix.text));
    for finding in findings.iter().take(SHOWN) {
        for command in finding.fix.aws.iter().flat_map(|commands| commands.lines()) {
            text.push_str(&format!("    {}\n", printable(command)));
        }
    }
    if findings.len() > SHOWN {
        let more = findings.len() - SHOWN;
        text.push_str(&format!("    … and {more} more: see --format markdown or json\n"));
    }
    if let Some(terraform) = &first.fix.terraform {
        text.push_str(&format!("  Terraform:{}\n", indented(terraform)));
    }
    format!("{text}  {}\n", first.page)
}

/// A paragraph in lines of at most 100 columns. Commands are not wrapped, because they are copied.
fn wrapped(paragraph: &str) -> String {
    let options = textwrap::Options::new(WIDTH).initial_indent("  ").subsequent_indent("  ");
    textwrap::fill(paragraph, options) + "\n"
}

fn indented(lines: &str) -> String {
    if !lines.contains('\n') {
        return format!(" {lines}");
    }
    lines.lines().map(|line| format!("\n    {line}")).collect()
}

fn forecast(report: &Report) -> String {
    let forecasts = || report.queues.iter().filter_map(|queue| queue.forecast);
    if forecasts().next().is_none() {
        return String::new();
    }
    let requests: f64 = forecasts().map(|one| one.requests).sum();
    let usd: Option<f64> = forecasts().map(|one| one.usd).sum();
    let price = usd.map_or_else(String::new, |usd| format!(", {}", output::dollars(usd)));
    let forecast = format!(
        "At this traffic, one worker of Longshore for each queue would send {} requests a month{price}. \
         This is the model of `longshore check`: each message is received and deleted once.",
        thousands(requests.round() as u64),
    );
    heading("Forecast") + &wrapped(&forecast)
}

fn baseline(report: &Report) -> String {
    if report.baseline_problems.is_empty() {
        return String::new();
    }
    let problems = report.baseline_problems.iter().map(|problem| {
        format!("  {} of {}: {}\n", problem.check, printable(&problem.queue), problem.problem)
    });
    heading("Entries of the baseline that accept nothing") + &problems.collect::<String>()
}

fn gaps(report: &Report) -> String {
    if report.gaps.is_empty() {
        return String::new();
    }
    let mut text = heading("Could not be read");
    for gap in &report.gaps {
        let queues = match gap.queues {
            0 => String::new(),
            queues => format!(" ({})", count(queues as u64, "queue")),
        };
        text.push_str(&format!(
            "  {}{queues}: {}\n  The report lacks {}.\n",
            style(gap.action).bold(),
            printable(&gap.error),
            gap.lacks
        ));
        if let Some(statement) = &gap.statement {
            text.push_str(&format!(
                "  This statement of an IAM policy gives access:\n    {statement}\n"
            ));
        }
    }
    text
}

fn unknown(report: &Report) -> String {
    if report.unknown.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = report
        .unknown
        .iter()
        .map(|unknown| {
            [unknown.check.to_owned(), thousands(unknown.queues as u64), unknown.needs.to_owned()]
        })
        .collect();
    heading("Could not be decided: check, queues, and what it needs")
        + &columns([Align::Left, Align::Right, Align::Left], &rows)
}

fn requests(report: &Report) -> String {
    let requests = report.requests;
    if requests.sqs == 0 {
        return String::new();
    }
    format!(
        "\nThis audit sent {} to SQS and {} to CloudWatch, for {}. They cost {}.\n",
        count(requests.sqs, "request"),
        count(requests.cloudwatch, "request"),
        count(requests.metrics, "metric"),
        output::dollars(requests.usd()),
    )
}
