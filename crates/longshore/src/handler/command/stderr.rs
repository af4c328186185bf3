//! The standard error of a command, as log events.

use std::convert::Infallible;
use std::io;
use std::process::Stdio;

use crate::handler::process::{Line, Output};
use crate::handler::{Context, trace_id};

/// The target of the events, so that a subscriber can filter them.
const TARGET: &str = "longshore::handler";

/// The length in characters of the line that the reason of a failure contains.
const LAST_LINE: usize = 200;

/// Where the standard error of a command goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stderr {
    /// Each line is a log event at level INFO with the target `longshore::handler`, and has the
    /// queue and the ids of the message. A line is cut at 8 KiB. Without a subscriber of `tracing`
    /// that keeps such events, the lines are lost.
    #[default]
    Log,
    /// To the standard error of the worker, unchanged.
    Inherit,
}

impl Stderr {
    /// The value in `longshore.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Inherit => "inherit",
        }
    }
}

/// Logs what a command writes to standard error. Dropping it logs what is still in the pipe, and
/// does not wait for processes that have it open.
#[derive(Debug)]
pub(super) struct StderrLog {
    output: Output,
    ids: Ids,
}

/// The ids of a call.
#[derive(Debug)]
struct Ids {
    queue: String,
    /// `None` for a batch.
    message_id: Option<String>,
    trace_id: Option<String>,
    /// The last line that was logged.
    last: Option<String>,
}

impl StderrLog {
    /// A log for this call, and the end of the pipe for the command.
    pub(super) fn open(message_id: Option<&str>, context: &Context) -> io::Result<(Self, Stdio)> {
        let (output, writer) = Output::open()?;
        let ids = Ids {
            queue: context.queue().to_owned(),
            message_id: message_id.map(str::to_owned),
            trace_id: trace_id::of(context.trace()),
            last: None,
        };
        Ok((Self { output, ids }, writer))
    }

    /// Logs lines as they come. Never completes, because only the end of the program ends the call.
    /// Cancel-safe.
    pub(super) async fn follow(&mut self) -> Infallible {
        let Self { output, ids } = self;
        output.follow(|line| ids.log(&line)).await
    }

    /// Logs what is still in the pipe. Returns the last line that the command wrote, cut at 200
    /// characters.
    pub(super) fn close(mut self) -> Option<String> {
        self.finish();
        self.ids.last.take()
    }

    fn finish(&mut self) {
        let Self { output, ids } = self;
        output.finish(|line| ids.log(&line));
    }
}

impl Drop for StderrLog {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Ids {
    fn log(&mut self, line: &Line<'_>) {
        self.last = Some(line.text.chars().take(LAST_LINE).collect());
        tracing::info!(
            target: TARGET,
            queue = self.queue,
            message_id = self.message_id,
            trace_id = self.trace_id,
            line = &*line.text,
            omitted_bytes = (line.omitted_bytes > 0).then_some(line.omitted_bytes),
            "command wrote to stderr"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::{Layer, layer};

    use super::*;

    /// Keeps the field `line` of each event.
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<String>>>);

    impl<S: tracing::Subscriber> Layer<S> for Heard {
        fn on_event(&self, event: &tracing::Event<'_>, _: layer::Context<'_, S>) {
            event.record(&mut self.clone());
        }
    }

    impl tracing::field::Visit for Heard {
        fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
            if field.name() == "line" {
                self.0.lock().unwrap().push(value.to_owned());
            }
        }

        fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
    }

    /// The log of a command that has written two lines. It keeps its end of the pipe open, like a
    /// process that it left behind.
    fn log_of_a_command() -> (StderrLog, Command) {
        let (deadline, stopping) = (Instant::now(), CancellationToken::new());
        let context = Context::new("orders".into(), deadline, stopping, Duration::ZERO);
        let (log, pipe) = StderrLog::open(Some("id"), &context).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "printf 'one\ntwo' >&2"]).stderr(pipe).status().unwrap();
        (log, command)
    }

    #[tokio::test]
    async fn what_is_in_an_open_pipe_at_the_end_is_logged() {
        let heard = Heard::default();
        // With a single subscriber, a test on another thread can switch off events that this one hears:
        // a new event is then judged by the subscriber of the thread that registers it.
        let _second = tracing::Dispatch::new(tracing_subscriber::registry());
        let _hearing =
            tracing::subscriber::set_default(tracing_subscriber::registry().with(heard.clone()));

        let (log, _command) = log_of_a_command();
        assert_eq!(log.close().as_deref(), Some("two"));
        assert_eq!(*heard.0.lock().unwrap(), ["one", "two"]);

        // The worker drops it with the call of a handler that it aborts.
        let (log, _command) = log_of_a_command();
        drop(log);
        assert_eq!(*heard.0.lock().unwrap(), ["one", "two", "one", "two"]);
    }
}
