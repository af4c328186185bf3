//! The command handler: one message through one process.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::process::{ExitStatus, Stdio};

use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStdin, Command};

use super::group::ProcessGroup;
use super::{environment, exit};
use crate::handler::{Context, Handler, Verdict};
use crate::queue::Message;

/// Runs a process for each message. No shell: the arguments reach the program as they stand.
///
/// # Input
/// The body, byte for byte, on standard input, which is then closed; a program need not read it.
/// Standard output and error, the working directory and the environment are the worker's own, except
/// that no inherited variable begins with `LONGSHORE_` or is one of the trace's: what a process finds
/// under those names is of its message.
///
/// | variable | holds |
/// | --- | --- |
/// | `LONGSHORE_QUEUE` | the queue's name |
/// | `LONGSHORE_MESSAGE_ID` | the id that SQS gave the message |
/// | `LONGSHORE_RECEIVE_COUNT` | how often it was received, this time included |
/// | `LONGSHORE_SENT_AT`, `LONGSHORE_FIRST_RECEIVED_AT` | RFC 3339, UTC |
/// | `LONGSHORE_DEADLINE_SECONDS` | time left at the start: whole seconds, rounded down, at least 1 |
/// | `LONGSHORE_GROUP_ID` | the message group |
/// | `TRACEPARENT`, `TRACESTATE`, `BAGGAGE` | the place in a trace: [`Context::trace`] |
/// | `LONGSHORE_TRACE_HEADER` | the same as X-Ray's header |
/// | `LONGSHORE_ATTR_<NAME>` | a `String` or `Number` attribute, its name in upper case and every character outside `[A-Z0-9_]` turned into `_` |
///
/// What a message does not have is not set. Left out are binary attributes, values that hold a NUL
/// byte, and values too long for a variable (128 KiB on Linux). When two names become the same
/// variable, the one that is first in byte order is given.
///
/// # Exit code
///
/// | code | verdict |
/// | --- | --- |
/// | 0 | [`Done`](Verdict::Done) |
/// | 65 (`EX_DATAERR`) | [`Reject`](Verdict::Reject) |
/// | 75 (`EX_TEMPFAIL`), any other, or death by a signal | [`Retry`](Verdict::Retry) with the queue's back-off |
///
/// A program that cannot be started is [`Unavailable`](Verdict::Unavailable): not there, not
/// executable, or no memory or process left for it.
///
/// # Stopping
/// Each process leads a process group of its own, so a Ctrl-C at the worker's terminal does not reach
/// it. At [`Context::stopping`] the group gets SIGTERM, and SIGKILL when three quarters of
/// [`Context::wind_down`] are over. The exit code counts in that time as at any other.
///
/// Nothing of the group outlives the call: what the program leaves running in the background when it
/// exits is killed, and so is the whole group when the future is dropped. A process that makes itself
/// a new group or session (`setsid`) leaves our reach, as does one of another user.
#[derive(Debug)]
pub struct CommandHandler {
    program: String,
    arguments: Vec<String>,
    /// Names of the worker's own variables that a process must not see.
    hidden: Vec<OsString>,
}

/// Why a command line cannot be run, whatever is installed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CommandError {
    /// There is no program to run.
    #[error("the command is empty; name a program and its arguments")]
    Empty,
    /// No operating system call can carry this argument.
    #[error("argument {0} of the command holds a NUL byte")]
    Nul(usize),
}

impl CommandHandler {
    /// From a program and its arguments. A program without a slash is looked up in `PATH`.
    ///
    /// # Errors
    /// When the command is empty or holds a NUL byte. Whether the program is there shows when it is run.
    pub fn new(argv: Vec<String>) -> Result<Self, CommandError> {
        if let Some(position) = argv.iter().position(|argument| argument.contains('\0')) {
            return Err(CommandError::Nul(position));
        }
        let mut arguments = argv.into_iter();
        let program = arguments.next().filter(|it| !it.is_empty()).ok_or(CommandError::Empty)?;
        let hidden = environment::inherited_names().collect();
        Ok(Self { program, arguments: arguments.collect(), hidden })
    }

    fn command(&self, message: &Message, context: &Context) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::piped());
        for name in &self.hidden {
            command.env_remove(name);
        }
        command.envs(environment::variables(message, context));
        command
    }
}

impl Handler for CommandHandler {
    async fn handle(&self, message: Message, context: Context) -> Verdict {
        if context.is_stopping() {
            return Verdict::retry("stopped before the command was started");
        }
        let (group, stdin) = match ProcessGroup::spawn(self.command(&message, &context)) {
            Ok(started) => started,
            Err(error) => return exit::not_started(&self.program, &error),
        };
        match live(group, stdin, &message.body, &context).await {
            Ok(status) => exit::verdict(status),
            Err(error) => Verdict::retry(format!("the end of the command was not seen: {error}")),
        }
    }
}

/// From the start of the process to its last trace. The body is fed all the while, also after SIGTERM:
/// an end of input that is not the body's own would pass for a shorter message.
async fn live(
    mut group: ProcessGroup,
    stdin: ChildStdin,
    body: &str,
    context: &Context,
) -> io::Result<ExitStatus> {
    let ending = async {
        tokio::select! {
            exited = group.leader_exited() => return exited,
            () = context.stopping() => {}
        }
        group.terminate(context.wind_down()).await
    };
    tokio::select! {
        ended = ending => ended?,
        never = feed(stdin, body) => match never {},
    }
    group.bury().await
}

/// Writes the body and closes the pipe. A program that does not read on is within its rights (EPIPE),
/// and only the program's end ends a call: this future never does.
async fn feed(mut stdin: ChildStdin, body: &str) -> Infallible {
    stdin.write_all(body.as_bytes()).await.ok();
    drop(stdin);
    std::future::pending().await
}
