//! `longshore audit`: reviews the queues of an account, or those of a Terraform plan. Changes nothing.

mod input;
mod progress;
mod text;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::builder::NonEmptyStringValueParser as NonEmpty;
use clap::{Args, ValueEnum};

use longshore_audit::account::{self, Access, Scope, Selection};
use longshore_audit::checks::Policies;
use longshore_audit::{Baseline, Facts, Report, Severity, output, prometheus};

use super::exit::{FINDINGS, INCOMPLETE};
use input::Settings;
use progress::Bar;

/// Find what the SQS queues of an account waste, and which messages they will lose
///
/// Reads the attributes and tags of the queues and their metrics of the last days in CloudWatch, and
/// changes nothing. Prints what the empty receives cost and what long polling would leave, then the
/// findings, the most expensive first, with the command and the Terraform that fix them. Access that is
/// missing is reported with the statement of an IAM policy that gives it.
///
/// Each queue takes two requests to SQS, and its metrics cost $0.0001 in CloudWatch.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct AuditArgs {
    /// Audit only this queue. Can be repeated [default: all queues of the account and region]
    #[arg(long, value_name = "NAME|URL|ARN", value_parser = NonEmpty::new(), conflicts_with_all = ["prefix", "tag"])]
    queue: Vec<String>,
    /// Audit only queues whose name starts with this
    #[arg(long, value_name = "PREFIX", value_parser = NonEmpty::new())]
    prefix: Option<String>,
    /// Audit only queues with this tag. Without =VALUE, with any value
    #[arg(long, value_name = "KEY[=VALUE]", value_parser = tag)]
    tag: Option<Tag>,
    /// Use the metrics of this number of days: 1 to 455
    #[arg(long, value_name = "DAYS", default_value = "14", value_parser = clap::value_parser!(u32).range(1..=455))]
    days: u32,
    /// Use the counters of Longshore's workers in this Prometheus, not the metrics of CloudWatch
    #[arg(long, value_name = "URL", value_parser = NonEmpty::new())]
    prometheus: Option<String>,
    /// Audit the queues of this Terraform plan, not those of an account: the output of `terraform show
    /// -json`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["queue", "prefix", "tag", "prometheus", "region", "endpoint_url"])]
    plan: Option<PathBuf>,
    /// Require this tag of each queue. Can be repeated [default: at least one tag]
    #[arg(long, value_name = "KEY", value_parser = NonEmpty::new())]
    require_tag: Vec<String>,
    /// Require a customer managed key of KMS
    #[arg(long)]
    require_customer_key: bool,
    /// Set the output format
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Exit with 4 if a finding is at least this severe
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<Level>,
    /// Accept the findings of this TOML file, each with a reason and an expiry date
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Use the settings of this longshore.toml for the forecast, and its region and endpoint [default:
    /// the defaults of a worker]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Set the region [default: $AWS_REGION, or that of the profile]
    #[arg(long, value_name = "REGION", value_parser = NonEmpty::new())]
    region: Option<String>,
    /// Set the endpoint of SQS [default: $AWS_ENDPOINT_URL_SQS, or that of AWS]
    #[arg(long, value_name = "URL", value_parser = NonEmpty::new())]
    endpoint_url: Option<String>,
}

/// A key and, if it counts, a value.
type Tag = (String, Option<String>);

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// A table for a terminal, with the fixes
    Table,
    /// One JSON object; docs/audit.schema.json describes it
    Json,
    /// For a pull request or a wiki
    Markdown,
    /// For GitHub code scanning
    Sarif,
    /// JUnit XML, for CI servers
    Junit,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    Low,
    Medium,
    High,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Low => Self::Low,
            Level::Medium => Self::Medium,
            Level::High => Self::High,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  longshore audit                                   # all queues of the account and region
  longshore audit --prefix shop- --format markdown > audit.md
  longshore audit --tag team=shop --fail-on high    # in CI
  longshore audit --plan plan.json --format sarif   # before Terraform creates the queues
  longshore audit --prometheus http://prometheus:9090

Exit codes:
  0   the audit is complete, and no finding reaches --fail-on
  1   failed: no queue could be read, or a filter matches none
  4   a finding reaches --fail-on
  5   a part could not be read; the report names it
  64  wrong usage, configuration, baseline or plan";

/// Prints the report.
pub(super) async fn run(args: AuditArgs) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(args.config.as_deref())?;
    let baseline = match &args.baseline {
        Some(file) => input::baseline(file)?,
        None => Baseline::default(),
    };
    let facts = match &args.plan {
        Some(plan) => input::plan(plan)?,
        None => account(&args, &settings).await?,
    };
    let policies =
        Policies { customer_key: args.require_customer_key, tags: args.require_tag.clone() };
    let report = Report::new(facts, &policies, &baseline, |queue| settings.forecast(queue));
    print(&report, &args)?;
    Ok(exit_code(&report, args.fail_on))
}

fn exit_code(report: &Report, fail_on: Option<Level>) -> ExitCode {
    if fail_on.is_some_and(|level| report.reaches(level.into())) {
        return ExitCode::from(FINDINGS);
    }
    if report.gaps.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) }
}

async fn account(args: &AuditArgs, settings: &Settings) -> anyhow::Result<Facts> {
    let access = Access {
        region: args.region.clone().or_else(|| settings.region()),
        endpoint_url: args.endpoint_url.clone().or_else(|| settings.endpoint_url()),
    };
    let scope = Scope {
        selection: Selection {
            queues: args.queue.clone(),
            prefix: args.prefix.clone(),
            tag: args.tag.clone(),
        },
        days: args.days,
        metrics: args.prometheus.is_none(),
    };
    let bar = Bar::new();
    let mut facts = account::read(&access, &scope, &bar).await?;
    if let Some(url) = &args.prometheus {
        let client = prometheus::Client::new(url)?;
        prometheus::measure(&client, &mut facts, args.days, &bar).await?;
    }
    Ok(facts)
}

fn tag(text: &str) -> Result<Tag, String> {
    match text.split_once('=') {
        Some(("", _)) => Err("expected KEY or KEY=VALUE, for example team=shop".to_owned()),
        Some((key, value)) => Ok((key.to_owned(), Some(value.to_owned()))),
        None => Ok((text.to_owned(), None)),
    }
}

fn print(report: &Report, args: &AuditArgs) -> anyhow::Result<()> {
    let artifact = args.plan.as_deref().map_or_else(|| PathBuf::from("sqs"), relative);
    let text = match args.format {
        Format::Table => text::report(report),
        Format::Json => output::json(report),
        Format::Markdown => output::markdown(report),
        Format::Sarif => output::sarif(report, &artifact.to_string_lossy()),
        Format::Junit => output::junit(report),
    };
    std::io::stdout().lock().write_all(text.as_bytes()).context("cannot write the report")
}

/// A path for SARIF, which has only paths in the repository: relative to this directory, or the name.
fn relative(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let inside = path.strip_prefix(here).unwrap_or(path);
    let name = path.file_name().map(Path::new).unwrap_or(path);
    if inside.is_relative() { inside.to_owned() } else { name.to_owned() }
}
