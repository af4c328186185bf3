//! `longshore demo`: plays the demo and shows it, live on a terminal, by the line elsewhere.

mod comparison;
mod frame;
mod json;
mod lines;
mod number;
mod pace;
mod screen;
mod summary;
mod text;

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::time::{MissedTickBehavior, interval};

use super::signals::Signals;
use crate::demo::{Acts, Play, Program, Scene};
use lines::Lines;
use longshore::worker::Stop;
use screen::Screen;

/// Show the whole product in one process: no AWS account, no other program, no network
///
/// A local queue, a producer, a worker and its status page, over loopback, through the AWS SDK. The same
/// orders come twice. In act one the worker polls short, as is SQS's default; in act two it polls
/// long. The bill at each rate is shown live, here and on the page, and compared in the end.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct DemoArgs {
    /// Ends by itself after this time, half of it for each act. Otherwise act two goes on until Ctrl-C
    #[arg(long = "for", value_name = "DURATION", value_parser = playing_time)]
    time: Option<Duration>,
    /// Where the status page and the metrics are answered; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Ends with one JSON object on standard output; the lines go to standard error
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Where standard output is no terminal, or with NO_COLOR or --log-level, a line a second takes the
place of the live view.

Examples:
  longshore demo                           # until Ctrl-C
  longshore demo --for 30s
  longshore demo --for 30s --json | jq .long_polling.usd_per_month

Exit codes:
  0   played, or stopped by a signal: the summary tells what was seen so far
  1   failed; stderr says why
  64  wrong usage";

/// Act one where no time is given.
const ACT_ONE: Duration = Duration::from_secs(15);
const SHORTEST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How often there is something new to see.
const GLANCE: Duration = Duration::from_millis(250);

fn playing_time(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if (SHORTEST..=LONGEST).contains(&time) => Ok(time),
        Ok(_) => Err("from 2s to a day".to_owned()),
        Err(_) => Err("a duration, as in 30s or 2m".to_owned()),
    }
}

/// Plays until its time is up or a signal comes; then the summary.
pub(super) async fn run(args: DemoArgs, logs: bool) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let stop = Stop::new();
    let play = Play::prepare(program(&args)).await?;
    let mut view = View::choose(&args, logs);
    let acts = tokio::select! {
        acts = watch(play, &stop, &mut view) => acts,
        never = signals.heed(&stop) => match never {},
    };
    view.close()?;
    let acts = acts?;
    let ending = if args.json {
        json::object(&acts) + "\n"
    } else {
        summary::of(&acts).iter().map(|line| line.styled(usize::MAX) + "\n").collect()
    };
    io::stdout().write_all(ending.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn program(args: &DemoArgs) -> Program {
    Program {
        short_polling: args.time.map_or(ACT_ONE, |time| time / 2),
        long_polling: args.time.map(|time| time / 2),
        listen: args.listen,
    }
}

async fn watch(play: Play, stop: &Stop, view: &mut View) -> anyhow::Result<Acts> {
    let stage = play.stage();
    let mut performance = std::pin::pin!(play.perform(stop));
    let mut glances = interval(GLANCE);
    glances.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            acts = &mut performance => return Ok(acts?),
            _ = glances.tick() => if let Some(scene) = stage.scene() {
                view.show(&scene).context("cannot show the demo")?;
            }
        }
    }
}

enum View {
    Screen(Screen),
    Lines(Lines),
}

impl View {
    fn choose(args: &DemoArgs, logs: bool) -> Self {
        if args.json {
            return Self::Lines(Lines::new(Box::new(io::stderr())));
        }
        let undisturbed = !(logs && io::stderr().is_terminal());
        match Screen::open().filter(|_| undisturbed) {
            Some(screen) => Self::Screen(screen),
            None => Self::Lines(Lines::new(Box::new(io::stdout()))),
        }
    }

    fn show(&mut self, scene: &Scene) -> io::Result<()> {
        match self {
            Self::Screen(screen) => screen.show(scene),
            Self::Lines(lines) => lines.show(scene),
        }
    }

    fn close(self) -> io::Result<()> {
        match self {
            Self::Screen(screen) => screen.close(),
            Self::Lines(_) => Ok(()),
        }
    }
}
