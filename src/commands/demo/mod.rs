//! `longshore demo`: runs the demo and shows its progress and its results.

mod act;
mod comparison;
mod deploys;
mod live_view;
mod rates;
mod summary;
mod text;
mod view;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::time::{MissedTickBehavior, interval};

use super::signals;
use crate::demo::{Demo, DemoOptions, Results};
use longshore::worker::{Stop, StopSignals};
use view::View;

/// Compare short with long polling, and deploys without and with a drain, without an AWS account
///
/// Starts a local queue, a producer, workers and their status page in one process. Everything runs on
/// the loopback interface and uses the AWS SDK. Act 1 uses short polling, the default of SQS; act 2
/// uses long polling. Both process the same orders. In act 3, a deploy replaces a worker that stops at
/// once; in act 4, one that drains. The terminal and the status page show the cost and the aborted
/// messages, and the summary compares them.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct DemoArgs {
    /// Use this time for the acts 1 and 2, half for each, and end after act 4, which takes about 5 s
    /// more [default: 30s, and the last worker runs until Ctrl-C]
    #[arg(long = "for", value_name = "DURATION", value_parser = demo_duration)]
    time: Option<Duration>,
    /// Serve the status page and the metrics on this address. Port 0 selects a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Print the results to standard output as one JSON object, and the progress to standard error
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
The demo prints one line per second instead of the live view if standard output is not a terminal,
or if you set --log-level. NO_COLOR also turns the live view off.

Examples:
  longshore demo                           # until Ctrl-C
  longshore demo --for 30s
  longshore demo --for 30s --json | jq .long_polling.usd_per_month

Exit codes:
  0   finished, or stopped by a signal; the summary covers the time until then
  1   failed; the error is on stderr
  64  wrong usage";

/// Duration of act 1 and of act 2 without `--for`.
const DEFAULT_POLLING: Duration = Duration::from_secs(15);
const MIN_DURATION: Duration = Duration::from_secs(2);
const MAX_DURATION: Duration = Duration::from_secs(24 * 60 * 60);

const REFRESH_INTERVAL: Duration = Duration::from_millis(250);

fn demo_duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if (MIN_DURATION..=MAX_DURATION).contains(&time) => Ok(time),
        Ok(_) | Err(_) => Err("expected a duration from 2s to 24h, for example 30s".to_owned()),
    }
}

/// Runs the demo until its time is over or a signal arrives, then prints the summary.
pub(super) async fn run(args: DemoArgs, log_level_is_set: bool) -> anyhow::Result<ExitCode> {
    let mut signals = StopSignals::listen().context("cannot listen for signals")?;
    let stop = Stop::new();
    let demo = Demo::start(options(&args)).await?;
    let mut view = View::choose(args.json, log_level_is_set);
    let results = tokio::select! {
        results = run_and_show(demo, &stop, &mut view) => results,
        never = signals::forward(&mut signals, &stop) => match never {},
    };
    view.close()?;
    let results = results?;
    let output = if args.json { summary::json(&results) } else { summary::text(&results) };
    io::stdout().write_all(output.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn options(args: &DemoArgs) -> DemoOptions {
    DemoOptions {
        polling: args.time.map_or(DEFAULT_POLLING, |time| time / 2),
        runs_on: args.time.is_none(),
        listen: args.listen,
    }
}

async fn run_and_show(demo: Demo, stop: &Stop, view: &mut View) -> anyhow::Result<Results> {
    let progress = demo.progress();
    let mut running = std::pin::pin!(demo.run(stop));
    let mut refresh = interval(REFRESH_INTERVAL);
    refresh.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            results = &mut running => return Ok(results?),
            _ = refresh.tick() => if let Some(status) = progress.status() {
                view.show(&status).context("cannot write the progress of the demo")?;
            }
        }
    }
}
