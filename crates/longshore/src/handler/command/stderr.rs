//! The standard error of a command, as log events.

use std::convert::Infallible;
use std::fs::File;
use std::future::pending;
use std::io::{self, Read};
use std::process::Stdio;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

use super::lines::{Line, Lines};
use crate::handler::{Context, trace_id};

/// The target of the events, so that a subscriber can filter them.
const TARGET: &str = "longshore::handler";

/// How many bytes are read at once.
const READ_BYTES: usize = 4 * 1024;

/// The length in characters of the line that the reason of a failure contains.
const LAST_LINE: usize = 200;

/// The largest pipe that a process without privileges can make. A command that has ended left at
/// most this number of bytes; more comes from a process that it left behind.
const MAX_PIPE_BYTES: usize = 1024 * 1024;

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
    /// `None` once the pipe is read to its end.
    pipe: Option<Receiver>,
    buffer: Vec<u8>,
    lines: Lines,
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
        let (reader, writer) = io::pipe()?;
        let log = Self {
            pipe: Some(Receiver::from_owned_fd(reader.into())?),
            buffer: vec![0; READ_BYTES],
            lines: Lines::default(),
            ids: Ids {
                queue: context.queue().to_owned(),
                message_id: message_id.map(str::to_owned),
                trace_id: trace_id::of(context.trace()),
                last: None,
            },
        };
        Ok((log, writer.into()))
    }

    /// Logs lines as they come, so that the command never waits for a reader. Never completes,
    /// because only the end of the program ends the call. Cancel-safe.
    pub(super) async fn follow(&mut self) -> Infallible {
        while let Some(pipe) = &mut self.pipe {
            match pipe.read(&mut self.buffer).await {
                Ok(0) | Err(_) => self.pipe = None,
                Ok(read) => self.lines.add(&self.buffer[..read], |line| self.ids.log(&line)),
            }
        }
        pending().await
    }

    /// Logs what is still in the pipe. Returns the last line that the command wrote, cut at 200
    /// characters.
    pub(super) fn close(mut self) -> Option<String> {
        self.finish();
        self.ids.last.take()
    }

    fn finish(&mut self) {
        self.read_rest();
        self.lines.end(|line| self.ids.log(&line));
    }

    /// Reads until the pipe is empty or has no writer. The descriptor is not blocking.
    fn read_rest(&mut self) {
        let pipe = self.pipe.take().and_then(|pipe| pipe.into_nonblocking_fd().ok());
        let Some(mut pipe) = pipe.map(File::from) else { return };
        let mut rest = MAX_PIPE_BYTES;
        while rest > 0 {
            match pipe.read(&mut self.buffer) {
                Ok(read) if read > 0 => {
                    self.lines.add(&self.buffer[..read], |line| self.ids.log(&line));
                    rest = rest.saturating_sub(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => break,
            }
        }
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
